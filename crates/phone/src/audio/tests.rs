//! Two paths back to back over a wire of packets.

use super::*;
use media::compare;
use media::speech::Signature;
use skinny::codes::MediaPayloadType;

const MS: Duration = Duration::from_millis(1);
const A: StreamId = StreamId(1);
const CALL: CallReference = CallReference(7);

fn settings(say: Say, seed: u64) -> Settings {
    Settings { say, seed, keep_heard_ms: 20_000, keep_said_ms: 20_000, ..Settings::default() }
}

fn open(codec: MediaPayloadType, packet_ms: u32) -> Audio {
    Audio::OpenReceive { stream: A, call: CALL, codec, packet_ms, dtmf: Some(101), port: 0, group: None }
}

fn start(codec: MediaPayloadType, packet_ms: u32) -> Audio {
    let remote = "10.0.0.3:30000".parse().unwrap();
    Audio::StartSend {
        stream: A,
        call: CALL,
        remote,
        codec,
        packet_ms,
        tos: 184,
        dtmf: Some(101),
        copy: None,
    }
}

/// Both talk to each other for a while, woken when they want to be, but at odd times.
fn talk(paths: &mut [AudioPath; 2], now: &mut Duration, time: Duration, lose_each: usize) -> usize {
    let end = *now + time;
    let (mut buffer, mut sent) = ([0; 1500], 0);
    while *now < end {
        for from in 0..2 {
            while let Some(due) = paths[from].poll(*now, &mut buffer) {
                assert_eq!((due.stream, due.tos), (A, 184));
                sent += 1;
                if lose_each == 0 || sent % lose_each != 0 {
                    let bytes = buffer[..due.len].to_vec();
                    paths[1 - from].received(*now, A, &bytes);
                }
            }
        }
        *now += 3 * MS;
    }
    sent
}

fn pair(codec: MediaPayloadType, packet_ms: u32) -> [AudioPath; 2] {
    let mut paths = [1, 2].map(|n| AudioPath::new(settings(Say::Speech(n), n)));
    for path in &mut paths {
        assert!(path.order(Duration::ZERO, &open(codec, packet_ms)));
        assert!(path.order(Duration::ZERO, &start(codec, packet_ms)));
    }
    paths
}

#[test]
fn what_one_says_the_other_hears() {
    for (codec, packet_ms) in [
        (MediaPayloadType::G711_ULAW64K, 20),
        (MediaPayloadType::G711_ALAW64K, 30),
        (MediaPayloadType::G722_64K, 20),
        (MediaPayloadType::WIDE_BAND_256K, 10),
    ] {
        let mut paths = pair(codec, packet_ms);
        let mut now = Duration::ZERO;
        talk(&mut paths, &mut now, Duration::from_secs(6), 0);
        let [a, b] = &mut paths;
        for (from, to, number) in [(&*a, &*b, 1), (&*b, &*a, 2)] {
            let (said, heard) = (from.said(), to.heard());
            let found = compare::find(&said[..4 * RATE_HZ as usize], &heard, RATE_HZ, 1000).unwrap();
            assert!(found.correlation > 0.95, "{codec} {found:?}");
            assert!((20.0..150.0).contains(&found.delay_ms), "{codec} {found:?}");
            assert!(Signature::nth(number).is_in(&heard, RATE_HZ), "{codec}");
        }
    }
}

#[test]
fn counters_are_true_and_survive_the_stream() {
    let mut paths = pair(MediaPayloadType::G711_ULAW64K, 20);
    let mut now = Duration::ZERO;
    let sent = talk(&mut paths, &mut now, Duration::from_secs(4), 10);
    let live = paths.each_mut().map(|path| path.statistics(CALL));
    for path in &mut paths {
        path.order(now, &Audio::StopReceive { stream: A });
        path.order(now, &Audio::StopSend { stream: A });
        assert_eq!(path.next_due(), None);
    }
    let over = paths.each_mut().map(|path| path.statistics(CALL));
    assert_eq!(live, over);
    let [a, b] = over;
    assert_eq!((a.packets_sent + b.packets_sent) as usize, sent);
    assert_eq!(a.octets_sent, a.packets_sent * 160);
    assert!(a.packets_received + a.packets_lost <= b.packets_sent);
    assert!(b.packets_sent - a.packets_received - a.packets_lost <= 1, "but for a loss at the end");
    assert!(a.packets_lost > 10 && a.quality.starts_with("MLQK="), "{a:?}");
    assert_eq!(paths[0].statistics(CallReference(99)), Statistics::default());
}

#[test]
fn hold_and_resume_add_up() {
    let mut paths = pair(MediaPayloadType::G711_ULAW64K, 20);
    let mut now = Duration::ZERO;
    talk(&mut paths, &mut now, Duration::from_secs(1), 0);
    for path in &mut paths {
        path.order(now, &Audio::StopReceive { stream: A });
        path.order(now, &Audio::StopSend { stream: A });
    }
    now += Duration::from_secs(5);
    for path in &mut paths {
        path.order(now, &open(MediaPayloadType::G711_ULAW64K, 20));
        path.order(now, &start(MediaPayloadType::G711_ULAW64K, 20));
    }
    talk(&mut paths, &mut now, Duration::from_secs(1), 0);
    let sum = paths[0].statistics(CALL);
    assert!((96..=100).contains(&sum.packets_sent), "{sum:?}");
    assert_eq!(sum.packets_lost, 0);
}

#[test]
fn digits_cross_as_events() {
    let mut paths = pair(MediaPayloadType::G711_ULAW64K, 20);
    let mut now = Duration::ZERO;
    talk(&mut paths, &mut now, Duration::from_secs(1), 0);
    for digit in "12#".chars() {
        assert!(paths[0].order(now, &Audio::SendDigit { stream: A, digit }));
    }
    talk(&mut paths, &mut now, Duration::from_secs(2), 0);
    assert_eq!((paths[1].digits(), paths[0].digits()), ("12#", ""));
    assert_eq!(paths[1].statistics(CALL).packets_lost, 0);
}

#[test]
fn what_is_not_decoded_is_carried_and_counted() {
    let mut paths = pair(MediaPayloadType::G729, 20);
    let mut now = Duration::ZERO;
    talk(&mut paths, &mut now, Duration::from_secs(2), 0);
    let counted = paths[0].statistics(CALL);
    assert_eq!(counted.octets_sent, counted.packets_sent * 20);
    assert!(counted.packets_received > 90);
    let mut path = AudioPath::new(Settings::default());
    assert!(!path.order(now, &open(MediaPayloadType::ILBC, 20)));
    assert!(!path.order(now, &open(MediaPayloadType::G7231, 20)), "30 ms frames");
    assert!(!supports(MediaPayloadType::G711_ULAW64K, 0));
}

#[test]
fn a_driver_that_slept_does_not_send_a_flood() {
    let mut paths = pair(MediaPayloadType::G711_ULAW64K, 20);
    let mut buffer = [0; 1500];
    let now = Duration::from_secs(60);
    let mut sent = 0;
    while paths[0].poll(now, &mut buffer).is_some() {
        sent += 1;
    }
    assert!(sent <= 2, "{sent}");
    assert!(paths[0].next_due().unwrap() > now);
}

#[test]
fn muted_means_silent_and_sound_ends_where_it_ends() {
    let samples: std::sync::Arc<[i16]> = vec![1000; RATE_HZ as usize / 2].into();
    let mut path = AudioPath::new(settings(Say::Samples { samples, repeat: false }, 3));
    path.order(Duration::ZERO, &start(MediaPayloadType::G711_ULAW64K, 20));
    let mut buffer = [0; 1500];
    let mut run = |path: &mut AudioPath, from: u64, to: u64| {
        (from..to).for_each(|ms| while path.poll(Duration::from_millis(ms), &mut buffer).is_some() {});
    };
    run(&mut path, 0, 300);
    path.set_muted(true);
    run(&mut path, 300, 400);
    path.set_muted(false);
    assert!(!path.has_said_all());
    run(&mut path, 400, 1000);
    assert!(path.has_said_all());
    let said = path.take_said();
    let at = |ms: usize| said[ms * RATE_HZ as usize / 1000];
    assert_eq!((at(100), at(350), at(450), at(800)), (1000, 0, 1000, 0));
    assert!(path.take_said().is_empty());
}

#[test]
fn noise_on_the_port_is_no_trouble() {
    let mut path = AudioPath::new(settings(Say::Silence, 3));
    path.order(Duration::ZERO, &open(MediaPayloadType::G711_ULAW64K, 20));
    for len in 0..100 {
        path.received(Duration::ZERO, A, &vec![len as u8; len]);
        path.received(Duration::ZERO, StreamId(9), &[0x80; 12]);
    }
    let mut buffer = [0; 10];
    assert_eq!(path.poll(Duration::from_secs(1), &mut buffer), None);
}

#[test]
fn a_microphone_is_heard_on_the_other_side_s_loudspeaker() {
    let mut paths = pair(MediaPayloadType::G722_64K, 20);
    paths[0].say(Say::Live);
    paths[1].keep_heard(0);
    paths[1].open_speaker();
    let mut spoken = vec![0; 2 * RATE_HZ as usize];
    media::speech::Speech::new(3, RATE_HZ).fill(&mut spoken);
    let (mut now, mut played) = (Duration::ZERO, Vec::new());
    for part in spoken.chunks(RATE_HZ as usize / 50) {
        paths[0].speak(part);
        talk(&mut paths, &mut now, Duration::from_millis(20), 0);
        played.extend(paths[1].take_aloud(usize::MAX));
    }
    let found = compare::find(&spoken[..RATE_HZ as usize], &played, RATE_HZ, 1000).unwrap();
    assert!(found.correlation > 0.9, "{found:?}");
    // A card that stops taking leaves no more than a fifth of a second.
    talk(&mut paths, &mut now, Duration::from_secs(2), 0);
    assert_eq!(paths[1].take_aloud(usize::MAX).count(), RATE_HZ as usize / 5);
    paths[0].speak(&vec![1; 10 * LIVE_SAMPLES_MAX]);
    paths[0].set_muted(true);
    talk(&mut paths, &mut now, Duration::from_secs(1), 0);
    assert!(paths[1].take_aloud(usize::MAX).all(|sample| sample.abs() < 400), "muted");
}
