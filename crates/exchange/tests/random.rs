//! Phones that do anything at any time, and a network that says anything: nothing panics, and when everybody
//! has hung up nothing is left, neither here nor on a phone.

mod common;

use std::collections::BTreeMap;

use common::{Generation, World, device_name, plan};
use exchange::call::{Cause, LegId, Party};
use exchange::input::{Command, Ended, Input, Reset, TrunkInput};
use exchange::output::{Output, TrunkOutput};
use exchange::plan::dial_plan::DialPlan;
use proptest::prelude::*;
use skinny::codes as c;
use skinny::frame::{Frame, Header};
use skinny::message::{self as m};
use skinny::types::*;

const PHONES: [(&str, Generation, &[&str]); 4] = [
    ("A", Generation::Modern(20), &["1001", "1005"]),
    ("B", Generation::Modern(22), &["1002"]),
    ("C", Generation::Classic, &["1003", "1005"]),
    ("D", Generation::Old, &["1004"]),
];

/// Something that happens: what, to whom, with what.
type Step = (u8, u8, u16);

fn steps(max: usize) -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u16>()), 1..max)
}

struct Run {
    world: World,
    trunk_legs: Vec<LegId>,
    /// Which device each connection says it is.
    identity: BTreeMap<&'static str, &'static str>,
}

impl Run {
    fn new() -> Self {
        let mut site = plan(&PHONES.map(|(name, _, numbers)| (name, numbers)));
        site.dial_plan = DialPlan::routes(&[("0!", 1)]).expect("a pattern");
        site.site.features.hold_reminder_secs = 4;
        site.site.features.park_slots = vec!["71".into(), "72".into()];
        site.site.features.park_reversion_secs = 9;
        for number in ["1001", "1002", "1005"] {
            site.site.features.pickup_groups.insert(number.into(), "all".into());
        }
        let mut world = World::new(site);
        world.twins = false;
        for (name, generation, _) in PHONES {
            world.register(name, generation);
        }
        Run { world, trunk_legs: Vec::new(), identity: PHONES.map(|(name, ..)| (name, name)).into() }
    }

    fn step(&mut self, (what, who, with): Step) {
        let (name, generation, numbers) = PHONES[usize::from(who) % PHONES.len()];
        let connected = self.world.phones[name].closed.is_none();
        let world = &mut self.world;
        // Each step now and then also by a restored twin.
        world.twins = with.is_multiple_of(8);
        match what % 25 {
            16 => world.pass_secs(u64::from(with % 8)),
            17 => self.trunk_offers(with),
            18 => self.trunk_speaks(with),
            19 if connected && with.is_multiple_of(3) => {
                world.lose(name);
                world.phone(name).closed = Some(exchange::output::CloseReason::Limit);
            }
            19 | 20 => self.comes_back(name, generation, with),
            21 if with.is_multiple_of(4) => self.new_plan(with),
            22 if with.is_multiple_of(4) => self.command(name, with),
            23 if connected => self.registers_as(name, with),
            what if connected => self.key(what, name, numbers, with),
            _ => {}
        }
        self.note_trunk_legs();
        self.world.ladder();
    }

    fn key(&mut self, what: u8, name: &'static str, numbers: &[&str], with: u16) {
        let world = &mut self.world;
        let reference = some_reference(world, name, with);
        let targets = [
            "1001", "1002", "1003", "1004", "1005", "0123", "999", "*721005", "*73", "*8", "**1001", "71",
            "72", numbers[0],
        ];
        match what {
            0 | 1 => world.off_hook(name),
            2 => world.off_hook_for(name, reference),
            3 => world.on_hook(name),
            4 => world.say(
                name,
                &m::OnHook { line_instance: LineInstance(1), call_reference: CallReference(reference) },
            ),
            5 | 6 => world.press(name, targets[usize::from(with) % targets.len()]),
            7 => world.press(name, ["#", "*", "1", "9"][usize::from(with) % 4]),
            8 | 9 => {
                let known = [1, 2, 3, 4, 4, 5, 14, 14, 17, 18, 34, 8, 9, 9, 10, 11, 11, 13, 28, 99];
                let event = c::SoftKeyEvent(known[usize::from(with) % known.len()]);
                world.softkey_for(name, event, if with & 0x80 == 0 { reference } else { 0 });
            }
            10 => world.button(name, c::DeviceStimulus::LINE, u32::from(with % 4)),
            11 => {
                let stimuli = [1, 2, 3, 4, 5, 0x7e, 0x7f, 0x80, 0x82, 0x10, 0x89, 0x8a, 0xc2, 0x7f];
                world.button(name, c::DeviceStimulus(stimuli[usize::from(with) % stimuli.len()]), 1);
            }
            12 => world.en_bloc(name, targets[usize::from(with) % targets.len()]),
            13 | 14 => {
                let bad = [2, 12, 255];
                let status = if with.is_multiple_of(16) { bad[usize::from(with / 16) % 3] } else { 0 };
                world.acknowledge_with(name, c::MediaStatus(status));
                world.confirm(name);
            }
            15 => world.count(name),
            _ => self.anything(name, with),
        }
    }

    /// A frame with any id of the catalogue and any body.
    fn anything(&mut self, name: &'static str, with: u16) {
        let place = usize::from(with) % (skinny::catalogue::CATALOGUE.len() + 1);
        let id = skinny::catalogue::CATALOGUE.get(place).map_or(0x7777, |entry| entry.id);
        if matches!(id, 0x0001 | 0x0027) {
            return; // these have steps of their own
        }
        let body: Vec<u8> = (0..with % 97).map(|n| (n.wrapping_mul(with) >> 3) as u8).collect();
        let header = Header { length: body.len() as u32 + 4, version: u32::from(with % 25), id };
        let session = self.world.phones[name].session;
        self.world.input(Input::Frame(session, Frame { header, body: &body }));
    }

    fn comes_back(&mut self, name: &'static str, generation: Generation, with: u16) {
        let world = &mut self.world;
        if !world.plan.devices.contains_key(&device_name(name)) {
            return;
        }
        let is_open = world.phones[name].closed.is_none();
        if is_open && self.identity.insert(name, name) != Some(name) {
            world.lose(name);
        }
        self.identity.insert(name, name);
        let before = world.phones[name].session;
        let ip = world.phones[name].ip;
        world.connect_from(name, generation, ip);
        if with.is_multiple_of(2) {
            let text = b"25: Name=SEP Load=1 Last=Initialized";
            world.say(name, &m::Alarm { text: FixedText::new(text), ..Default::default() });
        }
        world.register_connected(name);
        if is_open && world.phones[name].closed.is_some() {
            // Refused for too many takeovers: the connection before is there still, and breaks now.
            world.input(Input::Closed(before, Ended::Reset));
        }
        world.ask_everything(name);
    }

    /// The session says that it is another device, or a token, or leaves.
    fn registers_as(&mut self, name: &'static str, with: u16) {
        let world = &mut self.world;
        let (other, ..) = PHONES[usize::from(with / 8) % PHONES.len()];
        let device = match with % 8 {
            0 => other,
            1 => return world.register_as(name, "nobody"),
            2 => name,
            3 => return world.say(name, &m::UnregisterReq::default()),
            _ => return world.say(name, &m::KeepAliveReq {}),
        };
        if self.identity.insert(name, device) != Some(device) {
            // It is another phone now, and has none of the calls of the one before.
            world.phone(name).starts_anew();
        }
        world.register_as(name, &device_name(device));
        if world.phones[name].closed.is_none() {
            // It learns which calls it has.
            world.ask_everything(name);
        }
    }

    fn new_plan(&mut self, with: u16) {
        let world = &mut self.world;
        let mut plan = exchange::plan::Plan::clone(&world.plan);
        plan.generation += 1;
        let all = common::plan(&PHONES.map(|(name, _, numbers)| (name, numbers)));
        let (name, ..) = PHONES[usize::from(with / 4) % PHONES.len()];
        let device = device_name(name);
        match plan.devices.remove(&device) {
            Some(_) => {}
            None => {
                plan.devices.insert(device.clone(), all.devices[&device].clone());
            }
        }
        world.apply(plan);
    }

    fn command(&mut self, name: &str, with: u16) {
        let command = match with / 4 % 4 {
            0 => Command::Hangup { call: u64::from(with / 16 % 8) + 1 },
            1 => Command::Reset { device: device_name(name), how: Reset::ApplyConfig },
            2 => Command::Reset { device: device_name(name), how: Reset::Restart },
            _ => Command::Reset { device: "nobody".into(), how: Reset::Reset },
        };
        let _ = self.world.command(command);
    }

    fn trunk_offers(&mut self, with: u16) {
        let called = ["1001", "1002", "1005", "0123", "77"][usize::from(with) % 5].into();
        let calling = Party { number: "5550100".into(), name: "Ünknown\u{1b}".into() };
        self.world.trunk(TrunkInput::Offer { token: u64::from(with), trunk: 1, calling, called });
    }

    fn trunk_speaks(&mut self, with: u16) {
        let Some(leg) = self.trunk_legs.get(usize::from(with / 8) % self.trunk_legs.len().max(1)).copied()
        else {
            return;
        };
        let to = ([192, 0, 2, 1], 30_000).into();
        self.world.trunk(match with % 8 {
            0 => TrunkInput::Proceeding(leg),
            1 | 2 => TrunkInput::Alerting(leg),
            3 | 4 => TrunkInput::Answered(leg, Party { number: "0123".into(), name: String::new() }),
            5 => TrunkInput::Digit(leg, '5'),
            6 => TrunkInput::MediaOpened(leg, to),
            _ => TrunkInput::Released(leg, Cause::BUSY),
        });
    }

    fn note_trunk_legs(&mut self) {
        for output in self.world.outputs.drain(..) {
            if let Output::Trunk(TrunkOutput::Accepted { leg, .. } | TrunkOutput::Offer { leg, .. }) = output
            {
                self.trunk_legs.push(leg);
            }
        }
    }

    /// Everybody hangs up.
    fn end(&mut self) {
        let world = &mut self.world;
        world.twins = false;
        for leg in std::mem::take(&mut self.trunk_legs) {
            world.trunk(TrunkInput::Released(leg, Cause::NORMAL));
        }
        for (name, ..) in PHONES {
            if world.phones[name].closed.is_some() {
                continue;
            }
            for reference in world.phones[name].calls.keys().copied().collect::<Vec<_>>() {
                if world.phones[name].closed.is_none() {
                    world.softkey_for(name, c::SoftKeyEvent::END_CALL, reference);
                }
            }
            if world.phones[name].closed.is_none() {
                world.on_hook(name);
            }
        }
        for _ in 0..80 {
            world.pass_secs(5);
            for (name, ..) in PHONES {
                if world.phones[name].closed.is_none() {
                    world.say(name, &m::KeepAliveReq {});
                }
            }
        }
        world.assert_quiet();
    }
}

fn some_reference(world: &World, name: &str, with: u16) -> u32 {
    let calls = &world.phones[name].calls;
    let live: Vec<u32> =
        calls.iter().filter(|(_, call)| call.state != 2).map(|(reference, _)| *reference).collect();
    match live.as_slice() {
        [] => 0,
        live => live[usize::from(with) % live.len()],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn when_everybody_has_hung_up_nothing_is_left(steps in steps(160)) {
        let mut run = Run::new();
        for step in steps {
            run.step(step);
        }
        run.end();
    }
}

/// A call is parked whose other party has gone with his phone and will not come back: nobody is left to end it,
/// so it ends.
#[test]
fn a_parked_call_without_anybody_ends() {
    let mut run = Run::new();
    let a_answers = [(0, 0, 0), (3, 0, 0), (0, 0, 0), (0, 1, 0), (12, 1, 12_492), (5, 0, 38), (2, 0, 15_983)];
    let a_is_another_phone_and_b_parks = [(12, 0, 0), (23, 0, 11_416), (8, 1, 18_946)];
    for step in a_answers.into_iter().chain(a_is_another_phone_and_b_parks) {
        run.step(step);
    }
    run.end();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Frames of a connection that never registers, or registers in the middle of them: nothing panics, and
    /// what is kept of it is bounded.
    #[test]
    fn a_new_connection_may_say_anything(
        frames in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..300)), 1..120),
        auto in any::<bool>(),
    ) {
        let mut site = plan(&[("A", &["1001"])]);
        site.site.auto_register = auto;
        let mut world = World::new(site);
        world.twins = false;
        world.connect_from("A", Generation::Modern(20), [127, 0, 0, 1]);
        let session = world.phones["A"].session;
        for (n, (id, body)) in frames.iter().enumerate() {
            let ids = [0x00, 0x01, 0x02, 0x0e, 0x10, 0x20, 0x26, 0x27, 0x29, 0x2d, 0x30, 0x8000, 0x15a, 0x7777];
            let id = ids[usize::from(*id) % ids.len()];
            let header = Header { length: body.len() as u32 + 4, version: u32::from(body.len() as u8 % 23), id };
            world.input(Input::Frame(session, Frame { header, body }));
            if n == 60 && world.phones["A"].closed.is_none() {
                world.register_as("A", &device_name("A"));
            }
            let counts = world.exchange.counts();
            prop_assert!(counts.sessions <= 1 && counts.timers <= 4, "{counts:?}");
        }
        world.twins = true;
        world.input(Input::Tick);
        prop_assert!(world.exchange.snapshot().len() < 4 * exchange::limit::DEFERRED_BYTES_MAX);
        if world.phones["A"].closed.is_none() {
            world.input(Input::Closed(session, Ended::Closed));
        }
        prop_assert_eq!(world.exchange.counts().sessions, 0);
    }
}
