//! `cargo xtask trace-bench`: what `lineside trace` costs beside tshark and tcpdump on the same file, in one run.
//!
//! Only ratios of CPU time mean anything: wall time on a machine that others use does not.

#![allow(clippy::print_stdout, reason = "figures are what is asked for")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use serde_json::{Value, json};
use trace::reader::FrameReader;

use crate::{big_capture, docs, setup};

/// Complete calls in the smaller file of our own phones, and how many times more the larger one has.
const OWN_CALLS: u32 = 4000;
const LARGER: u32 = 10;
/// The goals: CPU beside `tcpdump -r`, rates beside tshark's, memory.
const TCPDUMP_TIMES: f64 = 4.0;
const FIELDS_TIMES: f64 = 30.0;
const JSON_TIMES: f64 = 25.0;
const PEAK_MIB: f64 = 60.0;
/// What the larger file may take more, in MiB: the index of its calls, and what an allocator does not give back.
const GROWTH_MIB: f64 = 8.0;

/// What tshark is asked for.
const FIELDS: [&str; 12] = [
    "-T",
    "fields",
    "-e",
    "frame.number",
    "-e",
    "ip.src",
    "-e",
    "ip.dst",
    "-e",
    "skinny.messageId",
    "-e",
    "skinny.callReference",
];
const JSON: [&str; 4] = ["-T", "json", "-j", "skinny"];

/// What reading costs.
#[derive(Debug, Args)]
pub struct Bench {
    /// The large capture; made when it is not there
    #[arg(value_name = "FILE")]
    capture: PathBuf,
    /// Only Lineside and tcpdump: tshark takes its time
    #[arg(long)]
    quick: bool,
    /// Let tshark read so many packets only, which are as many messages as Lineside finds in them; 0: all
    #[arg(long, default_value_t = 0)]
    tshark_packets: u64,
    /// How often the fast programs run, in turn; means are shown
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One JSON object in place of the table
    #[arg(long)]
    json: bool,
    /// Measure this program in place of one that is built now
    #[arg(long, value_name = "PROGRAM")]
    lineside: Option<PathBuf>,
}

/// What runs of one program cost.
#[derive(Debug, Clone)]
struct Cost {
    name: &'static str,
    /// Messages in what it read.
    messages: u64,
    cpu: f64,
    wall: f64,
    peak_mib: f64,
    runs: u32,
}

/// A goal, what it came to, and whether that is enough.
struct Goal {
    name: &'static str,
    found: f64,
    wanted: String,
    held: bool,
}

/// Runs all in turn on the same files; exit code 1 when a goal is not held.
pub fn run(bench: &Bench) -> Result<ExitCode> {
    let lineside = match &bench.lineside {
        Some(program) => program.display().to_string(),
        None => built()?,
    };
    let file = written(&bench.capture, big_capture::COPIES, None)?;
    let all = messages(&bench.capture, u64::MAX)?;
    let own = [("own", OWN_CALLS), ("own10", OWN_CALLS * LARGER)].map(|(end, calls)| {
        let path = bench.capture.with_extension(format!("{end}.pcap"));
        written(&path, calls, Some("example"))
    });
    let [own, larger] = own;
    let (own, larger) = (own?, larger?);
    let mut costs = fast(&lineside, &file, all, bench.rounds)?;
    for (name, path) in [("lineside trace OWN", &own), ("lineside trace OWN-TIMES-10", &larger)] {
        costs.extend(measured(name, &[&lineside, "trace", path], messages(Path::new(path), u64::MAX)?)?);
    }
    if !bench.quick {
        let some = if bench.tshark_packets == 0 { u64::MAX } else { bench.tshark_packets };
        let (count, read) = (some.to_string(), messages(&bench.capture, some)?);
        for (name, format) in [("tshark -T fields", &FIELDS[..]), ("tshark -T json", &JSON[..])] {
            let mut command = vec!["tshark", "-r", &file, "-Y", "skinny"];
            if bench.tshark_packets != 0 {
                command.extend(["-c", &count]);
            }
            command.extend(format);
            costs.extend(measured(name, &command, read)?);
        }
    }
    let goals = goals(&costs);
    match bench.json {
        true => println!("{}", as_json(&costs, &goals)),
        false => table(&costs, &goals),
    }
    Ok(if goals.iter().all(|goal| goal.held) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The program as a user has it.
fn built() -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "-q", "-p", "lineside"]).current_dir(docs::root());
    if !cargo.status()?.success() {
        bail!("lineside does not build");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| docs::root().join("target"), PathBuf::from);
    Ok(target.join("release/lineside").display().to_string())
}

/// A capture, made when it is not there.
fn written(path: &Path, copies: u32, of: Option<&str>) -> Result<String> {
    if !path.exists() {
        let (out, of) = (path.to_owned(), of.map(PathBuf::from));
        big_capture::write(&big_capture::Arguments { out, copies, of })?;
    }
    Ok(path.display().to_string())
}

/// How many messages the first packets of a capture have.
fn messages(path: &Path, packets: u64) -> Result<u64> {
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut count = 0;
    let _ = FrameReader::new(file)?.for_each(|frame| {
        if frame.packet > packets {
            return ControlFlow::Break(());
        }
        count += 1;
        ControlFlow::Continue(())
    });
    Ok(count)
}

/// Those that take about a second: in turn, so that what else the machine does falls on all of them.
fn fast(lineside: &str, file: &str, messages: u64, rounds: u32) -> Result<Vec<Cost>> {
    let commands: [(&'static str, Vec<&str>); 4] = [
        ("tcpdump -r, filtering", vec!["tcpdump", "-r", file, "-w", "/dev/null", "tcp port 2000"]),
        ("lineside trace", vec![lineside, "trace", file]),
        ("lineside trace --calls", vec![lineside, "trace", "--calls", file]),
        ("lineside trace --messages --json", vec![lineside, "trace", "--messages", "--json", file]),
    ];
    let mut costs: Vec<Option<Cost>> = vec![None; commands.len()];
    for round in 0..=rounds {
        for (cost, (name, command)) in costs.iter_mut().zip(&commands) {
            let Some(found) = measured(name, command, messages)? else { continue };
            match cost {
                // The first round only brings file and program into memory.
                _ if round == 0 => {}
                Some(cost) => cost.add(&found),
                None => *cost = Some(found),
            }
        }
    }
    Ok(costs.into_iter().flatten().collect())
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.cpu += other.cpu;
        self.wall += other.wall;
        self.peak_mib = self.peak_mib.max(other.peak_mib);
        self.runs += other.runs;
    }

    fn cpu_mean(&self) -> f64 {
        self.cpu / f64::from(self.runs)
    }

    /// Messages for a second of CPU time.
    fn rate(&self) -> f64 {
        self.messages as f64 / self.cpu_mean()
    }
}

/// Runs a program; `None` when it is not installed.
fn measured(name: &'static str, command: &[&str], messages: u64) -> Result<Option<Cost>> {
    if !setup::has(command[0]) {
        if setup::in_ci() {
            bail!("{} is not installed", command[0]);
        }
        eprintln!("SKIPPED: {} is not installed", command[0]);
        return Ok(None);
    }
    let report = std::env::temp_dir().join(format!("lineside-cost-{}", std::process::id()));
    let (before, begun) = (spent()?, Instant::now());
    // GNU time tells the peak of one child; the CPU time is asked of the system, which tells it exactly.
    let status = Command::new("time")
        .args(["-f", "%M", "-o"])
        .arg(&report)
        .args(command)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("GNU time is needed: install Debian's package time")?;
    let (cpu, wall) = (spent()? - before, begun.elapsed().as_secs_f64());
    if !status.success() {
        bail!("{} failed", command.join(" "));
    }
    let kib = std::fs::read_to_string(&report)?;
    let _ = std::fs::remove_file(&report);
    let kib: f64 = kib.trim().parse().with_context(|| format!("time said {kib}"))?;
    Ok(Some(Cost { name, messages, cpu, wall, peak_mib: kib / 1024.0, runs: 1 }))
}

/// CPU seconds of all children so far.
fn spent() -> Result<f64> {
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// What the issue asks for, as far as the programs are there to compare with.
fn goals(costs: &[Cost]) -> Vec<Goal> {
    let of = |name: &str| costs.iter().find(|cost| cost.name == name);
    let ratio = |one: &str, other: &str| Some(of(one)?.cpu_mean() / of(other)?.cpu_mean());
    let faster = |one: &str, other: &str| Some(of(one)?.rate() / of(other)?.rate());
    let most = |name, found: Option<f64>, limit: f64, unit: &str| {
        found.map(|found| Goal { name, found, wanted: format!("<= {limit}{unit}"), held: found <= limit })
    };
    let least = |name, found: Option<f64>, limit: f64| {
        found.map(|found| Goal { name, found, wanted: format!(">= {limit}"), held: found >= limit })
    };
    let peak = |name: &str| of(name).map(|cost| cost.peak_mib);
    let (own, larger) = ("lineside trace OWN", "lineside trace OWN-TIMES-10");
    let growth = peak(own).zip(peak(larger)).map(|(own, larger)| larger - own);
    [
        most(
            "CPU of lineside trace / tcpdump",
            ratio("lineside trace", "tcpdump -r, filtering"),
            TCPDUMP_TIMES,
            "",
        ),
        least(
            "rate of lineside trace / tshark -T fields",
            faster("lineside trace", "tshark -T fields"),
            FIELDS_TIMES,
        ),
        least(
            "rate of --messages --json / tshark -T json",
            faster("lineside trace --messages --json", "tshark -T json"),
            JSON_TIMES,
        ),
        most("peak memory of lineside trace", peak("lineside trace"), PEAK_MIB, " MiB"),
        most("peak memory on ten times the calls of our own phones", peak(larger), PEAK_MIB, " MiB"),
        most("growth from the one file to the other", growth, GROWTH_MIB, " MiB"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn table(costs: &[Cost], goals: &[Goal]) {
    println!("CPU is user and system together, means over the runs; messages are for a second of CPU\n");
    println!(
        "{:<36} {:>5} {:>10} {:>10} {:>10} {:>10} {:>12}",
        "", "RUNS", "CPU s", "WALL s", "PEAK MiB", "MESSAGES", "MESSAGES/s"
    );
    for cost in costs {
        println!(
            "{:<36} {:>5} {:>10.3} {:>10.3} {:>10.1} {:>10} {:>12.0}",
            cost.name,
            cost.runs,
            cost.cpu_mean(),
            cost.wall / f64::from(cost.runs),
            cost.peak_mib,
            cost.messages,
            cost.rate(),
        );
    }
    println!();
    for goal in goals {
        let held = if goal.held { "held" } else { "NOT HELD" };
        println!("{:<54} {:>8.2}   {:<10} {held}", goal.name, goal.found, goal.wanted);
    }
}

fn as_json(costs: &[Cost], goals: &[Goal]) -> Value {
    let costs: Vec<Value> = costs
        .iter()
        .map(|cost| {
            json!({
                "program": cost.name, "runs": cost.runs, "messages": cost.messages, "cpu_s": cost.cpu_mean(),
                "wall_s": cost.wall / f64::from(cost.runs), "peak_mib": cost.peak_mib,
            })
        })
        .collect();
    let goals: Vec<Value> = goals
        .iter()
        .map(|goal| json!({ "goal": goal.name, "found": goal.found, "wanted": goal.wanted, "held": goal.held }))
        .collect();
    json!({ "programs": costs, "goals": goals })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(name: &'static str, cpu: f64, peak_mib: f64) -> Cost {
        Cost { name, messages: 1000, cpu, wall: cpu, peak_mib, runs: 1 }
    }

    #[test]
    fn goals_are_judged_by_ratios_and_left_out_where_a_program_is_missing() {
        let mut costs = vec![
            cost("tcpdump -r, filtering", 0.2, 6.0),
            cost("lineside trace", 0.7, 45.0),
            cost("lineside trace --messages --json", 1.0, 30.0),
            cost("lineside trace OWN", 0.5, 40.0),
            cost("lineside trace OWN-TIMES-10", 5.0, 61.0),
        ];
        let held = |costs: &[Cost]| goals(costs).iter().map(|goal| goal.held).collect::<Vec<_>>();
        assert_eq!(held(&costs), [true, true, false, false]);
        costs.push(cost("tshark -T fields", 20.0, 1000.0));
        costs.push(cost("tshark -T json", 26.0, 1000.0));
        assert_eq!(held(&costs), [true, false, true, true, false, false]);
        costs[1].add(&cost("lineside trace", 1.1, 44.0));
        assert_eq!((costs[1].cpu_mean(), costs[1].peak_mib), (0.9, 45.0));
        assert!(!held(&costs)[0]);
    }
}
