//! The one door to everything that CI does: `cargo xtask test`.

mod docs;
mod setup;
mod steps;

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
    /// Write the generated documents
    Docs,
    /// Benchmarks for people: wall time
    Bench,
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Test => steps::test(),
        Task::Setup => setup::install().map(|_| ()),
        Task::Docs => docs::write(),
        Task::Bench => steps::bench(),
    }
}
