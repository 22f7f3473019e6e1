//! What our own server and phones do, as the analyser tells it: from the server's ring on disk, and from its live lines. Each feature is
//! one story.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use server::ring::{Files, LiveLines, Ring, RingLimits};
use server::{Config, Server};
use trace::analysis::{Analysis, Analyst, Captured, Options};
use trace::source::{Inputs, Mixed};

const PHONES: &str = r#"
[variables]
a = "1001"
b = "1002"
c = "1003"
[phones.a]
device = "SEP02112233A001"
model = "7960"
[phones.b]
device = "SEP02112233A002"
model = "7965"
[phones.c]
device = "SEP02112233A003"
model = "7941"
"#;

const REGISTERED: &str = r#"
    { expect = "a", registration = "registered" },
    { expect = "b", registration = "registered" },
    { expect = "c", registration = "registered" },
"#;

const TALKING: &str = r#"
    { a = "dial $b" },
    { expect = "b", call = "ring in" },
    { b = "answer" },
    { expect = "a", call = "connected", media = "both" },
    { expect = "b", call = "connected", media = "both" },
"#;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios").join(name)
}

/// A scenario of these steps.
fn written(folder: &Path, steps: &str) -> PathBuf {
    let path = folder.join("scenario.toml");
    let text = format!("name = \"story\"\nsteps = [\n{REGISTERED}{steps}]\n{PHONES}");
    std::fs::write(&path, text).expect("written");
    path
}

/// Plays a scenario against a server of its own; gives what its ring and its live lines tell.
fn played(folder: &Path, scenario: &Path) -> [PathBuf; 2] {
    let mut settings = server::config::load(&example("../site.toml")).expect("the site's file is right");
    settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let counters = Arc::default();
    let (tape, reel) = server::tape::tape(Arc::clone(&counters));
    let (ring, live) = (folder.join("ring"), folder.join("live.txt"));
    let limits = RingLimits { secrets: true, ..RingLimits::default() };
    let files = Files::open(&ring, limits.clone()).expect("a folder");
    let lines = LiveLines::new(Box::new(std::fs::File::create(&live).expect("a file")));
    let writer =
        Ring::new(Some(files), Some(lines), &limits, Arc::clone(&counters)).spawn(reel).expect("a thread");
    let mut config = Config { tape: Some(tape), counters, ..Config::from(settings) };
    config.plan.site.features.park_slots = vec!["71".into()];
    let server = Server::start(config).expect("the server starts");
    let address = server.addresses[0].to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["phone", "run", "--quiet", "--server", &address])
        .arg(scenario)
        .output()
        .expect("the program runs");
    server.stop();
    server.join().expect("the server ends");
    writer.join().expect("the ring ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    [ring, live]
}

fn analysed(path: &Path) -> Analysis {
    let mut analyst = Analyst::new(Options::default());
    let inputs = Inputs::find(&[path.to_owned()]).expect("it is a source");
    let _ = Mixed::new(inputs).run(&mut Captured::new(&mut analyst, 0));
    analyst.finish()
}

/// Each call: its parties, its outcome, its legs, its story.
fn story(analysis: &Analysis) -> String {
    let mut out = String::new();
    for call in analysis.calls() {
        let phone = |leg: usize| analysis.phone(&call.legs[leg]).label().replace("SEP02112233A00", "phone ");
        let parties = format!("{} → {}", call.caller.text(), call.callee.text());
        out.push_str(&format!("{parties}: {}, begun by {}\n", call.outcome.text(), call.started.text()));
        for (index, leg) in call.legs.iter().enumerate() {
            out.push_str(&format!("  leg {index}: {} on {}\n", leg.role.text(), phone(index)));
        }
        for step in &call.story {
            out.push_str(&format!("  {} {}\n", phone(usize::from(step.leg)), step.kind.text()));
        }
    }
    out
}

/// The ring's story, when it is one call.
fn one_story(scenario: impl Fn(&Path) -> PathBuf) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let [ring, _] = played(folder.path(), &scenario(folder.path()));
    let ring = analysed(&ring);
    let story = story(&ring);
    assert_eq!(ring.len(), 1, "{story}");
    assert_eq!(
        ring.registrations.iter().filter(|found| found.phone.name.is_some()).count(),
        ring.registrations.len()
    );
    story
}

#[test]
fn hold_is_one_story_and_the_live_lines_tell_the_same_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = format!(
        r#"{TALKING}
    {{ a = "press Hold" }},
    {{ expect = "a", call = "hold" }},
    {{ a = "press Resume" }},
    {{ expect = "a", call = "connected", media = "both" }},
    {{ a = "hangup" }},
    {{ expect = "b", calls = 0 }},
"#
    );
    let [ring, live] = played(folder.path(), &written(folder.path(), &steps));
    let [ring, live] = [analysed(&ring), analysed(&live)];
    insta::assert_snapshot!("hold", story(&ring));
    let told = |analysis: &Analysis| {
        analysis.calls().map(|call| (call.outcome, call.legs.len())).collect::<Vec<_>>()
    };
    assert_eq!(told(&live), told(&ring), "{}", story(&live));
}

#[test]
fn a_blind_transfer_is_one_story() {
    insta::assert_snapshot!("transfer_blind", one_story(|_| example("transfer-blind.toml")));
}

#[test]
fn a_consulted_transfer_is_one_story() {
    insta::assert_snapshot!("transfer_consulted", one_story(|_| example("transfer-consulted.toml")));
}

#[test]
fn a_conference_is_one_story() {
    let steps = format!(
        r#"{TALKING}
    {{ a = "press Confrn" }},
    {{ expect = "a", tone = "dial tone" }},
    {{ a = "keys $c" }},
    {{ expect = "c", call = "ring in" }},
    {{ c = "answer" }},
    {{ expect = "c", call = "connected", media = "both" }},
    {{ a = "press Confrn" }},
    {{ expect = "b", call = "connected", media = "both" }},
    {{ expect = "a", call = "connected", media = "both" }},
    {{ a = "hangup" }},
    {{ b = "hangup" }},
    {{ expect = "c", calls = 0 }},
"#
    );
    insta::assert_snapshot!("conference", one_story(|folder| written(folder, &steps)));
}

#[test]
fn parking_and_fetching_is_one_story() {
    let steps = format!(
        r#"{TALKING}
    {{ b = "press Park" }},
    {{ expect = "b", calls = 0 }},
    {{ c = "dial 71" }},
    {{ expect = "c", call = "connected", media = "both" }},
    {{ c = "hangup" }},
    {{ expect = "a", calls = 0 }},
"#
    );
    insta::assert_snapshot!("park", one_story(|folder| written(folder, &steps)));
}

#[test]
fn a_call_that_is_picked_up_is_one_story() {
    insta::assert_snapshot!("pickup", one_story(|_| example("pickup.toml")));
}

#[test]
fn a_call_that_is_picked_up_from_the_group_without_dialling_first_is_one_story() {
    let steps = r#"
    { a = "dial $b" },
    { expect = "b", call = "ring in" },
    { c = "press PickUp" },
    { expect = "b", calls = 0, ring = "none" },
    { expect = "c", call = "connected", media = "both" },
    { a = "hangup" },
    { expect = "c", calls = 0 },
"#;
    insta::assert_snapshot!("pickup_group", one_story(|folder| written(folder, steps)));
}

#[test]
fn a_forwarded_call_is_one_story() {
    let steps = r#"
    { b = "press CFwdALL" },
    { b = "keys $c" },
    { expect = "b", forward = "all 1003" },
    { a = "dial $b" },
    { expect = "c", call = "ring in" },
    { c = "answer" },
    { expect = "a", call = "connected", media = "both" },
    { a = "hangup" },
    { expect = "c", calls = 0 },
"#;
    let folder = tempfile::tempdir().expect("a folder");
    let [ring, _] = played(folder.path(), &written(folder.path(), steps));
    let ring = analysed(&ring);
    let story = story(&ring);
    assert!(story.contains("1001 (Alice) → 1003 (Carol): answered"), "{story}");
    insta::assert_snapshot!("forward", story);
}
