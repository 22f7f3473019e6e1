//! Which codec two parties use. Codecs are SCCP's numbers; the audio flows between the phones, so any
//! codec that both have will do, also those that this server can't decode.

use serde::{Deserialize, Serialize};
use skinny::codes::MediaPayloadType;

use crate::limit::PACKET_MS;
use crate::plan::CodecPolicy;

/// A codec that a party can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Codec {
    /// SCCP's number of it.
    pub(crate) code: u32,
    /// Milliseconds of audio that it takes in one packet, at most; 0: not said. (The wire calls the field
    /// frames; every capture holds milliseconds.)
    pub(crate) packet_ms_max: u32,
}

/// The audio of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stream {
    /// SCCP's number of the codec.
    pub(crate) codec: u32,
    /// Milliseconds of audio per packet.
    pub(crate) packet_ms: u32,
}

/// What every SCCP device can do: assumed of one that has not said yet.
const ASSUMED: &[Codec] = &[
    Codec { code: MediaPayloadType::G711_ULAW64K.0, packet_ms_max: 0 },
    Codec { code: MediaPayloadType::G711_ALAW64K.0, packet_ms_max: 0 },
];

/// Our preference: wideband when both have it, then G.711, then what saves bandwidth. The 256 kbit/s of
/// code 25 come last: CUCM chose G.711 between two phones that had it (nDPI frame 27).
const PREFERRED: &[MediaPayloadType] = &[
    MediaPayloadType::G722_64K,
    MediaPayloadType::G711_ULAW64K,
    MediaPayloadType::G711_ALAW64K,
    MediaPayloadType::G729_ANNEX_A,
    MediaPayloadType::G729,
    MediaPayloadType::G729_ANNEX_AW_ANNEX_B,
    MediaPayloadType::G729_ANNEX_B,
    MediaPayloadType::ILBC,
    MediaPayloadType::G7221_32K,
    MediaPayloadType::G7221_24K,
    MediaPayloadType::G728,
    MediaPayloadType::G7231,
];

/// Whether a code is audio at all: the capability tables also hold video, data and telephone events.
fn is_audio(code: u32) -> bool {
    (1..100).contains(&code) && code != MediaPayloadType::DATA64.0 && code != MediaPayloadType::DATA56.0
}

/// The codec and packet time of two parties of those that a policy allows, in its order; none when they have none of
/// them in common.
pub(crate) fn choose_by(policy: &CodecPolicy, one: &[Codec], other: &[Codec]) -> Option<Stream> {
    if policy.codecs.is_empty() {
        return choose(one, other);
    }
    policy.codecs.iter().find_map(|code| find(known(one), known(other), *code))
}

/// The same; where there is none, of all codecs, unless the policy is required.
pub(crate) fn common_by(policy: &CodecPolicy, one: &[Codec], other: &[Codec]) -> Option<Stream> {
    choose_by(policy, one, other).or_else(|| if policy.required { None } else { choose(one, other) })
}

fn known(codecs: &[Codec]) -> &[Codec] {
    if codecs.is_empty() { ASSUMED } else { codecs }
}

fn find(one: &[Codec], other: &[Codec], code: u32) -> Option<Stream> {
    let a = one.iter().find(|codec| codec.code == code)?;
    let b = other.iter().find(|codec| codec.code == code)?;
    Some(Stream { codec: code, packet_ms: packet_ms(a, b) })
}

/// The codec and packet time of two parties; none when they have no codec in common.
pub(crate) fn choose(one: &[Codec], other: &[Codec]) -> Option<Stream> {
    let (one, other) = (known(one), known(other));
    let preferred = PREFERRED.iter().find_map(|codec| find(one, other, codec.0));
    let audio = || one.iter().filter(|codec| is_audio(codec.code));
    preferred.or_else(|| audio().find_map(|codec| find(one, other, codec.code)))
}

/// What the media engine encodes and decodes, our preference first.
const INSIDE: [MediaPayloadType; 3] =
    [MediaPayloadType::G722_64K, MediaPayloadType::G711_ULAW64K, MediaPayloadType::G711_ALAW64K];

/// What a place at the conference bridge can do.
pub(crate) const MIXED: &[Codec] = &[
    Codec { code: INSIDE[0].0, packet_ms_max: 0 },
    Codec { code: INSIDE[1].0, packet_ms_max: 0 },
    Codec { code: INSIDE[2].0, packet_ms_max: 0 },
];

/// The codec and packet time of two parties, of those that the media engine decodes: by a policy, and against it
/// only where it is not required.
pub(crate) fn choose_inside(policy: &CodecPolicy, one: &[Codec], other: &[Codec]) -> Option<Stream> {
    let decoded: Vec<Codec> = known(one).iter().copied().filter(|codec| is_inside(codec.code)).collect();
    if decoded.is_empty() { None } else { common_by(policy, &decoded, other) }
}

/// Whether a codec carries more than a telephone's band.
pub(crate) fn is_wideband(code: u32) -> bool {
    code == MediaPayloadType::G722_64K.0
}

/// Whether the media engine encodes and decodes a codec.
pub(crate) fn is_inside(code: u32) -> bool {
    INSIDE.iter().any(|codec| codec.0 == code)
}

/// Whether a party can do a codec.
pub(crate) fn can(codecs: &[Codec], code: u32) -> bool {
    known(codecs).iter().any(|codec| codec.code == code)
}

/// What a party has that the media engine encodes and decodes.
pub(crate) fn inside(codecs: &[Codec]) -> Option<Stream> {
    inside_by(&CodecPolicy::default(), codecs)
}

/// The same of those that a policy allows.
pub(crate) fn inside_by(policy: &CodecPolicy, codecs: &[Codec]) -> Option<Stream> {
    let allowed = INSIDE.iter().filter(|inside| policy.allows(inside.0));
    let mut found = allowed.filter_map(|inside| known(codecs).iter().find(|codec| codec.code == inside.0));
    let found = found.next()?;
    Some(Stream { codec: found.code, packet_ms: packet_ms(found, found) })
}

fn packet_ms(one: &Codec, other: &Codec) -> u32 {
    // G.723.1 has frames of 30 ms: less than one can't be sent.
    let usual = if one.code == MediaPayloadType::G7231.0 { 30 } else { PACKET_MS };
    [one.packet_ms_max, other.packet_ms_max].into_iter().filter(|max| *max > 0).fold(usual, u32::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &[(u32, u32)], other: &[(u32, u32)], expect: Option<(u32, u32)>) {
        let codecs = |list: &[(u32, u32)]| -> Vec<Codec> {
            list.iter()
                .map(|(code, packet_ms_max)| Codec { code: *code, packet_ms_max: *packet_ms_max })
                .collect()
        };
        let found = choose(&codecs(one), &codecs(other)).map(|stream| (stream.codec, stream.packet_ms));
        assert_eq!(found, expect, "{one:?} and {other:?}");
    }

    #[test]
    fn wideband_needs_both_then_g711_then_anything_common() {
        let phone_7961: &[(u32, u32)] =
            &[(25, 120), (4, 40), (2, 40), (15, 60), (16, 60), (11, 60), (12, 60), (257, 1)];
        check(phone_7961, phone_7961, Some((4, 20)));
        check(&[(6, 40), (4, 40)], &[(6, 40), (4, 40)], Some((6, 20)));
        check(&[(6, 40), (2, 40)], phone_7961, Some((2, 20)));
        check(&[(11, 60), (12, 60)], phone_7961, Some((12, 20)));
        check(&[(86, 30)], &[(86, 30)], Some((86, 20)));
        check(&[(84, 20)], &[(84, 10)], Some((84, 10)));
        check(&[(9, 60)], &[(9, 30)], Some((9, 30)));
    }

    #[test]
    fn a_policy_chooses_in_its_own_order_and_nothing_else() {
        let phone: Vec<Codec> = [6, 4, 12, 86].map(|code| Codec { code, packet_ms_max: 0 }).to_vec();
        let by = |codecs: &[u32]| {
            let policy = CodecPolicy { codecs: codecs.to_vec(), required: false };
            choose_by(&policy, &phone, &phone).map(|stream| stream.codec)
        };
        assert_eq!((by(&[]), by(&[86, 12]), by(&[12, 86]), by(&[9])), (Some(6), Some(86), Some(12), None));
        let narrow = CodecPolicy { codecs: vec![2, 4], required: false };
        assert_eq!(inside_by(&narrow, &phone).map(|stream| stream.codec), Some(4));
    }

    #[test]
    fn who_says_nothing_has_g711() {
        check(&[], &[], Some((4, 20)));
        check(&[], &[(2, 10)], Some((2, 10)));
    }

    #[test]
    fn telephone_events_and_video_are_no_audio() {
        check(&[(11, 60), (257, 1)], &[(4, 40), (257, 1)], None);
        check(&[(103, 0)], &[(103, 0)], None);
    }
}
