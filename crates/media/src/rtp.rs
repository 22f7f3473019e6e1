//! RTP packets (RFC 3550 5.1): reading, writing, and what a sender counts.
//!
//! Parsing and writing rest on crate `rtp-types` (MIT or Apache-2.0): it borrows the packet, allocates nothing
//! on these paths, and checks CSRC list, extension and padding against the packet's length. [`Packet`] is a flat
//! view on top, because its borrows must outlive the parser. Not for RTCP: see [`is_rtcp`] to tell it apart.

use rtp_types::{RtpPacket, RtpPacketBuilder, RtpParseError};

/// Bytes of a header with neither CSRC list nor extension (RFC 3550 5.1).
pub const HEADER_BYTES: usize = 12;

/// Largest packet that is read or written, in bytes: one Ethernet frame's worth.
pub const PACKET_BYTES_MAX: usize = 1500;

/// Longest packet time, in milliseconds (RFC 3551 4.2: a receiver takes 0 to 200 ms).
pub const PACKET_MS_MAX: u32 = 200;

/// Highest payload type: it has 7 bits.
pub const PAYLOAD_TYPE_MAX: u8 = 127;

/// Why bytes are not an RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The version field is not 2: another protocol, or noise.
    #[error("RTP version {0}, not 2")]
    Version(u8),
    /// The header speaks of more bytes than there are.
    #[error("RTP packet of {have} bytes, its header needs {need}")]
    Short {
        /// What the header needs, in bytes.
        need: usize,
        /// What there is, in bytes.
        have: usize,
    },
    /// The padding count is zero (RFC 3550 5.1: it counts itself).
    #[error("RTP padding count {0}")]
    Padding(u8),
    /// Longer than [`PACKET_BYTES_MAX`].
    #[error("RTP packet of {0} bytes, more than {PACKET_BYTES_MAX}")]
    Long(usize),
}

/// Why a packet could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The caller's buffer is too small.
    #[error("RTP packet needs {need} bytes, the buffer has {have}")]
    Room {
        /// What the packet needs, in bytes.
        need: usize,
        /// What the buffer has, in bytes.
        have: usize,
    },
    /// Payload types have 7 bits.
    #[error("RTP payload type {0}, more than {PAYLOAD_TYPE_MAX}")]
    PayloadType(u8),
    /// Longer than [`PACKET_BYTES_MAX`].
    #[error("RTP packet of {0} bytes, more than {PACKET_BYTES_MAX}")]
    Long(usize),
}

/// The fixed header (RFC 3550 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// First packet of a talkspurt for audio (RFC 3551 4.1), start of an event for RFC 4733.
    pub marker: bool,
    /// 7 bits; see [`crate::codec::CodecKind`].
    pub payload_type: u8,
    /// Grows by one with each packet and wraps.
    pub sequence: u16,
    /// In ticks of the payload's RTP clock, wraps.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
}

/// A packet as it lies in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// The CSRC list as it lies there, four bytes each (mixers fill it).
    pub csrc: &'a [u8],
    /// Extension: its profile number and its data (RFC 3550 5.3.1).
    pub extension: Option<(u16, &'a [u8])>,
    /// What is carried, without padding.
    pub payload: &'a [u8],
    /// Padding bytes that were cut off, the count itself included.
    pub padding: u8,
}

impl<'a> Packet<'a> {
    /// Reads one packet.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        if bytes.len() > PACKET_BYTES_MAX {
            return Err(ParseError::Long(bytes.len()));
        }
        let parsed = RtpPacket::parse(bytes)?;
        let payload_at = parsed.payload_offset();
        let csrc_end = HEADER_BYTES + 4 * usize::from(parsed.n_csrcs());
        let part = |from: usize, len: usize| bytes.get(from..from + len).unwrap_or(&[]);
        let extension =
            parsed.extension().map(|(profile, data)| (profile, part(payload_at - data.len(), data.len())));
        Ok(Self {
            header: Header {
                marker: parsed.marker_bit(),
                payload_type: parsed.payload_type(),
                sequence: parsed.sequence_number(),
                timestamp: parsed.timestamp(),
                ssrc: parsed.ssrc(),
            },
            csrc: part(HEADER_BYTES, csrc_end - HEADER_BYTES),
            extension,
            payload: part(payload_at, parsed.payload_len()),
            padding: parsed.padding().unwrap_or(0),
        })
    }

    /// The contributing sources, in their order.
    pub fn contributors(&self) -> impl Iterator<Item = u32> + 'a {
        self.csrc.chunks_exact(4).map(|four| four.iter().fold(0, |word, &byte| word << 8 | u32::from(byte)))
    }
}

impl From<RtpParseError> for ParseError {
    fn from(error: RtpParseError) -> Self {
        match error {
            RtpParseError::UnsupportedVersion(version) => Self::Version(version),
            RtpParseError::Truncated { expected, actual } => Self::Short { need: expected, have: actual },
            RtpParseError::PaddingInvalid(count) => Self::Padding(count),
        }
    }
}

impl Header {
    /// Writes header and payload to the start of `out`; yields the packet's length in bytes.
    pub fn write(&self, payload: &[u8], out: &mut [u8]) -> Result<usize, WriteError> {
        let need = HEADER_BYTES + payload.len();
        if self.payload_type > PAYLOAD_TYPE_MAX {
            return Err(WriteError::PayloadType(self.payload_type));
        }
        if need > PACKET_BYTES_MAX {
            return Err(WriteError::Long(need));
        }
        let have = out.len();
        RtpPacketBuilder::<&[u8], &[u8]>::new()
            .marker_bit(self.marker)
            .payload_type(self.payload_type)
            .sequence_number(self.sequence)
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(payload)
            .write_into(out)
            .map_err(|_| WriteError::Room { need, have })
    }
}

/// True where a datagram on a shared port is RTCP (RFC 5761 4: packet types 192 to 223 stand where RTP has
/// marker and payload type).
pub fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, kind, ..] if first >> 6 == 2 && (192..=223).contains(kind))
}

/// Ticks of a clock in a packet time; nothing where a value is outside its limits or does not fit whole ticks.
pub fn ticks_per_packet(clock_hz: u32, packet_ms: u32) -> Option<u32> {
    let ticks = clock_hz.checked_mul(packet_ms)?;
    let sane = (1..=PACKET_MS_MAX).contains(&packet_ms) && ticks >= 1000 && ticks.is_multiple_of(1000);
    sane.then_some(ticks / 1000)
}

/// The sending half of a stream: which sequence number, timestamp and marker come next.
///
/// SSRC, first sequence number and first timestamp are the caller's to choose at random (RFC 3550 5.1, 8.1).
#[derive(Debug, Clone)]
pub struct Sender {
    next: Header,
    ticks_per_packet: u32,
    packets: u64,
    payload_bytes: u64,
}

impl Sender {
    /// A stream that starts with `first`; its marker is set for the first packet, whatever `first` says.
    /// `ticks_per_packet` comes from [`ticks_per_packet`].
    pub fn new(first: Header, ticks_per_packet: u32) -> Self {
        Self { next: Header { marker: true, ..first }, ticks_per_packet, packets: 0, payload_bytes: 0 }
    }

    /// Writes the next audio packet into `out`; yields its length in bytes. Where that fails, nothing is counted.
    pub fn packet(&mut self, payload: &[u8], out: &mut [u8]) -> Result<usize, WriteError> {
        let len = self.next.write(payload, out)?;
        self.sent(payload.len());
        self.next.marker = false;
        self.next.timestamp = self.next.timestamp.wrapping_add(self.ticks_per_packet);
        Ok(len)
    }

    /// Writes a packet of another payload type in the same sequence, with a timestamp of its own, such as a
    /// telephone event, whose packets all carry the timestamp of its start (RFC 4733 2.2).
    pub fn event(&mut self, event: EventHeader, payload: &[u8], out: &mut [u8]) -> Result<usize, WriteError> {
        let header = Header {
            marker: event.marker,
            payload_type: event.payload_type,
            timestamp: event.timestamp,
            ..self.next
        };
        let len = header.write(payload, out)?;
        self.sent(payload.len());
        Ok(len)
    }

    /// One packet time in which nothing is sent; the next audio packet starts a talkspurt (RFC 3551 4.1).
    pub fn pause(&mut self) {
        self.next.timestamp = self.next.timestamp.wrapping_add(self.ticks_per_packet);
        self.next.marker = true;
    }

    /// Another codec or packet time from the next packet on; sequence and timestamp go on.
    pub fn change(&mut self, payload_type: u8, ticks_per_packet: u32) {
        self.next.payload_type = payload_type;
        self.ticks_per_packet = ticks_per_packet;
        self.next.marker = true;
    }

    /// Timestamp of the next audio packet.
    pub fn timestamp(&self) -> u32 {
        self.next.timestamp
    }

    /// Ticks that a packet covers.
    pub fn ticks(&self) -> u32 {
        self.ticks_per_packet
    }

    /// The stream's SSRC.
    pub fn ssrc(&self) -> u32 {
        self.next.ssrc
    }

    /// Packets sent so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Payload bytes sent so far, without headers (RFC 3550 6.4.1, sender's octet count).
    pub fn payload_bytes(&self) -> u64 {
        self.payload_bytes
    }

    fn sent(&mut self, payload_bytes: usize) {
        self.next.sequence = self.next.sequence.wrapping_add(1);
        self.packets += 1;
        self.payload_bytes += payload_bytes as u64;
    }
}

/// What sets a packet of [`Sender::event`] apart from the audio around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventHeader {
    /// Set on an event's first packet (RFC 4733 2.5.1.1).
    pub marker: bool,
    /// Negotiated; Cisco phones use 101.
    pub payload_type: u8,
    /// Start of the event on the audio's clock.
    pub timestamp: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> Header {
        Header { payload_type: 0, sequence: 0xFFFF, timestamp: u32::MAX - 159, ssrc: 7, marker: false }
    }

    #[test]
    fn a_sender_counts_wraps_and_marks_talkspurts() {
        let mut sender = Sender::new(first(), 160);
        let mut out = [0; 200];
        let mut seen = Vec::new();
        for step in 0..5 {
            if step == 3 {
                sender.pause();
                continue;
            }
            let len = sender.packet(&[step; 160], &mut out).unwrap();
            let header = Packet::parse(&out[..len]).unwrap().header;
            seen.push((header.sequence, header.timestamp, header.marker));
        }
        assert_eq!(seen, [(0xFFFF, u32::MAX - 159, true), (0, 0, false), (1, 160, false), (2, 480, true)]);
        assert_eq!((sender.packets(), sender.payload_bytes()), (4, 640));
    }

    #[test]
    fn events_share_the_sequence_but_not_the_timestamp() {
        let mut sender = Sender::new(first(), 160);
        let mut out = [0; 200];
        let event = EventHeader { marker: true, payload_type: 101, timestamp: 5 };
        let len = sender.event(event, &[1, 2, 3, 4], &mut out).unwrap();
        let packet = Packet::parse(&out[..len]).unwrap();
        assert_eq!(packet.header, Header { marker: true, payload_type: 101, timestamp: 5, ..first() });
        assert_eq!((sender.timestamp(), packet.payload), (u32::MAX - 159, &[1, 2, 3, 4][..]));
    }

    #[test]
    fn csrc_extension_and_padding_are_cut_off() {
        let mut bytes = vec![0b1011_0010, 0x80 | 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        bytes.extend([0, 0, 0, 10, 0, 0, 0, 11]);
        bytes.extend([0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
        bytes.extend([1, 2, 3, 0, 2]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.contributors().collect::<Vec<_>>(), [10, 11]);
        assert_eq!(packet.extension, Some((0xBEDE, &[9, 9, 9, 9][..])));
        assert_eq!((packet.payload, packet.padding), (&[1, 2, 3][..], 2));
    }

    #[test]
    fn what_is_no_packet_is_named() {
        assert!(matches!(Packet::parse(&[0x80; 11]), Err(ParseError::Short { .. })));
        assert_eq!(Packet::parse(&[0x40; 12]), Err(ParseError::Version(1)));
        assert_eq!(Packet::parse(&[0x80; 1501]), Err(ParseError::Long(1501)));
        let full = first().write(&[0; 160], &mut [0; 171]);
        assert_eq!(full, Err(WriteError::Room { need: 172, have: 171 }));
        let wrong = Header { payload_type: 128, ..first() }.write(&[], &mut [0; 12]);
        assert_eq!(wrong, Err(WriteError::PayloadType(128)));
        assert!(is_rtcp(&[0x80, 200, 0, 6]) && !is_rtcp(&[0x80, 0x80, 0, 6]) && !is_rtcp(&[]));
    }

    #[test]
    fn ticks_are_whole_and_bounded() {
        assert_eq!(ticks_per_packet(8000, 20), Some(160));
        assert_eq!(ticks_per_packet(44_100, 20), Some(882));
        assert_eq!(ticks_per_packet(44_100, 1), None);
        assert_eq!(ticks_per_packet(8000, 0), None);
        assert_eq!(ticks_per_packet(u32::MAX, 200), None);
    }
}
