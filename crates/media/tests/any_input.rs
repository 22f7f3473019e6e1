//! Whatever comes in: nothing panics, nothing is counted twice, limits hold.

use media::codec::CodecKind;
use media::compare;
use media::dtmf::EventReceiver;
use media::jitter::{Depth, JitterBuffer, Popped, SLOTS};
use media::quality::{Conditions, TEXT_BYTES_MAX, VoiceQuality};
use media::receive::{Receiver, Settings};
use media::rtp::{HEADER_BYTES, Header, Packet};
use media::tone::{DtmfDetector, ToneDetector};
use media::wav::{self, Audio};
use proptest::prelude::*;
use std::io::Cursor;
use std::time::Duration;

fn header() -> impl Strategy<Value = Header> {
    (any::<bool>(), 0u8..128, any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
        |(marker, payload_type, sequence, timestamp, ssrc)| Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc,
        },
    )
}

/// Headers near each other in every way, and now and then far away.
fn stream() -> impl Strategy<Value = Vec<(u64, Header)>> {
    let near = (0u16..200, 0u32..40_000, 0u32..2, 0u64..50);
    let far = (any::<u16>(), any::<u32>(), 0u32..3, 0u64..100_000);
    let step = prop_oneof![9 => near.boxed(), 1 => far.boxed()];
    prop::collection::vec(step, 1..300).prop_map(|steps| {
        let mut at = 0;
        let header = |(sequence, timestamp, ssrc, later): (u16, u32, u32, u64)| {
            at += later;
            (at, Header { sequence: sequence.wrapping_sub(100), timestamp, ssrc, ..Header::default() })
        };
        steps.into_iter().map(header).collect()
    })
}

proptest! {
    #[test]
    fn packets_come_back_as_they_were(header in header(), payload in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut out = [0; 400];
        let len = header.write(&payload, &mut out).unwrap();
        prop_assert_eq!(len, HEADER_BYTES + payload.len());
        let packet = Packet::parse(&out[..len]).unwrap();
        prop_assert_eq!(packet.header, header);
        prop_assert_eq!(packet.payload, &payload[..]);
    }

    #[test]
    fn any_bytes_are_rtcp_or_not(mut bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 200u8..208) {
        let _ = media::rtcp::read(&bytes, Some(1));
        if let [first, second, high, low, ..] = &mut bytes[..] {
            (*first, *second, *high) = (*first & 0x3F | 0x80, kind, 0);
            *low %= 50;
            let words = usize::from(*low) + 1;
            bytes.resize(4 * words, 0x5A);
        }
        let _ = media::rtcp::read(&bytes, None);
    }

    #[test]
    fn any_bytes_parse_or_do_not(mut bytes in prop::collection::vec(any::<u8>(), 0..200), version in any::<bool>()) {
        if version && let Some(first) = bytes.first_mut() {
            *first = *first & 0x3F | 0x80;
        }
        if let Ok(packet) = Packet::parse(&bytes) {
            let extension = packet.extension.map_or(0, |(_, data)| data.len() + 4);
            let parts = HEADER_BYTES + packet.csrc.len() + extension + packet.payload.len() + usize::from(packet.padding);
            prop_assert_eq!(parts, bytes.len());
            prop_assert_eq!(packet.contributors().count() * 4, packet.csrc.len());
            EventReceiver::new().receive(Duration::ZERO, &packet);
        }
    }

    #[test]
    fn receive_statistics_always_add_up(stream in stream(), clock_hz in prop_oneof![Just(0u32), Just(8000), any::<u32>()]) {
        let mut receiver = Receiver::new(Settings { clock_hz, event_payload_type: Some(3), late_ms: 60 });
        let mut buffer = JitterBuffer::new(160, 20, Depth::Adaptive { min_ms: 20, max_ms: 100 });
        for (at, header) in &stream {
            let packet = Packet { header: *header, csrc: &[], extension: None, payload: &[1], padding: 0 };
            let now = Duration::from_millis(*at);
            receiver.receive(now, &packet);
            buffer.push(now, &packet);
            buffer.pop(now);
            prop_assert!(buffer.stored() <= SLOTS);
        }
        let report = receiver.report();
        prop_assert_eq!(report.packets + report.lost, report.expected);
        prop_assert_eq!(report.packets + report.duplicates + report.stray + report.foreign, stream.len() as u64);
        prop_assert_eq!(report.bursts.packets, report.expected);
        prop_assert_eq!(report.bursts.lost, report.lost);
        prop_assert!((1.0..=4.5).contains(&Conditions::of_report(&report, CodecKind::G729, 0.0).mos()));
        receiver.fraction_lost();
    }

    #[test]
    fn a_stored_frame_is_played_once_in_order(mut order in Just((0u16..40).collect::<Vec<_>>()).prop_shuffle(), base in any::<u16>(), keep in 1usize..40) {
        order.truncate(keep);
        let mut buffer = JitterBuffer::new(160, 20, Depth::Fixed(40));
        for n in &order {
            let header = Header { sequence: base.wrapping_add(*n), timestamp: u32::from(*n) * 160, ..Header::default() };
            buffer.push(Duration::ZERO, &Packet { header, csrc: &[], extension: None, payload: &n.to_be_bytes(), padding: 0 });
        }
        let mut played = Vec::new();
        for step in 0..60 {
            if let Popped::Frame(frame) = buffer.pop(Duration::from_millis(40 + 20 * step)) {
                played.push(u16::from_be_bytes([frame.payload[0], frame.payload[1]]));
            }
        }
        order.sort_unstable();
        prop_assert_eq!(played, order);
        prop_assert_eq!(buffer.stored(), 0);
    }

    #[test]
    fn any_payload_decodes(payload in prop::collection::vec(any::<u8>(), 0..400), pcm in prop::collection::vec(any::<i16>(), 0..400)) {
        for kind in CodecKind::ALL {
            if let Some(mut codec) = kind.open() {
                let (mut samples, mut bytes) = (Vec::new(), Vec::new());
                codec.decode(&payload, &mut samples);
                codec.encode(&pcm, &mut bytes);
            }
        }
        let mut digits = Vec::new();
        DtmfDetector::new(8000).feed(&pcm, &mut digits);
        ToneDetector::new(440.0, 8000).feed(&pcm);
        compare::find(&pcm, &pcm, 1000, u32::MAX);
    }

    #[test]
    fn any_quality_text_reads_and_reads_again(text in "[ -~\u{e9}\0]{0,80}", pairs in "(MLQK|CS|Log|x)[=: ][0-9.e-]{0,6}[;, ]{0,2}") {
        for text in [text, pairs.repeat(9)] {
            let quality = VoiceQuality::parse(&text);
            let again = VoiceQuality::parse(&quality.to_string());
            prop_assert!(quality.to_string().len() <= 2 * TEXT_BYTES_MAX);
            prop_assert_eq!(again.conceal_seconds, quality.conceal_seconds);
        }
    }

    #[test]
    fn any_wav_reads_or_does_not(changes in prop::collection::vec((0usize..60, any::<u8>()), 0..6), cut in 0usize..120) {
        let mut file = Cursor::new(Vec::new());
        wav::write(&mut file, &Audio::mono(8000, vec![5; 40])).unwrap();
        let mut bytes = file.into_inner();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        if let Ok(audio) = wav::read(Cursor::new(bytes)) {
            prop_assert!(audio.samples.len() <= 200);
            audio.to_mono(8000);
        }
    }
}
