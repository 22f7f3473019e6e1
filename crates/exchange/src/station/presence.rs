//! A device comes, is idle, stays away: what happens to its screen and its legs.

use skinny::codes::SpeakerMode;

use super::{Busy, Phone, Station, leg, screen};
use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId, LegState};
use crate::limit::{PRESERVED_BOTH_NS, PRESERVED_NS};
use crate::output::Change;
use crate::table::StationId;
use crate::timer::Timer;

impl Exchange {
    /// The idle screen, while there is no call.
    pub(crate) fn show_idle(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        if !station.is_idle() {
            return;
        }
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            screen::idle(&mut phone);
        }
    }

    /// The phone has all it asked for: its first screen. Legs that it still has from the session before are
    /// shown again, so that its user can end them.
    pub(crate) fn greet(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        if std::mem::replace(&mut station.greeted, true) {
            return;
        }
        for leg in station.legs.clone() {
            self.on_phone(leg, leg::shown_again);
        }
        self.show_idle(id);
    }

    /// A device has no session any more. What its user was doing alone ends; a conversation goes on, since
    /// its audio does not pass through us and the phone may be back in a moment (real-phones.md 10).
    pub(crate) fn went_away(&mut self, id: StationId, reason: &str) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.session = None;
        station.lost_ns = self.now.monotonic_ns;
        for button in &station.config.lines {
            self.state.lines.hide(button.line, id);
        }
        self.state.resets.remove(&id);
        let change = Change::Unregistered { device: station.device.clone(), reason: reason.into() };
        for leg in station.legs.clone() {
            if !self.is_conversation(leg) {
                self.end_leg(leg, Cause::OUT_OF_ORDER, EndedBy::Leg);
            }
        }
        self.event(change);
        self.forget_statistics_of(id);
        self.preserve(id);
        self.forget_if_removed(id);
    }

    fn is_conversation(&self, leg: LegId) -> bool {
        let leg = self.state.calls.legs.get(leg);
        leg.is_some_and(|leg| matches!(leg.state, LegState::Connected | LegState::Held))
    }

    /// Looks again after a while whether the conversations of a lost phone may go on.
    fn preserve(&mut self, id: StationId) {
        let at = self.after(PRESERVED_BOTH_NS);
        let Some(station) = self.state.stations.get_mut(id) else { return };
        if !station.is_idle() {
            self.state.timers.reset(&mut station.timer, at, Timer::Station(id));
        }
    }

    fn other_is_here(&self, leg: LegId) -> bool {
        let calls = &self.state.calls;
        let other =
            calls.legs.get(leg).and_then(|l| calls.calls.get(l.call)).and_then(|call| call.other(leg));
        let Some(other) = other.and_then(|other| calls.legs.get(other)) else { return false };
        other.appearance().is_none_or(|appearance| {
            self.state.stations.get(appearance.station).is_some_and(|station| station.session.is_some())
        })
    }

    /// A lost phone stays away. When the other phone of a conversation is lost as well, nobody can end it any
    /// more, so it ends here.
    pub(crate) fn stays_away(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.timer = None;
        if station.session.is_some() {
            return;
        }
        let too_long = self.now.monotonic_ns.saturating_sub(station.lost_ns) >= PRESERVED_NS;
        for leg in station.legs.clone() {
            if too_long || !self.other_is_here(leg) {
                self.end_leg(leg, Cause::OUT_OF_ORDER, EndedBy::Server);
            }
        }
        self.preserve(id);
    }

    /// Ends whatever a device has.
    pub(crate) fn end_legs_of(&mut self, id: StationId, cause: Cause, by: EndedBy) {
        let Some(station) = self.state.stations.get(id) else { return };
        for leg in station.legs.clone() {
            self.end_leg(leg, cause, by);
        }
    }

    /// What a line of a phone is busy with.
    pub(crate) fn legs_on_line(&self, id: StationId, instance: u32) -> Option<Busy> {
        let legs = &self.state.stations.get(id)?.legs;
        let on_line = legs.iter().filter_map(|leg| {
            let leg = self.state.calls.legs.get(*leg)?;
            (leg.appearance()?.instance == instance).then_some(&leg.state)
        });
        on_line.map(busy_with).max()
    }

    /// A leg left a phone: what the phone shows now.
    pub(crate) fn leg_left(&mut self, id: StationId, had_audio: bool, rang: bool) {
        let Some(station) = self.state.stations.get(id) else { return };
        if !station.is_idle() {
            return self.show_others(id, had_audio, rang);
        }
        self.show_idle(id);
        if station_wants_time(self.state.stations.get(id)) {
            self.tell_time(id);
        }
        self.answer_request(id, |phone, _| {
            if had_audio {
                screen::speaker(phone, SpeakerMode::OFF);
            }
            screen::silence(phone);
        });
        self.now_idle(id);
        self.forget_if_removed(id);
    }

    /// The other legs of a phone come back into their right: the one with the audio, else one that rings,
    /// else one that is held.
    fn show_others(&mut self, id: StationId, had_audio: bool, rang: bool) {
        let Some(station) = self.state.stations.get(id) else { return };
        if let Some(audio) = station.audio {
            // A call that waited is gone, and with it its tone.
            return self.on_phone(audio, |phone, shown, state| {
                if rang && *state == LegState::Connected {
                    leg::tone_over(phone, shown);
                }
                leg::back_in_front(phone, shown, state, false);
            });
        }
        let importance = |leg: &LegId| self.state.calls.legs.get(*leg).map(|leg| busy_with(&leg.state));
        let Some(next) = station.legs.iter().copied().max_by_key(importance) else { return };
        if had_audio {
            self.answer_request(id, |phone, _| screen::speaker(phone, SpeakerMode::OFF));
        }
        self.on_phone(next, |phone, shown, state| leg::back_in_front(phone, shown, state, true));
    }

    /// A user can't begin a call.
    pub(crate) fn refused(&mut self, id: StationId, cause: Cause) {
        self.answer_request(id, |phone, _| leg::refused(phone, cause));
    }

    /// Forgets a device that the plan has no longer and that nothing holds.
    pub(crate) fn forget_if_removed(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        if station.session.is_some() || !station.is_idle() || self.plan.devices.contains_key(&station.device)
        {
            return;
        }
        if let Some(station) = self.state.stations.remove(id) {
            self.state.timers.cancel(station.timer);
            self.state.devices.remove(&station.device);
        }
    }
}

fn busy_with(state: &LegState) -> Busy {
    match state {
        LegState::RingingIn => Busy::Rings,
        LegState::Held => Busy::Held,
        _ => Busy::Talks,
    }
}

fn station_wants_time(station: Option<&Station>) -> bool {
    station.is_some_and(|station| station.profile.wants_time_after_call())
}
