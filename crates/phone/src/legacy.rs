//! Servers without call states (CallManager 2.x): the phone makes up its one call from what it sees and does,
//! so that a reader finds the same model. It has reference 0, and goes as soon as a real call state comes.

use skinny::codes::{CallType, DCallState, DeviceStimulus, DeviceTone, LampMode, RingMode};
use skinny::message::SetLamp;
use skinny::types::{CallReference, LineInstance};

use crate::call::Call;
use crate::phone::Phone;

/// The made-up call.
const MADE_UP: CallReference = CallReference(0);

impl Phone {
    fn makes_up_calls(&self) -> bool {
        self.link.is_legacy && !self.link.has_call_states
    }

    fn made_up(&self) -> Option<DCallState> {
        self.calls.iter().find(|call| call.reference == MADE_UP).map(|call| call.state)
    }

    fn make_up(&mut self, state: DCallState) {
        if self.made_up().is_none() {
            let embryo = self.embryo.take_if(|embryo| embryo.reference == MADE_UP);
            let mut call = embryo.map_or_else(|| Call::new(MADE_UP, LineInstance(1), self.now), |call| *call);
            call.line = LineInstance(1);
            self.calls.reserve_exact(1);
            self.calls.push(call);
        }
        self.enter_call_state(MADE_UP, state);
    }

    pub(crate) fn legacy_ringer(&mut self) {
        if !self.makes_up_calls() {
            return;
        }
        let rings = self.face.ringer != RingMode::RING_OFF;
        match self.made_up() {
            None if rings => self.make_up(DCallState::RING_IN),
            // It stopped ringing, and nobody here lifted the handset: the caller gave up.
            Some(DCallState::RING_IN) if !rings && self.face.path.is_none() => self.end_call(MADE_UP),
            _ => {}
        }
    }

    pub(crate) fn legacy_lamp(&mut self, lamp: &SetLamp) {
        if !self.makes_up_calls() || lamp.stimulus != DeviceStimulus::LINE {
            return;
        }
        match (self.made_up(), lamp.lamp_mode) {
            (Some(_), LampMode::OFF) => self.end_call(MADE_UP),
            (Some(DCallState::CONNECTED), LampMode::FLASH | LampMode::WINK) => self.make_up(DCallState::HOLD),
            _ => {}
        }
    }

    pub(crate) fn legacy_tone(&mut self, tone: DeviceTone) {
        if !self.makes_up_calls() {
            return;
        }
        match (self.made_up(), tone) {
            (None, DeviceTone::INSIDE_DIAL_TONE | DeviceTone::OUTSIDE_DIAL_TONE) => {
                self.make_up(DCallState::OFF_HOOK);
            }
            (Some(DCallState::OFF_HOOK), DeviceTone::ALERTING_TONE) => self.make_up(DCallState::RING_OUT),
            (Some(_), DeviceTone::LINE_BUSY_TONE) => self.make_up(DCallState::BUSY),
            (Some(_), DeviceTone::REORDER_TONE) => self.make_up(DCallState::CONGESTION),
            _ => {}
        }
    }

    pub(crate) fn legacy_off_hook(&mut self) {
        if self.makes_up_calls() {
            match self.made_up() {
                None => self.make_up(DCallState::OFF_HOOK),
                Some(DCallState::RING_IN) => {
                    if let Some(call) = self.calls.iter_mut().find(|call| call.reference == MADE_UP) {
                        call.kind = CallType::IN_BOUND_CALL;
                        call.was_off_hook = true;
                    }
                }
                Some(_) => {}
            }
        }
    }

    pub(crate) fn legacy_on_hook(&mut self) {
        if self.makes_up_calls() && self.made_up().is_some_and(|state| state != DCallState::RING_IN) {
            self.end_call(MADE_UP);
        }
    }

    pub(crate) fn legacy_media_started(&mut self) {
        if self.makes_up_calls() && self.made_up().is_some_and(|state| state != DCallState::CONNECTED) {
            self.make_up(DCallState::CONNECTED);
        }
    }

    pub(crate) fn legacy_media_stopped(&mut self) {
        if self.makes_up_calls() && self.made_up() == Some(DCallState::CONNECTED) && self.face.path.is_none()
        {
            self.end_call(MADE_UP);
        }
    }
}
