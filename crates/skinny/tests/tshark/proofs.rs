//! Proofs that the tables of exceptions name and that no capture holds: words of real dumps, which
//! chan-sccp's `sccp_protocol.h` quotes, read by us.

use skinny::Frame;

use super::fields::{self, Ours};

/// A body of zeros but for some words.
fn body(len: usize, words: &[(usize, u32)]) -> Vec<u8> {
    let mut body = vec![0; len];
    for (at, word) in words {
        body[*at..*at + 4].copy_from_slice(&word.to_le_bytes());
    }
    body
}

fn read(id: u32, version: u32, body: &[u8]) -> Vec<Ours> {
    fields::of(Frame { header: fields::header(id, version, body), body })
}

fn number(fields: &[Ours], path: &str) -> Option<i64> {
    fields.iter().find(|field| field.path == path).and_then(Ours::number)
}

/// StartMultiMediaTransmission of a call manager: H.264 as codec, RTP payload number 97. By that number
/// the case would be audio, as tshark has it, and profile and level would be somewhere else.
#[test]
fn the_codec_chooses_the_case_of_a_multimedia_channel() {
    let words = [(8, 103), (28, 97), (32, 0x88), (36, 3840), (88, 64), (92, 50)];
    let fields = read(0x0132, 0, &body(168, &words));
    let h264 = "capability.vid_parameters.capability.h264_video_capability";
    assert_eq!(number(&fields, "payload_type.payload_type"), Some(97));
    assert_eq!(number(&fields, "capability.vid_parameters.bit_rate"), Some(3840));
    assert_eq!(number(&fields, &format!("{h264}.profile")), Some(64));
    assert_eq!(number(&fields, &format!("{h264}.level")), Some(50));
    assert_eq!(fields.last().map(|last| last.at + last.len), Some(168));
}

/// UpdateCapabilities of a 7940 with a camera: tables at their full size though no picture format is
/// used, H.264 in the form that has room for two of its parameters.
#[test]
fn capability_tables_have_one_size_whatever_their_counters() {
    let words = [(0, 8), (4, 2), (312, 25), (316, 120), (600, 101), (608, 2), (716, 103), (724, 1)];
    let preferences = [(612, 50), (616, 2), (620, 15_000), (728, 52), (824, 64), (828, 50)];
    let fields = read(0x0030, 0, &body(1840, &[words.as_slice(), &preferences].concat()));
    assert_eq!(number(&fields, "audiocaps[0].payload_capability"), Some(25));
    assert_eq!(number(&fields, "vid_caps[0].level_preference[0].max_bit_rate"), Some(15_000));
    assert_eq!(number(&fields, "vid_caps[1].payload_capability"), Some(103));
    assert_eq!(number(&fields, "vid_caps[1].capability.h264_video_capability.profile"), Some(64));
    assert_eq!(number(&fields, "vid_caps[1].capability.h264_video_capability.level"), Some(50));
}

/// RegisterReq of a 7960 announces 0x8560000b: dynamic messages are bit 24 of that word, 0x100 of the upper
/// half. tshark has them one bit lower, where no phone sets any.
#[test]
fn features_are_where_phones_set_them() {
    use skinny::codes::PhoneFeatures;
    let upper = PhoneFeatures(0x8560);
    assert!(upper.contains(PhoneFeatures::DYNAMIC_MESSAGES) && upper.contains(PhoneFeatures::RFC2833));
    assert!(PhoneFeatures::BITS.0.name(0x80).is_none() && PhoneFeatures::BITS.0.name(0x200).is_none());
}
