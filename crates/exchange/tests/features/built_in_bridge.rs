//! Recording by phones that send copies of what is said: the call stays direct.

use exchange::input::Input;
use exchange::media::{MediaEvent, MediaOrder, OrderId};
use exchange::output::Output;
use exchange::plan::{ConsentTo, Plan, Recording};
use exchange::record::Record;
use skinny::codes as c;

use crate::common::{Generation, World, check, plan};
use crate::harness::{everybody_hangs_up, is_broken_off};

/// A may record, all calls of B are recorded.
fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    for (number, record) in [("1001", Recording::OnDemand), ("1002", Recording::Always)] {
        site.lines.get_mut(number).expect("a line").record = record;
    }
    site
}

fn world(generation: Generation) -> World {
    let mut world = World::new(site());
    for name in ["A", "B", "C"] {
        world.register(name, generation);
    }
    world.forget();
    world.with_engine()
}

fn engine(world: &mut World) {
    let taken = std::mem::replace(world, World::new(Plan::default()));
    *world = taken.with_engine();
}

/// Where a phone sends its copies, what is said first.
fn copies(world: &World, name: &str) -> Vec<(u32, String)> {
    let mut all: Vec<_> =
        world.phones[name].copies.values().map(|(way, to)| (*way, to.ip().to_string())).collect();
    all.sort();
    all
}

fn both() -> Vec<(u32, String)> {
    vec![(1, "10.0.0.254".into()), (2, "10.0.0.254".into())]
}

fn copies_order(world: &World) -> OrderId {
    let of = |output: &Output| match output {
        Output::Media(order, MediaOrder::Copies { .. }) => Some(*order),
        _ => None,
    };
    world.outputs.iter().rev().find_map(of).expect("copies were ordered")
}

fn through(world: &mut World) -> Vec<(String, Option<String>)> {
    let of = |record| match record {
        Record::Recording(recording) => Some((recording.through, recording.cut)),
        _ => None,
    };
    world.records().into_iter().filter_map(of).collect()
}

/// B is recorded from the answer on, holds, and takes back; A and B talk directly all the time.
#[test]
fn a_phone_with_a_bridge_sends_two_copies_and_the_call_stays_direct() {
    for (suffix, generation) in [("v20", Generation::Modern(20)), ("v22", Generation::Modern(22))] {
        let mut world = world(generation);
        world.talk("C", "1002", "B");
        world.confirm("B");
        world.assert_talk("C", "B");
        assert_eq!(copies(&world, "B"), both());
        assert_eq!(copies(&world, "C"), []);
        world.hold_key("B");
        world.acknowledge("C");
        assert_eq!(copies(&world, "B"), [], "nothing is said");
        world.resume_key("B");
        world.media("B", "C");
        assert_eq!(copies(&world, "B"), both());
        world.assert_talk("C", "B");
        world.pass_secs(16);
        check(&format!("recording_by_phone.{suffix}"), &world.ladder());
        everybody_hangs_up(&mut world);
        assert_eq!(through(&mut world), [("built-in bridge".into(), None)]);
    }
}

/// Phones whose model has no bridge are recorded by a relay.
#[test]
fn a_phone_without_a_bridge_is_relayed() {
    for generation in [Generation::Old, Generation::Classic] {
        let mut world = world(generation);
        world.talk("C", "1002", "B");
        assert_eq!(copies(&world, "B"), []);
        everybody_hangs_up(&mut world);
        assert_eq!(through(&mut world), [("relay".into(), None)]);
    }
}

/// On demand: the key begins and ends it in a call that runs.
#[test]
fn a_user_begins_and_ends_it() {
    let mut world = world(Generation::Modern(22));
    world.talk("A", "1003", "C");
    assert_eq!(copies(&world, "A"), []);
    world.softkey("A", c::SoftKeyEvent(41));
    world.confirm("A");
    assert_eq!(copies(&world, "A"), both());
    world.assert_talk("A", "C");
    world.softkey("A", c::SoftKeyEvent(41));
    assert_eq!(copies(&world, "A"), []);
    world.assert_talk("A", "C");
    everybody_hangs_up(&mut world);
}

/// A phone that says it can't, one that sends nothing, and an engine that has no ports: the call is relayed.
#[test]
fn a_phone_that_does_not_is_relayed() {
    for way in 0..3 {
        let mut world = world(Generation::Modern(22));
        world.phone("B").refuses_copies = way == 0;
        world.talk("C", "1002", "B");
        let order = copies_order(&world);
        match way {
            0 => world.confirm("B"),
            1 => world.input(Input::Media(order, MediaEvent::Silent { party: 1, ever_heard: false })),
            _ => world.input(Input::Media(order, MediaEvent::Failed("no ports".into()))),
        }
        assert_eq!(copies(&world, "B"), [], "way {way}");
        for name in ["B", "C"] {
            let sends = world.phones[name].calls.values().find_map(|call| call.sending);
            assert_eq!(sends.expect("it sends").1.ip().to_string(), "10.0.0.254", "{name} is relayed");
        }
        // What comes late changes nothing.
        world.input(Input::Media(
            order,
            MediaEvent::Opened { addresses: vec![([10, 0, 0, 254], 9).into(); 2] },
        ));
        world.input(Input::Media(order, MediaEvent::Failed("late".into())));
        everybody_hangs_up(&mut world);
        assert_eq!(through(&mut world), [("relay".into(), None)], "way {way}");
    }
}

/// The engine never answers: after its time the call is relayed, and that fails too; the call goes on.
#[test]
fn an_engine_that_never_answers_costs_the_recording_only() {
    let mut world = world(Generation::Modern(22));
    world.engine = false;
    world.talk("C", "1002", "B");
    world.pass_secs(6);
    world.pass_secs(6);
    world.assert_talk("C", "B");
    everybody_hangs_up(&mut world);
}

/// Who hears that it is recorded is said to the phone.
#[test]
fn the_phone_says_that_it_is_recorded() {
    for (tone_to, expect) in
        [(ConsentTo::All, Some("All")), (ConsentTo::Others, Some("Network")), (ConsentTo::Nobody, None)]
    {
        let mut site = site();
        site.site.features.recording.tone_to = tone_to;
        let mut world = world(Generation::Modern(22));
        world.apply(site);
        world.talk("C", "1002", "B");
        let said = |world: &mut World| {
            let rungs = world.ladder_of("B");
            rungs.iter().filter(|rung| rung.contains("RecorderWarningTone")).cloned().collect::<Vec<_>>()
        };
        let first = said(&mut world);
        assert_eq!(first.len(), usize::from(expect.is_some()), "{first:?}");
        if let Some(expect) = expect {
            assert!(first[0].contains(expect), "{first:?}");
            world.pass_secs(15);
            assert_eq!(said(&mut world).len(), 1, "again after its time");
        }
        everybody_hangs_up(&mut world);
    }
}

/// Whatever breaks off after each step, nothing is left.
#[test]
fn broken_off_after_each_step() {
    is_broken_off(
        site,
        &[
            engine,
            |w| w.talk("C", "1002", "B"),
            |w| w.confirm("B"),
            |w| w.hold_key("B"),
            |w| w.resume_key("B"),
            |w| w.media("B", "C"),
            |w| w.confer_key("B"),
            |w| w.press("B", "1001"),
            |w| w.off_hook("A"),
            |w| w.media("B", "A"),
            |w| w.confer_key("B"),
            |w| w.media_of(&["A", "B", "C"]),
            |w| w.on_hook("A"),
            |w| w.media("B", "C"),
        ],
    );
}
