//! What is kept of a call when it ends.

use serde::{Deserialize, Serialize};

use super::{Call, Cause, EndedBy, LegId, Stage, Taping};
use crate::Exchange;
use crate::input::Now;
use crate::output::{CallMedia, Change, Output};
use crate::record::{CallRecord, Record};
use crate::table::{CallId, StationId};
use crate::timer::TimerKey;

/// By how much the wall clock may run apart from the monotonic one during a call until it counts as set: time
/// servers turn a clock slowly by less.
const CLOCK_SLEW_MS: i64 = 1_000;

/// Counters that a phone was asked for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PendingStatistics {
    /// The call.
    pub(crate) call: u64,
    /// The phone.
    pub(crate) station: StationId,
    /// Ends the wait.
    pub(crate) timer: TimerKey,
    /// The algorithm by which its stream was encrypted.
    pub(crate) srtp: Option<u32>,
    /// Whether the leg is gone, so that its reference is free as soon as they are there.
    pub(crate) leg_gone: bool,
}

impl Exchange {
    /// Takes a call out of the table, records it and reports its end. Its legs are still there.
    pub(super) fn finish(&mut self, id: CallId, cause: Cause, by: EndedBy) -> Option<Call> {
        self.finish_as(id, cause, by, None)
    }

    /// The same for a call of which somebody goes on in another call.
    pub(super) fn finish_as(
        &mut self,
        id: CallId,
        cause: Cause,
        by: EndedBy,
        continued_as: Option<u64>,
    ) -> Option<Call> {
        let call = self.state.calls.calls.remove(id)?;
        self.state.timers.cancel(call.timer);
        let record = CallRecord { continued_as, ..self.record_of(&call, cause, by) };
        self.out.push(Output::Record(Box::new(Record::Call(record))));
        self.event(Change::CallEnded { call: call.number, cause: cause.0 });
        Some(call)
    }

    fn record_of(&self, call: &Call, cause: Cause, by: EndedBy) -> CallRecord {
        let calling = self.state.calling(call);
        let (answer_ms, answered) = match call.stage {
            Stage::Connected { answered } => (Some(self.wall_clock(answered)), call.callees.first()),
            _ => (None, None),
        };
        CallRecord {
            call: call.number,
            calling: calling.number.into(),
            calling_name: calling.name.into(),
            calling_device: self.device_at(call.caller).into(),
            dialed: call.dialed.clone(),
            called: self.state.called(call).number.into(),
            called_device: answered.map_or("", |leg| self.device_at(*leg)).into(),
            start_ms: self.wall_clock(call.started),
            answer_ms,
            end_ms: self.now.unix_ms,
            cause,
            ended_by: by.words().into(),
            codec: call.stream.map(|stream| stream.codec),
            codec_by: answered
                .zip(call.stream)
                .and_then(|(leg, stream)| self.codec_by(call.caller, *leg, stream.codec)),
            calling_media: self.media_at(call.caller),
            called_media: answered.and_then(|leg| self.media_at(*leg)),
            references: call.references.clone(),
            continued_as: None,
            relayed: self.call_media(call).relayed,
            hardware: self.call_media(call).hardware,
            transcoded: self.call_media(call).transcoded,
            srtp: self.srtp_at(call.caller),
            recordings: call.recordings.clone(),
        }
    }

    /// When something was, by the clock as it is set now. Lengths of calls are right though the clock was set
    /// while they ran: it is the clock as it is now that is taken to be right.
    fn wall_clock(&self, then: Now) -> i64 {
        let elapsed_ms = (self.now.monotonic_ns.saturating_sub(then.monotonic_ns) / 1_000_000) as i64;
        let was_set_by = self.now.unix_ms - then.unix_ms - elapsed_ms;
        if was_set_by.abs() > CLOCK_SLEW_MS { self.now.unix_ms - elapsed_ms } else { then.unix_ms }
    }

    /// Where the audio of a call goes, as far as it does not go directly.
    pub(crate) fn call_media(&self, call: &Call) -> CallMedia {
        let legs = [Some(call.caller), call.callees.first().copied()]
            .map(|leg| leg.filter(|leg| !self.is_place(*leg)));
        let [one, other] = legs;
        let all = || legs.into_iter().flatten();
        let codec = |leg: Option<LegId>| Some(self.state.calls.legs.get(leg?)?.media.as_ref()?.stream.codec);
        let is_taped = |leg: LegId| {
            self.state.calls.legs.get(leg).is_some_and(|leg| matches!(leg.taping, Taping::On(_)))
        };
        let relayed = all().find_map(|leg| self.relayed(leg)).map(str::to_owned);
        let differs = codec(other).filter(|_| codec(one).is_some() && codec(one) != codec(other));
        CallMedia {
            transcoded: differs.filter(|_| relayed.is_some()),
            relayed,
            hardware: all().find_map(|leg| self.hardware_of(leg)).map(str::to_owned),
            recorded: all().any(is_taped),
            talking: all().any(|leg| self.is_heard_in_mix(leg)),
        }
    }

    /// Something of the way of a call's audio has changed: it is told when the turn ends.
    pub(crate) fn touch_media(&mut self, leg: LegId) {
        if let Some(call) = self.state.calls.legs.get(leg).map(|leg| leg.call)
            && !self.touched_calls.contains(&call)
        {
            self.touched_calls.push(call);
        }
    }

    /// The turn ends: who watches knows the way of each call's audio.
    pub(crate) fn settle_media(&mut self) {
        while let Some(id) = self.touched_calls.pop() {
            let Some(call) = self.state.calls.calls.get(id) else { continue };
            let (number, media) = (call.number, self.call_media(call));
            let Some(call) = self.state.calls.calls.get_mut(id).filter(|call| call.media_told != media)
            else {
                continue;
            };
            call.media_told = media.clone();
            self.event(Change::CallMedia { call: number, media });
        }
    }

    /// The algorithm by which the stream of a leg is encrypted.
    pub(super) fn srtp_at(&self, leg: LegId) -> Option<u32> {
        let keys = self.state.calls.legs.get(leg)?.media.as_ref()?.keys.as_ref()?;
        Some(keys[0].algorithm)
    }

    fn media_at(&self, leg: LegId) -> Option<std::net::SocketAddr> {
        self.state.calls.legs.get(leg)?.address()
    }

    /// The device at a leg; empty for a trunk.
    pub(crate) fn device_at(&self, leg: LegId) -> &str {
        let at = self.state.calls.legs.get(leg).and_then(|leg| leg.appearance());
        at.and_then(|at| self.state.stations.get(at.station)).map_or("", |station| &station.device)
    }
}
