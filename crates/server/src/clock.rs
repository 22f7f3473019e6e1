//! Both clocks, read once per turn.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use exchange::input::Now;

/// By how much the wall clock must jump between two looks to count as set.
pub const STEP_MS: i64 = 1_000;

/// The clocks of this server.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    /// What the wall clock showed when monotonic time began, as of the last look.
    origin_ms: i64,
}

impl Clock {
    /// Monotonic time begins here.
    pub fn start() -> Self {
        Clock { start: Instant::now(), origin_ms: unix_ms() }
    }

    /// What time it is.
    pub fn now(&self) -> Now {
        let monotonic_ns = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Now { monotonic_ns, unix_ms: unix_ms() }
    }

    /// By how many milliseconds somebody set the wall clock since the last look: forward, or back below zero.
    pub fn step(&mut self, now: Now) -> Option<i64> {
        let origin_ms = now.unix_ms - (now.monotonic_ns / 1_000_000) as i64;
        let step = origin_ms - std::mem::replace(&mut self.origin_ms, origin_ms);
        (step.abs() > STEP_MS).then_some(step)
    }
}

/// What the log says of a clock that was set.
pub fn step_words(step_ms: i64) -> String {
    let way = if step_ms < 0 { "back" } else { "forward" };
    let secs = step_ms.unsigned_abs() as f64 / 1000.0;
    format!(
        "this machine's clock was set {way} by {secs:.1} s; calls go on, and their records have the right length \
         and the times of the clock as it is now"
    )
}

/// Milliseconds since the Unix epoch.
pub fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Nanoseconds since the Unix epoch.
pub fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_noticed_once_and_one_that_is_turned_is_not() {
        let mut clock = Clock { start: Instant::now(), origin_ms: 1_000_000 };
        let mut look =
            |monotonic_ms: u64, unix_ms| clock.step(Now { monotonic_ns: monotonic_ms * 1_000_000, unix_ms });
        assert_eq!(look(500, 1_000_510), None, "a time server turns it");
        assert_eq!(look(1000, 4_601_010), Some(3_600_000));
        assert_eq!(look(1500, 4_601_510), None);
        assert_eq!(look(2000, 1_002_010), Some(-3_600_000));
        assert!(step_words(-3_600_000).contains("set back by 3600.0 s"));
    }
}
