//! How long the stages of all calls took.

use std::fmt::Write;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use crate::analysis::{Call, MILESTONES, Milestone, Outcome};

/// Longest stage that is told apart, in microseconds: an hour.
const MICROS_MAX: u64 = 3_600_000_000;
/// Percentiles that are shown.
const SHOWN: [f64; 4] = [50.0, 90.0, 95.0, 99.0];

/// How long one stage took.
#[derive(Debug)]
struct Stage {
    micros: Histogram<u64>,
    /// The histogram knows it to one in a hundred only.
    max: u64,
}

impl Stage {
    fn millis(&self, percentile: f64) -> f64 {
        self.micros.value_at_percentile(percentile).min(self.max) as f64 / 1000.0
    }
}

/// Milestones over many calls.
#[derive(Debug, Default)]
pub struct Percentiles {
    stages: Vec<(Milestone, Stage)>,
    outcomes: std::collections::BTreeMap<&'static str, u64>,
    calls: u64,
}

impl Percentiles {
    /// Takes a call in.
    pub fn add(&mut self, call: &Call) {
        self.calls += 1;
        *self.outcomes.entry(call.outcome.text()).or_default() += 1;
        for (milestone, micros) in call.milestones.iter() {
            let micros = u64::try_from(micros).unwrap_or(0).min(MICROS_MAX);
            let stage = self.stage(milestone);
            stage.max = stage.max.max(micros);
            stage.micros.saturating_record(micros);
        }
    }

    fn stage(&mut self, milestone: Milestone) -> &mut Stage {
        let found = self.stages.iter().position(|(stage, _)| *stage == milestone);
        let index = found.unwrap_or_else(|| {
            let micros =
                Histogram::new_with_max(MICROS_MAX, 2).expect("two digits up to an hour are allowed");
            self.stages.push((milestone, Stage { micros, max: 0 }));
            self.stages.len() - 1
        });
        &mut self.stages[index].1
    }

    fn ordered(&self) -> impl Iterator<Item = &(Milestone, Stage)> {
        MILESTONES
            .into_iter()
            .filter_map(|milestone| self.stages.iter().find(|(stage, _)| *stage == milestone))
    }

    /// How many calls were answered.
    pub fn answered(&self) -> u64 {
        self.outcomes.get(Outcome::Answered.text()).copied().unwrap_or(0)
    }

    /// As a table.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let outcomes: Vec<String> =
            self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let calls = if self.calls == 1 { "call" } else { "calls" };
        let outcomes = if outcomes.is_empty() { String::new() } else { format!(": {}", outcomes.join(", ")) };
        let _ = writeln!(out, "{} {calls}{outcomes}", self.calls);
        if self.stages.is_empty() {
            return out;
        }
        let _ = writeln!(
            out,
            "  {:<44} {:>8} {:>10} {:>10} {:>10} {:>10} {:>10}",
            "MILESTONE (ms)", "CALLS", "MEDIAN", "90 %", "95 %", "99 %", "MAX"
        );
        for (milestone, stage) in self.ordered() {
            let _ = write!(out, "  {:<44} {:>8}", milestone.text(), stage.micros.len());
            for percentile in SHOWN {
                let _ = write!(out, " {:>10.1}", stage.millis(percentile));
            }
            let _ = writeln!(out, " {:>10.1}", stage.max as f64 / 1000.0);
        }
        out
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let stages: Map<String, Value> = self
            .ordered()
            .map(|(milestone, stage)| {
                let at = |percentile: f64| stage.millis(percentile);
                let value = json!({
                    "calls": stage.micros.len(), "p50": at(50.0), "p90": at(90.0), "p95": at(95.0),
                    "p99": at(99.0), "max": stage.max as f64 / 1000.0,
                });
                (milestone.name().to_owned(), value)
            })
            .collect();
        json!({ "calls": self.calls, "outcomes": self.outcomes, "milestones_ms": stages })
    }
}
