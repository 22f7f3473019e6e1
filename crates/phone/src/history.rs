//! Placed, received and missed calls, filed as the phone does it by itself: the server can only hint.

use skinny::types::LineInstance;
use std::collections::VecDeque;

use crate::call::Party;

/// A list of the directories menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// Calls that were dialled here.
    Placed,
    /// Calls that were answered here.
    Received,
    /// Calls that rang and were not answered anywhere.
    Missed,
}

/// An entry of the call history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The list it is in.
    pub list: List,
    /// The other party; the dialled number for placed calls.
    pub party: Party,
    /// The line.
    pub line: LineInstance,
    /// When it began, in Unix seconds by the server's clock; 0 when the server never told the time.
    pub unix_secs: u64,
    /// How long the parties talked, in seconds.
    pub talk_secs: u32,
}

/// The lists, oldest entries dropped first.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    entries: VecDeque<Logged>,
}

impl History {
    pub fn add(&mut self, entry: Logged, max: u16) {
        while self.entries.len() >= usize::from(max.max(1)) {
            self.entries.pop_front();
        }
        if max > 0 {
            self.entries.push_back(entry);
        }
    }

    pub fn forget(&mut self) {
        self.entries.clear();
    }

    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Logged> {
        self.entries.iter()
    }

    pub fn heap_bytes(&self) -> usize {
        let texts = self.entries.iter().map(|entry| entry.party.name.len() + entry.party.number.len());
        self.entries.capacity() * size_of::<Logged>() + texts.sum::<usize>()
    }
}
