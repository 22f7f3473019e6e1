//! `lineside serve`: a server until somebody ends it, with everything around it.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exchange::input::Command;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::api::{Api, ApiServer};
use crate::clock::unix_ms;
use crate::config::limits::raise_descriptors;
use crate::config::{self, ConfigErrors, Settings};
use crate::counters::Counters;
use crate::data::{self, NoHome};
use crate::inputs::{self, InputJournal};
use crate::live::{Follower, Watch};
use crate::provision::Provision;
use crate::published::Published;
use crate::reload::Reloader;
use crate::ring::{self, Files, LiveLines, Ring};
use crate::running::{ADOPT_HINT, BrokeOff, Config, Running, Server, StartError, Stopper};
use crate::store::keeper::{self, Keeper};
use crate::systemd;
use crate::tape::{Reel, tape};

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--config FILE`; without one, everything has its usual value and unknown phones come by themselves.
    pub config: Option<PathBuf>,
    /// `--listen ADDRESS:PORT`, in place of the file's.
    pub listen: Vec<SocketAddr>,
    /// `--data DIR`; without one, the usual place of this user's data.
    pub data: Option<PathBuf>,
    /// `--trace`: what phones and server say, on standard output.
    pub trace: bool,
    /// `--journal DIR`: every input of the exchange, for `lineside replay`.
    pub journal: Option<PathBuf>,
}

/// Why `serve` ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// There is no place for data.
    #[error(transparent)]
    Home(#[from] NoHome),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The journal of inputs can't be written.
    #[error(transparent)]
    Journal(#[from] inputs::JournalError),
    /// The server broke off.
    #[error(transparent)]
    BrokeOff(#[from] BrokeOff),
    /// Signals can't be caught.
    #[error("signals can't be caught: {0}")]
    Signals(std::io::Error),
    /// A thread can't be started.
    #[error("a thread can't be started: {0}")]
    Thread(std::io::Error),
}

/// Serves until SIGTERM or SIGINT; a second one ends it without waiting for calls. SIGHUP reads the
/// configuration again.
pub fn serve(options: Options) -> Result<(), ServeError> {
    raise_descriptors();
    let settings = match &options.config {
        Some(path) => config::load(path)?,
        None => Settings::default(),
    };
    let data = data::directory(options.data.clone())?;
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(ServeError::Signals)?;
    let around = Around::start(&options, &settings, &data)?;
    announce(&around, &settings, &data);
    let (stopper, reloader, watch) =
        (around.running.stopper(), around.reloader.clone(), around.watch.clone());
    let handle = signals.handle();
    let thread = std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || obey(&mut signals, &stopper, &reloader, &watch))
        .map_err(ServeError::Thread)?;
    let watchdog = systemd::ready(around.running.stopper());
    let result = around.finish();
    drop(watchdog);
    handle.close();
    // It ends with the handle.
    let _ = thread.join();
    tracing::info!("ended");
    Ok(result?)
}

/// The server, and the threads around it.
#[derive(Debug)]
struct Around {
    running: Running,
    reloader: Reloader,
    watch: Watch,
    api: Option<ApiServer>,
    keeper: Keeper,
    /// Files for phones.
    files: Option<Provision>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Around {
    fn start(options: &Options, settings: &Settings, data: &Path) -> Result<Around, ServeError> {
        let counters = Arc::new(Counters::default());
        let published = Published::default();
        let (follower, events, watch) = Follower::new();
        let (tape, reel) = tape(Arc::clone(&counters));
        let mut config = Config::from(settings.clone());
        if !options.listen.is_empty() {
            config.listen.clone_from(&options.listen);
        }
        config.data = Some(data.to_owned());
        config.adopt_hint = adopt_hint(options.data.as_deref());
        config.inputs = options.journal.as_deref().map(InputJournal::begin).transpose()?;
        config.tape = Some(tape);
        config.published = published.clone();
        config.counters = Arc::clone(&counters);
        config.events = Some(events);
        let files = Provision::start(settings.provision.clone(), config.listen.clone(), &config.plan);
        let files = files.inspect_err(|error| tracing::error!("no files for phones: {error}")).ok();
        config.watch = files.as_ref().map(Provision::watch);
        let music = Arc::clone(&config.music);
        let running = Server::start(config)?;
        if let Some(files) = &files {
            files.listening(&running.addresses);
            announce_files(files);
        }

        let orders = running.stopper();
        let retell = orders.clone();
        // Its answer matters to nobody: what is told comes as events.
        let follower = follower.spawn(move || drop(retell.command(Command::Retell)));
        let ring = spawn_ring(options, settings, data, reel, &counters);
        let threads = vec![follower.map_err(ServeError::Thread)?, ring.map_err(ServeError::Thread)?];
        let store = keeper::open_and_apply(data, &settings.plan);
        let keeper = Keeper::start(data, store, settings.records_keep, Arc::clone(&counters))
            .map_err(ServeError::Thread)?;
        let reloader = Reloader::new(
            orders.clone(),
            options.config.clone(),
            data.to_owned(),
            settings.clone(),
            options.listen.clone(),
        );
        let api = Api {
            orders,
            watch: watch.clone(),
            published,
            counters,
            reloader: reloader.clone(),
            boots: files.as_ref().map(Provision::boots),
            data: data.to_owned(),
            recordings: recordings(settings, data),
            music,
            addresses: running.addresses.clone(),
            started_ms: unix_ms(),
        };
        let api = match ApiServer::start(api) {
            Ok(api) => Some(api),
            Err(error) => {
                tracing::error!("{error}; calls go on, `lineside ctl` can't reach this server");
                None
            }
        };
        Ok(Around { running, reloader, watch, api, keeper, files, threads })
    }

    /// Waits for the server's end, and then for everything that it left to be written.
    fn finish(self) -> Result<(), BrokeOff> {
        let Around { running, api, keeper, files, threads, .. } = self;
        let result = running.join();
        drop((api, files));
        drop(keeper);
        for thread in threads {
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
        result
    }
}

fn spawn_ring(
    options: &Options,
    settings: &Settings,
    data: &Path,
    reel: Reel,
    counters: &Arc<Counters>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let folder = ring::folder(data);
    let files = settings.ring.as_ref().and_then(|limits| {
        let opened = Files::open(&folder, limits.clone());
        opened
            .inspect_err(|error| {
                tracing::error!("no trace is kept in {}: {error}; calls go on", folder.display());
            })
            .ok()
    });
    let live = options.trace.then(|| {
        let out: Box<dyn Write + Send> = Box::new(std::io::BufWriter::new(std::io::stdout()));
        LiveLines::new(out)
    });
    let limits = settings.ring.clone().unwrap_or_default();
    Ring::new(files, live, &limits, Arc::clone(counters)).spawn(reel)
}

/// The command that adopts a phone of this server, but for the phone's name.
fn adopt_hint(data: Option<&Path>) -> String {
    match data {
        Some(data) => format!("lineside ctl --data {} adopt", data.display()),
        None => ADOPT_HINT.into(),
    }
}

fn announce(around: &Around, settings: &Settings, data: &Path) {
    for address in &around.running.addresses {
        tracing::info!("phones connect to {address}");
    }
    tracing::info!("records, trace and control socket are in {}", data.display());
    let devices = settings.plan.devices.len();
    tracing::info!("{devices} phones are configured; process {}", around.running.pid());
    if settings.plan.site.lobby {
        tracing::info!(
            "unknown phones of private networks may come: they wait in the lobby until they are adopted"
        );
    }
}

/// Where files are; what was refused is no reason to end: phones that have their configuration register.
fn announce_files(files: &Provision) {
    for (what, addresses) in [("TFTP", &files.tftp), ("HTTP", &files.http)] {
        for address in addresses {
            tracing::info!("phones fetch their files over {what} at {address}");
        }
    }
    for refused in &files.refused {
        tracing::warn!("{refused}");
    }
    if !files.tftp.is_empty() || !files.http.is_empty() {
        tracing::info!("phones must be told this server's address: `lineside dhcp` prints how");
    }
}

fn obey(signals: &mut Signals, stopper: &Stopper, reloader: &Reloader, watch: &Watch) {
    let mut is_stopping = false;
    for signal in signals.forever() {
        if signal == SIGHUP {
            systemd::reloading();
            if let Err(errors) = reloader.reload(Some(watch)) {
                tracing::error!("the old configuration stays:\n{errors}");
            }
            systemd::reloaded();
        } else if std::mem::replace(&mut is_stopping, true) {
            tracing::info!("stopping at once");
            stopper.halt();
        } else {
            tracing::info!("stopping: no new calls; once more ends those that run");
            systemd::stopping();
            stopper.stop();
        }
    }
}

/// Where recordings are, also while nothing records.
fn recordings(settings: &Settings, data: &Path) -> PathBuf {
    let elsewhere = settings.media.as_ref().and_then(|media| media.recording.directory.clone());
    elsewhere.unwrap_or_else(|| data.join(crate::media::RECORDINGS))
}
