//! What the benchmarks decode: real captures when they are at hand, and the project's own.

#![allow(dead_code, missing_docs, reason = "each benchmark uses a part")]

use std::ops::ControlFlow;

use trace::reader::FrameReader;

/// The frames of a capture, one after the other.
pub struct Corpus {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub frames: usize,
}

fn frames(name: &'static str, capture: impl std::io::Read) -> Corpus {
    let mut corpus = Corpus { name, bytes: Vec::new(), frames: 0 };
    let reader = FrameReader::new(capture).expect("a capture");
    let _ = reader.for_each(|raw| {
        let header =
            skinny::Header { length: raw.body.len() as u32 + 4, version: raw.header_version, id: raw.id };
        corpus.bytes.extend(header.bytes());
        corpus.bytes.extend(raw.body);
        corpus.frames += 1;
        ControlFlow::Continue(())
    });
    corpus
}

/// The capture that the project makes itself.
pub fn example() -> Corpus {
    frames("example", &trace::example::capture()[..])
}

/// Captures of other people, where they are at hand.
pub fn real() -> Vec<Corpus> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/captures/");
    ["ndpi-skinny.pcap", "pyskinny-cm2_register.pcapng"]
        .into_iter()
        .filter_map(|name| match std::fs::File::open(format!("{folder}{name}")) {
            Ok(file) => Some(frames(name, file)),
            Err(_) => {
                eprintln!("SKIPPED: {name} is not present");
                None
            }
        })
        .collect()
}
