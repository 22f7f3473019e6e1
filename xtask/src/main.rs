//! The one door to everything that CI does: `cargo xtask test`.

mod big_capture;
mod deb;
mod docs;
mod features;
mod setup;
mod simulation;
mod soak;
mod steps;
mod trace_bench;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Checks and chores of the Lineside repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Install what the tests need, then run them all: what CI runs
    Test,
    /// Install what the tests need: peers from Debian's packages, tools from crates.io
    Setup,
    /// Simulate phones, network and call manager by a seed; a failing run is shrunk to a short ladder
    Sim(simulation::Arguments),
    /// A million calls against our server: none may fail, memory must stay flat
    Soak(soak::Arguments),
    /// Write the generated documents
    Docs,
    /// Benchmarks for people: wall time
    Bench,
    /// Build the Debian package
    Deb(deb::Arguments),
    /// Write the man pages of the program
    Man(deb::Man),
    /// Write a large capture: one call many times over, with other addresses and ports
    BigCapture(big_capture::Arguments),
    /// `lineside trace` beside tshark and tcpdump on a large capture: CPU time and peak memory, all in one run
    TraceBench(trace_bench::Bench),
}

fn main() -> Result<ExitCode> {
    match Arguments::parse().task {
        Task::Test => steps::test()?,
        Task::Setup => setup::install()?,
        Task::Sim(arguments) => return simulation::run(arguments),
        Task::Soak(arguments) => soak::run(&arguments)?,
        Task::Docs => docs::write()?,
        Task::Bench => steps::bench()?,
        Task::Deb(arguments) => deb::run(&arguments)?,
        Task::Man(arguments) => deb::man(&arguments)?,
        Task::BigCapture(arguments) => big_capture::write(&arguments)?,
        Task::TraceBench(bench) => return trace_bench::run(&bench),
    }
    Ok(ExitCode::SUCCESS)
}
