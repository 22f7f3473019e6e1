//! From one phone's mouth to another's ear: signal, codec, packets, a bad network, playout, codec, comparison.

#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use media::codec::CodecKind;
use media::compare::{self, Match};
use media::conceal::Concealer;
use media::dtmf::{Event, EventOrder, EventReceiver, EventSender};
use media::jitter::{Depth, JitterBuffer, Popped};
use media::quality::{Conditions, Meter};
use media::receive::{Receiver, Report, Settings};
use media::rtp::{Header, PACKET_BYTES_MAX, Packet, Sender, ticks_per_packet};
use media::speech::{Signature, Speech};
use std::time::Duration;

const PACKET_MS: u32 = 20;

/// What the network does to packets, all by chance from one seed.
#[derive(Clone, Copy)]
struct Network {
    seed: u64,
    lost_permille: u64,
    doubled_permille: u64,
    delay_ms: u64,
    jitter_ms: u64,
}

const CLEAN: Network = Network { seed: 1, lost_permille: 0, doubled_permille: 0, delay_ms: 10, jitter_ms: 0 };

impl Network {
    fn chance(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) % below.max(1)
    }

    /// Packets with their times of arrival, in the order in which they arrive.
    fn carry(mut self, sent: &[(u64, Vec<u8>)]) -> Vec<(u64, Vec<u8>)> {
        let mut arriving = Vec::new();
        for (at_ms, bytes) in sent {
            if self.chance(1000) < self.lost_permille {
                continue;
            }
            let copies = 1 + u64::from(self.chance(1000) < self.doubled_permille);
            for _ in 0..copies {
                arriving.push((at_ms + self.delay_ms + self.chance(self.jitter_ms + 1), bytes.clone()));
            }
        }
        arriving.sort_by_key(|packet| packet.0);
        arriving
    }
}

struct Heard {
    pcm: Vec<i16>,
    report: Report,
    meter: Meter,
}

fn send(kind: CodecKind, pcm: &[i16]) -> Vec<(u64, Vec<u8>)> {
    let mut codec = kind.open().unwrap();
    let ticks = ticks_per_packet(kind.clock_hz(), PACKET_MS).unwrap();
    let first = Header {
        payload_type: codec.payload_type(),
        sequence: 65_500,
        timestamp: u32::MAX - 4000,
        ssrc: 77,
        marker: false,
    };
    let mut sender = Sender::new(first, ticks);
    let (mut payload, mut packet) = (Vec::new(), [0; PACKET_BYTES_MAX]);
    let frame = (kind.sample_rate_hz() * PACKET_MS / 1000) as usize;
    let frames = pcm.chunks_exact(frame).enumerate();
    frames
        .map(|(n, frame)| {
            payload.clear();
            codec.encode(frame, &mut payload);
            let len = sender.packet(&payload, &mut packet).unwrap();
            (n as u64 * u64::from(PACKET_MS), packet[..len].to_vec())
        })
        .collect()
}

fn hear(kind: CodecKind, arriving: &[(u64, Vec<u8>)], depth: Depth) -> Heard {
    let mut codec = kind.open().unwrap();
    let ticks = ticks_per_packet(kind.clock_hz(), PACKET_MS).unwrap();
    let mut buffer = JitterBuffer::new(ticks, PACKET_MS, depth);
    let mut receiver = Receiver::new(Settings { clock_hz: kind.clock_hz(), ..Settings::default() });
    let mut concealer = Concealer::new(kind.sample_rate_hz());
    let mut meter = Meter::new(kind, 0.0);
    let (mut pcm, mut frame) = (Vec::new(), Vec::new());
    let samples = (kind.sample_rate_hz() * PACKET_MS / 1000) as usize;
    let last = arriving.last().map_or(0, |packet| packet.0);
    let mut waiting = arriving.iter().peekable();
    for at in (0..last + 200).step_by(5) {
        while let Some((arrived, bytes)) = waiting.next_if(|packet| packet.0 <= at) {
            let packet = Packet::parse(bytes).unwrap();
            receiver.receive(Duration::from_millis(*arrived), &packet);
            buffer.push(Duration::from_millis(*arrived), &packet);
        }
        match buffer.pop(Duration::from_millis(at)) {
            Popped::Frame(popped) => {
                frame.clear();
                codec.decode(popped.payload, &mut frame);
                concealer.played(&frame);
                meter.played(PACKET_MS, false);
                pcm.extend_from_slice(&frame);
            }
            Popped::Conceal => {
                concealer.conceal(samples, &mut pcm);
                meter.played(PACKET_MS, true);
            }
            Popped::Silence => pcm.extend(std::iter::repeat_n(0, samples)),
            Popped::Wait => {}
        }
    }
    Heard { pcm, report: receiver.report(), meter }
}

fn call(kind: CodecKind, network: Network, depth: Depth, seed: u64) -> (Match, Heard, usize) {
    let rate_hz = kind.sample_rate_hz();
    let said = Speech::new(seed, rate_hz).take(10_000);
    let sent = send(kind, &said);
    let heard = hear(kind, &network.carry(&sent), depth);
    let found = compare::find(&said, &heard.pcm, rate_hz, 1000).unwrap();
    assert!(Signature::nth(seed).is_in(&heard.pcm, rate_hz));
    (found, heard, sent.len())
}

#[test]
fn a_clean_network_carries_every_codec() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::L16Wide] {
        let (found, heard, sent) = call(kind, CLEAN, Depth::Fixed(40), 11);
        assert!(found.correlation > 0.99 && found.gain_db.abs() < 0.5, "{kind:?} {found:?}");
        assert!(found.delay_ms.abs() < 2.0, "{kind:?} {found:?}");
        assert_eq!((heard.report.packets, heard.report.lost, heard.report.jitter_ticks), (sent as u64, 0, 0));
    }
}

#[test]
fn loss_disorder_and_copies_leave_the_phrase_intelligible_and_are_counted() {
    for seed in 0..6 {
        let network = Network { seed, lost_permille: 30, doubled_permille: 20, delay_ms: 30, jitter_ms: 35 };
        let (found, heard, sent) = call(CodecKind::Pcmu, network, Depth::Fixed(60), seed + 20);
        assert!(found.correlation > 0.9, "seed {seed} {found:?}");
        let report = &heard.report;
        assert_eq!(report.packets + report.lost, report.expected);
        assert!(report.expected.abs_diff(sent as u64) <= 3, "{report:?}");
        assert!(report.lost > 3 && report.duplicates > 1 && report.reordered > 10, "{report:?}");
        assert!((3.0..20.0).contains(&report.jitter_ms), "{report:?}");
        assert_eq!(report.late, 0);
        let mos = Conditions::of_report(report, CodecKind::Pcmu, 90.0).mos();
        assert!((3.3..4.3).contains(&mos), "{mos}");
        let quality = heard.meter.quality();
        assert!(quality.conceal_seconds.is_some_and(|seconds| (2..=11).contains(&seconds)), "{quality}");
    }
}

#[test]
fn an_adaptive_buffer_finds_its_depth() {
    let network = Network { seed: 5, lost_permille: 5, doubled_permille: 0, delay_ms: 20, jitter_ms: 90 };
    let (found, heard, _) = call(CodecKind::G722, network, Depth::Adaptive { min_ms: 20, max_ms: 200 }, 8);
    assert!(found.correlation > 0.85, "{found:?}");
    assert!(heard.report.delay_spread_ms_max > 60.0);
}

#[test]
fn digits_cross_a_bad_network_once_each() {
    let mut sender = Sender::new(Header { ssrc: 5, sequence: 9, timestamp: 99, ..Header::default() }, 160);
    let mut packet = [0; 200];
    let mut sent = Vec::new();
    let mut at_ms = 0;
    for digit in "90*12#".chars() {
        let order = EventOrder {
            event: Event::of_digit(digit).unwrap(),
            volume: 10,
            payload_type: 101,
            timestamp: sender.timestamp(),
            ticks_per_packet: 160,
            duration: 800,
        };
        let mut event = EventSender::new(order);
        while let Some((header, payload)) = event.packet() {
            let len = sender.event(header, &payload, &mut packet).unwrap();
            sent.push((at_ms, packet[..len].to_vec()));
            sender.pause();
            at_ms += 20;
        }
        (0..5).for_each(|_| sender.pause());
        at_ms += 100;
    }
    for seed in 0..50 {
        let network = Network { seed, lost_permille: 100, doubled_permille: 200, delay_ms: 5, jitter_ms: 45 };
        let mut receiver = EventReceiver::new();
        let (mut begun, mut over) = (String::new(), String::new());
        for (at, bytes) in network.carry(&sent) {
            let heard = receiver.receive(Duration::from_millis(at), &Packet::parse(&bytes).unwrap());
            begun.extend(heard.started.and_then(Event::digit));
            over.extend(heard.ended.and_then(|(event, _)| event.digit()));
        }
        over.extend(receiver.tick(Duration::from_secs(60)).ended.and_then(|(event, _)| event.digit()));
        assert_eq!((begun.as_str(), over.as_str()), ("90*12#", "90*12#"), "seed {seed}");
    }
}
