//! Link layers: what stands before the IP header.

use super::ip::{ip, ipv4, ipv6};
use super::{Found, Skip, wifi};
use crate::capture::LinkType;

/// VLAN tags, MPLS labels and PPPoE headers on one packet.
pub const MAX_TAGS: usize = 8;

pub(super) const ETHERTYPE_IPV4: u16 = 0x0800;
pub(super) const ETHERTYPE_IPV6: u16 = 0x86dd;
/// 802.1Q, 802.1ad, and two that were in use for QinQ before it.
const ETHERTYPE_VLAN: [u16; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];
const ETHERTYPE_MPLS: [u16; 2] = [0x8847, 0x8848];
const ETHERTYPE_PPPOE: u16 = 0x8864;
const PPP_IPV4: u16 = 0x0021;
const PPP_IPV6: u16 = 0x0057;

/// Address families in a BSD loopback header: IPv4 everywhere, IPv6 by system.
const FAMILY_IPV4: u32 = 2;
const FAMILIES_IPV6: [u32; 4] = [10, 24, 28, 30];

/// Finds the segment in a packet of a given link type.
pub(super) fn link(link: LinkType, bytes: &[u8]) -> Found<'_> {
    match link {
        LinkType::ETHERNET => ethernet(bytes, 0),
        other => rare_link(other, bytes),
    }
}

fn rare_link(link: LinkType, bytes: &[u8]) -> Found<'_> {
    match link {
        LinkType::LINUX_SLL => cooked::<16, 14>(bytes),
        LinkType::LINUX_SLL2 => cooked::<20, 0>(bytes),
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD => ip(bytes, 0),
        LinkType::IEEE802_11 => wifi::frame(bytes, false),
        LinkType::IEEE802_11_RADIOTAP => wifi::radiotap(bytes),
        LinkType::PPP_ETHER => tagged(ETHERTYPE_PPPOE, bytes, 0),
        LinkType::IPV4 => ipv4(bytes, 0),
        LinkType::IPV6 => ipv6(bytes, 0),
        LinkType::NULL | LinkType::LOOP => loopback(bytes),
        other => Found::Skip(Skip::UnknownLink(other)),
    }
}

/// An Ethernet frame, `tunnels` deep.
pub(super) fn ethernet(bytes: &[u8], tunnels: usize) -> Found<'_> {
    let Some((header, rest)) = bytes.split_first_chunk::<14>() else { return Found::Skip(Skip::CutOff) };
    ethertype(u16::from_be_bytes([header[12], header[13]]), rest, tunnels)
}

/// A Linux cooked header of `HEADER` bytes with the protocol at `PROTOCOL_AT`.
fn cooked<const HEADER: usize, const PROTOCOL_AT: usize>(bytes: &[u8]) -> Found<'_> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Found::Skip(Skip::CutOff) };
    ethertype(u16::from_be_bytes([header[PROTOCOL_AT], header[PROTOCOL_AT + 1]]), rest, 0)
}

/// The family comes in the byte order of whichever machine captured; all values known are below 256.
fn loopback(bytes: &[u8]) -> Found<'_> {
    let Some((family, rest)) = bytes.split_first_chunk::<4>() else { return Found::Skip(Skip::CutOff) };
    let family = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
    match family {
        FAMILY_IPV4 => ipv4(rest, 0),
        family if FAMILIES_IPV6.contains(&family) => ipv6(rest, 0),
        _ => Found::Skip(Skip::NotIp),
    }
}

/// What an EtherType says follows.
pub(super) fn ethertype(kind: u16, bytes: &[u8], tunnels: usize) -> Found<'_> {
    match kind {
        ETHERTYPE_IPV4 => ipv4(bytes, tunnels),
        ETHERTYPE_IPV6 => ipv6(bytes, tunnels),
        kind => tagged(kind, bytes, tunnels),
    }
}

/// Peels tags off until IP shows.
fn tagged(mut kind: u16, mut bytes: &[u8], tunnels: usize) -> Found<'_> {
    for _ in 0..MAX_TAGS {
        match kind {
            ETHERTYPE_IPV4 => return ipv4(bytes, tunnels),
            ETHERTYPE_IPV6 => return ipv6(bytes, tunnels),
            kind if ETHERTYPE_MPLS.contains(&kind) => return mpls(bytes, tunnels),
            _ => {}
        }
        let peeled = match kind {
            kind if ETHERTYPE_VLAN.contains(&kind) => vlan(bytes),
            ETHERTYPE_PPPOE => pppoe(bytes),
            _ => return Found::Skip(Skip::NotIp),
        };
        let Some((next, rest)) = peeled else { return Found::Skip(Skip::CutOff) };
        (kind, bytes) = (next, rest);
    }
    Found::Skip(Skip::TooDeep)
}

fn vlan(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (&[_, _, high, low], rest) = bytes.split_first_chunk::<4>()?;
    Some((u16::from_be_bytes([high, low]), rest))
}

/// A PPPoE session header and the PPP protocol, told as an EtherType (0 when it is not IP).
fn pppoe(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<8>()?;
    let kind = match u16::from_be_bytes([header[6], header[7]]) {
        PPP_IPV4 => ETHERTYPE_IPV4,
        PPP_IPV6 => ETHERTYPE_IPV6,
        _ => 0,
    };
    Some((kind, rest))
}

/// Labels up to the one marked as the last; then IP by its version nibble.
fn mpls(mut bytes: &[u8], tunnels: usize) -> Found<'_> {
    for _ in 0..MAX_TAGS {
        let Some((label, rest)) = bytes.split_first_chunk::<4>() else { return Found::Skip(Skip::CutOff) };
        bytes = rest;
        if label[2] & 1 != 0 {
            return ip(bytes, tunnels);
        }
    }
    Found::Skip(Skip::TooDeep)
}
