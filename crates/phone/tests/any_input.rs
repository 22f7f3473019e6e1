//! Whatever a server sends and a user does: no panic, and memory stays within its limits.

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::{Bench, local, server};
use phone::{Act, Audio, AudioAnswer, Config, Disconnect, Input, Output, Phone, profile};
use proptest::prelude::*;
use skinny::codes::DeviceStimulus;
use skinny::types::CallReference;

/// What a phone takes at most, connection buffers included.
const MEMORY_BYTES_MAX: usize = 64 * 1024;

/// A server that has gone mad.
#[derive(Debug, Clone)]
enum Step {
    Junk(Vec<u8>),
    Message(u32, u32, Vec<u8>),
    Split(u32, Vec<u8>, usize),
    Press(u8, u32),
    Wait(u64),
    Gone(u8),
    Connect,
}

fn ids() -> impl Strategy<Value = u32> {
    let known: Vec<u32> = skinny::catalogue::CATALOGUE.iter().map(|entry| entry.id).collect();
    prop_oneof![20 => prop::sample::select(known), 1 => any::<u32>()]
}

/// Small words, so that references and lines meet.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![6 => 0u32..20, 1 => any::<u32>()];
    prop_oneof![
        4 => prop::collection::vec(word, 0..60).prop_map(|words| words.iter().flat_map(|w| w.to_le_bytes()).collect()),
        1 => prop::collection::vec(any::<u8>(), 0..900),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let header = prop::sample::select(vec![0u32, 0, 11, 17, 20, 22, 255, u32::MAX]);
    let step = prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Junk),
        30 => (ids(), header, body()).prop_map(|(id, version, body)| Step::Message(id, version, body)),
        3 => (ids(), body(), 1usize..40).prop_map(|(id, body, at)| Step::Split(id, body, at)),
        10 => (any::<u8>(), 0u32..5).prop_map(|(act, number)| Step::Press(act, number)),
        3 => (0u64..100_000).prop_map(Step::Wait),
        1 => any::<u8>().prop_map(Step::Gone),
        2 => Just(Step::Connect),
    ];
    prop::collection::vec(step, 0..120)
}

fn frame(id: u32, version: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = skinny::Header { length: body.len() as u32 + 4, version, id }.bytes().to_vec();
    bytes.extend(body);
    bytes
}

fn act(kind: u8, number: u32) -> Act<'static> {
    match kind % 20 {
        0 => Act::OffHook,
        1 => Act::OnHook,
        2 => Act::Speaker,
        3 => Act::Headset,
        4 => Act::Key('5'),
        5 => Act::Key('x'),
        6 => Act::SoftKey("Answer"),
        7 => Act::SoftKey("NewCall"),
        8 => Act::LineKey(number),
        9 => Act::SpeedDial(number),
        10 => Act::Button(DeviceStimulus::HOLD, number),
        11 => Act::Select(CallReference(number)),
        12 => Act::Enbloc("1002"),
        13 => Act::Redial,
        14 => Act::Dial("1002#"),
        15 => Act::Answer,
        16 => Act::Hangup,
        17 => Act::Hold,
        18 => Act::Resume,
        _ => Act::Unregister,
    }
}

struct World {
    phone: Phone,
    now: Duration,
    answers: bool,
}

impl World {
    fn settle(&mut self) {
        while let Some(output) = self.phone.poll() {
            let Output::Audio(order) = output else { continue };
            if !self.answers {
                continue;
            }
            let there: SocketAddr = local();
            let answer = match order {
                Audio::OpenReceive { stream, .. } => AudioAnswer::ReceiveOpened { stream, local: there },
                Audio::StartSend { stream, .. } => AudioAnswer::SendFailed { stream },
                Audio::Report { call } => AudioAnswer::Statistics { call, statistics: Default::default() },
                _ => continue,
            };
            self.phone.handle(self.now, Input::Audio(answer));
        }
        let waiting = self.phone.pending().len();
        self.phone.wrote(waiting);
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Junk(bytes) => self.phone.handle(self.now, Input::Bytes(bytes)),
            Step::Message(id, version, body) => {
                self.phone.handle(self.now, Input::Bytes(&frame(*id, *version, body)));
            }
            Step::Split(id, body, at) => {
                let bytes = frame(*id, 0, body);
                let (first, rest) = bytes.split_at((*at).min(bytes.len()));
                self.phone.handle(self.now, Input::Bytes(first));
                self.phone.handle(self.now, Input::Bytes(rest));
            }
            Step::Press(kind, number) => drop(self.phone.act(self.now, act(*kind, *number))),
            Step::Wait(ms) => {
                self.now += Duration::from_millis(*ms);
                self.phone.handle(self.now, Input::Tick);
            }
            Step::Gone(how) => {
                let how = [Disconnect::Closed, Disconnect::Reset, Disconnect::TimedOut][usize::from(how % 3)];
                self.phone.handle(self.now, Input::Disconnected(how));
            }
            Step::Connect => {
                let input = Input::Connected { local: local(), remote: server(), rtp_port: 20_000 };
                self.phone.handle(self.now, input);
                // The registration that lets the rest in.
                self.phone.handle(
                    self.now,
                    Input::Bytes(&frame(
                        0x81,
                        0,
                        &[30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 22, 0, 0, 0],
                    )),
                );
            }
        }
        self.settle();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_server_sends_breaks_a_phone(
        model in 0..profile::ALL.len(),
        flags in any::<u8>(),
        steps in steps(),
    ) {
        let config = Config {
            strict: flags & 1 == 1,
            burst: flags & 2 == 2,
            reconnect_in_call: flags & 4 == 4,
            servers: flags >> 6,
            ..Config::new("SEP001122334455", profile::ALL[model])
        };
        let mut world = World { phone: Phone::new(config), now: Duration::ZERO, answers: flags & 8 == 8 };
        world.phone.handle(world.now, Input::PowerOn);
        world.step(&Step::Connect);
        for step in &steps {
            world.step(step);
            prop_assert!(world.phone.memory_bytes() < MEMORY_BYTES_MAX, "{}", world.phone.memory_bytes());
            if let Some(at) = world.phone.next_deadline() {
                prop_assert!(at < world.now + Duration::from_secs(u64::from(u32::MAX) + 1));
            }
            let _ = (world.phone.prompt(), world.phone.notice(), world.phone.softkeys());
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_outputs(steps in steps()) {
        let run = || {
            let config = Config::new("SEP001122334455", &profile::CISCO_7961);
            let mut world = World { phone: Phone::new(config), now: Duration::ZERO, answers: true };
            world.phone.handle(world.now, Input::PowerOn);
            world.step(&Step::Connect);
            steps.iter().for_each(|step| world.step(step));
            format!("{:?}", world.phone)
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn a_server_that_does_not_read_is_left() {
    let mut bench = Bench::new(&profile::CISCO_7961);
    bench.register();
    let mut closed = false;
    for _ in 0..20 {
        let request = frame(0x9b, 22, &[]);
        bench.phone.handle(bench.now, Input::Bytes(&request));
        while let Some(output) = bench.phone.poll() {
            closed |= matches!(output, Output::Close(phone::CloseReason::ServerStuck));
        }
    }
    assert!(closed);
    assert!(bench.phone.memory_bytes() < MEMORY_BYTES_MAX);
}

#[test]
fn a_hostile_name_is_cut_and_harmless() {
    let name = "SEP\u{1b}[2J'; DROP TABLE devices; --éééé";
    let mut bench = Bench::with(Config::new(name, &profile::CISCO_7961));
    bench.register();
    assert!(bench.phone.name().len() <= 15 && bench.phone.is_registered());
}
