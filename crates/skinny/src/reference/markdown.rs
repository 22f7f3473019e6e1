//! `docs/protocol/messages.md`, written from the declarations.

use std::fmt::Write as _;

use super::{Layout, Row};
use crate::catalogue::{CATALOGUE, Entry, Evidence, Kind, VERSION_MAX, find};
use crate::codes::{self, Codes};
use crate::label::{LABELS_1E, LABELS_80};

/// The whole reference.
pub fn markdown() -> String {
    let mut out = String::from(HEAD);
    index(&mut out);
    for entry in sorted() {
        chapter(&mut out, entry);
    }
    enumerations(&mut out);
    labels(&mut out);
    out
}

const HEAD: &str = "\
# SCCP messages

Every message of the Skinny Client Control Protocol: who sends it, what answers it, its layout by protocol
version with offsets, what it means, where that is known from and how sure it is. Written by `cargo xtask
docs` from the declarations that Lineside itself decodes and encodes with; do not edit it by hand.

How to read it

- A frame is a u32 length (message id and body), a u32 header version, a u32 message id, the body. All
  integers are little-endian; addresses are in network order; ports are u32.
- Offsets count from the start of the body (byte 12 of the frame). A `–` stands behind a field whose length
  varies.
- Layouts are the full forms. Any tail of a body can be absent in what older peers send, and bytes can
  follow it: padding to a multiple of four, leftovers of other messages, fields of newer versions.
- `text` ends with a NUL in a buffer of the given size; what follows the NUL is junk. `text, NUL` takes its
  own length. Text can hold label codes: two bytes that name a string of the phone's own dictionary.
- *Capture* means: seen in bytes of a real peer. *Implementations* means: public implementations have it so.

";

fn sorted() -> Vec<&'static Entry> {
    let mut entries: Vec<&Entry> = CATALOGUE.iter().collect();
    entries.sort_by_key(|entry| entry.id);
    entries
}

fn index(out: &mut String) {
    let _ = writeln!(
        out,
        "## Index\n\n| id | message | direction | conversation | layout known from |\n|---|---|---|---|---|"
    );
    for entry in sorted() {
        let _ = writeln!(
            out,
            "| {:#06x} | [{}](#{}) | {} | {} | {} |",
            entry.id,
            entry.name,
            anchor(entry),
            entry.direction.words(),
            entry.conversation,
            sureness(entry),
        );
    }
    out.push('\n');
}

fn anchor(entry: &Entry) -> String {
    format!("{:#06x}-{}", entry.id, entry.name.to_lowercase())
}

fn sureness(entry: &Entry) -> &'static str {
    match (entry.typed, entry.about.evidence) {
        (false, _) => "not known",
        (true, Evidence::Capture) => "capture",
        (true, Evidence::Implementations) => "implementations",
    }
}

fn chapter(out: &mut String, entry: &Entry) {
    let _ = writeln!(out, "## {:#06x} {}\n", entry.id, entry.name);
    let _ = writeln!(out, "{}\n", entry.about.doc.split_whitespace().collect::<Vec<_>>().join(" "));
    let _ = writeln!(out, "- **Direction:** {}{}", entry.direction.words(), partners(entry));
    let sure = match entry.about.evidence {
        Evidence::Capture => "Capture",
        Evidence::Implementations => "Implementations",
    };
    let _ = writeln!(out, "- **Known from:** {sure}: {}\n", entry.about.known_from);
    for variant in entry.variants() {
        let versions = match (variant.from, variant.to) {
            (0, VERSION_MAX) => "All versions".to_owned(),
            (from, VERSION_MAX) => format!("From version {from}"),
            (0, to) => format!("Up to version {to}"),
            (from, to) if from == to => format!("Version {from}"),
            (from, to) => format!("Versions {from} to {to}"),
        };
        table(out, &versions, &variant.layout, entry.typed);
    }
    if let Some((about, layout)) = entry.alternative() {
        let _ = writeln!(out, "Another form. {}\nKnown from: {}.\n", about.doc.trim(), about.known_from);
        table(out, "That form", &layout, true);
    }
}

fn partners(entry: &Entry) -> String {
    if entry.pairs.is_empty() {
        return String::new();
    }
    let verb = if entry.kind == Kind::Response { "answers" } else { "goes with" };
    let verb = if entry.kind == Kind::Request { "answered by" } else { verb };
    let links: Vec<String> = entry
        .pairs
        .iter()
        .filter_map(|id| find(*id))
        .map(|other| format!("[{}](#{})", other.name, anchor(other)))
        .collect();
    format!("; {verb} {}", links.join(", "))
}

fn table(out: &mut String, title: &str, layout: &Layout, typed: bool) {
    let size = match (typed, layout.size()) {
        (false, _) => "the layout is not known".to_owned(),
        (true, Some(0)) => "no body".to_owned(),
        (true, Some(size)) if size % 4 != 0 => {
            format!("{size} bytes, {} with padding", size.next_multiple_of(4))
        }
        (true, Some(size)) => format!("{size} bytes"),
        (true, None) => "length varies".to_owned(),
    };
    let _ = writeln!(out, "{title}: {size}.\n");
    if layout.rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "| offset | bytes | type | field | meaning |\n|---:|---:|---|---|---|");
    for row in &layout.rows {
        table_row(out, row);
    }
    out.push('\n');
}

fn table_row(out: &mut String, row: &Row) {
    let offset = row.offset.map_or_else(|| "–".to_owned(), |offset| offset.to_string());
    let size = if row.varies { format!("≤ {}", row.size) } else { row.size.to_string() };
    let codes = row.codes.map_or_else(String::new, |name| format!("[{name}](#{})", name.to_lowercase()));
    let meaning: Vec<&str> = [codes.as_str(), row.doc.as_str(), row.note.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let _ = writeln!(out, "| {offset} | {size} | {} | `{}` | {} |", row.kind, row.name, meaning.join("; "));
}

fn enumerations(out: &mut String) {
    out.push_str(
        "# Enumerations\n\nAn unknown value is legal anywhere: it is shown as hex and survives.\n\n",
    );
    let mut all: Vec<&Codes> = codes::ALL.to_vec();
    all.sort_by_key(|codes| codes.name);
    for codes in all {
        let _ = writeln!(out, "## {}\n\n{}\n", codes.name, codes.doc.trim());
        let _ = writeln!(out, "| value | hex | name |\n|---:|---:|---|");
        for (value, name) in codes.values {
            let _ = writeln!(out, "| {value} | {value:#x} | {name} |");
        }
        out.push('\n');
    }
}

fn labels(out: &mut String) {
    out.push_str(
        "# Label codes\n\nTwo bytes in a text: the phone puts the string of its own locale in their place. 0x80 is known to every\n\
         phone; 0x1e needs newer firmware. Seen in captures: 80 13, 80 16, 80 17, 80 18, 80 20.\n\n| bytes | label |\n|---|---|\n",
    );
    for (prefix, dictionary) in [(0x80, LABELS_80), (0x1e, LABELS_1E)] {
        for (number, name) in dictionary {
            let _ = writeln!(out, "| {prefix:02x} {number:02x} | {name} |");
        }
    }
}
