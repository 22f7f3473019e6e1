use std::io::{Read, Write};

use super::*;
use crate::time::NANOS_PER_SEC;

/// A file in the making, in one byte order.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl File {
    fn new(big_endian: bool) -> Self {
        Self { bytes: Vec::new(), big_endian }
    }

    fn u16(mut self, value: u16) -> Self {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn padded(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }

    // pcap

    fn pcap_header(self, magic: u32) -> Self {
        self.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65_535).u32(1)
    }

    fn record(self, secs: u32, fraction: u32, data: &[u8]) -> Self {
        let length = data.len() as u32;
        self.u32(secs).u32(fraction).u32(length).u32(length + 7).raw(data)
    }

    // pcapng

    fn block(self, kind: u32, body: &[u8]) -> Self {
        let total = body.len() as u32 + 12;
        self.u32(kind).u32(total).raw(body).u32(total)
    }

    fn body(&self) -> Self {
        Self::new(self.big_endian)
    }

    fn section(self) -> Self {
        let body = self.body().u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX).bytes;
        self.block(0x0a0d_0d0a, &body)
    }

    fn interface(self, link: u16, snap_len: u32, options: &[(u16, &[u8])]) -> Self {
        let mut body = self.body().u16(link).u16(0).u32(snap_len);
        for (code, value) in options {
            body = body.u16(*code).u16(value.len() as u16).padded(value);
        }
        let body = body.u32(0).bytes;
        self.block(1, &body)
    }

    fn enhanced(self, interface: u32, ticks: u64, data: &[u8]) -> Self {
        let length = data.len() as u32;
        let body = self.body().u32(interface).u32((ticks >> 32) as u32).u32(ticks as u32);
        let body = body.u32(length).u32(length).padded(data).bytes;
        self.block(6, &body)
    }
}

/// A packet without its lifetime: number, time, link, bytes, original length, interface.
type Owned = (u64, i64, u16, Vec<u8>, u32, u32);

fn read<R: Read>(input: R) -> (Vec<Owned>, CaptureTally, Option<CaptureError>) {
    let mut reader = match CaptureReader::new(input) {
        Ok(reader) => reader,
        Err(error) => return (Vec::new(), CaptureTally::default(), Some(error)),
    };
    let mut packets = Vec::new();
    loop {
        match reader.next_packet() {
            Ok(Some(p)) => {
                let time = p.time.nanos();
                packets.push((p.number, time, p.link.0, p.captured.to_vec(), p.original_len, p.interface));
            }
            Ok(None) => return (packets, reader.tally(), None),
            Err(error) => return (packets, reader.tally(), Some(error)),
        }
    }
}

/// Gives one byte at a time, as a slow pipe may.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = 1.min(buffer.len());
        Read::take(&mut self.0, count as u64).read(buffer)
    }
}

const MICROS: u32 = 0xa1b2_c3d4;
const NANOS: u32 = 0xa1b2_3c4d;

#[test]
fn pcap_in_both_byte_orders_and_both_clocks() {
    for big_endian in [false, true] {
        for (magic, nanos) in [(MICROS, 7000), (NANOS, 7)] {
            let file = File::new(big_endian).pcap_header(magic).record(5, 7, b"one").record(6, 7, b"three");
            let (packets, tally, error) = read(&file.bytes[..]);
            assert!(error.is_none());
            assert_eq!(tally.packets, 2);
            assert_eq!(packets[0], (1, 5 * NANOS_PER_SEC + nanos, 1, b"one".to_vec(), 10, 0));
            assert_eq!(packets[1], (2, 6 * NANOS_PER_SEC + nanos, 1, b"three".to_vec(), 12, 0));
        }
    }
}

#[test]
fn pcap_link_type_without_its_checksum_length() {
    let mut file = File::new(false).pcap_header(MICROS).record(0, 0, b"x").bytes;
    file[20..24].copy_from_slice(&0x5400_0071u32.to_le_bytes());
    assert_eq!(read(&file[..]).0[0].2, LinkType::LINUX_SLL.0);
}

#[test]
fn pcap_variants_are_refused_by_name() {
    for magic in [0xa1b2_cd34, 0xa1e2_cb12, 0x1c00_01ac, 0x1c00_01ab] {
        for big_endian in [false, true] {
            let file = File::new(big_endian).pcap_header(magic).bytes;
            let error = read(&file[..]).2.expect("refused");
            assert!(matches!(error, CaptureError::PcapVariant { magic: found } if found == magic));
            assert!(error.to_string().contains("editcap"), "{error}");
        }
    }
    let file = File::new(false).u32(MICROS).u16(3).u16(0).raw(&[0; 16]).bytes;
    assert!(matches!(read(&file[..]).2, Some(CaptureError::PcapVersion { major: 3, minor: 0 })));
}

#[test]
fn nothing_and_nonsense() {
    assert!(matches!(read(&b""[..]).2, Some(CaptureError::Empty)));
    let error = read(&b"GET / HTTP/1.1"[..]).2.expect("no capture");
    assert!(matches!(&error, CaptureError::UnknownFormat { found } if found == b"GET "));
    assert!(matches!(read(&b"\xa1"[..]).2, Some(CaptureError::UnknownFormat { .. })));
    let cut = &File::new(true).pcap_header(MICROS).bytes[..20];
    assert!(matches!(read(cut).2, Some(CaptureError::Truncated { offset: 0, wanted: 24, found: 20, .. })));
}

#[test]
fn pcap_cut_off_anywhere_keeps_what_is_whole() {
    let file = File::new(false).pcap_header(MICROS).record(1, 0, b"whole").record(2, 0, b"cut off").bytes;
    let second_at = 24 + 16 + 5;
    for length in 24..file.len() {
        let (packets, _, error) = read(&file[..length]);
        assert_eq!(packets.len(), usize::from(length >= second_at));
        match error {
            None => assert!(length == 24 || length == second_at),
            Some(CaptureError::Truncated { offset, packet, found, .. }) => {
                assert_eq!(packet, packets.len() as u64);
                assert_eq!(offset, if packets.is_empty() { 24 } else { second_at as u64 });
                assert_eq!(offset + found, length as u64);
            }
            Some(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_growing_capture_goes_on_where_it_stopped() {
    let file = File::new(false).pcap_header(MICROS).record(1, 0, b"whole").record(2, 0, b"later").bytes;
    let (now, later) = file.split_at(file.len() - 3);
    let input = Cursor::new(now.to_vec()).chain(Pause(false)).chain(later);
    let mut reader = CaptureReader::new(input).expect("a pcap");
    assert_eq!(reader.next_packet().expect("readable").expect("there").captured, b"whole");
    assert!(matches!(reader.next_packet(), Err(CaptureError::Truncated { packet: 1, .. })));
    assert_eq!(reader.next_packet().expect("readable").expect("there").captured, b"later");
    assert!(matches!(reader.next_packet(), Ok(None)));

    /// Fails once with an end that is none.
    struct Pause(bool);
    impl Read for Pause {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            match std::mem::replace(&mut self.0, true) {
                false => Err(io::ErrorKind::UnexpectedEof.into()),
                true => Ok(0),
            }
        }
    }
}

#[test]
fn large_packets_are_skipped_and_absurd_ones_end_the_reading() {
    let large = vec![0xaa; MAX_PACKET + 1];
    let largest = vec![0xbb; MAX_PACKET];
    let file = File::new(false).pcap_header(MICROS).record(1, 0, &large).record(2, 0, &largest);
    let (packets, tally, error) = read(&file.bytes[..]);
    assert!(error.is_none());
    assert_eq!((tally.packets, tally.oversized), (2, 1));
    assert_eq!((packets[0].0, packets[0].3.len()), (2, MAX_PACKET));

    let at = file.bytes.len() as u64;
    let absurd = file.u32(0).u32(0).u32(u32::MAX).u32(u32::MAX).bytes;
    let error = read(&absurd[..]).2.expect("damaged");
    assert!(
        matches!(error, CaptureError::PacketLength { packet: 3, offset, found: u32::MAX } if offset == at)
    );

    let cut = File::new(false).pcap_header(MICROS).u32(0).u32(0).u32(1 << 20).u32(0).raw(b"...").bytes;
    assert!(matches!(read(&cut[..]).2, Some(CaptureError::Truncated { packet: 0, .. })));
}

#[test]
fn pcapng_sections_of_both_byte_orders_in_one_file() {
    let first = File::new(false).section().interface(1, 0, &[]).enhanced(0, 1_000_001, b"little").bytes;
    let second = File::new(true).section().interface(113, 0, &[]).enhanced(0, 2_000_002, b"big").bytes;
    let (packets, tally, error) = read(&[first, second].concat()[..]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!((tally.sections, tally.packets), (2, 2));
    assert_eq!(packets[0], (1, 1_000_001_000, 1, b"little".to_vec(), 6, 0));
    assert_eq!(packets[1], (2, 2_000_002_000, 113, b"big".to_vec(), 3, 0));
}

#[test]
fn pcapng_clocks() {
    let offset = (-10i64).to_le_bytes();
    type Options<'a> = &'a [(u16, &'a [u8])];
    let cases: [(Options<'_>, u64, i64); 6] = [
        (&[(9, &[6])], 1_500_000, 1_500_000_000),
        (&[(9, &[9])], 1_500_000_001, 1_500_000_001),
        (&[(9, &[3])], 1_500, 1_500_000_000),
        (&[(9, &[12])], 1_500_000_000_999, 1_500_000_000),
        (&[(9, &[0x80 | 10])], 1536, 1_500_000_000),
        (&[(2, b"eth0"), (9, &[9]), (14, &offset)], 15_000_000_000, 5_000_000_000),
    ];
    for (options, ticks, nanos) in cases {
        let file = File::new(false).section().interface(1, 0, options).enhanced(0, ticks, b"").bytes;
        assert_eq!(read(&file[..]).0[0].1, nanos, "{options:?}");
    }
    let file = File::new(false).section().interface(1, 0, &[(9, &[0xff])]).bytes;
    assert!(matches!(read(&file[..]).2, Some(CaptureError::Resolution { found: 0xff, .. })));
}

#[test]
fn pcapng_extreme_ticks_saturate() {
    for resolution in [0u8, 9, 18, 0x80, 0xc0] {
        let file = File::new(true).section().interface(1, 0, &[(9, &[resolution]), (14, &[0x7f; 8])]);
        assert_eq!(read(&file.enhanced(0, u64::MAX, b"").bytes[..]).0.len(), 1);
    }
}

#[test]
fn pcapng_simple_and_obsolete_packets() {
    let file = File::new(true).section().interface(1, 4, &[]).interface(101, 0, &[]);
    let simple = file.body().u32(9).padded(b"1234").bytes;
    let obsolete = file.body().u16(1).u16(3).u32(0).u32(77).u32(5).u32(50).padded(b"older").bytes;
    let (packets, tally, error) = read(&file.block(2, &obsolete).block(3, &simple).bytes[..]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets[0], (1, 77_000, 101, b"older".to_vec(), 50, 1));
    assert_eq!(packets[1], (2, 77_000, 1, b"1234".to_vec(), 9, 0));
    assert_eq!(tally.without_time, 1);
}

#[test]
fn names_of_addresses_are_told() {
    for big_endian in [false, true] {
        let file = File::new(big_endian).section().interface(1, 0, &[]);
        let record = |kind: u16, value: &[u8]| {
            let mut body = file.body().u16(kind).u16(value.len() as u16).bytes;
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
            body
        };
        let ipv6 = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[9], b"six\0"].concat();
        let names = [
            record(1, b"\x0a\0\0\x01cucm-1\0cm1.example.com\0"),
            record(2, &ipv6),
            // No text, a text that would move the cursor, none at all; a kind that nobody knows.
            record(1, b"\x0a\0\0\x02\xff\xfe\0"),
            record(1, b"\x0a\0\0\x03\x1b[2Jx\0"),
            record(1, b"\x0a\0\0\x04"),
            record(9, b"\x0a\0\0\x05no\0"),
            record(0, b""),
        ];
        let file = file.enhanced(0, 0, b"here").block(4, &names.concat());
        let mut reader = CaptureReader::new(&file.bytes[..]).unwrap();
        assert!(reader.next_packet().unwrap().is_some() && !reader.has_names());
        assert!(reader.next_packet().unwrap().is_none() && reader.has_names());
        let told = [("10.0.0.1", "cucm-1"), ("2001:db8::9", "six")];
        let told = told.map(|(address, name)| (address.parse().unwrap(), name.to_owned()));
        assert_eq!(reader.take_names(), told);
    }
}

#[test]
fn pcapng_other_blocks_are_passed_over_and_counted() {
    let file = File::new(false).section().interface(1, 0, &[]);
    let drops = |file: &File, count| file.body().u32(0).u64(0).u16(5).u16(8).u64(count).u32(0).bytes;
    let (two, five) = (drops(&file, 2), drops(&file, 5));
    let file = file
        .block(10, &[0; 20])
        .block(0x8000_0bad, &vec![7; MAX_BLOCK_OVERHEAD + MAX_PACKET])
        .block(5, &two)
        .enhanced(0, 0, b"here")
        .enhanced(9, 0, b"nowhere")
        .block(5, &five);
    let (packets, tally, error) = read(&file.bytes[..]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets.len(), 1);
    assert_eq!((tally.packets, tally.without_interface), (2, 1));
    assert_eq!((tally.secrets, tally.other_blocks, tally.dropped_by_capture), (1, 1, 5));
}

#[test]
fn pcapng_damage_says_where() {
    let start = || File::new(false).section().interface(1, 0, &[]);
    let at = start().bytes.len() as u64;

    let file = start().u32(6).u32(13).raw(&[0; 20]).bytes;
    let error = read(&file[..]).2;
    assert!(matches!(error, Some(CaptureError::BlockLength { offset, kind: 6, found: 13 }) if offset == at));

    let file = start().u32(6).u32(16).u32(0).u32(20).bytes;
    let error = read(&file[..]).2;
    assert!(matches!(error, Some(CaptureError::BlockLength { offset, found: 20, .. }) if offset == at));

    let body = File::new(false).u32(0).u32(0).u32(0).u32(100).u32(100).padded(b"short").bytes;
    let error = read(&start().block(6, &body).bytes[..]).2;
    assert!(
        matches!(error, Some(CaptureError::PacketInBlock { packet: 1, offset, found: 100, room: 8 }) if offset == at)
    );

    let file = start().u32(0x0a0d_0d0a).u32(28).u32(0).raw(&[0; 20]).bytes;
    assert!(matches!(read(&file[..]).2, Some(CaptureError::ByteOrder { offset, .. }) if offset == at));

    let whole = start().enhanced(0, 0, b"whole").bytes;
    for length in at as usize + 1..whole.len() {
        let error = read(&whole[..length]).2;
        assert!(matches!(error, Some(CaptureError::Truncated { offset, packet: 0, .. }) if offset == at));
    }
}

#[test]
fn too_many_interfaces_in_a_section() {
    let mut file = File::new(false).section();
    for _ in 0..=MAX_INTERFACES {
        file = file.interface(1, 0, &[]);
    }
    assert!(matches!(read(&file.bytes[..]).2, Some(CaptureError::TooManyInterfaces { .. })));
    // A new section begins anew.
    let mut file = File::new(false);
    for _ in 0..MAX_INTERFACES + 2 {
        file = file.section().interface(1, 0, &[]);
    }
    assert!(read(&file.bytes[..]).2.is_none());
}

#[test]
fn gzip_and_slow_pipes_read_the_same() {
    let file = File::new(true).pcap_header(NANOS).record(1, 1, b"first").record(2, 2, &[9; 500]).bytes;
    let expected = read(&file[..]).0;
    assert_eq!(read(Drip(&file)).0, expected);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&file).expect("memory can be written");
    let packed = packer.finish().expect("memory can be written");
    assert_eq!(read(&packed[..]).0, expected);
    assert!(CaptureReader::new(&packed[..]).expect("a capture").is_compressed());
    // Cut off within the packed stream: what could be unpacked is read, and the end is said.
    let (packets, _, error) = read(&packed[..packed.len() - 20]);
    assert!(packets.len() < 3);
    assert!(matches!(error, Some(CaptureError::Truncated { .. }) | None), "{error:?}");
}

#[test]
fn memory_does_not_grow_with_the_capture() {
    let mut file = File::new(false).pcap_header(MICROS);
    for _ in 0..20_000 {
        file = file.record(0, 0, &[1; 200]);
    }
    let mut reader = CaptureReader::new(&file.bytes[..]).expect("a pcap");
    let before = reader.window.capacity();
    while let Ok(Some(_)) = reader.next_packet() {}
    assert_eq!((reader.tally().packets, reader.window.capacity()), (20_000, before));
}
