//! `cargo xtask big-capture` and `cargo xtask trace-bench`: a large capture, and what it costs to read it.

#![allow(clippy::print_stdout, reason = "figures are what is asked for")]

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use trace::synth::Pattern;

use crate::{docs, setup};

/// Copies of the nDPI call that make a million messages.
const COPIES: u32 = 16_130;

/// A large capture.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to
    #[arg(value_name = "FILE")]
    out: PathBuf,
    /// How many copies
    #[arg(long, default_value_t = COPIES)]
    copies: u32,
    /// The capture to copy: a file, or `example` for our own; the nDPI call when ../shared has it
    #[arg(long, value_name = "FILE")]
    of: Option<PathBuf>,
}

/// What reading costs.
#[derive(Debug, Args)]
pub struct Bench {
    /// The large capture; made when it is not there
    #[arg(value_name = "FILE")]
    capture: PathBuf,
    /// Only Lineside and tcpdump: tshark takes its time
    #[arg(long)]
    quick: bool,
}

/// Writes it.
pub fn write(arguments: &Arguments) -> Result<()> {
    let shared = docs::root().join("../shared/captures/ndpi-skinny.pcap");
    let pattern = match &arguments.of {
        Some(path) if path.as_os_str() == "example" => Pattern::of_capture(&trace::example::capture()[..])?,
        Some(path) => of_file(path)?,
        None if shared.exists() => of_file(&shared)?,
        None => Pattern::of_capture(&trace::example::capture()[..])?,
    };
    let name = arguments.out.display();
    let file = File::create(&arguments.out).with_context(|| name.to_string())?;
    pattern.write(arguments.copies, BufWriter::with_capacity(1 << 20, file))?;
    eprintln!("wrote {name}: {} copies of {} packets", arguments.copies, pattern.len());
    Ok(())
}

fn of_file(path: &Path) -> Result<Pattern> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Pattern::of_capture(file).with_context(|| path.display().to_string())
}

/// CPU seconds, wall seconds and peak memory of a program.
struct Cost {
    cpu: f64,
    wall: f64,
    peak_mib: f64,
}

/// Runs each in turn on the same file and prints ratios of CPU time.
pub fn bench(bench: &Bench) -> Result<()> {
    if !bench.capture.exists() {
        write(&Arguments { out: bench.capture.clone(), copies: COPIES, of: None })?;
    }
    let status = Command::new("cargo")
        .args(["build", "--release", "-q", "-p", "lineside"])
        .current_dir(docs::root())
        .status()?;
    if !status.success() {
        bail!("lineside does not build");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| docs::root().join("target"), PathBuf::from);
    let lineside = target.join("release/lineside").display().to_string();
    let file = bench.capture.display().to_string();
    let run = |name: &str, command: &[&str]| -> Result<Option<Cost>> {
        if !setup::has(command[0]) && !Path::new(command[0]).exists() {
            if setup::in_ci() {
                bail!("{} is not installed", command[0]);
            }
            eprintln!("SKIPPED: {} is not installed", command[0]);
            return Ok(None);
        }
        let cost = cost(command)?;
        println!("{name:<28} {:>8.2} s CPU {:>8.2} s wall {:>8.1} MiB", cost.cpu, cost.wall, cost.peak_mib);
        Ok(Some(cost))
    };
    let tcpdump =
        run("tcpdump -r, filtering", &["tcpdump", "-r", &file, "-w", "/dev/null", "tcp port 2000"])?;
    let all = run("lineside trace", &[&lineside, "trace", &file])?;
    let json = run("lineside --messages --json", &[&lineside, "trace", "--messages", "--json", &file])?;
    if let (Some(tcpdump), Some(all)) = (&tcpdump, &all) {
        println!("lineside trace: {:.1} times the CPU of tcpdump", all.cpu / tcpdump.cpu);
    }
    if bench.quick {
        return Ok(());
    }
    let fields = [
        "tshark",
        "-r",
        &file,
        "-Y",
        "skinny",
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
    let fields = run("tshark -T fields", &fields)?;
    let tree = run(
        "tshark -T json -j skinny",
        &["tshark", "-r", &file, "-Y", "skinny", "-T", "json", "-j", "skinny"],
    )?;
    if let (Some(all), Some(fields)) = (&all, &fields) {
        println!("lineside trace: {:.1} times the rate of tshark -T fields", fields.cpu / all.cpu);
    }
    if let (Some(json), Some(tree)) = (&json, &tree) {
        println!("lineside --messages --json: {:.1} times the rate of tshark -T json", tree.cpu / json.cpu);
    }
    Ok(())
}

/// GNU time tells CPU and peak memory of a child without code of our own that is unsafe.
fn cost(command: &[&str]) -> Result<Cost> {
    let report = std::env::temp_dir().join(format!("lineside-cost-{}", std::process::id()));
    let status = Command::new("time")
        .args(["-f", "%U %S %e %M", "-o"])
        .arg(&report)
        .args(command)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("GNU time is needed: install Debian's package time")?;
    if !status.success() {
        bail!("{} failed", command.join(" "));
    }
    let text = std::fs::read_to_string(&report)?;
    let _ = std::fs::remove_file(&report);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [user, system, wall, kib] = numbers[..] else { bail!("time said {text}") };
    Ok(Cost { cpu: user + system, wall, peak_mib: kib / 1024.0 })
}
