//! What a journal holds: read at start, by tests and by whoever wants the records.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use exchange::record::Record;

use super::entry::{Entry, Own};
use super::{LINE_BYTES_MAX, REMEMBERED_MAX};
use crate::adopt::{Newcomer, Others};

/// A call that began and has not ended, as far as the journal knows.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenCall {
    /// When it began, in milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// Number of the caller.
    pub calling: String,
    /// Device of the caller.
    pub calling_device: String,
}

/// What outlives a server.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Past {
    /// Remembered values.
    pub remembered: BTreeMap<String, String>,
    /// Devices that stand in no file.
    pub others: Others,
    /// The highest number of a call.
    pub last_call: u64,
}

impl Past {
    /// Takes over what an entry changes.
    pub(super) fn apply(&mut self, own: Own) {
        match own {
            Own::Remember { key, value: Some(value) } => {
                let is_known = self.remembered.contains_key(&key);
                if is_known || self.remembered.len() < REMEMBERED_MAX {
                    self.remembered.insert(key, value);
                }
            }
            Own::Remember { key, value: None } => {
                self.remembered.remove(&key);
            }
            Own::Adopted { device, number, lobby } => {
                self.others.newcomers.insert(device, Newcomer { number, lobby });
            }
            Own::Configured { device, settings } => {
                self.others.newcomers.remove(&device);
                match settings {
                    Some(settings) => self.others.configured.insert(device, *settings),
                    None => self.others.configured.remove(&device),
                };
            }
            Own::Started { last_call, .. } => self.last_call = self.last_call.max(last_call),
            Own::Stopped { .. } => {}
        }
    }
}

/// A journal, read to its end.
#[derive(Debug, Default)]
pub struct Replayed {
    /// What outlives a server.
    pub past: Past,
    /// Calls that have not ended.
    pub open: BTreeMap<u64, OpenCall>,
    /// Records of ended calls.
    pub calls: u64,
    /// Lines that can't be read: torn by a power failure or written by somebody else.
    pub unreadable: u64,
    /// Whether the last line lacks its end.
    pub is_torn: bool,
    /// Bytes in all.
    pub bytes: u64,
}

impl Replayed {
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Own(own) => self.past.apply(own),
            Entry::Record(record) => match *record {
                Record::CallOpened { call, start_ms, calling, calling_device } => {
                    self.past.last_call = self.past.last_call.max(call);
                    self.open.insert(call, OpenCall { start_ms, calling, calling_device });
                }
                Record::Call(ended) => {
                    self.past.last_call = self.past.last_call.max(ended.call);
                    self.open.remove(&ended.call);
                    self.calls += 1;
                }
                Record::Stream(_) | Record::Relay(_) | Record::Recording(_) => {}
            },
        }
    }
}

/// Reads a journal to its end. A line that can't be read is counted and passed over.
pub fn read(path: &Path) -> io::Result<Replayed> {
    let mut replayed = Replayed::default();
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next_line()? {
        match line.map(Entry::parse) {
            Some(Ok(entry)) => replayed.apply(entry),
            Some(Err(_)) | None => replayed.unreadable += 1,
        }
    }
    replayed.is_torn = lines.is_torn;
    replayed.bytes = lines.bytes;
    Ok(replayed)
}

/// Calls `each` with every record of calls and streams, oldest first.
pub fn records(path: &Path, mut each: impl FnMut(Record)) -> io::Result<()> {
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next_line()? {
        if let Some(Ok(Entry::Record(record))) = line.map(Entry::parse) {
            each(*record);
        }
    }
    Ok(())
}

/// Lines of bounded length.
struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
    is_torn: bool,
    bytes: u64,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Lines> {
        let reader = BufReader::with_capacity(64 * 1024, File::open(path)?);
        Ok(Lines { reader, line: Vec::new(), is_torn: false, bytes: 0 })
    }

    /// The next line without its end, `Some(None)` for one that is too long, `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<Option<&[u8]>>> {
        self.line.clear();
        let limit = LINE_BYTES_MAX as u64 + 1;
        let len = (&mut self.reader).take(limit).read_until(b'\n', &mut self.line)?;
        if len == 0 {
            return Ok(None);
        }
        self.bytes += len as u64;
        if self.line.pop_if(|last| *last == b'\n').is_some() {
            return Ok(Some(Some(&self.line)));
        }
        self.is_torn = (len as u64) < limit || self.pass_over()?;
        Ok(Some((!self.line.is_empty() && self.is_torn && len <= LINE_BYTES_MAX).then_some(&self.line)))
    }

    /// Leaves the rest of a line out; whether the file ended within it.
    fn pass_over(&mut self) -> io::Result<bool> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(true);
            }
            let newline = buffer.iter().position(|byte| *byte == b'\n');
            let len = newline.map_or(buffer.len(), |at| at + 1);
            self.reader.consume(len);
            self.bytes += len as u64;
            if newline.is_some() {
                return Ok(false);
            }
        }
    }
}
