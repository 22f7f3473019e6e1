use super::*;
use crate::rtp::Header;

const PAYLOAD: [u8; 160] = [0xFF; 160];

struct Stream {
    receiver: Receiver,
    ssrc: u32,
}

impl Stream {
    fn new() -> Self {
        let settings = Settings { event_payload_type: Some(101), ..Settings::default() };
        Self { receiver: Receiver::new(settings), ssrc: 1 }
    }

    /// Packet `n` of a stream that begins at `base`, `delay_ms` after it was due.
    fn packet(&mut self, base: u16, n: u32, delay_ms: u64) {
        let header = Header {
            payload_type: 0,
            sequence: base.wrapping_add(n as u16),
            timestamp: 0xFFFF_FF00u32.wrapping_add(n.wrapping_mul(160)),
            ssrc: self.ssrc,
            marker: n == 0,
        };
        self.send(u64::from(n) * 20 + delay_ms, header);
    }

    fn send(&mut self, at_ms: u64, header: Header) {
        let packet = Packet { header, csrc: &[], extension: None, payload: &PAYLOAD, padding: 0 };
        self.receiver.receive(Duration::from_millis(1000 + at_ms), &packet);
    }
}

#[test]
fn a_clean_stream_is_complete_over_every_wrap() {
    let mut stream = Stream::new();
    (0..200_000).for_each(|n| stream.packet(65_000, n, 7));
    let report = stream.receiver.report();
    assert_eq!((report.packets, report.expected, report.lost, report.lost_rtcp), (200_000, 200_000, 0, 0));
    assert_eq!((report.cycles, report.extended_highest), (4, 65_000 + 199_999));
    assert_eq!((report.jitter_ticks, report.late, report.talk_gaps), (0, 0, 0));
    assert_eq!((report.payload_bytes, report.delta_ms_max), (32_000_000, 20.0));
    assert_eq!(report.duration_ms, 199_999.0 * 20.0);
}

#[test]
fn lost_duplicate_and_reordered_packets_are_told_apart() {
    let mut stream = Stream::new();
    for n in 0..400 {
        match n {
            50 | 51 | 300 => {}
            100 => {
                stream.packet(65_400, 101, 0);
                stream.packet(65_400, 100, 30);
            }
            101 => {}
            200 => (0..3).for_each(|_| stream.packet(65_400, 200, 0)),
            n => stream.packet(65_400, n, 0),
        }
    }
    stream.packet(65_400, 390, 0);
    let report = stream.receiver.report();
    assert_eq!((report.expected, report.packets, report.lost), (400, 397, 3));
    assert_eq!((report.duplicates, report.reordered, report.lost_rtcp), (3, 1, 0));
    assert_eq!((report.bursts.lost, report.bursts.runs, report.bursts.run_max), (3, 2, 2));
    assert_eq!((report.bursts.bursts, report.bursts.packets), (1, 400));
}

#[test]
fn disorder_among_the_first_packets_hides_none() {
    let mut stream = Stream::new();
    for n in [5, 3, 4, 0, 7, 6, 0] {
        stream.packet(65_533, n, 0);
    }
    let report = stream.receiver.report();
    assert_eq!((report.expected, report.packets, report.lost, report.stray), (8, 6, 2, 0));
    assert_eq!((report.duplicates, report.reordered, report.bursts.lost), (1, 4, 2));
}

#[test]
fn jitter_is_that_of_the_rfc() {
    let mut stream = Stream::new();
    let mut expect = 0u32;
    for n in 0..100 {
        stream.packet(0, n, if n % 2 == 0 { 0 } else { 5 });
        if n > 0 {
            expect = expect + 40 - ((expect + 8) >> 4);
        }
    }
    let report = stream.receiver.report();
    assert_eq!(report.jitter_ticks, expect >> 4);
    assert!((report.jitter_ms - 5.0).abs() < 0.2, "{}", report.jitter_ms);
    assert_eq!(report.delay_spread_ms_max, 5.0);
}

#[test]
fn a_late_packet_and_a_pause_are_counted() {
    let mut stream = Stream::new();
    (0..50).for_each(|n| stream.packet(0, n, 0));
    stream.packet(0, 50, 150);
    for n in 51..100u32 {
        let header = Header {
            sequence: n as u16,
            timestamp: (n * 160 + 16_000).wrapping_sub(0x100),
            ssrc: 1,
            ..Header::default()
        };
        stream.send(u64::from(n) * 20 + 2000, header);
    }
    let report = stream.receiver.report();
    assert_eq!((report.late, report.talk_gaps, report.lost, report.clock_jumps), (1, 1, 0, 0));
    assert!(report.delta_ms_max < 171.0);
}

#[test]
fn events_count_but_do_not_shake_the_jitter() {
    let mut stream = Stream::new();
    (0..10).for_each(|n| stream.packet(0, n, 0));
    for n in 10..20u32 {
        let header = Header { payload_type: 101, sequence: n as u16, timestamp: 5, ssrc: 1, marker: false };
        stream.send(u64::from(n) * 20, header);
    }
    (20..30).for_each(|n| stream.packet(0, n, 0));
    let report = stream.receiver.report();
    assert_eq!((report.packets, report.jitter_ticks, report.payload_type), (30, 0, Some(0)));
}

#[test]
fn another_source_takes_over_only_by_itself() {
    let mut stream = Stream::new();
    for n in 0..100 {
        stream.ssrc = 1;
        stream.packet(0, n, 0);
        stream.ssrc = 2;
        stream.packet(7000, n, 1);
    }
    let report = stream.receiver.report();
    assert_eq!((report.ssrc, report.packets, report.foreign, report.ssrc_changes), (Some(1), 100, 100, 0));
    (100..150).for_each(|n| stream.packet(7000, n, 1));
    let report = stream.receiver.report();
    assert_eq!((report.ssrc, report.ssrc_changes, report.lost), (Some(2), 1, 0));
    // Packet 99 was the new source's first in a row.
    assert_eq!((report.packets, report.foreign), (151, 99));
}

#[test]
fn a_jump_of_the_sequence_is_a_restart_not_loss() {
    let mut stream = Stream::new();
    (0..100).for_each(|n| stream.packet(0, n, 0));
    (100..200).for_each(|n| stream.packet(30_000, n, 0));
    let report = stream.receiver.report();
    assert_eq!((report.restarts, report.lost, report.stray), (1, 0, 1));
    assert_eq!((report.packets, report.expected), (199, 199));
}

#[test]
fn one_stray_packet_moves_nothing() {
    let mut stream = Stream::new();
    (0..100).for_each(|n| stream.packet(0, n, 0));
    stream.packet(40_000, 0, 2000);
    (100..200).for_each(|n| stream.packet(0, n, 0));
    let report = stream.receiver.report();
    assert_eq!((report.restarts, report.lost, report.stray, report.packets), (0, 0, 1, 200));
}

#[test]
fn the_interval_loss_is_of_the_interval() {
    let mut stream = Stream::new();
    (0..100).filter(|n| n % 4 != 3).for_each(|n| stream.packet(0, n, 0));
    assert_eq!(stream.receiver.fraction_lost(), (24 * 256 / 99) as u8);
    (100..200).for_each(|n| stream.packet(0, n, 0));
    assert_eq!(stream.receiver.fraction_lost(), (256 / 101) as u8);
    assert_eq!(stream.receiver.fraction_lost(), 0);
    assert_eq!(Receiver::new(Settings::default()).fraction_lost(), 0);
}
