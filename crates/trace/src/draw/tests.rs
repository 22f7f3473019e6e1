//! Drawings of one call: nothing of the network is obeyed, everything is there, redaction leaks nothing.

use std::ops::ControlFlow;

use serde_json::json;
use skinny::packet::from_json;
use skinny::text::Charset;

use super::*;
use crate::Timestamp;
use crate::analysis::{
    Call, Direction, Directory, Endpoint, Event, Leg, MessageRef, Options, Outcome, Party, Registration,
    Role, SessionId, analyse_capture,
};
use crate::reader::FrameReader;

/// What somebody might call himself.
pub(super) const HOSTILE: &str = "<script>alert(1)</script>&\"'`;#--> end";

fn event(session: u32, millis: i64, from_server: bool, message: &str, fields: serde_json::Value) -> Event {
    let frame = from_json(message, &fields, 20, 20, Charset::Utf8).expect("fields that the message has");
    Event {
        at: MessageRef {
            time: Timestamp(1_700_000_000_000_000_000 + millis * 1_000_000),
            source: 0,
            number: millis as u64 + 1,
            nth: 0,
        },
        session: SessionId(session),
        from_server,
        id: skinny::catalogue::find_named(message).expect("a message").id,
        header_version: 20,
        negotiated: 20,
        utf8: true,
        leg: Some(session as u16),
        inferred: message == "SoftKeyEvent",
        body: frame[12..].into(),
    }
}

fn registration(name: &str, phone: &str) -> Registration {
    let server = Endpoint { name: None, address: Some("192.0.2.1:2000".parse().expect("an address")) };
    let phone = Endpoint { name: Some(name.into()), address: Some(phone.parse().expect("an address")) };
    Registration {
        server,
        phone,
        opened: Timestamp(0),
        from_start: false,
        last: Timestamp(0),
        state: Default::default(),
        registered: None,
        end: Default::default(),
        closed: None,
        messages: 0,
        missing_bytes: 0,
        keepalives: Default::default(),
        protocol: 20,
        device: None,
        findings: Vec::new(),
    }
}

/// A call whose caller has a hostile name.
pub(crate) fn call() -> (Call, Vec<Event>, Vec<Registration>) {
    let caller = Party { number: "1234567".into(), name: HOSTILE.into() };
    let callee = Party { number: "7654321".into(), name: "Bob Miller".into() };
    let leg = |session: u32, role, direction| Leg {
        session: SessionId(session),
        role,
        direction: Some(direction),
        calling: caller.clone(),
        called: callee.clone(),
        ..Leg::default()
    };
    let strings = json!({"calling_party": "1234567", "called_party": "7654321", "calling_party_name": HOSTILE, "called_party_name": "Bob Miller"});
    let events = vec![
        event(0, 0, false, "SoftKeyEvent", json!({"soft_key_event": "NewCall"})),
        event(0, 1, true, "SetLamp", json!({"stimulus": "Line", "stimulus_instance": 1, "lamp_mode": "On"})),
        event(0, 20, false, "KeypadButton", json!({"kp_button": "Seven"})),
        event(1, 30, true, "CallInfoV2", strings),
        event(1, 31, true, "CallState", json!({"call_state": "RingIn", "call_reference": 77})),
        event(1, 900, false, "OpenReceiveChannelAck", json!({"ip_addr": "10.1.2.22", "port_number": 4000})),
        event(
            0,
            910,
            true,
            "StartMediaTransmission",
            json!({"remote_ip_addr": "10.1.2.22", "remote_port_number": 4000, "compression_type": "G711Ulaw64k"}),
        ),
        event(
            0,
            911,
            true,
            "DisplayPromptStatusV2",
            json!({"prompt_status": "{Connected} 7654321 {x1b}[31m"}),
        ),
        event(0, 950, false, "KeepAliveReq", json!({})),
    ];
    let start = events[0].at;
    let call = Call {
        number: 1,
        start,
        caller: caller.clone(),
        callee: callee.clone(),
        dialled: "7654321".into(),
        outcome: Outcome::Answered,
        legs: vec![leg(0, Role::Caller, Direction::Outbound), leg(1, Role::Callee, Direction::Inbound)],
        ..Call::default()
    };
    (
        call,
        events,
        vec![
            registration("SEP00AA11BB22CC", "10.1.2.11:50001"),
            registration("SEP00AA11BB33DD", "10.1.2.22:50002"),
        ],
    )
}

pub(super) fn ladder(redact: bool) -> Ladder {
    let (call, events, registrations) = call();
    let redactor = redact.then(redact::Redactor::default);
    of_call(&call, &events, &Directory::of(&registrations), &mut Sight { redactor, brief: false })
}

#[test]
fn the_server_sits_in_the_middle_and_the_caller_left() {
    let text = text::draw(&ladder(false), text::Style::default());
    insta::assert_snapshot!(text);
    let ladder = ladder(false);
    let kinds: Vec<ColumnKind> = ladder.columns.iter().map(|column| column.kind).collect();
    assert_eq!(kinds, [ColumnKind::Phone, ColumnKind::Server, ColumnKind::Phone]);
}

#[test]
fn nothing_of_the_network_becomes_markup() {
    let ladder = ladder(false);
    for page in [html::draw(&ladder), svg::draw(&ladder, true)] {
        assert!(!page.contains("<script>alert") && !page.contains('\u{1b}'));
        assert!(page.contains("&lt;script&gt;alert"));
    }
    // In the page's block of JSON nothing can end the script element.
    let page = html::draw(&ladder);
    let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data.as_object().unwrap().len(), ladder.rows.len());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("class=\"row ").count(), ladder.rows.len());
    assert_eq!(page.matches("\" hidden>").count(), 2, "lamps and keepalives are folded");
}

#[test]
fn svg_is_well_formed() {
    let svg = svg::draw(&ladder(false), true);
    // Every element that is opened is closed, in order.
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap().to_owned());
        }
    }
    assert!(open.is_empty());
    assert_eq!(svg.matches("<g class").count(), ladder(false).rows.len());
}

#[test]
fn markdown_has_a_diagram_in_which_names_mean_nothing() {
    let markdown = markdown::draw(&ladder(false), false);
    insta::assert_snapshot!(markdown);
}

#[test]
fn redacted_drawings_leak_nothing() {
    let ladder = ladder(true);
    let drawings = [
        html::draw(&ladder),
        svg::draw(&ladder, true),
        markdown::draw(&ladder, true),
        text::draw(&ladder, text::Style::default()),
    ];
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in ["1234567", "7654321", "Bob", "Miller", "alert", "10.1.2.", "00AA11BB"] {
        for drawing in &drawings {
            assert!(!drawing.contains(secret) && !drawing.contains(&hex(secret)), "{secret} in {drawing}");
        }
    }
    assert!(drawings[3].contains("0000001") && drawings[3].contains("KeypadButton Zero"), "{}", drawings[3]);
}

#[test]
fn the_capture_of_a_call_has_its_messages_comments_and_names() {
    let (call, events, registrations) = call();
    let file =
        capture::write(Vec::new(), &call, &events, &Directory::of(&registrations), &mut Sight::default())
            .unwrap();
    let mut ids = Vec::new();
    let summary = FrameReader::new(&file[..]).unwrap().for_each(|frame| {
        ids.push(frame.id);
        ControlFlow::Continue(())
    });
    assert!(summary.is_whole());
    let mut expected: Vec<u32> = events.iter().map(|event| event.id).collect();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let text = String::from_utf8_lossy(&file);
    for wanted in ["SEP00AA11BB22CC", "CallState RingIn", "Call 1: 1234567 → 7654321, answered"] {
        assert!(text.contains(wanted), "{wanted}");
    }
    // Who reads it sees the names, though no phone registers in it.
    let (analysis, _) = analyse_capture(&file[..], Options::default()).unwrap();
    let call = analysis.call(0).unwrap();
    let phones: Vec<String> = call.legs.iter().map(|leg| analysis.phone(leg).label()).collect();
    assert!(phones.contains(&"SEP00AA11BB22CC".to_owned()), "{phones:?}");
    assert!(analysis.registrations.iter().all(|found| found.phone.name.is_none()));
    let mut sight = Sight { redactor: Some(redact::Redactor::default()), brief: false };
    let file =
        capture::write(Vec::new(), &call, &events, &Directory::of(&registrations), &mut sight).unwrap();
    let text = String::from_utf8_lossy(&file);
    for secret in ["1234567", "7654321", "Bob", "00AA11BB"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn hep_packets_are_what_homer_expects() {
    let (call, events, registrations) = call();
    let (packets, left_out) =
        hep::packets(&call, &events, &Directory::of(&registrations), 7, &mut Sight::default());
    assert_eq!((packets.len(), left_out), (events.len(), 0));
    let packet = &packets[0];
    assert_eq!(
        (&packet[..4], usize::from(u16::from_be_bytes([packet[4], packet[5]]))),
        (&b"HEP3"[..], packet.len())
    );
    let mut at = 6;
    let mut chunks = std::collections::BTreeMap::new();
    while at < packet.len() {
        let word = |from: usize| u16::from_be_bytes([packet[from], packet[from + 1]]);
        assert_eq!(word(at), 0);
        let len = usize::from(word(at + 4));
        chunks.insert(word(at + 2), packet[at + 6..at + len].to_vec());
        at += len;
    }
    assert_eq!(chunks[&3], [10, 1, 2, 11]);
    assert_eq!(chunks[&8], 2000u16.to_be_bytes());
    assert_eq!(chunks[&11], [100]);
    let payload: serde_json::Value = serde_json::from_slice(&chunks[&15]).unwrap();
    assert_eq!((payload["name"].as_str(), payload["call"].as_u64()), (Some("SoftKeyEvent"), Some(1)));
    assert!(packets.iter().all(|other| other.windows(8).any(|part| part == b"lineside")));
}

#[test]
fn hep_goes_out_by_datagram_and_by_stream() {
    let packets = vec![b"HEP3\0\x08ab".to_vec(), b"HEP3\0\x07c".to_vec()];
    let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    hep::send(&receiver.local_addr().unwrap().to_string(), false, &packets).unwrap();
    let mut buffer = [0; 64];
    for packet in &packets {
        let count = receiver.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..count], &packet[..]);
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    hep::send(&listener.local_addr().unwrap().to_string(), true, &packets).unwrap();
    let mut all = Vec::new();
    std::io::Read::read_to_end(&mut listener.accept().unwrap().0, &mut all).unwrap();
    assert_eq!(all, packets.concat());
}
