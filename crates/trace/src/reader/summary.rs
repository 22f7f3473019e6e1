//! What a reading came to, so that nobody need believe more than the capture can tell.

use std::collections::BTreeMap;

use crate::capture::{CaptureError, CaptureTally, LinkType};
use crate::packet::Skip;
use crate::shape::NotSccp;
use crate::stream::StreamTally;

/// How many unknown link types are told apart; those beyond are counted together.
pub const MAX_LINK_TYPES_NAMED: usize = 16;

/// How a reading ended.
#[derive(Debug)]
#[must_use]
pub enum Ending {
    /// At the end of the capture.
    Complete,
    /// The capture breaks off within a record; everything before it was read.
    Truncated {
        /// Where the incomplete record begins.
        offset: u64,
        /// Number of the last whole packet.
        packet: u64,
        /// Bytes that the record needs, as far as known.
        wanted: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The capture is damaged and cannot be read further.
    Damaged(CaptureError),
    /// The sink had enough.
    Stopped,
}

impl From<CaptureError> for Ending {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Truncated { offset, packet, wanted, found } => {
                Self::Truncated { offset, packet, wanted, found }
            }
            error => Self::Damaged(error),
        }
    }
}

/// What the packets were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PacketTally {
    /// UDP datagrams.
    pub datagrams: u64,
    /// Fragments that waited for others.
    pub fragments: u64,
    /// Neither IPv4 nor IPv6.
    pub not_ip: u64,
    /// IP, but neither TCP nor UDP.
    pub other_transport: u64,
    /// Cut off within their headers.
    pub cut_off: u64,
    /// Headers that contradict themselves, fragments that fit nowhere, too many layers.
    pub malformed: u64,
    /// Link types that are not read, by number.
    pub unknown_links: BTreeMap<LinkType, u64>,
    /// Packets of more unknown link types than [`MAX_LINK_TYPES_NAMED`].
    pub more_unknown_links: u64,
}

/// What the TCP connections were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowTally {
    /// Frames found.
    pub frames: u64,
    /// SCCP connections.
    pub sccp: u64,
    /// TCP connections with data that were not SCCP.
    pub other: u64,
    /// Those of them on SCCP's own ports, by reason.
    pub refused: BTreeMap<NotSccp, u64>,
    /// Gaps in SCCP connections.
    pub gaps: u64,
    /// Bytes in them.
    pub missing_bytes: u64,
    /// Places where a header should be and was not.
    pub bad_headers: u64,
    /// Times that the next frame was found again.
    pub resynchronised: u64,
    /// Bytes passed over for that.
    pub skipped_bytes: u64,
    /// Bytes of frames that broke off.
    pub abandoned_bytes: u64,
}

/// What a reading came to.
#[derive(Debug)]
#[must_use]
pub struct Summary {
    /// How it ended.
    pub ending: Ending,
    /// What the capture file held.
    pub capture: CaptureTally,
    /// What the packets were.
    pub packets: PacketTally,
    /// Datagrams given up because fragments were missing.
    pub fragments_given_up: u64,
    /// What the TCP segments were.
    pub streams: StreamTally,
    /// What the TCP connections were.
    pub flows: FlowTally,
}

impl Summary {
    /// Whether all that the capture holds was read, and no SCCP byte is missing from it.
    pub fn is_whole(&self) -> bool {
        let flows = &self.flows;
        matches!(self.ending, Ending::Complete)
            && flows.missing_bytes + flows.skipped_bytes + flows.abandoned_bytes == 0
            && self.capture.oversized + self.capture.dropped_by_capture + self.streams.evicted == 0
    }
}

impl PacketTally {
    #[cold]
    pub(super) fn count(&mut self, skip: Skip) {
        match skip {
            Skip::NotIp => self.not_ip += 1,
            Skip::OtherTransport(_) => self.other_transport += 1,
            Skip::CutOff => self.cut_off += 1,
            Skip::Malformed | Skip::TooDeep | Skip::BadFragment => self.malformed += 1,
            Skip::UnknownLink(link) => self.count_link(link),
        }
    }

    fn count_link(&mut self, link: LinkType) {
        let full = self.unknown_links.len() >= MAX_LINK_TYPES_NAMED;
        if full && !self.unknown_links.contains_key(&link) {
            self.more_unknown_links += 1;
        } else {
            *self.unknown_links.entry(link).or_default() += 1;
        }
    }
}
