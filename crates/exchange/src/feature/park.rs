//! Park: a call waits under a number from which any phone can take it. In the call a parked leg stands in the
//! place of whoever parked it; it holds the other party, who hears music where there is some. Who parks into a
//! number of his choice transfers there. A call that nobody takes rings at who parked it.

use crate::Exchange;
use crate::call::{Appearance, Cause, End, EndedBy, Leg, LegId, LegState, ParkEnd, Stage};
use crate::station::leg as on_station;
use crate::table::CallId;
use crate::timer::Timer;

use super::Recall;

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

impl Exchange {
    /// The Park key: the first free number.
    pub(crate) fn park(&mut self, id: LegId) {
        self.dismiss_guest(id);
        let slots = self.plan.site.features.park_slots.iter();
        let free = slots.clone().find(|slot| !self.state.parked.contains_key(*slot)).cloned();
        match free.filter(|_| self.may_be_parked(id)) {
            Some(slot) => self.park_in(id, slot),
            None => self.on_phone(id, on_station::no_park_number),
        }
    }

    /// Whether a leg is a conversation with somebody who is not parked already.
    fn may_be_parked(&self, id: LegId) -> bool {
        let talks = self.state.calls.legs.get(id).is_some_and(|leg| {
            matches!(leg.state, LegState::Connected | LegState::Held) && leg.appearance().is_some()
        });
        // A conference does not wait for somebody.
        talks
            && !self.whispers(id)
            && self.other_leg(id).is_some_and(|other| !self.is_parked(other) && !self.is_place(other))
    }

    /// Whether a leg is a place where a call is parked.
    pub(crate) fn is_parked(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| matches!(leg.end, End::Park(_)))
    }

    fn park_in(&mut self, id: LegId, slot: String) {
        let Some(at) = self.appearance_of(id) else { return };
        let (Some(call), Some(other)) =
            (self.state.calls.legs.get(id).map(|leg| leg.call), self.other_leg(id))
        else {
            return;
        };
        self.before_change(id);
        self.before_change(other);
        self.close_media(id);
        self.close_media(other);
        let by = Recall { station: at.station, line: at.line, instance: at.instance };
        let end = End::Park(ParkEnd { slot: slot.clone(), by });
        let parked = self.state.calls.legs.insert(Leg::new(call, end, LegState::Held));
        self.state.parked.insert(slot.clone(), parked);
        self.seat(parked, id, call, None);
        let number = self.state.calls.calls.get(call).map_or(0, |call| call.number);
        self.drop_leg(id, number, Cause::NORMAL);
        self.answer_request(at.station, |phone, _| on_station::parked_at(phone, &slot));
        self.tell_joined(other, None);
        self.play_music(other);
        self.revert_later(parked);
    }

    fn revert_later(&mut self, parked: LegId) {
        let secs = self.plan.site.features.park_reversion_secs.max(1);
        let at = self.after(u64::from(secs) * SECOND_NS);
        if let Some(leg) = self.state.calls.legs.get_mut(parked) {
            self.state.timers.reset(&mut leg.timer, at, Timer::Leg(parked));
        }
    }

    /// What was dialled on a leg is a number for parked calls: whoever waits there is taken, or the call that its
    /// user holds is parked there.
    pub(crate) fn slot_dialed(&mut self, id: LegId, slot: &str) {
        let parked = self.state.parked.get(slot).copied();
        let held = self.state.calls.legs.get(id).and_then(|leg| self.state.consulted_for(leg));
        match (parked, held) {
            (None, Some(first)) if self.may_be_parked(first) => {
                self.end_leg(id, Cause::NORMAL, EndedBy::Leg);
                self.park_in(first, slot.to_owned());
            }
            (Some(_), Some(_)) => self.end_leg_with_tone(id, Cause::BUSY),
            (Some(parked), None) => self.retrieve(id, parked),
            (None, _) => self.end_leg_with_tone(id, Cause::NOTHING_PARKED),
        }
    }

    pub(crate) fn is_held(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| leg.state == LegState::Held)
    }

    fn retrieve(&mut self, id: LegId, parked: LegId) {
        let Some(other) = self.other_leg(parked) else { return };
        let own = self.appearance_of(id).map(|at| at.station);
        if self.appearance_of(other).map(|at| at.station) == own || !self.have_common_codec(other, id) {
            return self.end_leg_with_tone(id, Cause::NOTHING_PARKED);
        }
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.state = LegState::Connected;
        }
        if let Some(call) = self.take_place(id, parked, Cause::NORMAL) {
            self.put_together(call);
        }
    }

    /// A call was parked for long: it rings at who parked it. When that can't be it waits on.
    pub(crate) fn park_due(&mut self, parked: LegId) {
        if !self.reverted(parked) {
            self.revert_later(parked);
        }
    }

    fn reverted(&mut self, parked: LegId) -> bool {
        let Some(Leg { end: End::Park(end), call, .. }) = self.state.calls.legs.get(parked) else {
            return true;
        };
        let (by, call) = (end.by, *call);
        let Some(other) = self.other_leg(parked) else { return false };
        if !self.is_talking(other) || !self.can_recall(other, &by) {
            return false;
        }
        self.close_media(other);
        self.wait_for_answer(call, other, parked);
        self.offer_again(call, &by, Cause::NORMAL)
    }

    /// Somebody who was connected waits for an answer.
    fn wait_for_answer(&mut self, id: CallId, waits: LegId, parked: LegId) {
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.caller = waits;
            call.callees = vec![parked];
            call.stage = Stage::Ringing;
        }
        if let Some(leg) = self.state.calls.legs.get_mut(waits) {
            leg.state = LegState::RingingOut;
        }
    }

    fn can_recall(&self, caller: LegId, by: &Recall) -> bool {
        let shows = |line: &crate::plan::LineState| line.shown_by.contains(&(by.station, by.instance));
        self.state.lines.get(by.line).is_some_and(shows)
            && self.objection(caller, by.station, by.instance).is_none()
    }

    /// What is neither a phone nor a trunk is over: a number for parked calls is free again, a call back is over.
    pub(crate) fn forget_parked(&mut self, id: LegId) {
        match self.state.calls.legs.get(id).map(|leg| &leg.end) {
            Some(End::Park(end)) => {
                self.state.parked.remove(&end.slot);
            }
            Some(End::CallBack { .. }) => self.call_back_left(id),
            _ => {}
        }
    }

    /// Where a leg appears, for features that move it.
    pub(crate) fn appearance_of(&self, id: LegId) -> Option<Appearance> {
        self.state.calls.legs.get(id)?.appearance().copied()
    }
}
