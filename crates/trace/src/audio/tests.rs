//! Whole calls with sound: what was sent is what the files hold, at its time.

use std::net::SocketAddr;

use media::codec::CodecKind;
use media::rtp::Header;
use media::wav::Audio;
use skinny::codes::MediaEncryptionAlgorithmType as Algorithm;

use super::srtp::{Srtp, tests as sealed};
use super::*;
use crate::Timestamp;
use crate::analysis::{Analysis, Options, SrtpKey, analyse_capture};
use crate::reader::FrameReader;
use crate::synth::{Wire, WirePacket, packets, write_pcap};

/// When the example's phones begin to send.
const BEGIN: i64 = 1_767_603_606_100_000_000;
const ALICE: &str = "192.0.2.60:24576";
const BOB: &str = "192.0.2.65:24680";

fn end(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A tone that is the same each time, and different at each place.
fn tone(packet: usize, samples: usize, rate: f64, hz: f64) -> Vec<i16> {
    let sample = |at: usize| {
        (((packet * samples + at) as f64 / rate * hz * std::f64::consts::TAU).sin() * 9000.0) as i16
    };
    (0..samples).map(sample).collect()
}

/// `count` packets of 20 ms from one end to another; `change` may seal or drop them.
fn stream(
    from: &str,
    to: &str,
    kind: CodecKind,
    count: usize,
    change: impl Fn(usize, Vec<u8>) -> Option<Vec<u8>>,
) -> Vec<WirePacket> {
    let mut codec = kind.open().expect("it is decoded");
    let rate = kind.sample_rate_hz();
    let mut wire = Wire::new();
    for n in 0..count {
        let mut payload = Vec::new();
        codec.encode(&tone(n, rate as usize / 50, f64::from(rate), 440.0), &mut payload);
        let header = Header {
            marker: n == 0,
            payload_type: kind.payload_type().expect("a static one"),
            sequence: (65_530 + n) as u16,
            timestamp: 1000 + n as u32 * 160,
            ssrc: 7,
        };
        let mut bytes = vec![0; 12 + payload.len()];
        let len = header.write(&payload, &mut bytes).expect("it fits");
        bytes.truncate(len);
        if let Some(bytes) = change(n, bytes) {
            wire.datagram(Timestamp(BEGIN + n as i64 * 20_000_000), end(from), end(to), &bytes);
        }
    }
    wire.into_packets()
}

/// The example's call with these streams, analysed, and its sound.
fn recorded(change: impl Fn(&str) -> String, streams: Vec<WirePacket>) -> (Analysis, Sound, Vec<Audio>) {
    let mut all = packets(&crate::example::said(change));
    all.extend(streams);
    all.sort_by_key(|packet| packet.time);
    let mut file = Vec::new();
    write_pcap(&mut file, &all).expect("memory");
    let (analysis, _) = analyse_capture(&file[..], Options::default()).expect("a capture");
    let call = analysis.call(0).expect("there is one");
    let mut recorder = Recorder::new(&call).expect("there is room");
    let _ = FrameReader::new(&file[..]).expect("a capture").run(&mut recorder);
    let folder = tempfile::tempdir().expect("a folder");
    let sound = recorder.finish(folder.path()).expect("written");
    let read = |written: &Written| {
        media::wav::read(std::io::BufReader::new(File::open(&written.path).expect("it is there")))
            .expect("a WAV file")
    };
    let audio = sound.files.iter().map(read).collect();
    (analysis, sound, audio)
}

/// Samples of one channel.
fn channel(audio: &Audio, at: usize) -> Vec<i16> {
    audio.samples.iter().skip(at).step_by(usize::from(audio.channels)).copied().collect()
}

/// What a codec makes of the tone.
fn expected(kind: CodecKind, packets: std::ops::Range<usize>) -> Vec<i16> {
    let mut codec = kind.open().expect("it is decoded");
    let (mut payload, mut out) = (Vec::new(), Vec::new());
    for n in packets {
        payload.clear();
        codec.encode(&tone(n, 160, 8000.0, 440.0), &mut payload);
        codec.decode(&payload, &mut out);
    }
    out
}

#[test]
fn both_directions_lie_side_by_side_with_gaps_as_silence() {
    let mut all =
        stream(ALICE, BOB, CodecKind::Pcmu, 50, |n, bytes| (!(20..25).contains(&n)).then_some(bytes));
    // Doubled by a mirror, and two packets swapped.
    let copies: Vec<WirePacket> =
        all.iter().map(|packet| WirePacket { time: packet.time.plus(1000), ..packet.clone() }).collect();
    all.extend(copies);
    let (one, other) = (all[4].time, all[5].time);
    (all[4].time, all[5].time) = (other, one);
    all.extend(stream(BOB, ALICE, CodecKind::Pcma, 50, |n, bytes| (n >= 10).then_some(bytes)));
    let (_, sound, audio) = recorded(str::to_owned, all);
    assert!(sound.silent.is_empty(), "{:?}", sound.silent);
    assert_eq!((sound.files.len(), sound.files[0].channels, audio[0].rate_hz), (1, 2, 8000));
    assert!((sound.files[0].seconds - 1.0).abs() < 0.001, "{}", sound.files[0].seconds);
    let (left, right) = (channel(&audio[0], 0), channel(&audio[0], 1));
    let whole = expected(CodecKind::Pcmu, 0..50);
    assert_eq!(left[..3200], whole[..3200]);
    assert!(left[3200..4000].iter().all(|sample| *sample == 0), "what was lost is silence");
    assert_eq!(left[4000..], whole[4000..]);
    assert!(right[..1600].iter().all(|sample| *sample == 0), "the callee speaks later");
    assert_eq!(right[1600..], expected(CodecKind::Pcma, 0..50)[1600..]);
}

#[test]
fn g722_and_g711_share_a_file_and_g729_is_named() {
    let mut all = stream(ALICE, BOB, CodecKind::G722, 50, |_, bytes| Some(bytes));
    all.extend(stream(BOB, ALICE, CodecKind::Pcmu, 50, |_, mut bytes| {
        bytes[1] = 18;
        Some(bytes)
    }));
    let (_, sound, audio) = recorded(str::to_owned, all);
    assert_eq!(sound.silent, [(end(BOB), end(ALICE), Why::NoDecoder(CodecKind::G729))]);
    assert_eq!((audio[0].rate_hz, audio[0].channels), (16_000, 2));
    let left = channel(&audio[0], 0);
    // G.722 adds a delay of its own: the loudness tells that the tone is there from end to end.
    for (piece, samples) in left.chunks(1600).enumerate() {
        let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        assert!((7000..11_000).contains(&loudest), "{loudest} in tenth {piece}");
    }
    assert!(channel(&audio[0], 1).iter().all(|sample| *sample == 0));
}

/// A script line with a key in the orders of media.
fn with_key(line: &str, key: &SrtpKey) -> String {
    let name = match () {
        () if line.contains(" OpenReceiveChannel ") => "m_rx_media_encryption_key_info",
        () if line.contains(" StartMediaTransmission ") => "m_tx_media_encryption_key_info",
        () => return line.to_owned(),
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let info = format!(
        r#","{name}":{{"algorithm_id":{},"keylen":{},"saltlen":{},"key":"{}","salt":"{}"}}}}"#,
        key.algorithm,
        key.key.len(),
        key.salt.len(),
        hex(&key.key),
        hex(&key.salt)
    );
    format!("{}{info}", line.strip_suffix('}').expect("an object"))
}

#[test]
fn srtp_is_opened_with_the_key_that_sccp_carried() {
    let key = sealed::key(Algorithm::CCM_AES_CM_128_HMAC_SHA1_32);
    let srtp = Srtp::new(&key).expect("a key");
    // The sequence number rolls over at the seventh packet; the sender had rolled over thrice before.
    let seal = |n: usize, bytes: Vec<u8>| Some(sealed::seal(&srtp, &bytes, 3 + u32::from(n >= 6)));
    let mut all = stream(ALICE, BOB, CodecKind::Pcmu, 50, seal);
    all.extend(stream(BOB, ALICE, CodecKind::Pcmu, 50, |_, mut bytes| {
        bytes.extend_from_slice(b"tag?");
        Some(bytes)
    }));
    let (analysis, sound, audio) = recorded(|line| with_key(line, &key), all);
    let call = analysis.call(0).expect("there is one");
    assert!(call.streams.iter().all(|stream| stream.encrypted));
    assert_eq!(channel(&audio[0], 0), expected(CodecKind::Pcmu, 0..50));
    assert_eq!(sound.silent, [(end(BOB), end(ALICE), Why::KeyDoesNotFit { packets: 50 })]);
}

#[test]
fn an_exported_call_has_its_rtp_unless_it_is_redacted() {
    let mut all = packets(&crate::example::said(str::to_owned));
    all.extend(stream(ALICE, BOB, CodecKind::Pcmu, 50, |_, bytes| Some(bytes)));
    all.extend(stream("192.0.2.9:1000", "192.0.2.10:1000", CodecKind::Pcmu, 5, |_, bytes| Some(bytes)));
    all.sort_by_key(|packet| packet.time);
    let mut file = Vec::new();
    write_pcap(&mut file, &all).expect("memory");
    let (analysis, _) =
        analyse_capture(&file[..], Options { events: true, ..Options::default() }).expect("a capture");
    let (call, events) = analysis.call_and_events(0).expect("there is one");
    for redact in [false, true] {
        let redactor = redact.then(crate::draw::redact::Redactor::default);
        let mut sight = crate::draw::Sight { redactor, brief: true };
        let mut export = crate::draw::capture::Export::new(
            Vec::new(),
            &call,
            &events,
            analysis.registrations.directory(),
            &mut sight,
        )
        .expect("memory");
        assert_eq!(export.wants_rtp(), !redact);
        let _ = FrameReader::new(&file[..]).expect("a capture").run(&mut export);
        let exported = export.finish().expect("memory");
        let (again, summary) = analyse_capture(&exported[..], Options::default()).expect("a capture");
        assert_eq!(summary.packets.datagrams, if redact { 0 } else { 50 });
        let packets: Vec<u64> =
            again.call(0).expect("the call").streams.iter().map(|stream| stream.packets).collect();
        assert_eq!(packets, if redact { vec![] } else { vec![50] });
    }
}
