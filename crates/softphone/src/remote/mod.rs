//! Control of emulated phones over HTTP and WebSocket: press keys, read screens, follow events.
//!
//! The words are those of the console and of scenario files. A server without a token answers this machine only,
//! and no web page: requests that a browser sends for another site are refused.

mod guard;
mod routes;
mod socket;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use phone::{Change, Config, Phone, profile};
use tokio::sync::broadcast;

use crate::driver::{Driver, DriverError, Observer, Setup};
use crate::handle::Handle;
use crate::listen::Listening;
use crate::show;
use crate::web::{Facts, Rights, Site, Web, WebError};

pub(crate) use guard::is_same;

/// Phones of one program.
pub const PHONES_MAX: usize = 256;
/// Events that wait for a slow reader; then it is told that some are lost.
pub const EVENTS_WAITING_MAX: usize = 1024;
/// Bytes of a request.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What the control needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What a request must bear; nothing: this machine only.
    pub token: Option<String>,
    /// Where phones that name no server register.
    pub servers: Vec<SocketAddr>,
}

/// Why there is no control.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// Without a token only this machine may ask.
    #[error("{0} can be reached from other machines: give a token (--remote-token or LINESIDE_PHONE_TOKEN)")]
    NeedsToken(SocketAddr),
    /// A token that anybody guesses.
    #[error("the token has {0} characters; at least {TOKEN_MIN} are needed")]
    WeakToken(usize),
    /// The address is taken, or not ours.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

/// Characters of a token, at least.
pub const TOKEN_MIN: usize = 8;

/// Why a phone can't be added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The name is in use.
    #[error("there is a phone {0} already")]
    Taken(String),
    /// No device name.
    #[error("\"{0}\" is no device name: 1 to 15 letters, digits, - and _")]
    Name(String),
    /// No such model.
    #[error("no model \"{0}\"")]
    Model(String),
    /// Enough of them.
    #[error("there are {PHONES_MAX} phones already")]
    TooMany,
    /// The driver.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// Its own pages.
    #[error(transparent)]
    Web(#[from] WebError),
}

/// A phone with its own pages.
#[derive(Debug)]
struct Kept {
    handle: Handle,
    site: Arc<Site>,
    /// Where its pages are reached as a real phone's, if anywhere.
    web: Option<Web>,
}

/// The phones that are controlled.
#[derive(Debug)]
pub struct Fleet {
    driver: Driver,
    phones: Mutex<BTreeMap<String, Kept>>,
    events: broadcast::Sender<Arc<Event>>,
    servers: Vec<SocketAddr>,
}

/// Something that a phone shows.
#[derive(Debug)]
pub struct Event {
    /// Whose.
    pub phone: String,
    /// The object, as one line of JSON.
    pub line: String,
}

impl Fleet {
    /// No phones yet.
    pub fn new(driver: Driver, servers: Vec<SocketAddr>) -> Arc<Fleet> {
        let (events, _) = broadcast::channel(EVENTS_WAITING_MAX);
        Arc::new(Fleet { driver, phones: Mutex::default(), events, servers })
    }

    /// Plugs a phone in; its pages are at `web`, if anywhere but under the control.
    pub fn add(
        &self,
        name: &str,
        model: &str,
        servers: Vec<SocketAddr>,
        rights: Rights,
        web: Option<SocketAddr>,
    ) -> Result<Handle, AddError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > phone::config::NAME_BYTES_MAX || !name.chars().all(is_name) {
            return Err(AddError::Name(name.chars().take(40).collect()));
        }
        let found = profile::find(model).ok_or_else(|| AddError::Model(model.chars().take(40).collect()))?;
        let servers = if servers.is_empty() { self.servers.clone() } else { servers };
        let facts = Facts { servers: servers.clone(), ..Facts::default() };
        self.add_setup(Setup::new(Config::new(name, found), servers), facts, rights, web)
    }

    /// Plugs in a phone that is set up already; its observer is taken.
    pub fn add_setup(
        &self,
        mut setup: Setup,
        facts: Facts,
        rights: Rights,
        web: Option<SocketAddr>,
    ) -> Result<Handle, AddError> {
        let name = setup.config.name.clone();
        let mut phones = self.phones();
        if phones.contains_key(&name) {
            return Err(AddError::Taken(name));
        }
        if phones.len() >= PHONES_MAX {
            return Err(AddError::TooMany);
        }
        setup.observer = Some(self.observer(setup.observer.take()));
        let handle = self.driver.add(setup)?;
        let site = Site::new(handle.clone(), facts, rights);
        let started = web.map(|listen| Web::start(listen, site.clone())).transpose();
        if started.is_err() {
            handle.power_off();
        }
        phones.insert(name, Kept { handle: handle.clone(), site, web: started? });
        Ok(handle)
    }

    /// Each change becomes an event, once anybody listens.
    fn observer(&self, mut other: Option<Observer>) -> Observer {
        let events = self.events.clone();
        Box::new(move |at: Duration, phone: &Phone, change: Change| {
            if let Some(other) = &mut other {
                other(at, phone, change);
            }
            if events.receiver_count() > 0 {
                let line = show::change_json(at, phone, change).to_string();
                // Nobody listens any more.
                let _ = events.send(Arc::new(Event { phone: phone.name().to_owned(), line }));
            }
        })
    }

    /// A phone by name.
    pub fn phone(&self, name: &str) -> Option<Handle> {
        self.phones().get(name).map(|kept| kept.handle.clone())
    }

    /// The pages of a phone.
    pub fn site(&self, name: &str) -> Option<Arc<Site>> {
        self.phones().get(name).map(|kept| kept.site.clone())
    }

    /// Where a phone's pages are reached as a real one's, if anywhere.
    pub fn web(&self, name: &str) -> Option<SocketAddr> {
        self.phones().get(name)?.web.as_ref().map(Web::address)
    }

    /// All names.
    pub fn names(&self) -> Vec<String> {
        self.phones().keys().cloned().collect()
    }

    fn phones(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.phones.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The control at work. Dropping it ends it; the phones stay.
#[derive(Debug)]
pub struct Remote(Listening);

impl Remote {
    /// Listens, on a thread of its own.
    pub fn start(options: &Options, fleet: Arc<Fleet>) -> Result<Remote, RemoteError> {
        match &options.token {
            None if !options.listen.ip().to_canonical().is_loopback() => {
                return Err(RemoteError::NeedsToken(options.listen));
            }
            Some(token) if token.len() < TOKEN_MIN => return Err(RemoteError::WeakToken(token.len())),
            _ => {}
        }
        let router = routes::router(fleet, options.token.clone());
        let listening = Listening::start(options.listen, "remote", router);
        listening.map(Remote).map_err(|source| RemoteError::Listen { address: options.listen, source })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Waits until it ends by itself, which it does not.
    pub fn wait(self) {
        self.0.wait();
    }
}
