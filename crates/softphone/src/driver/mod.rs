//! One thread that runs phones on real sockets.
//!
//! Phones share the thread and a lock each; a handle holds the lock only while it looks or presses a key. For
//! some hundred phones: thousands are the load generator's business, which has no use for transcripts.

mod engine;
mod fault;
mod place;
mod rtp;
mod seat;
mod sound;
mod standby;
mod tcp;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use mio::{Poll, Waker};
use phone::audio::Settings;
use phone::{Config, Phone};

use crate::handle::Handle;
use engine::{Engine, WAKER};
pub use fault::{Cut, Faults};
pub use seat::Observer;
pub(crate) use seat::{Seat, State};

/// Why a driver or a phone of it could not start.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The system refused what the driver lives on.
    #[error("the phone driver can't start: {0}")]
    Start(#[from] io::Error),
    /// The phone has nowhere to register.
    #[error("phone {0} has no server")]
    NoServer(String),
    /// The driver's thread is gone.
    #[error("the phone driver has stopped")]
    Stopped,
}

/// A phone for the driver.
pub struct Setup {
    /// The phone.
    pub config: Config,
    /// Its servers, in the order in which it tries them.
    pub servers: Vec<SocketAddr>,
    /// Its mouth and ear.
    pub audio: Settings,
    /// The address from which it connects; the system's choice where there is none.
    pub bind: Option<IpAddr>,
    /// Is told each change, on the driver's thread: it must not block.
    pub observer: Option<Observer>,
}

impl Setup {
    /// A phone with test speech and what it hears kept for a minute.
    pub fn new(config: Config, servers: Vec<SocketAddr>) -> Self {
        let seed = config.mac().iter().fold(0u64, |seed, byte| seed << 8 | u64::from(*byte));
        let audio = Settings {
            say: phone::audio::Say::Speech(seed),
            keep_heard_ms: 60_000,
            keep_said_ms: 60_000,
            seed,
            quality: config.profile.quality,
            ..Settings::default()
        };
        Setup { config, servers, audio, bind: None, observer: None }
    }
}

/// What handles ask of the thread.
pub(crate) enum Command {
    Add(Arc<Seat>, Vec<SocketAddr>, Option<IpAddr>),
    Look(usize),
    Stop,
}

/// The way to the thread.
#[derive(Debug)]
pub(crate) struct Line {
    pub commands: Sender<Command>,
    pub waker: Waker,
    pub base: Instant,
}

impl Line {
    pub fn send(&self, command: Command) -> Result<(), DriverError> {
        self.commands.send(command).map_err(|_| DriverError::Stopped)?;
        self.waker.wake().map_err(DriverError::Start)
    }
}

/// Runs phones until it is dropped.
#[derive(Debug)]
pub struct Driver {
    line: Arc<Line>,
    thread: Option<JoinHandle<()>>,
    count: Mutex<usize>,
}

impl Driver {
    /// A driver without phones.
    pub fn start() -> Result<Self, DriverError> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let (commands, inbox) = mpsc::channel();
        let base = Instant::now();
        let engine = Engine::new(poll, inbox, base)?;
        let thread = std::thread::Builder::new().name("phones".into()).spawn(move || engine.run())?;
        let line = Arc::new(Line { commands, waker, base });
        Ok(Driver { line, thread: Some(thread), count: Mutex::new(0) })
    }

    /// Plugs a phone in: it connects at once.
    pub fn add(&self, setup: Setup) -> Result<Handle, DriverError> {
        let phone = self.add_unplugged(setup)?;
        phone.power_on();
        Ok(phone)
    }

    /// A phone without power.
    pub fn add_unplugged(&self, setup: Setup) -> Result<Handle, DriverError> {
        let Setup { mut config, servers, audio, bind, observer } = setup;
        if servers.is_empty() {
            return Err(DriverError::NoServer(config.name));
        }
        config.servers = u8::try_from(servers.len()).unwrap_or(u8::MAX);
        let seat = Arc::new(Seat::new(Phone::new(config), audio, observer));
        // The thread numbers phones in the order in which they come.
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        self.line.send(Command::Add(seat.clone(), servers, bind))?;
        let index = *count;
        *count += 1;
        Ok(Handle::new(seat, index, self.line.clone()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let told = self.line.send(Command::Stop);
        if let (Ok(()), Some(thread)) = (told, self.thread.take()) {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}
