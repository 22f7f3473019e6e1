//! `lineside load`: thousands of phones making calls.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use load::compare::Comparison;
use load::options::{Calls, Options};

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
    /// The server's process, for its use of processor and memory
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
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
    /// Print a configuration for these phones
    Config {
        /// Phones
        #[arg(long, default_value_t = 200, value_name = "N")]
        phones: usize,
    },
}

/// Runs it; the exit code is 0 when every phone registered and every call completed.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Some(Command::NullServer { listen, protocol }) => {
            load::null::serve_and_tell(listen, protocol).context("the null server")?
        }
        Some(Command::Config { phones }) => {
            use std::io::Write;
            write!(
                std::io::stdout(),
                "{}",
                load::site::file(Options::new(arguments.server).first_mac, phones)
            )?;
        }
        Some(Command::Compare { phones, rate, duration, rounds, json }) => {
            let program = std::env::current_exe().context("this program's path")?;
            let calls = Calls { rate, duration: seconds(duration)?, ..Calls::default() };
            let outcome = Comparison { phones, rounds, calls, ..Comparison::new(program) }.run()?;
            print(&outcome, json)?;
        }
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
        ..Calls::default()
    };
    let options = Options {
        allow_remote: arguments.allow_remote,
        phones: arguments.phones,
        protocol: arguments.protocol,
        calls: (arguments.rate > 0.0).then_some(calls),
        idle: duration,
        server_pid: arguments.server_pid,
        ..Options::new(arguments.server)
    };
    let report = load::run(&options)?;
    print(&report, arguments.json)?;
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
