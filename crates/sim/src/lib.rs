//! The world for tests: phones, network, server and trunk under one virtual clock, and what must be true of
//! them.
//!
//! ```
//! use sim::options::{Faults, Options};
//!
//! let options = Options { seed: 7, phones: 4, steps: 500, faults: Faults::default(), ..Options::default() };
//! let outcome = sim::run::run(&options, &sim::known::known());
//! assert!(outcome.failure.is_none(), "{}", outcome.failure.map_or_else(String::new, |failure| failure.ladder));
//! ```
//!
//! A run is a list of decisions: who plugs in, dials, answers, cuts a connection, sends what he should not. By a
//! seed an author makes them up ([`world::Author`]); by a [`script`] they are read from text. Everything else
//! follows from the seed and the decisions, bit for bit. A run that fails is [shrunk](shrink) to the few
//! decisions that matter, and printed as a ladder and as a script that [`run::replay`] takes.
//!
//! | module | what it is |
//! |---|---|
//! | [`run`], [`shrink`], [`report`] | one run, a shorter one, many for the command line |
//! | [`options`], [`script`], [`decision`] | what a run is to be like, as text, what can be decided |
//! | [`world`] | the loop: one event a step; decisions done; all hang up and everything is looked at |
//! | [`actor`] | a phone (crate `phone`) with its user, its habits, and an unruly side |
//! | [`network`], [`clock`], [`rng`] | delays, cuts, stalls, vanished ends; virtual time; seeded numbers |
//! | [`server_side`], [`shadow`], [`brain`] | the shell around the exchange; a restored copy beside it |
//! | [`trunk`], [`engine`], [`hardware`], [`site`] | the far end of a trunk; the media engine; bridges and transcoders; numbers, addresses, the plan |
//! | [`invariants`] | what must be true, by name, checked at each message, each input, each sweep, each quiet |
//! | [`sabotage`] | brains that are broken in one way: the checks must catch each |
//! | [`known`] | findings that wait for their mending |

pub mod actor;
pub mod brain;
pub mod clock;
pub mod decision;
pub mod engine;
pub mod hardware;
pub mod invariants;
pub mod known;
pub mod ladder;
pub mod network;
pub mod options;
mod quiet;
pub mod report;
pub mod rng;
pub mod run;
pub mod sabotage;
pub mod script;
pub mod server_side;
pub mod shadow;
pub mod shrink;
pub mod site;
pub mod trunk;
pub mod world;
