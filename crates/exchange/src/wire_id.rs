//! Numbers that go over the wire: call references and pass-through party ids. The node stands in the top
//! byte, a counter below (capture: 0x012e364a, 0x012e364b are the two legs of one call). A 7940 keeps
//! references in its history, so they go on from a seed instead of starting low, and none is given out
//! while it is in use.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Bits of the counter below the node.
const COUNTER: u32 = 0x00ff_ffff;

/// A counter of wire ids.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireIds {
    node: u32,
    last: u32,
    live: BTreeSet<u32>,
}

impl WireIds {
    /// Ids of a node, the first of which follows `seed`.
    pub(crate) fn new(node: u8, seed: u32) -> Self {
        WireIds { node: u32::from(node) << 24, last: seed & COUNTER, live: BTreeSet::new() }
    }

    /// Gives out an id that is not in use. The tables that ids are for hold far fewer entries than the
    /// counter has numbers, so one is found.
    pub(crate) fn take(&mut self) -> u32 {
        loop {
            self.last = (self.last + 1) & COUNTER;
            let id = self.node | self.last;
            if self.last != 0 && self.live.insert(id) {
                return id;
            }
        }
    }

    /// The id is free again.
    pub(crate) fn give_back(&mut self, id: u32) {
        self.live.remove(&id);
    }

    /// Those in use.
    pub(crate) fn all_live(&self) -> &BTreeSet<u32> {
        &self.live
    }

    /// How many are in use.
    pub(crate) fn live(&self) -> usize {
        self.live.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_wraps_below_the_node_and_skips_what_is_live() {
        let mut ids = WireIds::new(1, 0xff_fffd);
        assert_eq!((ids.take(), ids.take()), (0x01ff_fffe, 0x01ff_ffff));
        assert_eq!(ids.take(), 0x0100_0001, "zero means no call");
        ids.last = 0xff_fffd;
        ids.give_back(0x01ff_ffff);
        assert_eq!((ids.take(), ids.take()), (0x01ff_ffff, 0x0100_0002));
        assert_eq!(ids.live(), 4);
    }
}
