//! What a user wants, done the way the model allows: dial, answer, hang up, hold.

use std::time::Duration;

use skinny::codes::{DCallState, DeviceStimulus, DeviceTone};
use skinny::types::CallReference;

use crate::input::{Act, Refused};
use crate::keys::check_number;
use crate::phone::{Dialing, Phone};
use crate::profile::EnblocForm;
use crate::timer::Timer;

/// How long the phone waits for a dial tone once the call is off hook, before it dials without one.
const DIAL_TONE_WAIT: Duration = Duration::from_millis(300);

impl Phone {
    pub(crate) fn dial(&mut self, number: &str) -> Result<(), Refused> {
        check_number(number)?;
        let collects = self.calls.iter().any(|call| call.is_dialing());
        if !collects && self.config.profile.enbloc != EnblocForm::None {
            return self.enbloc(number);
        }
        self.dialing = Some(Box::new(Dialing { digits: number.to_owned(), next: 0, started: collects }));
        if collects {
            self.dial_on();
            return Ok(());
        }
        let done = self.ask_for_dial_tone();
        if done.is_err() {
            self.dialing = None;
        }
        done
    }

    fn ask_for_dial_tone(&mut self) -> Result<(), Refused> {
        if self.shows_softkey("NewCall") {
            self.press(Act::SoftKey("NewCall"))
        } else if self.face.path.is_none() && self.config.profile.speaker {
            self.press(Act::Speaker)
        } else if self.face.path.is_none() {
            self.press(Act::OffHook)
        } else {
            self.press(Act::LineKey(1))
        }
    }

    /// A call of the phone changed: the one to dial for is there, or gone.
    pub(crate) fn dialing_sees(&mut self, reference: CallReference, state: DCallState) {
        let Some(dialing) = &self.dialing else { return };
        if state == DCallState::OFF_HOOK && !dialing.started {
            self.timers.set(Timer::Digit, self.now + DIAL_TONE_WAIT);
        } else if dialing.started && self.selected == Some(reference) && state != DCallState::OFF_HOOK {
            self.dialing = None;
            self.timers.clear(Timer::Digit);
        }
    }

    pub(crate) fn dialing_hears(&mut self, tone: DeviceTone) {
        let is_dial_tone = matches!(
            tone,
            DeviceTone::INSIDE_DIAL_TONE | DeviceTone::OUTSIDE_DIAL_TONE | DeviceTone::RECALL_DIAL_TONE
        );
        if is_dial_tone && self.dialing.as_ref().is_some_and(|dialing| !dialing.started) {
            self.dial_on();
        }
    }

    /// Presses the next digit, or all of them where there is no gap to keep.
    pub(crate) fn dial_on(&mut self) {
        let gap = self.config.timing.digit_gap;
        self.timers.clear(Timer::Digit);
        while let Some(dialing) = &mut self.dialing {
            dialing.started = true;
            let digit = dialing.digits.chars().nth(dialing.next);
            dialing.next += 1;
            let Some(digit) = digit else {
                self.dialing = None;
                return;
            };
            // Checked when it was taken.
            let _ = self.key(digit);
            if !gap.is_zero() {
                self.timers.set(Timer::Digit, self.now + gap);
                return;
            }
        }
    }

    pub(crate) fn answer(&mut self) -> Result<(), Refused> {
        let Some(call) = self.ringing_call() else { return Err(Refused::NoCall("answer")) };
        let (line, reference) = (call.line.0, call.reference);
        self.select(Some(reference));
        if self.shows_softkey("Answer") {
            return self.press(Act::SoftKey("Answer"));
        }
        match self.face.path {
            None if self.config.profile.speaker => self.press(Act::Speaker),
            None => self.press(Act::OffHook),
            Some(_) => self.press(Act::LineKey(line.max(1))),
        }
    }

    pub(crate) fn hang_up(&mut self) -> Result<(), Refused> {
        self.dialing = None;
        if self.shows_softkey("EndCall") {
            return self.press(Act::SoftKey("EndCall"));
        }
        match self.face.path {
            _ if self.face.handset_up => self.press(Act::OnHook),
            Some(_) => {
                self.go_on_hook();
                Ok(())
            }
            None => Err(Refused::NoCall("end")),
        }
    }

    pub(crate) fn hold(&mut self) -> Result<(), Refused> {
        if self.shows_softkey("Hold") {
            return self.press(Act::SoftKey("Hold"));
        }
        if !self.selected_call().is_some_and(|call| call.is_connected()) {
            return Err(Refused::NoCall("hold"));
        }
        self.send_stimulus(DeviceStimulus::HOLD, 1);
        Ok(())
    }

    pub(crate) fn resume(&mut self) -> Result<(), Refused> {
        if self.shows_softkey("Resume") {
            return self.press(Act::SoftKey("Resume"));
        }
        if !self.selected_call().is_some_and(|call| call.is_held()) {
            return Err(Refused::NoCall("resume"));
        }
        // Button phones press Hold again.
        self.send_stimulus(DeviceStimulus::HOLD, 1);
        Ok(())
    }
}
