//! `lineside trace --watch`: what goes wrong, said as it is seen; and figures for Prometheus.
//!
//! Not for reading files at rest: a table of calls says more. It takes any source that goes on, an interface or growing files.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write, stdout};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use trace::Timestamp;
use trace::analysis::{
    Analyst, Captured, Finding, FindingKind, Glimpse, Options, Outcome, Paused, Registration,
    RegistrationGlimpse, Severity,
};
use trace::source::{Mixed, Step};

use super::sources::Sources;

/// How often calls and registrations are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long to wait for files that grow.
const PAUSE: Duration = Duration::from_millis(100);
/// So many connections that end within [`STORM_NANOS`] are a storm.
const STORM_CONNECTIONS: usize = 20;
const STORM_NANOS: i64 = 60_000_000_000;
/// Bytes of a request for figures that are read.
const REQUEST_BYTES: u64 = 8192;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What to watch.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// Say what goes wrong as it is seen, one line each: one-way audio, loss, lost keepalives, registration loops, many phones leaving
    #[arg(long)]
    watch: bool,
    /// Figures for Prometheus at this address, under any path
    #[arg(long, value_name = "ADDRESS:PORT", requires = "watch")]
    metrics: Option<String>,
}

impl Watch {
    /// Whether it is wanted.
    pub fn is_asked_for(&self) -> bool {
        self.watch
    }

    /// Watches until the sources end, or the user has had enough.
    pub fn run(&self, sources: &Sources, follow: bool, json: bool, options: Options) -> Result<ExitCode> {
        let end = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&end))
            .context("Ctrl-C can't be caught")?;
        let mut mixed = Mixed::new(sources.find()?);
        let mut watcher = Watcher::new(json, mixed.progress().dropped());
        if let Some(address) = &self.metrics {
            serve(address, Arc::clone(&watcher.page))?;
        }
        let goes_on = follow || !sources.interface.is_empty();
        let mut analyst = Analyst::new(options);
        let (mut paused, mut looked, begun) = (Paused::default(), Instant::now(), Instant::now());
        loop {
            let mut sink = Captured::resume(&mut analyst, std::mem::take(&mut paused));
            let step = (0..256).map(|_| mixed.step(&mut sink)).find(|step| *step != Step::Read);
            paused = sink.pause();
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                watcher.look(&analyst)?;
            }
            let is_over = sources.seconds.is_some_and(|seconds| begun.elapsed().as_secs() >= seconds);
            match step {
                _ if is_over || end.load(Ordering::Relaxed) => break,
                Some(Step::Stopped) => break,
                // Interfaces and pipes wait for packets themselves.
                Some(Step::Idle) if mixed.progress().may_go_on() => {}
                Some(Step::Idle) if !goes_on => break,
                Some(Step::Idle) if sources.interface.is_empty() => std::thread::sleep(PAUSE),
                _ => {}
            }
        }
        let mut sink = Captured::resume(&mut analyst, paused);
        let _ = mixed.finish(&mut sink);
        watcher.look(&analyst)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What was seen so far.
struct Watcher {
    json: bool,
    dropped: Arc<AtomicU64>,
    calls: HashMap<u32, Seen<Outcome>>,
    registrations: HashMap<u32, Seen<String>>,
    /// When connections ended of late.
    ended: VecDeque<Timestamp>,
    in_storm: bool,
    findings: BTreeMap<&'static str, i64>,
    /// What is to be said, once the figures show it too.
    lines: Vec<String>,
    page: Arc<Mutex<String>>,
}

/// A call or a registration.
struct Seen<T> {
    /// What tells whether it has changed.
    stamp: u64,
    /// Kinds of findings that were said.
    said: Vec<FindingKind>,
    /// What came of it so far.
    state: T,
    closed: bool,
}

impl Watcher {
    fn new(json: bool, dropped: Arc<AtomicU64>) -> Self {
        Self {
            json,
            dropped,
            calls: HashMap::new(),
            registrations: HashMap::new(),
            ended: VecDeque::new(),
            in_storm: false,
            findings: BTreeMap::new(),
            lines: Vec::new(),
            page: Arc::default(),
        }
    }

    /// Says what is new.
    fn look(&mut self, analyst: &Analyst) -> Result<()> {
        let mut changed: Vec<(u32, u64)> = Vec::new();
        analyst.survey(|id, glimpse| {
            let stamp = match glimpse {
                Glimpse::Open(call) => u64::from(call.messages) << 1 | 1,
                Glimpse::Packed(place) => place << 1,
            };
            if self.calls.get(&id).is_none_or(|seen| seen.stamp != stamp) {
                changed.push((id, stamp));
            }
        });
        for (id, stamp) in changed {
            let Some((call, _)) = analyst.glance(id) else { continue };
            let what = format!("{} → {}", call.caller.text(), call.callee.text());
            let said = self.calls.remove(&id).map(|seen| seen.said).unwrap_or_default();
            let said = self.say(call.last, &what, &call.findings, said);
            self.calls.insert(id, Seen { stamp, said, state: call.outcome, closed: call.end.is_some() });
        }
        self.look_at_registrations(analyst);
        self.publish();
        let mut out = stdout().lock();
        self.lines.drain(..).try_for_each(|line| writeln!(out, "{line}"))?;
        out.flush()?;
        Ok(())
    }

    fn look_at_registrations(&mut self, analyst: &Analyst) {
        let mut changed: Vec<(u32, u64)> = Vec::new();
        analyst.survey_registrations(|id, glimpse| {
            let stamp = match glimpse {
                RegistrationGlimpse::Open(registration) => registration.messages << 1 | 1,
                RegistrationGlimpse::Packed(place) => place << 1,
            };
            if self.registrations.get(&id).is_none_or(|seen| seen.stamp != stamp) {
                changed.push((id, stamp));
            }
        });
        for (id, stamp) in changed {
            let Some(registration) = analyst.registration(id) else { continue };
            let Registration { phone, findings, last, .. } = &registration;
            let before = self.registrations.remove(&id);
            let was_open = before.as_ref().is_none_or(|seen| !seen.closed);
            let said = before.map(|seen| seen.said).unwrap_or_default();
            let said = self.say(*last, &phone.label(), findings, said);
            let closed = registration.closed.is_some();
            if let (Some(closed), true) = (registration.closed, was_open) {
                self.leaves(closed);
            }
            let state = registration.state.text();
            self.registrations.insert(id, Seen { stamp, said, state, closed });
        }
    }

    /// A connection ended; many at once are a storm.
    fn leaves(&mut self, at: Timestamp) {
        self.ended.push_back(at);
        self.ended.retain(|ended| at.since(*ended) <= STORM_NANOS);
        let storm = self.ended.len() >= STORM_CONNECTIONS;
        if storm && !self.in_storm {
            let text = format!(
                "{} connections of phones ended within a minute: a switch, a call manager or the way between them failed.",
                self.ended.len()
            );
            *self.findings.entry("storm").or_default() += 1;
            self.line(at, Severity::Fault.text(), "storm", "all phones", &text);
        }
        self.in_storm = storm;
    }

    /// Says findings that were not said before.
    fn say(
        &mut self,
        at: Timestamp,
        what: &str,
        findings: &[Finding],
        mut said: Vec<FindingKind>,
    ) -> Vec<FindingKind> {
        for finding in findings.iter().filter(|finding| finding.kind.severity() >= Severity::Warning) {
            if !said.contains(&finding.kind) {
                said.push(finding.kind);
                *self.findings.entry(finding.kind.name()).or_default() += 1;
                let severity = finding.kind.severity().text();
                self.line(at, severity, finding.kind.name(), what, &finding.text);
            }
        }
        said
    }

    fn line(&mut self, at: Timestamp, severity: &str, kind: &str, what: &str, text: &str) {
        self.lines.push(match self.json {
            true => serde_json::json!({
                "time": at.0 as f64 / 1e9, "severity": severity, "finding": kind, "of": what, "text": text,
            })
            .to_string(),
            false => format!("{}  {severity:<7} {kind:<20} {what}: {text}", trace::draw::clock(at)),
        });
    }

    /// Makes the figures anew: names and labels are ours, none is the network's.
    fn publish(&self) {
        let mut page = String::new();
        let mut family = |name: &str, help: &str, label: &str, counts: BTreeMap<String, i64>| {
            page.push_str(&format!("# HELP sccp_trace_{name} {help}\n# TYPE sccp_trace_{name} gauge\n"));
            for (value, count) in counts {
                page.push_str(&format!("sccp_trace_{name}{{{label}=\"{value}\"}} {count}\n"));
            }
        };
        let mut calls: BTreeMap<String, i64> = BTreeMap::new();
        self.calls.values().for_each(|seen| *calls.entry(seen.state.text().into()).or_default() += 1);
        family("calls", "Calls seen, by outcome so far", "outcome", calls);
        let mut open: BTreeMap<String, i64> = BTreeMap::from([("open".into(), 0), ("ended".into(), 0)]);
        for seen in self.calls.values() {
            *open.entry(if seen.closed { "ended" } else { "open" }.into()).or_default() += 1;
        }
        family("calls_by_progress", "Calls seen, open and ended", "progress", open);
        let mut registrations: BTreeMap<String, i64> = BTreeMap::new();
        for seen in self.registrations.values().filter(|seen| !seen.closed) {
            // The text of a refusal is the network's: no label is made of it.
            let state = seen.state.split(':').next().unwrap_or_default();
            *registrations.entry(state.to_owned()).or_default() += 1;
        }
        family("registrations", "Connections of phones that are open, by state", "state", registrations);
        let findings = self.findings.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        family("findings", "Warnings and faults seen, by kind", "finding", findings);
        let dropped = self.dropped.load(Ordering::Relaxed);
        page.push_str(&format!(
            "# HELP sccp_trace_dropped_packets Packets that the kernel dropped\n# TYPE sccp_trace_dropped_packets gauge\nsccp_trace_dropped_packets {dropped}\n# EOF\n"
        ));
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}

/// Answers every request with the page, one after the other.
fn serve(address: &str, page: Arc<Mutex<String>>) -> Result<()> {
    let listener = TcpListener::bind(address).with_context(|| format!("--metrics {address}"))?;
    let _ = writeln!(std::io::stderr(), "figures at http://{}/metrics", listener.local_addr()?);
    let thread = std::thread::Builder::new().name("figures".into());
    thread.spawn(move || {
        for connection in listener.incoming().flatten() {
            let page = page.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // Who goes away in the middle of an answer does not want it.
            let _ = answer(&connection, &page);
        }
    })?;
    Ok(())
}

fn answer(mut connection: &TcpStream, page: &str) -> std::io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(std::io::Read::take(connection, REQUEST_BYTES)).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}
