//! The engine allocates nothing for a packet or a tick: relayed, transcoded, mixed, played, recorded.

#![allow(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

use media::codec::CodecKind;
use media::dtmf;
use media::engine::{
    BridgeId, Consent, Engine, Event, Format, Outlet, PartyId, Play, Port, Setup, Side, Sounds, TICK, TapeId,
};
use media::rtp::{Header, PACKET_BYTES_MAX, Sender};
use media::tone::{Tone, TonePlan};
use media::wav::Audio;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::net::SocketAddr;
use std::time::Duration;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[derive(Default)]
struct Count {
    packets: u64,
    samples: u64,
}

impl Outlet for Count {
    fn send(&mut self, _: Port, _: SocketAddr, _: &[u8]) {
        self.packets += 1;
    }
    fn event(&mut self, _: Event) {}
    fn recorded(&mut self, _: TapeId, pcm: &[i16]) {
        self.samples += pcm.len() as u64;
    }
}

struct Talker {
    port: Port,
    at: SocketAddr,
    sender: Sender,
    payload: Vec<u8>,
}

struct Site {
    engine: Engine,
    now: Duration,
    talkers: Vec<Talker>,
    outlet: Count,
}

impl Site {
    fn party(&mut self, kind: CodecKind) -> PartyId {
        let number = self.talkers.len() as u32;
        let at = SocketAddr::from(([10, 0, 0, 1], 20_000 + number as u16));
        let format = Format { event_payload_type: Some(101), ..Format::new(kind, 20) };
        let port = Port(number);
        let setup = Setup { port, format, remote: Some(at), signals_from: None };
        let first = Header { payload_type: format.payload_type, ssrc: number, ..Header::default() };
        let sender = Sender::new(first, kind.clock_hz() / 50);
        let payload = vec![0x30; kind.payload_bytes(20).unwrap() as usize];
        self.talkers.push(Talker { port, at, sender, payload });
        self.engine.open(self.now, &setup).unwrap()
    }

    fn bridge(&mut self, kinds: &[CodecKind]) -> (BridgeId, PartyId) {
        let bridge = self.engine.bridge().unwrap();
        let parties: Vec<PartyId> = kinds.iter().map(|kind| self.party(*kind)).collect();
        for party in &parties {
            self.engine.join(self.now, *party, bridge).unwrap();
        }
        (bridge, parties[0])
    }

    fn run(&mut self, ticks: u32) {
        let mut packet = [0; PACKET_BYTES_MAX];
        for _ in 0..ticks {
            self.now += TICK;
            for talker in &mut self.talkers {
                let len = talker.sender.packet(&talker.payload, &mut packet).unwrap();
                self.engine.packet(self.now, talker.port, talker.at, &mut packet[..len], &mut self.outlet);
            }
            self.engine.tick(self.now, &mut self.outlet);
        }
    }
}

// One test: another thread's allocations would count.
#[test]
fn packets_and_ticks_allocate_nothing() {
    use CodecKind::{G722, L16Wide, Pcma, Pcmu};
    let mut sounds = Sounds::new();
    let music = sounds.add(&Audio::mono(8000, vec![500; 8000])).unwrap();
    let engine = Engine::new(1, sounds);
    let mut site =
        Site { engine, now: Duration::from_secs(1), talkers: Vec::new(), outlet: Count::default() };
    site.bridge(&[Pcmu, Pcmu]);
    site.bridge(&[Pcmu, G722]);
    site.bridge(&[L16Wide, Pcma]);
    site.bridge(&[Pcmu, Pcma, Pcmu, Pcmu, Pcma]);
    for kinds in [&[G722, Pcma, Pcmu][..], &[Pcmu, Pcmu], &[Pcma, Pcmu]] {
        let (_, recorded) = site.bridge(kinds);
        let tape = site.engine.tape(site.now, 16_000).unwrap();
        let consent = Consent { cadence: TonePlan::NorthAmerica.consent(1), to_party: true };
        let consent = Some(consent).filter(|_| kinds[0] != Pcmu);
        site.engine.attach(site.now, tape, recorded, Side::Both, consent).unwrap();
    }
    let (_, held) = site.bridge(&[Pcma, Pcma]);
    site.engine.play(site.now, held, &Play::Sound { sound: music, repeat: true }).unwrap();
    let (_, rings) = site.bridge(&[Pcmu, Pcmu]);
    let ring = TonePlan::NorthAmerica.cadence(Tone::RingBack);
    site.engine.play(site.now, rings, &Play::Tone(ring)).unwrap();
    let (_, typed) = site.bridge(&[Pcmu, Pcmu]);
    site.engine.digit(site.now, typed, dtmf::Event(5)).unwrap();
    // Jitter buffers fill their slots once.
    site.run(100);
    site.engine.digit(site.now, typed, dtmf::Event(6)).unwrap();
    let before = site.outlet.packets;

    let region = Region::new(COUNTING);
    site.run(500);
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
    assert!(site.outlet.packets - before > 500 * 18 && site.outlet.samples > 0);
}
