//! Cuts one direction of a TCP stream into SCCP frames, and finds the frames again after a gap.
//!
//! A frame is a length (of all that follows the first two words), a header version and a message id, each
//! a little-endian word, then the message's body. There is no magic number and no checksum, so that a reader
//! that lost its place must look for headers that are plausible and follow one another: see [`mod@search`].
//!
//! Whole frames are borrowed from the data they came in; only a frame cut by a segment's end is copied.

mod header;
pub mod search;
#[cfg(test)]
mod tests;

pub use header::{HEADER_LEN, Header, Origin};
pub use search::MAX_PLAUSIBLE_LENGTH;

use search::{Search, search};

/// The largest value of a frame's length word. The largest messages known have about 2,400 bytes; proxies
/// and test tools have been seen to send more.
pub const MAX_FRAME_LENGTH: u32 = 64 * 1024;

/// The highest header version that is taken for one: 22 is the highest known.
pub const MAX_HEADER_VERSION: u32 = 30;

/// The capacity that a search's buffer keeps.
const IDLE_CAPACITY: usize = 4096;

/// One SCCP frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Where in its direction's stream it begins, missing bytes counted.
    pub offset: u64,
    /// Header version, as found.
    pub header_version: u32,
    /// Message id.
    pub id: u32,
    /// The message's body.
    pub body: &'a [u8],
}

/// What a [`Framer`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameEvent<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// Where a header should be, something else is.
    BadHeader {
        /// Where in the stream.
        offset: u64,
        /// What is there.
        found: Header,
    },
    /// The place of the next header was found again.
    Resynchronised {
        /// Where in the stream it is.
        offset: u64,
        /// How many bytes before it were passed over.
        skipped: u64,
    },
    /// The stream broke off or ended within a frame, or with no frame found.
    Abandoned {
        /// Where in the stream the lost bytes end.
        offset: u64,
        /// How many were lost.
        bytes: u64,
    },
}

/// Cuts one direction's stream. There are two for each open connection: what few of them need is kept apart.
#[derive(Debug)]
pub struct Framer {
    /// Stream offset of the first byte that waits, or of the next one to come.
    offset: u64,
    waits: Option<Box<Waits>>,
    /// Whether the next byte is in the frame that waits, or begins one; otherwise a header is looked for.
    in_step: bool,
    origin: Origin,
}

/// What waits for more data.
#[derive(Debug, Default)]
struct Waits {
    /// A frame cut by the end of the data at hand; while searching, what may still turn out to be one.
    kept: Vec<u8>,
    /// While searching: so many bytes passed over.
    skipped: u64,
}

impl Framer {
    /// For a stream whose beginning is known: a frame begins at its first byte.
    pub fn at_start() -> Self {
        Self { offset: 0, waits: None, in_step: true, origin: Origin::Unknown }
    }

    /// For a stream caught in the middle.
    pub fn in_the_middle() -> Self {
        Self { in_step: false, ..Self::at_start() }
    }

    /// Who sends in this direction, when that is known: a search then takes only ids that this side sends.
    #[must_use]
    pub fn from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Where in the stream the next data belongs.
    pub fn position(&self) -> u64 {
        self.offset + self.waits.as_ref().map_or(0, |waits| waits.kept.len()) as u64
    }

    /// The next data of the stream.
    #[inline]
    pub fn feed(&mut self, data: &[u8], mut on: impl FnMut(FrameEvent<'_>)) {
        let mut rest = data;
        if self.in_step {
            if self.waits.is_some() {
                rest = self.complete_kept(rest, &mut on);
            }
            if self.in_step {
                rest = self.cut(rest, &mut on);
            }
        }
        if !rest.is_empty() || !self.in_step {
            self.keep(rest, &mut on);
        }
    }

    /// `missing` bytes of the stream will never come.
    pub fn gap(&mut self, missing: u64, mut on: impl FnMut(FrameEvent<'_>)) {
        self.abandon_kept(&mut on);
        self.offset += missing;
        self.in_step = false;
    }

    /// The stream has ended.
    pub fn finish(&mut self, mut on: impl FnMut(FrameEvent<'_>)) {
        self.abandon_kept(&mut on);
        self.in_step = true;
    }

    /// What is kept becomes lost, with what a search has passed over so far.
    fn abandon_kept(&mut self, on: &mut impl FnMut(FrameEvent<'_>)) {
        let Some(waits) = self.waits.take() else { return };
        let bytes = waits.skipped + waits.kept.len() as u64;
        self.offset += waits.kept.len() as u64;
        if bytes > 0 {
            on(FrameEvent::Abandoned { offset: self.offset, bytes });
        }
    }

    /// Cuts whole frames off the front of `data`, which stands at `offset`; gives back the rest: part of a
    /// frame, or a bad header, which changes the state.
    #[inline]
    fn cut<'d>(&mut self, mut data: &'d [u8], on: &mut impl FnMut(FrameEvent<'_>)) -> &'d [u8] {
        while let Some((bytes, _)) = data.split_first_chunk::<HEADER_LEN>() {
            let header = Header::read(bytes);
            if !header.is_acceptable() {
                self.lose_step(header, on);
                return data;
            }
            let total = header.frame_len();
            let Some((frame, rest)) = data.split_at_checked(total) else { return data };
            on(FrameEvent::Frame(header.frame(self.offset, frame)));
            self.offset += total as u64;
            data = rest;
        }
        data
    }

    #[cold]
    fn lose_step(&mut self, found: Header, on: &mut impl FnMut(FrameEvent<'_>)) {
        on(FrameEvent::BadHeader { offset: self.offset, found });
        self.in_step = false;
    }

    /// Completes the frame at the front of the buffer; gives back what of `data` was not needed for it.
    fn complete_kept<'d>(&mut self, data: &'d [u8], on: &mut impl FnMut(FrameEvent<'_>)) -> &'d [u8] {
        let mut waits = self.waits.take().unwrap_or_default();
        let data = keep_up_to(&mut waits.kept, HEADER_LEN, data);
        let Some(header) = waits.kept.first_chunk::<HEADER_LEN>().map(Header::read) else {
            self.waits = Some(waits);
            return data;
        };
        if !header.is_acceptable() {
            self.waits = Some(waits);
            self.lose_step(header, on);
            return data;
        }
        let total = header.frame_len();
        let data = keep_up_to(&mut waits.kept, total, data);
        if waits.kept.len() == total {
            on(FrameEvent::Frame(header.frame(self.offset, &waits.kept)));
            self.offset += total as u64;
        } else {
            self.waits = Some(waits);
        }
        data
    }

    /// What is left after the whole frames: part of one, or something to search.
    #[cold]
    fn keep(&mut self, rest: &[u8], on: &mut impl FnMut(FrameEvent<'_>)) {
        let mut waits = self.waits.take().unwrap_or_default();
        let seam = waits.kept.len();
        waits.kept.extend_from_slice(rest);
        if !self.in_step {
            let joined = &mut waits.kept;
            let (left, skipped) = self.search(joined, seam, waits.skipped, on);
            joined.drain(..joined.len() - left);
            joined.shrink_to(left.max(IDLE_CAPACITY));
            waits.skipped = skipped;
        }
        if !waits.kept.is_empty() || waits.skipped > 0 {
            self.waits = Some(waits);
        }
    }

    /// Searches and cuts in turn until the data is used up; says how many bytes at its end are to be kept, and how many before them a
    /// search has passed over that goes on.
    fn search(
        &mut self,
        data: &[u8],
        seam: usize,
        mut skipped: u64,
        on: &mut impl FnMut(FrameEvent<'_>),
    ) -> (usize, u64) {
        let mut rest = data;
        while !self.in_step {
            let seam = seam.saturating_sub(data.len() - rest.len());
            let (at, found) = match search(rest, seam, self.origin) {
                Search::Found(at) => (at, true),
                Search::Undecided(at) => (at, false),
            };
            skipped += at as u64;
            self.offset += at as u64;
            rest = &rest[at..];
            if !found {
                break;
            }
            self.in_step = true;
            if skipped > 0 {
                on(FrameEvent::Resynchronised { offset: self.offset, skipped });
            }
            skipped = 0;
            rest = self.cut(rest, on);
        }
        (rest.len(), skipped)
    }
}

/// Moves bytes from `data` to the buffer until it has `wanted`; gives back the others.
fn keep_up_to<'d>(kept: &mut Vec<u8>, wanted: usize, data: &'d [u8]) -> &'d [u8] {
    let count = wanted.saturating_sub(kept.len()).min(data.len());
    let (now, rest) = data.split_at(count);
    kept.extend_from_slice(now);
    rest
}
