//! Registration: three generations, any order, standby, tokens, adoption, refusal, takeover, keepalive.

mod common;

use common::{Generation, World, check, device_name, plan};
use exchange::call::Cause;
use exchange::input::{Command, Input, Reset};
use exchange::output::{Change, CloseReason, Output};
use exchange::record::Record;
use exchange::{Exchange, RestoreError};
use skinny::codes as c;
use skinny::message as m;
use skinny::types::*;

fn registers(name: &str, generation: Generation) {
    let mut world = World::new(plan(&[("A", &["1001", "1005"])]));
    world.register("A", generation);
    check(name, &world.ladder());
}

#[test]
fn an_old_phone_registers() {
    registers("registration.v3", Generation::Old);
}

#[test]
fn a_7960_registers() {
    registers("registration.v11", Generation::Classic);
}

#[test]
fn a_7965_registers() {
    registers("registration.v22", Generation::Modern(22));
}

#[test]
fn an_ata_that_claims_version_33_is_old() {
    let mut world = World::new(plan(&[("A", &["1001"])]));
    world.register("A", Generation::Ata);
    assert_eq!(world.phones["A"].version, 3);
}

#[test]
fn a_configured_version_is_the_highest() {
    let mut site = plan(&[("A", &["1001"])]);
    site.devices.get_mut(&device_name("A")).unwrap().protocol_max = Some(17);
    let mut world = World::new(site);
    world.connect("A", Generation::Modern(22));
    world.register_connected("A");
    assert_eq!(world.phones["A"].version, 17);
}

/// Every request is answered at once, for indexes that the phone does not have, too.
#[test]
fn everything_is_answered() {
    let mut world = World::with_phones(&[
        ("A", Generation::Modern(20), &["1001"]),
        ("B", Generation::Classic, &["1002"]),
    ]);
    for name in ["A", "B"] {
        world.say(name, &m::KeepAliveReq {});
        world.say(name, &m::LineStatReq { line_number: LineInstance(1) });
        world.say(name, &m::LineStatReq { line_number: LineInstance(77) });
        world.say(name, &m::SpeedDialStatReq { speed_dial_number: 9 });
        world.say(name, &m::ForwardStatReq { line_number: LineInstance(9) });
        world.say(name, &m::FeatureStatReq { feature_index: 3, feature_capabilities: 0 });
        world.say(name, &m::ServiceURLStatReq { service_url_index: 4 });
        world.say(name, &m::VersionReq {});
        world.say(name, &m::ServerReq {});
        world.say(name, &m::TimeDateReq {});
        world.say(name, &m::ConfigStatReq {});
        world.say(name, &m::ButtonTemplateReq { total_button_count: 8 });
        world.say(name, &m::SoftKeyTemplateReq {});
        world.say(name, &m::SoftKeySetReq {});
        world.say(name, &m::CallCountReq::default());
        world.say(name, &m::SubscriptionStatReq::default());
        world.say(name, &m::RegisterAvailableLines { max_num_of_avail_lines: 2 });
        world.say(name, &m::HeadsetStatus::default());
        world.say(name, &m::MediaPathEvent::default());
        world.say(name, &m::LocationInfo::default());
        world.say(name, &m::Alarm::default());
    }
    check("everything_is_answered", &world.ladder());
}

/// Requests before RegisterReq wait for it; what needs no registration does not.
#[test]
fn a_burst_in_any_order() {
    let mut world = World::new(plan(&[("A", &["1001"])]));
    world.connect("A", Generation::Modern(20));
    world.say("A", &m::Alarm { text: FixedText::new(b"14: Name=SEP Last=x"), ..Default::default() });
    world.say("A", &m::KeepAliveReq {});
    world.say("A", &m::LineStatReq { line_number: LineInstance(1) });
    world.say("A", &m::ButtonTemplateReq::default());
    world.say("A", &m::TimeDateReq {});
    world.register_as("A", &device_name("A"));
    check("a_burst_in_any_order", &world.ladder());
}

/// A client that says version 0 in every header, whatever it negotiated.
#[test]
fn headers_of_version_0_throughout() {
    let mut world = World::with_phones(&[
        ("A", Generation::Modern(20), &["1001"]),
        ("B", Generation::Modern(20), &["1002"]),
    ]);
    let say_plain = |world: &mut World, bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[4..8].fill(0);
        world.say_bytes("A", &bytes);
    };
    let mut buffer = [0; 64];
    let call = m::EnblocCall { called_party: Number::new(b"1002"), line_instance: EnblocLine::default() };
    let len = skinny::packet::compose(&call, 20, 20, &mut buffer).unwrap();
    say_plain(&mut world, &buffer[..len]);
    world.off_hook("B");
    assert_eq!(
        world.phones["A"].calls.values().next().map(|call| call.state),
        Some(c::DCallState::CONNECTED.0)
    );
}

#[test]
fn a_standby_connection_is_answered_and_kept() {
    let mut world = World::new(plan(&[("A", &["1001"])]));
    world.connect("A", Generation::Modern(20));
    for _ in 0..10 {
        world.say("A", &m::KeepAliveReq {});
        world.pass_secs(60);
    }
    assert_eq!((world.close_reason("A"), world.exchange.counts().standby), (None, 1));
    world.pass_secs(3 * 60);
    assert_eq!(world.close_reason("A"), Some(CloseReason::KeepaliveLost));
    assert_eq!(world.exchange.counts().standby, 0);
}

#[test]
fn standby_connections_are_no_more_than_devices_and_some() {
    let mut world = World::new(plan(&[("A", &["1001"])]));
    world.twins = false;
    let max = 1 + exchange::limit::STANDBY_EXTRA;
    for n in 0..max + 3 {
        let name: &'static str = format!("P{n}").leak();
        world.connect(name, Generation::Classic);
        world.say(name, &m::KeepAliveReq {});
        let expect = if n < max { None } else { Some(CloseReason::Limit) };
        assert_eq!(world.close_reason(name), expect, "{n}");
    }
}

#[test]
fn who_says_nothing_is_closed() {
    let mut world = World::new(plan(&[]));
    world.connect("A", Generation::Modern(20));
    world.connect("B", Generation::Modern(20));
    world.say("B", &m::TimeDateReq {});
    world.pass_secs(29);
    assert_eq!(world.close_reason("A"), None);
    world.pass_secs(1);
    assert_eq!(world.close_reason("A"), Some(CloseReason::NeverRegistered));
    assert_eq!(world.close_reason("B"), Some(CloseReason::NeverRegistered));
    assert_eq!(world.exchange.counts(), exchange::Counts::default());
}

#[test]
fn tokens() {
    let mut world = World::new(plan(&[("A", &["1001"])]));
    let token = |world: &mut World, name: &'static str, device: &str| {
        world.connect(name, Generation::Modern(20));
        let sid = m::structs::DeviceIdentifier {
            device_name: FixedText::new(device.as_bytes()),
            ..Default::default()
        };
        world.say(name, &m::RegisterTokenReq { sid, ..Default::default() });
        world.say(name, &m::SPCPRegisterTokenReq { sid, ..Default::default() });
    };
    token(&mut world, "A", &device_name("A"));
    token(&mut world, "B", "SEP00000000000B");
    world.command(Command::Drain).unwrap();
    token(&mut world, "C", &device_name("A"));
    check("tokens", &world.ladder());
}

#[test]
fn the_unknown_are_refused_and_told_why() {
    let mut site = plan(&[("A", &["1001"])]);
    let mut world = World::new(site.clone());
    world.connect("B", Generation::Modern(20));
    world.register_as("B", "SEP0000000000FF");
    world.connect("C", Generation::Modern(20));
    world.register_as("C", "x\u{1b}[2J");
    site.site.auto_register = true;
    world.apply(site);
    world.connect("D", Generation::Modern(20));
    world.register_as("D", "SEP0000000000FF");
    check("the_unknown_are_refused", &world.ladder());
    assert_eq!(world.close_reason("D"), Some(CloseReason::Rejected));
    let notes: Vec<&str> = notes(&world).collect();
    assert_eq!(notes.len(), 3);
    assert!(notes.iter().all(|note| !note.chars().any(char::is_control)), "{notes:?}");
}

fn notes(world: &World) -> impl Iterator<Item = &str> {
    world.outputs.iter().filter_map(|output| match output {
        Output::Note(note) => Some(note.text.as_str()),
        _ => None,
    })
}

/// An unknown phone on loopback waits for a plan that holds it; what it asks meanwhile is answered then.
#[test]
fn adoption() {
    let mut site = plan(&[]);
    site.site.auto_register = true;
    let mut world = World::new(site.clone());
    world.connect_from("A", Generation::Modern(20), [127, 0, 0, 1]);
    world.register_as("A", &device_name("A"));
    world.say("A", &m::LineStatReq { line_number: LineInstance(1) });
    let adopts =
        |output: &Output| matches!(output, Output::Adopt(adoption) if adoption.device == device_name("A"));
    assert!(world.outputs.iter().any(adopts));
    assert_eq!(world.exchange.counts().waiting, 1);
    world.pass_secs(9);
    let mut with = plan(&[("A", &["1000"])]);
    with.site = site.site.clone();
    world.apply(with);
    check("adoption", &world.ladder());
    world.pass_secs(60);
    assert_eq!(world.close_reason("A"), None, "no timer of the wait is left");

    let mut world = World::new(site);
    world.connect_from("A", Generation::Modern(20), [127, 0, 0, 1]);
    world.register_as("A", &device_name("A"));
    world.pass_secs(10);
    assert_eq!(world.close_reason("A"), Some(CloseReason::Rejected));
    assert_eq!(world.exchange.counts(), exchange::Counts::default());
}

/// Two phones of a site, in a conversation.
fn conversation() -> World {
    let mut world = World::with_phones(&[
        ("A", Generation::Modern(20), &["1001"]),
        ("B", Generation::Classic, &["1002"]),
    ]);
    world.talk("A", "1002", "B");
    world.forget();
    world
}

/// The newest session wins at once. The call goes on, and ends by the new session.
#[test]
fn takeover_in_a_call() {
    let mut world = conversation();
    let old = world.reconnect("B");
    world.register_connected("B");
    let closes = |output: &Output| *output == Output::Close(old, CloseReason::TakenOver);
    assert!(world.outputs.iter().any(closes), "in the same step");
    world.ask_everything("B");
    world.on_hook("B");
    world.count("A");
    world.count("B");
    check("takeover_in_a_call", &world.ladder());
    world.assert_quiet();
}

/// A phone that says that it rebooted has no call any more.
#[test]
fn takeover_after_a_reboot() {
    let mut world = conversation();
    world.reconnect("B");
    let text = FixedText::new(b"25: Name=SEP00000000000B Load=8.0 Last=Initialized");
    world.say("B", &m::Alarm { text, ..Default::default() });
    world.register_connected("B");
    world.count("A");
    check("takeover_after_a_reboot", &world.ladder());
    world.assert_quiet();
    let records = world.records();
    assert!(
        matches!(&records[0], Record::Call(call) if call.ended_by == "callee" && call.cause == Cause::TEMPORARY)
    );
}

/// The connection breaks: the conversation goes on, and can be ended by the phone when it is back.
#[test]
fn lost_in_a_call_and_back() {
    let mut world = conversation();
    world.lose("B");
    assert_eq!(world.exchange.counts().calls, 1);
    world.pass_secs(10);
    world.connect("B", Generation::Classic);
    world.register_connected("B");
    world.ask_everything("B");
    let reference = world.reference("B", c::DCallState::CONNECTED);
    world.softkey_for("B", c::SoftKeyEvent::END_CALL, reference);
    world.count("A");
    world.count("B");
    world.assert_quiet();
}

/// The other side hangs up while the phone is lost: it is told when it is back.
#[test]
fn ended_while_lost() {
    let mut world = conversation();
    world.lose("B");
    world.on_hook("A");
    world.count("A");
    world.connect("B", Generation::Classic);
    world.register_connected("B");
    world.say("B", &m::TimeDateReq {});
    check("ended_while_lost", &world.ladder());
    world.assert_quiet();
}

/// A phone shows a call that we know nothing of, and its user ends it: once, it is told that it is over.
#[test]
fn a_ghost_on_a_phone() {
    let mut world = World::with_phones(&[("A", Generation::Modern(20), &["1001"])]);
    world.softkey_for("A", c::SoftKeyEvent::END_CALL, 0x0177_7777);
    world.softkey_for("A", c::SoftKeyEvent::END_CALL, 0x0177_7777);
    world.off_hook("A");
    world.say("A", &m::OnHook { line_instance: LineInstance(0), call_reference: CallReference(0x0155_5555) });
    world.on_hook("A");
    check("a_ghost_on_a_phone", &world.ladder());
    world.assert_quiet();
}

/// Both are gone: nobody can end the call any more.
#[test]
fn both_lost_in_a_call() {
    let mut world = conversation();
    world.lose("A");
    world.lose("B");
    world.pass_secs(299);
    assert_eq!(world.exchange.counts().calls, 1);
    world.pass_secs(1);
    assert_eq!(world.exchange.counts().calls, 0);
    let records = world.records();
    assert!(matches!(&records[0], Record::Call(call) if call.ended_by == "server"));
}

#[test]
fn two_phones_with_one_name_are_noticed() {
    let mut world = World::with_phones(&[("A", Generation::Modern(20), &["1001"])]);
    for _ in 0..exchange::limit::TAKEOVERS_MAX {
        world.reconnect("A");
        world.register_connected("A");
        assert_eq!(world.close_reason("A"), None);
    }
    world.reconnect("A");
    world.register_connected("A");
    assert_eq!(world.close_reason("A"), Some(CloseReason::Rejected));
    assert!(notes(&world).any(|note| note.contains("two phones with one name?")));
    world.pass_secs(61);
    world.connect("A", Generation::Modern(20));
    world.register_connected("A");
    assert_eq!(world.close_reason("A"), None, "and it is let in again later");
}

#[test]
fn keepalive_closes_after_three_silent_intervals() {
    let mut world = World::with_phones(&[("A", Generation::Modern(20), &["1001"])]);
    let told = u64::from(world.phones["A"].keepalive_secs);
    assert!((22..=30).contains(&told), "75 to 100 % of 30: {told}");
    for _ in 0..5 {
        world.pass_secs(told * 3 - 1);
        world.say("A", &m::MediaPathEvent::default());
        assert_eq!(world.close_reason("A"), None, "any message keeps it");
    }
    world.pass_secs(told * 3);
    assert_eq!(world.close_reason("A"), Some(CloseReason::KeepaliveLost));
    let gone = Change::Unregistered { device: device_name("A"), reason: "keepalive lost".into() };
    assert!(world.changes().contains(&gone));
}

#[test]
fn an_idle_phone_needs_one_timer() {
    let world =
        World::with_phones(&[("A", Generation::Modern(20), &["1001"]), ("B", Generation::Old, &["1002"])]);
    assert_eq!(world.exchange.counts().timers, 2);
}

#[test]
fn resets_wait_for_the_end_of_the_call() {
    let mut world = conversation();
    let reset = Command::Reset { device: device_name("A"), how: Reset::Reset };
    assert!(world.command(reset.clone()).unwrap().contains("in a call"));
    assert!(!world.ladder().contains("Reset"));
    world.on_hook("B");
    assert!(world.ladder().contains("A ← Reset RESET"));
    assert!(world.command(Command::Reset { device: "SEPX".into(), how: Reset::Restart }).is_err());
    world.pass_secs(10);
    assert_eq!(world.close_reason("A"), Some(CloseReason::Reset), "a phone that ignores it is closed");
    assert!(world.command(reset).is_err());
}

#[test]
fn apply_config_leaves_the_connection() {
    let mut world = World::with_phones(&[("A", Generation::Modern(20), &["1001"])]);
    world.command(Command::Reset { device: device_name("A"), how: Reset::ApplyConfig }).unwrap();
    assert_eq!(world.ladder(), "A ← Reset APPLY_CONFIG");
    world.pass_secs(20);
    assert_eq!(world.close_reason("A"), None);
}

/// A plan that changes what a phone shows makes it register anew once it is idle; one that does not leaves
/// it alone.
#[test]
fn plans_reset_whom_they_change() {
    let mut world = conversation();
    let mut site = plan(&[("A", &["1001", "1003"]), ("B", &["1002"])]);
    site.lines.get_mut("1002").unwrap().name = "New name".into();
    world.apply(site.clone());
    assert_eq!(world.ladder(), "", "A is in a call, B shows the same");
    world.on_hook("A");
    let ladder = world.ladder();
    assert!(ladder.contains("A ← Reset RESTART") && !ladder.contains("B ← Reset"), "{ladder}");

    site.devices.remove(&device_name("B"));
    world.apply(site.clone());
    assert_eq!(world.ladder(), "B ← Reset RESTART");
    world.lose("B");
    world.connect("B", Generation::Classic);
    world.register_connected("B");
    assert_eq!(world.close_reason("B"), Some(CloseReason::Rejected));
    assert_eq!(world.exchange.counts().stations, 1, "what the plan has no longer is forgotten");
}

#[test]
fn a_plan_taken_back_in_time_resets_nobody() {
    let mut world = conversation();
    let before = exchange::plan::Plan::clone(&world.plan);
    world.apply(plan(&[("A", &["1001", "1003"]), ("B", &["1002"])]));
    world.apply(before);
    world.on_hook("A");
    assert!(!world.ladder().contains("Reset RESTART"));
}

#[test]
fn a_drain_lets_calls_end_and_sends_idle_phones_away() {
    let mut world = World::with_phones(&[
        ("A", Generation::Modern(20), &["1001"]),
        ("B", Generation::Classic, &["1002"]),
        ("C", Generation::Classic, &["1003"]),
    ]);
    world.connect("D", Generation::Classic);
    world.say("D", &m::KeepAliveReq {});
    world.talk("A", "1002", "B");
    world.forget();
    assert_eq!(world.command(Command::Drain), Ok("1 calls still run".into()));
    assert_eq!(world.ladder(), "D ← (close: Stopping)\nC ← (close: Stopping)");
    world.softkey("A", c::SoftKeyEvent::NEW_CALL);
    assert!(world.ladder().contains("Server is stopping"));
    world.on_hook("B");
    let held = world.reference("A", c::DCallState::ON_HOOK);
    assert_ne!(held, 0);
    for name in ["A", "B"] {
        assert_eq!(world.close_reason(name), Some(CloseReason::Stopping), "{name}");
    }
    world.connect("C", Generation::Classic);
    world.register_connected("C");
    assert_eq!(world.close_reason("C"), Some(CloseReason::Rejected));
}

#[test]
fn unregister_is_always_granted() {
    let mut world = conversation();
    world.say("B", &m::UnregisterReq::default());
    world.count("A");
    check("unregister_in_a_call", &world.ladder());
    world.assert_quiet();
    world.connect("B", Generation::Classic);
    world.say("B", &m::UnregisterReq::default());
    assert!(world.ladder().ends_with("B ← UnregisterAck Ok\nB ← (close: Unregistered)"));
}

#[test]
fn a_session_may_become_another_device() {
    let mut world = World::new(plan(&[("A", &["1001"]), ("B", &["1002"])]));
    world.register("A", Generation::Classic);
    world.register_as("A", &device_name("B"));
    world.changes();
    assert_eq!(world.exchange.counts().registered, 1);
    world.register_as("A", "SEP0000000000FF");
    assert_eq!(world.close_reason("A"), Some(CloseReason::Rejected));
    assert_eq!(world.exchange.counts().registered, 0);
}

#[test]
fn text_outside_ascii_is_what_the_phone_can_show() {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    site.lines.get_mut("1001").unwrap().name = "Zoë Ł €\u{1b}x".into();
    site.lines.get_mut("1002").unwrap().name = "Zoë Ł €\u{1b}x".into();
    let mut world = World::new(site);
    world.register("A", Generation::Modern(20));
    world.register("B", Generation::Classic);
    let ladder = world.ladder();
    assert!(ladder.contains("A ← LineStatV2Res 1: 1001 / Zoë Ł EUR x / Line 1001"), "{ladder}");
    assert!(ladder.contains("B ← LineStatRes 1: 1002 / Zoë L EUR x / Line 1002"), "{ladder}");
}

#[test]
fn more_buttons_than_a_page_holds() {
    let numbers: Vec<String> = (0..50).map(|n| format!("{}", 2000 + n)).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let mut world = World::new(plan(&[("A", &numbers)]));
    world.connect("A", Generation::Modern(20));
    world.register_connected("A");
    world.forget();
    world.say("A", &m::ButtonTemplateReq::default());
    let ladder = world.ladder();
    assert_eq!(ladder.lines().count(), 3);
    assert!(ladder.lines().nth(2).unwrap().ends_with("Line 49, Line 50"));
}

#[test]
fn a_session_beyond_the_limit_is_closed() {
    let mut exchange = Exchange::new(1);
    let now = exchange::input::Now { monotonic_ns: 0, unix_ms: 0 };
    let nowhere = ([10, 0, 0, 1], 1).into();
    let peer = exchange::input::Peer { remote: nowhere, local: nowhere };
    for n in 0..=exchange::limit::SESSIONS_MAX as u64 {
        exchange.handle(now, Input::Opened(exchange::input::SessionId(n), peer));
        let (outputs, ..) = common::drain(&mut exchange);
        let over = n == exchange::limit::SESSIONS_MAX as u64;
        assert_eq!(outputs.len(), usize::from(over));
    }
}

#[test]
fn damaged_snapshots_are_refused() {
    let world = conversation();
    let snapshot = world.exchange.snapshot();
    let restore = |bytes: &[u8]| Exchange::restore(bytes, std::sync::Arc::clone(&world.plan)).map(|_| ());
    assert_eq!(restore(&snapshot), Ok(()));
    assert_eq!(restore(&[]), Err(RestoreError::Form { found: None }));
    assert_eq!(restore(&[9, 1, 2]), Err(RestoreError::Form { found: Some(9) }));
    assert!(matches!(restore(&snapshot[..snapshot.len() / 2]), Err(RestoreError::Damaged(_))));
}

/// What a phone was doing when it registers anew over a session that is still open is shown to it again, tone
/// and all.
#[test]
fn takeover_in_every_state() {
    let again = |flow: &dyn Fn(&mut World), expect: &[&str]| {
        let mut world = World::with_phones(&[
            ("A", Generation::Modern(20), &["1001"]),
            ("B", Generation::Classic, &["1002"]),
        ]);
        flow(&mut world);
        world.reconnect("A");
        world.register_connected("A");
        world.forget();
        world.say("A", &m::TimeDateReq {});
        let ladder = world.ladder();
        for rung in expect {
            assert!(ladder.contains(rung), "{rung} in\n{ladder}");
        }
        assert!(!ladder.contains("Your current options"), "{ladder}");
    };
    again(&|world| world.off_hook("A"), &["CallState OffHook", "StartTone InsideDialTone", "{Enter number}"]);
    again(
        &|world| world.en_bloc("A", "1002"),
        &["CallState RingOut", "StartTone AlertingTone", "{Ring out}"],
    );
    again(
        &|world| world.en_bloc("A", "9"),
        &["CallState InvalidNumber", "StartTone ReorderTone", "{Unknown Number}"],
    );
    again(&|world| world.en_bloc("A", "1001"), &["CallState Busy", "StartTone LineBusyTone", "{Busy}"]);
    again(
        &|world| world.en_bloc("B", "1001"),
        &["CallState RingIn", "SetLamp Line 1 Blink", "SetRinger InsideRing"],
    );
    let holds = |world: &mut World| {
        world.talk("A", "1002", "B");
        world.button("A", c::DeviceStimulus::HOLD, 1);
    };
    again(&holds, &["CallState Hold", "SetLamp Line 1 Wink", "{Hold}"]);
}

/// A held call is taken back while the other phone is away: its half of the audio is opened when it is back.
#[test]
fn resumed_while_the_other_is_away() {
    let mut world = conversation();
    world.button("A", c::DeviceStimulus::HOLD, 1);
    world.lose("B");
    world.button("A", c::DeviceStimulus::HOLD, 1);
    world.acknowledge("A");
    world.pass_secs(20);
    world.forget();
    world.connect("B", Generation::Classic);
    world.register_connected("B");
    world.say("B", &m::TimeDateReq {});
    world.media("B", "A");
    world.on_hook("A");
    world.count("A");
    world.count("B");
    check("resumed_while_the_other_is_away", &world.ladder());
    world.assert_quiet();
}

/// A phone from a private network waits in the lobby: its prompt names it, it may call a test number and
/// nothing else, and when an operator adopts it, it registers anew.
#[test]
fn the_lobby() {
    let mut site = plan(&[("B", &["1002"])]);
    site.site.lobby = true;
    let mut world = World::new(site.clone());
    world.connect_from("A", Generation::Modern(20), [192, 168, 1, 5]);
    world.register_as("A", &device_name("A"));
    let adopts = |output: &Output| matches!(output, Output::Adopt(adoption) if adoption.lobby);
    assert!(world.outputs.iter().any(adopts));
    let mut with = plan(&[("A", &["1000"]), ("B", &["1002"]), ("C", &["1003"])]);
    with.site = site.site.clone();
    with.devices.get_mut(&device_name("A")).unwrap().lobby = true;
    with.lines.get_mut("1002").unwrap().partition = "lobby".into();
    world.apply(with.clone());
    world.ask_everything("A");
    let prompt = format!("{} not adopted", device_name("A"));
    assert!(world.ladder().contains(&prompt), "{}", world.ladder());

    world.off_hook("A");
    world.press("A", "1003");
    assert!(world.changes().iter().any(|change| matches!(change, Change::CallEnded { call: 1, .. })));
    world.on_hook("A");
    world.register("B", Generation::Modern(20));
    world.forget();
    world.off_hook("A");
    world.press("A", "1002");
    assert!(!world.changes().iter().any(|change| matches!(change, Change::CallEnded { .. })));
    world.on_hook("A");

    with.devices.get_mut(&device_name("A")).unwrap().lobby = false;
    world.forget();
    world.apply(with);
    assert!(world.ladder().contains("Reset"), "{}", world.ladder());

    let mut strangers = World::new(site);
    strangers.connect_from("A", Generation::Modern(20), [8, 8, 8, 8]);
    strangers.register_as("A", &device_name("A"));
    assert_eq!(strangers.close_reason("A"), Some(CloseReason::Rejected));
}

/// What is set for one device goes before what it says of itself.
#[test]
fn overrides_of_a_device() {
    let mut site = plan(&[("A", &["1000"])]);
    let device = site.devices.get_mut(&device_name("A")).unwrap();
    (device.keepalive_secs, device.dynamic_messages) = (Some(1000), Some(false));
    let mut world = World::new(site);
    world.connect("A", Generation::Modern(20));
    world.register_as("A", &device_name("A"));
    world.ask_everything("A");
    let ladder = world.ladder();
    assert!(ladder.contains("DisplayPromptStatus ") && !ladder.contains("DisplayPromptStatusV2"), "{ladder}");
    world.pass_secs(600);
    assert_eq!(world.close_reason("A"), None, "the site's 30 seconds would be over");
}

/// A reader that missed events is told everything anew, and ends with what it would have known.
#[test]
fn everything_told_anew() {
    let mut world = World::with_phones(&[
        ("A", Generation::Modern(20), &["1001"]),
        ("B", Generation::Modern(20), &["1002"]),
    ]);
    world.talk("A", "1002", "B");
    world.forget();
    assert_eq!(world.command(Command::Retell), Ok("2 phones and 1 calls".into()));
    let changes = world.changes();
    assert_eq!(changes[0], Change::Anew);
    let connected = Change::CallState {
        call: 1,
        state: "connected".into(),
        called: "1002".into(),
        device: device_name("B"),
    };
    assert_eq!((changes.len(), changes.last()), (5, Some(&connected)));
}
