//! Records of one size by their numbers: those asked for of late in memory, the others in a file without a name.
//!
//! For what is asked for again and again of every connection, in no order that is known. Large records that are written once and read
//! once are for [`super::store`].

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

/// Bytes of a page.
const PAGE_BYTES: usize = 32 * 1024;
/// Pages in memory at least, so that two records can be compared without a reading for each.
const PAGES_MIN: usize = 2;
/// Marks a page that is not in memory.
const AWAY: u32 = u32::MAX;

/// Records of `N` bytes.
#[derive(Debug)]
pub(super) struct Pages<const N: usize> {
    count: usize,
    shelf: Mutex<Shelf>,
}

/// The pages.
#[derive(Debug)]
struct Shelf {
    /// Pages in memory at most.
    limit: usize,
    /// For each page, where in `frames` it is.
    at: Vec<u32>,
    frames: Vec<Frame>,
    hand: usize,
    file: Option<File>,
    /// Set when the disk fails: from then on all stays in memory.
    disk_failed: bool,
}

#[derive(Debug)]
struct Frame {
    page: u32,
    bytes: Vec<u8>,
    used: bool,
    changed: bool,
}

impl<const N: usize> Pages<N> {
    const PER_PAGE: usize = PAGE_BYTES / N;

    /// None yet; `budget` bytes of them may lie in memory.
    pub(super) fn new(budget: usize) -> Self {
        let limit = (budget / PAGE_BYTES).max(PAGES_MIN);
        let shelf =
            Shelf { limit, at: Vec::new(), frames: Vec::new(), hand: 0, file: None, disk_failed: false };
        Self { count: 0, shelf: Mutex::new(shelf) }
    }

    /// One more record, with the next number.
    pub(super) fn push(&mut self, record: &[u8; N]) {
        let number = self.count;
        self.count += 1;
        if number.is_multiple_of(Self::PER_PAGE)
            && let Ok(shelf) = self.shelf.get_mut()
        {
            shelf.add();
        }
        self.set(number, record);
    }

    /// How many there are.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// A record, as [`Pages::get`] has it, for whom nobody else can be asking at the same time: without a lock.
    #[inline]
    pub(super) fn fetch(&mut self, number: usize) -> Option<[u8; N]> {
        if number >= self.count {
            return None;
        }
        let frame = self.shelf.get_mut().ok()?.frame(number / Self::PER_PAGE)?;
        frame.bytes.get(Self::start(number)..)?.first_chunk().copied()
    }

    /// A record; `None` when there is none of this number, or the disk fails.
    pub(super) fn get(&self, number: usize) -> Option<[u8; N]> {
        if number >= self.count {
            return None;
        }
        let mut shelf = self.shelf.lock().ok()?;
        let frame = shelf.frame(number / Self::PER_PAGE)?;
        frame.bytes.get(Self::start(number)..)?.first_chunk().copied()
    }

    /// Puts another in the place of a record.
    pub(super) fn set(&mut self, number: usize, record: &[u8; N]) {
        let Ok(shelf) = self.shelf.get_mut() else { return };
        let Some(frame) = shelf.frame(number / Self::PER_PAGE) else { return };
        let start = Self::start(number);
        if let Some(place) = frame.bytes.get_mut(start..start + N)
            && *place != *record
        {
            place.copy_from_slice(record);
            frame.changed = true;
        }
    }

    fn start(number: usize) -> usize {
        number % Self::PER_PAGE * N
    }
}

impl Shelf {
    /// A page of zeros.
    fn add(&mut self) {
        let page = self.at.len() as u32;
        self.at.push(AWAY);
        let frame = Frame { page, bytes: vec![0; PAGE_BYTES], used: true, changed: true };
        self.put(frame);
    }

    /// A page, read from the file when it is not in memory.
    fn frame(&mut self, page: usize) -> Option<&mut Frame> {
        if *self.at.get(page)? == AWAY {
            let bytes = self.read(page).ok()?;
            self.put(Frame { page: page as u32, bytes, used: true, changed: false });
        }
        let frame = self.frames.get_mut(self.at[page] as usize)?;
        frame.used = true;
        Some(frame)
    }

    fn put(&mut self, frame: Frame) {
        let page = frame.page as usize;
        match self.room() {
            Some(at) => {
                self.at[self.frames[at].page as usize] = AWAY;
                self.frames[at] = frame;
                self.at[page] = at as u32;
            }
            None => {
                self.at[page] = self.frames.len() as u32;
                self.frames.push(frame);
            }
        }
    }

    /// The place of a page that may go, written where it has to be; `None` when one more may be kept.
    fn room(&mut self) -> Option<usize> {
        if self.frames.len() < self.limit || self.disk_failed {
            return None;
        }
        while std::mem::take(&mut self.frames[self.hand].used) {
            self.hand = (self.hand + 1) % self.frames.len();
        }
        let at = self.hand;
        self.hand = (self.hand + 1) % self.frames.len();
        if self.frames[at].changed && self.write(at).is_err() {
            self.disk_failed = true;
            return None;
        }
        Some(at)
    }

    fn write(&mut self, at: usize) -> io::Result<()> {
        let frame = &self.frames[at];
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(u64::from(frame.page) * PAGE_BYTES as u64))?;
        file.write_all(&frame.bytes)
    }

    fn read(&mut self, page: usize) -> io::Result<Vec<u8>> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = vec![0; PAGE_BYTES];
        file.seek(SeekFrom::Start(page as u64 * PAGE_BYTES as u64))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: usize, word: u32) -> [u8; 96] {
        let mut record = [number as u8; 96];
        record[..4].copy_from_slice(&word.to_le_bytes());
        record
    }

    #[test]
    fn records_come_back_from_memory_and_from_disk_as_they_were_set_last() {
        let mut pages: Pages<96> = Pages::new(0);
        let count = 5 * Pages::<96>::PER_PAGE + 3;
        (0..count).for_each(|number| pages.push(&record(number, 1)));
        assert!(pages.shelf.lock().unwrap().frames.len() == PAGES_MIN);
        for number in (0..count).step_by(7) {
            pages.set(number, &record(number, 2));
        }
        // Backwards and in leaps: each asks for a page that is not at hand.
        for number in (0..count).rev().step_by(101).chain(0..count) {
            let word = if number.is_multiple_of(7) { 2 } else { 1 };
            assert_eq!(pages.get(number), Some(record(number, word)), "{number}");
        }
        assert_eq!(pages.get(count), None);
    }
}
