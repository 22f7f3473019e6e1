//! Calls on each generation: what the phone says, does and shows.

mod common;

use common::{Bench, decode};
use phone::profile::{ATA_186, CISCO_30VIP, CISCO_7960, CISCO_7961, CISCO_7970};
use phone::{Act, Audio, Config, List, Offence, Party, Path, Refused, Statistics};
use skinny::codes::{
    CallType, DCallState, DeviceStimulus, DeviceTone, KeypadKey, LampMode, MediaStatus, RingMode, SoftKeySet,
    SpeakerMode,
};
use skinny::message::*;
use skinny::types::{CallReference, ConferenceId, FixedText, LineInstance, PassThroughPartyId};

fn registered(profile: &'static phone::Profile) -> Bench {
    let mut bench = Bench::new(profile);
    bench.register();
    bench.audio.clear();
    bench
}

#[test]
fn a_7960_is_called_and_answers_with_the_handset() {
    let mut bench = registered(&CISCO_7960);
    bench.ring_in(0x0100_001a);
    let call = &bench.phone.calls()[0];
    assert_eq!((call.state, call.line), (DCallState::RING_IN, LineInstance(1)));
    assert_eq!(call.other(), &Party { number: "321".into(), name: "Caller".into() });
    assert_eq!(bench.phone.prompt(), "From 321");
    assert_eq!(bench.softkeys(), ["Answer"]);
    assert!(bench.phone.ringing());
    assert_eq!(bench.phone.lamp(DeviceStimulus::LINE, 1), LampMode::BLINK);
    assert!(matches!(bench.audio[..], [Audio::Ring(RingMode::INSIDE_RING, _)]));

    bench.act(Act::OffHook);
    let sent = bench.take_sent();
    assert_eq!(sent.len(), 1, "no MediaPathEvent below version 17");
    let Message::OffHook(hook) = decode(&sent[0], 11) else { panic!("{sent:?}") };
    assert_eq!((hook.line_instance, hook.call_reference), (LineInstance(1), CallReference(0x0100_001a)));

    bench.connect_call(0x0100_001a, 0x0100_0050);
    assert_eq!(bench.said(), ["OpenReceiveChannelAck"], "no StartMediaTransmissionAck below version 17");
    assert_eq!(bench.states(), [DCallState::CONNECTED]);
    assert_eq!(
        bench.phone.path(),
        Some(Path::Handset),
        "the speaker order is ignored while the handset is up"
    );
    assert_eq!(bench.phone.prompt(), "Connected");
    assert_eq!(bench.softkeys(), ["Hold", "EndCall", "Transfer", "Park", "Confrn"]);
    assert!(!bench.phone.ringing());
    let stream = bench.phone.streams()[0];
    assert_eq!(stream.receive.and_then(|r| r.local).map(|local| local.port()), Some(16386));
    assert_eq!(
        stream.send.map(|s| (s.remote.to_string(), s.tos, s.dtmf)),
        Some(("10.0.0.3:30000".into(), 184, Some(101)))
    );

    bench.secs(7);
    bench.said();
    bench.act(Act::OnHook);
    let sent = bench.take_sent();
    let Message::OnHook(hook) = decode(&sent[0], 11) else { panic!("{sent:?}") };
    assert_eq!(hook.call_reference, CallReference(0x0100_001a));
    bench.end_call(0x0100_001a, 0x0100_0050);
    assert!(bench.phone.calls().is_empty() && bench.phone.streams().is_empty());
    assert_eq!(bench.phone.prompt(), "Your current options");
    let received: Vec<_> = bench.phone.history(List::Received).collect();
    assert_eq!((&*received[0].party.number, received[0].talk_secs), ("321", 7));
    assert_eq!(bench.phone.offences(), []);
}

#[test]
fn a_7961_tells_its_audio_path_and_acknowledges_sending() {
    let mut bench = registered(&CISCO_7961);
    bench.ring_in(0x012e_364b);
    bench.act(Act::OffHook);
    assert_eq!(bench.said(), ["MediaPathEvent", "OffHook"]);
    bench.connect_call(0x012e_364b, 0x0100_0050);
    let sent = bench.take_sent();
    let names: Vec<_> =
        sent.iter().map(|sent| (sent.name.as_str(), sent.body.len(), sent.header_version)).collect();
    assert_eq!(names, [("OpenReceiveChannelAck", 36, 22), ("StartMediaTransmissionAck", 40, 22)]);
    let Message::OpenReceiveChannelAck(ack) = decode(&sent[0], 22) else { panic!() };
    assert_eq!(ack.media_reception_status, MediaStatus::OK);
    assert_eq!((ack.ip_addr.ip().to_string(), ack.port_number.0), ("10.0.0.2".into(), 16386));
    assert_eq!((ack.pass_through_party_id.0, ack.call_reference.0), (0x0100_0050, 0x012e_364b));
    let Message::StartMediaTransmissionAck(ack) = decode(&sent[1], 22) else { panic!() };
    assert_eq!((ack.conference_id.0, ack.port_number.0), (0x012e_364b, 16386));

    bench.act(Act::OnHook);
    assert_eq!(bench.said(), ["MediaPathEvent", "OnHook"]);
}

#[test]
fn the_answer_softkey_sends_its_event_for_the_ringing_call() {
    let mut bench = registered(&CISCO_7961);
    bench.ring_in(9);
    bench.act(Act::SoftKey("answer"));
    let sent = bench.take_sent();
    let Message::SoftKeyEvent(event) = decode(&sent[0], 22) else { panic!("{sent:?}") };
    assert_eq!((event.soft_key_event.0, event.line_instance.0, event.call_reference.0), (11, 1, 9));
    bench.connect_call(9, 1);
    assert_eq!(bench.phone.path(), Some(Path::Speaker));
    let refused = bench.phone.act(bench.now, Act::SoftKey("Resume"));
    assert_eq!(
        refused,
        Err(Refused::NotShown {
            wanted: "Resume".into(),
            shown: "Hold, EndCall, Transfer, Park, Confrn".into()
        })
    );
}

/// Dial tone, as CallManager 4.1 gives it.
fn off_hook(bench: &mut Bench, reference: u32) {
    bench.ring(RingMode::RING_OFF, 0, 0);
    bench.speaker(SpeakerMode::ON);
    bench.lamp(1, LampMode::ON);
    bench.state(DCallState::OFF_HOOK, 1, reference);
    bench.keys(1, reference, SoftKeySet::OFF_HOOK);
    bench.prompt(1, reference, b"\x80\x20");
    bench.tell(&ActivateCallPlane { line_instance: LineInstance(1) });
    bench.tone(DeviceTone::INSIDE_DIAL_TONE, 1, reference);
}

fn ring_out(bench: &mut Bench, reference: u32, number: &str) {
    bench.stop_tone(1, reference);
    bench.dialed(number, 1, reference);
    bench.state(DCallState::PROCEED, 1, reference);
    bench.info(CallType::OUT_BOUND_CALL, 1, reference, "1001", number);
    bench.tone(DeviceTone::ALERTING_TONE, 1, reference);
    bench.state(DCallState::RING_OUT, 1, reference);
    bench.keys(1, reference, SoftKeySet::RING_OUT);
    bench.prompt(1, reference, b"\x80\x16");
}

#[test]
fn a_7960_calls_digit_by_digit() {
    let mut bench = registered(&CISCO_7960);
    bench.act(Act::SoftKey("NewCall"));
    let sent = bench.take_sent();
    assert_eq!(
        (sent[0].word(0), sent[0].word(4), sent[0].word(8)),
        (2, 0, 0),
        "line and call are 0 on an idle phone"
    );
    off_hook(&mut bench, 0x0100_001f);
    assert_eq!(bench.phone.tone(), Some(DeviceTone::INSIDE_DIAL_TONE));
    assert_eq!(bench.phone.prompt(), "Enter number");
    for key in "100#*".chars() {
        bench.act(Act::Key(key));
    }
    let sent = bench.take_sent();
    let keys: Vec<_> =
        sent.iter().map(|sent| (sent.body.len(), sent.word(0), sent.word(4), sent.word(8))).collect();
    let pressed = [1, 0, 0, KeypadKey::POUND.0, KeypadKey::STAR.0];
    assert_eq!(keys, pressed.map(|key| (12, key, 1, 0x0100_001f)));
    ring_out(&mut bench, 0x0100_001f, "1002");
    assert_eq!(bench.phone.tone(), Some(DeviceTone::ALERTING_TONE));
    assert_eq!(bench.phone.prompt(), "Ring out");
    bench.open_receive(0x0100_001f, 3);
    bench.state(DCallState::CONNECTED, 1, 0x0100_001f);
    bench.stop_tone(1, 0x0100_001f);
    bench.start_send(0x0100_001f, 3, 30_002, 101);
    assert_eq!(bench.phone.tone(), None);
    bench.audio.clear();
    bench.act(Act::Key('5'));
    assert!(
        matches!(bench.audio[..], [Audio::SendDigit { digit: '5', .. }]),
        "DTMF as event, and as message:"
    );
    assert_eq!(bench.said(), ["OpenReceiveChannelAck", "KeypadButton"]);
    bench.end_call(0x0100_001f, 3);
    let placed: Vec<_> = bench.phone.history(List::Placed).collect();
    assert_eq!((&*placed[0].party.number, &*placed[0].party.name), ("1002", "Callee"));
    assert_eq!(bench.phone.path(), None);
}

#[test]
fn dial_waits_for_the_dial_tone_on_models_without_en_bloc() {
    let mut bench = registered(&CISCO_7960);
    bench.act(Act::Dial("1002"));
    assert_eq!(bench.said(), ["SoftKeyEvent"]);
    off_hook(&mut bench, 5);
    assert_eq!(bench.said(), ["KeypadButton"; 4]);
}

#[test]
fn digits_keep_their_gap_and_stop_when_the_call_goes_on() {
    let mut config = Config::new("SEP001122334455", &CISCO_7960);
    config.timing.digit_gap = std::time::Duration::from_millis(100);
    let mut bench = Bench::with(config);
    bench.register();
    bench.act(Act::Dial("1002"));
    off_hook(&mut bench, 5);
    bench.said();
    bench.sleep(std::time::Duration::from_millis(110));
    assert_eq!(bench.said(), ["KeypadButton"]);
    ring_out(&mut bench, 5, "100");
    bench.secs(1);
    assert!(bench.said().is_empty());
}

#[test]
fn a_7961_dials_en_bloc_and_where_nobody_sends_a_tone_digits_go_out_anyway() {
    let mut bench = registered(&CISCO_7961);
    bench.act(Act::Dial("1002"));
    let sent = bench.take_sent();
    assert_eq!((sent[0].name.as_str(), sent[0].body.len()), ("EnblocCall", 32));
    let Message::EnblocCall(call) = decode(&sent[0], 22) else { panic!() };
    assert_eq!((call.called_party.text(), call.line_instance.line), (&b"1002"[..], 1));

    let mut bench = registered(&CISCO_7960);
    bench.act(Act::Dial("1002"));
    bench.state(DCallState::OFF_HOOK, 1, 5);
    bench.said();
    bench.secs(1);
    assert_eq!(bench.said(), ["KeypadButton"; 4]);
}

#[test]
fn calls_end_up_in_the_list_where_the_phone_files_them() {
    let mut bench = registered(&CISCO_7960);
    bench.ring_in(1);
    bench.end_call(1, 0);
    assert_eq!(bench.phone.history(List::Missed).count(), 1);

    // Answered on another phone of the line.
    bench.ring_in(2);
    bench.state(DCallState::CALL_REMOTE_MULTILINE, 1, 2);
    bench.end_call(2, 0);
    assert_eq!(bench.phone.history(List::Missed).count(), 1);

    off_hook(&mut bench, 3);
    bench.end_call(3, 0);
    assert_eq!(bench.phone.history(List::Placed).count(), 0, "nothing was dialled");

    let mut bench = registered(&CISCO_7970);
    bench.ring_in(4);
    bench.tell(&CallHistoryInfo {
        call_history_disposition: skinny::codes::CallHistoryDisposition::IGNORE,
        line_instance: LineInstance(1),
        call_reference: CallReference(4),
    });
    bench.end_call(4, 0);
    assert_eq!(bench.phone.history(List::Missed).count(), 0);
}

#[test]
fn a_second_call_takes_the_cursor_and_gives_it_back() {
    let mut bench = registered(&CISCO_7961);
    bench.ring_in(1);
    bench.act(Act::OffHook);
    bench.connect_call(1, 1);
    bench.state(DCallState::RING_IN, 1, 2);
    bench.keys(1, 2, SoftKeySet::RING_IN);
    assert_eq!(bench.softkeys(), ["Answer"]);
    bench.act(Act::Select(CallReference(1)));
    assert_eq!(bench.softkeys()[0], "Hold");
    bench.state(DCallState::ON_HOOK, 1, 2);
    assert_eq!(bench.phone.selected_call().map(|call| call.reference.0), Some(1));
    assert_eq!(bench.phone.history(List::Missed).count(), 1);
}

#[test]
fn the_hook_ends_only_what_owns_the_audio() {
    let mut bench = registered(&CISCO_7961);
    bench.ring_in(1);
    bench.act(Act::OffHook);
    bench.connect_call(1, 1);
    bench.state(DCallState::HOLD, 1, 1);
    bench.said();
    bench.act(Act::OnHook);
    let sent = bench.take_sent();
    assert_eq!((sent[1].word(0), sent[1].word(4)), (0, 0), "the held call is not meant");

    bench.act(Act::OffHook);
    bench.act(Act::Speaker);
    bench.said();
    bench.act(Act::OnHook);
    assert!(bench.said().is_empty(), "the sound is on the speaker");
    bench.act(Act::Speaker);
    assert_eq!(bench.said(), ["MediaPathEvent", "OnHook"]);
}

#[test]
fn the_speaker_switched_off_by_the_server_is_answered_by_models_that_do() {
    for (profile, answers) in [(&CISCO_7960, false), (&CISCO_7970, true)] {
        let mut bench = registered(profile);
        bench.speaker(SpeakerMode::ON);
        bench.said();
        bench.speaker(SpeakerMode::OFF);
        assert_eq!(bench.said().contains(&"OnHook".to_owned()), answers);
        assert_eq!(bench.phone.path(), None);
    }
}

#[test]
fn old_forms_of_a_30vip() {
    let mut bench = registered(&CISCO_30VIP);
    bench.act(Act::LineKey(1));
    bench.speaker(SpeakerMode::ON);
    bench.act(Act::Speaker);
    bench.act(Act::Speaker);
    bench.act(Act::Key('1'));
    bench.act(Act::Button(DeviceStimulus::HOLD, 1));
    let sizes: Vec<_> = bench.take_sent().iter().map(|sent| (sent.name.clone(), sent.body.len())).collect();
    let sizes: Vec<_> = sizes.iter().map(|(name, len)| (name.as_str(), *len)).collect();
    assert_eq!(sizes, [("Stimulus", 8), ("OnHook", 0), ("OffHook", 0), ("KeypadButton", 4), ("Stimulus", 8)]);
}

#[test]
fn a_call_of_call_manager_2_without_references() {
    let mut bench = registered(&CISCO_30VIP);
    // It rings: short forms.
    bench.tell_body(0x8f, &{
        let mut body = vec![0; 128];
        body[40..44].copy_from_slice(b"1002");
        body
    });
    bench.lamp(1, LampMode::BLINK);
    bench.tell_body(0x85, &2u32.to_le_bytes());
    assert_eq!(bench.states(), [DCallState::RING_IN]);
    assert_eq!(&*bench.phone.calls()[0].calling.number, "1002");
    bench.act(Act::Answer);
    bench.tell_body(0x85, &1u32.to_le_bytes());
    bench.lamp(1, LampMode::ON);
    let mut start = vec![0; 36];
    start[..4].copy_from_slice(&[10, 0, 0, 3]);
    start[4..8].copy_from_slice(&30_000u32.to_le_bytes());
    start[8..12].copy_from_slice(&30u32.to_le_bytes());
    start[12..16].copy_from_slice(&4u32.to_le_bytes());
    bench.tell_body(0x8a, &start);
    bench.tell_body(0x8c, &{
        let mut body = start.clone();
        body.drain(4..8);
        body.truncate(24);
        body
    });
    bench.tell_body(0x83, &[]);
    assert_eq!(bench.states(), [DCallState::CONNECTED]);
    assert_eq!(bench.said(), ["OffHook"], "no acknowledgements");
    let stream = bench.phone.streams()[0];
    assert_eq!(bench.phone.streams().len(), 1);
    assert_eq!(stream.send.map(|send| (send.remote.port(), send.packet_ms)), Some((30_000, 30)));
    assert_eq!(stream.receive.and_then(|receive| receive.local).map(|local| local.port()), Some(20_000));
    // The other side hangs up.
    bench.tell_body(0x8d, &[0; 4]);
    bench.tell_body(0x8b, &[0; 4]);
    bench.speaker(SpeakerMode::OFF);
    bench.lamp(1, LampMode::OFF);
    assert!(bench.phone.calls().is_empty() && bench.phone.streams().is_empty());
    assert_eq!(bench.phone.history(List::Received).count(), 1);
}

#[test]
fn statistics_are_the_drivers_and_zeros_when_it_is_silent() {
    for (profile, bytes) in [(&CISCO_7960, 664), (&CISCO_7961, 96)] {
        let mut bench = registered(profile);
        bench.statistics = Statistics {
            packets_sent: 47,
            packets_received: 48,
            packets_lost: 1,
            jitter_ms: 3,
            quality: "MLQK=4.5000;MLQKav=4.500000;x".into(),
            ..Statistics::default()
        };
        bench.tell(&ConnectionStatisticsReq { call_reference: CallReference(7), ..Default::default() });
        let sent = bench.take_sent();
        let Message::ConnectionStatisticsRes(answer) = decode(&sent[0], bench.version) else {
            panic!("{sent:?}")
        };
        assert_eq!(
            (answer.call_reference.0, answer.number_packets_sent, answer.number_packets_received),
            (7, 47, 48)
        );
        assert_eq!((answer.number_packets_lost, answer.jitter), (1, 3));
        assert_eq!(answer.data.bytes(), b"MLQK=4.5000;MLQKav=4.500000;x");
        assert_eq!(sent[0].body.len(), bytes);

        bench.hears = false;
        bench.tell(&ConnectionStatisticsReq { call_reference: CallReference(8), ..Default::default() });
        assert!(bench.said().is_empty());
        bench.secs(1);
        assert_eq!(bench.said(), ["ConnectionStatisticsRes"]);
    }
}

#[test]
fn more_streams_than_the_phone_has_are_refused() {
    let mut bench = registered(&CISCO_7961);
    for party in 1..=9 {
        bench.open_receive(party, party);
    }
    let sent = bench.take_sent();
    assert_eq!(sent.len(), 9);
    let Message::OpenReceiveChannelAck(ack) = decode(&sent[8], 22) else { panic!() };
    assert_eq!((ack.media_reception_status, ack.port_number.0), (MediaStatus::OUT_OF_SOCKETS, 0));
    assert_eq!(bench.phone.offences(), [Offence::TooManyStreams]);
    bench.tell(&CloseReceiveChannel {
        conference_id: ConferenceId(4),
        pass_through_party_id: PassThroughPartyId(4),
        call_reference: CallReference(4),
        ..Default::default()
    });
    assert_eq!(bench.phone.streams().len(), 7);
}

#[test]
fn what_a_real_phone_chokes_on_is_noted_and_ends_the_session_of_a_strict_one() {
    let mut bench = registered(&CISCO_7961);
    bench.tell(&ClearDisplay {});
    bench.state(DCallState::CONNECTED, 1, 5);
    assert_eq!(bench.phone.offences(), [Offence::UnknownMessage(0x9a), Offence::ConnectedOnHook(5)]);
    assert!(bench.phone.is_registered());

    let mut bench = Bench::with(Config { strict: true, ..Config::new("SEP001122334455", &CISCO_7970) });
    bench.register();
    bench.tell_body(0x145, &[0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(bench.closes, [phone::CloseReason::Offended]);
}

#[test]
fn a_call_outlives_its_server() {
    let mut bench = registered(&CISCO_7961);
    bench.ring_in(1);
    bench.act(Act::OffHook);
    bench.connect_call(1, 1);
    bench.handle(phone::Input::Disconnected(phone::Disconnect::Reset));
    assert_eq!(*bench.phone.registration(), phone::Registration::Preserving);
    assert_eq!((bench.phone.streams().len(), bench.phone.calls().len()), (1, 1));
    assert_eq!(bench.softkeys(), ["EndCall"]);
    assert_eq!(bench.phone.act(bench.now, Act::Key('1')), Err(Refused::NotRegistered));
    bench.secs(60);
    assert_eq!(bench.connects, [0]);
    bench.audio.clear();
    bench.act(Act::OnHook);
    assert!(bench.phone.streams().is_empty() && bench.phone.calls().is_empty());
    assert!(matches!(bench.audio[..], [Audio::StopSend { .. }, Audio::StopReceive { .. }]));
    bench.secs(1);
    assert_eq!(bench.connects, [0, 0]);
}

#[test]
fn an_ata_needs_no_screen() {
    let mut bench = registered(&ATA_186);
    bench.ring_in(1);
    bench.act(Act::Answer);
    assert_eq!(bench.said(), ["OffHook"]);
    bench.connect_call(1, 1);
    assert_eq!(bench.states(), [DCallState::CONNECTED]);
    bench.act(Act::Hangup);
    assert_eq!(bench.said(), ["OpenReceiveChannelAck", "OnHook"]);
}

#[test]
fn texts_go_when_their_time_is_over() {
    let mut bench = registered(&CISCO_7960);
    bench.tell(&DisplayPriNotify { time_out_value: 10, priority: 5, notify: FixedText::new(b"\x80\x3f") });
    bench.tell(&DisplayNotify { time_out_value: 0, notify: FixedText::new(b"Night") });
    bench.tell(&DisplayPromptStatus {
        time_out_value: 3,
        prompt_status: FixedText::new(b"Soon gone"),
        line_instance: LineInstance(0),
        call_reference: CallReference(0),
    });
    assert_eq!((bench.phone.prompt(), bench.phone.notice()), ("Soon gone", Some("DND")));
    bench.secs(4);
    assert_eq!(bench.phone.prompt(), "");
    bench.secs(7);
    assert_eq!(bench.phone.notice(), Some("Night"));
    bench.tell(&ClearNotify {});
    assert_eq!(bench.phone.notice(), None);
}

#[test]
fn a_single_ring_ends_by_itself() {
    let mut bench = registered(&CISCO_7960);
    bench.tell(&SetRinger {
        ring_mode: RingMode::INSIDE_RING,
        ring_duration: skinny::codes::RingDuration::SINGLE_RING,
        ..SetRinger::default()
    });
    assert!(bench.phone.ringing());
    bench.secs(3);
    assert!(!bench.phone.ringing());
}

#[test]
fn keys_of_a_call_that_is_over_do_not_stay() {
    let mut bench = registered(&CISCO_7960);
    // Keys and call info before the state, as some servers send them.
    bench.info(CallType::IN_BOUND_CALL, 1, 7, "321", "1001");
    bench.keys(1, 7, SoftKeySet::RING_IN);
    bench.prompt(1, 7, b"Early");
    bench.state(DCallState::RING_IN, 1, 7);
    assert_eq!(bench.softkeys(), ["Answer"]);
    assert_eq!((bench.phone.prompt(), &*bench.phone.calls()[0].calling.number), ("Early", "321"));
    bench.state(DCallState::ON_HOOK, 1, 7);
    assert_eq!(bench.softkeys(), ["Redial", "NewCall", "CFwdAll"]);
}

#[test]
fn a_phone_that_comes_back_in_mid_call_keeps_it_until_the_hook() {
    let config = Config { reconnect_in_call: true, ..Config::new("SEP001122334455", &CISCO_7961) };
    let mut bench = Bench::with(config);
    bench.register();
    bench.ring_in(1);
    bench.act(Act::OffHook);
    bench.connect_call(1, 1);
    bench.said();
    bench.handle(phone::Input::Disconnected(phone::Disconnect::TimedOut));
    bench.secs(1);
    bench.connect();
    bench.serve();
    assert!(bench.phone.is_registered());
    assert_eq!((bench.states(), bench.phone.streams().len()), (vec![DCallState::CONNECTED], 1));
    // The server never speaks of the call again.
    bench.act(Act::OnHook);
    assert_eq!(bench.said(), ["MediaPathEvent", "OnHook"]);
    assert!(bench.phone.calls().is_empty() && bench.phone.streams().is_empty());
}

#[test]
fn multicast_is_received_without_being_sent() {
    let mut bench = registered(&CISCO_7961);
    bench.tell(&StartMulticastMediaReception {
        conference_id: ConferenceId(5),
        pass_through_party_id: PassThroughPartyId(6),
        multicast_ip_addr: skinny::types::Address::new([239, 1, 1, 1].into()),
        multicast_port_number: skinny::types::Port(16_000),
        call_reference: CallReference(5),
        compression_type: skinny::codes::MediaPayloadType::G711_ULAW64K,
        ..Default::default()
    });
    assert!(matches!(bench.audio[..], [Audio::OpenReceive { group: Some(_), packet_ms: 20, .. }]));
    assert_eq!(bench.said(), ["MulticastMediaReceptionAck"]);
    bench.tell(&StopMulticastMediaReception {
        conference_id: ConferenceId(5),
        pass_through_party_id: PassThroughPartyId(6),
        call_reference: CallReference(5),
    });
    assert!(bench.phone.streams().is_empty());
}

#[test]
fn an_unplugged_phone_forgets_all_but_its_history() {
    let mut bench = registered(&CISCO_7960);
    bench.ring_in(1);
    bench.end_call(1, 0);
    bench.ring_in(2);
    bench.handle(phone::Input::PowerOff);
    assert_eq!(bench.closes, [phone::CloseReason::Unplugged]);
    assert!(
        bench.phone.calls().is_empty() && !bench.phone.ringing() && bench.phone.next_deadline().is_none()
    );
    assert_eq!(bench.phone.history(List::Missed).count(), 1);
}

#[test]
fn an_old_phone_has_no_words_for_ipv6() {
    let mut bench = registered(&CISCO_7960);
    bench.hears = false;
    bench.open_receive(1, 1);
    let Some(Audio::OpenReceive { stream, .. }) = bench.audio.last().copied() else { panic!("an order") };
    let local = "[fd00::2]:16384".parse().expect("an address");
    bench.handle(phone::Input::Audio(phone::AudioAnswer::ReceiveOpened { stream, local }));
    let sent = bench.take_sent();
    let Message::OpenReceiveChannelAck(ack) = decode(&sent[0], 11) else { panic!("{sent:?}") };
    let status = MediaStatus::REQUESTED_IP_ADDR_TYPE_UN_AVAILABLE;
    assert_eq!((ack.media_reception_status, ack.port_number.0), (status, 0));
    assert!(bench.phone.streams().is_empty());
}
