//! What the captures at hand come to.

use super::*;

fn analysed(capture: &[u8]) -> Analysis {
    let options = Options { events: true, ..Options::default() };
    analyse_capture(capture, options).expect("a capture").0
}

#[test]
fn the_example_is_one_answered_call_of_two_registered_phones() {
    let analysis = analysed(&crate::example::capture());
    assert_eq!((analysis.registrations.len(), analysis.len()), (2, 1));
    let call = analysis.call(0).unwrap();
    assert_eq!(call.legs.len(), 2);
    assert_eq!((&*call.caller.number, &*call.callee.number), ("1001", "1002"));
    assert_eq!(call.outcome, Outcome::Answered);
}

/// Sources mixed as the command does it.
fn mixed(files: Vec<(&str, Vec<u8>)>) -> Analysis {
    use crate::source::{Input, Inputs, Mixed};
    let inputs = files.into_iter().map(|(name, bytes)| Input::from_bytes(name, bytes).unwrap()).collect();
    let mut analyst = Analyst::new(Options { events: true, ..Options::default() });
    let _ = Mixed::new(Inputs { inputs, ..Inputs::default() }).run(&mut Captured::new(&mut analyst, 0));
    analyst.finish()
}

/// Lines of a text trace on the example's day.
fn trace(lines: &[&str]) -> Vec<u8> {
    lines.iter().map(|line| format!("01/05/2026 {line}|<:CLUSTER>\n")).collect::<String>().into_bytes()
}

#[test]
fn a_leg_in_a_capture_and_in_a_trace_is_one() {
    let alone = analysed(&crate::example::capture());
    let lines = trace(&[
        "09:00:01.000 CCM|StationD:    (0000109) SEP001122334460 , star_MediaExchangeAgenaOpenLogicalChannel packetSize=20, codec=4, ci=16777217.",
        "09:00:02.005 CCM|StationD:    (0000109) CallState callState=1 lineInstance=1 callReference=16777217.",
        "09:00:03.460 CCM|StationD:    (0000109) CallState callState=12 lineInstance=1 callReference=16777217.",
        "09:00:08.000 CCM|StationD:    (0000109) DisplayNotify timeOutValue=10 notify=only in the trace.",
        "09:00:16.030 CCM|StationD:    (0000109) CallState callState=2 lineInstance=1 callReference=16777217.",
    ]);
    let both = mixed(vec![("a.pcap", crate::example::capture()), ("ccm.txt", lines)]);
    assert_eq!((both.registrations.len(), both.len()), (3, 1));
    let (call, events) = both.call_and_events(0).unwrap();
    let (same, before) = alone.call_and_events(0).unwrap();
    assert_eq!((call.legs.len(), &call.story, call.outcome), (2, &same.story, same.outcome));
    // What only the trace tells is there, what both tell is there once.
    assert_eq!(events.len(), before.len() + 1);
    assert!(events.iter().any(|event| event.id == 0x114 && event.at.source == 1), "{events:?}");
}

#[test]
fn legs_that_the_call_manager_says_belong_together_are_one_call() {
    let state = |time: &str, phone: u32, reference: u32, state: u32| {
        format!(
            "{time} CCM|StationD:    ({phone:07}) CallState callState={state} lineInstance=1 callReference={reference}."
        )
    };
    let lines = [
        state("09:00:01.000", 11, 16_777_301, 1),
        "09:00:01.500 CCM|MediaManager(1) - wait_AuConnectInfo - recieved response, fowarding, CI(16777301,16777302)".into(),
        state("09:00:02.000", 12, 16_777_302, 4),
        state("09:00:03.000", 12, 16_777_302, 5),
        state("09:00:03.010", 11, 16_777_301, 5),
        state("09:00:03.500", 13, 16_777_303, 1),
        state("09:00:09.000", 11, 16_777_301, 2),
        state("09:00:09.010", 12, 16_777_302, 2),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let analysis = mixed(vec![("ccm.txt", trace(&lines))]);
    let legs: Vec<usize> = analysis.calls().map(|call| call.legs.len()).collect();
    assert_eq!(legs, [2, 1], "the third phone's leg is a call of its own");
    let without: Vec<&str> = lines.iter().copied().filter(|line| !line.contains("MediaManager")).collect();
    assert_eq!(mixed(vec![("ccm.txt", trace(&without))]).len(), 3);
}

#[test]
fn an_address_that_the_phone_cannot_know_tells_of_inspection() {
    use crate::synth::{packets, write_pcap};
    let told = |private: &str| {
        let said = crate::example::said(|line| match line.contains(" alice > 0 RegisterReq ") {
            true => line.replace("192.0.2.60", private),
            false => line.to_owned(),
        });
        let mut file = Vec::new();
        write_pcap(&mut file, &packets(&said)).unwrap();
        let call = analysed(&file).call(0).unwrap();
        call.findings.into_iter().find(|finding| finding.kind == FindingKind::Inspection)
    };
    let finding = told("10.1.1.60").expect("the firewall is found");
    assert!(finding.text.contains("10.1.1.60") && finding.shown_by.len() == 2, "{finding:?}");
    assert_eq!(told("192.0.2.60"), None);
}

/// Alice calls Bob, whose phone rings: as a CallManager tells it.
const RINGS: &str = r#"
    0 alice < 11 CallState {"call_state":"OffHook","line_instance":1,"call_reference":1}
    100 alice < 11 DialedNumber {"dialed_number":"1002","line_instance":1,"call_reference":1}
    110 alice < 11 CallState {"call_state":"RingOut","line_instance":1,"call_reference":1}
    110 alice < 11 CallInfo {"calling_party":"1001","called_party":"1002","original_called_party":"1002","line_instance":1,"call_reference":1,"call_type":"OutBoundCall"}
    120 bob < 20 CallState {"call_state":"RingIn","line_instance":1,"call_reference":2}
    120 bob < 20 CallInfoV2 {"line_instance":1,"call_reference":2,"call_type":"InBoundCall","calling_party":"1001","called_party":"1002","original_called_party":"1002"}
"#;

fn told(script: &str) -> Vec<Call> {
    analysed(&crate::example::capture_of(script)).calls().collect()
}

fn steps(call: &Call) -> Vec<String> {
    call.story.iter().map(|step| format!("{} {}", step.leg, step.kind.text())).collect()
}

#[test]
fn a_call_that_is_picked_up_is_one_story() {
    let picked_up = r#"
        3000 carol > 20 SoftKeyEvent {"soft_key_event":"PickUp","line_instance":0,"call_reference":0}
        3001 carol < 20 CallState {"call_state":"OffHook","line_instance":1,"call_reference":3}
        3002 bob < 20 CallState {"call_state":"OnHook","line_instance":1,"call_reference":2}
        3003 carol < 20 CallInfoV2 {"line_instance":1,"call_reference":3,"call_type":"InBoundCall","calling_party":"1001","called_party":"1003","original_called_party":"1002"}
        3004 carol < 20 CallState {"call_state":"Connected","line_instance":1,"call_reference":3}
        3005 alice < 11 CallState {"call_state":"Connected","line_instance":1,"call_reference":1}
        3006 alice < 11 CallInfo {"calling_party":"1001","called_party":"1003","original_called_party":"1002","line_instance":1,"call_reference":1,"call_type":"OutBoundCall"}
        9000 alice < 11 CallState {"call_state":"OnHook","line_instance":1,"call_reference":1}
        9001 carol < 20 CallState {"call_state":"OnHook","line_instance":1,"call_reference":3}
    "#;
    let calls = told(&(RINGS.to_owned() + picked_up));
    let [call] = &calls[..] else { panic!("{} calls", calls.len()) };
    assert_eq!(
        (&*call.caller.number, &*call.callee.number, call.outcome),
        ("1001", "1003", Outcome::Answered)
    );
    let roles: Vec<Role> = call.legs.iter().map(|leg| leg.role).collect();
    assert_eq!(roles, [Role::Caller, Role::Callee, Role::Pickup]);
    let steps = steps(call);
    for wanted in ["2 pickup key", "1 ends", "2 picks up the call for 1002", "0 now with 1003"] {
        assert!(steps.iter().any(|step| step == wanted), "{wanted}: {steps:?}");
    }
}

#[test]
fn who_fetches_a_parked_call_is_inferred_where_it_is_not_said() {
    let parked = r#"
        500 bob < 20 CallState {"call_state":"Connected","line_instance":1,"call_reference":2}
        501 alice < 11 CallState {"call_state":"Connected","line_instance":1,"call_reference":1}
        2000 bob > 20 SoftKeyEvent {"soft_key_event":"Park","line_instance":1,"call_reference":2}
        2001 bob < 20 DisplayPriNotifyV2 {"time_out_value":10,"priority":5,"notify":"Call Park At 71"}
        2002 bob < 20 CallState {"call_state":"OnHook","line_instance":1,"call_reference":2}
        4000 carol < 20 CallState {"call_state":"OffHook","line_instance":1,"call_reference":3}
        DIALS
        4500 carol < 20 CallInfoV2 {"line_instance":1,"call_reference":3,"call_type":"OutBoundCall","calling_party":"1003","called_party":"PARTY"}
        4501 carol < 20 CallState {"call_state":"Connected","line_instance":1,"call_reference":3}
        9001 carol < 20 CallState {"call_state":"OnHook","line_instance":1,"call_reference":3}
    "#;
    let digits = r#"4100 carol > 20 KeypadButton {"kp_button":"Seven","line_instance":1,"call_reference":3}
        4200 carol > 20 KeypadButton {"kp_button":"One","line_instance":1,"call_reference":3}"#;
    for (dials, party, fetched) in
        [(digits, "1001", true), (digits, "", true), ("", "1001", true), ("", "1009", false)]
    {
        let script = RINGS.to_owned() + &parked.replace("DIALS", dials).replace("PARTY", party);
        let calls = told(&script);
        assert_eq!(calls.len(), if fetched { 1 } else { 2 }, "{dials} {party}");
        let call = &calls[0];
        let told = steps(call).iter().any(|step| step == "2 retrieves the call parked at 71 (inferred)");
        assert_eq!(told, fetched, "{:?}", steps(call));
        assert_eq!(call.legs.get(2).map(|leg| leg.role), fetched.then_some(Role::Retriever));
    }
}

#[test]
fn what_the_call_manager_thought_stands_in_the_ladder() {
    let lines = trace(&[
        "09:00:02.005 CCM|StationD:    (0000109) SEP001122334460 , star_MediaExchangeAgenaOpenLogicalChannel packetSize=20, codec=4, ci=16777217.",
        "09:00:03.452 CCM|Digit analysis: match(fqcn=\"1001\", cn=\"1001\", pss=\"pt\", dd=\"1002\")",
        "09:00:05.455 CCM|RegionsServer: matchCapabilities -- savedOption=0 prefOption=0 CI=[16777217]",
        "09:00:05.456 CCM|RegionsServer: of another call CI=[99]",
    ]);
    let both = mixed(vec![("a.pcap", crate::example::capture()), ("ccm.txt", lines)]);
    let (call, events) = both.call_and_events(0).unwrap();
    let thoughts: Vec<String> = events
        .iter()
        .filter(|event| event.is_thought())
        .map(|event| String::from_utf8_lossy(&event.body).into_owned())
        .collect();
    assert!(thoughts.iter().any(|line| line.contains("Digit analysis")), "{thoughts:?}");
    assert!(thoughts.iter().any(|line| line.contains("matchCapabilities")), "{thoughts:?}");
    assert!(!thoughts.iter().any(|line| line.contains("another call")), "{thoughts:?}");
    let directory = both.registrations.directory();
    let ladder = crate::draw::of_call(&call, &events, directory, &mut crate::draw::Sight::default());
    let text = crate::draw::text::draw(&ladder, crate::draw::text::Style::default());
    assert!(text.contains("matchCapabilities"), "{text}");
    let redactor = Some(crate::draw::redact::Redactor::default());
    let mut sight = crate::draw::Sight { redactor, brief: false };
    let hidden = crate::draw::of_call(&call, &events, directory, &mut sight);
    assert!(hidden.rows.len() < ladder.rows.len(), "free text does not pass a redactor");
}

/// The example from `millis` on: what a capture shows that began then.
fn example_from(millis: i64, rtp: bool) -> Vec<u8> {
    let said = crate::example::said(str::to_owned);
    let begin = said[0].time;
    let late: Vec<_> = said.into_iter().filter(|sent| sent.time.since(begin) >= millis * 1_000_000).collect();
    // No beginning of a connection: the packets that open one are left out.
    let mut wire = crate::synth::Wire::new();
    for sent in &late {
        wire.send(sent.time, sent.src, sent.dst, &sent.payload);
    }
    let phones = ["192.0.2.60:24576", "192.0.2.65:24680"].map(|end| end.parse().unwrap());
    for number in 0..if rtp { 50 } else { 0 } {
        for (src, dst) in [(phones[0], phones[1]), (phones[1], phones[0])] {
            let mut packet = vec![0x80, 0, 0, number, 0, 0, number, 0, 0, 0, 0, 7];
            packet.extend([0x55; 160]);
            wire.datagram(begin.plus(7_000_000_000 + i64::from(number) * 20_000_000), src, dst, &packet);
        }
    }
    let mut file = Vec::new();
    crate::synth::write_pcap(&mut file, &wire.into_packets()).unwrap();
    file
}

#[test]
fn a_call_that_began_before_the_capture_is_made_of_what_is_there() {
    let whole = analysed(&crate::example::capture()).call(0).unwrap();
    let offset = crate::example::said(str::to_owned)[0].time;
    // From the answer, from the acknowledgements of the media orders, from the end alone.
    for (from, rtp, outcome) in [
        (6_000, true, Outcome::Answered),
        (6_060, true, Outcome::Answered),
        (15_500, false, Outcome::Unknown),
    ] {
        let analysis = analysed(&example_from(from, rtp));
        assert_eq!((analysis.len(), analysis.stray_rtp), (1, 0), "from {from} ms after {offset}");
        let call = analysis.call(0).unwrap();
        let mut references: Vec<u32> = call.legs.iter().map(|leg| leg.reference).collect();
        references.sort_unstable();
        assert_eq!(references, [0x100_0001, 0x100_0002], "{from}");
        assert!(call.from_middle && call.branches.is_empty() && call.end.is_some(), "{call:?}");
        assert_eq!(call.outcome, outcome, "{from}");
        for leg in &call.legs {
            let same = whole.legs.iter().find(|other| other.reference == leg.reference).unwrap();
            let figures =
                |leg: &Leg| leg.statistics.iter().map(|found| found.packets_sent).collect::<Vec<_>>();
            assert_eq!(figures(leg), figures(same));
        }
    }
}
