//! Writes the journal: lines gather during a turn and go out in one write at its end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use exchange::call::Cause;
use exchange::record::{CallRecord, Record};

use super::encode::append_record;
use super::entry::Own;
use super::escape::append_line;
use super::replay::{OpenCall, Past, Replayed};
use super::sync::SyncedFile;
use super::{BACKLOG_BYTES_MAX, FILE_BYTES_MAX, append_to};
use crate::adopt::{Configured, Newcomer};

/// Who ended the calls that a dead server left open.
pub const ENDED_BY_RESTART: &str = "server restarted";
/// Who ended the calls that a stop left no time for.
pub const ENDED_BY_STOP: &str = "server stopped";

/// How long the beginning of a call and the counters of a stream may wait: as a rule they go with the end of some
/// call in one write. A server that is killed knows nothing of a call that began so shortly before.
pub const LAG: Duration = Duration::from_millis(20);
/// Records that wait so at most.
const LATE_MAX: usize = 1024;

/// How long after a failed write the next is tried, without new records to write.
const RETRY: Duration = Duration::from_secs(1);

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: SyncedFile,
    /// Records that may wait, in order, not made lines yet: many at once are quicker than one at a time.
    late: Vec<Record>,
    /// Lines that no write has taken yet.
    waiting: Vec<u8>,
    /// When they must be written.
    due: Due,
    /// Bytes of the file.
    bytes: u64,
    file_bytes_max: u64,
    open: BTreeMap<u64, OpenCall>,
    past: Past,
    trouble: Option<Trouble>,
    lost: u64,
}

/// When what waits is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// With the next line that can't wait.
    Sometime,
    /// Not later than at this time.
    At(u64),
    /// At the end of this turn.
    Now,
}

/// The disk takes nothing.
#[derive(Debug)]
struct Trouble {
    /// Lines that found no room in the backlog meanwhile.
    lost: u64,
    retry_ns: u64,
}

impl Journal {
    pub(super) fn new(path: PathBuf, file: File, replayed: &Replayed) -> io::Result<Journal> {
        Ok(Journal {
            path,
            file: SyncedFile::new(file)?,
            late: Vec::new(),
            // A torn line is closed, so that it spoils none but itself.
            waiting: if replayed.is_torn { vec![b'\n'] } else { Vec::new() },
            due: Due::Sometime,
            bytes: replayed.bytes,
            file_bytes_max: FILE_BYTES_MAX,
            open: BTreeMap::new(),
            past: replayed.past.clone(),
            trouble: None,
            lost: 0,
        })
    }

    /// Writes that a server began, and the end of each call that its predecessor left open.
    pub(super) fn begin(&mut self, open: BTreeMap<u64, OpenCall>, now_ms: i64) {
        self.started(now_ms);
        self.close_calls(open, now_ms, ENDED_BY_RESTART);
        self.commit(0);
    }

    fn started(&mut self, now_ms: i64) {
        let version = env!("CARGO_PKG_VERSION").into();
        self.line(&Own::Started { unix_ms: now_ms, version, last_call: self.past.last_call }, true);
    }

    /// Takes a record; [`Journal::commit`] writes it.
    pub fn record(&mut self, record: Record) {
        match &record {
            Record::CallOpened { call, start_ms, calling, calling_device } => {
                self.past.last_call = self.past.last_call.max(*call);
                let (calling, calling_device) = (calling.clone(), calling_device.clone());
                self.open.insert(*call, OpenCall { start_ms: *start_ms, calling, calling_device });
                self.wait(record);
            }
            Record::Call(ended) => {
                self.open.remove(&ended.call);
                self.due = Due::Now;
                self.settle_late();
                self.append(|out| append_record(out, &record));
            }
            Record::Stream(_) | Record::Relay(_) | Record::Recording(_) => self.wait(record),
        }
    }

    /// Takes a record that may wait.
    fn wait(&mut self, record: Record) {
        if self.late.len() >= LATE_MAX {
            self.settle_late();
        }
        self.late.push(record);
    }

    /// Makes lines of the records that waited.
    fn settle_late(&mut self) {
        let mut late = std::mem::take(&mut self.late);
        for record in late.drain(..) {
            self.append(|out| append_record(out, &record));
        }
        self.late = late;
    }

    /// Takes a value that outlives the server.
    pub fn remember(&mut self, key: String, value: Option<String>) {
        self.own(Own::Remember { key, value });
    }

    /// Takes the number that an unknown phone was given.
    pub fn adopted(&mut self, device: String, newcomer: Newcomer) {
        let Newcomer { number, lobby } = newcomer;
        self.own(Own::Adopted { device, number, lobby });
    }

    /// Takes what an operator configured for a device.
    pub fn configured(&mut self, device: String, settings: Option<Configured>) {
        self.own(Own::Configured { device, settings: settings.map(Box::new) });
    }

    /// Lines that were lost because the disk took none for too long.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// When [`Journal::commit`] wants to be called again though nothing new was taken.
    pub fn deadline_ns(&self) -> Option<u64> {
        match (&self.trouble, self.due) {
            (Some(trouble), _) => Some(trouble.retry_ns),
            (None, Due::At(time)) => Some(time),
            (None, _) => None,
        }
    }

    /// Hands what was taken to the kernel, in one write, if one of the lines can't wait or has waited for
    /// [`LAG`]. Cheap when there is nothing.
    #[inline]
    pub fn commit(&mut self, now_ns: u64) {
        if self.waiting.is_empty() && self.late.is_empty() {
            return;
        }
        match self.due {
            Due::Sometime => self.due = Due::At(now_ns.saturating_add(LAG.as_nanos() as u64)),
            Due::At(time) if now_ns < time => {}
            Due::At(_) | Due::Now => {
                self.settle_late();
                self.write(now_ns);
            }
        }
    }

    /// Writes that the server ends and the end of every call that is still open, and waits for the disk.
    pub fn finish(mut self, now_ms: i64) {
        let open = std::mem::take(&mut self.open);
        self.close_calls(open, now_ms, ENDED_BY_STOP);
        self.line(&Own::Stopped { unix_ms: now_ms }, true);
        self.commit(u64::MAX);
        if !self.waiting.is_empty() {
            let bytes = self.waiting.len();
            tracing::error!("{bytes} bytes of records are lost: {} takes none", self.path.display());
        }
    }

    fn own(&mut self, own: Own) {
        self.line(&own, true);
        self.past.apply(own);
    }

    fn line<T: serde::Serialize>(&mut self, value: &T, is_urgent: bool) {
        if is_urgent {
            self.due = Due::Now;
        }
        self.settle_late();
        self.append(|out| append_line(out, value));
    }

    fn append(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>) {
        if self.waiting.len() > BACKLOG_BYTES_MAX {
            self.lost += 1;
            if let Some(trouble) = &mut self.trouble {
                trouble.lost += 1;
            }
            return;
        }
        let start = self.waiting.len();
        if let Err(error) = write(&mut self.waiting) {
            self.waiting.truncate(start);
            tracing::error!("a record can't be written as JSON: {error}");
        }
    }

    fn close_calls(&mut self, open: BTreeMap<u64, OpenCall>, now_ms: i64, ended_by: &str) {
        for (call, opened) in open {
            let record = CallRecord {
                call,
                calling: opened.calling,
                calling_device: opened.calling_device,
                start_ms: opened.start_ms,
                end_ms: now_ms,
                cause: Cause::TEMPORARY,
                ended_by: ended_by.into(),
                ..CallRecord::default()
            };
            self.line(&Record::Call(record), true);
        }
    }

    fn write(&mut self, now_ns: u64) {
        if self.trouble.as_ref().is_some_and(|trouble| now_ns < trouble.retry_ns) {
            return;
        }
        match self.write_waiting() {
            Ok(()) => self.recovered(),
            Err(error) => self.failed(&error, now_ns),
        }
        if self.bytes >= self.file_bytes_max && self.trouble.is_none() {
            self.rotate();
        }
    }

    /// Writes as much as the file takes; what it took is gone from the backlog even if it then fails.
    fn write_waiting(&mut self) -> io::Result<()> {
        let file = self.file.current();
        let mut written = 0;
        let result = loop {
            if written == self.waiting.len() {
                break Ok(());
            }
            match (&*file).write(&self.waiting[written..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => written += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.bytes += written as u64;
        self.waiting.drain(..written);
        self.file.written();
        result
    }

    fn recovered(&mut self) {
        self.due = Due::Sometime;
        if let Some(trouble) = self.trouble.take() {
            tracing::info!(lost = trouble.lost, "{} takes records again", self.path.display());
        }
        if self.waiting.capacity() > BACKLOG_BYTES_MAX / 16 {
            self.waiting = Vec::new();
        }
    }

    fn failed(&mut self, error: &io::Error, now_ns: u64) {
        if self.trouble.is_none() {
            tracing::warn!(
                "{} takes no records: {error}; calls go on, up to {BACKLOG_BYTES_MAX} bytes of records are kept until it does",
                self.path.display()
            );
        }
        let lost = self.trouble.as_ref().map_or(0, |trouble| trouble.lost);
        let retry_ns = now_ns.saturating_add(RETRY.as_nanos() as u64);
        self.trouble = Some(Trouble { lost, retry_ns });
    }

    /// Puts the file aside under a name with the next free number and begins a new one with everything
    /// that a start must know.
    fn rotate(&mut self) {
        match self.begin_file() {
            Ok(file) => {
                self.file.replace(file);
                self.bytes = 0;
                self.repeat_state();
            }
            Err(error) => {
                tracing::warn!("{} can't be put aside: {error}; it goes on to grow", self.path.display());
                self.file_bytes_max = self.file_bytes_max.saturating_mul(2);
            }
        }
    }

    fn begin_file(&self) -> io::Result<File> {
        let aside = (1_u32..).map(|number| self.path.with_extension(format!("{number}.jsonl")));
        let mut aside = aside.filter(|path| !path.exists());
        let aside = aside.next().ok_or(io::ErrorKind::AlreadyExists)?;
        std::fs::rename(&self.path, &aside)?;
        let file = match append_to(&self.path) {
            Ok(file) => file,
            Err(error) => {
                std::fs::rename(&aside, &self.path)?;
                return Err(error);
            }
        };
        // The old file's lock ends with it; nobody else can have taken the new one in between.
        let _ = file.try_lock();
        Ok(file)
    }

    fn repeat_state(&mut self) {
        self.started(crate::clock::unix_ms());
        let past = std::mem::take(&mut self.past);
        for (key, value) in &past.remembered {
            self.line(&Own::Remember { key: key.clone(), value: Some(value.clone()) }, true);
        }
        for (device, newcomer) in &past.others.newcomers {
            let Newcomer { number, lobby } = newcomer.clone();
            self.line(&Own::Adopted { device: device.clone(), number, lobby }, true);
        }
        for (device, settings) in &past.others.configured {
            let settings = Some(Box::new(settings.clone()));
            self.line(&Own::Configured { device: device.clone(), settings }, true);
        }
        self.past = past;
        let open = std::mem::take(&mut self.open);
        for (call, opened) in &open {
            let OpenCall { start_ms, calling, calling_device } = opened.clone();
            self.line(&Record::CallOpened { call: *call, start_ms, calling, calling_device }, true);
        }
        self.open = open;
        if let Err(error) = self.write_waiting() {
            self.failed(&error, 0);
        }
    }
}

#[cfg(test)]
impl Journal {
    /// As if the disk were exchanged.
    pub(super) fn write_to(&mut self, file: File) {
        self.file.replace(file);
    }

    /// A file of this size is put aside.
    pub(super) fn limit_file(&mut self, bytes: u64) {
        self.file_bytes_max = bytes;
    }
}
