//! What a phone does before it registers: it fetches files over TFTP or HTTP, in its generation's order, and
//! reads in them where to register.
//!
//! What it learned stays in [`Flash`], as in a real phone: when no file server answers, it goes by what it
//! knows.

mod config;
mod http;
mod order;
mod tftp;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media::codec::g711::mulaw_decode;
use phone::Config;

pub use config::{Configuration, read as read_configuration};
pub use order::{Family, Wish, family, tries_http};

/// Bytes of a file, at most: the largest load has a tenth of it.
pub const FILE_MAX: u64 = 64 * 1024 * 1024;
/// Archives of a load that are fetched.
const ARCHIVES_MAX: usize = 16;
/// SCCP's port.
const SCCP_PORT: u16 = 2000;

/// Where files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// Over TFTP.
    pub tftp: SocketAddr,
    /// Over HTTP, for phones that try it first.
    pub http: Option<SocketAddr>,
}

impl Files {
    /// A server at the ports that phones expect.
    pub fn at(address: IpAddr) -> Files {
        Files { tftp: (address, 69).into(), http: Some((address, 6970).into()) }
    }
}

/// What a phone keeps without power.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flash {
    /// What it was configured by last.
    pub configuration: Option<Configuration>,
    /// The firmware that it loaded.
    pub load: Option<String>,
}

/// How a file was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Over TFTP.
    Tftp,
    /// Over HTTP.
    Http,
}

impl Way {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Way::Tftp => "TFTP",
            Way::Http => "HTTP",
        }
    }
}

/// A file that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// How.
    pub way: Way,
    /// Its bytes; `None`: it is not there.
    pub bytes: Option<u64>,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = self.way.name();
        match self.bytes {
            Some(bytes) => write!(f, "{way} {}: {bytes} bytes", self.name),
            None => write!(f, "{way} {}: not there", self.name),
        }
    }
}

/// What a boot came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boot {
    /// Where to register, in order.
    pub servers: Vec<SocketAddr>,
    /// The configuration's stamp.
    pub stamp: String,
    /// Whether the stamp is another than before.
    pub is_new: bool,
    /// What was asked for, in order.
    pub asked: Vec<Asked>,
    /// The page of its directories button.
    pub directories: Option<String>,
    /// The page of its services button.
    pub services: Option<String>,
    /// The page that says who may press its keys over HTTP.
    pub authentication: Option<String>,
}

/// Why a phone does not come up.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody answers, and it knows nothing.
    #[error("no file server answers at {tftp}, and the phone was never configured: {error}")]
    Silent {
        /// Where it asked.
        tftp: SocketAddr,
        /// What happened.
        error: String,
    },
    /// There is neither a configuration of its own nor one for new phones.
    #[error("neither {0} nor XMLDefault.cnf.xml is there: the phone does not learn where to register")]
    Unconfigured(String),
    /// It can't be read.
    #[error("{name}: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// Why one file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// The server says that it is not there.
    NotThere,
    /// The server says nothing.
    Silent(String),
}

/// Boots a phone: fetches what its generation fetches.
pub fn boot(phone: &Config, files: Files, flash: &mut Flash, patience: Duration) -> Result<Boot, FetchError> {
    let mut fetch = Fetch { files, patience, asked: Vec::new(), over_http: order::tries_http(phone.profile) };
    let configuration = fetch.configuration(phone, flash)?;
    let before = flash.configuration.as_ref().map(|before| before.stamp.clone());
    fetch.firmware(&configuration, flash, phone.profile.load);
    fetch.locale(&configuration, phone);
    let boot = Boot {
        servers: configuration.servers.clone(),
        stamp: configuration.stamp.clone(),
        is_new: before.as_ref() != Some(&configuration.stamp),
        asked: fetch.asked,
        authentication: configuration.authentication.clone(),
        directories: configuration.directories.clone(),
        services: configuration.services.clone(),
    };
    flash.configuration = Some(configuration);
    Ok(boot)
}

/// A ring tone of the file server: G.711 µ-law at 8 kHz without a header, as phones have them. Gives samples at
/// the phone's rate.
///
/// # Errors
/// In words, when it can't be had.
pub fn ring_tone(files: Files, name: &str) -> Result<Vec<i16>, String> {
    let mut fetch = Fetch { files, patience: RING_TONE_PATIENCE, asked: Vec::new(), over_http: true };
    let bytes = fetch.get(name).map_err(|failed| match failed {
        Failed::NotThere => "the file server does not have it".to_owned(),
        Failed::Silent(why) => why,
    })?;
    let bytes = bytes.get(..RING_TONE_MAX).unwrap_or(&bytes);
    let each = (phone::audio::RATE_HZ / RING_TONE_HZ) as usize;
    let pcm = bytes.iter().flat_map(|byte| std::iter::repeat_n(mulaw_decode(*byte), each));
    Ok(pcm.collect())
}

/// Samples of a ring tone in a second.
const RING_TONE_HZ: u32 = 8000;
/// Bytes of a ring tone: what phones play of one is two seconds; some have more.
const RING_TONE_MAX: usize = 10 * RING_TONE_HZ as usize;
/// How long the file server may take.
const RING_TONE_PATIENCE: Duration = Duration::from_secs(2);

struct Fetch {
    files: Files,
    patience: Duration,
    asked: Vec<Asked>,
    over_http: bool,
}

impl Fetch {
    fn configuration(&mut self, phone: &Config, flash: &Flash) -> Result<Configuration, FetchError> {
        for wish in order::wishes(phone) {
            match (self.get(&wish.name), wish.is_configuration) {
                (Ok(bytes), true) => {
                    let unreadable =
                        |reason: String| FetchError::Unreadable { name: wish.name.clone(), reason };
                    let read = config::read(&bytes).map_err(|error| unreadable(error.to_string()))?;
                    if !read.servers.is_empty() {
                        return Ok(read);
                    }
                    return Err(unreadable("it names no call manager that has an address".into()));
                }
                (Err(Failed::Silent(error)), _) => {
                    let stored = flash.configuration.clone();
                    return stored.ok_or(FetchError::Silent { tftp: self.files.tftp, error });
                }
                _ => {}
            }
        }
        match order::family(phone.profile) {
            // They take the file server for their call manager.
            Family::Oldest | Family::Analogue => Ok(Configuration {
                servers: vec![(self.files.tftp.ip(), SCCP_PORT).into()],
                ..Configuration::default()
            }),
            _ => Err(FetchError::Unconfigured(format!("{}.cnf.xml", phone.name))),
        }
    }

    /// A load that it does not have: the list, then everything in it. Unless all of it comes, it keeps its own.
    fn firmware(&mut self, configuration: &Configuration, flash: &mut Flash, own: &str) {
        let wanted = configuration.load.as_str();
        if wanted.is_empty() || wanted == flash.load.as_deref().unwrap_or(own) {
            return;
        }
        let Ok(list) = self.get(&format!("{wanted}.loads")) else { return };
        let archives = config::archives(&list);
        if archives.iter().take(ARCHIVES_MAX).all(|name| self.get(name).is_ok()) {
            flash.load = Some(wanted.to_owned());
        }
    }

    /// Words and tones of a country, when the configuration names some; it gets by without.
    fn locale(&mut self, configuration: &Configuration, phone: &Config) {
        let words = configuration
            .user_locale
            .iter()
            .map(|locale| format!("{locale}/{}", order::words(phone.profile)));
        let tones = configuration.network_locale.iter().map(|locale| format!("{locale}/g3-tones.xml"));
        for name in words.chain(tones) {
            // Without it, it shows and plays what it was built with.
            let _ = self.get(&name);
        }
    }

    /// Over HTTP while somebody answers there, then over TFTP.
    fn get(&mut self, name: &str) -> Result<Vec<u8>, Failed> {
        if let Some(server) = self.files.http.filter(|_| self.over_http) {
            match http::get(server, name, self.patience) {
                Err(Failed::Silent(_)) => self.over_http = false,
                result => return self.note(name, Way::Http, result),
            }
        }
        let result = tftp::get(self.files.tftp, name, self.patience);
        self.note(name, Way::Tftp, result)
    }

    fn note(&mut self, name: &str, way: Way, result: Result<Vec<u8>, Failed>) -> Result<Vec<u8>, Failed> {
        let bytes = result.as_ref().ok().map(|bytes| bytes.len() as u64);
        self.asked.push(Asked { name: name.to_owned(), way, bytes });
        result
    }
}
