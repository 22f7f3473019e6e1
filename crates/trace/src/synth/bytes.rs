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
    let mut packet = Vec::with_capacity(40 + payload.len());
    put_ip_header(&mut packet, src, dst, protocol, payload.len());
    packet.extend_from_slice(payload);
    packet
}

fn put_ip_header(out: &mut Vec<u8>, src: IpAddr, dst: IpAddr, protocol: u8, payload_len: usize) {
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let mut header = [0u8; 20];
            header[0] = 0x45;
            header[2..4].copy_from_slice(&((20 + payload_len) as u16).to_be_bytes());
            header[6] = 0x40;
            header[8] = HOP_LIMIT;
            header[9] = protocol;
            header[12..16].copy_from_slice(&src.octets());
            header[16..20].copy_from_slice(&dst.octets());
            let sum = !folded(words(&header));
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            out.extend_from_slice(&header);
        }
        (src, dst) => {
            let mut header = [0u8; 40];
            header[0] = 0x60;
            header[4..6].copy_from_slice(&(payload_len as u16).to_be_bytes());
            header[6] = protocol;
            header[7] = HOP_LIMIT;
            header[8..24].copy_from_slice(&octets(src));
            header[24..40].copy_from_slice(&octets(dst));
            out.extend_from_slice(&header);
        }
    }
}

/// Sets the type of service or traffic class of an IP packet in an Ethernet frame.
pub(super) fn set_class(frame: &mut [u8], class: u8) {
    let Some(ip) = frame.get_mut(14..).filter(|ip| ip.len() >= 20) else { return };
    if ip[0] >> 4 == 6 {
        ip[0] = 0x60 | class >> 4;
        ip[1] = class << 4;
        return;
    }
    ip[1] = class;
    ip[10..12].fill(0);
    let sum = !folded(words(&ip[..20]));
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
}

/// A TCP segment.
pub fn tcp(src: SocketAddr, dst: SocketAddr, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    [&tcp_header(src, dst, (seq, ack), flags, payload), payload].concat()
}

/// Appends a whole Ethernet frame with a TCP segment, without a buffer in between: for who writes many.
pub fn tcp_frame(
    out: &mut Vec<u8>,
    (src, dst): (SocketAddr, SocketAddr),
    (seq, ack): (u32, u32),
    flags: u8,
    payload: &[u8],
) {
    let is_ipv4 = src.is_ipv4() && dst.is_ipv4();
    out.extend_from_slice(&MAC_TO);
    out.extend_from_slice(&MAC_FROM);
    out.extend_from_slice(if is_ipv4 { &ETHERTYPE_IPV4 } else { &ETHERTYPE_IPV6 });
    put_ip_header(out, src.ip(), dst.ip(), PROTOCOL_TCP, TCP_HEADER + payload.len());
    let header = tcp_header(src, dst, (seq, ack), flags, payload);
    out.extend_from_slice(&header);
    out.extend_from_slice(payload);
}

const TCP_HEADER: usize = 20;

fn tcp_header(
    src: SocketAddr,
    dst: SocketAddr,
    (seq, ack): (u32, u32),
    flags: u8,
    payload: &[u8],
) -> [u8; TCP_HEADER] {
    let mut header = [0u8; TCP_HEADER];
    header[0..2].copy_from_slice(&src.port().to_be_bytes());
    header[2..4].copy_from_slice(&dst.port().to_be_bytes());
    header[4..8].copy_from_slice(&seq.to_be_bytes());
    header[8..12].copy_from_slice(&ack.to_be_bytes());
    header[12] = 5 << 4;
    header[13] = flags;
    header[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
    let sum = transport_checksum(src.ip(), dst.ip(), PROTOCOL_TCP, &header, payload);
    header[16..18].copy_from_slice(&sum.to_be_bytes());
    header
}

/// A UDP datagram.
pub fn udp(src: SocketAddr, dst: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let mut header = [0u8; 8];
    header[0..2].copy_from_slice(&src.port().to_be_bytes());
    header[2..4].copy_from_slice(&dst.port().to_be_bytes());
    header[4..6].copy_from_slice(&((8 + payload.len()) as u16).to_be_bytes());
    // A sum of 0 would say that there is none.
    let sum = match transport_checksum(src.ip(), dst.ip(), PROTOCOL_UDP, &header, payload) {
        0 => u16::MAX,
        sum => sum,
    };
    header[6..8].copy_from_slice(&sum.to_be_bytes());
    [&header, payload].concat()
}

/// The Internet checksum (RFC 1071) over the addresses, the protocol and the segment, whose header is of an
/// even length.
fn transport_checksum(src: IpAddr, dst: IpAddr, protocol: u8, header: &[u8], payload: &[u8]) -> u16 {
    let addresses = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => words(&src.octets()) + words(&dst.octets()),
        (src, dst) => words(&octets(src)) + words(&octets(dst)),
    };
    let length = (header.len() + payload.len()) as u64;
    !folded(addresses + u64::from(protocol) + length + words(header) + words(payload))
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The sum of the words of 16 bits, an odd byte at the end being the upper half of one. Taken four bytes at a
/// time: folding adds the halves.
fn words(bytes: &[u8]) -> u64 {
    let (fours, rest) = bytes.as_chunks::<4>();
    let sum: u64 = fours.iter().map(|four| u64::from(u32::from_be_bytes(*four))).sum();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    sum + u64::from(u32::from_be_bytes(last))
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
