//! `lineside replay`: what `serve --journal` wrote, run again.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use server::inputs::replay::{Difference, replay};

use super::ctl::clock;

/// Run the inputs of a journal again, and show where the answers differ.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory of `lineside serve --journal`
    #[arg(value_name = "DIR")]
    journal: PathBuf,
    /// Differences that are shown
    #[arg(long, default_value_t = 20)]
    show: usize,
}

/// Replays. The exit code is 0 when every answer is the same.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let found = replay(&arguments.journal, arguments.show)?;
    let mut out = stdout().lock();
    for Difference { input, now, told, was, is } in &found.differences {
        writeln!(out, "input {input} at {}: {told}", clock(now.unix_ms))?;
        writeln!(out, "  was  {was}")?;
        writeln!(out, "  is   {is}")?;
    }
    let shown = found.differences.len() as u64;
    if found.differing > shown {
        writeln!(out, "… and {} more", found.differing - shown)?;
    }
    let torn = if found.is_torn { "; the journal ends within an entry, as after a crash" } else { "" };
    writeln!(
        out,
        "{} inputs, {} answers, {} differ (written by Lineside {}){torn}",
        found.inputs, found.outputs, found.differing, found.version
    )?;
    Ok(if found.differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
