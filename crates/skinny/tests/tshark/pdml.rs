//! Reads tshark's PDML: every field with its position and size, repetition and order kept.
//!
//! One line is one tag, as tshark writes it; this is no XML parser.

use std::io::BufRead;

/// A TCP segment and the messages that end in it.
#[derive(Debug, Default)]
pub struct Segment {
    /// Number of the packet in its file, from 1 on.
    pub number: u32,
    /// Sender's port, receiver's port.
    pub ports: (u16, u16),
    /// tshark's number of the TCP connection.
    pub stream: u32,
    /// Place of the payload in the stream.
    pub sequence: u32,
    /// The payload.
    pub payload: Vec<u8>,
    /// What tshark found.
    pub messages: Vec<Dissected>,
}

/// A message as tshark reads it.
#[derive(Debug, Default)]
pub struct Dissected {
    /// The fields behind the header, in tshark's order.
    pub fields: Vec<Theirs>,
    /// The header's message id.
    pub id: u32,
    /// The header's version word.
    pub version: u32,
    /// Whether tshark ran out of bytes.
    pub malformed: bool,
}

/// A field as tshark reads it.
#[derive(Debug, Default, Clone)]
pub struct Theirs {
    /// `skinny.` and what follows it; for a set of flags the name of its subtree.
    pub name: String,
    /// Offset in the body.
    pub at: usize,
    /// Bytes.
    pub len: usize,
    /// The value as tshark's filters write it.
    pub show: String,
    /// The value with its meaning (`tone: AlertingTone (0x24)`).
    pub shown: String,
    /// For a set of flags: mask and name of each.
    pub flags: Vec<(u32, String)>,
}

/// Reads a whole output.
pub fn read(input: impl BufRead) -> Vec<Segment> {
    let mut reading = Reading::default();
    for line in input.split(b'\n') {
        let line = line.expect("tshark's output can be read");
        reading.line(String::from_utf8_lossy(&line).trim());
    }
    reading.segments
}

#[derive(Default)]
struct Reading {
    segments: Vec<Segment>,
    /// Position of the body of the message that is read.
    body: usize,
    in_skinny: bool,
    /// Protocols inside the message's own (XML), which are none of ours.
    inner: usize,
    /// Depth of tags inside `<proto name="skinny">`.
    depth: usize,
    /// Tags without a field of their own that are open: name and place, and flags found inside.
    trees: Vec<Option<Theirs>>,
}

impl Reading {
    fn line(&mut self, line: &str) {
        if line.starts_with("<packet") {
            self.segments.push(Segment::default());
        } else if line.starts_with("<proto") {
            self.proto(&Tag(line), line.ends_with("/>"));
        } else if line.starts_with("</proto") {
            if self.inner > 0 { self.inner -= 1 } else { self.in_skinny = false }
        } else if self.inner == 0 && line.starts_with("<field") {
            let tag = Tag(line);
            if self.in_skinny {
                self.field(&tag)
            } else {
                self.segment_field(&tag)
            }
            if !line.ends_with("/>") && self.in_skinny {
                self.depth += 1;
            }
        } else if self.inner == 0 && self.in_skinny && line.starts_with("</field") {
            self.depth -= 1;
            if self.trees.len() > self.depth {
                self.end_tree();
            }
        }
    }

    fn proto(&mut self, tag: &Tag<'_>, closed: bool) {
        let Some(segment) = self.segments.last_mut() else { return };
        if self.in_skinny {
            self.inner += usize::from(!closed);
        }
        match tag.attribute("name").as_str() {
            "skinny" => {
                self.in_skinny = true;
                self.depth = 0;
                self.trees.clear();
                self.body = tag.number("pos") + 12;
                segment.messages.push(Dissected::default());
            }
            "_ws.malformed" => {
                if let Some(message) = segment.messages.last_mut() {
                    message.malformed = true;
                }
            }
            _ => {}
        }
    }

    fn segment_field(&mut self, tag: &Tag<'_>) {
        let Some(segment) = self.segments.last_mut() else { return };
        match tag.attribute("name").as_str() {
            "num" => segment.number = tag.number("show") as u32,
            "tcp.srcport" => segment.ports.0 = tag.number("show") as u16,
            "tcp.dstport" => segment.ports.1 = tag.number("show") as u16,
            "tcp.stream" => segment.stream = tag.number("show") as u32,
            "tcp.seq_raw" => segment.sequence = tag.number("show") as u32,
            "tcp.payload" => segment.payload = bytes(&tag.attribute("value")),
            _ => {}
        }
    }

    fn field(&mut self, tag: &Tag<'_>) {
        let name = tag.attribute("name");
        let message = self.segments.last_mut().and_then(|segment| segment.messages.last_mut());
        let message = message.expect("inside a message");
        match name.as_str() {
            "skinny.data_length" => {}
            "skinny.hdr_version" => message.version = tag.hex("show"),
            "skinny.messageId" => message.id = tag.number("show") as u32,
            "skinny.response_in" | "skinny.response_to" | "skinny.response_time" => {}
            _ if name.starts_with("_ws.malformed") => message.malformed = true,
            "" => self.trees_at_depth(tag),
            _ if !name.starts_with("skinny.") => {}
            _ if tag.has("unmaskedvalue") => self.flag(tag),
            _ => message.fields.push(Theirs { name: plain(&name), ..tag.place(self.body) }),
        }
    }

    fn trees_at_depth(&mut self, tag: &Tag<'_>) {
        self.trees.resize(self.depth, None);
        let raw = bytes(&tag.attribute("value"));
        let number = raw.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let tree = Theirs { name: tag.attribute("show"), ..tag.place(self.body) };
        self.trees.push(Some(Theirs { show: number.to_string(), ..tree }));
    }

    /// A flag: its mask is drawn in dots before its name (`.... ..1. = G729: Yes`).
    fn flag(&mut self, tag: &Tag<'_>) {
        let shown = tag.attribute("showname");
        let (drawing, rest) = shown.split_once(" = ").unwrap_or_default();
        let digits = drawing.chars().filter(|c| *c != ' ');
        let mask = digits.fold(0, |mask, digit| mask << 1 | u32::from(digit != '.'));
        let name = rest.split(':').next().unwrap_or_default().to_owned();
        if let Some(Some(tree)) = self.trees.last_mut() {
            tree.flags.push((mask, name));
        }
    }

    /// A subtree is a field only when it holds flags.
    fn end_tree(&mut self) {
        if let Some(Some(tree)) = self.trees.pop()
            && !tree.flags.is_empty()
        {
            let message = self.segments.last_mut().and_then(|segment| segment.messages.last_mut());
            message.expect("inside a message").fields.push(tree);
        }
    }
}

fn plain(name: &str) -> String {
    name.strip_prefix("skinny.").unwrap_or(name).to_owned()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A tag and its attributes.
struct Tag<'l>(&'l str);

impl Tag<'_> {
    fn raw(&self, name: &str) -> Option<&str> {
        let mut rest = self.0;
        loop {
            let start = rest.find(name)?;
            let after = &rest[start + name.len()..];
            if rest[..start].ends_with(' ')
                && let Some(value) = after.strip_prefix("=\"")
            {
                return value.split('"').next();
            }
            rest = after;
        }
    }

    fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    fn attribute(&self, name: &str) -> String {
        let raw = self.raw(name).unwrap_or_default();
        if !raw.contains('&') {
            return raw.to_owned();
        }
        let unquoted = raw.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        unquoted.replace("&#x27;", "'").replace("&amp;", "&")
    }

    fn number(&self, name: &str) -> usize {
        self.raw(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    fn hex(&self, name: &str) -> u32 {
        let digits = self.raw(name).unwrap_or_default().trim_start_matches("0x");
        u32::from_str_radix(digits, 16).unwrap_or_default()
    }

    fn place(&self, body: usize) -> Theirs {
        Theirs {
            at: self.number("pos").wrapping_sub(body),
            len: self.number("size"),
            show: self.attribute("show"),
            shown: self.attribute("showname"),
            ..Theirs::default()
        }
    }
}
