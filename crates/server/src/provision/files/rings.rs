//! Lists of ring tones, from the sounds in the operator's folder.

use std::path::Path;

use super::Xml;

/// Rings that a phone takes.
pub const RINGS_MAX: usize = 50;
/// Letters of a ring's name.
const NAME_MAX: usize = 25;
/// Bytes of a ring: µ-law without a header, 8 kHz, in steps of 240.
const BYTES: std::ops::RangeInclusive<u64> = 240..=16_080;
const STEP: u64 = 240;

/// Why a sound is no ring tone.
pub fn fault(bytes: u64) -> Option<String> {
    let (least, most) = (BYTES.start(), BYTES.end());
    (!BYTES.contains(&bytes) || !bytes.is_multiple_of(STEP))
        .then(|| format!("{bytes} bytes: a ring is {least} to {most} bytes of µ-law, a multiple of {STEP}"))
}

/// The list.
pub fn file<'a>(rings: impl Iterator<Item = &'a Path>) -> Vec<u8> {
    Xml::document("CiscoIPPhoneRingList", |xml| {
        for ring in rings.take(RINGS_MAX) {
            let Some(name) = ring.file_name().and_then(|name| name.to_str()) else { continue };
            let shown: String = ring
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or(name)
                .chars()
                .take(NAME_MAX)
                .collect();
            xml.within("Ring", |xml| xml.texts(&[("DisplayName", &shown), ("FileName", name)]));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_of_the_folder_are_listed() {
        let rings = ["a/Bell & Co.raw", "b/Chirp.raw"].map(Path::new);
        let text = String::from_utf8(file(rings.into_iter())).unwrap();
        assert!(text.contains("<DisplayName>Bell &amp; Co</DisplayName>"), "{text}");
        assert!(text.contains("<FileName>Chirp.raw</FileName>"));
        assert_eq!(
            file(std::iter::repeat_n(Path::new("x.raw"), 99)).windows(6).filter(|w| w == b"<Ring>").count(),
            RINGS_MAX
        );
    }

    #[test]
    fn rings_that_a_phone_would_refuse_are_named() {
        assert_eq!((fault(240), fault(16_080)), (None, None));
        for bytes in [0, 239, 241, 16_320] {
            assert!(fault(bytes).is_some(), "{bytes}");
        }
    }
}
