//! What an analysis finds: registrations, calls, streams, findings.
//!
//! Plain data, the same for every kind of source. A call names its phones by [`SessionId`]: the
//! [`Registration`] of that number says who they are, also when their names came to light later than the call.

mod call;
mod finding;
mod leg;
mod milestone;
mod registration;
mod stream;

use std::net::SocketAddr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

pub use call::{Branch, BranchKind, Call, Outcome, Party, Started, Step, StepKind};
pub use finding::{Finding, FindingKind, Severity};
pub use leg::{
    Direction, Event, Leg, Marks, MediaOrder, MediaWay, PhoneStatistics, Role, SrtpKey, text_of_state,
};
pub use milestone::{MILESTONES, Milestone, Milestones};
pub use registration::{Alarm, Device, End, KeepAlives, Line, Registration, RegistrationState, ResetKind};
pub use stream::{Quality, Stream, Verdict};

/// A packed [`MessageRef`].
const MESSAGE_REF_BYTES: usize = 20;

/// A phone's connection to a call manager: its place in [`super::Analysis::registrations`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub u32);

impl SessionId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One message: where it stands and when it was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageRef {
    /// When.
    pub time: Timestamp,
    /// Which of the analysed files, counted from 0.
    pub source: u16,
    /// Number of its packet in a capture, of its line in a text trace, counted from 1.
    pub number: u64,
    /// Which of the messages of that packet or line, counted from 0.
    pub nth: u16,
}

/// Packed calls are full of these: all their bytes at once are written and read faster than four numbers.
impl Serialize for MessageRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = [0; MESSAGE_REF_BYTES];
        bytes[..8].copy_from_slice(&self.time.0.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..18].copy_from_slice(&self.source.to_le_bytes());
        bytes[18..].copy_from_slice(&self.nth.to_le_bytes());
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for MessageRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = MessageRef;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{MESSAGE_REF_BYTES} bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<MessageRef, E> {
                let wrong = || E::invalid_length(bytes.len(), &self);
                let bytes: &[u8; MESSAGE_REF_BYTES] = bytes.try_into().map_err(|_| wrong())?;
                let [time @ .., _, _, _, _, _, _, _, _, _, _, _, _] = *bytes;
                let [_, _, _, _, _, _, _, _, number @ .., _, _, _, _] = *bytes;
                let [.., a, b, c, d] = *bytes;
                Ok(MessageRef {
                    time: Timestamp(i64::from_le_bytes(time)),
                    number: u64::from_le_bytes(number),
                    source: u16::from_le_bytes([a, b]),
                    nth: u16::from_le_bytes([c, d]),
                })
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// One end of a connection, as far as the source names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// Device name (`SEP001122334455`) or host name.
    pub name: Option<Box<str>>,
    /// Network address.
    pub address: Option<SocketAddr>,
}

impl Endpoint {
    /// Known by its address only.
    pub fn at(address: SocketAddr) -> Self {
        Self { name: None, address: Some(address) }
    }

    /// Known by its name only.
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.into()), address: None }
    }

    /// The name, else the address without its port, else `?`.
    pub fn label(&self) -> String {
        Label(self).to_string()
    }
}

/// [`Endpoint::label`] for those who may not need it after all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label<'a>(pub &'a Endpoint);

impl std::fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.0.name, self.0.address) {
            (Some(name), _) => f.write_str(name),
            (None, Some(address)) => address.ip().fmt(f),
            (None, None) => f.write_str("?"),
        }
    }
}
