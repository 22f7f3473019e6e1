//! Times and failures of a run, as they are gathered.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

/// Times beyond this are counted as this: every wait of a run is shorter.
const LONGEST_NS: u64 = 3_600_000_000_000;
/// Digits that a time keeps: a thousandth.
const DIGITS: u8 = 3;
/// Different reasons of failure that are told apart.
const REASONS_MAX: usize = 100;

/// Times of one kind.
#[derive(Debug, Clone)]
pub struct Times(Histogram<u64>);

/// Times of one kind, summed up, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// Nine of ten took no longer.
    pub p90_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// 999 of 1000 took no longer.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Default for Times {
    fn default() -> Self {
        let bounded = Histogram::new_with_bounds(1_000, LONGEST_NS, DIGITS);
        Times(bounded.expect("the bounds are constants that a histogram can have"))
    }
}

impl Times {
    /// Takes a time in nanoseconds.
    pub fn take(&mut self, ns: u64) {
        self.0.saturating_record(ns.clamp(1, LONGEST_NS));
    }

    /// Sums up.
    pub fn summary(&self) -> Summary {
        let ms = |quantile| self.0.value_at_quantile(quantile) as f64 / 1e6;
        if self.0.is_empty() {
            return Summary::default();
        }
        Summary {
            count: self.0.len(),
            p50_ms: ms(0.5),
            p90_ms: ms(0.9),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
            max_ms: self.0.max() as f64 / 1e6,
        }
    }
}

/// Failures by reason.
#[derive(Debug, Clone, Default)]
pub struct Failures(BTreeMap<String, u64>);

impl Failures {
    /// Counts one.
    pub fn count(&mut self, reason: &str) {
        let is_known = self.0.contains_key(reason);
        let reason = if is_known || self.0.len() < REASONS_MAX { reason } else { "other" };
        *self.0.entry(reason.to_owned()).or_default() += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// By reason.
    pub fn by_reason(&self) -> &BTreeMap<String, u64> {
        &self.0
    }
}
