//! `lineside load`: thousands of phones making calls.

mod relay;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use load::compare::Comparison;
use load::options::{Calls, Options, Transport};
use load::report::{difference, series};
use load::{Progress, Report, Spread};

/// Register phones, let them call each other, and report percentiles and what the server used.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The server
    #[arg(long, default_value = "127.0.0.1:2000", value_name = "ADDRESS:PORT")]
    server: SocketAddr,
    /// Allow a server on another machine
    #[arg(long)]
    allow_remote: bool,
    /// Phones; the first calls the second, the third the fourth
    #[arg(long, default_value_t = 200, value_name = "N")]
    phones: usize,
    /// Leave out so many phones of the server's: several runs side by side have phones of their own
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u32,
    /// Protocol version: 11 is a 7960, 17 to 22 a 7941
    #[arg(long, default_value_t = 11, value_name = "N")]
    protocol: u8,
    /// Calls begun per second; 0: register only
    #[arg(long, default_value_t = 100.0, value_name = "N")]
    rate: f64,
    /// Seconds during which calls are begun, or phones stay registered
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    duration: f64,
    /// Milliseconds from ringing to answering
    #[arg(long, default_value_t = 50, value_name = "MS")]
    answer_after: u64,
    /// Milliseconds from media to hanging up
    #[arg(long, default_value_t = 200, value_name = "MS")]
    hold: u64,
    /// Calls per second at the end: the rate goes there evenly
    #[arg(long, value_name = "N")]
    ramp_to: Option<f64>,
    /// No more calls than these
    #[arg(long, default_value_t = load::options::CALLS_MAX, value_name = "N")]
    calls: u64,
    /// How the lengths of calls are spread around --hold: fixed, exponential, uniform, pareto
    #[arg(long, default_value = "fixed", value_name = "SPREAD")]
    spread: Spread,
    /// Part of the calls, 0 to 1, that are held and resumed
    #[arg(long, default_value_t = 0.0, value_name = "PART")]
    held: f64,
    /// Part of the calls that the caller hands over to a third phone (consulted transfer)
    #[arg(long, default_value_t = 0.0, value_name = "PART")]
    transfer: f64,
    /// Part of the calls that become a conference of three
    #[arg(long, default_value_t = 0.0, value_name = "PART")]
    conference: f64,
    /// Part of the calls that a third phone picks up while they ring (`config --features`)
    #[arg(long, default_value_t = 0.0, value_name = "PART")]
    pickup: f64,
    /// Part of the calls that the caller parks and a third phone takes (`config --features`)
    #[arg(long, default_value_t = 0.0, value_name = "PART")]
    park: f64,
    /// Each third phone has the line of the second (`config --shared-lines`): both ring, they answer in turn
    #[arg(long)]
    shared_lines: bool,
    /// Registrations begun per second; without it as fast as the server answers
    #[arg(long, value_name = "N")]
    register_rate: Option<f64>,
    /// Registrations under way at once
    #[arg(long, default_value_t = 64, value_name = "N")]
    registering: usize,
    /// Send and receive real RTP in each call
    #[arg(long)]
    rtp: bool,
    /// No sockets: our exchange in this process, for more phones than there are descriptors
    #[arg(long, conflicts_with_all = ["server", "server_pid", "rtp"])]
    in_memory: bool,
    /// Connect from these addresses in turn
    #[arg(long, value_name = "ADDRESS")]
    source: Vec<std::net::IpAddr>,
    /// The report as a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The run second by second as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// The report as JSON in a file, for `diff`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// The server's process, for its use of processor and memory
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// A line instead of the dashboard while it runs
    #[arg(long)]
    plain: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A server that moves a call's bytes and decides nothing: what others are measured against
    NullServer {
        /// Listen here (port 0: any free one)
        #[arg(long, default_value = "127.0.0.1:2000", value_name = "ADDRESS:PORT")]
        listen: SocketAddr,
        /// Protocol version of the phones
        #[arg(long, default_value_t = 11, value_name = "N")]
        protocol: u8,
    },
    /// `lineside serve` against the null server in one run: processor time per call and registration
    Compare {
        /// Phones
        #[arg(long, default_value_t = 500, value_name = "N")]
        phones: usize,
        /// Calls per second
        #[arg(long, default_value_t = 100.0, value_name = "N")]
        rate: f64,
        /// Seconds of calls in each round
        #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
        duration: f64,
        /// Rounds
        #[arg(long, default_value_t = 3, value_name = "N")]
        rounds: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Relayed audio: the media thread of `lineside serve`, a relay that does nothing else, and rtpengine in one run
    Relay {
        /// Calls at once
        #[arg(long, default_value_t = 1000, value_name = "N")]
        calls: usize,
        /// Seconds that each relay is measured
        #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
        duration: f64,
        /// Rounds
        #[arg(long, default_value_t = 1, value_name = "N")]
        rounds: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Conferences that the media thread of `lineside serve` mixes: what a leg costs, and who hears whom
    Mixer {
        /// Conferences at once
        #[arg(long, default_value_t = 100, value_name = "N")]
        conferences: usize,
        /// Parties of each, who talk all the time
        #[arg(long, default_value_t = 5, value_name = "N")]
        parties: usize,
        /// Seconds
        #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
        duration: f64,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The mixer of `mixer`, as a process of its own
    #[command(hide = true)]
    MixerServer {
        /// Conferences
        #[arg(long, value_name = "N")]
        conferences: usize,
        /// Parties of each
        #[arg(long, value_name = "N")]
        parties: usize,
        /// Where all of them are
        #[arg(value_name = "ADDRESS:PORT")]
        phones: SocketAddr,
    },
    /// One of the relays of `relay`, as a process of its own
    #[command(hide = true)]
    RelayServer {
        /// Which
        #[arg(long, value_enum)]
        kind: relay::Which,
        /// Calls
        #[arg(long, value_name = "N")]
        calls: usize,
        /// Where all callers are, and all callees
        #[arg(num_args = 2, value_name = "ADDRESS:PORT")]
        phones: Vec<SocketAddr>,
    },
    /// Two saved reports beside each other
    Diff {
        /// The first
        first: PathBuf,
        /// The second
        second: PathBuf,
        /// As a page with plots, too
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Print a configuration for these phones
    Config {
        /// Phones
        #[arg(long, default_value_t = 200, value_name = "N")]
        phones: usize,
        /// Each third phone has the line of the second
        #[arg(long, conflicts_with = "features")]
        shared_lines: bool,
        /// Groups of three for --pickup, and numbers for --park
        #[arg(long)]
        features: bool,
    },
}

/// Runs it; the exit code is 0 when every phone registered and every call completed.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Some(Command::NullServer { listen, protocol }) => {
            load::null::serve_and_tell(listen, protocol).context("the null server")?
        }
        Some(Command::Config { phones, shared_lines, features }) => {
            use std::io::Write;
            let first_mac = Options::new(arguments.server).first_mac;
            let file = match (shared_lines, features) {
                (true, _) => load::site::file_shared,
                (_, true) => load::site::file_features,
                _ => load::site::file,
            };
            write!(std::io::stdout(), "{}", file(first_mac, phones))?;
        }
        Some(Command::Compare { phones, rate, duration, rounds, json }) => {
            let program = std::env::current_exe().context("this program's path")?;
            let calls = Calls { rate, duration: seconds(duration)?, ..Calls::default() };
            let outcome = Comparison { phones, rounds, calls, ..Comparison::new(program) }.run()?;
            print(&outcome, json)?;
        }
        Some(Command::Relay { calls, duration, rounds, json }) => {
            let program = std::env::current_exe().context("this program's path")?;
            let duration = seconds(duration)?;
            print(&load::relay::Comparison { program, calls, duration, rounds }.run()?, json)?;
        }
        Some(Command::Mixer { conferences, parties, duration, json }) => {
            let program = std::env::current_exe().context("this program's path")?;
            let duration = seconds(duration)?;
            let measurement = load::mixer::Measurement { program, conferences, parties, duration };
            let outcome = measurement.run()?;
            print(&outcome, json)?;
            if !outcome.faults.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        Some(Command::MixerServer { conferences, parties, phones }) => {
            relay::mix(conferences, parties, phones)?
        }
        Some(Command::RelayServer { kind, calls, phones }) => relay::serve(kind, calls, &phones)?,
        Some(Command::Diff { first, second, html }) => diff(&first, &second, html.as_deref())?,
        None => return generate(&arguments),
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(arguments: &Arguments) -> Result<ExitCode> {
    let duration = seconds(arguments.duration)?;
    let calls = Calls {
        rate: arguments.rate,
        duration,
        answer_after: Duration::from_millis(arguments.answer_after),
        hold: Duration::from_millis(arguments.hold),
        ramp_to: arguments.ramp_to,
        count_max: arguments.calls,
        spread: arguments.spread,
        held_share: arguments.held,
        transfer_share: arguments.transfer,
        conference_share: arguments.conference,
        pickup_share: arguments.pickup,
        park_share: arguments.park,
        shared_lines: arguments.shared_lines,
        ..Calls::default()
    };
    let usual = Options::new(arguments.server);
    let options = Options {
        allow_remote: arguments.allow_remote,
        phones: arguments.phones,
        first_mac: usual.first_mac + u64::from(arguments.first),
        protocol: arguments.protocol,
        calls: (arguments.rate > 0.0).then_some(calls),
        idle: duration,
        server_pid: arguments.server_pid,
        register_rate: arguments.register_rate,
        registering_max: arguments.registering,
        sources: arguments.source.clone(),
        rtp: arguments.rtp,
        transport: if arguments.in_memory { Transport::Memory } else { Transport::Sockets },
        ..usual
    };
    let report = watched(arguments.plain, &options)?;
    keep(arguments, &report)?;
    print(&report, arguments.json)?;
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs, and shows how it goes: a dashboard where a person sits at both ends, a line where only errors go to a
/// terminal, nothing otherwise.
fn watched(plain: bool, options: &Options) -> Result<Report> {
    #[cfg(feature = "ui")]
    {
        use std::io::{IsTerminal, stdin, stdout};
        if !plain && stdin().is_terminal() && stdout().is_terminal() {
            return Ok(load::dashboard::run(options)?);
        }
    }
    #[cfg(not(feature = "ui"))]
    let _ = plain;
    let bar = ProgressBar::new_spinner();
    let report = load::run_told(options, &mut |progress| {
        bar.set_message(said(&progress, options.phones));
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    Ok(report)
}

/// How a run goes, in a line: shown on a terminal only.
fn said(progress: &Progress, phones: usize) -> String {
    let tally = match progress {
        Progress::Registering { registered, .. } => {
            return format!("{registered} of {phones} phones registered");
        }
        Progress::Idle { registered, elapsed, .. } => {
            return format!("{:4} s  {registered} of {phones} phones registered", elapsed.as_secs());
        }
        Progress::Calls(tally) => tally,
    };
    let second = &tally.moment;
    let cpu =
        second.server_cpu_percent.map_or_else(String::new, |cpu| format!("; server {cpu:.0} % of a core"));
    format!(
        "{:4.0} s  {:.0} calls/s begun, {:.0} completed, {} failed, {} up; dial tone p99 {:.2} ms, ring p99 {:.2} ms{cpu}",
        second.at_secs,
        second.begun_per_second,
        second.completed_per_second,
        second.failed,
        second.open,
        second.dial_tone_p99_ms,
        second.ring_p99_ms,
    )
}

/// Writes the report to the files that were asked for.
fn keep(arguments: &Arguments, report: &Report) -> Result<()> {
    let write = |path: &Option<PathBuf>, text: &dyn Fn() -> String| match path {
        Some(path) => std::fs::write(path, text()).with_context(|| path.display().to_string()),
        None => Ok(()),
    };
    write(&arguments.html, &|| report.to_html())?;
    write(&arguments.csv, &|| series::csv(report.calls.as_ref().map_or(&[][..], |calls| &calls.series)))?;
    write(&arguments.save, &|| report.to_json())
}

fn diff(first: &Path, second: &Path, html: Option<&Path>) -> Result<()> {
    use std::io::Write;
    let read = |path: &Path| -> Result<serde_json::Value> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    };
    let (first, second) = (read(first)?, read(second)?);
    write!(std::io::stdout(), "{}", difference::table(&first, &second))?;
    if let Some(path) = html {
        std::fs::write(path, difference::page(&first, &second))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn seconds(seconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(seconds).context("a number of seconds")
}

fn print(found: &(impl std::fmt::Display + serde::Serialize), json: bool) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, found)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{found}")?;
    }
    Ok(())
}
