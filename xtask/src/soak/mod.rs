//! `cargo xtask soak`: a million calls against our server; none may fail, and its memory must stay where it was.
//! `cargo xtask soak --media`: calls with sound that passes through the server, for as long as is asked ([`media`]).

mod media;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

/// Where the server listens while it is soaked.
const ADDRESS: &str = "127.0.0.1:29200";
/// Calls that fill its buffers before anything is compared.
const WARM_UP_CALLS: u64 = 20_000;
/// Memory that may come on top, in KiB: less than a byte in sixty calls.
const GROWTH_KIB_MAX: u64 = 16 * 1024;
/// How long the server may take to start, in tenths of a second.
const START_TENTHS: u32 = 100;
/// Without `--program`.
const PROGRAM: &str = "target/release/lineside";
/// Calls per second without `--rate`.
const RATE: u32 = 500;
/// Phones without `--phones`.
const PHONES: u32 = 2000;

/// How much.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Calls
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// Calls per second (500; with --media 2)
    #[arg(long)]
    rate: Option<u32>,
    /// Phones (2,000; with --media 240)
    #[arg(long)]
    phones: Option<u32>,
    /// Calls with sound instead: relayed, recorded, held with music, conferences
    #[arg(long)]
    media: bool,
    /// With --media: how long
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// This program, as it is, instead of a release build of this tree
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

impl Arguments {
    fn program(&self) -> &Path {
        self.program.as_deref().unwrap_or(Path::new(PROGRAM))
    }

    fn phones(&self) -> u32 {
        self.phones.unwrap_or(if self.media { media::PHONES } else { PHONES })
    }

    fn rate(&self) -> u32 {
        self.rate.unwrap_or(if self.media { media::RATE } else { RATE })
    }
}

/// A server that ends with this.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs it and says what was found.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.program.is_none() {
        let built = Command::new("cargo").args(["build", "--release", "-p", "lineside"]).status()?;
        ensure!(built.success(), "the program does not build");
    }
    let folder = std::env::temp_dir().join(format!("lineside-soak-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = if arguments.media { media::soak(arguments, &folder) } else { soak(arguments, &folder) };
    std::fs::remove_dir_all(&folder)?;
    done
}

fn soak(arguments: &Arguments, folder: &Path) -> Result<()> {
    let server = serve(arguments, folder, str::to_owned)?;
    load(arguments, server.0.id(), WARM_UP_CALLS)?;
    let found = load(arguments, server.0.id(), arguments.calls)?;
    let (before, after) = memory(&found)?;
    let grown = after.saturating_sub(before);
    eprintln!("{} calls, none failed; memory {before} → {after} KiB", arguments.calls);
    ensure!(grown <= GROWTH_KIB_MAX, "memory grew by {grown} KiB; {GROWTH_KIB_MAX} are allowed");
    Ok(())
}

/// Starts a server that knows the phones; its configuration is made of that of `load config`.
fn serve(arguments: &Arguments, folder: &Path, configuration: impl FnOnce(&str) -> String) -> Result<Served> {
    let phones = arguments.phones().to_string();
    let config = folder.join("load.toml");
    let output = Command::new(arguments.program()).args(["load", "config", "--phones", &phones]).output()?;
    let text = String::from_utf8(output.stdout).context("its configuration")?;
    std::fs::write(&config, configuration(&text))?;
    let log = std::fs::File::create(folder.join("server.log"))?;
    let child = Command::new(arguments.program())
        .args(["serve", "--listen", ADDRESS, "--config"])
        .arg(&config)
        .arg("--data")
        .arg(folder.join("data"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .context("the server")?;
    let server = Served(child);
    wait_for_port().with_context(|| last_words(folder))?;
    Ok(server)
}

/// The end of the server's log.
fn last_words(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(10).collect();
    format!("the server said: {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

/// Memory of the server before and after, in KiB.
fn memory(report: &serde_json::Value) -> Result<(u64, u64)> {
    let kib =
        |name: &str| report.pointer(&format!("/calls/server/{name}")).and_then(serde_json::Value::as_u64);
    let found = kib("rss_before_kib").zip(kib("rss_after_kib"));
    found.with_context(|| format!("the report has no memory: {report}"))
}

fn wait_for_port() -> Result<()> {
    for _ in 0..START_TENTHS {
        if std::net::TcpStream::connect(ADDRESS).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("the server does not listen on {ADDRESS}")
}

fn load(arguments: &Arguments, pid: u32, calls: u64) -> Result<serde_json::Value> {
    generate(arguments, pid, &["--duration", "86400", "--calls", &calls.to_string()])
}

fn generate(arguments: &Arguments, pid: u32, more: &[&str]) -> Result<serde_json::Value> {
    let output = Command::new(arguments.program())
        .args(["load", "--json", "--plain", "--server", ADDRESS, "--server-pid", &pid.to_string()])
        .args(["--phones", &arguments.phones().to_string(), "--rate", &arguments.rate().to_string()])
        .args(more)
        .stderr(Stdio::inherit())
        .output()
        .context("the load generator")?;
    let report = serde_json::from_slice(&output.stdout).context("its report")?;
    ensure!(output.status.success(), "not every call completed: {report:#}");
    Ok(report)
}
