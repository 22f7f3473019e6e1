//! Wall time of the codec, for people: `cargo bench -p skinny --bench codec`.
//!
//! Decoding is framing and typed decode; encoding is into one buffer, byte for byte what was decoded.

#![allow(missing_docs, reason = "the macros make public items without docs")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use skinny::frame::{Split, split};
use skinny::json::JsonSink;
use skinny::packet::{Packet, view};
use skinny::text::Charset;

mod corpus;

fn packets(bytes: &[u8]) -> Vec<Packet<'_>> {
    let mut rest = bytes;
    let mut packets = Vec::new();
    while let Split::Frame(frame, behind) = split(rest) {
        packets.push(Packet::decode(frame, 0));
        rest = behind;
    }
    packets
}

fn codec(criterion: &mut Criterion) {
    for corpus in corpus::real().into_iter().chain([corpus::example()]) {
        let mut group = criterion.benchmark_group(corpus.name);
        group.throughput(Throughput::Elements(corpus.frames as u64));
        group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
        group.bench_function("decode", |bencher| {
            bencher.iter(|| {
                let mut rest = black_box(&corpus.bytes[..]);
                while let Split::Frame(frame, behind) = split(rest) {
                    black_box(&Packet::decode(frame, 0));
                    rest = behind;
                }
            });
        });
        let packets = packets(&corpus.bytes);
        let mut buffer = vec![0; skinny::frame::FRAME_MAX];
        group.bench_function("encode", |bencher| {
            bencher.iter(|| {
                for packet in black_box(&packets) {
                    let _ = black_box(packet.encode(&mut buffer));
                }
            });
        });
        let mut json = Vec::with_capacity(4096);
        group.bench_function("json", |bencher| {
            bencher.iter(|| {
                let mut rest = black_box(&corpus.bytes[..]);
                while let Split::Frame(frame, behind) = split(rest) {
                    json.clear();
                    let mut sink = JsonSink::new(&mut json, Charset::Unknown);
                    black_box(view(frame, 0, &mut sink));
                    sink.finish();
                    rest = behind;
                }
            });
        });
        group.finish();
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
