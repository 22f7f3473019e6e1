//! What the phones themselves show: compared with what they were told, and when all is quiet.

use phone::media::Stream;
use phone::{Phone, Registration};
use skinny::codes::{DCallState, DeviceStimulus, SoftKeySet};

use super::session::CallView;
use super::{Check, Invariant, SessionView, wrong};
use crate::actor::Actor;
use crate::clock::SECOND;
use crate::decision::Acks;
use crate::site;

/// How much longer than configured a call may ring.
const RING_SLACK: u64 = 3 * SECOND;
/// How long parties may be connected before they must hear each other.
const TALK_AFTER: u64 = 3 * SECOND;

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
        note(stimulus != DeviceStimulus::VOICE_MAIL, &|| format!("lamp {stimulus} {instance} is {mode}"));
    }
    let keys = phone.softkey_set().map(|(set, _)| set);
    let has_keys = phone.profile().softkeys > 0;
    note(has_keys && keys != Some(SoftKeySet::ON_HOOK), &|| format!("its keys are {keys:?}"));
    left
}

/// What rings ends in time.
pub fn is_in_time(view: &SessionView, now: u64) -> Check {
    let limit = u64::from(site::NO_ANSWER_SECS) * SECOND + RING_SLACK;
    let rings = |state| matches!(state, DCallState::RING_IN | DCallState::CALL_WAITING);
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

/// Whoever is connected for a while sends where the other one receives, and the other way round.
pub fn can_talk(actor: &Actor, view: &SessionView, actors: &[Actor], now: u64) -> Check {
    if !answers_orders(actor, now) {
        return Ok(());
    }
    let is_long = |since: u64| now.saturating_sub(since.max(view.media_at)) > TALK_AFTER;
    for call in view.calls.iter().filter(|call| talks(call) && is_long(call.since)) {
        let stream = actor.phone.streams().iter().find(|stream| stream.call.0 == call.reference);
        let local = stream.and_then(|stream| stream.receive?.local);
        let send = stream.and_then(|stream| stream.send);
        let (Some(local), Some(send)) = (local, send) else {
            if somebody_else_is_odd(actors, now) {
                continue;
            }
            let text = format!("call {:#x} is connected and its stream is {stream:?}", call.reference);
            return wrong(Invariant::Talk, text);
        };
        let hears = |other: &&Actor| {
            other
                .phone
                .streams()
                .iter()
                .any(|stream| stream.receive.and_then(|r| r.local) == Some(send.remote))
        };
        let Some(other) = actors.iter().find(hears).filter(|other| answers_orders(other, now)) else {
            continue;
        };
        let answers = |stream: &Stream| stream.send.map(|send| send.remote) == Some(local);
        if !other.phone.streams().iter().any(answers) {
            let text =
                format!("{} sends to {} and nobody sends back to {local}", actor.spec.name, other.spec.name);
            return wrong(Invariant::Talk, text);
        }
    }
    Ok(())
}

/// Whether it is connected, and not a call of the session before whose streams the phone may have lost.
fn talks(call: &CallView) -> bool {
    call.state == DCallState::CONNECTED && call.rank.is_some()
}

/// Whether a phone has answered all orders for a while.
fn answers_orders(actor: &Actor, now: u64) -> bool {
    let is_steady = actor.acks == Acks::Prompt && now.saturating_sub(actor.habits_since) > 60 * SECOND;
    actor.is_orderly()
        && is_steady
        && !actor.was_hurt
        && *actor.phone.registration() == Registration::Registered
}

/// Whether some phone does not answer or holds a call, so that another one may have nobody to talk to.
fn somebody_else_is_odd(actors: &[Actor], now: u64) -> bool {
    let holds = |actor: &Actor| actor.phone.calls().iter().any(|call| call.is_held());
    actors.iter().any(|actor| !answers_orders(actor, now) || holds(actor))
}
