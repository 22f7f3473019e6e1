//! From the journal into the store, in batches. How far it got stands in the same transaction, so a batch is in
//! whole or not at all, and reading one twice changes nothing.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use exchange::record::{CallRecord, Record, RecordingRecord, RelayRecord, StreamRecord};
use rusqlite::{Transaction, params};

use super::{Store, StoreError};
use crate::adopt::Configured;
use crate::journal::{self, Entry, Own};

/// Bytes of the journal taken in one transaction.
const BATCH_BYTES: u64 = 1024 * 1024;
/// Bytes by which a file of the journal is known again, whatever it is called now.
const HEAD_BYTES: u64 = 96;

/// What one batch brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Bytes of the journal.
    pub bytes: u64,
    /// Records.
    pub records: u64,
    /// Lines that can't be read.
    pub unreadable: u64,
}

impl Store {
    /// Takes the next batch of the journal; nothing when it is all there.
    pub fn import(&mut self, directory: &Path) -> Result<Imported, StoreError> {
        let failed = self.failed("does not take records");
        let head = self.setting("journal_file").map_err(&failed)?;
        let offset = self.setting("journal_offset").map_err(&failed)?;
        let offset = offset.and_then(|offset| offset.parse().ok()).unwrap_or(0);
        let files = files(directory)?;
        let known = files.iter().position(|file| Some(&file.head) == head.as_ref());
        let mut place = known.unwrap_or(0);
        let mut offset = if known.is_some() { offset } else { 0 };
        while let Some(file) = files.get(place) {
            let (lines, bytes) = read_lines(&file.path, offset)?;
            if bytes > 0 {
                return self.take(&file.head, offset + bytes, &lines, bytes);
            }
            // The last file grows; those before it are read to their end.
            (place, offset) = (place + 1, 0);
        }
        Ok(Imported::default())
    }

    fn take(&mut self, head: &str, offset: u64, lines: &[u8], bytes: u64) -> Result<Imported, StoreError> {
        let failed = self.failed("does not take records");
        let change = self.connection.transaction().map_err(&failed)?;
        let mut imported = Imported { bytes, ..Imported::default() };
        let mut now_ms = 0;
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match Line::parse(line) {
                Some(line) => {
                    imported.records += 1;
                    insert(&change, line, &mut now_ms).map_err(&failed)?;
                }
                None => imported.unreadable += 1,
            }
        }
        for (key, value) in [("journal_file", head.to_owned()), ("journal_offset", offset.to_string())] {
            change
                .execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)", params![key, value])
                .map_err(&failed)?;
        }
        change.commit().map_err(&failed)?;
        Ok(imported)
    }
}

/// A line of the journal. What it says of a call or a stream is its document in the store as it is.
enum Line<'l> {
    Call(Box<CallRecord>, &'l str),
    Stream(StreamRecord, &'l str),
    Other(Entry),
}

impl<'l> Line<'l> {
    fn parse(line: &'l [u8]) -> Option<Line<'l>> {
        let text = std::str::from_utf8(line).ok()?;
        // Known by how the journal writes it; the other way to read it takes three times as long.
        if text.starts_with(r#"{"record":"call","#) {
            return serde_json::from_str(text).ok().map(|call| Line::Call(call, text));
        }
        if text.starts_with(r#"{"record":"stream","#) {
            return serde_json::from_str(text).ok().map(|stream| Line::Stream(stream, text));
        }
        Entry::parse(line).ok().map(Line::Other)
    }
}

fn insert(change: &Transaction<'_>, line: Line<'_>, now_ms: &mut i64) -> rusqlite::Result<()> {
    let entry = match line {
        Line::Call(call, document) => {
            *now_ms = call.end_ms;
            return insert_call(change, &call, document);
        }
        Line::Stream(stream, document) => return insert_stream(change, &stream, document, *now_ms),
        Line::Other(entry) => entry,
    };
    match entry {
        Entry::Record(record) => match *record {
            Record::Call(call) => {
                *now_ms = call.end_ms;
                insert_call(change, &call, &serde_json::to_string(&call).unwrap_or_default())?;
            }
            Record::Stream(stream) => {
                let document = serde_json::to_string(&stream).unwrap_or_default();
                insert_stream(change, &stream, &document, *now_ms)?;
            }
            Record::Relay(relay) => insert_relay(change, &relay, *now_ms)?,
            Record::Recording(recording) => insert_recording(change, &recording)?,
            // The journal alone has these.
            Record::CallOpened { .. } => {}
        },
        Entry::Own(Own::Adopted { device, number, lobby }) => {
            let planned = exchange::plan::Device {
                buttons: vec![exchange::plan::Button::Line { number: number.clone(), label: number }],
                auto: true,
                lobby,
                ..Default::default()
            };
            put_device(change, &device, "newcomer", &planned)?;
        }
        Entry::Own(Own::Configured { device, settings }) => match settings {
            Some(settings) => {
                let Configured { device: planned, .. } = *settings;
                put_device(change, &device, "operator", &planned)?;
            }
            None => {
                change.execute("DELETE FROM device WHERE name = ?1 AND origin <> 'file'", [device])?;
            }
        },
        Entry::Own(Own::Started { unix_ms, .. } | Own::Stopped { unix_ms }) => *now_ms = unix_ms,
        Entry::Own(Own::Remember { .. }) => {}
    }
    Ok(())
}

fn insert_call(change: &Transaction<'_>, call: &CallRecord, document: &str) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached(
        "INSERT OR REPLACE INTO call (call, start_ms, end_ms, calling, dialed, called, calling_device, \
         called_device, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    insert.execute(params![
        call.call as i64,
        call.start_ms,
        call.end_ms,
        call.calling,
        call.dialed,
        call.called,
        call.calling_device,
        call.called_device,
        document
    ])?;
    Ok(())
}

fn insert_stream(
    change: &Transaction<'_>,
    stream: &StreamRecord,
    document: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached(
        "INSERT OR REPLACE INTO stream (call, device, reference, unix_ms, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute(params![stream.call as i64, stream.device, stream.reference, now_ms, document])?;
    Ok(())
}

/// A phone may have several in a call, one for each time that its audio was passed on.
fn insert_relay(change: &Transaction<'_>, relay: &RelayRecord, now_ms: i64) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached(
        "INSERT OR IGNORE INTO relay (call, device, unix_ms, document) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let document = serde_json::to_string(relay).unwrap_or_default();
    insert.execute(params![relay.call as i64, relay.device, now_ms, document])?;
    Ok(())
}

fn insert_recording(change: &Transaction<'_>, recording: &RecordingRecord) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached(
        "INSERT OR REPLACE INTO recording (call, device, file, unix_ms, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let document = serde_json::to_string(recording).unwrap_or_default();
    let RecordingRecord { call, device, file, start_ms, .. } = recording;
    insert.execute(params![*call as i64, device, file, start_ms, document])?;
    Ok(())
}

/// The file's word goes before everybody else's.
fn put_device(
    change: &Transaction<'_>,
    name: &str,
    origin: &str,
    device: &exchange::plan::Device,
) -> rusqlite::Result<()> {
    let document = serde_json::to_string(device).unwrap_or_default();
    change.execute(
        "INSERT INTO device (name, origin, document) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET \
         origin = excluded.origin, document = excluded.document WHERE device.origin <> 'file'",
        params![name, origin, document],
    )?;
    Ok(())
}

struct JournalFile {
    path: PathBuf,
    head: String,
}

/// The journal's files, the oldest first: those put aside by number, then the one that grows.
fn files(directory: &Path) -> io::Result<Vec<JournalFile>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let order = match name.strip_prefix("records.").and_then(|rest| rest.strip_suffix("jsonl")) {
            Some("") => u64::MAX,
            Some(number) => match number.trim_end_matches('.').parse() {
                Ok(number) => number,
                Err(_) => continue,
            },
            None => continue,
        };
        paths.push((order, path));
    }
    debug_assert!(journal::FILE_NAME == "records.jsonl", "the names above are those of the journal");
    paths.sort_unstable();
    let mut files = Vec::new();
    for (_, path) in paths {
        let mut head = Vec::new();
        File::open(&path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
        if head.len() as u64 == HEAD_BYTES || head.contains(&b'\n') {
            let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
            files.push(JournalFile { path, head: String::from_utf8_lossy(line).into_owned() });
        }
    }
    Ok(files)
}

/// Whole lines from an offset on, and how many bytes they are.
fn read_lines(path: &Path, offset: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut lines = Vec::new();
    file.take(BATCH_BYTES).read_to_end(&mut lines)?;
    let whole = match lines.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => last + 1,
        // A line longer than a batch is nobody's: it is passed over in pieces.
        None if lines.len() as u64 == BATCH_BYTES => lines.len(),
        None => 0,
    };
    lines.truncate(whole);
    Ok((lines, whole as u64))
}
