//! Files of the ring: one is written, the oldest go.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use trace::Timestamp;
use trace::synth::PcapngWriter;

use super::RingLimits;

/// Into how many files the allowed size is cut.
const FILES: u64 = 16;
/// A file is not smaller than this.
const SEGMENT_BYTES_MIN: u64 = 64 * 1024;
/// Who called whom: only the owner may read it.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
/// After a failure, how long until the next try.
const RETRY: Duration = Duration::from_secs(5);
/// How often old files are looked for though none is full.
const SWEEP: Duration = Duration::from_secs(3600);
const PREFIX: &str = "ring-";
const SUFFIX: &str = ".pcapng";

type Writer = PcapngWriter<BufWriter<Shared>>;

/// The file at hand; flushing a buffered pcapng writer needs a second handle to it.
#[derive(Debug)]
struct Shared(File);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The files.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    limits: RingLimits,
    next_number: u64,
    state: State,
    swept: Instant,
}

#[derive(Debug)]
enum State {
    Closed,
    Open(Box<Writer>),
    /// The disk takes nothing; when to try again.
    Failed(Instant),
}

impl Files {
    /// Files in a folder, which is made when it is not there.
    pub fn open(folder: &Path, limits: RingLimits) -> io::Result<Files> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(folder)?;
        let last = list(folder)?.last().map_or(0, |(number, _)| *number);
        let mut files = Files {
            folder: folder.to_owned(),
            limits,
            next_number: last + 1,
            state: State::Closed,
            swept: Instant::now(),
        };
        files.sweep();
        Ok(files)
    }

    /// Bytes from which on a new file is begun.
    pub fn segment_bytes(&self) -> u64 {
        (self.limits.bytes_max / FILES).max(SEGMENT_BYTES_MIN)
    }

    /// Writes a packet with a remark; false when that was not possible.
    pub fn write(&mut self, time: Timestamp, packet: &[u8], remark: Option<&str>) -> bool {
        self.begin_if_needed();
        let State::Open(writer) = &mut self.state else { return false };
        match writer.packet(time, 0, packet, remark) {
            Ok(()) => true,
            Err(error) => {
                self.fail(&error);
                false
            }
        }
    }

    fn begin_if_needed(&mut self) {
        let is_time = match &self.state {
            State::Closed => true,
            State::Open(_) => false,
            State::Failed(until) => Instant::now() >= *until,
        };
        if !is_time {
            return;
        }
        match self.begin() {
            Ok(writer) => {
                if matches!(self.state, State::Failed(_)) {
                    tracing::info!("the trace ring in {} is written again", self.folder.display());
                }
                self.state = State::Open(Box::new(writer));
            }
            Err(error) => self.fail(&error),
        }
    }

    fn begin(&mut self) -> io::Result<Writer> {
        let path = self.folder.join(format!("{PREFIX}{:06}{SUFFIX}", self.next_number));
        let file = OpenOptions::new().create_new(true).write(true).mode(FILE_MODE).open(path)?;
        self.next_number += 1;
        let program = concat!("Lineside ", env!("CARGO_PKG_VERSION"));
        PcapngWriter::new(BufWriter::with_capacity(1 << 16, Shared(file)), program, &["sccp"])
    }

    fn fail(&mut self, error: &io::Error) {
        if !matches!(self.state, State::Failed(_)) {
            tracing::warn!(
                "the trace ring in {} can't be written: {error}; calls go on, frames are lost until it can",
                self.folder.display()
            );
        }
        self.state = State::Failed(Instant::now() + RETRY);
    }

    /// Begins a new file with the next packet, and lets old ones go.
    pub fn next(&mut self) {
        if let State::Open(writer) = std::mem::replace(&mut self.state, State::Closed)
            && let Err(error) = writer.finish()
        {
            self.fail(&error);
        }
        self.sweep();
    }

    /// Hands what is buffered to the kernel.
    pub fn flush(&mut self) {
        if let State::Open(writer) = &mut self.state
            && let Err(error) = writer.flush()
        {
            self.fail(&error);
        }
        if self.swept.elapsed() >= SWEEP {
            self.sweep();
        }
    }

    /// Removes what is too old or too much, the file at hand excepted.
    fn sweep(&mut self) {
        self.swept = Instant::now();
        let Ok(files) = list(&self.folder) else { return };
        let room = self.limits.bytes_max.saturating_sub(self.segment_bytes());
        let now = SystemTime::now();
        let mut bytes = 0;
        for (number, path) in files.into_iter().rev() {
            if number + 1 == self.next_number && matches!(self.state, State::Open(_)) {
                continue;
            }
            let Ok(data) = path.metadata() else { continue };
            bytes += data.len();
            let age = data.modified().ok().and_then(|then| now.duration_since(then).ok()).unwrap_or_default();
            if bytes > room || age > self.limits.keep {
                // One that somebody else removed is gone all the same.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// The files of a folder by number, the oldest first.
fn list(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(number) = number(&path) {
            files.push((number, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

/// Whether a file is one of a ring.
pub fn is_ring_file(path: &Path) -> bool {
    number(path).is_some()
}
