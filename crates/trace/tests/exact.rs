//! Every message of the real captures decodes and re-encodes to the very same bytes.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;

use skinny::packet::Packet;
use skinny::{Frame, Header};
use trace::reader::FrameReader;

/// `(file, frames)`.
const CAPTURES: [(&str, u64); 3] = [
    ("ndpi-skinny.pcap", 62),
    ("ndpi-sccp_hw_conf_register.pcapng", 8),
    ("pyskinny-cm2_register.pcapng", 1298),
];

fn capture(name: &str) -> Option<File> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/captures"));
    let file = File::open(folder.join(name)).ok();
    if file.is_none() {
        eprintln!("SKIPPED: {name} is not present (the captures of others are not part of the repository)");
    }
    file
}

/// Re-encodes each frame of `input`; returns how many there were.
fn assert_exact(input: impl std::io::Read) -> u64 {
    let mut frames = 0;
    let summary = FrameReader::new(input).expect("a capture").for_each(|raw| {
        let header = Header { length: raw.body.len() as u32 + 4, version: raw.header_version, id: raw.id };
        let packet = Packet::decode(Frame { header, body: raw.body }, 0);
        let mut again = vec![0; 12 + raw.body.len()];
        assert_eq!(packet.encode(&mut again), Ok(again.len()), "packet {}", raw.packet);
        assert_eq!(again[..12], header.bytes(), "packet {}", raw.packet);
        assert_eq!(again[12..], *raw.body, "packet {}: {:?}", raw.packet, packet.message);
        frames += 1;
        ControlFlow::Continue(())
    });
    assert!(summary.is_whole(), "{summary:?}");
    frames
}

#[test]
fn real_captures() {
    for (name, frames) in CAPTURES {
        if let Some(file) = capture(name) {
            assert_eq!(assert_exact(file), frames, "{name}");
        }
    }
}

#[test]
fn our_own_capture() {
    let capture = trace::example::capture();
    assert_eq!(assert_exact(&capture[..]), trace::example::messages() as u64);
}
