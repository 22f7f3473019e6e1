//! A phone on the command line: one line in, readable lines out. For people, scripts and tests.

mod choose;
mod command;

use std::path::Path;
use std::time::Duration;

use phone::{Act, Change, List, Paging, Phone, Refused};
use serde_json::{Value, json};
use skinny::codes::DCallState;
use skinny::types::CallReference;

use crate::handle::{Handle, NotSeen};
use crate::record::{SoundError, read_wav};
use crate::show;
pub use choose::ChooseError;
#[cfg(feature = "ui")]
pub(crate) use choose::tell;
pub(crate) use choose::{begins_so, pushed_page};
pub use command::{Command, Goal, HELP, ParseError};

/// Messages that `messages` shows unless told how many.
const MESSAGES_SHOWN: usize = 20;

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// It was not understood.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The phone refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A sound file.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// What was waited for did not come.
    #[error(transparent)]
    NotSeen(#[from] Box<NotSeen>),
    /// An item of a page.
    #[error(transparent)]
    Choose(#[from] ChooseError),
    /// A recording broke.
    #[error("{0}")]
    Recording(String),
}

/// What a command had to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Nothing: what happens is told as it happens.
    Done,
    /// Lines for people, and the same as an object.
    Said(String, Value),
    /// Come back after this time.
    Wait(Duration),
    /// The user goes.
    Quit,
}

/// The console of a phone.
#[derive(Debug)]
pub struct Console {
    handle: Handle,
}

impl Console {
    /// The console of this phone.
    pub fn new(handle: Handle) -> Self {
        Console { handle }
    }

    /// Does what a line says.
    pub fn line(&mut self, line: &str) -> Result<Reply, ConsoleError> {
        match Command::parse(line)? {
            Some(command) => self.command(&command),
            None => Ok(Reply::Done),
        }
    }

    /// Does what a command says.
    pub fn command(&mut self, command: &Command) -> Result<Reply, ConsoleError> {
        match command {
            Command::Keys(keys) => {
                keys.chars().try_for_each(|key| self.handle.act(Act::Key(key)))?;
            }
            Command::Play(path) => self.handle.say(read_wav(Path::new(path), false)?),
            Command::Record(path) => self.handle.record(Path::new(path))?,
            Command::StopRecording => {
                if let Some(failed) = self.handle.stop_recording() {
                    return Err(ConsoleError::Recording(failed));
                }
            }
            Command::Say(say) => self.handle.say(say.clone()),
            Command::PowerOn => self.handle.power_on(),
            Command::PowerOff => self.handle.power_off(),
            Command::Wait(time) => return Ok(Reply::Wait(*time)),
            Command::WaitFor(goal, time) => {
                self.handle
                    .wait_for(&goal.words(), *time, |phone| goal.is_reached(phone))
                    .map_err(Box::new)?;
            }
            Command::Choose(text) => choose::choose(&self.handle, text)?,
            Command::StreamOff => {
                self.handle.act(Act::Page(Paging::HearNothing))?;
                self.handle.act(Act::Page(Paging::SpeakNothing))?;
            }
            Command::Quit => return Ok(Reply::Quit),
            Command::Help => return Ok(Reply::Said(HELP.to_owned(), json!({ "help": HELP }))),
            Command::Status => return Ok(self.said(|phone| (show::draw(phone), show::screen_json(phone)))),
            Command::History => return Ok(self.said(history)),
            Command::Statistics => return Ok(self.statistics()),
            Command::Messages(count) => return Ok(self.messages(count.unwrap_or(MESSAGES_SHOWN))),
            other => {
                if let Some(act) = other.act() {
                    self.handle.act(act)?;
                }
            }
        }
        Ok(Reply::Done)
    }

    fn said(&self, read: impl FnOnce(&Phone) -> (String, Value)) -> Reply {
        let (lines, object) = self.handle.look(|phone| read(phone));
        Reply::Said(lines, object)
    }

    fn statistics(&self) -> Reply {
        let mut calls = self.handle.look(|phone| {
            let streams = phone.streams().iter().map(|stream| stream.call);
            streams.chain(phone.calls().iter().map(|call| call.reference)).collect::<Vec<CallReference>>()
        });
        calls.extend(self.handle.audio(|audio| audio.last_call()));
        calls.sort_unstable();
        calls.dedup();
        let (mut lines, mut objects) = (Vec::new(), Vec::new());
        for call in calls {
            let s = self.handle.statistics(call);
            lines.push(format!(
                "call {:#x}: {} packets sent, {} received, {} lost, jitter {} ms  {}",
                call.0, s.packets_sent, s.packets_received, s.packets_lost, s.jitter_ms, s.quality
            ));
            objects.push(json!({
                "call": call.0, "packets_sent": s.packets_sent, "octets_sent": s.octets_sent,
                "packets_received": s.packets_received, "octets_received": s.octets_received,
                "packets_lost": s.packets_lost, "jitter_ms": s.jitter_ms, "quality": s.quality,
            }));
        }
        if lines.is_empty() {
            lines.push("no call so far".to_owned());
        }
        Reply::Said(lines.join("\n"), json!({ "statistics": objects }))
    }

    fn messages(&self, count: usize) -> Reply {
        let lines: Vec<_> = self.handle.last_messages(count).iter().map(ToString::to_string).collect();
        Reply::Said(lines.join("\n"), json!({ "messages": lines }))
    }
}

fn history(phone: &Phone) -> (String, Value) {
    let (mut lines, mut objects) = (Vec::new(), Vec::new());
    for (list, name) in [(List::Placed, "placed"), (List::Received, "received"), (List::Missed, "missed")] {
        for entry in phone.history(list) {
            lines.push(format!(
                "{name:8}  {} {}  line {}  {} s",
                entry.party.number, entry.party.name, entry.line.0, entry.talk_secs
            ));
            objects.push(json!({
                "list": name, "number": &*entry.party.number, "name": &*entry.party.name,
                "line": entry.line.0, "unix_secs": entry.unix_secs, "talk_secs": entry.talk_secs,
            }));
        }
    }
    if lines.is_empty() {
        lines.push("no calls so far".to_owned());
    }
    (lines.join("\n"), json!({ "history": objects }))
}

/// Turns changes into lines as they happen, leaving out a line that says the same again.
#[derive(Debug, Default)]
pub struct Narrator {
    last: Vec<(std::mem::Discriminant<Change>, String)>,
}

impl Narrator {
    /// The line of a change; nothing when it says nothing new.
    pub fn line(&mut self, phone: &Phone, change: Change) -> Option<String> {
        let line = show::change_line(phone, change)?;
        // The state of a call and who takes part make one line.
        let change = match change {
            Change::CallInfo(reference) => Change::Call(reference, DCallState::IDLE),
            other => other,
        };
        let kind = std::mem::discriminant(&change);
        let is_single = matches!(
            change,
            Change::SoftKeys
                | Change::Prompt
                | Change::Notice
                | Change::Display
                | Change::Streams
                | Change::Tone
                | Change::Call(..)
        );
        if !is_single {
            return Some(line);
        }
        match self.last.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, before)) if *before == line => return None,
            Some((_, before)) => before.clone_from(&line),
            None => self.last.push((kind, line.clone())),
        }
        Some(line)
    }
}
