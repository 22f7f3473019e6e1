//! The network between phones and server: TCP connections with delays, segments cut and joined anywhere,
//! readers that stall, ends that vanish, resets.

pub mod pipe;

use std::net::SocketAddr;

use exchange::input::{Peer, SessionId};

use crate::clock::{Agenda, Event, MICROSECOND, MILLISECOND, Way};
use crate::rng::Rng;
use pipe::{End, Pipe};

/// How the network behaves when nothing is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Each write arrives whole, after a fixed delay.
    Smooth,
    /// Delays vary up to those of a lost segment; writes are cut and joined.
    Rough,
}

/// Delay of smooth weather, one way.
const DELAY: u64 = MILLISECOND;
/// Longest delay of rough weather: a retransmission.
const DELAY_MAX: u64 = 600 * MILLISECOND;

/// A TCP connection.
#[derive(Debug)]
pub struct Line {
    /// Whose.
    pub phone: u16,
    /// Its two ends.
    pub peer: Peer,
    up: Pipe,
    down: Pipe,
    has_vanished: bool,
    rng: Rng,
}

/// What reached the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// These many bytes, in the buffer that was handed in.
    Bytes,
    /// The end.
    Ended(End),
    /// Nothing: the connection is gone or silent.
    Nothing,
}

/// All connections that ever were, by session number from 1.
#[derive(Debug)]
pub struct Network {
    lines: Vec<Option<Box<Line>>>,
    seed: u64,
    /// How it behaves.
    pub weather: Weather,
}

impl Network {
    /// A network without connections.
    pub fn new(seed: u64, weather: Weather) -> Network {
        Network { lines: vec![None], seed, weather }
    }

    /// A connection is made.
    pub fn open(&mut self, phone: u16, attempt: u32, remote: SocketAddr, local: SocketAddr) -> SessionId {
        let rng = Rng::new(self.seed, &[NETWORK_LABEL, u64::from(phone), u64::from(attempt)]);
        let peer = Peer { remote, local };
        let line = Line { phone, peer, up: Pipe::default(), down: Pipe::default(), has_vanished: false, rng };
        self.lines.push(Some(Box::new(line)));
        SessionId(self.lines.len() as u64 - 1)
    }

    /// A connection that still is.
    pub fn line(&self, id: SessionId) -> Option<&Line> {
        self.lines.get(id.0 as usize)?.as_deref()
    }

    fn line_mut(&mut self, id: SessionId) -> Option<&mut Line> {
        self.lines.get_mut(id.0 as usize)?.as_deref_mut()
    }

    /// Writes bytes; returns how many were taken. What is written to a connection that is gone is lost.
    pub fn write(&mut self, id: SessionId, way: Way, bytes: &[u8], now: u64, agenda: &mut Agenda) -> usize {
        let weather = self.weather;
        let Some(line) = self.line_mut(id) else { return bytes.len() };
        let taken = line.pipe(way).write(bytes);
        line.plan(id, way, weather, now, agenda);
        taken
    }

    /// One side closes its direction, or breaks off.
    pub fn finish(&mut self, id: SessionId, way: Way, end: End, now: u64, agenda: &mut Agenda) {
        let weather = self.weather;
        let Some(line) = self.line_mut(id) else { return };
        line.pipe(way).finish(end);
        line.plan(id, way, weather, now, agenda);
    }

    /// Both directions break off.
    pub fn reset(&mut self, id: SessionId, now: u64, agenda: &mut Agenda) {
        for way in [Way::Up, Way::Down] {
            self.finish(id, way, End::Reset, now, agenda);
        }
    }

    /// Bytes under way.
    pub fn under_way(&self, id: SessionId, way: Way) -> usize {
        self.line(id).map_or(0, |line| match way {
            Way::Up => line.up.waiting(),
            Way::Down => line.down.waiting(),
        })
    }

    /// Whether nothing is under way on a connection, its end neither.
    pub fn is_drained(&self, id: SessionId) -> bool {
        self.line(id).is_none_or(|line| line.up.is_done() && line.down.is_done())
    }

    /// From now on nothing arrives any more, on either side, and nobody is told.
    pub fn vanish(&mut self, id: SessionId) {
        if let Some(line) = self.line_mut(id) {
            line.has_vanished = true;
        }
    }

    /// Whether the connection fell silent.
    pub fn has_vanished(&self, id: SessionId) -> bool {
        self.line(id).is_some_and(|line| line.has_vanished)
    }

    /// The phone does not read before a moment.
    pub fn stall(&mut self, id: SessionId, until: u64) {
        if let Some(line) = self.line_mut(id) {
            line.down.stalled_until = until;
        }
    }

    /// Both sides are done with it.
    pub fn forget(&mut self, id: SessionId) {
        if let Some(slot) = self.lines.get_mut(id.0 as usize) {
            *slot = None;
        }
    }

    /// An arrival that was planned takes place.
    pub fn arrive(
        &mut self,
        id: SessionId,
        way: Way,
        now: u64,
        agenda: &mut Agenda,
        into: &mut Vec<u8>,
    ) -> Arrived {
        let weather = self.weather;
        let Some(line) = self.line_mut(id) else { return Arrived::Nothing };
        let pipe = line.pipe(way);
        pipe.is_planned = false;
        if line.has_vanished {
            return Arrived::Nothing;
        }
        let pipe = line.pipe(way);
        if pipe.stalled_until > now && pipe.end() != Some(End::Reset) {
            let until = pipe.stalled_until;
            pipe.is_planned = true;
            agenda.plan(until, Event::Arrive(id, way));
            return Arrived::Nothing;
        }
        if let Some(end) = pipe.end() {
            return Arrived::Ended(end);
        }
        let len = pipe.waiting();
        let cut = if weather == Weather::Rough { line.cut(len) } else { len };
        line.pipe(way).read(cut, into);
        line.plan(id, way, weather, now, agenda);
        if into.is_empty() { Arrived::Nothing } else { Arrived::Bytes }
    }
}

/// Labels of generators, so that each has its own numbers.
const NETWORK_LABEL: u64 = 0x6e65_7477;

impl Line {
    fn pipe(&mut self, way: Way) -> &mut Pipe {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }

    /// Plans the next arrival where there is something and none is planned.
    fn plan(&mut self, id: SessionId, way: Way, weather: Weather, now: u64, agenda: &mut Agenda) {
        let pipe = self.pipe(way);
        if pipe.is_planned || pipe.is_done() {
            return;
        }
        pipe.is_planned = true;
        let delay = if weather == Weather::Rough { self.delay() } else { DELAY };
        agenda.plan(now + delay, Event::Arrive(id, way));
    }

    /// Mostly a local network, sometimes a queue, now and then a lost segment.
    fn delay(&mut self) -> u64 {
        match self.rng.below(100) {
            0..70 => self.rng.between(100 * MICROSECOND, 3 * MILLISECOND),
            70..97 => self.rng.between(MILLISECOND, 40 * MILLISECOND),
            _ => self.rng.between(200 * MILLISECOND, DELAY_MAX),
        }
    }

    /// How much of what is under way arrives in one piece.
    fn cut(&mut self, len: usize) -> usize {
        match self.rng.below(10) {
            0 => 1.min(len),
            1..4 => self.rng.between(1, len as u64) as usize,
            _ => len,
        }
    }
}
