//! When the phone wants to be woken: one table, one deadline.

use std::time::Duration;

/// What can be due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// RegisterAck or a token is overdue.
    Register,
    /// The answer to a request of the ladder is overdue.
    Step,
    /// The next KeepAlive.
    Keepalive,
    /// The next attempt to connect.
    Reconnect,
    /// A text's time is over.
    Texts,
    /// A single ring is over.
    Ring,
    /// The next digit of a number.
    Digit,
    /// The driver's counters are overdue.
    Report,
    /// UnregisterAck is overdue.
    Leave,
    /// Something is to do about the standby connection.
    Standby,
}

const ALL: [Timer; 10] = [
    Timer::Register,
    Timer::Step,
    Timer::Keepalive,
    Timer::Reconnect,
    Timer::Texts,
    Timer::Ring,
    Timer::Digit,
    Timer::Report,
    Timer::Leave,
    Timer::Standby,
];

/// The deadlines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timers([Option<Duration>; ALL.len()]);

impl Timers {
    pub fn set(&mut self, timer: Timer, at: Duration) {
        self.0[timer as usize] = Some(at);
    }

    pub fn clear(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    pub fn clear_all(&mut self) {
        self.0 = Default::default();
    }

    pub fn next(&self) -> Option<Duration> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes the earliest timer that is due.
    pub fn take_due(&mut self, now: Duration) -> Option<Timer> {
        let due = ALL.into_iter().filter_map(|timer| Some((self.0[timer as usize]?, timer)));
        let (at, timer) = due.min_by_key(|(at, _)| *at)?;
        (at <= now).then(|| {
            self.clear(timer);
            timer
        })
    }
}
