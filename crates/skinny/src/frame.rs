//! The frame: u32 length, u32 header version, u32 message id, body. All little-endian.
//!
//! The length counts what follows the version word: 4 + body. The version word is not reserved, as old
//! documents say: it is 0 in basic sessions and otherwise the protocol version of this message (captures
//! at 20 and 22). It is not the negotiated version: a 7960 that negotiated 11 goes on to send 0.

use std::fmt;

/// Bytes of the header.
pub const HEADER_LEN: usize = 12;
/// Smallest length word: a message id and no body.
pub const LENGTH_MIN: u32 = 4;
/// Largest length word we accept. The longest real message, AuditConferenceRes, needs 2,444; user data
/// needs 2,044.
pub const LENGTH_MAX: u32 = 8192;
/// Largest body we accept.
pub const BODY_MAX: usize = LENGTH_MAX as usize - 4;
/// Largest frame we accept.
pub const FRAME_MAX: usize = LENGTH_MAX as usize + 8;

/// The twelve bytes before a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes behind the version word: 4 + body.
    pub length: u32,
    /// Version word as found.
    pub version: u32,
    /// The message id.
    pub id: u32,
}

impl Header {
    /// Reads a header; the length is not judged.
    #[inline]
    pub fn read(bytes: &[u8; HEADER_LEN]) -> Header {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Header { length: word(0), version: word(4), id: word(8) }
    }

    /// The header's bytes.
    #[inline]
    pub fn bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..4].copy_from_slice(&self.length.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.version.to_le_bytes());
        bytes[8..].copy_from_slice(&self.id.to_le_bytes());
        bytes
    }

    /// Whether the length is one that a frame can have.
    #[inline]
    pub fn has_valid_length(&self) -> bool {
        self.length.wrapping_sub(LENGTH_MIN) <= LENGTH_MAX - LENGTH_MIN
    }

    /// Bytes of the whole frame.
    #[inline]
    pub fn frame_len(&self) -> usize {
        self.length as usize + 8
    }

    /// Whether this could begin a frame of a real peer: what resynchronisation and the search for SCCP on
    /// other ports go by.
    pub fn is_plausible(&self) -> bool {
        let version = self.version == 0 || (3..=30).contains(&self.version);
        version && self.has_valid_length() && crate::catalogue::find(self.id).is_some()
    }
}

/// A frame, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its header.
    pub header: Header,
    /// What follows the header.
    pub body: &'a [u8],
}

/// A length word that no frame can have: the stream can't be read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameError {
    /// The length word.
    pub length: u32,
    /// Offset of the frame from the start of the stream.
    pub at: u64,
    /// The twelve bytes that stood where a header belongs.
    pub found: [u8; HEADER_LEN],
}

impl std::error::Error for FrameError {}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "length word {:#x} at byte {} of the stream: a frame has {LENGTH_MIN} to {LENGTH_MAX}; found ",
            self.length, self.at
        )?;
        crate::view::write_hex(f, &self.found)?;
        f.write_str(" where a header belongs, so this is no SCCP, or bytes are missing before it")
    }
}

/// What the start of a buffer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split<'a> {
    /// A frame, and the bytes behind it.
    Frame(Frame<'a>, &'a [u8]),
    /// The start of a frame: this many bytes are needed for it, as far as its header tells.
    Incomplete(usize),
    /// No frame.
    Invalid(Header),
}

/// Cuts the first frame off `bytes`.
#[inline(always)]
pub fn split(bytes: &[u8]) -> Split<'_> {
    let Some(head) = bytes.first_chunk::<HEADER_LEN>() else {
        return match invalid_start(bytes) {
            Some(header) => Split::Invalid(header),
            None => Split::Incomplete(HEADER_LEN),
        };
    };
    let header = Header::read(head);
    if !header.has_valid_length() {
        return Split::Invalid(header);
    }
    let len = header.frame_len();
    match bytes.get(HEADER_LEN..len) {
        Some(body) => Split::Frame(Frame { header, body }, &bytes[len..]),
        None => Split::Incomplete(len),
    }
}

/// A bad length is an error as soon as its four bytes are there: a peer that then falls silent can't hold
/// the session in wait.
#[cold]
fn invalid_start(bytes: &[u8]) -> Option<Header> {
    let mut head = [0; HEADER_LEN];
    head[..bytes.len()].copy_from_slice(bytes);
    let header = Header::read(&head);
    (bytes.len() >= 4 && !header.has_valid_length()).then_some(header)
}

/// Finds where frames begin again in the middle of a stream: the first offset with a plausible header
/// whose frame is followed by another plausible header, or ends where the bytes end.
///
/// `None` when the bytes hold no such place; then all but the last [`HEADER_LEN`] − 1 bytes can be let go.
pub fn resynchronise(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len().saturating_sub(HEADER_LEN - 1)).find(|at| begins_frames(&bytes[*at..]))
}

fn begins_frames(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<HEADER_LEN>().map(Header::read) else { return false };
    if !header.is_plausible() {
        return false;
    }
    match bytes.get(header.frame_len()..) {
        None => false,
        Some([]) => true,
        Some(rest) => match rest.first_chunk::<HEADER_LEN>().map(Header::read) {
            Some(next) => next.is_plausible(),
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lengths_are_refused_with_what_was_found() {
        for length in [0, 1, 2, 3, LENGTH_MAX + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
            let header = Header { length, version: 0, id: 0 };
            assert_eq!(split(&header.bytes()), Split::Invalid(header));
            assert!(matches!(split(&header.bytes()[..4]), Split::Invalid(_)));
            let shown = FrameError { length, at: 7, found: header.bytes() }.to_string();
            assert!(shown.contains(&format!("{length:#x} at byte 7")), "{shown}");
        }
        for length in [LENGTH_MIN, LENGTH_MAX] {
            let header = Header { length, version: 0, id: 0 };
            assert_eq!(split(&header.bytes()[..11]), Split::Incomplete(HEADER_LEN));
        }
    }

    #[test]
    fn finds_the_next_frame_in_the_middle_of_a_stream() {
        let keepalive = Header { length: 4, version: 0, id: 0 }.bytes();
        let mut stream = vec![0x12, 0x34, 0x04, 0, 0];
        stream.extend(keepalive);
        stream.extend(keepalive);
        assert_eq!(resynchronise(&stream), Some(5));
        assert_eq!(resynchronise(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), None);
        assert_eq!(resynchronise(&[0; 40]), None);
    }
}
