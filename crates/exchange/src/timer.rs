//! Timers: one ordered structure. An entry says what it is about by generational ids, so one that fires
//! late finds nothing; what its firing means, the state of that thing decides.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::LegId;
use crate::input::SessionId;
use crate::table::{CallId, StationId};

/// What a timer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Timer {
    /// A session: registration, adoption or keepalive is due.
    Session(SessionId),
    /// A leg: digits, acknowledgement of media, end of a tone, by its state.
    Leg(LegId),
    /// A DTMF tone on a leg has played long enough.
    Tone(LegId),
    /// A call rang long enough.
    Call(CallId),
    /// Counters of the leg that had this reference did not come.
    Statistics(u32),
    /// The media engine did not answer an order.
    Media(crate::media::OrderId),
    /// Those in a call hear again that a phone has it recorded.
    Consent(crate::media::OrderId),
    /// A device without a session holds legs.
    Station(StationId),
    /// A call back was not made for long.
    CallBack(u64),
    /// More phones are to be reset.
    Resets,
}

/// A timer that was set. Serves to cancel it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct TimerKey {
    at_ns: u64,
    sequence: u64,
}

impl TimerKey {
    /// When it is due.
    pub(crate) fn at_ns(self) -> u64 {
        self.at_ns
    }
}

/// All timers, by deadline and then in the order in which they were set.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timers {
    queue: BTreeMap<TimerKey, Timer>,
    sequence: u64,
}

impl Timers {
    /// Sets a timer.
    pub(crate) fn set(&mut self, at_ns: u64, timer: Timer) -> TimerKey {
        self.sequence += 1;
        let key = TimerKey { at_ns, sequence: self.sequence };
        self.queue.insert(key, timer);
        key
    }

    /// Sets the timer of a slot in place of the one that it held.
    pub(crate) fn reset(&mut self, slot: &mut Option<TimerKey>, at_ns: u64, timer: Timer) {
        self.cancel(slot.take());
        *slot = Some(self.set(at_ns, timer));
    }

    /// Cancels one; one that has fired is no error.
    pub(crate) fn cancel(&mut self, key: Option<TimerKey>) {
        if let Some(key) = key {
            self.queue.remove(&key);
        }
    }

    /// Takes the next timer that is due.
    pub(crate) fn pop_due(&mut self, now_ns: u64) -> Option<Timer> {
        let entry = self.queue.first_entry()?;
        (entry.key().at_ns <= now_ns).then(|| entry.remove())
    }

    /// When the next one is due.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.queue.first_key_value().map(|(key, _)| key.at_ns)
    }

    /// How many are set.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_fire_in_order_and_only_when_due() {
        let mut timers = Timers::default();
        timers.set(20, Timer::Statistics(2));
        let early = timers.set(10, Timer::Statistics(1));
        timers.set(20, Timer::Statistics(3));
        assert_eq!(timers.deadline(), Some(10));
        timers.cancel(Some(early));
        timers.cancel(Some(early));
        assert_eq!(timers.pop_due(19), None);
        assert_eq!(timers.pop_due(20), Some(Timer::Statistics(2)));
        assert_eq!(timers.pop_due(20), Some(Timer::Statistics(3)));
        assert_eq!((timers.pop_due(20), timers.deadline(), timers.len()), (None, None, 0));
    }
}
