//! What one input makes the exchange say: frames in one arena, and the other outputs in order.
//!
//! The one place where messages go out, so the one where the list of what a phone knows is kept to
//! ([`crate::model::outbound`]).
//!
//! Frames of one turn are merged to one [`Output::Send`] per session, in the order in which they were said
//! to it, and come before the other outputs: a session is closed after its last frame.

use std::collections::VecDeque;
use std::ops::Range;

use skinny::message::{Body, Numbered, ToDevice};
use skinny::packet::compose;

use crate::input::SessionId;
use crate::limit::{NOTE_TEXT_MAX, NOTES_PER_TURN};
use crate::model::outbound::{Rule, rule_of};
use crate::output::{Note, Output, Severity};
use crate::station::Profile;

/// Bytes with which the arena begins: a call needs about two thousand per turn.
const ARENA_START: usize = 16 * 1024;
/// An arena that a large turn made larger than this is given back.
const ARENA_KEPT: usize = 1024 * 1024;

/// To whom a message goes.
#[derive(Debug)]
pub(crate) enum To {
    /// A phone that registered.
    Phone(Profile),
    /// A connection of which no model is known.
    Stranger,
}

impl To {
    #[inline]
    fn knows(&self, rule: Rule) -> bool {
        match self {
            To::Phone(profile) => profile.may_be_sent(rule),
            To::Stranger => rule.is_first,
        }
    }
}

/// Outputs of the turn.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    outputs: VecDeque<Output>,
    /// Frames in the order in which they were said; `used` bytes of it.
    arena: Vec<u8>,
    used: usize,
    pieces: Vec<(SessionId, Range<usize>)>,
    /// The same frames, those of one session together.
    gathered: Vec<u8>,
    notes: usize,
}

impl Outbox {
    /// Forgets the bytes of the turn before.
    pub(crate) fn begin(&mut self) {
        self.used = 0;
        self.notes = 0;
        if self.arena.len() > ARENA_KEPT {
            self.arena = Vec::new();
            self.gathered = Vec::new();
        }
    }

    /// Says something to a session: the full form of `message` in the layout of a version, with a version in
    /// the header. What the other side does not know is left out.
    pub(crate) fn send<'m, M>(
        &mut self,
        session: SessionId,
        to: &To,
        (version, header_version): (u8, u32),
        message: &M,
    ) where
        M: Body<'m> + Numbered + ToDevice,
    {
        let rule = const { rule_of(M::ID) };
        debug_assert!(rule != Rule::NEVER, "{:#x} is missing in model::outbound::RULES", M::ID);
        if !to.knows(rule) {
            return;
        }
        let start = self.used;
        let room = self.arena.get_mut(start..).unwrap_or(&mut []);
        let len = match compose(message, version, header_version, room) {
            Ok(len) => len,
            Err(full) => {
                let len = (self.arena.len() * 2).max(start + full.needed).max(ARENA_START);
                self.arena.resize(len, 0);
                compose(message, version, header_version, &mut self.arena[start..]).unwrap_or(0)
            }
        };
        self.used = start + len;
        match self.pieces.last_mut() {
            Some((last, range)) if *last == session => range.end = self.used,
            _ => self.pieces.push((session, start..self.used)),
        }
    }

    /// Says something to the outside.
    pub(crate) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// A line for the log.
    pub(crate) fn note(&mut self, severity: Severity, text: String) {
        self.notes += 1;
        if self.notes <= NOTES_PER_TURN {
            self.push(Output::Note(Note { severity, text }));
        }
    }

    /// Ends the turn: puts the frames of each session together.
    pub(crate) fn finish(&mut self) {
        match self.pieces.as_slice() {
            [] => return,
            [_] => std::mem::swap(&mut self.arena, &mut self.gathered),
            _ => self.gather(),
        }
        // Backwards to the front: sends come first, in the order of their sessions.
        for (session, range) in self.pieces.drain(..).rev() {
            self.outputs.push_front(Output::Send(session, range));
        }
    }

    fn gather(&mut self) {
        self.pieces.sort_by_key(|(session, _)| *session);
        // Neither buffer ever shrinks: they change places, and what is cut off would have to be cleared again.
        if self.gathered.len() < self.used {
            self.gathered.resize(self.arena.len(), 0);
        }
        let (mut merged, mut end): (usize, usize) = (0, 0);
        for place in 0..self.pieces.len() {
            let (session, range) = self.pieces[place].clone();
            let start = end;
            end += range.len();
            self.gathered[start..end].copy_from_slice(&self.arena[range]);
            match merged.checked_sub(1).map(|last| &mut self.pieces[last]) {
                Some((last, range)) if *last == session => range.end = end,
                _ => {
                    self.pieces[merged] = (session, start..end);
                    merged += 1;
                }
            }
        }
        self.pieces.truncate(merged);
    }

    /// The next output.
    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The bytes of a send of this turn.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.gathered.get(range).unwrap_or(&[])
    }
}

/// Text of the network for a line of the log: no control characters, not too long.
pub(crate) fn harmless(text: &[u8]) -> String {
    let mut shown = skinny::text::Text::new(text).to_string();
    if let Some((end, _)) = shown.char_indices().nth(NOTE_TEXT_MAX) {
        shown.truncate(end);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use skinny::message::{ClearDisplay, KeepAliveAck, StartTone};

    #[test]
    fn frames_of_a_session_come_together_in_order_before_its_close() {
        let (a, b) = (SessionId(1), SessionId(2));
        let mut out = Outbox::default();
        out.begin();
        out.send(b, &To::Stranger, (20, 0), &KeepAliveAck {});
        out.send(a, &To::Stranger, (20, 0), &KeepAliveAck {});
        out.push(Output::Close(b, crate::output::CloseReason::Reset));
        out.send(b, &To::Phone(Profile::default()), (20, 20), &StartTone::default());
        out.finish();
        let Some(Output::Send(session, range)) = out.pop() else { panic!("a send") };
        assert_eq!((session, out.bytes(range).len()), (a, 12));
        let Some(Output::Send(session, range)) = out.pop() else { panic!("a send") };
        assert_eq!((session, out.bytes(range.clone()).len()), (b, 12 + 28));
        assert_eq!(out.bytes(range)[8..12], [0x00, 0x01, 0, 0]);
        assert!(matches!(out.pop(), Some(Output::Close(..))));
        assert_eq!(out.pop(), None);
    }

    #[test]
    fn what_a_phone_does_not_know_is_never_said() {
        let java = Profile::negotiate(skinny::codes::DeviceType::CISCO_7975, 22, 0x8572, None);
        let mut out = Outbox::default();
        out.begin();
        out.send(SessionId(1), &To::Phone(java), (22, 22), &ClearDisplay {});
        out.send(SessionId(1), &To::Stranger, (0, 0), &StartTone::default());
        out.finish();
        assert_eq!(out.pop(), None);
    }
}
