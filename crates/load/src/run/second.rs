//! Once a second: what happened since.

use super::Before;
use super::calls::Calls;
use crate::report::series::Moment;
use crate::usage::Usage;

/// How often.
pub const MOMENT_NS: u64 = 1_000_000_000;

/// What was counted a second ago.
#[derive(Debug)]
pub(super) struct SecondHand {
    start_ns: u64,
    last_ns: u64,
    /// When it moves on.
    pub next_ns: u64,
    begun: u64,
    completed: u64,
    failed: u64,
    usage: Option<Usage>,
}

impl SecondHand {
    pub fn new(before: &Before) -> SecondHand {
        let start_ns = before.start_ns;
        let next_ns = start_ns + MOMENT_NS;
        SecondHand {
            start_ns,
            last_ns: start_ns,
            next_ns,
            begun: 0,
            completed: 0,
            failed: 0,
            usage: before.server,
        }
    }

    /// What happened since the last call.
    pub fn moment(&mut self, now_ns: u64, calls: &mut Calls, usage: Option<Usage>) -> Moment {
        let seconds = now_ns.saturating_sub(self.last_ns).max(1) as f64 / 1e9;
        let recent = std::mem::take(&mut calls.recent);
        let (tone, ring) = (recent.dial_tone.summary(), recent.ring.summary());
        let (begun, completed, failed) = (calls.begun(), calls.completed, calls.failures.total());
        let cpu = usage
            .zip(self.usage)
            .map(|(now, then)| now.cpu_us.saturating_sub(then.cpu_us) as f64 / 1e6 / seconds * 100.0);
        let moment = Moment {
            at_secs: now_ns.saturating_sub(self.start_ns) as f64 / 1e9,
            begun_per_second: (begun - self.begun) as f64 / seconds,
            completed_per_second: (completed - self.completed) as f64 / seconds,
            failed: failed - self.failed,
            open: calls.open(),
            dial_tone_p50_ms: tone.p50_ms,
            dial_tone_p99_ms: tone.p99_ms,
            ring_p99_ms: ring.p99_ms,
            server_cpu_percent: cpu,
            server_rss_kib: usage.map(|usage| usage.rss_kib),
        };
        let (start_ns, next_ns) = (self.start_ns, now_ns + MOMENT_NS);
        *self = SecondHand { start_ns, last_ns: now_ns, next_ns, begun, completed, failed, usage };
        moment
    }
}
