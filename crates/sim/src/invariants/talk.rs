//! Parties that are connected hear each other: addresses, codecs and caller ids of both ends agree.

use phone::media::Stream;
use phone::{Call, Registration};
use skinny::codes::DCallState;

use super::session::CallView;
use super::{Check, Invariant, SessionView, wrong};
use crate::actor::Actor;
use crate::clock::SECOND;
use crate::decision::Acks;
use crate::site::{self, PARK_SLOTS};

/// How long parties may be connected before they must hear each other.
const TALK_AFTER: u64 = 3 * SECOND;
/// How long a phone must have had good habits to be relied on.
const STEADY_AFTER: u64 = 60 * SECOND;

/// Whoever is connected for a while sends where the other one receives, and the other way round.
pub fn can_talk(actor: &Actor, view: &SessionView, actors: &[Actor], now: u64) -> Check {
    if !answers_orders(actor, now) {
        return Ok(());
    }
    let is_long = |since: u64| now.saturating_sub(since.max(view.media_at)) > TALK_AFTER;
    for call in view.calls.iter().filter(|call| talks(call) && is_long(call.since)) {
        check_call(actor, call, actors, now)?;
    }
    Ok(())
}

fn check_call(actor: &Actor, call: &CallView, actors: &[Actor], now: u64) -> Check {
    let stream = actor.phone.streams().iter().find(|stream| stream.call.0 == call.reference);
    let whole = stream.filter(|stream| stream.send.is_some() && local(stream).is_some());
    let Some(own) = whole else {
        if somebody_is_odd(actors, now) || is_parked(actor, call) {
            return Ok(());
        }
        let text = format!("call {:#x} is connected and its stream is {stream:?}", call.reference);
        return wrong(Invariant::Talk, text);
    };
    let Some(other) =
        actors.iter().find(|other| hears(other, own)).filter(|other| answers_orders(other, now))
    else {
        return Ok(());
    };
    let Some(back) =
        other.phone.streams().iter().find(|back| back.send.map(|send| send.remote) == local(own))
    else {
        let text = format!("{} sends to {} and nobody sends back", actor.spec.name, other.spec.name);
        return wrong(Invariant::Talk, text);
    };
    same_codec(own, back)?;
    let shown = actor.phone.calls().iter().find(|shown| shown.reference.0 == call.reference);
    match (shown, other.phone.call(back.call)) {
        (Some(shown), Some(theirs)) => names_the_other(shown, theirs, other),
        _ => Ok(()),
    }
}

/// Whether it waits under a number, where there need be no music.
fn is_parked(actor: &Actor, call: &CallView) -> bool {
    let shown = actor.phone.calls().iter().find(|shown| shown.reference.0 == call.reference);
    shown.is_some_and(|shown| PARK_SLOTS.contains(&&*shown.other().number))
}

/// Where a stream receives, once it does.
fn local(stream: &Stream) -> Option<std::net::SocketAddr> {
    stream.receive?.local
}

/// Whether a phone receives what a stream sends.
fn hears(other: &Actor, own: &Stream) -> bool {
    let to = own.send.map(|send| send.remote);
    other.phone.streams().iter().any(|stream| local(stream) == to)
}

fn same_codec(own: &Stream, back: &Stream) -> Check {
    let codecs =
        |stream: &Stream| (stream.send.map(|send| send.codec), stream.receive.map(|receive| receive.codec));
    let ((sends, receives), (they_send, they_receive)) = (codecs(own), codecs(back));
    if sends == they_receive && (receives == they_send || they_send.is_none()) {
        return Ok(());
    }
    wrong(Invariant::Talk, format!("one end has {own:?}, the other {back:?}"))
}

/// The screen names the number that the other end is on.
fn names_the_other(shown: &Call, theirs: &Call, other: &Actor) -> Check {
    let number = other.spec.lines.get((theirs.line.0 as usize).wrapping_sub(1));
    let name = &shown.other().number;
    // A call to a busy line may ring on another one of the phone.
    let is_expected = site::stands_for_others(name) || other.spec.lines.iter().any(|line| **line == **name);
    match number {
        Some(number) if !is_expected => {
            let text = format!("it is connected with {number} and shows {:?}", shown.other());
            wrong(Invariant::View, text)
        }
        _ => Ok(()),
    }
}

/// Whether it is connected, is heard, and is not a call of the session before whose streams the phone may have lost.
fn talks(call: &CallView) -> bool {
    call.state == DCallState::CONNECTED && call.rank.is_some() && !call.whispers
}

/// Whether a phone has answered all orders for a while.
fn answers_orders(actor: &Actor, now: u64) -> bool {
    let is_steady = actor.acks == Acks::Prompt && now.saturating_sub(actor.habits_since) > STEADY_AFTER;
    // A phone that is just back has not been shown its calls yet.
    let is_settled = now.saturating_sub(actor.session_since) > TALK_AFTER;
    actor.is_orderly()
        && is_steady
        && is_settled
        && !actor.was_hurt
        && *actor.phone.registration() == Registration::Registered
}

/// Whether some phone does not answer or holds a call, so that another one may have nobody to talk to.
fn somebody_is_odd(actors: &[Actor], now: u64) -> bool {
    let holds = |actor: &Actor| actor.phone.calls().iter().any(Call::is_held);
    actors.iter().any(|actor| !answers_orders(actor, now) || holds(actor))
}
