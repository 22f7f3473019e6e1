//! Calls and connections packed away: in memory up to a budget, beyond it in a file without a name.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is read from the file at once: records are asked for in their order, mostly.
const BLOCK_BYTES: usize = 64 * 1024;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    offset: u64,
    len: u32,
}

impl Place {
    /// Tells places apart.
    pub(super) fn number(self) -> u64 {
        self.offset
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

/// The file, and what was read of it last.
#[derive(Debug)]
struct Disk {
    file: File,
    block: Vec<u8>,
    /// Where `block` begins in the file.
    at: u64,
}

impl Disk {
    fn read<T: DeserializeOwned>(&mut self, offset: u64, len: usize) -> Option<T> {
        let within = |block: &Vec<u8>, at: u64| {
            let start = usize::try_from(offset.checked_sub(at)?).ok()?;
            (start.checked_add(len)? <= block.len()).then_some(start)
        };
        let start = match within(&self.block, self.at) {
            Some(start) => start,
            None => {
                self.file.seek(SeekFrom::Start(offset)).ok()?;
                self.block.clear();
                let wanted = len.max(BLOCK_BYTES) as u64;
                Read::by_ref(&mut self.file).take(wanted).read_to_end(&mut self.block).ok()?;
                self.at = offset;
                within(&self.block, self.at)?
            }
        };
        postcard::from_bytes(&self.block[start..start + len]).ok()
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
            self.memory.reserve_exact(self.budget);
        }
        let start = self.memory.len();
        postcard::serialize_with_flavor(record, Packing(&mut self.memory))
            .expect("plain data into memory: nothing in it has an unknown length");
        let place = Place {
            offset: self.on_disk + start as u64,
            len: u32::try_from(self.memory.len() - start).unwrap_or(u32::MAX),
        };
        if self.memory.len() > self.budget {
            self.spill();
        }
        place
    }

    /// Unpacks a record. `None` when the disk fails.
    pub(super) fn read<T: DeserializeOwned>(&self, place: Place) -> Option<T> {
        let len = place.len as usize;
        if place.offset >= self.on_disk {
            let start = (place.offset - self.on_disk) as usize;
            return postcard::from_bytes(self.memory.get(start..start + len)?).ok();
        }
        self.file.as_ref()?.lock().ok()?.read(place.offset, len)
    }

    #[cold]
    fn spill(&mut self) {
        if self.disk_failed || self.try_spill().is_err() {
            self.disk_failed = true;
        }
    }

    fn try_spill(&mut self) -> std::io::Result<()> {
        if self.file.is_none() {
            let disk = Disk { file: tempfile::tempfile()?, block: Vec::new(), at: 0 };
            self.file = Some(Mutex::new(disk));
        }
        let Some(Ok(mut disk)) = self.file.as_ref().map(Mutex::lock) else { return Ok(()) };
        // A block that was read from the end is shorter than it could be now.
        disk.block.clear();
        disk.file.seek(SeekFrom::Start(self.on_disk))?;
        disk.file.write_all(&self.memory)?;
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
        let places: Vec<Place> =
            (0..50).map(|number| store.write(&(call(number), Vec::<Event>::new()))).collect();
        assert!(store.bytes_on_disk() > 2000 && store.memory.len() <= 400);
        for (number, place) in places.into_iter().enumerate() {
            assert_eq!(store.read(place), Some((call(number as u32), Vec::<Event>::new())));
        }
    }
}
