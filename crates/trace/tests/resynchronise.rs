//! Streams of real captures, entered at every byte: what is found must be frames of the stream, never an
//! accident of some message's body, and hardly any may be missed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;

use trace::capture::CaptureReader;
use trace::framer::{FrameEvent, Framer, Origin};
use trace::packet::{Decoded, Decoder};
use trace::shape::SCCP_PORT;
use trace::stream::{
    Chunk, CloseReason, ConnectionId, Gap, Opening, Side, Stamp, StreamLimits, StreamSink, StreamTable,
};

/// One direction: who sends, and its segments.
type Direction = (Origin, Vec<Vec<u8>>);

/// Gathers the segments of each direction.
#[derive(Default)]
struct Directions(BTreeMap<(u64, usize), Direction>);

impl StreamSink for Directions {
    fn opened(&mut self, id: ConnectionId, opening: &Opening) {
        for (side, end) in [(Side::A, opening.a), (Side::B, opening.b)] {
            let origin = if end.port() == SCCP_PORT { Origin::Server } else { Origin::Phone };
            self.0.insert((id.serial, side.index()), (origin, Vec::new()));
        }
    }

    fn data(&mut self, id: ConnectionId, chunk: Chunk<'_>) {
        if let Some((_, segments)) = self.0.get_mut(&(id.serial, chunk.side.index())) {
            segments.push(chunk.bytes.to_vec());
        }
    }

    fn gap(&mut self, _: ConnectionId, _: Gap) {}

    fn closed(&mut self, _: ConnectionId, _: Stamp, _: CloseReason) {}
}

/// The directions of all connections of a capture, or a loud word that it is not there.
fn directions(name: &str) -> Vec<Direction> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures").join(name);
    let Ok(file) = File::open(&path) else {
        eprintln!("SKIPPED: {} not present", path.display());
        return Vec::new();
    };
    let mut reader = CaptureReader::new(file).expect("a capture");
    let (mut decoder, mut table) = (Decoder::new(), StreamTable::new(StreamLimits::default()));
    let mut found = Directions::default();
    while let Some(packet) = reader.next_packet().expect("a sound capture") {
        if let Decoded::Segment(segment) = decoder.decode(&packet) {
            table.segment(&segment, &mut found);
        }
    }
    found.0.into_values().filter(|(_, segments)| !segments.is_empty()).collect()
}

/// Offsets of the frames that a framer finds, and how often it had to give up its place.
fn frames(mut framer: Framer, segments: &[&[u8]], before: usize) -> (BTreeSet<usize>, usize) {
    let (mut offsets, mut lost) = (BTreeSet::new(), 0);
    for segment in segments {
        framer.feed(segment, |event| match event {
            FrameEvent::Frame(frame) => {
                offsets.insert(before + frame.offset as usize);
            }
            FrameEvent::BadHeader { .. } => lost += 1,
            _ => {}
        });
    }
    (offsets, lost)
}

/// What came of entering at every byte of every direction.
#[derive(Debug, Default)]
struct Score {
    entries: usize,
    /// Frames that are none.
    phantoms: usize,
    /// Frames after the place of entry that were not found.
    missed: usize,
    /// Entries with either.
    imperfect: usize,
}

/// Segments after the place of entry that are looked at: a search has long ended by then.
const SEGMENTS: usize = 6;

fn score(name: &str) -> Score {
    let mut score = Score::default();
    for (origin, segments) in directions(name) {
        for (index, first) in segments.iter().enumerate().take(60) {
            let following = &segments[index..segments.len().min(index + SEGMENTS)];
            let whole: Vec<&[u8]> = following.iter().map(Vec::as_slice).collect();
            let (real, _) = frames(Framer::at_start(), &whole, 0);
            for at in 1..first.len() {
                let mut cut = whole.clone();
                cut[0] = &first[at..];
                let (found, lost) = frames(Framer::in_the_middle().from(origin), &cut, at);
                let expected: BTreeSet<usize> = real.range(at..).copied().collect();
                let phantoms = found.difference(&expected).count();
                let missed = expected.difference(&found).count();
                score.entries += 1;
                score.phantoms += phantoms;
                score.missed += missed;
                score.imperfect += usize::from(phantoms + missed + lost > 0);
            }
        }
    }
    eprintln!("{name}: {score:?}");
    score
}

#[test]
fn entering_at_every_byte() {
    for name in ["ndpi-skinny.pcap", "ndpi-sccp_hw_conf_register.pcapng", "pyskinny-cm2_register.pcapng"] {
        let score = score(name);
        assert_eq!((score.phantoms, score.missed), (0, 0), "{name}: {score:?}");
    }
}
