//! The shortcut for the packets that nearly all captures consist of: TCP or UDP in an unfragmented IPv4
//! packet without options, on Ethernet.
//!
//! One look at headers of fixed size in place of five layers that each hand a result to the next: about a
//! third of the time. It takes nothing that the layers would read otherwise, which a property test checks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::tunnel::VXLAN_PORT;
use super::{Segment, Tcp, TcpFlags, Transport, Udp};
use crate::capture::Packet;

const ETHERNET_HEADER: usize = 14;
const IPV4_AT: usize = ETHERNET_HEADER;
const IPV4_HEADER: usize = 20;
const TRANSPORT_AT: usize = IPV4_AT + IPV4_HEADER;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;
const UDP_HEADERS: usize = TRANSPORT_AT + UDP_HEADER;
const TCP_HEADERS: usize = TRANSPORT_AT + TCP_HEADER;

const ETHERTYPE_IPV4: [u8; 2] = [0x08, 0x00];
/// Version 4, a header of five words.
const VERSION_AND_LENGTH: u8 = 0x45;
/// "Don't fragment" may be set, no other flag and no offset.
const FRAGMENT_BITS: u16 = 0xbfff;
const PROTOCOL_TCP: u8 = 6;
const PROTOCOL_UDP: u8 = 17;

/// The segment of a plain packet; `None` for any other, which the layers must look at.
#[inline(always)]
pub(super) fn plain<'a>(packet: &Packet<'a>) -> Option<Segment<'a>> {
    let headers = packet.captured.first_chunk::<UDP_HEADERS>()?;
    let total = usize::from(u16::from_be_bytes([headers[IPV4_AT + 2], headers[IPV4_AT + 3]]));
    let fragment = u16::from_be_bytes([headers[IPV4_AT + 6], headers[IPV4_AT + 7]]);
    let is_plain = [headers[12], headers[13]] == ETHERTYPE_IPV4
        && headers[IPV4_AT] == VERSION_AND_LENGTH
        && fragment & FRAGMENT_BITS == 0
        && total >= IPV4_HEADER + UDP_HEADER;
    if !is_plain {
        return None;
    }
    let end = IPV4_AT + total;
    // A packet cut off by the snap length is not plain.
    let bytes = packet.captured.get(..end)?;
    let transport = match headers[IPV4_AT + 9] {
        PROTOCOL_TCP => Transport::Tcp(tcp(bytes)?),
        PROTOCOL_UDP => Transport::Udp(udp(bytes, headers)?),
        _ => return None,
    };
    let address = |at: usize, port_at: usize| {
        let ip = Ipv4Addr::new(headers[at], headers[at + 1], headers[at + 2], headers[at + 3]);
        SocketAddr::new(IpAddr::V4(ip), u16::from_be_bytes([headers[port_at], headers[port_at + 1]]))
    };
    Some(Segment {
        time: packet.time,
        packet: packet.number,
        src: address(IPV4_AT + 12, TRANSPORT_AT),
        dst: address(IPV4_AT + 16, TRANSPORT_AT + 2),
        transport,
    })
}

#[inline(always)]
fn tcp(bytes: &[u8]) -> Option<Tcp<'_>> {
    let headers = bytes.first_chunk::<TCP_HEADERS>()?;
    let word =
        |at: usize| u32::from_be_bytes([headers[at], headers[at + 1], headers[at + 2], headers[at + 3]]);
    let header_len = usize::from(headers[TRANSPORT_AT + 12] >> 4) * 4;
    if header_len < TCP_HEADER {
        return None;
    }
    Some(Tcp {
        seq: word(TRANSPORT_AT + 4),
        ack: word(TRANSPORT_AT + 8),
        flags: TcpFlags(headers[TRANSPORT_AT + 13]),
        payload: bytes.get(TRANSPORT_AT + header_len..)?,
        uncaptured: 0,
    })
}

#[inline(always)]
fn udp<'a>(bytes: &'a [u8], headers: &[u8; UDP_HEADERS]) -> Option<Udp<'a>> {
    let length = usize::from(u16::from_be_bytes([headers[TRANSPORT_AT + 4], headers[TRANSPORT_AT + 5]]));
    let port = u16::from_be_bytes([headers[TRANSPORT_AT + 2], headers[TRANSPORT_AT + 3]]);
    if length < UDP_HEADER || port == VXLAN_PORT {
        return None;
    }
    Some(Udp {
        payload: bytes.get(UDP_HEADERS..TRANSPORT_AT + length)?,
        uncaptured: 0,
        traffic_class: headers[IPV4_AT + 1],
    })
}
