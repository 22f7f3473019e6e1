//! One conversation many times over, with other addresses and ports: large captures for measuring.
//!
//! Not for tests of meaning: the messages are the same each time, but for the addresses in them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;

use super::{PcapWriter, Sent, Wire, WirePacket, packets};
use crate::Timestamp;
use crate::capture::{CaptureError, CaptureReader, LinkType, Packet};

/// A plain Ethernet header.
const ETHERNET: usize = 14;
const PROTOCOL_TCP: u8 = 6;
/// Time between the beginnings of two copies.
const SPACING_NANOS: i64 = 2_170_000;
/// Addresses that copies get begin here.
const FIRST_ADDRESS: u32 = u32::from_be_bytes([10, 0, 0, 1]);
/// Port of SCCP.
const SCCP_PORT: u16 = 2000;

/// A conversation to be copied.
#[derive(Debug, Clone, Default)]
pub struct Pattern {
    packets: Vec<WirePacket>,
    /// Addresses other than the call managers'.
    addresses: Vec<Ipv4Addr>,
}

impl Pattern {
    /// The TCP packets of a capture of plain Ethernet and IPv4, each connection with a beginning put before it when it
    /// has none.
    ///
    /// # Errors
    /// When it is no capture.
    pub fn of_capture(input: impl Read) -> Result<Self, CaptureError> {
        let mut reader = CaptureReader::new(input)?;
        let mut pattern = Self::default();
        let mut seen: Vec<[u8; 12]> = Vec::new();
        while let Some(packet) = reader.next_packet()? {
            let Some(ends) = ends(&packet) else { continue };
            let reverse = {
                let mut other = ends;
                other[..4].copy_from_slice(&ends[4..8]);
                other[4..8].copy_from_slice(&ends[..4]);
                other[8..10].copy_from_slice(&ends[10..]);
                other[10..].copy_from_slice(&ends[8..10]);
                other
            };
            if !seen.contains(&ends) && !seen.contains(&reverse) {
                seen.push(ends);
                pattern.begin_connection(&packet);
            }
            pattern.push(packet.time, packet.captured.to_vec());
        }
        pattern.packets.sort_by_key(|packet| packet.time);
        Ok(pattern)
    }

    /// Of things said.
    pub fn of_sent(said: &[Sent]) -> Self {
        let mut pattern = Self::default();
        for packet in packets(said) {
            pattern.push(packet.time, packet.bytes);
        }
        pattern
    }

    fn push(&mut self, time: Timestamp, bytes: Vec<u8>) {
        for (address_at, port_at) in [(ETHERNET + 12, ETHERNET + 20), (ETHERNET + 16, ETHERNET + 22)] {
            let address = Ipv4Addr::new(
                bytes[address_at],
                bytes[address_at + 1],
                bytes[address_at + 2],
                bytes[address_at + 3],
            );
            let port = u16::from_be_bytes([bytes[port_at], bytes[port_at + 1]]);
            if port != SCCP_PORT && !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
        self.packets.push(WirePacket { time, bytes, comment: None, interface: 0 });
    }

    /// The three packets that open a connection, in front of one caught in the middle.
    fn begin_connection(&mut self, packet: &Packet<'_>) {
        let bytes = packet.captured;
        let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let (tcp, is_syn) = (ETHERNET + 20, bytes[ETHERNET + 33] & 2 != 0);
        if is_syn {
            return;
        }
        let from_phone = u16::from_be_bytes([bytes[tcp + 2], bytes[tcp + 3]]) == SCCP_PORT;
        let (seq, ack) = (word(tcp + 4), word(tcp + 8));
        let (phone_seq, server_seq) = if from_phone { (seq, ack) } else { (ack, seq) };
        let ip = |at: usize| Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
        let end = |address: usize, port: usize| {
            std::net::SocketAddr::from((
                ip(ETHERNET + address),
                u16::from_be_bytes([bytes[tcp + port], bytes[tcp + port + 1]]),
            ))
        };
        let (src, dst) = (end(12, 0), end(16, 2));
        let (phone, server) = if from_phone { (src, dst) } else { (dst, src) };
        let mut wire = Wire::new();
        wire.open_at(packet.time.plus(-1_000_000), phone, server, [phone_seq, server_seq]);
        for opening in wire.into_packets() {
            self.push(opening.time, opening.bytes);
        }
    }

    /// Packets of one copy.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there is nothing to copy.
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Writes `copies` of it as a pcap, interleaved in time.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&self, copies: u32, out: impl Write) -> io::Result<()> {
        let mut writer = PcapWriter::new(out)?;
        let mut next: BinaryHeap<Reverse<(Timestamp, u32, usize)>> = BinaryHeap::new();
        let Some(first) = self.packets.first() else { return writer.finish().map(drop) };
        let mut begun = 0;
        let begin = |copy: u32| first.time.plus(i64::from(copy) * SPACING_NANOS);
        loop {
            while begun < copies && next.peek().is_none_or(|Reverse((time, ..))| begin(begun) <= *time) {
                next.push(Reverse((begin(begun), begun, 0)));
                begun += 1;
            }
            let Some(Reverse((time, copy, index))) = next.pop() else { break };
            let bytes = self.copy(copy, &self.packets[index].bytes);
            writer.write(&WirePacket { time, bytes, comment: None, interface: 0 })?;
            if let Some(packet) = self.packets.get(index + 1) {
                next.push(Reverse((packet.time.plus(i64::from(copy) * SPACING_NANOS), copy, index + 1)));
            }
        }
        writer.finish().map(drop)
    }

    /// A packet with the addresses and ports of a copy, in its headers and in its messages.
    fn copy(&self, copy: u32, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (index, address) in self.addresses.iter().enumerate() {
            let number = copy * self.addresses.len() as u32 + index as u32;
            let new = Ipv4Addr::from_bits(FIRST_ADDRESS + number).octets();
            let old = address.octets();
            let mut at = ETHERNET + 12;
            while let Some(found) =
                bytes.get(at..).and_then(|rest| rest.windows(4).position(|four| four == old))
            {
                bytes[at + found..at + found + 4].copy_from_slice(&new);
                at += found + 4;
            }
        }
        for port_at in [ETHERNET + 20, ETHERNET + 22] {
            let port = u16::from_be_bytes([bytes[port_at], bytes[port_at + 1]]);
            if port != SCCP_PORT {
                let new = port.wrapping_add((copy % 4096) as u16) | 0x8000;
                bytes[port_at..port_at + 2].copy_from_slice(&new.to_be_bytes());
            }
        }
        bytes
    }
}

/// Addresses and ports of a TCP packet in plain IPv4 over Ethernet.
fn ends(packet: &Packet<'_>) -> Option<[u8; 12]> {
    let bytes = packet.captured;
    let is_plain = packet.link == LinkType::ETHERNET
        && bytes.len() >= ETHERNET + 40
        && bytes[12..14] == [8, 0]
        && bytes[ETHERNET] == 0x45
        && bytes[ETHERNET + 9] == PROTOCOL_TCP;
    is_plain.then(|| bytes[ETHERNET + 12..ETHERNET + 24].try_into().expect("twelve bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Options, Outcome, analyse_capture};

    #[test]
    fn copies_are_calls_of_their_own() {
        let pattern = Pattern::of_capture(&crate::example::capture()[..]).unwrap();
        let mut file = Vec::new();
        pattern.write(20, &mut file).unwrap();
        let (analysis, summary) = analyse_capture(&file[..], Options::default()).unwrap();
        assert!(summary.is_whole());
        assert_eq!((analysis.len(), analysis.registrations.len()), (20, 40));
        assert!(analysis.calls().all(|call| call.outcome == Outcome::Answered && call.legs.len() == 2));
    }
}
