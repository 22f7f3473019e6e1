//! A run second by second, for plots.

use serde::{Deserialize, Serialize};

/// One second of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Moment {
    /// Its end, since the calls began, in seconds.
    pub at_secs: f64,
    /// Calls begun in it, per second.
    pub begun_per_second: f64,
    /// Calls completed in it, per second.
    pub completed_per_second: f64,
    /// Calls that failed in it.
    pub failed: u64,
    /// Calls that are up at its end.
    pub open: u64,
    /// Off hook to dial tone in it: half of them took no longer, in milliseconds.
    pub dial_tone_p50_ms: f64,
    /// The same, 99 of 100.
    pub dial_tone_p99_ms: f64,
    /// Last digit to ringing in it, 99 of 100.
    pub ring_p99_ms: f64,
    /// Processor time of the server in it, in percent of one core.
    pub server_cpu_percent: Option<f64>,
    /// Its memory, in KiB.
    pub server_rss_kib: Option<u64>,
}

/// Seconds that are kept; of a longer run, every second one, and so on.
pub const MOMENTS_MAX: usize = 1200;

/// The seconds of a run.
#[derive(Debug, Default)]
pub(crate) struct Series {
    moments: Vec<Moment>,
    seen: usize,
    step: usize,
}

impl Series {
    pub fn push(&mut self, moment: Moment) {
        let step = self.step.max(1);
        if self.seen.is_multiple_of(step) {
            self.moments.push(moment);
        }
        self.seen += 1;
        if self.moments.len() >= MOMENTS_MAX {
            let mut place = 0;
            self.moments.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.step = step * 2;
        }
    }

    pub fn take(self) -> Vec<Moment> {
        self.moments
    }
}

/// The seconds as CSV.
pub fn csv(moments: &[Moment]) -> String {
    let mut text = String::from(
        "at_secs,begun_per_second,completed_per_second,failed,open,dial_tone_p50_ms,dial_tone_p99_ms,ring_p99_ms,server_cpu_percent,server_rss_kib\n",
    );
    for m in moments {
        let cpu = m.server_cpu_percent.map_or_else(String::new, |cpu| format!("{cpu:.1}"));
        let rss = m.server_rss_kib.map_or_else(String::new, |rss| rss.to_string());
        text.push_str(&format!(
            "{:.3},{:.1},{:.1},{},{},{:.3},{:.3},{:.3},{cpu},{rss}\n",
            m.at_secs,
            m.begun_per_second,
            m.completed_per_second,
            m.failed,
            m.open,
            m.dial_tone_p50_ms,
            m.dial_tone_p99_ms,
            m.ring_p99_ms,
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_thinned_evenly() {
        let mut series = Series::default();
        (0..10_000).for_each(|n| series.push(Moment { at_secs: f64::from(n), ..Moment::default() }));
        let moments = series.take();
        assert!(moments.len() <= MOMENTS_MAX && moments.len() > MOMENTS_MAX / 3, "{}", moments.len());
        let gaps: Vec<f64> = moments.windows(2).map(|pair| pair[1].at_secs - pair[0].at_secs).collect();
        assert!(gaps.iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
        assert_eq!(csv(&moments).lines().count(), moments.len() + 1);
    }
}
