//! What the exchange is told.

use std::net::SocketAddr;
use std::sync::Arc;

use skinny::Frame;

use crate::call::{Cause, LegId, Party};
use crate::media::{MediaEvent, OrderId};
use crate::plan::Plan;

/// The time of an input: both clocks, since timers must not jump with the wall clock and phones show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Now {
    /// Monotonic nanoseconds since any fixed moment.
    pub monotonic_ns: u64,
    /// Milliseconds since the Unix epoch, UTC.
    pub unix_ms: i64,
}

/// A TCP connection of a device. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct SessionId(pub u64);

/// Where a session comes from and arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Peer {
    /// The peer's address (IPv4-mapped form removed).
    pub remote: SocketAddr,
    /// Our address on which the connection arrived: the only one of ours that the phone surely reaches.
    pub local: SocketAddr,
}

/// Why a session ended at the other side or below us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Ended {
    /// The peer closed with FIN.
    Closed,
    /// The connection broke (RST, time-out of TCP).
    Reset,
    /// The peer did not read: its queue was full.
    SlowReader,
    /// What it sent is no SCCP.
    BadFrame,
}

/// Everything that can happen.
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// Time passed: timers that are due fire.
    Tick,
    /// A device connected (its permit was taken).
    Opened(SessionId, Peer),
    /// A frame came in, whole.
    Frame(SessionId, Frame<'a>),
    /// A session ended.
    Closed(SessionId, Ended),
    /// A new configuration; the exchange works out what it changes.
    Plan(Arc<Plan>),
    /// An operator or program asks for something; answered by `Output::Reply` with the same id.
    Command(CommandId, Command),
    /// A media order progressed.
    Media(OrderId, MediaEvent),
    /// A trunk says something about one of its legs.
    Trunk(TrunkInput),
    /// A durable value that was remembered before the last start (forwards, DND, …).
    Recall {
        /// What it is about.
        key: String,
        /// Its value.
        value: String,
    },
}

/// Ties an answer to its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct CommandId(pub u64);

/// What an operator can ask for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Command {
    /// Make a device reboot, register again or apply its configuration.
    Reset {
        /// Device name.
        device: String,
        /// How.
        how: Reset,
    },
    /// So many new messages wait for a line.
    MessagesWait {
        /// Directory number.
        line: String,
        /// How many; 0: none any more.
        waiting: u32,
    },
    /// Send a line's calls to another number, or (`to` left out) no longer.
    Forward {
        /// Directory number.
        line: String,
        /// In which case.
        when: ForwardWhen,
        /// Where to.
        to: Option<String>,
    },
    /// Disturb the user of a phone no more, or again.
    DoNotDisturb {
        /// Device name.
        device: String,
        /// How.
        how: DoNotDisturb,
    },
    /// Switch a night service.
    NightService {
        /// Its name.
        name: String,
        /// Whether it is on.
        on: bool,
    },
    /// Let a phone take part in its hunt groups, or not.
    HuntLog {
        /// Device name.
        device: String,
        /// Whether it takes part.
        logged_in: bool,
    },
    /// Record a call, or no longer.
    Record {
        /// Call number as in events and records.
        call: u64,
        /// For which of its phones; none: the first whose line may be recorded.
        device: Option<String>,
        /// Whether it is recorded.
        on: bool,
    },
    /// End a call.
    Hangup {
        /// Call number as in events and records.
        call: u64,
    },
    /// Take no new calls and let running ones end; idle phones move to their next server.
    Drain,
    /// Tell all live state anew, as events: for a reader that missed some.
    Retell,
}

/// When calls to a line go elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardWhen {
    /// All of them.
    Always,
    /// When the line is busy, or its phones are not to be disturbed.
    Busy,
    /// When nobody answers.
    NoAnswer,
    /// When no phone of it is registered.
    Unregistered,
}

impl ForwardWhen {
    /// Every case.
    pub const ALL: [ForwardWhen; 4] =
        [ForwardWhen::Always, ForwardWhen::Busy, ForwardWhen::NoAnswer, ForwardWhen::Unregistered];

    /// Its name, as commands and what is remembered have it.
    pub fn word(self) -> &'static str {
        match self {
            ForwardWhen::Always => "always",
            ForwardWhen::Busy => "busy",
            ForwardWhen::NoAnswer => "no-answer",
            ForwardWhen::Unregistered => "unregistered",
        }
    }

    /// The case with a name.
    pub fn of_word(word: &str) -> Option<ForwardWhen> {
        ForwardWhen::ALL.into_iter().find(|when| when.word() == word)
    }
}

/// How much a phone's user wants to be disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoNotDisturb {
    /// Calls ring.
    Off,
    /// Calls are refused as busy.
    Reject,
    /// Calls come in, and only flash.
    Silent,
}

/// Ways to reset a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Reset {
    /// Reboot and fetch the configuration.
    Reset,
    /// Register again.
    Restart,
    /// Apply a new configuration.
    ApplyConfig,
}

/// What a trunk reports. Legs that it opens get their id from the exchange: `TrunkOutput::Accepted`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TrunkInput {
    /// A call comes in. `token` is the trunk's own name for it.
    Offer {
        /// The trunk's own name for the call.
        token: u64,
        /// Which trunk.
        trunk: u32,
        /// Who calls.
        calling: Party,
        /// The number called.
        called: String,
    },
    /// The far end is being called.
    Proceeding(LegId),
    /// The far end rings.
    Alerting(LegId),
    /// The far end answered, as this party.
    Answered(LegId, Party),
    /// A key of the far end.
    Digit(LegId, char),
    /// The far end hung up or refused.
    Released(LegId, Cause),
    /// Codecs of the far end (SCCP's numbers), before it answers or is answered. Without it G.711 is assumed.
    Codecs(LegId, Vec<u32>),
    /// The far end receives here: answers `TrunkMedia::Open`.
    MediaOpened(LegId, SocketAddr),
}
