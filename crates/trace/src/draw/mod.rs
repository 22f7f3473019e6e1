//! Ladders: who said what to whom, as text, SVG, HTML, Markdown, and as files and packets for other tools.
//!
//! A [`Ladder`] is one call (or any run of messages) made ready to be drawn: columns with the call manager in the middle,
//! one row a message. All drawings are made from it; [`redact`] comes before it, so that no drawing can leak.
//! Text of the network is escaped where it is written, by the rules of what it is written into.

mod build;
pub mod capture;
mod escape;
mod headline;
pub mod hep;
pub mod html;
pub mod markdown;
pub mod redact;
pub mod svg;
#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "ui"))]
pub(crate) use tests::call as fixture;
pub mod text;

use crate::Timestamp;

pub use build::{Sight, of_call};
pub use escape::{markup, plain};
pub use headline::headline;

/// Columns of one ladder at most; messages of further phones share the last.
pub const MAX_COLUMNS: usize = 64;

/// One call, ready to be drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ladder {
    /// What it shows, in a few words.
    pub title: String,
    /// Name and value of what is known of the call.
    pub facts: Vec<(String, String)>,
    /// What is remarkable, with the rows that show it.
    pub remarks: Vec<Remark>,
    /// From left to right; the call managers in the middle.
    pub columns: Vec<Column>,
    /// In the order of time.
    pub rows: Vec<Row>,
}

/// Somebody who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name, else address.
    pub name: String,
    /// What else is known: number, address.
    pub detail: String,
    /// What it is.
    pub kind: ColumnKind,
}

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A phone, or another media device that speaks SCCP.
    Phone,
    /// A call manager.
    Server,
    /// Only media goes there.
    Media,
}

/// Something remarkable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// One word: how much it matters.
    pub severity: &'static str,
    /// In plain words.
    pub text: String,
    /// Ids of rows.
    pub rows: Vec<String>,
}

/// One message or stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Stable name, for links: `m` source, number, number within.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// Column that sends.
    pub from: usize,
    /// Column that receives.
    pub to: usize,
    /// Name of the message.
    pub name: String,
    /// What matters in it.
    pub detail: String,
    /// What it is.
    pub kind: RowKind,
    /// Attached by phone and time, since it bears no reference.
    pub inferred: bool,
    /// Fields with their places in `bytes`.
    pub fields: Vec<Field>,
    /// The message with its header.
    pub bytes: Vec<u8>,
}

/// A field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Dotted path.
    pub path: String,
    /// The value for people.
    pub value: String,
    /// Where in the row's bytes.
    pub at: usize,
    /// How many of them.
    pub len: usize,
}

/// What a row is, for folding and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// Keepalives and their answers.
    KeepAlive,
    /// Lamps.
    Lamp,
    /// What a phone shows: texts, soft keys.
    Screen,
    /// What the user does.
    Key,
    /// The state of calls.
    Call,
    /// Tones and ringing.
    Tone,
    /// Orders of media and their answers.
    Media,
    /// RTP itself.
    Stream,
    /// What the call manager's own trace says beside messages.
    Thought,
    /// Registration, statistics and all else.
    Other,
}

impl RowKind {
    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeepAlive => "keepalive",
            Self::Lamp => "lamp",
            Self::Screen => "screen",
            Self::Key => "key",
            Self::Call => "call",
            Self::Tone => "tone",
            Self::Media => "media",
            Self::Stream => "stream",
            Self::Thought => "thought",
            Self::Other => "other",
        }
    }

    /// Whether it is folded away unless asked for.
    pub fn is_routine(self) -> bool {
        matches!(self, Self::KeepAlive | Self::Lamp)
    }

    /// Whether a ladder in text leaves it out unless asked for: what a phone shows can't be unfolded there.
    pub fn is_quiet(self) -> bool {
        self.is_routine() || self == Self::Screen
    }
}

impl Ladder {
    /// When it begins.
    pub fn start(&self) -> Timestamp {
        self.rows.first().map(|row| row.time).unwrap_or_default()
    }

    /// The column in the middle.
    pub fn server(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.kind == ColumnKind::Server)
    }
}

/// Seconds since the ladder's beginning.
pub fn seconds(nanos: i64) -> String {
    format!(
        "{}{}.{:06}",
        if nanos < 0 { "-" } else { "" },
        nanos.abs() / 1_000_000_000,
        nanos.abs() / 1000 % 1_000_000
    )
}

/// `YYYY-MM-DD HH:MM:SS.mmmmmm`, UTC.
pub fn clock(time: Timestamp) -> String {
    let day = jiff::Timestamp::from_nanosecond(i128::from(time.0))
        .map(|time| time.strftime("%F %T%.6f").to_string());
    day.unwrap_or_else(|_| "time not known".into())
}
