//! How each generation registers.

mod common;

use common::{Bench, decode};
use phone::profile::{self, CISCO_30VIP, CISCO_7960, CISCO_7961};
use phone::{Act, CloseReason, Config, Input, Refused, Registration};
use skinny::message::*;
use skinny::types::FixedText;

#[test]
fn a_7960_asks_one_thing_at_a_time_in_its_order() {
    let mut bench = Bench::new(&CISCO_7960);
    let said = bench.register();
    assert_eq!(
        said,
        [
            "Alarm",
            "RegisterReq",
            "CapabilitiesRes",
            "ButtonTemplateReq",
            "SoftKeyTemplateReq",
            "SoftKeySetReq",
            "ConfigStatReq",
            "LineStatReq",
            "LineStatReq",
            "ForwardStatReq",
            "ForwardStatReq",
            "SpeedDialStatReq",
            "FeatureStatReq",
            "ServiceURLStatReq",
            "TimeDateReq",
        ]
    );
    assert!(bench.phone.is_registered());
    assert_eq!(bench.phone.version(), 11);
    assert_eq!(bench.phone.prompt(), "Your current options");
    assert_eq!(bench.softkeys(), ["Redial", "NewCall", "CFwdAll"]);
    assert_eq!(&*bench.phone.lines()[0].number, "1001");
    assert_eq!(&*bench.phone.lines()[1].label, "Line 1002");
    assert_eq!(&*bench.phone.buttons()[2].target, "1002");
    assert_eq!(&*bench.phone.buttons()[3].label, "Privacy");
    assert_eq!(&*bench.phone.buttons()[4].target, "http://10.0.0.1/");
    assert_eq!(bench.phone.clock().map(|clock| clock.unix_secs), Some(1_700_000_000));
}

#[test]
fn registrations_have_the_length_and_words_of_the_model() {
    for (model, bytes, word, version) in [
        ("30VIP", 64, 3, 3),
        ("7940", 68, 0x8560_000b, 11),
        ("7960", 68, 0x8560_000b, 11),
        ("7941", 124, 0x8572_0011, 17),
        ("7965", 172, 0x8572_0016, 22),
        ("ATA186", 64, 33, 3),
    ] {
        let profile = profile::find(model).expect(model);
        let mut bench = Bench::new(profile);
        bench.power_on();
        let register = bench.take_sent().into_iter().find(|sent| sent.name == "RegisterReq").expect(model);
        assert_eq!(register.body.len(), bytes, "{model}");
        assert_eq!(register.header_version, 0, "{model}");
        assert_eq!(register.word(40), word, "{model}");
        let Message::RegisterReq(request) = decode(&register, 0) else { panic!("{register:?}") };
        assert_eq!(request.sid.device_name.text(), b"SEP001122334455");
        assert_eq!(request.device_type, profile.device_type);
        assert_eq!(request.station_ip_addr.0.octets(), [10, 0, 0, 2]);
        bench.ack_registration();
        assert_eq!(bench.phone.version(), version, "{model}");
    }
}

#[test]
fn a_30vip_announces_its_port_and_gets_by_on_few_answers() {
    let mut bench = Bench::new(&CISCO_30VIP);
    bench.power_on();
    let said: Vec<_> = bench.sent.iter().map(|sent| sent.name.as_str()).collect();
    assert_eq!(said, ["Alarm", "RegisterReq", "IpPort"]);
    assert_eq!(bench.sent[2].body, 20_000u32.to_le_bytes());
    bench.serve();
    assert!(bench.phone.is_registered());
    assert!(bench.phone.softkeys().is_empty());
    assert_eq!(
        bench.phone.act(bench.now, Act::SoftKey("NewCall")).err().map(|e| e.to_string()),
        Some("no softkey \"NewCall\" is shown; shown are: none".into())
    );
}

#[test]
fn a_7961_tells_wide_capabilities_and_headers_carry_the_version() {
    let mut bench = Bench::new(&CISCO_7961);
    bench.power_on();
    assert_eq!(bench.sent[0].name, "XMLAlarm");
    bench.take_sent().iter().for_each(|sent| assert_eq!(sent.header_version, 0));
    bench.ack_registration();
    bench.tell(&CapabilitiesReq {});
    let sent = bench.take_sent();
    let update = sent.iter().find(|sent| sent.name == "UpdateCapabilities").expect("capabilities");
    assert_eq!((update.body.len(), update.header_version), (1840, 22));
    let Message::UpdateCapabilities(capabilities) = decode(update, 22) else { panic!("{update:?}") };
    let codecs: Vec<u32> = capabilities.audiocaps.iter().map(|c| c.payload_capability.0).collect();
    assert_eq!(codecs, [25, 4, 2, 15, 16, 11, 12, 257]);
    bench.sent = sent;
    let said = bench.serve();
    assert!(said.contains(&"RegisterAvailableLines".to_owned()), "{said:?}");
    assert!(bench.phone.is_registered());
    assert_eq!(&*bench.phone.lines()[0].label, "Line 1001");
}

#[test]
fn the_lower_version_of_both_is_used() {
    let mut bench = Bench::new(&CISCO_7961);
    bench.version = 15;
    bench.header = 15;
    bench.register();
    assert_eq!(bench.phone.version(), 15);
    assert!(bench.phone.is_registered());
}

#[test]
fn a_server_that_answers_nothing_but_the_registration_gets_every_question_twice() {
    let mut bench = Bench::new(&CISCO_7960);
    bench.power_on();
    bench.ack_registration();
    bench.said();
    bench.secs(100);
    let said = bench.said();
    assert!(bench.phone.is_registered());
    assert_eq!(said.iter().filter(|name| *name == "SoftKeyTemplateReq").count(), 2);
    assert_eq!(said.iter().filter(|name| *name == "LineStatReq").count(), 2);
    assert!(said.contains(&"Alarm".to_owned()));
    assert_eq!(bench.phone.counts().unanswered, 8);
}

#[test]
fn a_burst_registers_too() {
    let mut bench = Bench::with(Config { burst: true, ..Config::new("SEP001122334455", &CISCO_7960) });
    bench.register();
    assert!(bench.phone.is_registered());
    assert_eq!(bench.phone.lines().len(), 6);
}

#[test]
fn a_refusal_is_shown_and_tried_again() {
    let mut bench = Bench::new(&CISCO_7960);
    bench.power_on();
    bench.tell(&RegisterReject { text: FixedText::new(b"No Entry For Device") });
    assert_eq!(*bench.phone.registration(), Registration::Rejected("No Entry For Device".into()));
    assert_eq!(bench.phone.prompt(), "Registration Rejected");
    assert_eq!(bench.closes, [CloseReason::Rejected]);
    bench.secs(19);
    assert_eq!(bench.connects.len(), 1);
    bench.secs(2);
    assert_eq!(bench.connects.len(), 2);
    bench.connect();
    let alarm = bench.sent.iter().find(|sent| sent.name == "Alarm").cloned().expect("an alarm");
    let Message::Alarm(alarm) = decode(&bench.sent[bench.sent.len() - 2], 0) else { panic!("{alarm:?}") };
    assert!(alarm.text.text().starts_with(b"24: Name=SEP001122334455 Load=P0030801"));
}

#[test]
fn keepalives_go_out_and_three_without_answer_end_the_session() {
    let mut bench = Bench::new(&CISCO_7961);
    bench.register();
    for _ in 0..4 {
        bench.secs(30);
        assert_eq!(bench.said(), ["KeepAliveReq"]);
        bench.tell(&KeepAliveAck {});
    }
    bench.secs(119);
    assert_eq!(bench.said().len(), 3);
    assert!(bench.phone.is_registered());
    bench.secs(1);
    assert_eq!(bench.closes, [CloseReason::KeepaliveLost]);
    assert_eq!(*bench.phone.registration(), Registration::Waiting);
    bench.secs(1);
    assert_eq!(bench.connects.len(), 2);
}

#[test]
fn a_server_that_never_answers_keepalives_is_no_dead_server() {
    let mut bench = Bench::new(&CISCO_30VIP);
    bench.register();
    bench.secs(3600);
    assert!(bench.phone.is_registered());
    assert_eq!(bench.said().len(), 120);
}

#[test]
fn waits_grow_between_attempts_and_the_server_list_is_walked() {
    let mut bench = Bench::with(Config { servers: 2, ..Config::new("SEP001122334455", &CISCO_7960) });
    bench.handle(Input::PowerOn);
    let mut at = Vec::new();
    for _ in 0..8 {
        at.push(bench.now.as_secs() - 100);
        bench.handle(Input::ConnectFailed);
        let before = bench.connects.len();
        while bench.connects.len() == before {
            bench.sleep(std::time::Duration::from_millis(100));
        }
    }
    assert_eq!(bench.connects, [0, 1, 0, 1, 0, 1, 0, 1, 0]);
    let gaps: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [0, 1, 0, 2, 0, 4, 0]);
}

#[test]
fn a_token_is_asked_for_and_waited_for() {
    let mut bench = Bench::with(Config { token: true, ..Config::new("SEP001122334455", &CISCO_7960) });
    bench.power_on();
    assert_eq!(bench.said(), ["RegisterTokenReq"]);
    bench.tell(&RegisterTokenReject { wait_time_before_next_req: 40 });
    bench.secs(39);
    assert!(bench.said().is_empty());
    bench.secs(2);
    assert_eq!(bench.said(), ["RegisterTokenReq"]);
    bench.tell(&RegisterTokenAck {});
    assert!(bench.serve().contains(&"TimeDateReq".to_owned()));
    assert!(bench.phone.is_registered());
}

#[test]
fn a_reset_waits_for_the_end_of_the_call_and_shows_in_the_next_alarm() {
    let mut bench = Bench::new(&CISCO_7960);
    bench.register();
    bench.ring_in(77);
    bench.tell(&Reset { reset_type: skinny::codes::DeviceResetType::RESTART });
    assert!(bench.phone.is_registered());
    bench.end_call(77, 5);
    assert_eq!(*bench.phone.registration(), Registration::Leaving);
    assert_eq!(bench.said(), ["UnregisterReq"]);
    bench.tell(&UnregisterAck::default());
    assert_eq!(bench.closes, [CloseReason::Reset]);
    bench.secs(2);
    bench.connect();
    let sent = bench.take_sent();
    let Message::Alarm(alarm) = decode(&sent[0], 0) else { panic!("{sent:?}") };
    assert!(alarm.text.text().starts_with(b"23: Name="), "{alarm:?}");
    bench.sent = sent;
    bench.serve();
    assert!(bench.phone.is_registered());
}

#[test]
fn without_a_server_keys_do_nothing() {
    let mut bench = Bench::new(&CISCO_7960);
    assert_eq!(bench.phone.act(bench.now, Act::OffHook), Err(Refused::NotRegistered));
    bench.handle(Input::PowerOn);
    assert_eq!(bench.phone.act(bench.now, Act::Key('1')), Err(Refused::NotRegistered));
}

#[test]
fn unregistering_leaves_and_stays_away() {
    let mut bench = Bench::new(&CISCO_7961);
    bench.register();
    bench.act(Act::Unregister);
    assert_eq!(bench.said(), ["UnregisterReq"]);
    bench.tell(&UnregisterAck::default());
    assert_eq!(bench.closes, [CloseReason::Unregistered]);
    bench.secs(600);
    assert_eq!(bench.connects, [0]);
    bench.handle(Input::PowerOn);
    assert_eq!(bench.connects, [0, 0]);
}
