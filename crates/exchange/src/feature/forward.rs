//! Call forwarding. It belongs to the line, not to a phone: it holds while every phone of the line is away,
//! and over restarts (`Output::Remember`, `Input::Recall`).
//!
//! A call is never sent to a number that it was forwarded from already, nor forwarded more than a few times:
//! then it fails, and its caller hears that.

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId, LegState, Party, Purpose, Stage};
use crate::input::ForwardWhen;
use crate::limit::{DIGITS_MAX, FORWARD_HOPS_MAX};
use crate::output::Output;
use crate::station::leg as on_station;
use crate::table::{CallId, LineId, StationId};

/// Where a line's calls go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forwards {
    always: Option<String>,
    busy: Option<String>,
    no_answer: Option<String>,
    unregistered: Option<String>,
}

impl Forwards {
    /// The number that calls go to in a case.
    pub(crate) fn to(&self, when: ForwardWhen) -> Option<&str> {
        match when {
            ForwardWhen::Always => self.always.as_deref(),
            ForwardWhen::Busy => self.busy.as_deref(),
            ForwardWhen::NoAnswer => self.no_answer.as_deref(),
            ForwardWhen::Unregistered => self.unregistered.as_deref(),
        }
    }

    fn set(&mut self, when: ForwardWhen, to: Option<String>) {
        match when {
            ForwardWhen::Always => self.always = to,
            ForwardWhen::Busy => self.busy = to,
            ForwardWhen::NoAnswer => self.no_answer = to,
            ForwardWhen::Unregistered => self.unregistered = to,
        }
    }
}

/// A call was sent on, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redirect {
    /// Who was called.
    pub(crate) by: Party,
    /// Why not there.
    pub(crate) reason: Reason,
}

/// Why a call did not stay where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reason {
    /// It was forwarded.
    Forward(ForwardWhen),
    /// Somebody else took it.
    Pickup,
}

/// What a forward is remembered under.
const KEY: &str = "forward";

/// Why a forward can't be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Nobody has the number.
    #[error("this number can't be called: dial one that can")]
    NoSuchNumber,
    /// The target leads back to the line.
    #[error("the target is forwarded back to this line: end that forward first")]
    Loop,
}

impl Exchange {
    /// Where a line's calls go in a case.
    pub(crate) fn forward_of(&self, line: LineId, when: ForwardWhen) -> Option<&str> {
        let number = &self.state.lines.get(line)?.number;
        self.state.forwards.get(number)?.to(when)
    }

    /// Sends a call on when its line says so; whether it did.
    pub(crate) fn forwarded(&mut self, id: CallId, line: LineId, when: ForwardWhen) -> bool {
        let Some(to) = self.forward_of(line, when).map(str::to_owned) else { return false };
        self.send_on(id, line, when, &to, Cause::NO_ANSWER);
        true
    }

    /// Sends a call on from a line to a number. Who rang there stops, for a cause.
    pub(crate) fn send_on(&mut self, id: CallId, line: LineId, when: ForwardWhen, to: &str, cause: Cause) {
        let Some(by) = self.state.lines.get(line).map(|line| line.names().party()) else { return };
        let Some(call) = self.state.calls.calls.get_mut(id) else { return };
        let goes_back = by.number == to || call.redirects.iter().any(|redirect| redirect.by.number == to);
        if goes_back || call.redirects.len() >= FORWARD_HOPS_MAX {
            return self.fail_call(id, Cause::ROUTING_ERROR, EndedBy::Server);
        }
        call.redirects.push(Redirect { by, reason: Reason::Forward(when) });
        call.stage = Stage::Proceeding;
        let number = call.number;
        let rang = std::mem::take(&mut call.callees);
        self.state.timers.cancel(call.timer.take());
        for leg in rang {
            self.drop_leg(leg, number, cause);
        }
        self.go_to(id, line, to);
    }

    /// Sets a line's forward, or ends it.
    pub(crate) fn set_forward(
        &mut self,
        line: LineId,
        when: ForwardWhen,
        to: Option<&str>,
    ) -> Result<(), Refused> {
        let Some(number) = self.state.lines.get(line).map(|line| line.number.clone()) else {
            return Err(Refused::NoSuchNumber);
        };
        if let Some(to) = to {
            self.may_forward(line, &number, to)?;
        }
        let forwards = self.state.forwards.entry(number.clone()).or_default();
        forwards.set(when, to.map(str::to_owned));
        if *forwards == Forwards::default() {
            self.state.forwards.remove(&number);
        }
        let key = format!("{KEY}/{number}/{}", when.word());
        self.out.push(Output::Remember { key, value: to.map(str::to_owned) });
        self.show_forward(line);
        Ok(())
    }

    fn may_forward(&self, line: LineId, number: &str, to: &str) -> Result<(), Refused> {
        if to.is_empty() || to.len() > DIGITS_MAX || !self.may_forward_to(line, to) {
            return Err(Refused::NoSuchNumber);
        }
        let mut next = Some(to);
        for _ in 0..=FORWARD_HOPS_MAX {
            let Some(at) = next else { return Ok(()) };
            if at == number {
                return Err(Refused::Loop);
            }
            next = self.state.forwards.get(at).and_then(|forwards| forwards.to(ForwardWhen::Always));
        }
        Err(Refused::Loop)
    }

    /// The phones of a line show where its calls go.
    fn show_forward(&mut self, line: LineId) {
        let shown_by = self.state.lines.get(line).map(|line| line.shown_by.clone()).unwrap_or_default();
        for (station, instance) in shown_by {
            self.tell_forward(station, instance);
            self.light_buttons(station);
            self.show_idle(station);
        }
    }

    /// A forward that was remembered before the start.
    pub(crate) fn recall_forward(&mut self, key: &str, value: &str) {
        let Some((number, when)) =
            key.strip_prefix(KEY).and_then(|rest| rest.strip_prefix('/')).and_then(|rest| {
                let (number, word) = rest.rsplit_once('/')?;
                Some((number, ForwardWhen::of_word(word)?))
            })
        else {
            return;
        };
        if value.len() <= DIGITS_MAX && !value.is_empty() {
            self.state.forwards.entry(number.to_owned()).or_default().set(when, Some(value.to_owned()));
        }
        if let Some(line) = self.state.lines.find(number) {
            self.show_forward(line);
        }
    }

    /// The CFwdAll key: ends the forward of the line, or asks for a number to forward it to.
    pub(crate) fn forward_key(&mut self, station: StationId, instance: u32) {
        let line = self.line_at(station, instance).filter(|_| self.has_features(station));
        let Some(line) = line else { return };
        if self.forward_of(line, ForwardWhen::Always).is_some() {
            // Ending a forward can't be refused.
            let _ended = self.set_forward(line, ForwardWhen::Always, None);
            return;
        }
        let dialing = self.audio_leg(station).filter(|leg| self.is_dialing(*leg) && self.has_no_digit(*leg));
        let purpose = Purpose::Forward(ForwardWhen::Always);
        match dialing {
            Some(leg) => {
                if let Some(leg) = self.state.calls.legs.get_mut(leg) {
                    leg.purpose = purpose;
                }
                self.on_phone(leg, on_station::wants_forward);
            }
            None => {
                if let Some(leg) = self.begin_call_for(station, instance, true, purpose) {
                    self.on_phone(leg, on_station::wants_forward);
                }
            }
        }
    }

    pub(crate) fn line_at(&self, station: StationId, instance: u32) -> Option<LineId> {
        Some(self.state.stations.get(station)?.config.line(instance)?.line)
    }

    pub(crate) fn has_no_digit(&self, leg: LegId) -> bool {
        let leg = self.state.calls.legs.get(leg);
        leg.is_some_and(|leg| matches!(&leg.state, LegState::Dialing(dialing) if dialing.digits.is_empty()))
    }

    /// The number for a forward was dialled on a leg, which is over with it.
    pub(crate) fn forward_dialed(&mut self, id: LegId, when: ForwardWhen, to: &str) {
        let Some(at) = self.state.calls.legs.get(id).and_then(|leg| leg.appearance()).copied() else {
            return;
        };
        match self.set_forward(at.line, when, Some(to)) {
            Ok(()) => {
                self.end_leg(id, Cause::NORMAL, EndedBy::Leg);
                let to = to.to_owned();
                self.answer_request(at.station, |phone, _| on_station::forward_set(phone, &to));
            }
            Err(Refused::Loop) => self.end_leg_with_tone(id, Cause::ROUTING_ERROR),
            Err(Refused::NoSuchNumber) => self.end_leg_with_tone(id, Cause::UNALLOCATED),
        }
    }

    /// The call that a leg began can't be: its user hears why.
    pub(crate) fn end_leg_with_tone(&mut self, id: LegId, cause: Cause) {
        if let Some(call) = self.state.calls.legs.get(id).map(|leg| leg.call) {
            self.fail_call(call, cause, EndedBy::Server);
        }
    }

    /// An operator, or a program, sets or ends a forward.
    pub(crate) fn command_forward(
        &mut self,
        number: &str,
        when: ForwardWhen,
        to: Option<&str>,
    ) -> Result<String, String> {
        let line = self.state.lines.find(number).ok_or_else(|| format!("there is no line {number}"))?;
        self.set_forward(line, when, to).map_err(|refused| refused.to_string())?;
        let word = when.word();
        Ok(match to {
            Some(to) => format!("calls to {number} go to {to}: {word}"),
            None => format!("calls to {number} go nowhere else: {word}"),
        })
    }

    /// Forwards of numbers that the plan has no longer are forgotten.
    pub(crate) fn sweep_forwards(&mut self) {
        let lines = &self.state.lines;
        let gone: Vec<String> =
            self.state.forwards.keys().filter(|number| lines.find(number).is_none()).cloned().collect();
        for number in gone {
            let Some(forwards) = self.state.forwards.remove(&number) else { continue };
            for when in ForwardWhen::ALL.into_iter().filter(|when| forwards.to(*when).is_some()) {
                let key = format!("{KEY}/{number}/{}", when.word());
                self.out.push(Output::Remember { key, value: None });
            }
        }
    }
}
