//! Several sources as one, in the order of time.
//!
//! A source is opened only when its time has come, so that thousands of rotated files cost one open file. Files of one
//! rotation that follow one another are one source: connections and records go on from one to the next.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::input::{Bytes, Input, Inputs, Kind, Progress, SourceError};
use super::numbers::Numbers;
use super::owned::Waiting;
use super::text::{TextReader, TextTally};
use crate::Timestamp;
use crate::reader::{Ending, FrameReader, FrameSink, Summary};

/// Sources read side by side; a further one waits until one of them ends.
pub const MAX_OPEN: usize = 256;

/// What reading one source came to.
#[derive(Debug)]
pub struct Outcome {
    /// Its number, as sinks are told it.
    pub source: Option<usize>,
    /// Its files.
    pub names: Vec<String>,
    /// What the capture held.
    pub capture: Option<Summary>,
    /// What the text trace held.
    pub text: Option<TextTally>,
    /// Why it could not be read to its end.
    pub error: Option<SourceError>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something was read.
    Read,
    /// Nothing more at the moment; files may grow.
    Idle,
    /// The sink had enough.
    Stopped,
}

/// Several sources as one.
#[derive(Debug)]
pub struct Mixed {
    /// Not yet opened, the latest first.
    waiting: Vec<Input>,
    open: Vec<Source>,
    outcomes: Vec<Outcome>,
    numbers: Numbers,
    progress: Progress,
    tls_keys: Vec<u8>,
    /// By how much the clock of each source is moved.
    shifts: BTreeMap<u16, i64>,
    /// Whether there was only one source from the beginning.
    alone: bool,
    sources: usize,
    /// Which source the sink was told of last.
    told: Option<u16>,
}

#[derive(Debug)]
struct Source {
    number: usize,
    names: Vec<String>,
    family: String,
    reader: Reader,
    events: Waiting,
    /// At its end, as far as there is one.
    at_end: bool,
    error: Option<SourceError>,
    ending: Option<Ending>,
}

enum Reader {
    Capture(Box<FrameReader<Bytes>>),
    Text(Box<TextReader<Bytes>>),
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Capture(_) => "capture",
            Self::Text(_) => "text",
        })
    }
}

impl Mixed {
    /// Of inputs that were found.
    pub fn new(inputs: Inputs) -> Self {
        let Inputs { mut inputs, progress, tls_keys, shifts, .. } = inputs;
        inputs.sort_by_key(|input| std::cmp::Reverse(input.first));
        Self {
            alone: inputs.len() == 1,
            waiting: inputs,
            open: Vec::new(),
            outcomes: Vec::new(),
            numbers: Numbers::default(),
            progress,
            tls_keys,
            shifts,
            sources: 0,
            told: None,
        }
    }

    /// Moves the clocks of sources by so many nanoseconds each, by their numbers in the order of their beginnings.
    #[must_use]
    pub fn with_shifts(mut self, shifts: BTreeMap<u16, i64>) -> Self {
        self.shifts = shifts;
        self
    }

    /// How far reading is.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Another input that came to light: a new file of a folder that is followed.
    pub fn add(&mut self, input: Input) {
        self.alone = false;
        let at = self.waiting.partition_point(|other| other.first > input.first);
        self.waiting.insert(at, input);
    }

    /// Reads all and sums up.
    pub fn run<S: FrameSink>(mut self, sink: &mut S) -> Vec<Outcome> {
        loop {
            match self.step(sink) {
                Step::Read => {}
                Step::Idle if self.progress.may_go_on() => sink.idle(),
                Step::Idle | Step::Stopped => return self.finish(sink),
            }
        }
    }

    /// Reads a little and tells what comes of it, the earliest first.
    pub fn step<S: FrameSink>(&mut self, sink: &mut S) -> Step {
        self.open_next();
        if self.alone
            && let [source] = &mut self.open[..]
        {
            if self.told.is_none() {
                self.told = Some(0);
                sink.source(0);
            }
            return source.step(sink);
        }
        let mut earliest: Option<(usize, Timestamp)> = None;
        for (index, source) in self.open.iter_mut().enumerate() {
            while source.events.time().is_none() && !source.at_end {
                source.fill();
            }
            if let Some(time) = source.events.time()
                && earliest.is_none_or(|(_, found)| time < found)
            {
                earliest = Some((index, time));
            }
        }
        if let Some(next) = self.waiting.last()
            && earliest.is_none_or(|(_, time)| next.first.plus(self.back()) < time)
            && !self.goes_on(next)
        {
            let can_open = self.open.len() < MAX_OPEN || self.open.iter().any(|source| source.at_end);
            if can_open {
                self.open_input();
                return Step::Read;
            }
        }
        let Some((index, _)) = earliest else { return self.idle() };
        let source = &mut self.open[index];
        let number = u16::try_from(source.number).unwrap_or(u16::MAX);
        if self.told != Some(number) {
            self.told = Some(number);
            sink.source(number);
        }
        match source.events.tell_next(source.number, &mut self.numbers, sink) {
            ControlFlow::Continue(()) => Step::Read,
            ControlFlow::Break(()) => Step::Stopped,
        }
    }

    /// Ends all sources, and says what each came to.
    pub fn finish<S: FrameSink>(mut self, sink: &mut S) -> Vec<Outcome> {
        let (alone, mut numbers) = (self.alone, self.numbers);
        for mut source in self.open {
            let number = source.number;
            while source.events.time().is_some() {
                let _ = source.events.tell_next(number, &mut numbers, sink);
            }
            let mut rest = source.events.emptied();
            let outcome = if alone { source.finish(sink) } else { source.finish(&mut rest) };
            while rest.time().is_some() {
                let _ = rest.tell_next(number, &mut numbers, sink);
            }
            self.outcomes.push(outcome);
        }
        self.outcomes
    }

    /// By how much a source may have to be opened before its own time has come.
    fn back(&self) -> i64 {
        self.shifts.values().copied().min().unwrap_or(0).min(0)
    }

    /// Whether an input belongs to a rotation that is still read, and would be opened before its time only because clocks are moved.
    fn goes_on(&self, next: &Input) -> bool {
        self.back() < 0
            && self
                .open
                .iter()
                .any(|source| !source.at_end && source.family == next.family && source.reader.is(next.kind))
    }

    /// Everything is at its end for now; sources may be asked again.
    fn idle(&mut self) -> Step {
        for source in &mut self.open {
            source.at_end = false;
        }
        Step::Idle
    }

    fn open_next(&mut self) {
        if self.open.is_empty() && !self.waiting.is_empty() {
            self.open_input();
        }
    }

    /// Opens the earliest that waits, or goes on with the rotation that it belongs to.
    fn open_input(&mut self) {
        let Some(input) = self.waiting.pop() else { return };
        let (name, kind, family, undated) =
            (input.name.clone(), input.kind, input.family.clone(), input.undated);
        let opened = input.open(&self.progress);
        let before = self.open.iter_mut().find(|source| {
            source.at_end
                && source.events.time().is_none()
                && source.family == family
                && source.reader.is(kind)
        });
        let taken = match (opened, before) {
            (Err(error), _) => Err(error),
            (Ok(bytes), Some(source)) => source.go_on(name.clone(), bytes),
            (Ok(bytes), None) => {
                Source::new(self.sources, name.clone(), kind, family, undated, bytes).map(|mut source| {
                    source.add_tls_keys(&self.tls_keys);
                    let shift = u16::try_from(self.sources).ok().and_then(|number| self.shifts.get(&number));
                    source.events = Waiting::shifted(shift.copied().unwrap_or(0));
                    self.open.push(source);
                    self.sources += 1;
                })
            }
        };
        if let Err(error) = taken {
            self.outcomes.push(Outcome {
                source: None,
                names: vec![name],
                capture: None,
                text: None,
                error: Some(error),
            });
        }
    }
}

impl Reader {
    fn is(&self, kind: Kind) -> bool {
        matches!((self, kind), (Self::Capture(_), Kind::Capture) | (Self::Text(_), Kind::Text))
    }
}

impl Source {
    fn new(
        number: usize,
        name: String,
        kind: Kind,
        family: String,
        undated: i64,
        bytes: Bytes,
    ) -> Result<Self, SourceError> {
        let reader = match kind {
            Kind::Text => Reader::Text(Box::new(TextReader::new(bytes, undated))),
            Kind::Capture => {
                let reader = FrameReader::new(bytes);
                Reader::Capture(Box::new(
                    reader.map_err(|source| SourceError::Capture { name: name.clone(), source })?,
                ))
            }
        };
        let (names, events) = (vec![name], Waiting::default());
        Ok(Self { number, names, family, reader, events, at_end: false, error: None, ending: None })
    }

    fn add_tls_keys(&mut self, keys: &[u8]) {
        if let Reader::Capture(reader) = &mut self.reader {
            reader.add_tls_keys(keys);
        }
    }

    /// The next file of a rotation.
    fn go_on(&mut self, name: String, bytes: Bytes) -> Result<(), SourceError> {
        match &mut self.reader {
            Reader::Text(reader) => reader.continue_with(bytes),
            Reader::Capture(reader) => {
                reader
                    .continue_with(bytes)
                    .map_err(|source| SourceError::Capture { name: name.clone(), source })?;
            }
        }
        self.names.push(name);
        self.at_end = false;
        self.ending = None;
        Ok(())
    }

    fn fill(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        let step = self.step(&mut events);
        self.events = events;
        self.at_end |= step != Step::Read;
    }

    fn step<S: FrameSink>(&mut self, sink: &mut S) -> Step {
        match &mut self.reader {
            Reader::Capture(reader) => match reader.step(sink) {
                ControlFlow::Continue(()) => Step::Read,
                ControlFlow::Break(Ending::Stopped) => {
                    self.ending = Some(Ending::Stopped);
                    Step::Stopped
                }
                ControlFlow::Break(ending) => {
                    self.ending = Some(ending);
                    Step::Idle
                }
            },
            Reader::Text(reader) => match reader.step(sink) {
                ControlFlow::Continue(()) => Step::Read,
                ControlFlow::Break(_) if reader.is_stopped() => Step::Stopped,
                ControlFlow::Break(result) => {
                    let name = self.names.last().cloned().unwrap_or_default();
                    self.error = result.err().map(|source| SourceError::Io { name, source });
                    // Nothing may wait here: other sources go on.
                    reader.catch_up(sink);
                    Step::Idle
                }
            },
        }
    }

    fn finish<S: FrameSink>(self, sink: &mut S) -> Outcome {
        let (mut capture, mut text) = (None, None);
        match self.reader {
            Reader::Capture(reader) => {
                capture = Some(reader.finish(self.ending.unwrap_or(Ending::Complete), sink));
            }
            Reader::Text(mut reader) => {
                reader.finish(sink);
                text = Some(reader.tally());
            }
        }
        Outcome { source: Some(self.number), names: self.names, capture, text, error: self.error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::{ConnectionEvent, RawFrame};

    #[derive(Default)]
    struct Told {
        frames: Vec<(Timestamp, u64, u32)>,
        sources: Vec<u16>,
        opened: u64,
        closed: u64,
    }

    impl FrameSink for Told {
        fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
            self.frames.push((frame.time, frame.connection, frame.id));
            ControlFlow::Continue(())
        }
        fn connection(&mut self, event: ConnectionEvent) {
            match event {
                ConnectionEvent::Opened { .. } => self.opened += 1,
                ConnectionEvent::Closed { .. } => self.closed += 1,
                _ => {}
            }
        }
        fn source(&mut self, number: u16) {
            self.sources.push(number);
        }
    }

    fn mixed(files: Vec<(&str, Vec<u8>)>) -> (Told, Vec<Outcome>) {
        let inputs = files.into_iter().map(|(name, bytes)| Input::from_bytes(name, bytes).unwrap()).collect();
        let mut told = Told::default();
        let outcomes = Mixed::new(Inputs { inputs, ..Inputs::default() }).run(&mut told);
        (told, outcomes)
    }

    /// A trace of which a line was written in the middle of the example's capture.
    fn trace_beside(capture: &[u8]) -> Vec<u8> {
        let mut times = Vec::new();
        let _ = FrameReader::new(capture).unwrap().for_each(|frame| {
            times.push(frame.time);
            ControlFlow::Continue(())
        });
        let middle = times[times.len() / 2].0.div_euclid(1_000_000);
        let (day, ms) = (middle.div_euclid(86_400_000), middle.rem_euclid(86_400_000));
        let date = jiff::Timestamp::from_second(day * 86_400).unwrap().strftime("%m/%d/%Y");
        let clock =
            format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        format!("{date} {clock} CCM|StationInit: (0000188) OffHook .\n").into_bytes()
    }

    #[test]
    fn a_capture_and_a_trace_are_told_in_the_order_of_time() {
        let capture = crate::example::capture();
        let (told, outcomes) = mixed(vec![("a.pcap", capture.clone()), ("b.txt", trace_beside(&capture))]);
        assert_eq!(told.frames.len(), crate::example::messages() + 1);
        // A capture's own frames wait until their connection is known to be SCCP: only the trace's place counts.
        let at = told.frames.iter().position(|frame| frame.0.0 % 1_000_000 == 0 && frame.2 == 6).unwrap();
        assert!(
            at > 5
                && told.frames[at - 1].0 <= told.frames[at].0
                && told.frames[at].0 <= told.frames[at + 1].0
        );
        assert!(told.sources.len() >= 3, "{:?}", told.sources);
        assert_eq!(outcomes.len(), 2);
        let connections: std::collections::BTreeSet<u64> = told.frames.iter().map(|frame| frame.1).collect();
        assert_eq!(connections.len() as u64, told.opened);
    }

    #[test]
    fn a_capture_cut_into_files_reads_as_one() {
        let whole = crate::example::capture();
        let (expected, _) = mixed(vec![("whole.pcap", whole.clone())]);
        let mut packets = Vec::new();
        let mut reader = crate::capture::CaptureReader::new(&whole[..]).unwrap();
        while let Some(packet) = reader.next_packet().unwrap() {
            let (time, bytes) = (packet.time, packet.captured.to_vec());
            packets.push(crate::synth::WirePacket { time, bytes, comment: None, interface: 0 });
        }
        let third = packets.len() / 3;
        let mut files = Vec::new();
        for (name, part) in ["ring_00001.pcap", "ring_00002.pcap", "ring_00003.pcap"]
            .into_iter()
            .zip(packets.chunks(third + 1))
        {
            let mut file = Vec::new();
            crate::synth::write_pcap(&mut file, part).unwrap();
            files.push((name, file));
        }
        let inputs = files.into_iter().map(|(name, bytes)| {
            let mut input = Input::from_bytes(name, bytes).unwrap();
            input.family = "ring_".into();
            input
        });
        let mut told = Told::default();
        let outcomes = Mixed::new(Inputs { inputs: inputs.collect(), ..Inputs::default() }).run(&mut told);
        assert_eq!(told.frames, expected.frames);
        assert_eq!((outcomes.len(), outcomes[0].names.len()), (1, 3));
        assert_eq!((told.opened, told.closed), (expected.opened, expected.closed));
    }

    #[test]
    fn a_growing_trace_is_read_as_it_grows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ccm.txt");
        let line = |n: u32| {
            format!("16:05:4{n}.890 CCM|StationInit - InboundStim - OnHookMessageID tcpHandle=0x4fb\n")
        };
        std::fs::write(&path, line(1)).unwrap();
        let mut mixed = Mixed::new(Inputs::find(std::slice::from_ref(&path)).unwrap());
        let mut told = Told::default();
        while mixed.step(&mut told) == Step::Read {}
        assert_eq!(told.frames.len(), 1);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, (line(2) + &line(3)).as_bytes()).unwrap();
        while mixed.step(&mut told) == Step::Read {}
        assert_eq!(told.frames.len(), 3);
        let _ = mixed.finish(&mut told);
        assert_eq!(told.frames.len(), 3);
    }
}
