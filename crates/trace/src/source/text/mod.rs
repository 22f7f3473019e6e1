//! Call-manager text traces: SDI in three styles, SDL with its `AppInfo` lines and signals, calllogs.
//!
//! A [`TextReader`] tells a [`FrameSink`] of the messages that the trace tells of, as if they had been captured, and of the
//! rest as [`Note`]s. The family is detected per line; a record goes on until the next one begins.
//! Bytes are read as bytes. Nothing is taken for a message that the trace does not say was on the wire, and one event that
//! several lines tell of is one message.

mod calllog;
mod clock;
mod compose;
mod head;
mod lines;
mod names;
mod phones;
mod signal;
mod station;
#[cfg(test)]
mod tests;
mod values;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::ControlFlow;

use crate::Timestamp;
use crate::reader::{ConnectionEvent, FrameSink, Note, NoteKind, RawFrame};
use calllog::joined;
pub(crate) use calllog::parties;
use clock::Calendar;
use compose::{Composer, LAYOUT};
use head::{Family, Head};
use lines::Lines;
use names::Names;
use phones::{Key, Known, Phones};
use station::{Saying, What};

pub use lines::MAX_LINE;
pub use phones::MAX_PHONES;

/// Longest record that is kept, continuation lines included; the rest of a longer one is dropped.
pub const MAX_RECORD: usize = 64 * 1024;

/// Lines further apart than this do not tell of one event.
const SAME_EVENT_NANOS: i64 = 5_000_000;

/// Messages held back in case that more is told of them.
const MAX_PENDING: usize = 64;

/// What a text trace held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextTally {
    /// Lines read.
    pub lines: u64,
    /// Records found.
    pub records: u64,
    /// Messages told of.
    pub messages: u64,
    /// Lines that told of a message that another line had told of.
    pub merged: u64,
    /// Messages that the catalogue does not know.
    pub unknown_messages: u64,
    /// Records of a phone's process that were no messages.
    pub talk: u64,
    /// Lines before the first record.
    pub strays: u64,
}

/// Which kind of line told of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Text,
    Bare,
    Signal,
}

/// A message of which more may be told.
#[derive(Debug)]
struct Pending {
    time: Timestamp,
    record: u64,
    id: u32,
    from_server: bool,
    key: Key,
    told: Vec<Told>,
    values: Vec<(Vec<u8>, Vec<u8>)>,
    line: Vec<u8>,
}

/// Reads a text trace record by record.
#[derive(Debug)]
pub struct TextReader<R> {
    lines: Lines<R>,
    line: Vec<u8>,
    /// The record at hand, without its head.
    record: Vec<u8>,
    head: Option<Head>,
    state: State,
}

/// All but the bytes.
#[derive(Debug)]
struct State {
    calendar: Calendar,
    names: Names,
    composer: Composer,
    phones: Phones,
    pending: VecDeque<Pending>,
    tally: TextTally,
    stopped: bool,
}

/// Whether bytes look like a text trace: a record begins in them.
pub fn is_text_trace(front: &[u8]) -> bool {
    front.split(|byte| *byte == b'\n').any(|line| head::find(line, 0).is_some())
}

/// Days since 1970 of a date of ten characters.
pub fn day_number(text: &[u8; 10]) -> Option<i64> {
    head::day(text).and_then(clock::days)
}

/// The time of the first record in some bytes, on a day that is known or `undated` (days since 1970).
pub fn first_time(front: &[u8], undated: i64) -> Option<Timestamp> {
    let mut calendar = Calendar::beginning_on(undated);
    let mut first = None;
    for line in front.split(|byte| *byte == b'\n') {
        let Some(head) = head::find(line, 0) else { continue };
        if head.family == Family::FileHead {
            set_by_head(&mut calendar, &head, &line[head.body..]);
            return Some(calendar.time(None, head.time));
        }
        if first.is_none() {
            first = Some(calendar.time(head.day, head.time));
        }
    }
    first
}

impl<R: Read> TextReader<R> {
    /// Reads from `input`; a trace that tells no day begins on `undated` (days since 1970).
    pub fn new(input: R, undated: i64) -> Self {
        let state = State {
            calendar: Calendar::beginning_on(undated),
            names: Names::new(),
            composer: Composer::default(),
            phones: Phones::default(),
            pending: VecDeque::new(),
            tally: TextTally::default(),
            stopped: false,
        };
        Self { lines: Lines::new(input), line: Vec::new(), record: Vec::new(), head: None, state }
    }

    /// Goes on with another file of the same trace.
    pub fn continue_with(&mut self, input: R) {
        self.lines = Lines::new(input);
    }

    /// Bytes read so far, after decompression.
    pub fn offset(&self) -> u64 {
        self.lines.offset()
    }

    /// What was found so far.
    pub fn tally(&self) -> TextTally {
        self.state.tally
    }

    /// Reads one line and hands on what comes of it. At the end of what there is: `Break(Ok)`; a file that grows may be
    /// asked again. `Break(Err)` when the source fails.
    pub fn step<S: FrameSink>(&mut self, sink: &mut S) -> ControlFlow<io::Result<()>> {
        self.line_step(false, sink)
    }

    /// Hands on what waits, at the end of all.
    pub fn finish<S: FrameSink>(&mut self, sink: &mut S) {
        let _ = self.line_step(true, sink);
        self.end_record(sink);
        self.state.flush(None, sink);
    }

    /// Hands on what waits for more to be told of it: nothing more came, and a reader of a growing file wants to see it.
    pub fn catch_up<S: FrameSink>(&mut self, sink: &mut S) {
        self.end_record(sink);
        self.state.flush(None, sink);
    }

    /// Whether the sink had enough.
    pub fn is_stopped(&self) -> bool {
        self.state.stopped
    }

    fn line_step<S: FrameSink>(&mut self, last: bool, sink: &mut S) -> ControlFlow<io::Result<()>> {
        self.line.clear();
        match self.lines.next_into(&mut self.line, last) {
            Err(error) => return ControlFlow::Break(Err(error)),
            Ok(false) => return ControlFlow::Break(Ok(())),
            Ok(true) => {}
        }
        self.state.tally.lines += 1;
        let line = std::mem::take(&mut self.line);
        let mut from = 0;
        let mut next = head::find(&line, 0);
        while let Some(head) = next {
            if from > 0 || head.at > 0 {
                self.more(&line[from..head.at], from == 0);
            }
            self.end_record(sink);
            self.head = Some(head);
            from = head.body;
            next = head::find(&line, head.body);
        }
        self.more(&line[from..], from == 0);
        self.line = line;
        if self.state.stopped { ControlFlow::Break(Ok(())) } else { ControlFlow::Continue(()) }
    }

    /// Text that belongs to the record at hand; `new_line` when a line begins with it.
    fn more(&mut self, text: &[u8], new_line: bool) {
        if self.head.is_none() {
            self.state.tally.strays += u64::from(new_line);
            return;
        }
        if text.is_empty() || (new_line && is_editor_prefix(text)) {
            return;
        }
        let room = MAX_RECORD.saturating_sub(self.record.len());
        if new_line && room > 0 {
            self.record.push(b'\n');
        }
        self.record.extend_from_slice(text.get(..room.saturating_sub(1)).unwrap_or(text));
    }

    fn end_record<S: FrameSink>(&mut self, sink: &mut S) {
        if let Some(head) = self.head.take() {
            let record = std::mem::take(&mut self.record);
            self.state.record(&head, &record, sink);
            self.record = record;
        }
        self.record.clear();
    }
}

/// `Line 2364: `, as editors print what they found.
fn is_editor_prefix(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"Line ").map(<[u8]>::trim_ascii_end);
    rest.and_then(|rest| rest.strip_suffix(b":")).is_some_and(|number| head::digits(number).is_some())
}

fn set_by_head(calendar: &mut Calendar, head: &Head, text: &[u8]) {
    let part = |key: &[u8], len: usize| {
        let at = compose::position(text, key)? + key.len();
        let rest = text.get(at..)?.trim_ascii_start();
        rest.get(..len)
    };
    let day = part(b"Date:", 10).and_then(|text| text.first_chunk::<10>()).and_then(head::day);
    let offset = part(b"UTC:", 6).and_then(clock::offset);
    calendar.set(day, offset, head.time);
}

impl State {
    fn record<S: FrameSink>(&mut self, head: &Head, text: &[u8], sink: &mut S) {
        self.tally.records += 1;
        if head.family == Family::FileHead {
            set_by_head(&mut self.calendar, head, text);
            let all = values::pairs(text);
            self.phones.host =
                values::value(&all, "HostIPAddress").and_then(compose::dotted).or(self.phones.host);
        }
        let time = self.calendar.time(head.day, head.time);
        self.flush(Some(time), sink);
        let (saying, told) = match head.family {
            Family::Sdi | Family::AppInfo => (station::read(text, &self.names), Told::Text),
            Family::Signal => (signal::read(text, &self.names), Told::Signal),
            Family::CallLog => return self.note(time, None, calllog::read(text), text, sink),
            Family::FileHead | Family::Other => return,
        };
        match saying {
            Some(saying) => self.saying(time, told, saying, text, sink),
            None => self.neighbour(time, head.family, text, sink),
        }
    }

    /// A record of another process: it may tell which legs belong together.
    fn neighbour<S: FrameSink>(&mut self, time: Timestamp, family: Family, text: &[u8], sink: &mut S) {
        if family == Family::Signal {
            if let Some((reference, of)) = signal::branch(text) {
                self.note(time, None, NoteKind::Branch { reference, of }, text, sink);
            }
            return;
        }
        let kind = joined(text).map_or(NoteKind::Talk, |references| NoteKind::Joined { references });
        self.note(time, None, kind, text, sink);
    }

    fn saying<S: FrameSink>(
        &mut self,
        time: Timestamp,
        told: Told,
        saying: Saying<'_>,
        text: &[u8],
        sink: &mut S,
    ) {
        let Saying { from_server, key, known, what } = saying;
        if let Some(key) = key
            && known != Known::default()
        {
            let (phone, news) = self.phones.learn(key, known);
            if news && phone.told {
                named(phone, time, sink);
            }
        }
        match (what, key) {
            (What::Message { id, bare, rest }, Some(key)) => {
                let told = if bare { Told::Bare } else { told };
                let values =
                    values::pairs(rest).into_iter().map(|(key, value)| (key.to_vec(), value.to_vec()));
                let mut values: Vec<_> = values.collect();
                anonymous(rest, id, &mut values);
                self.message(
                    Pending {
                        time,
                        record: self.tally.records,
                        id,
                        from_server,
                        key,
                        told: vec![told],
                        values,
                        line: text.to_vec(),
                    },
                    sink,
                );
            }
            (What::More(rest), None) => self.add_to_last(rest, text),
            (What::Unknown, _) => {
                self.tally.unknown_messages += 1;
                self.note(time, key, NoteKind::UnknownMessage { from_server }, text, sink);
            }
            _ => {
                self.tally.talk += 1;
                self.note(time, key, NoteKind::Talk, text, sink);
            }
        }
    }

    /// Holds a message back, or adds what is told to one that another kind of line told of.
    fn message<S: FrameSink>(&mut self, message: Pending, sink: &mut S) {
        let same = self.pending.iter_mut().rev().find(|other| {
            (other.id, other.key, other.from_server) == (message.id, message.key, message.from_server)
                && other.told.iter().all(|told| !message.told.contains(told))
        });
        if let Some(other) = same {
            self.tally.merged += 1;
            for (key, value) in message.values {
                if !other.values.iter().any(|(found, _)| names::fold_key(found) == names::fold_key(&key)) {
                    other.values.push((key, value));
                }
            }
            other.told.extend(message.told);
            append_line(&mut other.line, &message.line);
            return;
        }
        if self.pending.len() >= MAX_PENDING {
            self.let_go(sink);
        }
        self.pending.push_back(message);
    }

    /// A line without a key of its own: fields of the message before.
    fn add_to_last(&mut self, rest: &[u8], text: &[u8]) {
        let Some(last) = self.pending.back_mut() else { return };
        last.values
            .extend(values::pairs(rest).into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())));
        last.values.truncate(4 * values::MAX_PAIRS);
        append_line(&mut last.line, text);
    }

    /// Lets go of messages of which nothing more will be told; of all without a time.
    fn flush<S: FrameSink>(&mut self, now: Option<Timestamp>, sink: &mut S) {
        while let Some(first) = self.pending.front() {
            let waits = now.is_some_and(|now| now.since(first.time).abs() <= SAME_EVENT_NANOS);
            if waits {
                return;
            }
            self.let_go(sink);
        }
    }

    fn let_go<S: FrameSink>(&mut self, sink: &mut S) {
        let Some(message) = self.pending.pop_front() else { return };
        if self.stopped {
            return;
        }
        self.tally.messages += 1;
        let body = self.composer.body(message.id, &message.values);
        let (connection, slot, phone) = self.tell(message.key, message.time, sink);
        let server = self.phones.server();
        let (src, dst) = if message.from_server { (server, phone) } else { (phone, server) };
        let frame = RawFrame {
            time: message.time,
            packet: message.record,
            connection,
            slot,
            src,
            dst,
            from_server: message.from_server,
            header_version: u32::from(LAYOUT),
            id: message.id,
            body: &body,
            offset_in_stream: 0,
            line: Some(&message.line),
        };
        self.stopped = sink.frame(frame).is_break();
    }

    /// Tells of a phone's connection before anything else of it; gives its number, slot and the phone's end.
    fn tell<S: FrameSink>(
        &mut self,
        key: Key,
        time: Timestamp,
        sink: &mut S,
    ) -> (u64, u32, std::net::SocketAddr) {
        let (server, packet) = (self.phones.server(), self.tally.records);
        let (phone, _) = self.phones.learn(key, Known::default());
        let (connection, slot, end) = (u64::from(phone.number) + 1, phone.number, phone.end());
        if !phone.told {
            phone.told = true;
            sink.connection(ConnectionEvent::Opened {
                connection,
                slot,
                time,
                packet,
                server,
                phone: end,
                from_syn: false,
            });
            named(phone, time, sink);
        }
        (connection, slot, end)
    }

    fn note<S: FrameSink>(
        &mut self,
        time: Timestamp,
        key: Option<Key>,
        kind: NoteKind,
        text: &[u8],
        sink: &mut S,
    ) {
        let connection =
            key.map(|key| self.tell(key, time, sink)).map(|(connection, slot, _)| (connection, slot));
        sink.note(Note { time, record: self.tally.records, connection, kind, text });
    }
}

fn named<S: FrameSink>(phone: &phones::Phone, time: Timestamp, sink: &mut S) {
    if let Some(device) = phone.known.device {
        let (connection, slot) = (u64::from(phone.number) + 1, phone.number);
        sink.connection(ConnectionEvent::Named {
            connection,
            slot,
            time,
            device,
            address: phone.known.address,
        });
    }
}

fn append_line(line: &mut Vec<u8>, more: &[u8]) {
    if line.len() + more.len() < MAX_RECORD {
        line.push(b'\n');
        line.extend_from_slice(more);
    }
}

/// `IpPortMessageID: 32715(0x7fcb)`, `stationOutputStartTone: 36=AlertingTone`: a value without a key is the
/// first field's.
fn anonymous(rest: &[u8], id: u32, values: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    let rest = rest.trim_ascii_start();
    let len = rest.iter().position(|byte| matches!(byte, b' ' | b',')).unwrap_or(rest.len());
    let first = &rest[..len];
    if compose::number(first).is_none() || !first.first().is_some_and(u8::is_ascii_digit) {
        return;
    }
    let variants = skinny::catalogue::find(id).map(skinny::catalogue::Entry::variants).unwrap_or_default();
    let layout = variants.into_iter().find(|variant| (variant.from..=variant.to).contains(&LAYOUT));
    if let Some(row) = layout.as_ref().and_then(|variant| variant.layout.rows.first()) {
        values.push((row.name.clone().into_bytes(), first.to_vec()));
    }
}

/// Any bytes as a trace: reads them without a panic, within bounded memory. Body of a fuzz target.
#[doc(hidden)]
pub fn any_text(data: &[u8]) {
    struct Nothing;
    impl FrameSink for Nothing {
        fn frame(&mut self, _frame: RawFrame<'_>) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }
    let _ = first_time(data, 0);
    let mut reader = TextReader::new(data, 19_000);
    while reader.step(&mut Nothing).is_continue() {}
    reader.finish(&mut Nothing);
}
