//! What the phones themselves show: compared with what they were told, and when all is quiet.

use phone::{Phone, Registration};
use skinny::codes::{DCallState, DeviceStimulus, LampMode, SoftKeySet};

use super::{Check, Invariant, SessionView, wrong};
use crate::actor::Actor;
use crate::clock::SECOND;
use crate::site;

/// How much longer than configured a call may ring.
const RING_SLACK: u64 = 3 * SECOND;
/// How long a caller may hear that it rings: all members of three groups, and then a chain of forwards.
const SEEKING_MAX: u64 = 240 * SECOND;
/// How long a session may be silent before it is closed: three intervals, of standby connections too.
const SILENCE_MAX: u64 = 3 * SECOND * site::KEEPALIVE_SECS as u64 + 5 * SECOND;
const SILENCE_MAX_STANDBY: u64 = 2 * SILENCE_MAX;

/// Nothing is left on at a phone that is not used.
pub fn is_quiet(actor: &Actor) -> Check {
    let phone = &actor.phone;
    if *phone.registration() != Registration::Registered {
        return wrong(Invariant::Service, format!("it is not in service but {:?}", phone.registration()));
    }
    let left_on = left_on(phone);
    if left_on.is_empty() { Ok(()) } else { wrong(Invariant::Quiet, left_on.join(", ")) }
}

fn left_on(phone: &Phone) -> Vec<String> {
    let mut left = Vec::new();
    let mut note = |is_on: bool, what: &dyn Fn() -> String| {
        if is_on {
            left.push(what());
        }
    };
    let calls = phone.calls();
    note(!calls.is_empty(), &|| format!("calls {calls:?}"));
    note(phone.ringing(), &|| format!("it rings: {}", phone.ringer()));
    note(phone.tone().is_some(), &|| format!("it plays {:?}", phone.tone()));
    note(phone.path().is_some(), &|| format!("its {:?} is on", phone.path()));
    note(!phone.streams().is_empty(), &|| format!("streams {:?}", phone.streams()));
    for (stimulus, instance, mode) in phone.lamps() {
        let may_be_on = matches!(
            stimulus,
            DeviceStimulus::VOICE_MAIL
                | DeviceStimulus::FORWARD_ALL
                | DeviceStimulus::DO_NOT_DISTURB
                | DeviceStimulus::H_LOG
                | DeviceStimulus::PRIVACY
        ) || (stimulus == DeviceStimulus::SPEED_DIAL && mode == LampMode::WINK);
        note(!may_be_on, &|| format!("lamp {stimulus} {instance} is {mode}"));
    }
    let keys = phone.softkey_set().map(|(set, _)| set);
    let has_keys = phone.profile().softkeys > 0;
    note(has_keys && keys != Some(SoftKeySet::ON_HOOK), &|| format!("its keys are {keys:?}"));
    left
}

/// What rings ends in time, and so does a session that says nothing.
pub fn is_in_time(view: &SessionView, now: u64) -> Check {
    let limit = u64::from(site::NO_ANSWER_SECS) * SECOND + RING_SLACK;
    let rings = |state| matches!(state, DCallState::RING_IN | DCallState::CALL_WAITING);
    let silence = now.saturating_sub(view.heard_at);
    let allowed = if view.is_registered { SILENCE_MAX } else { SILENCE_MAX_STANDBY };
    if silence > allowed {
        return wrong(
            Invariant::Overdue,
            format!("its session said nothing for {} seconds", silence / SECOND),
        );
    }
    let seeks = |call: &&super::session::CallView| call.state == DCallState::RING_OUT;
    let sought = view.calls.iter().filter(seeks).find(|call| now.saturating_sub(call.since) > SEEKING_MAX);
    if let Some(call) = sought {
        let secs = (now - call.since) / SECOND;
        return wrong(
            Invariant::Overdue,
            format!("call {:#x} seeks somebody since {secs} seconds", call.reference),
        );
    }
    let late = view.calls.iter().find(|call| rings(call.state) && now.saturating_sub(call.since) > limit);
    match late {
        Some(call) => {
            let secs = (now - call.since) / SECOND;
            wrong(Invariant::Overdue, format!("call {:#x} rings since {secs} seconds", call.reference))
        }
        None => Ok(()),
    }
}

/// A phone that read everything shows the calls that it was told.
pub fn shows_what_it_was_told(actor: &Actor, view: &SessionView) -> Check {
    let phone = &actor.phone;
    if !matches!(phone.registration(), Registration::Registered | Registration::Configuring) {
        return Ok(());
    }
    let shown = |reference: u32| phone.calls().iter().find(|call| call.reference.0 == reference);
    for told in &view.calls {
        let state = shown(told.reference).map(|call| call.state);
        if state != Some(told.state) {
            let text = format!("call {:#x} is {} and the phone shows {state:?}", told.reference, told.state);
            return wrong(Invariant::View, text);
        }
    }
    let stray = phone.calls().iter().find(|call| view.call(call.reference.0).is_none());
    match stray.filter(|_| !actor.spec.manners.roams) {
        Some(call) => {
            wrong(Invariant::View, format!("the phone shows a call that it does not have: {call:?}"))
        }
        None => Ok(()),
    }
}
