//! Live music over real sockets: of a program, of RTP, and to a group that phones join.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use server::media::live::{LiveSource, MusicBoard};

use super::*;

/// What is live; the files and the melody have other heights.
const LIVE_HZ: f64 = 1250.0;
const FILE_HZ: f64 = 500.0;

fn share(heard: &[i16], hz: f64) -> f64 {
    media::tone::share(heard, hz, 8000)
}

/// Half seconds of what is heard, until one holds enough of a tone.
fn hears(phone: &Phone, from: SocketAddr, hz: f64) {
    let since = Instant::now();
    while media::tone::share(&phone.hear(25, from), hz, phone.kind.sample_rate_hz()) < 0.8 {
        assert!(since.elapsed() < WAIT, "{:?}: {hz} Hz is not heard", phone.kind);
    }
}

/// Samples as a program says them.
fn raw(folder: &Path, secs: usize) -> std::path::PathBuf {
    let file = folder.join("live.raw");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
    for n in 0..16_000 * secs {
        let sample = (n as f64 * LIVE_HZ / 16_000.0 * std::f64::consts::TAU).sin() * 8000.0;
        out.write_all(&(sample as i16).to_le_bytes()).unwrap();
    }
    out.flush().unwrap();
    file
}

fn source(folder: &Path, live: LiveSource) -> MusicSource {
    let files = vec![note(folder, "instead.wav", FILE_HZ)];
    MusicSource {
        name: "radio".into(),
        files,
        live: Some(live),
        groups: Default::default(),
        groups_from: None,
    }
}

/// A media thread with this source, somebody who is held and hears it, and how the source is.
fn held(
    ports: std::ops::RangeInclusive<u16>,
    source: MusicSource,
) -> (Rig, Phone, SocketAddr, Arc<MusicBoard>) {
    let (sender, reports) = sync_channel(64);
    let report = move |id, event| sender.try_send((id, event)).unwrap();
    let settings = MediaSettings { ports, sources: vec![source], ..MediaSettings::default() };
    let board = Arc::new(MusicBoard::default());
    let media = Media::start_with(&settings, 7, Box::new(report), Arc::clone(&board)).unwrap();
    let rig = Rig { media, reports };
    let phone = Phone::new("127.0.0.1", CodecKind::Pcmu);
    let event = rig.order(1, MediaOrder::Music { party: phone.party(), source: "radio".into(), keys: None });
    let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
    (rig, phone, addresses[0], board)
}

#[test]
fn music_of_a_program_is_heard_then_the_file_in_its_place_then_the_program_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = raw(folder.path(), 1);
    let words = vec!["cat".into(), file.to_str().unwrap().to_owned()];
    let source = source(folder.path(), LiveSource::Command(words));
    let (_rig, phone, port, board) = held(33_000..=33_010, source);
    hears(&phone, port, LIVE_HZ);
    let state = &board.read()[0];
    assert_eq!((state.name.as_str(), state.source.as_str(), state.live), ("radio", "cat", true));
    hears(&phone, port, FILE_HZ);
    let state = &board.read()[0];
    assert_eq!(state.problem.as_deref(), Some("cat ended: exit status: 0"));
    hears(&phone, port, LIVE_HZ);
    assert!(board.read()[0].starts >= 2);
}

#[test]
fn a_program_that_can_t_be_started_leaves_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path(), LiveSource::Command(vec!["/nowhere/radio".into()]));
    let (_rig, phone, port, board) = held(33_020..=33_030, source);
    hears(&phone, port, FILE_HZ);
    let problem = board.read()[0].problem.clone().unwrap();
    assert!(problem.starts_with("/nowhere/radio can't be started: "), "{problem}");
}

/// A program that never ends by itself and never says anything ends with the media thread.
#[test]
fn a_program_ends_with_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let (started, gone) = (folder.path().join("pid"), "/proc");
    let script = format!("echo $$ > {}; exec sleep 1000", started.display());
    let source = source(folder.path(), LiveSource::Command(vec!["sh".into(), "-c".into(), script]));
    let (rig, phone, port, _) = held(33_040..=33_050, source);
    hears(&phone, port, FILE_HZ);
    let since = Instant::now();
    let pid = loop {
        match std::fs::read_to_string(&started) {
            Ok(pid) if pid.ends_with('\n') => break pid,
            _ => assert!(since.elapsed() < WAIT, "the program was not started"),
        }
        phone.hear(1, port);
    };
    let process = Path::new(gone).join(pid.trim());
    assert!(process.exists());
    drop(rig);
    assert!(!process.exists());
}

#[test]
fn rtp_from_a_studio_is_heard_and_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let place = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let live = LiveSource::Rtp { at: place, from: Some("127.0.0.3".parse().unwrap()) };
    let (_rig, phone, port, board) = held(33_060..=33_070, source(folder.path(), live));
    let mut codec = CodecKind::Pcma.open().unwrap();
    let mut payload = Vec::new();
    let tone: Vec<i16> = (0..160)
        .map(|n| ((f64::from(n) * LIVE_HZ / 8000.0 * std::f64::consts::TAU).sin() * 8000.0) as i16)
        .collect();
    codec.encode(&tone, &mut payload);
    // The held party's own packets are the clock: one comes each 20 ms.
    let play = |from: &UdpSocket, packets: usize| {
        let first = Header { payload_type: 8, ssrc: 77, ..Header::default() };
        let mut sender = Sender::new(first, 160);
        let mut heard = Vec::new();
        for _ in 0..packets {
            let mut packet = [0; PACKET_BYTES_MAX];
            let len = sender.packet(&payload, &mut packet).unwrap();
            from.send_to(&packet[..len], place).unwrap();
            heard.extend(phone.hear(1, port));
        }
        heard
    };
    let stranger = UdpSocket::bind("127.0.0.4:0").unwrap();
    let heard = play(&stranger, 50);
    assert!(share(&heard, FILE_HZ) > 0.8 && share(&heard, LIVE_HZ) < 0.1);
    assert!(!board.read()[0].live);
    let studio = UdpSocket::bind("127.0.0.3:0").unwrap();
    let heard = play(&studio, 75);
    assert!(share(&heard[4000..], LIVE_HZ) > 0.8, "{}", share(&heard[4000..], LIVE_HZ));
    assert!(board.read()[0].live);
    hears(&phone, port, FILE_HZ);
    assert!(!board.read()[0].live);
}

/// A phone that joined a real group hears the source in each codec that is sent there.
#[test]
fn a_group_that_is_joined_carries_the_music() {
    let group = Ipv4Addr::new(239, 255, 77, 33);
    let join = |port: u16| {
        let socket = UdpSocket::bind((group, port))?;
        socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST)?;
        socket.set_read_timeout(Some(WAIT))?;
        std::io::Result::Ok(socket)
    };
    let first = 42_330;
    let sockets = match [first, first + 2, first + 4].map(join) {
        [Ok(mulaw), Ok(alaw), Ok(wide)] => [mulaw, alaw, wide],
        refused => {
            assert!(std::env::var_os("CI").is_none(), "no group can be joined: {refused:?}");
            eprintln!("SKIPPED: no group can be joined on loopback: {refused:?}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    // Four seconds: G.722 needs a moment to find its way where it begins anew.
    let files = vec![note(folder.path(), "a.wav", FILE_HZ); 8];
    let groups = exchange::plan::Music { multicast: Some(SocketAddr::from((group, first))) };
    let groups_from = Some(Ipv4Addr::LOCALHOST.into());
    let source = MusicSource { name: "notes".into(), files, live: None, groups, groups_from };
    let settings =
        MediaSettings { ports: 33_080..=33_090, sources: vec![source], ..MediaSettings::default() };
    let _rig = Rig::with(&settings);
    for (socket, kind) in sockets.into_iter().zip([CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722]) {
        let from = {
            let mut buffer = [0; PACKET_BYTES_MAX];
            socket.recv_from(&mut buffer).unwrap().1
        };
        let phone = Phone { socket, kind, code: 0 };
        hears(&phone, from, FILE_HZ);
    }
}
