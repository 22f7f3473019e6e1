//! A device comes, is idle, stays away: what happens to its screen and its legs.

use skinny::codes::{DeviceStimulus, SpeakerMode};
use skinny::types::LineInstance;

use super::screen::{self, Words, label};
use super::words::said;
use super::{Busy, Ended, Phone, Station, answers, leg};
use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId, LegState};
use crate::feature::Seen;
use crate::input::ForwardWhen;
use crate::limit::{OWED_MAX, PRESERVED_BOTH_NS, PRESERVED_NS, SILENT_INTERVALS, TOLD_MAX, TOLD_TWICE};
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
        let quiet = self.state.undisturbed.contains_key(&station.device);
        let is_out = self.is_logged_out(station);
        let is_night = self.is_night_at(station);
        let forwarded = station.config.lines.iter().find_map(|button| {
            let number = &self.state.lines.get(button.line)?.number;
            self.state.forwards.get(number)?.to(ForwardWhen::Always)
        });
        let words = match forwarded {
            Some(to) => Words::LabelAnd(label::FORWARDED_TO, to),
            None if quiet => Words::Label(label::DND),
            None if is_out => Words::Label(label::LOGGED_OUT_OF_HUNT_GROUP),
            None if is_night => Words::Text("Night service"),
            None => Words::Label(label::YOUR_CURRENT_OPTIONS),
        };
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            // In the lobby the prompt names the device, for whoever is to adopt it: 27 of the 31 characters that a
            // static prompt has.
            let adopt = station
                .config
                .lobby
                .then(|| format!("{} {}", station.device, said(phone.locale, "not adopted")));
            screen::idle(&mut phone, adopt.as_deref().map_or(words, Words::Text));
        }
    }

    /// Tells a phone where the calls of one of its lines go.
    pub(crate) fn tell_forward(&mut self, id: StationId, instance: u32) {
        self.answer_request(id, |phone, asked| answers::forward_stat(phone, asked, LineInstance(instance)));
        let Some(station) = self.state.stations.get(id) else { return };
        let is_on = station
            .config
            .lines
            .iter()
            .any(|button| self.forward_of(button.line, ForwardWhen::Always).is_some());
        self.answer_request(id, |phone, _| screen::feature_lamp(phone, DeviceStimulus::FORWARD_ALL, is_on));
    }

    /// Tells a phone whether its user is not to be disturbed.
    pub(crate) fn tell_quiet(&mut self, id: StationId) {
        let is_on = self.quiet(id).is_some();
        self.answer_request(id, |phone, _| {
            screen::feature_lamp(phone, DeviceStimulus::DO_NOT_DISTURB, is_on)
        });
    }

    /// Tells a phone whether it takes part in its hunt groups.
    pub(crate) fn tell_hunted(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let is_in = !self.is_logged_out(station);
        self.answer_request(id, |phone, _| screen::feature_lamp(phone, DeviceStimulus::H_LOG, is_in));
    }

    /// The phone has all it asked for: its first screen. Legs that it still has from the session before are
    /// shown again, so that its user can end them.
    pub(crate) fn greet(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        if std::mem::replace(&mut station.greeted, true) {
            return;
        }
        self.tell_unseen(id);
        self.show_carried(id);
        self.dark_lamps(id);
        self.show_messages(id);
        self.touch_lines_of(id);
        self.light_buttons(id);
        self.show_idle(id);
        self.resume_call_backs(id);
    }

    /// A phone is about to show something new, perhaps before it has asked for everything.
    pub(crate) fn catch_up(&mut self, id: StationId) {
        let station = self.state.stations.get(id);
        if station.is_some_and(|station| station.session.is_some() && !station.unseen.is_empty()) {
            self.tell_unseen(id);
            self.dark_lamps(id);
        }
    }

    /// A phone is told what ended while it had no session.
    fn tell_unseen(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get_mut(id).filter(|at| at.session.is_some()) else { return };
        let unseen = std::mem::take(&mut station.unseen);
        for ended in &unseen {
            self.tell_ended(id, *ended);
        }
        if unseen.iter().any(|ended| ended.is_over) {
            self.settle_ended(id);
        }
    }

    /// Legs that a phone has from a session before are shown again: when it has all it asked for, or before
    /// anything happens to them.
    pub(crate) fn show_carried(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        if station.session.is_none() {
            return;
        }
        for leg in std::mem::take(&mut station.carried) {
            let rule = self.how_it_rings(leg);
            self.on_phone(leg, |phone, shown, state| leg::shown_again(phone, shown, state, rule));
            self.make_up(leg);
        }
    }

    /// Something is about to happen to a leg.
    pub(crate) fn before_change(&mut self, leg: LegId) {
        let at = self.state.calls.legs.get(leg).and_then(|leg| leg.appearance());
        if let Some(station) = at.map(|at| at.station) {
            self.show_carried(station);
        }
    }

    /// Lines without a call are dark, whatever the phone kept from a session before.
    pub(crate) fn dark_lamps(&mut self, id: StationId) {
        let lines = self.state.stations.get(id).map_or(0, |station| station.config.lines.len() as u32);
        for instance in 1..=lines {
            if self.legs_on_line(id, instance).is_none() {
                self.answer_request(id, |phone, _| leg::line_lamp(phone, instance, None));
            }
        }
    }

    /// A leg ended, and with it perhaps a stream: its phone is about to be told, or will be when it is back.
    pub(crate) fn note_end(&mut self, id: LegId, party: Option<u32>) {
        self.note_ended(id, party, true);
    }

    /// The stream of a leg is closed, which a phone that is away must be told when it is back.
    pub(crate) fn note_closed(&mut self, id: LegId, party: u32) {
        self.note_ended(id, Some(party), false);
    }

    /// The same of a copy that the phone sent of a leg, which has a reference of its own.
    pub(crate) fn note_copy_closed(&mut self, id: LegId, party: u32, reference: u32) {
        let Some(at) = self.state.calls.legs.get(id).and_then(|leg| leg.appearance()) else { return };
        let (station, instance, at_ns) = (at.station, at.instance, self.now.monotonic_ns);
        let ended = Ended { instance, reference, party: Some(party), is_over: false, at_ns };
        self.note_at(station, ended);
    }

    fn note_ended(&mut self, id: LegId, party: Option<u32>, is_over: bool) {
        let Some(at) = self.state.calls.legs.get(id).and_then(|leg| leg.appearance()) else { return };
        let (instance, reference, at_ns) = (at.instance, at.reference, self.now.monotonic_ns);
        let station = at.station;
        self.note_at(station, Ended { instance, reference, party, is_over, at_ns });
    }

    fn note_at(&mut self, station: StationId, ended: Ended) {
        let Some(station) = self.state.stations.get_mut(station) else { return };
        if station.session.is_none() {
            station.owe(ended);
        } else {
            station.remember_told(ended);
        }
    }

    /// A phone shows a call that is over, or has a stream that is closed.
    pub(crate) fn tell_ended(&mut self, id: StationId, ended: Ended) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.remember_told(Ended { at_ns: self.now.monotonic_ns, ..ended });
        self.answer_request(id, |phone, _| leg::ended(phone, ended));
    }

    /// Ringer and loudspeaker stop, unless something else needs them.
    fn settle_ended(&mut self, id: StationId) {
        let talks = self.state.stations.get(id).is_some_and(|station| station.audio.is_some());
        let rings = self.leg_in(id, &LegState::RingingIn, None).is_some();
        self.answer_request(id, |phone, _| leg::settled(phone, talks, rings));
    }

    /// A user ends, answers or takes back a call that is not there. When the phone was told that it is over, this only comes late;
    /// otherwise the phone shows a ghost, and is told now.
    pub(crate) fn ended_unknown(&mut self, id: StationId, instance: u32, reference: u32) {
        let Some(station) = self.state.stations.get(id) else { return };
        if self.remote_named(id, reference).is_some() {
            return;
        }
        if reference == 0 || station.told.iter().any(|told| told.is_over && told.reference == reference) {
            return;
        }
        let at_ns = self.now.monotonic_ns;
        self.tell_ended(id, Ended { instance, reference, party: None, is_over: true, at_ns });
        self.settle_ended(id);
        // The line that it names need not be the one on which it shows the ghost.
        self.dark_lamps(id);
        self.show_idle(id);
    }

    /// A device has no session any more. What its user was doing alone ends; a conversation goes on, since
    /// its audio does not pass through us and the phone may be back in a moment (real-phones.md 10).
    pub(crate) fn went_away(&mut self, id: StationId, reason: &str) {
        self.forget_remotes(id, false);
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.session = None;
        self.hardware_gone(id);
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.greeted = false;
        station.lost_ns = self.now.monotonic_ns;
        for button in &station.config.lines {
            self.state.lines.hide(button.line, id);
        }
        for (_, line) in station.config.lamps() {
            self.state.lines.unwatch(line, id);
        }
        station.lit.clear();
        self.state.resets.remove(&id);
        let change = Change::Unregistered { device: station.device.clone(), reason: reason.into() };
        for leg in station.legs.clone() {
            // Who stops does not wait for a phone that may never come back.
            if self.state.draining || !self.is_conversation(leg) {
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
        if let Some(place) = other.filter(|other| self.is_place(*other)) {
            return self.others_of_place(place).into_iter().any(|leg| self.is_reachable(leg));
        }
        other.is_some_and(|other| self.is_reachable(other))
    }

    /// Whether somebody is at a leg: its phone is connected, or it is a trunk's. Nobody is where a call is parked.
    fn is_reachable(&self, leg: LegId) -> bool {
        let Some(other) = self.state.calls.legs.get(leg).filter(|_| !self.is_parked(leg)) else {
            return false;
        };
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
        let remotes =
            self.state.stations.get(id)?.remotes.iter().filter(|remote| remote.instance == instance);
        let of_others = remotes.map(|remote| match remote.shown {
            Seen::InUse => Busy::Talks,
            Seen::Held => Busy::Held,
        });
        on_line.map(busy_with).chain(of_others).max()
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
                leg::back_in_front(phone, shown, state, None);
            });
        }
        let importance = |leg: &LegId| self.state.calls.legs.get(*leg).map(|leg| busy_with(&leg.state));
        let Some(next) = station.legs.iter().copied().max_by_key(importance) else { return };
        if had_audio {
            self.answer_request(id, |phone, _| screen::speaker(phone, SpeakerMode::OFF));
        }
        let rule = Some(self.how_it_rings(next));
        self.on_phone(next, |phone, shown, state| leg::back_in_front(phone, shown, state, rule));
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

impl Station {
    /// The phone is told that a call is over.
    fn remember_told(&mut self, ended: Ended) {
        // What is told twice is told twice soon.
        let last = self.told.len().saturating_sub(TOLD_TWICE);
        let is_same = |told: &Ended| told.reference == ended.reference && told.party == ended.party;
        if let Some(place) = self.told.range(last..).position(is_same) {
            self.told.remove(last + place);
        }
        if self.told.len() >= TOLD_MAX {
            // A stream that stays open is worse than a call that stays on the screen.
            let without_stream = self.told.iter().position(|told| told.party.is_none());
            self.told.remove(without_stream.unwrap_or(0));
        }
        self.told.push_back(ended);
    }

    /// The phone must be told something when it is back.
    pub(crate) fn owe(&mut self, ended: Ended) {
        if self.unseen.len() < OWED_MAX {
            self.unseen.push(ended);
        }
    }

    /// From when on it may have missed what it was told over its last session: a connection is known to be
    /// lost only after some silence.
    pub(crate) fn doubtful_since(&self) -> u64 {
        let silent = SILENT_INTERVALS * 1_000_000_000 * u64::from(self.keepalive_secs);
        self.lost_ns.saturating_sub(silent)
    }

    /// The phone has a new session. What it was told just before may have been lost with the one before; what
    /// it was told earlier it knows, unless it shows that it does not: another phone of the same name was told,
    /// or it has more streams open than it should. One that started anew shows nothing any more.
    pub(crate) fn tell_again(&mut self, rebooted: bool, knows_nothing: bool) {
        if rebooted {
            for ended in std::mem::take(&mut self.unseen) {
                self.remember_told(ended);
            }
            return;
        }
        let since = if knows_nothing { 0 } else { self.doubtful_since() };
        let doubtful = std::mem::take(&mut self.told).into_iter().filter(|ended| ended.at_ns >= since);
        self.unseen.splice(0..0, doubtful);
        self.unseen.truncate(OWED_MAX);
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
