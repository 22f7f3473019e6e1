//! Conferences over real sockets: what mixing costs for a leg and a frame, and whether each party hears all others and
//! not itself.
//!
//! The mixer is a process of its own, so that the kernel tells what it uses; [`phones`] are all parties. Loopback only.

pub mod phones;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::child::{self, Killed};
use crate::usage::{Usage, UsageError};
use phones::Phones;

/// Parties of one conference.
pub const PARTIES_MAX: usize = 32;
/// Legs in all: each takes one of the 8,191 even ports that a server of ours has for audio.
pub const LEGS_MAX: usize = 8_000;
/// How long they talk before anything is measured: jitter buffers fill.
const WARM_UP: Duration = Duration::from_secs(1);
/// Faults that are told one by one.
const TOLD_MAX: usize = 5;

/// What a mixer's process says once its ports are open, as one line of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opened {
    /// Where the parties send to, conference after conference.
    pub legs: Vec<SocketAddr>,
    /// Memory in use before any was open, in KiB.
    pub rss_before_kib: u64,
}

/// What is measured.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// The program that has `PROGRAM load mixer-server`.
    pub program: PathBuf,
    /// Conferences at once.
    pub conferences: usize,
    /// Parties of each.
    pub parties: usize,
    /// How long.
    pub duration: Duration,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum MixerError {
    /// The operating system refuses, or the mixer ended.
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
    /// Its process can't be looked at.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// Too many or too few.
    #[error("3 to {PARTIES_MAX} parties in each conference, {LEGS_MAX} legs in all")]
    Limits,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Conferences at once.
    pub conferences: usize,
    /// Parties of each; all of them talk all the time.
    pub parties: usize,
    /// Packets sent to it.
    pub sent: u64,
    /// Packets that came from it: one for each leg and frame.
    pub received: u64,
    /// Its processor time for each of them, sockets included, in microseconds.
    pub cpu_us_per_leg_and_frame: f64,
    /// Memory for each leg, in KiB.
    pub rss_kib_per_leg: f64,
    /// Who did not hear whom, or heard itself.
    pub faults: Vec<String>,
}

impl Measurement {
    /// Measures.
    pub fn run(&self) -> Result<Outcome, MixerError> {
        let legs = self.conferences * self.parties;
        if !(3..=PARTIES_MAX).contains(&self.parties) || !(1..=LEGS_MAX).contains(&legs) {
            return Err(MixerError::Limits);
        }
        let system = |what| move |error| MixerError::System(what, error);
        let mut phones = Phones::new(self.parties).map_err(system("the phones' socket"))?;
        let (child, opened) = self.start(phones.address()).map_err(system("the mixer"))?;
        let pid = child.id();
        phones.run(&opened.legs, WARM_UP).map_err(system("the phones' packets"))?;
        let before = Usage::of(pid)?;
        let run = phones.run(&opened.legs, self.duration).map_err(system("the phones' packets"))?;
        let after = Usage::of(pid)?;
        Ok(Outcome {
            conferences: self.conferences,
            parties: self.parties,
            sent: run.sent,
            received: run.received,
            cpu_us_per_leg_and_frame: (after.cpu_us - before.cpu_us) as f64 / run.received.max(1) as f64,
            rss_kib_per_leg: after.rss_kib.saturating_sub(opened.rss_before_kib) as f64 / legs as f64,
            faults: run.faults,
        })
    }

    fn start(&self, phones: SocketAddr) -> io::Result<(Killed, Opened)> {
        let mut command = Command::new(&self.program);
        command.args(["load", "mixer-server", "--conferences", &self.conferences.to_string()]);
        command.args(["--parties", &self.parties.to_string(), &phones.to_string()]);
        child::ready(command)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} conferences of {}: {} packets in, {} out",
            self.conferences, self.parties, self.sent, self.received
        )?;
        writeln!(
            f,
            "{:.2} µs for each leg and frame of 20 ms, sockets included; {:.1} KiB a leg",
            self.cpu_us_per_leg_and_frame, self.rss_kib_per_leg
        )?;
        for fault in self.faults.iter().take(TOLD_MAX) {
            writeln!(f, "FAULT: {fault}")?;
        }
        match self.faults.len() {
            0 => write!(f, "each party heard all others of its conference, and not itself"),
            count => write!(f, "{count} faults"),
        }
    }
}
