//! Conferences: more than two who hear each other, mixed by the media engine.
//!
//! Each party keeps a call of its own; at the other side of it is a place at the bridge ([`End::Bridge`]). So
//! hold, resume, transfer and hanging up are for a party what they are in any call, at a phone and over a trunk
//! alike, and a conference need know no more than its places. Two who remain get a direct call again.
//!
//! | file | what |
//! |---|---|
//! | `join` | keys that bring calls together: Confrn, Join, Select |
//! | `list` | who is in it, on the screen; Remove, mute, RmLstC |
//! | `settle` | what becomes of it when somebody left |

mod join;
mod list;
mod settle;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::{AtBridge, Call, Called, Cause, End, Leg, LegId, LegState, Names, Stage};
use crate::limit::CONFERENCE_PARTIES;
use crate::state::State;
use crate::table::{CallId, ConferenceId};

pub(crate) use join::Refusal;
pub(crate) use list::Entry;

/// Name of whoever is connected with a conference.
pub(crate) const CONFERENCE: &str = "Conference";

/// Name of whoever is connected with two others and a guest.
const BARGE: &str = "Barge";

/// Places of the two whose call a guest stepped into: the first ones, that of the phone stepped into before the other.
const STEPPED_INTO: u32 = 2;

/// A conference.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Conference {
    /// How it came about.
    pub(crate) kind: Kind,
    /// Its places, the oldest first.
    pub(crate) places: Vec<Place>,
    /// The place of whoever began it, while he is there.
    pub(crate) originator: Option<LegId>,
    /// Number of the last place.
    last: u32,
    /// Our address for parties that are not in a network of phones.
    pub(crate) local: IpAddr,
    /// The bridge that mixes it, where this server does not.
    pub(crate) hardware: Option<AtBridge>,
    /// Whether somebody left since the last turn, which the others are still to hear.
    left: bool,
}

/// How a conference came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Somebody brought calls together.
    AdHoc,
    /// It has a number that people dial.
    MeetMe {
        /// The number.
        number: String,
        /// Whether nobody more is let in.
        locked: bool,
    },
    /// A guest stepped into the call of two others.
    Barge,
}

/// A place in a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The leg at the bridge.
    pub(crate) leg: LegId,
    /// Its number in lists: never used again in this conference.
    pub(crate) number: u32,
    /// Whether the others don't hear who has it.
    pub(crate) muted: bool,
    /// Whether he talks now.
    pub(crate) talking: bool,
    /// The entry that a phone that shows one at a time showed last.
    pub(crate) listed: u32,
}

impl Place {
    /// In a conference that came about by a guest: whether it is that of one of the two whose call it was.
    pub(crate) fn is_of_call_stepped_into(&self) -> bool {
        self.number <= STEPPED_INTO
    }

    /// In such a conference: whether it is that of the phone whose call it was.
    pub(crate) fn is_of_host(&self) -> bool {
        self.number == 1
    }
}

impl Conference {
    /// Whether nobody more is let in.
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self.kind, Kind::MeetMe { locked: true, .. })
    }

    /// The place of a leg at the bridge.
    pub(crate) fn place(&self, leg: LegId) -> Option<&Place> {
        self.places.iter().find(|place| place.leg == leg)
    }
}

impl State {
    /// The conference that a leg is connected with, and the place there.
    pub(crate) fn conference_at(&self, id: LegId) -> Option<(ConferenceId, LegId)> {
        if self.conferences.len() == 0 {
            return None;
        }
        let call = self.calls.calls.get(self.calls.legs.get(id)?.call)?;
        let place = call.other(id)?;
        match self.calls.legs.get(place)?.end {
            End::Bridge(conference) => Some((conference, place)),
            _ => None,
        }
    }

    /// Number and name of whoever is at the other side of a place. A guest does not change what the two see whose call
    /// it is: each the other one.
    pub(crate) fn names_at_place(&self, id: ConferenceId, call: CallId) -> Names<'_> {
        self.across_guest(id, call).unwrap_or_else(|| self.conference_names(id))
    }

    /// The other one of the two whose call a guest stepped into.
    fn across_guest(&self, id: ConferenceId, call: CallId) -> Option<Names<'_>> {
        let conference = self.conferences.get(id).filter(|conference| conference.kind == Kind::Barge)?;
        let is_of_call = |place: &&Place| self.calls.legs.get(place.leg).is_some_and(|leg| leg.call == call);
        let own =
            conference.places.iter().find(is_of_call).filter(|place| place.is_of_call_stepped_into())?;
        let across = |place: &&Place| place.is_of_call_stepped_into() && place.number != own.number;
        let across = self.calls.legs.get(conference.places.iter().find(across)?.leg)?;
        let call = self.calls.calls.get(across.call)?;
        let legs = std::iter::once(&call.caller).chain(&call.callees);
        let mut legs = legs.filter_map(|leg| self.calls.legs.get(*leg));
        legs.find(|leg| matches!(leg.end, End::Station(_) | End::Trunk(_))).map(|leg| self.names_at(leg))
    }

    /// Whether a leg is that of a guest in the call of two others.
    pub(crate) fn is_guest(&self, id: LegId) -> bool {
        self.place_with_guest(id).is_some_and(|place| !place.is_of_call_stepped_into())
    }

    /// The place of a leg in a conference that came about by a guest.
    pub(crate) fn place_with_guest(&self, id: LegId) -> Option<&Place> {
        let (conference, place) = self.conference_at(id)?;
        self.conferences.get(conference).filter(|found| found.kind == Kind::Barge)?.place(place)
    }

    /// Number and name of a conference.
    pub(crate) fn conference_names(&self, id: ConferenceId) -> Names<'_> {
        match self.conferences.get(id).map(|conference| &conference.kind) {
            Some(Kind::MeetMe { number, .. }) => Names { number, name: CONFERENCE },
            Some(Kind::Barge) => Names { number: "", name: BARGE },
            Some(Kind::AdHoc) | None => Names { number: "", name: CONFERENCE },
        }
    }
}

impl Exchange {
    /// Parties of a conference, at most: what its bridge takes, where nothing else mixes.
    pub(crate) fn conference_room(&self, id: Option<ConferenceId>) -> usize {
        let max = (self.plan.site.features.conference_parties_max as usize).clamp(3, CONFERENCE_PARTIES);
        if self.state.engine.is_present() { max } else { max.min(self.hardware_room(id)) }
    }

    /// The leg at the other side of a place, whatever its call is about.
    pub(crate) fn party_of(&self, place: LegId) -> Option<LegId> {
        let call = self.state.calls.calls.get(self.state.calls.legs.get(place)?.call)?;
        if call.caller == place { call.callees.first().copied() } else { Some(call.caller) }
    }

    /// Legs of all parties of a conference.
    pub(crate) fn parties(&self, id: ConferenceId) -> Vec<LegId> {
        let places = self.state.conferences.get(id).map_or(&[][..], |conference| &conference.places);
        places.iter().filter_map(|place| self.party_of(place.leg)).collect()
    }

    /// Legs of the others in the conference of a place.
    pub(crate) fn others_of_place(&self, place: LegId) -> Vec<LegId> {
        let leg = self.state.calls.legs.get(place);
        let Some(Leg { end: End::Bridge(id), .. }) = leg else { return Vec::new() };
        let places = self.state.conferences.get(*id).map_or(&[][..], |conference| &conference.places);
        let others = places.iter().filter(|other| other.leg != place);
        others.filter_map(|other| self.party_of(other.leg)).collect()
    }

    /// A conference that somebody begins at a leg of his.
    pub(super) fn new_conference(&mut self, kind: Kind, by: LegId) -> ConferenceId {
        let station = self.appearance_of(by).and_then(|at| self.state.stations.get(at.station));
        let local = station.map_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), |at| at.peer.local.ip());
        let parties = std::iter::once(by).chain(self.other_leg(by));
        let recorded = parties.into_iter().any(|leg| self.is_taped_by_relay(leg));
        let hardware = self.place_conference(recorded);
        let conference =
            Conference { kind, places: Vec::new(), originator: None, last: 0, local, hardware, left: false };
        self.state.conferences.insert(conference)
    }

    /// A place in a conference, for a call.
    pub(super) fn new_place(&mut self, id: ConferenceId, call: CallId) -> LegId {
        let place = self.state.calls.legs.insert(Leg::new(call, End::Bridge(id), LegState::Connected));
        if let Some(conference) = self.state.conferences.get_mut(id) {
            conference.last += 1;
            conference.places.push(Place {
                leg: place,
                number: conference.last,
                muted: false,
                talking: false,
                listed: 0,
            });
        }
        self.touch_conference(id);
        place
    }

    /// The call of `main` becomes a conference: the other side has a place in its call from now on, `main` one in a
    /// call of its own.
    pub(super) fn found(&mut self, kind: Kind, main: LegId) -> Option<ConferenceId> {
        let other = self.other_leg(main)?;
        let call = self.state.calls.legs.get(main)?.call;
        for leg in [main, other] {
            self.before_change(leg);
        }
        for leg in [main, other] {
            self.close_media(leg);
        }
        let is_barge = kind == Kind::Barge;
        let id = self.new_conference(kind, main);
        let own = self.split_off(id, main, call)?;
        let place = self.new_place(id, call);
        let called = self.state.calls.calls.get(call).map(|call| call.called.clone());
        self.seat(place, main, call, None);
        if is_barge
            && let Some(call) = self.state.calls.calls.get_mut(call)
            && let Some(called) = called
        {
            call.called = called;
        }
        if let Some(leg) = self.state.calls.legs.get_mut(main) {
            leg.call = own;
        }
        self.put_together(call);
        self.put_together(own);
        Some(id)
    }

    /// A call of its own for a leg, with a place in a conference, which is its beginner's.
    fn split_off(&mut self, id: ConferenceId, main: LegId, from: CallId) -> Option<CallId> {
        let calls = &mut self.state.calls;
        let leg = calls.legs.get(main)?;
        let (outbound, at) = (leg.outbound, leg.appearance().copied());
        let before = calls.calls.get_mut(from)?;
        let is_barge = self.state.conferences.get(id).is_some_and(|found| found.kind == Kind::Barge);
        let known = is_barge.then(|| (before.called.clone(), before.redirects.clone()));
        before.references.retain(|reference| at.is_none_or(|at| at.reference != *reference));
        calls.last_number += 1;
        let call = Call {
            number: calls.last_number,
            caller: main,
            callees: Vec::new(),
            called: Called::Nobody,
            dialed: before.dialed.clone(),
            stage: Stage::Connected { answered: self.now },
            standing: before.standing,
            started: self.now,
            stream: None,
            timer: None,
            references: at.iter().map(|at| at.reference).collect(),
            recordings: Vec::new(),
            redirects: Vec::new(),
            recall: None,
            hunting: None,
            whisper: false,
            media_told: Default::default(),
        };
        let own = calls.calls.insert(call);
        let place = self.new_place(id, own);
        if let Some(conference) = self.state.conferences.get_mut(id) {
            conference.originator = Some(place);
        }
        let (called_before, redirects) = known.unzip();
        let called = match at {
            _ if let Some(called) = called_before => called,
            Some(at) if !outbound => Called::Line(at.line),
            _ => Called::Outside(self.state.conference_names(id).party()),
        };
        let call = self.state.calls.calls.get_mut(own)?;
        call.redirects = redirects.unwrap_or_default();
        let (caller, callee) = if outbound { (main, place) } else { (place, main) };
        (call.caller, call.callees, call.called) = (caller, vec![callee], called);
        self.report_opened(own);
        Some(own)
    }

    /// Whoever is at the other side of a leg gets a place in a conference; the leg is over.
    fn take_in(&mut self, id: ConferenceId, leg: LegId) -> Option<()> {
        let other = self.other_leg(leg)?;
        let call = self.state.calls.legs.get(leg)?.call;
        for leg in [leg, other] {
            self.before_change(leg);
        }
        for leg in [leg, other] {
            self.close_media(leg);
        }
        let place = self.new_place(id, call);
        self.seat(place, leg, call, None);
        // Its user goes on to the conference: the loudspeaker stays as it is.
        if let Some(at) = self.appearance_of(leg)
            && let Some(station) = self.state.stations.get_mut(at.station)
            && station.audio == Some(leg)
        {
            station.audio = None;
        }
        let number = self.state.calls.calls.get(call).map_or(0, |call| call.number);
        self.drop_leg(leg, number, Cause::NORMAL);
        self.put_together(call);
        Some(())
    }

    /// A place is given up with its leg.
    pub(crate) fn forget_place(&mut self, leg: LegId) {
        let Some(Leg { end: End::Bridge(id), .. }) = self.state.calls.legs.get(leg) else { return };
        let id = *id;
        if let Some(conference) = self.state.conferences.get_mut(id) {
            conference.places.retain(|place| place.leg != leg);
            // To three and more the engine says it.
            conference.left |= conference.places.len() <= 2 || conference.hardware.is_some();
            if conference.places.len() <= 2 {
                // Two are relayed: nobody listens who of them talks.
                conference.places.iter_mut().for_each(|place| place.talking = false);
            }
            conference.originator = conference.originator.filter(|originator| *originator != leg);
        }
        self.touch_conference(id);
    }

    /// What of the conferences does not fit together, for audits.
    pub(crate) fn audit_conferences(&self, found: &mut Vec<String>) {
        for (id, conference) in self.state.conferences.iter() {
            let legs = &self.state.calls.legs;
            let is_there = |place: &&Place| {
                legs.get(place.leg).is_some_and(|leg| matches!(leg.end, End::Bridge(of) if of == id))
            };
            if conference.places.iter().filter(is_there).count() != conference.places.len() {
                found.push(format!("{id:?} has a place that is not there"));
            }
            if conference.places.len() > CONFERENCE_PARTIES {
                found.push(format!("{id:?} has {} places", conference.places.len()));
            }
            if !self.may_persist(id) {
                found.push(format!("{id:?} should be over: {:?}", conference.places));
            }
        }
        for (leg, state) in self.state.calls.legs.iter() {
            if let End::Bridge(id) = state.end
                && self.state.conferences.get(id).is_none_or(|conference| conference.place(leg).is_none())
            {
                found.push(format!("{leg:?} is a place that {id:?} does not know"));
            }
        }
    }
}
