//! IEEE 802.11 as a monitor interface delivers it, with or without radiotap in front: data frames that are not encrypted.
//!
//! Not for encrypted frames, which no key of the capture opens: they are counted as not readable.

use super::link::ethertype;
use super::{Found, Parts, Skip};

/// Header without a fourth address, QoS and HT control.
const HEADER: usize = 24;
const FOURTH_ADDRESS: usize = 6;
const QOS: usize = 2;
const HT_CONTROL: usize = 4;

/// Frame control, first byte.
const VERSION: u8 = 0x03;
const TYPE: u8 = 0x0c;
const TYPE_DATA: u8 = 0x08;
const SUBTYPE_NO_DATA: u8 = 0x40;
const SUBTYPE_QOS: u8 = 0x80;
/// Frame control, second byte.
const TO_DISTRIBUTION: u8 = 0x01;
const FROM_DISTRIBUTION: u8 = 0x02;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
/// Of the sequence control: the fragment's number.
const FRAGMENT: u8 = 0x0f;
/// Of the QoS control: several packets follow, each with two addresses and a length, and filled up to a multiple of four.
const AGGREGATED: u8 = 0x80;
const PART_HEADER: usize = 14;

/// LLC and SNAP in front of an EtherType: plain, and bridged from Ethernet.
const SNAP: [[u8; 6]; 2] = [[0xaa, 0xaa, 3, 0, 0, 0], [0xaa, 0xaa, 3, 0, 0, 0xf8]];

/// Radiotap: which fields come before the flags, and what the flags say of padding.
const PRESENT_TIME: u32 = 1;
const PRESENT_FLAGS: u32 = 2;
const PRESENT_MORE: u32 = 1 << 31;
const FLAG_PADDED: u8 = 0x20;
const PRESENT_WORDS_MAX: usize = 8;

/// A radiotap header, then a frame.
pub(super) fn radiotap(bytes: &[u8]) -> Found<'_> {
    let Some(&[version, _, low, high]) = bytes.first_chunk::<4>() else { return Found::Skip(Skip::CutOff) };
    let length = usize::from(u16::from_le_bytes([low, high]));
    if version != 0 || length < 8 {
        return Found::Skip(Skip::Malformed);
    }
    let (Some(header), Some(rest)) = (bytes.get(..length), bytes.get(length..)) else {
        return Found::Skip(Skip::CutOff);
    };
    frame(rest, flags(header).is_some_and(|flags| flags & FLAG_PADDED != 0))
}

/// The flags of a radiotap header, when it has them.
fn flags(header: &[u8]) -> Option<u8> {
    let word = |at: usize| Some(u32::from_le_bytes(*header.get(at..)?.first_chunk::<4>()?));
    let present = word(4)?;
    if present & PRESENT_FLAGS == 0 {
        return None;
    }
    let mut words = 1;
    while word(words * 4)? & PRESENT_MORE != 0 {
        words += 1;
        if words > PRESENT_WORDS_MAX {
            return None;
        }
    }
    let fields = 4 + words * 4;
    // The time takes eight bytes and stands at a multiple of eight.
    let at = if present & PRESENT_TIME != 0 { fields.next_multiple_of(8) + 8 } else { fields };
    header.get(at).copied()
}

/// A frame; `padded`: its header was filled up to a multiple of four.
pub(super) fn frame(bytes: &[u8], padded: bool) -> Found<'_> {
    let Some(header) = bytes.first_chunk::<HEADER>() else { return Found::Skip(Skip::CutOff) };
    let [first, second] = [header[0], header[1]];
    if first & (VERSION | TYPE) != TYPE_DATA || first & SUBTYPE_NO_DATA != 0 || second & PROTECTED != 0 {
        return Found::Skip(Skip::NotIp);
    }
    if second & MORE_FRAGMENTS != 0 || header[22] & FRAGMENT != 0 {
        return Found::Skip(Skip::BadFragment);
    }
    let both = TO_DISTRIBUTION | FROM_DISTRIBUTION;
    let mut length = HEADER + if second & both == both { FOURTH_ADDRESS } else { 0 };
    let mut aggregated = false;
    if first & SUBTYPE_QOS != 0 {
        let Some(control) = bytes.get(length) else { return Found::Skip(Skip::CutOff) };
        aggregated = control & AGGREGATED != 0;
        length += QOS + if second & ORDER != 0 { HT_CONTROL } else { 0 };
    }
    if padded {
        length = length.next_multiple_of(4);
    }
    match bytes.get(length..) {
        Some(body) if aggregated && body.len() >= PART_HEADER => Found::Several(Parts(body)),
        Some(body) if !aggregated => payload(body),
        _ => Found::Skip(Skip::CutOff),
    }
}

/// What a frame, or a part of one, carries behind its addresses.
pub(super) fn payload(bytes: &[u8]) -> Found<'_> {
    let Some((link, rest)) = bytes.split_first_chunk::<8>() else { return Found::Skip(Skip::CutOff) };
    let [snap @ .., high, low] = link;
    if !SNAP.contains(snap) {
        return Found::Skip(Skip::NotIp);
    }
    ethertype(u16::from_be_bytes([*high, *low]), rest, 0)
}

/// The first of several packets, and what follows it; the last one may be cut off.
pub(super) fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<PART_HEADER>()?;
    let length = usize::from(u16::from_be_bytes([header[12], header[13]]));
    let whole = (PART_HEADER + length).next_multiple_of(4) - PART_HEADER;
    Some((rest.get(..length).unwrap_or(rest), rest.get(whole..).unwrap_or_default()))
}
