//! What an analyst remembers of a phone's connection while it lives.

use serde::{Deserialize, Serialize};
use skinny::text::Charset;

use super::calls::{CallId, LegRef};
use super::model::{Event, MessageRef, SessionId, Started};
use crate::Timestamp;

/// Legs remembered of one connection, ended ones included.
pub(super) const LEGS_REMEMBERED: usize = 12;
/// Messages without a reference that wait for the call they begin.
pub(super) const PENDING_MAX: usize = 32;
/// How long they wait.
pub(super) const PENDING_NANOS: i64 = 30_000_000_000;
/// How long before its first referenced message a call may have begun, for an act of the user.
pub(super) const ACT_NANOS: i64 = 5_000_000_000;

/// A phone's connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Session {
    pub server: u32,
    pub source: u16,
    /// The same phone as another source shows it.
    pub twin: Option<SessionId>,
    /// Version that the phone offered, and that both agreed on.
    pub offered: u8,
    pub negotiated: u8,
    pub utf8: bool,
    pub legs: Vec<Known>,
    /// Last keepalive, and whether it was answered.
    pub keepalive: Option<(Timestamp, bool)>,
    pub rare: Option<Box<Rare>>,
}

/// What few connections have.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rare {
    pub act: Option<Act>,
    pub feature: Option<Pending>,
    /// Kept messages that wait for a call.
    pub events: Vec<Event>,
    /// Soft keys of the sets, by set: which events it has.
    pub template: Vec<u32>,
    pub sets: Vec<Vec<u8>>,
    /// The set that is shown, and its mask.
    pub shown: Option<(u32, u32)>,
    pub ordered_reset: Option<super::model::ResetKind>,
    pub unregistered: bool,
}

/// A leg of this connection.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Known {
    pub reference: u32,
    pub leg: LegRef,
    pub state: u32,
    pub ended: bool,
    pub last: Timestamp,
}

/// What a user did before the call manager named a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Act {
    pub at: MessageRef,
    pub started: Started,
    pub digits: String,
    pub last_digit: Option<Timestamp>,
    pub messages: u32,
}

/// A feature key that waits for its consequence.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Pending {
    pub feature: Feature,
    pub call: Option<CallId>,
    pub at: MessageRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Feature {
    Transfer,
    Conference,
    Pickup,
    Park,
    Barge,
}

impl Session {
    pub(super) fn charset(&self) -> Charset {
        if self.utf8 { Charset::Utf8 } else { Charset::Unknown }
    }

    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The leg of a reference, the latest first.
    #[inline]
    pub(super) fn known(&mut self, reference: u32) -> Option<&mut Known> {
        self.legs.iter_mut().rev().find(|known| known.reference == reference)
    }

    /// The leg that a message without reference most likely means.
    pub(super) fn current(&self, now: Timestamp) -> Option<Known> {
        use skinny::codes::DCallState as S;
        let rank = |known: &Known| match S(known.state) {
            _ if known.ended => 0,
            S::OFF_HOOK
            | S::CONNECTED
            | S::PROCEED
            | S::RING_OUT
            | S::BUSY
            | S::CONGESTION
            | S::INVALID_NUMBER => 3,
            S::RING_IN | S::CALL_WAITING => 2,
            _ => 1,
        };
        let best = self.legs.iter().max_by_key(|known| (rank(known), known.last))?;
        let fresh = !best.ended || now.since(best.last) < 2_000_000_000;
        fresh.then_some(*best)
    }

    /// Whether a call is being set up here.
    pub(super) fn sets_up(&self) -> bool {
        use skinny::codes::DCallState as S;
        let states = [S::OFF_HOOK, S::RING_OUT, S::RING_IN, S::CALL_WAITING, S::PROCEED];
        self.legs.iter().any(|known| !known.ended && states.contains(&S(known.state)))
    }

    /// A leg that rings here.
    pub(super) fn ringing(&self) -> Option<Known> {
        use skinny::codes::DCallState as S;
        let rings = |known: &&Known| !known.ended && matches!(S(known.state), S::RING_IN | S::CALL_WAITING);
        self.legs.iter().rev().find(rings).copied()
    }

    pub(super) fn remember(&mut self, known: Known) {
        if self.legs.len() >= LEGS_REMEMBERED {
            let gone = self.legs.iter().position(|known| known.ended).unwrap_or(0);
            self.legs.remove(gone);
        }
        self.legs.push(known);
    }

    /// A message beside a user's act, before the call has a name.
    #[cold]
    pub(super) fn count_act(&mut self) {
        if let Some(Rare { act: Some(act), .. }) = self.rare.as_deref_mut() {
            act.messages += 1;
        }
    }

    /// The user's act that began what begins now.
    pub(super) fn take_act(&mut self, now: Timestamp) -> Option<Act> {
        let act = self.rare.as_mut()?.act.take()?;
        (now.since(act.at.time) <= ACT_NANOS || act.last_digit.is_some()).then_some(act)
    }

    pub(super) fn keep_event(&mut self, event: Event) {
        let now = event.at.time;
        let events = &mut self.rare().events;
        events.retain(|event| now.since(event.at.time) <= PENDING_NANOS);
        if events.len() >= PENDING_MAX {
            events.remove(0);
        }
        events.push(event);
    }
}

/// A session with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Context {
    pub session: SessionId,
    pub at: MessageRef,
    pub from_server: bool,
    /// Whether the header's version word is 0, as on old call managers.
    pub is_old: bool,
}
