//! Text traces as a whole: what they tell becomes messages, notes and names.

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::reader::NoteKind;

/// Everything that was told, a line each.
#[derive(Default)]
struct Told(Vec<String>);

impl FrameSink for Told {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        let arrow = if frame.from_server { "▼" } else { "▲" };
        let header = skinny::Header {
            length: frame.body.len() as u32 + 4,
            version: frame.header_version,
            id: frame.id,
        };
        let mut listing = skinny::view::Listing::default();
        skinny::packet::view(skinny::Frame { header, body: frame.body }, 0, &mut listing);
        let fields: Vec<String> = listing
            .fields
            .iter()
            .filter(|field| field.number != Some(0))
            .map(|field| format!(" {}={}", field.path, field.shown))
            .collect();
        let name = skinny::catalogue::name(frame.id);
        self.0.push(format!("{} {}{arrow} {name}{}", frame.time, frame.connection, fields.concat()));
        ControlFlow::Continue(())
    }

    fn connection(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Opened { connection, phone, server, .. } => {
                self.0.push(format!("opened {connection} {phone} {server}"));
            }
            ConnectionEvent::Named { connection, device, address, .. } => {
                self.0.push(format!("named {connection} {device:?} {address:?}"));
            }
            _ => {}
        }
    }

    fn note(&mut self, note: Note<'_>) {
        if note.kind != NoteKind::Talk {
            self.0.push(format!("{:?}", note.kind));
        }
    }
}

fn told(trace: &[u8]) -> (Vec<String>, TextTally) {
    let mut reader = TextReader::new(trace, 0);
    let mut told = Told::default();
    while reader.step(&mut told).is_continue() {}
    reader.finish(&mut told);
    (told.0, reader.tally())
}

#[test]
fn an_old_trace_with_wrapped_records_and_garbage_bytes() {
    let trace = b"16:03:06.703 CCM|StationInit - InboundStim - KeepAliveMessage - Forward KeepAlive to StationD. DeviceName=SEP0A0B0C0D0E0F, TCPHandle=0x4fb, Socket=0x5a4, IPAddr=192.0.2.31, Port=52095, StationD=[1,85,1]\r\n\
        16:05:42.890 CCM|StationInit - InboundStim - KeypadButtonMessageID kpButton: 1 tcpHandle=0x4fb\r\n\
        16:06:14.187 CCM|StationD - stationOutputStartMediaTransmission tcpHandle=0x4fb myIP: e74610ac (172.16.70.231)\r\n\
        16:06:14.187 CCM|StationD - RemoteIpAddr: fc4610ac (172.16.70.252)\r\n\
        RemoteRtpPortNumber: 29626 msecPacketSize: 20 compressionType:(4)Media_Payload_G711Ulaw64k\r\n\
        16:06:15.000 CCM|UnicastBridgeManager - Name= X\xf0\x00\xfe - DeviceType= 50\r\n";
    let (told, tally) = told(trace);
    assert_eq!(
        told,
        [
            "opened 1 192.0.2.31:52095 0.0.0.0:0",
            "named 1 \"SEP0A0B0C0D0E0F\" Some(192.0.2.31)",
            "57786.703000000 1▲ KeepAliveReq",
            "57942.890000000 1▲ KeypadButton kp_button=One",
            "named 1 \"SEP0A0B0C0D0E0F\" Some(172.16.70.231)",
            "57974.187000000 1▼ StartMediaTransmission remote_ip_addr=172.16.70.252 remote_port_number=29626 milli_second_packet_size=20 compression_type=G711Ulaw64k",
        ]
    );
    assert_eq!((tally.records, tally.messages, tally.lines), (5, 3, 6));
}

#[test]
fn a_signal_and_its_text_are_one_message() {
    let trace = b"00000001.000 |21:53:46.259 |FileHead |UTC:-05:00,Date: 2024/08/12, AppName: CCM, HostIPAddress: 10.0.0.1, FileNumber: 1\n\
        00000002.000 |21:53:47.100 |SdlSig   |StationOpenReceiveChannelAck |restart0 |StationD(1,100,64,109) |StationInit(1,100,63,1) |1,100,14,5.2^10.0.0.9^SEP0A0B0C0D0E0F |[R:N-H:0,N:0] Status=0\n\
        00000002.001 |21:53:47.101 |AppInfo  |StationInit: (0000109) OpenReceiveChannelAck Status=0, IpAddr=IpAddr.type:0 ipAddr:0x0a000009000000000000000000000000(10.0.0.9), Port=17996, PartyID=33554450\n\
        00000003.001 |21:53:47.102 |AppInfo  |StationD:    (0000109) StopTone .\n\
        00000003.002 |21:53:47.102 |AppInfo  |StationD:    (0000109) StopTone .\n\
        00000004.000 |21:53:47.200 |SdlSig   |DeviceEventReceiptMonitoringTimer |wait |StationInit(1,100,65,1) |SdlTimerService(1,100,3,1) |1,100,150,1.1^*^* |[R:H]\n\
        00000005.001 |21:53:47.300 |AppInfo  |StationD:    (0000109) SomethingNew some=1 other=2\n";
    let (told, tally) = told(trace);
    assert_eq!(
        told,
        [
            "opened 1 10.0.0.9:0 10.0.0.1:0",
            "named 1 \"SEP0A0B0C0D0E0F\" Some(10.0.0.9)",
            "1723517627.100000000 1▲ OpenReceiveChannelAck ip_addr=10.0.0.9 port_number=17996 pass_through_party_id=0x2000012",
            "1723517627.102000000 1▼ StopTone",
            "1723517627.102000000 1▼ StopTone",
            "UnknownMessage { from_server: true }",
        ]
    );
    assert_eq!((tally.merged, tally.unknown_messages), (1, 1));
}

/// Each line of the notes on real traces, with what it was: ▲ from the phone, ▼ to it, ● neither.
#[test]
fn every_real_line_is_told_apart() {
    let notes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/research/cucm-trace-lines.md");
    let Ok(notes) = std::fs::read_to_string(notes) else {
        eprintln!("SKIPPED: the notes on real trace lines are not beside the repository");
        return;
    };
    let mut seen = 0;
    for line in notes.lines() {
        let mut parts = line.splitn(3, '`');
        let (Some(mark), Some(text)) = (parts.next(), parts.next()) else { continue };
        let Some(mark) = mark.chars().find(|c| "▲▼●".contains(*c)) else { continue };
        if text.starts_with('…') || mark == '●' && text.contains("…") && !text.contains("Station") {
            continue;
        }
        // Where the notes cut a line, or it is the second half of the one before.
        let is_more = text.contains("StationD - RemoteIpAddr") || text.contains("StationD - ConferenceID");
        let (told, tally) = told(text.as_bytes());
        let messages: Vec<&String> =
            told.iter().filter(|line| line.contains('▲') || line.contains('▼')).collect();
        assert!(tally.records >= 1, "no record in {text}");
        match mark {
            _ if is_more => assert!(messages.is_empty(), "{text}"),
            '●' => assert!(messages.is_empty(), "{text}\n{told:#?}"),
            arrow => assert!(!messages.is_empty() && messages[0].contains(arrow), "{text}\n{told:#?}"),
        }
        seen += 1;
    }
    assert!(seen >= 70, "{seen}");
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
        any_text(&data);
    }

    #[test]
    fn any_words_of_traces_do_no_harm(words in proptest::collection::vec(prop::sample::select(vec![
        "16:05:42.890 ", "CCM|", "StationInit", "StationD", " - ", "InboundStim - ", ":", "(0000109) ", "TCPPid = [1.1.1.1] ",
        "OpenReceiveChannel", "MessageID", "conferenceID=", "7", "IpAddr=0x", "\n", "|", "00000001.000 |", "AppInfo |",
        "SdlSig |", "StationD(1,1,1,1)|", "FileHead |", "Date: 2024/02/29", "UTC:-05:00", "\u{e9}", "\0", "tcpHandle=", "CI(16777217,16777218)",
    ]), 0..60)) {
        any_text(words.concat().as_bytes());
    }
}
