//! What calls leave behind: records, lists on the phone, ids; and calls over trunks, shared lines, analogue
//! adapters.

mod common;

use common::{Generation, World, check, device_name, plan};
use exchange::call::{Cause, LegId, Party};
use exchange::input::{Command, TrunkInput};
use exchange::output::{Change, Output, TrunkOutput};
use exchange::plan::Plan;
use exchange::plan::dial_plan::DialPlan;
use exchange::record::{CallRecord, Record, StreamRecord};
use skinny::codes as c;
use skinny::message as m;
use skinny::types::*;

use common::phone::Listed;

const MODERN: Generation = Generation::Modern(20);

fn two() -> World {
    World::with_phones(&[("A", MODERN, &["1001"]), ("B", MODERN, &["1002"])])
}

fn call_record(world: &mut World) -> CallRecord {
    let call = |record| match record {
        Record::Call(call) => Some(call),
        _ => None,
    };
    let mut calls: Vec<CallRecord> = world.records().into_iter().filter_map(call).collect();
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

#[test]
fn records_of_a_call() {
    let mut world = two();
    world.off_hook("A");
    world.press("A", "1002");
    world.pass_secs(3);
    world.off_hook("B");
    world.media("A", "B");
    world.pass_secs(20);
    world.on_hook("B");
    let (a, b) = (0x0112_3457, 0x0112_3458);
    let records = world.records();
    let start = common::START_MS;
    assert_eq!(
        records,
        [
            Record::CallOpened {
                call: 1,
                start_ms: start,
                calling: "1001".into(),
                calling_device: "SEP00000000000A".into(),
            },
            Record::Call(CallRecord {
                call: 1,
                calling: "1001".into(),
                calling_name: "A 1001".into(),
                calling_device: "SEP00000000000A".into(),
                dialed: "1002".into(),
                called: "1002".into(),
                called_device: "SEP00000000000B".into(),
                start_ms: start,
                answer_ms: Some(start + 3_000),
                end_ms: start + 23_000,
                cause: Cause::NORMAL,
                ended_by: "callee".into(),
                codec: Some(4),
                codec_by: None,
                calling_media: Some(([10, 0, 0, 1], 20_002).into()),
                called_media: Some(([10, 0, 0, 2], 20_002).into()),
                references: vec![a, b],
                continued_as: None,
                relayed: None,
                hardware: None,
                transcoded: None,
                srtp: None,
                recordings: Vec::new(),
            }),
        ]
    );
    world.count("B");
    let stream = StreamRecord {
        call: 1,
        device: "SEP00000000000B".into(),
        reference: b,
        packets_sent: 47,
        octets_sent: 8084,
        packets_received: 48,
        octets_received: 8256,
        packets_lost: 1,
        jitter: 2,
        latency: 3,
        srtp: None,
        quality: "MLQK=4.5000;MLQKav=4.4;ICR=0.0000".into(),
    };
    assert_eq!(world.records(), [Record::Stream(stream)]);
    // A never answers: its reference is free again after the wait.
    assert_eq!(world.exchange.counts().references, 1);
    world.pass_secs(5);
    world.count("A");
    assert_eq!(world.records(), [], "too late");
    world.assert_quiet();
}

#[test]
fn a_call_has_its_length_though_the_clock_is_set_meanwhile() {
    for step_ms in [-86_400_000, 3_600_000] {
        let mut world = two();
        world.off_hook("A");
        world.press("A", "1002");
        world.pass_secs(3);
        world.off_hook("B");
        world.media("A", "B");
        world.now.unix_ms += step_ms;
        world.pass_secs(20);
        world.on_hook("B");
        let call = call_record(&mut world);
        let end = common::START_MS + step_ms + 23_000;
        assert_eq!((call.start_ms, call.answer_ms, call.end_ms), (end - 23_000, Some(end - 20_000), end));
    }
}

#[test]
fn events_of_a_call() {
    let mut world = two();
    world.talk("A", "1002", "B");
    world.on_hook("A");
    let state = |state: &str| Change::CallState {
        call: 1,
        state: state.into(),
        called: "1002".into(),
        device: device_name("B"),
    };
    assert_eq!(
        world.changes(),
        [
            Change::CallStarted { call: 1, calling: "1001".into(), device: device_name("A") },
            state("ringing"),
            state("connected"),
            Change::CallEnded { call: 1, cause: 16 },
        ]
    );
}

/// Cause and who ended it, for each way in which a call can end.
#[test]
fn causes() {
    let check = |flow: &dyn Fn(&mut World), cause: Cause, by: &str| {
        let mut world = two();
        flow(&mut world);
        let record = call_record(&mut world);
        assert_eq!((record.cause, record.ended_by.as_str()), (cause, by));
        assert_eq!(record.answer_ms.is_some(), record.codec.is_some());
    };
    let ring = |world: &mut World| {
        world.off_hook("A");
        world.press("A", "1002");
    };
    check(&|world| world.talk_and_end("A"), Cause::NORMAL, "caller");
    check(&|world| world.talk_and_end("B"), Cause::NORMAL, "callee");
    check(&|world| world.en_bloc("A", "9"), Cause::UNALLOCATED, "server");
    check(&|world| world.en_bloc("A", "1001"), Cause::BUSY, "server");
    let gives_up = |world: &mut World| {
        ring(world);
        world.on_hook("A");
    };
    check(&gives_up, Cause::NORMAL, "caller");
    let refuses = |world: &mut World| {
        ring(world);
        let reference = world.reference("B", c::DCallState::RING_IN);
        world.softkey_for("B", c::SoftKeyEvent::END_CALL, reference);
    };
    check(&refuses, Cause::REJECTED, "callee");
    let nobody = |world: &mut World| {
        ring(world);
        world.pass_secs(60);
    };
    check(&nobody, Cause::NO_ANSWER, "server");
    let no_digit = |world: &mut World| {
        world.off_hook("A");
        world.pass_secs(15);
    };
    check(&no_digit, Cause::INCOMPLETE, "server");
    let no_ack = |world: &mut World| {
        ring(world);
        world.off_hook("B");
        world.pass_secs(5);
    };
    check(&no_ack, Cause::MEDIA_TIMEOUT, "server");
    let on_hook_first = |world: &mut World| {
        ring(world);
        world.off_hook("B");
        world.acknowledge_with("B", c::MediaStatus::DEVICE_ON_HOOK);
    };
    check(&on_hook_first, Cause::NORMAL, "callee");
    let by_operator = |world: &mut World| {
        world.talk("A", "1002", "B");
        world.command(Command::Hangup { call: 1 }).expect("there is one");
    };
    check(&by_operator, Cause::NORMAL, "server");
    let lost = |world: &mut World| {
        world.off_hook("A");
        world.lose("A");
    };
    check(&lost, Cause::OUT_OF_ORDER, "caller");
}

impl World {
    fn talk_and_end(&mut self, who: &'static str) {
        self.talk("A", "1002", "B");
        self.on_hook(who);
    }
}

/// The phones' own lists are right: placed, received, missed, with the caller's number.
#[test]
fn lists_on_the_phone() {
    let mut world = World::with_phones(&[("A", MODERN, &["1001"]), ("B", Generation::Classic, &["1002"])]);
    world.talk("A", "1002", "B");
    world.on_hook("A");
    assert_eq!(world.phones["A"].list, [Listed::Placed("1002".into())]);
    assert_eq!(world.phones["B"].list, [Listed::Received("1001".into())]);
    world.off_hook("B");
    world.press("B", "1001");
    world.on_hook("B");
    assert_eq!(world.phones["B"].list[1..], [Listed::Placed("1001".into())]);
    assert_eq!(world.phones["A"].list[1..], [Listed::Missed("1002".into())]);
}

/// References and stream names go on from the seed, skip zero and what is in use, and wrap below the node.
#[test]
fn ids_wrap() {
    let site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    let mut world = World::with_seed(site, 0xff_fffd << 24 | 0xff_fffd);
    for name in ["A", "B", "C"] {
        world.register(name, MODERN);
    }
    world.off_hook("C");
    world.talk("A", "1002", "B");
    let live = |world: &World, name: &str| *world.phones[name].calls.keys().max().expect("a call");
    assert_eq!(
        [live(&world, "C"), live(&world, "A"), live(&world, "B")],
        [0x01ff_fffe, 0x01ff_ffff, 0x0100_0001]
    );
    let parties = |world: &World| {
        ["A", "B"]
            .map(|name| world.phones[name].calls.values().find_map(|call| call.receiving).expect("a stream"))
    };
    assert_eq!(parties(&world), [0x01ff_fffe, 0x01ff_ffff]);
    world.on_hook("A");
}

/// The number of a call on its line is the lowest that is free.
#[test]
fn call_instances_are_reused() {
    let mut world =
        World::with_phones(&[("A", MODERN, &["1001"]), ("B", MODERN, &["1002"]), ("C", MODERN, &["1003"])]);
    for _ in 0..3 {
        world.talk("A", "1002", "B");
        world.off_hook("C");
        world.press("C", "1002");
        world.on_hook("C");
        world.on_hook("A");
        world.count("A");
        world.count("B");
    }
    let ladder = world.ladder_of("B");
    let of_b = |rung: &&String| rung.starts_with("← CallInfoV2");
    let instances: std::collections::BTreeSet<&str> =
        ladder.iter().filter(of_b).filter_map(|rung| rung.split_once('#')).map(|(_, n)| n).collect();
    assert_eq!(instances.into_iter().collect::<Vec<_>>(), ["1", "2"]);
}

/// A reference is not given out while counters are awaited under it.
#[test]
fn references_wait_for_counters() {
    let mut world = two();
    world.talk("A", "1002", "B");
    world.on_hook("A");
    assert_eq!(world.exchange.counts().references, 2);
    world.count("A");
    assert_eq!(world.exchange.counts().references, 1);
    // Another phone's counters are not taken for it.
    let reference = *world.phones["B"].calls.keys().next().expect("a call");
    let counters =
        m::ConnectionStatisticsRes { call_reference: CallReference(reference), ..Default::default() };
    world.records();
    world.say("A", &counters);
    assert_eq!(world.records(), []);
    world.pass_secs(5);
    world.assert_quiet();
}

/// A pair without a direct path is refused aloud.
#[test]
fn phones_that_can_not_reach_each_other() {
    let mut world = World::new(plan(&[("A", &["1001"]), ("B", &["1002"])]));
    world.connect_from("A", MODERN, [127, 0, 0, 1]);
    world.register_connected("A");
    world.ask_everything("A");
    world.register("B", MODERN);
    world.forget();
    world.off_hook("A");
    world.press("A", "1002");
    world.off_hook("B");
    world.media("A", "B");
    let ladder = world.ladder();
    for name in ["A", "B"] {
        assert!(
            ladder.contains(&format!("{name} ← DisplayPriNotifyV2 No audio: phones not reachable")),
            "{ladder}"
        );
    }
    let noted = |output: &Output| matches!(output, Output::Note(note) if note.text.contains("can't send to each other"));
    assert!(world.outputs.iter().any(noted));
    let record = call_record(&mut world);
    assert_eq!((record.cause, record.ended_by.as_str()), (Cause::NO_PATH_FOR_MEDIA, "server"));
    world.pass_secs(5);
    world.assert_quiet();
}

/// An OnHook that names a call which is over does nothing to the one that is not.
#[test]
fn late_messages_of_an_old_call() {
    let mut world = two();
    world.talk("A", "1002", "B");
    let old = world.reference("A", c::DCallState::CONNECTED);
    world.on_hook("B");
    world.count("A");
    world.count("B");
    world.talk("A", "1002", "B");
    let on_hook = m::OnHook { line_instance: LineInstance(1), call_reference: CallReference(old) };
    world.say("A", &on_hook);
    world.softkey_for("A", c::SoftKeyEvent::END_CALL, old);
    let ack = m::OpenReceiveChannelAck {
        media_reception_status: c::MediaStatus::OUT_OF_SOCKETS,
        call_reference: CallReference(old),
        pass_through_party_id: PassThroughPartyId(77),
        ..Default::default()
    };
    world.say("A", &ack);
    assert_eq!(world.exchange.counts().calls, 1);
    world.reference("A", c::DCallState::CONNECTED);
}

/// Digits without end are cut, and a number is no longer than a phone shows.
#[test]
fn limits_of_one_call() {
    let mut site = plan(&[("A", &["1001"])]);
    site.dial_plan = DialPlan::routes(&[("0!", 1)]).unwrap();
    let mut world = World::new(site);
    world.register("A", MODERN);
    world.forget();
    world.twins = false;
    world.off_hook("A");
    for _ in 0..200 {
        world.press("A", "0");
    }
    world.pass_secs(5);
    let Some(Output::Trunk(TrunkOutput::Offer { called, .. })) =
        world.outputs.iter().find(|output| matches!(output, Output::Trunk(_)))
    else {
        panic!("an offer")
    };
    assert_eq!(called.len(), exchange::limit::DIGITS_MAX);
    // Calls on a line: four, then no more.
    world.on_hook("A");
    for n in 0..6 {
        world.softkey("A", c::SoftKeyEvent::NEW_CALL);
        world.en_bloc("A", "0123");
        let offers = world.outputs.iter().rev().find_map(|output| match output {
            Output::Trunk(TrunkOutput::Offer { leg, .. }) => Some(*leg),
            _ => None,
        });
        if n < 4 {
            world.trunk(TrunkInput::Answered(offers.expect("a leg"), Party::default()));
            world.acknowledge("A");
        }
    }
    assert_eq!(world.exchange.counts().calls, 4);
    assert!(world.ladder().contains("DisplayPriNotifyV2 {Error Pass Limit}"));
}

fn with_trunk() -> World {
    let mut site = plan(&[("A", &["1001"])]);
    site.dial_plan = DialPlan::routes(&[("0!", 7)]).expect("a pattern");
    let mut world = World::new(site);
    world.register("A", MODERN);
    world.forget();
    world
}

fn offered(world: &World) -> LegId {
    match world.trunk_output() {
        TrunkOutput::Offer { leg, .. } | TrunkOutput::Accepted { leg, .. } => *leg,
        other => panic!("an offer, not {other:?}"),
    }
}

fn party(number: &str, name: &str) -> Party {
    Party { number: number.into(), name: name.into() }
}

#[test]
fn a_call_out_over_a_trunk() {
    let mut world = with_trunk();
    world.off_hook("A");
    world.press("A", "0301234#");
    let leg = offered(&world);
    world.trunk(TrunkInput::Proceeding(leg));
    world.trunk(TrunkInput::Alerting(leg));
    world.trunk(TrunkInput::Answered(leg, party("0301235", "Switchboard")));
    world.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 9], 30_000).into()));
    world.acknowledge("A");
    world.press("A", "1");
    world.trunk(TrunkInput::Digit(leg, '2'));
    world.pass_secs(1);
    world.on_hook("A");
    world.count("A");
    check("trunk_out", &world.ladder());
    let record = call_record(&mut world);
    assert_eq!((record.dialed.as_str(), record.called.as_str()), ("0301234", "0301235"));
    world.assert_quiet();
}

#[test]
fn a_call_in_over_a_trunk() {
    let mut world = with_trunk();
    let offer = |called: &str| TrunkInput::Offer {
        token: 42,
        trunk: 7,
        calling: party("0301234", "Zoë\u{1b}"),
        called: called.into(),
    };
    world.trunk(offer("1001"));
    let Some(leg) = world.outputs.iter().find_map(|output| match output {
        Output::Trunk(TrunkOutput::Accepted { leg, .. }) => Some(*leg),
        _ => None,
    }) else {
        panic!("a leg")
    };
    world.trunk(TrunkInput::Codecs(leg, vec![2, 4]));
    world.off_hook("A");
    world.acknowledge("A");
    world.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 9], 30_000).into()));
    world.press("A", "1");
    world.trunk(TrunkInput::Released(leg, Cause::NORMAL));
    world.trunk(TrunkInput::Released(leg, Cause::NORMAL));
    world.count("A");
    world.trunk(offer("99"));
    world.trunk(offer("0123"));
    check("trunk_in", &world.ladder());
    world.assert_quiet();
}

/// The far end is busy, or says nothing useful.
#[test]
fn a_trunk_refuses() {
    for (cause, prompt) in
        [(Cause::BUSY, "{Busy}"), (Cause::NORMAL, "{Temp fail}"), (Cause(38), "{Temp fail}")]
    {
        let mut world = with_trunk();
        world.en_bloc("A", "0301234");
        let leg = offered(&world);
        world.trunk(TrunkInput::Released(leg, cause));
        let ladder = world.ladder();
        assert!(ladder.ends_with(&format!("DisplayPromptStatusV2 {prompt} line 1 call 1")), "{ladder}");
        world.on_hook("A");
        world.assert_quiet();
    }
}

/// A trunk speaks of its own legs only.
#[test]
fn a_trunk_can_not_touch_a_phone() {
    let mut world = two();
    world.talk("A", "1002", "B");
    world.forget();
    for index in 0..4 {
        for generation in 0..3 {
            let leg = LegId { index, generation };
            world.trunk(TrunkInput::Answered(leg, party("1", "")));
            world.trunk(TrunkInput::Digit(leg, '1'));
            world.trunk(TrunkInput::Released(leg, Cause::NORMAL));
            world.trunk(TrunkInput::Alerting(leg));
        }
    }
    assert!(!world.ladder().contains('←'));
}

/// A line on two phones: both ring, the first to answer has it, and the other does not miss it.
#[test]
fn a_line_on_two_phones() {
    let mut world = World::with_phones(&[
        ("A", MODERN, &["1001"]),
        ("B", MODERN, &["1002"]),
        ("C", Generation::Classic, &["1002"]),
        ("D", MODERN, &["1002"]),
    ]);
    world.off_hook("A");
    world.press("A", "1002");
    world.off_hook("B");
    world.media("A", "B");
    world.on_hook("A");
    world.count("A");
    world.count("B");
    check("a_line_on_two_phones", &world.ladder());
    assert_eq!(world.phones["C"].list, []);
    assert_eq!(world.phones["D"].list, []);
    world.assert_quiet();
}

/// Two lines on one phone: the key of the second begins a call on it and holds the first.
#[test]
fn two_lines_on_a_phone() {
    let mut world = World::with_phones(&[
        ("A", MODERN, &["1001", "1005"]),
        ("B", MODERN, &["1002"]),
        ("C", MODERN, &["1003"]),
    ]);
    world.talk("A", "1002", "B");
    world.forget();
    world.button("A", c::DeviceStimulus::LINE, 2);
    world.press("A", "1003");
    world.off_hook("C");
    world.media("A", "C");
    world.button("A", c::DeviceStimulus::LINE, 1);
    world.media("A", "B");
    world.on_hook("B");
    world.on_hook("C");
    for name in ["A", "B", "C"] {
        world.count(name);
    }
    check("two_lines_on_a_phone", &world.ladder());
    world.assert_quiet();
}

/// Behind an analogue adapter there is no screen: busy tone says that the far end hung up.
#[test]
fn an_analogue_adapter() {
    let mut world = World::with_phones(&[("A", Generation::Ata, &["1001"]), ("B", MODERN, &["1002"])]);
    world.talk("A", "1002", "B");
    world.forget();
    world.on_hook("B");
    world.count("A");
    world.count("B");
    assert_eq!(world.exchange.counts().calls, 0);
    world.on_hook("A");
    check("an_analogue_adapter", &world.ladder());
    world.assert_quiet();
}

/// A restarted server goes on with its call numbers.
#[test]
fn call_numbers_follow_the_journal() {
    let mut world = two();
    world.exchange.calls_follow(41);
    world.off_hook("A");
    let started = Change::CallStarted { call: 42, calling: "1001".into(), device: device_name("A") };
    assert_eq!(world.changes(), [started]);
}

#[test]
fn a_number_behind_a_longer_prefix_waits() {
    let mut site: Plan = plan(&[("A", &["1001"]), ("B", &["10"])]);
    site.dial_plan = DialPlan::routes(&[("100!", 7)]).unwrap();
    let mut world = World::new(site);
    world.register("A", MODERN);
    world.register("B", MODERN);
    world.off_hook("A");
    world.press("A", "10");
    assert_eq!(world.exchange.counts().legs, 1, "100 may follow");
    world.pass_secs(5);
    assert_eq!(world.exchange.counts().legs, 2);
}
