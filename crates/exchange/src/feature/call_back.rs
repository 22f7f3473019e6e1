//! Call back: who finds a line busy, or whom nobody answers, is rung as soon as it can be reached; when he
//! answers that, it is called. A line that did not answer counts as there when its user was seen using it.
//!
//! There is one call back for one phone to one line. It ends when it was made, when its user refuses or cancels
//! it, or after a while; it waits for a phone that is away, and outlives a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::{Called, Cause, End, EndedBy, LegId, LegState, Purpose, Stage};
use crate::limit::{CALL_BACK_RING_NS, CALL_BACKS_MAX, CALL_BACKS_PER_STATION};
use crate::output::Output;
use crate::station::leg as on_station;
use crate::table::{CallId, LineId, StationId};
use crate::timer::{Timer, TimerKey};

use super::Presence;

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// What it is remembered under: the device, then the line.
const KEY: &str = "callback/";

/// Call backs that wait.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CallBacks {
    waiting: Vec<CallBack>,
    last: u64,
    /// Of before the start, by what they are remembered under: each waits for its phone.
    recalled: BTreeMap<String, Recalled>,
}

/// A call back of before the start.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Recalled {
    until_unix_ms: i64,
    instance: u32,
    was_used: bool,
}

impl Recalled {
    /// What is remembered: until when, on which line, whether its user was seen.
    fn read(value: &str) -> Option<Recalled> {
        let mut words = value.split(' ');
        let until_unix_ms = words.next()?.parse().ok()?;
        Some(Recalled {
            until_unix_ms,
            instance: words.next()?.parse().ok()?,
            was_used: words.next()? == "used",
        })
    }

    fn text(self) -> String {
        let was_used = if self.was_used { "used" } else { "unused" };
        format!("{} {} {was_used}", self.until_unix_ms, self.instance)
    }
}

/// Somebody wants to reach a line.
#[derive(Debug, Serialize, Deserialize)]
struct CallBack {
    /// Its name, for its timer.
    id: u64,
    /// Who wants it.
    station: StationId,
    /// On which line.
    instance: u32,
    /// Whom.
    line: LineId,
    /// Whether its user was seen there since.
    was_used: bool,
    /// The call that rings for it.
    rings: Option<CallId>,
    /// Ends it.
    timer: TimerKey,
    /// The same moment by the wall clock.
    until_unix_ms: i64,
    /// What it is remembered under.
    key: String,
}

impl CallBack {
    fn remembered(&self) -> Output {
        let CallBack { until_unix_ms, instance, was_used, .. } = *self;
        let value = Recalled { until_unix_ms, instance, was_used }.text();
        Output::Remember { key: self.key.clone(), value: Some(value) }
    }
}

impl CallBacks {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    fn find(&mut self, id: u64) -> Option<&mut CallBack> {
        self.waiting.iter_mut().find(|back| back.id == id)
    }

    fn take(&mut self, id: u64) -> Option<CallBack> {
        let place = self.waiting.iter().position(|back| back.id == id)?;
        Some(self.waiting.remove(place))
    }

    /// Lines that are wanted.
    pub(crate) fn lines(&self) -> impl Iterator<Item = LineId> {
        self.waiting.iter().map(|back| back.line)
    }
}

impl Exchange {
    /// The line that the user of a leg may be called back from: it rings there, or he heard that it does not answer
    /// or is busy. And whether it was busy.
    fn call_back_to(&self, id: LegId) -> Option<(LineId, bool)> {
        let leg = self.state.calls.legs.get(id)?;
        match (&leg.state, &leg.purpose) {
            (LegState::Failed(cause), Purpose::CallBack { line }) => Some((*line, *cause == Cause::BUSY)),
            (LegState::RingingOut, _) => self.state.may_call_back(id, leg).map(|line| (line, false)),
            _ => None,
        }
    }

    /// The CallBack key in a call: its user is called back, and the call ends.
    pub(crate) fn call_back(&mut self, id: LegId) {
        let (Some((line, was_busy)), Some(at)) = (self.call_back_to(id), self.appearance_of(id)) else {
            return;
        };
        self.end_leg(id, Cause::NORMAL, EndedBy::Leg);
        let number = self.state.lines.get(line).map(|line| line.number.clone()).unwrap_or_default();
        if self.want_call_back(at.station, at.instance, line, was_busy) {
            self.answer_request(at.station, |phone, _| on_station::will_call_back(phone, &number));
        } else {
            self.refused(at.station, Cause::NO_CIRCUIT);
        }
    }

    /// The CallBack button: in a call that might be called back, that; otherwise all call backs of the phone
    /// end.
    pub(crate) fn call_back_button(&mut self, id: StationId) {
        let asks = self.audio_leg(id).filter(|leg| self.call_back_to(*leg).is_some());
        match asks {
            Some(leg) => self.call_back(leg),
            None => self.cancel_call_backs(id),
        }
    }

    /// The code: whoever was dialled last is to be reached. None: nobody can be.
    pub(crate) fn call_back_code(&mut self, id: LegId) -> Option<()> {
        let at = self.appearance_of(id).filter(|_| self.plan.site.features.call_back_secs > 0)?;
        let number = self.state.stations.get(at.station)?.last_dialed.clone();
        let line = self.line_reached(id, &number)?;
        let is_wanted = self.state.lines.get(line).is_some_and(|line| !line.hunts) && at.line != line;
        let was_busy = self.presence_of(line) != Presence::Idle;
        (is_wanted && self.want_call_back(at.station, at.instance, line, was_busy)).then_some(())
    }

    /// One call back for a phone and a line: a second one takes the place of the first.
    fn want_call_back(&mut self, station: StationId, instance: u32, line: LineId, was_used: bool) -> bool {
        let before = self.state.call_backs.waiting.iter();
        let before = before.filter(|back| back.station == station && back.line == line).map(|back| back.id);
        let before: Vec<u64> = before.collect();
        before.into_iter().for_each(|id| self.end_call_back(id));
        let own = self.state.call_backs.waiting.iter().filter(|back| back.station == station).count();
        if own >= CALL_BACKS_PER_STATION || self.state.call_backs.waiting.len() >= CALL_BACKS_MAX {
            return false;
        }
        let secs = self.plan.site.features.call_back_secs;
        let until_unix_ms = self.now.unix_ms.saturating_add(i64::from(secs) * 1000);
        self.wait_for_call_back(station, line, Recalled { until_unix_ms, instance, was_used });
        true
    }

    fn wait_for_call_back(&mut self, station: StationId, line: LineId, wish: Recalled) {
        let Recalled { until_unix_ms, instance, was_used } = wish;
        let (Some(phone), Some(wanted)) = (self.state.stations.get(station), self.state.lines.get(line))
        else {
            return;
        };
        let key = format!("{KEY}{}/{}", phone.device, wanted.number);
        let left_ms = until_unix_ms.saturating_sub(self.now.unix_ms).max(0) as u64;
        let at = self.after(left_ms.saturating_mul(SECOND_NS / 1000));
        let backs = &mut self.state.call_backs;
        backs.last += 1;
        let id = backs.last;
        let timer = self.state.timers.set(at, Timer::CallBack(id));
        let back = CallBack { id, station, instance, line, was_used, rings: None, timer, until_unix_ms, key };
        self.out.push(back.remembered());
        backs.waiting.push(back);
        // It may have become free in the very moment.
        self.touch_line(line);
        self.light_buttons(station);
    }

    /// It was remembered before the start.
    pub(crate) fn recall_call_back(&mut self, key: &str, value: &str) {
        if !key.starts_with(KEY) {
            return;
        }
        let backs = &mut self.state.call_backs;
        match Recalled::read(value).filter(|back| back.until_unix_ms > self.now.unix_ms) {
            Some(back) if backs.recalled.len() < CALL_BACKS_MAX => {
                backs.recalled.insert(key.to_owned(), back);
            }
            _ => self.out.push(Output::Remember { key: key.to_owned(), value: None }),
        }
    }

    /// A phone is there for the first time since the start: its call backs of before go on.
    pub(crate) fn resume_call_backs(&mut self, station: StationId) {
        if self.state.call_backs.recalled.is_empty() {
            return;
        }
        let Some(phone) = self.state.stations.get(station) else { return };
        let prefix = format!("{KEY}{}/", phone.device);
        let backs = &mut self.state.call_backs.recalled;
        let own = backs.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let own: Vec<(String, Recalled)> = own.map(|(key, back)| (key.clone(), *back)).collect();
        for (key, back) in own {
            self.state.call_backs.recalled.remove(&key);
            let line = key.strip_prefix(&prefix).and_then(|number| self.state.lines.find(number));
            match line.filter(|_| back.until_unix_ms > self.now.unix_ms) {
                Some(line) => self.wait_for_call_back(station, line, back),
                None => self.out.push(Output::Remember { key, value: None }),
            }
        }
    }

    /// Devices that the plan has no longer are not called back.
    pub(crate) fn sweep_call_backs(&mut self) {
        let devices = &self.plan.devices;
        let is_there = |key: &str| {
            let device = key.strip_prefix(KEY).and_then(|rest| rest.split_once('/'));
            device.is_some_and(|(device, _)| devices.contains_key(device))
        };
        let recalled = &mut self.state.call_backs.recalled;
        let gone: Vec<String> = recalled.keys().filter(|key| !is_there(key)).cloned().collect();
        for key in gone {
            recalled.remove(&key);
            self.out.push(Output::Remember { key, value: None });
        }
    }

    /// Something happened on a line: a call back to it, or of one of its phones, may be made now.
    pub(crate) fn settle_call_backs(&mut self, line: LineId) {
        if self.state.call_backs.is_empty() {
            return;
        }
        let in_use = self.presence_of(line) == Presence::InUse;
        let mut due = Vec::new();
        for back in &mut self.state.call_backs.waiting {
            if in_use && back.line == line && !back.was_used {
                back.was_used = true;
                self.out.push(back.remembered());
            }
            let station = self.state.stations.get(back.station);
            let is_own =
                || station.is_some_and(|station| station.config.lines.iter().any(|own| own.line == line));
            if back.rings.is_none() && back.was_used && (back.line == line || is_own()) {
                due.push(back.id);
            }
        }
        due.into_iter().for_each(|id| self.try_call_back(id));
    }

    fn try_call_back(&mut self, id: u64) {
        let Some(back) = self.state.call_backs.find(id) else { return };
        let (station, instance, line) = (back.station, back.instance, back.line);
        let Some(phone) = self.state.stations.get(station) else { return self.end_call_back(id) };
        let is_free =
            phone.greeted && phone.is_idle() && self.quiet(station).is_none() && !self.state.draining;
        let own = phone.config.line(instance).map(|button| button.line);
        let Some(own) = own.filter(|_| is_free && self.presence_of(line) == Presence::Idle) else { return };
        let party = self.state.lines.get(own).map(|line| line.names().party()).unwrap_or_default();
        let leg = self.new_call_of(End::CallBack { line }, LegState::RingingOut, None);
        let at = self.after(CALL_BACK_RING_NS);
        let Some(call) = self.state.calls.legs.get(leg).map(|leg| leg.call) else { return };
        let timer = self.state.timers.set(at, Timer::Call(call));
        if let Some(call) = self.state.calls.calls.get_mut(call) {
            // Not the line: its forwards are for who calls it.
            call.called = Called::Outside(party);
            call.stage = Stage::Ringing;
            call.timer = Some(timer);
        }
        if let Some(back) = self.state.call_backs.find(id) {
            back.rings = Some(call);
        }
        self.add_target(call, station, own, instance);
        for target in self.legs_of(call).into_iter().skip(1) {
            self.tell_offer(target);
        }
        self.report_state(call, "ringing");
    }

    /// Whether what rings here is a call back.
    pub(crate) fn rings_back(&self, id: LegId) -> bool {
        let calls = &self.state.calls;
        let caller = calls.legs.get(id).and_then(|leg| calls.legs.get(calls.calls.get(leg.call)?.caller));
        caller.is_some_and(|caller| matches!(caller.end, End::CallBack { .. }))
    }

    /// The user takes his call back: the line that he wanted is called.
    pub(crate) fn call_back_answered(&mut self, id: LegId) {
        let (Some(at), Some(call)) =
            (self.appearance_of(id), self.state.calls.legs.get(id).map(|leg| leg.call))
        else {
            return;
        };
        let rings = self.state.call_backs.waiting.iter().find(|back| back.rings == Some(call));
        let Some((back, line)) = rings.map(|back| (back.id, back.line)) else { return };
        if let Some(back) = self.state.call_backs.find(back) {
            back.rings = None;
        }
        self.end_call_back(back);
        self.end_call(call, Cause::ANSWERED_ELSEWHERE, EndedBy::Callee);
        if let Some(number) = self.state.lines.get(line).map(|line| line.number.clone()) {
            self.begin_call_to(at.station, at.instance, &number);
        }
    }

    /// What rang for a call back is over. The phone went away: it waits for it. Otherwise that was all.
    pub(crate) fn call_back_left(&mut self, leg: LegId) {
        let Some(call) = self.state.calls.legs.get(leg).map(|leg| leg.call) else { return };
        let rang = self.state.call_backs.waiting.iter_mut().find(|back| back.rings == Some(call));
        let Some(back) = rang else { return };
        back.rings = None;
        let (id, station) = (back.id, back.station);
        if self.state.stations.get(station).is_some_and(|station| station.session.is_some()) {
            self.end_call_back(id);
        }
    }

    /// A call back was not made for long.
    pub(crate) fn call_back_due(&mut self, id: u64) {
        self.end_call_back(id);
    }

    fn end_call_back(&mut self, id: u64) {
        let Some(back) = self.state.call_backs.take(id) else { return };
        self.state.timers.cancel(Some(back.timer));
        self.out.push(Output::Remember { key: back.key, value: None });
        if let Some(call) = back.rings {
            self.end_call(call, Cause::ANSWERED_ELSEWHERE, EndedBy::Server);
        }
        self.light_buttons(back.station);
    }

    /// Ends all call backs of a phone.
    pub(crate) fn cancel_call_backs(&mut self, station: StationId) {
        let own = self.state.call_backs.waiting.iter().filter(|back| back.station == station);
        let own: Vec<u64> = own.map(|back| back.id).collect();
        own.into_iter().for_each(|id| self.end_call_back(id));
    }

    /// Whether a phone waits for a line.
    pub(crate) fn awaits_call_back(&self, id: StationId) -> bool {
        self.state.call_backs.waiting.iter().any(|back| back.station == id)
    }

    /// What of the call backs does not fit together, for audits.
    pub(crate) fn audit_call_backs(&self, found: &mut Vec<String>) {
        let ringing: Vec<CallId> =
            self.state.call_backs.waiting.iter().filter_map(|back| back.rings).collect();
        for (id, call) in self.state.calls.calls.iter() {
            let caller = self.state.calls.legs.get(call.caller);
            let is_back = caller.is_some_and(|caller| matches!(caller.end, End::CallBack { .. }));
            if is_back != ringing.contains(&id) {
                found.push(format!(
                    "call {} rings for a call back: {is_back}, and is known as one",
                    call.number
                ));
            }
        }
        if ringing.iter().any(|call| self.state.calls.calls.get(*call).is_none()) {
            found.push("a call back waits for a call that is over".into());
        }
    }
}
