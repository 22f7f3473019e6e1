//! The features that people press, each on phones of every generation: the normal way as a ladder in
//! `tests/ladders/`, then broken off after each step by everybody in every way. `cargo xtask docs` makes
//! `docs/features.md` from the tables in this folder.

#[path = "../common/mod.rs"]
mod common;
mod hardware;
mod harness;

mod announce;
mod barge;
mod built_in_bridge;
mod busy_lamp;
mod call_back;
mod codes;
mod conference;
mod dialling;
mod divert;
mod dnd;
mod forward;
mod hold;
mod hunt;
mod intercom;
mod interleavings;
mod lines;
mod meet_me;
mod night;
mod park;
mod pickup;
mod record;
mod shared;
mod transfer;
