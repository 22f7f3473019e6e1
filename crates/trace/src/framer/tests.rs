use proptest::prelude::*;

use super::*;

/// What a framer found, in short.
fn log(events: &mut Vec<String>) -> impl FnMut(FrameEvent<'_>) {
    |event| {
        events.push(match event {
            FrameEvent::Frame(Frame { offset, header_version, id, body }) => {
                format!("@{offset} v{header_version} {id:#06x} {}", body.len())
            }
            FrameEvent::BadHeader { offset, found } => format!("bad @{offset} length {}", found.length),
            FrameEvent::Resynchronised { offset, skipped } => format!("resync @{offset} skipped {skipped}"),
            FrameEvent::Abandoned { offset, bytes } => format!("abandoned {bytes} before @{offset}"),
        });
    }
}

fn frame(version: u32, id: u32, body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 4).to_le_bytes()[..], &version.to_le_bytes(), &id.to_le_bytes(), body].concat()
}

fn run(mut framer: Framer, pieces: &[&[u8]]) -> Vec<String> {
    let mut events = Vec::new();
    for piece in pieces {
        framer.feed(piece, log(&mut events));
    }
    framer.finish(log(&mut events));
    events
}

#[test]
fn many_frames_in_one_segment_and_one_in_many() {
    let two = [frame(0, 0, b""), frame(20, 0x85, &[1; 16])].concat();
    let expected = ["@0 v0 0x0000 0", "@12 v20 0x0085 16"];
    assert_eq!(run(Framer::at_start(), &[&two]), expected);
    let bytes: Vec<&[u8]> = two.chunks(1).collect();
    assert_eq!(run(Framer::at_start(), &bytes), expected);
    for cut in 0..=two.len() {
        assert_eq!(run(Framer::at_start(), &[&two[..cut], &two[cut..]]), expected);
    }
}

#[test]
fn unknown_ids_and_future_versions_pass_in_step() {
    let bytes = [frame(23, 0xdead_beef, b"new!"), frame(30, 0x0500, b"")].concat();
    assert_eq!(run(Framer::at_start(), &[&bytes]), ["@0 v23 0xdeadbeef 4", "@16 v30 0x0500 0"]);
}

#[test]
fn bad_lengths_are_said_once_and_survived() {
    let good = [frame(20, 0x26, &[0; 16]), frame(20, 0x22, &[9; 36])].concat();
    for length in [0u32, 1, 2, 3, MAX_FRAME_LENGTH + 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let bad = [&length.to_le_bytes()[..], &[0xee; 21]].concat();
        let bytes = [&frame(20, 0, b"")[..], &bad, &good].concat();
        let expected = [
            "@0 v20 0x0000 0".to_owned(),
            format!("bad @12 length {length}"),
            "resync @37 skipped 25".to_owned(),
            "@37 v20 0x0026 16".to_owned(),
            "@65 v20 0x0022 36".to_owned(),
        ];
        assert_eq!(run(Framer::at_start(), &[&bytes]), expected);
        for cut in 1..37 {
            let found = run(Framer::at_start(), &[&bytes[..cut], &bytes[cut..]]);
            assert_eq!(found, expected, "cut at {cut}");
        }
    }
    let version = frame(MAX_HEADER_VERSION + 1, 0, b"");
    assert_eq!(run(Framer::at_start(), &[&version])[0], "bad @0 length 4");
}

#[test]
fn the_largest_frame() {
    let bytes = frame(22, 0x2e, &vec![7; MAX_FRAME_LENGTH as usize - 4]);
    let pieces: Vec<&[u8]> = bytes.chunks(1460).collect();
    assert_eq!(run(Framer::at_start(), &pieces), ["@0 v22 0x002e 65532"]);
}

#[test]
fn from_the_middle_of_a_frame() {
    let cut_off = &frame(20, 0x0111, &[0x55; 28])[9..];
    let bytes = [cut_off, &frame(20, 0x0110, &[1; 20]), &frame(20, 0x0145, &[2; 24])].concat();
    let expected = ["resync @31 skipped 31", "@31 v20 0x0110 20", "@63 v20 0x0145 24"];
    assert_eq!(run(Framer::in_the_middle(), &[&bytes]), expected);
    let pieces: Vec<&[u8]> = bytes.chunks(5).collect();
    assert_eq!(run(Framer::in_the_middle(), &pieces), expected);
    // Right at a frame there is nothing to tell.
    assert_eq!(run(Framer::in_the_middle(), &[&frame(20, 0, b"")]), ["@0 v20 0x0000 0"]);
}

#[test]
fn a_search_that_finds_nothing_says_what_was_lost() {
    assert_eq!(run(Framer::in_the_middle(), &[&[0xff; 5000], &[0xff; 50]]), ["abandoned 5050 before @5050"]);
    assert_eq!(run(Framer::in_the_middle(), &[&[0; 300]]), ["abandoned 300 before @300"]);
    // One that stays undecided: a plausible header whose frame never ends.
    let promise = &frame(20, 0x85, &[0xee; 100])[..50];
    assert_eq!(run(Framer::in_the_middle(), &[promise]), ["abandoned 50 before @50"]);
}

#[test]
fn gaps() {
    let first = frame(20, 0x85, &[1; 16]);
    let second = frame(20, 0x88, &[2; 8]);
    let mut events = Vec::new();
    let mut framer = Framer::at_start();
    framer.feed(&first[..20], log(&mut events));
    framer.gap(8, log(&mut events));
    framer.feed(&second, log(&mut events));
    assert_eq!(events, ["abandoned 20 before @20", "@28 v20 0x0088 8"]);
    // A gap that ends within a frame.
    events.clear();
    let (_, rest) = first.split_at(7);
    framer.gap(7, log(&mut events));
    framer.feed(&[rest, &second].concat(), log(&mut events));
    let found = |skipped| [format!("resync @76 skipped {skipped}"), "@76 v20 0x0088 8".to_owned()];
    assert_eq!(events, found(21));
    assert_eq!(framer.position(), 96);
    // And one after another.
    events.clear();
    framer.gap(10, log(&mut events));
    framer.gap(10, log(&mut events));
    framer.feed(&second, log(&mut events));
    assert_eq!(events, ["@116 v20 0x0088 8"]);
}

#[test]
fn the_sender_narrows_a_search() {
    // A body that looks like a frame of the other side's.
    let trap = [&[0xee; 8][..], &frame(0, 0x85, &[1; 16]), &frame(0, 0x26, &[1; 16])].concat();
    let events = run(Framer::in_the_middle().from(Origin::Phone), &[&trap]);
    assert_eq!(events, ["resync @36 skipped 36", "@36 v0 0x0026 16"]);
}

#[test]
fn segments_begin_with_frames() {
    // The first piece ends with what looks like the front of a long frame; the second begins with a real one.
    let front = [&[0xee; 20][..], &frame(0, 0x44, &[0; 300])[..30]].concat();
    let events = run(Framer::in_the_middle(), &[&front, &frame(20, 0x26, &[1; 16])]);
    assert_eq!(events, ["resync @50 skipped 50", "@50 v20 0x0026 16"]);
}

#[test]
fn who_sends_what() {
    let origin = |id| Header { length: 4, version: 0, id }.origin();
    let from_phone = [0u32, 0x49, 0x4c, 0x012a, 0x012e, 0x0141, 0x0154, 0x015e, 0x8000, 0xff00];
    from_phone.iter().for_each(|id| assert_eq!(origin(*id), Origin::Phone, "{id:#x}"));
    let from_server = [0x81u32, 0x0100, 0x0129, 0x012c, 0x0140, 0x0156, 0x0160, 0x8100, 0x8101];
    from_server.iter().for_each(|id| assert_eq!(origin(*id), Origin::Server, "{id:#x}"));
    [0x0127u32, 0x0161, 0xffff].iter().for_each(|id| assert_eq!(origin(*id), Origin::Unknown, "{id:#x}"));
}

/// Counts what becomes of each byte.
#[derive(Default)]
struct Account {
    framed: u64,
    lost: u64,
}

impl Account {
    fn book(&mut self, event: FrameEvent<'_>) {
        match event {
            FrameEvent::Frame(frame) => self.framed += (HEADER_LEN + frame.body.len()) as u64,
            FrameEvent::Resynchronised { skipped, .. } => self.lost += skipped,
            FrameEvent::Abandoned { bytes, .. } => self.lost += bytes,
            FrameEvent::BadHeader { .. } => {}
        }
    }
}

/// Bytes that are nearly frames.
fn nearly_frames() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => (0u32..23, 0u32..0x170, prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(version, id, body)| frame(version, id, &body)),
        1 => prop::collection::vec(any::<u8>(), 0..30),
        1 => prop::collection::vec(0u8..3, 0..30),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Every byte ends up in a frame or is said to be lost, whatever the cuts and gaps.
    #[test]
    fn no_byte_is_unaccounted_for(
        bytes in nearly_frames(),
        cuts in prop::collection::vec((1usize..100, prop::option::weighted(0.1, 1u64..50)), 1..40),
        in_the_middle: bool,
    ) {
        let mut framer = if in_the_middle { Framer::in_the_middle() } else { Framer::at_start() };
        let mut account = Account::default();
        let (mut rest, mut gaps) = (&bytes[..], 0);
        for (length, gap) in cuts.iter().cycle().take(200) {
            let (now, later) = rest.split_at((*length).min(rest.len()));
            framer.feed(now, |event| account.book(event));
            if let Some(missing) = gap {
                framer.gap(*missing, |event| account.book(event));
                gaps += missing;
            }
            rest = later;
        }
        let fed = (bytes.len() - rest.len()) as u64;
        prop_assert_eq!(framer.position(), fed + gaps);
        framer.finish(|event| account.book(event));
        prop_assert_eq!(account.framed + account.lost, fed);
    }

    /// Good frames come out the same whatever the cuts.
    #[test]
    fn cuts_change_nothing(
        frames in prop::collection::vec((0u32..31, any::<u32>(), prop::collection::vec(any::<u8>(), 0..80)), 1..20),
        cuts in prop::collection::vec(1usize..50, 1..30),
    ) {
        let bytes: Vec<u8> =
            frames.iter().flat_map(|(version, id, body)| frame(*version, *id, body)).collect();
        let mut framer = Framer::at_start();
        let mut found = Vec::new();
        let mut rest = &bytes[..];
        for length in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*length).min(rest.len()));
            framer.feed(now, |event| match event {
                FrameEvent::Frame(frame) => found.push((frame.header_version, frame.id, frame.body.to_vec())),
                other => panic!("{other:?}"),
            });
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(found, frames);
    }
}
