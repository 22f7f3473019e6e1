//! Barge: on a shared line a user steps into the call of another phone; all are mixed. With Barge he is a guest: the
//! two whose call it was go on seeing each other, he sees "Barge", nobody brings others in, and a second guest is
//! refused. When either of the two leaves, it is over for all; when the phone stepped into holds, transfers, parks or
//! confers, it is over for the guest. With cBarge it becomes a conference like any other, and all see that. (Cisco's
//! guide of the 7960 and 7940, chapter 4; of the 7921; CallManager 4.0 features: Barge and Privacy.) Privacy: a phone whose user wants it shows the other phones of its lines nothing of its calls, so
//! nobody can step in or take over.

use crate::Exchange;
use crate::call::{Appearance, Called, Cause, End, EndedBy, LegId, LegState};
use crate::output::Output;
use crate::station::leg as on_station;
use crate::table::{ConferenceId, StationId};

use super::conference::{Kind, Refusal};
use super::{Remote, Seen};

/// What privacy is remembered under.
const KEY: &str = "privacy/";

impl Exchange {
    /// The Barge or cBarge key, for a call of another phone.
    pub(crate) fn barge(&mut self, station: StationId, remote: &Remote, as_conference: bool) {
        if let Err(refusal) = self.may_barge(station, remote, as_conference) {
            return self.answer_request(station, |phone, _| on_station::barge_refused(phone, refusal));
        }
        let there = self.state.conference_at(remote.leg).map(|(id, _)| id);
        if as_conference {
            self.becomes_conference(there);
        }
        let kind = if as_conference { Kind::AdHoc } else { Kind::Barge };
        let Some(conference) = there.or_else(|| self.found(kind, remote.leg)) else { return };
        self.make_way(station);
        let Some(leg) = self.leg_of_remote(station, remote) else { return };
        let called = Called::Outside(self.state.conference_names(conference).party());
        let call = self.state.calls.legs.get(leg).map(|leg| leg.call);
        if let Some(call) = call.and_then(|call| self.state.calls.calls.get_mut(call)) {
            call.called = called;
        }
        self.on_phone(leg, |phone, shown, _| on_station::steps_in(phone, shown));
        self.sit_down(leg, conference, false);
        if let Some(state) = self.state.calls.legs.get(remote.leg)
            && let Some(at) = state.appearance()
        {
            self.touch_line(at.line);
        }
    }

    /// A conference that came about by a guest becomes one like any other: those in it see that.
    fn becomes_conference(&mut self, id: Option<ConferenceId>) {
        let Some(id) = id else { return };
        match self.state.conferences.get_mut(id) {
            Some(conference) if conference.kind == Kind::Barge => conference.kind = Kind::AdHoc,
            _ => return,
        }
        let called = Called::Outside(self.state.conference_names(id).party());
        for party in self.parties(id) {
            let call = self.state.calls.legs.get(party).filter(|leg| leg.outbound).map(|leg| leg.call);
            if let Some(call) = call.and_then(|call| self.state.calls.calls.get_mut(call)) {
                call.called = called.clone();
            }
            self.on_phone(party, on_station::other_party);
        }
    }

    /// One of the two whose call a guest stepped into does something with it that concerns the two only: the guest is
    /// out of it.
    pub(crate) fn dismiss_guest(&mut self, id: LegId) {
        if !self.state.place_with_guest(id).is_some_and(|place| place.is_of_call_stepped_into()) {
            return;
        }
        let Some((conference, _)) = self.state.conference_at(id) else { return };
        let guests: Vec<LegId> =
            self.parties(conference).into_iter().filter(|party| self.state.is_guest(*party)).collect();
        for guest in guests {
            self.end_leg(guest, Cause::NORMAL, EndedBy::Server);
        }
        self.settle_conferences();
    }

    fn may_barge(&self, station: StationId, remote: &Remote, as_conference: bool) -> Result<(), Refusal> {
        let leg = self.state.calls.legs.get(remote.leg).ok_or(Refusal::Unfit)?;
        if leg.state != LegState::Connected || remote.shown != Seen::InUse {
            return Err(Refusal::Unfit);
        }
        let there = self.state.conference_at(remote.leg).map(|(id, _)| id);
        if there.is_none() && !self.has_bridge() {
            return Err(Refusal::NoBridge);
        }
        if !as_conference && self.state.place_with_guest(remote.leg).is_some() {
            return Err(Refusal::GuestThere);
        }
        let other = self.other_leg(remote.leg).ok_or(Refusal::Unfit)?;
        let comers = if there.is_some() { vec![] } else { vec![remote.leg, other] };
        let is_in = |leg: &LegId| self.appearance_of(*leg).is_some_and(|at| at.station == station);
        let parties = there.map_or_else(Vec::new, |id| self.parties(id));
        let calls = self.state.calls.calls.len() >= crate::limit::CALLS_MAX;
        if parties.len() + comers.len() >= self.conference_room(there) || calls || self.state.draining {
            return Err(Refusal::Full);
        }
        if parties.iter().chain(&comers).any(is_in) {
            return Err(Refusal::AlreadyIn);
        }
        let codecs = self.state.stations.get(station).map_or(&[][..], |station| &station.codecs);
        if !self.can_mix(codecs) {
            return Err(Refusal::Unfit);
        }
        self.may_admit(there, &comers)
    }

    /// A leg of its own for a phone that shows the call of another one, under the name that this has there.
    fn leg_of_remote(&mut self, station: StationId, remote: &Remote) -> Option<LegId> {
        let line = self.appearance_of(remote.leg)?.line;
        let at = Appearance {
            station,
            line,
            instance: remote.instance,
            reference: remote.reference,
            call_instance: remote.call_instance,
        };
        let state = self.state.stations.get_mut(station)?;
        state.remotes.retain(|known| known.reference != remote.reference);
        let leg = self.new_call_of(End::Station(at), LegState::Proceeding, Some(at.reference));
        let state = self.state.stations.get_mut(station)?;
        state.legs.push(leg);
        state.audio = Some(leg);
        self.state.lines.begin_leg(line, leg);
        Some(leg)
    }

    /// The Private key: on, and off again.
    pub(crate) fn privacy_key(&mut self, id: StationId) {
        let Some(device) = self.state.stations.get(id).map(|station| station.device.clone()) else { return };
        let is_on = self.state.private.insert(device.clone());
        if !is_on {
            self.state.private.remove(&device);
        }
        let value = is_on.then(|| "on".to_owned());
        self.out.push(Output::Remember { key: format!("{KEY}{device}"), value });
        self.answer_request(id, |phone, _| on_station::privacy(phone, is_on));
        self.touch_lines_of(id);
        self.light_buttons(id);
    }

    /// It was remembered before the start.
    pub(crate) fn recall_privacy(&mut self, key: &str) {
        let Some(device) = key.strip_prefix(KEY) else { return };
        self.state.private.insert(device.to_owned());
        if let Some(station) = self.state.devices.get(device).copied() {
            self.touch_lines_of(station);
        }
    }

    /// Devices that the plan has no longer need no privacy.
    pub(crate) fn sweep_privacy(&mut self) {
        let devices = &self.plan.devices;
        let gone: Vec<String> =
            self.state.private.iter().filter(|device| !devices.contains_key(*device)).cloned().collect();
        for device in gone {
            self.state.private.remove(&device);
            self.out.push(Output::Remember { key: format!("{KEY}{device}"), value: None });
        }
    }
}
