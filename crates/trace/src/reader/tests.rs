use std::net::SocketAddr;

use super::*;
use crate::synth::{Wire, WirePacket, write_pcap, write_pcapng};

const PHONE: ([u8; 4], u16) = ([10, 0, 0, 1], 50_000);
const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 2000);
const SECOND: i64 = 1_000_000_000;

fn frame(id: u32, body: usize) -> Vec<u8> {
    [&(body as u32 + 4).to_le_bytes()[..], &20u32.to_le_bytes(), &id.to_le_bytes(), &vec![0xab; body]]
        .concat()
}

/// Everything that a sink is told, a line each.
#[derive(Default)]
struct Log {
    lines: Vec<String>,
    stop_after: Option<usize>,
}

impl FrameSink for Log {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        let from = if frame.from_server { "server" } else { "phone" };
        let (packet, connection, offset) = (frame.packet, frame.connection, frame.offset_in_stream);
        self.lines.push(format!("#{packet} {connection} {from} {:#06x} @{offset}", frame.id));
        match self.stop_after {
            Some(count) if self.lines.len() >= count => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        self.lines.push(format!("#{} udp {}", datagram.packet, datagram.payload.len()));
    }

    fn connection(&mut self, event: ConnectionEvent) {
        self.lines.push(match event {
            ConnectionEvent::Opened { connection, server, phone, from_syn, .. } => {
                format!("{connection} opened {} <- {} {from_syn}", server.port(), phone.port())
            }
            ConnectionEvent::Closed { connection, reason, by_server, .. } => {
                format!("{connection} closed {reason:?} {by_server:?}")
            }
            ConnectionEvent::Refused { connection, reason, .. } => format!("{connection} refused {reason:?}"),
            ConnectionEvent::Named { connection, device, .. } => format!("{connection} named {device:?}"),
        });
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        let from = if place.from_server { "server" } else { "phone" };
        self.lines.push(format!("{} {from} {trouble:?}", place.connection));
    }
}

fn read(packets: &[WirePacket]) -> (Vec<String>, Summary) {
    let mut file = Vec::new();
    write_pcap(&mut file, packets).expect("memory can be written");
    let mut log = Log::default();
    let summary = FrameReader::new(&file[..]).expect("a capture").run(&mut log);
    (log.lines, summary)
}

/// A short conversation: 3 packets to open, then frames.
fn conversation() -> Wire {
    let (phone, server) = (SocketAddr::from(PHONE), SocketAddr::from(SERVER));
    let mut wire = Wire::new().without_acks();
    wire.open(Timestamp(0), phone, server);
    wire.send(Timestamp(SECOND), phone, server, &frame(1, 60));
    wire.send(Timestamp(2 * SECOND), server, phone, &[frame(0x81, 20), frame(0x9b, 0)].concat());
    wire.send(Timestamp(3 * SECOND), phone, server, &frame(0x10, 292));
    wire
}

#[test]
fn a_conversation_from_end_to_end() {
    let (phone, server) = (SocketAddr::from(PHONE), SocketAddr::from(SERVER));
    let mut wire = conversation();
    wire.datagram(Timestamp(4 * SECOND), phone, server, &[0; 172]);
    wire.close(Timestamp(5 * SECOND), phone, server);
    let (lines, summary) = read(&wire.into_packets());
    let expected = [
        "1 opened 2000 <- 50000 true",
        "#4 1 phone 0x0001 @0",
        "#5 1 server 0x0081 @0",
        "#5 1 server 0x009b @32",
        "#6 1 phone 0x0010 @72",
        "#7 udp 172",
        "1 closed Fin None",
    ];
    assert_eq!(lines, expected);
    assert!(summary.is_whole(), "{summary:#?}");
    assert_eq!((summary.capture.packets, summary.streams.segments), (10, 9));
    assert_eq!((summary.flows.frames, summary.flows.sccp, summary.packets.datagrams), (4, 1, 1));
}

#[test]
fn a_frame_over_several_segments() {
    let mut wire = conversation();
    wire.send(Timestamp(4 * SECOND), SERVER.into(), PHONE.into(), &frame(0x0108, 3000));
    let (lines, _) = read(&wire.into_packets());
    // The packet that completes the frame is the one it is told of.
    assert_eq!(lines[5], "#9 1 server 0x0108 @44");
}

#[test]
fn a_lost_packet_is_told_of() {
    let (phone, server) = (SocketAddr::from(PHONE), SocketAddr::from(SERVER));
    let mut wire = conversation();
    wire.send(Timestamp(4 * SECOND), server, phone, &frame(0x85, 16));
    wire.send(Timestamp(5 * SECOND), phone, server, &frame(0, 0));
    wire.send(Timestamp(6 * SECOND), server, phone, &frame(0x0100, 0));
    let mut packets = wire.into_packets();
    // The seventh packet holds CallState. The phone's KeepAlive acknowledges it: it is the capture's loss.
    packets.remove(6);
    let (lines, summary) = read(&packets);
    let expected = [
        "#7 1 phone 0x0000 @376",
        "1 server Gap { missing: 28 }",
        "#8 1 server 0x0100 @72",
        "1 closed End None",
    ];
    assert_eq!(lines[5..], expected);
    assert_eq!((summary.flows.gaps, summary.flows.missing_bytes), (1, 28));
    assert!(!summary.is_whole());
}

#[test]
fn from_the_middle_on_any_port() {
    let (phone, server) = (SocketAddr::from(([10, 0, 0, 1], 50_000)), ([10, 0, 0, 2], 7777).into());
    let mut wire = Wire::new();
    wire.send(Timestamp(SECOND), server, phone, &[&frame(0x85, 16)[7..], &frame(0x88, 8)].concat());
    wire.send(Timestamp(2 * SECOND), phone, server, &frame(0x22, 36));
    wire.reset(Timestamp(3 * SECOND), server, phone);
    let (lines, summary) = read(&wire.into_packets());
    let expected = [
        "1 opened 7777 <- 50000 false",
        "1 server Resynchronised { offset: 21, skipped: 21 }",
        "#1 1 server 0x0088 @21",
        "#3 1 phone 0x0022 @0",
        "1 closed Reset(A) Some(true)",
    ];
    assert_eq!(lines, expected);
    assert_eq!(summary.flows.skipped_bytes, 21);
}

#[test]
fn other_protocols_are_counted() {
    let mut wire = Wire::new();
    let (client, web) = (SocketAddr::from(PHONE), SocketAddr::from(([10, 0, 0, 3], 80)));
    wire.open(Timestamp(0), client, web);
    wire.send(Timestamp(1), client, web, b"GET / HTTP/1.1\r\n\r\n");
    wire.send(Timestamp(2), web, client, &vec![b'x'; 5000]);
    wire.open(Timestamp(3), client, SERVER.into());
    wire.send(Timestamp(4), client, SERVER.into(), b"not a skinny thing at all");
    let (lines, summary) = read(&wire.into_packets());
    assert_eq!(lines, ["2 refused TooShort"]);
    assert_eq!((summary.flows.other, summary.flows.sccp, summary.flows.frames), (2, 0, 0));
    assert_eq!(summary.flows.refused.get(&NotSccp::TooShort), Some(&1));
}

#[test]
fn a_broken_frame_is_told_of_and_survived() {
    let mut wire = conversation();
    let broken = [&[0u8; 12][..], &[0xee; 10], &frame(0x26, 16), &frame(0x26, 16)].concat();
    wire.send(Timestamp(4 * SECOND), PHONE.into(), SERVER.into(), &broken);
    let (lines, summary) = read(&wire.into_packets());
    assert_eq!(lines[5], "1 phone BadHeader { offset: 376, found: Header { length: 0, version: 0, id: 0 } }");
    assert_eq!(lines[6], "1 phone Resynchronised { offset: 398, skipped: 22 }");
    assert_eq!((summary.flows.bad_headers, summary.flows.resynchronised, summary.flows.frames), (1, 1, 6));
}

#[test]
fn a_sink_may_stop() {
    let mut file = Vec::new();
    write_pcap(&mut file, &conversation().into_packets()).expect("memory can be written");
    let mut log = Log { stop_after: Some(3), ..Log::default() };
    let summary = FrameReader::new(&file[..]).expect("a capture").run(&mut log);
    assert!(matches!(summary.ending, Ending::Stopped));
    assert_eq!(log.lines.len(), 3);
}

#[test]
fn a_cut_off_file_ends_truncated_with_all_before() {
    let packets = conversation().into_packets();
    let mut file = Vec::new();
    write_pcapng(&mut file, "test", &["eth0"], &packets).expect("memory can be written");
    let summary = FrameReader::new(&file[..file.len() - 10])
        .expect("a capture")
        .for_each(|_| ControlFlow::Continue(()));
    assert!(matches!(summary.ending, Ending::Truncated { packet: 5, .. }), "{:?}", summary.ending);
    assert_eq!(summary.flows.frames, 3);
}

#[test]
fn damage_ends_the_reading_with_all_before() {
    let mut file = Vec::new();
    write_pcap(&mut file, &conversation().into_packets()).expect("memory can be written");
    file.extend([0xff; 40]);
    let summary = FrameReader::new(&file[..]).expect("a capture").for_each(|_| ControlFlow::Continue(()));
    let Ending::Damaged(error) = &summary.ending else { panic!("{:?}", summary.ending) };
    assert!(matches!(error, CaptureError::PacketLength { packet: 7, .. }));
    assert_eq!(summary.flows.frames, 4);
}

#[test]
fn packets_without_a_segment_are_counted_by_kind() {
    let mut wire = conversation();
    let mut packets = std::mem::take(&mut wire).into_packets();
    let other = |bytes: Vec<u8>| WirePacket { time: Timestamp(0), bytes, comment: None, interface: 0 };
    packets.push(other([&[0; 12][..], &[0x08, 0x06], &[0; 28]].concat()));
    packets.push(other(vec![0; 5]));
    packets.push(other(crate::synth::ethernet(&crate::synth::ip([1; 4].into(), [2; 4].into(), 1, &[8, 0]))));
    packets.push(other([&[0; 12][..], &[0x08, 0x00], &[0x40; 40]].concat()));
    let (_, summary) = read(&packets);
    let tally = summary.packets;
    assert_eq!((tally.not_ip, tally.cut_off, tally.other_transport, tally.malformed), (1, 1, 1, 1));
}
