//! `serve --journal DIR`: every input of the exchange and what it answered, so that a run can be repeated bit for bit.
//!
//! The thread of the calls appends bytes to a buffer and hands it on once a turn; another thread writes
//! them. When the disk can't follow, the journal ends there and says so: one with a gap would be worthless.
//! The records of calls are in another journal, see [`crate::journal`].

mod entry;
pub mod replay;

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use exchange::input::{Input, Now};
use exchange::output::Output;

use entry::{Did, Entry, Told};

/// How the file is called.
pub const FILE_NAME: &str = "inputs.journal";
/// What it begins with: the form of what follows.
const MAGIC: &[u8; 8] = b"LSINPUT1";
/// The longest entry: a plan of the largest site.
pub const ENTRY_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Turns on their way to the disk.
const TURNS_MAX: usize = 4096;
/// Numbers, names and keys of everybody: only the owner may read it.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Why a journal can't be begun.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory can't be made.
    #[error("can't make {0}: {1}; choose another with --journal DIR")]
    Directory(PathBuf, io::Error),
    /// The file can't be made.
    #[error(
        "can't begin {0}: {1}; a journal is never overwritten: choose an empty directory with --journal DIR"
    )]
    File(PathBuf, io::Error),
}

/// The writing end, in the thread of the calls.
#[derive(Debug)]
pub struct InputJournal {
    turn: Vec<u8>,
    sender: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl InputJournal {
    /// Begins a journal in a directory that has none.
    pub fn begin(directory: &Path) -> Result<InputJournal, JournalError> {
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(directory)
            .map_err(|error| JournalError::Directory(directory.to_owned(), error))?;
        let path = directory.join(FILE_NAME);
        let failed = |error| JournalError::File(path.clone(), error);
        let mut file =
            OpenOptions::new().create_new(true).append(true).mode(FILE_MODE).open(&path).map_err(failed)?;
        file.write_all(MAGIC).map_err(failed)?;
        let (sender, turns) = sync_channel(TURNS_MAX);
        let for_thread = path.clone();
        let thread = std::thread::Builder::new()
            .name("inputs".into())
            .spawn(move || write_turns(file, &turns, &for_thread))
            .map_err(failed)?;
        Ok(InputJournal { turn: Vec::new(), sender: Some(sender), thread: Some(thread), path })
    }

    /// The exchange begins.
    pub fn start(&mut self, seed: u64, last_call: u64) {
        self.entry(&Entry::Start { version: env!("CARGO_PKG_VERSION"), seed, last_call });
    }

    /// It is told something.
    pub fn told(&mut self, now: Now, input: &Input<'_>) {
        if self.sender.is_some() {
            let plan = match input {
                Input::Plan(plan) => serde_json::to_string(&**plan).unwrap_or_default(),
                _ => String::new(),
            };
            self.entry(&Entry::Told(now, Told::of(input, &plan)));
        }
    }

    /// It wants something.
    pub fn did(&mut self, output: &Output, bytes: &[u8]) {
        if self.sender.is_some() {
            let words = entry::words(output);
            self.entry(&Entry::Did(Did::of(output, bytes, &words)));
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let start = self.turn.len();
        self.turn.extend_from_slice(&[0; 4]);
        match postcard::to_extend(entry, std::mem::take(&mut self.turn)) {
            Ok(turn) => {
                self.turn = turn;
                let len = (self.turn.len() - start - 4) as u32;
                self.turn[start..start + 4].copy_from_slice(&len.to_le_bytes());
            }
            Err(error) => self.give_up(&error.to_string()),
        }
    }

    /// The turn is over.
    pub fn hand_on(&mut self) {
        let Some(sender) = self.sender.as_ref().filter(|_| !self.turn.is_empty()) else { return };
        match sender.try_send(std::mem::take(&mut self.turn)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.give_up("the disk does not follow"),
            Err(TrySendError::Disconnected(_)) => self.give_up("it can't be written"),
        }
    }

    fn give_up(&mut self, why: &str) {
        tracing::error!("{} ends here: {why}; what is before can be replayed", self.path.display());
        self.sender = None;
    }
}

impl Drop for InputJournal {
    fn drop(&mut self) {
        self.hand_on();
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

fn write_turns(mut file: impl Write, turns: &Receiver<Vec<u8>>, path: &Path) {
    while let Ok(turn) = turns.recv() {
        if let Err(error) = file.write_all(&turn) {
            tracing::error!("{} can't be written: {error}", path.display());
            return;
        }
    }
}
