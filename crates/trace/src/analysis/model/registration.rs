//! A phone's connection to a call manager.

use serde::{Deserialize, Serialize};

use super::{Endpoint, Finding, MessageRef};
use crate::Timestamp;

/// One connection of a phone to a call manager, from its first message to its last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Registration {
    /// The call manager.
    pub server: Endpoint,
    /// The phone. Its name is known from RegisterReq, an Alarm, or the source itself.
    pub phone: Endpoint,
    /// First sign of it.
    pub opened: Timestamp,
    /// Whether the source has its beginning.
    pub from_start: bool,
    /// Last message either way.
    pub last: Timestamp,
    /// How far it came.
    pub state: RegistrationState,
    /// The acknowledgement.
    pub registered: Option<MessageRef>,
    /// How it ended.
    pub end: End,
    /// When it ended; `None` while it lives.
    pub closed: Option<Timestamp>,
    /// Messages, both ways.
    pub messages: u64,
    /// Bytes that the source lacks.
    pub missing_bytes: u64,
    /// Keepalives.
    pub keepalives: KeepAlives,
    /// Version of the protocol that both agreed on; 0 when the registration was not seen.
    pub protocol: u8,
    /// What the phone said of itself. Absent where neither RegisterReq nor Alarm was seen.
    pub device: Option<Box<Device>>,
    /// What is remarkable.
    pub findings: Vec<Finding>,
}

/// How far a registration came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RegistrationState {
    /// Messages of a registered phone, without the registration itself: the capture begins in the middle.
    #[default]
    Before,
    /// Keepalives only: the connection that a phone keeps to its next call manager.
    Standby,
    /// Asked for a token, no answer seen.
    AskedToken,
    /// The token was refused.
    TokenRefused {
        /// Seconds to wait before the next attempt.
        wait_secs: u32,
    },
    /// RegisterReq without an answer.
    Asked,
    /// RegisterReject.
    Rejected {
        /// Its text.
        text: Box<str>,
    },
    /// RegisterAck.
    Registered,
    /// Registered, and taken back by the phone.
    Unregistered,
}

impl RegistrationState {
    /// In words.
    pub fn text(&self) -> String {
        match self {
            Self::Before => "registered before".into(),
            Self::Standby => "standby".into(),
            Self::AskedToken => "asked for a token".into(),
            Self::TokenRefused { wait_secs } => format!("token refused, wait {wait_secs} s"),
            Self::Asked => "no answer".into(),
            Self::Rejected { text } => format!("rejected: {text}"),
            Self::Registered => "registered".into(),
            Self::Unregistered => "unregistered".into(),
        }
    }
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum End {
    /// It did not: the source ended first.
    #[default]
    Open,
    /// The phone unregistered.
    Unregistered,
    /// The call manager ordered a reset, restart or new configuration.
    Ordered(ResetKind),
    /// RegisterReject or RegisterTokenReject came last.
    Rejected,
    /// Keepalives went unanswered or did not come.
    KeepAlivesLost,
    /// The connection was closed in good order.
    Closed,
    /// It was reset.
    Reset {
        /// By the call manager.
        by_server: bool,
    },
    /// The phone opened another connection in its place.
    Replaced,
}

/// What a Reset orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetKind {
    /// Reboot.
    Reset,
    /// Register anew.
    Restart,
    /// Fetch and apply the configuration.
    ApplyConfig,
    /// Something else.
    Other(u32),
}

impl End {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Open => "still open",
            Self::Unregistered => "the phone unregistered",
            Self::Ordered(ResetKind::Reset) => "the call manager ordered a reset",
            Self::Ordered(ResetKind::Restart) => "the call manager ordered a restart",
            Self::Ordered(ResetKind::ApplyConfig) => "the call manager ordered a new configuration",
            Self::Ordered(ResetKind::Other(_)) => "the call manager ordered a reset of an unknown kind",
            Self::Rejected => "the call manager refused it",
            Self::KeepAlivesLost => "keepalives were lost",
            Self::Closed => "closed in good order",
            Self::Reset { by_server: true } => "reset by the call manager",
            Self::Reset { by_server: false } => "reset by the phone",
            Self::Replaced => "the phone connected anew",
        }
    }
}

/// Keepalives of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KeepAlives {
    /// Interval that the call manager set, in seconds; 0 when not seen.
    pub interval_secs: u32,
    /// Sent by the phone.
    pub sent: u32,
    /// Answered by the call manager. CallManager 2.x answers none.
    pub answered: u32,
    /// Intervals in which none came, beyond half an interval of grace.
    pub missed: u32,
    /// Sent and not answered, by a call manager that answers others.
    pub unanswered: u32,
    /// Longest time between two, in milliseconds.
    pub gap_ms_max: u32,
}

/// What a phone said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Device {
    /// Model: number of the device type, with its name when known.
    pub model: Option<(u32, Box<str>)>,
    /// Firmware load.
    pub firmware: Option<Box<str>>,
    /// Version that the phone offered.
    pub offered: u8,
    /// The address that the phone gave as its own.
    pub said_address: Option<std::net::IpAddr>,
    /// Instance number of the device.
    pub instance: u32,
    /// Lines as the call manager told them.
    pub lines: Vec<Line>,
    /// Alarms in their order; [`super::super::ALARMS_KEPT`] at most.
    pub alarms: Vec<Alarm>,
    /// The request to register.
    pub asked: Option<MessageRef>,
    /// Name of the call manager that the phone was told.
    pub server_name: Option<Box<str>>,
}

/// A line of a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place on the phone, from 1.
    pub instance: u32,
    /// Directory number.
    pub number: Box<str>,
    /// Display name.
    pub name: Box<str>,
}

/// An Alarm or XMLAlarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The message.
    pub at: MessageRef,
    /// Its severity in words.
    pub severity: Box<str>,
    /// Its text as sent.
    pub text: Box<str>,
    /// What the text says of why the phone left service, decoded.
    pub reason: Option<Box<str>>,
}
