//! Virtual time: two clocks and the events to come, in the order of time and of being planned.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

use exchange::input::{Now, SessionId};
use phone::StreamId;

use crate::hardware::Turn;

/// Nanoseconds of a microsecond.
pub const MICROSECOND: u64 = 1_000;
/// Nanoseconds of a millisecond.
pub const MILLISECOND: u64 = 1_000_000;
/// Nanoseconds of a second.
pub const SECOND: u64 = 1_000_000_000;

/// When the wall clock stands at the start: 2026-01-05 08:00 UTC, a Monday.
const WALL_START_MS: i64 = 1_767_600_000_000;
/// Where the monotonic clock starts: not at 0, which nothing may rely on.
const MONOTONIC_START: u64 = 1000 * SECOND;
/// Events fall on multiples of this many nanoseconds, decisions beside them, so that no decision is ever
/// simultaneous with an event and a replay keeps their order.
const GRID: u64 = 10;

/// The time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    now: u64,
    wall_jump_ms: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { now: MONOTONIC_START, wall_jump_ms: 0 }
    }
}

impl Clock {
    /// Monotonic nanoseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Nanoseconds since the start of the run.
    pub fn since_start(&self) -> u64 {
        self.now - MONOTONIC_START
    }

    /// The moment so many nanoseconds after the start.
    pub fn at(since_start: u64) -> u64 {
        MONOTONIC_START + since_start
    }

    /// Both clocks, as the exchange is told.
    pub fn both(&self) -> Now {
        let since_ms = (self.since_start() / MILLISECOND) as i64;
        Now { monotonic_ns: self.now, unix_ms: WALL_START_MS + since_ms + self.wall_jump_ms }
    }

    /// As phones are told.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.now)
    }

    /// Time goes on; never back.
    pub fn advance(&mut self, to: u64) {
        self.now = self.now.max(to);
    }

    /// Somebody sets the wall clock.
    pub fn jump_wall(&mut self, by_ms: i64) {
        self.wall_jump_ms += by_ms;
    }
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Up,
    /// To the phone.
    Down,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A phone's user, the trunk or the operator thinks of something.
    Wake(u16),
    /// A timer of a phone is due.
    Timer(u16),
    /// A phone's attempt to connect comes to its end.
    Connected(u16, u32),
    /// Bytes, or the end of the connection, reach the other side.
    Arrive(SessionId, Way),
    /// The exchange wants to know the time.
    Tick,
    /// A phone's audio path opened its port.
    Opened(u16, StreamId),
    /// A phone's audio path sends.
    Sends(u16, StreamId),
    /// A phone's audio path has counted.
    Counted(u16, u32),
    /// A phone is plugged in again.
    PlugIn(u16),
    /// Unknown phones get their number.
    Adopt,
    /// Something becomes of a piece of hardware.
    Hardware(u16, Turn),
    /// The trunk opened its port for a leg.
    TrunkOpened(exchange::call::LegId),
}

#[derive(Debug)]
struct Planned {
    at: u64,
    number: u64,
    event: Event,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// The events to come.
#[derive(Debug, Default)]
pub struct Agenda {
    heap: BinaryHeap<Reverse<Planned>>,
    next_number: u64,
}

impl Agenda {
    /// Plans an event; returns when it will be.
    pub fn plan(&mut self, at: u64, event: Event) -> u64 {
        let at = at.next_multiple_of(GRID);
        self.put(at, event);
        at
    }

    /// Plans a decision; returns when it will be.
    pub fn plan_decision(&mut self, at: u64, event: Event) -> u64 {
        let at = at.next_multiple_of(GRID) + GRID / 2;
        self.put(at, event);
        at
    }

    fn put(&mut self, at: u64, event: Event) {
        self.next_number += 1;
        self.heap.push(Reverse(Planned { at, number: self.next_number, event }));
    }

    /// When the next event is.
    pub fn next_at(&self) -> Option<u64> {
        self.heap.peek().map(|planned| planned.0.at)
    }

    /// Takes the next event.
    pub fn take(&mut self) -> Option<(u64, Event)> {
        self.heap.pop().map(|planned| (planned.0.at, planned.0.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_then_by_order_of_planning() {
        let mut agenda = Agenda::default();
        agenda.plan(20, Event::Wake(1));
        agenda.plan(10, Event::Wake(2));
        agenda.plan(20, Event::Wake(3));
        agenda.plan_decision(10, Event::Wake(4));
        let order: Vec<_> = std::iter::from_fn(|| agenda.take()).collect();
        let expected = [(10, 2), (15, 4), (20, 1), (20, 3)].map(|(at, who)| (at, Event::Wake(who)));
        assert_eq!(order, expected);
    }

    #[test]
    fn the_wall_clock_jumps_and_the_other_does_not() {
        let mut clock = Clock::default();
        let before = clock.both();
        clock.jump_wall(-5000);
        clock.advance(clock.now() + SECOND);
        let after = clock.both();
        assert_eq!(after.monotonic_ns - before.monotonic_ns, SECOND);
        assert_eq!(after.unix_ms - before.unix_ms, -4000);
    }
}
