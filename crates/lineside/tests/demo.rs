//! The demo passes, and what the server emits in it is well-formed to an independent decoder.

use std::process::{Command, Stdio};

/// Messages that tshark 4.0.17 calls malformed though real phones send them so, by id: it reads the packed
/// version-22 form of ConnectionStatisticsRes from version 18 on (real dumps of version 20 are aligned).
const WRONGLY_MALFORMED: [&str; 1] = ["0x00000023"];

#[test]
fn every_step_is_verified_and_the_capture_dissects() {
    let folder = std::env::temp_dir().join(format!("lineside-demo-test-{}", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["demo", "--json", "--keep"])
        .arg(&folder)
        .output()
        .expect("the program runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["verified"], true, "{report:#}");
    assert!(output.status.success());

    let capture = folder.join("demo.pcapng");
    let ours = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["trace", "--messages"])
        .arg(&capture)
        .output()
        .expect("it runs");
    let lines = String::from_utf8_lossy(&ours.stdout).lines().count() as u64;
    assert_eq!(Some(lines), report["frames"].as_u64());
    dissect(&capture, lines);
    // Left behind when the test fails, to look at.
    let _ = std::fs::remove_dir_all(&folder);
}

fn dissect(capture: &std::path::Path, frames: u64) {
    if Command::new("tshark").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tshark is not installed");
        eprintln!("SKIPPED: tshark is not installed");
        return;
    }
    let fields = |filter: &str| {
        let output = Command::new("tshark")
            .arg("-r")
            .arg(capture)
            .args(["-Y", filter, "-T", "fields", "-e", "skinny.messageId"])
            .output()
            .expect("tshark runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().flat_map(|line| line.split(',')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(fields("skinny").len() as u64, frames);
    for id in fields("_ws.malformed") {
        let hex = id.parse::<u32>().map_or(id.clone(), |number| format!("{number:#010x}"));
        assert!(WRONGLY_MALFORMED.contains(&hex.as_str()), "tshark calls a {id} malformed");
    }
}
