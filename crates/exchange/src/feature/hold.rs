//! Hold: the user leaves a conversation without ending it. Its streams are closed, both ways; the other
//! side stays connected and, as long as there is no music, hears silence.

use crate::Exchange;
use crate::call::{LegId, LegState};
use crate::station::leg as on_station;

impl Exchange {
    /// The user puts the other side on hold.
    pub(crate) fn hold(&mut self, id: LegId) {
        self.leave(id, true);
    }

    /// The same because the user of the phone takes up another call: the speaker stays on for it.
    pub(crate) fn hold_beside(&mut self, id: LegId) {
        self.leave(id, false);
    }

    fn leave(&mut self, id: LegId, speaker_off: bool) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        if leg.state != LegState::Connected {
            return;
        }
        let Some(at) = leg.appearance().copied() else { return };
        leg.state = LegState::Held;
        self.close_both(id);
        if let Some(station) = self.state.stations.get_mut(at.station)
            && station.audio == Some(id)
        {
            station.audio = None;
        }
        self.on_phone(id, |phone, shown, _| on_station::held(phone, shown, speaker_off));
        if let Some(other) = self.other_leg(id) {
            self.play_music(other);
        }
    }

    fn close_both(&mut self, id: LegId) {
        self.other_leg(id).into_iter().for_each(|other| self.before_change(other));
        self.close_media(id);
        if let Some(other) = self.other_leg(id) {
            self.close_media(other);
        }
    }

    /// The user takes the other side back.
    pub(crate) fn resume(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let Some(at) = leg.appearance().copied().filter(|_| leg.state == LegState::Held) else { return };
        self.make_way(at.station);
        if let Some(station) = self.state.stations.get_mut(at.station) {
            station.audio = Some(id);
        }
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.state = LegState::Connected;
        }
        let other = self.other_leg(id);
        other.into_iter().for_each(|other| self.before_change(other));
        let talks = |other: LegId| {
            self.state.calls.legs.get(other).is_some_and(|leg| leg.state == LegState::Connected)
        };
        match other.filter(|other| talks(*other)) {
            Some(other) => {
                self.stop_music(other);
                self.reopen(id, other);
            }
            None => self.on_phone(id, |phone, shown, _| on_station::resumed(phone, shown, None)),
        }
    }

    /// Opens the streams anew, with new names.
    fn reopen(&mut self, id: LegId, other: LegId) {
        let Some(stream) = self.stream_of(id) else { return };
        if let (Some(mine), Some(theirs)) = (self.open_stream(id, stream), self.open_stream(other, stream)) {
            self.on_phone(id, |phone, shown, _| on_station::resumed(phone, shown, Some(&mine)));
            self.tell_open(other, &theirs);
        }
    }
}
