//! One request, whichever way it came: looked up, noted, and said in the log. What TFTP and HTTP share.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::boot::{Asked, Boots, Outcome, Ticket, Way};
use super::folder;
use super::kind::{Kind, Need};
use super::name::Name;
use super::pace::Pace;
use super::space::{Asker, Found, Missing, Space};
use crate::clock::unix_ms;
use crate::log::{Plain, Throttle};

/// Bytes of a file that are read at once.
pub const PIECE: usize = 64 * 1024;
/// Lines about requests that reach the log per second.
const LINES_MAX: u32 = 50;
const SECOND_NS: u64 = 1_000_000_000;

/// What is sent.
#[derive(Debug, Clone)]
pub enum Content {
    /// Text, written for the asker.
    Text(Arc<[u8]>),
    /// A file of the operator.
    File(Arc<std::fs::File>, u64),
}

impl Content {
    /// Its bytes.
    pub fn len(&self) -> u64 {
        match self {
            Content::Text(bytes) => bytes.len() as u64,
            Content::File(_, len) => *len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes from a place on, up to [`PIECE`]; files are read on a thread that may wait for the disk.
    pub async fn piece(&self, from: u64) -> std::io::Result<Vec<u8>> {
        match self {
            Content::Text(bytes) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
                Ok(bytes[from..bytes.len().min(from + PIECE)].to_vec())
            }
            Content::File(file, len) => {
                let (file, want) = (Arc::clone(file), (len.saturating_sub(from)).min(PIECE as u64));
                let read = tokio::task::spawn_blocking(move || read_at(&file, from, want as usize));
                read.await.map_err(std::io::Error::other)?
            }
        }
    }
}

fn read_at(file: &std::fs::File, from: u64, want: usize) -> std::io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; want];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}

/// The desk; its copies are the same desk.
#[derive(Debug, Clone)]
pub struct Desk {
    space: Arc<Mutex<Space>>,
    boots: Arc<Mutex<Boots>>,
    pace: Arc<Mutex<Pace>>,
    lines: Arc<Mutex<Throttle>>,
    started: Instant,
}

/// An answer, and the place where its end is noted.
#[derive(Debug)]
pub struct Answer {
    /// What is sent, or why nothing is.
    pub result: Result<Content, Missing>,
    /// Where its end is noted.
    pub ticket: Ticket,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk in front of a space.
    pub fn new(space: Space, boots: Arc<Mutex<Boots>>) -> Desk {
        let pace = Pace::new(space.settings().rate);
        Desk {
            space: Arc::new(Mutex::new(space)),
            boots,
            pace: Arc::new(Mutex::new(pace)),
            lines: Arc::new(Mutex::new(Throttle::new(LINES_MAX, SECOND_NS))),
            started: Instant::now(),
        }
    }

    /// The space behind it.
    pub fn space(&self) -> MutexGuard<'_, Space> {
        lock(&self.space)
    }

    /// What phones asked for.
    pub fn boots(&self) -> MutexGuard<'_, Boots> {
        lock(&self.boots)
    }

    /// Whether an address may ask.
    pub fn allows(&self, address: IpAddr) -> bool {
        let is_allowed = self.space().settings().allows(address);
        if !is_allowed {
            self.line(|held| {
                tracing::warn!("{address} asks for files and is not in [provision] allow{held}")
            });
        }
        is_allowed
    }

    /// Answers a request.
    pub fn ask(&self, name: &Name, asker: Asker, way: Way) -> Answer {
        let kind = Kind::of(name);
        let mut space = self.space();
        let found = space.find(name, &kind, asker, Instant::now());
        let members = space.members(asker);
        let is_reachable = space.is_reachable(asker.local);
        drop(space);
        let result = found.and_then(|found| match found {
            Found::Text(bytes) => Ok(Content::Text(bytes.into())),
            Found::File(path) => folder::open(&path)
                .map(|(file, len)| Content::File(Arc::new(file), len))
                .map_err(|_| Missing::NotThere),
        });
        let shown = name.to_string();
        let at_ms = unix_ms();
        let asked = Asked { at_ms, address: asker.remote, way, name: &shown, kind: &kind };
        let outcome = match &result {
            Ok(content) => Outcome::Begun { bytes: content.len() },
            Err(missing) => Outcome::Missing { why: missing.words().into() },
        };
        let mut boots = self.boots();
        let ticket = boots.asked(asked, outcome);
        if matches!(kind, Kind::Config(_) | Kind::Default) && result.is_ok() {
            let told = members.iter().map(|member| format!("{}:{}", member.address, member.port));
            boots.told(&ticket, told.collect());
        }
        drop(boots);
        if let Err(missing) = &result {
            self.say_missing(&kind, &shown, asker, way, *missing);
        }
        if result.is_ok() && matches!(kind, Kind::Config(_) | Kind::Default) && !is_reachable {
            tracing::warn!(
                "phones that ask at {} can't register there: add that address to [listen] addresses",
                asker.local
            );
        }
        Answer { result, ticket }
    }

    /// Notes the end of an answer.
    pub fn ended(&self, answer: &Ticket, asker: Asker, name: &Name, way: Way, outcome: Outcome) {
        match &outcome {
            Outcome::Sent { bytes } => {
                let kind = Kind::of(name);
                self.line(|held| {
                    tracing::info!(
                        "{}: got {name}, {} ({bytes} bytes, {}){held}",
                        who(&kind, asker),
                        kind.words(),
                        way.name(),
                    );
                });
            }
            Outcome::BrokenOff { bytes } => self.line(|held| {
                tracing::warn!("{}: stopped taking {name} after {bytes} bytes{held}", asker.remote);
            }),
            _ => {}
        }
        self.boots().ended(answer, outcome);
    }

    fn say_missing(&self, kind: &Kind, name: &str, asker: Asker, way: Way, missing: Missing) {
        let who = who(kind, asker);
        let (name, what, way) = (Plain(name), kind.words(), way.name());
        let why = missing.words();
        self.line(|held| match (kind.need(), missing) {
            (Need::Required, Missing::NotThere) | (_, Missing::SipFirmware) => {
                tracing::warn!("{who}: asked for {name}, {what} ({way}): {why}{held}");
            }
            (_, Missing::NotThere) => {
                tracing::info!(
                    "{who}: asked for {name}, {what} ({way}): {why}; phones go on without it{held}"
                );
            }
            _ => tracing::info!("{who}: asked for {name}, {what} ({way}): {why}{held}"),
        });
    }

    fn line(&self, write: impl FnOnce(crate::log::Held)) {
        let now_ns = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if let Some(held) = lock(&self.lines).admit(now_ns) {
            write(held);
        }
    }

    /// Waits until so many bytes may go.
    pub async fn pace(&self, bytes: usize) {
        let now_ns = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let wait_ns = lock(&self.pace).admit(now_ns, bytes);
        if wait_ns > 0 {
            tokio::time::sleep(Duration::from_nanos(wait_ns)).await;
        }
    }
}

fn who(kind: &Kind, asker: Asker) -> String {
    kind.device().map_or_else(|| asker.remote.to_string(), |device| format!("{device} ({})", asker.remote))
}
