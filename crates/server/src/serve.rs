//! `lineside serve`: a server until somebody ends it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::config::limits::raise_descriptors;
use crate::config::{self, ConfigErrors, Settings};
use crate::provision::Provision;
use crate::running::{BrokeOff, Config, Running, Server, StartError, Stopper};

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--config FILE`; without one, unknown phones of this machine get lines of their own.
    pub config: Option<PathBuf>,
    /// `--listen ADDRESS:PORT`, in place of the file's.
    pub listen: Vec<SocketAddr>,
    /// `--data DIR`; without one no records are kept.
    pub data: Option<PathBuf>,
}

/// Why `serve` ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server broke off.
    #[error(transparent)]
    BrokeOff(#[from] BrokeOff),
    /// Signals can't be caught.
    #[error("signals can't be caught: {0}")]
    Signals(std::io::Error),
}

/// Serves until SIGTERM or SIGINT; a second one ends it without waiting for calls. SIGHUP reads the
/// configuration again.
pub fn serve(options: Options) -> Result<(), ServeError> {
    raise_descriptors();
    let settings = settings(options.config.as_deref())?;
    let provision = settings.provision.clone();
    let mut config = Config::from(settings);
    if !options.listen.is_empty() {
        config.listen = options.listen;
    }
    config.data = options.data;
    if config.data.is_none() {
        tracing::warn!("no records are kept: give a directory for them with --data DIR");
    }
    let devices = config.plan.devices.len();
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(ServeError::Signals)?;
    let files = Provision::start(provision, config.listen.clone(), &config.plan);
    let files = files.inspect_err(|error| tracing::error!("no files for phones: {error}")).ok();
    config.watch = files.as_ref().map(Provision::watch);
    let running = Server::start(config)?;
    if let Some(files) = &files {
        files.listening(&running.addresses);
        announce_files(files);
    }
    announce(&running, devices);
    let handle = signals.handle();
    let stopper = running.stopper();
    let thread = std::thread::Builder::new().name("signals".into());
    let thread = thread
        .spawn(move || obey(&mut signals, &stopper, options.config.as_deref()))
        .map_err(ServeError::Signals)?;
    let result = running.join();
    handle.close();
    // It ends with the handle.
    let _ = thread.join();
    tracing::info!("ended");
    Ok(result?)
}

fn settings(path: Option<&Path>) -> Result<Settings, ConfigErrors> {
    path.map_or_else(|| Ok(Settings::default()), config::load)
}

fn announce(running: &Running, devices: usize) {
    for address in &running.addresses {
        tracing::info!("phones connect to {address}");
    }
    tracing::info!("{devices} phones are configured; process {}", running.pid());
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

fn obey(signals: &mut Signals, stopper: &Stopper, config: Option<&Path>) {
    let mut is_stopping = false;
    for signal in signals.forever() {
        if signal == SIGHUP {
            match settings(config) {
                Ok(settings) => {
                    tracing::info!("the configuration was read again");
                    stopper.replan(settings.plan);
                }
                Err(errors) => tracing::error!("the old configuration stays:\n{errors}"),
            }
        } else if std::mem::replace(&mut is_stopping, true) {
            tracing::info!("stopping at once");
            stopper.halt();
        } else {
            tracing::info!("stopping: no new calls; once more ends those that run");
            stopper.stop();
        }
    }
}
