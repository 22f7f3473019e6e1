//! From a captured packet to the TCP or UDP segment in it.
//!
//! Link layers, VLAN tags, IPv4 and IPv6 with options and extension headers, fragments, and the tunnels in
//! which mirror ports deliver packets. All is read with slices of fixed size and nothing is copied, but for
//! fragments, which wait in a bounded table. Checksums are not verified: a capture taken on the sending
//! machine has none.

mod fragment;
mod ip;
mod link;
mod plain;
#[cfg(test)]
mod tests;
mod transport;
mod tunnel;
mod wifi;

use std::net::SocketAddr;

use crate::Timestamp;
use crate::capture::{LinkType, Packet};
use fragment::{Fragment, FragmentTable};

pub use fragment::{FRAGMENT_WAIT_NANOS, MAX_FRAGMENTED_DATAGRAMS, MAX_FRAGMENTS};
pub use ip::MAX_EXTENSION_HEADERS;
pub use link::MAX_TAGS;
pub use tunnel::MAX_TUNNELS;

/// One transport segment, borrowed from its packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// When its packet was captured.
    pub time: Timestamp,
    /// Number of its packet (of the last one, when it came in fragments).
    pub packet: u64,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// What it carries.
    pub transport: Transport<'a>,
}

/// TCP or UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport<'a> {
    /// A TCP segment.
    Tcp(Tcp<'a>),
    /// A UDP datagram.
    Udp(Udp<'a>),
}

/// A TCP segment's header, as far as reassembly needs it, and its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tcp<'a> {
    /// Sequence number of the first payload byte (of the SYN, when there is one).
    pub seq: u32,
    /// The next sequence number expected from the other side; only with [`TcpFlags::ack`].
    pub ack: u32,
    /// The flag bits.
    pub flags: TcpFlags,
    /// Payload as captured.
    pub payload: &'a [u8],
    /// Payload bytes that were sent but cut off by the capture's snap length.
    pub uncaptured: u32,
}

/// A UDP datagram's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Udp<'a> {
    /// Payload as captured.
    pub payload: &'a [u8],
    /// Payload bytes that were sent but cut off by the capture's snap length.
    pub uncaptured: u32,
    /// Type of service (IPv4) or traffic class (IPv6): DSCP in its upper six bits.
    pub traffic_class: u8,
}

/// The flag bits of a TCP header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// Finished sending.
    pub const FIN: u8 = 0x01;
    /// Opens a connection.
    pub const SYN: u8 = 0x02;
    /// Aborts a connection.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// The acknowledgement number is valid.
    pub const ACK: u8 = 0x10;

    /// Whether the sender has finished.
    pub fn fin(self) -> bool {
        self.0 & Self::FIN != 0
    }

    /// Whether this opens a connection.
    pub fn syn(self) -> bool {
        self.0 & Self::SYN != 0
    }

    /// Whether this aborts a connection.
    pub fn rst(self) -> bool {
        self.0 & Self::RST != 0
    }

    /// Whether the acknowledgement number is valid.
    pub fn ack(self) -> bool {
        self.0 & Self::ACK != 0
    }
}

/// Why a packet gives no segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skip {
    /// A link type that is not read.
    UnknownLink(LinkType),
    /// Neither IPv4 nor IPv6: ARP, CDP, spanning tree.
    NotIp,
    /// IP, but neither TCP nor UDP: the protocol number.
    OtherTransport(u8),
    /// Cut off within its headers by the snap length.
    CutOff,
    /// A header that contradicts itself.
    Malformed,
    /// More tags, extension headers or tunnels inside each other than the limits allow.
    TooDeep,
    /// A fragment within a fragment, or one that could never be whole.
    BadFragment,
}

/// What a packet turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A whole TCP or UDP segment.
    Segment(Segment<'a>),
    /// A fragment, kept until the others come.
    FragmentKept,
    /// Several packets in one, an A-MSDU of 802.11: [`parts`] tells them apart, [`Decoder::decode_part`] decodes each.
    Several,
    /// Nothing for us.
    Skipped(Skip),
}

/// The packets in one, when they are [`Decoded::Several`].
pub fn parts<'a>(packet: &Packet<'a>) -> Parts<'a> {
    match link::link(packet.link, packet.captured) {
        Found::Several(parts) => parts,
        _ => Parts(&[]),
    }
}

/// The packets in an A-MSDU, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a>(&'a [u8]);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let (part, rest) = wifi::part(self.0)?;
        self.0 = rest;
        Some(Part(part))
    }
}

/// Decodes packets; holds the fragments that wait for their others.
#[derive(Debug, Default)]
pub struct Decoder {
    fragments: FragmentTable,
}

/// What the layers below hand up to each other.
enum Found<'a> {
    Segment { src: SocketAddr, dst: SocketAddr, transport: Transport<'a> },
    Fragment(Fragment<'a>),
    Several(Parts<'a>),
    Skip(Skip),
}

impl Decoder {
    /// A decoder with no fragments waiting.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the segment in `packet`.
    #[inline]
    pub fn decode<'a>(&'a mut self, packet: &Packet<'a>) -> Decoded<'a> {
        if packet.link == LinkType::ETHERNET
            && let Some(segment) = plain::plain(packet)
        {
            return Decoded::Segment(segment);
        }
        self.decode_layers(packet)
    }

    /// The long way, through each layer.
    fn decode_layers<'a>(&'a mut self, packet: &Packet<'a>) -> Decoded<'a> {
        self.found(link::link(packet.link, packet.captured), packet)
    }

    /// Finds the segment in one of several packets that came in one.
    pub fn decode_part<'a>(&'a mut self, Part(bytes): Part<'a>, packet: &Packet<'a>) -> Decoded<'a> {
        self.found(wifi::payload(bytes), packet)
    }

    fn found<'a>(&'a mut self, found: Found<'a>, packet: &Packet<'a>) -> Decoded<'a> {
        match found {
            Found::Fragment(fragment) => self.reassemble(fragment, packet),
            found => found.decoded(packet),
        }
    }

    /// Datagrams given up because their fragments never came or the table was full.
    pub fn fragments_given_up(&self) -> u64 {
        self.fragments.given_up()
    }

    #[cold]
    fn reassemble<'a>(&'a mut self, fragment: Fragment<'a>, packet: &Packet<'a>) -> Decoded<'a> {
        let whole = match self.fragments.add(&fragment, packet.time) {
            Ok(Some(whole)) => whole,
            Ok(None) => return Decoded::FragmentKept,
            Err(skip) => return Decoded::Skipped(skip),
        };
        transport::transport(whole).decoded(packet)
    }
}

impl<'a> Found<'a> {
    /// What this makes of a packet. A fragment here is one within a fragment: that goes too far.
    fn decoded(self, packet: &Packet<'_>) -> Decoded<'a> {
        match self {
            Found::Segment { src, dst, transport } => {
                Decoded::Segment(Segment { time: packet.time, packet: packet.number, src, dst, transport })
            }
            Found::Several(_) => Decoded::Several,
            Found::Skip(skip) => Decoded::Skipped(skip),
            Found::Fragment(_) => Decoded::Skipped(Skip::BadFragment),
        }
    }
}
