//! The packet path: pcap bytes in memory → packets → TCP streams → SCCP frames.
//!
//! `cargo bench -p trace --bench packets`. Throughput is in packets: 1 s / throughput is the time per packet.
//! Each capture has 1,000,000 packets, half of them acknowledgements alone, and 833,330 frames, with the sizes
//! of a real call. What differs is how many connections speak in turn, and so how much of their state is
//! in the processor's caches.

use std::hint::black_box;
use std::net::SocketAddr;
use std::ops::ControlFlow;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use trace::Timestamp;
use trace::capture::CaptureReader;
use trace::packet::{Decoded, Decoder};
use trace::reader::FrameReader;
use trace::synth::{PcapWriter, Wire};

const PACKETS: usize = 1_000_000;
/// Packets of one round of one connection.
const PACKETS_PER_ROUND: usize = 6;
const START: i64 = 1_700_000_000_000_000_000;

fn frame(id: u32, body: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend((body as u32 + 4).to_le_bytes());
    bytes.extend(20u32.to_le_bytes());
    bytes.extend(id.to_le_bytes());
    bytes.extend((0..body).map(|index| index as u8));
    bytes
}

/// One round: six packets, five frames, of the sizes that a call has.
fn round(wire: &mut Wire, time: i64, phone: SocketAddr, server: SocketAddr) {
    let first = frame(0x0085, 16);
    let several = [frame(0x0111, 24), frame(0x0110, 16), frame(0x014a, 120)].concat();
    wire.send(Timestamp(time), server, phone, &first);
    wire.send(Timestamp(time + 1_000_000), phone, server, &frame(0x0026, 16));
    wire.send(Timestamp(time + 2_000_000), server, phone, &several);
}

/// A capture in which `connections` speak in turn.
fn capture(connections: usize) -> Vec<u8> {
    let server: SocketAddr = "10.1.0.1:2000".parse().expect("an address");
    let phones: Vec<SocketAddr> = (0..connections)
        .map(|index| SocketAddr::from(([10, 2, (index >> 8) as u8, index as u8], 50_000)))
        .collect();
    let mut writer = PcapWriter::new(Vec::with_capacity(PACKETS * 160)).expect("memory can be written");
    let mut wire = Wire::new();
    let mut written = 0;
    for turn in 0..PACKETS / PACKETS_PER_ROUND {
        round(&mut wire, START + turn as i64 * 10_000, phones[turn % connections], server);
        for packet in &wire.packets()[written..] {
            writer.write(packet).expect("memory can be written");
        }
        written = wire.packets().len();
        if written > 100_000 {
            wire.forget_packets();
            written = 0;
        }
    }
    writer.finish().expect("memory can be flushed")
}

fn frames_of(capture: &[u8]) -> u64 {
    let reader = FrameReader::new(capture).expect("it is a capture");
    let summary = reader.for_each(|frame| {
        black_box(frame);
        ControlFlow::Continue(())
    });
    summary.flows.frames
}

fn packets_of(capture: &[u8]) -> u64 {
    let mut reader = CaptureReader::new(capture).expect("it is a capture");
    let mut count = 0;
    while let Ok(Some(packet)) = reader.next_packet() {
        black_box(packet);
        count += 1;
    }
    count
}

fn segments_of(capture: &[u8]) -> u64 {
    let mut reader = CaptureReader::new(capture).expect("it is a capture");
    let mut decoder = Decoder::new();
    let mut count = 0;
    while let Ok(Some(packet)) = reader.next_packet() {
        count += u64::from(matches!(black_box(decoder.decode(&packet)), Decoded::Segment(_)));
    }
    count
}

fn packet_path(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("packets");
    group.throughput(Throughput::Elements(PACKETS as u64)).sample_size(10);
    for connections in [64, 4_000, 32_000] {
        let bytes = capture(connections);
        let expected = (PACKETS / PACKETS_PER_ROUND * 5) as u64;
        assert_eq!(frames_of(&bytes), expected);
        if connections == 64 {
            group.bench_function("capture only", |bencher| bencher.iter(|| packets_of(&bytes)));
            group.bench_function("to segments", |bencher| bencher.iter(|| segments_of(&bytes)));
        }
        let name = format!("to frames, {connections} connections");
        group.bench_function(name, |bencher| bencher.iter(|| frames_of(&bytes)));
    }
    group.finish();
}

criterion_group!(benches, packet_path);
criterion_main!(benches);
