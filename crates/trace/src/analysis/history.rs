//! Phones that connected more than once: failover, fallback, loops.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::net::IpAddr;

use hashbrown::DefaultHashBuilder;

use super::analyst::shown;
use super::desks::Desks;
use super::model::{
    End, Finding, FindingKind, PhoneHistory, Registration, RegistrationState, SessionId, Visit,
};

/// So many registrations of one phone within [`LOOP_NANOS`] are a loop.
const LOOP_REGISTRATIONS: usize = 4;
const LOOP_NANOS: i64 = 600_000_000_000;

/// Connections by phone, of those that have more than one.
pub(super) fn histories(desks: &Desks) -> Vec<PhoneHistory> {
    let name = |index: u32| desks.directory.own_name(index as usize);
    // Names lie on disk, perhaps, in the order of connections: they are asked for in that order, and compared only where
    // they may be the same.
    let hasher = DefaultHashBuilder::default();
    let hashed = |index: u32| Some((hasher.hash_one(name(index)?), index));
    let mut named: Vec<(u64, u32)> = (0..desks.len() as u32).filter_map(hashed).collect();
    named.sort_unstable();
    let alike = named.chunk_by(|one, other| one.0 == other.0).filter(|alike| alike.len() > 1);
    let mut phones: BTreeMap<Box<str>, Vec<u32>> = BTreeMap::new();
    for &(_, index) in alike.flatten() {
        if let Some(name) = name(index) {
            phones.entry(name).or_default().push(index);
        }
    }
    let of_one = phones.iter().filter(|(_, connections)| connections.len() > 1);
    of_one.map(|(name, connections)| history(name, connections, desks)).collect()
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
