//! What the journal of inputs holds, entry by entry.

use exchange::input::{Command, CommandId, Ended, Input, Now, Peer, SessionId, TrunkInput};
use exchange::media::{MediaEvent, OrderId};
use exchange::output::Output;
use serde::{Deserialize, Serialize};
use skinny::frame::{Frame, Header};

/// An entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry<'e> {
    /// The exchange begins.
    Start {
        /// The program's version.
        version: &'e str,
        /// Where its numbers begin.
        seed: u64,
        /// The call number that later ones follow.
        last_call: u64,
    },
    /// It was told something.
    Told(Now, #[serde(borrow)] Told<'e>),
    /// It wanted something.
    Did(#[serde(borrow)] Did<'e>),
}

/// An input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told<'e> {
    Tick,
    Opened(SessionId, Peer),
    /// Length, version and id of the header, and the body.
    Frame(SessionId, (u32, u32, u32), &'e [u8]),
    Closed(SessionId, Ended),
    /// As JSON: its form may change between versions of the program, and a journal is kept to compare them.
    Plan(&'e str),
    Command(CommandId, Command),
    Media(OrderId, MediaEvent),
    Trunk(TrunkInput),
    Recall(&'e str, &'e str),
}

/// An output.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Did<'e> {
    /// Frames to a session.
    Sent(SessionId, &'e [u8]),
    /// Anything else, in words.
    Else(&'e str),
}

impl<'e> Told<'e> {
    /// An input as an entry; `plan` is the JSON of a plan.
    pub(super) fn of(input: &'e Input<'_>, plan: &'e str) -> Told<'e> {
        match input {
            Input::Tick => Told::Tick,
            Input::Opened(id, peer) => Told::Opened(*id, *peer),
            Input::Frame(id, frame) => {
                let Header { length, version, id: message } = frame.header;
                Told::Frame(*id, (length, version, message), frame.body)
            }
            Input::Closed(id, ended) => Told::Closed(*id, *ended),
            Input::Plan(_) => Told::Plan(plan),
            Input::Command(id, command) => Told::Command(*id, command.clone()),
            Input::Media(id, event) => Told::Media(*id, event.clone()),
            Input::Trunk(input) => Told::Trunk(input.clone()),
            Input::Recall { key, value } => Told::Recall(key, value),
        }
    }

    /// The input again.
    pub(super) fn input(self) -> Result<Input<'e>, serde_json::Error> {
        Ok(match self {
            Told::Tick => Input::Tick,
            Told::Opened(id, peer) => Input::Opened(id, peer),
            Told::Frame(id, (length, version, message), body) => {
                Input::Frame(id, Frame { header: Header { length, version, id: message }, body })
            }
            Told::Closed(id, ended) => Input::Closed(id, ended),
            Told::Plan(json) => Input::Plan(std::sync::Arc::new(serde_json::from_str(json)?)),
            Told::Command(id, command) => Input::Command(id, command),
            Told::Media(id, event) => Input::Media(id, event),
            Told::Trunk(input) => Input::Trunk(input),
            Told::Recall(key, value) => Input::Recall { key: key.into(), value: value.into() },
        })
    }
}

impl<'e> Did<'e> {
    /// An output as an entry; `bytes` are those of a send, `words` say everything else.
    pub(super) fn of(output: &Output, bytes: &'e [u8], words: &'e str) -> Did<'e> {
        match output {
            Output::Send(id, _) => Did::Sent(*id, bytes),
            _ => Did::Else(words),
        }
    }
}

/// An output in words; none for a send, whose bytes say everything.
pub(super) fn words(output: &Output) -> String {
    match output {
        Output::Send(..) => String::new(),
        output => format!("{output:?}"),
    }
}
