//! `lineside trace`: tables, JSON, CSV, ladders.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use trace::analysis::{
    Analysis, Analyst, Call, Captured, Event, FindingKind, MILESTONES, Options, SessionId,
};
use trace::query::{FIELDS, Query, WORDS};
use trace::report::{self, Percentiles};
use trace::source::clocks::Clocks;

use super::draw::Drawings;
use super::{What, sources};

/// Shows what was asked for; registrations, calls and percentiles when nothing was.
pub(super) fn show(
    what: &What,
    drawings: &Drawings,
    json: bool,
    sources: &sources::Sources,
    options: Options,
) -> Result<ExitCode> {
    let filter = what.filter.as_deref().map(Query::parse).transpose().context("--filter")?;
    let (analysis, whole) = analyse(sources, options.clone())?;
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    let chosen = what.ladder.or(what.call).or((analysis.len() == 1).then_some(1));
    if let Some(folder) = &what.wav {
        let call = one(&analysis, chosen.context("which call? say --call N")?)?;
        sources.can_be_read_again()?;
        return super::wav::write(folder, &call, sources, &mut out);
    }
    if drawings.are_asked_for() {
        let number = chosen.context("which call? say --ladder N")?;
        let (call, events) = with_messages(&analysis, number, sources, options)?;
        drawings.make(&analysis, &call, &events, what.routine, sources)?;
    } else if let Some(number) = what.call {
        let call = one(&analysis, number)?;
        if json {
            writeln!(out, "{}", report::call_json(&analysis, &call))?;
        } else {
            let mut text = String::new();
            report::call_story(&mut text, &analysis, &call);
            out.write_all(text.as_bytes())?;
        }
    } else if let Some(number) = what.ladder {
        let (call, events) = with_messages(&analysis, number, sources, options)?;
        let redactor = drawings.are_redacted().then(trace::draw::redact::Redactor::default);
        let mut sight = trace::draw::Sight { redactor, brief: !what.fields };
        let ladder = trace::draw::of_call(&call, &events, analysis.registrations.directory(), &mut sight);
        let style =
            trace::draw::text::Style { routine: what.routine, fields: what.fields, ..Default::default() };
        let style = style.fitting(&ladder);
        out.write_all(trace::draw::text::draw(&ladder, style).as_bytes())?;
    } else {
        lists(what, json, filter.as_ref(), &analysis, &mut out)?;
    }
    out.flush()?;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Reads the sources and analyses them.
pub(super) fn analyse(sources: &sources::Sources, options: Options) -> Result<(Analysis, bool)> {
    let mut analyst = Analyst::new(options);
    let outcomes = if sources.may_be_several() {
        let mut clocks = Clocks::new(Captured::new(&mut analyst, 0));
        let outcomes = sources.read(&mut clocks)?;
        let (offsets, _) = clocks.finish();
        let shifts = if sources.align_clocks { sources.shifts()?.clone() } else { BTreeMap::new() };
        for finding in sources::clock_findings(&offsets, &shifts, &outcomes) {
            analyst.remark(finding);
        }
        outcomes
    } else {
        sources.read(&mut Captured::new(&mut analyst, 0))?
    };
    let whole = sources::report(&outcomes, None);
    Ok((analyst.finish(), whole))
}

fn one(analysis: &Analysis, number: usize) -> Result<Call> {
    match number.checked_sub(1).and_then(|index| analysis.call(index)) {
        Some(call) => Ok(call),
        None if analysis.is_empty() => bail!("there is no call {number}: no calls were found"),
        None => bail!("there is no call {number}: they are numbered from 1 to {}", analysis.len()),
    }
}

/// A second reading keeps the messages of the one call that is wanted, so that memory does not grow with the others.
fn with_messages(
    analysis: &Analysis,
    number: usize,
    sources: &sources::Sources,
    options: Options,
) -> Result<(Call, Vec<Event>)> {
    let call = one(analysis, number)?;
    sources.can_be_read_again()?;
    let events_of = call.legs.iter().map(|leg| leg.session).collect();
    let mut analyst = Analyst::new(Options { events: true, events_of, no_media: true, ..options });
    sources.read(&mut Captured::new(&mut analyst, 0))?;
    let events = analyst.finish().events(number - 1);
    Ok((call, events))
}

fn lists(
    what: &What,
    json: bool,
    filter: Option<&Query>,
    analysis: &Analysis,
    out: &mut impl Write,
) -> Result<()> {
    let all = !(what.calls || what.registrations || what.percentiles);
    let is_table = !json && !what.csv;
    if what.registrations || (all && filter.is_none()) {
        registrations(json, what.csv, analysis, out)?;
        if is_table && all {
            writeln!(out)?;
        }
    }
    let mut percentiles = Percentiles::default();
    let with_calls = what.calls || all;
    if with_calls {
        calls_heading(json, what.csv, out)?;
    }
    let mut text = String::new();
    // What findings say is not in a table.
    let outlines = is_table || what.csv;
    let calls: Box<dyn Iterator<Item = Call>> =
        if outlines { Box::new(analysis.outlines()) } else { Box::new(analysis.calls()) };
    for call in calls.filter(|call| filter.is_none_or(|filter| filter.matches(analysis, call))) {
        percentiles.add(&call);
        if !with_calls {
            continue;
        }
        if json {
            writeln!(out, "{}", report::call_json(analysis, &call))?;
        } else if what.csv {
            out.write_all(report::call_csv(&call).as_bytes())?;
        } else {
            text.clear();
            report::call_row(&mut text, analysis, &call);
            out.write_all(text.as_bytes())?;
        }
    }
    if what.percentiles && json {
        writeln!(out, "{}", percentiles.json())?;
    } else if is_table && (all || what.percentiles) {
        writeln!(out, "\n{}", percentiles.table().trim_end())?;
    }
    if is_table && all {
        remarks(analysis, out)?;
    }
    Ok(())
}

fn registrations(json: bool, csv: bool, analysis: &Analysis, out: &mut impl Write) -> Result<()> {
    let sessions = (0..analysis.registrations.len()).map(|index| SessionId(index as u32));
    if json {
        for session in sessions {
            writeln!(out, "{}", report::registration_json(analysis, session))?;
        }
    } else if csv {
        write!(out, "{}\r\n", report::REGISTRATION_COLUMNS)?;
        for session in sessions {
            out.write_all(report::registration_csv(analysis, session).as_bytes())?;
        }
    } else {
        out.write_all(report::registration_heading().as_bytes())?;
        let mut text = String::new();
        for session in sessions {
            text.clear();
            report::registration_row(&mut text, analysis, session);
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

fn calls_heading(json: bool, csv: bool, out: &mut impl Write) -> Result<()> {
    if csv {
        let stages = MILESTONES.map(|milestone| format!("{}_ms", milestone.name())).join(",");
        write!(out, "{},{stages}\r\n", report::CALL_COLUMNS)?;
    } else if !json {
        out.write_all(report::call_heading().as_bytes())?;
    }
    Ok(())
}

fn remarks(analysis: &Analysis, out: &mut impl Write) -> Result<()> {
    for finding in &analysis.findings {
        writeln!(out, "{}: {}", finding.kind.severity().text(), finding.text)?;
    }
    if analysis.stray_rtp > 0 {
        writeln!(out, "{} RTP packets go to addresses that no order named.", analysis.stray_rtp)?;
    }
    Ok(())
}

/// The language of filters.
pub(super) fn fields() -> Result<ExitCode> {
    let mut out = BufWriter::new(stdout().lock());
    writeln!(out, "Fields, to be compared by = != < <= > >= or ~ (contains); * stands for any characters:")?;
    for (name, meaning) in FIELDS {
        writeln!(out, "  {name:<18} {meaning}")?;
    }
    for milestone in MILESTONES {
        writeln!(out, "  {:<18} {}, in ms", milestone.name(), milestone.text())?;
    }
    writeln!(out, "Words:")?;
    for (name, meaning) in WORDS {
        writeln!(out, "  {name:<24} {meaning}")?;
    }
    writeln!(out, "Findings, as words or as values of the field finding:")?;
    for kind in FindingKind::ALL {
        writeln!(out, "  {:<24} {}: {}", kind.name(), kind.severity().text(), kind.doc().trim())?;
    }
    writeln!(
        out,
        "Outcomes are words too: answered, no answer, busy, abandoned, invalid number, congestion."
    )?;
    writeln!(out, "Joined by and, or, not, parentheses; a comma is an and.")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
