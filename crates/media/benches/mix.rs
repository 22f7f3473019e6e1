//! Times of mixing and relaying. Wanted: at most 0.2 µs per G.711 leg and 20 ms frame for decoding, summing and
//! encoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use media::codec::CodecKind;
use media::engine::mix::{Sum, Talk};
use media::engine::{BridgeId, Engine, Event, Format, Outlet, Port, Setup, Sounds, TICK, TapeId};
use media::rtp::{Header, PACKET_BYTES_MAX, Sender};
use media::speech::Speech;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

struct Nowhere;

impl Outlet for Nowhere {
    fn send(&mut self, _: Port, _: SocketAddr, packet: &[u8]) {
        black_box(packet);
    }
    fn event(&mut self, _: Event) {}
    fn recorded(&mut self, _: TapeId, _: &[i16]) {}
}

/// The arithmetic alone: each of 32 legs decoded, summed, and encoded without its own part.
fn sums(c: &mut Criterion) {
    const LEGS: usize = 32;
    let Some(mut codec) = CodecKind::Pcmu.open() else { return };
    let frames: Vec<Vec<u8>> = (0..LEGS as u64)
        .map(|seed| {
            let mut payload = Vec::new();
            codec.encode(&Speech::new(seed, 8000).take(20), &mut payload);
            payload
        })
        .collect();
    let mut group = c.benchmark_group("mix, 32 G.711 legs, a frame");
    group.throughput(Throughput::Elements(LEGS as u64));
    for (name, talkers) in [("all talk", LEGS), ("three talk", 3)] {
        let mut sum = Sum::new(160);
        let mut talks = [Talk::default(); LEGS];
        let mut pcm: Vec<Vec<i16>> = (0..LEGS).map(|_| Vec::with_capacity(160)).collect();
        let mut packet = [0u8; 172];
        let (mut heard, mut payload) = (Vec::with_capacity(160), Vec::with_capacity(160));
        group.bench_function(name, |b| {
            b.iter(|| {
                sum.clear();
                for (leg, frame) in frames.iter().enumerate() {
                    pcm[leg].clear();
                    codec.decode(black_box(frame), &mut pcm[leg]);
                    talks[leg].take(&pcm[leg]);
                    if leg < talkers {
                        sum.add(&pcm[leg]);
                    }
                }
                for own in &pcm[..talkers] {
                    sum.without(own, &mut heard);
                    payload.clear();
                    codec.encode(&heard, &mut payload);
                    black_box(&payload);
                }
                if talkers < LEGS {
                    sum.all(&mut heard);
                    payload.clear();
                    codec.encode(&heard, &mut payload);
                    for _ in talkers..LEGS {
                        packet[12..172].copy_from_slice(&payload);
                        black_box(&packet);
                    }
                }
            });
        });
    }
}

/// The whole engine: packets in, jitter buffers, mix, packets out.
fn engine(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine, 20 ms");
    for (name, parties, bridges) in
        [("16 conferences of 3", 3, 16), ("conference of 32", 32, 1), ("100 relayed calls", 2, 100)]
    {
        let mut engine = Engine::new(1, Sounds::new());
        let mut now = Duration::from_secs(1);
        let at = SocketAddr::from(([10, 0, 0, 1], 20_000));
        let mut senders: Vec<(BridgeId, Port, Sender, Vec<u8>)> = Vec::new();
        for number in 0..(parties * bridges) as u32 {
            let format = Format::new(CodecKind::Pcmu, 20);
            let setup = Setup { port: Port(number), format, remote: Some(at), signals_from: None };
            let (Ok(party), Some(bridge)) = (
                engine.open(now, &setup),
                if number % parties as u32 == 0 {
                    engine.bridge().ok()
                } else {
                    senders.last().map(|(bridge, ..)| *bridge)
                },
            ) else {
                return;
            };
            if engine.join(now, party, bridge).is_err() {
                return;
            }
            let sender = Sender::new(Header { ssrc: number, ..Header::default() }, 160);
            let mut speech = Vec::new();
            if let Some(mut codec) = CodecKind::Pcmu.open() {
                codec.encode(&Speech::new(u64::from(number), 8000).take(20), &mut speech);
            }
            senders.push((bridge, Port(number), sender, speech));
        }
        let mut packet = [0; PACKET_BYTES_MAX];
        group.throughput(Throughput::Elements(senders.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                now += TICK;
                for (_, port, sender, speech) in &mut senders {
                    let len = sender.packet(speech, &mut packet).unwrap_or(0);
                    engine.packet(now, *port, at, &mut packet[..len], &mut Nowhere);
                }
                engine.tick(now, &mut Nowhere);
            });
        });
    }
}

fn quick() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(700))
}

criterion_group! { name = all; config = quick(); targets = sums, engine }
criterion_main!(all);
