//! The real server against the null server, in one run on one machine: what deciding costs beyond reading
//! and writing.
//!
//! Each round starts both afresh, one after the other, with the same load. The ratio of a round compares
//! neighbours in time; the median over the rounds forgives one that was disturbed.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::child::Killed;
use crate::null::ANNOUNCEMENT;
use crate::options::{Calls, Options};
use crate::report::{Report, ServerUse};
use crate::run::{RunError, run};
use crate::site;

/// Rounds of one comparison.
pub const ROUNDS_MAX: u32 = 100;
/// Phones: the null server's table holds numbers of four digits.
pub const PHONES_MAX: usize = 9_000;
/// How long a server may take to listen.
const START_WAIT: Duration = Duration::from_secs(20);
/// Between two tries whether it does.
const START_POLL: Duration = Duration::from_millis(20);

/// What is compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The program that has both servers: `PROGRAM load null-server --listen ADDRESS --protocol V` and
    /// `PROGRAM serve --config FILE --listen ADDRESS --data DIR`.
    pub program: PathBuf,
    /// Phones.
    pub phones: usize,
    /// Protocol version.
    pub protocol: u8,
    /// Calls.
    pub calls: Calls,
    /// Rounds.
    pub rounds: u32,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A server does not start.
    #[error("{what} does not start: {error}")]
    Start {
        /// Which.
        what: &'static str,
        /// Why.
        error: io::Error,
    },
    /// A run had failures, so its figures compare nothing.
    #[error("a run against {what} had failures:\n{report}")]
    Unclean {
        /// Which server.
        what: &'static str,
        /// What happened.
        report: Box<Report>,
    },
    /// Too many.
    #[error("at most {PHONES_MAX} phones and {ROUNDS_MAX} rounds, each at least one")]
    Limits,
}

/// Processor time of both servers, in microseconds, and how often the one is in the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// The null server's.
    pub null_us: f64,
    /// The real server's.
    pub real_us: f64,
    /// Real by null: the median of the rounds.
    pub ratio: f64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Per registration.
    pub registration: Cost,
    /// Per call.
    pub call: Cost,
    /// Complete calls per second of the real server, the median.
    pub calls_per_second: f64,
    /// Every round: null server, real server.
    pub rounds: Vec<(Report, Report)>,
}

impl Comparison {
    /// 500 phones that call 100 times a second for 10 seconds, 3 rounds.
    pub fn new(program: PathBuf) -> Comparison {
        Comparison { program, phones: 500, protocol: 11, calls: Calls::default(), rounds: 3 }
    }

    /// Runs it.
    pub fn run(&self) -> Result<Outcome, CompareError> {
        if !(2..=PHONES_MAX).contains(&self.phones) || !(1..=ROUNDS_MAX).contains(&self.rounds) {
            return Err(CompareError::Limits);
        }
        let mut rounds = Vec::new();
        for _ in 0..self.rounds {
            let null = self.against("the null server", self.start_null())?;
            let real = self.against("the server", self.start_real())?;
            rounds.push((null, real));
        }
        Ok(outcome(rounds))
    }

    fn against(&self, what: &'static str, started: io::Result<Started>) -> Result<Report, CompareError> {
        let started = started.map_err(|error| CompareError::Start { what, error })?;
        let mut options = Options::new(started.address);
        options.phones = self.phones;
        options.protocol = self.protocol;
        options.calls = Some(self.calls);
        options.server_pid = Some(started.child.id());
        let report = run(&options)?;
        if report.is_clean() {
            Ok(report)
        } else {
            Err(CompareError::Unclean { what, report: Box::new(report) })
        }
    }

    fn start_null(&self) -> io::Result<Started> {
        let mut command = Command::new(&self.program);
        let protocol = self.protocol.to_string();
        command.args(["load", "null-server", "--listen", "127.0.0.1:0", "--protocol", &protocol]);
        command.stdout(Stdio::piped());
        let mut child = Killed(command.stdin(Stdio::null()).spawn()?);
        let mut line = String::new();
        if let Some(stdout) = child.0.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix(ANNOUNCEMENT).and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| io::Error::other(format!("it said {line:?}")))?;
        Ok(Started { address, child, _directory: None })
    }

    fn start_real(&self) -> io::Result<Started> {
        let directory = tempfile::tempdir()?;
        let config = directory.path().join("lineside.toml");
        let first_mac = Options::new((Ipv4Addr::LOCALHOST, 0).into()).first_mac;
        std::fs::write(&config, site::file(first_mac, self.phones))?;
        let address = free_address()?;
        let mut command = Command::new(&self.program);
        command.args(arguments(&config, address, &directory.path().join("data")));
        let log = std::fs::File::create(directory.path().join("log"))?;
        // It says here when it is ready, as to systemd: what its start costs belongs to no registration.
        let ready = directory.path().join("ready");
        let socket = UnixDatagram::bind(&ready)?;
        socket.set_read_timeout(Some(START_POLL))?;
        command.env("NOTIFY_SOCKET", &ready);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let mut started = Started { address, child: Killed(child), _directory: Some(directory) };
        started.wait(&socket)?;
        Ok(started)
    }
}

fn arguments(config: &Path, address: SocketAddr, data: &Path) -> Vec<OsString> {
    let address = address.to_string();
    let words = ["serve", "--config", "", "--listen", &address, "--data", ""];
    let mut arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
    arguments[2] = config.into();
    arguments[6] = data.into();
    arguments
}

/// An address that was free a moment ago.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A server of a round. It ends with this.
struct Started {
    address: SocketAddr,
    child: Killed,
    _directory: Option<tempfile::TempDir>,
}

impl Started {
    fn wait(&mut self, ready: &UnixDatagram) -> io::Result<()> {
        let deadline = Instant::now() + START_WAIT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.0.try_wait()? {
                return Err(io::Error::other(format!("it ended: {status}")));
            }
            let mut said = [0; 256];
            // Nothing within the time-out: asked again.
            let len = ready.recv(&mut said).unwrap_or(0);
            if said[..len].split(|byte| *byte == b'\n').any(|line| line == b"READY=1") {
                return Ok(());
            }
        }
        Err(io::Error::other(format!("it is not ready on {} within {START_WAIT:?}", self.address)))
    }
}

fn outcome(rounds: Vec<(Report, Report)>) -> Outcome {
    let registration = |report: &Report| each(report.registration.server.as_ref());
    let call = |report: &Report| report.calls.as_ref().map_or(0.0, |calls| each(calls.server.as_ref()));
    let per_second = |(_, real): &(Report, Report)| real.calls.as_ref().map_or(0.0, |calls| calls.per_second);
    Outcome {
        registration: cost(&rounds, registration),
        call: cost(&rounds, call),
        calls_per_second: median(rounds.iter().map(per_second)),
        rounds,
    }
}

fn each(server: Option<&ServerUse>) -> f64 {
    server.map_or(0.0, |server| server.cpu_us_each)
}

fn cost(rounds: &[(Report, Report)], of: impl Fn(&Report) -> f64) -> Cost {
    Cost {
        null_us: median(rounds.iter().map(|(null, _)| of(null))),
        real_us: median(rounds.iter().map(|(_, real)| of(real))),
        ratio: median(rounds.iter().map(|(null, real)| of(real) / of(null).max(f64::EPSILON))),
    }
}

/// 0 of nothing.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} {:>10} {:>10} {:>7}", "µs processor", "null", "real", "ratio")?;
        for (name, cost) in [("registration", self.registration), ("call", self.call)] {
            writeln!(f, "{name:<14} {:>10.1} {:>10.1} {:>7.2}", cost.null_us, cost.real_us, cost.ratio)?;
        }
        // Both: a tail that the null server has as well is the machine's.
        for (null, real) in &self.rounds {
            for (name, report) in [("null", null), ("real", real)] {
                let Some(calls) = &report.calls else { continue };
                let (tone, ring) = (calls.latencies.dial_tone, calls.latencies.ring);
                writeln!(
                    f,
                    "{name} server: {:.1} calls/s, dial tone p50/p99 {:.3}/{:.3} ms, ring {:.3}/{:.3} ms",
                    calls.per_second, tone.p50_ms, tone.p99_ms, ring.p50_ms, ring.p99_ms
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_forgives_one_that_was_disturbed() {
        assert_eq!(median([1.0, 900.0, 3.0].into_iter()), 3.0);
        assert_eq!(median([1.0, 2.0].into_iter()), 1.5);
        assert_eq!(median(std::iter::empty()), 0.0);
    }
}
