//! RTCP: whose is believed, what is kept of it, how it is answered.

use super::*;
use crate::receive::Report;
use crate::rtcp::{OwnReport, RTCP_BYTES_MAX, read};

/// Where the answers to packets at the port beside come from.
const BESIDE: Port = Port(7000);

/// What a phone says by RTCP of the stream with this name.
fn report(of: u32, lost: i32, jitter_ticks: u32) -> Vec<u8> {
    let received = Report { ssrc: Some(of), lost_rtcp: lost, jitter_ticks, ..Report::default() };
    let own =
        OwnReport { ssrc: 5, received: &received, fraction_lost: 0, sender_report: None, cname: "phone" };
    let mut bytes = [0; RTCP_BYTES_MAX];
    let len = own.write(&mut bytes).unwrap();
    bytes[..len].to_vec()
}

/// Two who talk; the first has lost every tenth packet on its way to us.
fn talking() -> World {
    let mut world = World::new();
    world.phone('a', CodecKind::Pcmu, None);
    world.phone('b', CodecKind::Pcmu, None);
    world.bridge("ab");
    for n in 0..100 {
        if n % 10 == 5 {
            world.phones.get_mut(&'a').unwrap().speak();
        }
        world.run(20);
    }
    world.outlet.sent.clear();
    world
}

#[test]
fn what_a_phone_reports_is_kept_and_it_is_answered_with_ours() {
    let mut world = talking();
    let (a, b) = (world.phones[&'a'].party, world.phones[&'b'].party);
    let (from, their_ssrc) = (SocketAddr::from(([10, 0, 0, 1], 20_001)), 1001);
    let ports = (Port(0), BESIDE);
    world.engine.control_packet(world.now, ports, from, &report(their_ssrc, 12, 80), &mut world.outlet);
    let (via, to, answer) = world.outlet.sent.pop().unwrap();
    assert_eq!((via, to, world.outlet.sent.len()), (BESIDE, from, 0));
    let told = read(&answer, None).unwrap();
    let block = told.block.unwrap();
    assert_eq!((block.ssrc, block.lost), (1000, 10), "what we lost of its stream");
    assert!((20..28).contains(&block.fraction_lost), "a tenth of 256: {}", block.fraction_lost);
    let kept = world.engine.report(world.now, a).unwrap();
    assert_eq!(kept.peer, Some(PeerReport { lost: 12, jitter_us: 10_000 }));
    assert_eq!((kept.counts.rtcp, kept.received.packets), (1, 100), "it is no audio");
    assert_eq!(world.engine.report(world.now, b).unwrap().peer, None);
}

#[test]
fn on_the_port_of_the_audio_it_is_answered_there_and_not_too_often() {
    let mut world = talking();
    let from = world.phones[&'a'].at;
    let mut answers = 0;
    for _ in 0..50 {
        world.now += Duration::from_millis(100);
        let mut bytes = report(1001, 0, 0);
        world.engine.packet(world.now, Port(0), from, &mut bytes, &mut world.outlet);
        answers += world.outlet.sent.drain(..).filter(|(via, to, _)| (*via, *to) == (Port(0), from)).count();
    }
    assert_eq!(answers, 3, "in five seconds");
}

#[test]
fn strangers_are_neither_believed_nor_answered() {
    let mut world = talking();
    let a = world.phones[&'a'].party;
    let stranger = SocketAddr::from(([203, 0, 113, 9], 20_001));
    let bytes = report(1001, 5000, 0);
    world.engine.control_packet(world.now, (Port(0), BESIDE), stranger, &bytes, &mut world.outlet);
    world.engine.packet(world.now, Port(0), stranger, &mut bytes.clone(), &mut world.outlet);
    let own = SocketAddr::from(([10, 0, 0, 1], 20_001));
    for noise in [&bytes[..bytes.len() - 1], b"", &[0x80; 12]] {
        world.engine.control_packet(world.now, (Port(0), BESIDE), own, noise, &mut world.outlet);
    }
    let report = world.engine.report(world.now, a).unwrap();
    assert_eq!((report.peer, report.counts.rtcp, world.outlet.sent.len()), (None, 0, 0));
    assert_eq!((report.counts.wrong_source, report.counts.malformed), (2, 3));
}
