//! The commands as a user runs them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn lineside(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // The program may have had enough before all is written.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn the_example_is_traced_in_full() {
    let output = lineside(&["trace", "--example", "--messages"], b"");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(text(&output.stdout).lines().count(), trace::example::messages());
}

#[test]
fn standard_input_json_and_filters() {
    let capture = trace::example::capture();
    let output = lineside(&["trace", "-", "--json", "--only", "registerreq", "--only", "0x81"], &capture);
    let names: Vec<String> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["name"].to_string())
        .collect();
    assert_eq!(names, ["\"RegisterReq\"", "\"RegisterAck\"", "\"RegisterReq\"", "\"RegisterAck\""]);
}

#[test]
fn a_capture_that_breaks_off_is_read_as_far_as_it_goes() {
    let capture = trace::example::capture();
    let output = lineside(&["trace", "-", "--messages"], &capture[..capture.len() / 2]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).lines().count() > 20);
    assert!(text(&output.stderr).contains("breaks off at byte"), "{output:?}");
}

#[test]
fn what_is_no_capture_says_so() {
    let output = lineside(&["trace", "-"], b"hello, this is no capture at all");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("neither a capture"), "{output:?}");
}

#[test]
fn encode_and_decode_are_inverse() {
    let fields = r#"{"call_state":"RingIn","line_instance":1,"call_reference":"0x12e364b"}"#;
    let frame = text(&lineside(&["encode", "--id", "CallState", "--json", fields], b"").stdout);
    let object = lineside(&["decode", "--json", frame.trim()], b"").stdout;
    let again = lineside(&["encode", "--id", "0x111", "--json", "-"], &object);
    assert_eq!(text(&again.stdout), frame);
    let shown = text(&lineside(&["decode", "-"], frame.as_bytes()).stdout);
    assert!(shown.contains("    12  04 00 00 00             call_state"), "{shown}");
    assert!(shown.contains("4 RingIn"), "{shown}");
}

#[test]
fn errors_teach() {
    for (arguments, words) in [
        (&["encode", "--id", "Calstate"][..], "the nearest is CallState"),
        (&["encode", "--id", "CallState", "--json", r#"{"call_stat":1}"#], "the nearest is call_state"),
        (&["encode", "--id", "CallState", "--json", r#"{"call_state":"Ringin2"}"#], "the nearest is RingIn"),
        (&["decode", "xyz"], "that is no hex"),
        (&["decode", "ffffffff0000000000000000"], "its length word is 0xffffffff"),
        (&["decode", "1c00000014000000110100"], "needs 12 bytes, 11 are there"),
        (&["trace", "--example", "--only", "StartTon"], "the nearest is StartTone"),
        (&["messages", "NoSuchMessage"], "no message is called NoSuchMessage"),
    ] {
        let output = lineside(arguments, b"");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn the_catalogue_is_printed_for_people_and_tools() {
    let list = text(&lineside(&["messages"], b"").stdout);
    assert_eq!(list.lines().count(), 179);
    let one = text(&lineside(&["messages", "openreceivechannel"], b"").stdout);
    assert!(one.contains("versions 17 to 20: 132 bytes"), "{one}");
    let all: serde_json::Value =
        serde_json::from_slice(&lineside(&["messages", "--json"], b"").stdout).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(179));
}

#[test]
fn a_trace_shows_registrations_and_calls() {
    let output = lineside(&["trace", "--example"], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.contains("SEP001122334460") && shown.contains("1001 (Alice Liddell)"), "{shown}");
    let output = lineside(&["trace", "--example", "--calls", "--json"], b"");
    let call: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one call, one object");
    assert_eq!((&call["caller"], &call["callee"]), (&"1001".into(), &"1002".into()));
    let output = lineside(&["trace", "--example", "--registrations", "--json"], b"");
    assert_eq!(text(&output.stdout).lines().count(), 2);
    let output = lineside(&["trace", "--example", "--ladder", "1"], b"");
    assert!(text(&output.stdout).contains("OpenReceiveChannelAck"), "{}", text(&output.stdout));
    let output = lineside(&["trace", "--example", "--ladder", "7"], b"");
    assert!(text(&output.stderr).contains("numbered from 1 to 1"), "{}", text(&output.stderr));
}

#[test]
fn a_check_says_by_its_exit_code_whether_all_is_as_expected() {
    let path = std::env::temp_dir().join(format!("lineside-check-{}.pcapng", std::process::id()));
    std::fs::write(&path, trace::example::capture()).expect("a place for it");
    let file = path.to_str().expect("plain");
    let check = |expect: &str| lineside(&["trace", "check", file, "--expect", expect], b"");
    assert_eq!(check("answered, both-way audio, setup<200ms").status.code(), Some(0));
    let output = check("answered, setup<0.5ms");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("not setup < 0.5ms, found 1"), "{}", text(&output.stdout));
    assert_eq!(check("answerd").status.code(), Some(2));
    let same = lineside(&["trace", "diff", file, file], b"");
    assert_eq!((same.status.code(), text(&same.stdout)), (Some(0), String::new()));
    let cut = path.with_extension("cut");
    let capture = trace::example::capture();
    std::fs::write(&cut, &capture[..capture.len() / 2]).expect("a place for it");
    let broken = lineside(&["trace", "diff", file, cut.to_str().expect("plain")], b"");
    assert_eq!(broken.status.code(), Some(2));
    let _ = (std::fs::remove_file(path), std::fs::remove_file(cut));
}

/// Two calls for a moment: every packet comes through our relay and through the one that does nothing else.
#[test]
fn relays_are_measured_beside_each_other() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["load", "relay", "--calls", "2", "--duration", "0.4", "--json"])
        .output()
        .expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let figures = found["figures"].as_array().expect("a list");
    for kind in ["minimal", "lineside"] {
        let of_kind = figures.iter().find(|figures| figures["kind"] == kind).expect(kind);
        // Four streams, a packet each 20 ms: no more than that, however slow the machine.
        let sent = of_kind["sent"].as_u64().expect("a number");
        assert!((1..=80).contains(&sent), "{of_kind}");
        assert_eq!(of_kind["received"], of_kind["sent"], "{of_kind}");
    }
    let has_rtpengine = figures.iter().any(|figures| figures["kind"] == "rtpengine");
    assert_ne!(has_rtpengine, found["left_out"].is_string(), "{found}");
    if !has_rtpengine {
        assert!(std::env::var_os("CI").is_none(), "rtpengine is missing");
        eprintln!("SKIPPED: rtpengine is not installed");
    }
}
