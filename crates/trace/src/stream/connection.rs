//! Both directions of a connection.

use super::half::{Half, Outlet, distance};
use super::key::ConnectionKey;
use super::{CloseReason, MAX_JUMP, Opening, Side, Stamp, StreamSink};
use crate::packet::{Segment, Tcp, TcpFlags};

/// Whether a connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its slot is free.
    Vacant,
    /// Data may come.
    Open,
    /// It has ended, and is remembered for late repetitions.
    Closed,
}

/// What a segment means for the connection that has its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It belongs to it.
    Belongs,
    /// Another connection begins with it.
    Another,
    /// It is an echo of something over, or makes no sense.
    Stray,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) key: ConnectionKey,
    pub(super) state: State,
    /// Used since the table last looked for one to evict.
    pub(super) used: bool,
    /// Whether [`Side::A`] is the lower end of the key.
    a_is_low: bool,
    from_syn: bool,
    pub(super) serial: u64,
    halves: [Half; 2],
}

impl Connection {
    pub(super) fn new(key: ConnectionKey, serial: u64, a_is_low: bool, from_syn: bool) -> Self {
        let halves = [Half::new(Side::A), Half::new(Side::B)];
        Self { key, state: State::Open, used: true, a_is_low, from_syn, serial, halves }
    }

    /// Which side sent a segment.
    #[inline]
    pub(super) fn side(&self, sender_is_low: bool) -> Side {
        if sender_is_low == self.a_is_low { Side::A } else { Side::B }
    }

    /// Takes what the first segment tells about both directions.
    pub(super) fn begin(&mut self, side: Side, tcp: &Tcp<'_>) {
        let [mine, other] = self.both(side);
        if tcp.flags.syn() {
            mine.start(tcp.seq.wrapping_add(1));
            if tcp.flags.ack() {
                other.start(tcp.ack);
            }
        } else {
            mine.start(tcp.seq);
        }
    }

    /// Whether a segment belongs here, or to another connection of the same addresses.
    #[inline]
    pub(super) fn fit(&self, side: Side, tcp: &Tcp<'_>) -> Fit {
        let half = &self.halves[side.index()];
        let ahead = distance(tcp.seq, half.next());
        let near = !half.is_known() || ahead.unsigned_abs() <= MAX_JUMP;
        let plain = tcp.flags.0 & (TcpFlags::SYN | TcpFlags::RST) == 0;
        if plain && near && self.state == State::Open { Fit::Belongs } else { self.odd_fit(side, near, tcp) }
    }

    #[cold]
    fn odd_fit(&self, side: Side, near: bool, tcp: &Tcp<'_>) -> Fit {
        let (half, other) = (&self.halves[side.index()], &self.halves[side.other().index()]);
        let open = self.state == State::Open;
        if tcp.flags.rst() {
            return if near && open { Fit::Belongs } else { Fit::Stray };
        }
        if tcp.flags.syn() {
            let repeated = half.is_known() && half.first() == tcp.seq.wrapping_add(1);
            // The answer to the SYN that we saw; data may have overtaken it.
            let answer = tcp.flags.ack() && (!half.is_known() || other.first() == tcp.ack);
            return match (repeated || answer, open) {
                (true, true) => Fit::Belongs,
                (true, false) => Fit::Stray,
                (false, _) => Fit::Another,
            };
        }
        let has_payload = !tcp.payload.is_empty();
        let fresh = !near || (half.is_known() && distance(tcp.seq, half.next()) >= 0);
        if has_payload && fresh { Fit::Another } else { Fit::Stray }
    }

    /// Takes a segment that belongs here; says whether the connection has ended with it.
    #[inline]
    pub(super) fn segment<S: StreamSink>(
        &mut self,
        side: Side,
        tcp: &Tcp<'_>,
        stamp: Stamp,
        outlet: &mut Outlet<'_, S>,
    ) -> Option<CloseReason> {
        self.used = true;
        let special = TcpFlags::SYN | TcpFlags::RST;
        if tcp.flags.0 & special != 0 {
            return self.special(side, tcp, stamp, outlet);
        }
        if tcp.flags.ack() {
            self.take_ack(side, tcp.ack, stamp, outlet);
        }
        let half = &mut self.halves[side.index()];
        if !tcp.payload.is_empty() || tcp.uncaptured > 0 {
            if !half.is_known() {
                half.start(tcp.seq);
            }
            half.payload(tcp.seq, tcp.payload, tcp.uncaptured, stamp, outlet);
        }
        // Only now: this very segment may have been the one that was waited for.
        half.give_up_late_holes(stamp, outlet);
        if tcp.flags.fin() {
            self.take_fin(side, tcp);
        }
        self.ended(outlet)
    }

    #[inline]
    fn take_ack<S: StreamSink>(&mut self, side: Side, ack: u32, now: Stamp, outlet: &mut Outlet<'_, S>) {
        let other = &mut self.halves[side.other().index()];
        if !other.is_known() && self.from_syn {
            // The capture lacks the answer to the SYN; this tells what it was.
            other.start(ack);
        }
        other.acknowledged(ack, now, outlet);
    }

    #[cold]
    fn special<S: StreamSink>(
        &mut self,
        side: Side,
        tcp: &Tcp<'_>,
        stamp: Stamp,
        outlet: &mut Outlet<'_, S>,
    ) -> Option<CloseReason> {
        if tcp.flags.rst() {
            self.flush(stamp, outlet);
            return Some(CloseReason::Reset(side));
        }
        let half = &mut self.halves[side.index()];
        if !half.is_known() {
            half.start(tcp.seq.wrapping_add(1));
        }
        if !tcp.payload.is_empty() {
            half.payload(tcp.seq.wrapping_add(1), tcp.payload, tcp.uncaptured, stamp, outlet);
        }
        None
    }

    #[cold]
    fn take_fin(&mut self, side: Side, tcp: &Tcp<'_>) {
        let end = tcp.seq.wrapping_add(tcp.payload.len() as u32).wrapping_add(tcp.uncaptured);
        self.halves[side.index()].finish_at(end);
    }

    /// Whether both sides have said all they wanted to.
    #[inline]
    fn ended<S: StreamSink>(&mut self, outlet: &mut Outlet<'_, S>) -> Option<CloseReason> {
        if !(self.halves[0].is_finished() && self.halves[1].is_finished()) {
            return None;
        }
        for half in &mut self.halves {
            half.discard_held(outlet);
        }
        Some(CloseReason::Fin)
    }

    /// Hands on all that waits.
    pub(super) fn flush<S: StreamSink>(&mut self, now: Stamp, outlet: &mut Outlet<'_, S>) {
        for half in &mut self.halves {
            half.flush(now, outlet);
        }
    }

    fn both(&mut self, side: Side) -> [&mut Half; 2] {
        let [a, b] = &mut self.halves;
        match side {
            Side::A => [a, b],
            Side::B => [b, a],
        }
    }
}

/// How a connection began, by its first segment.
pub(super) fn opening(segment: &Segment<'_>, tcp: &Tcp<'_>) -> Opening {
    // A SYN with an ACK is the answer: the one who asked is its addressee.
    let answered = tcp.flags.syn() && tcp.flags.ack();
    let (a, b) = if answered { (segment.dst, segment.src) } else { (segment.src, segment.dst) };
    Opening { a, b, from_syn: tcp.flags.syn(), time: segment.time, packet: segment.packet }
}
