//! `lineside trace`: one call as a drawing, a capture, or packets for HOMER.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use trace::analysis::{Analysis, Call, Event};
use trace::draw::redact::Redactor;
use trace::draw::{Ladder, Sight, capture, hep, html, markdown, of_call, svg};

use super::sources::Sources;

/// What to make of one call; which one, `--ladder` or `--call` says.
#[derive(Debug, Args)]
pub(super) struct Drawings {
    /// The call as one HTML page: search, fold, fields and bytes, links to messages; `-` is standard output
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The call as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// The call as Markdown with a Mermaid diagram
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// The call's messages as a pcapng with comments and names
    #[arg(long, value_name = "FILE")]
    pcapng: Option<PathBuf>,
    /// Write the call manager's port as this one in --pcapng (2000, where Wireshark looks for SCCP)
    #[arg(long, value_name = "PORT", requires = "pcapng")]
    pcapng_port: Option<u16>,
    /// Send the call's messages to a HOMER server, as HEP3 over UDP
    #[arg(long, value_name = "HOST:PORT")]
    hep: Option<String>,
    /// HEP3 over TCP
    #[arg(long, requires = "hep")]
    hep_tcp: bool,
    /// Number by which HOMER tells captures apart
    #[arg(long, value_name = "ID", default_value_t = 2000, requires = "hep")]
    hep_id: u32,
    /// Replace numbers, names, digits, addresses and devices in all of these, the same by the same
    #[arg(long)]
    redact: bool,
}

impl Drawings {
    /// Whether any is wanted.
    pub fn are_asked_for(&self) -> bool {
        self.html.is_some()
            || self.svg.is_some()
            || self.markdown.is_some()
            || self.pcapng.is_some()
            || self.hep.is_some()
    }

    /// Whether a ladder in text must be redacted too.
    pub fn are_redacted(&self) -> bool {
        self.redact
    }

    /// Makes all that is wanted. One redactor for all, so that they fit together.
    pub fn make(
        &self,
        analysis: &Analysis,
        call: &Call,
        events: &[Event],
        routine: bool,
        sources: &Sources,
    ) -> Result<()> {
        let mut sight = Sight { redactor: self.redact.then(Redactor::default), brief: false };
        let directory = analysis.registrations.directory();
        let ladder: Ladder = of_call(call, events, directory, &mut sight);
        let texts = [
            (&self.html, html::draw as fn(&Ladder) -> String),
            (
                &self.svg,
                if routine { |ladder| svg::draw(ladder, true) } else { |ladder| svg::draw(ladder, false) },
            ),
            (
                &self.markdown,
                if routine {
                    |ladder| markdown::draw(ladder, true)
                } else {
                    |ladder| markdown::draw(ladder, false)
                },
            ),
        ];
        for (path, draw) in texts {
            if let Some(path) = path {
                write(path, draw(&ladder).as_bytes())?;
            }
        }
        if let Some(path) = &self.pcapng {
            let out = BufWriter::new(output(path)?);
            let mut export = capture::Export::new(out, call, events, directory, &mut sight)?;
            if let Some(port) = self.pcapng_port {
                export = export.with_port(port);
            }
            if export.wants_rtp() {
                sources.read(&mut export)?;
            }
            export.finish()?.flush()?;
        }
        if let Some(server) = &self.hep {
            let (packets, left_out) = hep::packets(call, events, directory, self.hep_id, &mut sight);
            hep::send(server, self.hep_tcp, &packets).with_context(|| format!("HOMER at {server}"))?;
            if left_out > 0 {
                bail!("{left_out} messages are too long for a HEP packet and were not sent");
            }
        }
        Ok(())
    }
}

/// A file, or standard output for `-`.
fn output(path: &Path) -> Result<Box<dyn Write>> {
    let name = path.display().to_string();
    if name == "-" {
        return Ok(Box::new(std::io::stdout().lock()));
    }
    Ok(Box::new(File::create(path).with_context(|| name)?))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.display().to_string();
    if name == "-" {
        return std::io::stdout().lock().write_all(bytes).context("standard output");
    }
    std::fs::write(path, bytes).with_context(|| name)
}
