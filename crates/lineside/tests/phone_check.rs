//! `lineside phone-check` as a person uses it; the phone is an emulated one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use phone::{Act, Config, profile};
use softphone::{Driver, Setup};

/// Long for a busy machine; nothing waits that long when all is well.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_phone_is_checked_from_end_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("check.pcapng");
    let mut child = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args([
            "phone-check",
            "sep001122aabbcc",
            "--listen",
            "127.0.0.1:0",
            "--no-files",
            "--wait",
            "60",
            "--out",
        ])
        .arg(&out)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut person = child.stdin.take().expect("piped");
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = || {
        let mut line = String::new();
        output.read_line(&mut line).expect("reads");
        line
    };
    let first = line();
    let server = first.split_whitespace().find_map(|word| word.parse().ok()).expect("an address");
    let driver = Driver::start().expect("a driver");
    let setup = Setup::new(Config::new("SEP001122AABBCC", &profile::CISCO_7960), vec![server]);
    let phone = driver.add(setup).expect("a phone");
    person.write_all(b"y\ny\nmaybe\nyes\ny\ny\n").expect("answers");
    phone.wait_for("ringing", SOON, |phone| phone.ringing()).unwrap_or_else(|no| panic!("{no}"));
    phone.act(Act::Answer).expect("answers");
    person.write_all(b"y\ny\n").expect("answers");
    let mut text = first;
    while !text.contains("hang up") {
        let next = line();
        assert!(!next.is_empty(), "{text}");
        text.push_str(&next);
    }
    phone.act(Act::Hangup).expect("hangs up");
    loop {
        let next = line();
        if next.is_empty() {
            break;
        }
        text.push_str(&next);
    }
    assert!(child.wait().expect("ends").success(), "{text}");
    assert!(text.contains("7960 (type 7), protocol 11") && text.matches('✔').count() == 8, "{text}");
    let capture = std::fs::read(&out).expect("written");
    let has = |part: &[u8]| capture.windows(part.len()).any(|bytes| bytes == part);
    assert!(
        !has(b"001122AABBCC") && !has(b"Lineside check") && has(b"SEP"),
        "people and places are replaced"
    );
}
