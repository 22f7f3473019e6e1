//! Hold: the user leaves a conversation without ending it. Its streams are closed, both ways; the other
//! side stays connected and hears music where a media engine plays some, else silence. A phone reminds its
//! user of a call that is held for long, if the site wants that.

use crate::Exchange;
use crate::call::{LegId, LegState};
use crate::station::leg as on_station;
use crate::timer::Timer;

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

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
        if self.state.place_with_guest(id).is_some_and(|place| place.is_of_host()) {
            self.dismiss_guest(id);
        }
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        if leg.state != LegState::Connected {
            return;
        }
        let Some(at) = leg.appearance().copied() else { return };
        if self.whispers(id) {
            return;
        }
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
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
        self.remind_later(id);
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
            leg.reminded = false;
            self.state.timers.cancel(leg.timer.take());
        }
        let other = self.other_leg(id);
        other.into_iter().for_each(|other| self.before_change(other));
        match other.filter(|other| self.is_talking(*other)) {
            Some(other) => {
                self.stop_music(other);
                self.reopen(id, other);
            }
            None => {
                self.on_phone(id, |phone, shown, _| on_station::resumed(phone, shown, None));
                // The other one holds, too: now this one hears the music.
                self.play_music(id);
            }
        }
    }

    pub(crate) fn is_talking(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| leg.state == LegState::Connected)
    }

    /// Opens the streams anew, with new names.
    fn reopen(&mut self, id: LegId, other: LegId) {
        let Some(stream) = self.stream_of(id) else { return };
        self.close_media(other);
        // A place at the conference bridge has no stream.
        let (mine, theirs) = (self.open_stream(id, stream), self.open_stream(other, stream));
        if let Some(mine) = mine {
            self.on_phone(id, |phone, shown, _| on_station::resumed(phone, shown, Some(&mine)));
        }
        if let Some(theirs) = theirs {
            self.tell_open(other, &theirs);
        }
    }

    fn remind_later(&mut self, id: LegId) {
        let secs = self.plan.site.features.hold_reminder_secs;
        let at = self.after(u64::from(secs) * SECOND_NS);
        if let Some(leg) = self.state.calls.legs.get_mut(id).filter(|_| secs > 0) {
            self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        }
    }

    /// A call is held for long: its phone rings once, or sounds a tone where its user talks with somebody else.
    pub(crate) fn remind_of_held(&mut self, id: LegId) {
        self.before_change(id);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        leg.reminded = true;
        let station = leg.appearance().map(|at| at.station);
        let audio = station.and_then(|station| self.state.stations.get(station)?.audio);
        self.on_phone(id, |phone, shown, _| on_station::hold_reminder(phone, shown, audio.is_some()));
        if let Some(audio) = audio {
            self.on_phone(audio, on_station::call_waits);
        }
        self.remind_later(id);
    }
}
