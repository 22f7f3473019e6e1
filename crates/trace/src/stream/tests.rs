use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::packet::{Segment, Tcp, TcpFlags, Transport};

const FIN: u8 = TcpFlags::FIN | ACK;
const SYN: u8 = TcpFlags::SYN;
const RST: u8 = TcpFlags::RST;
const ACK: u8 = TcpFlags::ACK;
/// First sequence numbers of the two ends.
const A0: u32 = 1000;
const B0: u32 = 5000;
const MILLI: i64 = 1_000_000;

/// A table with a clock, and the log of what it told.
struct Bench {
    table: StreamTable,
    log: Log,
    now: i64,
    packet: u64,
    ports: (u16, u16),
}

#[derive(Default)]
struct Log(Vec<String>);

impl StreamSink for Log {
    fn opened(&mut self, id: ConnectionId, opening: &Opening) {
        let how = if opening.from_syn { "syn" } else { "middle" };
        self.0.push(format!("{} opened {} -> {} {how}", id.serial, opening.a.port(), opening.b.port()));
    }

    fn data(&mut self, id: ConnectionId, chunk: Chunk<'_>) {
        let text = String::from_utf8_lossy(chunk.bytes);
        self.0.push(format!("{} {:?} #{} {text}", id.serial, chunk.side, chunk.packet));
    }

    fn gap(&mut self, id: ConnectionId, gap: Gap) {
        self.0.push(format!("{} {:?} gap {}", id.serial, gap.side, gap.missing));
    }

    fn closed(&mut self, id: ConnectionId, _: Stamp, reason: CloseReason) {
        self.0.push(format!("{} closed {reason:?}", id.serial));
    }
}

impl Bench {
    fn new() -> Self {
        Self::with_limits(StreamLimits::default())
    }

    fn with_limits(limits: StreamLimits) -> Self {
        Self {
            table: StreamTable::new(limits),
            log: Log::default(),
            now: 0,
            packet: 0,
            ports: (50_000, 2000),
        }
    }

    fn segment(&mut self, from_a: bool, flags: u8, seq: u32, ack: u32, payload: &[u8], uncaptured: u32) {
        self.now += MILLI;
        self.packet += 1;
        let (a, b) = (([10, 0, 0, 1], self.ports.0).into(), ([10, 0, 0, 2], self.ports.1).into());
        let (src, dst) = if from_a { (a, b) } else { (b, a) };
        let tcp = Tcp { seq, ack, flags: TcpFlags(flags), payload, uncaptured };
        let time = Timestamp(self.now);
        let segment = Segment { time, packet: self.packet, src, dst, transport: Transport::Tcp(tcp) };
        self.table.segment(&segment, &mut self.log);
    }

    /// A sends, relative to its first byte; `ack` relative to B's.
    fn a(&mut self, flags: u8, seq: i32, ack: i32, payload: &str) -> &mut Self {
        let (seq, ack) = (A0.wrapping_add_signed(seq), B0.wrapping_add_signed(ack));
        self.segment(true, flags, seq, ack, payload.as_bytes(), 0);
        self
    }

    /// B sends, relative to its first byte; `ack` relative to A's.
    fn b(&mut self, flags: u8, seq: i32, ack: i32, payload: &str) -> &mut Self {
        let (seq, ack) = (B0.wrapping_add_signed(seq), A0.wrapping_add_signed(ack));
        self.segment(false, flags, seq, ack, payload.as_bytes(), 0);
        self
    }

    /// The three packets that open a connection; the next packet is number 4.
    fn handshake(&mut self) -> &mut Self {
        self.a(SYN, -1, 0, "").b(SYN | ACK, -1, 0, "").a(ACK, 0, 0, "")
    }

    fn wait(&mut self, nanos: i64) -> &mut Self {
        self.now += nanos;
        self
    }

    fn finish(&mut self) -> &mut Self {
        self.table.finish(&mut self.log);
        assert_eq!(self.table.held_bytes(), 0);
        assert!(self.table.is_empty());
        self
    }

    /// What was told, without the first line when that is the usual opening.
    fn check(&mut self, expected: &[&str]) {
        let mut log = std::mem::take(&mut self.log.0);
        if log.first().is_some_and(|line| line == "1 opened 50000 -> 2000 syn") {
            log.remove(0);
        }
        assert_eq!(log, expected);
    }
}

#[test]
fn a_whole_connection() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "hello").b(ACK, 0, 5, "").b(ACK, 0, 5, "world").a(FIN, 5, 5, "");
    bench.b(FIN, 5, 6, "").a(ACK, 6, 6, "").finish();
    bench.check(&["1 A #4 hello", "1 B #6 world", "1 closed Fin"]);
}

#[test]
fn a_start_in_the_middle() {
    let mut bench = Bench::new();
    bench.b(ACK, 70, 90, "").b(ACK, 70, 90, "server first").a(ACK, 90, 82, "answer").finish();
    let told = ["1 opened 2000 -> 50000 middle", "1 A #2 server first", "1 B #3 answer", "1 closed End"];
    bench.check(&told);
}

#[test]
fn the_answer_to_a_syn_alone_tells_who_is_who() {
    let mut bench = Bench::new();
    bench.b(SYN | ACK, -1, 0, "").a(SYN, -1, 0, "").a(ACK, 0, 0, "x");
    bench.check(&["1 A #3 x"]);
}

#[test]
fn a_lost_answer_to_the_syn() {
    let mut bench = Bench::new();
    bench.a(SYN, -1, 0, "").a(ACK, 0, 0, "x").b(ACK, 3, 1, "late").b(ACK, 0, 1, "abc");
    bench.check(&["1 A #2 x", "1 B #4 abc", "1 B #3 late"]);
}

#[test]
fn data_before_the_answer_to_the_syn() {
    let mut bench = Bench::new();
    bench.a(SYN, -1, 0, "").b(ACK, 0, 0, "quick").b(SYN | ACK, -1, 0, "").b(ACK, 5, 0, "!");
    bench.check(&["1 B #2 quick", "1 B #4 !"]);
}

#[test]
fn data_with_the_syn() {
    let mut bench = Bench::new();
    bench.a(SYN, -1, 0, "fast").b(SYN | ACK, -1, 4, "").a(ACK, 4, 0, "more");
    bench.check(&["1 A #1 fast", "1 A #3 more"]);
}

#[test]
fn reordering() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 6, 0, "ghi").a(ACK, 3, 0, "def").a(ACK, 0, 0, "abc").a(ACK, 9, 0, "jkl");
    bench.check(&["1 A #6 abc", "1 A #5 def", "1 A #4 ghi", "1 A #7 jkl"]);
    assert_eq!(bench.table.tally().early, 2);
    assert_eq!(bench.table.held_bytes(), 0);
}

#[test]
fn retransmission_same_and_different() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").a(ACK, 0, 0, "abc").a(ACK, 0, 0, "xyz").a(ACK, 3, 0, "def");
    bench.a(ACK, 0, 0, "abcdefghi");
    bench.check(&["1 A #4 abc", "1 A #7 def", "1 A #8 ghi"]);
    assert_eq!(bench.table.tally().repeated, 2);
    // While it waits, too: what came first wins.
    bench.a(ACK, 12, 0, "mno").a(ACK, 12, 0, "MNO").a(ACK, 9, 0, "jklMN").a(ACK, 15, 0, "p");
    bench.check(&["1 A #11 jkl", "1 A #9 mno", "1 A #12 p"]);
}

/// A piece waits at 10..14; another that overlaps it in each of the possible ways comes, then the hole fills.
#[test]
fn overlaps() {
    let cases: [(i32, &str, &[&str]); 7] = [
        (8, "XXXX", &["1 A #6 01234567", "1 A #5 XX", "1 A #4 abcd"]),
        (12, "XXXX", &["1 A #6 0123456789", "1 A #4 abcd", "1 A #5 XX"]),
        (11, "XX", &["1 A #6 0123456789", "1 A #4 abcd"]),
        (8, "XXXXXXXX", &["1 A #6 01234567", "1 A #5 XX", "1 A #4 abcd", "1 A #5 XX"]),
        (10, "XXXX", &["1 A #6 0123456789", "1 A #4 abcd"]),
        (10, "XXXXXX", &["1 A #6 0123456789", "1 A #4 abcd", "1 A #5 XX"]),
        (8, "XXXXXX", &["1 A #6 01234567", "1 A #5 XX", "1 A #4 abcd"]),
    ];
    for (seq, overlap, told) in cases {
        let mut bench = Bench::new();
        bench.handshake().a(ACK, 10, 0, "abcd").a(ACK, seq, 0, overlap).a(ACK, 0, 0, "0123456789");
        bench.check(told);
    }
}

#[test]
fn a_segment_that_fills_two_holes_at_once() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 2, 0, "c").a(ACK, 5, 0, "f").a(ACK, 0, 0, "ABCDEFGH");
    bench.check(&["1 A #6 AB", "1 A #4 c", "1 A #6 DE", "1 A #5 f", "1 A #6 GH"]);
}

#[test]
fn sequence_numbers_wrap() {
    let mut bench = Bench::new();
    let start = u32::MAX - 2;
    let mut send =
        |seq: u32, payload: &[u8]| bench.segment(true, ACK, start.wrapping_add(seq), 0, payload, 0);
    send(0, b"ab");
    send(6, b"gh");
    send(2, b"cdef");
    send(8, b"ij");
    bench.check(&["1 opened 50000 -> 2000 middle", "1 A #1 ab", "1 A #3 cdef", "1 A #2 gh", "1 A #4 ij"]);
}

#[test]
fn keepalive_probes_are_nothing() {
    let mut bench = Bench::new();
    bench
        .handshake()
        .a(ACK, 0, 0, "abc")
        .a(ACK, 2, 0, "")
        .a(ACK, 2, 0, "?")
        .b(ACK, 0, 3, "")
        .a(ACK, 3, 0, "d");
    bench.check(&["1 A #4 abc", "1 A #8 d"]);
}

#[test]
fn an_acknowledged_hole_with_data_behind_it_is_a_gap_at_once() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").a(ACK, 7, 0, "hi").b(ACK, 0, 5, "");
    bench.check(&["1 A #4 abc"]);
    bench.b(ACK, 0, 9, "");
    bench.check(&["1 A gap 4", "1 A #5 hi"]);
    // The acknowledgement first, the data behind the hole later.
    bench.b(ACK, 0, 20, "").a(ACK, 20, 0, "next").a(ACK, 9, 0, "too late").a(ACK, 24, 0, "!");
    bench.check(&["1 A gap 11", "1 A #9 next", "1 A #11 !"]);
}

#[test]
fn an_acknowledgement_may_overtake_the_data() {
    let mut bench = Bench::new();
    bench.handshake().b(ACK, 0, 3, "").a(ACK, 0, 0, "abc").b(ACK, 0, 3, "ok");
    bench.check(&["1 A #5 abc", "1 B #6 ok"]);
    // But not by much.
    bench.b(ACK, 2, 9, "").wait(ACKED_WAIT_NANOS).b(ACK, 2, 9, "");
    bench.check(&["1 A gap 6"]);
}

#[test]
fn a_hole_that_nobody_acknowledges_waits_for_a_while() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 3, 0, "def").wait(HOLE_WAIT_NANOS - MILLI).a(ACK, 6, 0, "ghi");
    bench.check(&[]);
    bench.wait(MILLI).a(ACK, 9, 0, "jkl");
    bench.check(&["1 A gap 3", "1 A #4 def", "1 A #5 ghi", "1 A #6 jkl"]);
    // The very segment that was waited for may come late.
    bench.a(ACK, 15, 0, "pqr").wait(2 * HOLE_WAIT_NANOS).a(ACK, 12, 0, "mno");
    bench.check(&["1 A #8 mno", "1 A #7 pqr"]);
}

#[test]
fn held_bytes_have_limits() {
    let limits = StreamLimits { held_per_side: 300, ..StreamLimits::default() };
    let mut bench = Bench::with_limits(limits);
    let text = "x".repeat(100);
    bench.handshake().a(ACK, 10, 0, &text).a(ACK, 200, 0, &text).a(ACK, 400, 0, "y");
    let log = std::mem::take(&mut bench.log.0);
    assert_eq!(log[1..], ["1 A gap 10".to_owned(), format!("1 A #4 {text}")]);

    let limits = StreamLimits { held_total: 300, ..StreamLimits::default() };
    let mut bench = Bench::with_limits(limits);
    for port in 0..10 {
        bench.ports.0 = 40_000 + port;
        bench.handshake().a(ACK, 10, 0, &text);
        assert!(bench.table.held_bytes() <= 300);
    }
    assert!(bench.table.tally().gaps >= 7);
}

#[test]
fn many_small_pieces_have_a_limit() {
    let mut bench = Bench::new();
    bench.handshake();
    for piece in 0..=MAX_HELD_PIECES as i32 {
        bench.a(ACK, 1 + 2 * piece, 0, "x");
    }
    bench.check(&["1 A gap 1", "1 A #4 x"]);
}

#[test]
fn what_the_snap_length_cut_off_is_a_gap() {
    let mut bench = Bench::new();
    bench.handshake();
    bench.segment(true, ACK, A0, B0, b"abc", 7);
    bench.a(ACK, 10, 0, "k");
    bench.segment(true, ACK, A0 + 11, B0, b"", 2);
    bench.a(FIN, 13, 0, "").b(FIN, 0, 14, "").finish();
    bench.check(&["1 A #4 abc", "1 A gap 7", "1 A #5 k", "1 A gap 2", "1 closed Fin"]);
}

#[test]
fn fin_before_the_data_it_follows() {
    let mut bench = Bench::new();
    bench.handshake().a(FIN, 3, 0, "").a(ACK, 0, 0, "abc").b(FIN, 0, 4, "");
    bench.check(&["1 A #5 abc", "1 closed Fin"]);
}

#[test]
fn the_end_declares_what_is_missing() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 2, 0, "c").a(FIN, 5, 0, "").finish();
    bench.check(&["1 A gap 2", "1 A #4 c", "1 A gap 2", "1 closed End"]);
}

#[test]
fn a_fin_that_the_capture_lacks_is_no_gap() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").b(ACK, 0, 4, "").wait(ACKED_WAIT_NANOS).b(FIN, 0, 4, "").finish();
    bench.check(&["1 A #4 abc", "1 closed End"]);
}

#[test]
fn reset() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").a(ACK, 5, 0, "f").b(RST, 0, 3, "");
    bench.check(&["1 A #4 abc", "1 A gap 2", "1 A #5 f", "1 closed Reset(B)"]);
    // Echoes of a closed connection open none.
    bench.a(ACK, 0, 0, "abc").a(ACK, 6, 0, "").b(RST, 0, 0, "").a(FIN, 6, 0, "").finish();
    bench.check(&[]);
    assert_eq!(bench.table.tally().strays, 4);
}

#[test]
fn a_reset_from_nowhere_is_ignored() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").a(RST, 900_000_000, 0, "").a(ACK, 3, 0, "def");
    bench.check(&["1 A #4 abc", "1 A #6 def"]);
}

#[test]
fn ports_in_use_again() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").a(SYN, -1, 0, "").a(ACK, 3, 0, "def");
    bench.check(&["1 A #4 abc", "1 A #6 def"]);
    bench.a(SYN, 77_000, 0, "").b(SYN | ACK, 88_000, 77_001, "").a(ACK, 77_001, 88_001, "new");
    bench.check(&["1 closed Reused", "2 opened 50000 -> 2000 syn", "2 A #9 new"]);
    // After a proper end too.
    bench.a(FIN, 77_004, 88_001, "").b(FIN, 88_001, 77_005, "").a(SYN, 5, 0, "").a(ACK, 6, 0, "third");
    bench.check(&["2 closed Fin", "3 opened 50000 -> 2000 syn", "3 A #13 third"]);
}

#[test]
fn numbers_far_off_belong_to_another_connection() {
    let mut bench = Bench::new();
    bench.handshake().a(ACK, 0, 0, "abc").a(ACK, 1_000_000_000, 0, "other");
    bench.check(&["1 A #4 abc", "1 closed Reused", "2 opened 50000 -> 2000 middle", "2 A #5 other"]);
}

#[test]
fn the_least_used_connection_gives_way() {
    let limits = StreamLimits { connections: 3, ..StreamLimits::default() };
    let mut bench = Bench::with_limits(limits);
    for port in [1, 2, 3] {
        bench.ports.0 = port;
        bench.a(ACK, 0, 0, "x");
    }
    // All are in use: the first round takes the marks away and the oldest goes.
    bench.ports.0 = 4;
    bench.a(ACK, 0, 0, "x");
    assert_eq!(bench.table.tally().evicted, 1);
    assert_eq!(bench.table.len(), 3);
    let log = std::mem::take(&mut bench.log.0);
    let gone = log.iter().find(|line| line.contains("Evicted")).expect("one was evicted").clone();
    // Two of the three old ones remain; the one used since stays, the other goes.
    let remaining: Vec<u16> = (1..=3).filter(|port| !gone.starts_with(&port.to_string())).collect();
    bench.ports.0 = remaining[0];
    bench.a(ACK, 1, 0, "y");
    bench.ports.0 = 5;
    bench.a(ACK, 0, 0, "x");
    bench.ports.0 = remaining[0];
    bench.a(ACK, 2, 0, "z");
    let log = std::mem::take(&mut bench.log.0);
    assert!(log.iter().any(|line| line.ends_with(" z")) && !log.iter().any(|l| l.contains("6 opened")));
    assert!(log.contains(&format!("{} closed Evicted", remaining[1])), "{log:?}");
}

#[test]
fn closed_connections_are_not_kept_for_ever() {
    let limits = StreamLimits { closed: 8, ..StreamLimits::default() };
    let mut bench = Bench::with_limits(limits);
    for port in 0..1000 {
        bench.ports.0 = 10_000 + port;
        bench.handshake().a(RST, 0, 0, "");
        assert!(bench.table.len() <= 9);
    }
    // Slots are used again, serial numbers are not.
    assert!(bench.log.0.contains(&"1000 closed Reset(A)".to_owned()));
}

#[test]
fn acknowledgements_alone_open_nothing() {
    let mut bench = Bench::new();
    bench.a(ACK, 0, 0, "").b(ACK, 0, 0, "").a(RST, 0, 0, "").a(FIN, 0, 0, "").finish();
    bench.check(&[]);
}

/// Gathers each direction's bytes; gaps become question marks.
#[derive(Default)]
struct Gather(BTreeMap<(u64, usize), Vec<u8>>);

impl StreamSink for Gather {
    fn opened(&mut self, _: ConnectionId, _: &Opening) {}

    fn data(&mut self, id: ConnectionId, chunk: Chunk<'_>) {
        assert!(!chunk.bytes.is_empty());
        self.0.entry((id.serial, chunk.side.index())).or_default().extend_from_slice(chunk.bytes);
    }

    fn gap(&mut self, id: ConnectionId, gap: Gap) {
        let bytes = self.0.entry((id.serial, gap.side.index())).or_default();
        bytes.extend(std::iter::repeat_n(b'?', gap.missing as usize));
    }

    fn closed(&mut self, _: ConnectionId, _: Stamp, _: CloseReason) {}
}

fn syn_then(first: u32, segments: &[(usize, usize)], bytes: &[u8], fin: bool) -> Gather {
    let mut table = StreamTable::new(StreamLimits::default());
    let mut gather = Gather::default();
    let (src, dst) = (([10, 0, 0, 1], 50_000).into(), ([10, 0, 0, 2], 2000).into());
    let mut send = |seq: u32, flags: u8, payload: &[u8]| {
        let tcp = Tcp { seq, ack: 0, flags: TcpFlags(flags), payload, uncaptured: 0 };
        let transport = Transport::Tcp(tcp);
        let segment = Segment { time: Timestamp(0), packet: 1, src, dst, transport };
        table.segment(&segment, &mut gather);
    };
    send(first.wrapping_sub(1), SYN, b"");
    if fin {
        send(first.wrapping_add(bytes.len() as u32), FIN, b"");
    }
    for &(from, to) in segments {
        send(first.wrapping_add(from as u32), ACK, &bytes[from..to]);
    }
    table.finish(&mut gather);
    gather
}

proptest! {
    /// However a stream is cut, doubled, overlapped and shuffled: the same bytes come out.
    #[test]
    fn any_segmentation_gives_the_same_bytes(
        first: u32,
        bytes in prop::collection::vec(any::<u8>(), 1..600),
        extra in prop::collection::vec((0usize..600, 1usize..200), 0..20),
        // Single bytes would be more pieces than a direction may hold.
        step in 2usize..60,
        fin: bool,
        seed: u64,
    ) {
        let length = bytes.len();
        let mut segments: Vec<(usize, usize)> =
            (0..length).step_by(step).map(|from| (from, (from + step).min(length))).collect();
        segments.extend(extra.iter().filter(|(from, _)| *from < length).map(|&(from, count)| {
            (from, (from + count).min(length))
        }));
        shuffle(&mut segments, seed);
        let gathered = syn_then(first, &segments, &bytes, fin);
        prop_assert_eq!(gathered.0.get(&(1, 0)), Some(&bytes));
    }

    /// With segments missing, exactly the bytes that are nowhere become gaps, up to the last byte seen.
    #[test]
    fn what_is_missing_is_said(
        first: u32,
        bytes in prop::collection::vec(b'a'..=b'z', 1..400),
        kept in prop::collection::vec((0usize..400, 1usize..50), 1..20),
    ) {
        let length = bytes.len();
        let segments: Vec<(usize, usize)> = kept
            .iter()
            .filter(|(from, _)| *from < length)
            .map(|&(from, count)| (from, (from + count).min(length)))
            .collect();
        let end = segments.iter().map(|&(_, to)| to).max().unwrap_or(0);
        let mut expected = vec![b'?'; end];
        for &(from, to) in &segments {
            expected[from..to].copy_from_slice(&bytes[from..to]);
        }
        let gathered = syn_then(first, &segments, &bytes, false);
        prop_assert_eq!(gathered.0.get(&(1, 0)).cloned().unwrap_or_default(), expected);
    }

    /// Any segments at all: no panic, and nothing stays held at the end.
    #[test]
    fn any_segments(
        segments in prop::collection::vec(
            (any::<bool>(), 0u16..3, any::<u8>(), any::<[u8; 2]>(), any::<[u8; 2]>(), 0usize..20, 0u32..3),
            0..200,
        ),
    ) {
        let limits = StreamLimits { connections: 2, closed: 1, held_per_side: 500, held_total: 700 };
        let mut bench = Bench::with_limits(limits);
        for (from_a, port, flags, seq, ack, length, uncaptured) in segments {
            bench.ports.0 = port;
            // Near, or spread over the whole circle.
            let wide = |bytes: [u8; 2]| match bytes[0] % 4 {
                0 => u32::from(bytes[1]) << 24,
                _ => u32::from(bytes[1]),
            };
            bench.segment(from_a, flags, wide(seq), wide(ack), &vec![b'x'; length], uncaptured);
        }
        bench.finish();
    }
}

/// A fixed shuffle, so that a failing case can be repeated.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for index in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(index, (seed >> 33) as usize % (index + 1));
    }
}
