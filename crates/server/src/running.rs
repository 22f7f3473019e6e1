//! A server in this process: started, asked, stopped.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;
use exchange::input::Command;
use exchange::output::Event;
use exchange::plan::Plan;
use mio::{Poll, Waker};

use crate::adopt::{Adopter, Amendment};
use crate::clock::{Clock, unix_ms, unix_ns};
use crate::config::{Limits, Settings};
use crate::counters::{Counted, Counters};
use crate::inputs::InputJournal;
use crate::journal::{self, JournalError, Past};
use crate::listen::permit::Permits;
use crate::listen::{ListenError, Listener};
use crate::media::live::MusicBoard;
use crate::media::{MediaError, MediaLink, MediaSettings};
use crate::published::Published;
use crate::sessions::Sessions;
use crate::switchboard::{Parts, Switchboard};
use crate::tap::{Tap, TapFrame};
use crate::tape::Tape;
use crate::turn::{Control, Turns, WAKE, listener_token};

/// Orders that may wait for the server's thread.
const CONTROLS_MAX: usize = 64;
/// How long an asker waits for an answer of the exchange, which takes less than a turn.
const REPLY_WAIT: Duration = Duration::from_secs(5);

/// What a server is started with.
#[derive(Debug)]
pub struct Config {
    /// Where phones connect; port 0 takes any free one.
    pub listen: Vec<SocketAddr>,
    /// Phones, lines and site.
    pub plan: Plan,
    /// How much of the machine phones may take.
    pub limits: Limits,
    /// Where records are kept; `None`: they are not.
    pub data: Option<PathBuf>,
    /// Where call references and other numbers on the wire begin; `None`: somewhere else each time, since
    /// phones confuse a call with an earlier one of the same number.
    pub seed: Option<u64>,
    /// Gets a copy of each frame. What finds no room is counted and left out.
    pub tap: Option<SyncSender<TapFrame>>,
    /// Gets copies of all frames, in pieces.
    pub tape: Option<Tape>,
    /// Keeps every input of the exchange.
    pub inputs: Option<InputJournal>,
    /// Where others read the plan.
    pub published: Published,
    /// What the server counts; handed in, so that others can count there too.
    pub counters: Arc<Counters>,
    /// Gets every change of live state. What finds no room is counted and left out.
    pub events: Option<Sender<Event>>,
    /// Is told what the server of files must know.
    pub watch: Option<crate::provision::Watch>,
    /// Relays audio between phones that can't reach each other, and plays music; `None`: such calls are refused.
    pub media: Option<MediaSettings>,
    /// How live music is.
    pub music: Arc<MusicBoard>,
    /// The command that adopts a phone, but for the phone's name: the log tells it.
    pub adopt_hint: String,
}

/// What the log tells to do with newcomers unless something else is said.
pub const ADOPT_HINT: &str = "lineside ctl adopt";

impl From<Settings> for Config {
    fn from(settings: Settings) -> Config {
        let Settings { listen, limits, plan, media, .. } = settings;
        Config {
            listen,
            plan,
            limits,
            data: None,
            seed: None,
            tap: None,
            tape: None,
            inputs: None,
            published: Published::default(),
            counters: Arc::default(),
            events: None,
            watch: None,
            media,
            music: Arc::default(),
            adopt_hint: ADOPT_HINT.into(),
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address can't be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Records can't be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Audio can't be relayed.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The operating system refuses.
    #[error("the server can't start: {0}")]
    System(#[from] io::Error),
    /// There is no address.
    #[error("no address to listen on: give one in [listen] addresses or with --listen ADDRESS:PORT")]
    NoAddress,
}

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The exchange refused.
    #[error("{0}")]
    Refused(String),
    /// The server has ended.
    #[error("the server has ended")]
    Ended,
    /// No answer came.
    #[error("no answer within {REPLY_WAIT:?}")]
    NoAnswer,
}

/// The server's thread broke off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server broke off: {0}; its journal holds every call that had ended")]
pub struct BrokeOff(pub String);

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A server that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    /// Where it listens, with the ports that it got.
    pub addresses: Vec<SocketAddr>,
    control: SyncSender<Control>,
    waker: Arc<Waker>,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Binds, reads the journal and starts the thread that does the rest.
    pub fn start(config: Config) -> Result<Running, StartError> {
        if config.listen.is_empty() {
            return Err(StartError::NoAddress);
        }
        let mut listeners = bind(&config.listen)?;
        let addresses = listeners.iter().map(Listener::address).collect();
        let poll = Poll::new()?;
        for (index, listener) in listeners.iter_mut().enumerate() {
            listener.register(poll.registry(), listener_token(index))?;
        }
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (control, orders) = sync_channel(CONTROLS_MAX);
        let counters = Arc::clone(&config.counters);
        let drain = config.limits.drain;
        let clock = Clock::start();
        let board = switchboard(config, &poll, &waker, clock)?;
        let turns = Turns::new(poll, listeners, board, clock, orders, Arc::clone(&counters), drain);
        let thread = std::thread::Builder::new().name("sccp".into()).spawn(move || {
            crate::priority::of_calls();
            turns.run()
        })?;
        Ok(Running { addresses, control, waker, counters, thread: Some(thread) })
    }
}

/// Listens on every address. A machine without IPv6 (or without IPv4) goes on with the other.
fn bind(addresses: &[SocketAddr]) -> Result<Vec<Listener>, ListenError> {
    let mut listeners = Vec::new();
    let mut unsupported = None;
    for address in addresses {
        match Listener::bind(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.is_family_missing() => {
                tracing::warn!("{error}; the other addresses serve");
                unsupported = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match unsupported {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

fn switchboard(
    config: Config,
    poll: &Poll,
    waker: &Arc<Waker>,
    clock: Clock,
) -> Result<Switchboard, StartError> {
    let counters = Arc::clone(&config.counters);
    let seed = config.seed.unwrap_or_else(unix_ns);
    let media = config.media.clone().map(|media| media.recording_below(config.data.as_deref()));
    let media =
        media.map(|media| MediaLink::start(&media, seed, Arc::clone(waker), config.music)).transpose()?;
    let (journal, past) = match &config.data {
        Some(directory) => {
            let (journal, past) = journal::open(directory, unix_ms())?;
            (Some(journal), past)
        }
        None => (None, Past::default()),
    };
    let permits = Permits::new(config.limits.clone());
    let sessions = Sessions::new(poll.registry().try_clone()?, permits, config.limits.queue_max);
    let parts = Parts {
        seed,
        sessions,
        adopter: Adopter::new(config.plan, past.others.clone()),
        adopt_hint: config.adopt_hint,
        journal,
        tape: config.tape,
        inputs: config.inputs,
        published: config.published,
        tap: config.tap.map(|sender| Tap::new(sender, Arc::clone(&counters))),
        events: config.events,
        watch: config.watch,
        counters,
        media,
    };
    Ok(Switchboard::new(parts, past, clock.now()))
}

impl Running {
    /// The process it runs in.
    pub fn pid(&self) -> u32 {
        std::process::id()
    }

    /// What it counted.
    pub fn counters(&self) -> Counted {
        self.counters.read()
    }

    /// Ends it in order: no new calls, the running ones may end within the drain time, then every session
    /// is closed with FIN. Returns at once; [`Running::join`] waits.
    pub fn stop(&self) {
        self.order(Control::Stop);
    }

    /// Ends it now: what is queued is written and every session closed with FIN.
    pub fn halt(&self) {
        self.order(Control::Halt);
    }

    /// Hands in a new configuration; adopted phones stay.
    pub fn replan(&self, plan: Plan) {
        self.order(Control::Replan(Box::new(plan)));
    }

    /// Asks for something and waits for the answer.
    pub fn command(&self, command: Command) -> Result<String, CommandError> {
        self.stopper().command(command)
    }

    /// Something that may be given to another thread to stop this server.
    pub fn stopper(&self) -> Stopper {
        Stopper { control: self.control.clone(), waker: Arc::clone(&self.waker) }
    }

    /// Waits until it has ended.
    pub fn join(mut self) -> Result<(), BrokeOff> {
        self.wait()
    }

    fn order(&self, control: Control) {
        order(&self.control, &self.waker, control);
    }

    fn wait(&mut self) -> Result<(), BrokeOff> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        match thread.join() {
            Ok(result) => result.map_err(|error| BrokeOff(error.to_string())),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                Err(BrokeOff(text.unwrap_or_else(|| "panic".into())))
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.halt();
            if let Err(error) = self.wait() {
                tracing::error!("{error}");
            }
        }
    }
}

/// Stops a server from another thread.
#[derive(Debug, Clone)]
pub struct Stopper {
    control: SyncSender<Control>,
    waker: Arc<Waker>,
}

impl Stopper {
    /// As [`Running::stop`].
    pub fn stop(&self) {
        order(&self.control, &self.waker, Control::Stop);
    }

    /// As [`Running::halt`].
    pub fn halt(&self) {
        order(&self.control, &self.waker, Control::Halt);
    }

    /// As [`Running::replan`].
    pub fn replan(&self, plan: Plan) {
        order(&self.control, &self.waker, Control::Replan(Box::new(plan)));
    }

    /// As [`Running::command`].
    pub fn command(&self, command: Command) -> Result<String, CommandError> {
        self.ask(|reply| Control::Command(command, reply))?.map_err(CommandError::Refused)
    }

    /// Changes devices that stand in no file.
    pub fn amend(&self, amendment: Amendment) -> Result<String, CommandError> {
        self.ask(|reply| Control::Amend(amendment, reply))?.map_err(CommandError::Refused)
    }

    /// Whether the thread of the calls answers.
    pub fn ping(&self) -> Result<(), CommandError> {
        self.ask(Control::Ping)
    }

    fn ask<T>(&self, question: impl FnOnce(SyncSender<T>) -> Control) -> Result<T, CommandError> {
        let (reply, answer) = sync_channel(1);
        order(&self.control, &self.waker, question(reply));
        answer.recv_timeout(REPLY_WAIT).map_err(|error| match error {
            RecvTimeoutError::Disconnected => CommandError::Ended,
            RecvTimeoutError::Timeout => CommandError::NoAnswer,
        })
    }
}

fn order(control: &SyncSender<Control>, waker: &Waker, what: Control) {
    // A server that has ended takes no orders and needs none.
    if control.send(what).is_ok() {
        let _ = waker.wake();
    }
}
