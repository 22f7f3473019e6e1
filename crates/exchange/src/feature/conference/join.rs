//! Keys that bring calls together: Confrn (hold, ask somebody, press again), Join (calls that are there
//! already), Select (which of them).

use super::Kind;
use crate::Exchange;
use crate::call::{Cause, End, EndedBy, LegId, LegState, Purpose};
use crate::state::State;
use crate::station::leg as on_station;
use crate::table::{ConferenceId, StationId};

/// Why calls can't be brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing mixes here.
    NoBridge,
    /// There are as many parties as there may be.
    Full,
    /// Somebody would be there twice.
    AlreadyIn,
    /// One of the calls can't be part of it.
    Unfit,
    /// There is nothing to join with.
    Alone,
    /// A guest is there, who brings nobody and beside whom no second one comes.
    GuestThere,
}

impl State {
    /// The held leg that the user of this one wants a conference with.
    pub(crate) fn conferred_for(&self, leg: &crate::call::Leg) -> Option<LegId> {
        let Purpose::Confer { first } = leg.purpose else { return None };
        self.is_held_beside(leg, first).then_some(first)
    }
}

impl Exchange {
    /// The Confrn key.
    pub(crate) fn confer(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let consults = self.state.conferred_for(leg);
        if consults.is_none() {
            self.dismiss_guest(id);
        }
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        match (&leg.state, consults) {
            (LegState::Connected, Some(first)) => self.unite(&[first, id]),
            (LegState::Connected | LegState::Held, None) => match self.conferred_by(id) {
                Some(second) => self.unite(&[id, second]),
                None => self.confer_with_another(id),
            },
            _ => {}
        }
    }

    /// Holds a call and dials beside it, when a conference can come of it.
    fn confer_with_another(&mut self, first: LegId) {
        let (Some(at), Some(other)) = (self.appearance_of(first), self.other_leg(first)) else { return };
        let there = self.state.conference_at(first).map(|(id, _)| id);
        let parties = there.and_then(|id| self.state.conferences.get(id));
        let is_full =
            parties.is_some_and(|conference| conference.places.len() >= self.conference_room(there));
        let refusal = match () {
            () if parties.is_none() && !self.has_bridge() => Some(Refusal::NoBridge),
            () if self.state.is_guest(first) => Some(Refusal::GuestThere),
            () if is_full => Some(Refusal::Full),
            () if parties.is_none() && !self.suits_bridge(other) => Some(Refusal::Unfit),
            () => None,
        };
        match refusal {
            Some(refusal) => self.refuse_conference(first, refusal),
            None => {
                self.begin_call_for(at.station, at.instance, true, Purpose::Confer { first });
            }
        }
    }

    /// The answered leg on which its user asks somebody for a held one.
    fn conferred_by(&self, held: LegId) -> Option<LegId> {
        let station = self.appearance_of(held)?.station;
        let asks = |id: &&LegId| {
            self.state.calls.legs.get(**id).is_some_and(|leg| self.state.conferred_for(leg) == Some(held))
        };
        let legs = self.state.stations.get(station)?.legs.iter();
        legs.filter(asks).copied().find(|id| self.is_conversation_of_user(*id))
    }

    /// Whether a leg is a conversation of a phone's user.
    pub(crate) fn is_conversation_of_user(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| {
            matches!(leg.state, LegState::Connected | LegState::Held) && leg.appearance().is_some()
        })
    }

    /// The Select key: whether a call is meant when Join is pressed.
    pub(crate) fn select(&mut self, id: LegId) {
        if !self.is_conversation_of_user(id) {
            return;
        }
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.selected = !leg.selected;
            let selected = leg.selected;
            self.on_phone(id, |phone, shown, _| on_station::selected(phone, shown, selected));
        }
    }

    /// The Join key: this call and those that are selected, or else the other one on its line.
    pub(crate) fn join_selected(&mut self, id: LegId) {
        let Some(at) = self.appearance_of(id).filter(|_| self.is_conversation_of_user(id)) else { return };
        let legs = self.state.stations.get(at.station).map_or(&[][..], |station| &station.legs);
        let is_meant = |leg: &LegId| {
            *leg != id
                && self.is_conversation_of_user(*leg)
                && self.state.calls.legs.get(*leg).is_some_and(|leg| leg.selected)
        };
        let mut all: Vec<LegId> = std::iter::once(id).chain(legs.iter().copied().filter(is_meant)).collect();
        if all.len() == 1 {
            all.extend(self.other_conversation(id));
        }
        self.unite(&all);
    }

    /// Calls of one phone become a conference, or all become part of the one that is among them. In one step: either
    /// all are together after it, or nothing has changed.
    fn unite(&mut self, legs: &[LegId]) {
        let Some(&asked) = legs.first() else { return };
        legs.iter().for_each(|leg| self.dismiss_guest(*leg));
        // Whichever is in a conference already stays; else the first one does.
        let main = legs.iter().copied().find(|leg| self.state.conference_at(*leg).is_some()).unwrap_or(asked);
        let rest: Vec<LegId> = legs.iter().copied().filter(|leg| *leg != main).collect();
        if let Err(refusal) = self.may_unite(main, &rest) {
            return self.refuse_conference(asked, refusal);
        }
        let founded = self.state.conference_at(main).map(|(id, _)| id);
        let Some(id) = founded.or_else(|| self.found(Kind::AdHoc, main)) else { return };
        for leg in rest {
            self.take_in(id, leg);
        }
        if let Some(leg) = self.state.calls.legs.get_mut(main) {
            leg.selected = false;
        }
        self.resume(main);
    }

    fn may_unite(&self, main: LegId, rest: &[LegId]) -> Result<(), Refusal> {
        let there = self.state.conference_at(main).map(|(id, _)| id);
        if there.is_none() && !self.has_bridge() {
            return Err(Refusal::NoBridge);
        }
        if self.state.is_guest(main) || rest.iter().any(|leg| self.state.is_guest(*leg)) {
            return Err(Refusal::GuestThere);
        }
        if rest.is_empty() {
            return Err(Refusal::Alone);
        }
        let mut comers = Vec::new();
        for leg in rest {
            comers.push(self.other_leg(*leg).ok_or(Refusal::Unfit)?);
        }
        if there.is_none() {
            comers.extend([main, self.other_leg(main).ok_or(Refusal::Unfit)?]);
        }
        self.may_admit(there, &comers)
    }

    /// Whether parties can come to a conference, or begin one.
    pub(crate) fn may_admit(&self, there: Option<ConferenceId>, comers: &[LegId]) -> Result<(), Refusal> {
        let places = there.and_then(|id| self.state.conferences.get(id)).map(|conference| &conference.places);
        let places = places.map_or(&[][..], Vec::as_slice);
        if places.len() + comers.len() > self.conference_room(there) {
            return Err(Refusal::Full);
        }
        if !comers.iter().all(|leg| self.suits_bridge(*leg)) {
            return Err(Refusal::Unfit);
        }
        let parties = places.iter().filter_map(|place| self.party_of(place.leg));
        let station = |leg: LegId| Some(self.appearance_of(leg)?.station);
        let mut stations: Vec<StationId> =
            parties.chain(comers.iter().copied()).filter_map(station).collect();
        let all = stations.len();
        stations.sort_unstable();
        stations.dedup();
        if stations.len() == all { Ok(()) } else { Err(Refusal::AlreadyIn) }
    }

    /// Whether a party can have a place at the bridge.
    pub(crate) fn suits_bridge(&self, id: LegId) -> bool {
        let end = self.state.calls.legs.get(id).map(|leg| &leg.end);
        matches!(end, Some(End::Station(_) | End::Trunk(_))) && self.can_be_mixed(id) && !self.whispers(id)
    }

    fn refuse_conference(&mut self, id: LegId, refusal: Refusal) {
        self.on_phone(id, |phone, shown, _| on_station::conference_refused(phone, shown, refusal));
    }

    /// The call of a party of a conference ends.
    pub(crate) fn remove_party(&mut self, place: LegId) {
        self.end_leg(place, Cause::NORMAL, EndedBy::Server);
    }
}
