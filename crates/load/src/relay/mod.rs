//! Relays of audio beside each other, in one run: ours, one that does nothing else, and rtpengine.
//!
//! A call is two streams of G.711, a packet each 20 ms both ways. The [generator](generator) is the phones of all
//! calls; each relay is a process of its own, so that the kernel tells what it uses. Loopback only.

pub mod generator;
pub mod minimal;
pub mod rtpengine;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::child::{self, Killed};
use crate::compare::median;
use crate::measure::Summary;
use crate::usage::{Usage, UsageError};
use generator::Generator;

/// Calls at once: each takes two of the 8,191 even ports that a server of ours has for audio.
pub const CALLS_MAX: usize = 4_000;
/// Rounds of one comparison.
pub const ROUNDS_MAX: u32 = 100;
/// How long streams run before they are measured: relays learn where they come from.
const WARM_UP: Duration = Duration::from_secs(1);

/// Which relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A socket for each leg; what comes goes to where the other leg last heard from. Nothing else.
    Minimal,
    /// The media thread of `lineside serve`.
    Lineside,
    /// rtpengine in user space.
    Rtpengine,
}

impl Kind {
    /// As the command line has it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Minimal => "minimal",
            Kind::Lineside => "lineside",
            Kind::Rtpengine => "rtpengine",
        }
    }
}

/// What a relay's process says once its ports are open, as one line of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opened {
    /// Where the phones of each call send to.
    pub calls: Vec<[SocketAddr; 2]>,
    /// Memory in use before any was open, in KiB.
    pub rss_before_kib: u64,
}

/// What is compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The program that has `PROGRAM load relay-server`.
    pub program: PathBuf,
    /// Calls at once.
    pub calls: usize,
    /// How long each relay is measured.
    pub duration: Duration,
    /// Rounds.
    pub rounds: u32,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The operating system refuses, or a relay ended.
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
    /// Its process can't be looked at.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// Too many.
    #[error("1 to {CALLS_MAX} calls and 1 to {ROUNDS_MAX} rounds")]
    Limits,
}

/// One relay in one round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Which.
    pub kind: Kind,
    /// Packets sent to it and back from it.
    pub sent: u64,
    /// Packets that came through.
    pub received: u64,
    /// Its processor time for each that came through, in microseconds.
    pub cpu_us_per_packet: f64,
    /// From sending to receiving.
    pub delay: Summary,
    /// Memory for each call, in KiB.
    pub rss_kib_per_call: f64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Every round, every relay.
    pub figures: Vec<Figures>,
    /// Our processor time per packet by the minimal relay's: the median of the rounds.
    pub to_minimal: f64,
    /// rtpengine's processor time per packet by ours; none without an rtpengine.
    pub rtpengine_to_ours: Option<f64>,
    /// Why rtpengine was left out.
    pub left_out: Option<String>,
}

impl Comparison {
    /// Runs it.
    pub fn run(&self) -> Result<Outcome, RelayError> {
        if !(1..=CALLS_MAX).contains(&self.calls) || !(1..=ROUNDS_MAX).contains(&self.rounds) {
            return Err(RelayError::Limits);
        }
        let mut figures = Vec::new();
        let mut left_out = None;
        for _ in 0..self.rounds {
            figures.push(self.measure(Kind::Minimal)?);
            figures.push(self.measure(Kind::Lineside)?);
            if rtpengine::is_installed() {
                figures.push(self.measure(Kind::Rtpengine)?);
            } else {
                left_out = Some("rtpengine is not installed: Debian package rtpengine-daemon".to_owned());
            }
        }
        let of = |kind: Kind| {
            let of_kind = figures.iter().filter(move |found| found.kind == kind);
            of_kind.map(|found| found.cpu_us_per_packet.max(f64::EPSILON))
        };
        let to_minimal = median(of(Kind::Lineside).zip(of(Kind::Minimal)).map(|(ours, least)| ours / least));
        let rtpengine =
            median(of(Kind::Rtpengine).zip(of(Kind::Lineside)).map(|(theirs, ours)| theirs / ours));
        Ok(Outcome {
            to_minimal,
            rtpengine_to_ours: left_out.is_none().then_some(rtpengine),
            left_out,
            figures,
        })
    }

    fn measure(&self, kind: Kind) -> Result<Figures, RelayError> {
        let system = |what| move |error| RelayError::System(what, error);
        let mut generator = Generator::new(self.calls).map_err(system("the phones' sockets"))?;
        let (child, opened) = match kind {
            Kind::Rtpengine => rtpengine::start(self.calls, generator.addresses()),
            _ => self.start(kind, generator.addresses()),
        }
        .map_err(system(kind.word()))?;
        let pid = child.id();
        generator.run(&opened.calls, WARM_UP).map_err(system("the phones' packets"))?;
        let before = Usage::of(pid)?;
        let run = generator.run(&opened.calls, self.duration).map_err(system("the phones' packets"))?;
        let after = Usage::of(pid)?;
        Ok(Figures {
            kind,
            sent: run.sent,
            received: run.received,
            cpu_us_per_packet: (after.cpu_us - before.cpu_us) as f64 / run.received.max(1) as f64,
            delay: run.delay,
            rss_kib_per_call: after.rss_kib.saturating_sub(opened.rss_before_kib) as f64 / self.calls as f64,
        })
    }

    fn start(&self, kind: Kind, phones: [SocketAddr; 2]) -> io::Result<(Killed, Opened)> {
        let mut command = Command::new(&self.program);
        command.args(["load", "relay-server", "--kind", kind.word(), "--calls", &self.calls.to_string()]);
        command.args(phones.map(|phone| phone.to_string()));
        child::ready(command)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10} {:>10} {:>8} {:>11} {:>9} {:>9} {:>10}",
            "relay", "packets", "lost", "µs/packet", "p50 µs", "p99 µs", "KiB/call"
        )?;
        for found in &self.figures {
            writeln!(
                f,
                "{:<10} {:>10} {:>8} {:>11.2} {:>9.0} {:>9.0} {:>10.1}",
                found.kind.word(),
                found.received,
                found.sent.saturating_sub(found.received),
                found.cpu_us_per_packet,
                found.delay.p50_ms * 1000.0,
                found.delay.p99_ms * 1000.0,
                found.rss_kib_per_call
            )?;
        }
        writeln!(f, "ours is {:.2} times the minimal relay's processor time", self.to_minimal)?;
        match (&self.rtpengine_to_ours, &self.left_out) {
            (Some(times), _) => write!(f, "rtpengine's is {times:.2} times ours"),
            (None, Some(why)) => write!(f, "LEFT OUT: {why}"),
            (None, None) => Ok(()),
        }
    }
}
