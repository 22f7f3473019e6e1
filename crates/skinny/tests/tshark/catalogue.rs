//! Frames of every message at every version that tshark knows, and what tshark makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use skinny::Frame;
use skinny::catalogue::{CATALOGUE, Entry, find};
use skinny::reference::Layout;

use super::compare::{Way, compare};
use super::exceptions::{Account, catalogue::EXCEPTIONS};
use super::pdml::Dissected;
use super::seeded::Seeded;
use super::shape::{self, Fill};
use super::{fields, pcap, program};

/// Header versions that tshark takes for SCCP. The layouts of the others are among these: see
/// [`every_layout_is_tried`].
pub const VERSIONS: [u32; 11] = [0, 10, 11, 15, 16, 17, 18, 19, 20, 21, 22];

/// Frames of each message at each version.
const FILLS: [(Fill, usize); 2] = [(Fill::Full, 2), (Fill::Any, 7)];

/// Forms that the body's length tells, at any version: message, and the message and version that has the
/// layout.
const OTHER_FORMS: [(u32, u32, u8); 3] = [(0x0030, 0x0043, 22), (0x009e, 0x009e, 0), (0x009e, 0x009e, 22)];

/// What the comparison of all frames found.
#[derive(Default)]
pub struct Report {
    pub frames: usize,
    /// Messages and versions that were tried.
    pub layouts: usize,
    /// Fields that agree, each time they occur.
    pub agreed: usize,
    /// Fields that only one shows, by its nature.
    pub structural: usize,
    /// Differences that exceptions explain, by what they are.
    pub explained: BTreeMap<Way, usize>,
    /// Message, version and field of ours, and those of them that agree in some frame.
    pub fields: usize,
    pub fields_agreed: usize,
    /// What is wrong.
    pub complaints: Vec<String>,
    /// Places in the table of aliases that were needed.
    pub aliases: BTreeSet<usize>,
    /// Enumerations and tshark's fields that hold them.
    pub enumerations: BTreeSet<(&'static str, String)>,
    /// Sets of flags, with each flag that tshark knows.
    pub flags: BTreeSet<(&'static str, u32, String)>,
}

/// The comparison, made once for all tests; none without tshark.
pub fn report() -> Option<&'static Report> {
    static REPORT: OnceLock<Option<Report>> = OnceLock::new();
    REPORT.get_or_init(|| program::version().map(|_| compared(&dissected(composed())))).as_ref()
}

/// A frame, and tshark's reading of it.
pub struct Case {
    pub entry: &'static Entry,
    pub version: u32,
    pub body: Vec<u8>,
    pub theirs: Dissected,
}

impl Case {
    fn frame(&self) -> Frame<'_> {
        Frame { header: fields::header(self.entry.id, self.version, &self.body), body: &self.body }
    }
}

/// Every message at every version.
pub fn composed() -> Vec<Case> {
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
    for fill in FILLS.iter().flat_map(|(fill, times)| std::iter::repeat_n(*fill, *times)) {
        let body = shape::body(entry, layout, version, fill, &mut random);
        cases.push(Case { entry, version, body, theirs: Dissected::default() });
    }
}

/// Asks tshark, once for all frames.
pub fn dissected(mut cases: Vec<Case>) -> Vec<Case> {
    let frames = cases.iter().map(|case| {
        let mut frame = case.frame().header.bytes().to_vec();
        frame.extend(&case.body);
        frame
    });
    let file = std::env::temp_dir().join(format!("skinny-{}-{}.pcap", cases.len(), std::process::id()));
    std::fs::write(&file, pcap::file(&frames.collect::<Vec<_>>())).expect("a temporary file");
    let segments = program::dissect(&file);
    std::fs::remove_file(&file).expect("our own file");
    assert_eq!(segments.len(), cases.len(), "one segment a frame");
    for (case, mut segment) in cases.iter_mut().zip(segments) {
        assert_eq!(segment.messages.len(), 1, "{} at {}", case.entry.name, case.version);
        case.theirs = segment.messages.pop().expect("one");
        assert_eq!((case.theirs.id, case.theirs.version), (case.entry.id, case.version));
    }
    cases
}

fn compared(cases: &[Case]) -> Report {
    let mut report = Report { frames: cases.len(), ..Report::default() };
    let mut account = Account::new(EXCEPTIONS);
    let (mut all, mut agreed, mut layouts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for case in cases {
        let ours = fields::of(case.frame());
        let outcome = compare(&ours, &case.theirs, &case.body);
        let named = |our: &fields::Ours| (case.entry.id, case.version, our.plain_path());
        layouts.insert((case.entry.id, case.version));
        all.extend(ours.iter().map(named));
        agreed.extend(outcome.agreed.iter().map(|place| named(&ours[*place])));
        report.agreed += outcome.agreed.len();
        report.structural += outcome.structural;
        report.aliases.extend(outcome.aliases);
        report.enumerations.extend(outcome.enumerations);
        report.flags.extend(outcome.flags);
        account.enter(case.frame(), outcome.differences, &ours);
    }
    report.layouts = layouts.len();
    (report.fields, report.fields_agreed) = (all.len(), agreed.len());
    report.complaints = account.complaints(&VERSIONS);
    report.explained = account.explained;
    report
}

/// No layout of ours lies between the versions that can be tried.
#[test]
fn every_layout_is_tried() {
    for entry in CATALOGUE {
        for variant in entry.variants() {
            let range = u32::from(variant.from)..=u32::from(variant.to);
            assert!(VERSIONS.iter().any(|version| range.contains(version)), "{} {range:?}", entry.name);
        }
    }
}
