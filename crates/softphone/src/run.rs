//! The whole program of `lineside phone`: one phone, its console on standard input and output.

use std::io::{self, BufRead, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;

use phone::{Act, Config, Registration, profile};
use serde_json::json;

use crate::console::{Console, Narrator, Reply};
use crate::driver::{Driver, DriverError, Observer, Setup};
use crate::fetch::{self, Boot, FetchError, Files, Flash};
use crate::handle::Handle;
use crate::record::{SoundError, read_wav};
use crate::show;

/// SCCP's port.
pub const PORT: u16 = 2000;
/// Lines that wait for a slow terminal; more are dropped rather than that the phone waits.
const LINES_WAITING_MAX: usize = 4096;
/// How long a file server may be silent.
const BOOT_PATIENCE: Duration = Duration::from_secs(5);
/// How long the phone waits at the end for the server to let it go.
const GOODBYE_WAIT: Duration = Duration::from_secs(2);

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// Servers by name or address, in order; `host`, `host:port` or `[v6]:port`.
    pub servers: Vec<String>,
    /// A file server by name or address, from which the phone learns where to register, in place of `servers`:
    /// `host`, or `host:port` for TFTP at another port and no HTTP.
    pub boot: Option<String>,
    /// Certificates (PEM) whose owners' pages are believed, in place of the public authorities.
    pub trust: Option<PathBuf>,
    /// Device name, such as `SEP001122334455`.
    pub name: String,
    /// The model, such as `7960`.
    pub model: String,
    /// A WAV file to say; test speech where there is none.
    pub play: Option<PathBuf>,
    /// Say it again and again.
    pub repeat: bool,
    /// A WAV file for what is heard.
    pub record: Option<PathBuf>,
    /// Write one JSON object a line instead of words.
    pub json: bool,
    /// Hang up on a server that a real phone would choke on.
    pub strict: bool,
    /// Address to connect from.
    pub bind: Option<IpAddr>,
    /// Control by other programs (feature `remote`).
    pub remote: Option<RemoteControl>,
    /// Pages that the phone serves itself (feature `remote`).
    pub web: Option<OwnPages>,
}

/// Where a phone serves its own pages, and who may press its keys by them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPages {
    /// Where they are.
    pub listen: SocketAddr,
    /// The page that says who may; where there is none, that of the configuration file.
    pub authentication: Option<String>,
    /// `USER:PASSWORD` of one who may.
    pub login: Option<Secret>,
}

/// A word that is not told.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where other programs control the phone, and by which right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteControl {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What requests must bear; nothing: this machine only.
    pub token: Option<String>,
}

/// Why it did not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No such model.
    #[error("no model \"{wanted}\"; there are: {known}")]
    Model {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// A server's name or address.
    #[error("server {server}: {reason}")]
    Server {
        /// What was given.
        server: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Whom to believe is not clear.
    #[error(transparent)]
    Trust(#[from] crate::service::TrustError),
    /// It did not boot.
    #[error(transparent)]
    Boot(#[from] FetchError),
    /// A sound file.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// The driver.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// Control by other programs.
    #[error("remote control: {0}")]
    Remote(String),
    /// Its own pages.
    #[error("{0}")]
    Web(String),
    /// Standard input or output.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// Runs a phone until its user quits or standard input ends.
pub fn run(options: &Options) -> Result<(), RunError> {
    run_on(options, &mut io::stdin().lock(), Box::new(io::stdout()))
}

/// [`run`] with commands from anywhere and lines to anywhere.
pub fn run_on(
    options: &Options,
    input: &mut dyn BufRead,
    output: Box<dyn Write + Send>,
) -> Result<(), RunError> {
    let (mut setup, booted) = prepare(options)?;
    let (lines, printed) = mpsc::sync_channel(LINES_WAITING_MAX);
    setup.observer = Some(observer(lines.clone(), options.json));
    let printer =
        std::thread::Builder::new().name("printer".into()).spawn(move || print(&printed, output))?;
    for asked in booted.iter().flat_map(|booted| &booted.asked) {
        let line = json!({ "asked": asked.name, "bytes": asked.bytes, "over": asked.way.name() });
        tell(&lines, if options.json { line.to_string() } else { asked.to_string() });
    }
    let plugged = plug_in(options, setup, booted.as_ref())?;
    let handle = plugged.handle.clone();
    if let Some(at) = plugged.web() {
        let line = json!({ "web": at.to_string() });
        tell(
            &lines,
            if options.json { line.to_string() } else { format!("the phone's pages at http://{at}") },
        );
    }
    if let Some(at) = plugged.remote() {
        let line = json!({ "remote": at.to_string() });
        tell(&lines, if options.json { line.to_string() } else { format!("remote control at http://{at}") });
    }
    if let Some(path) = &options.record {
        handle.record(path)?;
    }
    let done = converse(&handle, input, &lines, options.json);
    if matches!(done, Ok(Ended::Input)) && (plugged.remote().is_some() || plugged.web().is_some()) {
        // Nobody types: the phone is there for those that control it.
        loop {
            std::thread::park();
        }
    }
    plugged.say_goodbye();
    if let Some(failed) = handle.stop_recording() {
        tell(&lines, failed);
    }
    drop((plugged, handle));
    drop(lines);
    // The printer ends with the last sender; a panic of it was reported when it happened.
    let _ = printer.join();
    done.map(|_| ())
}

/// A phone at work, and what keeps it there.
struct Plugged {
    handle: Handle,
    keeper: Keeper,
}

/// What keeps phones at work.
enum Keeper {
    Driver(#[allow(dead_code, reason = "held until the end")] Driver),
    #[cfg(feature = "remote")]
    Fleet(Option<crate::remote::Remote>, std::sync::Arc<crate::remote::Fleet>),
}

#[cfg(feature = "remote")]
fn plug_in(options: &Options, setup: Setup, booted: Option<&Boot>) -> Result<Plugged, RunError> {
    use crate::remote::{AddError, Fleet, Options as RemoteOptions, Remote};
    if options.remote.is_none() && options.web.is_none() {
        return plug_in_alone(setup);
    }
    let (facts, rights) = own_pages(options, &setup, booted)?;
    let servers = setup.servers.clone();
    let fleet = Fleet::new(Driver::start()?, servers.clone());
    let start = |control: &RemoteControl| {
        let wanted = RemoteOptions { listen: control.listen, token: control.token.clone(), servers };
        Remote::start(&wanted, fleet.clone()).map_err(|error| RunError::Remote(error.to_string()))
    };
    let remote = options.remote.as_ref().map(start).transpose()?;
    let web = options.web.as_ref().map(|web| web.listen);
    let handle = fleet.add_setup(setup, facts, rights, web).map_err(|error| match error {
        AddError::Driver(error) => RunError::Driver(error),
        AddError::Web(error) => RunError::Web(error.to_string()),
        other => RunError::Remote(other.to_string()),
    })?;
    Ok(Plugged { handle, keeper: Keeper::Fleet(remote, fleet) })
}

/// What the phone's own pages say, and who may press its keys by them.
#[cfg(feature = "remote")]
fn own_pages(
    options: &Options,
    setup: &Setup,
    booted: Option<&Boot>,
) -> Result<(crate::web::Facts, crate::web::Rights), RunError> {
    let trust = options.trust.as_deref().map(crate::service::Trust::of_file).transpose()?;
    let facts = crate::web::Facts {
        servers: setup.servers.clone(),
        files: options.boot.as_deref().map(files_at).transpose()?.map(|files| files.tftp),
        directories: booted.and_then(|booted| booted.directories.clone()),
        services: booted.and_then(|booted| booted.services.clone()),
        trust: trust.unwrap_or_default(),
    };
    let pages = options.web.as_ref();
    let login = pages.and_then(|pages| pages.login.as_ref()).map(|Secret(login)| login.parse());
    let login =
        login.transpose().map_err(|error: crate::web::LoginError| RunError::Web(error.to_string()))?;
    let page = pages.and_then(|pages| pages.authentication.clone());
    let page = page.or_else(|| booted.and_then(|booted| booted.authentication.clone()));
    Ok((facts, crate::web::Rights { page, login }))
}

#[cfg(not(feature = "remote"))]
fn plug_in(options: &Options, setup: Setup, _: Option<&Boot>) -> Result<Plugged, RunError> {
    if options.remote.is_some() || options.web.is_some() {
        return Err(RunError::Remote("this program was built without feature `remote`".to_owned()));
    }
    plug_in_alone(setup)
}

fn plug_in_alone(setup: Setup) -> Result<Plugged, RunError> {
    let driver = Driver::start()?;
    let handle = driver.add(setup)?;
    Ok(Plugged { handle, keeper: Keeper::Driver(driver) })
}

impl Plugged {
    /// Where other programs control it.
    fn remote(&self) -> Option<SocketAddr> {
        match &self.keeper {
            Keeper::Driver(_) => None,
            #[cfg(feature = "remote")]
            Keeper::Fleet(remote, _) => remote.as_ref().map(crate::remote::Remote::address),
        }
    }

    /// Where its own pages are.
    fn web(&self) -> Option<SocketAddr> {
        match &self.keeper {
            Keeper::Driver(_) => None,
            #[cfg(feature = "remote")]
            Keeper::Fleet(_, fleet) => fleet.web(&self.handle.peek(|phone| phone.name().to_owned())),
        }
    }

    /// Every phone leaves its server.
    fn say_goodbye(&self) {
        match &self.keeper {
            Keeper::Driver(_) => say_goodbye(&self.handle),
            #[cfg(feature = "remote")]
            Keeper::Fleet(_, fleet) => {
                fleet
                    .names()
                    .iter()
                    .filter_map(|name| fleet.phone(name))
                    .for_each(|phone| say_goodbye(&phone));
            }
        }
    }
}

/// The phone that the command line speaks of, and what its boot came to where it boots.
fn prepare(options: &Options) -> Result<(Setup, Option<Boot>), RunError> {
    let profile = profile::find(&options.model)
        .ok_or_else(|| RunError::Model { wanted: options.model.clone(), known: profile::names() })?;
    let config = Config { strict: options.strict, ..Config::new(&options.name, profile) };
    let booted = options.boot.as_deref().map(|server| boot(&config, server, BOOT_PATIENCE)).transpose()?;
    let servers = match &booted {
        Some(booted) => booted.servers.clone(),
        None => resolve(&options.servers)?,
    };
    let mut setup = Setup::new(config, servers);
    setup.bind = options.bind;
    if let Some(path) = &options.play {
        setup.audio.say = read_wav(path, options.repeat)?;
    }
    Ok((setup, booted))
}

/// Runs a phone on the terminal's screen until its user quits.
#[cfg(feature = "ui")]
pub fn run_on_screen(
    options: &Options,
    theme: crate::ui::Theme,
    urls: crate::ui::Urls,
) -> Result<(), RunError> {
    let (setup, booted) = prepare(options)?;
    let files = match options.boot.as_deref() {
        Some(server) => Some(files_at(server)?),
        None => setup.servers.first().map(|server| Files::at(server.ip())),
    };
    let trust = options.trust.as_deref().map(crate::service::Trust::of_file).transpose()?;
    let reach = crate::ui::Reach { files, trust: trust.unwrap_or_default() };
    let plugged = plug_in(options, setup, booted.as_ref())?;
    let handle = plugged.handle.clone();
    if let Some(path) = &options.record {
        handle.record(path)?;
    }
    let urls = crate::ui::Urls {
        directories: urls.directories.or(booted.as_ref().and_then(|booted| booted.directories.clone())),
        services: urls.services.or(booted.and_then(|booted| booted.services)),
    };
    let mut sound = open_sound(&handle, options);
    let done = crate::ui::show(&handle, theme, urls, reach, &mut *sound);
    drop(sound);
    plugged.say_goodbye();
    // The screen is gone: what went wrong with a recording is all that is left to say.
    if let Some(failed) = handle.stop_recording() {
        return Err(RunError::Terminal(io::Error::other(failed)));
    }
    Ok(done?)
}

/// The sound card, where there is one; a phone without goes on: with WAV files, test speech or in silence.
#[cfg(all(feature = "ui", feature = "audio"))]
fn open_sound(handle: &Handle, options: &Options) -> Box<dyn crate::ui::Sound> {
    match crate::sound::Card::open(handle, options.play.is_none()) {
        Ok(card) => Box::new(card),
        Err(error) => Box::new(crate::ui::NoSound::because(error.to_string())),
    }
}

#[cfg(all(feature = "ui", not(feature = "audio")))]
fn open_sound(_: &Handle, _: &Options) -> Box<dyn crate::ui::Sound> {
    Box::new(crate::ui::NoSound::default())
}

/// Fetches what the phone fetches before it registers.
pub(crate) fn boot(config: &Config, server: &str, patience: Duration) -> Result<Boot, RunError> {
    Ok(fetch::boot(config, files_at(server)?, &mut Flash::default(), patience)?)
}

/// Where files are at a host: at the ports that phones expect, or over TFTP at the one that is named.
fn files_at(server: &str) -> Result<Files, RunError> {
    let found = resolve(&[server.to_owned()])?;
    let address = found
        .first()
        .copied()
        .ok_or_else(|| RunError::Server { server: server.to_owned(), reason: "no address".to_owned() })?;
    let has_port = address.port() != PORT || server.ends_with(&format!(":{PORT}"));
    Ok(if has_port { Files { tftp: address, http: None } } else { Files::at(address.ip()) })
}

/// The addresses of servers by name: `host`, `host:port`, `[v6]:port`.
pub fn resolve(servers: &[String]) -> Result<Vec<SocketAddr>, RunError> {
    let mut addresses = Vec::new();
    for server in servers {
        let failed = |reason: String| RunError::Server { server: server.clone(), reason };
        let found = match server.parse::<IpAddr>() {
            Ok(ip) => Some(SocketAddr::new(ip, PORT)),
            Err(_) if server.contains(':') => {
                server.to_socket_addrs().map_err(|error| failed(error.to_string()))?.next()
            }
            Err(_) => (server.as_str(), PORT).to_socket_addrs().map_err(|e| failed(e.to_string()))?.next(),
        };
        addresses.push(found.ok_or_else(|| failed("no address".to_owned()))?);
    }
    Ok(addresses)
}

fn observer(lines: SyncSender<String>, as_json: bool) -> Observer {
    let mut narrator = Narrator::default();
    Box::new(move |at, phone, change| {
        let line = if as_json {
            Some(show::change_json(at, phone, change).to_string())
        } else {
            narrator.line(phone, change).map(|line| format!("{:9.3}  {line}", at.as_secs_f64()))
        };
        if let Some(line) = line {
            tell(&lines, line);
        }
    })
}

/// A line for the terminal; one that it is too slow for is dropped.
fn tell(lines: &SyncSender<String>, line: String) {
    let _ = lines.try_send(line);
}

fn print(lines: &Receiver<String>, mut out: Box<dyn Write + Send>) {
    while let Ok(line) = lines.recv() {
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

fn converse(
    handle: &Handle,
    input: &mut dyn BufRead,
    lines: &SyncSender<String>,
    as_json: bool,
) -> Result<Ended, RunError> {
    let mut console = Console::new(handle.clone());
    for line in input.lines() {
        let reply = match console.line(&line?) {
            Ok(reply) => reply,
            Err(error) => {
                let said = if as_json {
                    json!({ "error": error.to_string() }).to_string()
                } else {
                    error.to_string()
                };
                tell(lines, said);
                continue;
            }
        };
        match reply {
            Reply::Done => {}
            Reply::Said(text, object) => tell(lines, if as_json { object.to_string() } else { text }),
            Reply::Wait(time) => std::thread::sleep(time),
            Reply::Quit => return Ok(Ended::Quit),
        }
    }
    Ok(Ended::Input)
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The user said so.
    Quit,
    /// Nothing more came.
    Input,
}

fn say_goodbye(handle: &Handle) {
    if handle.act(Act::Unregister).is_ok() {
        // A server that does not let go is left anyway.
        let _ = handle.wait_for("goodbye", GOODBYE_WAIT, |phone| *phone.registration() == Registration::Off);
    }
}
