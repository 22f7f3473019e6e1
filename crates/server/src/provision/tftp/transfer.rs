//! One transfer, without socket and clock: which blocks go out when something came in, or did not.
//!
//! An acknowledgement of a block that was acknowledged before is not answered, or each lost packet would double
//! the traffic for the rest of the transfer. Numbers of blocks go round after 65535, since loads have more.

use std::ops::Range;

use super::options::Agreed;

/// Times that the same blocks are sent.
const TRIES_MAX: u32 = 6;
/// The same before the client said anything: its address may be forged.
const FIRST_TRIES_MAX: u32 = 3;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send the answer to the options.
    Options,
    /// Send these blocks, counted from 1 without going round.
    Blocks(Range<u64>),
    /// Nothing: wait on.
    Wait,
    /// The client has everything.
    Done,
    /// The client does not answer.
    GivenUp,
}

/// A transfer.
#[derive(Debug)]
pub struct Transfer {
    /// Blocks of the file; the last one is short, and may be empty.
    blocks: u64,
    window: u64,
    /// Whether the options wait for their acknowledgement.
    asks_options: bool,
    /// Blocks that the client has.
    acked: u64,
    /// Blocks that were sent.
    sent: u64,
    tries: u32,
    is_heard: bool,
}

impl Transfer {
    /// A transfer of a file of so many bytes.
    pub fn new(len: u64, agreed: &Agreed) -> Transfer {
        Transfer {
            blocks: len / agreed.block as u64 + 1,
            window: agreed.window.into(),
            asks_options: !agreed.answer.is_empty(),
            acked: 0,
            sent: 0,
            tries: 1,
            is_heard: false,
        }
    }

    /// What goes out first.
    pub fn begin(&mut self) -> Step {
        if self.asks_options { Step::Options } else { self.next_window() }
    }

    /// Blocks that the client has.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// The client acknowledged a block.
    pub fn on_ack(&mut self, number: u16) -> Step {
        if self.asks_options {
            if number != 0 {
                return Step::Wait;
            }
            self.asks_options = false;
            self.progressed();
            return self.next_window();
        }
        let ahead = u64::from(number.wrapping_sub(self.acked as u16));
        let block = self.acked + ahead;
        if ahead == 0 || block > self.sent {
            return Step::Wait;
        }
        self.acked = block;
        self.progressed();
        if self.acked == self.blocks { Step::Done } else { self.next_window() }
    }

    /// Nothing came in time.
    pub fn on_timeout(&mut self) -> Step {
        let most = if self.is_heard { TRIES_MAX } else { FIRST_TRIES_MAX };
        if self.tries >= most {
            return Step::GivenUp;
        }
        self.tries += 1;
        if self.asks_options { Step::Options } else { self.next_window() }
    }

    /// How much longer than at first to wait: twice as long with each try, up to eight times.
    pub fn patience(&self) -> u32 {
        1 << (self.tries - 1).min(3)
    }

    fn progressed(&mut self) {
        self.tries = 1;
        self.is_heard = true;
    }

    fn next_window(&mut self) -> Step {
        let end = (self.acked + self.window).min(self.blocks);
        self.sent = self.sent.max(end);
        Step::Blocks(self.acked + 1..end + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn transfer(len: u64, window: u16, has_options: bool) -> Transfer {
        let answer = if has_options { vec![("tsize", len)] } else { Vec::new() };
        Transfer::new(len, &Agreed { block: 512, window, timeout: Duration::from_secs(1), answer })
    }

    #[test]
    fn block_by_block_with_an_empty_one_at_the_end() {
        let mut transfer = transfer(1024, 1, false);
        assert_eq!(transfer.begin(), Step::Blocks(1..2));
        assert_eq!(transfer.on_ack(1), Step::Blocks(2..3));
        assert_eq!(transfer.on_ack(2), Step::Blocks(3..4));
        assert_eq!(transfer.on_ack(3), Step::Done);
    }

    #[test]
    fn options_are_acknowledged_first() {
        let mut transfer = transfer(0, 1, true);
        assert_eq!(transfer.begin(), Step::Options);
        assert_eq!(transfer.on_ack(1), Step::Wait);
        assert_eq!(transfer.on_ack(0), Step::Blocks(1..2));
        assert_eq!(transfer.on_ack(1), Step::Done);
    }

    #[test]
    fn a_second_acknowledgement_is_not_answered_and_a_silent_client_is_left() {
        let mut transfer = transfer(5000, 1, false);
        transfer.begin();
        assert_eq!(transfer.on_ack(1), Step::Blocks(2..3));
        assert_eq!(transfer.on_ack(1), Step::Wait);
        assert_eq!(transfer.on_ack(9), Step::Wait, "a block that was never sent");
        for patience in [1, 2, 4, 8, 8] {
            assert_eq!(transfer.patience(), patience);
            assert_eq!(transfer.on_timeout(), Step::Blocks(2..3));
        }
        assert_eq!(transfer.on_timeout(), Step::GivenUp);
    }

    #[test]
    fn a_client_that_never_speaks_costs_three_packets() {
        let mut transfer = transfer(5000, 1, false);
        let mut packets = 0;
        let mut step = transfer.begin();
        while step != Step::GivenUp {
            packets += 1;
            step = transfer.on_timeout();
        }
        assert_eq!(packets, 3);
    }

    #[test]
    fn windows_go_on_where_something_was_lost() {
        let mut transfer = transfer(512 * 9, 4, false);
        assert_eq!(transfer.begin(), Step::Blocks(1..5));
        assert_eq!(transfer.on_ack(2), Step::Blocks(3..7), "3 was lost");
        assert_eq!(transfer.on_ack(6), Step::Blocks(7..11));
        assert_eq!(transfer.on_ack(10), Step::Done);
    }

    #[test]
    fn numbers_go_round() {
        let mut transfer = transfer(512 * 70_000, 1, false);
        let mut step = transfer.begin();
        let mut blocks = 0;
        while let Step::Blocks(range) = &step {
            blocks += 1;
            assert_eq!(*range, blocks..blocks + 1);
            step = transfer.on_ack(blocks as u16);
        }
        assert_eq!((step, blocks), (Step::Done, 70_001));
    }
}
