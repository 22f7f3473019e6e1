//! Running tshark, or saying loudly that it is not there.

use std::ffi::OsStr;
use std::io::{BufReader, Write as _, stderr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::pdml::{self, Segment};

/// The version whose ways the tables of exceptions describe.
const KNOWN: &str = "4.0.";

/// The version of the installed tshark. Without one the test is skipped, in CI it fails.
pub fn version() -> Option<String> {
    let output = Command::new("tshark").arg("--version").stderr(Stdio::null()).output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let version = text.and_then(|text| Some(text.lines().next()?.split(' ').nth(2)?.to_owned()));
    match &version {
        None => skipped("tshark is not installed"),
        Some(version) if !version.starts_with(KNOWN) => {
            say(&format!("tshark {version}: the tables of exceptions describe {KNOWN}x and may not fit"));
        }
        Some(_) => {}
    }
    version
}

/// A file beside the repository (`captures/…`, `protocol/…`): other people's data, never copied into it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if file.exists() {
        return Some(file);
    }
    say(&format!("SKIPPED: {} is absent", file.display()));
    None
}

/// Past the test harness, which hides what a passing test prints.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

fn skipped(why: &str) {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(!in_ci, "{why}, and CI must run this test");
    say(&format!("SKIPPED: {why}"));
}

/// The TCP segments of a capture file, with what tshark makes of the messages that end in each.
pub fn dissect(file: impl AsRef<OsStr>) -> Vec<Segment> {
    let mut child = Command::new("tshark")
        .arg("-r")
        .arg(file)
        .args(["-n", "-T", "pdml", "-J", "tcp skinny", "-Y", "tcp", "--disable-protocol", "xml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("tshark was found");
    let segments = pdml::read(BufReader::new(child.stdout.take().expect("piped")));
    assert!(child.wait().expect("tshark ends").success(), "tshark failed");
    segments
}
