//! What a call manager's own trace says of a call beside its messages: digit analysis, regions, why it gave up.
//!
//! Such a line belongs to the call of its phone, of a reference that it names, or of the numbers that it names; that is inferred
//! always, and ladders say so.

use super::analyst::Analyst;
use super::calls::LegRef;
use super::model::{Call, Event, MessageRef, SessionId};
use crate::Timestamp;

/// Bytes kept of a line.
const THOUGHT_BYTES: usize = 2000;
/// A call that is silent for so long is not what a line is about.
const NEAR_NANOS: i64 = 10_000_000_000;
/// What stands before a call reference.
const REFERENCES: [&[u8]; 6] = [b"CI=[", b"ci=[", b"CI=", b"ci=", b"callReference=", b"CallReference="];
/// What stands before calling and dialled numbers in a digit analysis.
const CALLING: &[u8] = b"cn=\"";
const DIALLED: &[u8] = b"dd=\"";

impl Analyst {
    /// A line of a text trace that is no message.
    pub fn thought(&mut self, session: Option<SessionId>, at: MessageRef, line: &[u8]) {
        if !self.options.events {
            return;
        }
        let leg = session.and_then(|session| self.leg_on(session, at.time));
        let Some(leg) = leg.or_else(|| self.leg_named(line, at.time)) else { return };
        let leg = self.calls.leg(leg);
        let live = self.calls.live(leg.call);
        let Some(session) = live.call.legs.get(usize::from(leg.leg)).map(|leg| leg.session) else { return };
        let wanted = self.options.events_of.is_empty()
            || live.call.legs.iter().any(|leg| self.options.events_of.contains(&leg.session));
        if wanted && live.events.len() < super::EVENTS_KEPT {
            live.events.push(Event {
                at,
                session,
                from_server: true,
                id: Event::THOUGHT,
                header_version: 0,
                negotiated: 0,
                utf8: false,
                leg: Some(leg.leg),
                inferred: true,
                body: line[..line.len().min(THOUGHT_BYTES)].into(),
            });
        }
    }

    /// The leg that a phone has just now.
    fn leg_on(&mut self, session: SessionId, now: Timestamp) -> Option<LegRef> {
        self.desks.fetch(session).then_some(())?;
        let own = &self.desks[session.index()].session;
        if let Some(known) = own.current(now) {
            return Some(known.leg);
        }
        // Another source may have told of the phone's legs.
        let twin = own.twin?;
        self.desks.fetch(twin).then_some(())?;
        self.desks[twin.index()].session.current(now).map(|known| known.leg)
    }

    /// The leg of a reference, else of the numbers, that a line names.
    fn leg_named(&mut self, line: &[u8], now: Timestamp) -> Option<LegRef> {
        let number = |key: &&[u8]| {
            let value = value(line, key)?;
            let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
            std::str::from_utf8(&value[..digits]).ok()?.parse::<u32>().ok()
        };
        let references = REFERENCES.iter().filter_map(number);
        if let Some(leg) = references.into_iter().find_map(|reference| self.leg_of_reference(reference)) {
            return Some(leg);
        }
        let quoted = |key| value(line, key).and_then(|value| value.split(|byte| *byte == b'"').next());
        let (calling, dialled) = (quoted(CALLING)?, quoted(DIALLED)?);
        let is_it = |call: &Call| {
            let fits = |leg: &super::model::Leg| {
                leg.end.is_none()
                    && (leg.calling.number.as_bytes() == calling
                        || (!dialled.is_empty() && leg.digits.as_bytes() == dialled))
            };
            now.since(call.last).abs() < NEAR_NANOS && call.legs.first().is_some_and(fits)
        };
        self.calls.newest(is_it).map(|call| LegRef { call, leg: 0 })
    }
}

/// What stands behind a key.
fn value<'l>(line: &'l [u8], key: &[u8]) -> Option<&'l [u8]> {
    let at = line.windows(key.len()).position(|window| window == key)?;
    line.get(at + key.len()..)
}
