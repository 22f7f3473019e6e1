use std::process::Command;

use super::*;
use crate::capture::{CaptureReader, Format};

fn said() -> Vec<Sent> {
    let at = |text: &str| text.parse().expect("an address");
    let sent = |secs: i64, src, dst, payload: &[u8]| Sent {
        time: Timestamp::from_secs_nanos(1_700_000_000 + secs, 5),
        src: at(src),
        dst: at(dst),
        payload: payload.to_vec(),
    };
    let keepalive = [4u32, 0, 0].map(u32::to_le_bytes).concat();
    let answer = [4u32, 0, 0x100].map(u32::to_le_bytes).concat();
    vec![
        sent(0, "10.0.0.1:50000", "10.0.0.2:2000", &keepalive),
        sent(1, "[2001:db8::2]:2000", "[2001:db8::1]:50001", &answer),
        sent(2, "10.0.0.2:2000", "10.0.0.1:50000", &answer.repeat(500)),
        sent(3, "[2001:db8::1]:50001", "[2001:db8::2]:2000", &keepalive),
    ]
}

fn frames(file: &[u8]) -> u64 {
    let reader = crate::reader::FrameReader::new(file).expect("a capture");
    let summary = reader.for_each(|_| std::ops::ControlFlow::Continue(()));
    assert!(summary.is_whole(), "{summary:#?}");
    assert_eq!((summary.flows.sccp, summary.streams.strays), (2, 2), "the last acknowledgements come after");
    summary.flows.frames
}

#[test]
fn what_is_written_is_read() {
    let (mut pcap, mut pcapng) = (Vec::new(), Vec::new());
    let packets = packets(&said());
    write_pcap(&mut pcap, &packets).expect("memory can be written");
    write_pcapng(&mut pcapng, "lineside", &["eth0"], &packets).expect("memory can be written");
    assert_eq!((frames(&pcap), frames(&pcapng)), (503, 503));
    for file in [pcap, pcapng] {
        let mut reader = CaptureReader::new(&file[..]).expect("a capture");
        for packet in &packets {
            let read = reader.next_packet().expect("readable").expect("as many");
            assert_eq!((read.time, read.captured), (packet.time, &packet.bytes[..]));
        }
        assert!(matches!(reader.next_packet(), Ok(None)));
    }
}

#[test]
fn interfaces_and_comments() {
    let mut wire = Wire::new();
    let (phone, server) = (([10, 0, 0, 1], 50_000).into(), ([10, 0, 0, 2], 2000).into());
    wire.open(Timestamp(0), phone, server);
    wire.capture_on(1);
    wire.send(Timestamp(1), phone, server, b"x");
    wire.comment("off hook");
    let mut file = Vec::new();
    write_pcapng(&mut file, "lineside", &["phone", "server"], wire.packets()).expect("memory can be written");
    let mut reader = CaptureReader::new(&file[..]).expect("a capture");
    assert_eq!(reader.format(), Format::Pcapng);
    let mut interfaces = Vec::new();
    while let Some(packet) = reader.next_packet().expect("readable") {
        interfaces.push(packet.interface);
    }
    assert_eq!(interfaces, [0, 0, 0, 1, 1]);
    assert!(file.windows(8).any(|window| window == b"off hook"));
}

/// tshark, which verifies checksums when told to, has nothing to complain about.
#[test]
fn tshark_finds_nothing_wrong() {
    let mut file = Vec::new();
    write_pcapng(&mut file, "lineside", &["eth0"], &packets(&said())).expect("memory can be written");
    let path = std::env::temp_dir().join(format!("lineside-synth-{}.pcapng", std::process::id()));
    std::fs::write(&path, file).expect("a temporary file can be written");
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]);
    command.args(["-T", "fields", "-e", "_ws.expert.message", "-e", "skinny.messageId"]);
    let output = command.output();
    std::fs::remove_file(&path).expect("the temporary file is ours");
    let Ok(output) = output else {
        eprintln!("SKIPPED: tshark not present");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let ids = text.split(['\t', ',', '\n']).filter(|word| ["0", "256"].contains(word)).count();
    assert_eq!(ids, 503, "{text}");
    for complaint in ["checksum", "etransmission", "ut-of-order", "unseen", "Malformed", "not captured"] {
        assert!(!text.contains(complaint), "{complaint}: {text}");
    }
}
