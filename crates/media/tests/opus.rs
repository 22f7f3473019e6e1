//! Opus by crate `opus-rs`: speech comes through, alone, to and from ffmpeg's libopus, and through the engine.
#![cfg(feature = "opus")]

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use media::codec::{Codec, CodecKind, Opus};
use media::compare;
use media::rtp::{Header, PACKET_BYTES_MAX, Sender};
use media::speech::Speech;

const RATE_HZ: u32 = 16_000;
/// 20 ms.
const FRAME: usize = 320;
/// What the decision asks for.
const CORRELATION_MIN: f64 = 0.9;

fn speech() -> Vec<i16> {
    Speech::new(7, RATE_HZ).take(3000)
}

fn packets(pcm: &[i16]) -> Vec<Vec<u8>> {
    let mut opus = Opus::new().expect("there is memory");
    let encoded = pcm.chunks_exact(FRAME).map(|frame| {
        let mut packet = Vec::new();
        opus.encode(frame, &mut packet);
        packet
    });
    encoded.collect()
}

fn decoded<'p>(packets: impl IntoIterator<Item = &'p [u8]>) -> Vec<i16> {
    let (mut opus, mut pcm) = (Opus::new().expect("there is memory"), Vec::new());
    packets.into_iter().for_each(|packet| opus.decode(packet, &mut pcm));
    pcm
}

fn assert_same(said: &[i16], heard: &[i16], what: &str) {
    let found = compare::find(said, heard, RATE_HZ, 500);
    let correlation = found.map_or(0.0, |found| found.correlation);
    eprintln!("{what}: correlation {correlation:.3}, {found:?}");
    assert!(correlation > CORRELATION_MIN, "{what}: {correlation:.3}");
}

#[test]
fn speech_comes_back() {
    let said = speech();
    let packets = packets(&said);
    let bytes: usize = packets.iter().map(Vec::len).sum();
    assert!(packets.iter().all(|packet| !packet.is_empty()) && bytes < packets.len() * 120, "{bytes}");
    let heard = decoded(packets.iter().map(Vec::as_slice));
    assert_eq!(heard.len(), said.len());
    assert_same(&said, &heard, "our own packets");
}

#[test]
fn any_bytes_decode_to_something_or_nothing() {
    let mut opus = Opus::new().expect("there is memory");
    let mut state = 1_u32;
    for len in 0..600 {
        let bytes: Vec<u8> = (0..len % 150)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let mut pcm = Vec::new();
        opus.decode(&bytes, &mut pcm);
        assert!(pcm.len() <= 1920, "{}", pcm.len());
    }
}

/// ffmpeg with libopus; on a machine of ours it is there.
fn ffmpeg(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    use std::io::Write as _;
    let child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CI").is_none(), "ffmpeg is not installed");
        eprintln!("SKIPPED: ffmpeg is not installed: nothing was compared with libopus");
        return None;
    };
    let (mut to, input) = (child.stdin.take().expect("it was asked for"), input.to_vec());
    let writer = std::thread::spawn(move || to.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("it does not panic").expect("ffmpeg reads all");
    assert!(output.status.success(), "ffmpeg {arguments:?}");
    Some(output.stdout)
}

/// Ogg pages of packets (RFC 3533, RFC 7845), one packet a page.
fn ogg(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(0_u16.to_le_bytes());
    head.extend(RATE_HZ.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut tags = b"OpusTags".to_vec();
    tags.extend([4, 0, 0, 0]);
    tags.extend(b"test");
    tags.extend([0; 4]);
    let mut bytes = Vec::new();
    let all = [head, tags].into_iter().chain(packets.iter().cloned());
    let last = packets.len() + 1;
    for (number, packet) in all.enumerate() {
        let granule = number.saturating_sub(1) as u64 * 960;
        let flags = if number == 0 { 2 } else { u8::from(number == last) * 4 };
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(granule.to_le_bytes());
        page.extend(1_u32.to_le_bytes());
        page.extend((number as u32).to_le_bytes());
        page.extend([0; 4]);
        let laces = packet.len() / 255 + 1;
        page.push(laces as u8);
        page.extend(std::iter::repeat_n(255, laces - 1));
        page.push((packet.len() % 255) as u8);
        page.extend(packet);
        let crc = page.iter().fold(0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
                if crc & 0x8000_0000 != 0 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        bytes.extend(page);
    }
    bytes
}

/// The packets of Ogg pages, without the two of the head.
fn unogg(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut packets, mut packet) = (Vec::new(), Vec::new());
    while bytes.len() > 27 && &bytes[..4] == b"OggS" {
        let count = usize::from(bytes[26]);
        let (laces, mut rest) = bytes[27..].split_at(count);
        for lace in laces {
            let (part, behind) = rest.split_at(usize::from(*lace));
            packet.extend_from_slice(part);
            rest = behind;
            if *lace < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        bytes = rest;
    }
    packets.split_off(2)
}

#[test]
fn ffmpeg_hears_our_packets() {
    let said = speech();
    let arguments =
        ["-f", "ogg", "-c:a", "libopus", "-i", "-", "-f", "s16le", "-ar", "16000", "-ac", "1", "-"];
    let Some(heard) = ffmpeg(&arguments, &ogg(&packets(&said))) else { return };
    let heard: Vec<i16> = heard.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    assert_same(&said, &heard, "ours by libopus");
}

#[test]
fn we_hear_packets_of_ffmpeg() {
    let said = speech();
    let bytes: Vec<u8> = said.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    for (bitrate, application) in [("12k", "voip"), ("24k", "voip"), ("32k", "audio"), ("64k", "lowdelay")] {
        let arguments = [
            "-f",
            "s16le",
            "-ar",
            "16000",
            "-ac",
            "1",
            "-i",
            "-",
            "-c:a",
            "libopus",
            "-b:a",
            bitrate,
            "-application",
            application,
            "-f",
            "ogg",
            "-",
        ];
        let Some(encoded) = ffmpeg(&arguments, &bytes) else { return };
        let packets = unogg(&encoded);
        let heard = decoded(packets.iter().map(Vec::as_slice));
        let mut what = String::new();
        write!(what, "libopus, {bitrate}, {application}").expect("a string takes it");
        assert_same(&said, &heard, &what);
    }
}

mod through_the_engine {
    use super::*;
    use media::engine::{Engine, Event, Format, Outlet, Port, Setup, Sounds, TapeId};
    use std::net::SocketAddr;
    use std::time::Duration;

    #[derive(Default)]
    struct Sent(Vec<(Port, Vec<u8>)>);

    impl Outlet for Sent {
        fn send(&mut self, from: Port, _: SocketAddr, packet: &[u8]) {
            self.0.push((from, packet.to_vec()));
        }
        fn event(&mut self, _: Event) {}
        fn recorded(&mut self, _: TapeId, _: &[i16]) {}
    }

    fn heard_over(from: CodecKind, to: CodecKind) -> (Vec<i16>, Vec<i16>) {
        let mut engine = Engine::new(1, Sounds::new());
        let mut now = Duration::from_secs(1);
        let at = |n: u16| SocketAddr::from(([10, 0, 0, n as u8], 20_000));
        let bridge = engine.bridge().expect("there is room");
        for (number, kind) in [(1, from), (2, to)] {
            let format = Format::new(kind, 20);
            let port = Port(u32::from(number));
            let setup = Setup { port, format, remote: Some(at(number)), signals_from: None };
            let party = engine.open(now, &setup).expect("there is room");
            engine.join(now, party, bridge).expect("there is room");
        }
        let said = Speech::new(7, from.sample_rate_hz()).take(3000);
        let mut codec = from.open().expect("it is one of ours");
        let ticks = from.clock_hz() / 50;
        let payload_type = Format::new(from, 20).payload_type;
        let mut sender = Sender::new(Header { payload_type, ssrc: 1, ..Header::default() }, ticks);
        let (mut sent, mut payload, mut packet) = (Sent::default(), Vec::new(), [0; PACKET_BYTES_MAX]);
        for frame in said.chunks_exact(from.sample_rate_hz() as usize / 50) {
            now += Duration::from_millis(20);
            payload.clear();
            codec.encode(frame, &mut payload);
            let len = sender.packet(&payload, &mut packet).expect("it fits");
            engine.packet(now, Port(1), at(1), &mut packet[..len], &mut sent);
            engine.tick(now, &mut sent);
        }
        let (mut codec, mut heard) = (to.open().expect("it is one of ours"), Vec::new());
        for (port, bytes) in &sent.0 {
            let read = media::rtp::Packet::parse(bytes).expect("it is RTP");
            assert_eq!(*port, Port(2));
            codec.decode(read.payload, &mut heard);
        }
        (said, heard)
    }

    #[test]
    fn opus_and_the_others_are_turned_into_each_other() {
        use CodecKind::{G722, Opus, Pcma, Pcmu};
        for (from, to) in [(Opus, Pcmu), (Pcma, Opus), (Opus, G722), (G722, Opus)] {
            let (said, heard) = heard_over(from, to);
            let rate_hz = 8000;
            let narrow = |pcm: Vec<i16>, kind: CodecKind| {
                media::wav::Audio::mono(kind.sample_rate_hz(), pcm).to_mono(rate_hz)
            };
            let (said, heard) = (narrow(said, from), narrow(heard, to));
            let found = compare::find(&said, &heard, rate_hz, 500);
            let correlation = found.map_or(0.0, |found| found.correlation);
            eprintln!("{from:?} to {to:?}: {correlation:.3}");
            assert!(correlation > CORRELATION_MIN, "{from:?} to {to:?}: {correlation:.3}");
        }
    }
}
