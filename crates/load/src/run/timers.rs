//! Deadlines of the pairs: one each, in one ordered structure, checked lazily.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Deadlines. A pair whose deadline moves away keeps its old place and is looked at once too early.
#[derive(Debug)]
pub struct Timers {
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    /// The earliest place of each pair in the heap.
    queued: Vec<u64>,
}

impl Timers {
    /// For so many pairs.
    pub fn new(pairs: usize) -> Timers {
        Timers { heap: BinaryHeap::new(), queued: vec![u64::MAX; pairs] }
    }

    /// A pair's deadline is now this.
    pub fn set(&mut self, pair: u32, deadline: Option<u64>) {
        let (Some(deadline), Some(queued)) = (deadline, self.queued.get_mut(pair as usize)) else { return };
        if deadline < *queued {
            *queued = deadline;
            self.heap.push(Reverse((deadline, pair)));
        }
    }

    /// When the next pair wants to be looked at.
    pub fn next(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((deadline, _))| *deadline)
    }

    /// A pair whose deadline may be over.
    pub fn pop(&mut self, now: u64) -> Option<u32> {
        while self.next().is_some_and(|deadline| deadline <= now) {
            let Reverse((deadline, pair)) = self.heap.pop()?;
            let queued = &mut self.queued[pair as usize];
            if *queued == deadline {
                *queued = u64::MAX;
                return Some(pair);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_deadlines_overtake_and_farther_ones_wait() {
        let mut timers = Timers::new(2);
        timers.set(0, Some(100));
        timers.set(1, Some(50));
        timers.set(1, Some(20));
        timers.set(0, Some(500));
        assert_eq!((timers.next(), timers.pop(10)), (Some(20), None));
        assert_eq!(timers.pop(60), Some(1));
        assert_eq!(timers.pop(60), None, "the old place of pair 1 is forgotten");
        assert_eq!(timers.pop(100), Some(0), "too early: its owner sets it again");
        timers.set(0, Some(500));
        assert_eq!((timers.next(), timers.pop(499)), (Some(500), None));
    }
}
