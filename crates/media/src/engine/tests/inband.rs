//! Digits in the audio: heard, said, and never twice.

use super::*;
use crate::tone::{Cadence, DtmfDetector, Generator};

fn in_band(codec: CodecKind) -> Format {
    Format { digits_in_band: true, ..Format::new(codec, 20) }
}

impl World {
    /// Its user presses keys that nothing but the audio tells.
    fn dials(&mut self, name: char, digits: &str) {
        let phone = self.phones.get_mut(&name).unwrap();
        let rate_hz = phone.ear.sample_rate_hz();
        let mut tone = Generator::new(Cadence::dtmf(digits, 100, 100), rate_hz);
        phone.dials = vec![0; digits.len() * 200 * rate_hz as usize / 1000];
        tone.fill(&mut phone.dials);
    }

    /// Digits in what a phone heard.
    fn tones_at(&self, name: char) -> String {
        let phone = &self.phones[&name];
        let mut digits = Vec::new();
        let mut detector = DtmfDetector::new(phone.rate_hz());
        detector.feed(&phone.heard, &mut digits);
        digits.extend(detector.finish());
        digits.iter().map(|digit| digit.digit).collect()
    }
}

#[test]
fn digits_that_are_heard_become_events_and_leave_the_audio() {
    for (one, other) in [
        (CodecKind::Pcmu, CodecKind::Pcmu),
        (CodecKind::Pcma, CodecKind::G722),
        (CodecKind::G722, CodecKind::G722),
    ] {
        let mut world = World::new();
        world.phone_with('a', in_band(one));
        world.phone('b', other, EVENTS);
        world.bridge("ab");
        world.run(400);
        world.dials('a', "1905#");
        world.run(3000);
        let b = &world.phones[&'b'];
        assert_eq!((b.digits.as_str(), world.digits_reported().as_str()), ("1905#", ""), "{one:?} {other:?}");
        assert_eq!(world.tones_at('b'), "", "{one:?} {other:?}");
    }
}

#[test]
fn digits_for_a_party_that_takes_no_events_are_reported_once() {
    let mut world = World::new();
    world.phone_with('a', in_band(CodecKind::Pcmu));
    world.phone('b', CodecKind::Pcmu, None);
    world.bridge("ab");
    world.run(400);
    world.dials('a', "77*");
    world.run(2000);
    assert_eq!((world.digits_reported().as_str(), world.tones_at('b').as_str()), ("77*", ""));
}

#[test]
fn two_who_have_them_in_their_audio_keep_them_there() {
    let mut world = World::new();
    world.phone_with('a', in_band(CodecKind::Pcmu));
    world.phone_with('b', in_band(CodecKind::Pcma));
    world.bridge("ab");
    world.run(400);
    world.dials('a', "246");
    world.run(2000);
    assert_eq!((world.digits_reported().as_str(), world.tones_at('b').as_str()), ("", "246"));
}

#[test]
fn digits_are_said_in_what_a_party_hears() {
    for (one, other) in [
        (CodecKind::Pcmu, CodecKind::Pcmu),
        (CodecKind::G722, CodecKind::G722),
        (CodecKind::G722, CodecKind::Pcma),
    ] {
        let mut world = World::new();
        world.phone('a', one, EVENTS);
        world.phone_with('b', in_band(other));
        world.bridge("ab");
        world.run(400);
        // As telephone events of the other side, and by order.
        world.phones.get_mut(&'a').unwrap().press('3');
        world.run(600);
        for digit in "8D".chars() {
            let b = world.phones[&'b'].party;
            world.engine.digit(world.now, b, dtmf::Event::of_digit(digit).unwrap()).unwrap();
        }
        world.run(2000);
        let found = (world.digits_reported(), world.tones_at('b'), world.phones[&'b'].gaps);
        assert_eq!(found, (String::new(), "38D".into(), 0), "{one:?} {other:?}");
        assert_eq!(world.tones_at('a'), "");
    }
}

#[test]
fn in_a_mix_digits_are_reported_and_nobody_hears_them() {
    let mut world = World::new();
    world.phone_with('a', in_band(CodecKind::Pcmu));
    world.phone('b', CodecKind::Pcmu, None);
    world.phone_with('c', in_band(CodecKind::G722));
    world.bridge("abc");
    world.run(400);
    world.dials('a', "12");
    world.run(1000);
    assert_eq!(world.digits_reported(), "12");
    let c = world.phones[&'c'].party;
    world.engine.digit(world.now, c, dtmf::Event::of_digit('9').unwrap()).unwrap();
    world.run(1000);
    assert_eq!([world.tones_at('b'), world.tones_at('c')], [String::new(), "9".into()]);
}

#[test]
fn speech_is_no_digit() {
    let mut world = World::new();
    world.phone_with('a', in_band(CodecKind::Pcmu));
    world.phone('b', CodecKind::Pcmu, EVENTS);
    world.bridge("ab");
    world.run(20_000);
    assert_eq!((world.digits_reported().as_str(), world.phones[&'b'].digits.as_str()), ("", ""));
    assert!(world.phones[&'b'].hears(&world.phones[&'a']));
}
