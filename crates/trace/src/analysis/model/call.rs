//! One call: its parties, legs, story and what came of it.

use std::net::SocketAddr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{Finding, Leg, MessageRef, Milestones, Quality, Stream};
use crate::Timestamp;

/// A call with all its legs, from the first act of the caller to the last message.
///
/// What is left out when it is packed away follows from the rest, each time it is taken out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Call {
    /// Counted from 1 in the order of start, once the analysis is finished.
    pub number: u32,
    /// Its first message, an inferred one perhaps.
    pub start: MessageRef,
    /// When it was answered.
    pub answer: Option<MessageRef>,
    /// When its last leg ended; `None` when the source ended first.
    pub end: Option<MessageRef>,
    /// Its last message.
    pub last: Timestamp,
    /// Whether it began before the source did.
    pub from_middle: bool,
    /// Who called.
    #[serde(skip)]
    pub caller: Party,
    /// Who was called in the end.
    #[serde(skip)]
    pub callee: Party,
    /// Who was called at first, where a forward changed that.
    pub original_callee: Party,
    /// What the caller dialled.
    pub dialled: CompactString,
    /// What began it.
    pub started: Started,
    /// What came of it.
    #[serde(skip)]
    pub outcome: Outcome,
    /// Its legs in the order in which they appeared.
    pub legs: Vec<Leg>,
    /// Recording, monitoring and bridge legs.
    pub branches: Vec<Branch>,
    /// What happened, step by step.
    pub story: Vec<Step>,
    /// RTP streams that were seen.
    pub streams: Vec<Stream>,
    /// Each direction's quality: sender, wire, receiver.
    #[serde(skip)]
    pub quality: Vec<Quality>,
    /// How long each stage took.
    #[serde(skip)]
    pub milestones: Milestones,
    /// What is remarkable.
    pub findings: Vec<Finding>,
    /// Messages that belong to it.
    pub messages: u32,
    /// Those of them without a reference, attached by session and time.
    pub inferred: u32,
}

/// A party of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Party {
    /// Directory number.
    pub number: CompactString,
    /// Name as displayed.
    pub name: CompactString,
}

impl Party {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.number.is_empty() && self.name.is_empty()
    }

    /// Number and name as one text; `?` when nothing is known.
    pub fn text(&self) -> String {
        match (self.number.is_empty(), self.name.is_empty()) {
            (false, false) => format!("{} ({})", self.number, self.name),
            (false, true) => self.number.to_string(),
            (true, false) => self.name.to_string(),
            (true, true) => "?".to_owned(),
        }
    }
}

/// What began a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Started {
    /// Not seen.
    #[default]
    Unknown,
    /// Handset, speaker or headset.
    OffHook,
    /// A soft key, by its event number.
    SoftKey(u32),
    /// A button, by its stimulus number.
    Button(u32),
    /// The whole number in one message.
    EnBloc,
}

impl Started {
    /// In words, as the protocol names the key.
    pub fn text(self) -> String {
        match self {
            Self::Unknown => "not seen".into(),
            Self::OffHook => "off hook".into(),
            Self::SoftKey(event) => format!("soft key {}", skinny::codes::SoftKeyEvent(event)),
            Self::Button(stimulus) => format!("button {}", skinny::codes::DeviceStimulus(stimulus)),
            Self::EnBloc => "number sent at once".into(),
        }
    }
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Outcome {
    /// Nothing that tells.
    #[default]
    Unknown,
    /// The source ends while it is set up.
    InSetUp,
    /// The source ends while it rings.
    Ringing,
    /// It was answered.
    Answered,
    /// It rang and nobody answered.
    NoAnswer,
    /// The caller gave up before it rang.
    Abandoned,
    /// The called party was busy.
    Busy,
    /// No such number.
    InvalidNumber,
    /// No way through.
    Congestion,
    /// The phone could not do what was ordered.
    Failed,
}

impl Outcome {
    /// One word.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::InSetUp => "in set-up",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::NoAnswer => "no answer",
            Self::Abandoned => "abandoned",
            Self::Busy => "busy",
            Self::InvalidNumber => "invalid number",
            Self::Congestion => "congestion",
            Self::Failed => "failed",
        }
    }
}

/// Media of a call that is no conversation between its parties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// What it is.
    pub kind: BranchKind,
    /// Index of the leg whose phone sends.
    pub leg: u16,
    /// Reference of its own, never shown to the user.
    pub reference: u32,
    /// Media stream id.
    pub party_id: u32,
    /// Where it goes.
    pub remote: Option<SocketAddr>,
    /// The order.
    pub ordered: MessageRef,
    /// The phone's answer.
    pub acknowledged: Option<MessageRef>,
    /// The phone's own address in that answer.
    pub local: Option<SocketAddr>,
    /// Whether the phone refused.
    pub refused: bool,
    /// When it was stopped.
    pub stopped: Option<Timestamp>,
}

/// What a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BranchKind {
    /// The user's own voice to a recorder.
    RecordingNear,
    /// The other party's voice to a recorder.
    RecordingFar,
    /// To a supervisor.
    Monitoring,
    /// To a conference bridge.
    Bridge,
    /// Music on hold.
    Music,
    /// Something else.
    Other,
}

impl BranchKind {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::RecordingNear => "recording (near end)",
            Self::RecordingFar => "recording (far end)",
            Self::Monitoring => "monitoring",
            Self::Bridge => "conference bridge",
            Self::Music => "music on hold",
            Self::Other => "other media",
        }
    }
}

/// One step of a call's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The message that shows it.
    pub at: MessageRef,
    /// Index of the leg.
    pub leg: u16,
    /// What happened.
    pub kind: StepKind,
}

/// What happened in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// The caller began.
    Began,
    /// A number was complete.
    Dialled(Box<str>),
    /// A phone rings.
    Rings,
    /// The caller hears ringing.
    RingBack,
    /// A phone answered.
    Answered,
    /// A leg is through.
    Connected,
    /// Put on hold.
    Held,
    /// Taken back.
    Resumed,
    /// The transfer key: a consultation begins, or ends with the transfer.
    TransferKey,
    /// The conference key.
    ConferenceKey,
    /// The park key.
    ParkKey,
    /// Parked, with the number when it was shown.
    Parked(Box<str>),
    /// Fetched from a park number.
    Retrieved(Box<str>),
    /// Fetched from a park number, by what was dialled or who is at the other end: the call manager did not say so.
    SeemsRetrieved(Box<str>),
    /// A pickup key.
    PickupKey,
    /// Took a call that rang elsewhere: for whom, when it was said.
    PickedUp(Box<str>),
    /// Forwarded: from, to.
    Forwarded(Box<str>, Box<str>),
    /// The other party changed: to whom.
    PartyChanged(Box<str>),
    /// In use on another phone of a shared line.
    InUseElsewhere,
    /// Barged in.
    BargeKey,
    /// Busy.
    Busy,
    /// No such number.
    InvalidNumber,
    /// No way through.
    Congestion,
    /// Recording or monitoring began.
    BranchBegan(BranchKind),
    /// A digit in the conversation.
    Digit(char),
    /// A leg ended.
    Ended,
}

impl StepKind {
    /// In words.
    pub fn text(&self) -> String {
        let fixed = match self {
            Self::Began => "begins",
            Self::Dialled(number) => return format!("dials {number}"),
            Self::Rings => "rings",
            Self::RingBack => "hears ringing",
            Self::Answered => "answers",
            Self::Connected => "connected",
            Self::Held => "on hold",
            Self::Resumed => "resumed",
            Self::TransferKey => "transfer key",
            Self::ConferenceKey => "conference key",
            Self::ParkKey => "park key",
            Self::Parked(number) => return format!("parked at {number}"),
            Self::Retrieved(number) => return format!("retrieves the call parked at {number}"),
            Self::SeemsRetrieved(number) => {
                return format!("retrieves the call parked at {number} (inferred)");
            }
            Self::PickupKey => "pickup key",
            Self::PickedUp(number) if number.is_empty() => "picks up the call",
            Self::PickedUp(number) => return format!("picks up the call for {number}"),
            Self::Forwarded(from, to) => return format!("forwarded from {from} to {to}"),
            Self::PartyChanged(to) => return format!("now with {to}"),
            Self::InUseElsewhere => "in use on another phone",
            Self::BargeKey => "barge key",
            Self::Busy => "busy",
            Self::InvalidNumber => "no such number",
            Self::Congestion => "no way through",
            Self::BranchBegan(kind) => return format!("{} begins", kind.text()),
            Self::Digit(digit) => return format!("digit {digit}"),
            Self::Ended => "ends",
        };
        fixed.to_owned()
    }
}
