//! What the null server says: for each message of a phone, the bytes that the real server once sent.

use std::ops::Range;

use crate::caller::MODERN;
use crate::pair::Side;

/// Ids below this are in the table: all messages of phones.
const IDS: usize = 0x200;

/// Who gets an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The phone that sent the message.
    Own,
    /// The other phone of the pair.
    Peer,
}

/// The answers to all messages.
#[derive(Debug)]
pub struct Script {
    bytes: Vec<u8>,
    /// By message id: which counter it has, and its answers.
    messages: Vec<Option<Message>>,
    counters: usize,
}

#[derive(Debug)]
struct Message {
    counter: usize,
    cases: Vec<Case>,
}

/// Answers to a message of one side, the n-th of that id in the call.
#[derive(Debug)]
struct Case {
    side: Side,
    nth: u16,
    answers: Vec<(Target, Range<usize>)>,
}

/// How often each message came since the call began: one for each pair.
#[derive(Debug, Clone)]
pub struct Counts(Vec<u16>);

/// A line of the table that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the null server's table: {text:?} is no {what}")]
pub struct ScriptError {
    /// Which line.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// What should.
    pub what: &'static str,
}

impl Script {
    /// What was recorded from the real server, for phones of this protocol version: a 7960 at 11, or a 7941
    /// at 20.
    pub fn recorded(protocol: u8) -> Script {
        let text = if protocol < MODERN { include_str!("classic.txt") } else { include_str!("modern.txt") };
        Script::parse(text).expect("tests read the recorded tables")
    }

    /// Reads a table: lines `caller 0x0006 1` (side, message id, how many of that id the pair has sent in this
    /// call), each followed by its answers as lines `own` or `peer` and hex.
    pub fn parse(text: &str) -> Result<Script, ScriptError> {
        let mut script =
            Script { bytes: Vec::new(), messages: (0..IDS).map(|_| None).collect(), counters: 0 };
        let mut current = None;
        for (at, text) in text.lines().enumerate() {
            let wrong = |what| ScriptError { line: at + 1, text: text.to_owned(), what };
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [comment, ..] if comment.starts_with('#') => {}
                [side @ ("caller" | "callee"), id, nth] => {
                    let side = if *side == "caller" { Side::Caller } else { Side::Callee };
                    let id = usize::from_str_radix(id.trim_start_matches("0x"), 16).ok();
                    let id = id.filter(|id| *id < IDS).ok_or_else(|| wrong("message id"))?;
                    let nth = nth.parse().map_err(|_| wrong("number"))?;
                    script.case(id, side, nth);
                    current = Some(id);
                }
                [target @ ("own" | "peer"), hex] => {
                    let target = if *target == "own" { Target::Own } else { Target::Peer };
                    let id = current.ok_or_else(|| wrong("message"))?;
                    script.answer(id, target, hex).ok_or_else(|| wrong("hexadecimal"))?;
                }
                _ => return Err(wrong("message or answer")),
            }
        }
        Ok(script)
    }

    fn case(&mut self, id: usize, side: Side, nth: u16) {
        let message = self.messages[id].get_or_insert_with(|| {
            self.counters += 1;
            Message { counter: self.counters - 1, cases: Vec::new() }
        });
        message.cases.push(Case { side, nth, answers: Vec::new() });
    }

    fn answer(&mut self, id: usize, target: Target, hex: &str) -> Option<()> {
        let start = self.bytes.len();
        for pair in hex.as_bytes().chunks(2) {
            let digits = std::str::from_utf8(pair).ok()?;
            self.bytes.push(u8::from_str_radix(digits, 16).ok()?);
        }
        let case = self.messages[id].as_mut()?.cases.last_mut()?;
        case.answers.push((target, start..self.bytes.len()));
        Some(())
    }

    /// Counters of a pair that has sent nothing.
    pub fn counts(&self) -> Counts {
        Counts(vec![0; self.counters])
    }

    /// The answers to a message. A case that was not recorded is answered like the nearest that was.
    pub fn answers(
        &self,
        counts: &mut Counts,
        side: Side,
        id: u32,
    ) -> impl Iterator<Item = (Target, &[u8])> + use<'_> {
        const OFF_HOOK: u32 = 6;
        if id == OFF_HOOK && side == Side::Caller {
            counts.0.fill(0);
        }
        let message = self.messages.get(id as usize).and_then(Option::as_ref);
        let case = message.and_then(|message| {
            let count = &mut counts.0[message.counter];
            *count = count.saturating_add(1);
            message.find(side, *count)
        });
        let answers = case.map_or(&[][..], |case| &case.answers);
        answers.iter().map(|(target, range)| (*target, &self.bytes[range.clone()]))
    }
}

impl Message {
    fn find(&self, side: Side, nth: u16) -> Option<&Case> {
        let mut same_side = self.cases.iter().filter(|case| case.side == side);
        same_side.clone().find(|case| case.nth == nth).or_else(|| same_side.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# a comment\n\ncaller 0x0006 1\nown 0102\npeer 03\ncallee 0x0006 2\nown 04\n\
                         caller 0x0003 1\nown aa\ncaller 0x0003 2\n";

    fn answers(script: &Script, counts: &mut Counts, side: Side, id: u32) -> Vec<(Target, Vec<u8>)> {
        script.answers(counts, side, id).map(|(target, bytes)| (target, bytes.to_vec())).collect()
    }

    #[test]
    fn answers_by_side_and_count() {
        let script = Script::parse(TABLE).unwrap();
        let mut counts = script.counts();
        let off_hook = [(Target::Own, vec![1, 2]), (Target::Peer, vec![3])];
        for _ in 0..2 {
            assert_eq!(answers(&script, &mut counts, Side::Caller, 6), off_hook);
            assert_eq!(answers(&script, &mut counts, Side::Callee, 6), [(Target::Own, vec![4])]);
            assert_eq!(answers(&script, &mut counts, Side::Caller, 3), [(Target::Own, vec![0xaa])]);
            assert_eq!(answers(&script, &mut counts, Side::Caller, 3), []);
        }
        assert_eq!(answers(&script, &mut counts, Side::Caller, 0xffff_ffff), []);
    }

    #[test]
    fn a_bad_table_says_where() {
        for (table, line) in [("caller 0x9999 1", 1), ("own 00", 1), ("caller 0x06 1\nown xx", 2), ("x", 1)] {
            assert_eq!(Script::parse(table).unwrap_err().line, line, "{table}");
        }
    }
}
