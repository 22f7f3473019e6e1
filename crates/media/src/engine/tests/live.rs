//! Live sources: who hears them, when, and what stands in their place.

use super::*;

/// A note that no phone's signature and no music has.
const NOTE_HZ: f64 = 1250.0;
const STUDIO: Port = Port(900);

/// So many samples of the note.
fn note(from: usize, samples: usize, rate_hz: u32) -> Vec<i16> {
    let sample = |n: usize| (n as f64 * NOTE_HZ / f64::from(rate_hz) * std::f64::consts::TAU).sin() * 6000.0;
    (from..from + samples).map(|n| sample(n) as i16).collect()
}

impl World {
    /// Somebody who is held and hears a source.
    fn listener(&mut self, name: char, codec: CodecKind, live: LiveId) {
        let party = self.phone(name, codec, None);
        let play = Play::Live { live, instead: self.music };
        self.engine.play(self.now, party, &play).unwrap();
    }

    /// Time passes, and a source makes its note as it is asked to.
    fn run_live(&mut self, ms: u64, live: LiveId) {
        let mut made = 0;
        for _ in 0..ms / 20 {
            let room = self.engine.live_room(live);
            self.engine.live_samples(live, &note(made, room, LIVE_HZ));
            made += room;
            self.run(20);
        }
    }

    fn share_of_note(&self, name: char) -> f64 {
        let phone = &self.phones[&name];
        share(&phone.heard, NOTE_HZ, phone.rate_hz())
    }

    fn hears_music(&self, name: char) -> bool {
        let phone = &self.phones[&name];
        has_music(&phone.heard, phone.rate_hz())
    }
}

#[test]
fn those_who_are_held_hear_the_source_and_nobody_else_does() {
    for codec in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::L16Wide] {
        let mut world = World::new();
        let live = world.engine.live_of_samples(world.now).unwrap();
        world.listener('a', codec, live);
        world.phone('b', codec, None);
        world.phone('c', codec, None);
        world.bridge("bc");
        world.run(1000);
        assert!(
            world.hears_music('a') && world.share_of_note('a') < 0.1,
            "nothing has come of it: {codec:?}"
        );
        world.run_live(500, live);
        world.forget();
        world.run_live(2000, live);
        assert!(world.share_of_note('a') > 0.9, "{codec:?}: {}", world.share_of_note('a'));
        assert_eq!(world.phones[&'a'].gaps, 0, "{codec:?}");
        assert!(world.share_of_note('b') < 0.1 && world.share_of_note('c') < 0.1, "{codec:?}");
    }
}

#[test]
fn all_hear_the_same_moment_and_who_comes_later_hears_that_too() {
    let mut world = World::new();
    let live = world.engine.live_of_samples(world.now).unwrap();
    world.listener('a', CodecKind::Pcmu, live);
    world.run_live(1000, live);
    world.listener('b', CodecKind::Pcmu, live);
    world.forget();
    world.run_live(1000, live);
    assert_eq!(world.phones[&'a'].heard, world.phones[&'b'].heard);
}

#[test]
fn a_source_that_ends_gives_way_to_what_stands_in_its_place_and_comes_back() {
    let mut world = World::new();
    let live = world.engine.live_of_samples(world.now).unwrap();
    world.listener('a', CodecKind::Pcmu, live);
    world.run_live(1000, live);
    // What waited is heard, then silence for a moment, in case it goes on.
    world.run(400);
    world.forget();
    world.run(1000);
    assert!(world.share_of_note('a') < 0.1 && !world.hears_music('a'));
    world.run(1200);
    world.forget();
    world.run(1000);
    assert!(world.hears_music('a'));
    world.run_live(1000, live);
    world.forget();
    world.run_live(1000, live);
    assert!(world.share_of_note('a') > 0.9);
    let told = world.outlet.events.iter().filter_map(|event| match event {
        Event::Live { on, .. } => Some(*on),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn a_source_has_no_more_waiting_than_it_may_and_runs_with_nobody_there() {
    let mut world = World::new();
    let live = world.engine.live_of_samples(world.now).unwrap();
    let room = world.engine.live_room(live);
    world.engine.live_samples(live, &note(0, 10 * room, LIVE_HZ));
    assert_eq!(world.engine.live_room(live), 0);
    world.run(100);
    assert_eq!(world.engine.live_room(live), 5 * LIVE_FRAME, "it is heard by nobody, at its pace");
}

/// A studio that sends RTP for a while, from an address.
fn send(world: &mut World, ms: u64, codec: CodecKind, from: [u8; 4]) {
    let mut encoder = codec.open().unwrap();
    let payload_type = codec.payload_type().unwrap_or(97);
    let first = Header { payload_type, ssrc: u32::from(payload_type), ..Header::default() };
    let mut sender = Sender::new(first, ticks_per_packet(codec.clock_hz(), 20).unwrap());
    let samples = (codec.sample_rate_hz() / 50) as usize;
    for frame in 0..ms as usize / 20 {
        let (mut payload, mut packet) = (Vec::new(), [0; PACKET_BYTES_MAX]);
        encoder.encode(&note(frame * samples, samples, codec.sample_rate_hz()), &mut payload);
        let len = sender.packet(&payload, &mut packet).unwrap();
        let from = SocketAddr::from((from, 5004));
        world.engine.packet(world.now, STUDIO, from, &mut packet[..len], &mut world.outlet);
        world.run(20);
    }
}

#[test]
fn a_stream_of_rtp_is_heard_in_whichever_codec_it_comes() {
    let mut world = World::new();
    let live = world.engine.live_of_packets(world.now, STUDIO, Some([10, 9, 9, 9].into())).unwrap();
    world.listener('a', CodecKind::Pcma, live);
    for codec in [CodecKind::Pcmu, CodecKind::G722, CodecKind::L16Wide, CodecKind::Pcma] {
        send(&mut world, 500, codec, [10, 9, 9, 9]);
        world.forget();
        send(&mut world, 1000, codec, [10, 9, 9, 9]);
        assert!(world.share_of_note('a') > 0.8, "{codec:?}: {}", world.share_of_note('a'));
    }
    world.run(3000);
    world.forget();
    world.run(1000);
    assert!(world.hears_music('a'));
}

#[test]
fn nobody_else_can_play_to_those_who_are_held() {
    let mut world = World::new();
    let live = world.engine.live_of_packets(world.now, STUDIO, Some([10, 9, 9, 9].into())).unwrap();
    world.listener('a', CodecKind::Pcma, live);
    send(&mut world, 1000, CodecKind::Pcmu, [10, 6, 6, 6]);
    assert!(world.hears_music('a') && world.share_of_note('a') < 0.1);
    let noise: [&[u8]; 4] = [b"", b"no RTP", &[0x80, 200, 0, 6], &[0x80; 12]];
    for bytes in noise {
        let from = SocketAddr::from(([10, 9, 9, 9], 5004));
        world.engine.packet(world.now, STUDIO, from, &mut bytes.to_vec(), &mut world.outlet);
    }
    world.run(1000);
    assert!(world.outlet.events.iter().all(|event| !matches!(event, Event::Live { .. })));
}
