//! Calls and connections packed away: in memory up to a budget, beyond it in a file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is read from the file at once.
const BLOCK_BYTES: usize = 16 * 1024;
/// Blocks kept, by the budget: records are asked for in about the order in which they were written, not in just that order.
const BLOCKS_SHARE: usize = 4;
const BLOCKS_MIN: usize = 4;
/// What the last record before a spill takes beyond the budget, mostly.
const SLACK_BYTES: usize = 16 * 1024;
/// The length in front of each record.
const LENGTH_BYTES: usize = 4;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

impl Place {
    /// Tells places apart.
    pub(super) fn number(self) -> u64 {
        self.0
    }

    /// The place of that number.
    pub(super) fn of_number(number: u64) -> Self {
        Self(number)
    }
}

/// Records one after the other; the last of them in memory.
#[derive(Debug)]
pub(super) struct Store {
    budget: usize,
    /// What is not on disk; it begins at `on_disk`.
    memory: Vec<u8>,
    on_disk: u64,
    file: Option<Mutex<Disk>>,
    /// Set when the disk fails: from then on all stays in memory.
    disk_failed: bool,
}

/// The file, and what was read of it of late.
#[derive(Debug)]
struct Disk {
    file: File,
    len: u64,
    /// How many blocks are kept.
    limit: usize,
    blocks: Vec<Block>,
    hand: usize,
    /// A record that does not lie in one block.
    pieces: Vec<u8>,
}

/// Part of the file.
#[derive(Debug)]
struct Block {
    number: u64,
    bytes: Vec<u8>,
    used: bool,
}

impl Disk {
    fn new(budget: usize) -> io::Result<Self> {
        let limit = (budget / BLOCKS_SHARE / BLOCK_BYTES).max(BLOCKS_MIN);
        let file = tempfile::tempfile()?;
        Ok(Self { file, len: 0, limit, blocks: Vec::new(), hand: 0, pieces: Vec::new() })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        // The last block is longer now than when it was read.
        let last = self.len / BLOCK_BYTES as u64;
        self.blocks.retain(|block| block.number != last);
        self.hand = 0;
        self.file.seek(SeekFrom::Start(self.len))?;
        self.file.write_all(bytes)?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn read<T: DeserializeOwned>(&mut self, offset: u64) -> Option<T> {
        let mut length = [0; LENGTH_BYTES];
        length.copy_from_slice(self.bytes(offset, LENGTH_BYTES)?);
        let len = u32::from_le_bytes(length) as usize;
        postcard::from_bytes(self.bytes(offset + LENGTH_BYTES as u64, len)?).ok()
    }

    /// Bytes of the file, through its blocks.
    fn bytes(&mut self, offset: u64, len: usize) -> Option<&[u8]> {
        let within = |offset: u64| (offset / BLOCK_BYTES as u64, (offset % BLOCK_BYTES as u64) as usize);
        let (block, start) = within(offset);
        if start + len <= BLOCK_BYTES {
            let at = self.block(block)?;
            return self.blocks[at].bytes.get(start..start + len);
        }
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.clear();
        while pieces.len() < len {
            let (block, start) = within(offset + pieces.len() as u64);
            let at = self.block(block)?;
            let bytes = self.blocks[at].bytes.get(start..)?;
            pieces.extend_from_slice(&bytes[..bytes.len().min(len - pieces.len())]);
            if bytes.is_empty() {
                return None;
            }
        }
        self.pieces = pieces;
        Some(&self.pieces)
    }

    /// Where among `blocks` a block is, read when it is not there.
    fn block(&mut self, number: u64) -> Option<usize> {
        if let Some(at) = self.blocks.iter().position(|block| block.number == number) {
            self.blocks[at].used = true;
            return Some(at);
        }
        let at = self.room();
        let block = &mut self.blocks[at];
        block.bytes.clear();
        // Nobody finds it under its number until it was read.
        block.number = u64::MAX;
        self.file.seek(SeekFrom::Start(number * BLOCK_BYTES as u64)).ok()?;
        Read::by_ref(&mut self.file).take(BLOCK_BYTES as u64).read_to_end(&mut block.bytes).ok()?;
        (block.number, block.used) = (number, true);
        Some(at)
    }

    /// A place for a block: a new one, or that of one not used of late.
    fn room(&mut self) -> usize {
        if self.blocks.len() < self.limit {
            let bytes = Vec::with_capacity(BLOCK_BYTES);
            self.blocks.push(Block { number: u64::MAX, bytes, used: false });
            return self.blocks.len() - 1;
        }
        while std::mem::take(&mut self.blocks[self.hand].used) {
            self.hand = (self.hand + 1) % self.blocks.len();
        }
        let at = self.hand;
        self.hand = (self.hand + 1) % self.blocks.len();
        at
    }
}

impl Store {
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, memory: Vec::new(), on_disk: 0, file: None, disk_failed: false }
    }

    pub(super) fn bytes_on_disk(&self) -> u64 {
        self.on_disk
    }

    /// Packs a record.
    pub(super) fn write<T: Serialize>(&mut self, record: &T) -> Place {
        if self.memory.capacity() == 0 {
            self.memory.reserve_exact(self.budget + SLACK_BYTES);
        }
        let start = self.memory.len();
        self.memory.extend_from_slice(&[0; LENGTH_BYTES]);
        let body = self.memory.len();
        postcard::serialize_with_flavor(record, Packing(&mut self.memory))
            .expect("plain data into memory: nothing in it has an unknown length");
        let len = u32::try_from(self.memory.len() - body).unwrap_or(u32::MAX);
        self.memory[start..body].copy_from_slice(&len.to_le_bytes());
        let place = Place(self.on_disk + start as u64);
        if self.memory.len() > self.budget {
            self.spill();
        }
        place
    }

    /// Unpacks a record. `None` when the disk fails.
    pub(super) fn read<T: DeserializeOwned>(&self, Place(offset): Place) -> Option<T> {
        let Some(start) = offset.checked_sub(self.on_disk) else {
            return self.file.as_ref()?.lock().ok()?.read(offset);
        };
        let (length, rest) = self.memory.get(start as usize..)?.split_first_chunk::<LENGTH_BYTES>()?;
        postcard::from_bytes(rest.get(..u32::from_le_bytes(*length) as usize)?).ok()
    }

    #[cold]
    fn spill(&mut self) {
        if self.disk_failed || self.try_spill().is_err() {
            self.disk_failed = true;
        }
    }

    fn try_spill(&mut self) -> io::Result<()> {
        let disk = match &mut self.file {
            Some(disk) => disk,
            none => none.insert(Mutex::new(Disk::new(self.budget)?)),
        };
        let Ok(disk) = disk.get_mut() else { return Ok(()) };
        disk.append(&self.memory)?;
        self.on_disk += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }
}
/// Writes behind what is in memory.
struct Packing<'m>(&'m mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Packing<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // Most are numbers of few bytes: a call of memcpy costs more than they do.
        // Times and places of messages are the most frequent; a length that is known takes no call.
        match bytes.len() {
            8 => self.0.extend_from_slice(bytes.first_chunk::<8>().expect("it has eight")),
            20 => self.0.extend_from_slice(bytes.first_chunk::<20>().expect("it has twenty")),
            0..=10 => bytes.iter().for_each(|byte| self.0.push(*byte)),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::model::{Call, Event};

    #[test]
    fn what_is_packed_comes_back_from_memory_and_from_disk() {
        let mut store = Store::new(400);
        let call = |number| Call { number, dialled: "x".repeat(50).into(), ..Call::default() };
        let mut places: Vec<Place> = Vec::new();
        // Read in between, too: a block that was read from the file's end must not stay as it was.
        for number in 0..1000 {
            places.push(store.write(&(call(number), Vec::<Event>::new())));
            let before = number.saturating_sub(20);
            assert_eq!(store.read(places[before as usize]), Some((call(before), Vec::<Event>::new())));
        }
        assert!(store.bytes_on_disk() > 4 * BLOCK_BYTES as u64 && store.memory.len() <= 400);
        let long = Call { number: 7, dialled: "y".repeat(3 * BLOCK_BYTES).into(), ..Call::default() };
        let place = store.write(&(&long, Vec::<Event>::new()));
        assert_eq!(store.read(place), Some((long, Vec::<Event>::new())));
        for (number, place) in places.into_iter().enumerate().rev() {
            assert_eq!(store.read(place), Some((call(number as u32), Vec::<Event>::new())));
        }
    }
}
