//! One phone seen by two sources, a capture and a text trace perhaps: its legs are told once.
//!
//! Which source shows a leg first has it; what the other source says of the same reference is counted there and changes nothing.
//! And legs that a text trace itself says belong together.

use std::collections::VecDeque;
use std::net::IpAddr;

use compact_str::CompactString;
use hashbrown::HashMap;
use skinny::message::Message;

use super::analyst::{Analyst, reference_of};
use super::calls::LegRef;
use super::input::Tie;
use super::model::{BranchKind, MessageRef, SessionId, StepKind};
use super::session::Context;
use super::signal::Belongs;

/// References whose legs are remembered for what a text trace says of them.
const REFERENCES_MAX: usize = 65_536;
/// Ties told before their legs appear.
const TIES_MAX: usize = 4096;
/// Pairs of parties remembered for legs that are still to appear: they are told about when their legs are.
const PARTIES_MAX: usize = 256;
/// How far apart two sources may see the same message.
const SAME_NANOS: i64 = 2_000_000_000;
/// How far apart two legs in their middle may speak first that are one call by their references.
const NEXT_NANOS: i64 = 1_000_000_000;
/// Messages of a call that are looked at for one that another source told already.
const LOOKED_BACK: usize = 64;
/// Sources that may show one phone.
const SOURCES_MAX: usize = 4;

/// How a phone is known.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Name(Box<str>),
    Address(IpAddr),
}

/// Phones by identity, once there is a second source.
#[derive(Debug, Default)]
pub(super) struct Twins {
    by_identity: Option<HashMap<Identity, Vec<(u16, SessionId)>>>,
    /// Legs by reference, and ties that wait for their legs.
    references: HashMap<u32, LegRef>,
    ties: Vec<(Tie, MessageRef)>,
    /// Who calls whom by pairs of references, as a text trace told of late.
    parties: VecDeque<([u32; 2], [CompactString; 2])>,
}

impl Analyst {
    /// A connection opened, or its phone got a name: another source may show the same phone.
    pub(super) fn look_for_twin(&mut self, session: SessionId) {
        if self.twins.by_identity.is_none() {
            let first = SessionId(0);
            if !self.desks.fetch(first) || !self.desks.fetch(session) {
                return;
            }
            if self.desks[session.index()].session.source == self.desks[0].session.source {
                return;
            }
            self.twins.by_identity = Some(HashMap::new());
            for index in 0..session.index() as u32 {
                self.identify(SessionId(index));
                self.desks.make_room(0);
            }
        }
        self.identify(session);
    }

    fn identify(&mut self, session: SessionId) {
        if !self.desks.fetch(session) {
            return;
        }
        let source = self.desks[session.index()].session.source;
        let phone = &self.desks[session.index()].registration.phone;
        let name = phone.name.clone().map(Identity::Name);
        let address = phone.address.map(|address| address.ip()).filter(|ip| !ip.is_unspecified());
        let Some(known) = &mut self.twins.by_identity else { return };
        let mut twin = None;
        for identity in name.into_iter().chain(address.map(Identity::Address)) {
            let is_name = matches!(identity, Identity::Name(_));
            let same = known.entry(identity).or_default();
            let others = same.iter().filter(|(other, _)| *other != source);
            // An address may stand for many phones: only one alone is that phone.
            if twin.is_none() && (is_name || others.clone().count() == 1) {
                twin = others.clone().next_back().map(|(_, other)| *other);
            }
            if is_name {
                same.retain(|(other, _)| *other != source);
            }
            if same.len() < SOURCES_MAX && !same.contains(&(source, session)) {
                same.push((source, session));
            }
        }
        if let Some(twin) = twin
            && self.desks.fetch(twin)
        {
            self.desks[session.index()].session.twin = Some(twin);
            self.desks[twin.index()].session.twin = Some(session);
        }
    }

    /// Where a message belongs of which another source has the leg; `None` when it is to be read for itself.
    pub(super) fn by_twin(&mut self, cx: Context, message: &Message<'_>) -> Option<Belongs> {
        let twin = self.desks[cx.session.index()].session.twin?;
        self.desks.fetch(twin).then_some(())?;
        let reference = any_reference(message);
        let known = if reference == 0 {
            let current = self.desks[cx.session.index()].session.current(cx.at.time);
            if current.is_some_and(|known| !known.ended) {
                return None;
            }
            self.desks[twin.index()].session.current(cx.at.time)?
        } else {
            if self.desks[cx.session.index()].session.known(reference).is_some() {
                return None;
            }
            let conference = conference_of(message);
            let hangs_on =
                conference != 0 && self.desks[cx.session.index()].session.known(conference).is_none();
            let other = &mut self.desks[twin.index()].session;
            match other.known(reference) {
                Some(known) => *known,
                // Media with a reference of its own: a branch of a leg that the other source has.
                None if hangs_on => *other.known(conference)?,
                None => return None,
            }
        };
        let leg = self.calls.leg(known.leg);
        self.count(leg, cx, reference == 0);
        Some(Some((leg, reference == 0)))
    }

    /// Whether another source told of a kept message already.
    pub(super) fn is_told(&mut self, cx: Context, id: u32, leg: LegRef) -> bool {
        let Some(twin) = self.desks[cx.session.index()].session.twin else { return false };
        let events = &self.calls.live(leg.call).events;
        events.iter().rev().take(LOOKED_BACK).any(|event| {
            event.id == id
                && event.session == twin
                && event.from_server == cx.from_server
                && event.at.source != cx.at.source
                && cx.at.time.since(event.at.time).abs() <= SAME_NANOS
        })
    }

    /// A text trace says who calls whom: for legs that say nothing of it themselves.
    pub(super) fn told_parties(&mut self, references: [u32; 2], [calling, called]: [&str; 2]) {
        if self.twins.parties.len() >= PARTIES_MAX {
            self.twins.parties.pop_front();
        }
        self.twins.parties.push_back((references, [calling.into(), called.into()]));
        references.into_iter().for_each(|reference| self.name_parties(reference));
    }

    /// Gives a leg that began, or begins, the parties that a text trace told.
    fn name_parties(&mut self, reference: u32) {
        let of_it = |told: &&([u32; 2], [CompactString; 2])| told.0.contains(&reference);
        let Some((_, [calling, called])) = self.twins.parties.iter().rev().find(of_it).cloned() else {
            return;
        };
        let Some(leg) = self.leg_of_reference(reference).map(|leg| self.calls.leg(leg)) else { return };
        let (call, index) = self.at_hand(leg);
        let leg = &mut call.legs[index];
        if leg.calling.is_empty() && leg.called.is_empty() {
            (leg.calling.number, leg.called.number) = (calling, called);
        }
    }

    /// A text trace says which legs belong together.
    pub fn tie(&mut self, tie: Tie, at: MessageRef) {
        if let Tie::Parted(references) = tie {
            self.twins.ties.retain(|(other, _)| *other != Tie::Joined(references));
            return;
        }
        if !self.tie_now(tie, at) && self.twins.ties.len() < TIES_MAX {
            self.twins.ties.push((tie, at));
        }
    }

    fn tie_now(&mut self, tie: Tie, at: MessageRef) -> bool {
        let (Tie::Joined([one, other]) | Tie::Branch { of: one, reference: other }) = tie else {
            return true;
        };
        let found = |reference: u32| self.twins.references.get(&reference).copied();
        let (Some(first), Some(second)) = (found(one), found(other)) else { return false };
        let (first, second) = (self.calls.leg(first), self.calls.leg(second));
        let same_server = self.servers_fit(first, second);
        if first.call != second.call && same_server {
            self.calls.join(first.call, second.call);
            if matches!(tie, Tie::Branch { .. }) {
                let leg = self.calls.leg(second);
                let session = {
                    let (call, index) = self.at_hand(leg);
                    call.legs[index].session
                };
                let cx = Context { session, at, from_server: true, is_old: false };
                self.step(leg, cx, StepKind::BranchBegan(BranchKind::Other));
            }
        }
        true
    }

    /// Whether two legs may be one call manager's: a text trace may not name it.
    fn servers_fit(&mut self, first: LegRef, second: LegRef) -> bool {
        let mut server = |leg: LegRef| {
            let (call, index) = self.at_hand(leg);
            let session = call.legs[index].session;
            self.desks.directory.get(session.index())?.server.address.map(|address| address.ip())
        };
        match (server(first), server(second)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// The leg that a reference names, whoever's it is.
    pub(super) fn leg_of_reference(&self, reference: u32) -> Option<LegRef> {
        self.twins.references.get(&reference).copied()
    }

    /// A leg comes into sight in its middle: the one with the reference next to it, on another phone and in its middle too, is
    /// the other end, unless something else is known of either.
    pub(super) fn join_by_reference(&mut self, cx: Context, reference: u32, leg: LegRef) {
        for next in [reference.wrapping_sub(1), reference.wrapping_add(1)] {
            let Some(other) = self.leg_of_reference(next).map(|other| self.calls.leg(other)) else {
                continue;
            };
            let call = &self.calls.live(other.call).call;
            let [theirs] = &call.legs[..] else { continue };
            let fits = theirs.from_middle
                && theirs.session != cx.session
                && theirs.reference == next
                && theirs.calling.is_empty()
                && theirs.called.is_empty()
                && cx.at.time.since(call.last).abs() <= NEXT_NANOS;
            if fits && self.servers_fit(leg, other) {
                self.calls.join(other.call, leg.call);
                return;
            }
        }
    }

    /// A leg with a reference began.
    pub(super) fn remember_reference(&mut self, reference: u32, leg: LegRef) {
        if self.twins.references.len() >= REFERENCES_MAX {
            self.twins.references.clear();
        }
        self.twins.references.insert(reference, leg);
        if !self.twins.parties.is_empty() {
            self.name_parties(reference);
        }
        if self.twins.ties.is_empty() {
            return;
        }
        for (tie, at) in std::mem::take(&mut self.twins.ties) {
            if !self.tie_now(tie, at) {
                self.twins.ties.push((tie, at));
            }
        }
    }
}

/// The leg whose media a message is about, when it says so; else 0.
fn conference_of(message: &Message<'_>) -> u32 {
    use Message as M;
    match message {
        M::OpenReceiveChannel(m) => m.conference_id.0,
        M::StartMediaTransmission(m) => m.conference_id.0,
        M::StartMediaTransmissionAck(m) => m.conference_id.0,
        M::StopMediaTransmission(m) => m.conference_id.0,
        M::CloseReceiveChannel(m) => m.conference_id.0,
        _ => 0,
    }
}

/// The reference that a message bears; 0 when it bears none.
fn any_reference(message: &Message<'_>) -> u32 {
    use Message as M;
    if let Some(reference) = reference_of(message) {
        return reference;
    }
    let or = |reference: u32, conference: u32| if reference == 0 { conference } else { reference };
    match message {
        M::CallState(m) => m.call_reference.0,
        M::CallInfo(m) => m.call_reference.0,
        M::CallInfoV2(m) => m.call_reference.0,
        M::DialedNumber(m) => m.call_reference.0,
        M::StartTone(m) => m.call_reference.0,
        M::SetRinger(m) => m.call_reference.0,
        M::OffHook(m) => m.call_reference.0,
        M::OnHook(m) => m.call_reference.0,
        M::KeypadButton(m) => m.call_reference.0,
        M::SoftKeyEvent(m) => m.call_reference.0,
        M::Stimulus(m) => m.call_reference.0,
        M::OpenReceiveChannel(m) => or(m.call_reference.0, m.conference_id.0),
        M::OpenReceiveChannelAck(m) => m.call_reference.0,
        M::StartMediaTransmission(m) => or(m.call_reference.0, m.conference_id.0),
        M::StartMediaTransmissionAck(m) => or(m.call_reference.0, m.conference_id.0),
        M::StopMediaTransmission(m) => or(m.call_reference.0, m.conference_id.0),
        M::CloseReceiveChannel(m) => or(m.call_reference.0, m.conference_id.0),
        M::ConnectionStatisticsRes(m) => m.call_reference.0,
        _ => 0,
    }
}
