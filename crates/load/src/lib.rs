//! Many phones: plan, arrival, run, report; the null server to measure against.
//!
//! * [`options`]: what to do, and how much of it is allowed. Only this machine, unless told otherwise.
//! * [`caller`]: a phone that is cheap enough to have thousands of. [`pair`]: two of them and a call.
//! * [`mod@run`]: registers them and lets them call, in one thread; [`report`] says what came of it.
//! * [`relay`]: relays of audio beside each other.
//! * [`null`]: a server that moves a call's bytes and decides nothing. [`compare`]: the real one against it.

pub mod arrival;
pub mod caller;
mod child;
pub mod compare;
#[cfg(feature = "ui")]
pub mod dashboard;
pub mod measure;
pub mod mixer;
pub mod null;
pub mod options;
pub mod pair;
pub mod relay;
pub mod report;
pub mod run;
pub mod site;
pub mod spread;
pub mod usage;

pub use options::Options;
pub use report::Report;
pub use run::{Listener, Progress, RunError, ServerNow, Tally, run, run_told};
pub use spread::Spread;
