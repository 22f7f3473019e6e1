//! The read model: live state, folded from the exchange's numbered events by a thread of its own. The API reads
//! here, and never the exchange's memory. When an event is missing, everything is asked for anew.

mod fold;
mod follow;
#[cfg(test)]
mod tests;

pub use fold::{Fold, LiveCall, LiveDevice, LiveState};
pub use follow::{EVENTS_MAX, Follower, HISTORY_MAX, Since, Watch};
