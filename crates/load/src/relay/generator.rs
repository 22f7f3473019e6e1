//! The phones of all calls: one socket for all callers, one for all callees. Relays see one address many times,
//! each on a port of its own, which is all that they go by.
//!
//! Packets are spread evenly over the 20 ms. Each carries when it was sent; what comes back tells its delay.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

use crate::measure::{Summary, Times};

/// Between two packets of a stream.
const PACKET_NS: u64 = 20_000_000;
/// Header of RTP and 20 ms of G.711.
const PACKET_BYTES: usize = 12 + 160;
const TICKS_PER_PACKET: u32 = 160;
/// What the kernel is asked to hold for a socket.
const BUFFER_BYTES: usize = 8 * 1024 * 1024;
/// Packets that are received before others are sent.
const RECEIVED_AT_ONCE: usize = 8;
/// How long what is under way is waited for.
const STRAGGLERS: Duration = Duration::from_secs(1);

/// The phones.
#[derive(Debug)]
pub struct Generator {
    sockets: [UdpSocket; 2],
    addresses: [SocketAddr; 2],
    origin: Instant,
    sequence: u16,
    streams: usize,
}

/// What a run gave.
#[derive(Debug)]
pub struct Run {
    /// Packets sent.
    pub sent: u64,
    /// Packets that came through.
    pub received: u64,
    /// How long that took each.
    pub delay: Summary,
}

impl Generator {
    /// Phones of so many calls.
    pub fn new(calls: usize) -> io::Result<Generator> {
        let sockets = [socket()?, socket()?];
        let addresses = [sockets[0].local_addr()?, sockets[1].local_addr()?];
        Ok(Generator { sockets, addresses, origin: Instant::now(), sequence: 0, streams: 2 * calls })
    }

    /// From where callers and callees send, and where they receive.
    pub fn addresses(&self) -> [SocketAddr; 2] {
        self.addresses
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// All phones talk for a while.
    pub fn run(&mut self, calls: &[[SocketAddr; 2]], duration: Duration) -> io::Result<Run> {
        let start = self.now_ns();
        let end = start + u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let step_ns = PACKET_NS as f64 / self.streams as f64;
        let mut times = Times::default();
        let (mut sent, mut received) = (0_u64, 0_u64);
        let mut packet = [0xff; PACKET_BYTES];
        loop {
            let now = self.now_ns();
            if now >= end {
                break;
            }
            let due = start + (sent as f64 * step_ns) as u64;
            if due <= now {
                self.send(&mut packet, sent, calls)?;
                sent += 1;
            }
            received += self.receive(start, &mut times);
        }
        let last = Instant::now();
        while received < sent && last.elapsed() < STRAGGLERS {
            received += self.receive(start, &mut times);
        }
        Ok(Run { sent, received, delay: times.summary() })
    }

    fn send(
        &mut self,
        packet: &mut [u8; PACKET_BYTES],
        number: u64,
        calls: &[[SocketAddr; 2]],
    ) -> io::Result<()> {
        let stream = (number % self.streams as u64) as usize;
        if stream == 0 {
            self.sequence = self.sequence.wrapping_add(1);
        }
        let (call, side) = (stream / 2, stream % 2);
        let timestamp = u32::from(self.sequence).wrapping_mul(TICKS_PER_PACKET);
        packet[..2].copy_from_slice(&[0x80, 0]);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&(stream as u32 + 1).to_be_bytes());
        packet[12..20].copy_from_slice(&self.now_ns().to_be_bytes());
        match self.sockets[side].send_to(packet, calls[call][side]) {
            // Lost, as packets are.
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes some of what has come since `start`; how much it was.
    fn receive(&self, start: u64, times: &mut Times) -> u64 {
        let mut buffer = [0; 2 * PACKET_BYTES];
        let mut count = 0;
        for socket in &self.sockets {
            for _ in 0..RECEIVED_AT_ONCE {
                let Ok(len) = socket.recv(&mut buffer) else { break };
                let sent_ns =
                    buffer.get(12..20).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
                if let Some(sent_ns) = sent_ns.filter(|sent_ns| len == PACKET_BYTES && *sent_ns >= start) {
                    times.take(self.now_ns().saturating_sub(sent_ns));
                    count += 1;
                }
            }
        }
        count
    }
}

fn socket() -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    Ok(UdpSocket::from_std(socket.into()))
}
