//! What accept does when the process or the machine has no descriptor left: wait, longer each time.

use std::io;
use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(50);
/// The longest wait: phones retry every few seconds, so longer would cost more than it saves.
const LONGEST: Duration = Duration::from_secs(1);

/// The wait of one accept loop.
#[derive(Debug, Default)]
pub struct Backoff {
    wait: Option<Duration>,
    until_ns: Option<u64>,
}

/// What an error of `accept` means for the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptError {
    /// Nobody waits any more.
    Drained,
    /// That connection is gone already; the next may be well.
    Next,
    /// Nothing can be accepted until something is freed.
    Exhausted,
}

impl AcceptError {
    /// Judges an error.
    pub fn of(error: &io::Error) -> AcceptError {
        use rustix::io::Errno;
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::AGAIN) => AcceptError::Drained,
            Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => AcceptError::Exhausted,
            _ if error.kind() == io::ErrorKind::WouldBlock => AcceptError::Drained,
            _ => AcceptError::Next,
        }
    }
}

impl Backoff {
    /// Whether accepting may be tried.
    pub fn is_over(&self, now_ns: u64) -> bool {
        self.until_ns.is_none_or(|until| now_ns >= until)
    }

    /// When it may be tried again.
    pub fn until_ns(&self) -> Option<u64> {
        self.until_ns
    }

    /// Nothing could be accepted: waits twice as long as the last time. Returns how long.
    pub fn exhausted(&mut self, now_ns: u64) -> Duration {
        let wait = self.wait.map_or(FIRST, |wait| (wait * 2).min(LONGEST));
        self.wait = Some(wait);
        self.until_ns = Some(now_ns.saturating_add(wait.as_nanos() as u64));
        wait
    }

    /// Something was accepted.
    pub fn worked(&mut self) {
        *self = Backoff::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_and_forgets_it_after_a_success() {
        let mut backoff = Backoff::default();
        assert!(backoff.is_over(0));
        let waits: Vec<u128> = (0..7).map(|now| backoff.exhausted(now).as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 800, 1000, 1000]);
        assert!(!backoff.is_over(7) && backoff.is_over(6 + 1_000_000_000));
        backoff.worked();
        assert!(backoff.is_over(7));
        assert_eq!(backoff.exhausted(0).as_millis(), 50);
    }

    #[test]
    fn knows_what_an_error_means() {
        let judged = |errno: rustix::io::Errno| AcceptError::of(&errno.into());
        use rustix::io::Errno;
        assert_eq!(judged(Errno::MFILE), AcceptError::Exhausted);
        assert_eq!(judged(Errno::NFILE), AcceptError::Exhausted);
        assert_eq!(judged(Errno::CONNABORTED), AcceptError::Next);
        assert_eq!(judged(Errno::AGAIN), AcceptError::Drained);
    }
}
