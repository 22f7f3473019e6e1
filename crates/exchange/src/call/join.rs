//! Legs move between calls: a leg takes the place of another one in its call. Transfer, pickup, the return
//! of a parked call are all this one move; what differs is which leg moves and what its phone is told.

use super::verb::PARKED;
use super::{Called, Cause, End, EndedBy, Leg, LegId, LegState, Party, Stage, codec};
use crate::Exchange;
use crate::feature::CONFERENCE;
use crate::station::leg as on_station;
use crate::table::{CallId, StationId};

impl Exchange {
    /// `new` takes the place of `old` in the call of `old`. The call that `new` leaves is over, and with it
    /// whoever else was in it; so is `old`, with a cause. Streams are closed; [`Exchange::put_together`] opens new ones.
    pub(crate) fn take_place(&mut self, new: LegId, old: LegId, cause: Cause) -> Option<CallId> {
        let left = self.state.calls.legs.get(new)?.call;
        let joined = self.state.calls.legs.get(old)?.call;
        self.show_all_carried(left);
        self.show_all_carried(joined);
        self.close_streams_of(left);
        self.close_streams_of(joined);
        let reference = self.state.calls.legs.get(new)?.appearance().map(|at| at.reference);
        let call = self.state.calls.calls.get_mut(left)?;
        call.references.retain(|known| Some(*known) != reference);
        let went_on_as = self.state.calls.calls.get(joined)?.number;
        let over = self.finish_as(left, Cause::NORMAL, EndedBy::Server, Some(went_on_as))?;
        for leg in std::iter::once(over.caller).chain(over.callees).filter(|leg| *leg != new) {
            self.drop_leg(leg, over.number, Cause::NORMAL);
        }
        self.seat(new, old, joined, reference)?;
        self.drop_leg(old, went_on_as, cause);
        Some(joined)
    }

    /// A leg sits down in a call where another one was.
    pub(crate) fn seat(&mut self, new: LegId, old: LegId, id: CallId, reference: Option<u32>) -> Option<()> {
        let leg = self.state.calls.legs.get_mut(new)?;
        leg.call = id;
        let bridge = match leg.end {
            End::Bridge(conference) => Some(conference),
            _ => None,
        };
        let (who, leg_call) = (who_is(leg), leg.call);
        let who = bridge.map_or(who, |id| Called::Outside(self.state.names_at_place(id, leg_call).party()));
        let call = self.state.calls.calls.get_mut(id)?;
        call.references.extend(reference);
        if call.caller == old {
            call.caller = new;
        } else {
            call.callees.iter_mut().filter(|callee| **callee == old).for_each(|callee| *callee = new);
            call.called = who;
        }
        Some(())
    }

    fn show_all_carried(&mut self, id: CallId) {
        for leg in self.legs_of(id) {
            self.before_change(leg);
        }
    }

    fn close_streams_of(&mut self, id: CallId) {
        for leg in self.legs_of(id) {
            self.close_media(leg);
        }
    }

    /// The legs of a call, the caller first.
    pub(crate) fn legs_of(&self, id: CallId) -> Vec<LegId> {
        let call = self.state.calls.calls.get(id);
        call.map_or_else(Vec::new, |call| std::iter::once(call.caller).chain(call.callees.clone()).collect())
    }

    /// The parties of a call have changed: those who talk hear each other from now on, who waits for an
    /// answer hears that it rings, and each sees who the other is.
    pub(crate) fn put_together(&mut self, id: CallId) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let caller = call.caller;
        match (call.stage, call.callees.first().copied()) {
            (Stage::Connected { .. }, Some(callee)) => self.connect_again(id, caller, callee),
            (Stage::Proceeding | Stage::Ringing, _) => {
                if let Some(leg) = self.state.calls.legs.get_mut(caller) {
                    leg.state = LegState::RingingOut;
                }
                self.tell_alerting(caller);
                for callee in self.legs_of(id).into_iter().skip(1) {
                    self.on_phone(callee, |phone, shown, _| on_station::other_caller(phone, shown));
                }
            }
            _ => {}
        }
    }

    fn connect_again(&mut self, id: CallId, caller: LegId, callee: LegId) {
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.whisper = false;
        }
        let Some(stream) = self.stream_for(caller, callee) else {
            return self.end_call(id, Cause::NO_CODEC, EndedBy::Server);
        };
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.stream = Some(stream);
        }
        let talks =
            |leg: LegId| self.state.calls.legs.get(leg).is_some_and(|leg| leg.state == LegState::Connected);
        let both = talks(caller) && talks(callee);
        for leg in [caller, callee] {
            let media = if both { self.open_stream(leg, stream) } else { None };
            self.tell_joined(leg, media.as_ref());
        }
        self.report_state(id, "connected");
    }

    /// The codec of a call whose party moved to another phone.
    pub(crate) fn choose_again(&mut self, id: LegId) {
        let Some(other) = self.other_leg(id) else { return };
        let policy = self.policy_between(self.region_at(id), self.region_at(other));
        let stream = codec::common_by(&policy, self.codecs_at(id), self.codecs_at(other));
        if let Some(leg) = self.state.calls.legs.get(id)
            && let Some(call) = self.state.calls.calls.get_mut(leg.call)
        {
            call.stream = stream;
        }
    }

    /// Whether a phone has a codec that whoever is at a leg has, too.
    pub(crate) fn suits(&self, station: StationId, other: LegId) -> bool {
        let codecs = self.state.stations.get(station).map_or(&[][..], |station| &station.codecs);
        let policy = self.policy_between(self.region_of(station), self.region_at(other));
        codec::common_by(&policy, codecs, self.codecs_at(other)).is_some()
    }

    /// Whether two legs have a codec in common.
    pub(crate) fn have_common_codec(&self, one: LegId, other: LegId) -> bool {
        self.stream_for(one, other).is_some()
    }

    /// Whether a leg goes over a trunk.
    pub(crate) fn is_outside(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| matches!(leg.end, End::Trunk(_)))
    }
}

/// Whom a call goes to that has reached this leg.
fn who_is(leg: &Leg) -> Called {
    match &leg.end {
        End::Station(at) => Called::Line(at.line),
        End::Trunk(trunk) => Called::Outside(trunk.party.clone()),
        End::CallBack { line } => Called::Line(*line),
        End::Park(park) => Called::Outside(Party { number: park.slot.clone(), name: PARKED.into() }),
        End::Bridge(_) => Called::Outside(Party { number: String::new(), name: CONFERENCE.into() }),
    }
}
