//! A phone of the world with its user, its habits and its place in the network.

mod act;
pub mod choose;
mod forge;

use std::collections::VecDeque;
use std::net::SocketAddr;

use exchange::input::SessionId;
use phone::{Call, Config, Phone, Timing};
use skinny::types::CallReference;

use crate::decision::{Acks, Counting, Reference};
use crate::rng::Rng;
use crate::script::PhoneSpec;
use crate::site;

pub use forge::Forger;

/// References of calls that are over which an unruly client still knows.
const OLD_MAX: usize = 4;
/// Label of the generator of delays inside phones.
const BODY_LABEL: u64 = 0x626f_6479;
/// Label of the generator of decisions.
pub const WILL_LABEL: u64 = 0x7769_6c6c;

/// A phone of the world.
#[derive(Debug)]
pub struct Actor {
    /// What it is.
    pub spec: PhoneSpec,
    /// The phone.
    pub phone: Phone,
    /// Its connection.
    pub session: Option<SessionId>,
    /// When its next tick is planned.
    pub armed: Option<u64>,
    /// How it answers orders to receive.
    pub acks: Acks,
    /// Since when it does so.
    pub habits_since: u64,
    /// Since when it has its session.
    pub session_since: u64,
    /// How it answers questions for statistics.
    pub counting: Counting,
    /// What it is about to dial.
    pub intent: VecDeque<char>,
    /// Delays inside it.
    pub body: Rng,
    /// Its user.
    pub will: Rng,
    /// When its user next thinks of something.
    pub wakes_at: u64,
    /// Attempts to connect.
    pub attempts: u32,
    /// Offences that were looked at.
    pub offences_seen: usize,
    /// Whether something was done to it that the server can't know of, so that its own view may lag.
    pub was_hurt: bool,
    /// References that it had last, newest first.
    old: VecDeque<u32>,
    known: Vec<u32>,
    ports: u16,
}

impl Actor {
    /// A phone that is not plugged in.
    pub fn new(seed: u64, spec: PhoneSpec) -> Actor {
        let number = u64::from(spec.number);
        let mut config = Config::new(&spec.name, spec.profile);
        config.burst = spec.manners.burst;
        config.reconnect_in_call = spec.manners.roams;
        config.token = spec.manners.token;
        // The driver always answers, unless its habit is not to.
        config.timing = Timing { statistics: std::time::Duration::from_secs(3600), ..Timing::default() };
        Actor {
            phone: Phone::new(config),
            session: None,
            armed: None,
            acks: Acks::Prompt,
            habits_since: 0,
            counting: Counting::Prompt,
            intent: VecDeque::new(),
            body: Rng::new(seed, &[BODY_LABEL, number]),
            will: Rng::new(seed, &[WILL_LABEL, number]),
            wakes_at: 0,
            attempts: 0,
            offences_seen: 0,
            was_hurt: false,
            session_since: 0,
            old: VecDeque::new(),
            known: Vec::new(),
            ports: 0,
            spec,
        }
    }

    /// Its end of a new connection.
    pub fn local_address(&self) -> SocketAddr {
        let port = 49_152 + (self.attempts % 16_000) as u16;
        SocketAddr::new(site::address(&self.spec), port)
    }

    /// A port for audio that it has not used for long; the same each time for models that announce theirs.
    pub fn audio_address(&mut self, announced: u16) -> SocketAddr {
        // Unknown phones share an address, so their ports must differ.
        let own = 16_384 + (self.spec.number % 64) * 256;
        let port = if announced != 0 { announced } else { own + (self.ports % 127) * 2 + 2 };
        self.ports = self.ports.wrapping_add(1);
        SocketAddr::new(site::address(&self.spec), port)
    }

    /// The port that a model announces which does so; otherwise 0.
    pub fn announced_port(&self) -> u16 {
        if self.spec.profile.announces_port { 16_384 + (self.spec.number % 64) * 256 } else { 0 }
    }

    /// The n-th call.
    pub fn call(&self, index: u16) -> Option<&Call> {
        let calls = self.phone.calls();
        let index = usize::from(index).checked_rem(calls.len())?;
        Some(&calls[index])
    }

    /// Notes which calls there are, so that those that go are remembered.
    pub fn remember_calls(&mut self) {
        let calls = self.phone.calls();
        if calls.len() == self.known.len() && calls.iter().zip(&self.known).all(|(c, k)| c.reference.0 == *k)
        {
            return;
        }
        for gone in self.known.drain(..).filter(|known| self.phone.call(CallReference(*known)).is_none()) {
            self.old.push_front(gone);
        }
        self.old.truncate(OLD_MAX);
        self.known.extend(self.phone.calls().iter().map(|call| call.reference.0));
    }

    /// The call that other phones' forgeries mean by this one.
    pub fn latest_reference(&self) -> u32 {
        self.known.last().or(self.old.front()).copied().unwrap_or(0)
    }

    /// A reference by its meaning, of calls of this phone.
    pub fn reference(&self, meant: Reference) -> Option<u32> {
        match meant {
            Reference::Zero => Some(0),
            Reference::Own(index) => self.call(index).map(|call| call.reference.0),
            Reference::Old => self.old.front().copied(),
            Reference::Raw(number) => Some(number),
            Reference::Foreign(_) => None,
        }
    }

    /// Whether it can be expected to show what it was told and to do what users do.
    pub fn is_orderly(&self) -> bool {
        !self.spec.manners.unruly && !self.spec.manners.copy
    }
}
