//! What the demo came to: steps, the server's records, quality.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use exchange::record::{CallRecord, Record, StreamRecord};

use super::story::Step;

/// Calls that the story makes.
const CALLS: usize = 5;
/// Streams that its connected calls have: two calls, two phones each.
const STREAMS: usize = 4;

/// What the demo came to.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    steps: Vec<Step>,
    calls: Vec<CallRecord>,
    streams: Vec<StreamRecord>,
    frames: u64,
    capture: PathBuf,
    records: PathBuf,
    records_complete: bool,
}

impl Report {
    /// Reads the records that the server kept.
    ///
    /// The folder may hold records of an earlier demo: those that began before `since_ms` are not ours.
    pub fn new(
        steps: Vec<Step>,
        folder: &Path,
        since_ms: i64,
        capture: PathBuf,
        frames: u64,
    ) -> Result<Report> {
        let records = folder.join("records.jsonl");
        let (mut calls, mut streams) = (Vec::new(), Vec::new());
        let text = std::fs::read_to_string(&records).with_context(|| records.display().to_string())?;
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(Record::Call(call)) => calls.push(call),
                Ok(Record::Stream(stream)) => streams.push(stream),
                // Entries of the journal that are no records.
                Ok(Record::CallOpened { .. } | Record::Relay(_) | Record::Recording(_)) | Err(_) => {}
            }
        }
        calls.retain(|call: &CallRecord| call.start_ms >= since_ms);
        streams.retain(|stream: &StreamRecord| calls.iter().any(|call| call.call == stream.call));
        // Going off hook to be busy is a call as well.
        let records_complete = calls.len() > CALLS && streams.len() == STREAMS;
        Ok(Report { steps, calls, streams, frames, capture, records, records_complete })
    }

    /// Whether each step was verified and the records are all there.
    pub fn verified(&self) -> bool {
        self.records_complete && self.steps.iter().all(|step| step.verified)
    }

    /// For people, or as one JSON object.
    pub fn print(&self, json: bool) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            let mut object = serde_json::to_value(self)?;
            object["verified"] = self.verified().into();
            writeln!(out, "{object}")?;
            return Ok(());
        }
        writeln!(out, "\n── verified")?;
        for step in &self.steps {
            let mark = if step.verified { "✔" } else { "✘" };
            writeln!(
                out,
                "{mark} {} ({} ms)\n    {}",
                step.name,
                step.millis,
                step.seen.replace('\n', "\n    ")
            )?;
        }
        self.print_records(&mut out)?;
        writeln!(out, "\n{} frames are kept in {}", self.frames, self.capture.display())?;
        writeln!(out, "look at them again: lineside trace {}", self.capture.display())?;
        writeln!(out, "records: {}", self.records.display())?;
        let verdict = if self.verified() { "every step was verified" } else { "NOT every step was verified" };
        writeln!(out, "\n{verdict}")?;
        Ok(())
    }

    fn print_records(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "\n── records\ncall  from        to          rang or talked  cause  ended by")?;
        for call in &self.calls {
            let talked =
                call.answer_ms.map_or_else(|| "–".into(), |answer| format!("{} ms", call.end_ms - answer));
            writeln!(
                out,
                "{:<5} {:<11} {:<11} {talked:<15} {:<6} {}",
                call.call,
                format!("{} {}", call.calling, call.calling_name),
                call.dialed,
                call.cause.0,
                call.ended_by
            )?;
        }
        writeln!(out, "\n── quality, as the phones counted it")?;
        for stream in &self.streams {
            writeln!(
                out,
                "call {} {}: sent {}, received {}, lost {}, jitter {} ms {}",
                stream.call,
                stream.device,
                stream.packets_sent,
                stream.packets_received,
                stream.packets_lost,
                stream.jitter,
                stream.quality
            )?;
        }
        if !self.records_complete {
            writeln!(out, "records are missing: {} calls, {} streams", self.calls.len(), self.streams.len())?;
        }
        Ok(())
    }
}
