//! `lineside explain` as a user runs it.

use std::process::{Command, Output};

const SITE: &str = r#"
[[calling_search_space]]
name = "inland"
partitions = ["national"]

[[route_pattern]]
pattern = "9.1[2-9]XX[2-9]XXXXXX"
partition = "national"
description = "long distance"
trunk = 1
discard = "PreDot"
outside_dial_tone = true

[[route_pattern]]
pattern = "9.!"
partition = "national"
trunk = 2
discard = "PreDot"
outside_dial_tone = true

[[route_pattern]]
pattern = "9.911"
trunk = 1
discard = "PreDot"
emergency = true

[[translation_pattern]]
pattern = "8XXX"
mask = "1XXX"

[[device]]
name = "SEP001122334455"
calling_search_space = "inland"
[[device.button]]
line = "1001"
label = "Alice"

[[device]]
name = "SEP001122334456"
[[device.button]]
line = "1002"
label = "Bob"
"#;

fn explain(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("lineside.toml");
    std::fs::write(&config, SITE).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lineside"));
    command.arg("explain").arg("--config").arg(config).args(arguments);
    command.output().expect("it runs")
}

#[test]
fn a_call_to_the_outside() {
    let output = explain(&["--from", "1001", "--dial", "918005551212"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).expect("text");
    insta::assert_snapshot!(said, @r#"
    1001 (Alice) on SEP001122334455
      calling search space of the line: none
      calling search space of the device: inland
      may dial what is in: national, then no partition; emergency numbers always

    key by key
      9                       dial tone stops    more must come
      91                      outside dial tone  is 9.! already, and may go on
      918                                        is 9.! already, and may go on
      9180                                       is 9.! already, and may go on
      91800                                      is 9.! already, and may go on
      918005                                     is 9.! already, and may go on
      9180055                                    is 9.! already, and may go on
      91800555                                   is 9.! already, and may go on
      918005551                                  is 9.! already, and may go on
      9180055512                                 is 9.! already, and may go on
      91800555121                                is 9.! already, and may go on
      918005551212                               is 9.1[2-9]XX[2-9]XXXXXX, 9.! already, and may go on
      called 5 s after the last key: a longer number is possible

    918005551212
      ✔ route 9.1[2-9]XX[2-9]XXXXXX in partition national (long distance), matches 6400000000 numbers of this length
        route 9.! in partition national, matches 100000000000 numbers of this length: less close, or searched later
      → trunk 1, as 18005551212

    trunk 1 as 18005551212
    "#);
}

#[test]
fn what_is_refused_fails() {
    let output = explain(&["--from", "1002", "--dial", "918005551212"]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stdout).expect("text");
    insta::assert_snapshot!(said, @r#"
    1002 (Bob) on SEP001122334456
      calling search space of the line: none
      calling search space of the device: none
      may dial what is in: no partition; emergency numbers always

    key by key
      9                       dial tone stops    more must come
      91                                         nothing begins with this
      refused at once: whatever follows, it is no number; 8005551212 comes too late and belongs to no number

    91
      ✘ route 9.! in partition national, matches 10 numbers of this length; this caller may not dial it
      → refused: no such number, or none that this caller may dial

    refused, cause 1: no such number, or none that this caller may dial
    "#);
}

#[test]
fn a_translation_and_an_emergency_call() {
    let said = String::from_utf8(explain(&["--from", "1001", "--dial", "8002"]).stdout).expect("text");
    insta::assert_snapshot!(said, @r#"
    1001 (Alice) on SEP001122334455
      calling search space of the line: none
      calling search space of the device: inland
      may dial what is in: national, then no partition; emergency numbers always

    key by key
      8                       dial tone stops    more must come
      80                                         more must come
      800                                        more must come
      8002                                       complete
      called at once: no longer number is possible

    8002
      ✔ translation 8XXX, matches 1000 numbers of this length
      → means 1002

    1002
      ✔ line 1002 (Bob), matches 1 number of this length
      → line 1002

    line 1002 (Bob): rings SEP001122334456 if registered; busy from 2 calls on
    "#);
    let said = String::from_utf8(explain(&["--from", "1002", "--dial", "9911"]).stdout).expect("text");
    insta::assert_snapshot!(said, @r#"
    1002 (Bob) on SEP001122334456
      calling search space of the line: none
      calling search space of the device: none
      may dial what is in: no partition; emergency numbers always

    key by key
      9                       dial tone stops    more must come
      99                                         more must come
      991                                        more must come
      9911                                       complete
      called at once: what matches is urgent

    9911
      ✔ emergency route 9.911, matches 1 number of this length
      ✘ route 9.! in partition national, matches 1000 numbers of this length; this caller may not dial it
      → trunk 1, as 911

    emergency call, over all limits and classes: trunk 1 as 911
    "#);
}

#[test]
fn json_for_other_tools() {
    let output = explain(&["--from", "1001", "--dial", "91", "--en-bloc", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["destination"], serde_json::json!({"to": "trunk", "trunk": 2, "number": "1"}));
    assert_eq!(said["complete"], "en_bloc");
}

#[test]
fn the_nearest_line_is_named() {
    let output = explain(&["--from", "101", "--dial", "1"]);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said, "lineside: there is no line 101 in this configuration; the nearest line is 1001\n");
}
