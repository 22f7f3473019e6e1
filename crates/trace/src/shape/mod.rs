//! Tells SCCP from other protocols by the shape of the first bytes.
//!
//! On SCCP's own ports one plausible header is enough; on any other port it takes two frames in a row, or
//! one from each side that fills its segment. Until then a connection's first bytes are held back, so that
//! nothing of them is lost when the answer is yes.

#[cfg(test)]
mod tests;

use crate::Timestamp;
use crate::framer::search::{Search, chain, search};
use crate::framer::{HEADER_LEN, Header, Origin};
use crate::stream::{Chunk, Gap, Opening, Side};

/// SCCP in clear.
pub const SCCP_PORT: u16 = 2000;
/// SCCP over TLS.
pub const SCCP_TLS_PORT: u16 = 2443;

/// Bytes of a connection that are held back at most before it is judged.
pub const MAX_PROBE: usize = 4096;

/// Frames that must follow one another on a port that is not SCCP's.
const ENOUGH_FRAMES: usize = 2;

/// Why a connection is not taken as SCCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NotSccp {
    /// It begins with a TLS handshake.
    Tls,
    /// Its first [`MAX_PROBE`] bytes hold no frame.
    NoFrame,
    /// It ended before there was enough to judge.
    TooShort,
    /// Too many connections are being judged at once.
    TooMany,
}

/// What is known of a connection so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// SCCP, with the call manager on this side.
    Sccp {
        /// The call manager's side.
        server: Side,
    },
    /// Something else.
    Other(NotSccp),
    /// More bytes are needed.
    Undecided,
}

/// Something held back.
#[derive(Debug)]
pub(crate) enum Held {
    Chunk { side: Side, time: Timestamp, packet: u64, bytes: Box<[u8]> },
    Gap(Gap),
}

/// The first bytes of a connection, while it is being judged.
#[derive(Debug)]
pub struct Probe {
    opening: Opening,
    held: Vec<Held>,
    sides: [Front; 2],
}

/// The first bytes of one direction.
#[derive(Debug)]
struct Front {
    bytes: Vec<u8>,
    /// Where its last segment begins.
    seam: usize,
    /// Whether `bytes` begins with the stream.
    from_start: bool,
    segments: usize,
}

/// Whether one of SCCP's own ports is in use.
pub fn is_sccp_port(port: u16) -> bool {
    port == SCCP_PORT || port == SCCP_TLS_PORT
}

/// Judges a connection by the first bytes that come, when that is enough: a plausible header on SCCP's own
/// port. Saves holding back anything for nearly all connections that are SCCP.
#[inline]
pub fn judge_at_once(opening: &Opening, chunk: &Chunk<'_>) -> Verdict {
    if !is_sccp_port(opening.a.port()) && !is_sccp_port(opening.b.port()) {
        return Verdict::Undecided;
    }
    let Some(bytes) = chunk.bytes.first_chunk::<HEADER_LEN>() else { return Verdict::Undecided };
    let header = Header::read(bytes);
    let server = server_side(opening, [Some(header), None], chunk.side);
    let from = if chunk.side == server { Origin::Server } else { Origin::Phone };
    // In the middle of a stream one header alone may be an accident of a message's body.
    let enough = match opening.from_syn {
        true => header.is_plausible(from),
        false => matches!(chain(chunk.bytes, from, ENOUGH_FRAMES), (ENOUGH_FRAMES, _) | (1, true)),
    };
    if enough { Verdict::Sccp { server } } else { Verdict::Undecided }
}

/// Which side is the call manager: the one on SCCP's port; else the one that was called; else the one that
/// sends what call managers send; else the lower port. `first` is a header sent by `side`, and one by the other.
fn server_side(opening: &Opening, first: [Option<Header>; 2], side: Side) -> Side {
    match (is_sccp_port(opening.a.port()), is_sccp_port(opening.b.port())) {
        (true, false) => return Side::A,
        (false, true) => return Side::B,
        _ if opening.from_syn => return Side::B,
        _ => {}
    }
    for (header, sender) in first.iter().zip([side, side.other()]) {
        match header.map(|header| header.origin()) {
            Some(Origin::Server) => return sender,
            Some(Origin::Phone) => return sender.other(),
            _ => {}
        }
    }
    if opening.a.port() < opening.b.port() { Side::A } else { Side::B }
}

impl Probe {
    /// Nothing seen yet.
    pub fn new(opening: Opening) -> Self {
        let front = || Front { bytes: Vec::new(), seam: 0, from_start: opening.from_syn, segments: 0 };
        Self { opening, held: Vec::new(), sides: [front(), front()] }
    }

    /// How the connection began.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Bytes held back.
    pub fn held_bytes(&self) -> usize {
        self.sides.iter().map(|front| front.bytes.len()).sum()
    }

    /// Whether any data has come.
    pub fn is_silent(&self) -> bool {
        self.sides.iter().all(|front| front.segments == 0)
    }

    /// More data; what is known now.
    pub fn add(&mut self, chunk: &Chunk<'_>) -> Verdict {
        let Chunk { side, time, packet, bytes } = *chunk;
        self.held.push(Held::Chunk { side, time, packet, bytes: bytes.into() });
        let front = &mut self.sides[side.index()];
        front.seam = front.bytes.len();
        front.segments += 1;
        front.bytes.extend_from_slice(bytes);
        self.judge()
    }

    /// Missing data: what comes after it is from the middle of the stream.
    pub fn gap(&mut self, gap: Gap) {
        self.held.push(Held::Gap(gap));
        let front = &mut self.sides[gap.side.index()];
        front.bytes.clear();
        front.seam = 0;
        front.from_start = false;
    }

    /// What was held back, in the order it came, and whether each direction begins with a frame.
    pub(crate) fn into_held(self) -> (Vec<Held>, [bool; 2]) {
        let in_step = self.sides.each_ref().map(|front| front.from_start && !front.is_other());
        (self.held, in_step)
    }

    fn judge(&self) -> Verdict {
        if self.sides.iter().any(|front| front.from_start && is_tls(&front.bytes)) {
            return Verdict::Other(NotSccp::Tls);
        }
        let own_port = is_sccp_port(self.opening.a.port()) || is_sccp_port(self.opening.b.port());
        let evidence = self.sides.each_ref().map(|front| front.evidence(own_port));
        let frames: usize = evidence.iter().map(|found| found.frames).sum();
        if frames >= if own_port { 1 } else { ENOUGH_FRAMES } {
            let server = server_side(&self.opening, evidence.map(|found| found.first), Side::A);
            return Verdict::Sccp { server };
        }
        // Another protocol shows at once where its beginning is known, on a port that promises nothing.
        let hopeless = !own_port && self.sides.iter().any(Front::is_other);
        if hopeless || self.held_bytes() >= MAX_PROBE {
            return Verdict::Other(NotSccp::NoFrame);
        }
        Verdict::Undecided
    }
}

/// What one direction's first bytes tell.
struct Evidence {
    /// Frames found in a row.
    frames: usize,
    /// The first of them.
    first: Option<Header>,
}

impl Front {
    /// One frame alone counts when it fills its segment, or stands at the beginning on SCCP's own port.
    fn evidence(&self, own_port: bool) -> Evidence {
        let (at_start, ends_there) = chain(&self.bytes, Origin::Unknown, ENOUGH_FRAMES);
        if self.from_start && at_start > 0 {
            let counts = at_start > 1 || ends_there || own_port;
            return Evidence { frames: if counts { at_start } else { 0 }, first: self.header_at(0) };
        }
        match search(&self.bytes, self.seam, Origin::Unknown) {
            Search::Found(at) => {
                let (frames, _) = chain(&self.bytes[at..], Origin::Unknown, ENOUGH_FRAMES);
                Evidence { frames, first: self.header_at(at) }
            }
            Search::Undecided(_) => Evidence { frames: 0, first: None },
        }
    }

    fn header_at(&self, at: usize) -> Option<Header> {
        self.bytes.get(at..)?.first_chunk::<HEADER_LEN>().map(Header::read)
    }

    /// Whether the stream begins with something that is no frame.
    fn is_other(&self) -> bool {
        self.from_start && self.header_at(0).is_some_and(|header| !header.is_acceptable())
    }
}

/// A TLS record with a handshake, of any version.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 0x03, 0x00..=0x04, ..])
}
