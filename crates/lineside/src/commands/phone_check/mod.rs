//! `lineside phone-check`: a person with a phone is led through what only a person can see and hear.

mod capture;
mod talk;

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use exchange::model;
use exchange::output::{Change, Event};
use exchange::plan::{Button, Device, Line};
use server::provision::{self, Provision};
use server::{Config, Running, Server, Settings};
use skinny::codes::DeviceType;

use capture::Capture;
use talk::{Answers, Verdict};

/// Number of the phone that is checked.
const NUMBER: &str = "1001";
/// Number and name of who calls it.
const CALLER: (&str, &str) = ("9000", "Lineside check");
/// The caller's device.
const CALLER_DEVICE: &str = "SEPFFFFFFFFFFFF";
/// Frames and events that may wait for us.
const QUEUE: usize = 16_384;
/// How often we say what the phone is doing while it does not come.
const NEWS_EVERY: Duration = Duration::from_secs(2);

/// Check a phone with your own eyes and ears: ring, lamp, screen, sound both ways; a redacted capture is kept
///
/// It is a call manager and a file server of its own meanwhile: stop `lineside serve` first, switch the phone off and on, and
/// answer the questions.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The phone's device name
    #[arg(value_name = "SEP…")]
    device: String,
    /// Where the phone registers
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:2000")]
    listen: SocketAddr,
    /// Serve no files: the phone knows already where to register
    #[arg(long)]
    no_files: bool,
    /// Keep the capture here; left out: phone-check-….pcapng in this folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Wait so many seconds for the phone, and for each thing that you do
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait: u64,
}

/// The call manager of the check.
struct Site {
    server: Running,
    files: Option<Provision>,
    events: crossbeam_channel::Receiver<Event>,
}

/// Leads through the check. Success: everything was as it should be.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let device = arguments.device.to_ascii_uppercase();
    if let Err(rule) = server::config::check::judge_device_name(&device) {
        bail!("{device} is no device name: {rule}");
    }
    let wait = Duration::from_secs(arguments.wait);
    let out = arguments.out.unwrap_or_else(|| PathBuf::from(format!("phone-check-{device}.pcapng")));
    let (tap, frames) = sync_channel(QUEUE);
    let capture = Capture::start(frames)?;
    let site = start(&device, arguments.listen, arguments.no_files, tap)?;
    for address in &site.server.addresses {
        say(&format!("{device} may register at {address} now; switch it off and on."))?;
    }
    let found = registered(&site, &device, wait)?;
    let model = model::find(DeviceType(found.device_type)).map_or("unknown model", |model| model.name());
    say(&format!("{device} registered: {model} (type {}), protocol {}.", found.device_type, found.protocol))?;
    let local = capture.server_of(found.address).context("the phone's connection is not in the capture")?;
    let mut answers = Answers::default();
    let talked = talk::lead(&mut answers, local, wait);
    drop(site);
    let written = capture.write(&out);
    report(&answers, model, found.protocol, &out, &written)?;
    talked?;
    Ok(if answers.are_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start(
    device: &str,
    listen: SocketAddr,
    no_files: bool,
    tap: std::sync::mpsc::SyncSender<server::TapFrame>,
) -> Result<Site> {
    let mut settings = Settings { listen: vec![listen], ..Settings::default() };
    settings.plan.site.auto_register = false;
    settings.plan.site.lobby = false;
    for (device, number, name) in [(device, NUMBER, device), (CALLER_DEVICE, CALLER.0, CALLER.1)] {
        let buttons = vec![Button::Line { number: number.into(), label: number.into() }];
        settings.plan.devices.insert(device.into(), Device { buttons, ..Device::default() });
        let line = Line { name: name.into(), calls_max: 4, busy_trigger: 2, ..Line::default() };
        settings.plan.lines.insert(number.into(), line);
    }
    let (sender, events) = crossbeam_channel::bounded(QUEUE);
    let chosen = if no_files { provision::Settings::off() } else { settings.provision.clone() };
    let files = chosen.is_on().then(|| Provision::start(chosen, vec![listen], &settings.plan)).transpose()?;
    let watch = files.as_ref().map(Provision::watch);
    let config = Config { tap: Some(tap), events: Some(sender), watch, ..Config::from(settings) };
    let server = Server::start(config)?;
    if let Some(files) = &files {
        files.listening(&server.addresses);
        for refused in &files.refused {
            say(refused)?;
        }
    }
    Ok(Site { server, files, events })
}

/// What the phone said of itself.
struct Found {
    address: SocketAddr,
    protocol: u8,
    device_type: u32,
}

/// Waits for the phone, and says what it is doing meanwhile.
fn registered(site: &Site, wanted: &str, wait: Duration) -> Result<Found> {
    let deadline = Instant::now() + wait;
    let mut said = String::new();
    while Instant::now() < deadline {
        let event = site.events.recv_timeout(NEWS_EVERY.min(wait));
        if let Ok(Event { change: Change::Registered { device, protocol, address, device_type, .. }, .. }) =
            event
            && device == wanted
        {
            return Ok(Found { address: address.parse()?, protocol, device_type });
        }
        let news = site.files.as_ref().and_then(|files| news(files, wanted));
        if let Some(news) = news.filter(|news| *news != said) {
            say(&news)?;
            said = news;
        }
    }
    bail!("{wanted} did not register. {said}\n`lineside dhcp` prints how phones learn of this server")
}

/// Where the phone stands.
fn news(files: &Provision, device: &str) -> Option<String> {
    let boots = files.boots();
    let boots = boots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let advice = boots.of(device)?.explain(server::clock::unix_ms());
    let to_do = if advice.to_do.is_empty() { String::new() } else { format!("\n  to do: {}", advice.to_do) };
    Some(format!("  {device}: {}{to_do}", advice.what))
}

fn report(answers: &Answers, model: &str, protocol: u8, out: &Path, written: &Result<usize>) -> Result<()> {
    say(&format!("\n{model}, protocol {protocol}:"))?;
    for (what, verdict) in answers.all() {
        let mark = match verdict {
            Verdict::Yes => "✔",
            Verdict::No => "✘",
            Verdict::NotAsked => "–",
        };
        say(&format!("  {mark} {what}"))?;
    }
    match written {
        Ok(frames) => say(&format!(
            "\n{}: {frames} messages, with numbers, names and addresses replaced. Please send it to us with the lines above.",
            out.display()
        )),
        Err(error) => say(&format!("\n{}: {error:#}", out.display())),
    }
}

/// A line for the person.
fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}
