//! Writes captures of conversations that never took place: for tests, benchmarks and demonstrations.
//!
//! A [`Wire`] turns what programs say to each other into packets with right sequence numbers and checksums;
//! [`write_pcap`] and [`write_pcapng`] put packets into files that Wireshark reads without a complaint.
//!
//! ```
//! use trace::synth::{Sent, packets, write_pcap};
//! use trace::Timestamp;
//!
//! let phone = "10.0.0.1:50000".parse()?;
//! let server = "10.0.0.2:2000".parse()?;
//! let keepalive = vec![4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
//! let said = [Sent { time: Timestamp(1_700_000_000_000_000_000), src: phone, dst: server, payload: keepalive }];
//! let mut file = Vec::new();
//! write_pcap(&mut file, &packets(&said))?;
//! assert_eq!(trace::reader::FrameReader::new(&file[..])?.for_each(|_| std::ops::ControlFlow::Continue(())).flows.frames, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod file;
mod replicate;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::Timestamp;
use crate::packet::TcpFlags;

pub use bytes::{ethernet, ip, tcp, tcp_frame, udp};
pub use file::{PcapWriter, PcapngWriter, write_pcap, write_pcapng};
pub use replicate::Pattern;

/// Payload bytes in one segment at most, as on Ethernet.
pub const SEGMENT_SIZE: usize = 1460;

/// Between packets that belong to one act, such as the three that open a connection.
const STEP_NANOS: i64 = 100_000;

/// Something sent through a TCP connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// When.
    pub time: Timestamp,
    /// By whom.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// A packet to be written to a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WirePacket {
    /// When it is captured.
    pub time: Timestamp,
    /// The whole Ethernet frame.
    pub bytes: Vec<u8>,
    /// A remark, which pcapng keeps and pcap does not.
    pub comment: Option<String>,
    /// Which interface it is captured on; pcap does not keep it.
    pub interface: u32,
}

/// An imagined network: turns acts into packets.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    packets: Vec<WirePacket>,
    /// The next sequence number, by sender and addressee.
    positions: BTreeMap<(SocketAddr, SocketAddr), u32>,
    without_acks: bool,
    interface: u32,
}

impl Wire {
    /// A silent network.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out the packets that only acknowledge.
    #[must_use]
    pub fn without_acks(self) -> Self {
        Self { without_acks: true, ..self }
    }

    /// Packets from now on are captured on this interface.
    pub fn capture_on(&mut self, interface: u32) {
        self.interface = interface;
    }

    /// Opens a connection with the usual three packets.
    pub fn open(&mut self, time: Timestamp, client: SocketAddr, server: SocketAddr) {
        let first = [(client, server), (server, client)].map(|pair| self.begin(pair));
        self.segment(time, client, server, (first[0].wrapping_sub(1), 0), TcpFlags::SYN, &[]);
        let answer = (first[1].wrapping_sub(1), first[0]);
        let step = time.plus(STEP_NANOS);
        self.segment(step, server, client, answer, TcpFlags::SYN | TcpFlags::ACK, &[]);
        self.acknowledge(step.plus(STEP_NANOS), client, server);
    }

    /// The same with given sequence numbers of the first bytes, the client's first.
    pub fn open_at(&mut self, time: Timestamp, client: SocketAddr, server: SocketAddr, numbers: [u32; 2]) {
        self.positions.insert((client, server), numbers[0]);
        self.positions.insert((server, client), numbers[1]);
        self.segment(time, client, server, (numbers[0].wrapping_sub(1), 0), TcpFlags::SYN, &[]);
        let answer = (numbers[1].wrapping_sub(1), numbers[0]);
        let step = time.plus(STEP_NANOS);
        self.segment(step, server, client, answer, TcpFlags::SYN | TcpFlags::ACK, &[]);
        self.acknowledge(step.plus(STEP_NANOS), client, server);
    }

    /// Sends `payload` in as many segments as it takes, and lets the other side acknowledge.
    /// A connection that was not opened is one that began before the capture.
    pub fn send(&mut self, time: Timestamp, src: SocketAddr, dst: SocketAddr, payload: &[u8]) {
        for (index, part) in payload.chunks(SEGMENT_SIZE).enumerate() {
            let numbers = (self.next(src, dst), self.next(dst, src));
            let time = time.plus(index as i64 * STEP_NANOS / 10);
            self.segment(time, src, dst, numbers, TcpFlags::PSH | TcpFlags::ACK, part);
            self.advance(src, dst, part.len() as u32);
        }
        if !self.without_acks {
            self.acknowledge(time.plus(STEP_NANOS), dst, src);
        }
    }

    /// Closes a connection, `src` first.
    pub fn close(&mut self, time: Timestamp, src: SocketAddr, dst: SocketAddr) {
        for (step, (from, to)) in [(src, dst), (dst, src)].into_iter().enumerate() {
            let numbers = (self.next(from, to), self.next(to, from));
            let time = time.plus(step as i64 * STEP_NANOS);
            self.segment(time, from, to, numbers, TcpFlags::FIN | TcpFlags::ACK, &[]);
            self.advance(from, to, 1);
        }
        self.acknowledge(time.plus(2 * STEP_NANOS), src, dst);
        self.forget(src, dst);
    }

    /// Aborts a connection.
    pub fn reset(&mut self, time: Timestamp, src: SocketAddr, dst: SocketAddr) {
        let numbers = (self.next(src, dst), self.next(dst, src));
        self.segment(time, src, dst, numbers, TcpFlags::RST | TcpFlags::ACK, &[]);
        self.forget(src, dst);
    }

    /// Sends a UDP datagram.
    pub fn datagram(&mut self, time: Timestamp, src: SocketAddr, dst: SocketAddr, payload: &[u8]) {
        self.datagram_of_class(time, src, dst, 0, payload);
    }

    /// Sends a UDP datagram with a type of service (IPv4) or traffic class (IPv6).
    pub fn datagram_of_class(
        &mut self,
        time: Timestamp,
        src: SocketAddr,
        dst: SocketAddr,
        class: u8,
        payload: &[u8],
    ) {
        let mut bytes = ethernet(&ip(src.ip(), dst.ip(), bytes::PROTOCOL_UDP, &udp(src, dst, payload)));
        bytes::set_class(&mut bytes, class);
        self.packets.push(WirePacket { time, bytes, comment: None, interface: self.interface });
    }

    /// Remarks on the last packet.
    pub fn comment(&mut self, text: impl Into<String>) {
        if let Some(last) = self.packets.last_mut() {
            last.comment = Some(text.into());
        }
    }

    /// The packets so far.
    pub fn packets(&self) -> &[WirePacket] {
        &self.packets
    }

    /// Lets go of the packets so far; the connections go on.
    pub fn forget_packets(&mut self) {
        self.packets.clear();
    }

    /// The packets in the order of time.
    pub fn into_packets(mut self) -> Vec<WirePacket> {
        self.packets.sort_by_key(|packet| packet.time);
        self.packets
    }

    /// Connections that are open now, by one of their ends each.
    fn open_connections(&self) -> Vec<(SocketAddr, SocketAddr)> {
        self.positions.keys().copied().filter(|(src, dst)| src < dst).collect()
    }

    fn acknowledge(&mut self, time: Timestamp, src: SocketAddr, dst: SocketAddr) {
        let numbers = (self.next(src, dst), self.next(dst, src));
        self.segment(time, src, dst, numbers, TcpFlags::ACK, &[]);
    }

    fn segment(
        &mut self,
        time: Timestamp,
        src: SocketAddr,
        dst: SocketAddr,
        (seq, ack): (u32, u32),
        flags: u8,
        payload: &[u8],
    ) {
        let mut bytes = Vec::with_capacity(payload.len() + 80);
        tcp_frame(&mut bytes, (src, dst), (seq, ack), flags, payload);
        self.packets.push(WirePacket { time, bytes, comment: None, interface: self.interface });
    }

    /// The first sequence number of a direction: made of its ports, so that it is the same in each run.
    fn begin(&mut self, (src, dst): (SocketAddr, SocketAddr)) -> u32 {
        let first = (u32::from(src.port()) << 16 | u32::from(dst.port())).wrapping_mul(0x9e37_79b1) | 1;
        self.positions.insert((src, dst), first);
        first
    }

    fn next(&mut self, src: SocketAddr, dst: SocketAddr) -> u32 {
        match self.positions.get(&(src, dst)) {
            Some(next) => *next,
            None => self.begin((src, dst)),
        }
    }

    fn advance(&mut self, src: SocketAddr, dst: SocketAddr, count: u32) {
        if let Some(next) = self.positions.get_mut(&(src, dst)) {
            *next = next.wrapping_add(count);
        }
    }

    fn forget(&mut self, src: SocketAddr, dst: SocketAddr) {
        self.positions.remove(&(src, dst));
        self.positions.remove(&(dst, src));
    }
}

/// The packets of whole conversations: each connection is opened by whoever sends first, unless that is the
/// side on SCCP's port, and closed after the last thing sent.
pub fn packets(said: &[Sent]) -> Vec<WirePacket> {
    let mut wire = Wire::new();
    let mut last = Timestamp::default();
    for sent in said {
        if !wire.positions.contains_key(&(sent.src, sent.dst)) {
            let from_server = crate::shape::is_sccp_port(sent.src.port());
            let (client, server) = if from_server { (sent.dst, sent.src) } else { (sent.src, sent.dst) };
            wire.open(sent.time.plus(-3 * STEP_NANOS), client, server);
        }
        wire.send(sent.time, sent.src, sent.dst, &sent.payload);
        last = last.max(sent.time);
    }
    for (src, dst) in wire.open_connections() {
        wire.close(last.plus(10 * STEP_NANOS), src, dst);
    }
    wire.into_packets()
}
