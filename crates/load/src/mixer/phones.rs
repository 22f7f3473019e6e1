//! All parties of all conferences, on one socket: mixers see one address many times, each on a port of its own.
//!
//! Each party of a conference says a tone of its own all the time. Tones are whole multiples of 50 Hz, so that each
//! fits a frame of 20 ms: in what a party hears, every other party's is there or is not.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use media::codec::g711::{MULAW_SILENCE, mulaw_decode, mulaw_encode};
use media::rtp::{HEADER_BYTES, Packet};
use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

/// Between two packets of a party.
const PACKET_NS: u64 = 20_000_000;
/// Samples of a frame, a byte each.
const SAMPLES: usize = 160;
const RATE_HZ: f64 = 8000.0;
/// The first party's tone, and from one to the next.
const TONE_HZ: (f64, f64) = (300.0, 100.0);
/// Loud enough to count as talking, and 32 of them do not saturate.
const PEAK: f64 = 400.0;
/// A tone is there from half its level on, and not below a tenth.
const HEARD_SHARE: (f64, f64) = (0.5, 0.1);
/// Frames at the end of a run in which it is looked who is heard.
const LISTENED_FRAMES: usize = 10;
/// What the kernel is asked to hold for the socket.
const BUFFER_BYTES: usize = 8 * 1024 * 1024;
/// Packets that are received before others are sent.
const RECEIVED_AT_ONCE: usize = 8;

/// The parties.
#[derive(Debug)]
pub struct Phones {
    socket: UdpSocket,
    address: SocketAddr,
    parties: usize,
    frames: Vec<[u8; SAMPLES]>,
    sequence: u16,
}

/// What a run gave.
#[derive(Debug)]
pub struct Run {
    /// Packets sent.
    pub sent: u64,
    /// Packets received meanwhile.
    pub received: u64,
    /// Who did not hear whom, or heard itself.
    pub faults: Vec<String>,
}

/// The last frames that a party heard.
#[derive(Debug, Clone)]
struct Ear {
    frames: [[u8; SAMPLES]; LISTENED_FRAMES],
    at: usize,
}

impl Phones {
    /// Phones of conferences of so many parties.
    pub fn new(parties: usize) -> io::Result<Phones> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
        socket.set_recv_buffer_size(BUFFER_BYTES)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let socket = UdpSocket::from_std(socket.into());
        let frames = (0..parties).map(|party| said(tone_hz(party))).collect();
        Ok(Phones { address: socket.local_addr()?, socket, parties, frames, sequence: 0 })
    }

    /// From where they send, and where they receive.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All talk for a while, and what is sent and received in it is counted: a mixer sends on when nobody talks any more,
    /// so whatever is under way at the end stands for what was so at the beginning. `legs` are where they send to, conference after conference.
    pub fn run(&mut self, legs: &[SocketAddr], duration: Duration) -> io::Result<Run> {
        let by_port: BTreeMap<u16, usize> =
            legs.iter().enumerate().map(|(leg, at)| (at.port(), leg)).collect();
        let mut ears = vec![Ear { frames: [[MULAW_SILENCE; SAMPLES]; LISTENED_FRAMES], at: 0 }; legs.len()];
        // What came between two runs belongs to neither.
        while self.receive(&by_port, &mut ears) > 0 {}
        let start = Instant::now();
        let step_ns = PACKET_NS as f64 / legs.len() as f64;
        let (mut sent, mut received) = (0_u64, 0_u64);
        while start.elapsed() < duration {
            if (sent as f64 * step_ns) as u128 <= start.elapsed().as_nanos() {
                self.send(sent, legs)?;
                sent += 1;
            }
            received += self.receive(&by_port, &mut ears);
        }
        let faults = ears.iter().enumerate().flat_map(|(leg, ear)| self.faults(leg, ear)).collect();
        Ok(Run { sent, received, faults })
    }

    fn send(&mut self, number: u64, legs: &[SocketAddr]) -> io::Result<()> {
        let leg = (number % legs.len() as u64) as usize;
        if leg == 0 {
            self.sequence = self.sequence.wrapping_add(1);
        }
        let mut packet = [0; HEADER_BYTES + SAMPLES];
        let timestamp = u32::from(self.sequence).wrapping_mul(SAMPLES as u32);
        packet[..2].copy_from_slice(&[0x80, 0]);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&(leg as u32 + 1).to_be_bytes());
        packet[HEADER_BYTES..].copy_from_slice(&self.frames[leg % self.parties]);
        match self.socket.send_to(&packet, legs[leg]) {
            // Lost, as packets are.
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    fn receive(&self, by_port: &BTreeMap<u16, usize>, ears: &mut [Ear]) -> u64 {
        let mut buffer = [0; 512];
        let mut count = 0;
        for _ in 0..RECEIVED_AT_ONCE {
            let Ok((len, from)) = self.socket.recv_from(&mut buffer) else { break };
            let ear = by_port.get(&from.port()).and_then(|leg| ears.get_mut(*leg));
            let payload =
                Packet::parse(&buffer[..len]).ok().and_then(|packet| packet.payload.try_into().ok());
            if let (Some(ear), Some(payload)) = (ear, payload) {
                ear.frames[ear.at % LISTENED_FRAMES] = payload;
                ear.at += 1;
                count += 1;
            }
        }
        count
    }

    fn faults(&self, leg: usize, ear: &Ear) -> Vec<String> {
        let (conference, own) = (leg / self.parties, leg % self.parties);
        let fault = |party: usize| {
            let share = ear.level(tone_hz(party)) / PEAK;
            let who = format!("party {own} of conference {conference}");
            if party == own {
                (share > HEARD_SHARE.1).then(|| format!("{who} hears itself ({share:.2})"))
            } else {
                (share < HEARD_SHARE.0).then(|| format!("{who} does not hear party {party} ({share:.2})"))
            }
        };
        (0..self.parties).filter_map(fault).collect()
    }
}

impl Ear {
    /// The median level of a tone in its frames: packets may be lost, or made up for.
    fn level(&self, hz: f64) -> f64 {
        let mut levels = self.frames.map(|frame| {
            let parts = frame.iter().enumerate().map(|(n, code)| {
                let (turn, sample) = (n as f64 * hz / RATE_HZ * TAU, f64::from(mulaw_decode(*code)));
                (turn.sin() * sample, turn.cos() * sample)
            });
            let (sine, cosine) = parts.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
            f64::hypot(sine, cosine) * 2.0 / SAMPLES as f64
        });
        levels.sort_by(f64::total_cmp);
        levels[LISTENED_FRAMES / 2]
    }
}

fn tone_hz(party: usize) -> f64 {
    TONE_HZ.0 + TONE_HZ.1 * party as f64
}

fn said(hz: f64) -> [u8; SAMPLES] {
    std::array::from_fn(|n| mulaw_encode(((n as f64 * hz / RATE_HZ * TAU).sin() * PEAK) as i16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::media::{MediaEvent, MediaOrder, MediaParty, MixId, OrderId};
    use server::media::{Media, MediaSettings};
    use std::sync::mpsc::sync_channel;

    const WAIT: Duration = Duration::from_secs(20);

    /// A mixer in this process with two conferences of four; one party of the second is muted where that is wanted.
    fn faults(ports: std::ops::RangeInclusive<u16>, mutes: bool) -> Vec<String> {
        let (sender, reports) = sync_channel(64);
        let report = Box::new(move |id, event| drop(sender.try_send((id, event))));
        let settings = MediaSettings { ports, ..MediaSettings::default() };
        let media = Media::start(&settings, 1, report).unwrap();
        let mut phones = Phones::new(4).unwrap();
        let at = phones.address();
        let legs = (0..8).map(|leg: u64| {
            let party = MediaParty {
                codec: 4,
                packet_ms: 20,
                event_payload_type: None,
                digits_in_band: false,
                remote: Some(at),
                signals_from: at.ip(),
                local: at.ip(),
            };
            let muted = mutes && leg == 6;
            let order = MediaOrder::Join { mix: MixId(leg / 4), party, muted, tones: false, keys: None };
            assert!(media.order(OrderId(leg + 1), order));
            match reports.recv_timeout(WAIT).unwrap() {
                (_, MediaEvent::Opened { addresses }) => addresses[0],
                other => panic!("{other:?}"),
            }
        });
        let legs: Vec<SocketAddr> = legs.collect();
        phones.run(&legs, Duration::from_millis(1500)).unwrap().faults
    }

    #[test]
    fn each_hears_the_others_of_its_conference_and_not_itself() {
        assert_eq!(faults(35_000..=35_020, false), [""; 0]);
    }

    #[test]
    fn who_is_not_heard_is_found_out() {
        let found = faults(35_040..=35_060, true);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|fault| fault.contains("does not hear party 2 (0.")), "{found:?}");
    }

    #[test]
    fn an_echo_is_found_out() {
        let phones = Phones::new(3).unwrap();
        let ear = Ear { frames: [said(tone_hz(1)); LISTENED_FRAMES], at: 0 };
        let found = phones.faults(1, &ear);
        assert!(found.iter().any(|fault| fault.contains("hears itself")), "{found:?}");
        assert_eq!(found.len(), 3);
        assert!((ear.level(tone_hz(1)) / PEAK - 1.0).abs() < 0.05);
    }
}
