//! A user dials: from off hook to a complete number.

use super::analysis::{Numbers, Progress, Target};
use super::{
    Appearance, Call, Called, Cause, Dialing, End, EndedBy, Leg, LegId, LegState, Purpose, Stage, Standing,
};
use crate::Exchange;
use crate::feature::{CodeProgress as Code, Remote};
use crate::limit::*;
use crate::output::{Change, Output};
use crate::plan::dial_plan::{ClassId, Reach};
use crate::record::Record;
use crate::station::leg as on_station;
use crate::table::{CallId, LineId, StationId};
use crate::timer::Timer;

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

impl Exchange {
    /// A user begins a call on a line of a phone: to dial digit by digit, or with a number in hand. None
    /// when that can't be. A hotline calls by itself when its user would dial.
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
        let hotline = self.hotline(station, instance).filter(|_| to_dial && purpose == Purpose::Talk);
        let at_once = hotline.as_ref().filter(|hotline| hotline.delay_secs == 0);
        // Beyond a limit, emergency numbers can be dialled still.
        let emergency = to_dial && at_once.is_none() && self.plan.dial_plan.has_emergency();
        let standing = self.may_begin(station, instance, emergency)?;
        let leg = self.begin(station, instance, to_dial && at_once.is_none(), purpose, standing)?;
        match hotline {
            Some(hotline) if hotline.delay_secs == 0 => self.dial_rest(leg, &hotline.number),
            Some(hotline) => self.wait_for_digit(leg, u64::from(hotline.delay_secs) * SECOND_NS),
            None if to_dial => self.wait_for_digit(leg, FIRST_DIGIT_NS),
            None => {}
        }
        Some(leg)
    }

    /// A user calls a number, on a line of a phone.
    pub(crate) fn begin_call_to(&mut self, station: StationId, instance: u32, number: &str) -> Option<LegId> {
        let line = self.state.stations.get(station)?.config.line(instance)?.line;
        let emergency = self.numbers_of(station, line).is_emergency(number);
        let standing = self.may_begin(station, instance, emergency)?;
        let leg = self.begin(station, instance, false, Purpose::Talk, standing)?;
        self.dial_rest(leg, number);
        Some(leg)
    }

    fn hotline(&self, station: StationId, instance: u32) -> Option<crate::plan::Hotline> {
        let line = self.state.stations.get(station)?.config.line(instance)?.line;
        self.state.lines.get(line)?.hotline.clone()
    }

    /// Whether a user can begin a call: not at all, as any, or as an emergency call only.
    fn may_begin(&mut self, station: StationId, instance: u32, emergency: bool) -> Option<Standing> {
        // A conversation is not put on hold for a call that can't be; anything else goes first, and may make
        // room for it.
        if !self.talks(station) {
            self.make_way(station);
        }
        match self.refusal(station, instance, false) {
            None => Some(Standing::Usual),
            Some(_) if emergency && self.refusal(station, instance, true).is_none() => {
                Some(Standing::EmergencyOnly)
            }
            Some(cause) => {
                self.refused(station, cause);
                None
            }
        }
    }

    fn begin(
        &mut self,
        station: StationId,
        instance: u32,
        to_dial: bool,
        purpose: Purpose,
        standing: Standing,
    ) -> Option<LegId> {
        let line = self.state.stations.get(station)?.config.line(instance)?.line;
        self.make_way(station);
        let appearance = Appearance {
            station,
            line,
            instance,
            reference: self.state.references.take(),
            call_instance: self.free_call_instance(station, instance),
        };
        let leg = self.new_call_of(
            End::Station(appearance),
            LegState::Dialing(Dialing::default()),
            Some(appearance.reference),
        );
        let leg_state = self.state.calls.legs.get_mut(leg)?;
        leg_state.purpose = purpose;
        let call = leg_state.call;
        self.state.calls.calls.get_mut(call)?.standing = standing;
        let state = self.state.stations.get_mut(station)?;
        state.legs.push(leg);
        self.state.lines.begin_leg(line, leg);
        let state = self.state.stations.get_mut(station)?;
        state.audio = Some(leg);
        self.on_phone(leg, |phone, shown, _| on_station::off_hook(phone, shown, to_dial));
        if standing == Standing::EmergencyOnly {
            self.on_phone(leg, |phone, shown, _| on_station::emergency_only(phone, shown));
        }
        Some(leg)
    }

    /// Why a user can't begin a call. For an emergency call there is room beyond what is set.
    fn refusal(&self, station: StationId, instance: u32, emergency: bool) -> Option<Cause> {
        let state = self.state.stations.get(station)?;
        let line = state.config.line(instance).and_then(|button| self.state.lines.get(button.line));
        let calls_max = line.map_or(0, |line| line.calls_max);
        let (legs, calls) = (state.legs.len(), self.state.calls.calls.len());
        let is_full = if emergency {
            legs >= LEGS_PER_STATION + EMERGENCY_LEGS || calls >= CALLS_MAX + EMERGENCY_CALLS
        } else {
            self.calls_on(station, instance) >= calls_max || legs >= LEGS_PER_STATION || calls >= CALLS_MAX
        };
        if self.state.draining && !emergency {
            Some(Cause::STOPPING)
        } else {
            is_full.then_some(Cause::NO_CIRCUIT)
        }
    }

    /// What numbers mean at a line of a phone.
    pub(crate) fn numbers_of(&self, station: StationId, line: LineId) -> Numbers<'_> {
        let (lines, dial_plan) = (&self.state.lines, &self.plan.dial_plan);
        let device = self.state.stations.get(station).map_or(ClassId::NONE, |station| station.class);
        let reach = match lines.get(line) {
            _ if device == ClassId::LOBBY => dial_plan.confined(device),
            _ if dial_plan.is_empty() => Reach::ALL,
            line => dial_plan.reach(line.map_or(ClassId::NONE, |line| line.class), device),
        };
        Numbers { lines, dial_plan, reach }
    }

    /// What numbers mean for whoever is at a leg.
    pub(super) fn numbers_at(&self, id: LegId) -> Numbers<'_> {
        let leg = self.state.calls.legs.get(id);
        let call = leg.and_then(|leg| self.state.calls.calls.get(leg.call));
        let (lines, dial_plan) = (&self.state.lines, &self.plan.dial_plan);
        match leg.and_then(|leg| leg.appearance()) {
            _ if call.is_some_and(|call| call.standing == Standing::EmergencyOnly) => {
                Numbers { lines, dial_plan, reach: dial_plan.confined(ClassId::EMERGENCY) }
            }
            Some(at) => self.numbers_of(at.station, at.line),
            None if dial_plan.is_empty() => Numbers { lines, dial_plan, reach: Reach::ALL },
            None => Numbers { lines, dial_plan, reach: dial_plan.confined(dial_plan.inbound()) },
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
    pub(crate) fn free_call_instance(&self, station: StationId, instance: u32) -> u32 {
        let remotes = self.state.stations.get(station).map_or(&[][..], |station| &station.remotes);
        let on_line = |remote: &&Remote| remote.instance == instance;
        let of_others =
            |number: u32| remotes.iter().filter(on_line).any(|remote| remote.call_instance == number);
        let taken = |number: u32| {
            self.appearances_on(station, instance).any(|at| at.call_instance == number) || of_others(number)
        };
        (1..).find(|number| !taken(*number)).unwrap_or(1)
    }

    /// Makes a call with its first leg.
    pub(crate) fn new_call_of(&mut self, end: End, state: LegState, reference: Option<u32>) -> LegId {
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
            standing: Standing::Usual,
            started: self.now,
            stream: None,
            timer: None,
            references: reference.into_iter().collect(),
            recordings: Vec::new(),
            redirects: Vec::new(),
            recall: None,
            hunting: None,
            whisper: false,
            media_told: Default::default(),
        });
        let leg = calls.legs.insert(Leg::new(id, end, state));
        if let Some(call) = calls.calls.get_mut(id) {
            call.caller = leg;
        }
        self.report_opened(id);
        leg
    }

    pub(crate) fn report_opened(&mut self, id: CallId) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let calling = self.state.calling(call).number;
        let opened = Record::CallOpened {
            call: call.number,
            start_ms: call.started.unix_ms,
            calling: calling.into(),
            calling_device: self.device_at(call.caller).into(),
        };
        let device = self.device_at(call.caller).into();
        let change = Change::CallStarted { call: call.number, calling: calling.into(), device };
        self.out.push(Output::Record(Box::new(opened)));
        self.event(change);
    }

    /// Waits for the next digit. The timer is set for the first one and moved lazily after that.
    pub(crate) fn wait_for_digit(&mut self, id: LegId, ns: u64) {
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
            LegState::Connected => self.key_while_connected(id, digit),
            _ => {}
        }
    }

    fn dialed_digit(&mut self, id: LegId, digit: char) {
        let Some(dialing) = self.dialing(id) else { return };
        if dialing.digits.len() >= DIGITS_MAX {
            return;
        }
        let (is_first, is_index) = (dialing.digits.is_empty(), dialing.abbreviated);
        let heard_outside = std::mem::take(&mut dialing.hears_outside);
        dialing.digits.push(digit);
        let mut digits = std::mem::take(&mut dialing.digits);
        if is_first {
            self.on_phone(id, |phone, shown, _| on_station::first_digit(phone, shown));
        } else if heard_outside {
            self.on_phone(id, |phone, shown, _| on_station::tone_over(phone, shown));
        }
        let numbers = self.numbers_at(id);
        // Where no number of the plan has a `#` here, it means that the number is complete.
        let ends = digit == '#' && !is_first && (is_index || !numbers.is_in_plan(&digits));
        if ends {
            digits.pop();
        }
        let goes_on = if is_index {
            digits.len() < ABBREVIATED_DIGITS
        } else {
            let progress = match self.code_progress(id, &digits) {
                Code::None => numbers.progress(&digits),
                Code::GoesOn => Progress::GoesOn,
                Code::Complete => Progress::Complete,
            };
            !ends && progress == Progress::GoesOn
        };
        let outside = goes_on && !is_index && numbers.outside_tone_begins(&digits);
        self.keep_digits(id, digits, outside);
        if outside {
            self.on_phone(id, |phone, shown, _| on_station::outside_tone(phone, shown));
        }
        match (goes_on && !ends, is_index) {
            (true, _) => self.wait_for_digit(id, self.interdigit_ns()),
            (false, true) => self.dial_index(id),
            (false, false) => self.complete(id),
        }
    }

    /// The number that is being dialled on a leg.
    fn dialing(&mut self, id: LegId) -> Option<&mut Dialing> {
        match &mut self.state.calls.legs.get_mut(id)?.state {
            LegState::Dialing(dialing) => Some(dialing),
            _ => None,
        }
    }

    fn keep_digits(&mut self, id: LegId, digits: String, hears_outside: bool) {
        if let Some(dialing) = self.dialing(id) {
            dialing.digits = digits;
            dialing.hears_outside = hears_outside;
        }
    }

    /// The last digit is taken back.
    pub(crate) fn backspace(&mut self, id: LegId) {
        let Some(dialing) = self.dialing(id) else { return };
        if dialing.digits.pop().is_none() {
            return;
        }
        let (digits, is_index) = (dialing.digits.clone(), dialing.abbreviated);
        let heard_outside = std::mem::take(&mut dialing.hears_outside);
        if heard_outside {
            self.on_phone(id, |phone, shown, _| on_station::tone_over(phone, shown));
        }
        let none_left = digits.is_empty();
        self.on_phone(id, |phone, shown, _| on_station::backspaced(phone, shown, none_left));
        if !is_index && self.numbers_at(id).outside_tone_begins(&digits) {
            self.keep_digits(id, digits, true);
            self.on_phone(id, |phone, shown, _| on_station::outside_tone(phone, shown));
        }
        self.wait_for_digit(id, if none_left { FIRST_DIGIT_NS } else { self.interdigit_ns() });
    }

    /// The rest of a number at once: en bloc, a speed dial, redial.
    pub(crate) fn dial_rest(&mut self, id: LegId, number: &str) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        let hears_dial_tone = dialing.digits.is_empty() && leg.timer.is_some();
        let hears_outside = std::mem::take(&mut dialing.hears_outside);
        if std::mem::take(&mut dialing.abbreviated) {
            // A whole number is no index, and what was dialled of one is no number.
            dialing.digits.clear();
        }
        let room = DIGITS_MAX - dialing.digits.len();
        dialing.digits.extend(number.chars().take(room));
        if hears_dial_tone {
            self.on_phone(id, |phone, shown, _| on_station::first_digit(phone, shown));
        } else if hears_outside {
            self.on_phone(id, |phone, shown, _| on_station::tone_over(phone, shown));
        }
        self.complete(id);
    }

    /// The key for abbreviated numbers: what was dialled is the index of one, or, before any digit, what will
    /// be dialled.
    pub(crate) fn abbreviate(&mut self, id: LegId) {
        let Some(dialing) = self.dialing(id) else { return };
        dialing.abbreviated = true;
        if !dialing.digits.is_empty() {
            self.dial_index(id);
        }
    }

    /// The index of an abbreviated number is complete.
    fn dial_index(&mut self, id: LegId) {
        let Some(dialing) = self.dialing(id) else { return };
        let number = dialing.digits.parse().ok().and_then(|index| self.abbreviated(id, index));
        match number {
            Some(number) => self.dial_rest(id, &number),
            None => self.complete(id),
        }
    }

    /// The number behind an index: the speed-dial buttons are counted first, then come those without button.
    fn abbreviated(&self, id: LegId, index: u32) -> Option<String> {
        let station = self.state.calls.legs.get(id)?.appearance()?.station;
        let station = self.state.stations.get(station)?;
        if let Some(dial) = station.config.speed_dial(index) {
            return Some(dial.number.clone());
        }
        self.plan.devices.get(&station.device)?.abbreviated.get(&index).cloned()
    }

    /// No digit came in time: what is there is the number.
    pub(super) fn digits_due(&mut self, id: LegId, until_ns: u64) {
        if until_ns <= self.now.monotonic_ns {
            return self.no_more_digits(id);
        }
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.timer = Some(self.state.timers.set(until_ns, Timer::Leg(id)));
        }
    }

    /// No digit came in time. A warm line calls its number, if none came at all.
    fn no_more_digits(&mut self, id: LegId) {
        let at = self.state.calls.legs.get(id).and_then(|leg| leg.appearance()).copied();
        let Some(dialing) = self.dialing(id) else { return };
        match (dialing.digits.is_empty(), dialing.abbreviated) {
            (false, true) => self.dial_index(id),
            (true, false) => match at.and_then(|at| self.hotline(at.station, at.instance)) {
                Some(hotline) => {
                    self.on_phone(id, |phone, shown, _| on_station::first_digit(phone, shown));
                    self.dial_rest(id, &hotline.number);
                }
                None => self.complete(id),
            },
            _ => self.complete(id),
        }
    }

    /// The number is complete: the call goes where it says.
    fn complete(&mut self, id: LegId) {
        self.before_change(id);
        let Some(dialing) = self.dialing(id) else { return };
        if std::mem::take(&mut dialing.hears_outside) {
            self.on_phone(id, |phone, shown, _| on_station::tone_over(phone, shown));
        }
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let LegState::Dialing(dialing) = &mut leg.state else { return };
        let digits = std::mem::take(&mut dialing.digits);
        let is_index = dialing.abbreviated;
        leg.state = LegState::Proceeding;
        self.state.timers.cancel(leg.timer.take());
        let (call, at) = (leg.call, leg.appearance().copied());
        if self.feature_dialed(id, &digits) {
            return;
        }
        if !digits.is_empty()
            && !is_index
            && let Some(station) = at.and_then(|at| self.state.stations.get_mut(at.station))
        {
            station.last_dialed.clone_from(&digits);
        }
        if is_index {
            // An index that nothing stands behind is no number, whatever it would mean as one.
            return self.fail_dialed(call, digits, Cause::UNALLOCATED);
        }
        self.dialed(call, digits);
    }

    fn fail_dialed(&mut self, id: CallId, digits: String, cause: Cause) {
        if let Some(call) = self.state.calls.calls.get_mut(id) {
            call.dialed = digits;
            call.stage = Stage::Proceeding;
            self.fail_call(id, cause, EndedBy::Server);
        }
    }

    /// A call has its number, from a user or from a trunk.
    pub(super) fn dialed(&mut self, id: CallId, digits: String) {
        let Some(call) = self.state.calls.calls.get(id) else { return };
        let (caller, standing) = (call.caller, call.standing);
        let from_trunk = self.state.calls.legs.get(caller).is_some_and(|leg| leg.appearance().is_none());
        let (target, is_emergency) = self.numbers_at(caller).resolve(&digits, from_trunk);
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        call.dialed = digits;
        call.stage = Stage::Proceeding;
        if is_emergency {
            call.standing = Standing::Emergency;
        }
        match target {
            Target::Line(line) => self.offer_line(id, line),
            Target::Trunk { trunk, number } => self.offer_trunk(id, trunk, number),
            Target::Refused(_) if standing == Standing::EmergencyOnly && !is_emergency => {
                self.fail_call(id, Cause::NO_CIRCUIT, EndedBy::Server);
            }
            Target::Refused(cause) => self.fail_call(id, cause, EndedBy::Server),
        }
    }
}
