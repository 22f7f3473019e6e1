//! Call references, and the states that a call goes through in a phone's eyes.

use std::collections::HashMap;

use exchange::input::SessionId;
use skinny::codes::DCallState as State;

use super::{Check, Invariant, wrong};

/// An answer to ConnectionStatisticsReq that has not come after this time will never come.
const COUNTERS_WAIT: u64 = 60 * crate::clock::SECOND;

/// A call reference.
#[derive(Debug, Clone, Copy)]
struct Known {
    session: SessionId,
    is_over: bool,
    /// Since when its counters are asked for.
    asked_at: Option<u64>,
}

/// The references of all phones.
#[derive(Debug, Default)]
pub struct References {
    known: HashMap<u32, Known>,
}

impl References {
    /// A phone is told of a call that it did not have.
    pub(super) fn begin(&mut self, reference: u32, session: SessionId, may_move: bool) -> Check {
        let known = Known { session, is_over: false, asked_at: None };
        let Some(before) = self.known.get_mut(&reference) else {
            self.known.insert(reference, known);
            return Ok(());
        };
        let at = before.session.0;
        if before.is_over {
            let counters = if before.asked_at.is_some() { ", its counters are still asked for" } else { "" };
            let text = format!("{reference:#x} was a call of session {at} and is used again{counters}");
            return wrong(Invariant::Reference, text);
        }
        if before.session != session && !may_move {
            let text = format!("{reference:#x} is a call of session {at} and of session {}", session.0);
            return wrong(Invariant::Reference, text);
        }
        *before = known;
        Ok(())
    }

    /// Which session has a call.
    pub(super) fn session(&self, reference: u32) -> Option<SessionId> {
        self.known.get(&reference).map(|known| known.session)
    }

    /// A call is over.
    pub(super) fn over(&mut self, reference: u32) {
        if let Some(known) = self.known.get_mut(&reference) {
            known.is_over = true;
        }
    }

    /// Its counters are asked for.
    pub(super) fn asked(&mut self, reference: u32, now: u64) {
        if let Some(known) = self.known.get_mut(&reference) {
            known.asked_at = Some(now);
        }
    }

    /// Its counters came.
    pub(super) fn counted(&mut self, reference: u32) {
        if let Some(known) = self.known.get_mut(&reference) {
            known.asked_at = None;
        }
    }

    /// Forgets what is over for good: a run of days would fill the memory otherwise.
    pub fn forget_old(&mut self, now: u64) {
        const KEPT_MAX: usize = 1 << 20;
        if self.known.len() > KEPT_MAX {
            let is_kept = |known: &Known| known.asked_at.is_some_and(|asked| asked + COUNTERS_WAIT > now);
            self.known.retain(|_, known| !known.is_over || is_kept(known));
        }
    }
}

/// Whether a phone follows a call from one state to another; `None`: it does not have the call.
pub(super) fn is_legal(from: Option<State>, to: State) -> bool {
    let Some(from) = from else {
        return matches!(
            to,
            // The end of a call that it does not have rids it of a ghost.
            State::OFF_HOOK
                | State::RING_IN
                | State::CALL_WAITING
                | State::CALL_REMOTE_MULTILINE
                | State::ON_HOOK
        );
    };
    let fails = matches!(to, State::BUSY | State::CONGESTION | State::INVALID_NUMBER);
    match from {
        // Telling the same again is harmless: after a registration all calls are told.
        _ if to == State::ON_HOOK || from == to => true,
        State::OFF_HOOK => {
            fails || matches!(to, State::PROCEED | State::RING_OUT | State::CONNECTED | State::HOLD)
        }
        State::RING_IN | State::CALL_WAITING => {
            matches!(
                to,
                State::OFF_HOOK | State::CALL_REMOTE_MULTILINE | State::CALL_WAITING | State::RING_IN
            )
        }
        State::PROCEED => fails || matches!(to, State::RING_OUT | State::CONNECTED),
        State::RING_OUT => fails || to == State::CONNECTED,
        State::CONNECTED => matches!(
            to,
            // A transfer while the target rings: who was transferred hears that.
            State::HOLD
                | State::RING_OUT
                | State::CALL_TRANSFER
                | State::CALL_PARK
                | State::CALL_REMOTE_MULTILINE
                | State::REMOTE_HOLD
        ),
        State::BUSY | State::CONGESTION | State::INVALID_NUMBER => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ways_are_legal_and_answering_without_going_off_hook_is_not() {
        let walk = |states: &[State]| {
            let mut from = None;
            states
                .iter()
                .all(|to| from.replace(*to).map_or(is_legal(None, *to), |from| is_legal(Some(from), *to)))
        };
        let caller = [State::OFF_HOOK, State::PROCEED, State::RING_OUT, State::CONNECTED, State::ON_HOOK];
        assert!(walk(&caller));
        assert!(walk(&[State::RING_IN, State::OFF_HOOK, State::CONNECTED, State::HOLD, State::CONNECTED]));
        assert!(walk(&[State::OFF_HOOK, State::INVALID_NUMBER, State::ON_HOOK]));
        assert!(!walk(&[State::RING_IN, State::CONNECTED]));
        assert!(!walk(&[State::CONNECTED]));
        assert!(!walk(&[State::OFF_HOOK, State::RING_IN]));
    }

    #[test]
    fn references_are_unique_and_not_used_again() {
        let mut references = References::default();
        let (a, b) = (SessionId(1), SessionId(2));
        assert_eq!(references.begin(7, a, false), Ok(()));
        assert!(references.begin(7, b, false).is_err());
        assert_eq!(references.begin(7, b, true), Ok(()));
        references.over(7);
        assert!(references.begin(7, b, true).is_err());
    }
}
