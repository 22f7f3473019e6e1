//! A frame's header, and what makes one plausible.

use super::search::MAX_PLAUSIBLE_LENGTH;
use super::{Frame, MAX_FRAME_LENGTH, MAX_HEADER_VERSION};

/// Length, header version, message id.
pub const HEADER_LEN: usize = 12;

/// Length and header version are not counted in the length word.
const NOT_COUNTED: usize = 8;
/// A message has at least its id.
const MIN_LENGTH: u32 = 4;

/// Header versions that phones and call managers use: none, or the protocol's.
const VERSIONS: std::ops::RangeInclusive<u32> = 10..=22;

/// The three words in front of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes after the header version: the id and the body.
    pub length: u32,
    /// Header version.
    pub version: u32,
    /// Message id.
    pub id: u32,
}

/// Who sends in one direction of a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// Not known, or a message that both sides send.
    #[default]
    Unknown,
    /// The phone, gateway or media resource.
    Phone,
    /// The call manager.
    Server,
}

impl Header {
    /// Reads the three words.
    #[inline]
    pub fn read(bytes: &[u8; HEADER_LEN]) -> Self {
        let [l0, l1, l2, l3, v0, v1, v2, v3, i0, i1, i2, i3] = *bytes;
        Self {
            length: u32::from_le_bytes([l0, l1, l2, l3]),
            version: u32::from_le_bytes([v0, v1, v2, v3]),
            id: u32::from_le_bytes([i0, i1, i2, i3]),
        }
    }

    /// How long the whole frame is.
    #[inline]
    pub fn frame_len(self) -> usize {
        self.length as usize + NOT_COUNTED
    }

    /// Whether a frame may look so where one is expected. Ids are not looked at: new ones must survive.
    #[inline]
    pub fn is_acceptable(self) -> bool {
        (MIN_LENGTH..=MAX_FRAME_LENGTH).contains(&self.length) && self.version <= MAX_HEADER_VERSION
    }

    /// Whether one may believe that this is a header, found anywhere, of a message that `origin` sends.
    #[inline]
    pub fn is_plausible(self, origin: Origin) -> bool {
        (MIN_LENGTH..=MAX_PLAUSIBLE_LENGTH).contains(&self.length)
            && (self.version == 0 || VERSIONS.contains(&self.version))
            && self.is_known_id()
            && (origin == Origin::Unknown || [Origin::Unknown, origin].contains(&self.origin()))
    }

    fn is_known_id(self) -> bool {
        matches!(self.id, 0x0000..=0x0160 | 0x8000 | 0x8100 | 0x8101 | 0xff00..=0xff04)
    }

    /// Who sends a message with this id.
    pub fn origin(self) -> Origin {
        match self.id {
            0x0000..=0x0080 | 0x8000 | 0xff00 => Origin::Phone,
            0x0127 | 0x0128 => Origin::Unknown,
            0x0124 | 0x012a | 0x012b | 0x012d | 0x012e | 0x0141 => Origin::Phone,
            0x0154 | 0x0155 | 0x0157 | 0x0159 | 0x015a | 0x015e => Origin::Phone,
            0x0081..=0x0160 | 0x8100 | 0x8101 => Origin::Server,
            _ => Origin::Unknown,
        }
    }

    /// The frame of this header, at the front of `bytes`.
    #[inline]
    pub(super) fn frame(self, offset: u64, bytes: &[u8]) -> Frame<'_> {
        let body = bytes.get(HEADER_LEN..).unwrap_or_default();
        Frame { offset, header_version: self.version, id: self.id, body }
    }
}
