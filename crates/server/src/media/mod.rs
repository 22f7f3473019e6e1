//! The media thread: UDP sockets around [`media::engine::Engine`].
//!
//! One thread owns all RTP sockets, so that audio never waits for a call being set up and the other way round. Orders
//! come over a bounded channel, answers go to a [`Report`] function. Not for deciding what to relay: that is the exchange's.
//!
//! | file | what |
//! |---|---|
//! | [`ports`] | which ports are free, and our address on each network |
//! | [`orders`] | orders carried out |
//! | [`live`] | music that comes as it is made |
//! | [`recorder`] | recordings: written by a thread of its own, listed, let go |
//! | `run` | the loop |
//! | `pace` | under load, packets gather before they are taken |

pub mod live;
pub mod orders;
mod pace;
pub mod ports;
pub mod recorder;
mod run;
mod sockets;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use exchange::media::{MediaEvent, MediaOrder, OrderId};
use exchange::plan::{Announcement, Locale};
use ipnet::IpNet;
use media::engine::{Engine, Sounds};
use mio::{Poll, Waker};

use orders::Desk;
use ports::Ports;
use recorder::{Recorder, RecordingSettings};

/// Orders that may wait for the thread.
pub const ORDERS_MAX: usize = 4096;
/// Orders about something that is open (close it, mute it, where it is now) that wait beside them when they are full:
/// so many can be open, and each is closed once.
pub const BESIDE_MAX: usize = 2 * orders::ORDERS_MAX;
/// Reports that may wait for the server's thread.
pub const REPORTS_MAX: usize = 16_384;
/// Lowest and highest port unless the file says otherwise: the range of Cisco's own.
pub const PORT_FIRST: u16 = 16_384;
/// See [`PORT_FIRST`].
pub const PORT_LAST: u16 = 32_766;

/// What the media thread is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSettings {
    /// Ports that it may use, even ones only.
    pub ports: std::ops::RangeInclusive<u16>,
    /// Addresses that phones are told in place of ours; the first whose network holds the phone decides.
    pub advertise: Vec<Advertise>,
    /// A WAV file for those who are held; without one, a melody of our own.
    pub music: Option<PathBuf>,
    /// More music, for those that name it.
    pub sources: Vec<MusicSource>,
    /// Where recordings go.
    pub recording: RecordingSettings,
    /// WAV files for announcements in place of our own.
    pub announcements: BTreeMap<(Announcement, Locale), PathBuf>,
}

impl Default for MediaSettings {
    fn default() -> Self {
        MediaSettings {
            ports: PORT_FIRST..=PORT_LAST,
            advertise: Vec::new(),
            music: None,
            sources: Vec::new(),
            recording: RecordingSettings::default(),
            announcements: BTreeMap::new(),
        }
    }
}

/// The folder for recordings in the data directory.
pub const RECORDINGS: &str = "recordings";

impl MediaSettings {
    /// With recordings in the data directory, unless they have a place of their own.
    #[must_use]
    pub fn recording_below(mut self, data: Option<&Path>) -> Self {
        let directory = &mut self.recording.directory;
        *directory = directory.take().or_else(|| Some(data?.join(RECORDINGS)));
        self
    }
}

/// Music with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MusicSource {
    /// Its name.
    pub name: String,
    /// WAV files, played one after the other and then anew; none: the usual music.
    pub files: Vec<PathBuf>,
    /// What is heard in their place while it comes.
    pub live: Option<live::LiveSource>,
    /// Groups to which it is sent all the time.
    pub groups: exchange::plan::Music,
    /// Our address from which it is sent there; it decides the network.
    pub groups_from: Option<IpAddr>,
}

/// What phones of a network are told in place of our own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advertise {
    /// Where the phone signals from.
    pub network: IpNet,
    /// Where it shall send its audio.
    pub address: IpAddr,
}

/// Why there is no media thread.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The operating system refuses.
    #[error("the media thread can't start: {0}")]
    System(#[from] io::Error),
    /// The music can't be read.
    #[error("{file}: {error}; give a WAV file, or leave it out of [media] and [announcements]")]
    Music {
        /// Which file.
        file: PathBuf,
        /// Why not.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A range without an even port.
    #[error("{0} to {1} hold no even port above 1023 for audio")]
    Ports(u16, u16),
}

/// The media thread with the way back from it.
#[derive(Debug)]
pub struct MediaLink {
    /// Takes orders.
    pub media: Media,
    /// What it reports.
    pub reports: Receiver<(OrderId, MediaEvent)>,
}

impl MediaLink {
    /// Starts the thread; `waker` wakes whoever reads the reports.
    pub fn start(
        settings: &MediaSettings,
        seed: u64,
        waker: Arc<Waker>,
        board: Arc<live::MusicBoard>,
    ) -> Result<MediaLink, MediaError> {
        let (sender, reports) = sync_channel(REPORTS_MAX);
        let report = move |id: OrderId, event: MediaEvent| {
            // Audio waits for nobody: an order without an answer is taken back by the exchange.
            if let Err(error) = sender.try_send((id, event)) {
                tracing::error!("a report of the media thread is lost: {error}");
            }
            if let Err(error) = waker.wake() {
                tracing::error!("the server's thread can't be woken: {error}");
            }
        };
        Ok(MediaLink { media: Media::start_with(settings, seed, Box::new(report), board)?, reports })
    }
}

/// Gets what the media thread reports.
pub type Report = Box<dyn Fn(OrderId, MediaEvent) + Send + Sync>;

/// What the media thread counts.
#[derive(Debug, Default)]
pub struct MediaCounters {
    /// Packets received.
    pub packets_in: AtomicU64,
    /// Packets that the kernel took.
    pub packets_out: AtomicU64,
    /// Packets that it did not take.
    pub send_failed: AtomicU64,
    /// Ports open now.
    pub ports: AtomicU64,
}

/// The media thread. Dropping it ends it and closes every port.
#[derive(Debug)]
pub struct Media {
    orders: Option<SyncSender<(OrderId, MediaOrder)>>,
    /// What found no room among the orders and must not be lost.
    beside: Mutex<VecDeque<(OrderId, MediaOrder)>>,
    waker: Arc<Waker>,
    counters: Arc<MediaCounters>,
    thread: Option<JoinHandle<()>>,
}

impl Media {
    /// Starts the thread. `seed` decides the names of its own streams.
    pub fn start(settings: &MediaSettings, seed: u64, report: Report) -> Result<Media, MediaError> {
        Media::start_with(settings, seed, report, Arc::default())
    }

    /// The same; how live music is stands on the board.
    pub fn start_with(
        settings: &MediaSettings,
        seed: u64,
        report: Report,
        board: Arc<live::MusicBoard>,
    ) -> Result<Media, MediaError> {
        let ports = Ports::new(settings)?;
        let mut sounds = Sounds::new();
        let music = orders::music::Music { board, ..music(settings, &mut sounds)? };
        let announcements = announcements(settings, &mut sounds)?;
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), run::WAKE)?);
        let (orders, queue) = sync_channel(ORDERS_MAX);
        let counters = Arc::new(MediaCounters::default());
        let registry = poll.registry().try_clone()?;
        let report = Arc::new(report);
        let recorder = Recorder::start(settings.recording.clone(), Arc::clone(&report))?;
        let desk =
            Desk::new(Engine::new(seed, sounds), registry, ports, (music, announcements), recorder, report);
        let for_thread = Arc::clone(&counters);
        let thread = std::thread::Builder::new().name("media".into());
        let thread = thread.spawn(move || {
            crate::priority::of_audio();
            run::run(poll, desk, &queue, &for_thread)
        })?;
        Ok(Media { orders: Some(orders), beside: Mutex::default(), waker, counters, thread: Some(thread) })
    }

    /// Hands in an order. False where too many wait already, and only for one that opens something: one about what
    /// is open waits beside the others and is not lost, since else a port would never be free again.
    pub fn order(&self, id: OrderId, order: MediaOrder) -> bool {
        let opens = order.opens();
        let mut beside = self.beside();
        self.hand_on(&mut beside);
        let taken = if beside.is_empty() {
            match &self.orders {
                Some(orders) => match orders.try_send((id, order)) {
                    Ok(()) => true,
                    Err(TrySendError::Full(order)) if !opens => keep_beside(&mut beside, order),
                    Err(_) => false,
                },
                None => false,
            }
        } else {
            !opens && keep_beside(&mut beside, (id, order))
        };
        drop(beside);
        self.wake();
        taken
    }

    /// Hands in what had to wait, as far as there is room now. To be called after each report.
    pub fn hand_in(&self) {
        let mut beside = self.beside();
        if !beside.is_empty() {
            self.hand_on(&mut beside);
            drop(beside);
            self.wake();
        }
    }

    fn hand_on(&self, beside: &mut VecDeque<(OrderId, MediaOrder)>) {
        while let (Some(next), Some(orders)) = (beside.pop_front(), &self.orders) {
            if let Err(TrySendError::Full(next) | TrySendError::Disconnected(next)) = orders.try_send(next) {
                return beside.push_front(next);
            }
        }
    }

    fn beside(&self) -> MutexGuard<'_, VecDeque<(OrderId, MediaOrder)>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it counted.
    pub fn counters(&self) -> &MediaCounters {
        &self.counters
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!("the media thread can't be woken: {error}");
        }
    }
}

/// True: it is not lost. Only who mutes without end finds no room, and a close always does.
fn keep_beside(beside: &mut VecDeque<(OrderId, MediaOrder)>, order: (OrderId, MediaOrder)) -> bool {
    if beside.len() < BESIDE_MAX || matches!(order.1, MediaOrder::Close(_)) {
        beside.push_back(order);
    } else {
        tracing::warn!("the media thread is too busy: {:?} is lost", order.1);
    }
    true
}

impl Drop for Media {
    fn drop(&mut self) {
        self.orders = None;
        self.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the media thread broke off");
        }
    }
}

fn music(settings: &MediaSettings, sounds: &mut Sounds) -> Result<orders::music::Music, MediaError> {
    let usual = match &settings.music {
        Some(file) => Some(piece(std::slice::from_ref(file), sounds)?),
        None => {
            let bytes = std::io::Cursor::new(&include_bytes!("../../sounds/hold.wav")[..]);
            let audio = media::wav::read(bytes).ok();
            audio.and_then(|audio| sounds.add_music(&audio).ok())
        }
    };
    let mut music = orders::music::Music { usual, ..Default::default() };
    for source in &settings.sources {
        let sound = if source.files.is_empty() { None } else { Some(piece(&source.files, sounds)?) };
        music.named.insert(source.name.clone(), orders::music::Piece::new(source, sound));
    }
    Ok(music)
}

/// Files one after the other.
fn piece(files: &[PathBuf], sounds: &mut Sounds) -> Result<media::engine::SoundId, MediaError> {
    const WIDE_HZ: u32 = 16_000;
    let mut samples = Vec::new();
    for file in files {
        let fail = |error| MediaError::Music { file: file.clone(), error };
        let opened = std::fs::File::open(file).map_err(|error| fail(error.into()))?;
        let audio = media::wav::read(io::BufReader::new(opened)).map_err(|error| fail(error.into()))?;
        samples.extend(audio.to_mono(WIDE_HZ));
    }
    let audio = media::wav::Audio::mono(WIDE_HZ, samples);
    let file = files.first().cloned().unwrap_or_default();
    sounds.add_music(&audio).map_err(|error| MediaError::Music { file, error: error.into() })
}

fn announcements(
    settings: &MediaSettings,
    sounds: &mut Sounds,
) -> Result<orders::announce::Announcements, MediaError> {
    let mut files: BTreeMap<&Path, media::engine::SoundId> = BTreeMap::new();
    let mut found = orders::announce::Announcements::new();
    for (which, file) in &settings.announcements {
        let known = files.get(file.as_path()).copied();
        let id = known.map_or_else(|| sound(file, sounds), Ok)?;
        files.insert(file, id);
        found.insert(*which, id);
    }
    Ok(found)
}

fn sound(file: &Path, sounds: &mut Sounds) -> Result<media::engine::SoundId, MediaError> {
    let fail = |error| MediaError::Music { file: file.to_owned(), error };
    let opened = std::fs::File::open(file).map_err(|error| fail(error.into()))?;
    let audio = media::wav::read(io::BufReader::new(opened)).map_err(|error| fail(error.into()))?;
    sounds.add(&audio).map_err(|error| fail(error.into()))
}
