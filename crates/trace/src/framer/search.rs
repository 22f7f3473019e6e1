//! Finds the next frame in data of unknown alignment.
//!
//! A place is believed to hold a header when what stands there is plausible *and* what follows fits: a
//! plausible header behind each frame, or the end of the data at hand (senders end their segments with
//! frames). A place where the data does not reach that far stays undecided until more comes.

use super::header::{HEADER_LEN, Header, Origin};

/// The largest length word that a search believes; known messages stay below 2,500.
pub const MAX_PLAUSIBLE_LENGTH: u32 = 4096;

/// How many frames behind the first are looked at. One would do among random bytes; but a table of small
/// numbers, such as a phone's list of codecs, looks like two short frames in a row.
pub const CONFIRMING_FRAMES: usize = 8;

/// What a search has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// A frame begins here.
    Found(usize),
    /// None found; one may begin here or later, which more data will show.
    Undecided(usize),
}

/// Whether a frame begins at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    Undecided,
}

/// Searches `data` for the first frame of a message that `origin` sends. `seam` is where the newest segment
/// begins: frames mostly begin where segments do, so it is looked at before the places in front of it.
pub fn search(data: &[u8], seam: usize, origin: Origin) -> Search {
    if seam > 0 && fit(data.get(seam..).unwrap_or_default(), origin) == Fit::Yes {
        return Search::Found(seam);
    }
    let mut undecided = None;
    for at in 0..data.len() {
        match fit(&data[at..], origin) {
            Fit::Yes => return Search::Found(at),
            Fit::No => {}
            Fit::Undecided => undecided = undecided.or(Some(at)),
        }
    }
    Search::Undecided(undecided.unwrap_or(data.len()))
}

/// How many plausible headers stand at the front of `data`, one behind the other, up to `limit`; and whether
/// the last of their frames ends exactly where the data does.
pub fn chain(mut data: &[u8], origin: Origin, limit: usize) -> (usize, bool) {
    for count in 0..limit {
        let Some(header) = plausible(data, origin) else { return (count, false) };
        data = match data.get(header.frame_len()..) {
            Some([]) => return (count + 1, true),
            Some(rest) => rest,
            None => return (count + 1, false),
        };
    }
    (limit, false)
}

fn plausible(data: &[u8], origin: Origin) -> Option<Header> {
    let header = Header::read(data.first_chunk::<HEADER_LEN>()?);
    header.is_plausible(origin).then_some(header)
}

/// Follows the frames that would begin here, each to the next, through the data at hand.
#[inline]
fn fit(data: &[u8], origin: Origin) -> Fit {
    let Some(bytes) = data.first_chunk::<HEADER_LEN>() else { return Fit::Undecided };
    let header = Header::read(bytes);
    if header.is_plausible(origin) { follow(data, header, origin) } else { Fit::No }
}

fn follow(data: &[u8], first: Header, origin: Origin) -> Fit {
    let Some(mut rest) = data.get(first.frame_len()..) else { return Fit::Undecided };
    for confirmed in 0..CONFIRMING_FRAMES {
        let Some(bytes) = rest.first_chunk::<HEADER_LEN>() else {
            let ends_with_a_frame = rest.is_empty();
            return if ends_with_a_frame || confirmed > 0 { Fit::Yes } else { Fit::Undecided };
        };
        let next = Header::read(bytes);
        if !next.is_plausible(origin) {
            return Fit::No;
        }
        match rest.get(next.frame_len()..) {
            Some(behind) => rest = behind,
            None => return Fit::Yes,
        }
    }
    Fit::Yes
}
