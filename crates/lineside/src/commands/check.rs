//! `lineside check`: whether a configuration is right, and what it would change.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use exchange::plan::Plan;
use hyper::Method;
use serde_json::{Value, json};
use server::config::{self, Settings};
use server::store::Store;

use crate::client::{Client, Place};

/// Lines of one kind that are shown.
const SHOWN_MAX: usize = 20;

/// Check a configuration, and say what a reload would change and which phones would register anew.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The configuration
    #[arg(default_value = "lineside.toml", value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Answer in JSON, for other programs
    #[arg(long)]
    json: bool,
}

/// Checks. The exit code says whether it is right.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let settings = match config::load(&arguments.file) {
        Ok(settings) => settings,
        Err(errors) => {
            eprintln!("{errors}");
            let count = errors.0.len();
            eprintln!("{count} error{}; nothing was changed", if count == 1 { "" } else { "s" });
            return Ok(ExitCode::FAILURE);
        }
    };
    let client = Client::new(&arguments.place)?;
    let report = if client.is_there() {
        let text =
            std::fs::read_to_string(&arguments.file).context("the configuration can't be read again")?;
        let file = arguments.file.display().to_string();
        client.ask(Method::POST, "/check", Some(&json!({ "file": file, "text": text })))?
    } else {
        offline(&arguments.place, &settings)?
    };
    let mut out = stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        let (devices, lines) = (settings.plan.devices.len(), settings.plan.lines.len());
        writeln!(out, "{} is right: {devices} devices, {lines} lines", arguments.file.display())?;
        out.write_all(words(&report, false).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Against the devices that the last server took from its file.
fn offline(place: &Place, settings: &Settings) -> Result<Value> {
    let store = place.data().ok().and_then(|data| Store::open_to_read(&data).ok());
    let devices = store.and_then(|store| store.devices("file").ok()).unwrap_or_default();
    // The store has devices only: nothing else is compared.
    let Plan { site, lines, dial_plan, .. } = settings.plan.clone();
    let before = Plan { devices, site, lines, dial_plan, ..Plan::default() };
    Ok(serde_json::to_value(server::reload::difference(&before, &settings.plan))?)
}

/// A report for people.
pub fn words(report: &Value, is_done: bool) -> String {
    let mut out = String::new();
    let lists = [
        ("devices_added", "new", "+"),
        ("devices_removed", "gone", "-"),
        ("devices_reset", "registers anew as soon as it is idle", "~"),
        ("devices_changed", "changed; the phone need not be told", "~"),
        ("lines", "line changed", "~"),
        ("needs_restart", "takes effect at the next start", "!"),
    ];
    for (key, meaning, sign) in lists {
        let names: Vec<_> = report[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for name in names.iter().take(SHOWN_MAX) {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{sign} {name}: {meaning}");
        }
        if names.len() > SHOWN_MAX {
            let _ = writeln!(out, "{sign} … and {} more: {meaning}", names.len() - SHOWN_MAX);
        }
    }
    for (key, what) in [("site", "[site] changed"), ("dial_plan", "the dial plan changed")] {
        if report[key] == Value::Bool(true) {
            let _ = writeln!(out, "~ {what}");
        }
    }
    if out.is_empty() {
        return if is_done { "read again; nothing changed\n" } else { "nothing would change\n" }.into();
    }
    if let Some(now) = report["reset_now"].as_u64() {
        let after = report["reset_after_call"].as_u64().unwrap_or(0);
        let would = if is_done { "" } else { "would " };
        let _ = writeln!(
            out,
            "{now} registered phones {would}register anew, {after} of them after their call; no call is dropped"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_for_people() {
        let report = json!({ "devices_added": ["SEPA"], "devices_reset": ["SEPB"], "site": true,
            "reset_now": 1, "reset_after_call": 1 });
        assert_eq!(
            words(&report, false),
            "+ SEPA: new\n~ SEPB: registers anew as soon as it is idle\n~ [site] changed\n\
             1 registered phones would register anew, 1 of them after their call; no call is dropped\n"
        );
        assert_eq!(words(&json!({}), false), "nothing would change\n");
        let many: Vec<_> = (0..30).map(|index| format!("SEP{index}")).collect();
        assert!(words(&json!({ "devices_added": many }), true).contains("+ … and 10 more: new"));
    }
}
