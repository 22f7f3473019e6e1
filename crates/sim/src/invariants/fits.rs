//! What a phone was told must fit together once nothing more is said: calls, streams, lamps, ringer, tone,
//! speaker, softkeys.

use skinny::codes::{ButtonType, DCallState as State, RingMode, SoftKeySet};

use super::session::{CallView, Heritage, SessionView};
use super::{Check, Invariant, wrong};

impl SessionView {
    /// Nothing more is said for now: it must fit together. While a device registers anew that has calls, those
    /// are not shown yet.
    pub(super) fn settled(&mut self) -> Check {
        let ended = std::mem::take(&mut self.ended);
        let strays = std::mem::take(&mut self.strays);
        if self.is_hardware {
            return Ok(());
        }
        if self.is_coming_back {
            if !std::mem::take(&mut self.is_greeted) {
                return Ok(());
            }
            self.is_coming_back = false;
            self.heritage = Heritage::default();
        }
        for (reference, message) in strays {
            if !self.has(reference) && !ended.contains(&reference) {
                let text = format!("{message} speaks of call {reference:#x}, which the phone does not have");
                return wrong(Invariant::Stray, text);
            }
        }
        self.streams_have_calls()?;
        self.ringer_fits()?;
        self.tone_fits()?;
        self.lamps_fit()?;
        if self.speaker_is_on && self.calls.is_empty() {
            return wrong(Invariant::Speaker, "it was switched on and the phone has no call any more".into());
        }
        self.hunts_fit()?;
        self.softkeys_fit()
    }

    /// Who has left his hunt groups does not ring for them.
    fn hunts_fit(&self) -> Check {
        let rings = self.calls.iter().find(|call| call.is_hunted && call.state == State::RING_IN);
        match rings.filter(|_| self.is_lit(ButtonType::H_LOG) == Some(false)) {
            Some(call) => {
                let text =
                    format!("call {:#x} rings for a hunt group that its user has left", call.reference);
                wrong(Invariant::Hunt, text)
            }
            None => Ok(()),
        }
    }

    fn streams_have_calls(&self) -> Check {
        let stray = self.streams.iter().find(|stream| !self.has(stream.reference));
        match stray {
            Some(stream) => {
                wrong(Invariant::Media, format!("the call of {stream:x?} is over and it is open"))
            }
            None => Ok(()),
        }
    }

    fn ringer_fits(&self) -> Check {
        let rings = |call: &CallView| matches!(call.state, State::RING_IN | State::CALL_WAITING);
        let is_on = self.ringer != RingMode::RING_OFF;
        if is_on && !self.calls.iter().any(rings) {
            return wrong(Invariant::Ringer, format!("it rings ({}) and no call does", self.ringer));
        }
        if !is_on && !self.calls.is_empty() && self.calls.iter().all(rings) {
            return wrong(Invariant::Ringer, "calls ring, the phone is free, and it is silent".into());
        }
        Ok(())
    }

    fn tone_fits(&self) -> Check {
        let Some((tone, reference)) = self.tone else { return Ok(()) };
        let state = self.call(reference).map(|call| call.state);
        let fits = match state {
            None => reference == 0 && !self.calls.is_empty(),
            Some(State::CONNECTED | State::HOLD | State::RING_IN | State::CALL_WAITING) => false,
            Some(_) => true,
        };
        if fits {
            return Ok(());
        }
        let state = state.map_or("over".to_owned(), |state| state.to_string());
        wrong(Invariant::Tone, format!("{tone} plays and call {reference:#x} is {state}"))
    }

    fn lamps_fit(&self) -> Check {
        let dark = |line: u32| self.calls.iter().all(|call| call.line != line);
        match self.lamps.iter().find(|(line, _)| dark(*line)) {
            Some((line, mode)) => {
                wrong(Invariant::Lamp, format!("the lamp of line {line} is {mode} and it has no call"))
            }
            None => Ok(()),
        }
    }

    fn softkeys_fit(&self) -> Check {
        if self.profile.softkeys == 0 {
            return Ok(());
        }
        if self.calls.is_empty() {
            return match self.keys {
                Some((_, set)) if set != SoftKeySet::ON_HOOK => {
                    wrong(Invariant::SoftKeys, format!("the phone has no call and its keys are {set}"))
                }
                _ => Ok(()),
            };
        }
        let odd = self.calls.iter().find(|call| call.keys.is_none_or(|set| !belongs(set, call)));
        match odd {
            Some(CallView { reference, state, keys, .. }) => {
                let keys = keys.map_or("none".to_owned(), |set| set.to_string());
                wrong(Invariant::SoftKeys, format!("call {reference:#x} is {state} and its keys are {keys}"))
            }
            None => Ok(()),
        }
    }
}

/// Whether a set of softkeys belongs to a state.
fn belongs(set: SoftKeySet, call: &CallView) -> bool {
    use SoftKeySet as Set;
    match call.state {
        // Who is heard only, or not yet, can end that, and nothing else.
        State::CONNECTED if call.whispers => set == Set::RING_OUT,
        State::OFF_HOOK => matches!(set, Set::OFF_HOOK | Set::DIGITS_FOLLOWING | Set::OFF_HOOK_WITH_FEATURES),
        State::PROCEED => matches!(set, Set::DIGITS_FOLLOWING | Set::RING_OUT | Set::CONNECTED_TRANSFERABLE),
        State::RING_OUT => {
            matches!(set, Set::RING_OUT | Set::CONNECTED_TRANSFERABLE | Set::ON_HOOK_WITH_STEALABLE_CALL)
        }
        State::BUSY | State::CONGESTION | State::INVALID_NUMBER => {
            // The number of a set is all that the protocol has of it; this one is the call back's.
            let plain = [Set::RING_OUT, Set::OFF_HOOK, Set::DIGITS_FOLLOWING, Set::CONNECTED_TRANSFERABLE];
            plain.contains(&set) || set == Set::ON_HOOK_WITH_STEALABLE_CALL
        }
        State::RING_IN | State::CALL_WAITING => set == Set::RING_IN,
        State::CONNECTED => {
            matches!(set, Set::CONNECTED | Set::CONNECTED_TRANSFERABLE | Set::CONNECTED_CONFERENCE)
        }
        State::HOLD | State::HOLD_REVERT => matches!(set, Set::ON_HOLD | Set::HOLD_CONFERENCE),
        State::CALL_REMOTE_MULTILINE => matches!(set, Set::IN_USE_HINT | Set::ON_HOOK_WITH_STEALABLE_CALL),
        _ => true,
    }
}
