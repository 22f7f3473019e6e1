//! Frames of every message at every version that tshark knows, and what tshark makes of them.

use std::sync::OnceLock;

use skinny::Frame;
use skinny::catalogue::{CATALOGUE, Entry, find};
use skinny::reference::Layout;

use super::pdml::Dissected;
use super::seeded::Seeded;
use super::shape::{self, Fill};
use super::{fields, pcap, program};

/// Header versions that tshark takes for SCCP. The layouts of the others are among these: see
/// [`every_variant_is_tried`].
pub const VERSIONS: [u32; 11] = [0, 10, 11, 15, 16, 17, 18, 19, 20, 21, 22];

/// Frames of each message at each version: tables full, then anything.
const FILLS: [Fill; 8] = [
    Fill::Full,
    Fill::Full,
    Fill::Any,
    Fill::Any,
    Fill::Any,
    Fill::Any,
    Fill::Any,
    Fill::Any,
];

/// Forms that the body's length tells, at any version: message, and the message and version that has the
/// layout.
const OTHER_FORMS: [(u32, u32, u8); 3] = [(0x0030, 0x0043, 22), (0x009e, 0x009e, 0), (0x009e, 0x009e, 22)];

/// A frame, and tshark's reading of it.
pub struct Case {
    pub entry: &'static Entry,
    pub version: u32,
    pub body: Vec<u8>,
    pub theirs: Dissected,
}

impl Case {
    pub fn frame(&self) -> Frame<'_> {
        Frame { header: fields::header(self.entry.id, self.version, &self.body), body: &self.body }
    }
}

/// All frames, dissected once for all tests; none without tshark.
pub fn cases() -> Option<&'static [Case]> {
    static CASES: OnceLock<Option<Vec<Case>>> = OnceLock::new();
    CASES.get_or_init(|| program::version().map(|_| dissected())).as_deref()
}

fn dissected() -> Vec<Case> {
    let mut cases = composed();
    let frames = cases.iter().map(|case| {
        let mut frame = case.frame().header.bytes().to_vec();
        frame.extend(&case.body);
        frame
    });
    let file = std::env::temp_dir().join(format!("skinny-catalogue-{}.pcap", std::process::id()));
    std::fs::write(&file, pcap::file(&frames.collect::<Vec<_>>())).expect("a temporary file");
    let segments = program::dissect(&file);
    std::fs::remove_file(&file).expect("our own file");
    assert_eq!(segments.len(), cases.len(), "one segment a frame");
    for (case, mut segment) in cases.iter_mut().zip(segments) {
        assert_eq!(segment.messages.len(), 1, "{} at {}", case.entry.name, case.version);
        case.theirs = segment.messages.pop().expect("one");
    }
    cases
}

fn composed() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in CATALOGUE.iter().filter(|entry| entry.typed) {
        for variant in entry.variants() {
            let range = u32::from(variant.from)..=u32::from(variant.to);
            for version in VERSIONS.into_iter().filter(|version| range.contains(version)) {
                fill(entry, &variant.layout, version, &mut cases);
            }
        }
    }
    for (id, like, at) in OTHER_FORMS {
        let variants = find(like).expect("in the catalogue").variants();
        let variant = variants.iter().find(|variant| (variant.from..=variant.to).contains(&at));
        for version in VERSIONS {
            fill(find(id).expect("in the catalogue"), &variant.expect("covered").layout, version, &mut cases);
        }
    }
    cases
}

fn fill(entry: &'static Entry, layout: &Layout, version: u32, cases: &mut Vec<Case>) {
    let mut random = Seeded::new(u64::from(entry.id) << 8 | u64::from(version));
    for fill in FILLS {
        let body = shape::body(entry, layout, version, fill, &mut random);
        cases.push(Case { entry, version, body, theirs: Dissected::default() });
    }
}

/// No layout of ours lies between the versions that can be tried.
#[test]
fn every_variant_is_tried() {
    for entry in CATALOGUE {
        for variant in entry.variants() {
            let range = u32::from(variant.from)..=u32::from(variant.to);
            assert!(VERSIONS.iter().any(|version| range.contains(version)), "{} {range:?}", entry.name);
        }
    }
}
