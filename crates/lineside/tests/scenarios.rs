//! The example scenarios pass against our server, through the command line, each on a server of its own; and
//! what fails is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use server::{Config, Running, Server};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios")
}

/// A server, and where its recordings are as long as it lives.
fn serve(site: &Path) -> (Running, tempfile::TempDir) {
    let data = tempfile::tempdir().expect("a folder");
    let mut settings = server::config::load(site).expect("the site's file is right");
    settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let config = Config { data: Some(data.path().into()), ..Config::from(settings) };
    (Server::start(config).expect("the server starts"), data)
}

fn play(server: &Running, files: &[PathBuf], options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["phone", "run", "--server", &server.addresses[0].to_string()])
        .args(options)
        .args(files)
        .output()
        .expect("the program runs")
}

/// The scenarios of a folder; a site's file is none.
fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let files = entries.map(|entry| entry.expect("a file").path());
    let is_scenario =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "toml") && !path.ends_with("site.toml");
    let mut files: Vec<_> = files.filter(is_scenario).collect();
    files.sort();
    files
}

/// Each file on a server of its own: a few at a time, since phones mostly wait.
fn each_passes_alone(files: &[PathBuf], site: &Path) {
    const AT_ONCE: usize = 6;
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failed = std::sync::Mutex::new(String::new());
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            let (server, _data) = serve(site);
            let output = play(&server, std::slice::from_ref(file), &["--quiet"]);
            server.stop();
            server.join().expect("the server ends");
            if !output.status.success() {
                let told = String::from_utf8_lossy(&output.stdout);
                let told = format!("{}\n{told}{}\n", file.display(), String::from_utf8_lossy(&output.stderr));
                failed.lock().expect("nobody panicked").push_str(&told);
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().expect("nobody panicked");
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn every_example_passes_against_our_server() {
    let files = scenarios(&examples());
    assert!(files.len() >= 60, "{files:?}");
    each_passes_alone(&files, &examples().join("../site.toml"));
}

#[test]
fn the_examples_of_another_site_pass_against_our_server() {
    let folder = examples().join("../other-site");
    let files = scenarios(&folder);
    assert!(files.len() >= 3, "{files:?}");
    each_passes_alone(&files, &folder.join("site.toml"));
}

#[test]
fn all_examples_in_one_command_pass_against_one_server() {
    let (server, _data) = serve(&examples().join("../site.toml"));
    // Faults take their time, and passed alone.
    let takes_time = |path: &PathBuf| path.to_string_lossy().contains("fault-");
    let files: Vec<PathBuf> = scenarios(&examples()).into_iter().filter(|path| !takes_time(path)).collect();
    let output = play(&server, &files, &["--quiet"]);
    server.stop();
    server.join().expect("the server ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The table of examples in the manual is that of the folders.
#[test]
fn the_manual_names_every_example() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenarios.md");
    let manual = std::fs::read_to_string(path).expect("the manual is there");
    let mut missing = String::new();
    for (folder, name) in [(examples(), "scenarios"), (examples().join("../other-site"), "other-site")] {
        for file in scenarios(&folder) {
            let scenario = softphone::scenario::Scenario::load(&file).expect("it can be read");
            let name = format!("{name}/{}", file.file_name().expect("a name").to_string_lossy());
            let row = format!("| [{name}](../examples/{name}) | {} |\n", scenario.description);
            if !manual.contains(&row) {
                missing.push_str(&row);
            }
        }
    }
    assert!(missing.is_empty(), "docs/scenarios.md lacks:\n{missing}");
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
    let (server, _data) = serve(&examples().join("../site.toml"));
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
    let (file, site) = (folder.path().join("recorded.toml"), folder.path().join("site.toml"));
    std::fs::write(&file, &text).expect("written");
    std::fs::write(&site, SITE_OF_THE_DEMO).expect("written");
    let (server, _data) = serve(&site);
    let output = play(&server, &[file], &["--quiet"]);
    server.stop();
    server.join().expect("the server ends");
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stdout));
}

/// Real captures, which stand beside the repository and not in it.
fn real_capture(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// What `lineside phone record` makes of a capture.
fn recorded(capture: &Path) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_lineside"));
    let output = { program }.args(["phone", "record"]).arg(capture).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A recording passes against our server, with a site where numbers and names are those of the capture.
fn passes(text: &str, site: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, site_file) = (folder.path().join("recorded.toml"), folder.path().join("site.toml"));
    std::fs::write(&file, text).expect("written");
    std::fs::write(&site_file, site).expect("written");
    let (server, _data) = serve(&site_file);
    let output = play(&server, &[file], &["--quiet"]);
    server.stop();
    server.join().expect("the server ends");
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_call_from_the_middle_of_a_real_capture_is_played() {
    let Some(capture) = real_capture("ndpi-skinny.pcap") else { return };
    let text = recorded(&capture);
    for part in ["{ a = \"dial 307\" }", "calling = \"321 RIX Meeting Room\"", "{ b = \"offhook\" }"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    passes(
        &text,
        r#"
        device = [
            { name = "SEP020000000000", button = [{ line = "321" }] },
            { name = "SEP020000000001", button = [{ line = "307" }] },
        ]
        line = [
            { number = "321", name = "RIX Meeting Room" },
            { number = "307", name = "Ervins Gailiss" },
        ]
        "#,
    );
}

/// 35 registrations and six calls of an old CallManager, which refuses some of them for want of a licence; its phones
/// press softkeys that they were not given.
#[test]
fn hours_of_a_real_capture_are_played() {
    let Some(capture) = real_capture("pyskinny-cm2_register.pcapng") else { return };
    let text = recorded(&capture);
    assert_eq!(text.matches("the server refuses: \"Error: No License\"; not played").count(), 7, "{text}");
    assert!(text.contains("# a sends a softkey, of which the server gave it none"), "{text}");
    assert!(text.contains("# \"pyskinny01\": no model here is a VirtualPhone14; played as a 7960"), "{text}");
    assert_eq!(text.matches("ring = \"inside ring\"").count(), 6, "{text}");
    passes(
        &text,
        r#"
        device = [
            { name = "pyskinny01", button = [{ line = "1091" }] },
            { name = "pyskinny02", button = [{ line = "1092" }] },
            { name = "pyskinny03", button = [{ line = "1093" }] },
        ]
        line = [
            { number = "1091", name = "Line 1091" },
            { number = "1092", name = "Line 1092" },
            { number = "1093", name = "Line 1093" },
        ]
        "#,
    );
}

#[test]
fn hardware_of_a_real_capture_is_told_and_not_played() {
    let Some(capture) = real_capture("ndpi-sccp_hw_conf_register.pcapng") else { return };
    let text = recorded(&capture);
    assert!(text.contains("and no phone: not played; `lineside resource` is one"), "{text}");
    assert!(text.contains("# no phone is in this capture: there is nothing to play"), "{text}");
    passes(&text, "");
}

/// The people of `lineside demo`, as a file.
const SITE_OF_THE_DEMO: &str = r#"
device = [
    { name = "SEP021122330001", button = [{ line = "1001" }] },
    { name = "SEP021122330002", button = [{ line = "1002" }] },
    { name = "SEP021122330003", button = [{ line = "1003" }] },
    { name = "SEP021122330004", button = [{ line = "1004" }] },
]
line = [
    { number = "1001", name = "Alice", calls_max = 4, busy_trigger = 1 },
    { number = "1002", name = "Bob", calls_max = 4, busy_trigger = 1 },
    { number = "1003", name = "Carol", calls_max = 4, busy_trigger = 1 },
    { number = "1004", name = "Dave", calls_max = 4, busy_trigger = 1 },
]
"#;

#[test]
fn the_reference_in_the_manual_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scenarios.md");
    let manual = std::fs::read_to_string(path).expect("the manual is there");
    let reference = softphone::scenario::reference();
    assert!(manual.contains(&reference), "docs/scenarios.md lacks what the program says:\n{reference}");
}
