//! Calls and legs end: by a user, by the other side, by a limit.

use EndedBy as By;

use super::{Cause, End, LegId, LegState, PendingStatistics, Purpose, Receiving, Stage};
use crate::Exchange;
use crate::limit::{STATISTICS_NS, TONE_NS};
use crate::station::{Ending, media as stream_at};
use crate::table::{CallId, LineId, StationId};
use crate::timer::Timer;

/// Who ended a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedBy {
    /// Whoever is at that leg.
    Leg,
    /// The caller.
    Caller,
    /// The callee.
    Callee,
    /// We did.
    Server,
}

impl EndedBy {
    /// As records have it.
    pub(super) fn words(self) -> &'static str {
        match self {
            EndedBy::Caller => "caller",
            EndedBy::Leg | EndedBy::Callee => "callee",
            EndedBy::Server => "server",
        }
    }
}

impl Exchange {
    /// Ends a leg, and what depends on it: the call with the caller or with the callee who answered, a
    /// single ringing phone without them.
    pub(crate) fn end_leg(&mut self, id: LegId, cause: Cause, by: EndedBy) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let call_id = leg.call;
        let Some(call) = self.state.calls.calls.get_mut(call_id) else {
            // Only a tone was left of it.
            return self.drop_leg(id, 0, cause);
        };
        let by = match by {
            By::Leg if call.caller == id => By::Caller,
            By::Leg => By::Callee,
            by => by,
        };
        if call.caller == id || matches!(call.stage, Stage::Connected { .. }) {
            return self.end_call(call_id, cause, by);
        }
        call.callees.retain(|callee| *callee != id);
        let (number, last) = (call.number, call.callees.is_empty());
        self.drop_leg(id, number, cause);
        if last {
            self.fail_call(call_id, cause, by);
        }
    }

    /// Ends a call and all its legs.
    pub(crate) fn end_call(&mut self, id: CallId, cause: Cause, by: EndedBy) {
        let Some(call) = self.finish(id, cause, by) else { return };
        let talked = matches!(call.stage, Stage::Connected { .. });
        for leg in std::iter::once(call.caller).chain(call.callees) {
            let hung_up = (by == By::Caller) == (leg == call.caller);
            if talked && !hung_up && self.is_analogue(leg) {
                self.hear_tone(leg, call.number, Cause::NORMAL);
            } else {
                self.drop_leg(leg, call.number, cause);
            }
        }
    }

    fn is_analogue(&self, id: LegId) -> bool {
        let at = self.state.calls.legs.get(id).and_then(|leg| leg.appearance());
        let station = at.and_then(|at| self.state.stations.get(at.station));
        station.is_some_and(|station| station.profile.is_analogue() && station.session.is_some())
    }

    /// A call did not come about: the caller hears why, whoever rang stops.
    pub(crate) fn fail_call(&mut self, id: CallId, cause: Cause, by: EndedBy) {
        if self.hunts_on(id) || self.recalled(id) {
            return;
        }
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let (caller, number) = (call.caller, call.number);
        let is_phone =
            self.state.calls.legs.get(caller).is_some_and(|leg| matches!(leg.end, End::Station(_)));
        if is_phone {
            // While the call is still there, for its caller id.
            self.hear_tone(caller, number, cause);
        }
        let Some(call) = self.finish(id, cause, by) else { return };
        for callee in call.callees {
            self.drop_leg(callee, call.number, cause);
        }
        if !is_phone {
            self.drop_leg(caller, call.number, cause);
        }
    }

    /// The leg of a call that is over goes on as a tone, until its user hangs up or has heard enough.
    fn hear_tone(&mut self, id: LegId, call: u64, cause: Cause) {
        self.before_change(id);
        self.end_tape(id);
        // A 7910 plays no tone while a receive channel is open (quirk 50).
        self.close_stream(id, call);
        let at = self.after(TONE_NS);
        let back = self.call_back_for(id, cause);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        if let Some(line) = back {
            leg.purpose = Purpose::CallBack { line };
        }
        leg.state = LegState::Failed(cause);
        self.state.timers.cancel(leg.tone.take());
        self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        if !self.announce(id, cause) {
            self.tell_failed(id, cause);
        }
    }

    /// The line that a caller may be called back from, when he hears that it is busy or does not answer.
    fn call_back_for(&self, id: LegId, cause: Cause) -> Option<LineId> {
        let leg = self.state.calls.legs.get(id).filter(|leg| leg.outbound)?;
        let call = self.state.calls.calls.get(leg.call).filter(|call| call.caller == id)?;
        let has_features = leg.appearance().is_some_and(|at| self.has_features(at.station));
        let is_worth = matches!(cause, Cause::BUSY | Cause::NO_ANSWER) && leg.purpose == Purpose::Talk;
        self.state.line_of(call).filter(|_| is_worth && has_features)
    }

    /// Closes the stream of a leg and asks for its counters.
    pub(crate) fn close_stream(&mut self, id: LegId, call: u64) {
        let srtp = self.srtp_at(id);
        self.close_media(id);
        let at = self.after(STATISTICS_NS);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let counts = std::mem::take(&mut leg.had_media);
        let Some(at_phone) = leg.appearance().copied().filter(|_| counts) else { return };
        if self.state.stations.get(at_phone.station).is_none_or(|station| station.session.is_none()) {
            return;
        }
        let timer = self.state.timers.set(at, Timer::Statistics(at_phone.reference));
        let pending = PendingStatistics { call, station: at_phone.station, timer, srtp, leg_gone: false };
        self.state.statistics.insert(at_phone.reference, pending);
        self.on_phone(id, |phone, shown, _| stream_at::ask_counters(phone, shown));
    }

    /// Closes the stream of a leg: for good, or while it is held.
    pub(crate) fn close_media(&mut self, id: LegId) {
        self.end_copies(id);
        self.close_order(id);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        if let Some(media) = leg.media.take() {
            self.state.timers.cancel(leg.timer.take());
            self.state.parties.give_back(media.party);
            if matches!(media.receiving, Receiving::Group(_)) {
                self.on_phone(id, |phone, shown, _| stream_at::leave_group(phone, shown, media.party));
            } else if media.receiving == Receiving::Not {
                self.on_phone(id, |phone, shown, _| stream_at::stop_sending(phone, shown, media.party));
            } else {
                self.tell_close(id, media.party);
            }
            self.note_closed(id, media.party);
        }
    }

    /// A leg is over: its end is told, and everything about it goes.
    pub(crate) fn drop_leg(&mut self, id: LegId, call: u64, cause: Cause) {
        self.before_change(id);
        let party = self.state.calls.legs.get(id).and_then(|leg| Some(leg.media.as_ref()?.party));
        self.end_tape(id);
        self.close_stream(id, call);
        self.note_end(id, party);
        self.forget_parked(id);
        self.forget_place(id);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        self.state.timers.cancel(leg.timer.take());
        self.state.timers.cancel(leg.tone.take());
        let (rang, reminded) = (leg.state == LegState::RingingIn, leg.reminded);
        let Some(at) = leg.appearance().copied() else {
            self.tell_released(id, &Ending { rang, reminded, cause, lamp_of: None });
            self.state.calls.legs.remove(id);
            return;
        };
        let had_audio = self.leave_station(id, &at);
        self.state.lines.end_leg(at.line, id);
        let lamp_of = self.legs_on_line(at.station, at.instance);
        self.tell_released(id, &Ending { rang, reminded, cause, lamp_of });
        self.state.calls.legs.remove(id);
        self.release_reference(at.reference);
        self.leg_left(at.station, had_audio, rang);
        if rang {
            // The call may be one on a line that it shows, and which it saw as its own until now.
            self.touch_lines_of(at.station);
        }
    }

    /// Takes a leg off its phone; whether the user listened to it.
    fn leave_station(&mut self, id: LegId, at: &super::Appearance) -> bool {
        let Some(station) = self.state.stations.get_mut(at.station) else { return false };
        station.legs.retain(|leg| *leg != id);
        let had_audio = station.audio == Some(id);
        if had_audio {
            station.audio = None;
        }
        had_audio
    }

    /// A reference is free, unless counters are awaited under it.
    pub(crate) fn release_reference(&mut self, reference: u32) {
        match self.state.statistics.get_mut(&reference) {
            Some(pending) => pending.leg_gone = true,
            None => self.state.references.give_back(reference),
        }
    }

    /// Counters came, or did not come in time.
    pub(crate) fn statistics_settled(&mut self, reference: u32) -> Option<PendingStatistics> {
        let pending = self.state.statistics.remove(&reference)?;
        self.state.timers.cancel(Some(pending.timer));
        if pending.leg_gone {
            self.state.references.give_back(reference);
        }
        Some(pending)
    }

    /// Counters did not come in time.
    pub(crate) fn statistics_due(&mut self, reference: u32) {
        self.statistics_settled(reference);
    }

    /// A phone is gone, and with it the counters that it was asked for.
    pub(crate) fn forget_statistics_of(&mut self, station: StationId) {
        let pending = self.state.statistics.iter().filter(|(_, pending)| pending.station == station);
        let references: Vec<u32> = pending.map(|(reference, _)| *reference).collect();
        for reference in references {
            self.statistics_settled(reference);
        }
    }

    /// An operator ends a call.
    pub(crate) fn hang_up_call(&mut self, number: u64) -> Result<String, String> {
        let found = self.state.calls.calls.iter().find(|(_, call)| call.number == number).map(|(id, _)| id);
        let Some(id) = found else { return Err(format!("there is no call {number}")) };
        self.end_call(id, Cause::NORMAL, EndedBy::Server);
        Ok(format!("call {number} ended"))
    }
}
