//! A call is offered: to every phone that shows the line, or to a trunk. No answer, too.

use super::{
    Appearance, Called, Cause, Codec, End, EndedBy, Leg, LegId, LegState, Party, Stage, Standing, TrunkEnd,
};
use crate::Exchange;
use crate::feature::{Quiet, Recall};
use crate::input::ForwardWhen;
use crate::limit::{EMERGENCY_LEGS, LEGS_PER_STATION, TARGETS_MAX};
use crate::output::Change;
use crate::table::{CallId, LineId, StationId};
use crate::timer::Timer;

impl Exchange {
    /// Offers a call to the phones that show a line.
    pub(super) fn offer_line(&mut self, id: CallId, line: LineId) {
        let is_night = self.state.lines.get(line).is_some_and(|line| line.is_night);
        if (is_night && self.goes_elsewhere(id, line)) || self.forwarded(id, line, ForwardWhen::Always) {
            return;
        }
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        call.called = Called::Line(line);
        if self.state.lines.get(line).is_some_and(|line| line.hunts) {
            return self.hunt(id, line);
        }
        let caller = call.caller;
        let shown_by = self.state.lines.get(line).map(|line| line.shown_by.clone()).unwrap_or_default();
        let mut why_not = Cause::OUT_OF_ORDER;
        for (station, instance) in shown_by.into_iter().take(TARGETS_MAX) {
            match self.objection(caller, station, instance) {
                None => self.add_target(id, station, line, instance),
                Some(Cause::BUSY) if self.rolls_over(id, station, instance) => {}
                // Busy tells a caller more than any other reason.
                Some(Cause::BUSY) => why_not = Cause::BUSY,
                Some(cause) if why_not == Cause::OUT_OF_ORDER => why_not = cause,
                Some(_) => {}
            }
        }
        let Some(call) = self.state.calls.calls.get(id) else { return };
        if call.callees.is_empty() {
            let when = if why_not == Cause::BUSY { ForwardWhen::Busy } else { ForwardWhen::Unregistered };
            if matches!(why_not, Cause::BUSY | Cause::OUT_OF_ORDER) && self.forwarded(id, line, when) {
                return;
            }
            self.proceeds(caller);
            return self.fail_call(id, why_not, EndedBy::Server);
        }
        self.offered(id);
        self.answers_by_itself(id);
    }

    fn goes_elsewhere(&mut self, id: CallId, line: LineId) -> bool {
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.called = Called::Line(line);
        }
        self.sent_for_the_night(id, line)
    }

    /// The legs that a call goes to were added: they ring, and the caller hears it.
    pub(crate) fn offered(&mut self, id: CallId) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let (caller, rings_already) = (call.caller, call.stage == Stage::Ringing);
        for target in call.callees.clone() {
            self.tell_offer(target);
        }
        self.proceeds(caller);
        self.rings(id);
        if rings_already {
            self.limit_ringing(id);
            self.report_state(id, "ringing");
        }
    }

    /// A busy line of a phone that wants it so: the call rings on its next one that is free.
    fn rolls_over(&mut self, id: CallId, station: StationId, instance: u32) -> bool {
        let Some(phone) = self.state.stations.get(station).filter(|phone| phone.config.rollover) else {
            return false;
        };
        let behind = (1..).zip(&phone.config.lines).skip(instance as usize);
        let behind: Vec<(u32, LineId)> = behind.map(|(place, button)| (place, button.line)).collect();
        let Some(caller) = self.state.calls.calls.get(id).map(|call| call.caller) else { return false };
        let free = |(place, _): &(u32, LineId)| {
            self.calls_on(station, *place) == 0 && self.objection(caller, station, *place).is_none()
        };
        let Some((place, line)) = behind.into_iter().find(free) else { return false };
        self.add_target(id, station, line, place);
        true
    }

    /// Nobody answered, and somebody else is asked on one phone only; false when that can't be.
    pub(crate) fn offer_again(&mut self, id: CallId, to: &Recall, cause: Cause) -> bool {
        let Some(call) = self.state.calls.calls.get(id) else { return false };
        let (caller, number) = (call.caller, call.number);
        if self.objection(caller, to.station, to.instance).is_some() {
            return false;
        }
        let Some(call) = self.state.calls.calls.get_mut(id) else { return false };
        let before = std::mem::take(&mut call.callees);
        call.called = Called::Line(to.line);
        call.stage = Stage::Proceeding;
        self.state.timers.cancel(call.timer.take());
        for leg in before {
            self.drop_leg(leg, number, cause);
        }
        self.add_target(id, to.station, to.line, to.instance);
        for target in self.legs_of(id).into_iter().skip(1) {
            self.tell_offer(target);
        }
        self.rings(id);
        true
    }

    /// Why a phone can't be offered a call on one of its lines.
    pub(crate) fn objection(&self, caller: LegId, station: StationId, instance: u32) -> Option<Cause> {
        let from = self.state.calls.legs.get(caller)?;
        let state = self.state.stations.get(station)?;
        let line = state.config.line(instance).and_then(|button| self.state.lines.get(button.line))?;
        let call = self.state.calls.calls.get(from.call);
        // An emergency call rings, whatever else does.
        let is_busy = if call.is_some_and(|call| call.standing == Standing::Emergency) {
            state.legs.len() >= LEGS_PER_STATION + EMERGENCY_LEGS
        } else {
            self.calls_on(station, instance) >= line.busy_trigger.min(line.calls_max)
                || state.legs.len() >= LEGS_PER_STATION
                || self.quiet(station) == Some(Quiet::Reject)
        };
        if from.appearance().is_some_and(|at| at.station == station) || is_busy {
            return Some(Cause::BUSY);
        }
        let policy = self.policy_between(self.region_at(caller), self.region_of(station));
        let stream = self.stream_by(&policy, self.codecs_at(caller), &state.codecs);
        stream.is_none().then_some(Cause::NO_CODEC)
    }

    /// Codecs of whoever is at a leg; none: not known.
    pub(super) fn codecs_at(&self, id: LegId) -> &[Codec] {
        match self.state.calls.legs.get(id).map(|leg| &leg.end) {
            Some(End::Station(at)) => {
                self.state.stations.get(at.station).map_or(&[], |station| &station.codecs)
            }
            Some(End::Trunk(trunk)) => &trunk.codecs,
            Some(End::Bridge(conference)) => self.codecs_of_bridge(*conference),
            Some(End::Park(_) | End::CallBack { .. }) | None => &[],
        }
    }

    pub(crate) fn add_target(&mut self, id: CallId, station: StationId, line: LineId, instance: u32) {
        self.catch_up(station);
        let reference = self.state.references.take();
        let call_instance = self.free_call_instance(station, instance);
        let at = Appearance { station, line, instance, reference, call_instance };
        let leg = self.state.calls.legs.insert(Leg::new(id, End::Station(at), LegState::RingingIn));
        if let Some(station) = self.state.stations.get_mut(station) {
            station.legs.push(leg);
        }
        self.state.lines.begin_leg(line, leg);
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.callees.push(leg);
            call.references.push(reference);
        }
    }

    /// Offers a call to a trunk, as a number that may differ from the one that was dialled.
    pub(super) fn offer_trunk(&mut self, id: CallId, trunk: u32, number: String) {
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        let party = Party { number, name: String::new() };
        call.called = Called::Outside(party.clone());
        let end = End::Trunk(TrunkEnd {
            trunk,
            party,
            codecs: Vec::new(),
            gone: false,
            alerted: false,
            answered: false,
        });
        let leg = self.state.calls.legs.insert(Leg::new(id, end, LegState::RingingIn));
        call.callees.push(leg);
        let caller = call.caller;
        self.tell_offer(leg);
        self.proceeds(caller);
        self.limit_ringing(id);
        self.report_state(id, "proceeding");
    }

    /// The caller of a call learns that it is on its way.
    pub(crate) fn caller_proceeds(&mut self, id: CallId) {
        if let Some(caller) = self.state.calls.calls.get(id).map(|call| call.caller) {
            self.proceeds(caller);
        }
    }

    /// The caller learns that his call is on its way, unless he hears already that it rings somewhere.
    fn proceeds(&mut self, caller: LegId) {
        if self.state.calls.legs.get(caller).is_some_and(|leg| leg.state == LegState::Proceeding) {
            self.tell_proceeding(caller);
        }
    }

    /// The callee rings: the caller hears it.
    pub(super) fn rings(&mut self, id: CallId) {
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        if call.stage != Stage::Proceeding {
            return;
        }
        call.stage = Stage::Ringing;
        let caller = call.caller;
        self.before_change(caller);
        if let Some(leg) = self.state.calls.legs.get_mut(caller) {
            leg.state = LegState::RingingOut;
        }
        self.tell_alerting(caller);
        self.limit_ringing(id);
        self.report_state(id, "ringing");
    }

    fn limit_ringing(&mut self, id: CallId) {
        let at = self.after(u64::from(self.ring_secs(id).max(1)) * 1_000_000_000);
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        if call.timer.is_none() {
            call.timer = Some(self.state.timers.set(at, Timer::Call(id)));
        }
    }

    /// How long a call may ring where it is.
    fn ring_secs(&self, id: CallId) -> u32 {
        let site = &self.plan.site;
        let hunting = self.state.calls.calls.get(id).and_then(|call| call.hunting.as_ref());
        if let Some(hunting) = hunting {
            return hunting.ring_secs;
        }
        match self.line_called(id).and_then(|line| self.forward_of(line, ForwardWhen::NoAnswer)) {
            Some(_) => site.features.forward_no_answer_secs.min(site.no_answer_secs),
            None => site.no_answer_secs,
        }
    }

    fn line_called(&self, id: CallId) -> Option<LineId> {
        match self.state.calls.calls.get(id)?.called {
            Called::Line(line) => Some(line),
            _ => None,
        }
    }

    /// Nobody answered.
    pub(crate) fn not_answered(&mut self, id: CallId) {
        let line = self.line_called(id);
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.timer = None;
            if call.hunting.is_none()
                && line.is_some_and(|line| self.forwarded(id, line, ForwardWhen::NoAnswer))
            {
                return;
            }
            self.fail_call(id, Cause::NO_ANSWER, EndedBy::Server);
        }
    }

    /// Reports how far a call is.
    pub(crate) fn report_state(&mut self, id: CallId, state: &str) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let called = self.state.called(call).number.into();
        let device = call.callees.first().map_or("", |leg| self.device_at(*leg)).into();
        self.event(Change::CallState { call: call.number, state: state.into(), called, device });
    }
}
