//! When calls begin: an open loop, which does not wait for slow servers.

use crate::options::{Arrival, Calls};

const SECOND_NS: f64 = 1e9;

/// Times of the calls to begin.
#[derive(Debug)]
pub struct Arrivals {
    next_ns: f64,
    end_ns: f64,
    start_ns: f64,
    rate: f64,
    rate_end: f64,
    left: u64,
    arrival: Arrival,
    random: Random,
}

impl Arrivals {
    /// Calls from `start_ns` on.
    pub fn new(calls: &Calls, start_ns: u64, seed: u64) -> Arrivals {
        let start = start_ns as f64;
        let mut arrivals = Arrivals {
            next_ns: start,
            end_ns: start + calls.duration.as_nanos() as f64,
            start_ns: start,
            rate: calls.rate,
            rate_end: calls.ramp_to.unwrap_or(calls.rate),
            left: calls.count_max,
            arrival: calls.arrival,
            random: Random(seed),
        };
        arrivals.advance();
        arrivals
    }

    /// When the next call begins; `None` after the last.
    pub fn next_ns(&self) -> Option<u64> {
        (self.left > 0 && self.next_ns < self.end_ns).then_some(self.next_ns as u64)
    }

    /// Takes a call that is due.
    pub fn take(&mut self, now_ns: u64) -> bool {
        let is_due = self.next_ns().is_some_and(|next| next <= now_ns);
        if is_due {
            self.left -= 1;
            self.advance();
        }
        is_due
    }

    /// No more calls.
    pub fn stop(&mut self) {
        self.left = 0;
    }

    /// Calls per second at a time; none after the last.
    pub fn rate_at(&self, now_ns: u64) -> f64 {
        if self.next_ns().is_none() {
            return 0.0;
        }
        self.rate_near(now_ns as f64)
    }

    fn rate_near(&self, at_ns: f64) -> f64 {
        let whole = (self.end_ns - self.start_ns).max(1.0);
        let part = ((at_ns - self.start_ns) / whole).clamp(0.0, 1.0);
        self.rate + (self.rate_end - self.rate) * part
    }

    fn advance(&mut self) {
        let gap_ns = SECOND_NS / self.rate_near(self.next_ns);
        self.next_ns += match self.arrival {
            Arrival::Uniform => gap_ns,
            Arrival::Poisson => -gap_ns * (1.0 - self.random.unit()).ln(),
        };
    }
}

/// SplitMix64: enough for gaps between calls, and the same on every machine.
#[derive(Debug)]
pub(crate) struct Random(pub u64);

impl Random {
    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn all(calls: &Calls, seed: u64) -> Vec<u64> {
        let mut arrivals = Arrivals::new(calls, 0, seed);
        let mut times = Vec::new();
        while let Some(next) = arrivals.next_ns() {
            assert!(arrivals.take(next));
            times.push(next);
        }
        times
    }

    #[test]
    fn as_many_as_the_rate_says_and_the_same_again() {
        let calls = Calls { rate: 1000.0, duration: Duration::from_secs(20), ..Calls::default() };
        let times = all(&calls, 7);
        assert!((19_000..21_000).contains(&times.len()), "{}", times.len());
        assert_eq!(times, all(&calls, 7));
        assert_ne!(times, all(&calls, 8));
        let uniform = all(&Calls { arrival: Arrival::Uniform, ..calls }, 7);
        assert_eq!((uniform.len(), uniform[1] - uniform[0]), (19_999, 1_000_000));
        assert_eq!(all(&Calls { count_max: 5, ..calls }, 7).len(), 5);
    }

    #[test]
    fn a_ramp_ends_at_its_rate() {
        let seconds = Duration::from_secs(20);
        let calls = Calls { rate: 100.0, ramp_to: Some(300.0), duration: seconds, ..Calls::default() };
        let times = all(&calls, 7);
        assert!((3_700..4_300).contains(&times.len()), "{}", times.len());
        let early = times.iter().filter(|at| **at < 2_000_000_000).count();
        let late = times.iter().filter(|at| **at >= 18_000_000_000).count();
        assert!(late > early * 2, "{early} {late}");
    }
}
