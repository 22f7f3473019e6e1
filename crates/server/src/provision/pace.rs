//! How fast all transfers together may go: a wave of upgrades must not drown calls.

/// Bytes that may go at once.
const BURST_BYTES: u64 = 256 * 1024;
const SECOND_NS: u64 = 1_000_000_000;

/// A rate that is kept to.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: u64,
    /// When everything that was admitted has gone.
    busy_until_ns: u64,
}

impl Pace {
    /// A rate in bits per second.
    pub fn new(rate: u64) -> Pace {
        Pace { bytes_per_second: (rate / 8).max(1), busy_until_ns: 0 }
    }

    /// Admits so many bytes; how many nanoseconds to wait before they go.
    pub fn admit(&mut self, now_ns: u64, bytes: usize) -> u64 {
        let cost = |bytes: u64| {
            u64::try_from(u128::from(bytes) * u128::from(SECOND_NS) / u128::from(self.bytes_per_second))
                .unwrap_or(u64::MAX)
        };
        let burst = cost(BURST_BYTES);
        self.busy_until_ns = self.busy_until_ns.max(now_ns).saturating_add(cost(bytes as u64));
        self.busy_until_ns.saturating_sub(now_ns).saturating_sub(burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut pace = Pace::new(8 * 1024 * 1024);
        assert_eq!(pace.admit(0, BURST_BYTES as usize), 0);
        assert_eq!(pace.admit(0, 1024 * 1024), SECOND_NS);
        // A second and a quarter later nothing is left.
        assert_eq!(pace.admit(2 * SECOND_NS, 1024), 0);
    }
}
