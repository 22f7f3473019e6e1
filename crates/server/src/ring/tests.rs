//! Frames on disk: readable, masked, bounded.

use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use exchange::input::Peer;
use skinny::codes as c;
use skinny::message as m;
use skinny::message::{Body, Message, Numbered};
use skinny::packet::{Packet, compose};
use skinny::types::{CallReference, LineInstance};
use trace::reader::FrameReader;

use super::mask::Masker;
use super::*;
use crate::tap::Direction;
use std::net::SocketAddr;

const VERSION: u8 = 20;

fn bytes<'m, M: Body<'m> + Numbered>(message: &M) -> Vec<u8> {
    let mut room = vec![0; 4096];
    let len = compose(message, VERSION, u32::from(VERSION), &mut room).unwrap();
    room.truncate(len);
    room
}

fn passed(session: u64, direction: Direction, bytes: &[u8]) -> Passed<'_> {
    let remote = SocketAddr::from(([192, 168, 1, 5], 50_000 + session as u16));
    let peer = Peer { remote, local: ([192, 168, 1, 1], 2000).into() };
    Passed {
        unix_ns: 1_700_000_000_000_000_000,
        session: SessionId(session),
        direction,
        is_secret: false,
        peer,
        bytes,
    }
}

fn limits(bytes_max: u64) -> RingLimits {
    RingLimits { bytes_max, ..RingLimits::default() }
}

fn ring(folder: &Path, limits: &RingLimits) -> Ring {
    let files = Files::open(folder, limits.clone()).unwrap();
    Ring::new(Some(files), None, limits, Arc::default())
}

fn registration() -> [(Direction, Vec<u8>); 2] {
    let request = m::RegisterReq { protocol_ver: VERSION, ..Default::default() };
    let answer = m::RegisterAck { max_protocol_ver: VERSION, ..Default::default() };
    [(Direction::FromPhone, bytes(&request)), (Direction::ToPhone, bytes(&answer))]
}

fn talking() -> Vec<u8> {
    let call_reference = CallReference(7);
    bytes(&m::CallState { call_state: c::DCallState::CONNECTED, call_reference, ..Default::default() })
}

fn key(digit: u32) -> Vec<u8> {
    bytes(&m::KeypadButton {
        kp_button: c::KeypadKey(digit),
        line_instance: LineInstance(1),
        call_reference: CallReference(7),
    })
}

/// Ids and first words of all frames of a folder's files, the oldest file first.
fn kept(folder: &Path) -> Vec<(u32, u32)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        assert!(is_ring_file(&path));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let reader = FrameReader::new(std::fs::File::open(path).unwrap()).unwrap();
        let summary = reader.for_each(|frame| {
            let word = frame.body.first_chunk::<4>().map_or(0, |word| u32::from_le_bytes(*word));
            found.push((frame.id, word));
            ControlFlow::Continue(())
        });
        assert_eq!(summary.flows.missing_bytes, 0);
    }
    found
}

#[test]
fn frames_are_read_back_and_digits_of_talks_are_not() {
    let folder = tempfile::tempdir().unwrap();
    for secrets in [false, true] {
        let folder = folder.path().join(secrets.to_string());
        let limits = RingLimits { secrets, ..RingLimits::default() };
        let mut ring = ring(&folder, &limits);
        for (direction, bytes) in registration() {
            ring.take(passed(1, direction, &bytes));
        }
        ring.take(passed(1, Direction::FromPhone, &key(4)));
        // A PIN is one before anybody talks.
        ring.take(Passed { is_secret: true, ..passed(1, Direction::FromPhone, &key(4)) });
        ring.take(passed(1, Direction::ToPhone, &talking()));
        ring.take(passed(1, Direction::FromPhone, &key(4)));
        let tone = bytes(&m::StartTone { tone: c::DeviceTone::DTMF4, ..Default::default() });
        ring.take(passed(1, Direction::ToPhone, &[tone.clone(), tone].concat()));
        ring.flush();
        let digit = if secrets { 4 } else { 0xff };
        let expect = [(3, 4), (3, digit), (0x111, 5), (3, digit), (0x82, digit), (0x82, digit)];
        assert_eq!(kept(&folder)[2..], expect, "secrets: {secrets}");
    }
}

#[test]
fn srtp_keys_are_zeroes() {
    let start = m::StartMediaTransmission {
        m_tx_media_encryption_key_info: m::structs::EncryptionKey {
            keylen: 16,
            key: skinny::types::Bytes([0xaa; 16]),
            salt: skinny::types::Bytes([0xbb; 16]),
            ..Default::default()
        },
        ..Default::default()
    };
    let clear = bytes(&start);
    let Split::Frame(frame, _) = split(&clear) else { panic!("a frame") };
    let mut body = frame.body.to_vec();
    let mut masker = Masker::default();
    for (direction, bytes) in registration() {
        let Split::Frame(frame, _) = split(&bytes) else { panic!("a frame") };
        masker.follow(frame, direction);
    }
    masker.mask(frame, false, &mut body);
    let masked = Packet::decode(Frame { header: frame.header, body: &body }, VERSION).message;
    let Message::StartMediaTransmission(masked) = masked else { panic!("the same message") };
    let keys = masked.m_tx_media_encryption_key_info;
    assert_eq!((keys.keylen, keys.key.0, keys.salt.0), (16, [0; 16], [0; 16]));
}

#[test]
fn files_stay_within_their_size_and_each_stands_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut ring = ring(folder.path(), &limits(2 * 1024 * 1024));
    for (direction, bytes) in registration() {
        ring.take(passed(1, direction, &bytes));
    }
    for _ in 0..30_000 {
        ring.take(passed(1, Direction::FromPhone, &key(1)));
    }
    ring.flush();
    let size: u64 =
        std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    assert!((1024 * 1024..=2 * 1024 * 1024 + 200 * 1024).contains(&size), "{size}");
    let found = kept(folder.path());
    assert_eq!(found[..2].iter().map(|(id, _)| *id).collect::<Vec<_>>(), [0x01, 0x81], "the oldest file");
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(found.iter().filter(|(id, _)| *id == 1).count(), files);
    assert_eq!(ring.counters.read().ring_lost, 0);
}

#[test]
fn a_disk_that_takes_nothing_costs_frames_which_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("trace");
    let mut ring = ring(&inner, &RingLimits::default());
    std::fs::remove_dir(&inner).unwrap();
    ring.take(passed(1, Direction::FromPhone, &key(1)));
    ring.take(passed(1, Direction::FromPhone, &key(2)));
    ring.flush();
    assert_eq!(ring.counters.read().ring_lost, 2);
}

#[test]
fn a_restart_goes_on_with_the_next_file() {
    let folder = tempfile::tempdir().unwrap();
    for digit in [1, 2] {
        let mut ring = ring(folder.path(), &RingLimits::default());
        ring.take(passed(1, Direction::FromPhone, &key(digit)));
        ring.flush();
    }
    assert_eq!(kept(folder.path()), [(3, 1), (3, 2)]);
}

/// What a test prints to.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_have_the_familiar_form() {
    let paper = Paper::default();
    let live = LiveLines::new(Box::new(paper.clone()));
    let mut ring = Ring::new(None, Some(live), &RingLimits::default(), Arc::default());
    let off_hook = m::OffHook { line_instance: LineInstance(1), call_reference: CallReference(0) };
    ring.take(passed(1, Direction::FromPhone, &bytes(&off_hook)));
    let hostile = b"\x1b[2J\nStationInit: (0000009)";
    let prompt = m::DisplayPromptStatusV2 {
        prompt_status: skinny::types::NulText::new(hostile),
        ..Default::default()
    };
    ring.take(passed(1, Direction::ToPhone, &bytes(&prompt)));
    let printed = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines[0],
        "2023-11-14 22:13:20.000 |StationInit: (0000001) OffHook line_instance=1 call_reference=0x0"
    );
    assert!(
        lines[1].starts_with("2023-11-14 22:13:20.000 |StationD:    (0000001) DisplayPromptStatusV2 "),
        "{printed}"
    );
    assert!(lines.len() == 2 && !lines[1].contains('\u{1b}'), "{printed}");
}
