//! Numbers brought into order: in memory up to a budget, beyond it in sorted runs in a file without a name.
//!
//! For what is put in order once, when all was read: calls by their start, connections by the name of their phone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// What is read of a run at once.
const RUN_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes of an entry.
const ENTRY_BYTES: usize = 16;
/// Entries in memory at least.
const ENTRIES_MIN: usize = 1024;

/// A key, and what it is the key of; among equal keys the lower number comes first.
type Entry = (u64, u64);

/// Takes entries in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    /// Entries in memory at most.
    room: usize,
    entries: Vec<Entry>,
    file: Option<File>,
    /// Where in the file each run ends.
    ends: Vec<u64>,
    /// Set when the disk fails: from then on all stays in memory.
    disk_failed: bool,
}

/// Gives them back in order.
#[derive(Debug)]
pub(super) enum Sorted {
    Memory(std::vec::IntoIter<Entry>),
    Merged(Merge),
}

/// Several sorted runs, of which the least entry is next.
#[derive(Debug)]
pub(super) struct Merge {
    file: File,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
    lost: u64,
}

/// What is left of a run: in the file, and read already.
#[derive(Debug)]
struct Run {
    next: u64,
    end: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl Sorter {
    /// Empty; `budget` bytes may lie in memory.
    pub(super) fn new(budget: usize) -> Self {
        let room = (budget / ENTRY_BYTES).max(ENTRIES_MIN);
        Self { room, entries: Vec::new(), file: None, ends: Vec::new(), disk_failed: false }
    }

    pub(super) fn push(&mut self, key: u64, number: u64) {
        if self.entries.len() >= self.room && !self.disk_failed {
            self.disk_failed = self.spill().is_err();
        }
        self.entries.push((key, number));
    }

    /// All of them, in order.
    pub(super) fn finish(mut self) -> Sorted {
        if self.ends.is_empty() || self.entries.len() > self.room || self.spill().is_err() {
            self.entries.sort_unstable();
        }
        match self.file {
            Some(file) if !self.ends.is_empty() => Sorted::Merged(Merge::new(file, &self.ends, self.entries)),
            _ => Sorted::Memory(self.entries.into_iter()),
        }
    }

    #[cold]
    fn spill(&mut self) -> io::Result<()> {
        self.entries.sort_unstable();
        let start = self.ends.last().copied().unwrap_or(0);
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(start))?;
        let mut out = io::BufWriter::with_capacity(4 * RUN_BUFFER_BYTES, file);
        for (key, number) in &self.entries {
            out.write_all(&key.to_le_bytes())?;
            out.write_all(&number.to_le_bytes())?;
        }
        out.flush()?;
        drop(out);
        self.ends.push(start + (self.entries.len() * ENTRY_BYTES) as u64);
        self.entries.clear();
        Ok(())
    }
}

impl Sorted {
    /// How many could not be read again, because the disk failed.
    pub(super) fn lost(&self) -> u64 {
        match self {
            Self::Memory(_) => 0,
            Self::Merged(merge) => merge.lost,
        }
    }
}

impl Iterator for Sorted {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        match self {
            Self::Memory(entries) => entries.next(),
            Self::Merged(merge) => merge.next(),
        }
    }
}

impl Merge {
    /// Of the runs in a file, and one that is still in memory when the disk failed.
    fn new(file: File, ends: &[u64], in_memory: Vec<Entry>) -> Self {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let run = |(next, end): (u64, &u64)| Run { next, end: *end, buffer: Vec::new(), at: 0 };
        let mut runs: Vec<Run> = starts.zip(ends).map(run).collect();
        if !in_memory.is_empty() {
            let bytes = |(key, number): Entry| [key.to_le_bytes(), number.to_le_bytes()].concat();
            let buffer = in_memory.into_iter().flat_map(bytes).collect();
            runs.push(Run { next: 0, end: 0, buffer, at: 0 });
        }
        let mut merge = Self { file, runs, heads: BinaryHeap::new(), lost: 0 };
        (0..merge.runs.len()).for_each(|run| merge.advance(run));
        merge
    }

    fn next(&mut self) -> Option<Entry> {
        let Reverse((entry, run)) = self.heads.pop()?;
        self.advance(run);
        Some(entry)
    }

    /// The next entry of a run takes its place among the heads.
    fn advance(&mut self, number: usize) {
        let run = &mut self.runs[number];
        match run.entry(&mut self.file) {
            Ok(Some(entry)) => self.heads.push(Reverse((entry, number))),
            Ok(None) => run.buffer = Vec::new(),
            Err(_) => {
                self.lost += (run.end - run.next) / ENTRY_BYTES as u64;
                run.next = run.end;
            }
        }
    }
}

impl Run {
    fn entry(&mut self, file: &mut File) -> io::Result<Option<Entry>> {
        if self.at >= self.buffer.len() {
            let count = (self.end - self.next).min(RUN_BUFFER_BYTES as u64);
            let mut buffer = vec![0; count as usize];
            file.seek(SeekFrom::Start(self.next))?;
            file.read_exact(&mut buffer)?;
            (self.buffer, self.at, self.next) = (buffer, 0, self.next + count);
        }
        let Some((key, rest)) = self.buffer[self.at..].split_first_chunk() else { return Ok(None) };
        let Some(number) = rest.first_chunk() else { return Ok(None) };
        self.at += ENTRY_BYTES;
        Ok(Some((u64::from_le_bytes(*key), u64::from_le_bytes(*number))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries in no order, with equal keys among them.
    fn entries(count: u64) -> Vec<Entry> {
        (0..count).map(|number| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50, number)).collect()
    }

    fn sorted(sorter: Sorter) -> Vec<Entry> {
        let mut sorted = sorter.finish();
        let all = sorted.by_ref().collect();
        assert_eq!(sorted.lost(), 0);
        all
    }

    #[test]
    fn what_is_put_in_comes_out_in_order_from_memory_and_from_disk() {
        for (budget, count) in [(0, 0), (0, 10), (0, 1024), (0, 1025), (0, 20_000), (1 << 20, 20_000)] {
            let mut sorter = Sorter::new(budget);
            entries(count).into_iter().for_each(|(key, number)| sorter.push(key, number));
            assert!(sorter.entries.capacity() <= 2 * sorter.room);
            let mut expected = entries(count);
            expected.sort_unstable();
            assert_eq!(sorted(sorter), expected, "{budget} {count}");
        }
    }

    #[test]
    fn a_disk_that_fails_loses_nothing_that_is_still_in_memory() {
        let mut sorter = Sorter::new(0);
        for (key, number) in entries(5000) {
            sorter.disk_failed = number > 3000;
            sorter.push(key, number);
        }
        let mut expected = entries(5000);
        expected.sort_unstable();
        assert_eq!(sorted(sorter), expected);
    }
}
