//! Call control: a pure function of what it has been told.
//!
//! [`Exchange::handle`] takes the time and one [`input::Input`]; then [`Exchange::poll`] is drained until
//! it yields the next deadline. No clock, socket, thread, lock or randomness inside: the same inputs give
//! the same outputs, so a run can be simulated, replayed, snapshotted and restored.
//!
//! * `station/`: one registered phone; the only place that speaks Skinny.
//! * `call/`, `feature/`: calls and legs, which know phones, trunks and what else may come only as legs.
//! * [`model`]: what is known of each model of phone: the one table.
//! * [`plan`]: the configuration, and what a new one changes.
//! * `state.rs`: all state, as plain data; `timer.rs`, `table.rs`, `wire_id.rs`: what it is made of.
//! * [`mod@explain`]: what would happen if somebody dialled a number, and why.
//! * [`limit`]: every limit, by name.

#[macro_use]
mod table;

mod audit;
pub mod call;
mod exchange;
pub mod explain;
mod feature;
pub mod input;
pub mod limit;
pub mod media;
pub mod model;
mod outbox;
pub mod output;
pub mod plan;
pub mod record;
mod retell;
mod snapshot;
mod state;
mod station;
mod timer;
mod wire_id;

pub use exchange::{Counts, Exchange, Poll};
pub use snapshot::RestoreError;
