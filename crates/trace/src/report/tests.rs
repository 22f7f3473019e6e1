//! What people and scripts are shown.

use super::*;
use crate::analysis::{Analysis, Options, analyse_capture};

fn analysed(capture: &[u8]) -> Analysis {
    analyse_capture(capture, Options { events: true, ..Options::default() }).expect("a capture").0
}

#[test]
fn the_example_as_a_table_a_story_and_a_ladder() {
    let analysis = analysed(&crate::example::capture());
    let (call, events) = analysis.call_and_events(0).unwrap();
    let mut out = registration_heading().to_owned();
    for index in 0..analysis.registrations.len() {
        registration_row(&mut out, &analysis, crate::analysis::SessionId(index as u32));
    }
    out.push_str(call_heading());
    call_row(&mut out, &analysis, &call);
    call_story(&mut out, &analysis, &call);
    let mut sight = crate::draw::Sight { redactor: None, brief: true };
    let ladder = crate::draw::of_call(&call, &events, analysis.registrations.directory(), &mut sight);
    out.push_str(&crate::draw::text::draw(&ladder, crate::draw::text::Style::default()));
    insta::assert_snapshot!(out);
}

#[test]
fn a_call_in_json_has_the_promised_members() {
    let analysis = analysed(&crate::example::capture());
    let json = call_json(&analysis, &analysis.call(0).unwrap());
    for member in [
        "caller",
        "callee",
        "start",
        "answer",
        "end",
        "outcome",
        "legs",
        "milestones_ms",
        "quality",
        "findings",
        "branches",
    ] {
        assert!(json.get(member).is_some(), "{member}");
    }
    assert_eq!(json["legs"][0]["phone"], "SEP001122334460");
    assert_eq!(json["legs"][0]["reference"], 0x0100_0001);
}
