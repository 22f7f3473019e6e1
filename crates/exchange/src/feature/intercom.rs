//! Intercom: a button that speaks to a phone at once. That phone answers by itself, with its speaker. Unless the
//! button is set to two-way, its user is not heard before he lifts the handset or presses the line's button: it
//! is not his microphone that is muted, his phone is not told where to send.
//!
//! A phone that is in a call or is not to be disturbed does not answer by itself: there it rings.

use crate::Exchange;
use crate::call::{LegId, LegState, Purpose, Stage};
use crate::station::leg as on_station;
use crate::table::{CallId, StationId};

impl Exchange {
    /// An intercom button was pressed.
    pub(crate) fn intercom(&mut self, station: StationId, number: &str, two_way: bool) {
        if self.audio_leg(station).is_some_and(|leg| self.talks_back(leg)) || !self.has_features(station) {
            return;
        }
        let purpose = Purpose::Intercom { two_way };
        if let Some(leg) = self.begin_call_for(station, 1, false, purpose) {
            self.dial_rest(leg, number);
        }
    }

    /// A call was offered: where it is an intercom call, the phone answers by itself.
    pub(crate) fn answers_by_itself(&mut self, id: CallId) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let caller = call.caller;
        let Some(Purpose::Intercom { two_way }) =
            self.state.calls.legs.get(caller).map(|leg| leg.purpose.clone())
        else {
            return;
        };
        let Some((leg, station)) = call.callees.iter().find_map(|leg| self.may_speak_to(caller, *leg)) else {
            return;
        };
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.whisper = !two_way;
        }
        if let Some(station) = self.state.stations.get_mut(station) {
            station.audio = Some(leg);
        }
        self.connect(leg);
    }

    /// The phone of a leg, when its user may be spoken to.
    fn may_speak_to(&self, caller: LegId, id: LegId) -> Option<(LegId, StationId)> {
        let at = self.appearance_of(id)?;
        let station = self.state.stations.get(at.station)?;
        let is_free = station.legs.as_slice() == [id] && self.quiet(at.station).is_none();
        (is_free && self.suits(at.station, caller)).then_some((id, at.station))
    }

    /// Whether one side of the call of a leg is not heard yet.
    pub(crate) fn whispers(&self, id: LegId) -> bool {
        let leg = self.state.calls.legs.get(id);
        let call = leg.and_then(|leg| self.state.calls.calls.get(leg.call));
        call.is_some_and(|call| call.whisper && matches!(call.stage, Stage::Connected { .. }))
    }

    /// Whoever is spoken to wants to be heard, too; whether he is one.
    pub(crate) fn talks_back(&mut self, id: LegId) -> bool {
        if !self.whispers(id) {
            return false;
        }
        let Some(leg) = self.state.calls.legs.get(id).filter(|leg| leg.state == LegState::Connected) else {
            return false;
        };
        let call_id = leg.call;
        let Some(call) = self.state.calls.calls.get_mut(call_id).filter(|call| call.caller != id) else {
            return false;
        };
        call.whisper = false;
        let caller = call.caller;
        self.before_change(caller);
        self.open_late(caller);
        for leg in [caller, id] {
            self.on_phone(leg, |phone, shown, _| on_station::heard_both_ways(phone, shown));
        }
        true
    }
}
