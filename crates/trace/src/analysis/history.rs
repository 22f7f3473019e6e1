//! Phones that connected more than once: failover, fallback, loops.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use super::analyst::shown;
use super::desks::Desks;
use super::model::{
    End, Finding, FindingKind, PhoneHistory, Registration, RegistrationState, SessionId, Visit,
};
use super::pages::Pages;
use super::sorter::Sorter;
use super::store::{Place, Store};

/// So many registrations of one phone within [`LOOP_NANOS`] are a loop.
const LOOP_REGISTRATIONS: usize = 4;
const LOOP_NANOS: i64 = 600_000_000_000;
/// The share of a budget that each table here has.
const TABLE_SHARE: usize = 4;

/// What connections are to those before them, of phones that have more than one; packed like all that grows with the source.
#[derive(Debug)]
pub(super) struct Histories {
    store: Store,
    /// Where each history lies.
    places: Pages<8>,
    /// For each connection: where lies what is said of it, plus one; 0 for phones with one connection. Empty when there are no others.
    remarks: Pages<8>,
}

/// A kind of [`kind`], and what is remarkable about a connection.
type Remark = (Box<str>, Vec<Finding>);

impl Histories {
    /// Of all connections; `budget` bytes of what is found may lie in memory.
    pub(super) fn new(desks: &Desks, budget: usize) -> Self {
        let table = || Pages::new(budget / TABLE_SHARE);
        let mut histories = Self { store: Store::new(budget), places: table(), remarks: table() };
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
        let mut alike: (u64, Vec<u32>) = Default::default();
        for (hash, index) in by_name.finish() {
            if alike.0 != hash {
                self.compare(desks, &alike.1);
                alike = (hash, Vec::new());
            }
            alike.1.push(index as u32);
        }
        self.compare(desks, &alike.1);
    }

    /// Takes the connections of phones whose names may be the same.
    fn compare(&mut self, desks: &Desks, alike: &[u32]) {
        if alike.len() < 2 {
            return;
        }
        let mut phones: BTreeMap<Box<str>, Vec<u32>> = BTreeMap::new();
        for &index in alike {
            if let Some(name) = desks.directory.own_name(index as usize) {
                phones.entry(name).or_default().push(index);
            }
        }
        for (name, connections) in phones.iter().filter(|(_, connections)| connections.len() > 1) {
            self.take(desks, &history(name, connections, desks));
        }
    }

    fn take(&mut self, desks: &Desks, history: &PhoneHistory) {
        let mut found: BTreeMap<SessionId, Vec<Finding>> = BTreeMap::new();
        judge(desks, history, &mut |session, finding| found.entry(session).or_default().push(finding));
        let place = self.store.write(history);
        self.places.push(&place.number().to_le_bytes());
        while self.remarks.len() < desks.len() {
            self.remarks.push(&[0; 8]);
        }
        for visit in &history.visits {
            let findings = found.remove(&visit.session).unwrap_or_default();
            let place = self.store.write(&(&visit.kind, findings));
            self.remarks.set(visit.session.index(), &(place.number() + 1).to_le_bytes());
        }
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

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = PhoneHistory> + '_ {
        let place = |index| Some(Place::of_number(u64::from_le_bytes(self.places.get(index)?)));
        (0..self.places.len()).filter_map(move |index| self.store.read(place(index)?))
    }
}

/// The same in each run, so that histories have one order.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

fn history(name: &str, indices: &[u32], desks: &Desks) -> PhoneHistory {
    let mut visits: Vec<Visit> = Vec::with_capacity(indices.len());
    let mut first_server: Option<IpAddr> = None;
    let mut current: Option<IpAddr> = None;
    for &index in indices {
        let Some(registration) = desks.registration(index as usize) else { continue };
        let server = registration.server.address.map(|address| address.ip());
        let kind = kind(&registration.state, current, server, first_server);
        if matches!(kind, "first" | "again" | "fallback" | "failover") {
            current = server;
            first_server = first_server.or(server);
        }
        visits.push(Visit {
            session: SessionId(index),
            from: registration.opened,
            to: registration.closed,
            server: registration.server,
            kind: kind.into(),
        });
    }
    PhoneHistory { name: name.into(), visits }
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

/// What a history shows.
pub(super) fn judge(desks: &Desks, history: &PhoneHistory, found: &mut impl FnMut(SessionId, Finding)) {
    let of = |session: SessionId| desks.registration(session.index()).unwrap_or_default();
    let registered = |registration: &Registration| registration.registered.map(shown).unwrap_or_default();
    for (index, visit) in history.visits.iter().enumerate() {
        let kind = match &*visit.kind {
            "failover" => FindingKind::Failover,
            "fallback" => FindingKind::Fallback,
            _ => continue,
        };
        let before = index.checked_sub(1).map(|before| of(history.visits[before].session));
        let why = before.map_or("", |before| before.end.text());
        let text = format!("{} moved to {} ({why}).", history.name, visit.server.label());
        let shown_by = registered(&of(visit.session));
        found(visit.session, Finding { kind, text: text.into(), shown_by });
    }
    let active: Vec<_> = history.visits.iter().filter(|visit| &*visit.kind != "standby").collect();
    let looping = active
        .windows(LOOP_REGISTRATIONS)
        .position(|window| window[LOOP_REGISTRATIONS - 1].from.since(window[0].from) <= LOOP_NANOS);
    let Some(position) = looping else { return };
    let last = active[position + LOOP_REGISTRATIONS - 1];
    let end = active[position..position + LOOP_REGISTRATIONS - 1]
        .iter()
        .map(|visit| of(visit.session).end)
        .find(|end| *end != End::Open);
    let text = format!(
        "{} registered {LOOP_REGISTRATIONS} times within ten minutes ({}). Two devices of one name, a refused configuration, or a lossy way look like this.",
        history.name,
        end.map_or("why is not seen", End::text)
    );
    let shown_by = registered(&of(last.session));
    found(last.session, Finding { kind: FindingKind::RegistrationLoop, text: text.into(), shown_by });
}
