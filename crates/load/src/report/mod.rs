//! What a run found, for people and for scripts.

pub mod difference;
mod html;
mod plot;
pub mod series;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use serde::Serialize;

use crate::measure::Summary;
use crate::options::Transport;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The server.
    pub target: SocketAddr,
    /// What was asked for, in words.
    pub plan: String,
    /// Protocol version of the phones.
    pub protocol: u8,
    /// How the phones reached it.
    pub transport: Transport,
    /// Registrations.
    pub registration: RegistrationReport,
    /// Calls, if there were any.
    pub calls: Option<CallReport>,
    /// What it was like to have the phones registered, without calls.
    pub idle: Option<IdleReport>,
    /// Sound, if there was any.
    pub sound: Option<SoundReport>,
}

/// Phones that only send keepalives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IdleReport {
    /// How long.
    pub seconds: f64,
    /// Phones that are in service at the end.
    pub registered: u64,
    /// What the server used; `each` is a phone for the whole time.
    pub server: Option<ServerUse>,
}

/// Real RTP of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SoundReport {
    /// Streams that were sent.
    pub streams: u64,
    /// Streams that were received, to their end.
    pub heard: u64,
    /// Of these, those in which nothing came: one-way.
    pub silent: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets that the network refused.
    pub refused: u64,
    /// Packets left out because the generator was late.
    pub left_out: u64,
    /// Packets received.
    pub received: u64,
    /// Packets that did not come.
    pub lost: u64,
    /// Packets that came for no stream.
    pub stray: u64,
    /// Ports that could not be had.
    pub ports_refused: u64,
    /// Interarrival jitter of the streams.
    pub jitter: Summary,
    /// How late packets were sent.
    pub late: Summary,
}

/// Registrations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegistrationReport {
    /// Phones that tried.
    pub phones: u64,
    /// Phones that came into service.
    pub registered: u64,
    /// From the first connection to the last answer.
    pub seconds: f64,
    /// Registrations per second.
    pub per_second: f64,
    /// RegisterReq to RegisterAck.
    pub ack: Summary,
    /// RegisterReq to the last answer.
    pub complete: Summary,
    /// Phones that failed, by reason.
    pub failures: BTreeMap<String, u64>,
    /// Memory of generator and exchange together for each phone, in KiB, where both are in this process.
    pub kib_per_phone: Option<f64>,
    /// What the server used, per registration.
    pub server: Option<ServerUse>,
}

/// Calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallReport {
    /// Calls that were begun.
    pub begun: u64,
    /// Calls that found no free pair of phones: the phones are too few for the rate.
    pub not_begun: u64,
    /// Calls that went as they should.
    pub completed: u64,
    /// Calls that did not.
    pub failed: u64,
    /// From the first to the end of the last.
    pub seconds: f64,
    /// Complete calls per second.
    pub per_second: f64,
    /// How long answers took.
    pub latencies: Latencies,
    /// Failed calls by reason.
    pub failures: BTreeMap<String, u64>,
    /// Phones that went out of service meanwhile, by reason.
    pub phones_lost: BTreeMap<String, u64>,
    /// What the server used, per complete call.
    pub server: Option<ServerUse>,
    /// Second by second.
    pub series: Vec<series::Moment>,
}

/// How long answers took.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Latencies {
    /// Off hook to dial tone.
    pub dial_tone: Summary,
    /// Last digit to ringing at the callee.
    pub ring: Summary,
    /// Answer to StartMediaTransmission at both.
    pub media: Summary,
    /// Hold to the call's being held.
    pub hold: Summary,
    /// Resume to StartMediaTransmission at both.
    pub resume: Summary,
    /// Transfer or Confrn to the dial tone for the third.
    pub consult: Summary,
    /// The same key again to StartMediaTransmission at all who stay.
    pub join: Summary,
    /// PickUp to StartMediaTransmission at both.
    pub pick_up: Summary,
    /// Park to the number under which the call is.
    pub park: Summary,
    /// Last digit of that number to StartMediaTransmission at both.
    pub retrieve: Summary,
    /// Hanging up to on hook at both.
    pub release: Summary,
}

impl Latencies {
    /// Those that were measured, with what people call them.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Summary)> {
        let all = [
            ("dial tone", &self.dial_tone),
            ("ring", &self.ring),
            ("media", &self.media),
            ("hold", &self.hold),
            ("resume", &self.resume),
            ("consult", &self.consult),
            ("join", &self.join),
            ("pick up", &self.pick_up),
            ("park", &self.park),
            ("retrieve", &self.retrieve),
            ("release", &self.release),
        ];
        all.into_iter().filter(|(_, times)| times.count > 0)
    }
}

/// What the server's process used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ServerUse {
    /// Processor time in all, in microseconds.
    pub cpu_us: u64,
    /// Processor time for each.
    pub cpu_us_each: f64,
    /// The load generator's own, for comparison.
    pub generator_cpu_us_each: f64,
    /// Memory before, in KiB.
    pub rss_before_kib: u64,
    /// Memory after, in KiB.
    pub rss_after_kib: u64,
    /// Threads after.
    pub threads: u64,
}

impl Report {
    /// Whether every phone registered and every call completed.
    pub fn is_clean(&self) -> bool {
        let registered = self.registration.registered == self.registration.phones;
        let heard = |sound: &SoundReport| sound.silent == 0 && sound.ports_refused == 0;
        registered
            && self.calls.as_ref().is_none_or(CallReport::is_clean)
            && self.idle.as_ref().is_none_or(|idle| idle.registered == self.registration.phones)
            && self.sound.as_ref().is_none_or(heard)
    }

    /// As JSON, for scripts.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// As a page that needs nothing else.
    pub fn to_html(&self) -> String {
        html::page(self)
    }
}

impl CallReport {
    fn is_clean(&self) -> bool {
        self.failed == 0 && self.not_begun == 0 && self.phones_lost.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transport {
            Transport::Sockets => writeln!(f, "{} at protocol version {}", self.target, self.protocol)?,
            Transport::Memory => writeln!(
                f,
                "IN MEMORY, without sockets: our exchange in this process, protocol version {}",
                self.protocol
            )?,
        }
        writeln!(f, "{}", self.plan)?;
        self.registration.fmt(f)?;
        self.calls.as_ref().map_or(Ok(()), |calls| calls.fmt(f))?;
        self.idle.as_ref().map_or(Ok(()), |idle| idle.fmt(f))?;
        self.sound.as_ref().map_or(Ok(()), |sound| sound.fmt(f))
    }
}

impl fmt::Display for IdleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IdleReport { seconds, registered, .. } = self;
        writeln!(f, "\nidle           {registered} phones in service after {seconds:.1} s without calls")?;
        let Some(used) = &self.server else { return Ok(()) };
        writeln!(
            f,
            "  server       {:.2} % of one core, {:.2} µs processor per phone and second, memory {} → {} KiB",
            used.cpu_us as f64 / 1e4 / seconds,
            used.cpu_us_each / seconds,
            used.rss_before_kib,
            used.rss_after_kib,
        )
    }
}

impl fmt::Display for RegistrationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RegistrationReport { phones, registered, seconds, per_second, .. } = self;
        writeln!(
            f,
            "\nregistrations  {registered} of {phones} in {seconds:.2} s, {per_second:.0} per second"
        )?;
        heading(f)?;
        row(f, "acknowledged", &self.ack)?;
        row(f, "complete", &self.complete)?;
        reasons(f, "phones failed", &self.failures)?;
        if let Some(kib) = self.kib_per_phone {
            writeln!(f, "  memory       {kib:.2} KiB a phone: its side and the exchange's")?;
        }
        used(f, "registration", self.server.as_ref(), *registered)
    }
}

impl fmt::Display for SoundReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SoundReport { streams, heard, silent, sent, received, lost, .. } = self;
        writeln!(f, "\nsound          {sent} packets in {streams} streams sent, {received} received")?;
        writeln!(f, "  heard        {heard} streams, {silent} of them silent; {lost} packets lost")?;
        for (count, what) in [
            (self.refused, "packets that the network refused"),
            (self.left_out, "packets left out: the generator was late"),
            (self.stray, "packets for no stream"),
            (self.ports_refused, "ports that could not be had"),
        ] {
            if count > 0 {
                writeln!(f, "  {count} {what}")?;
            }
        }
        heading(f)?;
        row(f, "jitter", &self.jitter)?;
        row(f, "sent late", &self.late)
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallReport { begun, completed, failed, seconds, per_second, .. } = self;
        writeln!(
            f,
            "\ncalls          {completed} of {begun} complete, {failed} failed, in {seconds:.1} s: {per_second:.1} per second"
        )?;
        if self.not_begun > 0 {
            writeln!(f, "  not begun    {}: no pair of phones was free; use more phones", self.not_begun)?;
        }
        if self.latencies.named().next().is_some() {
            heading(f)?;
        }
        self.latencies.named().try_for_each(|(name, times)| row(f, name, times))?;
        reasons(f, "calls failed", &self.failures)?;
        reasons(f, "phones lost", &self.phones_lost)?;
        used(f, "call", self.server.as_ref(), *completed)
    }
}

fn heading(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "  {:<12} {:>9} {:>9} {:>9} {:>9} {:>9}", "ms", "p50", "p90", "p99", "p99.9", "max")
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, times: &Summary) -> fmt::Result {
    let Summary { p50_ms, p90_ms, p99_ms, p999_ms, max_ms, .. } = times;
    writeln!(f, "  {name:<12} {p50_ms:>9.3} {p90_ms:>9.3} {p99_ms:>9.3} {p999_ms:>9.3} {max_ms:>9.3}")
}

fn reasons(f: &mut fmt::Formatter<'_>, what: &str, failures: &BTreeMap<String, u64>) -> fmt::Result {
    for (reason, count) in failures {
        writeln!(f, "  {what}: {count} × {reason}")?;
    }
    Ok(())
}

fn used(f: &mut fmt::Formatter<'_>, what: &str, server: Option<&ServerUse>, count: u64) -> fmt::Result {
    let Some(used) = server else { return Ok(()) };
    let grown = used.rss_after_kib.saturating_sub(used.rss_before_kib);
    writeln!(
        f,
        "  server       {:.1} µs processor per {what} ({} ms in all), memory {} → {} KiB ({:.2} per {what}), {} threads",
        used.cpu_us_each,
        used.cpu_us / 1000,
        used.rss_before_kib,
        used.rss_after_kib,
        grown as f64 / count.max(1) as f64,
        used.threads,
    )?;
    writeln!(f, "  generator    {:.1} µs processor per {what}", used.generator_cpu_us_each)
}
