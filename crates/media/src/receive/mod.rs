//! What a receiver knows of a stream: RFC 3550 A.1 (order), A.3 (loss), A.8 (jitter), RFC 3611 4.7.2 (bursts).
//!
//! Differences from the RFC's sample code, all on purpose. The packets of the probation count once the source is
//! valid, so that a call of a hundred packets reads as a hundred, and they need only be near each other, since a
//! network may disorder the first packets too. Duplicates are told apart by a window of
//! sequence numbers and do not hide losses. Another SSRC takes over only after packets of its own probation
//! with none of the current source between them; until then its packets are foreign. What a former source or a
//! former run of sequence numbers counted stays in the totals.

mod burst;
mod report;
mod source;

pub use burst::{BurstGap, GAP_PACKETS_MIN};
pub use report::Report;
pub use source::{DROPOUT_PACKETS_MAX, MISORDER_PACKETS_MAX, PROBATION_PACKETS};

use crate::rtp::Packet;
use report::Totals;
use source::{Arrival, Source, Verdict};
use std::time::Duration;

/// A packet this much slower than the fastest of late came too late to be played, in milliseconds, unless the
/// caller says otherwise.
pub const LATE_MS: u32 = 100;

/// What a receiver must be told of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Clock of the timestamps, in Hz; 0 counts as 8000.
    pub clock_hz: u32,
    /// Payload type of telephone events: they count as packets, but not for jitter, since all packets of an
    /// event carry one timestamp (RFC 4733 2.2).
    pub event_payload_type: Option<u8>,
    /// From how much added delay on a packet counts as late, in milliseconds.
    pub late_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { clock_hz: 8000, event_payload_type: None, late_ms: LATE_MS }
    }
}

/// Statistics of one RTP stream as it arrives.
#[derive(Debug, Clone)]
pub struct Receiver {
    settings: Settings,
    source: Option<Source>,
    candidate: Option<Source>,
    past: Totals,
    foreign: u64,
    ssrc_changes: u32,
    restarts: u32,
    reported: (u64, u64),
}

impl Receiver {
    /// Nothing has arrived yet.
    pub fn new(settings: Settings) -> Self {
        let clock_hz = if settings.clock_hz == 0 { 8000 } else { settings.clock_hz };
        Self {
            settings: Settings { clock_hz, ..settings },
            source: None,
            candidate: None,
            past: Totals::default(),
            foreign: 0,
            ssrc_changes: 0,
            restarts: 0,
            reported: (0, 0),
        }
    }

    /// Takes one packet; `now` is since any fixed moment and does not step back.
    pub fn receive(&mut self, now: Duration, packet: &Packet<'_>) {
        let arrival = Arrival::new(now, packet, &self.settings);
        let Some(source) = &mut self.source else {
            self.source = Some(Source::new(&arrival));
            return;
        };
        if source.ssrc != packet.header.ssrc {
            return self.foreign(&arrival);
        }
        self.foreign += self.candidate.take().map_or(0, |candidate| candidate.packets());
        if source.take(&arrival, &self.settings) == Verdict::Restart {
            self.past.add(source);
            *source = Source::new(&arrival);
            self.restarts += 1;
        }
    }

    /// A packet of another source: it becomes the current one after its probation, or at once where the current
    /// one never passed its own.
    fn foreign(&mut self, arrival: &Arrival<'_>) {
        let follows = match &mut self.candidate {
            Some(candidate) if candidate.ssrc == arrival.header.ssrc => {
                candidate.take(arrival, &self.settings);
                candidate.is_valid()
            }
            _ => {
                self.forget_candidate();
                self.candidate = Some(Source::new(arrival));
                false
            }
        };
        if follows && let Some(source) = std::mem::replace(&mut self.source, self.candidate.take()) {
            self.past.add(&source);
            self.ssrc_changes += 1;
        }
    }

    fn forget_candidate(&mut self) {
        self.foreign += self.candidate.take().map_or(0, |candidate| candidate.packets());
    }

    /// Everything so far, in plain numbers.
    pub fn report(&self) -> Report {
        let mut report = Report::of(&self.past, self.source.as_ref(), self.settings.clock_hz);
        report.foreign = self.foreign + self.candidate.as_ref().map_or(0, Source::packets);
        report.ssrc_changes = self.ssrc_changes;
        report.restarts = self.restarts;
        report
    }

    /// Share of packets lost since the last call, in 1/256, for an RTCP receiver report (RFC 3550 A.3).
    pub fn fraction_lost(&mut self) -> u8 {
        let report = self.report();
        let received = report.packets + report.duplicates;
        let expected = report.expected - self.reported.0.min(report.expected);
        let arrived = received - self.reported.1.min(received);
        self.reported = (report.expected, received);
        let lost = expected.saturating_sub(arrived);
        u8::try_from((lost << 8).checked_div(expected).unwrap_or(0)).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests;
