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
