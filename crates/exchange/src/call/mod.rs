//! Calls and legs, without Skinny: who dials, who is offered a call, who answers, where the audio goes,
//! why it ends. What a leg is told goes through the verbs in `verb.rs`; `station/` alone turns them into
//! messages.

pub(crate) mod analysis;
mod announce;
mod answer;
mod codec;
mod copies;
mod dial;
mod hang_up;
mod hardware;
mod join;
mod leg;
mod media;
mod mix;
mod offer;
mod reach;
mod record;
mod relay;
mod tape;
mod trunk;
mod verb;

use serde::{Deserialize, Serialize};

use crate::feature::{Hunting, Recall, Redirect};
use crate::input::Now;
use crate::output::CallMedia;
use crate::table::{CallId, LineId, Table};
use crate::timer::TimerKey;

pub(crate) use codec::{Codec, Stream};
pub(crate) use copies::Copying;
pub(crate) use hang_up::EndedBy;
pub(crate) use hardware::{AtBridge, AtHardware, HardwareParty};
pub(crate) use leg::{
    Appearance, Dialing, End, Leg, LegState, Media, ParkEnd, Purpose, Receiving, Sending, TrunkEnd,
};
pub(crate) use record::PendingStatistics;
pub(crate) use relay::Engine;
pub(crate) use tape::{DISK_FULL, Tapes, Taping};

/// A leg: one party's part of a call. Index and generation, so that a late answer or timer of an old leg
/// can't hit a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct LegId {
    /// Place in the table.
    pub index: u32,
    /// Ascends each time the place is used.
    pub generation: u32,
}

/// Who somebody is, as caller id shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Party {
    /// Number.
    pub number: String,
    /// Name.
    pub name: String,
}

/// Why a leg ended: a Q.850 cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Cause(pub u8);

impl Cause {
    /// Unallocated number.
    pub const UNALLOCATED: Cause = Cause(1);
    /// Normal call clearing.
    pub const NORMAL: Cause = Cause(16);
    /// User busy.
    pub const BUSY: Cause = Cause(17);
    /// No user responding.
    pub const NO_RESPONSE: Cause = Cause(18);
    /// No answer from user (user alerted).
    pub const NO_ANSWER: Cause = Cause(19);
    /// Call rejected.
    pub const REJECTED: Cause = Cause(21);
    /// Non-selected user clearing: another phone answered.
    pub const ANSWERED_ELSEWHERE: Cause = Cause(26);
    /// Destination out of order.
    pub const OUT_OF_ORDER: Cause = Cause(27);
    /// Exchange routing error: translations go round in a circle.
    pub const ROUTING_ERROR: Cause = Cause(25);
    /// Invalid number format: the number was not complete.
    pub const INCOMPLETE: Cause = Cause(28);
    /// Subscriber absent: the conference with this number is not open.
    pub const NOT_OPEN: Cause = Cause(20);
    /// Requested facility not implemented: neither a media engine nor a bridge that has room is there to mix.
    pub const NO_BRIDGE: Cause = Cause(69);
    /// Nobody waits under this number for parked calls.
    pub const NOTHING_PARKED: Cause = Cause(3);
    /// Normal, unspecified: nothing rings that could be picked up.
    pub const NOTHING_TO_PICK_UP: Cause = Cause(31);
    /// No circuit available: a limit was reached.
    pub const NO_CIRCUIT: Cause = Cause(34);
    /// Temporary failure: also "server restarted".
    pub const TEMPORARY: Cause = Cause(41);
    /// Switching equipment congestion: no new calls while the server stops.
    pub const STOPPING: Cause = Cause(42);
    /// Resource unavailable: the phones can't reach each other, or one could not open its stream.
    pub const NO_PATH_FOR_MEDIA: Cause = Cause(47);
    /// Service not available: the line is closed for the night.
    pub const CLOSED: Cause = Cause(63);
    /// Bearer capability not available: no common codec.
    pub const NO_CODEC: Cause = Cause(58);
    /// Recovery on timer expiry: a phone did not acknowledge its media.
    pub const MEDIA_TIMEOUT: Cause = Cause(102);
}

impl Default for Cause {
    fn default() -> Self {
        Cause::NORMAL
    }
}

/// Number and name of a party, borrowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Names<'a> {
    /// Number.
    pub(crate) number: &'a str,
    /// Name.
    pub(crate) name: &'a str,
}

impl Names<'_> {
    /// The same, owned.
    pub(crate) fn party(self) -> Party {
        Party { number: self.number.into(), name: self.name.into() }
    }
}

impl<'a> From<&'a Party> for Names<'a> {
    fn from(party: &'a Party) -> Self {
        Names { number: &party.number, name: &party.name }
    }
}

/// A call: the leg that began it, and those that it was offered to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    /// Number in events and records, ascending.
    pub(crate) number: u64,
    /// The leg that began it.
    pub(crate) caller: LegId,
    /// Legs that ring; once answered, the one that answered.
    pub(crate) callees: Vec<LegId>,
    /// Whom it goes to.
    pub(crate) called: Called,
    /// What was dialled.
    pub(crate) dialed: String,
    /// How far it is.
    pub(crate) stage: Stage,
    /// Whether limits and classes hold for it.
    pub(crate) standing: Standing,
    /// When it began.
    pub(crate) started: Now,
    /// Its audio, from the answer on.
    pub(crate) stream: Option<Stream>,
    /// Ends the ringing.
    pub(crate) timer: Option<TimerKey>,
    /// Call references of its legs, in the order in which they appeared.
    pub(crate) references: Vec<u32>,
    /// Files that it is or was recorded to.
    pub(crate) recordings: Vec<String>,
    /// Who sent it on, the first one called first.
    pub(crate) redirects: Vec<Redirect>,
    /// Who gets it back when nobody answers.
    pub(crate) recall: Option<Recall>,
    /// Whom it looks for, when a group was called.
    pub(crate) hunting: Option<Box<Hunting>>,
    /// Whether the callee is not heard yet.
    pub(crate) whisper: bool,
    /// The way of its audio, as was told last.
    pub(crate) media_told: CallMedia,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// The caller dials.
    Dialing,
    /// The callee is being sought.
    Proceeding,
    /// The callee rings.
    Ringing,
    /// They talk.
    Connected {
        /// Since when.
        answered: Now,
    },
}

/// Whether limits and classes hold for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// They do.
    #[default]
    Usual,
    /// It is beyond a limit already, and must become an emergency call.
    EmergencyOnly,
    /// It is an emergency call: they do not.
    Emergency,
}

/// Whom a call goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Called {
    /// Not known yet.
    Nobody,
    /// A line of ours.
    Line(LineId),
    /// Somebody behind a trunk.
    Outside(Party),
}

impl Call {
    /// The leg on the other side of `leg`, once the call is answered.
    pub(crate) fn other(&self, leg: LegId) -> Option<LegId> {
        match self.stage {
            Stage::Connected { .. } if leg == self.caller => self.callees.first().copied(),
            Stage::Connected { .. } => Some(self.caller),
            _ => None,
        }
    }
}

/// The tables of all calls.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Calls {
    /// Calls.
    pub(crate) calls: Table<CallId, Call>,
    /// Legs.
    pub(crate) legs: Table<LegId, Leg>,
    /// Number of the last call.
    pub(crate) last_number: u64,
}
