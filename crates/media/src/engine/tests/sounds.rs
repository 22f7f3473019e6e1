//! Music, tones, recording.

use super::*;

#[test]
fn music_is_heard_by_the_held_party_only_in_every_codec() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::L16Wide] {
        let mut world = World::new();
        let a = world.phone('a', kind, None);
        world.phone('b', kind, None);
        world.bridge("ab");
        world.run(1000);
        let play = Play::Sound { sound: world.music, repeat: true };
        world.engine.play(world.now, a, &play).unwrap();
        world.forget();
        // Longer than the music: it begins again.
        world.run(5000);
        let (held, holder) = (&world.phones[&'a'], &world.phones[&'b']);
        let hz = held.rate_hz();
        assert!(has_music(&held.heard, hz) && !held.hears_voice(holder), "{kind:?}");
        assert!(has_music(&held.heard[hz as usize * 3..], hz), "{kind:?}");
        assert!(!has_music(&holder.heard, hz) && holder.hears_voice(held), "{kind:?}");
        assert_eq!((held.gaps, held.heard.len()), (0, hz as usize * 5));
        world.engine.stop_playing(a).unwrap();
        world.forget();
        world.run(6000);
        assert!(world.phones[&'a'].hears(&world.phones[&'b']));
    }
}

#[test]
fn an_announcement_ends_by_itself_and_says_so() {
    let mut world = World::new();
    let a = world.phone('a', CodecKind::Pcma, None);
    world.engine.play(world.now, a, &Play::Sound { sound: world.music, repeat: false }).unwrap();
    world.run(3000);
    assert_eq!(world.phones[&'a'].heard.len(), 16_000);
    assert!(world.outlet.events.contains(&Event::PlayedOut { party: a }));
    assert_eq!(world.engine.next_tick, None);
}

#[test]
fn a_tone_is_played_for_a_leg_that_makes_none() {
    let mut world = World::new();
    let a = world.phone('a', CodecKind::G722, None);
    let ring = TonePlan::NorthAmerica.cadence(Tone::RingBack);
    world.engine.play(world.now, a, &Play::Tone(ring)).unwrap();
    world.run(1900);
    let heard = &world.phones[&'a'].heard;
    assert!(share(heard, 440.0, 16_000) > 0.4 && share(heard, 480.0, 16_000) > 0.4);
    assert_eq!(world.engine.play(world.now, a, &Play::Sound { sound: world.music, repeat: false }), Ok(()));
}

#[test]
fn what_a_codec_can_t_carry_is_refused_by_name() {
    let mut world = World::new();
    let format = Format::new(CodecKind::G729, 20);
    let setup = Setup { port: Port(0), format, remote: None, signals_from: None };
    let party = world.engine.open(world.now, &setup).unwrap();
    let play = Play::Sound { sound: world.music, repeat: true };
    assert_eq!(world.engine.play(world.now, party, &play), Err(PlayError::NoCodec));
    assert_eq!(world.engine.digit(world.now, party, dtmf::Event(1)), Err(EngineError::NoEvents));
}

#[test]
fn a_recording_holds_both_voices_and_everybody_hears_the_consent_tone() {
    let mut world = World::new();
    world.phone('a', CodecKind::Pcmu, None);
    world.phone('b', CodecKind::Pcmu, None);
    let bridge = world.bridge("ab");
    world.run(400);
    world.forget();
    world.engine.record(world.now, bridge, TonePlan::NorthAmerica).unwrap();
    world.run(16_000);
    let recorded = world.outlet.recorded.clone();
    assert_eq!(recorded.len(), 16_000 * 16);
    let (a, b) = (&world.phones[&'a'], &world.phones[&'b']);
    let [both, one] = [&[a, b][..], &[a]].map(|said| likeness(&recorded[8000..], RECORDING_HZ, said));
    assert!(both > 0.8 && one < both - 0.05, "{both} {one}");
    for (name, other) in [('a', 'b'), ('b', 'a')] {
        let phone = &world.phones[&name];
        assert!(phone.hears_voice(&world.phones[&other]) && !phone.hears_voice(phone));
        let loudest = phone.heard.chunks(800).map(|pcm| share(pcm, 1400.0, 8000)).fold(0.0, f64::max);
        assert!(loudest > 0.3, "{loudest}");
    }
    world.engine.stop_recording(world.now, bridge);
    let so_far = world.outlet.recorded.len();
    world.forget();
    world.run(6000);
    assert_eq!(world.outlet.recorded.len(), so_far);
    assert!(world.phones[&'a'].hears(&world.phones[&'b']));
}

#[test]
fn who_comes_is_announced_to_a_conference() {
    let mut world = World::new();
    for name in "abc".chars() {
        world.phone(name, CodecKind::Pcmu, None);
        world.phones.get_mut(&name).unwrap().talks = false;
    }
    let bridge = world.bridge("abc");
    world.run(200);
    world.forget();
    world.engine.announce(bridge, crate::tone::Cadence::sine(620.0, -16.0, 300)).unwrap();
    world.run(300);
    for phone in world.phones.values() {
        assert!(share(&phone.heard, 620.0, 8000) > 0.9);
    }
}
