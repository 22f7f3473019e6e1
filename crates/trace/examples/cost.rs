//! What reading a capture costs, without the rest of the program: for profilers.
//!
//! `cargo run --release -p trace --example cost -- calls FILE [OPEN-CALLS]`, or `all FILE` (registrations, calls, percentiles, as
//! `lineside trace FILE`), `frames FILE`, `json FILE`; `write FILE COPIES` writes complete calls of our own example many times over.

#![allow(clippy::print_stderr, reason = "the result is all that is shown")]

use std::fs::File;
use std::io::{BufWriter, Write, sink};
use std::ops::ControlFlow;

use trace::analysis::{Limits, Options, SessionId, analyse_capture};
use trace::messages::{Printer, Style};
use trace::reader::FrameReader;
use trace::report;
use trace::synth::Pattern;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("what (calls, all, frames, json, write) and a file".into());
    };
    if what == "write" {
        let copies = arguments.next().ok_or("how many copies?")?.parse()?;
        let pattern = Pattern::of_capture(&trace::example::capture()[..])?;
        return Ok(pattern.write(copies, BufWriter::with_capacity(1 << 20, File::create(path)?))?);
    }
    let file = File::open(path)?;
    let count = match what.as_str() {
        "frames" => FrameReader::new(file)?.for_each(|_| ControlFlow::Continue(())).flows.frames,
        "json" => {
            let style = Style { json: true, ..Style::default() };
            let mut printer = Printer::new(BufWriter::with_capacity(1 << 16, sink()), style);
            FrameReader::new(file)?.run(&mut printer).flows.frames
        }
        _ => {
            let mut limits = Limits::default();
            if let Some(calls) = arguments.next() {
                limits.live_calls = calls.parse()?;
            }
            let (analysis, summary) = analyse_capture(file, Options { limits, ..Options::default() })?;
            let mut text = String::new();
            if what == "all" {
                for session in 0..analysis.registrations.len() as u32 {
                    text.clear();
                    report::registration_row(&mut text, &analysis, SessionId(session));
                    sink().write_all(text.as_bytes())?;
                }
            }
            let mut percentiles = report::Percentiles::default();
            for call in analysis.outlines() {
                text.clear();
                percentiles.add(&call);
                report::call_row(&mut text, &analysis, &call);
                sink().write_all(text.as_bytes())?;
            }
            sink().write_all(percentiles.table().as_bytes())?;
            eprintln!("{} calls", analysis.len());
            summary.flows.frames
        }
    };
    eprintln!("{count} messages");
    Ok(())
}
