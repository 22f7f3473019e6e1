//! Bodies with random but plausible values: the full form of a message at a version.

use skinny::Frame;
use skinny::catalogue::Entry;
use skinny::codes::{Codes, IpAddrType, MediaPayloadType, MiscCommandType};
use skinny::reference::{Layout, Row};
use skinny::view::{Sink, Value};

use super::fields::header;
use super::seeded::Seeded;

/// Codecs that choose a case of some union, and their neighbours.
const CASES: [u32; 14] = [4, 9, 11, 25, 86, 98, 99, 100, 101, 102, 103, 300, 301, 302];
/// Codecs of the video unions.
const VIDEO: [u32; 4] = [100, 101, 102, 103];
/// The longest data that is tried: enough to see where it begins and ends.
const DATA_MAX: usize = 700;

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

/// Whole numbers of which a page's counter, the word before, counts a part.
const TOTALS: [&str; 3] = ["total_button_count", "total_soft_key_count", "total_soft_key_set_count"];

/// How a body is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Tables full, video codecs: what tshark loses its place over is absent.
    Full,
    /// Any counts, any codecs, known and unknown.
    Any,
}

/// A random body of the layout that `version` has.
pub fn body(entry: &Entry, layout: &Layout, version: u32, fill: Fill, random: &mut Seeded) -> Vec<u8> {
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
    Shaper { id: entry.id, version, fill, random }.shape(&mut body);
    body
}

/// A field whose length varies; the length of data stands in a field before it.
fn append(row: &Row, fixed: &[Row], body: &mut Vec<u8>, random: &mut Seeded) {
    match row.kind.as_str() {
        "text, NUL" => {
            body.extend(random.text(row.size - 1));
            body.push(0);
        }
        "bytes" => body.extend([random.next() as u8; 8]),
        _ => {
            let data = [b"<".to_vec(), random.text(row.size.min(DATA_MAX) - 1)].concat();
            let length = fixed.iter().find(|row| is_length(&row.name)).and_then(|row| row.offset);
            if let Some(at) = length {
                body[at..at + 4].copy_from_slice(&(data.len() as u32).to_le_bytes());
            }
            body.extend(data);
        }
    }
}

fn is_length(name: &str) -> bool {
    name.ends_with("data_length") || name.ends_with("data_size")
}

/// What a walk over a body found.
#[derive(Default)]
struct Leaves {
    found: Vec<Leaf>,
    /// Tables, entries and structs around the next leaf.
    around: Vec<&'static str>,
}

struct Leaf {
    name: &'static str,
    /// Whether it belongs to a table of video codecs.
    video: bool,
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
        let video = self.around.first() == Some(&"vid_caps");
        self.found.push(Leaf { name, video, at, len, kind });
    }
    fn begin(&mut self, name: &'static str) {
        self.around.push(name);
    }
    fn begin_table(&mut self, name: &'static str) {
        self.around.push(name);
    }
    fn begin_entry(&mut self, _: usize) {
        self.around.push("");
    }
    fn end(&mut self) {
        self.around.pop();
    }
}

/// Gives each field a value of its kind.
struct Shaper<'r> {
    id: u32,
    version: u32,
    fill: Fill,
    random: &'r mut Seeded,
}

impl Shaper<'_> {
    /// From front to back, since counters and codecs decide what follows.
    fn shape(&mut self, body: &mut [u8]) {
        let mut leaves = self.walk(body);
        let mut next = 0;
        while let Some(leaf) = leaves.found.get(next) {
            let decides = self.set(leaf, body);
            next += 1;
            if decides {
                leaves = self.walk(body);
            }
        }
    }

    fn walk(&self, body: &[u8]) -> Leaves {
        let mut leaves = Leaves::default();
        let frame = Frame { header: header(self.id, self.version, body), body };
        skinny::packet::view(frame, 0, &mut leaves);
        leaves
    }

    /// Sets one field; returns whether later fields depend on it.
    fn set(&mut self, leaf: &Leaf, body: &mut [u8]) -> bool {
        let earlier = self.earlier_word(leaf, body);
        let place = &mut body[leaf.at..leaf.at + leaf.len];
        match leaf.kind {
            Kind::Number => self.set_number(leaf, earlier, place),
            Kind::Code(codes) => {
                let code = if self.wants_video(leaf) { self.video_codec() } else { self.code(codes) };
                place.copy_from_slice(&code.to_le_bytes()[..leaf.len]);
                [MediaPayloadType::CODES.name, MiscCommandType::CODES.name].contains(&codes.name)
            }
            // Texts of varying length are texts already.
            Kind::Text if is_text(place) => false,
            Kind::Text => {
                let text = self.random.text(leaf.len - 1);
                place[..text.len()].copy_from_slice(&text);
                place[text.len()] = 0;
                false
            }
            Kind::Address => {
                place[..4].copy_from_slice(&self.code(IpAddrType::CODES).to_le_bytes());
                false
            }
            Kind::Other => false,
        }
    }

    fn set_number(&mut self, leaf: &Leaf, earlier: Option<u32>, place: &mut [u8]) -> bool {
        if is_length(leaf.name) {
            return false;
        }
        let most = self.maximum(leaf.name);
        let follows = self.fill == Fill::Full || self.random.below(2) == 0;
        let value = match (most, earlier) {
            (Some(most), _) if self.fill == Fill::Full => most,
            (Some(most), _) => self.random.next() as u32 % (most + 1),
            (None, Some(earlier)) if follows => earlier,
            // Numbers whose sign can be seen.
            (None, _) if self.fill == Fill::Full => self.random.next() as u32 | 1 << 31,
            (None, _) => self.random.number(),
        };
        place.copy_from_slice(&value.to_le_bytes()[..leaf.len]);
        most.is_some()
    }

    /// The field that this one often repeats: a total the counter of its only page, the RTP payload of a
    /// multimedia channel its codec.
    fn earlier_word(&self, leaf: &Leaf, body: &[u8]) -> Option<u32> {
        let at = match leaf.name {
            "payload_type" => 8,
            name if TOTALS.contains(&name) => leaf.at.checked_sub(4)?,
            _ => return None,
        };
        body[at..].first_chunk().map(|word| u32::from_le_bytes(*word))
    }

    fn maximum(&self, name: &str) -> Option<u32> {
        if self.id == 0x0040 && name == "number_of_entries" {
            return Some(256);
        }
        let found = MAXIMA.iter().find(|(counter, _)| *counter == name).map(|(_, most)| *most);
        let counts = name.ends_with("count") || name.ends_with("entries");
        assert!(found.is_some() || !counts || TOTALS.contains(&name), "how much may {name} say?");
        found
    }

    fn wants_video(&self, leaf: &Leaf) -> bool {
        let chooses = leaf.name == "compression_type" || leaf.video && leaf.name == "payload_capability";
        self.fill == Fill::Full && chooses
    }

    /// The short form of UpdateCapabilities has no room for H.264, and tshark does not know its long one.
    fn video_codec(&mut self) -> u32 {
        let codecs = if self.id == 0x0030 { &VIDEO[..3] } else { &VIDEO };
        self.random.one_of(codecs)
    }

    /// A value of an enumeration, known or not.
    fn code(&mut self, codes: &Codes) -> u32 {
        let codec = codes.name == MediaPayloadType::CODES.name;
        match self.random.below(8) {
            0 => self.random.next() as u32,
            1..=4 if codec => self.random.one_of(&CASES),
            _ => self.random.one_of(codes.values).0,
        }
    }
}

fn is_text(place: &[u8]) -> bool {
    place.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == 0)
}
