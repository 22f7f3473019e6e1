//! Nothing that a file may hold makes a reader panic: random bytes, and damaged copies of captures.

use std::ops::ControlFlow;
use std::path::PathBuf;

use proptest::prelude::*;
use trace::Timestamp;
use trace::capture::{CaptureReader, LinkType, Packet};
use trace::packet::Decoder;
use trace::reader::{ConnectionEvent, Datagram, FrameReader, FrameSink, Place, RawFrame, Summary, Trouble};
use trace::synth::{Sent, WirePacket, packets, write_pcap, write_pcapng};

/// Takes everything, and looks at all of it.
#[derive(Default)]
struct Everything {
    frames: u64,
    body_bytes: usize,
    events: usize,
}

impl FrameSink for Everything {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        self.frames += 1;
        self.body_bytes += frame.body.len();
        ControlFlow::Continue(())
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        self.body_bytes += datagram.payload.len();
    }

    fn connection(&mut self, event: ConnectionEvent) {
        self.events += format!("{event:?}").len();
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        self.events += format!("{place:?} {trouble:?}").len();
    }
}

/// Reads to the end; every frame that the sink was given is in the summary.
fn read(file: &[u8]) -> Option<Summary> {
    let mut sink = Everything::default();
    let summary = FrameReader::new(file).ok()?.run(&mut sink);
    assert_eq!(summary.flows.frames, sink.frames);
    Some(summary)
}

/// A generator of numbers that a failing case can be repeated with.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// One of the ways in which a file gets damaged.
fn damage(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut damaged = file.to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(damaged.len());
        match dice.below(6) {
            0 => damaged.truncate(at),
            1 => {
                let end = damaged.len().min(at + dice.below(200));
                damaged.drain(at..end);
            }
            2 => {
                let end = damaged.len().min(at + dice.below(300));
                let copy = damaged[at..end].to_vec();
                damaged.splice(at..at, copy);
            }
            3 if at + 4 <= damaged.len() => damaged[at..at + 4].copy_from_slice(&[0xff; 4]),
            4 if at + 4 <= damaged.len() => damaged[at..at + 4].copy_from_slice(&[0; 4]),
            _ => {
                if let Some(byte) = damaged.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
    damaged
}

#[test]
fn damaged_real_captures() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let names = ["ndpi-skinny.pcap", "ndpi-sccp_hw_conf_register.pcapng", "pyskinny-cm2_register.pcapng"];
    for name in names {
        let path = folder.join(name);
        let Ok(file) = std::fs::read(&path) else {
            eprintln!("SKIPPED: {} not present", path.display());
            continue;
        };
        // The beginning of the large one will do: each round reads all of it.
        let file = &file[..file.len().min(40_000)];
        for seed in 0..300 {
            let _ = read(&damage(file, &mut Dice(seed)));
        }
    }
}

/// The packets of a capture, as they are on the wire.
fn packets_of(file: &[u8]) -> Vec<WirePacket> {
    let mut reader = CaptureReader::new(file).expect("a capture");
    let mut all = Vec::new();
    while let Ok(Some(packet)) = reader.next_packet() {
        let bytes = packet.captured.to_vec();
        all.push(WirePacket { time: packet.time, bytes, comment: None, interface: 0 });
    }
    all
}

/// Packets doubled and swapped with their neighbours, as mirror ports do: the frames stay the same.
#[test]
fn doubled_packets_change_nothing() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures/ndpi-skinny.pcap");
    let Ok(file) = std::fs::read(&path) else {
        eprintln!("SKIPPED: {} not present", path.display());
        return;
    };
    let expected = read(&file).expect("a capture").flows.frames;
    let doubled: Vec<WirePacket> =
        packets_of(&file).into_iter().flat_map(|packet| [packet.clone(), packet]).collect();
    let mut written = Vec::new();
    write_pcap(&mut written, &doubled).expect("memory can be written");
    let summary = read(&written).expect("a capture");
    assert_eq!(summary.flows.frames, expected);
    assert!(summary.is_whole(), "{summary:#?}");
    assert!(summary.streams.repeated >= 40);
}

fn conversation(length: usize) -> Vec<WirePacket> {
    let (phone, server) = (([10, 0, 0, 1], 50_000).into(), ([10, 0, 0, 2], 2000).into());
    let frame = |id: u32, body: usize| {
        [&(body as u32 + 4).to_le_bytes()[..], &20u32.to_le_bytes(), &id.to_le_bytes(), &vec![7; body]]
            .concat()
    };
    let said: Vec<Sent> = (0..length)
        .map(|index| {
            let from_phone = index % 3 == 0;
            let (src, dst) = if from_phone { (phone, server) } else { (server, phone) };
            let payload = frame(if from_phone { 0x26 } else { 0x85 }, 16 * (index % 4 + 1));
            Sent { time: Timestamp(index as i64 * 10_000_000), src, dst, payload }
        })
        .collect();
    packets(&said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_files(
        magic in prop::sample::select(vec![
            vec![0xd4u8, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0],
            vec![0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4],
            vec![0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0],
            vec![0x1f, 0x8b, 8, 0],
            vec![],
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let _ = read(&[magic, bytes].concat());
    }

    #[test]
    fn damaged_captures(seed: u64, is_pcapng: bool) {
        let (mut file, packets) = (Vec::new(), conversation(30));
        match is_pcapng {
            true => write_pcapng(&mut file, "test", &["eth0"], &packets).expect("memory can be written"),
            false => write_pcap(&mut file, &packets).expect("memory can be written"),
        }
        let mut dice = Dice(seed);
        let _ = read(&damage(&file, &mut dice));
    }

    /// Damage within the packets, where the file around them is whole.
    #[test]
    fn damaged_packets(seed: u64) {
        let mut dice = Dice(seed);
        let mut packets = conversation(30);
        for packet in &mut packets {
            if dice.below(3) == 0 {
                packet.bytes = damage(&packet.bytes, &mut dice);
            }
        }
        let mut file = Vec::new();
        write_pcap(&mut file, &packets).expect("memory can be written");
        let _ = read(&file);
    }

    /// Packets doubled, late, or lost before the capture: what is told of as missing is missing.
    #[test]
    fn disordered_packets(seed: u64) {
        let mut dice = Dice(seed);
        let mut packets = conversation(40);
        let all = packets.len();
        for index in 4..packets.len() - 4 {
            match dice.below(6) {
                0 => packets.swap(index, index + 1 + dice.below(3)),
                1 => packets.insert(index, packets[index].clone()),
                _ => {}
            }
        }
        let mut file = Vec::new();
        write_pcap(&mut file, &packets).expect("memory can be written");
        let summary = read(&file).expect("a capture");
        prop_assert!(summary.capture.packets >= all as u64);
        prop_assert!(summary.flows.frames <= 40);
        prop_assert!(summary.flows.frames == 40 || summary.flows.missing_bytes > 0);
    }

    #[test]
    fn random_packets(link in 0u16..300, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (time, original_len) = (Timestamp(0), bytes.len() as u32);
        let link = LinkType(link);
        let packet = Packet { number: 1, time, link, captured: &bytes, original_len, interface: 0 };
        let _ = Decoder::new().decode(&packet);
    }
}
