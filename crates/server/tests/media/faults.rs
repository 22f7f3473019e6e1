//! Bad input over real sockets: what a phone, a network or a stranger does to a port must not reach anybody else.

use std::sync::atomic::Ordering::Relaxed;

use exchange::media::MediaStream;
use media::receive::Report;
use media::rtcp::{self, OwnReport, RTCP_BYTES_MAX};

use super::*;

/// Two relayed phones, and where they send to.
fn pair(ports: std::ops::RangeInclusive<u16>) -> (Rig, [Phone; 2], Vec<SocketAddr>) {
    let rig = Rig::start(ports);
    let phones = [(); 2].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
    let at = rig.relay(1, &phones[0], &phones[1]);
    (rig, phones, at)
}

fn packet(header: Header) -> Vec<u8> {
    let mut bytes = vec![0; 172];
    header.write(&[0x55; 160], &mut bytes).unwrap();
    bytes
}

/// The next packet that comes to a phone.
fn next(phone: &Phone) -> Header {
    let mut buffer = [0; PACKET_BYTES_MAX];
    let len = phone.socket.recv(&mut buffer).unwrap();
    Packet::parse(&buffer[..len]).unwrap().header
}

fn closed(rig: &Rig, id: u64) -> Vec<MediaStream> {
    match rig.order(id, MediaOrder::Close(OrderId(id))) {
        MediaEvent::Closed { streams } => streams,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rtp_that_never_comes_is_told_once_for_each_and_leaves_a_record() {
    let (rig, _phones, _) = pair(34_000..=34_010);
    let told = [(); 2].map(|()| rig.reports.recv_timeout(WAIT).unwrap());
    let silent = |party| (OrderId(1), MediaEvent::Silent { party, ever_heard: false });
    assert_eq!(told, [silent(0), silent(1)]);
    let streams = closed(&rig, 1);
    assert!(streams.iter().all(|stream| stream.packets == 0 && stream.mos_hundredths.is_none()));
}

#[test]
fn rtp_from_elsewhere_is_heard_by_nobody_and_takes_nothing_over() {
    let (rig, phones, at) = pair(34_020..=34_030);
    let stranger = UdpSocket::bind("127.0.0.9:0").unwrap();
    for sequence in 0..50 {
        stranger.send_to(&packet(Header { sequence, ssrc: 666, ..Header::default() }), at[0]).unwrap();
    }
    for sequence in 0..50 {
        let header = Header { sequence, ssrc: 1, ..Header::default() };
        phones[0].socket.send_to(&packet(header), at[0]).unwrap();
        assert_eq!((next(&phones[1]).ssrc, sequence), (1, sequence));
        // What is for the first still goes to it.
        phones[1].socket.send_to(&packet(Header { ssrc: 2, ..header }), at[1]).unwrap();
        assert_eq!(next(&phones[0]).ssrc, 2);
    }
    let streams = closed(&rig, 1);
    assert_eq!((streams[0].wrong_source, streams[0].packets, streams[1].wrong_source), (50, 50, 0));
    assert_eq!(streams[0].from, phones[0].socket.local_addr().ok());
}

#[test]
fn wraps_jumps_and_another_source_pass_and_lose_nothing() {
    let (rig, phones, at) = pair(34_040..=34_050);
    let runs: [(u16, u32, u32); 4] =
        [(65_500, u32::MAX - 8000, 1), (20_000, 3_000_000_000, 1), (7, 0, 2), (60_000, 160, 3)];
    for (first, timestamp, ssrc) in runs {
        for n in 0..60u16 {
            let sequence = first.wrapping_add(n);
            let timestamp = timestamp.wrapping_add(u32::from(n) * 160);
            let header = Header { sequence, timestamp, ssrc, ..Header::default() };
            phones[0].socket.send_to(&packet(header), at[0]).unwrap();
            assert_eq!(next(&phones[1]), header);
        }
    }
    let streams = closed(&rig, 1);
    // The first packet of a new run counts only once the second has shown that it is one.
    assert_eq!((streams[0].lost, streams[1].sent), (0, 240));
    assert!((237..=240).contains(&streams[0].packets), "{streams:?}");
}

#[test]
fn a_codec_that_was_not_agreed_stops_at_our_port() {
    let (rig, phones, at) = pair(34_060..=34_070);
    for payload_type in [18, 96, 8, 0] {
        let bytes = packet(Header { payload_type, ssrc: 1, ..Header::default() });
        phones[0].socket.send_to(&bytes, at[0]).unwrap();
    }
    assert_eq!(next(&phones[1]).payload_type, 0, "only what was agreed came");
    assert_eq!(closed(&rig, 1)[1].sent, 1);
}

#[test]
fn a_flood_is_cut_and_others_are_heard_meanwhile() {
    let (rig, phones, at) = pair(34_080..=34_100);
    let others = [(); 2].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
    let at_others = rig.relay(2, &others[0], &others[1]);
    for sequence in 0..5000 {
        let header = Header { sequence, ssrc: 1, ..Header::default() };
        phones[0].socket.send_to(&packet(header), at[0]).unwrap();
        if sequence % 100 == 0 {
            let calm = Header { sequence: sequence / 100, ..header };
            others[0].socket.send_to(&packet(calm), at_others[0]).unwrap();
            assert_eq!(next(&others[1]).sequence, sequence / 100);
        }
    }
    let streams = closed(&rig, 1);
    // Less than 400 a second for as long as it took, and not all of 5,000.
    assert!(streams[1].sent >= 100 && streams[1].sent < 5000, "{streams:?}");
    assert_eq!(closed(&rig, 2)[0].packets, 50);
}

#[test]
fn what_is_no_rtp_is_dropped_and_the_stream_goes_on() {
    let (rig, phones, at) = pair(34_120..=34_130);
    let noise: [&[u8]; 6] =
        [b"", b"GET / HTTP/1.1\r\n", &[0x80; 11], &[0xFF; 1400], &[0x40; 172], &[0x80, 200, 0, 6]];
    for sequence in 0..30 {
        for bytes in noise {
            phones[0].socket.send_to(bytes, at[0]).unwrap();
        }
        let header = Header { sequence, ssrc: 1, ..Header::default() };
        phones[0].socket.send_to(&packet(header), at[0]).unwrap();
        assert_eq!(next(&phones[1]), header);
    }
    assert_eq!(closed(&rig, 1)[1].sent, 30);
}

/// Whoever leaves, and in whichever state: nobody else's audio stops, and every port is free again.
#[test]
fn a_party_that_leaves_in_any_state_leaves_nothing_behind() {
    let rig = Rig::start(34_140..=34_170);
    let phones = [(); 3].map(|()| Phone::new("127.0.0.1", CodecKind::Pcma));
    let say = |phone: &Phone, to: SocketAddr| {
        let bytes = packet(Header { payload_type: 8, ..Header::default() });
        phone.socket.send_to(&bytes, to).unwrap();
    };
    let waiting = MediaParty { remote: None, ..phones[0].party() };
    let music = |party| MediaOrder::Music { party, source: String::new(), keys: None };
    let announce = |party| MediaOrder::Announce {
        party,
        sound: Announcement::Closed,
        locale: Locale::English,
        keys: None,
    };
    let join = |party| MediaOrder::Join { mix: MixId(9), party, muted: false, tones: true, keys: None };
    let mut id = 100;
    // Before it said where it receives, before a packet of it came, and in the middle.
    for party in [waiting, phones[0].party()] {
        for talks in [false, true] {
            for order in [music(party), announce(party), join(party)] {
                id += 1;
                let MediaEvent::Opened { addresses } = rig.order(id, order) else { panic!() };
                if talks {
                    say(&phones[0], addresses[0]);
                }
                let streams = closed(&rig, id);
                assert_eq!(streams.len(), 1);
                // Late packets meet nobody.
                say(&phones[0], addresses[0]);
            }
        }
    }
    // The leaver of a conference, whoever that is; the others go on.
    for leaver in 0..3 {
        let orders: Vec<u64> = (0..3).map(|n| id + 1 + n).collect();
        let joined =
            orders.iter().zip(&phones).map(|(order, phone)| match rig.order(*order, join(phone.party())) {
                MediaEvent::Opened { addresses } => addresses[0],
                other => panic!("{other:?}"),
            });
        let at: Vec<SocketAddr> = joined.collect();
        phones.iter().zip(&at).for_each(|(phone, at)| say(phone, *at));
        closed(&rig, orders[leaver]);
        let stay: Vec<usize> = (0..3).filter(|n| *n != leaver).collect();
        // The last two are relayed: what one says now, the other gets as it is.
        let marked = Header { payload_type: 8, sequence: 4321, ssrc: id as u32, ..Header::default() };
        phones[stay[0]].socket.send_to(&packet(marked), at[stay[0]]).unwrap();
        while next(&phones[stay[1]]).ssrc != id as u32 {}
        stay.iter().for_each(|n| drop(closed(&rig, orders[*n])));
        id += 10;
    }
    let gone = rig.order(1, music(phones[0].party()));
    assert!(matches!(gone, MediaEvent::Opened { .. }));
    assert_eq!(closed(&rig, 1).len(), 1);
    assert_eq!(rig.media.counters().send_failed.load(Relaxed), 0);
    let parties = Box::new([phones[0].party(), phones[1].party()]);
    // All sixteen ports are there: eight relays at once.
    for id in 1000..1008 {
        let event = rig.order(id, MediaOrder::Relay { parties: parties.clone(), keys: [None, None] });
        assert!(matches!(event, MediaEvent::Opened { .. }), "{event:?}");
    }
}

/// A phone that sends RTCP to the port beside its audio's is answered from there, and what it says is in the record.
#[test]
fn rtcp_beside_the_audio_is_answered_and_recorded() {
    let (rig, phones, at) = pair(34_180..=34_190);
    for sequence in 0..20 {
        let header = Header { sequence, ssrc: 71, ..Header::default() };
        phones[0].socket.send_to(&packet(header), at[0]).unwrap();
        next(&phones[1]);
    }
    let said = Report { ssrc: Some(72), lost_rtcp: 3, jitter_ticks: 40, ..Report::default() };
    let own =
        OwnReport { ssrc: 71, received: &said, fraction_lost: 9, sender_report: None, cname: "a phone" };
    let mut bytes = [0; RTCP_BYTES_MAX];
    let len = own.write(&mut bytes).unwrap();
    let control = UdpSocket::bind("127.0.0.1:0").unwrap();
    control.set_read_timeout(Some(WAIT)).unwrap();
    let beside = SocketAddr::new(at[0].ip(), at[0].port() + 1);
    control.send_to(&bytes[..len], beside).unwrap();
    let mut answer = [0; 500];
    let (len, from) = control.recv_from(&mut answer).unwrap();
    let told = rtcp::read(&answer[..len], None).unwrap();
    assert_eq!((from, told.block.unwrap().ssrc, told.block.unwrap().lost), (beside, 71, 0));
    let streams = closed(&rig, 1);
    assert_eq!((streams[0].peer_lost, streams[0].peer_jitter_us), (Some(3), Some(5000)));
    assert_eq!((streams[1].peer_lost, streams[0].packets), (None, 20));
}
