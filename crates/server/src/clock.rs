//! Both clocks, read once per turn.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use exchange::input::Now;

/// The clocks of this server.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Monotonic time begins here.
    pub fn start() -> Self {
        Clock { start: Instant::now() }
    }

    /// What time it is.
    pub fn now(&self) -> Now {
        let monotonic_ns = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Now { monotonic_ns, unix_ms: unix_ms() }
    }
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
