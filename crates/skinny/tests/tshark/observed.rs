//! The lines of `observed_traces.txt`: the same captures, decoded by another hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use skinny::Frame;

use super::captures::{Side, sides};
use super::fields::{self, Found, Ours};
use super::names::fold;
use super::program;

/// A known difference.
struct Known {
    /// The capture's section.
    title: &'static str,
    message: &'static str,
    /// The header's length word, where only messages of one length differ.
    length: Option<u32>,
    /// What the field's path ends in.
    field: &'static str,
    why: &'static str,
}

const EXCEPTIONS: &[Known] = &[
    Known {
        title: BRIDGED_CALL,
        message: "CallInfoV2",
        length: None,
        field: "_party_name",
        why: "the file's names are not the real ones",
    },
    Known {
        title: EARLY,
        message: "RegisterReq",
        length: None,
        field: "device_type",
        why: "the file has a remark in place of a name",
    },
    Known {
        title: EARLY,
        message: "StartMediaTransmission",
        length: Some(40),
        field: "",
        why: "the file reads the form of later call managers; CallManager 2.x has one of its own",
    },
];

/// The section of a call of two phones, recorded by a bridge.
pub const BRIDGED_CALL: &str = "nDPI skinny.pcap";
/// The section of CallManager 2.x.
pub const EARLY: &str = "pyskinny cm2_register.pcapng";

impl Known {
    fn explains(&self, line: &Line, path: &str) -> bool {
        let length = self.length.is_none_or(|length| length == line.length);
        self.message == line.name && length && path.ends_with(self.field)
    }
}

/// A message as the file has it: `f9 t=0.006 .50 S>P 0x0086 SetLamp len=16 stimulus=9(Line) …`.
#[derive(Debug)]
pub struct Line {
    /// Number of the packet in the capture.
    pub packet: u32,
    pub from_server: bool,
    pub id: u32,
    pub name: String,
    /// The header's length word.
    pub length: u32,
    pub fields: Vec<Observed>,
    /// Bytes behind the fields.
    pub left: usize,
}

/// A field: `stimulus=9(Line)`.
#[derive(Debug)]
pub struct Observed {
    pub path: String,
    /// As written; of a text what stands between the quotes.
    pub value: String,
    pub is_text: bool,
    /// The name of the value.
    pub label: Option<String>,
}

/// The lines of the section whose title begins so.
fn section(text: &str, title: &str) -> Vec<Line> {
    let lines =
        text.lines().skip_while(|line| !line.strip_prefix("## ").is_some_and(|t| t.starts_with(title)));
    lines.skip(1).take_while(|line| !line.starts_with("##")).filter_map(line).collect()
}

fn line(text: &str) -> Option<Line> {
    let (head, mut rest) = text.split_once(" len=")?;
    let mut head = head.split(' ');
    let packet = head.next()?.strip_prefix('f')?.parse().ok()?;
    let from_server = head.nth(2)? == "S>P";
    let id = u32::from_str_radix(head.next()?.strip_prefix("0x")?, 16).ok()?;
    let name = head.next()?.to_owned();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let length = rest[..digits].parse().ok()?;
    rest = rest[digits..].trim_start();
    let mut fields = Vec::new();
    while let Some((field, behind)) = observed(rest) {
        fields.push(field);
        rest = behind.trim_start();
    }
    let left = rest.strip_prefix("[!left=").and_then(|rest| rest.split(']').next()?.parse().ok());
    Some(Line { packet, from_server, id, name, length, fields, left: left.unwrap_or(0) })
}

/// The first field of the rest of a line, and what stands behind it.
fn observed(text: &str) -> Option<(Observed, &str)> {
    let (path, rest) = text.split_once('=')?;
    if path.contains('[') && !path.contains(']') || path.starts_with("[!") {
        return None;
    }
    let path = path.to_owned();
    if let Some(quoted) = rest.strip_prefix('"') {
        let (value, behind) = quoted.split_once('"')?;
        return Some((Observed { path, value: value.to_owned(), is_text: true, label: None }, behind));
    }
    let end = rest.find([' ', '(']).unwrap_or(rest.len());
    let (value, mut behind) = rest.split_at(end);
    let mut label = None;
    if let Some(inside) = behind.strip_prefix('(') {
        let (name, after) = inside.split_once(')')?;
        (label, behind) = (Some(name.to_owned()), after);
    }
    Some((Observed { path, value: value.to_owned(), is_text: false, label }, behind))
}

/// The bytes of a text as written: `\x80` is a byte, the rest is ASCII.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.strip_prefix(b"x").and_then(|code| code.get(..2));
        let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match (first, byte) {
            (b'\\', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[3..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    bytes
}

/// Compares a section's lines with the messages of its capture.
pub fn check(title: &str, capture: &str, lines_least: usize) {
    let (Some(file), Some(text)) =
        (program::shared(&format!("captures/{capture}")), program::shared("protocol/observed_traces.txt"))
    else {
        return;
    };
    if program::version().is_none() {
        return;
    }
    let text = std::fs::read_to_string(text).expect("it exists");
    let lines = section(&text, title);
    assert!(lines.len() >= lines_least, "{title}: {} lines", lines.len());
    let sides = sides(&file);
    let mut frames = by_packet(&sides);
    let mut outcome = Outcome::default();
    for line in &lines {
        let queue = frames.get_mut(&(line.packet, line.from_server, line.id));
        match queue.and_then(VecDeque::pop_front) {
            Some(frame) => outcome.line(line, frame),
            None => outcome.complaints.push(format!("packet {}: no {}", line.packet, line.name)),
        }
    }
    eprintln!("{title}: {} lines, {} fields agree", lines.len(), outcome.agreed);
    let unused = EXCEPTIONS.iter().enumerate();
    let unused = unused.filter(|(place, known)| known.title == title && !outcome.needed.contains(place));
    outcome
        .complaints
        .extend(unused.map(|(_, known)| format!("{} agrees now: {}", known.message, known.why)));
    assert!(outcome.complaints.is_empty(), "{title}\n{}", outcome.complaints.join("\n"));
}

/// Where a message is in its capture: packet, who sends it, message id.
type Place = (u32, bool, u32);

fn by_packet(sides: &[Side]) -> BTreeMap<Place, VecDeque<Frame<'_>>> {
    let mut frames: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
    for side in sides {
        for (frame, (packet, _)) in side.frames().into_iter().zip(&side.theirs) {
            frames.entry((*packet, side.from_server, frame.header.id)).or_default().push_back(frame);
        }
    }
    frames
}

#[derive(Default)]
struct Outcome {
    agreed: usize,
    /// Exceptions that were needed, by their place in the table.
    needed: BTreeSet<usize>,
    complaints: Vec<String>,
}

impl Outcome {
    fn line(&mut self, line: &Line, frame: Frame<'_>) {
        let ours = fields::of(frame);
        let viewed = skinny::packet::view(frame, 0, &mut skinny::view::Listing::default());
        let left = viewed.unparsed(frame.body).len();
        let name = skinny::catalogue::name(line.id);
        if (frame.header.length, left, &*name) != (line.length, line.left, &line.name) {
            self.complain(line, "", format!("{name}, length {}, {left} left", frame.header.length));
        }
        for observed in &line.fields {
            match difference(observed, &ours, frame.body) {
                None => self.agreed += 1,
                Some(found) => self.complain(line, &observed.path, found),
            }
        }
    }

    fn complain(&mut self, line: &Line, path: &str, found: String) {
        let known = EXCEPTIONS.iter().position(|known| known.explains(line, path));
        self.needed.extend(known);
        if known.is_none() {
            self.complaints.push(format!("packet {} {} {path}: {found}", line.packet, line.name));
        }
    }
}

/// What is different about a field, if anything.
fn difference(observed: &Observed, ours: &[Ours], body: &[u8]) -> Option<String> {
    let Some(our) = ours.iter().find(|our| our.path == observed.path) else {
        return part_difference(observed, ours, body);
    };
    let bytes = &body[our.at..our.at + our.len];
    let same = match &our.value {
        Found::Text(text) => observed.is_text && unescaped(&observed.value) == *text,
        Found::Ip(address) => observed.value == address.to_string(),
        Found::Bytes => observed.value == hex(bytes),
        _ => our.number() == number(&observed.value),
    };
    let named = match (&our.value, &observed.label) {
        (Found::Code(code, codes), Some(label)) => codes.name(*code).map(fold) == Some(fold(label)),
        _ => true,
    };
    (!same || !named).then(|| format!("{} bytes, not {} {:?}", our.len, observed.value, observed.label))
}

/// A union is bytes in the file, and fields in our view.
fn part_difference(observed: &Observed, ours: &[Ours], body: &[u8]) -> Option<String> {
    let prefix = format!("{}.", observed.path);
    let Some(first) = ours.iter().find(|our| our.path.starts_with(&prefix)) else {
        return Some("no such field".to_owned());
    };
    let bytes = body.get(first.at..first.at + observed.value.len() / 2).map(hex);
    (bytes.as_deref() != Some(&observed.value)).then(|| format!("{bytes:?}, not {}", observed.value))
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
