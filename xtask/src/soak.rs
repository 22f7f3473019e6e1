//! `cargo xtask soak`: a million calls against our server; none may fail, and its memory must stay where it was.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

/// Where the server listens while it is soaked.
const ADDRESS: &str = "127.0.0.1:29200";
/// Calls that fill its buffers before anything is compared.
const WARM_UP_CALLS: u64 = 20_000;
/// Memory that may come on top, in KiB: less than a byte in sixty calls.
const GROWTH_KIB_MAX: u64 = 16 * 1024;
/// How long the server may take to start, in tenths of a second.
const START_TENTHS: u32 = 100;
const PROGRAM: &str = "target/release/lineside";

/// How much.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Calls
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// Calls per second
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// Phones
    #[arg(long, default_value_t = 2000)]
    phones: u32,
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
    let built = Command::new("cargo").args(["build", "--release", "-p", "lineside"]).status()?;
    ensure!(built.success(), "the program does not build");
    let folder = std::env::temp_dir().join(format!("lineside-soak-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = soak(arguments, &folder);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn soak(arguments: &Arguments, folder: &Path) -> Result<()> {
    let phones = arguments.phones.to_string();
    let config = folder.join("load.toml");
    let text = Command::new(PROGRAM).args(["load", "config", "--phones", &phones]).output()?;
    std::fs::write(&config, text.stdout)?;
    let child = Command::new(PROGRAM)
        .args(["serve", "--listen", ADDRESS, "--config"])
        .arg(&config)
        .arg("--data")
        .arg(folder.join("data"))
        .stderr(Stdio::null())
        .spawn()
        .context("the server")?;
    let server = Served(child);
    wait_for_port()?;
    load(arguments, server.0.id(), WARM_UP_CALLS)?;
    let found = load(arguments, server.0.id(), arguments.calls)?;
    let kib =
        |name: &str| found.pointer(&format!("/calls/server/{name}")).and_then(serde_json::Value::as_u64);
    let (before, after) = (kib("rss_before_kib"), kib("rss_after_kib"));
    let (Some(before), Some(after)) = (before, after) else { bail!("the report has no memory: {found}") };
    let grown = after.saturating_sub(before);
    eprintln!("{} calls, none failed; memory {before} → {after} KiB", arguments.calls);
    ensure!(grown <= GROWTH_KIB_MAX, "memory grew by {grown} KiB; {GROWTH_KIB_MAX} are allowed");
    Ok(())
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
    let output = Command::new(PROGRAM)
        .args(["load", "--json", "--server", ADDRESS, "--duration", "86400"])
        .args(["--phones", &arguments.phones.to_string(), "--rate", &arguments.rate.to_string()])
        .args(["--calls", &calls.to_string(), "--server-pid", &pid.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context("the load generator")?;
    let report = serde_json::from_slice(&output.stdout).context("its report")?;
    ensure!(output.status.success(), "not every call completed: {report:#}");
    Ok(report)
}
