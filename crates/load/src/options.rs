//! What to do: how many phones, how many calls, against whom, and how much of it is allowed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::spread::Spread;

/// Phones of one run: three times what one process may hold here.
pub const PHONES_MAX: usize = 60_000;
/// Phones of one run with real RTP: as many as an address has ports for.
pub const RTP_PHONES_MAX: usize = 8_192;
/// Calls per second.
pub const RATE_MAX: f64 = 20_000.0;
/// Calls of one run.
pub const CALLS_MAX: u64 = 10_000_000;
/// How long calls are begun.
pub const DURATION_MAX: Duration = Duration::from_secs(24 * 3600);
/// How long one call, its ringing or its digits may take.
pub const STEP_MAX: Duration = Duration::from_secs(3600);
/// Registrations under way at once.
pub const REGISTERING_MAX: usize = 4096;
/// Connections that one source address has ports for, with room to spare.
pub const PHONES_PER_SOURCE: usize = 16_000;
/// First port of a source address that is given: below those that the system gives.
const SOURCE_PORT_FIRST: u16 = 12_000;

/// How calls come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrival {
    /// As people call: exponentially distributed gaps.
    #[default]
    Poisson,
    /// One every so often.
    Uniform,
}

/// Who hangs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HangUp {
    /// The caller.
    Caller,
    /// The callee.
    Callee,
    /// One after the other.
    #[default]
    Alternating,
}

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The server.
    pub target: SocketAddr,
    /// Whether it may be another machine.
    pub allow_remote: bool,
    /// Phones; calls go between neighbours.
    pub phones: usize,
    /// Protocol version: 11 is a 7960, 17 to 22 a 7941.
    pub protocol: u8,
    /// The MAC address in the name of the first phone; the others follow.
    pub first_mac: u64,
    /// Addresses to connect from; none: as many of 127.0.0.1, 127.0.0.2 … as are needed.
    pub sources: Vec<IpAddr>,
    /// Registrations under way at once.
    pub registering_max: usize,
    /// Registrations begun per second; as many as `registering_max` lets where there is none.
    pub register_rate: Option<f64>,
    /// Calls; none: register, stay for the duration, leave.
    pub calls: Option<Calls>,
    /// How long phones stay registered without calls.
    pub idle: Duration,
    /// The server's process, for its use of processor and memory.
    pub server_pid: Option<u32>,
    /// Chooses the gaps between calls.
    pub seed: u64,
    /// Real RTP in each call.
    pub rtp: bool,
    /// How the phones reach the server.
    pub transport: Transport,
}

impl Options {
    /// What was asked for, in words.
    pub fn words(&self) -> String {
        let mut words = format!("{} phones", self.phones);
        match &self.calls {
            None => words.push_str(&format!(", no calls for {} s", self.idle.as_secs_f64())),
            Some(calls) => {
                words.push_str(", ");
                words.push_str(&calls.words());
            }
        }
        if self.rtp {
            words.push_str(", with RTP");
        }
        words
    }
}

impl Calls {
    fn words(&self) -> String {
        let to = self.ramp_to.map_or_else(String::new, |to| format!(" to {to}"));
        let spread = format!("{:?}", self.spread).to_lowercase();
        let mut words = format!(
            "{}{to} calls per second for {} s, talk {} ms ({spread})",
            self.rate,
            self.duration.as_secs_f64(),
            self.hold.as_millis()
        );
        for (share, what) in [
            (self.held_share, "held"),
            (self.transfer_share, "transferred"),
            (self.conference_share, "conferences"),
            (self.pickup_share, "picked up"),
            (self.park_share, "parked"),
        ] {
            if share > 0.0 {
                words.push_str(&format!(", {:.0} % {what}", 100.0 * share));
            }
        }
        if self.shared_lines {
            words.push_str(", shared lines");
        }
        words
    }
}

/// How the phones reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// TCP.
    #[default]
    Sockets,
    /// Not at all: our exchange runs in this process.
    Memory,
}

/// Calls of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calls {
    /// Calls begun per second, whether earlier ones have ended or not.
    pub rate: f64,
    /// How they come.
    pub arrival: Arrival,
    /// How long calls are begun.
    pub duration: Duration,
    /// The rate at the end; it grows (or shrinks) evenly. The same all the time where there is none.
    pub ramp_to: Option<f64>,
    /// No more than these.
    pub count_max: u64,
    /// From ringing to answering.
    pub answer_after: Duration,
    /// From media at both to hanging up.
    pub hold: Duration,
    /// How these lengths are spread around `hold`.
    pub spread: Spread,
    /// Part of the calls in which the caller puts the callee on hold and takes it back, 0 to 1.
    pub held_share: f64,
    /// Part of the calls that the caller hands over to a third phone, 0 to 1.
    pub transfer_share: f64,
    /// Part of the calls that become a conference of three, 0 to 1.
    pub conference_share: f64,
    /// Part of the calls that a third phone picks up while they ring, 0 to 1.
    pub pickup_share: f64,
    /// Part of the calls that the caller parks and a third phone takes, 0 to 1.
    pub park_share: f64,
    /// The third phone of each group has the second's line: both ring, they answer in turn.
    pub shared_lines: bool,
    /// Between two digits.
    pub digit_gap: Duration,
    /// Who hangs up.
    pub hang_up: HangUp,
}

impl Calls {
    /// Phones that a call may need.
    pub fn group(&self) -> u32 {
        let of_third = self.transfer_share + self.conference_share + self.pickup_share + self.park_share;
        let needs_third = self.shared_lines || of_third > 0.0;
        if needs_third { 3 } else { 2 }
    }
}

impl Default for Calls {
    /// As the peers were measured: answered after 50 ms, 200 ms long, digits back to back.
    fn default() -> Self {
        Calls {
            rate: 100.0,
            ramp_to: None,
            arrival: Arrival::Poisson,
            duration: Duration::from_secs(10),
            count_max: CALLS_MAX,
            answer_after: Duration::from_millis(50),
            hold: Duration::from_millis(200),
            spread: Spread::Fixed,
            held_share: 0.0,
            transfer_share: 0.0,
            conference_share: 0.0,
            pickup_share: 0.0,
            park_share: 0.0,
            shared_lines: false,
            digit_gap: Duration::ZERO,
            hang_up: HangUp::Alternating,
        }
    }
}

impl Options {
    /// 200 phones against a server.
    pub fn new(target: SocketAddr) -> Options {
        Options {
            target,
            allow_remote: false,
            phones: 200,
            protocol: 11,
            first_mac: 0x0200_0000_0000,
            sources: Vec::new(),
            registering_max: 64,
            register_rate: None,
            calls: Some(Calls::default()),
            idle: Duration::ZERO,
            server_pid: None,
            seed: 1,
            rtp: false,
            transport: Transport::Sockets,
        }
    }

    /// Whether this may and can be done.
    pub fn check(&self) -> Result<(), OptionsError> {
        if !self.target.ip().to_canonical().is_loopback() && !self.allow_remote {
            return Err(OptionsError::Remote(self.target));
        }
        within("phones", self.phones as f64, 1.0, PHONES_MAX as f64)?;
        within("registrations at once", self.registering_max as f64, 1.0, REGISTERING_MAX as f64)?;
        within(
            "the protocol version",
            f64::from(self.protocol),
            3.0,
            f64::from(skinny::catalogue::VERSION_MAX),
        )?;
        within("seconds without calls", self.idle.as_secs_f64(), 0.0, DURATION_MAX.as_secs_f64())?;
        within("registrations per second", self.register_rate.unwrap_or(1.0), 0.001, RATE_MAX)?;
        if self.rtp {
            if self.transport == Transport::Memory {
                return Err(OptionsError::NoSound("the in-memory transport"));
            }
            within("phones with RTP", self.phones as f64, 1.0, RTP_PHONES_MAX as f64)?;
        }
        let Some(calls) = &self.calls else { return Ok(()) };
        within("phones for calls", self.phones as f64, f64::from(calls.group()), PHONES_MAX as f64)?;
        within("calls per second", calls.rate, 0.001, RATE_MAX)?;
        within("calls per second at the end", calls.ramp_to.unwrap_or(calls.rate), 0.001, RATE_MAX)?;
        let parts = [
            calls.held_share,
            calls.transfer_share,
            calls.conference_share,
            calls.pickup_share,
            calls.park_share,
        ];
        let in_between: f64 = parts.iter().sum();
        for part in parts.into_iter().chain([in_between]) {
            within("part of calls that are held, handed over, joined, picked up or parked", part, 0.0, 1.0)?;
        }
        if calls.shared_lines && in_between > 0.0 {
            return Err(OptionsError::SharedAlone);
        }
        within("calls", calls.count_max as f64, 1.0, CALLS_MAX as f64)?;
        within("seconds of calls", calls.duration.as_secs_f64(), 0.0, DURATION_MAX.as_secs_f64())?;
        for (what, wait) in [
            ("seconds until the answer", calls.answer_after),
            ("seconds of a call", calls.hold),
            ("seconds between digits", calls.digit_gap),
        ] {
            within(what, wait.as_secs_f64(), 0.0, STEP_MAX.as_secs_f64())?;
        }
        Ok(())
    }

    /// Address and port that a phone connects from; `None`: the system chooses. It chooses well when only the
    /// target is given, but looks long for a free port of a given address, so here the port is given too.
    pub fn source(&self, index: u32) -> Option<SocketAddr> {
        let index = index as usize;
        let (address, place) = if self.sources.is_empty() {
            let block = u32::try_from(index / PHONES_PER_SOURCE).unwrap_or(0);
            if block == 0 || !self.target.ip().is_loopback() || !self.target.is_ipv4() {
                return None;
            }
            let address = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + block);
            (address.into(), index % PHONES_PER_SOURCE)
        } else {
            (self.sources[index % self.sources.len()], index / self.sources.len() % PHONES_PER_SOURCE)
        };
        Some(SocketAddr::new(address, SOURCE_PORT_FIRST + place as u16))
    }
}

fn within(what: &'static str, found: f64, least: f64, most: f64) -> Result<(), OptionsError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(OptionsError::Beyond { what, found, least, most })
    }
}

/// What may not or can't be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// Another machine.
    #[error(
        "{0} is not this machine: so many phones can bring a call manager down; \
         if it is yours and out of use, say so with --allow-remote"
    )]
    Remote(SocketAddr),
    /// The third phone has no number of its own.
    #[error(
        "shared lines leave no third number: no calls can be held, handed over, joined, picked up or parked in the same run"
    )]
    SharedAlone,
    /// Sound in memory.
    #[error("{0} has no sound: leave --rtp out")]
    NoSound(&'static str),
    /// Too much or too little.
    #[error("{what}: {found} is not within {least} and {most}")]
    Beyond {
        /// Of what.
        what: &'static str,
        /// What was asked for.
        found: f64,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_left_alone_unless_told() {
        let mut options = Options::new("192.0.2.1:2000".parse().unwrap());
        let error = options.check().unwrap_err().to_string();
        assert!(error.contains("--allow-remote"), "{error}");
        options.allow_remote = true;
        assert_eq!(options.check(), Ok(()));
        assert_eq!(Options::new("[::ffff:127.0.0.1]:2000".parse().unwrap()).check(), Ok(()));
        assert!(Options::new("0.0.0.0:2000".parse().unwrap()).check().is_err());
    }

    #[test]
    fn everything_has_a_limit() {
        let usual = || Options::new("127.0.0.1:2000".parse().unwrap());
        let calls = |change: fn(&mut Calls)| {
            let mut calls = Calls::default();
            change(&mut calls);
            Options { calls: Some(calls), ..usual() }
        };
        let wrong = [
            Options { phones: 0, ..usual() },
            Options { phones: 1, ..usual() },
            Options { phones: PHONES_MAX + 1, ..usual() },
            Options { registering_max: 0, ..usual() },
            Options { protocol: 2, ..usual() },
            calls(|calls| calls.rate = f64::NAN),
            calls(|calls| calls.rate = 0.0),
            calls(|calls| calls.duration = Duration::MAX),
            calls(|calls| calls.hold = Duration::MAX),
            calls(|calls| (calls.held_share, calls.transfer_share) = (0.6, 0.6)),
        ];
        for options in wrong {
            assert!(matches!(options.check(), Err(OptionsError::Beyond { .. })), "{options:?}");
        }
    }

    #[test]
    fn many_phones_come_from_several_addresses() {
        let options = Options::new("127.0.0.1:2000".parse().unwrap());
        assert_eq!(options.source(0), None);
        let next = PHONES_PER_SOURCE as u32 + 5;
        assert_eq!(options.source(next), Some("127.0.0.2:12005".parse().unwrap()));
        let sources = vec!["127.0.0.8".parse().unwrap(), "127.0.0.9".parse().unwrap()];
        assert_eq!(Options { sources, ..options }.source(3), Some("127.0.0.9:12001".parse().unwrap()));
    }
}
