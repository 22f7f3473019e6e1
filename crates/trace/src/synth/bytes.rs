//! Headers, written with their checksums.

use std::net::{IpAddr, SocketAddr};

pub(super) const PROTOCOL_TCP: u8 = 6;
pub(super) const PROTOCOL_UDP: u8 = 17;

const ETHERTYPE_IPV4: [u8; 2] = [0x08, 0x00];
const ETHERTYPE_IPV6: [u8; 2] = [0x86, 0xdd];
/// Addresses of the locally administered kind.
const MAC_TO: [u8; 6] = [0x02, 0, 0, 0, 0, 0x02];
const MAC_FROM: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];
const HOP_LIMIT: u8 = 64;

/// An Ethernet frame around an IP packet.
pub fn ethernet(ip_packet: &[u8]) -> Vec<u8> {
    let is_ipv6 = ip_packet.first().is_some_and(|first| first >> 4 == 6);
    let kind = if is_ipv6 { ETHERTYPE_IPV6 } else { ETHERTYPE_IPV4 };
    [&MAC_TO[..], &MAC_FROM, &kind, ip_packet].concat()
}

/// An IP packet of the addresses' version around a payload; a mixed pair is sent as IPv6.
pub fn ip(src: IpAddr, dst: IpAddr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let mut header = [0u8; 20];
            header[0] = 0x45;
            header[2..4].copy_from_slice(&((20 + payload.len()) as u16).to_be_bytes());
            header[6] = 0x40;
            header[8] = HOP_LIMIT;
            header[9] = protocol;
            header[12..16].copy_from_slice(&src.octets());
            header[16..20].copy_from_slice(&dst.octets());
            let sum = checksum(&[&header]);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            [&header, payload].concat()
        }
        (src, dst) => {
            let mut header = [0u8; 40];
            header[0] = 0x60;
            header[4..6].copy_from_slice(&(payload.len() as u16).to_be_bytes());
            header[6] = protocol;
            header[7] = HOP_LIMIT;
            header[8..24].copy_from_slice(&octets(src));
            header[24..40].copy_from_slice(&octets(dst));
            [&header, payload].concat()
        }
    }
}

/// A TCP segment.
pub fn tcp(src: SocketAddr, dst: SocketAddr, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = [0u8; 20];
    header[0..2].copy_from_slice(&src.port().to_be_bytes());
    header[2..4].copy_from_slice(&dst.port().to_be_bytes());
    header[4..8].copy_from_slice(&seq.to_be_bytes());
    header[8..12].copy_from_slice(&ack.to_be_bytes());
    header[12] = 5 << 4;
    header[13] = flags;
    header[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
    let sum = transport_checksum(src.ip(), dst.ip(), PROTOCOL_TCP, &[&header, payload]);
    header[16..18].copy_from_slice(&sum.to_be_bytes());
    [&header, payload].concat()
}

/// A UDP datagram.
pub fn udp(src: SocketAddr, dst: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let mut header = [0u8; 8];
    header[0..2].copy_from_slice(&src.port().to_be_bytes());
    header[2..4].copy_from_slice(&dst.port().to_be_bytes());
    header[4..6].copy_from_slice(&((8 + payload.len()) as u16).to_be_bytes());
    // A sum of 0 would say that there is none.
    let sum = match transport_checksum(src.ip(), dst.ip(), PROTOCOL_UDP, &[&header, payload]) {
        0 => u16::MAX,
        sum => sum,
    };
    header[6..8].copy_from_slice(&sum.to_be_bytes());
    [&header, payload].concat()
}

/// The checksum over the addresses, the protocol and the segment.
fn transport_checksum(src: IpAddr, dst: IpAddr, protocol: u8, parts: &[&[u8]]) -> u16 {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let tail = [&[0, protocol][..], &(length as u16).to_be_bytes()].concat();
    let addresses = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => [src.octets(), dst.octets()].concat(),
        (src, dst) => [octets(src), octets(dst)].concat(),
    };
    // Each part but the last has an even length, so that they may be summed one by one.
    checksum(&[&[&addresses[..], &tail], parts].concat())
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let sum: u64 = words
        .map(|pair| u64::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()])))
        .sum();
    let mut folded = sum;
    while folded > 0xffff {
        folded = (folded & 0xffff) + (folded >> 16);
    }
    !(folded as u16)
}
