//! Bad input and bad networks.

use super::*;

/// Two phones in a bridge; packets are made by hand.
fn pair() -> (World, PartyId, PartyId) {
    let mut world = World::new();
    let (a, b) = (world.phone('a', CodecKind::Pcmu, None), world.phone('b', CodecKind::Pcmu, None));
    world.bridge("ab");
    (world, a, b)
}

fn packet(header: Header) -> Vec<u8> {
    let mut bytes = vec![0; 172];
    header.write(&[0x55; 160], &mut bytes).unwrap();
    bytes
}

impl World {
    /// Hands in a packet of `a` after 20 ms; how many were sent on.
    fn give(&mut self, from: SocketAddr, bytes: &[u8]) -> usize {
        self.now += TICK;
        let before = self.outlet.sent.len();
        self.engine.packet(self.now, Port(0), from, &mut bytes.to_vec(), &mut self.outlet);
        self.outlet.sent.len() - before
    }
}

#[test]
fn rtp_that_never_comes_is_told_once_and_reported() {
    let (mut world, a, b) = pair();
    for _ in 0..30 {
        world.now += Duration::from_secs(1);
        world.engine.tick(world.now, &mut world.outlet);
    }
    let silent = |party| Event::Silent { party, ever_heard: false };
    assert_eq!(world.outlet.events, [silent(a), silent(b)]);
    let report = world.engine.close(world.now, a).unwrap();
    assert_eq!((report.received.packets, report.mos, report.is_one_way()), (0, None, false));
}

#[test]
fn one_way_audio_is_known_as_such() {
    let (mut world, a, b) = pair();
    let from = world.phones[&'a'].at;
    for sequence in 0..200 {
        let header = Header { sequence, timestamp: u32::from(sequence) * 160, ..Header::default() };
        assert_eq!(world.give(from, &packet(header)), 1);
    }
    let (a, b) = (world.engine.close(world.now, a).unwrap(), world.engine.close(world.now, b).unwrap());
    assert!(b.is_one_way() && !a.is_one_way());
    assert_eq!((a.received.packets, b.counts.sent, a.received.lost), (200, 200, 0));
    assert!(a.mos.unwrap() > 4.2 && !a.is_silent());
}

#[test]
fn packets_from_elsewhere_reach_nobody_and_redirect_nothing() {
    let (mut world, a, b) = pair();
    let (mine, stranger) = (world.phones[&'a'].at, SocketAddr::from(([203, 0, 113, 9], 4000)));
    assert_eq!(world.give(stranger, &packet(Header::default())), 0);
    assert_eq!(world.give(mine, &packet(Header::default())), 1);
    world.now += Duration::from_secs(60);
    assert_eq!(world.give(stranger, &packet(Header::default())), 0);
    world.run(40);
    let report = world.engine.report(world.now, a).unwrap();
    assert_eq!((report.counts.wrong_source, report.from), (2, Some(mine)));
    assert_eq!(world.engine.report(world.now, b).unwrap().counts.wrong_source, 0);
}

#[test]
fn wraps_jumps_and_another_ssrc_pass_and_are_counted() {
    for kind in [CodecKind::Pcmu, CodecKind::Pcma] {
        let mut world = World::new();
        let a = world.phone('a', CodecKind::Pcmu, None);
        world.phone('b', kind, None);
        world.bridge("ab");
        let from = world.phones[&'a'].at;
        let (mut sent, mut passed) = (0, 0);
        let mut send = |world: &mut World, sequence: u16, timestamp: u32, ssrc: u32| {
            sent += 1;
            passed += world.give(from, &packet(Header { sequence, timestamp, ssrc, ..Header::default() }));
        };
        for n in 0..20u16 {
            let (sequence, stamp) = (n.wrapping_sub(10), u32::from(n).wrapping_sub(10).wrapping_mul(160));
            send(&mut world, sequence, stamp, 1);
        }
        for n in 0..20u16 {
            send(&mut world, n + 20_000, 3_000_000_000, 1);
        }
        for n in 0..20u16 {
            send(&mut world, n + 7, u32::from(n) * 160, 2);
        }
        assert_eq!(passed, sent);
        let report = world.engine.close(world.now, a).unwrap().received;
        assert_eq!((report.restarts, report.ssrc_changes, report.lost), (1, 1, 0), "{report:?}");
    }
}

#[test]
fn another_codec_than_agreed_is_not_passed_on() {
    let (mut world, a, _) = pair();
    let from = world.phones[&'a'].at;
    let changed = packet(Header { payload_type: 18, ..Header::default() });
    assert_eq!(world.give(from, &changed), 0);
    let noise = packet(Header { payload_type: 13, ..Header::default() });
    assert_eq!(world.give(from, &noise), 1);
    assert_eq!(world.engine.close(world.now, a).unwrap().counts.wrong_codec, 1);
}

#[test]
fn a_flood_is_cut_to_what_a_phone_sends() {
    let (mut world, a, _) = pair();
    let from = world.phones[&'a'].at;
    for sequence in 0..10_000u16 {
        let bytes = packet(Header { sequence, timestamp: u32::from(sequence) * 160, ..Header::default() });
        world.engine.packet(world.now, Port(0), from, &mut bytes.clone(), &mut world.outlet);
    }
    assert_eq!(world.outlet.sent.len(), party::PACKETS_PER_SECOND_MAX as usize);
    assert_eq!(world.outlet.events.iter().filter(|event| matches!(event, Event::Flooding { .. })).count(), 1);
    world.now += Duration::from_secs(1);
    assert_eq!(world.give(from, &packet(Header { sequence: 10_000, ..Header::default() })), 1);
    assert_eq!(world.engine.close(world.now, a).unwrap().counts.flooded, 9600);
}

#[test]
fn noise_on_the_port_is_counted_by_kind() {
    let (mut world, a, _) = pair();
    let from = world.phones[&'a'].at;
    for bytes in [&[0x80, 200, 0, 6, 0, 0, 0, 0][..], &[], &[0x40; 40], &[0x80; 11], &[0xFF; 3000]] {
        assert_eq!(world.give(from, bytes), 0);
    }
    let counts = world.engine.close(world.now, a).unwrap().counts;
    assert_eq!((counts.rtcp, counts.malformed), (0, 5));
}

#[test]
fn silence_in_packets_is_seen() {
    let (mut world, a, b) = pair();
    world.phones.get_mut(&'a').unwrap().talks = false;
    world.run(10_000);
    assert!(world.engine.close(world.now, a).unwrap().is_silent());
    assert!(!world.engine.close(world.now, b).unwrap().is_silent());
}

#[test]
fn parties_may_leave_in_every_state() {
    for recorded in [false, true] {
        for kinds in [[CodecKind::Pcmu; 3], [CodecKind::Pcmu, CodecKind::G722, CodecKind::Pcma]] {
            for leaver in 0..3 {
                let mut world = World::new();
                let parties: Vec<PartyId> = kinds
                    .iter()
                    .zip("abc".chars())
                    .map(|(kind, name)| world.phone(name, *kind, None))
                    .collect();
                let bridge = world.bridge("abc");
                let mut tapes = Vec::new();
                if recorded {
                    // Two record, one of them with a tone; the tape of one ends before, that of the other after
                    // they have left.
                    let consent = Consent { cadence: TonePlan::default().consent(1), to_party: false };
                    for (party, consent) in
                        [(parties[leaver], Some(consent)), (parties[(leaver + 1) % 3], None)]
                    {
                        let tape = world.engine.tape(world.now, 8000).unwrap();
                        world.engine.attach(world.now, tape, party, Side::Both, consent).unwrap();
                        tapes.push(tape);
                    }
                }
                let play = Play::Sound { sound: world.music, repeat: true };
                world.engine.play(world.now, parties[1], &play).unwrap();
                world.run(100);
                for step in 0..3 {
                    let party = parties[(leaver + step) % 3];
                    assert!(world.engine.close(world.now, party).is_some());
                    assert!(world.engine.close(world.now, party).is_none());
                    assert!(world.engine.play(world.now, party, &play).is_err());
                    world.run(100);
                    if step == 1
                        && let Some(tape) = tapes.pop()
                    {
                        world.engine.end_tape(world.now, tape);
                    }
                }
                tapes.into_iter().for_each(|tape| world.engine.end_tape(world.now, tape));
                world.engine.unbridge(world.now, bridge);
                world.run(100);
                let left = (world.engine.parties(), world.engine.bridges(), world.engine.tapes());
                assert_eq!(left, (0, 0, 0));
                assert_eq!(world.engine.deadline(), None);
            }
        }
    }
}

#[test]
fn a_port_is_free_again_when_its_party_has_left() {
    let (mut world, a, _) = pair();
    let format = Format::new(CodecKind::Pcmu, 20);
    let setup = Setup { port: Port(0), format, remote: None, signals_from: None };
    assert_eq!(world.engine.open(world.now, &setup), Err(EngineError::PortTaken(Port(0))));
    world.engine.close(world.now, a);
    let again = world.engine.open(world.now, &setup).unwrap();
    assert_ne!(again, a);
    let odd = Format { packet_ms: 25, ..Format::new(CodecKind::G729, 20) };
    let odd = Setup { port: Port(9), format: odd, ..setup };
    assert_eq!(world.engine.open(world.now, &odd), Err(EngineError::PacketTime(25)));
}
