//! One synchronisation source: order, loss, jitter (RFC 3550 A.1, A.8).

use super::Settings;
use super::burst::BurstGap;
use crate::rtp::{Header, Packet};
use std::time::Duration;

/// Packets near each other in sequence that make a source valid (RFC 3550 A.1, MIN_SEQUENTIAL).
pub const PROBATION_PACKETS: u32 = 2;
/// A jump forward of this many packets is a restart, not loss (RFC 3550 A.1, MAX_DROPOUT).
pub const DROPOUT_PACKETS_MAX: u16 = 3000;
/// A packet this far behind is a restart, not disorder (RFC 3550 A.1, MAX_MISORDER).
pub const MISORDER_PACKETS_MAX: u16 = 100;
/// A step between transit times of more than this is a new clock, not jitter, in milliseconds.
const TRANSIT_STEP_MS_MAX: u32 = 5000;
/// How long the fastest transit time is remembered, in milliseconds: clocks drift apart.
const BASELINE_MS: u64 = 10_000;

/// A packet with its time of arrival on the stream's clock.
pub(super) struct Arrival<'a> {
    pub header: &'a Header,
    pub bytes: u64,
    pub now: Duration,
    ticks: u32,
    is_event: bool,
}

impl<'a> Arrival<'a> {
    pub fn new(now: Duration, packet: &'a Packet<'_>, settings: &Settings) -> Self {
        let ticks = now.as_nanos() * u128::from(settings.clock_hz) / 1_000_000_000;
        Self {
            header: &packet.header,
            bytes: packet.payload.len() as u64,
            now,
            ticks: ticks as u32,
            is_event: settings.event_payload_type == Some(packet.header.payload_type),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Counted,
    /// Two packets in sequence, far from where the stream was: the sender started anew.
    Restart,
}

#[derive(Debug, Clone)]
pub(super) struct Source {
    pub ssrc: u32,
    pub payload_type: u8,
    /// Sequence numbers with their cycles; the base is negative where an earlier packet than the first came later.
    base: i64,
    highest: i64,
    probation: u32,
    /// Where a restarted sender would go on.
    bad_sequence: Option<u16>,
    /// Bit n: the packet n places behind the highest has arrived.
    window: u128,
    pub first_at: Duration,
    pub last_at: Duration,
    pub received: u64,
    pub bytes: u64,
    pub duplicates: u64,
    pub reordered: u64,
    pub stray: u64,
    pub late: u64,
    pub talk_gaps: u64,
    pub delta_max: Duration,
    pub bursts: BurstGap,
    pub timing: Timing,
    last_timestamp: u32,
    step_ticks: Option<u32>,
}

impl Source {
    pub fn new(arrival: &Arrival<'_>) -> Self {
        let mut timing = Timing::default();
        if !arrival.is_event {
            timing.transit = Some(arrival.ticks.wrapping_sub(arrival.header.timestamp));
        }
        Self {
            ssrc: arrival.header.ssrc,
            payload_type: arrival.header.payload_type,
            base: i64::from(arrival.header.sequence),
            highest: i64::from(arrival.header.sequence),
            probation: PROBATION_PACKETS - 1,
            bad_sequence: None,
            window: 1,
            first_at: arrival.now,
            last_at: arrival.now,
            received: 1,
            bytes: arrival.bytes,
            duplicates: 0,
            reordered: 0,
            stray: 0,
            late: 0,
            talk_gaps: 0,
            delta_max: Duration::ZERO,
            bursts: BurstGap::default(),
            timing,
            last_timestamp: arrival.header.timestamp,
            step_ticks: None,
        }
    }

    pub fn is_valid(&self) -> bool {
        self.probation == 0
    }

    /// Every packet that came, duplicates and strays too.
    pub fn packets(&self) -> u64 {
        self.received + self.duplicates + self.stray
    }

    /// Highest sequence number with its cycles (RFC 3550 A.1).
    pub fn extended_highest(&self) -> i64 {
        self.highest
    }

    pub fn expected(&self) -> u64 {
        (self.highest - self.base).unsigned_abs() + 1
    }

    pub fn take(&mut self, arrival: &Arrival<'_>, settings: &Settings) -> Verdict {
        let sequence = arrival.header.sequence;
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let behind = ahead.wrapping_neg();
        let forward_max = if self.is_valid() { DROPOUT_PACKETS_MAX } else { MISORDER_PACKETS_MAX };
        match ahead {
            0 => self.duplicates += 1,
            _ if ahead < forward_max => self.forward(arrival, ahead, settings),
            _ if behind <= MISORDER_PACKETS_MAX => self.behind(arrival, behind, settings),
            _ if !self.is_valid() => self.probe_again(arrival),
            _ if self.bad_sequence == Some(sequence) => return Verdict::Restart,
            _ => {
                self.bad_sequence = Some(sequence.wrapping_add(1));
                self.stray += 1;
            }
        }
        Verdict::Counted
    }

    /// Far away while on probation: start over with this packet; what came before is stray.
    fn probe_again(&mut self, arrival: &Arrival<'_>) {
        let stray = self.packets();
        *self = Self { stray, ..Self::new(arrival) };
    }

    fn forward(&mut self, arrival: &Arrival<'_>, ahead: u16, settings: &Settings) {
        self.bad_sequence = None;
        self.highest += i64::from(ahead);
        self.slide(ahead);
        self.count(arrival);
        let delta = arrival.now.saturating_sub(self.last_at);
        if self.follows_a_pause(arrival, ahead) {
            self.talk_gaps += 1;
        } else {
            self.delta_max = self.delta_max.max(delta);
        }
        self.last_at = arrival.now;
        self.last_timestamp = arrival.header.timestamp;
        self.time(arrival, settings);
    }

    /// An old packet: either the first copy, late, or another copy. It may be older than the first that came.
    fn behind(&mut self, arrival: &Arrival<'_>, behind: u16, settings: &Settings) {
        let bit = 1u128 << behind;
        if self.window & bit != 0 {
            self.duplicates += 1;
            return;
        }
        self.base = self.base.min(self.highest - i64::from(behind));
        self.window |= bit;
        self.reordered += 1;
        self.count(arrival);
        self.time(arrival, settings);
    }

    fn count(&mut self, arrival: &Arrival<'_>) {
        self.probation = self.probation.saturating_sub(1);
        self.received += 1;
        self.bytes += arrival.bytes;
        if !arrival.is_event {
            self.payload_type = arrival.header.payload_type;
        }
    }

    fn time(&mut self, arrival: &Arrival<'_>, settings: &Settings) {
        if arrival.is_event {
            return;
        }
        let transit = arrival.ticks.wrapping_sub(arrival.header.timestamp);
        let late_ticks = ticks(settings, settings.late_ms);
        let excess = self.timing.take(transit, arrival.now, ticks(settings, TRANSIT_STEP_MS_MAX));
        self.late += u64::from(excess > late_ticks);
    }

    /// Moves the window; what leaves it is lost or not, for good.
    fn slide(&mut self, ahead: u16) {
        const WIDTH: u64 = MISORDER_PACKETS_MAX as u64 + 1;
        let known = (self.expected() - u64::from(ahead)).min(WIDTH);
        for step in 0..u64::from(ahead) {
            // Before the move, the oldest that leaves lies WIDTH - 1 - step places behind.
            let place = (WIDTH - 1).checked_sub(step);
            match place {
                Some(place) if place >= known => {}
                Some(place) => self.bursts.push(self.window & 1 << place == 0),
                None => self.bursts.push(true),
            }
        }
        self.window = self.window.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
    }

    /// Bursts with what is still in the window.
    pub fn bursts_now(&self) -> BurstGap {
        let mut bursts = self.bursts.clone();
        let known = self.expected().min(u64::from(MISORDER_PACKETS_MAX) + 1);
        for place in (0..known).rev() {
            bursts.push(self.window & 1 << place == 0);
        }
        bursts
    }

    /// True where the timestamp moved on further than the sequence number says: the sender was silent.
    fn follows_a_pause(&mut self, arrival: &Arrival<'_>, ahead: u16) -> bool {
        if arrival.is_event || ahead != 1 {
            return false;
        }
        let step = arrival.header.timestamp.wrapping_sub(self.last_timestamp);
        if step == 0 || step > u32::MAX / 2 {
            return false;
        }
        let usual = self.step_ticks.map_or(step, |usual| usual.min(step));
        self.step_ticks = Some(usual);
        step >= usual.saturating_mul(2)
    }
}

fn ticks(settings: &Settings, ms: u32) -> u32 {
    u32::try_from(u64::from(ms) * u64::from(settings.clock_hz) / 1000).unwrap_or(u32::MAX)
}

/// Interarrival jitter and delay above the fastest packet.
#[derive(Debug, Clone, Default)]
pub(super) struct Timing {
    transit: Option<u32>,
    /// RFC 3550 A.8: sixteen times the jitter, in ticks.
    jitter_16: u64,
    jitter_16_max: u64,
    /// Fastest transit of the last whole window and of the one under way.
    fastest: [Option<u32>; 2],
    window_ends: Duration,
    pub clock_jumps: u32,
    pub excess_max: u32,
}

impl Timing {
    /// Ticks of jitter, as RTCP reports them.
    pub fn jitter(&self) -> u64 {
        self.jitter_16 >> 4
    }

    /// Sixteen times the jitter: now, and at its highest.
    pub fn jitter_16(&self) -> (u64, u64) {
        (self.jitter_16, self.jitter_16_max)
    }

    /// Yields by how many ticks this packet was slower than the fastest of late.
    fn take(&mut self, transit: u32, now: Duration, step_max: u32) -> u32 {
        let step = self.transit.map_or(0, |last| (transit.wrapping_sub(last) as i32).unsigned_abs());
        self.transit = Some(transit);
        if step > step_max {
            self.clock_jumps += 1;
            self.fastest = [None; 2];
            return 0;
        }
        self.jitter_16 = self.jitter_16 + u64::from(step) - ((self.jitter_16 + 8) >> 4);
        self.jitter_16_max = self.jitter_16_max.max(self.jitter_16);
        self.excess(transit, now)
    }

    fn excess(&mut self, transit: u32, now: Duration) -> u32 {
        if now >= self.window_ends {
            self.fastest = [self.fastest[1], None];
            self.window_ends = now.saturating_add(Duration::from_millis(BASELINE_MS));
        }
        let faster = |known: Option<u32>| known.is_none_or(|known| (transit.wrapping_sub(known) as i32) < 0);
        if faster(self.fastest[1]) {
            self.fastest[1] = Some(transit);
        }
        let excess = |known: Option<u32>| known.map_or(0, |known| transit.wrapping_sub(known) as i32).max(0);
        let excess = excess(self.fastest[0]).max(excess(self.fastest[1])).unsigned_abs();
        self.excess_max = self.excess_max.max(excess);
        excess
    }
}
