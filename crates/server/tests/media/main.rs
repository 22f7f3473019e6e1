//! The media thread over real sockets, by what arrives.

#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod faults;
mod live;

use exchange::media::{Consent, MediaEvent, MediaOrder, MediaParty, MixId, OrderId};
use exchange::plan::{Announcement, Locale};
use media::codec::CodecKind;
use media::compare;
use media::rtp::{Header, PACKET_BYTES_MAX, Packet, Sender, ticks_per_packet};
use media::speech::Speech;
use server::media::recorder::RecordingSettings;
use server::media::{Media, MediaError, MediaSettings, MusicSource, ORDERS_MAX};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// What is waited for comes at once; this ends a test that waits in vain.
const WAIT: Duration = Duration::from_secs(20);
const PACKETS: usize = 150;

struct Rig {
    media: Media,
    reports: Receiver<(OrderId, MediaEvent)>,
}

struct Phone {
    socket: UdpSocket,
    kind: CodecKind,
    code: u32,
}

impl Rig {
    fn with(settings: &MediaSettings) -> Self {
        let (sender, reports) = sync_channel(64);
        let report = move |id, event| sender.try_send((id, event)).unwrap();
        Rig { media: Media::start(settings, 7, Box::new(report)).unwrap(), reports }
    }

    fn start(ports: std::ops::RangeInclusive<u16>) -> Self {
        let (sender, reports) = sync_channel(64);
        let report = move |id, event| sender.try_send((id, event)).unwrap();
        let settings = MediaSettings { ports, ..MediaSettings::default() };
        Rig { media: Media::start(&settings, 7, Box::new(report)).unwrap(), reports }
    }

    fn order(&self, id: u64, order: MediaOrder) -> MediaEvent {
        assert!(self.media.order(OrderId(id), order));
        // Who talks is told in between.
        let (of, event) = loop {
            let (of, event) = self.reports.recv_timeout(WAIT).unwrap();
            if !matches!(event, MediaEvent::Talking { .. }) {
                break (of, event);
            }
        };
        assert_eq!(of, OrderId(id));
        event
    }

    fn relay(&self, id: u64, one: &Phone, two: &Phone) -> Vec<SocketAddr> {
        let parties = Box::new([one.party(), two.party()]);
        match self.order(id, MediaOrder::Relay { parties, keys: [None, None] }) {
            MediaEvent::Opened { addresses } => addresses,
            other => panic!("{other:?}"),
        }
    }
}

impl Phone {
    fn new(ip: &str, kind: CodecKind) -> Self {
        let socket = UdpSocket::bind((ip.parse::<IpAddr>().unwrap(), 0)).unwrap();
        socket.set_read_timeout(Some(WAIT)).unwrap();
        let code = match kind {
            CodecKind::G722 => 6,
            CodecKind::Pcma => 2,
            _ => 4,
        };
        Phone { socket, kind, code }
    }

    fn party(&self) -> MediaParty {
        let at = self.socket.local_addr().unwrap();
        MediaParty {
            codec: self.code,
            packet_ms: 20,
            event_payload_type: None,
            digits_in_band: false,
            remote: Some(at),
            signals_from: at.ip(),
            local: at.ip(),
        }
    }

    /// Says a phrase to an address; the phrase.
    fn say(&self, to: SocketAddr, seed: u64) -> Vec<i16> {
        let said = Speech::new(seed, self.kind.sample_rate_hz()).take(20 * PACKETS as u32);
        let mut codec = self.kind.open().unwrap();
        let first = Header { payload_type: codec.payload_type(), ssrc: seed as u32, ..Header::default() };
        let mut sender = Sender::new(first, ticks_per_packet(self.kind.clock_hz(), 20).unwrap());
        let (mut payload, mut packet) = (Vec::new(), [0; PACKET_BYTES_MAX]);
        for frame in said.chunks_exact(said.len() / PACKETS) {
            payload.clear();
            codec.encode(frame, &mut payload);
            let len = sender.packet(&payload, &mut packet).unwrap();
            self.socket.send_to(&packet[..len], to).unwrap();
        }
        said
    }

    /// Hears so many packets, all from one address.
    fn hear(&self, packets: usize, from: SocketAddr) -> Vec<i16> {
        let mut codec = self.kind.open().unwrap();
        let (mut heard, mut buffer) = (Vec::new(), [0; PACKET_BYTES_MAX]);
        for _ in 0..packets {
            let (len, source) = self.socket.recv_from(&mut buffer).unwrap();
            let packet = Packet::parse(&buffer[..len]).unwrap();
            assert_eq!((source, packet.header.payload_type), (from, codec.payload_type()));
            codec.decode(packet.payload, &mut heard);
        }
        heard
    }
}

/// Each says something to its port of ours, and hears what the other said.
fn talk(rig: &Rig, id: u64, one: &Phone, two: &Phone) {
    let at = rig.relay(id, one, two);
    for (from, from_port, to, to_port, seed) in [(one, at[0], two, at[1], 3), (two, at[1], one, at[0], 14)] {
        let said = from.say(from_port, seed);
        let heard = to.hear(PACKETS, to_port);
        let hz = to.kind.sample_rate_hz();
        let said = media::resample::resample(&said, from.kind.sample_rate_hz(), hz);
        let said = &said[..said.len() - hz as usize / 2];
        let found = compare::find(said, &heard, hz, 400).unwrap();
        assert!(found.correlation > 0.9, "{found:?}");
    }
    let MediaEvent::Closed { streams } = rig.order(id, MediaOrder::Close(OrderId(id))) else { panic!() };
    for stream in &streams {
        assert_eq!((stream.packets, stream.lost, stream.sent), (PACKETS as u32, 0, PACKETS as u32));
        assert!(!stream.one_way && !stream.silent && stream.mos_hundredths.unwrap() > 300);
    }
}

#[test]
fn a_relayed_pair_hears_each_other() {
    let rig = Rig::start(31_000..=31_100);
    talk(&rig, 1, &Phone::new("127.0.0.1", CodecKind::Pcmu), &Phone::new("127.0.0.1", CodecKind::Pcmu));
}

#[test]
fn a_transcoded_pair_hears_each_other() {
    let rig = Rig::start(31_200..=31_300);
    talk(&rig, 1, &Phone::new("127.0.0.1", CodecKind::Pcmu), &Phone::new("127.0.0.1", CodecKind::G722));
    talk(&rig, 2, &Phone::new("127.0.0.1", CodecKind::Pcma), &Phone::new("127.0.0.1", CodecKind::Pcmu));
}

#[test]
fn ipv4_and_ipv6_are_bridged() {
    if UdpSocket::bind("[::1]:0").is_err() {
        assert!(std::env::var_os("CI").is_none(), "this machine has no IPv6");
        eprintln!("SKIPPED: this machine has no IPv6");
        return;
    }
    let rig = Rig::start(31_400..=31_500);
    talk(&rig, 1, &Phone::new("127.0.0.1", CodecKind::Pcmu), &Phone::new("::1", CodecKind::Pcmu));
}

#[test]
fn who_is_held_hears_music() {
    let rig = Rig::start(31_600..=31_700);
    let phone = Phone::new("127.0.0.1", CodecKind::Pcma);
    let event = rig.order(1, MediaOrder::Music { party: phone.party(), source: String::new(), keys: None });
    let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
    let heard = phone.hear(25, addresses[0]);
    // The melody begins with this note.
    assert!(media::tone::share(&heard, 220.0, 8000) > 0.3);
}

/// A WAV file of half a second of one note.
fn note(folder: &std::path::Path, name: &str, hz: f64) -> std::path::PathBuf {
    let sample = |n: u32| ((f64::from(n) * hz / 8000.0 * std::f64::consts::TAU).sin() * 8000.0) as i16;
    let file = folder.join(name);
    let audio = media::wav::Audio::mono(8000, (0..4000).map(sample).collect());
    media::wav::write(std::fs::File::create(&file).unwrap(), &audio).unwrap();
    file
}

#[test]
fn music_is_that_of_the_source_that_is_named_file_after_file_and_goes_to_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let files = vec![note(folder.path(), "a.wav", 500.0), note(folder.path(), "b.wav", 900.0)];
    // In place of a group, where none can be joined: the same packets go there.
    let (group, alaw) = loop {
        let group = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = group.local_addr().unwrap();
        if at.port() < 65_000
            && let Ok(alaw) = UdpSocket::bind((at.ip(), at.port() + 2))
        {
            break (group, alaw);
        }
    };
    let groups = exchange::plan::Music { multicast: group.local_addr().ok() };
    let source = MusicSource { name: "notes".into(), files, live: None, groups, groups_from: None };
    let settings =
        MediaSettings { ports: 31_720..=31_760, sources: vec![source], ..MediaSettings::default() };
    let (sender, reports) = sync_channel(64);
    let report = move |id, event| sender.try_send((id, event)).unwrap();
    let rig = Rig { media: Media::start(&settings, 7, Box::new(report)).unwrap(), reports };
    let phone = Phone::new("127.0.0.1", CodecKind::Pcmu);
    let event = rig.order(1, MediaOrder::Music { party: phone.party(), source: "notes".into(), keys: None });
    let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
    let heard = phone.hear(50, addresses[0]);
    let share = |part: &[i16], hz| media::tone::share(part, hz, 8000);
    assert!(share(&heard[400..3600], 500.0) > 0.8 && share(&heard[4400..7600], 900.0) > 0.8);
    // Who names none, or one that is not there, hears the usual melody.
    for (id, name) in [(2, ""), (3, "nothing")] {
        let other = Phone::new("127.0.0.1", CodecKind::Pcma);
        let event =
            rig.order(id, MediaOrder::Music { party: other.party(), source: name.into(), keys: None });
        let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
        assert!(share(&other.hear(25, addresses[0]), 220.0) > 0.3);
    }
    for (socket, payload_type) in [(group, 0), (alaw, 8)] {
        socket.set_read_timeout(Some(WAIT)).unwrap();
        let mut buffer = [0; PACKET_BYTES_MAX];
        let len = socket.recv(&mut buffer).unwrap();
        let packet = Packet::parse(&buffer[..len]).unwrap();
        assert_eq!((packet.header.payload_type, packet.payload.len()), (payload_type, 160));
    }
}

#[test]
fn ports_end_and_come_back() {
    let rig = Rig::start(31_800..=31_803);
    let phones = [(); 2].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
    assert_eq!(rig.relay(1, &phones[0], &phones[1]).len(), 2);
    let parties = || Box::new([phones[0].party(), phones[1].party()]);
    let event = rig.order(2, MediaOrder::Relay { parties: parties(), keys: [None, None] });
    assert_eq!(event, MediaEvent::Failed("all ports for audio are in use; widen [media] ports".into()));
    let closed = rig.order(1, MediaOrder::Close(OrderId(1)));
    assert!(matches!(closed, MediaEvent::Closed { streams } if streams.len() == 2));
    assert_eq!(rig.relay(3, &phones[0], &phones[1]).len(), 2);
}

/// A media thread that is too busy refuses what opens something, and nothing else: no port stays taken.
#[test]
fn a_close_is_never_refused() {
    let (sender, reports) = sync_channel(3 * ORDERS_MAX);
    let (go_on, gate) = sync_channel::<()>(1);
    let gate = std::sync::Mutex::new(gate);
    let report = move |id, event| {
        // Stands still until the test lets it go on; then the gate is gone.
        let _ = gate.lock().unwrap().recv();
        sender.try_send((id, event)).unwrap();
    };
    let settings = MediaSettings { ports: 32_200..=32_203, ..MediaSettings::default() };
    let rig = Rig { media: Media::start(&settings, 7, Box::new(report)).unwrap(), reports };
    let phones = [(); 2].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
    let relay = || MediaOrder::Relay {
        parties: Box::new([phones[0].party(), phones[1].party()]),
        keys: [None, None],
    };
    assert!(rig.media.order(OrderId(1), relay()));
    let fills = (0..=ORDERS_MAX as u64).take_while(|n| rig.media.order(OrderId(2 + n), relay())).count();
    assert!(fills >= ORDERS_MAX - 1, "{fills}");
    assert!(rig.media.order(OrderId(1), MediaOrder::Close(OrderId(1))));
    assert!(!rig.media.order(OrderId(9999), relay()), "what opens something waits for nobody");
    drop(go_on);
    let closed = |(id, event): (OrderId, MediaEvent)| {
        rig.media.hand_in();
        id == OrderId(1) && matches!(event, MediaEvent::Closed { .. })
    };
    assert!(std::iter::from_fn(|| rig.reports.recv_timeout(WAIT).ok()).any(closed));
    assert_eq!(rig.relay(20_000, &phones[0], &phones[1]).len(), 2, "both ports are free again");
}

#[test]
fn music_that_is_none_stops_the_start() {
    let settings = MediaSettings { music: Some("/nowhere/hold.wav".into()), ..MediaSettings::default() };
    let error = Media::start(&settings, 7, Box::new(|_, _| {})).unwrap_err();
    assert!(matches!(error, MediaError::Music { .. }));
    assert!(error.to_string().contains("/nowhere/hold.wav"), "{error}");
}

impl Rig {
    fn join(&self, id: u64, phone: &Phone, muted: bool) -> SocketAddr {
        self.join_with(id, phone, muted, false)
    }

    fn join_with(&self, id: u64, phone: &Phone, muted: bool, tones: bool) -> SocketAddr {
        let order = MediaOrder::Join { mix: MixId(1), party: phone.party(), muted, tones, keys: None };
        match self.order(id, order) {
            MediaEvent::Opened { addresses } => addresses[0],
            other => panic!("{other:?}"),
        }
    }
}

/// How much of what was said is in what was heard.
fn share_of(said: &[i16], heard: &[i16], hz: u32) -> f64 {
    compare::find(&said[..said.len() - hz as usize / 2], heard, hz, 1000)
        .map_or(0.0, |found| found.correlation)
}

/// Three of different codecs in a conference: who talks is heard by the other two, and not by himself; who is muted is
/// heard by nobody; when one has left, the two go on.
#[test]
fn parties_of_a_conference_hear_each_other_and_not_themselves() {
    let rig = Rig::start(31_900..=31_990);
    let kinds = [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::Pcmu];
    let phones = kinds.map(|kind| Phone::new("127.0.0.1", kind));
    let ports: Vec<SocketAddr> =
        phones.iter().enumerate().map(|(n, phone)| rig.join(n as u64 + 1, phone, false)).collect();
    for talker in 0..3 {
        let said = phones[talker].talk(ports[talker], 7 + talker as u64, &phones, &ports);
        for (n, heard) in said.heard.iter().enumerate() {
            let share = share_of(&said.said, heard, 8000);
            assert_eq!(share > 0.9, n != talker, "{n} hears {share} of {talker}");
        }
    }
    // Muted.
    assert!(rig.media.order(OrderId(1), MediaOrder::Mute { order: OrderId(1), muted: true }));
    let said = phones[0].talk(ports[0], 31, &phones, &ports);
    assert!(said.heard.iter().all(|heard| share_of(&said.said, heard, 8000) < 0.3));
    // One leaves: the two go on, one of them heard again.
    assert!(rig.media.order(OrderId(1), MediaOrder::Mute { order: OrderId(1), muted: false }));
    let closed = rig.order(3, MediaOrder::Close(OrderId(3)));
    assert!(
        matches!(&closed, MediaEvent::Closed { streams } if streams.len() == 1 && streams[0].packets > 0)
    );
    let said = phones[0].talk(ports[0], 47, &phones[..2], &ports[..2]);
    assert!(share_of(&said.said, &said.heard[1], 8000) > 0.9);
    for id in [1, 2] {
        let closed = rig.order(id, MediaOrder::Close(OrderId(id)));
        assert!(matches!(closed, MediaEvent::Closed { streams } if streams.len() == 1));
    }
}

/// Whether a tone of this height sounded for a while.
fn has_tone(heard: &[i16], hz: f64) -> bool {
    heard.chunks_exact(400).any(|part| media::tone::share(part, hz, 8000) > 0.8)
}

/// Three in a conference hear a tone when somebody comes and a lower one when he leaves, where they are wanted. (Two
/// are relayed, and spared it.)
#[test]
fn coming_and_leaving_are_heard() {
    for (tones, first_port) in [(true, 32_000), (false, 32_100)] {
        let rig = Rig::start(first_port..=first_port + 90);
        let phones = [(); 4].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
        let join = |n: usize| rig.join_with(n as u64 + 1, &phones[n], false, tones);
        let ports = [join(0), join(1), join(2)];
        let silence = [0; 160];
        let listen = |seed| {
            let frames = std::iter::repeat_n((0, &silence[..]), 40);
            conversation(frames, seed, &phones[..3], &ports).swap_remove(0)
        };
        listen(1);
        join(3);
        let heard = listen(2);
        assert_eq!((has_tone(&heard, 620.0), has_tone(&heard, 480.0)), (tones, false), "somebody comes");
        rig.order(4, MediaOrder::Close(OrderId(4)));
        let heard = listen(3);
        assert_eq!((has_tone(&heard, 480.0), has_tone(&heard, 620.0)), (tones, false), "somebody leaves");
    }
}

/// A rig that records into a folder.
fn recording_rig(first_port: u16, directory: Option<&std::path::Path>, free_bytes_min: u64) -> Rig {
    let (sender, reports) = sync_channel(64);
    let report = move |id, event| sender.try_send((id, event)).unwrap();
    let recording = RecordingSettings {
        directory: directory.map(Into::into),
        free_bytes_min,
        ..RecordingSettings::default()
    };
    let settings =
        MediaSettings { ports: first_port..=first_port + 20, recording, ..MediaSettings::default() };
    Rig { media: Media::start(&settings, 7, Box::new(report)).unwrap(), reports }
}

impl Rig {
    fn tape(&self, id: u64, file: &str) -> MediaEvent {
        self.order(id, MediaOrder::Tape { file: file.into(), wideband: false })
    }

    fn attach(&self, tape: u64, order: u64, party: usize, consent: Option<Consent>) {
        let attach = MediaOrder::Attach { tape: OrderId(tape), order: OrderId(order), party, consent };
        assert!(self.media.order(OrderId(tape), attach));
    }

    /// Ends a tape; its length, and what is on it: what the party said, and what it heard.
    fn end_tape(&self, id: u64, path: &std::path::Path) -> (u64, [Vec<i16>; 2]) {
        let MediaEvent::Taped { length_ms, bytes, cut } = self.order(id, MediaOrder::Close(OrderId(id)))
        else {
            panic!("it is closed")
        };
        assert_eq!((cut, bytes), (None, std::fs::metadata(path).unwrap().len()));
        let audio = media::wav::read(std::fs::File::open(path).unwrap()).unwrap();
        assert_eq!((audio.rate_hz, audio.channels, audio.duration_ms()), (8000, 2, length_ms));
        let channel = |n: usize| audio.samples.iter().skip(n).step_by(2).copied().collect();
        (length_ms, [channel(0), channel(1)])
    }
}

/// Two talk in turn while one of them records: what each says is in a channel of its own, and the other hears the tone.
#[test]
fn a_recorded_pair_is_in_a_stereo_file() {
    let directory = tempfile::tempdir().unwrap();
    let rig = recording_rig(32_300, Some(directory.path()), 0);
    let kinds = [CodecKind::Pcmu, CodecKind::Pcma];
    let phones = kinds.map(|kind| Phone::new("127.0.0.1", kind));
    let ports = rig.relay(1, &phones[0], &phones[1]);
    assert_eq!(rig.tape(2, "00000001-1-4000000000.wav"), MediaEvent::Opened { addresses: vec![] });
    rig.attach(2, 1, 0, Some(Consent { every_secs: 1, to_recorder: false }));
    let talked = [0, 1].map(|n| phones[n].talk(ports[n], 7 + n as u64, &phones, &ports));
    let (length_ms, channels) = rig.end_tape(2, &directory.path().join("00000001-1-4000000000.wav"));
    // As long as they talked, and what the test takes between.
    assert!(length_ms >= 2 * 20 * PACKETS as u64, "{length_ms}");
    for (n, talked) in talked.iter().enumerate() {
        for (channel, recorded) in channels.iter().enumerate() {
            let share = compare::find(&talked.said[..16_000], recorded, 8000, 10_000);
            let share = share.map_or(0.0, |found| found.correlation);
            assert_eq!(share > 0.8, n == channel, "{n} in channel {channel}: {share}");
        }
        let tones = [0, 1].map(|n| has_tone(&talked.heard[n], 1400.0));
        assert_eq!(tones, [false, true], "the other one hears the tone");
    }
}

/// The party is held and taken back: other ports, the same tape, silence between. Music is on no tape.
#[test]
fn a_recording_goes_on_over_a_hold() {
    let directory = tempfile::tempdir().unwrap();
    let rig = recording_rig(32_330, Some(directory.path()), 0);
    let phones = [(); 2].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
    rig.tape(1, "00000002-1-4000000000.wav");
    let mut said = Vec::new();
    for (order, seed) in [(2, 5), (4, 9)] {
        let ports = rig.relay(order, &phones[0], &phones[1]);
        rig.attach(1, order, 1, None);
        said.push(phones[0].talk_over_relay(ports[0], seed));
        rig.order(order, MediaOrder::Close(OrderId(order)));
        if order == 2 {
            let event = rig
                .order(3, MediaOrder::Music { party: phones[1].party(), source: String::new(), keys: None });
            let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
            phones[1].drain();
            phones[1].hear(100, addresses[0]);
            rig.order(3, MediaOrder::Close(OrderId(3)));
            phones[1].drain();
        }
    }
    let (_, [near, far]) = rig.end_tape(1, &directory.path().join("00000002-1-4000000000.wav"));
    assert!(near.iter().all(|sample| sample.unsigned_abs() < 16), "the party said nothing");
    let place = |said: &[i16]| compare::find(&said[..16_000], &far, 8000, 20_000).unwrap();
    let (first, second) = (place(&said[0]), place(&said[1]));
    assert!(first.correlation > 0.8 && second.correlation > 0.8, "{first:?} {second:?}");
    // The melody has this note.
    let held = &far[near.len() / 2 - 4000..near.len() / 2 + 4000];
    assert!(media::tone::share(held, 220.0, 8000) < 0.1);
}

/// Who leaves first, and in which state, is the same to the tape: it can be closed, and holds what was said.
#[test]
fn whoever_leaves_first_the_file_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let rig = recording_rig(32_360, Some(directory.path()), 0);
    let phones = [(); 2].map(|()| Phone::new("127.0.0.1", CodecKind::Pcmu));
    // Nobody ever came; a party that is none; an order that is gone; a tape that is closed before its party.
    for (id, leaves_first) in [(10, None), (20, Some(true)), (30, Some(false))] {
        let file = format!("0000000{}-1-4000000000.wav", id / 10);
        rig.tape(id, &file);
        if let Some(leaves_first) = leaves_first {
            rig.relay(id + 1, &phones[0], &phones[1]);
            rig.attach(id, id + 1, 7, None);
            rig.attach(id, id + 1, 0, None);
            if leaves_first {
                rig.order(id + 1, MediaOrder::Close(OrderId(id + 1)));
                rig.attach(id, id + 1, 0, None);
            }
        }
        rig.end_tape(id, &directory.path().join(&file));
        if leaves_first == Some(false) {
            rig.order(id + 1, MediaOrder::Close(OrderId(id + 1)));
        }
    }
    // Twice is once.
    let closed = rig.order(10, MediaOrder::Close(OrderId(10)));
    assert_eq!(closed, MediaEvent::Closed { streams: vec![] });
}

/// No folder, a full disk, a name that leads elsewhere, a file that is there: said, and nothing is written.
#[test]
fn what_can_t_be_recorded_is_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let failed = |rig: &Rig, file: &str| match rig.tape(1, file) {
        MediaEvent::Failed(why) => why,
        other => panic!("{other:?}"),
    };
    let nowhere = recording_rig(32_390, None, 0);
    assert!(failed(&nowhere, "1-1-4000000000.wav").contains("keeps no data"));
    drop(nowhere);
    let full = recording_rig(32_390, Some(directory.path()), u64::MAX);
    assert_eq!(failed(&full, "1-1-4000000000.wav"), "disk full");
    drop(full);
    let rig = recording_rig(32_390, Some(directory.path()), 0);
    assert!(failed(&rig, "../1-1-4000000000.wav").contains("name"));
    rig.order(1, MediaOrder::Close(OrderId(1)));
    std::fs::write(directory.path().join("1-1-4000000000.wav"), "mine").unwrap();
    assert!(failed(&rig, "1-1-4000000000.wav").contains("exists"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

/// What is said is heard from its first word on, though the phone says later where it receives, once, and in its
/// language; then the engine says that it is over.
#[test]
fn an_announcement_is_heard_whole_and_ends_by_itself() {
    let rig = Rig::start(32_420..=32_430);
    let phone = Phone::new("127.0.0.1", CodecKind::Pcma);
    let party = MediaParty { remote: None, ..phone.party() };
    let (sound, locale) = (Announcement::UnknownNumber, Locale::German);
    let event = rig.order(1, MediaOrder::Announce { party, sound, locale, keys: None });
    let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
    let address = phone.socket.local_addr().unwrap();
    assert!(rig.media.order(OrderId(1), MediaOrder::Remote { order: OrderId(1), party: 0, address }));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/sounds/announce/unknown_number.de.wav");
    let said = media::wav::read(std::fs::File::open(file).unwrap()).unwrap();
    let heard = phone.hear(said.samples.len() / 160, addresses[0]);
    let found = compare::find(&said.samples[..heard.len() - 1600], &heard, 8000, 100).unwrap();
    assert!(found.correlation > 0.95, "{found:?}");
    assert_eq!(rig.reports.recv_timeout(WAIT).unwrap(), (OrderId(1), MediaEvent::PlayedOut));
    let closed = rig.order(1, MediaOrder::Close(OrderId(1)));
    assert!(matches!(closed, MediaEvent::Closed { streams } if streams.len() == 1));
    // The operator's own file; and one that is none.
    let own = |file: &str| MediaSettings {
        ports: 32_432..=32_440,
        announcements: [((sound, locale), file.into())].into(),
        ..MediaSettings::default()
    };
    let (sender, reports) = sync_channel(64);
    let report = move |id, event| sender.try_send((id, event)).unwrap();
    let melody = concat!(env!("CARGO_MANIFEST_DIR"), "/sounds/hold.wav");
    let rig = Rig { media: Media::start(&own(melody), 7, Box::new(report)).unwrap(), reports };
    let event = rig.order(1, MediaOrder::Announce { party: phone.party(), sound, locale, keys: None });
    let MediaEvent::Opened { addresses } = event else { panic!("{event:?}") };
    assert!(media::tone::share(&phone.hear(25, addresses[0]), 220.0, 8000) > 0.3);
    let error = Media::start(&own("/nowhere/closed.wav"), 7, Box::new(|_, _| {})).unwrap_err();
    assert!(error.to_string().contains("/nowhere/closed.wav"), "{error}");
}

struct Talked {
    said: Vec<i16>,
    /// What each of the phones heard meanwhile.
    heard: Vec<Vec<i16>>,
}

impl Phone {
    /// Says something to a relay, at the pace at which its clock runs; what it said.
    fn talk_over_relay(&self, to: SocketAddr, seed: u64) -> Vec<i16> {
        let said = Speech::new(seed, 8000).take(20 * PACKETS as u32);
        let mut codec = self.kind.open().unwrap();
        let first = Header { payload_type: codec.payload_type(), ssrc: seed as u32, ..Header::default() };
        let mut sender = Sender::new(first, 160);
        let (mut payload, mut packet) = (Vec::new(), [0; PACKET_BYTES_MAX]);
        let start = std::time::Instant::now();
        for (n, frame) in said.chunks_exact(160).enumerate() {
            payload.clear();
            codec.encode(frame, &mut payload);
            let len = sender.packet(&payload, &mut packet).unwrap();
            self.socket.send_to(&packet[..len], to).unwrap();
            // The pace of a phone: a packet each 20 ms.
            let next = start + Duration::from_millis(20) * (n as u32 + 1);
            std::thread::park_timeout(next.saturating_duration_since(std::time::Instant::now()));
        }
        said
    }

    /// Throws away what came.
    fn drain(&self) {
        let mut buffer = [0; PACKET_BYTES_MAX];
        self.socket.set_nonblocking(true).unwrap();
        while self.socket.recv_from(&mut buffer).is_ok() {}
        self.socket.set_nonblocking(false).unwrap();
    }

    /// Says something in real time while the others are silent; what everybody heard.
    fn talk(&self, to: SocketAddr, seed: u64, phones: &[Phone], ports: &[SocketAddr]) -> Talked {
        let said = Speech::new(seed, 8000).take(20 * PACKETS as u32);
        let own = ports.iter().position(|port| *port == to).unwrap();
        let silence = vec![0; said.len() / PACKETS];
        let frames = said.chunks_exact(silence.len()).chain(std::iter::repeat_n(&silence[..], 40));
        let heard = conversation(frames.map(|frame| (own, frame)), seed, phones, ports);
        Talked { said, heard }
    }
}

/// One of the phones says a frame at a time while the others are silent; what everybody heard.
fn conversation<'f>(
    frames: impl Iterator<Item = (usize, &'f [i16])>,
    seed: u64,
    phones: &[Phone],
    ports: &[SocketAddr],
) -> Vec<Vec<i16>> {
    let sender = |phone: &Phone, n: u64| {
        let codec = phone.kind.open().unwrap();
        let first =
            Header { payload_type: codec.payload_type(), ssrc: (seed * 10 + n) as u32, ..Header::default() };
        (codec, Sender::new(first, ticks_per_packet(phone.kind.clock_hz(), 20).unwrap()))
    };
    let mut senders: Vec<_> = phones.iter().enumerate().map(|(n, phone)| sender(phone, n as u64)).collect();
    let mut heard = vec![Vec::new(); phones.len()];
    let mut decoders: Vec<_> = phones.iter().map(|phone| phone.kind.open().unwrap()).collect();
    // What was on its way from before is not listened to.
    let mut buffer = [0; PACKET_BYTES_MAX];
    for phone in phones {
        phone.socket.set_nonblocking(true).unwrap();
        while phone.socket.recv_from(&mut buffer).is_ok() {}
        phone.socket.set_nonblocking(false).unwrap();
    }
    let (mut payload, mut packet) = (Vec::new(), [0; PACKET_BYTES_MAX]);
    for (own, frame) in frames {
        let silence = vec![0; frame.len()];
        for (n, phone) in phones.iter().enumerate() {
            payload.clear();
            let (codec, sender) = &mut senders[n];
            codec.encode(if n == own { frame } else { &silence }, &mut payload);
            let len = sender.packet(&payload, &mut packet).unwrap();
            phone.socket.send_to(&packet[..len], ports[n]).unwrap();
        }
        // The clock of the mix is the pace: each hears a packet for each that was sent.
        for (n, phone) in phones.iter().enumerate() {
            let (len, source) = phone.socket.recv_from(&mut buffer).unwrap();
            assert_eq!(source, ports[n]);
            decoders[n].decode(Packet::parse(&buffer[..len]).unwrap().payload, &mut heard[n]);
        }
    }
    heard
}
