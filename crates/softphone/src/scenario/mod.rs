//! Scenario files: phones, what they do, and what must be seen and heard then.
//!
//! A file is TOML (see docs/scenarios.md; [`reference`] and [`schema`] come from the same tables as the reader).
//! [`Scenario`] is the same as data; [`Runner`] plays it with phones of a [`Driver`](crate::Driver) against any
//! server; [`Event`]s tell what happens, [`report`] writes them for people, programs and CI.

mod boot;
mod model;
mod node;
mod read;
pub mod record;
pub mod report;
mod run;
mod sound;
mod step;
pub mod subject;
mod together;
mod variables;
mod vocabulary;

pub use model::{
    BRANCHES_MAX, DEPTH_MAX, Deed, Expectation, FieldsOf, Hearing, MessageWanted, ROUNDS_MAX, RawMessage,
    Scenario, Seat, Step, WITHIN_SECS,
};
pub use run::{Event, Outcome, Runner, Settings, StepFailed};
pub use vocabulary::{ACT, FILE, SEAT, STEPS, Word, reference, schema};

use crate::console::ParseError;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Fault {
    /// Where.
    pub line: usize,
    /// What.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// A value of the wrong kind.
    #[error("{wanted} belongs here")]
    Kind {
        /// What belongs there.
        wanted: &'static str,
    },
    /// A key that means nothing here.
    #[error("\"{found}\" means nothing here; the nearest that does is \"{near}\"")]
    Key {
        /// What stands there.
        found: String,
        /// What may be meant.
        near: String,
    },
    /// Something is missing.
    #[error("{what} is missing")]
    Missing {
        /// What.
        what: &'static str,
    },
    /// A step without content.
    #[error("the step is empty")]
    Empty,
    /// A phone has the name of a kind of step.
    #[error("no phone can be called \"{0}\": that is a kind of step")]
    PhoneName(String),
    /// A command that the console does not know.
    #[error(transparent)]
    Command(ParseError),
    /// Neither a kind of step nor a phone.
    #[error("\"{found}\" is neither a kind of step nor a phone of this file; the nearest kind is \"{near}\"")]
    NoPhone {
        /// What stands there.
        found: String,
        /// What may be meant.
        near: String,
    },
    /// Scenarios that run each other.
    #[error("scenarios run each other deeper than {DEPTH_MAX}")]
    TooDeep,
    /// A file that this one runs.
    #[error("{0}")]
    Other(Box<ReadError>),
}

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It can't be opened.
    #[error("{file}: {source}")]
    Open {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is a mistake in it.
    #[error("{file}, {fault}")]
    Fault {
        /// The file.
        file: String,
        /// The mistake.
        fault: Fault,
    },
}

#[cfg(test)]
mod tests;
