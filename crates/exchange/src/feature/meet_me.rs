//! Meet-me: a conference that has a number. The MeetMe key opens it; who dials the number meanwhile is in it, after
//! its PIN where it has one. Whoever opened it can lock it, in its list.

use crate::Exchange;
use crate::call::{Called, Cause, LegId, LegState, Purpose, Stage};
use crate::input::SessionId;
use crate::limit::{FIRST_DIGIT_NS, PIN_TRIES};
use crate::station::{Stage as Session, leg as on_station};
use crate::table::{ConferenceId, StationId};

use super::conference::Kind;

impl Exchange {
    /// The MeetMe key: asks for the number of a conference to open.
    pub(crate) fn meet_me_key(&mut self, station: StationId, instance: u32) {
        if self.plan.site.features.meet_me.is_empty() {
            return;
        }
        if let Some(leg) = self.leg_for_feature(station, instance, true) {
            if let Some(leg) = self.state.calls.legs.get_mut(leg) {
                leg.purpose = Purpose::MeetMe;
            }
            self.on_phone(leg, on_station::wants_meet_me);
        }
    }

    /// Whether digits are the number of a meet-me conference.
    pub(crate) fn is_meet_me(&self, digits: &str) -> bool {
        self.plan.site.features.meet_me.contains_key(digits)
    }

    /// The conference that has a number, while it is open.
    fn meeting(&self, number: &str) -> Option<ConferenceId> {
        let mut open = self.state.conferences.iter();
        let is_it = |kind: &Kind| matches!(kind, Kind::MeetMe { number: own, .. } if own == number);
        open.find(|(_, conference)| is_it(&conference.kind)).map(|(id, _)| id)
    }

    /// A number was dialled behind the MeetMe key.
    pub(crate) fn meet_me_dialed(&mut self, id: LegId, number: &str) {
        if !self.is_meet_me(number) {
            return self.end_leg_with_tone(id, Cause::UNALLOCATED);
        }
        match self.meeting(number) {
            // Somebody was faster: he is a party like others.
            Some(_) => self.attend(id, number),
            None if !self.has_bridge() => self.end_leg_with_tone(id, Cause::NO_BRIDGE),
            None if !self.suits_bridge(id) => self.end_leg_with_tone(id, Cause::NO_CODEC),
            None => {
                let kind = Kind::MeetMe { number: number.to_owned(), locked: false };
                let conference = self.new_conference(kind, id);
                self.attended(id, conference, number, true);
            }
        }
    }

    /// Somebody dialled the number of a conference.
    pub(crate) fn attend(&mut self, id: LegId, number: &str) {
        let Some(conference) = self.meeting(number) else {
            return self.end_leg_with_tone(id, Cause::NOT_OPEN);
        };
        let locked = self.state.conferences.get(conference).is_some_and(|open| open.is_locked());
        let pin = self.plan.site.features.meet_me.get(number).and_then(|planned| planned.pin.clone());
        let is_phone = self.appearance_of(id).is_some();
        match pin {
            _ if locked => self.end_leg_with_tone(id, Cause::REJECTED),
            None => self.admitted(id, conference, number),
            Some(_) if is_phone => self.ask_pin(id, number, 0),
            // Whoever comes over a trunk has no line on which to type before he is connected.
            Some(_) => self.end_leg_with_tone(id, Cause::REJECTED),
        }
    }

    /// The user types the PIN as he would a number.
    fn ask_pin(&mut self, id: LegId, number: &str, tries: u8) {
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.purpose = Purpose::Pin { number: number.to_owned(), tries };
            leg.state = LegState::Dialing(crate::call::Dialing::default());
        }
        self.on_phone(id, |phone, shown, _| on_station::wants_pin(phone, shown, tries > 0));
        self.wait_for_digit(id, FIRST_DIGIT_NS);
    }

    /// Whether what was typed may be the whole PIN.
    pub(crate) fn is_pin_long_enough(&self, number: &str, typed: &str) -> bool {
        let pin = self.plan.site.features.meet_me.get(number).and_then(|planned| planned.pin.as_deref());
        pin.is_none_or(|pin| typed.len() >= pin.len())
    }

    /// Whether what a session's keys say now is a PIN, which nobody may keep who keeps copies of frames.
    pub fn keys_are_secret(&self, session: SessionId) -> bool {
        let Some(Session::Registered(station)) =
            self.state.sessions.get(&session).map(|session| &session.stage)
        else {
            return false;
        };
        let types_a_pin = |leg: &LegId| {
            self.state.calls.legs.get(*leg).is_some_and(|leg| matches!(leg.purpose, Purpose::Pin { .. }))
        };
        self.state.stations.get(*station).is_some_and(|station| station.legs.iter().any(types_a_pin))
    }

    /// A PIN was typed.
    pub(crate) fn pin_typed(&mut self, id: LegId, number: &str, tries: u8, typed: &str) {
        let planned = self.plan.site.features.meet_me.get(number);
        let is_right = planned.is_some_and(|planned| planned.pin.as_deref().is_none_or(|pin| pin == typed));
        match self.meeting(number) {
            None => self.end_leg_with_tone(id, Cause::NOT_OPEN),
            Some(conference) if is_right => {
                let locked = self.state.conferences.get(conference).is_some_and(|open| open.is_locked());
                if locked {
                    return self.end_leg_with_tone(id, Cause::REJECTED);
                }
                self.admitted(id, conference, number);
            }
            Some(_) if tries + 1 >= PIN_TRIES => self.end_leg_with_tone(id, Cause::REJECTED),
            Some(_) => self.ask_pin(id, number, tries + 1),
        }
    }

    fn admitted(&mut self, id: LegId, conference: ConferenceId, number: &str) {
        match self.may_admit(Some(conference), &[id]) {
            Ok(()) => self.attended(id, conference, number, false),
            Err(_) => self.end_leg_with_tone(id, Cause::NO_CIRCUIT),
        }
    }

    /// The caller is connected with a place in a conference.
    fn attended(&mut self, id: LegId, conference: ConferenceId, number: &str, begins: bool) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        leg.purpose = Purpose::Talk;
        leg.state = LegState::Proceeding;
        self.state.timers.cancel(leg.timer.take());
        let call = leg.call;
        let called = Called::Outside(self.state.conference_names(conference).party());
        if let Some(call) = self.state.calls.calls.get_mut(call) {
            call.dialed = number.to_owned();
            call.called = called;
            call.stage = Stage::Proceeding;
        }
        self.tell_proceeding(id);
        self.sit_down(id, conference, begins);
    }

    /// A caller gets a place, and is connected with it.
    pub(crate) fn sit_down(&mut self, id: LegId, conference: ConferenceId, begins: bool) {
        let Some(call) = self.state.calls.legs.get(id).map(|leg| leg.call) else { return };
        let place = self.new_place(conference, call);
        if begins && let Some(conference) = self.state.conferences.get_mut(conference) {
            conference.originator = Some(place);
        }
        if let Some(call) = self.state.calls.calls.get_mut(call) {
            call.callees.push(place);
        }
        self.connect(place);
    }

    /// Whoever opened a conference lets nobody in any more, or again.
    pub(crate) fn lock_meeting(&mut self, id: ConferenceId, by: LegId) {
        let Some(conference) = self.state.conferences.get_mut(id) else { return };
        if conference.originator == Some(by)
            && let Kind::MeetMe { locked, .. } = &mut conference.kind
        {
            *locked = !*locked;
        }
    }

    /// A trunk's caller wants the number of a conference; whether it is one.
    pub(crate) fn trunk_attends(&mut self, id: LegId, number: &str) -> bool {
        let is_one = self.is_meet_me(number);
        if is_one {
            if let Some(leg) = self.state.calls.legs.get(id)
                && let Some(call) = self.state.calls.calls.get_mut(leg.call)
            {
                call.dialed = number.to_owned();
            }
            self.attend(id, number);
        }
        is_one
    }
}
