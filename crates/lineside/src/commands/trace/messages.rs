//! `lineside trace --messages`: one line a message.

use std::io::{BufWriter, stdout};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use trace::messages::{Printer, Style};

use super::sources;

/// How messages are printed.
#[derive(Debug, Args)]
pub(super) struct Messages {
    /// One line a message in place of calls and registrations
    #[arg(long)]
    messages: bool,
    /// One JSON object a line: a call with --calls, a registration with --registrations, else a message
    #[arg(long)]
    pub json: bool,
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

impl Messages {
    pub(super) fn are_asked_for(&self) -> bool {
        self.messages || self.hex || !self.only.is_empty() || !self.except.is_empty()
    }

    /// `csv` is what `--csv` says, which calls and registrations have in common with messages.
    pub(super) fn print(&self, sources: &sources::Sources, csv: bool) -> Result<ExitCode> {
        let style = Style {
            json: self.json,
            csv,
            hex: self.hex,
            only: crate::commands::message_ids(&self.only)?,
            except: crate::commands::message_ids(&self.except)?,
        };
        let mut printer = Printer::new(BufWriter::with_capacity(1 << 16, stdout().lock()), style);
        let outcomes = sources.read(&mut printer)?;
        if let Some(error) = printer.failure.take() {
            return Err(error).context("standard output");
        }
        printer.finish().context("standard output")?;
        let whole = sources::report(&outcomes, Some(printer.printed));
        Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}
