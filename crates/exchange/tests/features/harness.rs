//! A feature as a list of steps, and what is done with it.

use exchange::call::Cause;
use exchange::input::TrunkInput;
use exchange::output::{CloseReason, Output, TrunkOutput};
use exchange::plan::Plan;
use skinny::codes as c;
use skinny::message as m;

use crate::common::{Generation, World, check};

/// One step.
pub type Step = fn(&mut World);

/// Generations on which each feature is tried, and what their ladders are called.
pub const GENERATIONS: [(&str, Generation); 4] = [
    ("v3", Generation::Old),
    ("v11", Generation::Classic),
    ("v20", Generation::Modern(20)),
    ("v22", Generation::Modern(22)),
];

/// Declares features: name, what it is called in the docs, how it is invoked, and its steps.
macro_rules! features {
    ($( $(#[doc = $doc:literal])+ $name:ident($what:literal, $how:literal) on $site:ident $steps:expr; )+) => {$(
        mod $name {
            use super::*;
            const STEPS: &[$crate::harness::Step] = &$steps;
            #[test]
            fn as_it_should_be() {
                $crate::harness::goes_well(stringify!($name), $site, STEPS);
            }
            #[test]
            fn broken_off_after_each_step() {
                $crate::harness::is_broken_off($site, STEPS);
            }
        }
    )+};
}
pub(crate) use features;

fn world(site: fn() -> Plan, generation: Generation) -> World {
    let site = site();
    let names: Vec<&'static str> = ["A", "B", "C", "D"]
        .into_iter()
        .filter(|n| site.devices.contains_key(&crate::common::device_name(n)))
        .collect();
    let mut world = World::new(site);
    for name in names {
        world.register(name, generation);
    }
    world.forget();
    world
}

/// All steps, on each generation: the ladder is the one that is kept, and when all have hung up nothing is
/// left.
pub fn goes_well(name: &str, site: fn() -> Plan, steps: &[Step]) {
    for (suffix, generation) in GENERATIONS {
        let mut world = world(site, generation);
        steps.iter().for_each(|step| step(&mut world));
        if suffix != "v22" {
            check(&format!("{name}.{suffix}"), &world.ladder());
        }
        everybody_hangs_up(&mut world);
    }
}

/// How somebody breaks off.
#[derive(Debug, Clone, Copy)]
enum Break {
    /// Handset down.
    OnHook,
    /// EndCall for each of his calls.
    EndCalls,
    /// His connection is lost, and he is back after a while.
    Lost,
    /// His connection is lost, and he starts anew.
    Reboots,
    /// He moves to another connection at once.
    TakesOver,
}

const BREAKS: [Break; 5] = [Break::OnHook, Break::EndCalls, Break::Lost, Break::Reboots, Break::TakesOver];

/// After each step somebody breaks off; the others hang up. Nothing is left, and nothing is shown that is not.
pub fn is_broken_off(site: fn() -> Plan, steps: &[Step]) {
    for generation in [Generation::Old, Generation::Classic, Generation::Modern(22)] {
        let mut so_far = world(site, generation);
        so_far.twins = false;
        let names: Vec<&'static str> = so_far.phones.keys().copied().collect();
        for step in steps {
            step(&mut so_far);
            for name in &names {
                for how in BREAKS {
                    let mut world = so_far.fork();
                    break_off(&mut world, name, how, generation);
                    everybody_hangs_up(&mut world);
                }
            }
            let mut world = so_far.fork();
            release_trunks(&mut world);
            everybody_hangs_up(&mut world);
        }
    }
}

fn break_off(world: &mut World, name: &'static str, how: Break, generation: Generation) {
    match how {
        Break::OnHook => world.on_hook(name),
        Break::EndCalls => end_calls(world, name),
        Break::Lost | Break::Reboots => {
            world.lose(name);
            world.phone(name).closed = Some(CloseReason::Limit);
            world.pass_secs(2);
            come_back(world, name, generation, matches!(how, Break::Reboots));
        }
        Break::TakesOver => come_back(world, name, generation, false),
    }
}

fn come_back(world: &mut World, name: &'static str, generation: Generation, reboots: bool) {
    let before = world.phones[name].calls.clone();
    let ip = world.phones[name].ip;
    world.connect_from(name, generation, ip);
    if reboots {
        let text = b"25: Name=SEP Load=1 Last=Initialized";
        let text = skinny::types::FixedText::new(text);
        world.say(name, &m::Alarm { text, ..Default::default() });
    } else {
        world.phone(name).calls = before;
    }
    world.register_connected(name);
    world.ask_everything(name);
}

fn end_calls(world: &mut World, name: &'static str) {
    if world.phones[name].is_resource() {
        return;
    }
    for reference in world.phones[name].calls.keys().copied().collect::<Vec<_>>() {
        if world.phones[name].calls[&reference].state != c::DCallState::ON_HOOK.0 {
            world.softkey_for(name, c::SoftKeyEvent::END_CALL, reference);
        }
    }
}

/// Trunk legs that were begun in this run.
fn trunk_legs(world: &World) -> Vec<exchange::call::LegId> {
    let of = |output: &Output| match output {
        Output::Trunk(TrunkOutput::Accepted { leg, .. } | TrunkOutput::Offer { leg, .. }) => Some(*leg),
        _ => None,
    };
    world.outputs.iter().filter_map(of).collect()
}

fn release_trunks(world: &mut World) {
    for leg in trunk_legs(world) {
        world.trunk(TrunkInput::Released(leg, Cause::NORMAL));
    }
}

/// Everybody hangs up, and time passes until what was preserved or waited for is over.
#[track_caller]
pub fn everybody_hangs_up(world: &mut World) {
    world.twins = false;
    release_trunks(world);
    let names: Vec<&'static str> = world.phones.keys().copied().collect();
    for _ in 0..3 {
        for name in &names {
            world.acknowledge(name);
            end_calls(world, name);
            if !world.phones[*name].is_resource() {
                world.on_hook(name);
            }
        }
    }
    for _ in 0..3 {
        world.pass_secs(20);
        for name in &names {
            world.count(name);
            world.say(name, &m::KeepAliveReq {});
        }
    }
    for _ in 0..25 {
        if world.exchange.counts().calls == 0 && world.exchange.counts().statistics == 0 {
            break;
        }
        world.pass_secs(20);
        for name in &names {
            end_calls(world, name);
            world.say(name, &m::KeepAliveReq {});
        }
    }
    world.assert_quiet();
}

impl World {
    /// A key that softkey phones have as a softkey, others as a button.
    pub fn feature_key(&mut self, name: &'static str, softkey: c::SoftKeyEvent, button: c::DeviceStimulus) {
        if self.phones[name].generation == Generation::Old {
            self.button(name, button, 1);
        } else {
            self.softkey(name, softkey);
        }
    }

    pub fn transfer_key(&mut self, name: &'static str) {
        self.feature_key(name, c::SoftKeyEvent::TRANSFER, c::DeviceStimulus::TRANSFER);
    }

    pub fn hold_key(&mut self, name: &'static str) {
        self.feature_key(name, c::SoftKeyEvent::HOLD, c::DeviceStimulus::HOLD);
    }

    pub fn resume_key(&mut self, name: &'static str) {
        self.feature_key(name, c::SoftKeyEvent::RESUME, c::DeviceStimulus::HOLD);
    }

    /// Two phones hear each other: each sends where the other one receives.
    #[track_caller]
    pub fn assert_talk(&self, one: &str, other: &str) {
        let stream = |name: &str| {
            let calls = self.phones[name].calls.values().filter(|call| call.receiving.is_some());
            let calls: Vec<_> = calls.collect();
            assert_eq!(calls.len(), 1, "{name} has one stream: {:?}", self.phones[name].calls);
            assert_eq!(calls[0].state, c::DCallState::CONNECTED.0, "{name} is connected");
            calls[0].sending.expect("it sends").1.ip()
        };
        let ip = |name: &str| std::net::IpAddr::from(self.phones[name].ip);
        assert_eq!((stream(one), stream(other)), (ip(other), ip(one)));
    }
}
