//! Real frames: those of the shared captures, with tshark's reading of each.

use std::collections::BTreeMap;
use std::path::Path;

use skinny::frame::HEADER_LEN;
use skinny::{Frame, Header};

use super::compare::compare;
use super::exceptions::{Account, Exception};
use super::pdml::{Dissected, Segment};
use super::{fields, program};

/// The port of SCCP.
const PORT: u16 = 2000;

/// One direction of a TCP connection.
#[derive(Debug, Default)]
pub struct Side {
    /// Whether the call manager sends.
    pub from_server: bool,
    /// What was sent, put together by sequence number.
    pub bytes: Vec<u8>,
    /// What tshark found in it, in order, with the number of the packet.
    pub theirs: Vec<(u32, Dissected)>,
}

impl Side {
    /// The frames, cut by nothing but their length words.
    pub fn frames(&self) -> Vec<Frame<'_>> {
        let mut rest = self.bytes.as_slice();
        let mut frames = Vec::new();
        while let Some(head) = rest.first_chunk::<HEADER_LEN>() {
            let header = Header::read(head);
            assert!(header.has_valid_length(), "{header:?}");
            let Some((frame, behind)) = rest.split_at_checked(header.frame_len()) else { break };
            frames.push(Frame { header, body: &frame[HEADER_LEN..] });
            rest = behind;
        }
        frames
    }
}

/// The SCCP streams of a capture file.
pub fn sides(file: &Path) -> Vec<Side> {
    let mut streams: BTreeMap<(u32, u16), Vec<Segment>> = BTreeMap::new();
    for segment in program::dissect(file) {
        if [segment.ports.0, segment.ports.1].contains(&PORT) {
            streams.entry((segment.stream, segment.ports.0)).or_default().push(segment);
        }
    }
    streams.into_iter().map(|((_, port), segments)| side(port == PORT, segments)).collect()
}

fn side(from_server: bool, segments: Vec<Segment>) -> Side {
    let mut side = Side { from_server, ..Side::default() };
    let mut next = None;
    for segment in segments.into_iter().filter(|segment| !segment.payload.is_empty()) {
        let start = next.unwrap_or(segment.sequence);
        let known = start.wrapping_sub(segment.sequence) as usize;
        assert!(known <= segment.payload.len(), "a gap before packet {}", segment.number);
        side.bytes.extend(&segment.payload[known..]);
        next = Some(segment.sequence.wrapping_add(segment.payload.len() as u32));
        side.theirs.extend(segment.messages.into_iter().map(|message| (segment.number, message)));
    }
    side
}

/// Compares every message of a capture: how many there are, which, in what order, and all their fields.
pub fn check(name: &str, table: &'static [Exception], messages: usize) {
    if program::version().is_none() {
        return;
    }
    let Some(file) = program::shared(&format!("captures/{name}")) else { return };
    let mut account = Account::new(table);
    let (mut found, mut agreed) = (0, 0);
    for side in sides(&file) {
        let frames = side.frames();
        let ours: Vec<_> = frames.iter().map(|frame| (frame.header.id, frame.header.version)).collect();
        let theirs: Vec<_> = side.theirs.iter().map(|(_, theirs)| (theirs.id, theirs.version)).collect();
        assert_eq!(ours, theirs, "{name}: other messages, or another order");
        for (frame, (_, theirs)) in frames.iter().zip(&side.theirs) {
            let ours = fields::of(*frame);
            let outcome = compare(&ours, theirs, frame.body);
            found += 1;
            agreed += outcome.agreed.len();
            account.enter(*frame, outcome.differences, &ours);
        }
    }
    eprintln!("{name}: {found} messages, {agreed} fields agree, exceptions explain {:?}", account.explained);
    let complaints = account.complaints(&[0]);
    assert!(complaints.is_empty(), "{name}\n{}", complaints.join("\n"));
    assert_eq!(found, messages, "{name}");
}
