//! Two brains side by side: one restored from a snapshot of the other must go on in the same way.

use exchange::Poll;
use exchange::input::{Input, Now};
use exchange::output::Output;

use crate::brain::Brain;
use crate::invariants::{Check, Invariant, wrong};

/// The brain that a snapshot was taken of.
#[derive(Debug)]
pub struct Shadow<B> {
    brain: B,
    left: u32,
}

impl<B: Brain> Shadow<B> {
    /// Goes along for so many inputs.
    pub fn new(brain: B, inputs: u32) -> Shadow<B> {
        Shadow { brain, left: inputs }
    }

    /// Takes the input that the restored brain takes.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        self.brain.handle(now, input);
        self.left = self.left.saturating_sub(1);
    }

    /// Whether they were compared long enough.
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Compares the next output with that of the restored brain.
    pub fn compare(&mut self, restored: &Poll, brain: &B) -> Check {
        let own = self.brain.poll();
        let same = match (&own, restored) {
            (Poll::Output(Output::Send(a, from)), Poll::Output(Output::Send(b, to))) => {
                a == b && self.brain.bytes(from.clone()) == brain.bytes(to.clone())
            }
            (Poll::Output(a), Poll::Output(b)) => a == b,
            (Poll::Idle(a), Poll::Idle(b)) => a == b,
            _ => false,
        };
        if same {
            return Ok(());
        }
        let text = format!(
            "an exchange says {} and its restored copy {}",
            shown(&own, &self.brain),
            shown(restored, brain)
        );
        wrong(Invariant::Restore, text)
    }
}

fn shown<B: Brain>(poll: &Poll, brain: &B) -> String {
    match poll {
        Poll::Output(Output::Send(id, range)) => {
            let bytes = brain.bytes(range.clone());
            let id_word = bytes.get(8..12).map_or(0, |id| u32::from_le_bytes([id[0], id[1], id[2], id[3]]));
            format!("{} ({} bytes) to session {}", skinny::catalogue::name(id_word), bytes.len(), id.0)
        }
        other => format!("{other:?}"),
    }
}
