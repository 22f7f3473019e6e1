//! Virtual phones around an exchange, and what they say and hear as a ladder:
//! `A → OffHook`, `A ← StartTone InsideDialTone line 1 call 1`.
//!
//! Each input goes to the exchange and to a twin that was restored from a snapshot the moment before; both
//! must do the same.

#![allow(dead_code, reason = "each test file uses its part")]

mod ladder;
pub mod phone;

use std::collections::BTreeMap;
use std::sync::Arc;

use exchange::input::{Command, CommandId, Ended, Input, Now, Peer, SessionId, TrunkInput};
use exchange::output::{Change, CloseReason, Output, TrunkOutput};
use exchange::plan::{Button, Device, Line, Plan};
use exchange::record::Record;
use exchange::{Exchange, Poll};
use skinny::frame::{Frame, Split, split};
use skinny::message::{Body, FromDevice, Numbered};
use skinny::packet::{Packet, compose};

pub use ladder::Names;
pub use phone::{Generation, Phone};

/// Milliseconds since the Unix epoch at which tests begin.
pub const START_MS: i64 = 1_700_000_000_000;

/// An exchange, phones, and what they said.
pub struct World {
    pub exchange: Exchange,
    pub plan: Arc<Plan>,
    pub now: Now,
    pub phones: BTreeMap<&'static str, Phone>,
    /// What came out beside frames, since it was last taken.
    pub outputs: Vec<Output>,
    lines: Vec<String>,
    names: Names,
    last_session: u64,
    last_event: u64,
    /// Whether each step is also made by a restored twin.
    pub twins: bool,
    /// Whether there is a media engine, which opens ports as soon as it is asked.
    pub engine: bool,
    /// Ports that it opened.
    pub ports: u16,
    /// Recordings that run.
    pub tapes: Vec<exchange::media::OrderId>,
    to_answer: Vec<(exchange::media::OrderId, exchange::media::MediaEvent)>,
    /// Where the next frames of the step go, when it is not the exchange's own turn.
    pub deadline: Option<u64>,
}

/// A plan of devices: name and numbers of its lines.
pub fn plan(devices: &[(&str, &[&str])]) -> Plan {
    let mut plan = Plan { generation: 1, ..Plan::default() };
    for (name, numbers) in devices {
        let line = |number: &&str| Button::Line { number: (*number).into(), label: format!("Line {number}") };
        let buttons = numbers.iter().map(line).collect();
        plan.devices.insert(device_name(name), Device { buttons, ..Device::default() });
        for number in *numbers {
            let line = Line { name: format!("{name} {number}"), ..Line::default() };
            plan.lines.insert((*number).into(), line);
        }
    }
    plan
}

/// The device name of a short name of the tests.
pub fn device_name(short: &str) -> String {
    format!("SEP{short:0>12}")
}

impl World {
    pub fn new(plan: Plan) -> Self {
        let mut world = World {
            exchange: Exchange::new(0x12_3456),
            plan: Arc::default(),
            now: Now { monotonic_ns: 1_000_000_000, unix_ms: START_MS },
            phones: BTreeMap::new(),
            outputs: Vec::new(),
            lines: Vec::new(),
            names: Names::default(),
            last_session: 0,
            last_event: 0,
            twins: true,
            engine: false,
            ports: 0,
            tapes: Vec::new(),
            to_answer: Vec::new(),
            deadline: None,
        };
        world.apply(plan);
        world
    }

    /// Another seed for the ids on the wire.
    pub fn with_seed(plan: Plan, seed: u64) -> Self {
        let mut world = World::new(Plan::default());
        world.exchange = Exchange::new(seed);
        world.last_event = 0;
        world.apply(plan);
        world
    }

    /// Registered phones, the ladder empty: short name, generation, numbers of the lines.
    pub fn with_phones(phones: &[(&'static str, Generation, &'static [&'static str])]) -> Self {
        let devices: Vec<(&str, &[&str])> =
            phones.iter().map(|(name, _, numbers)| (*name, *numbers)).collect();
        let mut world = World::new(plan(&devices));
        for (name, generation, _) in phones {
            world.register(name, *generation);
        }
        world.forget();
        world
    }

    /// Another world that is just like this one.
    pub fn fork(&self) -> World {
        let snapshot = self.exchange.snapshot();
        World {
            exchange: Exchange::restore(&snapshot, Arc::clone(&self.plan)).expect("it was just saved"),
            plan: Arc::clone(&self.plan),
            now: self.now,
            phones: self.phones.clone(),
            outputs: self.outputs.clone(),
            lines: self.lines.clone(),
            names: self.names.clone(),
            last_session: self.last_session,
            last_event: self.last_event,
            twins: self.twins,
            engine: self.engine,
            ports: self.ports,
            tapes: self.tapes.clone(),
            to_answer: self.to_answer.clone(),
            deadline: self.deadline,
        }
    }

    pub fn apply(&mut self, plan: Plan) {
        let plan = Arc::new(plan);
        self.input(Input::Plan(Arc::clone(&plan)));
        self.plan = plan;
    }

    /// One input, to the exchange and to its twin.
    pub fn input(&mut self, input: Input<'_>) {
        let twin = self.twins.then(|| {
            let snapshot = self.exchange.snapshot();
            let mut twin =
                Exchange::restore(&snapshot, Arc::clone(&self.plan)).expect("what was saved is restored");
            assert_eq!(twin.snapshot(), snapshot, "saving and restoring changes nothing");
            twin.handle(self.now, input.clone());
            (drain(&mut twin), twin.snapshot())
        });
        self.exchange.handle(self.now, input);
        let (outputs, frames, deadline) = drain(&mut self.exchange);
        if let Some((twin_drained, twin_snapshot)) = twin {
            assert_eq!(
                twin_drained,
                (outputs.clone(), frames.clone(), deadline),
                "a restored twin does the same"
            );
            assert_eq!(twin_snapshot, self.exchange.snapshot(), "and is the same after it");
        }
        let audit = self.exchange.audit();
        assert!(audit.is_empty(), "{audit:?}\n{}", self.lines.join("\n"));
        self.deadline = deadline;
        for (session, bytes) in frames {
            self.deliver(session, &bytes);
        }
        for output in outputs {
            self.take(output);
        }
        for (order, event) in std::mem::take(&mut self.to_answer) {
            self.input(Input::Media(order, event));
        }
    }

    /// There is a media engine from now on.
    pub fn with_engine(mut self) -> Self {
        self.engine = true;
        let event = exchange::media::MediaEvent::Engine { present: true };
        self.input(Input::Media(exchange::media::OrderId(0), event));
        self
    }

    /// What the engine answers.
    fn engine_answers(&mut self, order: exchange::media::OrderId, what: &exchange::media::MediaOrder) {
        use exchange::media::{MediaEvent, MediaOrder};
        let parties = match what {
            MediaOrder::Relay { .. } | MediaOrder::Copies { .. } => 2,
            MediaOrder::Music { .. } | MediaOrder::Announce { .. } | MediaOrder::Join { .. } => 1,
            MediaOrder::Tape { .. } => {
                self.tapes.push(order);
                0
            }
            MediaOrder::Close(of) if self.tapes.contains(of) => {
                self.tapes.retain(|tape| tape != of);
                let taped = MediaEvent::Taped { length_ms: 1000, bytes: 32_044, cut: None };
                return self.to_answer.push((order, taped));
            }
            MediaOrder::Close(_)
            | MediaOrder::Remote { .. }
            | MediaOrder::Attach { .. }
            | MediaOrder::Mute { .. }
            | MediaOrder::Digit { .. } => return,
        };
        let port = |place| ([10, 0, 0, 254], 30_000 + 2 * place).into();
        let addresses = (self.ports..self.ports + parties).map(port).collect();
        self.ports += parties;
        self.to_answer.push((order, MediaEvent::Opened { addresses }));
    }

    fn deliver(&mut self, session: SessionId, bytes: &[u8]) {
        let Some((name, phone)) = self.phones.iter_mut().find(|(_, phone)| phone.session == session) else {
            panic!("frames for {session:?}, which no phone has\n{}", self.lines.join("\n"));
        };
        let mut rest = bytes;
        while let Split::Frame(frame, behind) = split(rest) {
            rest = behind;
            let packet = Packet::decode(frame, phone.version);
            assert!(!packet.is_short(), "we send full forms: {:?}", packet.message);
            assert_eq!(packet.encode(&mut [0; 8192]).ok(), Some(frame.header.frame_len()));
            self.lines.push(format!("{name} ← {}", self.names.line(&packet.message)));
            phone.hears(&packet);
        }
        assert!(rest.is_empty(), "whole frames only");
    }

    fn take(&mut self, output: Output) {
        match &output {
            Output::Close(session, reason) => {
                let phone = self.phones.iter_mut().find(|(_, phone)| phone.session == *session);
                if let Some((name, phone)) = phone {
                    self.lines.push(format!("{name} ← (close: {reason:?})"));
                    phone.closed = Some(*reason);
                }
            }
            Output::Event(event) => {
                self.last_event += 1;
                assert_eq!(event.number, self.last_event, "events are numbered without gaps");
            }
            Output::Media(order, media) => {
                self.lines.push(format!("engine ← {}", self.names.media(order.0, media)));
                if self.engine {
                    self.engine_answers(*order, media);
                }
            }
            Output::Record(record) => {
                if let exchange::record::Record::Recording(recording) = &**record {
                    let cut = recording.cut.as_deref().unwrap_or("whole");
                    self.lines
                        .push(format!("records ← Recording {} by {}: {cut}", recording.file, recording.by));
                }
            }
            Output::Remember { key, value } => {
                self.lines.push(format!("store ← {key} = {value:?}"));
            }
            Output::Trunk(trunk) => self.lines.push(format!("trunk ← {}", self.names.trunk(trunk))),
            _ => {}
        }
        self.outputs.push(output);
    }

    /// A connection of a phone; it has not said anything yet.
    pub fn connect(&mut self, name: &'static str, generation: Generation) {
        let number = self.phones.len() as u8 + 1;
        self.connect_from(name, generation, [10, 0, 0, number]);
    }

    pub fn connect_from(&mut self, name: &'static str, generation: Generation, ip: [u8; 4]) {
        self.last_session += 1;
        let session = SessionId(self.last_session);
        let local = if ip[0] == 127 { [127, 0, 0, 1] } else { [10, 0, 0, 254] };
        let peer = Peer { remote: (ip, 50_000).into(), local: (local, 2000).into() };
        self.phones.insert(name, Phone::new(name, generation, session, ip));
        self.input(Input::Opened(session, peer));
    }

    /// A new connection of a phone that has one: the old one is open still.
    pub fn reconnect(&mut self, name: &'static str) -> SessionId {
        let before = &self.phones[name];
        let (old, generation, ip) = (before.session, before.generation, before.ip);
        self.connect_from(name, generation, ip);
        old
    }

    /// A phone says something.
    pub fn say<'m, M: Body<'m> + Numbered + FromDevice>(&mut self, name: &'static str, message: &M) {
        self.say_cut(name, message, usize::MAX);
    }

    /// The same in a short form of at most `body_max` bytes.
    pub fn say_cut<'m, M>(&mut self, name: &'static str, message: &M, body_max: usize)
    where
        M: Body<'m> + Numbered + FromDevice,
    {
        let phone = &self.phones[name];
        let (version, header) = (phone.layout(), phone.header());
        let mut buffer = vec![0; 4096];
        let len = compose(message, version, header, &mut buffer).expect("fits");
        buffer.truncate(len.min(body_max.saturating_add(12)));
        let length = (buffer.len() - 8) as u32;
        buffer[..4].copy_from_slice(&length.to_le_bytes());
        self.say_bytes(name, &buffer);
    }

    /// A phone sends a frame.
    pub fn say_bytes(&mut self, name: &'static str, bytes: &[u8]) {
        let Split::Frame(frame, _) = split(bytes) else { panic!("no frame") };
        let phone = &self.phones[name];
        let message = Packet::decode(frame, phone.version).message;
        self.lines.push(format!("{name} → {}", self.names.line(&message)));
        let session = phone.session;
        self.input(Input::Frame(session, Frame { header: frame.header, body: frame.body }));
    }

    /// The connection of a phone breaks.
    pub fn lose(&mut self, name: &'static str) {
        let session = self.phones[name].session;
        self.lines.push(format!("{name} → (connection lost)"));
        self.input(Input::Closed(session, Ended::Reset));
    }

    pub fn trunk(&mut self, input: TrunkInput) {
        self.lines.push(format!("trunk → {}", self.names.trunk_input(&input)));
        self.input(Input::Trunk(input));
    }

    pub fn command(&mut self, command: Command) -> Result<String, String> {
        self.input(Input::Command(CommandId(7), command));
        let reply = self.outputs.iter().rposition(|output| matches!(output, Output::Reply(..)));
        match reply.map(|place| self.outputs.remove(place)) {
            Some(Output::Reply(CommandId(7), reply)) => reply,
            other => panic!("a reply, not {other:?}"),
        }
    }

    /// Time passes; timers fire at their moments.
    pub fn pass_secs(&mut self, secs: u64) {
        let end = self.now.monotonic_ns + secs * 1_000_000_000;
        while let Some(due) = self.deadline.filter(|due| *due <= end) {
            self.move_to(due.max(self.now.monotonic_ns));
            self.input(Input::Tick);
            assert!(self.deadline.is_none_or(|next| next > due), "what was due is done");
        }
        self.move_to(end);
    }

    fn move_to(&mut self, ns: u64) {
        self.now.unix_ms += ((ns - self.now.monotonic_ns) / 1_000_000) as i64;
        self.now.monotonic_ns = ns;
    }

    /// The ladder since it was last taken.
    pub fn ladder(&mut self) -> String {
        std::mem::take(&mut self.lines).join("\n")
    }

    /// The rungs of one phone, without its name.
    pub fn ladder_of(&mut self, name: &str) -> Vec<String> {
        let prefix = format!("{name} ");
        let lines = std::mem::take(&mut self.lines);
        lines.iter().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
    }

    /// Begins a new ladder.
    pub fn forget(&mut self) {
        self.lines.clear();
        self.outputs.clear();
        self.names = Names::default();
    }

    /// Records that came out since outputs were last taken.
    pub fn records(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        self.outputs.retain(|output| match output {
            Output::Record(record) => {
                records.push(Record::clone(record));
                false
            }
            _ => true,
        });
        records
    }

    /// What changed, since outputs were last taken.
    pub fn changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        self.outputs.retain(|output| match output {
            Output::Event(event) => {
                changes.push(event.change.clone());
                false
            }
            _ => true,
        });
        changes
    }

    /// The last thing that a trunk was told.
    pub fn trunk_output(&self) -> &TrunkOutput {
        let mut told = self.outputs.iter().rev().filter_map(|output| match output {
            Output::Trunk(trunk) => Some(trunk),
            _ => None,
        });
        told.next().expect("something for the trunk")
    }

    pub fn close_reason(&self, name: &str) -> Option<CloseReason> {
        self.phones[name].closed
    }

    /// Nothing of any call is left, here or on a phone.
    #[track_caller]
    pub fn assert_quiet(&self) {
        let counts = self.exchange.counts();
        let left = (counts.calls, counts.legs, counts.streams, counts.references, counts.statistics);
        assert_eq!(left, (0, 0, 0, 0, 0), "{counts:?}");
        assert_eq!(self.tapes, [], "recordings are closed");
        for phone in self.phones.values().filter(|phone| phone.closed.is_none()) {
            phone.assert_quiet();
        }
    }
}

type Drained = (Vec<Output>, Vec<(SessionId, Vec<u8>)>, Option<u64>);

/// All that one turn yields, the frames by session.
pub fn drain(exchange: &mut Exchange) -> Drained {
    let (mut outputs, mut frames) = (Vec::new(), Vec::new());
    loop {
        match exchange.poll() {
            Poll::Output(Output::Send(session, range)) => {
                frames.push((session, exchange.bytes(range).to_vec()))
            }
            Poll::Output(output) => outputs.push(output),
            Poll::Idle(deadline) => return (outputs, frames, deadline),
        }
    }
}

/// Compares a ladder with the one kept in `tests/ladders/`. With `LADDERS=write` in the environment it is
/// written there instead: what changed is then seen in the diff.
#[track_caller]
pub fn check(name: &str, found: &str) {
    let path = format!("{}/tests/ladders/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("LADDERS").is_ok_and(|mode| mode == "write") {
        std::fs::write(&path, format!("{found}\n")).expect("written");
        return;
    }
    let expect = std::fs::read_to_string(&path).unwrap_or_default();
    let expect = expect.trim_end();
    if found == expect {
        return;
    }
    let same = found.lines().zip(expect.lines()).take_while(|(a, b)| a == b).count();
    panic!("{path}: line {} differs\n--- found\n{found}\n--- expected\n{expect}", same + 1);
}
