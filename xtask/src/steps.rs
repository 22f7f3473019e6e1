//! The steps of a full check, in the order in which they fail fastest.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::{docs, setup};

/// How long the simulator runs in a full check.
const SIMULATION_SECS: u64 = 60;

/// Everything that CI does.
pub fn test() -> Result<()> {
    setup::install()?;
    cargo("format", &["fmt", "--all", "--check"])?;
    cargo("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    lint_sound()?;
    cargo("tests", &["test", "--workspace", "--quiet"])?;
    cargo("Opus", &["test", "--quiet", "-p", "media", "--features", "opus", "--test", "opus"])?;
    simulate()?;
    licences()?;
    if setup::has("valgrind") {
        cargo("instruction counts", &["bench", "--quiet", "-p", "skinny", "--bench", "instructions"])?;
    } else {
        eprintln!("xtask: SKIPPED: instruction counts need valgrind");
    }
    Ok(())
}

/// The sound card is a feature, since ALSA's headers may be absent.
fn lint_sound() -> Result<()> {
    if !setup::has(setup::ALSA_HEADER) {
        eprintln!("xtask: SKIPPED: lints of feature `audio` need libasound2-dev");
        return Ok(());
    }
    let features = ["--features", "audio,remote,ui"];
    let lints = [
        &["clippy", "-p", "softphone", "--all-targets", "--quiet"],
        &features[..],
        &["--", "-D", "warnings"],
    ];
    cargo("lints of the sound card", &lints.concat())
}

/// As many seeds as fit into a fixed time; their number is printed.
fn simulate() -> Result<()> {
    eprintln!("xtask: simulator: as many seeds as {SIMULATION_SECS} s hold");
    let request = sim::report::Request {
        seed: 1,
        steps: 5000,
        budget_secs: SIMULATION_SECS,
        ..sim::report::Request::default()
    };
    if !sim::report::main_loop(&request, &mut std::io::stderr().lock())? {
        bail!("the simulator found something: the ladder and the script above show it");
    }
    Ok(())
}

/// Licences, bans and sources always; advisories when their database can be fetched.
fn licences() -> Result<()> {
    if !setup::has("cargo-deny") {
        eprintln!("xtask: SKIPPED: licences and advisories need cargo-deny");
        return Ok(());
    }
    cargo("licences", &["deny", "--log-level", "error", "check", "licenses", "bans", "sources"])?;
    let mut fetched = Command::new("cargo");
    fetched.args(["deny", "--log-level", "error", "fetch", "db"]).current_dir(docs::root());
    if run_quietly(fetched) {
        cargo("advisories", &["deny", "--log-level", "error", "check", "--disable-fetch", "advisories"])
    } else {
        eprintln!("xtask: NOT CHECKED: advisories: their database can't be fetched from here");
        Ok(())
    }
}

fn run_quietly(mut command: Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Wall time, for people.
pub fn bench() -> Result<()> {
    cargo("codec", &["bench", "-p", "skinny", "--bench", "codec"])?;
    cargo("captures", &["bench", "-p", "trace", "--bench", "packets"])?;
    cargo("media", &["bench", "-p", "media"])
}

/// Runs cargo and says how long it took.
fn cargo(what: &str, arguments: &[&str]) -> Result<()> {
    eprintln!("xtask: {what}: cargo {}", arguments.join(" "));
    let start = Instant::now();
    let status = Command::new("cargo").args(arguments).current_dir(docs::root()).status()?;
    if !status.success() {
        bail!("{what}: cargo {} failed", arguments.join(" "));
    }
    eprintln!("xtask: {what}: done in {} s", start.elapsed().as_secs());
    Ok(())
}
