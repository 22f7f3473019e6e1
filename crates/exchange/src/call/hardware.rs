//! Hardware in calls: conferences that a registered bridge mixes, pairs that a registered transcoder stands between.
//!
//! It does what the media engine does by the same orders ([`super::relay`]), with one difference: it is asked by SCCP,
//! and it can go away. Whatever it fails to do in time costs its own conference or pair a moment: the engine of this
//! server goes on with it, and without an engine another device where the first is gone.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::relay::{What, Why};
use super::{Cause, EndedBy, LegId, Stream, codec};
use crate::Exchange;
use crate::limit::LEFT_OPEN_MAX;
use crate::media::OrderId;
use crate::output::Severity;
use crate::plan::{CodecPolicy, First, ResourceKind};
use crate::station::{Hardware, resource as at_resource};
use crate::table::{ConferenceId, StationId};

/// Participants that a bridge is asked to keep room for when a conference begins, and by how many it grows.
const RESERVED: u32 = 4;

/// Hardware that is here, and what it does.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct AtHardware {
    present: BTreeMap<StationId, ResourceKind>,
    orders: BTreeMap<OrderId, HardwareOrder>,
    by_party: BTreeMap<u32, OrderId>,
}

#[derive(Debug, Serialize, Deserialize)]
struct HardwareOrder {
    station: StationId,
    /// The conference id on the wire: of a conference, or of this pair alone.
    session: u32,
    conference: Option<ConferenceId>,
    step: Step,
    parties: Vec<HardwareParty>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    /// The conference is to be made first.
    Conference,
    /// The participant is to be added first.
    Participant,
    /// Streams are open, or about to be.
    Streams,
}

/// A stream at hardware.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct HardwareParty {
    /// Its name on the wire.
    pub(crate) party: u32,
    /// Call reference on the wire.
    pub(crate) reference: u32,
    /// Codec and packet time.
    pub(crate) stream: Stream,
    /// Where the party receives.
    pub(crate) remote: SocketAddr,
    /// Where the hardware receives.
    local: Option<SocketAddr>,
}

/// A conference at a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AtBridge {
    /// Which.
    pub(crate) station: StationId,
    /// Its conference id on the wire.
    pub(crate) session: u32,
    made: Made,
    /// Participants that there is room for.
    reserved: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Made {
    /// The bridge was not told of it.
    Not,
    /// It was asked to make it.
    Asked,
    /// It is there, or is made by its first stream.
    There,
}

impl AtHardware {
    /// The device that an order is at.
    pub(super) fn station_of(&self, order: OrderId) -> Option<StationId> {
        self.orders.get(&order).map(|order| order.station)
    }

    /// Whether there is a bridge: whether it has room, each request finds out.
    pub(crate) fn has_bridges(&self) -> bool {
        self.present.values().any(|kind| *kind == ResourceKind::ConferenceBridge)
    }

    fn streams_at(&self, station: StationId) -> usize {
        let here = self.orders.values().filter(|order| order.station == station);
        here.map(|order| order.parties.len()).sum()
    }

    /// References that are in use, for audits.
    pub(crate) fn references(&self) -> impl Iterator<Item = u32> + '_ {
        let pairs = self.orders.values().filter(|order| order.conference.is_none());
        let parties = self.orders.values().flat_map(|order| &order.parties);
        parties.map(|party| party.reference).chain(pairs.map(|order| order.session))
    }

    /// Streams that are in use, for audits.
    pub(crate) fn parties(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_party.keys().copied()
    }
}

impl Exchange {
    /// Hardware registered, or what it was before has changed.
    pub(crate) fn hardware_came(&mut self, id: StationId, hardware: Option<Hardware>) {
        match &hardware {
            Some(hardware) => self.state.hardware.present.insert(id, hardware.kind),
            None => self.state.hardware.present.remove(&id),
        };
        if let Some(station) = self.state.stations.get_mut(id) {
            station.hardware = hardware;
        }
    }

    /// Hardware is gone, or begins anew.
    pub(crate) fn hardware_gone(&mut self, id: StationId) {
        if self.state.hardware.present.remove(&id).is_none() {
            return;
        }
        let device = self.device_named(id);
        let why = format!("{device} is gone");
        let conferences = self.state.conferences.iter();
        let at_it = conferences.filter(|(_, found)| found.hardware.is_some_and(|at| at.station == id));
        for conference in at_it.map(|(id, _)| id).collect::<Vec<_>>() {
            self.leave_bridge(conference, &why);
        }
        let orders = self.state.hardware.orders.iter().filter(|(_, order)| order.station == id);
        for order in orders.map(|(order, _)| *order).collect::<Vec<_>>() {
            self.hardware_failed(order, &why, true);
        }
    }

    fn device_named(&self, id: StationId) -> String {
        self.state.stations.get(id).map_or_else(String::new, |station| station.device.clone())
    }

    /// Hardware of these kinds that has room for so many streams more, the least busy first.
    fn hardware_with(
        &self,
        kinds: &[ResourceKind],
        streams: usize,
    ) -> impl Iterator<Item = (StationId, &Hardware, &[super::Codec])> {
        let found = self.state.hardware.present.keys().filter_map(move |id| {
            let station = self.state.stations.get(*id)?;
            let hardware = station.hardware.as_ref().filter(|_| station.session.is_some())?;
            let free = (hardware.streams as usize).saturating_sub(self.state.hardware.streams_at(*id));
            let fits = kinds.contains(&hardware.kind) && free >= streams;
            fits.then_some((free, *id, hardware, station.codecs.as_slice()))
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|(free, id, ..)| (std::cmp::Reverse(*free), *id));
        found.into_iter().map(|(_, id, hardware, codecs)| (id, hardware, codecs))
    }

    /// A bridge for a conference of so many.
    pub(crate) fn bridge_for(&self, parties: usize) -> Option<StationId> {
        let fits =
            |hardware: &Hardware| hardware.per_conference == 0 || hardware.per_conference as usize >= parties;
        let mut found = self.hardware_with(&[ResourceKind::ConferenceBridge], parties);
        found.find(|(_, hardware, _)| fits(hardware)).map(|(id, ..)| id)
    }

    /// Where a conference that begins is mixed: none, here.
    pub(crate) fn place_conference(&mut self, recorded: bool) -> Option<AtBridge> {
        let here = self.state.engine.is_present();
        let server_first = self.plan.site.features.hardware.conferences == First::Server;
        if here && (server_first || recorded) {
            return None;
        }
        let station = self.bridge_for(3)?;
        Some(self.at_bridge(station))
    }

    fn at_bridge(&mut self, station: StationId) -> AtBridge {
        let session = self.state.references.take();
        let hears = self.state.stations.get(station).and_then(|station| station.hardware.as_ref());
        let hears = hears.is_some_and(|hardware| hardware.hears_of_conferences);
        AtBridge {
            station,
            session,
            made: if hears { Made::Not } else { Made::There },
            reserved: if hears { 0 } else { u32::MAX },
        }
    }

    /// The codecs of a place in a conference.
    pub(crate) fn codecs_of_bridge(&self, id: ConferenceId) -> &[super::Codec] {
        let at = self.state.conferences.get(id).and_then(|conference| conference.hardware);
        let station = at.and_then(|at| self.state.stations.get(at.station));
        station.map_or(codec::MIXED, |station| &station.codecs)
    }

    /// Whether some bridge can mix codecs.
    pub(crate) fn hardware_mixes(&self, codecs: &[super::Codec]) -> bool {
        let mut found = self.hardware_with(&[ResourceKind::ConferenceBridge], 1);
        found.any(|(_, _, its)| codec::choose(its, codecs).is_some())
    }

    /// How many parties a conference can have at hardware at most.
    pub(crate) fn hardware_room(&self, id: Option<ConferenceId>) -> usize {
        let conference = id.and_then(|id| self.state.conferences.get(id));
        let Some((at, conference)) = conference.and_then(|found| Some((found.hardware?, found))) else {
            let found = self.hardware_with(&[ResourceKind::ConferenceBridge], 3);
            return found.map(|(_, hardware, _)| room(hardware, usize::MAX)).max().unwrap_or(0);
        };
        let station = self.state.stations.get(at.station);
        let Some(hardware) = station.and_then(|station| station.hardware.as_ref()) else { return 0 };
        let here = conference.places.len();
        let free = (hardware.streams as usize).saturating_sub(self.state.hardware.streams_at(at.station));
        let mixed = self.state.hardware.orders.values().filter(|order| order.conference == id).count();
        room(hardware, free + mixed.min(here))
    }

    /// A party receives: it joins its conference at the bridge. Says why not.
    pub(super) fn join_at_bridge(&mut self, leg: LegId, id: ConferenceId) -> Result<(), &'static str> {
        let at = self.state.conferences.get(id).and_then(|conference| conference.hardware);
        let at = at.ok_or("it is mixed here")?;
        let found = self.state.calls.legs.get(leg);
        let found = found.and_then(|leg| Some((leg.media.as_ref()?.stream, leg.address()?)));
        let (stream, remote) = found.ok_or("the party does not receive")?;
        let station = self.state.stations.get(at.station).ok_or("the bridge is gone")?;
        let hardware = station.hardware.as_ref().ok_or("the bridge is gone")?;
        let mixed = self.state.hardware.orders.values().filter(|order| order.conference == Some(id)).count();
        let is_full = self.state.hardware.streams_at(at.station) >= hardware.streams as usize;
        if is_full || hardware.per_conference > 0 && mixed >= hardware.per_conference as usize {
            return Err("the bridge is full");
        }
        let step = match at.made {
            Made::Not | Made::Asked => Step::Conference,
            Made::There if hardware.hears_of_conferences => Step::Participant,
            Made::There => Step::Streams,
        };
        let party = self.hardware_party(stream, remote);
        let order = self.expect(vec![leg], What::Mix);
        self.state.hardware.by_party.insert(party.party, order);
        let (station, session) = (at.station, at.session);
        let entry = HardwareOrder { station, session, conference: Some(id), step, parties: vec![party] };
        self.state.hardware.orders.insert(order, entry);
        match step {
            Step::Conference if at.made == Made::Not => self.make_conference(id, at),
            Step::Conference => {}
            Step::Participant => self.add_participant(order),
            Step::Streams => self.open_streams(order),
        }
        Ok(())
    }

    fn hardware_party(&mut self, stream: Stream, remote: SocketAddr) -> HardwareParty {
        let (party, reference) = (self.state.parties.take(), self.state.references.take());
        HardwareParty { party, reference, stream, remote, local: None }
    }

    fn make_conference(&mut self, id: ConferenceId, at: AtBridge) {
        let reserved = self.hardware_reserve(at.station, RESERVED);
        if let Some(conference) = self.state.conferences.get_mut(id) {
            conference.hardware = Some(AtBridge { made: Made::Asked, reserved, ..at });
        }
        self.answer_request(at.station, |phone, _| at_resource::create(phone, at.session, reserved));
    }

    /// So many participants, as far as the bridge has room for them.
    fn hardware_reserve(&self, station: StationId, wanted: u32) -> u32 {
        let hardware = self.state.stations.get(station).and_then(|station| station.hardware.as_ref());
        let max = hardware.map_or(0, |hardware| hardware.per_conference);
        if max == 0 { wanted } else { wanted.min(max) }
    }

    /// The bridge made a conference, or can't.
    pub(crate) fn conference_made(&mut self, station: StationId, session: u32, refused: Option<String>) {
        if let Some(why) = refused {
            return self.conference_lost(station, session, &why);
        }
        let Some(id) = self.conference_at_bridge(station, session) else { return };
        let Some(at) = self.state.conferences.get_mut(id).and_then(|found| found.hardware.as_mut()) else {
            return;
        };
        if at.made != Made::Asked {
            return;
        }
        at.made = Made::There;
        let waits = |order: &HardwareOrder| order.conference == Some(id) && order.step == Step::Conference;
        let orders = self.state.hardware.orders.iter().filter(|(_, order)| waits(order));
        for order in orders.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.add_participant(order);
        }
    }

    fn conference_at_bridge(&self, station: StationId, session: u32) -> Option<ConferenceId> {
        let is_meant = |at: AtBridge| at.station == station && at.session == session;
        let mut conferences = self.state.conferences.iter();
        conferences.find(|(_, found)| found.hardware.is_some_and(is_meant)).map(|(id, _)| id)
    }

    /// A conference at a bridge is over there, though not here.
    pub(crate) fn conference_lost(&mut self, station: StationId, session: u32, why: &str) {
        if let Some(id) = self.conference_at_bridge(station, session) {
            self.leave_bridge(id, why);
        }
    }

    fn add_participant(&mut self, order: OrderId) {
        let Some(entry) = self.state.hardware.orders.get_mut(&order) else { return };
        entry.step = Step::Participant;
        let (station, session) = (entry.station, entry.session);
        let (Some(id), Some(party)) = (entry.conference, entry.parties.first().copied()) else { return };
        let all = self.state.hardware.orders.values().filter(|order| order.conference == Some(id)).count();
        let reserved = self.hardware_reserve(station, all as u32 + RESERVED);
        let at = self.state.conferences.get_mut(id).and_then(|found| found.hardware.as_mut());
        if let Some(at) = at.filter(|at| at.reserved < all as u32) {
            at.reserved = reserved;
            self.answer_request(station, |phone, _| at_resource::enlarge(phone, session, reserved));
        }
        let leg =
            self.state.engine.about(order).and_then(|(legs, _)| self.state.calls.legs.get(*legs.first()?));
        let names = leg.map(|leg| self.state.names_at(leg).party()).unwrap_or_default();
        self.answer_request(station, |phone, _| {
            at_resource::add(phone, session, party.reference, (&names).into());
        });
    }

    /// The bridge took a participant, or not.
    pub(crate) fn participant_added(&mut self, station: StationId, reference: u32, is_in: bool) {
        let is_meant = |order: &HardwareOrder| {
            order.station == station
                && order.step == Step::Participant
                && order.parties.iter().any(|party| party.reference == reference)
        };
        let found = self.state.hardware.orders.iter().find(|(_, order)| is_meant(order));
        let Some(order) = found.map(|(id, _)| *id) else { return };
        if !is_in {
            return self.hardware_failed(order, "the bridge takes no more participants", false);
        }
        if let Some(entry) = self.state.hardware.orders.get_mut(&order) {
            entry.step = Step::Streams;
        }
        self.open_streams(order);
    }

    /// A bridge holds a conference: one that we don't know is over, of the others we look who is in them.
    pub(crate) fn conference_held(&mut self, station: StationId, session: u32) {
        let is_ours = self.conference_at_bridge(station, session).is_some();
        self.answer_request(station, |phone, _| {
            if is_ours {
                at_resource::who_is_in(phone, session);
            } else {
                at_resource::delete(phone, session);
            }
        });
    }

    /// A bridge holds a participant: one that we don't know is dropped.
    pub(crate) fn participant_held(&mut self, station: StationId, session: u32, reference: u32) {
        let here = self.state.hardware.orders.values().filter(|order| order.station == station);
        if !here.flat_map(|order| &order.parties).any(|party| party.reference == reference) {
            self.answer_request(station, |phone, _| {
                at_resource::drop_participant(phone, session, reference);
            });
        }
    }

    fn open_streams(&mut self, order: OrderId) {
        let Some(entry) = self.state.hardware.orders.get(&order) else { return };
        let (station, session, parties) = (entry.station, entry.session, entry.parties.clone());
        self.answer_request(station, |phone, _| {
            for party in &parties {
                at_resource::open(phone, session, party);
                at_resource::send(phone, session, party);
            }
        });
    }

    /// Hardware receives a stream here.
    pub(crate) fn hardware_opened(&mut self, station: StationId, party: u32, local: SocketAddr) {
        let Some(order) = self.state.hardware.by_party.get(&party).copied() else { return };
        let Some(entry) = self.state.hardware.orders.get_mut(&order).filter(|entry| entry.station == station)
        else {
            return;
        };
        for found in entry.parties.iter_mut().filter(|found| found.party == party) {
            found.local = Some(local);
        }
        let locals: Option<Vec<SocketAddr>> = entry.parties.iter().map(|party| party.local).collect();
        if let Some(addresses) = locals {
            self.engine_opened(order, addresses);
        }
    }

    /// Hardware can't do what a stream needs.
    pub(crate) fn hardware_refused(&mut self, station: StationId, party: u32, why: &str) {
        let order = self.state.hardware.by_party.get(&party).copied();
        if let Some(order) = order.filter(|order| self.state.hardware.station_of(*order) == Some(station)) {
            self.hardware_failed(order, why, false);
        }
    }

    /// Hardware can't do what was ordered, does not answer, or is gone.
    pub(super) fn hardware_failed(&mut self, order: OrderId, why: &str, is_gone: bool) {
        let Some((legs, what)) = self.state.engine.about(order).map(|(legs, what)| (legs.to_vec(), what))
        else {
            return;
        };
        let conference = self.state.hardware.orders.get(&order).and_then(|entry| entry.conference);
        if let Some(conference) = conference {
            return self.leave_bridge(conference, why);
        }
        let (What::Relay(reason), [one, other]) = (what, &legs[..]) else { return };
        let (one, other) = (*one, *other);
        self.close_order(one);
        self.out.note(Severity::Warning, format!("a pair leaves its transcoder: {why}"));
        let goes_on = self.relay_here(one, other, reason) || is_gone && self.relay_there(one, other, reason);
        if !goes_on && let Some(leg) = self.state.calls.legs.get(one) {
            self.end_call(leg.call, reason.cause(), EndedBy::Server);
        }
    }

    /// A conference leaves its bridge: this server goes on with it, or another bridge where there is no engine.
    pub(crate) fn leave_bridge(&mut self, id: ConferenceId, why: &str) {
        let Some(conference) = self.state.conferences.get_mut(id) else { return };
        let Some(at) = conference.hardware.take() else { return };
        let places: Vec<LegId> = conference.places.iter().map(|place| place.leg).collect();
        let device = self.device_named(at.station);
        self.out.note(Severity::Warning, format!("a conference leaves {device}: {why}"));
        let legs: Vec<(LegId, LegId)> =
            places.iter().filter_map(|place| Some((self.party_of(*place)?, *place))).collect();
        for (leg, _) in &legs {
            if self.order_of(*leg).is_some_and(|order| self.state.hardware.orders.contains_key(&order)) {
                self.close_order(*leg);
            }
        }
        self.forget_bridge(at);
        if !self.state.engine.is_present() {
            // The one that failed is tried no more, even where it is still here.
            let next = self.bridge_for(legs.len()).filter(|next| *next != at.station);
            let next = next.map(|station| self.at_bridge(station));
            if let Some(conference) = self.state.conferences.get_mut(id) {
                conference.hardware = next;
            }
        }
        for (leg, place) in legs {
            self.goes_on_mixed(leg, place);
        }
    }

    /// A party of a conference that is mixed elsewhere from now on.
    fn goes_on_mixed(&mut self, leg: LegId, place: LegId) {
        let Some(found) = self.state.calls.legs.get(leg) else { return };
        let Some(stream) = found.media.as_ref().map(|media| media.stream) else { return };
        let (call, receives) = (found.call, found.address().is_some());
        if codec::can(self.codecs_at(place), stream.codec) {
            if receives {
                self.join_mix(leg, place);
            }
            return;
        }
        let Some(stream) = self.stream_for(leg, place) else {
            return self.end_call(call, Cause::NO_CODEC, EndedBy::Server);
        };
        self.close_media(leg);
        if let Some(call) = self.state.calls.calls.get_mut(call) {
            call.stream = Some(stream);
        }
        if let Some(media) = self.open_stream(leg, stream) {
            self.tell_open(leg, &media);
        }
    }

    /// A conference has nothing to do with its bridge any more.
    pub(crate) fn forget_bridge(&mut self, at: AtBridge) {
        if at.made != Made::Not && at.reserved != u32::MAX {
            self.answer_request(at.station, |phone, _| at_resource::delete(phone, at.session));
        }
        self.state.references.give_back(at.session);
    }

    /// An order is closed: its streams at hardware are. False where it was none of hardware.
    pub(super) fn close_at_hardware(&mut self, order: OrderId) -> bool {
        let Some(entry) = self.state.hardware.orders.remove(&order) else { return false };
        let HardwareOrder { station, session, conference, step, parties } = entry;
        let hardware = self.state.stations.get(station).and_then(|station| station.hardware.as_ref());
        let hears = hardware.is_some_and(|hardware| hardware.hears_of_conferences);
        self.answer_request(station, |phone, _| {
            for party in &parties {
                if step == Step::Streams {
                    at_resource::close(phone, session, party);
                }
                if hears && step != Step::Conference {
                    at_resource::drop_participant(phone, session, party.reference);
                }
            }
        });
        if let Some(station) = self.state.stations.get_mut(station).filter(|at| at.session.is_none()) {
            station.left_open.extend(parties.iter().map(|party| (session, party.party)));
            let surplus = station.left_open.len().saturating_sub(LEFT_OPEN_MAX);
            station.left_open.drain(..surplus);
        }
        for party in parties {
            self.state.hardware.by_party.remove(&party.party);
            self.state.parties.give_back(party.party);
            self.state.references.give_back(party.reference);
        }
        if conference.is_none() {
            self.state.references.give_back(session);
        }
        true
    }

    /// A party of an order receives elsewhere. False where the order is none of hardware.
    pub(super) fn tell_hardware(&mut self, order: OrderId, place: usize, address: SocketAddr) -> bool {
        let Some(entry) = self.state.hardware.orders.get_mut(&order) else { return false };
        let (station, session, is_open) = (entry.station, entry.session, entry.step == Step::Streams);
        let Some(party) = entry.parties.get_mut(place) else { return true };
        let is_new = std::mem::replace(&mut party.remote, address) != address;
        let party = *party;
        if is_open && is_new {
            self.answer_request(station, |phone, _| at_resource::send_anew(phone, session, &party));
        }
        true
    }

    /// Codecs of two parties that some hardware stands between; the first one's.
    pub(super) fn hardware_transcodes(
        &self,
        policy: &CodecPolicy,
        one: &[super::Codec],
        other: &[super::Codec],
    ) -> Option<Stream> {
        let mut all = self.hardware_with(&[ResourceKind::Transcoder, ResourceKind::Mtp], 2);
        all.find_map(|(_, _, its)| {
            codec::choose_by(policy, other, its)?;
            codec::choose_by(policy, one, its)
        })
    }

    /// What some hardware can do of what a party has.
    pub(super) fn hardware_stream(&self, codecs: &[super::Codec]) -> Option<Stream> {
        let mut all = self.hardware_with(&[ResourceKind::Transcoder, ResourceKind::Mtp], 2);
        all.find_map(|(_, _, its)| codec::choose(codecs, its))
    }

    /// A pair passes through hardware; false where none can.
    pub(super) fn relay_there(&mut self, one: LegId, other: LegId, why: Why) -> bool {
        if !matches!(why, Why::Codec | Why::NoPath) {
            return false;
        }
        let of = |leg: LegId| {
            let leg = self.state.calls.legs.get(leg)?;
            Some((leg.media.as_ref()?.stream, leg.address()?))
        };
        let (Some(first), Some(second)) = (of(one), of(other)) else { return false };
        let mut all = self.hardware_with(&[ResourceKind::Transcoder, ResourceKind::Mtp], 2);
        let fits = |its: &[super::Codec]| codec::can(its, first.0.codec) && codec::can(its, second.0.codec);
        let Some(station) = all.find(|(_, _, its)| fits(its)).map(|(id, ..)| id) else { return false };
        drop(all);
        let session = self.state.references.take();
        let parties: Vec<HardwareParty> =
            [first, second].map(|(stream, remote)| self.hardware_party(stream, remote)).to_vec();
        let order = self.expect(vec![one, other], What::Relay(why));
        for party in &parties {
            self.state.hardware.by_party.insert(party.party, order);
        }
        let step = Step::Streams;
        let entry = HardwareOrder { station, session, conference: None, step, parties };
        self.state.hardware.orders.insert(order, entry);
        self.open_streams(order);
        true
    }

    /// The hardware that a leg's audio passes through.
    pub(crate) fn hardware_of(&self, leg: LegId) -> Option<&str> {
        let station = self.state.hardware.station_of(self.order_of(leg)?)?;
        Some(&self.state.stations.get(station)?.device)
    }

    /// What of the hardware does not fit together, for audits.
    pub(crate) fn audit_hardware(&self, found: &mut Vec<String>) {
        let hardware = &self.state.hardware;
        for (id, order) in &hardware.orders {
            if self.state.engine.about(*id).is_none() {
                found.push(format!("{id:?} is at hardware, and nobody ordered it"));
            }
            if !hardware.present.contains_key(&order.station) {
                found.push(format!("{id:?} is at hardware that is gone"));
            }
            if order.parties.iter().any(|party| hardware.by_party.get(&party.party) != Some(id)) {
                found.push(format!("{id:?} has a stream at hardware that does not know it"));
            }
        }
        if hardware.by_party.values().any(|order| !hardware.orders.contains_key(order)) {
            found.push("a stream at hardware is nobody's".into());
        }
        for (id, conference) in self.state.conferences.iter() {
            if conference.hardware.is_some_and(|at| !hardware.present.contains_key(&at.station)) {
                found.push(format!("{id:?} is at a bridge that is gone"));
            }
        }
    }
}

/// How many parties a bridge takes in one conference, with so many streams to give.
fn room(hardware: &Hardware, free: usize) -> usize {
    let streams = free.min(hardware.streams as usize);
    if hardware.per_conference == 0 { streams } else { streams.min(hardware.per_conference as usize) }
}
