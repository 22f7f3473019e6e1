//! Shared lines: a call on a line that several phones show is seen on all of them, and who finds it held takes
//! it over.
//!
//! What each phone shows of the calls of others ([`Remote`]) is worked out from the calls themselves, at the
//! end of each input, for the lines on which something happened; a phone is told the difference. So no
//! feature has to think of the other appearances, and none can leave one behind.

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::{Appearance, Cause, End, LegId, LegState};
use crate::limit::{REMOTES_PER_LINE, TARGETS_MAX};
use crate::plan::Barge;
use crate::station::softkey::Offers;
use crate::station::{Ended, Ending, Phone, Shown, leg as on_station};
use crate::table::{LineId, StationId};

/// A call of another phone, as a phone shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remote {
    /// The leg at the other phone.
    pub(crate) leg: LegId,
    /// Which line.
    pub(crate) instance: u32,
    /// Its name on the wire, here.
    pub(crate) reference: u32,
    /// Its number on the line, here.
    pub(crate) call_instance: u32,
    /// What the phone was told of it.
    pub(crate) shown: Seen,
}

/// What other phones see of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Seen {
    /// Somebody uses the line.
    InUse,
    /// It is held, and may be taken over.
    Held,
}

impl Exchange {
    /// Something happened on a line: what other phones show of it is looked at when the turn ends.
    pub(crate) fn touch_line(&mut self, line: LineId) {
        if !self.touched.contains(&line) {
            self.touched.push(line);
        }
    }

    /// The turn ends: other phones show what is true now.
    pub(crate) fn settle_lines(&mut self) {
        while let Some(line) = self.touched.pop() {
            self.settle_line(line);
            self.settle_lamps(line);
            self.settle_call_backs(line);
        }
    }

    /// Whether one phone only shows a line and has all its calls, and shows nothing of others.
    fn is_private(&self, id: LineId) -> bool {
        let Some(line) = self.state.lines.get(id) else { return true };
        let [(station, _)] = line.shown_by.as_slice() else { return line.shown_by.is_empty() };
        let Some(state) = self.state.stations.get(*station) else { return true };
        state.remotes.is_empty() && line.legs.iter().all(|leg| state.legs.contains(leg))
    }

    fn settle_line(&mut self, id: LineId) {
        let Some(line) = self.state.lines.get(id).filter(|_| !self.is_private(id)) else { return };
        for (station, instance) in line.shown_by.clone().into_iter().take(TARGETS_MAX) {
            self.settle_appearances(station, id, instance);
        }
    }

    /// What a phone should show of the calls that others have on a line.
    fn seen_from(&self, station: StationId, line: LineId) -> Vec<(LegId, Seen)> {
        let Some(state) = self.state.stations.get(station).filter(|station| station.greeted) else {
            return Vec::new();
        };
        let calls = &self.state.calls;
        let own: Vec<_> = state.legs.iter().filter_map(|leg| Some(calls.legs.get(*leg)?.call)).collect();
        let legs = self.state.lines.get(line).map_or(&[][..], |line| &line.legs);
        let seen = |id: &LegId| {
            let leg = calls.legs.get(*id)?;
            if self.is_hidden_from(station, *id) {
                return None;
            }
            let seen = match leg.state {
                LegState::Proceeding | LegState::RingingOut | LegState::Connected => Seen::InUse,
                LegState::Held => Seen::Held,
                LegState::Dialing(_) | LegState::RingingIn | LegState::Failed(_) => return None,
            };
            (!own.contains(&leg.call)).then_some((*id, seen))
        };
        legs.iter().filter_map(seen).take(REMOTES_PER_LINE).collect()
    }

    /// Whether a phone may not see a call: it is in the same conference, or the other phone keeps it to itself.
    fn is_hidden_from(&self, station: StationId, id: LegId) -> bool {
        let at = |leg: LegId| self.appearance_of(leg).map(|at| at.station);
        let own = |state: &crate::station::Station| self.state.private.contains(&state.device);
        let is_private = || at(id).and_then(|other| self.state.stations.get(other)).is_some_and(own);
        let shares =
            |(conference, _)| self.parties(conference).into_iter().any(|leg| at(leg) == Some(station));
        (!self.state.private.is_empty() && is_private()) || self.state.conference_at(id).is_some_and(shares)
    }

    fn settle_appearances(&mut self, station: StationId, line: LineId, instance: u32) {
        let wanted = self.seen_from(station, line);
        let Some(state) = self.state.stations.get_mut(station) else { return };
        let (kept, gone): (Vec<Remote>, Vec<Remote>) =
            std::mem::take(&mut state.remotes).into_iter().partition(|remote| {
                remote.instance != instance || wanted.iter().any(|(leg, _)| *leg == remote.leg)
            });
        state.remotes = kept;
        let had = gone.len();
        for remote in gone {
            self.tell_remote_over(station, &remote);
        }
        let mut changed = had > 0;
        for (leg, seen) in wanted {
            changed |= self.settle_remote(station, instance, leg, seen);
        }
        if changed {
            let busy = self.legs_on_line(station, instance);
            self.answer_request(station, |phone, _| on_station::line_lamp(phone, instance, busy));
        }
    }

    /// One appearance is as it should be; whether it was not.
    fn settle_remote(&mut self, station: StationId, instance: u32, leg: LegId, seen: Seen) -> bool {
        let call_instance = self.free_call_instance(station, instance);
        let Some(state) = self.state.stations.get_mut(station) else { return false };
        let is_new = !state.remotes.iter().any(|remote| remote.leg == leg);
        let remote = match state.remotes.iter_mut().find(|remote| remote.leg == leg) {
            Some(remote) if remote.shown == seen => return false,
            Some(remote) => {
                remote.shown = seen;
                *remote
            }
            None => {
                let reference = self.state.references.take();
                let remote = Remote { leg, instance, reference, call_instance, shown: seen };
                state.remotes.push(remote);
                remote
            }
        };
        self.on_remote(station, &remote, |phone, shown| on_station::remote(phone, shown, seen, is_new));
        true
    }

    /// Tells a phone something of a call of another one.
    fn on_remote(
        &mut self,
        station: StationId,
        remote: &Remote,
        tell: impl FnOnce(&mut Phone<'_>, &Shown<'_>),
    ) {
        let state = &self.state;
        let Some(leg) = state.calls.legs.get(remote.leg) else { return };
        let Some(shown) = state.shown(remote.leg, leg) else { return };
        let (instance, reference, call_instance) = (remote.instance, remote.reference, remote.call_instance);
        let may_barge = (state.engine.is_present() || state.hardware.has_bridges())
            && self.plan.site.features.barge != Barge::Off;
        let offers = Offers::default().with(Offers::BARGE, may_barge);
        let shown =
            Shown { instance, reference, call_instance, consults: false, confers: false, offers, ..shown };
        let Some(station) = state.stations.get(station) else { return };
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            tell(&mut phone, &shown);
        }
    }

    fn tell_remote_over(&mut self, station: StationId, remote: &Remote) {
        let at_ns = self.now.monotonic_ns;
        let (instance, reference) = (remote.instance, remote.reference);
        self.tell_ended(station, Ended { instance, reference, party: None, is_over: true, at_ns });
        self.release_reference(reference);
    }

    /// A phone has a new session, or none, or registered once more on the one that it has: it will be shown anew
    /// what others do, and is told what is over, now when it is there.
    pub(crate) fn forget_remotes(&mut self, id: StationId, is_there: bool) {
        let at_ns = self.now.monotonic_ns;
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let remotes = std::mem::take(&mut station.remotes);
        if is_there {
            remotes.iter().for_each(|remote| self.tell_remote_over(id, remote));
            self.dark_lamps(id);
            return self.touch_lines_of(id);
        }
        for Remote { instance, reference, .. } in &remotes {
            let (instance, reference) = (*instance, *reference);
            station.owe(Ended { instance, reference, party: None, is_over: true, at_ns });
        }
        remotes.iter().for_each(|remote| self.release_reference(remote.reference));
        self.touch_lines_of(id);
    }

    /// The lines of a phone are looked at when the turn ends.
    pub(crate) fn touch_lines_of(&mut self, id: StationId) {
        let lines =
            self.state.stations.get(id).map(|station| station.config.lines.clone()).unwrap_or_default();
        lines.iter().for_each(|button| self.touch_line(button.line));
    }

    /// The call of another phone with a reference here.
    pub(crate) fn remote_named(&self, id: StationId, reference: u32) -> Option<Remote> {
        let remotes = &self.state.stations.get(id)?.remotes;
        remotes.iter().find(|remote| remote.reference == reference).copied()
    }

    /// A held call of another phone on a line.
    pub(crate) fn remote_held(&self, id: StationId, instance: u32) -> Option<Remote> {
        let remotes = &self.state.stations.get(id)?.remotes;
        remotes.iter().find(|remote| remote.instance == instance && remote.shown == Seen::Held).copied()
    }

    /// The user of a phone takes over what another phone of the line holds. The leg moves; its call does not
    /// notice.
    pub(crate) fn resume_remote(&mut self, id: StationId, remote: &Remote) {
        let Some(from) = self.appearance_of(remote.leg).filter(|_| self.is_held(remote.leg)) else { return };
        if !self.other_leg(remote.leg).is_some_and(|other| self.suits(id, other)) {
            return self.refused(id, Cause::NO_CODEC);
        }
        self.make_way(id);
        self.before_change(remote.leg);
        let call = self.state.calls.legs.get(remote.leg).and_then(|leg| self.state.calls.calls.get(leg.call));
        let number = call.map_or(0, |call| call.number);
        self.close_stream(remote.leg, number);
        let to = Appearance {
            station: id,
            line: from.line,
            instance: remote.instance,
            reference: remote.reference,
            call_instance: remote.call_instance,
        };
        self.leave_phone(remote.leg, &from);
        self.move_leg(remote.leg, to);
        self.choose_again(remote.leg);
        self.on_phone(remote.leg, |phone, shown, _| on_station::taken_over(phone, shown));
        self.resume(remote.leg);
    }

    /// The phone that held a call loses it, under its name there: what it shows of it from now on is the call of
    /// another phone. So no name counts two streams.
    fn leave_phone(&mut self, leg: LegId, from: &Appearance) {
        self.note_end(leg, None);
        let reminded = self.state.calls.legs.get(leg).is_some_and(|leg| leg.reminded);
        if let Some(station) = self.state.stations.get_mut(from.station) {
            station.legs.retain(|own| *own != leg);
            station.carried.retain(|own| *own != leg);
        }
        let lamp_of = self.legs_on_line(from.station, from.instance);
        let ending = Ending { rang: false, reminded, cause: Cause::NORMAL, lamp_of };
        self.on_phone(leg, |phone, shown, _| on_station::released(phone, shown, &ending));
        self.release_reference(from.reference);
        self.leg_left(from.station, false, false);
    }

    fn move_leg(&mut self, leg: LegId, to: Appearance) {
        if let Some(station) = self.state.stations.get_mut(to.station) {
            station.remotes.retain(|remote| remote.leg != leg);
            station.legs.push(leg);
        }
        let calls = &mut self.state.calls;
        let Some(state) = calls.legs.get_mut(leg) else { return };
        state.end = End::Station(to);
        state.reminded = false;
        self.state.timers.cancel(state.timer.take());
        if let Some(call) = calls.calls.get_mut(state.call) {
            call.references.push(to.reference);
        }
        self.touch_line(to.line);
        // Who is in a call is not shown its other end as a call of others: both phones are looked at anew.
        if let Some(other) = self.other_leg(leg).and_then(|other| self.appearance_of(other)) {
            self.touch_line(other.line);
        }
    }

    /// What of the appearances does not agree with the calls, for audits.
    pub(crate) fn audit_remotes(&self, found: &mut Vec<String>) {
        for (id, station) in self.state.stations.iter() {
            let mut wanted: Vec<(LegId, Seen)> = Vec::new();
            for (place, button) in station.config.lines.iter().enumerate() {
                let shows = (id, place as u32 + 1);
                let line = self.state.lines.get(button.line);
                if line.is_some_and(|line| line.shown_by.contains(&shows)) {
                    wanted.extend(self.seen_from(id, button.line));
                }
            }
            let shown: Vec<(LegId, Seen)> =
                station.remotes.iter().map(|remote| (remote.leg, remote.shown)).collect();
            let agrees = wanted.len() == shown.len() && wanted.iter().all(|wanted| shown.contains(wanted));
            if !agrees {
                found.push(format!("{} shows {shown:?} of others, and should {wanted:?}", station.device));
            }
        }
    }
}
