//! `lineside trace`: the messages of captures.

use std::fs::File;
use std::io::{BufWriter, Read, Write, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use trace::messages::{Printer, Style};
use trace::reader::{Ending, FrameReader, Summary};

/// Read SCCP out of a capture (pcap or pcapng, also .gz): one line a message.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Captures; `-` is standard input
    #[arg(required_unless_present = "example", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One line a message (so far the only view, and the default)
    #[arg(long)]
    messages: bool,
    /// A capture that Lineside makes itself: two phones register, one calls the other
    #[arg(long, conflicts_with = "files")]
    example: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// The bytes of each message too
    #[arg(long)]
    hex: bool,
    /// Only this message, by name or id; may be given several times
    #[arg(long, value_name = "MESSAGE")]
    only: Vec<String>,
    /// Not this message, by name or id; may be given several times
    #[arg(long, value_name = "MESSAGE")]
    except: Vec<String>,
}

/// Prints the messages of each file in turn.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let style = Style {
        json: arguments.json,
        hex: arguments.hex,
        only: super::message_ids(&arguments.only)?,
        except: super::message_ids(&arguments.except)?,
    };
    if arguments.example {
        let capture = trace::example::capture();
        return exit_code(print("the example", &capture[..], &style)?);
    }
    let mut whole = true;
    for path in &arguments.files {
        let name = path.display().to_string();
        whole &= if name == "-" {
            print("standard input", stdin().lock(), &style)?
        } else {
            print(&name, File::open(path).with_context(|| name.clone())?, &style)?
        };
    }
    exit_code(whole)
}

fn exit_code(whole: bool) -> Result<ExitCode> {
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Prints one capture. Returns false when the file itself is broken.
fn print(name: &str, input: impl Read, style: &Style) -> Result<bool> {
    let mut printer = Printer::new(BufWriter::with_capacity(1 << 16, stdout().lock()), style.clone());
    let reader = FrameReader::new(input).with_context(|| name.to_owned())?;
    let summary = reader.run(&mut printer);
    if let Some(error) = printer.failure.take() {
        return Err(error).context("standard output");
    }
    printer.finish().context("standard output")?;
    Ok(report(name, &summary, printer.printed))
}

/// Says on standard error what the capture could not tell. Returns false when the file itself is broken.
fn report(name: &str, summary: &Summary, printed: u64) -> bool {
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
    } else if printed == 0 {
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
