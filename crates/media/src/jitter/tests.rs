use super::*;

struct Bench {
    buffer: JitterBuffer,
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

impl Bench {
    fn new(depth: Depth) -> Self {
        Self { buffer: JitterBuffer::new(160, 20, depth) }
    }

    fn push_at(&mut self, at: u64, sequence: u16, timestamp: u32) -> Pushed {
        let header = Header { sequence, timestamp, ssrc: 1, ..Header::default() };
        let payload = sequence.to_be_bytes();
        self.buffer
            .push(ms(at), &Packet { header, csrc: &[], extension: None, payload: &payload, padding: 0 })
    }

    /// Packet `n` of a stream whose sequence wraps soon.
    fn push(&mut self, at: u64, n: u16) -> Pushed {
        self.push_at(at, 65_530u16.wrapping_add(n), u32::from(n).wrapping_mul(160).wrapping_sub(640))
    }

    /// `0`–`9…` for a frame's number, `c` concealed, `s` silence, `-` nothing.
    fn pop(&mut self, at: u64) -> String {
        match self.buffer.pop(ms(at)) {
            Popped::Frame(frame) => {
                assert_eq!(frame.payload, frame.header.sequence.to_be_bytes());
                frame.header.sequence.wrapping_sub(65_530).to_string()
            }
            Popped::Conceal => "c".into(),
            Popped::Silence => "s".into(),
            Popped::Wait => "-".into(),
        }
    }

    fn play(&mut self, times: impl Iterator<Item = u64>) -> String {
        times.map(|at| self.pop(at)).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn frames_come_in_order_after_the_depth() {
    let mut bench = Bench::new(Depth::Fixed(40));
    for (at, n) in [(0, 1), (1, 0), (30, 3), (41, 2), (42, 2)] {
        bench.push(at, n);
    }
    assert_eq!(bench.play((20..=140).step_by(20)), "- 0 1 2 3 c c");
    assert_eq!(bench.buffer.counts().duplicates, 1);
}

#[test]
fn a_lost_frame_is_concealed_and_a_late_one_dropped() {
    let mut bench = Bench::new(Depth::Fixed(20));
    for n in [0, 1, 3, 4] {
        bench.push(0, n);
    }
    assert_eq!(bench.play((20..=60).step_by(20)), "0 1 c");
    assert_eq!(bench.push(61, 2), Pushed::Late);
    assert_eq!(bench.play((80..=100).step_by(20)), "3 4");
    assert_eq!(bench.buffer.counts().late, 1);
}

#[test]
fn a_pause_of_the_sender_is_silence_not_loss() {
    let mut bench = Bench::new(Depth::Fixed(20));
    bench.push_at(0, 65_530, 0);
    bench.push_at(1, 65_531, 160 * 3);
    assert_eq!(bench.play((20..=100).step_by(20)), "0 s s 1 c");
    assert_eq!(bench.push_at(101, 65_532, 160 * 9), Pushed::Stored);
    assert_eq!(bench.play((120..=220).step_by(20)), "s s s s 2 c");
}

#[test]
fn a_stall_of_the_player_is_made_up_for() {
    let mut bench = Bench::new(Depth::Fixed(20));
    (0..5).for_each(|n| assert_eq!(bench.push(0, n), Pushed::Stored));
    assert_eq!(bench.play([100; 6].into_iter()), "0 1 2 3 4 -");
}

#[test]
fn an_adaptive_buffer_grows_by_underruns() {
    let mut bench = Bench::new(Depth::Adaptive { min_ms: 20, max_ms: 60 });
    bench.push(0, 0);
    assert_eq!(bench.play((20..=40).step_by(20)), "0 c");
    assert_eq!(bench.buffer.depth_ms(), 40);
    assert_eq!(bench.push(59, 1), Pushed::Stored);
    assert_eq!(bench.play((60..=120).step_by(20)), "1 c c c");
    assert_eq!(bench.buffer.depth_ms(), 60);
}

#[test]
fn an_adaptive_buffer_gives_spare_depth_back() {
    let mut bench = Bench::new(Depth::Adaptive { min_ms: 20, max_ms: 100 });
    bench.push(0, 0);
    assert_eq!(bench.play((20..=100).step_by(20)), "0 c c c c");
    (1..6).for_each(|n| assert_eq!(bench.push(101, n), Pushed::Stored));
    let mut at = 120;
    for n in 6..3000 {
        bench.pop(at);
        bench.push(at + 1, n);
        at += 20;
    }
    let counts = bench.buffer.counts();
    assert_eq!((counts.late, counts.concealed, bench.buffer.depth_ms()), (0, 4, 40));
    assert_eq!((counts.skipped, bench.buffer.stored()), (3, 2));
}

#[test]
fn a_fast_sender_does_not_overrun_a_fixed_buffer() {
    let mut bench = Bench::new(Depth::Fixed(40));
    // 0.5 % fast: 101 packets in the time of a hundred.
    let mut sent = 0u16;
    for step in 0..6000u64 {
        while u64::from(sent) * 199 <= step * 200 {
            assert_eq!(bench.push(step * 20, sent), Pushed::Stored);
            sent += 1;
        }
        bench.pop(step * 20 + 10);
    }
    assert!(bench.buffer.stored() < 12, "{}", bench.buffer.stored());
    assert_eq!(bench.buffer.counts().refused, 0);
}

#[test]
fn a_slow_sender_starts_the_playout_anew_and_is_heard() {
    for depth in [Depth::Fixed(40), Depth::Adaptive { min_ms: 20, max_ms: 60 }] {
        let mut bench = Bench::new(depth);
        let mut sent = 0u16;
        for step in 0..6000u64 {
            while u64::from(sent) * 200 <= step * 199 {
                bench.push(step * 20, sent);
                sent += 1;
            }
            bench.pop(step * 20 + 10);
        }
        let counts = bench.buffer.counts();
        assert!(counts.played > 5800 && counts.starts < 20, "{depth:?} {counts:?}");
    }
}

#[test]
fn a_stream_that_ends_leaves_the_buffer_idle_and_a_new_one_starts_it() {
    let mut bench = Bench::new(Depth::Fixed(20));
    bench.push(0, 0);
    let played = bench.play((20..=1000).step_by(20));
    assert!(
        played.starts_with("0 c") && played.ends_with("c - - - - - - - - - - - - - - - - - - - - - - - -")
    );
    bench.push_at(1010, 9, 77);
    assert_eq!(bench.play([1020, 1030].into_iter()), "- 15");
    assert_eq!(bench.buffer.counts().starts, 2);
}

#[test]
fn a_flood_is_refused_and_a_jump_starts_over() {
    let mut bench = Bench::new(Depth::Fixed(40));
    let refused = (0..200).filter(|&n| bench.push(0, n) == Pushed::Refused).count();
    assert_eq!((refused, bench.buffer.stored()), (200 - SLOTS, SLOTS));
    assert_eq!(bench.push_at(1, 20_000, 1), Pushed::Stored);
    assert_eq!(bench.buffer.stored(), 1);
}
