//! Phones that connected more than once: failover, fallback, loops.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::analyst::shown;
use super::desks::Desks;
use super::model::{End, Finding, FindingKind, Registration, RegistrationState};
use super::pages::Pages;
use super::sorter::Sorter;
use super::store::{Place, Store};
use crate::Timestamp;

/// So many registrations of one phone within [`LOOP_NANOS`] are a loop.
const LOOP_REGISTRATIONS: usize = 4;
const LOOP_NANOS: i64 = 600_000_000_000;
/// The share of a budget that the table here has.
const TABLE_SHARE: usize = 4;

/// What connections are to those before them, of phones that have more than one; packed like all that grows with the source.
#[derive(Debug)]
pub(super) struct Histories {
    store: Store,
    /// For each connection: where lies what is said of it, plus one; 0 for phones with one connection. Empty when there are no others.
    remarks: Pages<8>,
}

/// A kind of [`kind`], and what is remarkable about a connection.
type Remark = (Box<str>, Vec<Finding>);

impl Histories {
    /// Of all connections; `budget` bytes of what is found may lie in memory.
    pub(super) fn new(desks: &Desks, budget: usize) -> Self {
        let mut histories = Self { store: Store::new(budget), remarks: Pages::new(budget / TABLE_SHARE) };
        histories.find(desks, budget);
        histories
    }

    /// Names lie on disk, perhaps, in the order of connections: they are asked for in that order, and compared only where they may
    /// be the same.
    fn find(&mut self, desks: &Desks, budget: usize) {
        let mut by_name = Sorter::new(budget);
        for index in 0..desks.len() {
            if let Some(name) = desks.directory.own_name(index) {
                by_name.push(hash(&name), index as u64);
            }
        }
        let mut alike: Option<(u64, usize)> = None;
        let mut phones: BTreeMap<Box<str>, Phone> = BTreeMap::new();
        for (hash, index) in by_name.finish() {
            let index = index as usize;
            match alike {
                Some((same, first)) if same == hash => {
                    if phones.is_empty() {
                        self.visit(desks, &mut phones, first);
                    }
                    self.visit(desks, &mut phones, index);
                }
                _ => {
                    alike = Some((hash, index));
                    phones.clear();
                }
            }
        }
    }

    /// A connection of one of the phones whose names look the same.
    fn visit(&mut self, desks: &Desks, phones: &mut BTreeMap<Box<str>, Phone>, index: usize) {
        let name = desks.directory.own_name(index);
        let (Some(name), Some(registration)) = (name, desks.registration(index)) else { return };
        let phone = phones.entry(name.clone()).or_default();
        let remark = phone.visit(&name, &registration);
        self.put(desks, index, &remark);
    }

    fn put(&mut self, desks: &Desks, index: usize, remark: &Remark) {
        while self.remarks.len() < desks.len() {
            self.remarks.push(&[0; 8]);
        }
        let place = self.store.write(remark);
        self.remarks.set(index, &(place.number() + 1).to_le_bytes());
    }

    fn remark(&self, index: usize) -> Option<Remark> {
        let place = u64::from_le_bytes(self.remarks.get(index)?).checked_sub(1)?;
        self.store.read(Place::of_number(place))
    }

    /// What a connection is to the one before it; `None` for phones with one connection.
    pub(super) fn step(&self, index: usize) -> Option<Box<str>> {
        self.remark(index).map(|(kind, _)| kind)
    }

    /// What a connection's history shows.
    pub(super) fn findings(&self, index: usize) -> Vec<Finding> {
        self.remark(index).map(|(_, findings)| findings).unwrap_or_default()
    }
}

/// The same in each run: so is the order in which phones are looked at.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// What must be known of a phone's connections so far to say what the next one is. They may be very many.
#[derive(Debug, Default)]
struct Phone {
    first_server: Option<IpAddr>,
    current: Option<IpAddr>,
    /// How the one before ended.
    before: Option<End>,
    /// When the last ones began, and how they ended, but for those on standby.
    active: VecDeque<(Timestamp, End)>,
    is_looping: bool,
}

impl Phone {
    fn visit(&mut self, name: &str, registration: &Registration) -> Remark {
        let server = registration.server.address.map(|address| address.ip());
        let kind = kind(&registration.state, self.current, server, self.first_server);
        if matches!(kind, "first" | "again" | "fallback" | "failover") {
            self.current = server;
            self.first_server = self.first_server.or(server);
        }
        let moved = match kind {
            "failover" => Some(FindingKind::Failover),
            "fallback" => Some(FindingKind::Fallback),
            _ => None,
        };
        let shown_by = || registration.registered.map(shown).unwrap_or_default();
        let moved = moved.map(|kind| {
            let why = self.before.map_or("", End::text);
            let text = format!("{name} moved to {} ({why}).", registration.server.label());
            Finding { kind, text: text.into(), shown_by: shown_by() }
        });
        self.before = Some(registration.end);
        let looping = match kind {
            "standby" => None,
            _ => self.looping(registration).map(|why| {
                let text = format!(
                    "{name} registered {LOOP_REGISTRATIONS} times within ten minutes ({why}). Two devices of one name, a refused configuration, or a lossy way look like this."
                );
                Finding { kind: FindingKind::RegistrationLoop, text: text.into(), shown_by: shown_by() }
            }),
        };
        (kind.into(), moved.into_iter().chain(looping).collect())
    }

    /// Whether the phone registers again and again, said once; and why.
    fn looping(&mut self, registration: &Registration) -> Option<&'static str> {
        let first = self.active.len() + 1 >= LOOP_REGISTRATIONS;
        let since = self.active.front().filter(|_| first).map(|(began, _)| registration.opened.since(*began));
        let is_new = since.is_some_and(|since| since <= LOOP_NANOS) && !self.is_looping;
        let why = is_new.then(|| {
            let end = self.active.iter().map(|(_, end)| *end).find(|end| *end != End::Open);
            end.map_or("why is not seen", End::text)
        });
        self.is_looping |= is_new;
        self.active.push_back((registration.opened, registration.end));
        if self.active.len() >= LOOP_REGISTRATIONS {
            self.active.pop_front();
        }
        why
    }
}

/// What a connection is to the one before it, on the call manager `current`.
pub(super) fn kind(
    state: &RegistrationState,
    current: Option<IpAddr>,
    server: Option<IpAddr>,
    first_server: Option<IpAddr>,
) -> &'static str {
    match state {
        RegistrationState::Standby => "standby",
        RegistrationState::Rejected { .. } | RegistrationState::TokenRefused { .. } => "refused",
        RegistrationState::Asked | RegistrationState::AskedToken => "no answer",
        _ if current.is_none() => "first",
        _ if current == server => "again",
        _ if first_server == server => "fallback",
        _ => "failover",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::model::{Endpoint, SessionId};
    use crate::analysis::session::Session;
    use crate::analysis::{MessageRef, Registrations};

    const SECOND: i64 = 1_000_000_000;

    fn connection(name: &str, server: u8, at: i64, end: End, state: RegistrationState) -> Registration {
        let opened = Timestamp(at * SECOND);
        Registration {
            phone: Endpoint::named(name),
            server: Endpoint::at(([10, 0, 0, server], 2000).into()),
            registered: Some(MessageRef { time: opened, number: at as u64, ..MessageRef::default() }),
            opened,
            end,
            state,
            ..Registration::default()
        }
    }

    /// What each connection is, and the kinds of what it shows.
    fn told(connections: Vec<Registration>, budget: usize) -> Vec<(String, Vec<&'static str>)> {
        let mut desks = Desks::new(4, budget);
        connections.into_iter().for_each(|connection| desks.push(connection, Session::default()));
        let registrations = Registrations::new(desks, budget);
        let one = |index: usize| {
            let found = registrations.get(index).expect("it was put there");
            let step = registrations.step(SessionId(index as u32), &found).expect("they have names");
            let kinds = found.findings.iter().map(|finding| finding.kind.name());
            assert!(found.findings.iter().all(|finding| !finding.shown_by.is_empty()));
            (step.into(), kinds.collect())
        };
        (0..registrations.len()).map(one).collect()
    }

    #[test]
    fn failover_and_fallback_are_told_from_coming_again() {
        use RegistrationState::{Registered, Standby};
        let found = told(
            vec![
                connection("A", 1, 0, End::KeepAlivesLost, Registered),
                connection("B", 1, 1, End::Open, Registered),
                connection("A", 2, 900, End::Closed, Registered),
                connection("A", 1, 901, End::Open, Standby),
                connection("A", 1, 1800, End::Closed, Registered),
                connection("A", 1, 2700, End::Open, Registered),
            ],
            1 << 20,
        );
        let expected: [(&str, &[&str]); 6] = [
            ("first", &[]),
            ("first", &[]),
            ("failover", &["failover"]),
            ("standby", &[]),
            ("fallback", &["fallback"]),
            ("again", &[]),
        ];
        for ((step, kinds), (wanted, findings)) in found.iter().zip(expected) {
            assert_eq!((&**step, &kinds[..]), (wanted, findings), "{found:?}");
        }
    }

    #[test]
    fn a_loop_is_said_once_and_slow_returns_are_none() {
        let often = |apart: i64| {
            let one = |number| connection("A", 1, number * apart, End::Closed, RegistrationState::Registered);
            told((0..2000).map(one).collect(), 0)
        };
        let loops = |found: &[(String, Vec<&str>)]| -> Vec<usize> {
            let loops =
                |(_, (_, kinds)): &(usize, &(String, Vec<&str>))| kinds.contains(&"registration-loop");
            found.iter().enumerate().filter(loops).map(|(index, _)| index).collect()
        };
        assert_eq!(loops(&often(60)), [3]);
        assert_eq!(loops(&often(200)), [3], "four of them span ten minutes just so");
        assert_eq!(loops(&often(201)), [0; 0]);
    }
}
