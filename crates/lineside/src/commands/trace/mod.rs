//! `lineside trace`: registrations, calls and messages of captures and text traces.

mod check;
mod draw;
mod messages;
mod screen;
mod show;
mod sources;
mod watch;
mod wav;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use trace::analysis::{Limits, Options};

/// Read SCCP out of captures (pcap, pcapng) and call-manager text traces, also .gz, folders and archives.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    sources: sources::Sources,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    drawings: draw::Drawings,
    #[command(flatten)]
    screen: screen::Screen,
    #[command(flatten)]
    watch: watch::Watch,
    #[command(flatten)]
    messages: messages::Messages,
    #[command(flatten)]
    budget: Budget,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Does a capture show what is expected? Exit code 0: yes, 1: no, 2: it can't be told
    Check(check::Check),
    /// Compare two captures of one scenario. Exit code 0: alike, 1: not, 2: it can't be told
    Diff(check::Diff),
    /// List the fields and words of filters and expectations
    Fields,
}

/// What to show of calls and registrations.
#[derive(Debug, Args)]
struct What {
    /// Calls
    #[arg(long)]
    calls: bool,
    /// Registrations
    #[arg(long)]
    registrations: bool,
    /// Percentiles of the milestones over all calls
    #[arg(long)]
    percentiles: bool,
    /// All that is known of one call, by its number
    #[arg(long, value_name = "N")]
    call: Option<usize>,
    /// One call message by message, the call manager in the middle
    #[arg(long, value_name = "N")]
    ladder: Option<usize>,
    /// The sound of one call as WAV files in this folder; --call or --ladder says which
    #[arg(long, value_name = "DIR")]
    wav: Option<PathBuf>,
    /// In ladders: lamps, prompts and soft-key sets too
    #[arg(long)]
    routine: bool,
    /// In ladders: the fields behind each message
    #[arg(long)]
    fields: bool,
    /// Only calls that fit, such as 'caller=10* and not answered'; `lineside trace fields` explains
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,
    /// Comma-separated values in place of a table, or of lines with --messages
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// How much memory an analysis takes.
#[derive(Debug, Clone, Copy, Args)]
struct Budget {
    /// MiB of finished calls and connections kept in memory; more of them go to a temporary file
    #[arg(long, value_name = "MIB", default_value_t = 4)]
    memory: usize,
    /// Calls held open; those not heard of for longest are packed away until they speak again
    #[arg(long, value_name = "CALLS", default_value_t = Limits::default().live_calls)]
    open_calls: usize,
    /// Connections of phones held open; likewise
    #[arg(long, value_name = "PHONES", default_value_t = Limits::default().live_phones)]
    open_phones: usize,
}

impl Budget {
    fn options(self) -> Options {
        let limits = Limits {
            live_calls: self.open_calls,
            live_phones: self.open_phones,
            store_bytes: self.memory.saturating_mul(1 << 20),
        };
        Options { limits, ..Options::default() }
    }
}

/// Shows what was asked for.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { action, sources, what, drawings, screen, watch, messages, budget } = arguments;
    match action {
        Some(Action::Check(check)) => return check.run(budget.options()),
        Some(Action::Diff(diff)) => return diff.run(budget.options()),
        Some(Action::Fields) => return show::fields(),
        None => {}
    }
    let of_calls = what.calls || what.registrations || what.percentiles;
    let of_one =
        what.call.is_some() || what.ladder.is_some() || what.wav.is_some() || drawings.are_asked_for();
    let of_messages = messages.are_asked_for() || messages.json;
    if watch.is_asked_for() {
        return watch.run(&sources, screen.follows(), messages.json, budget.options());
    }
    let listens = !sources.interface.is_empty() && std::io::stdout().is_terminal();
    if screen.is_asked_for() || (listens && !(of_calls || of_one || of_messages)) {
        return screen.show(&sources);
    }
    if messages.are_asked_for() || (messages.json && !of_calls && !of_one) {
        return messages.print(&sources, what.csv);
    }
    show::show(&what, &drawings, messages.json, &sources, budget.options())
}
