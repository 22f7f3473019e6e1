//! Calls with sound for a long time. Of each three groups of phones the first is recorded (so its calls are relayed,
//! and its conferences mixed and recorded), the second is relayed because its digits come in different ways, the third
//! talks directly; a part of all calls is held, which plays music, and another becomes a conference of three.
//!
//! No call may fail, no stream may be one-way; memory, descriptors and sockets must be where they were after the warm-up.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::watch::Held;
use super::{Arguments, generate, last_words, memory, serve};

/// Phones: groups of three, more than ever call at once.
pub const PHONES: u32 = 240;
/// Calls per second.
pub const RATE: u32 = 2;
/// Calls before anything is compared.
const WARM_UP_SECS: u64 = 120;
/// Length of a call in milliseconds.
const HOLD_MS: &str = "15000";
/// Part of the calls that are held.
const HELD: &str = "0.3";
/// Part of the calls that become conferences.
const CONFERENCES: &str = "0.3";
/// Memory that may come on top, in KiB.
const GROWTH_KIB_MAX: u64 = 8 * 1024;
/// Descriptors that may come on top: files of the journal.
const DESCRIPTORS_MORE_MAX: usize = 2;
/// Recordings that are kept.
const RECORDINGS_MEGABYTES: u32 = 64;
/// Why calls go through the server in this run, as their records say it.
const REASONS: [&str; 3] = ["recorded", "digits in another way", "conference"];

/// Runs it and says what was found.
pub fn soak(arguments: &Arguments, folder: &Path) -> Result<()> {
    let server = serve(arguments, folder, |devices| configuration(devices, arguments.phones()))?;
    let pid = server.0.id();
    calls(arguments, pid, WARM_UP_SECS).with_context(|| last_words(folder))?;
    let none = Held { descriptors: 0, udp: 0 };
    let first = Held::by(pid)?;
    let before = Held::settled(pid, Held { udp: 0, ..first }).unwrap_or(none);
    let found = calls(arguments, pid, arguments.minutes * 60).with_context(|| last_words(folder))?;
    let (rss_before, rss_after) = memory(&found)?;
    let after = Held::settled(pid, before)?;
    let said = summary(&found, folder)?;
    eprintln!("{said}");
    eprintln!("memory {rss_before} → {rss_after} KiB; {before} → {after}");
    let grown = rss_after.saturating_sub(rss_before);
    ensure!(grown <= GROWTH_KIB_MAX, "memory grew by {grown} KiB; {GROWTH_KIB_MAX} are allowed");
    ensure!(after.udp <= before.udp, "{} UDP sockets were left open", after.udp - before.udp);
    let more = after.descriptors.saturating_sub(before.descriptors);
    ensure!(more <= DESCRIPTORS_MORE_MAX, "{more} descriptors were left open");
    Ok(())
}

fn calls(arguments: &Arguments, pid: u32, seconds: u64) -> Result<serde_json::Value> {
    let shape = ["--rtp", "--hold", HOLD_MS, "--held", HELD, "--conference", CONFERENCES];
    let duration = seconds.to_string();
    let more: Vec<&str> = shape.into_iter().chain(["--duration", &duration]).collect();
    generate(arguments, pid, &more)
}

/// The server's file, out of that of its phones.
fn configuration(devices: &str, phones: u32) -> String {
    const DEVICE: &str = "[[device]]\n";
    let mut text = String::from("[media]\nport_first = 40000\nport_last = 59998\n\n");
    for (index, device) in devices.split(DEVICE).skip(1).enumerate() {
        let way = if index % 9 == 4 { "digits = \"events\"\n" } else { "" };
        text.extend([DEVICE, way, device]);
    }
    // Writing to a String can't fail.
    let _ = writeln!(text, "[recording]\nkeep_megabytes = {RECORDINGS_MEGABYTES}\n");
    for group in (0..phones / 3).step_by(3) {
        let _ = writeln!(text, "[[line]]\nnumber = \"{}\"\nrecord = \"always\"\n", 1000 + group * 3);
    }
    text
}

/// What was done; an error where something was not that is to be shown.
fn summary(report: &serde_json::Value, folder: &Path) -> Result<String> {
    let number = |path: &str| {
        let found = report.pointer(path).and_then(serde_json::Value::as_u64);
        found.with_context(|| format!("the report has no {path}: {report}"))
    };
    let journal = std::fs::read_to_string(folder.join("data/records.jsonl")).context("the records")?;
    let mut said = format!(
        "{} calls; {} packets sent, {} received, {} lost",
        number("/calls/completed")?,
        number("/sound/sent")?,
        number("/sound/received")?,
        number("/sound/lost")?
    );
    for reason in REASONS {
        let quoted = format!("\"{reason}\"");
        let count = journal.lines().filter(|line| line.contains(&quoted)).count();
        ensure!(count > 0, "no call went through the server because of: {reason}");
        let _ = write!(said, "; {count} × {reason}");
    }
    let recordings = folder.join("data/recordings");
    let kept = std::fs::read_dir(&recordings).context("the recordings")?.count();
    ensure!(kept > 0, "nothing was recorded");
    let _ = write!(said, "; {kept} recordings kept");
    Ok(said)
}
