use super::*;
use crate::stream::Opening;

fn frame(id: u32, body: usize) -> Vec<u8> {
    let body = vec![0xab; body];
    [&(body.len() as u32 + 4).to_le_bytes()[..], &[0; 4], &id.to_le_bytes(), &body].concat()
}

fn opening(a: u16, b: u16, from_syn: bool) -> Opening {
    let address = |last: u8, port: u16| ([10, 0, 0, last], port).into();
    Opening { a: address(1, a), b: address(2, b), from_syn, time: Timestamp(0), packet: 1 }
}

fn chunk(side: Side, bytes: &[u8]) -> Chunk<'_> {
    Chunk { side, time: Timestamp(0), packet: 1, bytes }
}

/// The verdict after all chunks, the quick judgement included.
fn judge(opening: Opening, chunks: &[(Side, &[u8])]) -> Verdict {
    let (side, bytes) = chunks[0];
    let at_once = judge_at_once(&opening, &chunk(side, bytes));
    if at_once != Verdict::Undecided {
        return at_once;
    }
    let mut probe = Probe::new(opening);
    let mut verdict = Verdict::Undecided;
    for (side, bytes) in chunks {
        verdict = probe.add(&chunk(*side, bytes));
        if verdict != Verdict::Undecided {
            break;
        }
    }
    verdict
}

const SERVER_B: Verdict = Verdict::Sccp { server: Side::B };
const SERVER_A: Verdict = Verdict::Sccp { server: Side::A };

#[test]
fn sccp_ports_need_one_header() {
    let register = frame(1, 60);
    for port in [SCCP_PORT, SCCP_TLS_PORT] {
        assert_eq!(judge(opening(50_000, port, true), &[(Side::A, &register)]), SERVER_B);
        assert_eq!(judge(opening(50_000, port, true), &[(Side::A, &register[..20])]), SERVER_B);
        assert_eq!(judge(opening(port, 50_000, false), &[(Side::B, &register)]), SERVER_A);
        assert_eq!(judge(opening(port, 50_000, false), &[(Side::A, &frame(0x81, 20))]), SERVER_A);
        let drops = [(Side::A, &register[..5]), (Side::A, &register[5..])];
        assert_eq!(judge(opening(50_000, port, true), &drops), SERVER_B);
    }
}

#[test]
fn sccp_port_from_the_middle_of_a_frame() {
    let bytes = [&frame(0x22, 36)[20..], &frame(0x26, 16)].concat();
    assert_eq!(judge(opening(50_000, SCCP_PORT, false), &[(Side::A, &bytes)]), SERVER_B);
    // Half a frame alone is no proof yet.
    let half = &frame(0x22, 36)[..30];
    assert_eq!(judge(opening(50_000, SCCP_PORT, false), &[(Side::A, half)]), Verdict::Undecided);
}

#[test]
fn other_ports_need_two_frames() {
    let two = [frame(1, 60), frame(2, 4)].concat();
    assert_eq!(judge(opening(50_000, 3333, true), &[(Side::A, &two)]), SERVER_B);
    assert_eq!(judge(opening(50_000, 3333, true), &[(Side::A, &two[..60])]), Verdict::Undecided);
    let one = frame(1, 60);
    assert_eq!(judge(opening(50_000, 3333, true), &[(Side::A, &one)]), Verdict::Undecided);
    let answered = [(Side::A, &one[..]), (Side::B, &frame(0x81, 20)[..])];
    assert_eq!(judge(opening(50_000, 3333, true), &answered), SERVER_B);
}

#[test]
fn without_a_syn_the_ids_tell_who_serves() {
    let phone = [frame(0x26, 16), frame(0, 0)].concat();
    let server = [frame(0x85, 16), frame(0x88, 8)].concat();
    assert_eq!(judge(opening(3333, 4444, false), &[(Side::A, &phone)]), SERVER_B);
    assert_eq!(judge(opening(3333, 4444, false), &[(Side::A, &server)]), SERVER_A);
    assert_eq!(judge(opening(3333, 4444, false), &[(Side::B, &phone)]), SERVER_A);
    // Ids of both sides: the lower port.
    let both = [frame(0x0127, 8), frame(0x0128, 8)].concat();
    assert_eq!(judge(opening(4444, 3333, false), &[(Side::A, &both)]), SERVER_B);
}

#[test]
fn other_protocols() {
    let http = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".repeat(3);
    let nothing = Verdict::Other(NotSccp::NoFrame);
    assert_eq!(judge(opening(50_000, 80, true), &[(Side::A, &http)]), nothing);
    // In the middle it takes more to be sure.
    let verdict = judge(opening(50_000, 80, false), &[(Side::A, &http)]);
    assert_eq!(verdict, Verdict::Undecided);
    let page = vec![b'x'; MAX_PROBE];
    assert_eq!(judge(opening(50_000, 80, false), &[(Side::B, &page)]), nothing);
    assert_eq!(judge(opening(50_000, 80, false), &[(Side::B, &vec![0; MAX_PROBE])]), nothing);
    // On SCCP's own port too: SS7's SCCP in M3UA, here, is something else.
    let m3ua = [&[1, 0, 1, 1, 0, 0, 0, 64, 2, 16, 0, 56, 0, 0, 0, 1][..], &[9; 48]].concat().repeat(70);
    assert_eq!(judge(opening(50_000, SCCP_PORT, true), &[(Side::A, &m3ua)]), nothing);
    let hello = [&[0x16, 0x03, 0x01, 0x02, 0x00][..], &[1; 507]].concat();
    assert_eq!(
        judge(opening(50_000, SCCP_TLS_PORT, true), &[(Side::A, &hello)]),
        Verdict::Other(NotSccp::Tls)
    );
}

#[test]
fn garbage_first_then_frames_on_an_sccp_port() {
    let bytes = [&[0xee; 30][..], &frame(0x26, 16), &frame(0x26, 16)].concat();
    assert_eq!(judge(opening(50_000, SCCP_PORT, true), &[(Side::A, &bytes)]), SERVER_B);
}

#[test]
fn a_gap_makes_it_the_middle() {
    let mut probe = Probe::new(opening(50_000, SCCP_PORT, true));
    probe.gap(Gap { side: Side::A, time: Timestamp(0), packet: 1, missing: 100 });
    let bytes = [&[0xee; 30][..], &frame(0x26, 16)].concat();
    assert_eq!(probe.add(&chunk(Side::A, &bytes)), SERVER_B);
    let (held, in_step) = probe.into_held();
    assert_eq!((held.len(), in_step), (2, [false, true]));
}
