//! Real captures, read beside tshark.
//!
//! The captures are not part of the repository: they lie in `shared/captures` beside it. Where they are
//! absent, the tests say so and pass.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Command;

use trace::reader::{FrameReader, Summary};

/// The path of a capture, or a loud word that it is not there.
fn capture(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} not present", path.display());
    None
}

/// Packet number, id, length word and direction of each frame.
type Row = (u64, u32, usize);

fn rows(path: &PathBuf) -> (Vec<Row>, Summary) {
    let mut rows = Vec::new();
    let file = File::open(path).expect("the capture can be opened");
    let summary = FrameReader::new(file).expect("it is a capture").for_each(|frame| {
        rows.push((frame.packet, frame.id, frame.body.len() + 4));
        ControlFlow::Continue(())
    });
    (rows, summary)
}

/// The same by tshark; `None` when it is not installed.
fn tshark_rows(path: &PathBuf) -> Option<Vec<Row>> {
    let fields = ["frame.number", "skinny.messageId", "skinny.data_length"];
    let mut command = Command::new("tshark");
    command.arg("-r").arg(path).args(["-Y", "skinny", "-T", "fields"]);
    fields.iter().for_each(|field| {
        command.args(["-e", field]);
    });
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: tshark not present");
        return None;
    };
    let text = String::from_utf8(output.stdout).expect("tshark writes text");
    Some(text.lines().flat_map(parse_line).collect())
}

fn parse_line(line: &str) -> Vec<Row> {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    let number = next().parse().expect("a frame number");
    let ids: Vec<u32> = next().split(',').map(|id| id.parse().expect("an id")).collect();
    let lengths: Vec<usize> = next().split(',').map(|length| length.parse().expect("a length")).collect();
    assert_eq!(ids.len(), lengths.len(), "{line}");
    ids.into_iter().zip(lengths).map(|(id, length)| (number, id, length)).collect()
}

fn check_against_tshark(name: &str, frames: usize) {
    let Some(path) = capture(name) else { return };
    let (rows, summary) = rows(&path);
    assert_eq!(rows.len(), frames, "{summary:#?}");
    assert_eq!(summary.flows.bad_headers, 0);
    assert_eq!(summary.flows.skipped_bytes + summary.flows.abandoned_bytes, 0, "{summary:#?}");
    if let Some(expected) = tshark_rows(&path) {
        assert_eq!(rows, expected);
    }
}

#[test]
fn ndpi_skinny_has_62_frames_in_40_packets() {
    check_against_tshark("ndpi-skinny.pcap", 62);
    let Some(path) = capture("ndpi-skinny.pcap") else { return };
    let (mut rows, _) = rows(&path);
    rows.dedup_by_key(|row| row.0);
    assert_eq!(rows.len(), 40);
}

#[test]
fn conference_bridge_registration() {
    check_against_tshark("ndpi-sccp_hw_conf_register.pcapng", 8);
}

#[test]
fn old_call_manager() {
    check_against_tshark("pyskinny-cm2_register.pcapng", 1298);
}
