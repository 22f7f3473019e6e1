//! `lineside phone run` and `record`: scenario files.

use std::fs::File;
use std::io::{Write, stdout};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use skinny::{Frame, Header};
use softphone::scenario::record::Recorder;
use softphone::scenario::{Event, Outcome, Runner, Scenario, Settings, report};
use trace::reader::{Ending, FrameReader};

/// What is played, and how it is told.
#[derive(Debug, Args)]
pub struct Run {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The server for phones that name none (host, host:port, [v6]:port); several are tried in order
    #[arg(long, default_value = "127.0.0.1", value_name = "HOST")]
    server: Vec<String>,
    /// A variable, over that of the file
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// What `choose` chooses by
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// All phones are of this model, whatever the files say: some servers know the older ones only
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Only what fails, and a line a scenario
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// JUnit's XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Plays the files; 0 when all passed, 1 when one failed, 2 when one can't be read.
pub fn run(arguments: &Run) -> Result<ExitCode> {
    let mut scenarios = Vec::new();
    for file in &arguments.files {
        match Scenario::load(file) {
            Ok(scenario) => scenarios.push(scenario),
            Err(error) => {
                writeln!(std::io::stderr(), "lineside: {error}")?;
                return Ok(ExitCode::from(2));
            }
        }
    }
    let split = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| anyhow!("--set {text}: NAME=VALUE"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    let variables = arguments.set.iter().map(split).collect::<Result<_>>()?;
    let servers = softphone::resolve(&arguments.server)?;
    let runner =
        Runner::new(Settings { servers, variables, seed: arguments.seed, model: arguments.model.clone() });
    let mut broken = None;
    let mut tell = |event: &Event| {
        let line =
            if arguments.json { Some(report::json(event)) } else { report::line(event, arguments.quiet) };
        if let Some(line) = line
            && let Err(error) = writeln!(stdout(), "{line}")
        {
            broken = Some(error);
        }
    };
    let outcomes: Vec<Outcome> = scenarios.iter().map(|scenario| runner.run(scenario, &mut tell)).collect();
    if let Some(error) = broken {
        return Err(error.into());
    }
    if let Some(path) = &arguments.junit {
        let mut file = File::create(path).with_context(|| path.display().to_string())?;
        report::junit(&outcomes, &mut file).with_context(|| path.display().to_string())?;
    }
    let passed = outcomes.iter().all(Outcome::is_passed);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which capture.
#[derive(Debug, Args)]
pub struct Record {
    /// A capture (pcap, pcapng, also .gz, or a call manager's text trace)
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
}

/// Prints the scenario of a capture.
pub fn record(arguments: &Record) -> Result<ExitCode> {
    let name = arguments.capture.display().to_string();
    let file = File::open(&arguments.capture).with_context(|| name.clone())?;
    let reader = FrameReader::new(file).with_context(|| name.clone())?;
    let mut recorder = Recorder::new();
    let mut first = None;
    let summary = reader.for_each(|frame| {
        let first = *first.get_or_insert(frame.time);
        let at = Duration::from_nanos(frame.time.since(first).max(0).unsigned_abs());
        let length = frame.body.len() as u32 + 4;
        let header = Header { length, version: frame.header_version, id: frame.id };
        let whole = Frame { header, body: frame.body };
        if frame.from_server {
            recorder.received(at, &frame.dst.to_string(), whole);
        } else {
            recorder.sent(at, &frame.src.to_string(), whole);
        }
        ControlFlow::Continue(())
    });
    let stem = arguments.capture.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    write!(stdout(), "{}", recorder.finish(&stem))?;
    if summary.flows.frames == 0 {
        writeln!(std::io::stderr(), "{name}: no SCCP found")?;
    }
    let whole = matches!(summary.ending, Ending::Complete | Ending::Stopped) && summary.flows.frames > 0;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Prints the schema, or the reference.
pub fn schema(markdown: bool) -> Result<ExitCode> {
    if markdown {
        write!(stdout(), "{}", softphone::scenario::reference())?;
        return Ok(ExitCode::SUCCESS);
    }
    serde_json::to_writer_pretty(stdout(), &softphone::scenario::schema())?;
    writeln!(stdout())?;
    Ok(ExitCode::SUCCESS)
}
