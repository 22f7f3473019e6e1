//! What each phone asked for since it was switched on, what it got, and where it is now.
//!
//! Phones are known by their names once a request tells it; a file that names no device belongs to the phone
//! that last asked from the same address.

pub mod explain;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use serde::Serialize;

use super::kind::{Kind, Need};
use super::space::Missing;

pub use explain::{Advice, Stage};

/// Phones that are remembered.
pub const PHONES_MAX: usize = 10_000;
/// Steps that are kept of one boot.
pub const STEPS_MAX: usize = 48;
/// Silence after which the next request begins another boot.
const BOOT_GAP_MS: i64 = 120_000;

/// How a phone asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Way {
    /// Over TFTP.
    Tftp,
    /// Over HTTP.
    Http,
}

impl Way {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Way::Tftp => "TFTP",
            Way::Http => "HTTP",
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is being sent.
    Begun {
        /// Its bytes.
        bytes: u64,
    },
    /// It was sent whole.
    Sent {
        /// Its bytes.
        bytes: u64,
    },
    /// The phone stopped taking it.
    BrokenOff {
        /// Bytes that it had taken.
        bytes: u64,
    },
    /// It is not there.
    Missing {
        /// Why, in words.
        why: String,
    },
}

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The name that was asked for.
    pub name: String,
    /// What it is, in words.
    pub what: &'static str,
    /// Whether the phone can go on without it.
    pub need: Need,
    /// How it was asked for.
    pub way: Way,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    #[serde(skip)]
    kind: Kind,
}

/// One phone.
#[derive(Debug, Clone, Serialize)]
pub struct Boot {
    /// Its name, or its address while that is all that is known.
    pub phone: String,
    /// Where it is.
    pub address: IpAddr,
    /// When it began to ask.
    pub began_ms: i64,
    /// What it asked for, the oldest first.
    pub steps: VecDeque<Step>,
    /// When it registered.
    pub registered_ms: Option<i64>,
    /// When and why it left.
    pub left: Option<(i64, String)>,
    /// Call managers that its configuration names.
    pub told: Vec<String>,
    #[serde(skip)]
    last_ms: i64,
}

/// A place in the list, for what becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    phone: String,
    at_ms: i64,
    name: String,
}

/// All phones.
#[derive(Debug, Default)]
pub struct Boots {
    phones: BTreeMap<String, Boot>,
    by_address: BTreeMap<IpAddr, String>,
}

/// A request to note.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// When.
    pub at_ms: i64,
    /// From where.
    pub address: IpAddr,
    /// How.
    pub way: Way,
    /// The name.
    pub name: &'a str,
    /// What it is.
    pub kind: &'a Kind,
}

impl Boots {
    /// Notes a request.
    pub fn asked(&mut self, asked: Asked<'_>, outcome: Outcome) -> Ticket {
        let Asked { at_ms, address, way, name, kind } = asked;
        let phone = self.phone_of(address, kind.device());
        let boot = self.boot(&phone, address, at_ms);
        let is_start = matches!(kind, Kind::Trust(_) | Kind::Config(_) | Kind::Sip(_));
        let is_another = is_start && (boot.registered_ms.is_some() || at_ms - boot.last_ms > BOOT_GAP_MS);
        if is_another {
            *boot = new_boot(&phone, address, at_ms);
        }
        boot.last_ms = at_ms;
        boot.address = address;
        if boot.steps.len() >= STEPS_MAX {
            boot.steps.pop_front();
        }
        let (what, need, kind) = (kind.words(), kind.need(), kind.clone());
        boot.steps.push_back(Step { at_ms, name: name.to_owned(), what, need, way, outcome, kind });
        Ticket { phone, at_ms, name: name.to_owned() }
    }

    /// Notes what became of a request.
    pub fn ended(&mut self, ticket: &Ticket, outcome: Outcome) {
        let Some(boot) = self.phones.get_mut(&ticket.phone) else { return };
        let is_it = |step: &&mut Step| step.at_ms == ticket.at_ms && step.name == ticket.name;
        if let Some(step) = boot.steps.iter_mut().rev().find(is_it) {
            step.outcome = outcome;
        }
    }

    /// Notes which call managers a phone was told.
    pub fn told(&mut self, ticket: &Ticket, members: Vec<String>) {
        if let Some(boot) = self.phones.get_mut(&ticket.phone) {
            boot.told = members;
        }
    }

    /// A phone registered.
    pub fn registered(&mut self, device: &str, address: IpAddr, at_ms: i64) {
        // What was asked from its address before a name was known was its own.
        self.by_address.insert(address, device.to_owned());
        if let Some(boot) = self.phones.remove(&address.to_string())
            && !self.phones.contains_key(device)
        {
            self.phones.insert(device.to_owned(), Boot { phone: device.to_owned(), ..boot });
        }
        let boot = self.boot(device, address, at_ms);
        boot.address = address;
        boot.registered_ms = Some(at_ms);
        boot.left = None;
    }

    /// A phone left.
    pub fn left(&mut self, device: &str, reason: &str, at_ms: i64) {
        if let Some(boot) = self.phones.get_mut(device) {
            boot.left = Some((at_ms, reason.to_owned()));
        }
    }

    /// All phones, by name.
    pub fn all(&self) -> impl Iterator<Item = &Boot> {
        self.phones.values()
    }

    /// One phone.
    pub fn of(&self, phone: &str) -> Option<&Boot> {
        self.phones.get(phone).or_else(|| self.phones.get(&phone.to_ascii_uppercase()))
    }

    fn phone_of(&mut self, address: IpAddr, device: Option<&str>) -> String {
        let Some(device) = device else {
            return self.by_address.get(&address).cloned().unwrap_or_else(|| address.to_string());
        };
        if self.by_address.get(&address).is_none_or(|before| before != device) {
            if self.by_address.len() >= PHONES_MAX {
                self.by_address.clear();
            }
            self.by_address.insert(address, device.to_owned());
        }
        device.to_owned()
    }

    /// The phone, new if it must be; the one that was silent longest makes room.
    fn boot(&mut self, phone: &str, address: IpAddr, at_ms: i64) -> &mut Boot {
        if !self.phones.contains_key(phone) && self.phones.len() >= PHONES_MAX {
            let longest = self.phones.values().min_by_key(|boot| boot.last_ms).map(|boot| boot.phone.clone());
            longest.map(|phone| self.phones.remove(&phone));
        }
        self.phones.entry(phone.to_owned()).or_insert_with(|| new_boot(phone, address, at_ms))
    }
}

fn new_boot(phone: &str, address: IpAddr, at_ms: i64) -> Boot {
    Boot {
        phone: phone.to_owned(),
        address,
        began_ms: at_ms,
        steps: VecDeque::new(),
        registered_ms: None,
        left: None,
        told: Vec::new(),
        last_ms: at_ms,
    }
}

impl Missing {
    /// In words, for a line of the log.
    pub fn words(self) -> &'static str {
        match self {
            Missing::NotThere => "not there",
            Missing::UnknownDevice => "not configured: it goes on with XMLDefault.cnf.xml",
            Missing::NoTrust => "there is none, which is fine",
            Missing::SipFirmware => "only SIP firmware asks for it",
            Missing::UnknownForm => {
                "its form is not public: the phone takes this server for its call manager"
            }
        }
    }
}

#[cfg(test)]
mod tests;
