//! Events and records: numbered without gaps, each call opened once and ended once.

use std::collections::{BTreeMap, HashSet};

use exchange::output::{Change, Event};
use exchange::record::{CallRecord, Record};

use super::{Check, Invariant, wrong};

/// Who can end a call.
const ENDED_BY: [&str; 3] = ["caller", "callee", "server"];
/// Largest cause of Q.850.
const CAUSE_MAX: u8 = 127;

/// Calls as records and events tell of them.
#[derive(Debug, Default)]
pub struct Ledger {
    event_last: u64,
    /// Calls in records that have not ended, with their start.
    open: BTreeMap<u64, i64>,
    /// Calls in events that have not ended.
    live: BTreeMap<u64, ()>,
    call_last: u64,
    counted: HashSet<(u64, u32)>,
    /// Calls that ended.
    pub calls: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Streams that were counted.
    pub streams: u64,
    /// The wall clock was set: times may run backwards.
    pub has_jumped: bool,
}

impl Ledger {
    /// An event.
    pub(super) fn event(&mut self, event: &Event) -> Check {
        let expected = self.event_last + 1;
        self.event_last = event.number;
        if event.number != expected {
            return wrong(Invariant::Events, format!("event {} comes where {expected} is due", event.number));
        }
        match &event.change {
            Change::CallStarted { call, .. } if self.live.insert(*call, ()).is_some() => {
                wrong(Invariant::Events, format!("call {call} starts twice"))
            }
            Change::CallState { call, state, .. } if !self.live.contains_key(call) => {
                wrong(Invariant::Events, format!("call {call} is {state} and has not started, or has ended"))
            }
            Change::CallEnded { call, .. } if self.live.remove(call).is_none() => {
                wrong(Invariant::Events, format!("call {call} ends and has not started, or has ended"))
            }
            _ => Ok(()),
        }
    }

    /// A record.
    pub(super) fn record(&mut self, record: &Record) -> Check {
        match record {
            Record::CallOpened { call, start_ms, .. } => {
                if *call <= self.call_last {
                    let text = format!("call {call} is opened after call {}", self.call_last);
                    return wrong(Invariant::Records, text);
                }
                self.call_last = *call;
                self.open.insert(*call, *start_ms);
                Ok(())
            }
            Record::Call(call) => self.ended(call),
            Record::Relay(relay) if relay.call == 0 || relay.call > self.call_last => {
                wrong(Invariant::Records, format!("a relay is of call {}, which never was", relay.call))
            }
            Record::Relay(_) => Ok(()),
            Record::Recording(recording) if recording.call == 0 || recording.call > self.call_last => wrong(
                Invariant::Records,
                format!("a recording is of call {}, which there is not", recording.call),
            ),
            Record::Recording(_) => Ok(()),
            Record::Stream(stream) => {
                self.streams += 1;
                let number = stream.call;
                if number == 0 || number > self.call_last {
                    return wrong(
                        Invariant::Records,
                        format!("a stream is of call {number}, which never was"),
                    );
                }
                if !self.counted.insert((number, stream.reference)) {
                    let text =
                        format!("the stream {:#x} of call {number} is counted twice", stream.reference);
                    return wrong(Invariant::Records, text);
                }
                Ok(())
            }
        }
    }

    fn ended(&mut self, record: &CallRecord) -> Check {
        self.calls += 1;
        self.answered += u64::from(record.answer_ms.is_some());
        let call = record.call;
        let Some(start_ms) = self.open.remove(&call) else {
            return wrong(Invariant::Records, format!("call {call} ends and was not opened, or has ended"));
        };
        if !ENDED_BY.contains(&&*record.ended_by) || record.cause.0 == 0 || record.cause.0 > CAUSE_MAX {
            let text = format!("call {call} is ended by {:?} with {:?}", record.ended_by, record.cause);
            return wrong(Invariant::Records, text);
        }
        // A clock that was set moves the beginning: the length of the call stays right.
        if start_ms != record.start_ms && !self.has_jumped {
            let text = format!("call {call} was opened at {start_ms} and now began at {}", record.start_ms);
            return wrong(Invariant::Records, text);
        }
        let answer_ms = record.answer_ms.unwrap_or(record.start_ms);
        let is_ordered = record.start_ms <= answer_ms && answer_ms <= record.end_ms;
        if !is_ordered && !self.has_jumped {
            let times = (record.start_ms, record.answer_ms, record.end_ms);
            return wrong(
                Invariant::Records,
                format!("call {call} begins, is answered and ends at {times:?}"),
            );
        }
        Ok(())
    }

    /// Calls that have not ended.
    pub fn live_calls(&self) -> usize {
        self.live.len()
    }

    /// The n-th of the calls that have not ended.
    pub fn nth_live(&self, index: u16) -> Option<u64> {
        let index = usize::from(index).checked_rem(self.live.len())?;
        self.live.keys().nth(index).copied()
    }

    /// Everybody has hung up: no call is left.
    pub fn check_quiet(&mut self) -> Check {
        self.counted.clear();
        if let Some((call, _)) = self.open.first_key_value() {
            return wrong(
                Invariant::Records,
                format!("all have hung up, and call {call} has no end in the records"),
            );
        }
        if let Some((call, ())) = self.live.first_key_value() {
            return wrong(
                Invariant::Events,
                format!("all have hung up, and call {call} has no end in the events"),
            );
        }
        Ok(())
    }
}
