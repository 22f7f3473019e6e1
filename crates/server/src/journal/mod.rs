//! The journal: one file of JSON lines, to which the record of a call is appended in the turn in which the
//! call ends.
//!
//! One plain write puts it into the kernel's hands, so that a killed process loses nothing; a helper thread
//! brings it to the disk every [`SYNC_INTERVAL`], so that a power failure costs at most that. Counters of a
//! stream may wait [`LAG`] for a call's line to go with. Not a database: questions about calls are the store's business, which reads from here.

mod encode;
mod entry;
mod escape;
mod replay;
mod sync;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use entry::{Entry, Own};
pub use replay::{Past, Replayed, read, records};
pub use writer::{Journal, LAG};

/// Name of the journal in the data directory.
pub const FILE_NAME: &str = "records.jsonl";
/// What a power failure may cost.
pub const SYNC_INTERVAL: Duration = Duration::from_secs(1);
/// A file of this size is put aside and a new one begun: about 200,000 calls, read in a second at start.
pub const FILE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Bytes kept while the disk takes none: about 25,000 calls.
pub const BACKLOG_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The longest line that is read back; the longest that is written is a call record of some 2 KiB.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// Values remembered over restarts: a few for each of 40,000 phones.
pub const REMEMBERED_MAX: usize = 200_000;
/// Only the owner may read who called whom.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Why the journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory can't be made.
    #[error("can't make the data directory {0}: {1}; choose another with --data DIR")]
    Directory(PathBuf, io::Error),
    /// The file can't be opened, read or written.
    #[error("can't use {0}: {1}; mend that or choose another data directory with --data DIR")]
    File(PathBuf, io::Error),
    /// Another server has it.
    #[error("another server uses the data directory {0}: stop it or choose another with --data DIR")]
    Taken(PathBuf),
}

/// Opens the journal of a data directory, reads what it holds, closes the calls that were open when the
/// last server ended, and tells what else was known then.
pub fn open(directory: &Path, now_ms: i64) -> Result<(Journal, Past), JournalError> {
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(directory)
        .map_err(|error| JournalError::Directory(directory.to_owned(), error))?;
    let path = directory.join(FILE_NAME);
    let failed = |error| JournalError::File(path.clone(), error);
    let file = append_to(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(JournalError::Taken(directory.to_owned())),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let replayed = read(&path).map_err(failed)?;
    let mut journal = Journal::new(path.clone(), file, &replayed).map_err(failed)?;
    journal.begin(replayed.open, now_ms);
    Ok((journal, replayed.past))
}

/// A value as one line of JSON that is harmless wherever it is shown, without its end.
pub fn json_line<T: serde::Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut line = Vec::new();
    escape::append_line(&mut line, value)?;
    let line = String::from_utf8_lossy(&line);
    Ok(line.trim_end_matches('\n').to_owned())
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).read(true).mode(FILE_MODE).open(path)
}
