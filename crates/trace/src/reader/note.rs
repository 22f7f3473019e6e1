//! What a call manager's own trace tells beside messages: which legs belong together, what it thought. And what a capture tells of
//! addresses.

use std::net::IpAddr;

use crate::Timestamp;

/// Longest device name that is kept, as in a registration.
pub const MAX_DEVICE_NAME: usize = 16;

/// A record of a text trace that is no message on the wire, or a name in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note<'a> {
    /// When it was written.
    pub time: Timestamp,
    /// Number of the record in its trace, from 1.
    pub record: u64,
    /// The phone's connection that it speaks of, as [`super::RawFrame::connection`] and its slot.
    pub connection: Option<(u64, u32)>,
    /// What it tells.
    pub kind: NoteKind,
    /// The record as it stands, without its time: bytes that may be no text.
    pub text: &'a [u8],
}

/// What a [`Note`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// What the call manager thought.
    Talk,
    /// A message of StationInit (from the phone) or StationD that the catalogue has no name for.
    UnknownMessage {
        /// Whether the call manager sent it.
        from_server: bool,
    },
    /// Two references are legs of one call.
    Joined {
        /// Both.
        references: [u32; 2],
    },
    /// Two references are no longer one call.
    Parted {
        /// Both.
        references: [u32; 2],
    },
    /// A leg that hangs on another one: recording, monitoring, a bridge.
    Branch {
        /// Its reference.
        reference: u32,
        /// The leg that it hangs on.
        of: u32,
    },
    /// An address has a name, which the text is.
    Address(IpAddr),
}

/// The name of a device: copied, so that events stay plain values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeviceName {
    bytes: [u8; MAX_DEVICE_NAME],
    len: u8,
}

impl DeviceName {
    /// A name, cut to [`MAX_DEVICE_NAME`]; none when it holds anything but letters, digits and `_-.`.
    pub fn new(name: &[u8]) -> Option<Self> {
        let name = name.get(..MAX_DEVICE_NAME).unwrap_or(name);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        if name.is_empty() || !name.iter().all(plain) {
            return None;
        }
        let mut bytes = [0; MAX_DEVICE_NAME];
        bytes[..name.len()].copy_from_slice(name);
        Some(Self { bytes, len: name.len() as u8 })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        // Only ASCII gets in.
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl std::fmt::Debug for DeviceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(f)
    }
}
