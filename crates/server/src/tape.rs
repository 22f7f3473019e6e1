//! Copies of all frames on their way to other threads, in pieces: the thread of the calls only appends
//! bytes to a buffer, and hands the buffer on when it is full or old. What finds no room is counted and left
//! out; the phones never wait for it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use exchange::input::{Peer, SessionId};
use skinny::Frame;

use crate::clock::unix_ns;
use crate::counters::{Counters, add};
use crate::tap::Direction;

/// Bytes from which on a piece is handed on.
pub const PIECE_BYTES: usize = 256 * 1024;
/// How long a piece waits for more.
pub const PIECE_WAIT_NS: u64 = 200_000_000;
/// Pieces on their way: with [`PIECE_BYTES`], 16 MiB.
pub const PIECES_MAX: usize = 64;
/// Bytes that gather while no piece is taken.
const GATHERED_MAX: usize = 1024 * 1024;

const KEEPALIVE: u32 = 0x0000;
const KEEPALIVE_ACK: u32 = 0x0100;
/// Length, time, how it went.
const HEAD: usize = 4 + 8 + 1;
const ADDRESS: usize = 18;
const MARK: usize = 8 + 2 * ADDRESS;
/// How a frame went, as bits of one byte.
const TO_PHONE: u8 = 1;
const SECRET: u8 = 2;

/// Frames that went one way together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed<'p> {
    /// When, in nanoseconds since the Unix epoch.
    pub unix_ns: u64,
    /// Their session.
    pub session: SessionId,
    /// Which way they went.
    pub direction: Direction,
    /// Whether it holds digits of a PIN.
    pub is_secret: bool,
    /// Both ends.
    pub peer: Peer,
    /// Headers and bodies, one frame or several.
    pub bytes: &'p [u8],
}

/// Whose frames: a session's number and both its ends, as they stand before each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark([u8; MARK]);

impl Mark {
    /// The mark of a session.
    pub fn of(session: SessionId, peer: Peer) -> Mark {
        let mut bytes = [0; MARK];
        bytes[..8].copy_from_slice(&session.0.to_le_bytes());
        bytes[8..][..ADDRESS].copy_from_slice(&address_bytes(peer.remote));
        bytes[8 + ADDRESS..].copy_from_slice(&address_bytes(peer.local));
        Mark(bytes)
    }

    fn session(&self) -> SessionId {
        SessionId(self.0[..8].try_into().map(u64::from_le_bytes).unwrap_or_default())
    }

    fn peer(&self) -> Peer {
        let (remote, local) = self.0[8..].split_at(ADDRESS);
        Peer { remote: address(remote), local: address(local) }
    }
}

/// The writing end.
#[derive(Debug)]
pub struct Tape {
    piece: Vec<u8>,
    frames: u64,
    since_ns: u64,
    /// When what goes out now goes out; none since the last frame came in.
    answered_ns: Option<u64>,
    sender: SyncSender<Vec<u8>>,
    spare: Receiver<Vec<u8>>,
    counters: Arc<Counters>,
}

/// The reading end.
#[derive(Debug)]
pub struct Reel {
    pieces: Receiver<Vec<u8>>,
    spare: SyncSender<Vec<u8>>,
}

/// Both ends of a tape.
pub fn tape(counters: Arc<Counters>) -> (Tape, Reel) {
    let (sender, pieces) = sync_channel(PIECES_MAX);
    let (give_back, spare) = sync_channel(PIECES_MAX);
    let tape = Tape { piece: Vec::new(), frames: 0, since_ns: 0, answered_ns: None, sender, spare, counters };
    (tape, Reel { pieces, spare: give_back })
}

impl Tape {
    /// A frame came in; `is_secret` when it holds digits of a PIN.
    #[inline]
    pub fn incoming(&mut self, now_ns: u64, mark: &Mark, frame: Frame<'_>, is_secret: bool) {
        self.answered_ns = None;
        if frame.header.id == KEEPALIVE {
            return add(&self.counters.keepalives, 1);
        }
        let len = frame.header.frame_len();
        self.head(now_ns, unix_ns(), mark, u8::from(is_secret) * SECRET, len);
        self.piece.extend_from_slice(&frame.header.bytes());
        self.piece.extend_from_slice(frame.body);
    }

    /// Frames go out. All that answer one frame have one time.
    #[inline]
    pub fn outgoing(&mut self, now_ns: u64, mark: &Mark, bytes: &[u8]) {
        if bytes.len() == 12 && bytes[8..12] == KEEPALIVE_ACK.to_le_bytes() {
            return;
        }
        let unix_ns = *self.answered_ns.get_or_insert_with(unix_ns);
        self.head(now_ns, unix_ns, mark, TO_PHONE, bytes.len());
        self.piece.extend_from_slice(bytes);
    }

    fn head(&mut self, now_ns: u64, unix_ns: u64, mark: &Mark, how: u8, len: usize) {
        if self.piece.is_empty() {
            self.since_ns = now_ns;
            if self.piece.capacity() == 0 {
                self.piece = self.spare.try_recv().unwrap_or_default();
            }
        } else if self.piece.len() > GATHERED_MAX {
            add(&self.counters.tape_dropped, std::mem::take(&mut self.frames));
            self.piece.clear();
        }
        self.frames += 1;
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&(len as u32).to_le_bytes());
        head[4..12].copy_from_slice(&unix_ns.to_le_bytes());
        head[12] = how;
        self.piece.reserve(HEAD + MARK + len);
        self.piece.extend_from_slice(&head);
        self.piece.extend_from_slice(&mark.0);
    }

    /// When [`Tape::hand_on`] should be called though no more frames came.
    pub fn deadline_ns(&self) -> Option<u64> {
        (!self.piece.is_empty()).then(|| self.since_ns.saturating_add(PIECE_WAIT_NS))
    }

    /// Hands on what is full or old. Never waits.
    #[inline]
    pub fn hand_on(&mut self, now_ns: u64) {
        self.answered_ns = None;
        let is_due = self.piece.len() >= PIECE_BYTES || self.deadline_ns().is_some_and(|due| due <= now_ns);
        if is_due {
            self.hand_on_now(now_ns);
        }
    }

    fn hand_on_now(&mut self, now_ns: u64) {
        match self.sender.try_send(std::mem::take(&mut self.piece)) {
            Ok(()) => self.frames = 0,
            Err(TrySendError::Full(piece)) => {
                self.piece = piece;
                self.since_ns = now_ns;
            }
            // Nobody reads any more.
            Err(TrySendError::Disconnected(_)) => {
                add(&self.counters.tape_dropped, std::mem::take(&mut self.frames));
            }
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        if !self.piece.is_empty() {
            self.hand_on_now(0);
        }
    }
}

impl Reel {
    /// Calls `each` with everything of the next piece; false when there will be no more.
    pub fn next(&self, mut each: impl FnMut(Passed<'_>)) -> bool {
        let Ok(mut piece) = self.pieces.recv() else { return false };
        let mut rest = piece.as_slice();
        while let Some((passed, after)) = read(rest) {
            each(passed);
            rest = after;
        }
        piece.clear();
        // One that finds no room is freed.
        let _ = self.spare.try_send(piece);
        true
    }
}

fn read(bytes: &[u8]) -> Option<(Passed<'_>, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let (mark, rest) = rest.split_first_chunk::<MARK>()?;
    let mark = Mark(*mark);
    let unix_ns = head[4..12].try_into().map(u64::from_le_bytes).unwrap_or_default();
    let len = head[..4].try_into().map(u32::from_le_bytes).unwrap_or_default() as usize;
    let (bytes, after) = rest.split_at_checked(len)?;
    let direction = if head[12] & TO_PHONE == 0 { Direction::FromPhone } else { Direction::ToPhone };
    let is_secret = head[12] & SECRET != 0;
    let (session, peer) = (mark.session(), mark.peer());
    Some((Passed { unix_ns, session, direction, is_secret, peer, bytes }, after))
}

fn address_bytes(address: SocketAddr) -> [u8; ADDRESS] {
    let ip = match address.ip() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let mut bytes = [0; ADDRESS];
    bytes[..16].copy_from_slice(&ip.octets());
    bytes[16..].copy_from_slice(&address.port().to_be_bytes());
    bytes
}

fn address(bytes: &[u8]) -> SocketAddr {
    let octets: [u8; 16] = bytes[..16].try_into().unwrap_or_default();
    let port = u16::from_be_bytes([bytes[16], bytes[17]]);
    SocketAddr::new(Ipv6Addr::from(octets).to_canonical(), port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use skinny::frame::{Split, split};

    const PEER: &str = "192.168.1.5:50000";

    fn peer() -> Peer {
        Peer { remote: PEER.parse().unwrap(), local: "[2001:db8::1]:2000".parse().unwrap() }
    }

    fn frame(id: u32) -> Vec<u8> {
        [8_u32.to_le_bytes(), [0; 4], id.to_le_bytes(), [7, 0, 0, 0]].concat()
    }

    #[test]
    fn frames_arrive_as_they_were_and_keepalives_are_only_counted() {
        let counters = Arc::new(Counters::default());
        let (mut tape, reel) = tape(Arc::clone(&counters));
        let mark = Mark::of(SessionId(9), peer());
        for (now, id) in [(1, 6), (2, KEEPALIVE), (3, 7)] {
            let bytes = frame(id);
            let Split::Frame(frame, _) = split(&bytes) else { panic!("a frame") };
            tape.incoming(now, &mark, frame, id == 7);
        }
        tape.outgoing(4, &mark, &frame(KEEPALIVE_ACK)[..12]);
        tape.outgoing(4, &mark, &frame(0x82));
        assert_eq!(tape.deadline_ns(), Some(1 + PIECE_WAIT_NS));
        tape.hand_on(PIECE_WAIT_NS);
        tape.hand_on(1 + PIECE_WAIT_NS);
        let mut found = Vec::new();
        assert!(reel.next(|passed| {
            assert_eq!((passed.session, passed.peer), (SessionId(9), peer()));
            assert_eq!(passed.is_secret, passed.bytes == frame(7));
            found.push((passed.direction, passed.bytes.to_vec()));
        }));
        let (from, to) = (Direction::FromPhone, Direction::ToPhone);
        assert_eq!(found, [(from, frame(6)), (from, frame(7)), (to, frame(0x82))]);
        assert_eq!(counters.read().keepalives, 1);
        drop(tape);
        assert!(!reel.next(|_| ()), "the end");
    }

    #[test]
    fn a_reader_that_does_not_read_costs_frames_and_not_memory() {
        let counters = Arc::new(Counters::default());
        let (mut tape, reel) = tape(Arc::clone(&counters));
        let mark = Mark::of(SessionId(1), peer());
        let large = [frame(6), vec![0; 4000]].concat();
        for now in 0..10_000 {
            tape.outgoing(now, &mark, &large);
            tape.hand_on(now);
            assert!(tape.piece.len() <= GATHERED_MAX + large.len() + HEAD + MARK);
        }
        assert!(counters.read().tape_dropped > 1000, "{:?}", counters.read());
        drop(reel);
        tape.hand_on_now(0);
        assert!(tape.piece.is_empty());
    }
}
