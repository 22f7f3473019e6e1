//! Cases of the field that no capture at hand shows: each with a file made for it.

use std::io::Write as _;

use super::*;
use crate::source::{Input, Inputs, Mixed};
use crate::synth::{Wire, write_pcap};

/// Sources mixed as the command does it.
fn mixed(files: Vec<(&str, Vec<u8>)>) -> Analysis {
    let inputs = files.into_iter().map(|(name, bytes)| Input::from_bytes(name, bytes).unwrap()).collect();
    let mut analyst = Analyst::new(Options { events: true, ..Options::default() });
    let _ = Mixed::new(Inputs { inputs, ..Inputs::default() }).run(&mut Captured::new(&mut analyst, 0));
    analyst.finish()
}

/// The example with RTP: `packets` of 20 ms in both directions from `from_ms` on, but for those from Alice that `lost` says.
fn with_rtp(from_ms: i64, packets: u16, lost: impl Fn(u16) -> bool) -> Vec<u8> {
    let said = crate::example::said(str::to_owned);
    let begin = said[0].time;
    let mut all = crate::synth::packets(&said);
    let mut wire = Wire::new();
    let [alice, bob] = ["192.0.2.60:24576", "192.0.2.65:24680"].map(|end| end.parse().unwrap());
    for number in 0..packets {
        let time = begin.plus((from_ms + 20 * i64::from(number)) * 1_000_000);
        for (src, dst, ssrc) in [(alice, bob, 7), (bob, alice, 8)] {
            let stamp = u32::from(number) * 160;
            let header =
                [&[0x80, 0][..], &number.to_be_bytes(), &stamp.to_be_bytes(), &[0, 0, 0, ssrc]].concat();
            if ssrc == 8 || !lost(number) {
                wire.datagram(time, src, dst, &[header, vec![0x55; 160]].concat());
            }
        }
    }
    all.extend(wire.into_packets());
    all.sort_by_key(|packet| packet.time);
    let mut file = Vec::new();
    write_pcap(&mut file, &all).unwrap();
    file
}

fn only(analysis: &Analysis, kind: FindingKind) -> Option<String> {
    let call = analysis.call(0).unwrap();
    let found: Vec<&Finding> = call.findings.iter().filter(|finding| finding.kind == kind).collect();
    assert!(found.len() <= 1 && found.iter().all(|finding| !finding.shown_by.is_empty()), "{found:?}");
    found.first().map(|finding| finding.text.to_string())
}

fn story(analysis: &Analysis) -> String {
    let mut story = String::new();
    crate::report::call_story(&mut story, analysis, &analysis.call(0).unwrap());
    story
}

#[test]
fn few_packets_lost_in_a_row_are_a_burst_and_the_same_number_apart_are_not() {
    let burst = mixed(vec![("a.pcap", with_rtp(6_090, 500, |number| (100..105).contains(&number)))]);
    let text = only(&burst, FindingKind::LossBurst).expect("the gap is found");
    assert!(text.contains("lost 5 packets in a row, a gap of 100 ms") && text.contains("of 500"), "{text}");
    assert!(story(&burst).contains("loss in 1 runs, the longest 5"), "{}", story(&burst));
    let apart = mixed(vec![("a.pcap", with_rtp(6_090, 500, |number| number % 100 == 50))]);
    assert_eq!(only(&apart, FindingKind::LossBurst), None);
    assert!(story(&apart).contains("loss in 5 runs, the longest 1"), "{}", story(&apart));
    let much = mixed(vec![("a.pcap", with_rtp(6_090, 500, |number| (100..140).contains(&number)))]);
    assert_eq!(only(&much, FindingKind::LossBurst), None, "that is loss, and said as such");
    assert!(only(&much, FindingKind::Loss).expect("loss").contains("40 at a time at most"));
}

#[test]
fn media_that_begins_late_is_found_with_how_late() {
    let late = mixed(vec![("a.pcap", with_rtp(8_520, 300, |_| false))]);
    let call = late.call(0).unwrap();
    let texts: Vec<&str> = call
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::LateMedia)
        .map(|finding| &*finding.text)
        .collect();
    assert_eq!(
        texts,
        [
            "The caller was sent audio only 2500 ms after the answer.",
            "The callee was sent audio only 2500 ms after the answer."
        ]
    );
    let prompt = mixed(vec![("a.pcap", with_rtp(6_090, 300, |_| false))]);
    let call = prompt.call(0).unwrap();
    assert!(call.findings.iter().all(|finding| finding.kind != FindingKind::LateMedia), "{call:?}");
}

/// Legs of three phones as an SDI trace tells them, with nothing in it that joins them.
fn sdi() -> Vec<u8> {
    let state = |time: &str, phone: u32, state: u32| {
        let reference = 16_777_290 + phone;
        format!(
            "01/05/2026 {time} CCM|StationD:    ({phone:07}) CallState callState={state} lineInstance=1 callReference={reference}.|<:CLUSTER>\n"
        )
    };
    [
        state("09:00:01.000", 11, 1),
        state("09:00:02.000", 12, 4),
        state("09:00:03.000", 12, 5),
        state("09:00:03.010", 11, 5),
        state("09:00:05.000", 13, 1),
        state("09:00:09.000", 11, 2),
        state("09:00:09.010", 12, 2),
    ]
    .concat()
    .into_bytes()
}

#[test]
fn a_calllogs_archive_beside_a_trace_says_which_legs_are_one_call() {
    let log = b"2026/01/05 09:00:01.500|CC|SETUP|16777301|16777302|1001|1002|1002\n\
        2026/01/05 09:00:01.600|SIPL|16777399|TCP|IN|10.0.0.1|5060|SEP0A0B0C0D0E0F|10.0.0.9|5060|1|1|abc@10.0.0.9|INVITE\n\
        2026/01/05 09:00:09.020|CC|RELEASE|16777301|16777302|1001|1002|1002\n";
    assert_eq!(mixed(vec![("ccm.txt", sdi())]).len(), 3, "alone, the trace joins nothing");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(log).unwrap();
    let gz = gz.finish().unwrap();
    // As RTMT packs them: a compressed log in a compressed archive.
    let folder = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in
        [("cm/trace/ccm/calllogs/calllogs_00000001.txt.gz", &gz), ("cm/trace/ccm/sdi/ccm1.txt", &sdi())]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    let archive = folder.path().join("rtmt.tar.gz");
    std::fs::write(&archive, tar.into_inner().unwrap().finish().unwrap()).unwrap();
    let mut analyst = Analyst::new(Options::default());
    let outcomes = Mixed::new(Inputs::find(&[archive]).unwrap()).run(&mut Captured::new(&mut analyst, 0));
    assert!(outcomes.iter().all(|outcome| outcome.error.is_none()), "{outcomes:?}");
    let analysis = analyst.finish();
    let legs: Vec<usize> = analysis.calls().map(|call| call.legs.len()).collect();
    assert_eq!(legs, [2, 1], "SETUP joins two of the three legs");
    let parties: Vec<[String; 2]> =
        analysis.calls().map(|call| [call.caller.text(), call.callee.text()]).collect();
    assert_eq!(parties[0], ["1001", "1002"], "and says who calls whom");
    assert_ne!(parties[1][0], "1001");
}
