//! IPv4 and IPv6 headers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fragment::Fragment;
use super::transport::transport;
use super::{Found, Skip};

/// IPv6 extension headers in one packet.
pub const MAX_EXTENSION_HEADERS: usize = 16;

const IPV4_HEADER: usize = 20;
const IPV4_MORE_FRAGMENTS: u16 = 0x2000;
const IPV4_FRAGMENT_OFFSET: u16 = 0x1fff;

const IPV6_HOP_BY_HOP: u8 = 0;
const IPV6_ROUTING: u8 = 43;
const IPV6_FRAGMENT: u8 = 44;
const IPV6_AUTHENTICATION: u8 = 51;
const IPV6_DESTINATION: u8 = 60;
const IPV6_MOBILITY: u8 = 135;
const IPV6_HOST_IDENTITY: u8 = 139;
const IPV6_SHIM: u8 = 140;

/// What an IP packet carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Datagram<'a> {
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    pub(super) protocol: u8,
    pub(super) payload: &'a [u8],
    /// Payload bytes that the snap length cut off.
    pub(super) uncaptured: usize,
    /// Type of service, traffic class.
    pub(super) traffic_class: u8,
    /// How many tunnels it came through.
    pub(super) tunnels: usize,
}

/// IP of whichever version the first nibble says.
pub(super) fn ip(bytes: &[u8], tunnels: usize) -> Found<'_> {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => ipv4(bytes, tunnels),
        Some(6) => ipv6(bytes, tunnels),
        Some(_) => Found::Skip(Skip::NotIp),
        None => Found::Skip(Skip::CutOff),
    }
}

pub(super) fn ipv4(bytes: &[u8], tunnels: usize) -> Found<'_> {
    let Some(header) = bytes.first_chunk::<IPV4_HEADER>() else { return Found::Skip(Skip::CutOff) };
    let header_len = usize::from(header[0] & 0x0f) * 4;
    // Segmentation offload leaves a total length of 0: then the packet is as long as captured.
    let total = match u16::from_be_bytes([header[2], header[3]]) {
        0 => bytes.len(),
        total => usize::from(total),
    };
    if header[0] >> 4 != 4 || header_len < IPV4_HEADER || total < header_len {
        return Found::Skip(Skip::Malformed);
    }
    // What is beyond the total length is Ethernet's padding.
    let Some(payload) = bytes.get(header_len..total.min(bytes.len())) else {
        return Found::Skip(Skip::CutOff);
    };
    let datagram = Datagram {
        src: IpAddr::V4(Ipv4Addr::new(header[12], header[13], header[14], header[15])),
        dst: IpAddr::V4(Ipv4Addr::new(header[16], header[17], header[18], header[19])),
        protocol: header[9],
        payload,
        uncaptured: total.saturating_sub(bytes.len()),
        traffic_class: header[1],
        tunnels,
    };
    let fragment = u16::from_be_bytes([header[6], header[7]]);
    if fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET) == 0 {
        return transport(datagram);
    }
    Found::Fragment(Fragment {
        datagram,
        id: u32::from(u16::from_be_bytes([header[4], header[5]])),
        offset: usize::from(fragment & IPV4_FRAGMENT_OFFSET) * 8,
        more: fragment & IPV4_MORE_FRAGMENTS != 0,
    })
}

pub(super) fn ipv6(bytes: &[u8], tunnels: usize) -> Found<'_> {
    let Some((header, rest)) = bytes.split_first_chunk::<40>() else { return Found::Skip(Skip::CutOff) };
    if header[0] >> 4 != 6 {
        return Found::Skip(Skip::Malformed);
    }
    // A length of 0 is a jumbogram or segmentation offload: as long as captured.
    let length = match u16::from_be_bytes([header[4], header[5]]) {
        0 => rest.len(),
        length => usize::from(length),
    };
    let address = |at: usize| {
        let octets: [u8; 16] = header[at..at + 16].try_into().expect("the header has 40 bytes");
        IpAddr::V6(Ipv6Addr::from(octets))
    };
    let datagram = Datagram {
        src: address(8),
        dst: address(24),
        protocol: header[6],
        payload: rest.get(..length.min(rest.len())).unwrap_or_default(),
        uncaptured: length.saturating_sub(rest.len()),
        traffic_class: header[0] << 4 | header[1] >> 4,
        tunnels,
    };
    extensions(datagram)
}

/// Passes over extension headers.
fn extensions(mut datagram: Datagram<'_>) -> Found<'_> {
    for _ in 0..=MAX_EXTENSION_HEADERS {
        let unit = match datagram.protocol {
            IPV6_HOP_BY_HOP | IPV6_ROUTING | IPV6_DESTINATION | IPV6_MOBILITY | IPV6_HOST_IDENTITY
            | IPV6_SHIM => 8,
            IPV6_AUTHENTICATION => 4,
            IPV6_FRAGMENT => match fragment_header(datagram) {
                Ok(next) => {
                    datagram = next;
                    continue;
                }
                Err(found) => return found,
            },
            _ => return transport(datagram),
        };
        let Some(&[next, length]) = datagram.payload.first_chunk::<2>() else {
            return Found::Skip(Skip::CutOff);
        };
        // Authentication headers count words and leave two out, the others eight bytes and leave one out.
        let length = usize::from(length) * unit + 8;
        let Some(rest) = datagram.payload.get(length..) else { return Found::Skip(Skip::CutOff) };
        datagram.protocol = next;
        datagram.payload = rest;
    }
    Found::Skip(Skip::TooDeep)
}

/// `Ok` when the datagram is whole in spite of its fragment header.
fn fragment_header(mut datagram: Datagram<'_>) -> Result<Datagram<'_>, Found<'_>> {
    let Some((&[next, _, high, low, i0, i1, i2, i3], rest)) = datagram.payload.split_first_chunk::<8>()
    else {
        return Err(Found::Skip(Skip::CutOff));
    };
    datagram.protocol = next;
    datagram.payload = rest;
    let word = u16::from_be_bytes([high, low]);
    let (offset, more) = (usize::from(word & !7), word & 1 != 0);
    if offset == 0 && !more {
        return Ok(datagram);
    }
    let id = u32::from_be_bytes([i0, i1, i2, i3]);
    Err(Found::Fragment(Fragment { datagram, id, offset, more }))
}
