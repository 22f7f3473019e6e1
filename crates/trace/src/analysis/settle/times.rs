//! How long each stage took.

use super::{callee, caller};
use crate::Timestamp;
use crate::analysis::model::{Call, Leg, MediaOrder, MediaWay, Milestone, Milestones};

/// Sets all that can be told.
pub(super) fn milestones(call: &mut Call) {
    let mut found = Milestones::default();
    let mut span = |milestone: Milestone, from: Option<Timestamp>, to: Option<Timestamp>| {
        if let (Some(from), Some(to)) = (from, to)
            && to >= from
        {
            found.set(milestone, to.since(from));
        }
    };
    let from = caller(call).map(|leg| &call.legs[leg]);
    let to = callee(call).map(|leg| &call.legs[leg]);
    let answer = call.answer.map(|answer| answer.time);
    if let Some(leg) = from {
        span(Milestone::DialTone, leg.marks.off_hook, leg.marks.dial_tone);
        span(Milestone::SetUp, leg.marks.last_digit, leg.marks.ring_back);
        span(Milestone::Ringing, leg.marks.last_digit, to.and_then(|leg| leg.marks.ringing));
    }
    // Who picks up a call that rings elsewhere never rang.
    let rang = to.and_then(|leg| leg.marks.ringing);
    let rang = rang.or_else(|| call.legs.iter().filter_map(|leg| leg.marks.ringing).min());
    span(Milestone::Answer, rang, answer);
    let pair: Vec<&Leg> = [from, to].into_iter().flatten().collect();
    let opens: Vec<&MediaOrder> = pair.iter().filter_map(|leg| first(leg, MediaWay::Receive)).collect();
    let starts: Vec<&MediaOrder> = pair.iter().filter_map(|leg| first(leg, MediaWay::Transmit)).collect();
    span(Milestone::Open, answer, opens.iter().map(|order| order.ordered.time).max());
    let slowest =
        |spans: Vec<(Timestamp, Timestamp)>| spans.into_iter().max_by_key(|(from, to)| to.since(*from));
    let acks =
        opens.iter().filter_map(|order| Some((order.ordered.time, order.acknowledged?.time))).collect();
    if let Some((from, to)) = slowest(acks) {
        span(Milestone::Acknowledge, Some(from), Some(to));
    }
    let after_ack = starts
        .iter()
        .filter_map(|start| {
            let open = opens.iter().find(|open| open.local.is_some() && open.local == start.remote)?;
            Some((open.acknowledged?.time, start.ordered.time))
        })
        .collect();
    if let Some((from, to)) = slowest(after_ack) {
        span(Milestone::Start, Some(from), Some(to));
    }
    let (from_index, to_index) = (caller(call), callee(call));
    let first_packet = |from: Option<usize>, to: Option<usize>| {
        let streams = call.streams.iter().filter(|stream| stream.branch.is_none());
        let index = |leg: Option<u16>| leg.map(usize::from);
        let wanted = streams.filter(|stream| {
            (from.is_some() && index(stream.from_leg) == from) || (to.is_some() && index(stream.to_leg) == to)
        });
        wanted.map(|stream| stream.first).min()
    };
    let order_of = |leg: Option<&Leg>| leg.and_then(|leg| Some(first(leg, MediaWay::Transmit)?.ordered.time));
    span(Milestone::FirstFromCaller, order_of(from), first_packet(from_index, to_index));
    span(Milestone::FirstFromCallee, order_of(to), first_packet(to_index, from_index));
    span(Milestone::AudioToCaller, answer, first_packet(to_index, from_index));
    span(Milestone::AudioToCallee, answer, first_packet(from_index, to_index));
    call.milestones = found;
}

/// A leg's first order of a direction.
fn first(leg: &Leg, way: MediaWay) -> Option<&MediaOrder> {
    leg.media.iter().find(|order| order.way == way)
}
