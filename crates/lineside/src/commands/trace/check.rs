//! `lineside trace check` and `lineside trace diff`: for scripts and CI.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use trace::analysis::{Analysis, Analyst, Captured, Options};
use trace::query::Query;
use trace::report::golden;

use super::sources;

/// It can't be told.
const UNTOLD: u8 = 2;

/// Does a capture show what is expected?
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Captures, text traces, folders, archives
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What each call must be, such as 'answered, both-way audio, setup<200ms'; may be given several times
    #[arg(long, required = true, value_name = "EXPRESSION")]
    expect: Vec<String>,
    /// Look only at calls that fit this filter
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,
    /// One call that is as expected is enough
    #[arg(long)]
    any: bool,
    /// There must be exactly so many calls
    #[arg(long, value_name = "N")]
    calls: Option<usize>,
}

impl Check {
    pub(super) fn run(&self, options: Options) -> Result<ExitCode> {
        match self.judge(options) {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::FAILURE),
            Err(error) => Ok(untold(&error)),
        }
    }

    fn judge(&self, options: Options) -> Result<bool> {
        let expected = self.expect.iter().map(|text| Query::parse(text)).collect::<Result<Vec<_>, _>>();
        let expected = expected.context("--expect")?;
        let filter = self.filter.as_deref().map(Query::parse).transpose().context("--filter")?;
        let analysis = analysed(&self.files, options)?;
        let mut out = BufWriter::new(stdout().lock());
        let (mut seen, mut good) = (0, 0);
        for call in analysis
            .calls()
            .filter(|call| filter.as_ref().is_none_or(|filter| filter.matches(&analysis, call)))
        {
            seen += 1;
            let mut met = true;
            for expectation in expected.iter().flat_map(Query::expectations) {
                if expectation.matches(&analysis, &call) {
                    continue;
                }
                met = false;
                let found = expectation
                    .found(&analysis, &call)
                    .map_or_else(String::new, |found| format!(", found {found}"));
                writeln!(
                    out,
                    "call {} ({} → {}, {}): not {}{found}",
                    call.number,
                    call.caller.text(),
                    call.callee.text(),
                    call.outcome.text(),
                    expectation.text()
                )?;
            }
            good += usize::from(met);
        }
        let as_many = self.calls.is_none_or(|wanted| wanted == seen);
        if let Some(wanted) = self.calls.filter(|_| !as_many) {
            writeln!(out, "{seen} calls, expected {wanted}")?;
        }
        let enough = if self.any { good > 0 } else { good == seen && (seen > 0 || self.calls == Some(0)) };
        writeln!(out, "{good} of {seen} calls are as expected")?;
        out.flush()?;
        Ok(enough && as_many)
    }
}

/// Compare two captures of one scenario.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The capture that is right
    #[arg(value_name = "GOLDEN")]
    golden: PathBuf,
    /// The one to compare with it
    #[arg(value_name = "FILE")]
    other: PathBuf,
    /// Lamps, prompts and soft-key sets too
    #[arg(long)]
    routine: bool,
}

impl Diff {
    pub(super) fn run(&self, options: Options) -> Result<ExitCode> {
        match self.compare(Options { events: true, ..options }) {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::FAILURE),
            Err(error) => Ok(untold(&error)),
        }
    }

    fn compare(&self, options: Options) -> Result<bool> {
        let ladder = |path: &PathBuf| -> Result<String> {
            let analysis = analysed(std::slice::from_ref(path), options.clone())?;
            Ok(golden::lines(&analysis, self.routine))
        };
        let (golden, other) = (ladder(&self.golden)?, ladder(&self.other)?);
        let names = [&self.golden, &self.other].map(|path| path.display().to_string());
        let differences = golden::differences(&golden, &other, [&names[0], &names[1]]);
        stdout().lock().write_all(differences.as_bytes())?;
        Ok(differences.is_empty())
    }
}

fn analysed(paths: &[PathBuf], options: Options) -> Result<Analysis> {
    let mut analyst = Analyst::new(options);
    let outcomes = sources::read_paths(paths, &mut Captured::new(&mut analyst, 0))?;
    if !sources::report(&outcomes, None) {
        anyhow::bail!("what was read is not whole");
    }
    Ok(analyst.finish())
}

fn untold(error: &anyhow::Error) -> ExitCode {
    eprintln!("lineside: {error:#}");
    ExitCode::from(UNTOLD)
}
