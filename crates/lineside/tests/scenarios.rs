//! The example scenarios pass against our server, through the command line, each on a server of its own; and
//! what fails is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use server::{Config, Running, Server};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios")
}

fn serve() -> Running {
    let site = examples().join("../site.toml");
    let mut settings = server::config::load(&site).expect("the site's file is right");
    settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    Server::start(Config::from(settings)).expect("the server starts")
}

fn play(server: &Running, files: &[PathBuf], options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["phone", "run", "--server", &server.addresses[0].to_string()])
        .args(options)
        .args(files)
        .output()
        .expect("the program runs")
}

fn scenarios() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(examples()).expect("the examples are there");
    let files = entries.map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

#[test]
fn every_example_passes_against_our_server() {
    let files = scenarios();
    assert!(files.len() >= 12, "{files:?}");
    for file in files {
        let server = serve();
        let output = play(&server, std::slice::from_ref(&file), &["--quiet"]);
        server.stop();
        server.join().expect("the server ends");
        assert!(output.status.success(), "{}\n{}", file.display(), String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn all_examples_in_one_command_pass_against_one_server() {
    let server = serve();
    let output = play(&server, &scenarios(), &["--quiet"]);
    server.stop();
    server.join().expect("the server ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_failure_says_what_was_seen_instead_and_ends_with_1() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wrong.toml");
    let text = r#"
name = "wrong <&>"
steps = [
    { expect = "a", registration = "registered" },
    { a = "dial 1002" },
    { expect = "a", call = "connected", within = 0.2 },
]
[phones.a]
device = "SEP02112233A001"
"#;
    std::fs::write(&file, text).expect("written");
    let junit = folder.path().join("junit.xml");
    let server = serve();
    let output = play(&server, &[file], &["--json", "--junit", &junit.display().to_string()]);
    server.stop();
    server.join().expect("the server ends");
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8(output.stdout).expect("text");
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let last = events.last().expect("events");
    assert_eq!((&last["event"], &last["failed"]["line"]), (&"ended".into(), &6.into()));
    let why = last["failed"]["why"].as_str().expect("text");
    assert!(why.contains("call was") && why.contains("not connected"), "{why}");
    let xml = std::fs::read_to_string(junit).expect("written");
    assert!(xml.contains("failures=\"1\"") && xml.contains("wrong &lt;&amp;&gt;"), "{xml}");
}

#[test]
fn a_mistake_in_a_file_ends_with_2_and_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mistake.toml");
    std::fs::write(&file, "steps = [\n  { a = 'dail 1002' },\n]\n").expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["phone", "run"])
        .arg(&file)
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("mistake.toml, line 2: \"dail\" is no command"), "{told}");
}

#[test]
fn a_capture_becomes_a_scenario_that_our_server_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["demo", "--json", "--keep"])
        .arg(folder.path())
        .output()
        .expect("the program runs");
    assert!(demo.status.success());
    let record = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["phone", "record"])
        .arg(folder.path().join("demo.pcapng"))
        .output()
        .expect("the program runs");
    let text = String::from_utf8(record.stdout).expect("text");
    let scenario = softphone::scenario::Scenario::parse(&text, folder.path()).expect("it can be read");
    assert_eq!(scenario.phones.len(), 4, "{text}");
    for part in
        ["device = \"SEP021122330001\"", "keys 1002", "call = \"ring in\"", "calling = \"1001 Alice\""]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn the_reference_in_the_manual_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenarios.md");
    let manual = std::fs::read_to_string(path).expect("the manual is there");
    let reference = softphone::scenario::reference();
    assert!(manual.contains(&reference), "docs/scenarios.md lacks what the program says:\n{reference}");
}
