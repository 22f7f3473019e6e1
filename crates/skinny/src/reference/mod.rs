//! The layout of a message at one protocol version: what `lineside messages` and
//! `docs/protocol/messages.md` print.

mod markdown;

pub use markdown::markdown;

use crate::codes::Codes;

/// Collects the rows of one layout, in wire order.
#[derive(Debug)]
pub struct Layout {
    version: u8,
    at: Option<usize>,
    prefix: String,
    note: String,
    /// The fields.
    pub rows: Vec<Row>,
}

/// A field of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Offset in the body; none behind a field whose length varies.
    pub offset: Option<usize>,
    /// Type on the wire.
    pub kind: String,
    /// Bytes; for what varies, the most it takes.
    pub size: usize,
    /// Whether the length varies.
    pub varies: bool,
    /// Dotted path.
    pub name: String,
    /// The enumeration whose values it holds.
    pub codes: Option<&'static str>,
    /// What it means.
    pub doc: String,
    /// Repetition and case, in words.
    pub note: String,
}

impl Layout {
    /// An empty layout of protocol `version`.
    pub fn new(version: u8) -> Self {
        Layout { version, at: Some(0), prefix: String::new(), note: String::new(), rows: Vec::new() }
    }

    /// The version that is described.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Bytes of the whole body; none when the length varies.
    pub fn size(&self) -> Option<usize> {
        self.at
    }

    /// A field of fixed size.
    pub fn row(&mut self, name: &str, kind: &str, size: usize, doc: &str) {
        self.push(name, kind, size, false, None, doc);
        self.at = self.at.map(|at| at + size);
    }

    /// An enumeration or a set of flags.
    pub fn code(&mut self, name: &str, kind: &str, size: usize, codes: &'static Codes, doc: &str) {
        // What the enumeration is about, in its first sentence; its own chapter says the rest.
        let first = codes.doc.split_inclusive(". ").next().unwrap_or("").trim();
        let doc = if doc.is_empty() { first } else { doc };
        self.push(name, kind, size, false, Some(codes.name), doc);
        self.at = self.at.map(|at| at + size);
    }

    /// A field whose length varies, up to `max` bytes.
    pub fn dynamic(&mut self, name: &str, kind: &str, max: usize, doc: &str) {
        self.push(name, kind, max, true, None, doc);
        self.at = None;
    }

    /// A struct: its parts follow under its name.
    pub fn nested(&mut self, name: &str, parts: impl FnOnce(&mut Layout)) {
        let outer = self.prefix.len();
        if !name.is_empty() {
            self.prefix.push_str(name);
            self.prefix.push('.');
        }
        parts(self);
        self.prefix.truncate(outer);
    }

    /// A table of `places` entries, described by the first one.
    pub fn table(&mut self, name: &str, places: usize, doc: &str, entry: impl FnOnce(&mut Layout)) {
        let (start, first_row) = (self.at, self.rows.len());
        let outer = self.prefix.len();
        self.prefix.push_str(&format!("{name}[]"));
        if !self.prefix.is_empty() {
            self.prefix.push('.');
        }
        entry(self);
        self.prefix.truncate(outer);
        let stride = self.at.zip(start).map(|(end, start)| end - start);
        self.at = start.zip(stride).map(|(start, stride)| start + stride * places);
        let repeated = match stride {
            Some(stride) => format!("×{places}, every {stride} bytes"),
            None => format!("×{places}"),
        };
        for row in &mut self.rows[first_row..] {
            row.name = row.name.trim_end_matches('.').to_owned();
            row.note =
                if row.note.is_empty() { repeated.clone() } else { format!("{repeated}; {}", row.note) };
            if row.doc.is_empty() {
                row.doc = doc.trim().to_owned();
            }
        }
    }

    /// A case of a union that takes `size` bytes, in words (`G7231`, `otherwise`).
    pub fn case(&mut self, when: &str, parts: impl FnOnce(&mut Layout)) {
        let start = self.at;
        let outer = std::mem::replace(&mut self.note, format!("case {when}"));
        parts(self);
        self.note = outer;
        self.at = start;
    }

    /// The union ends.
    pub fn skip(&mut self, size: usize) {
        self.at = self.at.map(|at| at + size);
    }

    fn push(
        &mut self,
        name: &str,
        kind: &str,
        size: usize,
        varies: bool,
        codes: Option<&'static str>,
        doc: &str,
    ) {
        self.rows.push(Row {
            offset: self.at,
            kind: kind.to_owned(),
            size,
            varies,
            name: format!("{}{name}", self.prefix),
            codes,
            doc: doc.split_whitespace().collect::<Vec<_>>().join(" "),
            note: self.note.clone(),
        });
    }
}
