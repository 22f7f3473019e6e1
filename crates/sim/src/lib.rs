//! The world for tests: virtual clock, seeded network, phones and exchange, invariants.
pub mod actor;
pub mod brain;
pub mod clock;
pub mod decision;
pub mod invariants;
pub mod ladder;
pub mod network;
pub mod options;
pub mod rng;
pub mod script;
pub mod server_side;
pub mod shadow;
pub mod site;
pub mod trunk;
pub mod world;
pub mod report;
pub mod run;
mod shrink;
