//! The bytes of real call managers: what CUCM and CallManager 2 said to their phones, ours understands.
//!
//! The captures are not part of the repository: they lie in `shared/captures` beside it. Where they are
//! absent, the tests say so and pass.

mod common;

use std::fs::File;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;

use common::Bench;
use phone::profile::{CISCO_30VIP, CISCO_7961};
use phone::{Act, Audio, Input, Offence};
use skinny::codes::{CallType, DCallState, DeviceStimulus, LampMode, MediaPayloadType, RingMode};
use trace::reader::FrameReader;

/// A frame of the capture: packet number, bytes.
type Said = (u64, Vec<u8>);

/// The path of a capture, or a loud word that it is not there.
fn capture(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} not present", path.display());
    None
}

/// What a server said to one phone.
fn said_to(path: &PathBuf, phone: &str, port: Option<u16>) -> Vec<Said> {
    let phone: IpAddr = phone.parse().expect("an address");
    let mut said = Vec::new();
    let file = File::open(path).expect("the capture can be opened");
    let summary = FrameReader::new(file).expect("it is a capture").for_each(|frame| {
        if frame.dst.ip() == phone && port.is_none_or(|port| frame.dst.port() == port) {
            let length = frame.body.len() as u32 + 4;
            let header = skinny::Header { length, version: frame.header_version, id: frame.id };
            said.push((frame.packet, [&header.bytes()[..], frame.body].concat()));
        }
        ControlFlow::Continue(())
    });
    assert_eq!(summary.flows.bad_headers, 0);
    said
}

/// A phone of version 20 in service, as those of the capture were when it begins.
fn in_service() -> Bench {
    let mut bench = Bench::new(&CISCO_7961);
    (bench.version, bench.header) = (20, 20);
    bench.register();
    bench.audio.clear();
    bench
}

#[test]
fn cucm_rings_a_phone_and_connects_it() {
    let Some(path) = capture("ndpi-skinny.pcap") else { return };
    let said = said_to(&path, "192.168.195.50", None);
    let mut bench = in_service();
    let mut rest = said.into_iter().peekable();
    while let Some((_, bytes)) = rest.next_if(|(packet, _)| *packet < 20) {
        bench.handle(Input::Bytes(&bytes));
    }
    let call = bench.phone.calls()[0].clone();
    assert_eq!((call.state, call.reference.0), (DCallState::RING_IN, 0x012e_364b));
    assert_eq!((call.kind, &*call.calling.number), (CallType::IN_BOUND_CALL, "321"));
    assert_eq!(bench.phone.prompt(), "From 321");
    assert_eq!(bench.phone.notice(), Some("From 321"));
    assert_eq!(bench.softkeys(), ["Answer"]);
    assert_eq!(bench.phone.lamp(DeviceStimulus::LINE, 1), LampMode::BLINK);
    assert_eq!(bench.phone.ringer(), RingMode::INSIDE_RING);

    bench.act(Act::OffHook);
    assert_eq!(bench.said(), ["MediaPathEvent", "OffHook"], "as frames 20 and 21");
    rest.for_each(|(_, bytes)| bench.handle(Input::Bytes(&bytes)));
    assert_eq!(bench.states(), [DCallState::CONNECTED]);
    assert!(!bench.phone.ringing());
    assert_eq!(bench.phone.prompt(), "Connected");
    assert_eq!(bench.phone.lamp(DeviceStimulus::LINE, 1), LampMode::ON);
    assert_eq!(bench.phone.tone(), None);
    let sent = bench.said();
    assert_eq!(sent.iter().filter(|name| *name == "OpenReceiveChannelAck").count(), 1);
    let acks = sent.iter().filter(|name| *name == "StartMediaTransmissionAck").count();
    assert_eq!(acks, 3, "the other phone, and the recorder twice");
    let receiving = bench.phone.streams().iter().filter(|stream| stream.receive.is_some()).count();
    assert_eq!((bench.phone.streams().len(), receiving), (3, 1));
    let voice = bench.phone.streams().iter().find(|stream| stream.receive.is_some()).expect("the voice");
    assert_eq!(voice.send.map(|send| send.codec), Some(MediaPayloadType::G711_ULAW64K));
    assert_eq!(voice.send.map(|send| (send.tos, send.packet_ms)), Some((184, 20)));
    assert_eq!(bench.phone.offences(), []);
}

#[test]
fn cucm_redials_for_a_phone() {
    let Some(path) = capture("ndpi-skinny.pcap") else { return };
    let said = said_to(&path, "192.168.195.58", None);
    let mut bench = in_service();
    bench.act(Act::SoftKey("Redial"));
    assert_eq!(bench.said(), ["SoftKeyEvent"], "as frame 1");
    let mut rest = said.into_iter().peekable();
    while let Some((_, bytes)) = rest.next_if(|(packet, _)| *packet < 20) {
        bench.handle(Input::Bytes(&bytes));
    }
    let call = bench.phone.calls()[0].clone();
    assert_eq!((call.state, &*call.dialed), (DCallState::RING_OUT, "307"));
    assert_eq!((call.kind, &*call.called.number), (CallType::OUT_BOUND_CALL, "307"));
    assert_eq!(bench.phone.prompt(), "Ring out");
    assert_eq!(bench.softkeys(), ["EndCall"]);
    assert_eq!(bench.said(), ["MediaPathEvent"], "the speaker goes on, as frame 18 tells");
    rest.for_each(|(_, bytes)| bench.handle(Input::Bytes(&bytes)));
    assert_eq!(bench.states(), [DCallState::CONNECTED]);
    assert_eq!(bench.phone.streams().len(), 3);
    assert_eq!(bench.phone.tone(), None);
    assert_eq!(bench.phone.offences(), []);
}

/// Ports of the connections in the capture, in their order.
fn ports(path: &PathBuf, phone: &str) -> Vec<u16> {
    let phone: IpAddr = phone.parse().expect("an address");
    let mut ports = Vec::new();
    let file = File::open(path).expect("the capture can be opened");
    let summary = FrameReader::new(file).expect("it is a capture").for_each(|frame| {
        if frame.dst.ip() == phone && !ports.contains(&frame.dst.port()) {
            ports.push(frame.dst.port());
        }
        ControlFlow::Continue(())
    });
    assert_eq!(summary.flows.bad_headers, 0);
    ports
}

#[test]
fn call_manager_2_has_its_way_with_an_old_phone() {
    let Some(path) = capture("pyskinny-cm2_register.pcapng") else { return };
    let (mut accepted, mut registered, mut rang, mut connected) = (0, 0, 0, 0);
    for port in ports(&path, "10.102.172.11") {
        let mut bench = Bench::new(&CISCO_30VIP);
        bench.power_on();
        let said = said_to(&path, "10.102.172.11", Some(port));
        accepted += usize::from(said.iter().any(|(_, bytes)| bytes.get(8) == Some(&0x81)));
        for (_, bytes) in said {
            bench.handle(Input::Bytes(&bytes));
            let state = bench.phone.calls().first().map(|call| call.state);
            rang += usize::from(state == Some(DCallState::RING_IN));
            connected += usize::from(state == Some(DCallState::CONNECTED));
            if state == Some(DCallState::RING_IN) {
                bench.act(Act::Answer);
            }
            bench.secs(1);
        }
        bench.secs(60);
        registered += usize::from(bench.phone.is_registered());
        assert!(bench.audio.iter().all(|order| !matches!(order, Audio::SendDigit { .. })));
        let unknown =
            bench.phone.offences().iter().any(|offence| matches!(offence, Offence::UnknownMessage(_)));
        assert!(!unknown, "{:?}", bench.phone.offences());
    }
    assert_eq!(registered, accepted, "each connection on which RegisterAck came");
    assert!(accepted > 20 && rang > 0 && connected > 0, "{accepted} {rang} {connected}");
}
