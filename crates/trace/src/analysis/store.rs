//! Calls packed away: in memory up to a budget, beyond it in a file without a name.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use super::model::{Call, Event};

/// Where a packed call lies.
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
    file: Option<Mutex<File>>,
    /// Set when the disk fails: from then on all stays in memory.
    disk_failed: bool,
}

impl Store {
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, memory: Vec::new(), on_disk: 0, file: None, disk_failed: false }
    }

    pub(super) fn bytes_on_disk(&self) -> u64 {
        self.on_disk
    }

    /// Packs a call.
    pub(super) fn write(&mut self, call: &Call, events: &[Event]) -> Place {
        if self.memory.capacity() == 0 {
            self.memory.reserve_exact(self.budget);
        }
        let start = self.memory.len();
        postcard::serialize_with_flavor(&(call, events), Packing(&mut self.memory))
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

    /// Unpacks a call. `None` when the disk fails.
    pub(super) fn read(&self, place: Place) -> Option<(Call, Vec<Event>)> {
        let len = place.len as usize;
        if place.offset >= self.on_disk {
            let start = (place.offset - self.on_disk) as usize;
            return postcard::from_bytes(self.memory.get(start..start + len)?).ok();
        }
        let mut bytes = vec![0; len];
        let mut file = self.file.as_ref()?.lock().ok()?;
        file.seek(SeekFrom::Start(place.offset)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        postcard::from_bytes(&bytes).ok()
    }

    #[cold]
    fn spill(&mut self) {
        if self.disk_failed || self.try_spill().is_err() {
            self.disk_failed = true;
        }
    }

    fn try_spill(&mut self) -> std::io::Result<()> {
        if self.file.is_none() {
            self.file = Some(Mutex::new(tempfile::tempfile()?));
        }
        let Some(Ok(mut file)) = self.file.as_ref().map(Mutex::lock) else { return Ok(()) };
        file.seek(SeekFrom::Start(self.on_disk))?;
        file.write_all(&self.memory)?;
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
        match bytes.len() {
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

    #[test]
    fn what_is_packed_comes_back_from_memory_and_from_disk() {
        let mut store = Store::new(400);
        let call = |number| Call { number, dialled: "x".repeat(50).into(), ..Call::default() };
        let places: Vec<Place> = (0..50).map(|number| store.write(&call(number), &[])).collect();
        assert!(store.bytes_on_disk() > 2000 && store.memory.len() <= 400);
        for (number, place) in places.into_iter().enumerate() {
            assert_eq!(store.read(place), Some((call(number as u32), Vec::new())));
        }
    }
}
