//! What happened, for people: one line a message, decision or event. Written only when somebody will read it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use skinny::catalogue;
use skinny::frame::Frame;
use skinny::packet::view;
use skinny::text::Charset;
use skinny::view::{Sink, Value};

use crate::clock::{Clock, MILLISECOND, SECOND};

/// Fields shown of a message.
const FIELDS_MAX: usize = 8;

/// The last lines of what happened.
#[derive(Debug, Default)]
pub struct Ladder {
    lines_max: usize,
    lines: VecDeque<String>,
    names: Vec<(u16, String)>,
}

impl Ladder {
    /// A ladder that keeps so many lines; none: nothing is written.
    pub fn new(lines_max: usize, names: Vec<(u16, String)>) -> Ladder {
        Ladder { lines_max, lines: VecDeque::new(), names }
    }

    /// A line of text.
    pub fn note(&mut self, now: u64, text: impl FnOnce() -> String) {
        if self.lines_max > 0 {
            self.line(now, &text());
        }
    }

    /// A phone decided something.
    pub fn decision(&mut self, now: u64, phone: u16, text: impl FnOnce() -> String) {
        if self.lines_max > 0 {
            let line = format!("{} · {}", self.name(phone), text());
            self.line(now, &line);
        }
    }

    /// A message of a phone reached the exchange.
    pub fn from_phone(&mut self, now: u64, phone: u16, version: u8, frame: Frame<'_>) {
        self.message(now, phone, version, frame, '→');
    }

    /// The exchange sent a message.
    pub fn to_phone(&mut self, now: u64, phone: u16, version: u8, frame: Frame<'_>) {
        self.message(now, phone, version, frame, '←');
    }

    fn message(&mut self, now: u64, phone: u16, version: u8, frame: Frame<'_>, arrow: char) {
        if self.lines_max > 0 {
            let line = format!("{} {arrow} {}", self.name(phone), summary(frame, version));
            self.line(now, &line);
        }
    }

    fn name(&self, phone: u16) -> &str {
        self.names.iter().find(|(number, _)| *number == phone).map_or("?", |(_, name)| name)
    }

    fn line(&mut self, now: u64, text: &str) {
        if self.lines.len() >= self.lines_max {
            self.lines.pop_front();
        }
        let since_ms = now.saturating_sub(Clock::at(0)) / MILLISECOND;
        let (seconds, rest) = (since_ms * MILLISECOND / SECOND, since_ms % 1000);
        self.lines.push_back(format!("{seconds:>5}.{rest:03} {text}"));
    }

    /// The lines.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

/// A message on one line: its name and the fields that say something.
fn summary(frame: Frame<'_>, version: u8) -> String {
    let mut fields = Fields { text: catalogue::name(frame.header.id).into_owned(), count: 0 };
    view(frame, version, &mut fields);
    fields.text
}

struct Fields {
    text: String,
    count: usize,
}

/// Fields that are the same everywhere, or long.
const DULL: [&str; 8] = [
    "privacy",
    "precedence_level",
    "call_security_status",
    "party_pi_restriction_bits",
    "valid_key_mask",
    "ring_duration",
    "conference_id",
    "tone_output_direction",
];

impl Sink for Fields {
    fn leaf(&mut self, name: &'static str, _at: usize, _len: usize, value: Value<'_>) {
        let is_nothing = match value {
            Value::Unsigned(0) | Value::Signed(0) | Value::Hex(0) => true,
            Value::Bytes(_) | Value::Mac(_) => true,
            other => other.is_empty(),
        };
        if is_nothing || DULL.contains(&name) || self.count >= FIELDS_MAX {
            return;
        }
        self.count += 1;
        let _ = match value {
            Value::Code(..) | Value::Text(_) => write!(self.text, " {value}"),
            _ => write!(self.text, " {}={value}", short(name)),
        };
    }
    fn begin(&mut self, _name: &'static str) {}
    fn begin_table(&mut self, _name: &'static str) {}
    fn begin_entry(&mut self, _index: usize) {}
    fn charset(&self) -> Charset {
        Charset::default()
    }
    fn end(&mut self) {}
}

fn short(name: &'static str) -> &'static str {
    match name {
        "call_reference" => "ref",
        "line_instance" | "line_number" => "line",
        "pass_through_party_id" => "party",
        other => other,
    }
}
