//! What is under test: the exchange, or a wrapper around it.

use std::ops::Range;
use std::sync::Arc;

use exchange::input::{Input, Now};
use exchange::plan::Plan;
use exchange::{Counts, Exchange, Poll};

/// What the world needs of a call manager's brain.
pub trait Brain: Sized {
    /// Takes one input.
    fn handle(&mut self, now: Now, input: Input<'_>);
    /// Yields the next output.
    fn poll(&mut self) -> Poll;
    /// The bytes of an `Output::Send`, valid until the next input.
    fn bytes(&self, range: Range<usize>) -> &[u8];
    /// How much there is of everything.
    fn counts(&self) -> Counts;
    /// All state, as bytes.
    fn snapshot(&self) -> Vec<u8>;
    /// A brain like this one from a snapshot, or why not.
    fn revived(&self, snapshot: &[u8], plan: Arc<Plan>) -> Result<Self, String>;
}

impl Brain for Exchange {
    fn handle(&mut self, now: Now, input: Input<'_>) {
        Exchange::handle(self, now, input);
    }

    fn poll(&mut self) -> Poll {
        Exchange::poll(self)
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        Exchange::bytes(self, range)
    }

    fn counts(&self) -> Counts {
        Exchange::counts(self)
    }

    fn snapshot(&self) -> Vec<u8> {
        Exchange::snapshot(self)
    }

    fn revived(&self, snapshot: &[u8], plan: Arc<Plan>) -> Result<Self, String> {
        Exchange::restore(snapshot, plan).map_err(|error| error.to_string())
    }
}
