//! What was said on the wire, with times: the ladder of one phone.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use skinny::frame::{Frame, HEADER_LEN, Header};
use skinny::packet;
use skinny::text::Charset;
use skinny::view::Listing;

/// Messages that are kept; older ones are dropped.
pub const TRANSCRIPT_MAX: usize = 4096;
/// Fields that the one-line form shows.
const FIELDS_SHOWN: usize = 6;

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The phone.
    Sent,
    /// The server.
    Received,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When, since the driver started.
    pub at: Duration,
    /// Who sent it.
    pub way: Way,
    /// The protocol version in use.
    pub version: u8,
    /// The frame, header included.
    pub frame: Vec<u8>,
    charset: Charset,
}

impl Entry {
    fn header(&self) -> Header {
        self.frame.first_chunk::<HEADER_LEN>().map_or(Header { length: 4, version: 0, id: 0 }, Header::read)
    }

    /// The message id.
    pub fn id(&self) -> u32 {
        self.header().id
    }

    /// The message's name.
    pub fn name(&self) -> String {
        skinny::catalogue::name(self.id()).into_owned()
    }

    /// The frame.
    pub fn frame(&self) -> Frame<'_> {
        Frame { header: self.header(), body: self.frame.get(HEADER_LEN..).unwrap_or(&[]) }
    }

    /// Its fields, by name.
    pub fn fields(&self) -> Listing {
        let mut listing = Listing::default();
        listing.charset = self.charset;
        packet::view(self.frame(), self.version, &mut listing);
        listing
    }

    /// A field as text.
    pub fn field(&self, path: &str) -> Option<String> {
        let fields = self.fields().fields;
        fields.into_iter().find(|field| field.path == path).map(|field| field.shown)
    }
}

/// One line: time, direction, name, the fields that say something.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrow = match self.way {
            Way::Sent => "→",
            Way::Received => "←",
        };
        write!(f, "{:9.3} {arrow} {}", self.at.as_secs_f64(), self.name())?;
        let listing = self.fields();
        let is_empty = |shown: &str| shown == "\"\"" || shown.bytes().all(|byte| byte == b'0');
        let says = listing.fields.iter().enumerate().filter(|(place, field)| {
            // The first field says what it is about, even when that is key 0.
            *place == 0 || (field.number != Some(0) && !is_empty(&field.shown))
        });
        for (_, field) in says.take(FIELDS_SHOWN) {
            let name = field.path.rsplit('.').next().unwrap_or(&field.path);
            write!(f, " {name}={}", field.shown)?;
        }
        Ok(())
    }
}

/// The last messages.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    entries: VecDeque<Entry>,
    /// How many there ever were.
    total: u64,
}

impl Transcript {
    pub fn push(&mut self, at: Duration, way: Way, version: u8, charset: Charset, frame: Frame<'_>) {
        if self.entries.len() >= TRANSCRIPT_MAX {
            self.entries.pop_front();
        }
        let mut bytes = frame.header.bytes().to_vec();
        bytes.extend_from_slice(frame.body);
        self.total += 1;
        self.entries.push_back(Entry { at, way, version, frame: bytes, charset });
    }

    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Those from a number on that are kept, each with the number of the next.
    pub fn since(&self, from: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let first = self.total - self.entries.len() as u64;
        let skipped = from.saturating_sub(first) as usize;
        (first..).zip(&self.entries).skip(skipped).map(|(number, entry)| (number + 1, entry))
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
