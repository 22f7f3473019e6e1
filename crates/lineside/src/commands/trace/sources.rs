//! Which files are read, and what they could not tell.

use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Args;
use trace::reader::{Ending, FrameSink, Summary};
use trace::source::{Input, Inputs, Mixed, Outcome};

use std::path::PathBuf;

/// The files.
#[derive(Debug, Args)]
pub(super) struct Sources {
    /// Captures, text traces, folders, archives; `-` is standard input
    #[arg(required_unless_present = "example", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A capture that Lineside makes itself: two phones register, one calls the other
    #[arg(long, conflicts_with = "files")]
    pub example: bool,
    /// Secrets of TLS sessions (NSS key log format, as SSLKEYLOGFILE gives it), to open SCCP over TLS
    #[arg(long, value_name = "FILE")]
    pub keylog: Option<PathBuf>,
}

impl Sources {
    /// Reads all of them into `sink`; says what each came to.
    pub fn read<S: FrameSink>(&self, sink: &mut S) -> Result<Vec<Outcome>> {
        read(self.find()?, sink)
    }

    /// Fails where a second reading is needed and standard input is among the sources.
    pub fn can_be_read_again(&self) -> Result<()> {
        if self.files.iter().any(|path| path.as_os_str() == "-") {
            bail!("this needs a second reading, which standard input does not allow: name the file");
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
        if let Some(path) = &self.keylog {
            inputs.tls_keys = std::fs::read(path).with_context(|| path.display().to_string())?;
        }
        Ok(inputs)
    }
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
