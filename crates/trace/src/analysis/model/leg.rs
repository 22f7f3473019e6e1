//! One phone's part in a call.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use skinny::codes::DCallState;

use super::{MessageRef, Party, SessionId};
use crate::Timestamp;

/// One phone's part in a call: what server, phone and reference name together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Leg {
    /// The phone's connection.
    pub session: SessionId,
    /// Call reference; 0 on a CallManager that has none.
    pub reference: u32,
    /// Line on the phone; 0 when not seen.
    pub line: u32,
    /// Its part.
    pub role: Role,
    /// As CallInfo says.
    pub direction: Option<Direction>,
    /// Calling party as this phone shows it.
    pub calling: Party,
    /// Called party as this phone shows it.
    pub called: Party,
    /// Last state: a number of `skinny::codes::DCallState`.
    pub state: u32,
    /// First message.
    pub start: MessageRef,
    /// Last message that had its reference.
    pub last: Timestamp,
    /// When it ended.
    pub end: Option<MessageRef>,
    /// Whether its first state was not that of a beginning.
    pub from_middle: bool,
    /// Digits before the number was complete.
    pub digits: Box<str>,
    /// Digits in the conversation.
    pub dtmf: Box<str>,
    /// Orders to receive and to send.
    pub media: Vec<MediaOrder>,
    /// Answers to ConnectionStatisticsReq, in their order: a curve when the call manager polls.
    pub statistics: Vec<PhoneStatistics>,
    /// When what happened first.
    pub marks: Marks,
}

impl Leg {
    /// Its state in words.
    pub fn state_text(&self) -> String {
        text_of_state(self.state)
    }
}

/// A call state in words.
pub fn text_of_state(state: u32) -> String {
    match state {
        0 => "not seen".to_owned(),
        state => DCallState(state).to_string(),
    }
}

/// A leg's part in its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Role {
    /// Not clear.
    #[default]
    Unknown,
    /// Calls.
    Caller,
    /// Was called.
    Callee,
    /// Asked back in the course of a transfer or conference.
    Consultation,
    /// Picked up what rang elsewhere.
    Pickup,
    /// Fetched a parked call.
    Retriever,
    /// Shows a call that another phone of its shared line has.
    Shared,
}

impl Role {
    /// One word.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Caller => "caller",
            Self::Callee => "callee",
            Self::Consultation => "consultation",
            Self::Pickup => "pickup",
            Self::Retriever => "retriever",
            Self::Shared => "shared",
        }
    }
}

/// Which way a leg was set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// Towards the phone.
    Inbound,
    /// By the phone.
    Outbound,
    /// Forwarded by the phone.
    Forward,
}

/// When things happened first on a leg. Not all of them happen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// Off hook, or the key that stands for it.
    pub off_hook: Option<Timestamp>,
    /// Dial tone.
    pub dial_tone: Option<Timestamp>,
    /// The last digit, or the key that stands for the number.
    pub last_digit: Option<Timestamp>,
    /// The number was complete.
    pub dialled: Option<Timestamp>,
    /// Ring-back tone, or the state that stands for it.
    pub ring_back: Option<Timestamp>,
    /// The phone rings.
    pub ringing: Option<Timestamp>,
    /// The user answers.
    pub answered: Option<Timestamp>,
    /// Connected.
    pub connected: Option<Timestamp>,
}

/// Which way media goes, seen from the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaWay {
    /// OpenReceiveChannel, multicast reception.
    Receive,
    /// StartMediaTransmission.
    Transmit,
}

/// An order to receive or send, with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaOrder {
    /// Which way.
    pub way: MediaWay,
    /// Media stream id.
    pub party_id: u32,
    /// Conference id: the reference of the phone's main leg.
    pub conference: u32,
    /// Codec: a number of `skinny::codes::MediaPayloadType`.
    pub codec: u32,
    /// Packet time in milliseconds.
    pub packet_ms: u32,
    /// To send: where to. To receive: from where, as announced.
    pub remote: Option<SocketAddr>,
    /// The phone's own address, from its answer.
    pub local: Option<SocketAddr>,
    /// The order.
    pub ordered: MessageRef,
    /// The phone's answer.
    pub acknowledged: Option<MessageRef>,
    /// Status of the answer; 0 is good.
    pub status: u32,
    /// When it was stopped.
    pub stopped: Option<Timestamp>,
    /// Type-of-service byte ordered for sending.
    pub precedence: u32,
    /// Payload type for telephone events; 0: none.
    pub event_payload_type: u32,
    /// SRTP key that the order carries.
    pub key: Option<Box<SrtpKey>>,
}

/// A key of SRTP, in clear as SCCP carries it. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SrtpKey {
    /// Algorithm: a number of `skinny::codes::MediaEncryptionAlgorithmType`.
    pub algorithm: u32,
    /// Master key.
    pub key: Vec<u8>,
    /// Master salt.
    pub salt: Vec<u8>,
}

impl std::fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SrtpKey {{ algorithm: {}, .. }}", self.algorithm)
    }
}

/// A phone's own figures of a call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PhoneStatistics {
    /// The message.
    pub at: MessageRef,
    /// Packets that it sent.
    pub packets_sent: u32,
    /// Bytes that it sent.
    pub octets_sent: u32,
    /// Packets that it received.
    pub packets_received: u32,
    /// Bytes that it received.
    pub octets_received: u32,
    /// Packets that it missed.
    pub packets_lost: u32,
    /// Jitter as it says: milliseconds.
    pub jitter_ms: u32,
    /// Latency as it says: milliseconds.
    pub latency_ms: u32,
    /// The quality text (MLQK…).
    pub text: Box<str>,
}

/// A message of a call, kept for ladders where that was asked for; or, with the id [`Event::THOUGHT`], what the call manager's
/// own trace says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Where it stands.
    pub at: MessageRef,
    /// Whose connection.
    pub session: SessionId,
    /// Whether the call manager said it.
    pub from_server: bool,
    /// Message id.
    pub id: u32,
    /// Version word of its header.
    pub header_version: u32,
    /// Version that both had agreed on; 0: not known.
    pub negotiated: u8,
    /// Whether texts are UTF-8 by agreement.
    pub utf8: bool,
    /// Index of its leg in the call; `None` for what belongs to the phone as a whole.
    pub leg: Option<u16>,
    /// Attached by session and time, since it has no reference.
    pub inferred: bool,
    /// Its body.
    pub body: Box<[u8]>,
}

impl Event {
    /// The id of what is no message but a line of a text trace: its body is the line.
    pub const THOUGHT: u32 = u32::MAX;

    /// Whether it is such a line.
    pub fn is_thought(&self) -> bool {
        self.id == Self::THOUGHT
    }
}
