//! Call control: a pure function of what it has been told.
//!
//! [`Exchange::handle`] takes the time and one [`input::Input`]; then [`Exchange::poll`] is drained until
//! it yields the next deadline. No clock, socket, thread, lock or randomness inside: the same inputs give
//! the same outputs, so a run can be simulated, replayed, snapshotted and restored.

pub mod call;
pub mod input;
pub mod media;
pub mod output;
pub mod plan;
pub mod record;

use std::ops::Range;

use input::{Input, Now};
use output::Output;

/// The call manager's brain.
#[derive(Debug, Default)]
pub struct Exchange {}

/// What [`Exchange::poll`] yields.
#[derive(Debug)]
pub enum Poll {
    /// Something to do.
    Output(Output),
    /// Nothing more: come back with an input, or with `Input::Tick` at this monotonic nanosecond.
    Idle(Option<u64>),
}

impl Exchange {
    /// An exchange without devices. `seed` chooses where call references and other wire ids begin.
    pub fn new(_seed: u64) -> Self {
        Exchange {}
    }

    /// Takes one input.
    pub fn handle(&mut self, _now: Now, _input: Input<'_>) {}

    /// Yields the next output.
    pub fn poll(&mut self) -> Poll {
        Poll::Idle(None)
    }

    /// The bytes of an `Output::Send`, valid until the next input.
    pub fn bytes(&self, _range: Range<usize>) -> &[u8] {
        &[]
    }

    /// All state, as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        Vec::new()
    }
}
