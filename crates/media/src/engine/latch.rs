//! From where packets of a party are taken, and where to its own go.
//!
//! The phone says where it receives, but behind a NAT that is not where its packets come from. So the address is
//! learned from its packets (symmetric RTP), by a rule that keeps others out: only from the addresses where the
//! phone may be (the one it told and the one from which it signals), and anew only within [`LEARN_WINDOW`]
//! after it was told, or after [`SILENCE`] without a packet from the learned one. Within the window
//! the told address wins over any other.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long after the start of a stream its source may still change.
pub const LEARN_WINDOW: Duration = Duration::from_secs(5);
/// After so long without a packet from the learned source, another may take its place.
pub const SILENCE: Duration = Duration::from_secs(2);

/// What became of a packet's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// As before.
    Known,
    /// The first.
    Learned,
    /// Another than before.
    Moved,
    /// Not to be listened to.
    Wrong,
}

/// Where a party is.
#[derive(Debug, Clone)]
pub struct Latch {
    /// Where the phone says that it receives.
    told: Option<SocketAddr>,
    /// From where it signals; nothing: packets are taken from anywhere.
    signals_from: Option<IpAddr>,
    learned: Option<SocketAddr>,
    window_ends: Duration,
    last_at: Duration,
}

impl Latch {
    /// Nothing learned yet.
    pub fn new(now: Duration, told: Option<SocketAddr>, signals_from: Option<IpAddr>) -> Self {
        Self {
            told,
            signals_from,
            learned: None,
            window_ends: now.saturating_add(LEARN_WINDOW),
            last_at: now,
        }
    }

    /// The phone says where it receives. What was learned of another place is forgotten.
    pub fn tell(&mut self, now: Duration, told: SocketAddr) {
        if self.told != Some(told) {
            self.told = Some(told);
            self.learned = None;
            self.window_ends = now.saturating_add(LEARN_WINDOW);
        }
    }

    /// Judges where a packet comes from.
    #[inline]
    pub fn judge(&mut self, now: Duration, from: SocketAddr) -> Source {
        if self.learned == Some(from) {
            self.last_at = now;
            return Source::Known;
        }
        self.judge_other(now, from)
    }

    fn judge_other(&mut self, now: Duration, from: SocketAddr) -> Source {
        if !self.may_be_at(from.ip()) {
            return Source::Wrong;
        }
        let source = match self.learned {
            None => Source::Learned,
            Some(_) if now.saturating_sub(self.last_at) >= SILENCE => Source::Moved,
            Some(_) if now < self.window_ends && self.told == Some(from) => Source::Moved,
            Some(_) => return Source::Wrong,
        };
        self.learned = Some(from);
        self.last_at = now;
        source
    }

    /// Where to send.
    #[inline]
    pub fn remote(&self) -> Option<SocketAddr> {
        self.learned.or(self.told)
    }

    /// Where packets came from.
    pub fn learned(&self) -> Option<SocketAddr> {
        self.learned
    }

    /// Whether the phone may be there.
    pub(super) fn may_be_at(&self, ip: IpAddr) -> bool {
        match self.signals_from {
            Some(signals) => signals == ip || self.told.is_some_and(|told| told.ip() == ip),
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn behind_nat() -> Latch {
        let signals = "198.51.100.7".parse().unwrap();
        Latch::new(Duration::ZERO, Some(at("192.168.1.5:20000")), Some(signals))
    }

    #[test]
    fn what_was_told_holds_until_packets_come_from_where_the_phone_signals() {
        let mut latch = behind_nat();
        assert_eq!(latch.remote(), Some(at("192.168.1.5:20000")));
        assert_eq!(latch.judge(Duration::from_millis(20), at("198.51.100.7:61000")), Source::Learned);
        assert_eq!(latch.remote(), Some(at("198.51.100.7:61000")));
        assert_eq!(latch.judge(Duration::from_millis(40), at("198.51.100.7:61000")), Source::Known);
    }

    #[test]
    fn strangers_are_never_heard_not_even_first_or_after_silence() {
        let mut latch = behind_nat();
        let stranger = at("203.0.113.66:61000");
        assert_eq!(latch.judge(Duration::from_millis(1), stranger), Source::Wrong);
        latch.judge(Duration::from_millis(20), at("198.51.100.7:61000"));
        assert_eq!(latch.judge(Duration::from_secs(60), stranger), Source::Wrong);
        assert_eq!(latch.remote(), Some(at("198.51.100.7:61000")));
    }

    #[test]
    fn another_port_of_the_same_address_waits_for_silence() {
        let mut latch = behind_nat();
        let (first, second) = (at("198.51.100.7:61000"), at("198.51.100.7:62000"));
        latch.judge(Duration::from_millis(20), first);
        assert_eq!(latch.judge(Duration::from_millis(30), second), Source::Wrong);
        assert_eq!(latch.judge(Duration::from_millis(2019), second), Source::Wrong);
        assert_eq!(latch.judge(Duration::from_millis(2020), second), Source::Moved);
        assert_eq!(latch.judge(Duration::from_millis(2040), first), Source::Wrong);
    }

    #[test]
    fn within_the_window_the_told_address_wins_and_later_it_does_not() {
        let (told, other) = (at("10.0.0.5:20000"), at("10.0.0.5:20002"));
        for (ms, expect) in [(4000, Source::Moved), (6000, Source::Wrong)] {
            let mut latch = Latch::new(Duration::ZERO, Some(told), None);
            latch.judge(Duration::from_millis(ms - 10), other);
            assert_eq!(latch.judge(Duration::from_millis(ms), told), expect, "{ms}");
        }
    }

    #[test]
    fn a_new_place_that_is_told_is_learned_anew() {
        let mut latch = behind_nat();
        latch.judge(Duration::from_millis(20), at("198.51.100.7:61000"));
        latch.tell(Duration::from_secs(9), at("192.168.1.5:20004"));
        assert_eq!(latch.remote(), Some(at("192.168.1.5:20004")));
        assert_eq!(latch.judge(Duration::from_secs(9), at("198.51.100.7:61002")), Source::Learned);
    }
}
