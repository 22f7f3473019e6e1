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

impl World {
    /// A tape of a phone, with a tone each second where `tone` says who hears it: the phone, too, or not.
    fn tape(&mut self, name: char, tone: Option<bool>) -> TapeId {
        let tape = self.engine.tape(self.now, 8000).unwrap();
        let consent = tone.map(|to_party| Consent { cadence: TonePlan::NorthAmerica.consent(1), to_party });
        let party = self.phones[&name].party;
        self.engine.attach(self.now, tape, party, Side::Both, consent).unwrap();
        tape
    }

    /// Both channels of what was recorded since the last time.
    fn recorded(&mut self) -> [Vec<i16>; 2] {
        let both = std::mem::take(&mut self.outlet.recorded);
        [0, 1].map(|channel| both.iter().skip(channel).step_by(2).copied().collect())
    }
}

fn loudest_tone(heard: &[i16]) -> f64 {
    heard.chunks(800).map(|pcm| share(pcm, 1400.0, 8000)).fold(0.0, f64::max)
}

/// Whoever it is that talks, and whatever is done with the packets: one channel is the party, the other what it hears.
#[test]
fn a_tape_holds_each_side_in_a_channel_of_its_own() {
    use CodecKind::{G722, Pcma, Pcmu};
    for kinds in [&[Pcmu, Pcmu][..], &[Pcmu, G722], &[G722, Pcma], &[Pcmu, Pcma, Pcmu]] {
        for tone in [None, Some(true), Some(false)] {
            let mut world = World::new();
            let names: String = "abc".chars().take(kinds.len()).collect();
            for (name, kind) in names.chars().zip(kinds) {
                world.phone(name, *kind, None);
                world.phones.get_mut(&name).unwrap().talks = name != 'c';
            }
            let bridge = world.bridge(&names);
            world.run(400);
            world.forget();
            let tape = world.tape('a', tone);
            world.run(6000);
            let [near, far] = world.recorded();
            assert_eq!((near.len(), far.len()), (8 * 6000, 8 * 6000));
            let signature = |name: char| world.phones[&name].speech.signature();
            assert!(
                signature('a').is_in(&near, 8000) && !signature('a').is_in(&far, 8000),
                "{kinds:?} {tone:?}"
            );
            assert!(
                signature('b').is_in(&far, 8000) && !signature('b').is_in(&near, 8000),
                "{kinds:?} {tone:?}"
            );
            let said = likeness(&near, 8000, &[&world.phones[&'a']]);
            assert!(said > 0.8, "{kinds:?} {tone:?}: {said}");
            // The tone is for whom it shall be, and on no channel of somebody who talks.
            assert!(loudest_tone(&near) < 0.1);
            if kinds.iter().all(|kind| *kind != G722) {
                let heard = |name: char| loudest_tone(&world.phones[&name].heard) > 0.25;
                assert_eq!((heard('a'), heard('b')), (tone == Some(true), tone.is_some()), "{kinds:?}");
            }
            world.engine.end_tape(world.now, tape);
            world.engine.unbridge(world.now, bridge);
            world.run(100);
            assert!(world.outlet.recorded.is_empty() && world.engine.next_tick.is_none());
        }
    }
}

/// While the party is in no bridge, and while music is played to it there, the tape goes on in silence.
#[test]
fn a_gap_is_silence_on_the_tape_and_its_time_is_kept() {
    let mut world = World::new();
    let a = world.phone('a', CodecKind::Pcmu, None);
    let b = world.phone('b', CodecKind::Pcmu, None);
    let first = world.bridge("ab");
    let tape = world.tape('a', None);
    world.run(2000);
    world.recorded();
    // Held: both streams are closed and other ones are opened for the music.
    world.engine.close(world.now, a);
    world.engine.close(world.now, b);
    world.engine.unbridge(world.now, first);
    let held = world.phone('c', CodecKind::Pcmu, None);
    let play = Play::Sound { sound: world.music, repeat: true };
    world.engine.play(world.now, held, &play).unwrap();
    world.run(3000);
    let [near, far] = world.recorded();
    assert_eq!(near.len(), 8 * 3000, "the clock goes on");
    assert!(near.iter().chain(&far).all(|sample| *sample == 0));
    assert!(has_music(&world.phones[&'c'].heard, 8000));
    world.engine.stop_playing(held).unwrap();
    world.phone('d', CodecKind::Pcmu, None);
    world.engine.attach(world.now, tape, held, Side::Both, None).unwrap();
    world.bridge("cd");
    world.forget();
    world.run(5000);
    let [near, far] = world.recorded();
    let signature = |name: char| world.phones[&name].speech.signature();
    assert!(signature('c').is_in(&near, 8000) && signature('d').is_in(&far, 8000));
}

/// A phone that sends a copy of each direction to a port of its own.
#[test]
fn the_two_streams_of_a_phones_own_bridge_are_the_channels() {
    let mut world = World::new();
    let near = world.phone('n', CodecKind::Pcmu, None);
    let far = world.phone('f', CodecKind::Pcmu, None);
    let tape = world.engine.tape(world.now, 8000).unwrap();
    world.engine.attach(world.now, tape, near, Side::Near, None).unwrap();
    world.engine.attach(world.now, tape, far, Side::Far, None).unwrap();
    world.run(5000);
    let channels = world.recorded();
    for (name, own, other) in [('n', 0, 1), ('f', 1, 0)] {
        let signature = world.phones[&name].speech.signature();
        assert!(signature.is_in(&channels[own], 8000) && !signature.is_in(&channels[other], 8000));
        assert!(world.phones[&name].heard.is_empty(), "nothing is sent to it");
    }
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
