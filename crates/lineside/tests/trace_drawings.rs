//! Drawings and the terminal UI of `lineside trace`, as a user has them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn lineside(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lineside")).args(arguments).output().expect("the program runs")
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}

#[test]
fn one_call_as_every_drawing() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = ["a.html", "a.svg", "a.md", "a.pcapng"].map(|name| file(folder.path(), name));
    let names: Vec<&str> = paths.iter().map(|path| path.to_str().expect("text")).collect();
    let arguments = [
        "trace",
        "--example",
        "--html",
        names[0],
        "--svg",
        names[1],
        "--markdown",
        names[2],
        "--pcapng",
        names[3],
    ];
    let output = lineside(&arguments);
    assert!(output.status.success(), "{output:?}");
    let text = |at: usize| String::from_utf8_lossy(&std::fs::read(&paths[at]).expect("written")).into_owned();
    assert!(text(0).starts_with("<!doctype html>") && text(0).contains("Alice Liddell"));
    assert!(text(1).starts_with("<svg") && text(2).contains("sequenceDiagram"));
    // What was exported is read again, and is the same call.
    let again = lineside(&["trace", names[3], "--calls", "--json"]);
    let call: serde_json::Value = serde_json::from_slice(&again.stdout).expect("one call");
    assert_eq!(
        (call["outcome"].as_str(), call["caller"].as_str()),
        (Some("answered"), Some("1001")),
        "{call}"
    );
}

#[test]
fn redacted_drawings_name_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), "r.html");
    let output = lineside(&["trace", "--example", "--redact", "--html", path.to_str().expect("text")]);
    assert!(output.status.success(), "{output:?}");
    let page = std::fs::read_to_string(&path).expect("written");
    // The number alone is also in the hex of a message's id.
    for secret in ["Alice", "\"1001", " 1001", "SEP001122334460", "192.0.2.60"] {
        assert!(!page.contains(secret), "{secret}");
    }
    let output = lineside(&["trace", "--example", "--ladder", "1", "--redact"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !text.contains("Alice") && text.contains("SEP00000000000"), "{text}");
}

#[test]
fn a_text_trace_and_a_capture_are_one_view() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = file(folder.path(), "ccm_20260105.txt");
    let line = "09:00:03.000 CCM|StationInit - InboundStim - OffHookMessageID tcpHandle=0x4fb\n";
    std::fs::write(&trace, line).expect("written");
    let output = lineside(&["trace", trace.to_str().expect("text"), "--messages", "--json"]);
    let message: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one message");
    assert_eq!(
        (message["name"].as_str(), message["direction"].as_str()),
        (Some("OffHook"), Some("phone-to-server"))
    );
    assert_eq!(message["time"].as_f64(), Some(1_767_603_603.0), "the day comes from the file's name");
}

#[test]
fn the_sound_of_a_call_needs_rtp() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = file(folder.path(), "sound");
    let output = lineside(&["trace", "--example", "--wav", sound.to_str().expect("text")]);
    assert!(!output.status.success() && !sound.exists());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing to hear"), "{output:?}");
    let ndpi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures/ndpi-skinny.pcap");
    if !ndpi.exists() {
        eprintln!("SKIPPED: {} is not there", ndpi.display());
        return;
    }
    let arguments = ["trace", ndpi.to_str().expect("text"), "--wav", sound.to_str().expect("text")];
    let output = lineside(&arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && sound.join("call-1.wav").exists(), "{output:?}");
    assert!(said.contains("the caller left") && said.contains("recording"), "{said}");
}

/// A session of tmux that ends with the test.
struct Tmux(String);

impl Tmux {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new("tmux").args(["-L", &self.0]).args(arguments).output().expect("tmux runs")
    }

    /// Presses keys until the screen shows what is wanted.
    fn until(&self, keys: &[&str], wanted: &str) -> String {
        for key in keys {
            self.run(&["send-keys", "-t", "t", key]);
        }
        let mut screen = String::new();
        // Each look starts a program: that many take longer than any screen.
        for _ in 0..3000 {
            screen =
                String::from_utf8_lossy(&self.run(&["capture-pane", "-p", "-t", "t"]).stdout).into_owned();
            if screen.contains(wanted) {
                return screen;
            }
        }
        panic!("{wanted} never showed:\n{screen}");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn the_terminal_ui_under_tmux() {
    if Command::new("tmux").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tmux must be there in CI");
        eprintln!("SKIPPED: tmux is not installed");
        return;
    }
    let tmux = Tmux(format!("lineside-{}", std::process::id()));
    let program = format!("{} trace --ui --example", env!("CARGO_BIN_EXE_lineside"));
    tmux.run(&["new-session", "-d", "-s", "t", "-x", "150", "-y", "30", &program]);
    tmux.until(&[], "Calls: 1 of 1");
    tmux.until(&["Tab"], "Registrations: 2 of 2");
    tmux.until(&["Tab", "Enter"], "call manager");
    tmux.until(&["/", "c", "a", "l", "l", "i", "n", "f", "o", "Enter"], "calling_party_name");
    // Another size, and nothing breaks.
    tmux.run(&["resize-window", "-t", "t", "-x", "60", "-y", "12"]);
    tmux.until(&["F1"], "Keys");
    tmux.until(&["Escape"], "Esc back");
    tmux.until(&["Escape"], "Calls: 1 of 1");
}
