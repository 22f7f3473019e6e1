//! Playout buffer: packets in as they come, frames out as they are due.
//!
//! Order comes from sequence numbers, dueness from timestamps, so silence suppression is no loss. The buffer
//! waits its depth after the first packet of a stream, then hands out one frame each packet time. A frame that
//! is missing is concealed. In adaptive mode an underrun deepens the buffer by one packet time, and ten seconds'
//! worth of needless depth takes one packet time back. Either mode drops a frame now and then where the sender's clock runs
//! ahead. Frames are copied into slots made once; after each slot has been used, nothing is allocated.

use crate::rtp::{Header, PACKET_BYTES_MAX, PACKET_MS_MAX, Packet};
use std::time::Duration;

/// Frames that the buffer can hold; more arrive only from a flood.
pub const SLOTS: usize = 64;
/// Deepest buffer, in milliseconds.
pub const DEPTH_MS_MAX: u32 = 500;
/// So many packet times without a frame end the playout; the next packet starts it anew.
pub const CONCEAL_FRAMES_MAX: u32 = 25;
/// So many late packets with no frame played between them mean that the sender's clock fell behind: the playout
/// starts anew.
pub const LATE_PACKETS_MAX: u32 = 4;
/// A sequence number this far from the awaited one is another stream.
pub const JUMP_PACKETS_MAX: u16 = 1000;
/// Time over which spare depth must show before it is given back, in milliseconds.
const SPARE_MS: u32 = 10_000;
/// The same where the depth is fixed and the sender's clock runs ahead.
const OVERRUN_MS: u32 = 2000;
/// Longest frame, in ticks.
const TICKS_MAX: u32 = 1 << 20;

/// How deep the buffer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Always this many milliseconds, [`DEPTH_MS_MAX`] at most.
    Fixed(u32),
    /// Between two depths in milliseconds, beginning with the smaller.
    Adaptive {
        /// Smallest depth in milliseconds.
        min_ms: u32,
        /// Largest depth in milliseconds, [`DEPTH_MS_MAX`] at most.
        max_ms: u32,
    },
}

impl Depth {
    fn range_ms(self) -> (u32, u32) {
        match self {
            Self::Fixed(ms) => (ms.min(DEPTH_MS_MAX), ms.min(DEPTH_MS_MAX)),
            Self::Adaptive { min_ms, max_ms } => {
                (min_ms.min(DEPTH_MS_MAX), max_ms.clamp(min_ms.min(DEPTH_MS_MAX), DEPTH_MS_MAX))
            }
        }
    }
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It waits for its time.
    Stored,
    /// Its time is over.
    Late,
    /// It is there already.
    Duplicate,
    /// No room, or a payload of more than [`PACKET_BYTES_MAX`] bytes.
    Refused,
}

/// What to play for one packet time.
#[derive(Debug, PartialEq, Eq)]
pub enum Popped<'a> {
    /// This frame.
    Frame(Frame<'a>),
    /// A frame is due and did not come: conceal it.
    Conceal,
    /// The sender pauses: silence or comfort noise.
    Silence,
    /// Nothing is due yet, or no stream plays.
    Wait,
}

/// A frame whose time has come.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The header that it came with.
    pub header: Header,
    /// What it carries.
    pub payload: &'a [u8],
}

/// What the buffer did so far, in packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames handed out.
    pub played: u64,
    /// Packet times concealed.
    pub concealed: u64,
    /// Packets that came after their time.
    pub late: u64,
    /// Second copies.
    pub duplicates: u64,
    /// Packets for which there was no room.
    pub refused: u64,
    /// Frames dropped to shorten the buffer.
    pub skipped: u64,
    /// Times that a stream began to play.
    pub starts: u64,
}

/// The buffer of one stream.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    slots: Vec<Slot>,
    stored: usize,
    ticks: u32,
    packet_time: Duration,
    depth: Depth,
    depth_ms: u32,
    state: State,
    spare: Spare,
    late_run: u32,
    counts: Counts,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    filled: bool,
    header: Header,
    payload: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Idle,
    /// Filling: playout begins at `starts_at` with the earliest packet.
    Filling {
        starts_at: Duration,
        cursor: Cursor,
    },
    Playing {
        due: Duration,
        cursor: Cursor,
        missing: u32,
    },
}

/// Which frame comes next.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

/// The least that the buffer held over a while, in packets.
#[derive(Debug, Clone, Copy, Default)]
struct Spare {
    pops: u32,
    least: u32,
}

impl JitterBuffer {
    /// An empty buffer for frames of `ticks` (timestamp units, see [`crate::rtp::ticks_per_packet`]) that last
    /// `packet_ms`; what lies outside of 1 to [`PACKET_MS_MAX`] is clamped.
    pub fn new(ticks: u32, packet_ms: u32, depth: Depth) -> Self {
        Self {
            slots: vec![Slot::default(); SLOTS],
            stored: 0,
            ticks: ticks.clamp(1, TICKS_MAX),
            packet_time: Duration::from_millis(u64::from(packet_ms.clamp(1, PACKET_MS_MAX))),
            depth,
            depth_ms: depth.range_ms().0,
            state: State::Idle,
            spare: Spare::default(),
            late_run: 0,
            counts: Counts::default(),
        }
    }

    /// Takes a packet that arrived at `now`.
    pub fn push(&mut self, now: Duration, packet: &Packet<'_>) -> Pushed {
        let pushed = self.place(now, packet);
        match pushed {
            Pushed::Stored => self.stored += 1,
            Pushed::Late => self.counts.late += 1,
            Pushed::Duplicate => self.counts.duplicates += 1,
            Pushed::Refused => self.counts.refused += 1,
        }
        pushed
    }

    /// What to play at `now`. To be called once a packet time; after a stall, until it says [`Popped::Wait`].
    pub fn pop(&mut self, now: Duration) -> Popped<'_> {
        if let State::Filling { starts_at, cursor } = self.state
            && now >= starts_at
        {
            self.counts.starts += 1;
            self.spare = Spare::default();
            self.state = State::Playing { due: starts_at, cursor, missing: 0 };
        }
        let State::Playing { due, cursor, missing } = self.state else { return Popped::Wait };
        if now < due {
            return Popped::Wait;
        }
        let cursor = self.shorten(cursor);
        match self.find(cursor) {
            Found::Here(index) => self.play(index, due),
            Found::Paused => {
                self.step(due, Cursor { timestamp: self.after(cursor), ..cursor }, 0);
                Popped::Silence
            }
            Found::Lost => {
                self.counts.concealed += 1;
                let sequence = cursor.sequence.wrapping_add(1);
                self.step(due, Cursor { sequence, timestamp: self.after(cursor), ..cursor }, missing);
                Popped::Conceal
            }
            Found::Nothing => self.underrun(due, cursor, missing),
        }
    }

    /// Present depth in milliseconds.
    pub fn depth_ms(&self) -> u32 {
        self.depth_ms
    }

    /// Frames that wait.
    pub fn stored(&self) -> usize {
        self.stored
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn place(&mut self, now: Duration, packet: &Packet<'_>) -> Pushed {
        if packet.payload.len() > PACKET_BYTES_MAX {
            return Pushed::Refused;
        }
        let header = packet.header;
        if !self.cursor().is_some_and(|cursor| cursor.is_same_stream(&header)) {
            self.begin(now, header);
        }
        if !self.reach(&header) {
            self.late_run += 1;
            if self.late_run <= LATE_PACKETS_MAX {
                return Pushed::Late;
            }
            self.begin(now, header);
        }
        let Some(cursor) = self.cursor() else { return Pushed::Refused };
        if usize::from(header.sequence.wrapping_sub(cursor.sequence)) >= SLOTS {
            return Pushed::Refused;
        }
        let slot = &mut self.slots[usize::from(header.sequence) % SLOTS];
        if slot.filled {
            return Pushed::Duplicate;
        }
        slot.filled = true;
        slot.header = header;
        slot.payload.clear();
        slot.payload.extend_from_slice(packet.payload);
        Pushed::Stored
    }

    fn begin(&mut self, now: Duration, first: Header) {
        self.slots.iter_mut().for_each(|slot| slot.filled = false);
        self.stored = 0;
        self.late_run = 0;
        let cursor = Cursor { ssrc: first.ssrc, sequence: first.sequence, timestamp: first.timestamp };
        let starts_at = now.saturating_add(Duration::from_millis(u64::from(self.depth_ms)));
        self.state = State::Filling { starts_at, cursor };
    }

    /// False for a packet before the cursor. While filling, the cursor moves back to an earlier packet.
    fn reach(&mut self, header: &Header) -> bool {
        let back = |cursor: &Cursor| (header.sequence.wrapping_sub(cursor.sequence) as i16) < 0;
        match &mut self.state {
            State::Idle => false,
            State::Filling { cursor, .. } => {
                if back(cursor) {
                    cursor.sequence = header.sequence;
                    cursor.timestamp = header.timestamp;
                }
                true
            }
            State::Playing { cursor, .. } => {
                let past = (header.timestamp.wrapping_sub(cursor.timestamp) as i32) < 0;
                if past && !back(cursor) {
                    cursor.sequence = header.sequence.wrapping_add(1);
                }
                !past && !back(cursor)
            }
        }
    }

    fn cursor(&self) -> Option<Cursor> {
        match self.state {
            State::Idle => None,
            State::Filling { cursor, .. } | State::Playing { cursor, .. } => Some(cursor),
        }
    }

    fn find(&self, cursor: Cursor) -> Found {
        if self.stored == 0 {
            return Found::Nothing;
        }
        let first = (0..SLOTS as u16).find_map(|ahead| {
            let sequence = cursor.sequence.wrapping_add(ahead);
            let index = usize::from(sequence) % SLOTS;
            let slot = &self.slots[index];
            (slot.filled && slot.header.sequence == sequence).then_some((ahead, index))
        });
        let Some((ahead, index)) = first else { return Found::Nothing };
        let early = self.slots[index].header.timestamp.wrapping_sub(cursor.timestamp) as i32;
        match (ahead, early) {
            (0, early) if early < self.ticks as i32 => Found::Here(index),
            (0, _) => Found::Paused,
            (_, early) if early < self.ticks as i32 => Found::Here(index),
            _ => Found::Lost,
        }
    }

    fn play(&mut self, index: usize, due: Duration) -> Popped<'_> {
        self.stored = self.stored.saturating_sub(1);
        self.counts.played += 1;
        self.late_run = 0;
        let header = self.slots[index].header;
        let cursor = Cursor {
            ssrc: header.ssrc,
            sequence: header.sequence.wrapping_add(1),
            timestamp: header.timestamp,
        };
        self.step(due, Cursor { timestamp: self.after(cursor), ..cursor }, 0);
        let slot = &mut self.slots[index];
        slot.filled = false;
        Popped::Frame(Frame { header, payload: &slot.payload })
    }

    /// Nothing is stored: conceal; deepen where that is allowed; give up in the end.
    fn underrun(&mut self, due: Duration, cursor: Cursor, missing: u32) -> Popped<'_> {
        if missing >= CONCEAL_FRAMES_MAX {
            self.state = State::Idle;
            return Popped::Wait;
        }
        self.counts.concealed += 1;
        let packet_ms = self.packet_time.as_millis() as u32;
        let grows = self.depth_ms + packet_ms <= self.depth.range_ms().1;
        let timestamp = if grows { cursor.timestamp } else { self.after(cursor) };
        self.depth_ms += if grows { packet_ms } else { 0 };
        self.spare = Spare::default();
        self.step(due, Cursor { timestamp, ..cursor }, missing + 1);
        Popped::Conceal
    }

    fn step(&mut self, due: Duration, cursor: Cursor, missing: u32) {
        self.state = State::Playing { due: due.saturating_add(self.packet_time), cursor, missing };
    }

    fn after(&self, cursor: Cursor) -> u32 {
        cursor.timestamp.wrapping_add(self.ticks)
    }

    /// Drops one frame where the buffer held more than it needs for [`SPARE_MS`].
    fn shorten(&mut self, cursor: Cursor) -> Cursor {
        let packet_ms = self.packet_time.as_millis() as u32;
        let held = self.stored as u32;
        self.spare.least = if self.spare.pops == 0 { held } else { self.spare.least.min(held) };
        self.spare.pops += 1;
        let (min_ms, max_ms) = self.depth.range_ms();
        let window_ms = if min_ms == max_ms { OVERRUN_MS } else { SPARE_MS };
        if self.spare.pops.saturating_mul(packet_ms) < window_ms {
            return cursor;
        }
        let least = std::mem::take(&mut self.spare).least;
        let needed = if min_ms == max_ms { self.depth_ms.div_ceil(packet_ms) + 2 } else { 2 };
        let can_shrink = self.depth_ms > min_ms || least > max_ms.div_ceil(packet_ms) + 1;
        let Found::Here(index) = self.find(cursor) else { return cursor };
        if least <= needed || (min_ms != max_ms && !can_shrink) {
            return cursor;
        }
        self.slots[index].filled = false;
        self.stored = self.stored.saturating_sub(1);
        self.counts.skipped += 1;
        self.depth_ms = self.depth_ms.saturating_sub(packet_ms).max(min_ms);
        Cursor { sequence: cursor.sequence.wrapping_add(1), timestamp: self.after(cursor), ..cursor }
    }
}

enum Found {
    /// The frame that is due.
    Here(usize),
    /// The next frame in sequence is for later.
    Paused,
    /// The frame that is due did not come, a later one did.
    Lost,
    /// No frame at all.
    Nothing,
}

impl Cursor {
    fn is_same_stream(&self, header: &Header) -> bool {
        let apart = (header.sequence.wrapping_sub(self.sequence) as i16).unsigned_abs();
        self.ssrc == header.ssrc && apart <= JUMP_PACKETS_MAX
    }
}

#[cfg(test)]
mod tests;
