//! Times of what happens for each packet. For people: no gate rests on them.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use media::codec::CodecKind;
use media::compare;
use media::jitter::{Depth, JitterBuffer};
use media::receive::{Receiver, Settings};
use media::rtp::{Header, PACKET_BYTES_MAX, Packet, Sender};
use media::speech::Speech;
use std::hint::black_box;
use std::time::Duration;

fn codecs(c: &mut Criterion) {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::L16Wide] {
        let Some(mut codec) = kind.open() else { continue };
        let pcm = Speech::new(1, kind.sample_rate_hz()).take(20);
        let (mut payload, mut back) = (Vec::with_capacity(2000), Vec::with_capacity(2000));
        codec.encode(&pcm, &mut payload);
        let frame = payload.clone();
        let mut group = c.benchmark_group(format!("{kind:?} 20 ms"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("encode", |b| {
            b.iter(|| {
                payload.clear();
                codec.encode(black_box(&pcm), &mut payload);
            });
        });
        group.bench_function("decode", |b| {
            b.iter(|| {
                back.clear();
                codec.decode(black_box(&frame), &mut back);
            });
        });
    }
}

fn packets(c: &mut Criterion) {
    let payload = [0x55; 160];
    let mut out = [0; PACKET_BYTES_MAX];
    let mut sender = Sender::new(Header::default(), 160);
    let mut group = c.benchmark_group("packet");
    group.throughput(Throughput::Elements(1));
    group.bench_function("write", |b| b.iter(|| sender.packet(black_box(&payload), &mut out)));
    let len = Header::default().write(&payload, &mut out).unwrap_or(0);
    group.bench_function("parse", |b| b.iter(|| Packet::parse(black_box(&out[..len])).is_ok()));
    let mut receiver = Receiver::new(Settings::default());
    let mut buffer = JitterBuffer::new(160, 20, Depth::Fixed(40));
    let mut n = 0u32;
    let mut next = move || {
        n += 1;
        let header = Header { sequence: n as u16, timestamp: n.wrapping_mul(160), ..Header::default() };
        (
            Duration::from_millis(u64::from(n) * 20),
            Packet { header, csrc: &[], extension: None, payload: &[0x55; 160], padding: 0 },
        )
    };
    group.bench_function("receive statistics", |b| {
        b.iter(|| {
            let (now, packet) = next();
            receiver.receive(now, &packet);
        });
    });
    group.bench_function("jitter buffer in and out", |b| {
        b.iter(|| {
            let (now, packet) = next();
            buffer.push(now, &packet);
            black_box(buffer.pop(now));
        });
    });
}

fn content(c: &mut Criterion) {
    let said = Speech::new(1, 8000).take(10_000);
    let heard = [&[0; 3000], &said[..]].concat();
    let mut group = c.benchmark_group("content");
    group.sample_size(10);
    group.bench_function("compare 10 s, delay up to 1 s", |b| {
        b.iter(|| compare::find(black_box(&said), &heard, 8000, 1000));
    });
    group.bench_function("compare 10 s with somebody else", |b| {
        let other = Speech::new(2, 8000).take(10_000);
        b.iter_batched(
            || &other,
            |other| compare::find(black_box(&said), other, 8000, 1000),
            BatchSize::LargeInput,
        );
    });
}

fn quick() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(700))
}

criterion_group! { name = all; config = quick(); targets = codecs, packets, content }
criterion_main!(all);
