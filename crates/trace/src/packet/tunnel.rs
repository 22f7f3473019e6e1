//! Packets within packets: IP in IP, GRE, ERSPAN and VXLAN, as mirror ports and overlays send them.

use super::ip::{Datagram, ip, ipv4, ipv6};
use super::link::{ethernet, ethertype};
use super::{Found, Skip};

/// Tunnels inside each other.
pub const MAX_TUNNELS: usize = 4;

const PROTOCOL_IPV4: u8 = 4;
const PROTOCOL_IPV6: u8 = 41;
const PROTOCOL_GRE: u8 = 47;
/// MPLS in IP.
const PROTOCOL_MPLS: u8 = 137;

const GRE_CHECKSUM: u8 = 0x80;
const GRE_ROUTING: u8 = 0x40;
const GRE_KEY: u8 = 0x20;
const GRE_SEQUENCE: u8 = 0x10;
const GRE_VERSION: u8 = 0x07;
const GRE_ETHERNET: u16 = 0x6558;
const GRE_ERSPAN_1_OR_2: u16 = 0x88be;
const GRE_ERSPAN_3: u16 = 0x22eb;
const ERSPAN_2_HEADER: usize = 8;
const ERSPAN_3_HEADER: usize = 12;
const ERSPAN_3_SUBHEADER: usize = 8;

pub(super) const VXLAN_PORT: u16 = 4789;
const VXLAN_HEADER: usize = 8;
/// "The network identifier is valid": the one flag that plain VXLAN sets.
const VXLAN_FLAGS: u8 = 0x08;

/// What a protocol other than TCP and UDP carries.
#[cold]
pub(super) fn tunnel(datagram: Datagram<'_>) -> Found<'_> {
    let tunnels = datagram.tunnels + 1;
    if ![PROTOCOL_IPV4, PROTOCOL_IPV6, PROTOCOL_GRE, PROTOCOL_MPLS].contains(&datagram.protocol) {
        return Found::Skip(Skip::OtherTransport(datagram.protocol));
    }
    if tunnels > MAX_TUNNELS {
        return Found::Skip(Skip::TooDeep);
    }
    match datagram.protocol {
        PROTOCOL_IPV4 => ipv4(datagram.payload, tunnels),
        PROTOCOL_IPV6 => ipv6(datagram.payload, tunnels),
        PROTOCOL_MPLS => ethertype(0x8847, datagram.payload, tunnels),
        _ => gre(datagram.payload, tunnels).unwrap_or(Found::Skip(Skip::CutOff)),
    }
}

/// `None` when it is cut off.
fn gre(bytes: &[u8], tunnels: usize) -> Option<Found<'_>> {
    let (&[flags, version, high, low], rest) = bytes.split_first_chunk::<4>()?;
    if flags & GRE_ROUTING != 0 || version & GRE_VERSION != 0 {
        return Some(Found::Skip(Skip::OtherTransport(PROTOCOL_GRE)));
    }
    let options = [GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE].iter().filter(|bit| flags & **bit != 0).count();
    let payload = rest.get(options * 4..)?;
    match u16::from_be_bytes([high, low]) {
        GRE_ETHERNET => Some(ethernet(payload, tunnels)),
        // ERSPAN I has no sequence number and no header of its own.
        GRE_ERSPAN_1_OR_2 if flags & GRE_SEQUENCE == 0 => Some(ethernet(payload, tunnels)),
        GRE_ERSPAN_1_OR_2 => Some(ethernet(payload.get(ERSPAN_2_HEADER..)?, tunnels)),
        GRE_ERSPAN_3 => erspan_3(payload, tunnels),
        kind => Some(ethertype(kind, payload, tunnels)),
    }
}

/// Its last bit says whether a platform header follows.
fn erspan_3(bytes: &[u8], tunnels: usize) -> Option<Found<'_>> {
    let (header, rest) = bytes.split_first_chunk::<ERSPAN_3_HEADER>()?;
    let inner = if header[11] & 1 == 0 { rest } else { rest.get(ERSPAN_3_SUBHEADER..)? };
    // Frame type 2 in bits 10..=14 of the last half word: a bare IP packet.
    match (header[10] >> 2) & 0x1f {
        2 => Some(ip(inner, tunnels)),
        _ => Some(ethernet(inner, tunnels)),
    }
}

/// The segment within a VXLAN datagram; `None` when it is no VXLAN.
#[inline]
pub(super) fn vxlan(dst_port: u16, payload: &[u8], tunnels: usize) -> Option<Found<'_>> {
    if dst_port != VXLAN_PORT { None } else { unwrap_vxlan(payload, tunnels + 1) }
}

#[cold]
fn unwrap_vxlan(payload: &[u8], tunnels: usize) -> Option<Found<'_>> {
    let (header, inner) = payload.split_first_chunk::<VXLAN_HEADER>()?;
    if header[0] != VXLAN_FLAGS || tunnels > MAX_TUNNELS {
        return None;
    }
    match ethernet(inner, tunnels) {
        Found::Skip(_) => None,
        found => Some(found),
    }
}
