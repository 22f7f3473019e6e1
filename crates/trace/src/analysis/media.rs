//! RTP: whose it is by the orders, and what the wire shows of it.

use std::net::SocketAddr;
use std::time::Duration;

use hashbrown::HashMap;
use media::codec::CodecKind;
use media::quality::Conditions;
use media::receive::{Receiver, Settings};
use media::rtp::{HEADER_BYTES, Packet, is_rtcp};
use skinny::codes::MediaPayloadType as P;

use super::STREAMS_KEPT;
use super::analyst::Analyst;
use super::calls::LegRef;
use super::model::{Leg, MediaWay, Stream};
use crate::Timestamp;
use crate::reader::Datagram;

/// Addresses remembered before old ones are looked for.
const TARGETS_MIN: usize = 16_384;
/// An address that nothing was sent to for this long is forgotten when room is needed; the next span is for sites so busy that the
/// one before leaves too many. What is sent there nevertheless is counted as going to addresses that no order named.
const TARGET_NANOS: [i64; 3] = [120_000_000_000, 30_000_000_000, 5_000_000_000];
/// A copy this close behind its packet comes from the capture, not from the network.
const MIRROR_NANOS: i64 = 3_000_000;
/// A hole of the capture this near to a loss explains it.
const HOLE_NANOS: i64 = 200_000_000;

/// Where media goes, by the orders.
#[derive(Debug, Default)]
pub(super) struct Targets {
    by_address: HashMap<SocketAddr, Target>,
    limit: usize,
    hole: Option<Timestamp>,
    /// RTP packets to addresses that no order named.
    pub stray: u64,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    receiver: Option<LegRef>,
    sender: Option<LegRef>,
    branch: Option<u16>,
    last: Timestamp,
}

impl Targets {
    /// A leg receives at `local`; says which leg was told to send there.
    pub(super) fn receives(&mut self, local: SocketAddr, leg: LegRef, now: Timestamp) -> Option<LegRef> {
        self.make_room(now);
        let target = Target { receiver: Some(leg), sender: None, branch: None, last: now };
        match self.by_address.insert(local, target) {
            // The order to send came first: the same answer twice, or messages out of order.
            Some(Target { sender: Some(sender), receiver: None, .. }) => Some(sender),
            _ => None,
        }
    }

    /// The same where it is not certain: what is known already stays.
    pub(super) fn may_receive(&mut self, local: SocketAddr, leg: LegRef, now: Timestamp) {
        self.make_room(now);
        let target = Target { receiver: Some(leg), sender: None, branch: None, last: now };
        self.by_address.entry(local).or_insert(target);
    }

    /// A leg is told to send to `remote`; says which leg receives there.
    pub(super) fn sends(
        &mut self,
        remote: SocketAddr,
        leg: LegRef,
        branch: Option<u16>,
        now: Timestamp,
    ) -> Option<LegRef> {
        self.make_room(now);
        let target = self.by_address.entry(remote).or_insert(Target {
            receiver: None,
            sender: None,
            branch: None,
            last: now,
        });
        (target.sender, target.branch, target.last) = (Some(leg), branch, now);
        target.receiver
    }

    /// The capture has a hole at this time.
    pub(super) fn capture_hole(&mut self, time: Timestamp) {
        self.hole = Some(time);
    }

    #[inline]
    fn make_room(&mut self, now: Timestamp) {
        if self.by_address.len() >= self.limit.max(TARGETS_MIN) {
            for span in TARGET_NANOS {
                self.by_address.retain(|_, target| now.since(target.last) <= span);
                if self.by_address.len() <= TARGETS_MIN / 2 {
                    break;
                }
            }
            self.limit = self.by_address.len() * 2;
        }
    }
}

impl Analyst {
    /// A UDP datagram: RTP of a call, perhaps.
    #[inline]
    pub fn datagram(&mut self, datagram: &Datagram<'_>) {
        let is_rtp = datagram.payload.len() >= HEADER_BYTES && datagram.payload[0] >> 6 == 2;
        self.names.take(datagram);
        if self.options.no_media || !is_rtp || is_rtcp(datagram.payload) {
            return;
        }
        let Some(target) = self.targets.by_address.get_mut(&datagram.dst) else {
            return self.stray(datagram);
        };
        target.last = datagram.time;
        let target = *target;
        self.rtp(datagram, target);
    }

    /// RTP to an address that no order named: that of a leg whose orders lie before the source, when it comes from where such a leg
    /// receives.
    #[cold]
    fn stray(&mut self, datagram: &Datagram<'_>) {
        let from = self.targets.by_address.get(&datagram.src).and_then(|target| target.receiver);
        if let Some(sender) = from.map(|leg| self.calls.leg(leg)) {
            let call = &self.calls.live(sender.call).call;
            let unordered =
                |leg: &Leg| leg.from_middle && leg.media.iter().all(|order| order.way != MediaWay::Transmit);
            if call.legs.get(usize::from(sender.leg)).is_some_and(unordered) {
                let last = datagram.time;
                return self
                    .rtp(datagram, Target { receiver: None, sender: Some(sender), branch: None, last });
            }
        }
        self.targets.stray += 1;
    }

    fn rtp(&mut self, datagram: &Datagram<'_>, target: Target) {
        let Some(owner) = target.sender.or(target.receiver) else { return };
        let Ok(packet) = Packet::parse(datagram.payload) else { return };
        let hole = self.targets.hole;
        let live = self.calls.live(owner.call);
        let id = live.id;
        let mine = |state: &&mut StreamState| {
            let stream = &state.stream;
            stream.ssrc == packet.header.ssrc && stream.dst == datagram.dst && stream.src == datagram.src
        };
        if let Some(state) = live.streams.iter_mut().rev().find(mine) {
            state.take(datagram.time, &packet, hole);
            return;
        }
        if live.streams.len() + live.call.streams.len() >= STREAMS_KEPT {
            return;
        }
        let leg_in = |leg: Option<LegRef>, calls: &mut super::calls::Calls| {
            let leg = calls.leg(leg?);
            (leg.call == id).then_some(leg.leg)
        };
        let from_leg = leg_in(target.sender, &mut self.calls);
        let to_leg = leg_in(target.receiver, &mut self.calls);
        let branch = target.branch.map(|branch| branch + self.calls.resolve(owner.call).2);
        let live = self.calls.live(owner.call);
        let ordered = from_leg.and_then(|leg| {
            let orders = &live.call.legs.get(usize::from(leg))?.media;
            orders
                .iter()
                .rev()
                .find(|order| order.way == MediaWay::Transmit && order.remote == Some(datagram.dst))
        });
        let mut state = StreamState::new(
            datagram,
            &packet,
            ordered.and_then(|order| codec_of(order.codec)),
            ordered.map_or(0, |order| order.event_payload_type as u8),
        );
        state.stream.encrypted = ordered.is_some_and(|order| order.key.is_some());
        (state.stream.from_leg, state.stream.to_leg, state.stream.branch) = (from_leg, to_leg, branch);
        state.take(datagram.time, &packet, hole);
        live.streams.push(state);
    }
}

/// The codec that an order names.
pub fn codec_of(payload: u32) -> Option<CodecKind> {
    Some(match P(payload) {
        P::G711_ALAW64K | P::G711_ALAW56K => CodecKind::Pcma,
        P::G711_ULAW64K | P::G711_ULAW56K => CodecKind::Pcmu,
        P::G722_64K | P::G722_56K | P::G722_48K => CodecKind::G722,
        P::G7231 => CodecKind::G723,
        P::G729 | P::G729_ANNEX_A | P::G729_ANNEX_B | P::G729_ANNEX_AW_ANNEX_B => CodecKind::G729,
        P::GSM_FULL_RATE => CodecKind::Gsm,
        P::WIDE_BAND_256K => CodecKind::L16Wide,
        _ => return None,
    })
}

/// An RTP stream while it is watched.
#[derive(Debug)]
pub(super) struct StreamState {
    pub stream: Stream,
    receiver: Receiver,
    codec: Option<CodecKind>,
    event_payload_type: Option<u8>,
    last: Option<(u16, u32, Timestamp)>,
    /// Steps of the timestamp between neighbours, by how often: the packet time.
    step: (u32, u32),
    quiet: u64,
    audible: u64,
    near_copies: u64,
}

impl StreamState {
    fn new(datagram: &Datagram<'_>, packet: &Packet<'_>, ordered: Option<CodecKind>, events: u8) -> Self {
        let codec = CodecKind::of_payload_type(packet.header.payload_type).or(ordered);
        let event_payload_type = (events != 0).then_some(events);
        let clock_hz = codec.map_or(8000, CodecKind::clock_hz);
        Self {
            stream: Stream {
                src: datagram.src,
                dst: datagram.dst,
                ssrc: packet.header.ssrc,
                payload_type: packet.header.payload_type,
                from_leg: None,
                to_leg: None,
                branch: None,
                traffic_class: datagram.traffic_class,
                first: datagram.time,
                last: datagram.time,
                packets: 0,
                expected: 0,
                lost: 0,
                duplicates: 0,
                mirrored: false,
                reordered: 0,
                late: 0,
                lost_in_capture: 0,
                jitter_ms: 0.0,
                jitter_ms_max: 0.0,
                delta_ms_max: 0.0,
                loss_runs: 0,
                loss_run_max: 0,
                bursts: 0,
                codec: codec.map_or("", CodecKind::name).into(),
                packet_ms: 0,
                mos: None,
                silence: None,
                encrypted: false,
            },
            receiver: Receiver::new(Settings { clock_hz, event_payload_type, ..Settings::default() }),
            codec,
            event_payload_type,
            last: None,
            step: (0, 0),
            quiet: 0,
            audible: 0,
            near_copies: 0,
        }
    }

    pub(super) fn shift(&mut self, legs: u16, branches: u16) {
        let shift = |index: &mut Option<u16>, by: u16| *index = index.map(|index| index + by);
        shift(&mut self.stream.from_leg, legs);
        shift(&mut self.stream.to_leg, legs);
        shift(&mut self.stream.branch, branches);
    }

    fn take(&mut self, time: Timestamp, packet: &Packet<'_>, hole: Option<Timestamp>) {
        let since = time.since(self.stream.first).max(0);
        self.receiver.receive(Duration::from_nanos(since as u64), packet);
        self.stream.last = self.stream.last.max(time);
        let header = &packet.header;
        let is_event = self.event_payload_type == Some(header.payload_type);
        if !is_event {
            self.stream.payload_type = header.payload_type;
        }
        if let Some((sequence, timestamp, before)) = self.last {
            let ahead = header.sequence.wrapping_sub(sequence);
            match ahead {
                0 => self.near_copies += u64::from(time.since(before) <= MIRROR_NANOS),
                1 if !is_event => self.stepped(header.timestamp.wrapping_sub(timestamp)),
                2..0x8000 => {
                    let explained = hole.is_some_and(|hole| {
                        hole.since(before) >= -HOLE_NANOS && time.since(hole) >= -HOLE_NANOS
                    });
                    self.stream.lost_in_capture += if explained { u64::from(ahead) - 1 } else { 0 };
                }
                _ => {}
            }
            if (1..0x8000).contains(&ahead) {
                self.last = Some((header.sequence, header.timestamp, time));
            }
        } else {
            self.last = Some((header.sequence, header.timestamp, time));
        }
        if !is_event && !self.stream.encrypted {
            self.listen(packet.payload);
        }
    }

    /// Keeps the step that most neighbours have (a majority vote in one pass).
    fn stepped(&mut self, step: u32) {
        let (kept, votes) = self.step;
        self.step = match votes {
            0 => (step, 1),
            _ if kept == step => (kept, votes + 1),
            _ => (kept, votes - 1),
        };
    }

    /// Whether a packet is silence: G.711 shows it by its codes next to zero.
    fn listen(&mut self, payload: &[u8]) {
        let is_quiet = match self.codec {
            Some(CodecKind::Pcmu) => payload.iter().all(|byte| byte & 0x7f >= 0x7c),
            Some(CodecKind::Pcma) => payload.iter().all(|byte| (byte ^ 0x55) & 0x7f <= 1),
            _ => return,
        };
        self.quiet += u64::from(is_quiet);
        self.audible += u64::from(!is_quiet);
    }

    pub(super) fn into_stream(self) -> Stream {
        let report = self.receiver.report();
        let clock_hz = self.codec.map_or(8000, CodecKind::clock_hz);
        let heard = self.quiet + self.audible;
        let mut stream = self.stream;
        stream.packets = report.packets;
        stream.expected = report.expected;
        stream.lost = report.lost;
        stream.duplicates = report.duplicates;
        stream.mirrored =
            report.duplicates * 2 >= report.packets && self.near_copies * 2 >= report.duplicates;
        stream.reordered = report.reordered;
        stream.late = report.late;
        stream.lost_in_capture = stream.lost_in_capture.min(report.lost);
        stream.jitter_ms = report.jitter_ms as f32;
        stream.jitter_ms_max = report.jitter_ms_max as f32;
        stream.delta_ms_max = report.delta_ms_max as f32;
        stream.loss_runs = report.bursts.runs;
        stream.loss_run_max = report.bursts.run_max;
        stream.bursts = report.bursts.bursts;
        stream.packet_ms = if self.step.1 > 0 { self.step.0.saturating_mul(1000) / clock_hz } else { 0 };
        stream.mos = self
            .codec
            .filter(|_| report.packets >= 2)
            .map(|codec| Conditions::of_report(&report, codec, 0.0).mos() as f32);
        stream.silence = (heard > 0).then(|| self.quiet as f32 / heard as f32);
        stream
    }
}
