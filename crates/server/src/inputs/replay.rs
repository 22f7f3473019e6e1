//! Runs the inputs of a journal again, and finds where the answers differ.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use exchange::input::Now;
use exchange::{Exchange, Poll};
use skinny::frame::{Split, split};
use skinny::packet::Packet;

use super::entry::{Did, Entry, words};
use super::{ENTRY_BYTES_MAX, FILE_NAME, MAGIC};

/// Of what is the same before a difference, so many characters are shown.
const SHOWN_BEFORE: usize = 60;
/// Characters of one answer that are shown.
const SHOWN_MAX: usize = 240;

/// Why a journal can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file can't be read.
    #[error("can't read {0}: {1}; `lineside serve --journal DIR` writes one")]
    File(PathBuf, io::Error),
    /// It is something else.
    #[error("{0} is no journal of inputs, or one of another form than this program reads")]
    Form(PathBuf),
    /// An entry is damaged.
    #[error("{path}: entry {number} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which entry, from 1.
        number: u64,
        /// Why.
        why: String,
    },
}

/// A place where the answer was another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which input, from 1.
    pub input: u64,
    /// Its time.
    pub now: Now,
    /// The input in words.
    pub told: String,
    /// What the journal has.
    pub was: String,
    /// What is answered now.
    pub is: String,
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replayed {
    /// The version of the program that wrote it.
    pub version: String,
    /// Inputs.
    pub inputs: u64,
    /// Answers.
    pub outputs: u64,
    /// Answers that differ.
    pub differing: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
    /// Whether the file ends within an entry, as after kill -9.
    pub is_torn: bool,
}

/// Replays the journal of a directory (or the file itself); at most `shown_max` differences are kept.
pub fn replay(path: &Path, shown_max: usize) -> Result<Replayed, ReplayError> {
    let path = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    let failed = |error| ReplayError::File(path.clone(), error);
    let mut file = BufReader::with_capacity(1 << 16, File::open(&path).map_err(failed)?);
    let mut magic = [0; MAGIC.len()];
    let is_ours = file.read_exact(&mut magic).is_ok() && magic == *MAGIC;
    if !is_ours {
        return Err(ReplayError::Form(path));
    }
    let mut run = Run { shown_max, ..Run::default() };
    let mut entry = Vec::new();
    for number in 1.. {
        match next(&mut file, &mut entry).map_err(failed)? {
            Next::Entry => {
                run.take(&entry).map_err(|why| ReplayError::Damaged { path: path.clone(), number, why })?
            }
            Next::End => break,
            Next::Torn => {
                run.found.is_torn = true;
                break;
            }
        }
    }
    run.settle();
    Ok(run.found)
}

enum Next {
    Entry,
    End,
    Torn,
}

fn next(file: &mut impl Read, entry: &mut Vec<u8>) -> io::Result<Next> {
    let mut len = [0; 4];
    let mut filled = 0;
    while filled < len.len() {
        match file.read(&mut len[filled..])? {
            0 if filled == 0 => return Ok(Next::End),
            0 => return Ok(Next::Torn),
            count => filled += count,
        }
    }
    let len = u32::from_le_bytes(len) as usize;
    if len > ENTRY_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "an entry is longer than any can be"));
    }
    entry.clear();
    let taken = file.take(len as u64).read_to_end(entry)?;
    Ok(if taken == len { Next::Entry } else { Next::Torn })
}

/// The answers to one input that were found now and not yet compared.
#[derive(Default)]
struct Run {
    exchange: Exchange,
    found: Replayed,
    shown_max: usize,
    now: Option<Now>,
    told: String,
    answers: std::collections::VecDeque<Answer>,
}

/// An answer, owned.
enum Answer {
    Sent(u64, Vec<u8>),
    Else(String),
}

impl Run {
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let entry: Entry<'_> = postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
        match entry {
            Entry::Start { version, seed, last_call } => {
                self.found.version = version.into();
                self.exchange = Exchange::new(seed);
                self.exchange.calls_follow(last_call);
            }
            Entry::Told(now, told) => {
                self.settle();
                self.found.inputs += 1;
                self.now = Some(now);
                self.told = cut(&format!("{told:?}"), 0);
                let input = told.input().map_err(|error| error.to_string())?;
                self.exchange.handle(now, input);
                while let Poll::Output(output) = self.exchange.poll() {
                    self.answers.push_back(match &output {
                        exchange::output::Output::Send(id, range) => {
                            Answer::Sent(id.0, self.exchange.bytes(range.clone()).to_vec())
                        }
                        output => Answer::Else(words(output)),
                    });
                }
            }
            Entry::Did(did) => self.compare(&did),
        }
        Ok(())
    }

    fn compare(&mut self, was: &Did<'_>) {
        self.found.outputs += 1;
        let is = self.answers.pop_front();
        let same = match (&is, was) {
            (Some(Answer::Sent(id, bytes)), Did::Sent(session, then)) => *id == session.0 && bytes == then,
            (Some(Answer::Else(words)), Did::Else(then)) => words == then,
            _ => false,
        };
        if !same {
            let is = is.map_or_else(|| "nothing".into(), |answer| shown(&answer));
            self.differs(shown_did(was), is);
        }
    }

    /// What was answered now and not then.
    fn settle(&mut self) {
        while let Some(answer) = self.answers.pop_front() {
            self.found.outputs += 1;
            self.differs("nothing".into(), shown(&answer));
        }
    }

    fn differs(&mut self, was: String, is: String) {
        self.found.differing += 1;
        let Some(now) = self.now.filter(|_| self.found.differences.len() < self.shown_max) else { return };
        let from = differ_from(&was, &is);
        let (was, is) = (cut(&was, from), cut(&is, from));
        let difference = Difference { input: self.found.inputs, now, told: self.told.clone(), was, is };
        self.found.differences.push(difference);
    }
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Sent(session, bytes) => sent(*session, bytes),
        Answer::Else(words) => words.clone(),
    }
}

fn shown_did(did: &Did<'_>) -> String {
    match did {
        Did::Sent(session, bytes) => sent(session.0, bytes),
        Did::Else(words) => (*words).to_owned(),
    }
}

fn sent(session: u64, mut bytes: &[u8]) -> String {
    let mut words = format!("to session {session}:");
    while let Split::Frame(frame, rest) = split(bytes) {
        let version = u8::try_from(frame.header.version).unwrap_or(0);
        words.push_str(&format!(" {:?}", Packet::decode(frame, version).message));
        bytes = rest;
    }
    words
}

/// Where two texts begin to differ, in characters, less some that show where that is.
fn differ_from(was: &str, is: &str) -> usize {
    let same = was.chars().zip(is.chars()).take_while(|(was, is)| was == is).count();
    same.saturating_sub(SHOWN_BEFORE)
}

/// A text from a character on, not too long; what is left out is marked.
fn cut(words: &str, from: usize) -> String {
    let mark = |is_cut: bool| is_cut.then_some('…');
    let shown = words.chars().skip(from).take(SHOWN_MAX);
    let is_long = words.chars().count() > from.saturating_add(SHOWN_MAX);
    mark(from > 0).into_iter().chain(shown).chain(mark(is_long)).collect()
}
