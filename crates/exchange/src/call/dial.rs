//! A user dials: from off hook to a complete number.

use super::analysis::{Analysis, Target, analyse, is_in_plan, target};
use super::{Appearance, Call, Called, Cause, Dialing, End, EndedBy, Leg, LegId, LegState, Purpose, Stage};
use crate::Exchange;
use crate::limit::*;
use crate::output::{Change, Output};
use crate::record::Record;
use crate::station::leg as on_station;
use crate::table::{CallId, StationId};
use crate::timer::Timer;

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

impl Exchange {
    /// A user begins a call on a line of a phone: to dial digit by digit, or with a number in hand. None
    /// when that can't be.
    pub(crate) fn begin_call(&mut self, station: StationId, instance: u32, to_dial: bool) -> Option<LegId> {
        self.begin_call_for(station, instance, to_dial, Purpose::Talk)
    }

    /// The same for a purpose of its own.
    pub(crate) fn begin_call_for(
        &mut self,
        station: StationId,
        instance: u32,
        to_dial: bool,
        purpose: Purpose,
    ) -> Option<LegId> {
        let line = self.state.stations.get(station)?.config.line(instance)?.line;
        // A conversation is not put on hold for a call that can't be; anything else goes first, and may make
        // room for it.
        if !self.talks(station) {
            self.make_way(station);
        }
        if let Some(cause) = self.refusal(station, instance) {
            self.refused(station, cause);
            return None;
        }
        self.make_way(station);
        let appearance = Appearance {
            station,
            line,
            instance,
            reference: self.state.references.take(),
            call_instance: self.free_call_instance(station, instance),
        };
        let dialing = Dialing { digits: String::new(), until_ns: 0 };
        let leg = self.new_call_of(
            End::Station(appearance),
            LegState::Dialing(dialing),
            Some(appearance.reference),
        );
        self.state.calls.legs.get_mut(leg)?.purpose = purpose;
        let state = self.state.stations.get_mut(station)?;
        state.legs.push(leg);
        state.audio = Some(leg);
        self.on_phone(leg, |phone, shown, _| on_station::off_hook(phone, shown, to_dial));
        if to_dial {
            self.wait_for_digit(leg, FIRST_DIGIT_NS);
        }
        Some(leg)
    }

    /// Why a user can't begin a call.
    fn refusal(&self, station: StationId, instance: u32) -> Option<Cause> {
        let state = self.state.stations.get(station)?;
        let line = state.config.line(instance).and_then(|button| self.state.lines.get(button.line));
        let calls_max = line.map_or(0, |line| line.calls_max);
        if self.state.draining {
            Some(Cause::STOPPING)
        } else if self.calls_on(station, instance) >= calls_max
            || state.legs.len() >= LEGS_PER_STATION
            || self.state.calls.calls.len() >= CALLS_MAX
        {
            Some(Cause::NO_CIRCUIT)
        } else {
            None
        }
    }

    /// Legs on a line of a phone.
    pub(super) fn calls_on(&self, station: StationId, instance: u32) -> u32 {
        self.appearances_on(station, instance).count() as u32
    }

    fn appearances_on(&self, station: StationId, instance: u32) -> impl Iterator<Item = &Appearance> {
        let legs = self.state.stations.get(station).map_or(&[][..], |station| &station.legs);
        legs.iter()
            .filter_map(|leg| self.state.calls.legs.get(*leg)?.appearance())
            .filter(move |at| at.instance == instance)
    }

    /// Lowest number from 1 on that no call on the line has: never a running counter, which kills a 7975
    /// after weeks (real-phones.md 7).
    pub(super) fn free_call_instance(&self, station: StationId, instance: u32) -> u32 {
        let taken = |number: u32| self.appearances_on(station, instance).any(|at| at.call_instance == number);
        (1..).find(|number| !taken(*number)).unwrap_or(1)
    }

    /// Makes a call with its first leg.
    pub(super) fn new_call_of(&mut self, end: End, state: LegState, reference: Option<u32>) -> LegId {
        let calls = &mut self.state.calls;
        calls.last_number += 1;
        let number = calls.last_number;
        let nobody = LegId { index: 0, generation: 0 };
        let id = calls.calls.insert(Call {
            number,
            caller: nobody,
            callees: Vec::new(),
            called: Called::Nobody,
            dialed: String::new(),
            stage: Stage::Dialing,
            started_ms: self.now.unix_ms,
            stream: None,
            timer: None,
            references: reference.into_iter().collect(),
            recall: None,
        });
        let leg = calls.legs.insert(Leg::new(id, end, state));
        if let Some(call) = calls.calls.get_mut(id) {
            call.caller = leg;
        }
        self.report_opened(id);
        leg
    }

    fn report_opened(&mut self, id: CallId) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let calling = self.state.calling(call).number;
        let opened = Record::CallOpened {
            call: call.number,
            start_ms: call.started_ms,
            calling: calling.into(),
            calling_device: self.device_at(call.caller).into(),
        };
        let change = Change::CallStarted { call: call.number, calling: calling.into() };
        self.out.push(Output::Record(Box::new(opened)));
        self.event(change);
    }

    /// Waits for the next digit. The timer is set for the first one and moved lazily after that.
    fn wait_for_digit(&mut self, id: LegId, ns: u64) {
        let until = self.after(ns);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        dialing.until_ns = until;
        if leg.timer.is_none_or(|timer| timer.at_ns() > until) {
            self.state.timers.reset(&mut leg.timer, until, Timer::Leg(id));
        }
    }

    fn interdigit_ns(&self) -> u64 {
        u64::from(self.plan.site.interdigit_secs.max(1)) * SECOND_NS
    }

    /// Whether the user of a leg dials.
    pub(crate) fn is_dialing(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| matches!(leg.state, LegState::Dialing(_)))
    }

    /// A key of the dial pad: a digit of the number, or a tone for the other side.
    pub(crate) fn digit(&mut self, id: LegId, digit: char) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        match &leg.state {
            LegState::Dialing(_) => self.dialed_digit(id, digit),
            LegState::Connected => self.dtmf(id, digit),
            _ => {}
        }
    }

    fn dialed_digit(&mut self, id: LegId, digit: char) {
        let routes = &self.plan.routes;
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        if dialing.digits.len() >= DIGITS_MAX {
            return;
        }
        let is_first = dialing.digits.is_empty();
        dialing.digits.push(digit);
        // Where no number of the plan has a `#` here, it means that the number is complete.
        let ends = digit == '#' && !is_first && !is_in_plan(&self.state.lines, routes, &dialing.digits);
        if ends {
            dialing.digits.pop();
        }
        let analysis = analyse(&self.state.lines, routes, &dialing.digits);
        if is_first {
            self.on_phone(id, |phone, shown, _| on_station::first_digit(phone, shown));
        }
        if analysis == Analysis::GoesOn && !ends {
            self.wait_for_digit(id, self.interdigit_ns());
        } else {
            self.complete(id);
        }
    }

    /// The last digit is taken back.
    pub(crate) fn backspace(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        if dialing.digits.pop().is_none() {
            return;
        }
        let none_left = dialing.digits.is_empty();
        self.on_phone(id, |phone, shown, _| on_station::backspaced(phone, shown, none_left));
        self.wait_for_digit(id, if none_left { FIRST_DIGIT_NS } else { self.interdigit_ns() });
    }

    /// The rest of a number at once: en bloc, a speed dial, redial.
    pub(crate) fn dial_rest(&mut self, id: LegId, number: &str) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        let hears_dial_tone = dialing.digits.is_empty() && leg.timer.is_some();
        let room = DIGITS_MAX - dialing.digits.len();
        dialing.digits.extend(number.chars().take(room));
        if hears_dial_tone {
            self.on_phone(id, |phone, shown, _| on_station::first_digit(phone, shown));
        }
        self.complete(id);
    }

    /// No digit came in time: what is there is the number.
    pub(super) fn digits_due(&mut self, id: LegId, until_ns: u64) {
        if until_ns <= self.now.monotonic_ns {
            return self.complete(id);
        }
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.timer = Some(self.state.timers.set(until_ns, Timer::Leg(id)));
        }
    }

    /// The number is complete: the call goes where it says.
    fn complete(&mut self, id: LegId) {
        self.before_change(id);
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        let digits = std::mem::take(&mut dialing.digits);
        leg.state = LegState::Proceeding;
        self.state.timers.cancel(leg.timer.take());
        let (call, at) = (leg.call, leg.appearance().copied());
        if !digits.is_empty()
            && let Some(station) = at.and_then(|at| self.state.stations.get_mut(at.station))
        {
            station.last_dialed.clone_from(&digits);
        }
        self.dialed(call, digits);
    }

    /// A call has its number, from a user or from a trunk.
    pub(super) fn dialed(&mut self, id: CallId, digits: String) {
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        let from_trunk = self.state.calls.legs.get(call.caller).is_some_and(|leg| leg.appearance().is_none());
        let target = target(&self.state.lines, &self.plan.routes, &digits);
        let nothing = digits.is_empty();
        call.dialed = digits;
        call.stage = Stage::Proceeding;
        match target {
            Some(Target::Line(line)) => self.offer_line(id, line),
            // From trunk to trunk nothing is switched: that would be somebody else's telephone bill.
            Some(Target::Trunk(trunk)) if !from_trunk => self.offer_trunk(id, trunk),
            _ => {
                let cause = if nothing { Cause::INCOMPLETE } else { Cause::UNALLOCATED };
                self.fail_call(id, cause, EndedBy::Server);
            }
        }
    }
}
