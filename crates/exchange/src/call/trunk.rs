//! What trunks say about their legs.

use super::{Cause, Codec, End, EndedBy, Leg, LegId, LegState, Party, TrunkEnd};
use crate::Exchange;
use crate::input::TrunkInput;
use crate::limit::{CALLS_MAX, CAPABILITIES_MAX, DIGITS_MAX};
use crate::output::{Output, TrunkOutput};

impl Exchange {
    /// A trunk says something.
    pub(crate) fn trunk(&mut self, input: TrunkInput) {
        match input {
            TrunkInput::Offer { token, trunk, calling, called } => {
                self.trunk_offers(token, trunk, calling, called);
            }
            TrunkInput::Proceeding(_) => {}
            TrunkInput::Alerting(leg) => self.trunk_rings(leg),
            TrunkInput::Answered(leg, party) => {
                self.if_trunk(leg, |exchange| exchange.trunk_answered(leg, party))
            }
            TrunkInput::Digit(leg, digit) => self.if_trunk(leg, |exchange| exchange.digit(leg, digit)),
            TrunkInput::Released(leg, cause) => {
                self.if_trunk(leg, |exchange| exchange.trunk_released(leg, cause))
            }
            TrunkInput::Codecs(leg, codecs) => self.trunk_codecs(leg, &codecs),
            TrunkInput::MediaOpened(leg, address) => {
                self.if_trunk(leg, |exchange| exchange.media_opened(leg, address));
            }
        }
    }

    /// A trunk speaks of its own legs only.
    fn if_trunk(&mut self, leg: LegId, act: impl FnOnce(&mut Exchange)) {
        if self.state.calls.legs.get(leg).is_some_and(|leg| matches!(leg.end, End::Trunk(_))) {
            act(self);
        }
    }

    /// A call comes in.
    fn trunk_offers(&mut self, token: u64, trunk: u32, calling: Party, called: String) {
        let end = End::Trunk(TrunkEnd {
            trunk,
            party: calling,
            codecs: Vec::new(),
            gone: false,
            alerted: false,
            answered: false,
        });
        let leg = self.new_call_of(end, LegState::Proceeding, None);
        self.out.push(Output::Trunk(TrunkOutput::Accepted { token, leg }));
        let Some(call) = self.state.calls.legs.get(leg).map(|leg| leg.call) else { return };
        if self.state.draining {
            self.fail_call(call, Cause::STOPPING, EndedBy::Server);
        } else if self.state.calls.calls.len() > CALLS_MAX {
            self.fail_call(call, Cause::NO_CIRCUIT, EndedBy::Server);
        } else if !self.trunk_attends(leg, &called) {
            self.dialed(call, called.chars().take(DIGITS_MAX).collect());
        }
    }

    fn trunk_rings(&mut self, id: LegId) {
        let leg = self.state.calls.legs.get(id).filter(|leg| leg.state == LegState::RingingIn);
        if let Some(call) = leg.map(|leg| leg.call) {
            self.if_trunk(id, |exchange| exchange.rings(call));
        }
    }

    /// The far end hung up or refused. The trunk knows that its leg is over, and is not told again.
    fn trunk_released(&mut self, id: LegId, cause: Cause) {
        if let Some(Leg { end: End::Trunk(end), .. }) = self.state.calls.legs.get_mut(id) {
            end.gone = true;
        }
        // A refusal without a reason of its own is not "normal": the caller must hear something.
        let ringing = self.state.calls.legs.get(id).is_some_and(|leg| leg.state == LegState::RingingIn);
        let cause = if ringing && cause == Cause::NORMAL { Cause::TEMPORARY } else { cause };
        self.end_leg(id, cause, EndedBy::Leg);
    }

    fn trunk_codecs(&mut self, id: LegId, codes: &[u32]) {
        if let Some(leg) = self.state.calls.legs.get_mut(id)
            && let End::Trunk(end) = &mut leg.end
        {
            let codecs = codes.iter().take(CAPABILITIES_MAX);
            end.codecs = codecs.map(|code| Codec { code: *code, packet_ms_max: 0 }).collect();
        }
    }
}
