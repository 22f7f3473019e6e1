//! The engine by what phones hear.

use super::*;
use crate::codec::{Codec, CodecKind};
use crate::compare;
use crate::dtmf::{EventOrder, EventReceiver, EventSender};
use crate::rtp::{Header, Packet, Sender, ticks_per_packet};
use crate::speech::Speech;
use crate::tone::{Tone, TonePlan, share};
use crate::wav::Audio;
use std::collections::BTreeMap;

mod control;
mod faults;
mod inband;
mod live;
mod sounds;

/// Phones around an engine, on a clock of 20 ms.
struct World {
    engine: Engine,
    now: Duration,
    phones: BTreeMap<char, Phone>,
    outlet: Log,
    music: SoundId,
}

struct Phone {
    party: PartyId,
    port: Port,
    at: SocketAddr,
    talks: bool,
    speech: Speech,
    codec: Box<dyn Codec + Send>,
    ear: Box<dyn Codec + Send>,
    sender: Sender,
    format: Format,
    heard: Vec<i16>,
    said: Vec<i16>,
    digits: String,
    events: EventReceiver,
    last: Option<(u32, u16)>,
    gaps: u32,
    typing: Option<EventSender>,
    /// What it says in place of its speech.
    dials: Vec<i16>,
}

#[derive(Default)]
struct Log {
    sent: Vec<(Port, SocketAddr, Vec<u8>)>,
    events: Vec<Event>,
    recorded: Vec<i16>,
}

impl Outlet for Log {
    fn send(&mut self, from: Port, to: SocketAddr, packet: &[u8]) {
        self.sent.push((from, to, packet.to_vec()));
    }
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
    fn recorded(&mut self, _: TapeId, pcm: &[i16]) {
        self.recorded.extend_from_slice(pcm);
    }
}

const EVENTS: Option<u8> = Some(101);

/// Two seconds of three notes that no phone's signature has.
fn music() -> Audio {
    let note = |n: usize, hz: f64| (n as f64 * hz / 16_000.0 * std::f64::consts::TAU).sin() * 2500.0;
    let samples = (0..32_000).map(|n| (note(n, 431.0) + note(n, 569.0) + note(n, 683.0)) as i16);
    Audio::mono(16_000, samples.collect())
}

fn has_music(pcm: &[i16], rate_hz: u32) -> bool {
    [431.0, 569.0, 683.0].iter().all(|hz| share(pcm, *hz, rate_hz) > 0.15)
}

impl World {
    fn new() -> Self {
        let mut sounds = Sounds::new();
        let music = sounds.add(&music()).unwrap();
        let now = Duration::from_secs(100);
        Self { engine: Engine::new(7, sounds), now, phones: BTreeMap::new(), outlet: Log::default(), music }
    }

    fn phone(&mut self, name: char, codec: CodecKind, events: Option<u8>) -> PartyId {
        self.phone_with(name, Format { event_payload_type: events, ..Format::new(codec, 20) })
    }

    fn phone_with(&mut self, name: char, format: Format) -> PartyId {
        let number = self.phones.len() as u32;
        let at = SocketAddr::from(([10, 0, 0, 1 + number as u8], 20_000));
        let port = Port(number);
        let setup = Setup { port, format, remote: Some(at), signals_from: Some(at.ip()) };
        let party = self.engine.open(self.now, &setup).unwrap();
        let kind = format.codec.unwrap();
        let first = Header {
            payload_type: format.payload_type,
            sequence: 65_500,
            timestamp: u32::MAX - 3000,
            ssrc: 1000 + number,
            marker: false,
        };
        let phone = Phone {
            party,
            port,
            at,
            talks: true,
            speech: Speech::new(u64::from(number) * 11 + 3, kind.sample_rate_hz()),
            codec: kind.open().unwrap(),
            ear: kind.open().unwrap(),
            sender: Sender::new(first, ticks_per_packet(kind.clock_hz(), 20).unwrap()),
            format,
            heard: Vec::new(),
            said: Vec::new(),
            digits: String::new(),
            events: EventReceiver::new(),
            last: None,
            gaps: 0,
            typing: None,
            dials: Vec::new(),
        };
        self.phones.insert(name, phone);
        party
    }

    fn bridge(&mut self, names: &str) -> BridgeId {
        let bridge = self.engine.bridge().unwrap();
        for name in names.chars() {
            self.engine.join(self.now, self.phones[&name].party, bridge).unwrap();
        }
        bridge
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now += TICK;
            for phone in self.phones.values_mut() {
                if let Some(mut bytes) = phone.speak() {
                    self.engine.packet(self.now, phone.port, phone.at, &mut bytes, &mut self.outlet);
                }
            }
            if self.engine.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.engine.tick(self.now, &mut self.outlet);
            }
            for (from, to, bytes) in self.outlet.sent.drain(..) {
                let phone = self.phones.values_mut().find(|phone| phone.at == to).unwrap();
                assert_eq!(phone.port, from);
                phone.hear(self.now, &bytes);
            }
        }
    }

    fn digits_reported(&self) -> String {
        let digit = |event: &Event| match event {
            Event::Digit { digit, .. } => digit.digit(),
            _ => None,
        };
        self.outlet.events.iter().filter_map(digit).collect()
    }

    fn forget(&mut self) {
        self.phones.values_mut().for_each(|phone| {
            phone.heard.clear();
            phone.said.clear();
        });
    }
}

impl Phone {
    fn rate_hz(&self) -> u32 {
        self.ear.sample_rate_hz()
    }

    fn press(&mut self, digit: char) {
        let order = EventOrder {
            event: dtmf::Event::of_digit(digit).unwrap(),
            volume: 10,
            payload_type: self.format.event_payload_type.unwrap(),
            timestamp: self.sender.timestamp(),
            ticks_per_packet: 160,
            duration: 800,
        };
        self.typing = Some(EventSender::new(order));
    }

    fn speak(&mut self) -> Option<Vec<u8>> {
        let mut packet = [0; PACKET_BYTES_MAX];
        if let Some(typing) = &mut self.typing {
            self.sender.pause();
            if let Some((header, payload)) = typing.packet() {
                let len = self.sender.event(header, &payload, &mut packet).unwrap();
                return Some(packet[..len].to_vec());
            }
            self.typing = None;
        }
        let mut payload = Vec::new();
        let pcm = self.speech.take(20);
        let mut pcm = if self.talks { pcm } else { vec![0; pcm.len()] };
        let dialled = self.dials.len().min(pcm.len());
        pcm.iter_mut().zip(self.dials.drain(..dialled)).for_each(|(sample, tone)| *sample = tone);
        self.said.extend_from_slice(&pcm);
        self.codec.encode(&pcm, &mut payload);
        let len = self.sender.packet(&payload, &mut packet).unwrap();
        Some(packet[..len].to_vec())
    }

    fn hear(&mut self, now: Duration, bytes: &[u8]) {
        let packet = Packet::parse(bytes).unwrap();
        let header = packet.header;
        if let Some((ssrc, sequence)) = self.last
            && ssrc == header.ssrc
            && header.sequence != sequence.wrapping_add(1)
        {
            self.gaps += 1;
        }
        self.last = Some((header.ssrc, header.sequence));
        if self.format.event_payload_type == Some(header.payload_type) {
            let heard = self.events.receive(now, &packet);
            self.digits.extend(heard.started.and_then(dtmf::Event::digit));
            return;
        }
        assert_eq!(header.payload_type, self.format.payload_type);
        self.ear.decode(packet.payload, &mut self.heard);
    }

    fn hears(&self, other: &Phone) -> bool {
        let hz = self.rate_hz();
        let said = crate::resample::resample(&other.said, other.rate_hz(), hz);
        let said = &said[..said.len().min(hz as usize * 5)];
        let found = compare::find(said, &self.heard, hz, 500);
        found.is_some_and(|found| found.correlation > 0.9)
    }

    /// How like what it heard is to what these said, together.
    fn likeness(&self, others: &[&Phone]) -> f64 {
        likeness(&self.heard, self.rate_hz(), others)
    }

    fn hears_voice(&self, other: &Phone) -> bool {
        other.speech.signature().is_in(&self.heard, self.rate_hz())
    }
}

fn likeness(heard: &[i16], hz: u32, others: &[&Phone]) -> f64 {
    let said = others.iter().map(|other| crate::resample::resample(&other.said, other.rate_hz(), hz));
    let mut sum = vec![0i16; hz as usize * 3];
    for said in said {
        sum.iter_mut().zip(said).for_each(|(sum, sample)| *sum = sum.saturating_add(sample));
    }
    compare::find(&sum, heard, hz, 500).map_or(0.0, |found| found.correlation)
}

#[test]
fn two_of_one_codec_get_each_others_packets_as_they_are() {
    for kind in [CodecKind::Pcmu, CodecKind::G722] {
        let mut world = World::new();
        world.phone('a', kind, EVENTS);
        world.phone('b', kind, EVENTS);
        world.bridge("ab");
        world.run(6000);
        let (a, b) = (&world.phones[&'a'], &world.phones[&'b']);
        assert!(a.hears(b) && b.hears(a) && !a.hears_voice(a));
        assert_eq!((a.last.unwrap().0, a.gaps, a.heard.len()), (1001, 0, b.said.len()));
        assert_eq!(world.engine.next_tick, None, "a relay needs no clock");
    }
}

#[test]
fn a_codec_that_nobody_here_knows_passes_through() {
    let mut world = World::new();
    let format = Format { payload_type: 18, ..Format::new(CodecKind::G729, 20) };
    let setup = |port: u32| Setup {
        port: Port(10 + port),
        format,
        remote: Some(SocketAddr::from(([10, 9, 0, port as u8], 9000))),
        signals_from: None,
    };
    let one = world.engine.open(world.now, &setup(0)).unwrap();
    let two = world.engine.open(world.now, &setup(1)).unwrap();
    let bridge = world.bridge("");
    world.engine.join(world.now, one, bridge).unwrap();
    world.engine.join(world.now, two, bridge).unwrap();
    let mut bytes = [0; 32];
    Header { payload_type: 18, ..Header::default() }.write(&[9; 20], &mut bytes).unwrap();
    let from = setup(0).remote.unwrap();
    world.engine.packet(world.now, Port(10), from, &mut bytes, &mut world.outlet);
    assert_eq!(world.outlet.sent, [(Port(11), setup(1).remote.unwrap(), bytes.to_vec())]);
    // It can't be mixed, recorded, or joined by another codec.
    let three = world.phone_with('c', Format::new(CodecKind::Pcmu, 20));
    assert_eq!(world.engine.join(world.now, three, bridge), Err(EngineError::NoCodec));
    let tape = world.engine.tape(world.now, 8000).unwrap();
    let taped = world.engine.attach(world.now, tape, one, Side::Both, None);
    assert_eq!(taped, Err(EngineError::NoCodec));
}

#[test]
fn two_of_different_codecs_are_transcoded() {
    let pairs = [
        (CodecKind::Pcmu, CodecKind::Pcma),
        (CodecKind::Pcmu, CodecKind::G722),
        (CodecKind::L16Wide, CodecKind::Pcma),
        (CodecKind::G722, CodecKind::L16Wide),
    ];
    for (one, two) in pairs {
        let mut world = World::new();
        world.phone('a', one, None);
        world.phone('b', two, None);
        world.bridge("ab");
        world.run(6000);
        let (a, b) = (&world.phones[&'a'], &world.phones[&'b']);
        assert!(a.hears(b) && b.hears(a) && !a.hears_voice(a) && !b.hears_voice(b), "{one:?} {two:?}");
        assert_eq!((a.gaps, b.gaps), (0, 0));
    }
}

#[test]
fn another_packet_time_is_kept() {
    let mut world = World::new();
    world.phone_with('a', Format::new(CodecKind::Pcmu, 20));
    world.phone_with('b', Format::new(CodecKind::Pcma, 30));
    world.bridge("ab");
    world.run(3000);
    let b = &world.phones[&'b'];
    assert_eq!(b.heard.len(), 24_000);
    assert!(b.hears_voice(&world.phones[&'a']));
}

#[test]
fn in_a_conference_each_hears_the_others_and_not_himself() {
    let mut world = World::new();
    for (name, kind) in
        [('a', CodecKind::Pcmu), ('b', CodecKind::Pcma), ('c', CodecKind::G722), ('d', CodecKind::Pcmu)]
    {
        world.phone(name, kind, None);
    }
    world.phones.get_mut(&'d').unwrap().talks = false;
    let bridge = world.bridge("abcd");
    world.run(4000);
    for (name, phone) in &world.phones {
        assert_eq!(phone.gaps, 0);
        for (other_name, other) in &world.phones {
            // Two voices of about the same loudness: each makes up 0.7 of the sum.
            let part = phone.likeness(&[other]);
            let expect = if other_name != name && *other_name != 'd' { 0.45..1.0 } else { 0.0..0.4 };
            assert!(expect.contains(&part), "{name} hears {other_name}: {part}");
        }
    }
    let talks = |world: &World, name: char| {
        let party = world.phones[&name].party;
        world.outlet.events.contains(&Event::Talking { party, talking: true })
    };
    assert_eq!("abcd".chars().filter(|name| talks(&world, *name)).collect::<String>(), "abc");
    world.engine.mute(world.phones[&'a'].party, true).unwrap();
    world.run(200);
    world.forget();
    world.run(4000);
    let (a, b, c) = (&world.phones[&'a'], &world.phones[&'b'], &world.phones[&'c']);
    assert!(b.likeness(&[c]) > 0.9 && b.likeness(&[a]) < 0.3 && a.likeness(&[b]) > 0.45);
    // The last two are relayed again.
    world.engine.leave(world.now, world.phones[&'b'].party);
    world.engine.leave(world.now, world.phones[&'c'].party);
    world.run(100);
    assert_eq!(world.engine.next_tick, None);
    assert_eq!(world.engine.bridges.get(bridge.index, bridge.generation).unwrap().members.len(), 2);
}

#[test]
fn a_full_bridge_takes_nobody_else() {
    let mut world = World::new();
    let bridge = world.engine.bridge().unwrap();
    let format = Format::new(CodecKind::Pcmu, 20);
    let results: Vec<_> = (0..33)
        .map(|port| {
            let setup = Setup { port: Port(port), format, remote: None, signals_from: None };
            let party = world.engine.open(world.now, &setup).unwrap();
            world.engine.join(world.now, party, bridge)
        })
        .collect();
    assert!(results[..32].iter().all(Result::is_ok));
    assert_eq!(results[32], Err(EngineError::BridgeFull));
}

#[test]
fn digits_arrive_once_whatever_the_way() {
    // Relayed as they are, with another payload type.
    let mut world = World::new();
    world.phone('a', CodecKind::Pcmu, Some(101));
    world.phone('b', CodecKind::Pcmu, Some(96));
    world.bridge("ab");
    world.run(200);
    for digit in "19#".chars() {
        world.phones.get_mut(&'a').unwrap().press(digit);
        world.run(400);
    }
    assert_eq!((world.phones[&'b'].digits.as_str(), world.digits_reported().as_str()), ("19#", ""));
    assert_eq!(world.phones[&'b'].gaps, 0);

    // Transcoded: made anew.
    let mut world = World::new();
    world.phone('a', CodecKind::Pcmu, EVENTS);
    world.phone('b', CodecKind::G722, EVENTS);
    world.bridge("ab");
    world.run(200);
    for digit in "19#".chars() {
        world.phones.get_mut(&'a').unwrap().press(digit);
        world.run(400);
    }
    assert_eq!((world.phones[&'b'].digits.as_str(), world.digits_reported().as_str()), ("19#", ""));

    // The other side takes none: reported.
    let mut world = World::new();
    world.phone('a', CodecKind::Pcmu, EVENTS);
    world.phone('b', CodecKind::Pcmu, None);
    world.bridge("ab");
    world.run(200);
    world.phones.get_mut(&'a').unwrap().press('5');
    world.run(400);
    assert_eq!((world.phones[&'b'].digits.as_str(), world.digits_reported().as_str()), ("", "5"));
}

#[test]
fn digits_of_ours_fit_into_a_relayed_stream() {
    let mut world = World::new();
    world.phone('a', CodecKind::Pcmu, EVENTS);
    let b = world.phone('b', CodecKind::Pcmu, EVENTS);
    world.bridge("ab");
    world.run(200);
    for digit in "42".chars() {
        world.engine.digit(world.now, b, dtmf::Event::of_digit(digit).unwrap()).unwrap();
    }
    world.run(1000);
    let phone = &world.phones[&'b'];
    assert_eq!((phone.digits.as_str(), phone.gaps), ("42", 0));
    assert_eq!(world.engine.next_tick, None);
}

#[test]
fn a_call_takes_less_memory_than_it_may() {
    let bytes = 2 * size_of::<Party>() + size_of::<Bridge>();
    assert!(bytes <= 4096, "{bytes}");
}
