//! Live music: what a program says on its standard output, or a stream of RTP that comes in.
//!
//! Both are named in the configuration and nowhere else, and no shell is between: nobody who reaches the API, a phone or a web
//! page can make the server start anything. What is heard while nothing comes, and how samples become audio, is the engine's.
//!
//! | file | what |
//! |---|---|
//! | [`command`] | a program: started, read, started again |

pub mod command;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Where music comes from as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveSource {
    /// A program and its arguments. It says samples: 16 bits, little-endian, one channel, 16,000 a second.
    Command(Vec<String>),
    /// RTP that comes to this address of ours, or to this group.
    Rtp {
        /// Where it comes.
        at: SocketAddr,
        /// From where it is taken; nothing only where that is this machine itself.
        from: Option<IpAddr>,
    },
}

impl std::fmt::Display for LiveSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // Arguments may hold passwords of a station.
            LiveSource::Command(words) => write!(f, "{}", words.first().map_or("", String::as_str)),
            LiveSource::Rtp { at, from: Some(from) } => write!(f, "RTP from {from} to {at}"),
            LiveSource::Rtp { at, from: None } => write!(f, "RTP to {at}"),
        }
    }
}

/// How a live source is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SourceState {
    /// Its name in the configuration.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// Whether it is heard; otherwise its files are, or the usual music.
    pub live: bool,
    /// How often its program was started.
    pub starts: u64,
    /// What went wrong last.
    pub problem: Option<String>,
}

/// How all live sources are. The media thread and those of the programs write, anybody reads.
#[derive(Debug, Default)]
pub struct MusicBoard(Mutex<BTreeMap<String, SourceState>>);

impl MusicBoard {
    /// All of them, by name.
    pub fn read(&self) -> Vec<SourceState> {
        self.states().values().cloned().collect()
    }

    /// There is one.
    pub(super) fn add(&self, name: &str, source: &LiveSource) {
        let state = SourceState { name: name.into(), source: source.to_string(), ..SourceState::default() };
        self.states().insert(name.into(), state);
    }

    /// Something changed.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut SourceState)) {
        if let Some(state) = self.states().get_mut(name) {
            change(state);
        }
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<String, SourceState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
