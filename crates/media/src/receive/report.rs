//! The figures of a stream, in plain numbers.

use super::burst::BurstGap;
use super::source::Source;
use std::time::Duration;

/// What a receiver has counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The source that is heard now; nothing before the first packet.
    pub ssrc: Option<u32>,
    /// Its last audio payload type.
    pub payload_type: Option<u8>,
    /// Packets received, each once.
    pub packets: u64,
    /// Their payload bytes.
    pub payload_bytes: u64,
    /// Packets that the sequence numbers say were sent.
    pub expected: u64,
    /// Packets that never came: expected less received, duplicates not counted as received.
    pub lost: u64,
    /// Cumulative loss as RTCP reports it: duplicates make up for losses, so it may be negative, and it is held
    /// to 24 bits (RFC 3550 6.4.1).
    pub lost_rtcp: i32,
    /// Second and further copies.
    pub duplicates: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Packets slower than the fastest of late by more than [`super::Settings::late_ms`].
    pub late: u64,
    /// Packets that fit nowhere in the sequence.
    pub stray: u64,
    /// Packets of other sources that never took over.
    pub foreign: u64,
    /// Times that another source took over.
    pub ssrc_changes: u32,
    /// Times that the sender began a new run of sequence numbers.
    pub restarts: u32,
    /// Times that timestamps jumped against the clock by seconds.
    pub clock_jumps: u32,
    /// Pauses of the sender (silence suppression).
    pub talk_gaps: u64,
    /// Highest sequence number, with its cycles in the upper bits (RFC 3550 6.4.1, 32 bits of it).
    pub extended_highest: u32,
    /// How often the sequence number wrapped.
    pub cycles: u32,
    /// Interarrival jitter in ticks of the RTP clock, as RTCP reports it (RFC 3550 A.8).
    pub jitter_ticks: u32,
    /// The same in milliseconds.
    pub jitter_ms: f64,
    /// Its highest value, in milliseconds.
    pub jitter_ms_max: f64,
    /// Longest time between packets in sequence, pauses left out, in milliseconds.
    pub delta_ms_max: f64,
    /// Most that a packet was slower than the fastest of late, in milliseconds.
    pub delay_spread_ms_max: f64,
    /// From the first packet to the last, in milliseconds.
    pub duration_ms: f64,
    /// How the losses lie.
    pub bursts: BurstGap,
}

impl Report {
    /// Share of packets lost, 0 to 1.
    pub fn loss(&self) -> f64 {
        if self.expected == 0 { 0.0 } else { self.lost as f64 / self.expected as f64 }
    }

    pub(super) fn of(past: &Totals, source: Option<&Source>, clock_hz: u32) -> Self {
        let mut totals = past.clone();
        let mut report = Self::default();
        if let Some(source) = source {
            totals.add(source);
            report.ssrc = Some(source.ssrc);
            report.payload_type = Some(source.payload_type);
            report.extended_highest = source.extended_highest() as u32;
            report.cycles = (source.extended_highest() >> 16) as u32;
            report.jitter_ticks = u32::try_from(source.timing.jitter()).unwrap_or(u32::MAX);
            report.jitter_ms = ms_of(source.timing.jitter_16().0 as f64 / 16.0, clock_hz);
        }
        totals.fill(report, clock_hz)
    }
}

/// Sums over sources and runs that are over.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    received: u64,
    bytes: u64,
    expected: u64,
    duplicates: u64,
    reordered: u64,
    late: u64,
    stray: u64,
    clock_jumps: u32,
    talk_gaps: u64,
    jitter_16_max: u64,
    excess_max: u32,
    delta_max: Duration,
    first_at: Option<Duration>,
    last_at: Duration,
    bursts: BurstGap,
}

impl Totals {
    pub fn add(&mut self, source: &Source) {
        self.received += source.received;
        self.bytes += source.bytes;
        self.expected += source.expected();
        self.duplicates += source.duplicates;
        self.reordered += source.reordered;
        self.late += source.late;
        self.stray += source.stray;
        self.clock_jumps += source.timing.clock_jumps;
        self.talk_gaps += source.talk_gaps;
        self.jitter_16_max = self.jitter_16_max.max(source.timing.jitter_16().1);
        self.excess_max = self.excess_max.max(source.timing.excess_max);
        self.delta_max = self.delta_max.max(source.delta_max);
        self.first_at.get_or_insert(source.first_at);
        self.last_at = source.last_at;
        self.bursts.add(&source.bursts_now());
    }

    fn fill(self, report: Report, clock_hz: u32) -> Report {
        let missing = self.expected as i64 - (self.received + self.duplicates) as i64;
        let lasted = self.first_at.map_or(Duration::ZERO, |first| self.last_at.saturating_sub(first));
        Report {
            packets: self.received,
            payload_bytes: self.bytes,
            expected: self.expected,
            lost: self.expected.saturating_sub(self.received),
            lost_rtcp: missing.clamp(-0x80_0000, 0x7F_FFFF) as i32,
            duplicates: self.duplicates,
            reordered: self.reordered,
            late: self.late,
            stray: self.stray,
            clock_jumps: self.clock_jumps,
            talk_gaps: self.talk_gaps,
            jitter_ms_max: ms_of(self.jitter_16_max as f64 / 16.0, clock_hz),
            delta_ms_max: self.delta_max.as_secs_f64() * 1000.0,
            delay_spread_ms_max: ms_of(f64::from(self.excess_max), clock_hz),
            duration_ms: lasted.as_secs_f64() * 1000.0,
            bursts: self.bursts,
            ..report
        }
    }
}

fn ms_of(ticks: f64, clock_hz: u32) -> f64 {
    ticks * 1000.0 / f64::from(clock_hz)
}
