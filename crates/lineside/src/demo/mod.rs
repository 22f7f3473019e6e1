//! `lineside demo`: the whole of it on loopback, in one minute, each step verified.
//!
//! * [`site`]: the server and four phones of different generations.
//! * [`ladder`]: every frame that passes, shown as it happens and kept as a capture.
//! * [`story`]: the calls, and what must be true of them.
//! * [`report`]: records, quality figures and the verdict.

mod ladder;
mod report;
mod site;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

/// Start a server and four phones on free loopback ports, let them call each other with real audio, and verify
/// every step.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Show every message, not only those that tell the story
    #[arg(long)]
    all: bool,
    /// One JSON object at the end instead of words
    #[arg(long)]
    json: bool,
    /// Keep the capture and the records here instead of in a folder of the system's for temporary files
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Runs it; exit code 0 only if each step was verified.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let folder = match arguments.keep {
        Some(folder) => folder,
        None => std::env::temp_dir().join(format!("lineside-demo-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("the folder {}", folder.display()))?;
    let view = match (arguments.json, arguments.all) {
        (true, _) => ladder::View::Nothing,
        (false, true) => ladder::View::Everything,
        (false, false) => ladder::View::Story,
    };
    let capture = folder.join("demo.pcapng");
    let (tap, ladder) = ladder::start(&capture, view)?;
    let since_ms = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_millis())?;
    let site = site::start(&folder, tap)?;
    let steps = story::tell(&site, view);
    site.stop()?;
    let frames = ladder.join().context("the capture")?;
    let report = report::Report::new(steps, &folder, since_ms, capture, frames)?;
    report.print(arguments.json)?;
    Ok(if report.verified() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
