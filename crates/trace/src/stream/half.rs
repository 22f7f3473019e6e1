//! One direction of a connection: what comes next, and what waits.

use super::held::Held;
use super::{
    ACKED_WAIT_NANOS, Chunk, ConnectionId, Gap, HOLE_WAIT_NANOS, MAX_HELD_PIECES, Side, Stamp, StreamLimits,
    StreamSink, StreamTally,
};
use crate::Timestamp;

/// How far `later` is ahead of `earlier`, on the circle of sequence numbers.
#[inline]
pub(super) fn distance(later: u32, earlier: u32) -> i32 {
    later.wrapping_sub(earlier) as i32
}

/// Where a direction's output goes, with the books that are kept for all connections.
pub(super) struct Outlet<'s, S> {
    pub(super) sink: &'s mut S,
    pub(super) tally: &'s mut StreamTally,
    pub(super) limits: &'s StreamLimits,
    /// Memory held over all connections.
    pub(super) held_total: &'s mut usize,
    pub(super) connection: ConnectionId,
}

/// One direction of a connection, by the side that sends.
#[derive(Debug)]
pub(super) struct Half {
    side: Side,
    /// Whether `first` and `next` mean something yet.
    known: bool,
    /// Sequence number of the first byte.
    first: u32,
    /// Sequence number of the next byte to be handed on.
    next: u32,
    /// Whether the sender's FIN was seen, and where it stands: apart, since together they take twice the room.
    has_fin: bool,
    fin: u32,
    /// What came before its turn, and since when it waits.
    waiting: Option<Box<Waiting>>,
}

/// A hole before the next byte.
#[derive(Debug)]
struct Waiting {
    held: Held,
    since: Timestamp,
    /// The other side has acknowledged up to here, beyond what we have.
    acked: Option<u32>,
}

impl Half {
    pub(super) fn new(side: Side) -> Self {
        Self { side, known: false, first: 0, next: 0, has_fin: false, fin: 0, waiting: None }
    }

    /// Whether it is known which byte comes next.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    pub(super) fn first(&self) -> u32 {
        self.first
    }

    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Whether everything up to the FIN was handed on.
    pub(super) fn is_finished(&self) -> bool {
        self.has_fin && self.fin == self.next
    }

    /// The first byte has this sequence number.
    pub(super) fn start(&mut self, first: u32) {
        (self.known, self.first, self.next) = (true, first, first);
    }

    /// Payload of this direction.
    #[inline]
    pub(super) fn payload<S: StreamSink>(
        &mut self,
        seq: u32,
        bytes: &[u8],
        uncaptured: u32,
        stamp: Stamp,
        outlet: &mut Outlet<'_, S>,
    ) {
        if seq == self.next && self.waiting.is_none() && uncaptured == 0 {
            self.next = seq.wrapping_add(bytes.len() as u32);
            outlet.sink.data(
                outlet.connection,
                Chunk { side: self.side, time: stamp.time, packet: stamp.packet, bytes },
            );
        } else {
            self.payload_out_of_order(seq, bytes, uncaptured, stamp, outlet);
        }
    }

    #[cold]
    fn payload_out_of_order<S: StreamSink>(
        &mut self,
        seq: u32,
        bytes: &[u8],
        uncaptured: u32,
        stamp: Stamp,
        outlet: &mut Outlet<'_, S>,
    ) {
        let ahead = distance(seq, self.next);
        if ahead > 0 {
            outlet.tally.early += 1;
            self.hold(seq, bytes, stamp, outlet);
            return;
        }
        let known = ahead.unsigned_abs() as usize;
        let end = seq.wrapping_add(bytes.len() as u32);
        match bytes.get(known..) {
            Some(fresh) if !fresh.is_empty() => self.deliver(fresh, stamp, outlet),
            _ => outlet.tally.repeated += 1,
        }
        // The snap length cut these off: they will not come.
        if uncaptured > 0 && self.next == end {
            self.skip(end.wrapping_add(uncaptured), stamp, outlet);
        }
        self.drain(outlet);
    }

    /// Hands on bytes that begin at `next`, giving way to what is held, since that came first.
    fn deliver<S: StreamSink>(&mut self, mut bytes: &[u8], stamp: Stamp, outlet: &mut Outlet<'_, S>) {
        while !bytes.is_empty() {
            let room = match self.waiting.as_ref().and_then(|waiting| waiting.held.first()) {
                Some(piece) => distance(piece.seq, self.next).max(0) as usize,
                None => bytes.len(),
            };
            if room == 0 {
                let before = self.next;
                self.drain(outlet);
                let covered = distance(self.next, before).max(0) as usize;
                bytes = bytes.get(covered..).unwrap_or_default();
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.emit(now, stamp, outlet);
            bytes = later;
        }
    }

    fn emit<S: StreamSink>(&mut self, bytes: &[u8], stamp: Stamp, outlet: &mut Outlet<'_, S>) {
        if bytes.is_empty() {
            return;
        }
        self.next = self.next.wrapping_add(bytes.len() as u32);
        let chunk = Chunk { side: self.side, time: stamp.time, packet: stamp.packet, bytes };
        outlet.sink.data(outlet.connection, chunk);
    }

    /// Hands on what is held as far as it follows without a hole.
    fn drain<S: StreamSink>(&mut self, outlet: &mut Outlet<'_, S>) {
        while let Some(waiting) = &mut self.waiting {
            let Some(first) = waiting.held.first() else { break };
            let behind = distance(self.next, first.seq);
            if behind < 0 {
                waiting.since = first.stamp.time;
                break;
            }
            let before = waiting.held.cost();
            let piece = waiting.held.pop();
            *outlet.held_total -= before - waiting.held.cost();
            if let Some(piece) = piece {
                let fresh = piece.bytes.get(behind as usize..).unwrap_or_default();
                self.emit(fresh, piece.stamp, outlet);
            }
        }
        self.forget_hole();
    }

    /// When nothing is held and no unseen byte is acknowledged, there is no hole any more.
    fn forget_hole(&mut self) {
        let Some(waiting) = &mut self.waiting else { return };
        if waiting.acked.is_some_and(|acked| distance(acked, self.next) <= 0) {
            waiting.acked = None;
        }
        if waiting.held.is_empty() && waiting.acked.is_none() {
            self.waiting = None;
        }
    }

    fn hold<S: StreamSink>(&mut self, seq: u32, bytes: &[u8], stamp: Stamp, outlet: &mut Outlet<'_, S>) {
        let waiting = self.waiting.get_or_insert_with(|| Box::new(Waiting::new(stamp.time)));
        let before = waiting.held.cost();
        waiting.held.add(seq, bytes, stamp);
        *outlet.held_total += waiting.held.cost() - before;
        self.forget_hole();
    }

    /// The other side has acknowledged everything before `ack`.
    #[inline]
    pub(super) fn acknowledged<S: StreamSink>(&mut self, ack: u32, now: Stamp, outlet: &mut Outlet<'_, S>) {
        if self.known && (self.waiting.is_some() || distance(ack, self.next) > 0) {
            self.acknowledged_unseen(ack, now, outlet);
        }
    }

    #[cold]
    fn acknowledged_unseen<S: StreamSink>(&mut self, ack: u32, now: Stamp, outlet: &mut Outlet<'_, S>) {
        let beyond = distance(ack, self.next);
        let beyond_fin = self.has_fin && distance(ack, self.fin) > 0;
        let ack = if beyond_fin { ack.wrapping_sub(1) } else { ack };
        if beyond > 0 && beyond as u32 <= super::MAX_JUMP && ack != self.next {
            let waiting = self.waiting.get_or_insert_with(|| Box::new(Waiting::new(now.time)));
            if waiting.acked.is_none() && waiting.held.is_empty() {
                waiting.since = now.time;
            }
            let later = waiting.acked.is_none_or(|acked| distance(ack, acked) > 0);
            waiting.acked = if later { Some(ack) } else { waiting.acked };
        }
        self.give_up_holes(now, outlet);
    }

    /// Declares the holes that will not fill any more.
    #[inline]
    pub(super) fn give_up_late_holes<S: StreamSink>(&mut self, now: Stamp, outlet: &mut Outlet<'_, S>) {
        if self.waiting.is_some() {
            self.give_up_holes(now, outlet);
        }
    }

    #[cold]
    fn give_up_holes<S: StreamSink>(&mut self, now: Stamp, outlet: &mut Outlet<'_, S>) {
        while let Some(end) = self.hole_given_up(now, outlet) {
            self.skip(end, now, outlet);
            self.drain(outlet);
        }
    }

    /// Where the hole ends that is to be given up, if it is.
    fn hole_given_up<S>(&self, now: Stamp, outlet: &Outlet<'_, S>) -> Option<u32> {
        let waiting = self.waiting.as_ref()?;
        let Some(first) = waiting.held.first() else {
            // Nothing follows yet. A single byte is most likely a FIN that the capture lacks.
            let acked = waiting.acked?;
            let late = now.time.since(waiting.since) > ACKED_WAIT_NANOS;
            return (late && distance(acked, self.next) > 1).then_some(acked);
        };
        let acked = waiting.acked.is_some_and(|acked| distance(acked, first.seq) >= 0);
        let late = now.time.since(waiting.since) > HOLE_WAIT_NANOS;
        let held_too_much = waiting.held.cost() > outlet.limits.held_per_side
            || waiting.held.count() > MAX_HELD_PIECES
            || *outlet.held_total > outlet.limits.held_total;
        (acked || late || held_too_much).then_some(first.seq)
    }

    /// Declares everything up to `end` as missing.
    fn skip<S: StreamSink>(&mut self, end: u32, now: Stamp, outlet: &mut Outlet<'_, S>) {
        let missing = u64::from(end.wrapping_sub(self.next));
        self.next = end;
        outlet.tally.gaps += 1;
        outlet.tally.missing_bytes += missing;
        outlet
            .sink
            .gap(outlet.connection, Gap { side: self.side, time: now.time, packet: now.packet, missing });
    }

    /// The sender has finished at `seq`.
    pub(super) fn finish_at(&mut self, seq: u32) {
        if !self.known {
            self.start(seq);
        }
        if !self.has_fin {
            (self.has_fin, self.fin) = (true, seq);
        }
    }

    /// What is held behind a FIN belongs to nothing.
    pub(super) fn discard_held<S>(&mut self, outlet: &mut Outlet<'_, S>) {
        if let Some(waiting) = self.waiting.take() {
            *outlet.held_total -= waiting.held.cost();
        }
    }

    /// Nothing more will come: hands on all that is held, with its gaps.
    pub(super) fn flush<S: StreamSink>(&mut self, now: Stamp, outlet: &mut Outlet<'_, S>) {
        while let Some(waiting) = &self.waiting {
            let end = match (waiting.held.first(), waiting.acked) {
                (Some(first), _) => first.seq,
                (None, Some(acked)) if distance(acked, self.next) > 1 => acked,
                _ => {
                    self.waiting = None;
                    break;
                }
            };
            self.skip(end, now, outlet);
            self.drain(outlet);
        }
        // A FIN that stands behind what we have tells that the end is missing.
        if self.has_fin && distance(self.fin, self.next) > 0 {
            self.skip(self.fin, now, outlet);
        }
    }
}

impl Waiting {
    fn new(since: Timestamp) -> Self {
        Self { held: Held::default(), since, acked: None }
    }
}
