//! Whole analyses: of real captures, of damaged ones, of messages in any order.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use trace::analysis::{
    Analysis, Analyst, BranchKind, Call, Content, Endpoint, FindingKind, Limits, MessageRef, Milestone,
    Opened, Options, Outcome, RegistrationState, Said, analyse_capture,
};
use trace::query::Query;
use trace::{Timestamp, report};

fn options() -> Options {
    Options { events: true, ..Options::default() }
}

fn analysed(capture: &[u8]) -> Analysis {
    analyse_capture(capture, options()).expect("a capture").0
}

/// A capture of ../shared; `None`, said aloud, when it is not there.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            eprintln!("SKIPPED: {} is not there", path.display());
            None
        }
    }
}

#[test]
fn the_ndpi_call_is_one_call_with_its_recording() {
    let Some(capture) = shared("ndpi-skinny.pcap") else { return };
    let analysis = analysed(&capture);
    assert_eq!(analysis.len(), 1);
    let (call, events) = analysis.call_and_events(0).expect("there is one");
    assert_eq!((&*call.caller.number, &*call.callee.number), ("321", "307"));
    assert_eq!((call.started.text().as_str(), call.outcome), ("soft key Redial", Outcome::Answered));
    assert_eq!((call.legs.len(), call.branches.len(), call.streams.len()), (2, 4, 6));
    let kinds: Vec<BranchKind> = call.branches.iter().map(|branch| branch.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == BranchKind::RecordingNear).count(), 2);
    assert!(call.branches.iter().all(|branch| branch.acknowledged.is_some()));
    // All 62 messages belong to it; those without a reference are marked.
    assert_eq!((call.messages, events.len()), (62, 62));
    assert_eq!(events[0].id, 0x26);
    assert!(events[0].inferred && events.iter().filter(|event| event.inferred).count() < 20);
    assert!(call.streams.iter().all(|stream| stream.lost == 0));
    assert_eq!(call.streams.iter().filter(|stream| stream.mirrored).count(), 2);
    assert_eq!(call.milestones.micros(Milestone::Answer), Some(3_622_883));
}

#[test]
fn the_old_call_manager_has_registrations_and_calls_without_references() {
    let Some(capture) = shared("pyskinny-cm2_register.pcapng") else { return };
    let (analysis, summary) = analyse_capture(&capture[..], options()).expect("a capture");
    let registered =
        |registration: &trace::analysis::Registration| registration.state == RegistrationState::Registered;
    let rejected = |registration: &trace::analysis::Registration| {
        matches!(registration.state, RegistrationState::Rejected { .. })
    };
    assert_eq!(analysis.registrations.len() as u64, summary.flows.sccp);
    assert_eq!(analysis.registrations.iter().filter(registered).count(), 28);
    assert_eq!(analysis.registrations.iter().filter(rejected).count(), 7);
    let keepalives: u32 =
        analysis.registrations.iter().map(|registration| registration.keepalives.sent).sum();
    assert_eq!(keepalives, 495);
    let answered: Vec<Call> = analysis.calls().filter(|call| call.outcome == Outcome::Answered).collect();
    assert_eq!((analysis.len(), answered.len()), (6, 6));
    assert!(answered.iter().all(|call| call.legs.len() == 2 && &*call.caller.number == "1091"));
    // A CallManager 2.x answers no keepalive: that is no loss.
    assert!(analysis.registrations.iter().all(|registration| registration.keepalives.unanswered == 0));
}

#[test]
fn messages_are_counted_as_tshark_counts_them() {
    let Some(capture) = shared("ndpi-skinny.pcap") else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures/ndpi-skinny.pcap");
    let output = Command::new("tshark")
        .arg("-r")
        .arg(path)
        .args(["-Y", "skinny", "-T", "fields", "-e", "skinny.messageId"])
        .output();
    let Ok(output) = output else {
        assert!(std::env::var_os("CI").is_none(), "tshark is not installed");
        eprintln!("SKIPPED: tshark is not installed");
        return;
    };
    let mut theirs = std::collections::BTreeMap::<u32, u64>::new();
    for id in String::from_utf8_lossy(&output.stdout).split([',', '\n']).filter(|id| !id.is_empty()) {
        let id =
            id.strip_prefix("0x").map_or_else(|| id.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        *theirs.entry(id.expect("a number")).or_default() += 1;
    }
    assert_eq!(analysed(&capture).messages, theirs);
}

#[test]
fn a_capture_from_the_middle_or_cut_short_still_has_its_call() {
    let capture = trace::example::capture();
    let packets = packets(&capture);
    for skip in [60, 100, 130] {
        let analysis = analysed(&pcap(&packets[skip..]));
        assert_eq!(analysis.len(), 1, "from packet {skip}");
    }
    for keep in (100..packets.len()).step_by(7) {
        let analysis = analysed(&pcap(&packets[..keep]));
        // Until both phones show the parties, nothing ties their legs together.
        assert!(analysis.len() <= 2, "{keep} packets");
    }
    let whole = analysed(&capture).call(0).expect("one");
    assert!(whole.findings.iter().all(|finding| finding.kind != FindingKind::FromMiddle));
}

#[test]
fn repeated_and_swapped_packets_change_nothing() {
    let capture = trace::example::capture();
    let packets = packets(&capture);
    let told = |capture: &[u8]| {
        let analysis = analysed(capture);
        let call = analysis.call(0).expect("one");
        (analysis.len(), call.outcome, call.legs.len(), call.messages, call.story.len())
    };
    let expected = told(&capture);
    let doubled: Vec<_> = packets.iter().flat_map(|packet| [packet.clone(), packet.clone()]).collect();
    assert_eq!(told(&pcap(&doubled)), expected);
}

#[test]
fn a_tight_budget_changes_nothing_but_where_calls_lie() {
    let pattern = trace::synth::Pattern::of_capture(&trace::example::capture()[..]).expect("plain");
    let mut file = Vec::new();
    pattern.write(60, &mut file).expect("memory takes everything");
    let tight = Options { limits: Limits { live_calls: 4, live_phones: 4, store_bytes: 2000 }, ..options() };
    let (small, _) = analyse_capture(&file[..], tight).expect("a capture");
    let large = analysed(&file);
    assert!(small.bytes_on_disk() > 10_000 && large.bytes_on_disk() == 0);
    assert_eq!(small.len(), 60);
    for (one, other) in small.calls().zip(large.calls()) {
        assert_eq!(one, other);
    }
}

#[test]
fn a_call_that_goes_wrong_is_explained() {
    // The callee's phone never answers OpenReceiveChannel: its messages are taken out.
    let lines = said_without(0x22, "192.0.2.65");
    let analysis = analysed(&lines);
    let call = analysis.call(0).expect("one");
    let finding =
        call.findings.iter().find(|finding| finding.kind == FindingKind::NoChannelAck).expect("found");
    assert!(finding.text.contains("SEP001122334465") && !finding.shown_by.is_empty());
}

/// The example without one message of one phone.
fn said_without(id: u32, phone: &str) -> Vec<u8> {
    let phone: std::net::IpAddr = phone.parse().expect("an address");
    let mut said = Vec::new();
    let _ = trace::reader::FrameReader::new(&trace::example::capture()[..]).expect("a capture").for_each(
        |frame| {
            if !(frame.id == id && frame.src.ip() == phone) {
                let header = skinny::Header {
                    length: frame.body.len() as u32 + 4,
                    version: frame.header_version,
                    id: frame.id,
                };
                let payload = [&header.bytes()[..], frame.body].concat();
                said.push(trace::synth::Sent { time: frame.time, src: frame.src, dst: frame.dst, payload });
            }
            std::ops::ControlFlow::Continue(())
        },
    );
    pcap(&trace::synth::packets(&said))
}

fn packets(capture: &[u8]) -> Vec<trace::synth::WirePacket> {
    let mut packets = Vec::new();
    let mut reader = trace::capture::CaptureReader::new(capture).expect("a capture");
    while let Ok(Some(packet)) = reader.next_packet() {
        let (time, bytes) = (packet.time, packet.captured.to_vec());
        packets.push(trace::synth::WirePacket { time, bytes, comment: None, interface: 0 });
    }
    packets
}

fn pcap(packets: &[trace::synth::WirePacket]) -> Vec<u8> {
    let mut file = Vec::new();
    trace::synth::write_pcap(&mut file, packets).expect("memory takes everything");
    file
}

/// Frames of the example, to be told in any order.
fn frames() -> Vec<(bool, u32, u32, Vec<u8>)> {
    let mut frames = Vec::new();
    let _ = trace::reader::FrameReader::new(&trace::example::capture()[..]).expect("a capture").for_each(
        |frame| {
            frames.push((frame.from_server, frame.header_version, frame.id, frame.body.to_vec()));
            std::ops::ControlFlow::Continue(())
        },
    );
    frames
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Any message of the catalogue with any body, on any of a few phones, in any order and at any time.
    #[test]
    fn no_order_of_messages_panics(
        script in prop::collection::vec((0usize..400, 0u32..4, any::<bool>(), 0i64..30_000_000_000, prop::collection::vec(any::<u8>(), 0..140)), 1..200)
    ) {
        let frames = frames();
        let limits = Limits { live_calls: 4, live_phones: 4, store_bytes: 500 };
        let mut analyst = Analyst::new(Options { limits, ..options() });
        let end = |n: u32| Endpoint::at(SocketAddr::from(([10, 0, 0, n as u8], 2000)));
        let sessions: Vec<_> = (0..4)
            .filter_map(|n| analyst.open(Opened { time: Timestamp(0), server: end(9), phone: end(n / 2 + 1), from_start: true, source: n as u16 % 2 }))
            .collect();
        for (number, (pick, session, from_server, time, junk)) in script.into_iter().enumerate() {
            let (from_server, version, id, body) = match frames.get(pick) {
                Some((from_server, version, id, body)) => (*from_server, *version, *id, body.clone()),
                None => {
                    let entry = &skinny::catalogue::CATALOGUE[pick % skinny::catalogue::CATALOGUE.len()];
                    (from_server, 0, entry.id, junk)
                }
            };
            let header = skinny::Header { length: body.len() as u32 + 4, version, id };
            let at = MessageRef { time: Timestamp(time), source: 0, number: number as u64, nth: 0 };
            let content = Content::Frame(skinny::Frame { header, body: &body });
            analyst.said(sessions[session as usize], Said { at, from_server, content });
        }
        let analysis = analyst.finish();
        let filter = Query::parse("answered or not (caller=1* and mos<4) or both-way audio").expect("right");
        for index in 0..analysis.len() {
            let (call, events) = analysis.call_and_events(index).expect("kept");
            let _ = (report::call_json(&analysis, &call), report::call_csv(&call), filter.matches(&analysis, &call));
            let mut sight = trace::draw::Sight::default();
            let ladder = trace::draw::of_call(&call, &events, analysis.registrations.directory(), &mut sight);
            let _ = trace::draw::text::draw(&ladder, trace::draw::text::Style { fields: true, ..Default::default() });
            let mut text = String::new();
            report::call_story(&mut text, &analysis, &call);
        }
    }
}
