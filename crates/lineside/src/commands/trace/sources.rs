//! Which files are read, and what they could not tell.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use trace::analysis::{Finding, FindingKind};
use trace::reader::{Ending, FrameSink, RawFrame, Summary};
use trace::source::clocks::{self, Clocks, Offset};
use trace::source::{Input, Inputs, Mixed, Outcome, Progress, Step};

use std::path::{Path, PathBuf};

/// Clocks that differ by less are said to be the same: the way between two places takes as long.
const APART_NANOS: i64 = 20_000_000;

/// The files.
#[derive(Debug, Args)]
pub(super) struct Sources {
    /// Captures, text traces, folders, archives; `-` is standard input
    #[arg(required_unless_present_any = ["example", "interface"], value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Listen to this network interface, or to all with `any`; may be given several times. Shows the terminal UI when nothing else is
    /// asked for; ends with Ctrl-C
    #[arg(short, long, value_name = "INTERFACE", conflicts_with = "example")]
    pub interface: Vec<String>,
    /// Have the interfaces take what is not for this machine, too: for mirror ports. Undone at the end
    #[arg(long, requires = "interface")]
    pub promiscuous: bool,
    /// Listen for so long only
    #[arg(long, value_name = "SECONDS", requires = "interface")]
    pub seconds: Option<u64>,
    /// A capture that Lineside makes itself: two phones register, one calls the other
    #[arg(long, conflicts_with = "files")]
    pub example: bool,
    /// Secrets of TLS sessions (NSS key log format, as SSLKEYLOGFILE gives it), to open SCCP over TLS
    #[arg(long, value_name = "FILE")]
    pub keylog: Option<PathBuf>,
    /// Bring the clocks of several sources together, by messages that more than one of them shows. Reads them once more
    #[arg(long, conflicts_with_all = ["example", "interface"])]
    pub align_clocks: bool,
    #[arg(skip)]
    shifts: OnceCell<BTreeMap<u16, i64>>,
    #[arg(skip)]
    told: OnceCell<()>,
}

impl Sources {
    /// Reads all of them into `sink`; says what each came to.
    pub fn read<S: FrameSink>(&self, sink: &mut S) -> Result<Vec<Outcome>> {
        if self.interface.is_empty() { read(self.find()?, sink) } else { self.listen(sink) }
    }

    /// Reads until the time is over or Ctrl-C is pressed.
    fn listen<S: FrameSink>(&self, sink: &mut S) -> Result<Vec<Outcome>> {
        let end = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&end))
            .context("Ctrl-C can't be caught")?;
        let begun = Instant::now();
        let inputs = self.find()?;
        let dropped = inputs.progress.dropped();
        let mut mixed = Mixed::new(inputs);
        loop {
            let step = mixed.step(sink);
            if step == Step::Idle {
                sink.idle();
            }
            let is_over = self.seconds.is_some_and(|seconds| begun.elapsed().as_secs() >= seconds);
            if step == Step::Stopped || is_over || end.load(Ordering::Relaxed) {
                break;
            }
        }
        let outcomes = mixed.finish(sink);
        let dropped = dropped.load(Ordering::Relaxed);
        let _ = writeln!(
            std::io::stderr(),
            "{}: the kernel dropped {dropped} packets",
            self.interface.join(", ")
        );
        Ok(outcomes)
    }

    /// Whether there may be more than one source, whose clocks may differ.
    pub fn may_be_several(&self) -> bool {
        self.interface.is_empty()
            && (self.files.len() > 1
                || self.files.first().is_some_and(|path| path.is_dir() || is_archive(path)))
    }

    /// Fails where a second reading is needed and standard input is among the sources.
    pub fn can_be_read_again(&self) -> Result<()> {
        if self.files.iter().any(|path| path.as_os_str() == "-") || !self.interface.is_empty() {
            bail!(
                "this needs a second reading, which neither standard input nor an interface allows: name a file"
            );
        }
        Ok(())
    }

    /// Finds what was named.
    pub fn find(&self) -> Result<Inputs> {
        if self.example {
            let input = Input::from_bytes("the example", trace::example::capture())?;
            return Ok(Inputs { inputs: vec![input], ..Inputs::default() });
        }
        let mut inputs = Inputs::find(&self.files)?;
        for name in &self.interface {
            inputs.inputs.push(live(name, self.promiscuous, &inputs.progress)?);
        }
        if let Some(path) = &self.keylog {
            inputs.tls_keys = std::fs::read(path).with_context(|| path.display().to_string())?;
        }
        if self.align_clocks {
            inputs.shifts = self.shifts()?.clone();
        }
        self.told.get_or_init(|| passed_over(&inputs.passed_over));
        Ok(inputs)
    }

    /// By how much clocks are moved, when that was asked for.
    pub fn shifts(&self) -> Result<&BTreeMap<u16, i64>> {
        if let Some(shifts) = self.shifts.get() {
            return Ok(shifts);
        }
        self.can_be_read_again()?;
        let mut clocks = Clocks::new(Nobody);
        if self.align_clocks {
            Mixed::new(Inputs::find(&self.files)?).run(&mut clocks);
        }
        let (offsets, Nobody) = clocks.finish();
        Ok(self.shifts.get_or_init(|| clocks::shifts(&offsets)))
    }
}

/// Says, once, what folders and archives hold that is nothing of ours.
fn passed_over(names: &[String]) {
    if let [first, rest @ ..] = names {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let _ = writeln!(std::io::stderr(), "{first}{more}: neither capture nor text trace, passed over");
    }
}

/// Archives hold several files.
fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["tar", "tgz", "gz"].iter().any(|known| end == *known))
}

/// A sink for those who only listen on the way.
struct Nobody;

impl FrameSink for Nobody {
    fn frame(&mut self, _frame: RawFrame<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What clocks differ by, in words.
pub(super) fn clock_findings(
    offsets: &BTreeMap<clocks::Pair, Offset>,
    shifts: &BTreeMap<u16, i64>,
    outcomes: &[Outcome],
) -> Vec<Finding> {
    let name = |source: u16| {
        let found = outcomes.iter().find(|outcome| outcome.source == Some(usize::from(source)));
        found.map_or_else(|| "?".to_owned(), |outcome| outcome.names.join(", "))
    };
    let seconds = |nanos: i64| format!("{:.3} s", nanos.unsigned_abs() as f64 / 1e9);
    let moved = shifts.iter().filter(|(_, nanos)| **nanos != 0).map(|(source, nanos)| {
        let way = if *nanos < 0 { "back" } else { "on" };
        format!("The clock of {} was moved {way} by {}.", name(*source), seconds(*nanos))
    });
    let apart = offsets.iter().filter(|(_, offset)| offset.nanos.abs() >= APART_NANOS).map(|(pair, offset)| {
        let way = if offset.nanos < 0 { "behind" } else { "ahead of" };
        format!(
            "The clock of {} is {} {way} that of {}, by {} messages that both show, which agree to within {}. --align-clocks brings them together.",
            name(pair.1),
            seconds(offset.nanos),
            name(pair.0),
            offset.messages,
            seconds(offset.spread_nanos)
        )
    });
    let findings = moved.chain(apart);
    findings
        .map(|text| Finding { kind: FindingKind::ClockOffset, text: text.into(), shown_by: Vec::new() })
        .collect()
}

#[cfg(all(feature = "live", target_os = "linux"))]
fn live(name: &str, promiscuous: bool, progress: &Progress) -> Result<Input> {
    Ok(trace::source::live::open(name, promiscuous, progress)?)
}

#[cfg(not(all(feature = "live", target_os = "linux")))]
fn live(name: &str, _promiscuous: bool, _progress: &Progress) -> Result<Input> {
    bail!(not_here(name, cfg!(target_os = "linux")))
}

/// What to do where interfaces can't be read.
#[cfg(any(test, not(all(feature = "live", target_os = "linux"))))]
fn not_here(name: &str, is_linux: bool) -> String {
    let why = match is_linux {
        true => "this program was built without the feature `live`",
        false => "interfaces are read by themselves on Linux only",
    };
    format!(
        "{name} can't be listened to: {why}. Let tcpdump do it: sudo tcpdump -i {name} -U -w - | lineside trace - --ui (or --messages, --calls, --watch)"
    )
}

/// Reads named files into `sink`.
pub(super) fn read_paths<S: FrameSink>(paths: &[PathBuf], sink: &mut S) -> Result<Vec<Outcome>> {
    read(Inputs::find(paths)?, sink)
}

fn read<S: FrameSink>(inputs: Inputs, sink: &mut S) -> Result<Vec<Outcome>> {
    let mut outcomes = Mixed::new(inputs).run(sink);
    // A single source that can't be read is an error like any other.
    if let [Outcome { error: error @ Some(_), capture: None, text: None, .. }] = &mut outcomes[..]
        && let Some(error) = error.take()
    {
        return Err(error).context("nothing was read");
    }
    Ok(outcomes)
}

/// Says on standard error what the sources could not tell. Returns false when one of them is broken.
pub(super) fn report(outcomes: &[Outcome], asked_for: Option<u64>) -> bool {
    let mut whole = true;
    for outcome in outcomes {
        let name = outcome.names.join(", ");
        if let Some(summary) = &outcome.capture {
            whole &= report_capture(&name, summary, asked_for);
        }
        if let Some(error) = &outcome.error {
            let _ = writeln!(std::io::stderr(), "{name}: {error}");
            whole = false;
        }
    }
    whole
}

fn report_capture(name: &str, summary: &Summary, printed: Option<u64>) -> bool {
    let mut notes = Vec::new();
    let flows = &summary.flows;
    let mut note = |count: u64, what: &str| {
        if count > 0 {
            notes.push(format!("{count} {what}"));
        }
    };
    note(flows.missing_bytes, "bytes of SCCP are missing from the capture");
    note(flows.skipped_bytes, "bytes were passed over to find the next frame");
    note(flows.abandoned_bytes, "bytes of frames that broke off were lost");
    note(summary.capture.dropped_by_capture, "packets were dropped while capturing");
    note(summary.capture.oversized, "packets were too large and were skipped");
    note(summary.streams.evicted, "connections were given up: too many at once");
    note(summary.packets.unknown_links.values().sum(), "packets have a link type that is not read");
    note(summary.packets.cut_off, "packets were cut off by the capture's snapshot length");
    note(flows.refused.values().sum(), "connections on port 2000 or 2443 were no SCCP");
    let mut err = std::io::stderr().lock();
    if !notes.is_empty() {
        let _ = writeln!(err, "{name}: {}", notes.join("; "));
    }
    if flows.frames == 0 {
        let _ = writeln!(err, "{name}: no SCCP found in {} packets", summary.capture.packets);
    } else if printed == Some(0) {
        let _ = writeln!(err, "{name}: {} messages, none of them asked for", flows.frames);
    }
    match &summary.ending {
        Ending::Complete | Ending::Stopped => true,
        Ending::Truncated { offset, packet, wanted, found } => {
            let _ = writeln!(
                err,
                "{name}: breaks off at byte {offset}, after packet {packet}: the record there needs {wanted} bytes and {found} are left"
            );
            false
        }
        Ending::Damaged(error) => {
            let _ = writeln!(err, "{name}: {error}");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_listen_is_told_why_and_what_does_it() {
        let elsewhere = not_here("en0", false);
        assert!(elsewhere.contains("on Linux only"), "{elsewhere}");
        assert!(elsewhere.contains("tcpdump -i en0 -U -w - | lineside trace -"), "{elsewhere}");
        assert!(not_here("eth0", true).contains("without the feature `live`"));
    }
}
