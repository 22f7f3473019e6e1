//! A call is answered.

use super::{Called, Cause, End, EndedBy, LegId, LegState, Party, Stage};
use crate::Exchange;
use crate::table::{CallId, StationId};

impl Exchange {
    /// A user takes a call that rings.
    pub(crate) fn answer(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let Some(at) = leg.appearance().copied().filter(|_| leg.state == LegState::RingingIn) else { return };
        if !self.state.call_backs.is_empty() && self.rings_back(id) {
            return self.call_back_answered(id);
        }
        self.make_way(at.station);
        if let Some(station) = self.state.stations.get_mut(at.station) {
            station.audio = Some(id);
        }
        self.connect(id);
    }

    /// The far end of a trunk answered, as this party.
    pub(super) fn trunk_answered(&mut self, id: LegId, party: Party) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        if leg.state != LegState::RingingIn {
            return;
        }
        let call = leg.call;
        if let End::Trunk(end) = &mut leg.end {
            end.answered = true;
        }
        if let Some(call) = self.state.calls.calls.get_mut(call)
            && !party.number.is_empty()
        {
            call.called = Called::Outside(party);
        }
        self.connect(id);
    }

    /// A phone takes up another call: the user leaves the one before, which is held if somebody is there,
    /// and ended if not.
    pub(crate) fn make_way(&mut self, station: StationId) {
        let Some(audio) = self.state.stations.get(station).and_then(|station| station.audio) else { return };
        if self.talks(station) && !self.whispers(audio) {
            self.hold_beside(audio);
        } else {
            self.end_leg(audio, Cause::NORMAL, EndedBy::Leg);
        }
    }

    /// Whether the user of a phone talks with somebody.
    pub(super) fn talks(&self, station: StationId) -> bool {
        let audio = self.state.stations.get(station).and_then(|station| station.audio);
        let leg = audio.and_then(|audio| self.state.calls.legs.get(audio));
        leg.is_some_and(|leg| leg.state == LegState::Connected)
    }

    /// Puts the caller and the leg that answered together.
    pub(crate) fn connect(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let call_id = leg.call;
        let Some(call) = self.state.calls.calls.get(call_id) else { return };
        let caller = call.caller;
        let Some(stream) = self.stream_for(caller, id) else {
            return self.end_call(call_id, Cause::NO_CODEC, EndedBy::Server);
        };
        self.before_change(caller);
        self.before_change(id);
        self.stop_others(call_id, id);
        let Some(call) = self.state.calls.calls.get_mut(call_id) else { return };
        call.stage = Stage::Connected { answered: self.now };
        call.recall = None;
        call.hunting = None;
        let whispers = call.whisper;
        call.stream = Some(stream);
        self.state.timers.cancel(call.timer.take());
        for leg in [caller, id] {
            if let Some(leg) = self.state.calls.legs.get_mut(leg) {
                leg.state = LegState::Connected;
            }
        }
        if whispers {
            return self.connect_to_speak(call_id, caller, id, stream);
        }
        // A place at the conference bridge has no stream.
        let (to_caller, to_callee) = (self.open_stream(caller, stream), self.open_stream(id, stream));
        if let Some(to_caller) = to_caller {
            self.tell_was_answered(caller, &to_caller);
        }
        if let Some(to_callee) = to_callee {
            self.tell_answered(id, &to_callee);
        }
        self.report_state(call_id, "connected");
    }

    /// The caller is heard, and hears nothing yet.
    fn connect_to_speak(&mut self, call: CallId, caller: LegId, callee: LegId, stream: super::Stream) {
        self.open_to_send(caller, stream);
        if let Some(to_callee) = self.open_stream(callee, stream) {
            self.tell_joined(caller, None);
            self.tell_answered(callee, &to_callee);
        }
        self.report_state(call, "connected");
    }

    /// The other phones that rang stop.
    fn stop_others(&mut self, call_id: crate::table::CallId, answered: LegId) {
        let Some(call) = self.state.calls.calls.get_mut(call_id) else { return };
        let number = call.number;
        let others: Vec<LegId> = call.callees.iter().copied().filter(|leg| *leg != answered).collect();
        call.callees.retain(|leg| *leg == answered);
        for other in others {
            self.drop_leg(other, number, Cause::ANSWERED_ELSEWHERE);
        }
    }
}
