//! Instruction counts of the codec under callgrind: the gate (`cargo bench -p skinny --bench instructions`).
//!
//! The limits stand about a tenth above what was measured; a change that needs more says why and moves them.
//! Corpus: the project's own capture, 105 messages (`trace::example`).

#![allow(missing_docs, reason = "the macros make public items without docs")]

use std::hint::black_box;

use gungraun::{
    Callgrind, CallgrindMetrics, EventKind, LibraryBenchmarkConfig, library_benchmark,
    library_benchmark_group, main,
};
use skinny::frame::{Split, split};
use skinny::json::JsonSink;
use skinny::packet::{Packet, view};
use skinny::text::Charset;

mod corpus;

/// Instructions that the 105 messages may take.
const DECODE_MAX: u64 = 16_000;
const ENCODE_MAX: u64 = 15_600;
const JSON_MAX: u64 = 370_000;

fn bytes() -> Vec<u8> {
    corpus::example().bytes
}

fn limited(instructions: u64) -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    callgrind.format([CallgrindMetrics::SingleEvent(EventKind::Ir)]);
    callgrind.hard_limits([(EventKind::Ir, instructions)]);
    config.tool(callgrind);
    config
}

#[library_benchmark(config = limited(DECODE_MAX))]
#[bench::example(bytes())]
fn decode(bytes: Vec<u8>) -> Vec<u8> {
    let mut rest = black_box(&bytes[..]);
    while let Split::Frame(frame, behind) = split(rest) {
        black_box(&Packet::decode(frame, 0));
        rest = behind;
    }
    bytes
}

fn decoded() -> (Vec<Packet<'static>>, Vec<u8>) {
    // Leaked, so that the packets can borrow it: the process ends with the benchmark.
    let mut rest: &'static [u8] = bytes().leak();
    let mut packets = Vec::new();
    while let Split::Frame(frame, behind) = split(rest) {
        packets.push(Packet::decode(frame, 0));
        rest = behind;
    }
    (packets, vec![0; skinny::frame::FRAME_MAX])
}

#[library_benchmark(config = limited(ENCODE_MAX))]
#[bench::example(decoded())]
fn encode((packets, mut buffer): (Vec<Packet<'static>>, Vec<u8>)) -> Vec<u8> {
    for packet in black_box(&packets) {
        let _ = black_box(packet.encode(&mut buffer));
    }
    buffer
}

#[library_benchmark(config = limited(JSON_MAX))]
#[bench::example(bytes(), Vec::with_capacity(1 << 16))]
fn json(bytes: Vec<u8>, mut out: Vec<u8>) -> Vec<u8> {
    let mut rest = black_box(&bytes[..]);
    while let Split::Frame(frame, behind) = split(rest) {
        out.clear();
        let mut sink = JsonSink::new(&mut out, Charset::Unknown);
        black_box(view(frame, 0, &mut sink));
        sink.finish();
        rest = behind;
    }
    out
}

library_benchmark_group!(name = codec; benchmarks = decode, encode, json);
main!(library_benchmark_groups = codec);
