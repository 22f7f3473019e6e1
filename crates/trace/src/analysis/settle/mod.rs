//! What a call comes to when all is said: parties, outcome, milestones, quality, findings.
//!
//! Done each time a call is taken out of the store; a packed call holds facts only.

mod diagnose;
mod quality;
mod times;

use super::Directory;
use super::model::{Call, Direction, Leg, Outcome, Party, Role, StepKind};

/// Whether findings are put in words: lists show their kinds only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analysis) enum Wording {
    Full,
    KindsOnly,
}

/// Works out what the facts come to.
pub(in crate::analysis) fn settle(call: &mut Call, directory: &Directory, wording: Wording) {
    merge_segments(call);
    parties(call);
    call.outcome = outcome(call);
    times::milestones(call);
    quality::quality(call);
    diagnose::diagnose(call, directory, wording);
}

/// The leg of the one who called.
pub(super) fn caller(call: &Call) -> Option<usize> {
    let by_role = |role: Role| call.legs.iter().position(|leg| leg.role == role);
    by_role(Role::Caller)
        .or_else(|| call.legs.iter().position(|leg| leg.direction == Some(Direction::Outbound)))
        .or_else(|| by_role(Role::Pickup).filter(|_| false))
}

/// The leg of the one who answered, else of the first that was called.
pub(super) fn callee(call: &Call) -> Option<usize> {
    let is_callee = |leg: &Leg| matches!(leg.role, Role::Callee | Role::Pickup);
    let answered =
        |leg: &Leg| is_callee(leg) && (leg.marks.answered.is_some() || leg.marks.connected.is_some());
    call.legs
        .iter()
        .position(answered)
        .or_else(|| call.legs.iter().position(is_callee))
        .or_else(|| call.legs.iter().position(|leg| leg.role == Role::Retriever))
}

fn parties(call: &mut Call) {
    let (from, to) = (caller(call), callee(call));
    let first = |legs: &[Option<usize>], party: fn(&Leg) -> &Party| {
        let legs = legs.iter().flatten().map(|leg| party(&call.legs[*leg]));
        legs.into_iter().find(|party| !party.is_empty()).cloned().unwrap_or_default()
    };
    let caller = first(&[from, to, Some(0).filter(|_| !call.legs.is_empty())], |leg| &leg.calling);
    let mut callee = first(&[to, from, Some(0).filter(|_| !call.legs.is_empty())], |leg| &leg.called);
    if callee.is_empty() {
        callee.number = call.dialled.clone();
    }
    (call.caller, call.callee) = (caller, callee);
}

fn outcome(call: &Call) -> Outcome {
    let told = |wanted: &StepKind| call.story.iter().any(|step| step.kind == *wanted);
    let through = call.legs.iter().any(|leg| leg.marks.connected.is_some());
    let over = call.end.is_some();
    let rang = call.legs.iter().any(|leg| leg.marks.ringing.is_some() || leg.marks.ring_back.is_some());
    let talked = call.answer.is_some() || through;
    // A busy number may be told by tones over an open channel.
    let callee_through = call
        .legs
        .iter()
        .any(|leg| leg.direction == Some(Direction::Inbound) && leg.marks.connected.is_some());
    match () {
        () if talked && (callee_through || !told(&StepKind::Busy)) => Outcome::Answered,
        () if told(&StepKind::Busy) => Outcome::Busy,
        () if told(&StepKind::InvalidNumber) => Outcome::InvalidNumber,
        () if told(&StepKind::Congestion) => Outcome::Congestion,
        () if rang && over => Outcome::NoAnswer,
        () if rang => Outcome::Ringing,
        // Of a call in its middle, sound both ways tells that somebody has answered.
        () if call.from_middle && sounds_both_ways(call) => Outcome::Answered,
        () if over && call.from_middle => Outcome::Unknown,
        () if over => Outcome::Abandoned,
        () if call.legs.iter().any(|leg| leg.direction == Some(Direction::Outbound)) => Outcome::InSetUp,
        () => Outcome::Unknown,
    }
}

fn sounds_both_ways(call: &Call) -> bool {
    let streams = || call.streams.iter().filter(|stream| stream.branch.is_none());
    streams().any(|one| streams().any(|other| (one.src, one.dst) == (other.dst, other.src)))
}

/// A stream that was watched in several parts, because its call was packed away in between, is one.
fn merge_segments(call: &mut Call) {
    let mut index = 0;
    while index < call.streams.len() {
        let (done, rest) = call.streams.split_at_mut(index);
        let this = &rest[0];
        let same = |other: &&mut super::Stream| {
            other.src == this.src && other.dst == this.dst && other.ssrc == this.ssrc
        };
        let Some(whole) = done.iter_mut().find(same) else {
            index += 1;
            continue;
        };
        whole.packets += this.packets;
        whole.expected += this.expected;
        whole.lost += this.lost;
        whole.duplicates += this.duplicates;
        whole.reordered += this.reordered;
        whole.late += this.late;
        whole.lost_in_capture += this.lost_in_capture;
        whole.last = whole.last.max(this.last);
        whole.jitter_ms = this.jitter_ms;
        whole.jitter_ms_max = whole.jitter_ms_max.max(this.jitter_ms_max);
        whole.delta_ms_max = whole.delta_ms_max.max(this.delta_ms_max);
        whole.loss_runs += this.loss_runs;
        whole.loss_run_max = whole.loss_run_max.max(this.loss_run_max);
        whole.bursts += this.bursts;
        whole.mos = match (whole.mos, this.mos) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        call.streams.remove(index);
    }
}
