//! What the exchange wants done. The caller drains [`crate::Exchange::poll`] after each input.

use std::ops::Range;

use crate::call::{Cause, LegId, Party};
use crate::input::{CommandId, SessionId};
use crate::media::{MediaOrder, OrderId};
use crate::record::Record;

/// An order to the outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Frames for a phone, encoded: [`crate::Exchange::bytes`] of this range, valid until the next input.
    Send(SessionId, Range<usize>),
    /// Close a session after its queue is written.
    Close(SessionId, CloseReason),
    /// An order to the media engine.
    Media(OrderId, MediaOrder),
    /// An order to a trunk.
    Trunk(TrunkOutput),
    /// A call or a stream ended: append it to the journal now.
    Record(Box<Record>),
    /// Remember a value over restarts (`None`: forget it).
    Remember {
        /// What it is about.
        key: String,
        /// Its value.
        value: Option<String>,
    },
    /// Live state changed.
    Event(Event),
    /// The answer to a command.
    Reply(CommandId, Result<String, String>),
    /// An unknown phone wants to register; it waits for a plan that holds it.
    Adopt(Adoption),
    /// Something worth a line in the log.
    Note(Note),
}

/// Why we close a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CloseReason {
    /// The device registered anew over another session.
    TakenOver,
    /// Nothing came for three keepalive intervals.
    KeepaliveLost,
    /// It unregistered.
    Unregistered,
    /// Registration was refused.
    Rejected,
    /// It neither registered nor kept alive in time.
    NeverRegistered,
    /// It was reset.
    Reset,
    /// The server stops.
    Stopping,
    /// A limit was reached.
    Limit,
}

/// An unknown phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// Its session.
    pub session: SessionId,
    /// Its name, such as `SEP001122334455`.
    pub device: String,
    /// Device type of the registration.
    pub device_type: u32,
    /// Whether it comes from another machine, and so waits in the lobby until an operator adopts it.
    pub lobby: bool,
}

/// What a trunk shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkOutput {
    /// The call that the trunk offered under `token` is this leg.
    Accepted {
        /// The trunk's own name for the call.
        token: u64,
        /// The leg.
        leg: LegId,
    },
    /// Call out.
    Offer {
        /// The leg.
        leg: LegId,
        /// Which trunk.
        trunk: u32,
        /// Who calls.
        calling: Party,
        /// The number to call.
        called: String,
    },
    /// Our side is working on it.
    Proceeding(LegId),
    /// Our side rings.
    Alerting(LegId),
    /// Our side answered.
    Answered(LegId, Party),
    /// Somebody else is at our side of an answered call now.
    Connected(LegId, Party),
    /// A key of our side.
    Digit(LegId, char),
    /// Our side hung up or refused.
    Released(LegId, Cause),
    /// About the audio of a leg.
    Media(LegId, TrunkMedia),
}

/// What a trunk shall do about the audio of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkMedia {
    /// Open a receiving port and say where: `TrunkInput::MediaOpened`.
    Open {
        /// SCCP codec number.
        codec: u32,
        /// Milliseconds of audio per packet.
        packet_ms: u32,
    },
    /// Send here.
    Send {
        /// Where our side receives.
        to: std::net::SocketAddr,
        /// SCCP codec number.
        codec: u32,
        /// Milliseconds of audio per packet.
        packet_ms: u32,
    },
    /// Stop sending and receiving.
    Close,
}

/// A line for the log; text of the network in it is already harmless (no control characters).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How grave.
    pub severity: Severity,
    /// What.
    pub text: String,
}

/// How grave a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For the curious.
    Debug,
    /// Usual.
    Info,
    /// Somebody may want to look.
    Warning,
}

/// A change of live state. Numbered without gaps, so that a reader knows when it missed one.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Event {
    /// Ascending from 1.
    pub number: u64,
    /// Milliseconds since the Unix epoch.
    pub unix_ms: i64,
    /// What changed.
    pub change: Change,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    /// All live state follows, told anew: whoever reads forgets what it knew.
    Anew,
    /// A device registered.
    Registered {
        /// Its name.
        device: String,
        /// Its session.
        session: u64,
        /// Protocol version in use.
        protocol: u8,
        /// Its address.
        address: String,
        /// Device type.
        device_type: u32,
    },
    /// A device left.
    Unregistered {
        /// Its name.
        device: String,
        /// Why.
        reason: String,
    },
    /// A call began.
    CallStarted {
        /// Call number.
        call: u64,
        /// Number of the caller.
        calling: String,
        /// Device of the caller; empty for a trunk.
        device: String,
    },
    /// So many new messages wait for a line.
    Messages {
        /// Directory number.
        line: String,
        /// How many.
        waiting: u32,
    },
    /// A call changed state.
    CallState {
        /// Call number.
        call: u64,
        /// The state in words: dialing, proceeding, ringing, connected.
        state: String,
        /// Number called, as far as known.
        called: String,
        /// Device that rings or answered, the first of several; empty when there is none.
        device: String,
    },
    /// The audio of a call goes another way than before.
    CallMedia {
        /// Call number.
        call: u64,
        /// Which way.
        #[serde(flatten)]
        media: CallMedia,
    },
    /// A call ended.
    CallEnded {
        /// Call number.
        call: u64,
        /// Q.850 cause.
        cause: u8,
    },
}

/// Where the audio of a call goes, as far as it does not go directly from phone to phone.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CallMedia {
    /// Why it does not; `conference` where it is mixed.
    pub relayed: Option<String>,
    /// SCCP codec number of the other side, where it is transcoded.
    pub transcoded: Option<u32>,
    /// The device through which it goes; none: this server.
    pub hardware: Option<String>,
    /// Whether it is recorded.
    pub recorded: bool,
    /// Whether its party of a conference talks now.
    pub talking: bool,
}
