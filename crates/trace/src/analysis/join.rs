//! Which legs are one call: by their parties, and by media addresses.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::analyst::Analyst;
use super::calls::{LegRef, Live};
use super::model::{Direction, Role, SessionId};
use super::session::Context;
use crate::Timestamp;

/// Party pairs remembered; when full, those not used of late make room.
const WAITING_MAX: usize = 8192;
/// Legs remembered of one pair.
const SAME_PAIR_MAX: usize = 16;
/// How far apart in time two legs of one call may show the same parties.
const PAIR_NANOS: i64 = 120_000_000_000;

/// Legs by call manager and parties.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pairs: HashMap<u64, Vec<Candidate>>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    leg: LegRef,
    session: SessionId,
    reference: u32,
    direction: Option<Direction>,
    time: Timestamp,
}

impl Analyst {
    /// The leg's parties changed: it may belong to a call that shows the same.
    pub(super) fn join_by_parties(&mut self, cx: Context, leg: LegRef) -> LegRef {
        let server = self.desks[cx.session.index()].session.server;
        let hasher = self.waiting.hasher.clone();
        let (call, index) = self.at_hand(leg);
        let this = &call.legs[index];
        if this.calling.number.is_empty() || this.called.number.is_empty() {
            return leg;
        }
        let mine = Candidate {
            leg,
            session: cx.session,
            reference: this.reference,
            direction: this.direction,
            time: cx.at.time,
        };
        let key = hasher.hash_one((server, &this.calling.number, &this.called.number));
        self.make_room(cx.at.time);
        let mut others = self.waiting.pairs.remove(&key).unwrap_or_default();
        others.retain(|other| cx.at.time.since(other.time) <= PAIR_NANOS);
        let mate = self.mate(&mine, &others);
        if others.len() >= SAME_PAIR_MAX {
            others.remove(0);
        }
        others.push(mine);
        self.waiting.pairs.insert(key, others);
        if let Some(mate) = mate {
            self.calls.join(mate.call, leg.call);
        }
        self.calls.leg(leg)
    }

    /// The leg among `others` whose call this leg most likely belongs to.
    fn mate(&mut self, mine: &Candidate, others: &[Candidate]) -> Option<LegRef> {
        let mut best: Option<(u8, LegRef)> = None;
        for other in others {
            if other.session == mine.session {
                continue;
            }
            let leg = self.calls.leg(other.leg);
            if leg.call == self.calls.resolve(mine.leg.call).0 {
                return None;
            }
            let call = &self.calls.live(leg.call).call;
            if call.end.is_some() {
                continue;
            }
            let outbound = |leg: &super::model::Leg| {
                leg.direction == Some(Direction::Outbound) && leg.role != Role::Shared
            };
            let has_caller = call.legs.iter().any(outbound);
            let has_callee = call.legs.iter().any(|leg| leg.direction == Some(Direction::Inbound));
            let same_reference =
                mine.reference != 0 && call.legs.iter().any(|leg| leg.reference == mine.reference);
            let rank = match mine.direction {
                Some(Direction::Outbound) if has_caller => 0,
                Some(Direction::Outbound) => 3,
                _ if same_reference => 0,
                _ if has_caller && !has_callee => 3,
                _ if has_caller => 2,
                _ => 1,
            };
            let nearer = |(before, _): &(u8, LegRef)| rank > *before;
            if rank > 0 && best.as_ref().is_none_or(nearer) {
                best = Some((rank, leg));
            }
        }
        best.map(|(_, leg)| leg)
    }

    /// Two legs are one call because one is told to send where the other receives.
    pub(super) fn join_by_media(&mut self, one: LegRef, other: LegRef) {
        let (one, other) = (self.calls.leg(one), self.calls.leg(other));
        if one.call == other.call {
            return;
        }
        // An address may be used again: two calls that each have both their parties are not one.
        let open = |analyst: &mut Self, leg: LegRef| {
            let call = &analyst.calls.live(leg.call).call;
            let has = |direction| call.legs.iter().any(|leg| leg.direction == Some(direction));
            (call.end.is_none(), has(Direction::Outbound) && has(Direction::Inbound))
        };
        let (first, second) = (open(self, one), open(self, other));
        if first.0 && second.0 && !(first.1 && second.1) {
            self.calls.join(one.call, other.call);
        }
    }

    #[inline]
    fn make_room(&mut self, now: Timestamp) {
        if self.waiting.pairs.len() >= WAITING_MAX {
            let stale = |candidates: &[Candidate]| {
                candidates.iter().all(|candidate| now.since(candidate.time) > PAIR_NANOS)
            };
            self.waiting.pairs.retain(|_, candidates| !stale(candidates));
            if self.waiting.pairs.len() >= WAITING_MAX {
                // All of them are fresh: the half that was not joined lately goes.
                let mut keep = false;
                self.waiting.pairs.retain(|_, _| {
                    keep = !keep;
                    keep
                });
            }
        }
    }
}

/// Adds what a call knows to the one that it is part of.
pub(super) fn absorb(into: &mut Live, from: Live) {
    let (legs, branches) = (into.call.legs.len() as u16, into.call.branches.len() as u16);
    let streams = into.call.streams.len();
    let other = from.call;
    let call = &mut into.call;
    let is_earlier = other.start.time < call.start.time;
    if is_earlier {
        call.start = other.start;
    }
    if call.started == super::model::Started::Unknown {
        call.started = other.started;
    }
    call.from_middle &= other.from_middle;
    call.answer = [call.answer, other.answer].into_iter().flatten().min_by_key(|answer| answer.time);
    call.last = call.last.max(other.last);
    if call.dialled.is_empty() {
        call.dialled = other.dialled;
    }
    if call.original_callee.is_empty() {
        call.original_callee = other.original_callee;
    }
    call.messages += other.messages;
    call.inferred += other.inferred;
    call.legs.extend(other.legs);
    call.branches.extend(other.branches.into_iter().map(|mut branch| {
        branch.leg += legs;
        branch
    }));
    call.story.extend(other.story.into_iter().map(|mut step| {
        step.leg += legs;
        step
    }));
    call.story.sort_by_key(|step| step.at.time);
    call.findings.extend(other.findings);
    let shift = |index: Option<u16>, by: u16| index.map(|index| index + by);
    call.streams.extend(other.streams.into_iter().map(|mut stream| {
        stream.from_leg = shift(stream.from_leg, legs);
        stream.to_leg = shift(stream.to_leg, legs);
        stream.branch = shift(stream.branch, branches);
        stream
    }));
    debug_assert!(call.streams.len() >= streams);
    call.end = if call.legs.iter().all(|leg| leg.end.is_some()) {
        call.legs.iter().filter_map(|leg| leg.end).max_by_key(|end| end.time)
    } else {
        None
    };
    into.events.extend(from.events.into_iter().map(|mut event| {
        event.leg = shift(event.leg, legs);
        event
    }));
    into.events.sort_by_key(|event| (event.at.time, event.at.number, event.at.nth));
    into.streams.extend(from.streams.into_iter().map(|mut state| {
        state.shift(legs, branches);
        state
    }));
}
