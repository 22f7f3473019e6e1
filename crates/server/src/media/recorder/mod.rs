//! The recorder: a thread that writes tapes to WAV files, so that a slow disk never holds up audio, and lets old files
//! go.
//!
//! A disk that is full or fails ends a recording and nothing else: what was written stays readable, the call goes on,
//! and the exchange is told. Not for deciding what is recorded: that is the exchange's.
//!
//! | file | what |
//! |---|---|
//! | [`take`] | one file while it is written |
//! | [`shelf`] | the files that are there: names, list, retention |

pub mod shelf;
mod take;

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use exchange::media::{MediaEvent, OrderId};

use super::Report;
use crate::clock::unix_ms;
use shelf::Keep;
use take::{DISK_FULL, Take};

/// Pieces of sound, about a second each, that may wait for the disk; more are left out.
pub const PIECES_MAX: usize = 1000;
/// How often old files are looked for.
const SWEEP: Duration = Duration::from_secs(3600);
/// Only the owner may read recordings.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Where recordings go, and how long they stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSettings {
    /// Their folder; `None`: nothing is recorded.
    pub directory: Option<PathBuf>,
    /// How long and how much is kept.
    pub keep: Keep,
    /// Bytes of the disk that stay free: a recording ends before.
    pub free_bytes_min: u64,
}

impl Default for RecordingSettings {
    fn default() -> Self {
        RecordingSettings { directory: None, keep: Keep::default(), free_bytes_min: FREE_BYTES_MIN }
    }
}

/// Bytes of the disk that stay free unless the file says otherwise: records and trace need some.
pub const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;

/// Something for the thread.
#[derive(Debug)]
enum Job {
    Begin {
        order: OrderId,
        file: String,
        rate_hz: u32,
    },
    /// Both channels in turn, after so many frames that were left out.
    Sound {
        order: OrderId,
        left_out: u64,
        pcm: Vec<i16>,
    },
    End {
        order: OrderId,
    },
}

/// The thread with the way to it. Dropping it ends every recording in order.
#[derive(Debug)]
pub(super) struct Recorder {
    jobs: Option<Sender<Job>>,
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Starts the thread.
    pub fn start(settings: RecordingSettings, report: Arc<Report>) -> io::Result<Recorder> {
        let (jobs, queue) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let mut work = Work { settings, report, waiting: Arc::clone(&waiting), takes: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || work.run(&queue))?;
        Ok(Recorder { jobs: Some(jobs), waiting, thread: Some(thread) })
    }

    /// A recording begins; the exchange is told whether it does.
    pub fn begin(&self, order: OrderId, file: String, rate_hz: u32) {
        self.hand_over(Job::Begin { order, file, rate_hz });
    }

    /// Sound of a recording; false where the disk is too far behind to take it.
    pub fn sound(&self, order: OrderId, left_out: u64, pcm: Vec<i16>) -> bool {
        let fits = self.waiting.load(Ordering::Relaxed) < PIECES_MAX;
        if fits {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            self.hand_over(Job::Sound { order, left_out, pcm });
        }
        fits
    }

    /// A recording is over; the exchange is told how long it is.
    pub fn end(&self, order: OrderId) {
        self.hand_over(Job::End { order });
    }

    fn hand_over(&self, job: Job) {
        if self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err()) {
            tracing::error!("the recorder is gone");
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the recorder broke off");
        }
    }
}

struct Work {
    settings: RecordingSettings,
    report: Arc<Report>,
    waiting: Arc<AtomicUsize>,
    takes: BTreeMap<OrderId, (String, Take<BufWriter<File>>)>,
}

impl Work {
    fn run(&mut self, queue: &Receiver<Job>) {
        self.sweep();
        loop {
            match queue.recv_timeout(SWEEP) {
                Ok(Job::Begin { order, file, rate_hz }) => self.begin(order, file, rate_hz),
                Ok(Job::Sound { order, left_out, pcm }) => {
                    self.waiting.fetch_sub(1, Ordering::Relaxed);
                    self.sound(order, left_out, &pcm);
                }
                Ok(Job::End { order }) => {
                    self.end(order);
                    self.sweep();
                }
                Err(RecvTimeoutError::Timeout) => self.sweep(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let left: Vec<OrderId> = self.takes.keys().copied().collect();
        left.into_iter().for_each(|order| self.end(order));
    }

    fn begin(&mut self, order: OrderId, name: String, rate_hz: u32) {
        let event = match self.open(&name, rate_hz) {
            Ok(take) => {
                self.takes.insert(order, (name, take));
                MediaEvent::Opened { addresses: Vec::new() }
            }
            Err(why) => {
                tracing::warn!("{name} can't be recorded: {why}");
                MediaEvent::Failed(why)
            }
        };
        (self.report)(order, event);
    }

    fn open(&self, name: &str, rate_hz: u32) -> Result<Take<BufWriter<File>>, String> {
        let directory = self.settings.directory.as_deref();
        let directory = directory.ok_or("there is no folder for recordings: this server keeps no data")?;
        if !shelf::is_name(name) {
            return Err("its name is none for a recording".into());
        }
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(directory)
            .map_err(|error| take::why(&error))?;
        if is_full(directory, self.settings.free_bytes_min) {
            return Err(DISK_FULL.into());
        }
        let path = directory.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path);
        let file = file.map_err(|error| take::why(&error))?;
        Take::begin(BufWriter::new(file), rate_hz)
    }

    fn sound(&mut self, order: OrderId, left_out: u64, pcm: &[i16]) {
        let Some((name, take)) = self.takes.get_mut(&order) else { return };
        if take.is_cut() {
            return;
        }
        take.push(left_out, pcm);
        let directory = self.settings.directory.as_deref();
        if take.is_due() && directory.is_some_and(|at| is_full(at, self.settings.free_bytes_min)) {
            take.cut(DISK_FULL);
        } else {
            take.settle();
        }
        if let Some(why) = take.why_cut() {
            tracing::warn!("recording {name} cut: {why}; the call goes on");
            (self.report)(order, MediaEvent::TapeCut(why.to_owned()));
        }
    }

    fn end(&mut self, order: OrderId) {
        let taken = self.takes.remove(&order);
        let (length_ms, bytes, cut) = match taken {
            Some((name, take)) => {
                let (length_ms, cut) = take.end();
                let path = self.settings.directory.as_deref().map(|directory| directory.join(&name));
                let bytes = path.and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len());
                (length_ms, bytes, cut)
            }
            None => (0, 0, None),
        };
        (self.report)(order, MediaEvent::Taped { length_ms, bytes, cut });
    }

    fn sweep(&self) {
        let Some(directory) = &self.settings.directory else { return };
        let is_open = |name: &str| self.takes.values().any(|(open, _)| open == name);
        match shelf::sweep(directory, self.settings.keep, unix_ms(), is_open) {
            Ok(gone) => {
                for (name, why) in gone {
                    tracing::info!("recording {name} is gone: {why}");
                }
            }
            Err(error) => tracing::warn!("old recordings can't be let go: {error}"),
        }
    }
}

/// Whether fewer bytes are free than shall stay so.
fn is_full(directory: &Path, free_bytes_min: u64) -> bool {
    // A disk that does not say takes what it takes.
    rustix::fs::statvfs(directory)
        .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < free_bytes_min)
}
