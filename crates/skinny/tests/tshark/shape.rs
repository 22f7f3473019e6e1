//! Bodies with random but plausible values: the full form of a message at a version.

use skinny::Frame;
use skinny::catalogue::Entry;
use skinny::codes::{Codes, IpAddrType, MediaPayloadType, MiscCommandType};
use skinny::reference::{Layout, Row};
use skinny::view::{Sink, Value};

use super::fields::header;
use super::seeded::Seeded;

/// Codecs that choose a case of some union.
const CASES: [u32; 14] = [4, 9, 11, 25, 86, 98, 99, 100, 101, 102, 103, 300, 301, 302];

/// The most that each counter may say.
const MAXIMA: [(&str, u32); 18] = [
    ("cap_count", 18),
    ("audio_cap_count", 18),
    ("video_cap_count", 10),
    ("data_cap_count", 5),
    ("custom_picture_format_count", 6),
    ("service_resource_count", 4),
    ("layout_count", 5),
    ("level_preference_count", 4),
    ("button_count", 42),
    ("soft_key_count", 32),
    ("soft_key_set_count", 16),
    ("number_of_entries", 32),
    ("line_data_entries", 42),
    ("picture_format_count", 5),
    ("recovery_reference_picture_count", 4),
    ("port_count", 16),
    ("keylen", 16),
    ("saltlen", 16),
];

/// Numbers that are called counts and count nothing in their message.
const NO_COUNTERS: [&str; 4] =
    ["total_button_count", "total_soft_key_count", "total_soft_key_set_count", "max_frames_per_packet"];

/// A random body of the layout that `version` has.
pub fn body(entry: &Entry, layout: &Layout, version: u32, random: &mut Seeded) -> Vec<u8> {
    let fixed = layout.rows.iter().position(|row| row.varies).unwrap_or(layout.rows.len());
    let (fixed, varying) = layout.rows.split_at(fixed);
    let len = match varying.first() {
        Some(first) => first.offset.expect("the first that varies"),
        None => layout.size().expect("nothing varies"),
    };
    let mut body: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
    for row in varying {
        append(row, fixed, &mut body, random);
    }
    body.resize(body.len().next_multiple_of(4), 0);
    shape(entry.id, version, &mut body, random);
    body
}

/// A field whose length varies; the length of data stands in a field before it.
fn append(row: &Row, fixed: &[Row], body: &mut Vec<u8>, random: &mut Seeded) {
    if row.kind == "text, NUL" {
        body.extend(random.text(row.size - 1));
        body.push(0);
        return;
    }
    let data = random.text(row.size.min(700));
    let length =
        fixed.iter().find(|row| row.name.ends_with("data_length") || row.name.ends_with("data_size"));
    if let Some(at) = length.and_then(|row| row.offset) {
        body[at..at + 4].copy_from_slice(&(data.len() as u32).to_le_bytes());
    }
    body.extend(data);
}

/// What a walk over the body found.
#[derive(Default)]
struct Leaves(Vec<Leaf>);

struct Leaf {
    name: &'static str,
    at: usize,
    len: usize,
    kind: Kind,
}

enum Kind {
    Number,
    Code(&'static Codes),
    Text,
    Address,
    Other,
}

impl Sink for Leaves {
    fn leaf(&mut self, name: &'static str, at: usize, len: usize, value: Value<'_>) {
        let kind = match value {
            Value::Unsigned(_) | Value::Signed(_) | Value::Hex(_) | Value::Bits(..) => Kind::Number,
            Value::Code(_, codes) => Kind::Code(codes),
            Value::Text(_) => Kind::Text,
            Value::Ip(_) if len == 20 => Kind::Address,
            Value::Ip(_) | Value::Mac(_) | Value::Bytes(_) => Kind::Other,
        };
        self.0.push(Leaf { name, at, len, kind });
    }
    fn begin(&mut self, _: &'static str) {}
    fn begin_table(&mut self, _: &'static str) {}
    fn begin_entry(&mut self, _: usize) {}
    fn end(&mut self) {}
}

/// Gives each field a value of its kind, from front to back: counters and codecs decide what follows.
fn shape(id: u32, version: u32, body: &mut [u8], random: &mut Seeded) {
    let mut leaves = walk(id, version, body);
    let mut next = 0;
    while let Some(leaf) = leaves.0.get(next) {
        let decides = set(leaf, id, body, random);
        next += 1;
        if decides {
            leaves = walk(id, version, body);
        }
    }
}

fn walk(id: u32, version: u32, body: &[u8]) -> Leaves {
    let mut leaves = Leaves::default();
    skinny::packet::view(Frame { header: header(id, version, body), body }, 0, &mut leaves);
    leaves
}

/// Sets one field; returns whether later fields depend on it.
fn set(leaf: &Leaf, id: u32, body: &mut [u8], random: &mut Seeded) -> bool {
    match leaf.kind {
        Kind::Number => {
            if leaf.name == "data_length" || leaf.name == "data_size" {
                return false;
            }
            let most = maximum(leaf.name, id);
            if leaf.name == "payload_type" && random.next() % 2 == 0 {
                let c: [u8; 4] = body[8..12].try_into().unwrap();
                body[leaf.at..leaf.at + 4].copy_from_slice(&c);
                return false;
            }
            let place = &mut body[leaf.at..leaf.at + leaf.len];
            let value = match most {
                Some(most) => random.next() as u32 % (most + 1),
                None => random.number(),
            };
            place.copy_from_slice(&value.to_le_bytes()[..leaf.len]);
            most.is_some()
        }
        Kind::Code(codes) => {
            let place = &mut body[leaf.at..leaf.at + leaf.len];
            place.copy_from_slice(&code(codes, random).to_le_bytes()[..leaf.len]);
            [MediaPayloadType::CODES.name, MiscCommandType::CODES.name].contains(&codes.name)
        }
        // Texts of varying length are texts already.
        Kind::Text if is_text(&body[leaf.at..leaf.at + leaf.len]) => false,
        Kind::Text => {
            let place = &mut body[leaf.at..leaf.at + leaf.len];
            let text = random.text(leaf.len - 1);
            place[..text.len()].copy_from_slice(&text);
            place[text.len()] = 0;
            false
        }
        Kind::Address => {
            let place = &mut body[leaf.at..leaf.at + leaf.len];
            place[..4].copy_from_slice(&code(IpAddrType::CODES, random).to_le_bytes());
            false
        }
        Kind::Other => false,
    }
}

fn is_text(place: &[u8]) -> bool {
    place.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == 0)
}

fn maximum(name: &str, id: u32) -> Option<u32> {
    if id == 0x0040 && name == "number_of_entries" {
        return Some(256);
    }
    let found = MAXIMA.iter().find(|(counter, _)| *counter == name).map(|(_, most)| *most);
    let counts = name.ends_with("count") || name.ends_with("entries");
    assert!(found.is_some() || !counts || NO_COUNTERS.contains(&name), "how much may {name} say?");
    found
}

/// A value of an enumeration, known or not.
fn code(codes: &Codes, random: &mut Seeded) -> u32 {
    match random.next() % 8 {
        0 => random.next() as u32,
        1..=4 if codes.name == MediaPayloadType::CODES.name => random.one_of(&CASES),
        _ => random.one_of(codes.values).0,
    }
}
