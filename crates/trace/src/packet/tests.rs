use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;

use super::*;
use crate::synth;

const PHONE: &str = "10.0.0.1:50000";
const SERVER: &str = "10.0.0.2:2000";
const PHONE6: &str = "[2001:db8::1]:50000";
const SERVER6: &str = "[2001:db8::2]:2000";

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn tcp_segment(src: &str, dst: &str, payload: &[u8]) -> Vec<u8> {
    synth::tcp(at(src), at(dst), 1000, 2000, TcpFlags::ACK | TcpFlags::PSH, payload)
}

fn ip_of(src: &str, dst: &str, protocol: u8, payload: &[u8]) -> Vec<u8> {
    synth::ip(at(src).ip(), at(dst).ip(), protocol, payload)
}

/// The packet that most tests wrap: TCP from the phone to the server.
fn plain_ip() -> Vec<u8> {
    ip_of(PHONE, SERVER, 6, &tcp_segment(PHONE, SERVER, b"hello"))
}

fn packet(link: LinkType, bytes: &[u8]) -> Packet<'_> {
    Packet {
        number: 7,
        time: Timestamp(99),
        link,
        captured: bytes,
        original_len: bytes.len() as u32,
        interface: 0,
    }
}

/// What a packet comes to, in short: addresses, payload, bytes cut off.
fn decode(link: LinkType, bytes: &[u8]) -> Result<(String, Vec<u8>, u32), String> {
    describe(Decoder::new().decode(&packet(link, bytes)))
}

fn describe(decoded: Decoded<'_>) -> Result<(String, Vec<u8>, u32), String> {
    match decoded {
        Decoded::Segment(Segment { src, dst, transport, .. }) => {
            let (name, payload, uncaptured) = match transport {
                Transport::Tcp(tcp) => ("tcp", tcp.payload, tcp.uncaptured),
                Transport::Udp(udp) => ("udp", udp.payload, udp.uncaptured),
            };
            Ok((format!("{name} {src} {dst}"), payload.to_vec(), uncaptured))
        }
        Decoded::FragmentKept => Err("kept".into()),
        Decoded::Several => Err("several".into()),
        Decoded::Skipped(skip) => Err(format!("{skip:?}")),
    }
}

/// A packet must come to the usual segment.
fn check_usual(link: LinkType, bytes: &[u8]) {
    let usual = (format!("tcp {PHONE} {SERVER}"), b"hello".to_vec(), 0);
    assert_eq!(decode(link, bytes), Ok(usual), "{link} {bytes:02x?}");
}

/// An Ethernet frame with a given EtherType.
fn frame(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [&[0; 12][..], &ethertype.to_be_bytes(), payload].concat()
}

#[test]
fn a_tcp_segment_with_all_its_fields() {
    let bytes = synth::ethernet(&plain_ip());
    let mut decoder = Decoder::new();
    let decoded = decoder.decode(&packet(LinkType::ETHERNET, &bytes));
    let Decoded::Segment(segment) = decoded else { panic!("{decoded:?}") };
    assert_eq!((segment.time, segment.packet), (Timestamp(99), 7));
    assert_eq!((segment.src, segment.dst), (at(PHONE), at(SERVER)));
    let Transport::Tcp(tcp) = segment.transport else { panic!("no TCP") };
    assert_eq!((tcp.seq, tcp.ack, tcp.payload, tcp.uncaptured), (1000, 2000, &b"hello"[..], 0));
    assert!(tcp.flags.ack() && !tcp.flags.syn() && !tcp.flags.fin() && !tcp.flags.rst());
}

#[test]
fn link_types() {
    let ip = plain_ip();
    check_usual(LinkType::ETHERNET, &synth::ethernet(&ip));
    check_usual(LinkType::LINUX_SLL, &[&[0; 14][..], &[0x08, 0x00], &ip].concat());
    check_usual(LinkType::LINUX_SLL2, &[&[0x08, 0x00][..], &[0; 18], &ip].concat());
    for link in [LinkType::RAW, LinkType::RAW_BSD, LinkType::RAW_OPENBSD, LinkType::IPV4] {
        check_usual(link, &ip);
    }
    check_usual(LinkType::NULL, &[&2u32.to_le_bytes()[..], &ip].concat());
    check_usual(LinkType::NULL, &[&2u32.to_be_bytes()[..], &ip].concat());
    check_usual(LinkType::LOOP, &[&2u32.to_be_bytes()[..], &ip].concat());
    let ip6 = ip_of(PHONE6, SERVER6, 6, &tcp_segment(PHONE6, SERVER6, b"six"));
    for family in [10u32, 24, 28, 30] {
        let bytes = [&family.to_le_bytes()[..], &ip6].concat();
        assert!(decode(LinkType::NULL, &bytes).is_ok());
    }
    assert!(decode(LinkType::IPV6, &ip6).is_ok() && decode(LinkType::RAW, &ip6).is_ok());
    assert_eq!(decode(LinkType(147), &ip), Err("UnknownLink(LinkType(147))".into()));
}

/// A data frame of 802.11: frame control, a header of 24 bytes, what `more` adds to it, LLC, IPv4.
fn wifi(control: [u8; 2], more: &[u8], fragment: u8) -> Vec<u8> {
    let mut header = [0; 24];
    header[..2].copy_from_slice(&control);
    header[22] = fragment;
    [&header[..], more, &[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00], &plain_ip(), &[1, 2, 3, 4]].concat()
}

#[test]
fn wireless_frames() {
    let link = LinkType::IEEE802_11;
    check_usual(link, &wifi([0x08, 0x01], &[], 0));
    check_usual(link, &wifi([0x88, 0x02], &[0, 0], 0));
    check_usual(link, &wifi([0x88, 0x03], &[9, 9, 9, 9, 9, 9, 0, 0], 0));
    check_usual(link, &wifi([0x88, 0x81], &[0, 0, 5, 5, 5, 5], 0));
    let not = |control, more: &[u8], fragment| decode(link, &wifi(control, more, fragment));
    // Encrypted, of management, null data; then a fragment.
    for (control, more) in [([0x08, 0x41], &[][..]), ([0x80, 0], &[]), ([0x48, 1], &[])] {
        assert_eq!(not(control, more, 0), Err("NotIp".into()));
    }
    assert_eq!(not([0x08, 0x01], &[], 3), Err("BadFragment".into()));
    assert_eq!(not([0x08, 0x05], &[], 0), Err("BadFragment".into()));
    for len in 0..32 {
        assert_eq!(decode(link, &wifi([0x08, 0x01], &[], 0)[..len]), Err("CutOff".into()));
    }
}

#[test]
fn several_packets_in_one_wireless_frame() {
    let part = |bytes: &[u8]| {
        let body = [&[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00][..], bytes].concat();
        [&[7; 12][..], &(body.len() as u16).to_be_bytes(), &body].concat()
    };
    let padded = |mut part: Vec<u8>| {
        part.resize(part.len().next_multiple_of(4), 0);
        part
    };
    // Of 55, 3 and 55 bytes: each but the last is filled up to a multiple of four.
    let inner = [padded(part(&plain_ip())), padded(part(&[1, 2, 3])), part(&plain_ip())].concat();
    let mut frame = vec![0; 26];
    (frame[0], frame[1], frame[24]) = (0x88, 2, 0x80);
    frame.extend(&inner);
    let packet = packet(LinkType::IEEE802_11, &frame);
    assert_eq!(describe(Decoder::new().decode(&packet)), Err("several".into()));
    let found: Vec<_> =
        parts(&packet).map(|part| describe(Decoder::new().decode_part(part, &packet))).collect();
    let usual = Ok((format!("tcp {PHONE} {SERVER}"), b"hello".to_vec(), 0));
    assert_eq!(found, [usual.clone(), Err("CutOff".into()), usual]);
    // Cut anywhere, there is no panic and no packet more.
    for len in 0..frame.len() {
        let cut = self::packet(LinkType::IEEE802_11, &frame[..len]);
        let several = matches!(Decoder::new().decode(&cut), Decoded::Several);
        assert!(several == (len >= 40) && parts(&cut).count() <= 3, "{len}");
    }
}

#[test]
fn wireless_frames_with_radiotap() {
    let link = LinkType::IEEE802_11_RADIOTAP;
    let plain = wifi([0x88, 0x02], &[0, 0], 0);
    let with = |header: &[u8], frame: &[u8]| decode(link, &[header, frame].concat()).map(|found| found.1);
    let hello = Ok(b"hello".to_vec());
    assert_eq!(with(&[0, 0, 8, 0, 0, 0, 0, 0], &plain), hello);
    // Flags alone, flags behind the time, flags behind a second word of what is present.
    assert_eq!(with(&[0, 0, 9, 0, 2, 0, 0, 0, 0x10], &plain), hello);
    let padded = wifi([0x88, 0x02], &[0, 0, 7, 7], 0);
    assert_eq!(with(&[0, 0, 9, 0, 2, 0, 0, 0, 0x20], &padded), hello);
    let timed = [&[0, 0, 17, 0, 3, 0, 0, 0][..], &[1; 8], &[0x20]].concat();
    assert_eq!(with(&timed, &padded), hello);
    let two = [&[0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0][..], &[0; 4], &[1; 8], &[0x20]].concat();
    assert_eq!(with(&two, &padded), hello);
    assert_eq!(with(&[1, 0, 8, 0, 0, 0, 0, 0], &plain), Err("Malformed".into()));
    assert_eq!(with(&[0, 0, 255, 255, 0, 0, 0, 0], &plain), Err("CutOff".into()));
}

#[test]
fn pppoe() {
    let session = |protocol: u16, inner: &[u8]| {
        let length = (inner.len() as u16 + 2).to_be_bytes();
        [&[0x11, 0, 0, 7][..], &length, &protocol.to_be_bytes(), inner].concat()
    };
    let inner = session(0x0021, &plain_ip());
    check_usual(LinkType::ETHERNET, &frame(0x8864, &inner));
    check_usual(LinkType::PPP_ETHER, &inner);
    check_usual(LinkType::ETHERNET, &frame(0x8100, &[&[0, 7, 0x88, 0x64][..], &inner].concat()));
    let link_control = session(0xc021, &[1, 1, 0, 4]);
    assert_eq!(decode(LinkType::ETHERNET, &frame(0x8864, &link_control)), Err("NotIp".into()));
}

#[test]
fn tags() {
    let ip = plain_ip();
    let tag = |kind: u16, inner: &[u8]| (kind, [&[0x00, 0x64][..], inner].concat());
    let ipv4 = [&[0x08, 0x00][..], &ip].concat();
    let (kind, one) = tag(0x8100, &ipv4);
    check_usual(LinkType::ETHERNET, &frame(kind, &one));
    for outer in [0x88a8u16, 0x9100, 0x9200, 0x8100] {
        let (kind, two) = tag(outer, &[&0x8100u16.to_be_bytes()[..], &one].concat());
        check_usual(LinkType::ETHERNET, &frame(kind, &two));
    }
    let mut nested = ipv4;
    for _ in 0..MAX_TAGS {
        nested = [&[0x81, 0x00, 0, 1][..], &nested].concat();
    }
    assert_eq!(decode(LinkType::ETHERNET, &[&[0; 12][..], &nested].concat()), Err("TooDeep".into()));
    let pppoe = [&[0x11, 0, 0, 1, 0, 0, 0x00, 0x21][..], &ip].concat();
    check_usual(LinkType::ETHERNET, &frame(0x8864, &pppoe));
    let mpls = [&[0, 1, 0, 64, 0, 2, 1, 64][..], &ip].concat();
    check_usual(LinkType::ETHERNET, &frame(0x8847, &mpls));
    assert_eq!(decode(LinkType::ETHERNET, &frame(0x0806, &[0; 28])), Err("NotIp".into()));
}

#[test]
fn ethernet_padding_is_not_payload() {
    let ip = ip_of(PHONE, SERVER, 6, &tcp_segment(PHONE, SERVER, b""));
    let bytes = [&synth::ethernet(&ip)[..], &[0; 6]].concat();
    assert_eq!(decode(LinkType::ETHERNET, &bytes).map(|found| found.1), Ok(Vec::new()));
}

#[test]
fn ipv4_options_and_offloaded_length() {
    let mut ip = plain_ip();
    ip[0] = 0x46;
    ip.splice(20..20, [1, 1, 1, 0]);
    let total = ip.len() as u16;
    ip[2..4].copy_from_slice(&total.to_be_bytes());
    check_usual(LinkType::RAW, &ip);
    let mut offloaded = plain_ip();
    offloaded[2..4].copy_from_slice(&[0, 0]);
    check_usual(LinkType::RAW, &offloaded);
    check_usual(LinkType::ETHERNET, &synth::ethernet(&offloaded));
}

#[test]
fn what_the_snap_length_cut_off_is_counted() {
    let bytes = synth::ethernet(&plain_ip());
    for cut in 1..=5 {
        let kept = &bytes[..bytes.len() - cut];
        let (_, payload, uncaptured) = decode(LinkType::ETHERNET, kept).expect("headers are whole");
        assert_eq!((payload.len(), uncaptured as usize), (5 - cut, cut));
    }
    for length in 0..bytes.len() - 5 {
        assert_eq!(decode(LinkType::ETHERNET, &bytes[..length]), Err("CutOff".into()), "{length}");
    }
}

#[test]
fn malformed_headers() {
    let mut ip = plain_ip();
    ip[0] = 0x44;
    assert_eq!(decode(LinkType::RAW, &ip), Err("Malformed".into()));
    let mut ip = plain_ip();
    ip[2..4].copy_from_slice(&19u16.to_be_bytes());
    assert_eq!(decode(LinkType::RAW, &ip), Err("Malformed".into()));
    for offset in [0x40, 0xf0] {
        let mut ip = plain_ip();
        ip[20 + 12] = offset;
        assert_eq!(decode(LinkType::ETHERNET, &synth::ethernet(&ip)), Err("Malformed".into()));
    }
}

#[test]
fn udp_lengths() {
    let udp = synth::udp(at(PHONE), at(SERVER), b"voice");
    let bytes = |udp: &[u8]| synth::ethernet(&ip_of(PHONE, SERVER, 17, udp));
    let usual = Ok((format!("udp {PHONE} {SERVER}"), b"voice".to_vec(), 0));
    assert_eq!(decode(LinkType::ETHERNET, &bytes(&udp)), usual);
    // Shorter than the IP packet: the rest is padding. Longer: it means nothing.
    assert_eq!(decode(LinkType::ETHERNET, &bytes(&[&udp[..], &[0; 9]].concat())), usual);
    let mut longer = udp.clone();
    longer[4..6].copy_from_slice(&500u16.to_be_bytes());
    assert_eq!(decode(LinkType::ETHERNET, &bytes(&longer)), usual);
    let mut wrong = udp;
    wrong[4..6].copy_from_slice(&7u16.to_be_bytes());
    assert_eq!(decode(LinkType::ETHERNET, &bytes(&wrong)), Err("Malformed".into()));
}

#[test]
fn ipv6_extension_headers() {
    let segment = tcp_segment(PHONE6, SERVER6, b"six");
    let usual = Ok((format!("tcp {PHONE6} {SERVER6}"), b"six".to_vec(), 0));
    assert_eq!(decode(LinkType::RAW, &ip_of(PHONE6, SERVER6, 6, &segment)), usual);
    let hop_by_hop =
        [&[60, 0, 0, 0, 0, 0, 0, 0][..], &[51, 1], &[0; 14], &[6, 4], &[0; 22], &segment].concat();
    assert_eq!(decode(LinkType::RAW, &ip_of(PHONE6, SERVER6, 0, &hop_by_hop)), usual);
    let lone = [&[6, 0, 0, 0, 0, 0, 0, 1][..], &segment].concat();
    assert_eq!(decode(LinkType::RAW, &ip_of(PHONE6, SERVER6, 44, &lone)), usual);
    let endless = [0, 0, 0, 0, 0, 0, 0, 0].repeat(50);
    assert_eq!(decode(LinkType::RAW, &ip_of(PHONE6, SERVER6, 0, &endless)), Err("TooDeep".into()));
    assert_eq!(decode(LinkType::RAW, &ip_of(PHONE6, SERVER6, 58, &[0; 8])), Err("OtherTransport(58)".into()));
}

#[test]
fn tunnels() {
    let inner = plain_ip();
    let ethernet = synth::ethernet(&inner);
    let outer = |protocol: u8, payload: &[u8]| ip_of("192.0.2.1:0", "192.0.2.2:0", protocol, payload);
    check_usual(LinkType::RAW, &outer(4, &inner));
    check_usual(LinkType::RAW, &outer(47, &[&[0, 0, 0x08, 0x00][..], &inner].concat()));
    check_usual(LinkType::RAW, &outer(47, &[&[0xb0, 0, 0x08, 0x00][..], &[0; 12], &inner].concat()));
    check_usual(LinkType::RAW, &outer(47, &[&[0, 0, 0x65, 0x58][..], &ethernet].concat()));
    // ERSPAN I, II and III.
    check_usual(LinkType::RAW, &outer(47, &[&[0, 0, 0x88, 0xbe][..], &ethernet].concat()));
    check_usual(LinkType::RAW, &outer(47, &[&[0x10, 0, 0x88, 0xbe][..], &[0; 12], &ethernet].concat()));
    check_usual(LinkType::RAW, &outer(47, &[&[0x10, 0, 0x22, 0xeb][..], &[0; 16], &ethernet].concat()));
    let header = [&[0; 4][..], &[0; 11], &[1], &[0; 8]].concat();
    check_usual(LinkType::RAW, &outer(47, &[&[0x10, 0, 0x22, 0xeb][..], &header, &ethernet].concat()));
    let vxlan = [&[0x08, 0, 0, 0, 0, 0, 5, 0][..], &ethernet].concat();
    let udp = synth::udp(at("192.0.2.1:777"), at("192.0.2.2:4789"), &vxlan);
    check_usual(LinkType::ETHERNET, &synth::ethernet(&outer(17, &udp)));
    // No VXLAN in spite of the port: stays a datagram.
    let udp = synth::udp(at("192.0.2.1:777"), at("192.0.2.2:4789"), b"something else");
    assert!(decode(LinkType::RAW, &outer(17, &udp)).is_ok_and(|found| found.1 == b"something else"));
    let mut nested = inner;
    for _ in 0..=MAX_TUNNELS {
        nested = outer(4, &nested);
    }
    assert_eq!(decode(LinkType::RAW, &nested), Err("TooDeep".into()));
}

/// An IPv4 fragment of the usual packet's TCP segment.
fn fragment(id: u16, whole: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut ip = ip_of(PHONE, SERVER, 6, &whole[from..to]);
    ip[4..6].copy_from_slice(&id.to_be_bytes());
    let more = if to < whole.len() { 0x2000 } else { 0 };
    let word = (from / 8) as u16 | more;
    ip[6..8].copy_from_slice(&word.to_be_bytes());
    ip
}

#[test]
fn fragments_in_any_order() {
    let whole = tcp_segment(PHONE, SERVER, &[b'x'; 44]);
    let cuts = [(0, 24), (24, 40), (40, 64)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
        let mut decoder = Decoder::new();
        let mut results = Vec::new();
        for index in order {
            let (from, to) = cuts[index];
            let bytes = synth::ethernet(&fragment(5, &whole, from, to));
            results.push(describe(decoder.decode(&packet(LinkType::ETHERNET, &bytes))));
        }
        assert_eq!(results[..2], [Err("kept".into()), Err("kept".into())]);
        assert_eq!(results[2], Ok((format!("tcp {PHONE} {SERVER}"), vec![b'x'; 44], 0)));
    }
}

#[test]
fn ipv6_fragments() {
    let whole = tcp_segment(PHONE6, SERVER6, &[b'y'; 28]);
    let fragment = |from: usize, to: usize| {
        let word = from as u16 | u16::from(to < whole.len());
        let header = [&[6, 0][..], &word.to_be_bytes(), &[0, 0, 0, 9]].concat();
        ip_of(PHONE6, SERVER6, 44, &[&header[..], &whole[from..to]].concat())
    };
    let mut decoder = Decoder::new();
    let (first, second) = (fragment(0, 24), fragment(24, 48));
    assert_eq!(describe(decoder.decode(&packet(LinkType::RAW, &second))), Err("kept".into()));
    let found = describe(decoder.decode(&packet(LinkType::RAW, &first)));
    assert_eq!(found, Ok((format!("tcp {PHONE6} {SERVER6}"), vec![b'y'; 28], 0)));
}

#[test]
fn overlapping_fragments_first_wins_and_limits_hold() {
    let whole = tcp_segment(PHONE, SERVER, &[b'x'; 44]);
    let other = [&whole[..24], &[b'z'; 40]].concat();
    let mut decoder = Decoder::new();
    for (bytes, from, to) in [(&whole, 0, 40), (&other, 24, 48)] {
        let bytes = fragment(1, bytes, from, to);
        assert_eq!(describe(decoder.decode(&packet(LinkType::RAW, &bytes))), Err("kept".into()));
    }
    let last = fragment(1, &whole, 48, 64);
    let (_, payload, _) = describe(decoder.decode(&packet(LinkType::RAW, &last))).expect("whole");
    assert_eq!(payload, [&[b'x'; 20][..], &[b'z'; 8], &[b'x'; 16]].concat());

    for id in 0..=MAX_FRAGMENTED_DATAGRAMS as u16 {
        let bytes = fragment(id, &whole, 0, 24);
        assert_eq!(describe(decoder.decode(&packet(LinkType::RAW, &bytes))), Err("kept".into()));
    }
    assert_eq!(decoder.fragments_given_up(), 1);
    // Time passes: all are given up.
    let bytes = fragment(999, &whole, 0, 24);
    let mut late = packet(LinkType::RAW, &bytes);
    late.time = Timestamp(FRAGMENT_WAIT_NANOS + 100);
    assert_eq!(describe(decoder.decode(&late)), Err("kept".into()));
    assert_eq!(decoder.fragments_given_up(), 1 + MAX_FRAGMENTED_DATAGRAMS as u64);
}

#[test]
fn fragments_that_contradict_each_other() {
    let whole = tcp_segment(PHONE, SERVER, &[b'x'; 44]);
    let mut decoder = Decoder::new();
    let mut add = |bytes: &[u8]| describe(decoder.decode(&packet(LinkType::RAW, bytes)));
    assert_eq!(add(&fragment(1, &whole, 40, 64)), Err("kept".into()));
    assert_eq!(add(&fragment(1, &whole[..56], 40, 56)), Err("BadFragment".into()));
    // Not a multiple of eight, and more to come.
    assert_eq!(add(&fragment(2, &whole, 0, 21)), Err("BadFragment".into()));
    // Beyond what IP can carry.
    let mut beyond = fragment(3, &whole, 0, 64);
    beyond[6..8].copy_from_slice(&0x1fffu16.to_be_bytes());
    assert_eq!(add(&beyond), Err("BadFragment".into()));
}

proptest! {
    #[test]
    fn any_bytes_of_any_link_type(link in 0u16..300, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(LinkType(link), &bytes);
    }

    /// Packets that are nearly right come to the same by the shortcut and through the layers.
    #[test]
    fn the_shortcut_agrees_with_the_layers(
        is_udp: bool,
        payload in prop::collection::vec(any::<u8>(), 0..40),
        changes in prop::collection::vec((0usize..60, any::<u8>()), 0..4),
        cut in 0usize..20,
        padding in 0usize..10,
    ) {
        let segment = match is_udp {
            true => synth::udp(at(PHONE), at(SERVER), &payload),
            false => tcp_segment(PHONE, SERVER, &payload),
        };
        let ip = ip_of(PHONE, SERVER, if is_udp { 17 } else { 6 }, &segment);
        let mut bytes = [&synth::ethernet(&ip)[..], &vec![0; padding]].concat();
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let packet = packet(LinkType::ETHERNET, &bytes);
        let (mut decoder, mut other) = (Decoder::new(), Decoder::new());
        prop_assert_eq!(decoder.decode(&packet), other.decode_layers(&packet));
    }

    /// An independent parser finds the same addresses and payload.
    #[test]
    fn etherparse_agrees(
        is_ipv6: bool,
        is_udp: bool,
        tags in 0usize..3,
        ports in any::<(u16, u16)>(),
        payload in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        prop_assume!(ports.1 != 4789);
        let ip = |last: u8| match is_ipv6 {
            true => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(last)]),
            false => IpAddr::from([10, 9, 8, last]),
        };
        let (src, dst) = (SocketAddr::new(ip(1), ports.0), SocketAddr::new(ip(2), ports.1));
        let (protocol, segment) = match is_udp {
            true => (17, synth::udp(src, dst, &payload)),
            false => (6, synth::tcp(src, dst, 1, 2, TcpFlags::ACK, &payload)),
        };
        let mut bytes = synth::ethernet(&synth::ip(src.ip(), dst.ip(), protocol, &segment));
        for _ in 0..tags {
            bytes.splice(12..12, [0x81, 0x00, 0x00, 0x05]);
        }
        let sliced = etherparse::SlicedPacket::from_ethernet(&bytes).expect("a packet");
        let expected = match sliced.transport.expect("a transport") {
            etherparse::TransportSlice::Tcp(tcp) => (tcp.source_port(), tcp.destination_port(), tcp.payload()),
            etherparse::TransportSlice::Udp(udp) => (udp.source_port(), udp.destination_port(), udp.payload()),
            other => panic!("{other:?}"),
        };
        let (description, found, _) = decode(LinkType::ETHERNET, &bytes).expect("a segment");
        let name = if is_udp { "udp" } else { "tcp" };
        prop_assert_eq!(description, format!("{name} {src} {dst}"));
        prop_assert_eq!((ports.0, ports.1, &found[..]), expected);
    }
}
