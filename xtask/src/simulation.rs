//! `cargo xtask sim`: the simulator by seed.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

/// Phones of three generations at random and against the rules, over a hostile network, on a virtual clock.
#[derive(Debug, Args)]
pub struct Arguments {
    /// First seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Events per seed
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Seeds; 0: as many as the budget allows
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Wall seconds after which no new seed begins; 0: no limit
    #[arg(long, default_value_t = 0)]
    budget_secs: u64,
    /// Phones; 0: as the seed says
    #[arg(long, default_value_t = 0)]
    phones: u16,
    /// Faults by name; `all`, `none`; as the seed says when none is given
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
    /// Replay this script, as a failing run prints it
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Pass over findings that contain these words
    #[arg(long, value_name = "WORDS")]
    tolerate: Vec<String>,
    /// Go on after a failure
    #[arg(long)]
    keep_going: bool,
}

/// Runs it; the exit code is 0 when nothing failed.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let script = match &arguments.script {
        Some(path) => Some(std::fs::read_to_string(path).with_context(|| path.display().to_string())?),
        None => None,
    };
    let request = sim::report::Request {
        seed: arguments.seed,
        steps: arguments.steps,
        seeds: arguments.seeds,
        budget_secs: arguments.budget_secs,
        phones: arguments.phones,
        faults: arguments.fault,
        script,
        tolerated: arguments.tolerate,
        keep_going: arguments.keep_going,
    };
    let is_well = sim::report::main_loop(&request, &mut std::io::stdout().lock())?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
