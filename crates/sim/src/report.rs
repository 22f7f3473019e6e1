//! Many seeds within a budget, for the command line and CI: what ran, how fast, and what failed.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::known::known;
use crate::options::{Faults, Options};
use crate::run::{Failure, Outcome, replay, run};
use crate::world::Counts;

/// What `cargo xtask sim` is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// First seed.
    pub seed: u64,
    /// Events per seed.
    pub steps: u64,
    /// Seeds; 0: as many as the budget allows.
    pub seeds: u64,
    /// Wall seconds after which no new seed begins; 0: no limit.
    pub budget_secs: u64,
    /// Phones; 0: as the seed says.
    pub phones: u16,
    /// Faults by name; empty: as the seed says; `all`, `none`.
    pub faults: Vec<String>,
    /// A script to replay instead.
    pub script: Option<String>,
    /// Findings that are known, beside those of [`crate::known`]: each is some words of one.
    pub tolerated: Vec<String>,
    /// Go on after a failure.
    pub keep_going: bool,
}

/// CPU time of this thread, where the system tells.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

impl Request {
    fn options(&self, seed: u64) -> Result<Options, String> {
        let mut options = Options::seeded(seed, self.steps.max(1));
        if self.phones > 0 {
            options.phones = self.phones;
        }
        match self.faults.as_slice() {
            [] => {}
            [word] if word == "all" => options.faults = Faults::all(),
            [word] if word == "none" => options.faults = Faults::default(),
            names => {
                options.faults = Faults::default();
                for name in names {
                    let fault = Faults::named(name).ok_or_else(|| {
                        format!(
                            "no fault is called {name:?}; there are {}",
                            crate::options::FAULT_NAMES.join(", ")
                        )
                    })?;
                    options.faults = options.faults.and(fault);
                }
            }
        }
        Ok(options)
    }
}

/// Runs what was asked for and reports to `out`: whether all was well. What can't be asked for is an error.
pub fn main_loop(request: &Request, out: &mut dyn Write) -> io::Result<bool> {
    if let Some(text) = &request.script {
        return match replay(text) {
            Ok(outcome) => finish(&outcome, out),
            Err(error) => Err(io::Error::new(io::ErrorKind::InvalidInput, error.to_string())),
        };
    }
    let (started, cpu_before) = (Instant::now(), cpu_time());
    let is_over = |done: u64| {
        let out_of_seeds = request.seeds > 0 && done >= request.seeds;
        let out_of_time = request.budget_secs > 0 && started.elapsed().as_secs() >= request.budget_secs;
        out_of_seeds || out_of_time || (request.seeds == 0 && request.budget_secs == 0 && done >= 1)
    };
    let tolerated: Vec<_> = known().into_iter().chain(request.tolerated.iter().cloned()).collect();
    let (mut total, mut done, mut failed) = (Counts::default(), 0, 0);
    while !is_over(done) {
        let seed = request.seed + done;
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let options = request.options(seed).map_err(invalid)?;
        let outcome = run(&options, &tolerated);
        total.add(&outcome.counts);
        done += 1;
        if let Some(failure) = &outcome.failure {
            failed += 1;
            show(seed, &options, failure, out)?;
            if !request.keep_going {
                break;
            }
        }
    }
    let cpu = cpu_time().zip(cpu_before).map(|(now, before)| now - before);
    summary(done, failed, &total, cpu.unwrap_or_else(|| started.elapsed()), out)?;
    Ok(failed == 0)
}

fn finish(outcome: &Outcome, out: &mut dyn Write) -> io::Result<bool> {
    writeln!(out, "{}", outcome.ladder)?;
    match &outcome.failure {
        None => {
            writeln!(out, "sim: the script runs to its end: {:?}", outcome.counts)?;
            Ok(true)
        }
        Some(failure) => {
            writeln!(out, "sim: {}", failure.violation)?;
            Ok(false)
        }
    }
}

fn show(seed: u64, options: &Options, failure: &Failure, out: &mut dyn Write) -> io::Result<()> {
    let Failure { violation, script, decisions, decisions_before, ladder, .. } = failure;
    writeln!(out, "sim: seed {seed} ({} steps, {:?}) FAILS", options.steps, options.faults.names())?;
    writeln!(out, "sim: {violation}")?;
    writeln!(
        out,
        "--- what happened ---\n{ladder}--- the script: {decisions} of {decisions_before} decisions ---"
    )?;
    writeln!(out, "{script}---")?;
    if !failure.is_replayable {
        writeln!(out, "sim: the script as recorded does not fail again: the world is not deterministic")?;
    }
    Ok(())
}

fn summary(seeds: u64, failed: u64, total: &Counts, cpu: Duration, out: &mut dyn Write) -> io::Result<()> {
    let per_second = |count: u64| (count as f64 / cpu.as_secs_f64().max(1e-9)) as u64;
    writeln!(
        out,
        "sim: {seeds} seeds, {failed} failed; {} steps, {} calls ({} answered), {} conferences, {} recorded parties, {} announcements, {} streams at hardware, {} slow readers, {} restores, {} quiet moments, {} virtual hours",
        total.steps,
        total.calls,
        total.answered,
        total.conferences,
        total.taped,
        total.announced,
        total.hardware_streams,
        total.slow_readers,
        total.restores,
        total.settles,
        total.virtual_ns / (3600 * crate::clock::SECOND),
    )?;
    writeln!(
        out,
        "sim: {} phone events in {:.2} s of CPU: {} per second; {} steps per second",
        total.phone_events(),
        cpu.as_secs_f64(),
        per_second(total.phone_events()),
        per_second(total.steps),
    )
}
