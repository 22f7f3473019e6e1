//! What is kept of a call when it ends.

use serde::{Deserialize, Serialize};

use super::{Call, Cause, EndedBy, LegId, Stage};
use crate::Exchange;
use crate::input::Now;
use crate::output::{Change, Output};
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
            relayed: self.relayed(call.caller).map(str::to_owned),
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

    fn media_at(&self, leg: LegId) -> Option<std::net::SocketAddr> {
        self.state.calls.legs.get(leg)?.address()
    }

    /// The device at a leg; empty for a trunk.
    pub(crate) fn device_at(&self, leg: LegId) -> &str {
        let at = self.state.calls.legs.get(leg).and_then(|leg| leg.appearance());
        at.and_then(|at| self.state.stations.get(at.station)).map_or("", |station| &station.device)
    }
}
