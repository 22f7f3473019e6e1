//! Real RTP of the callers: a port each, any that is free when it connects, and a packet every so often while a call lasts. What is
//! sent is a steady tone of the codec's own bytes; what comes is counted, not decoded.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media::receive::{Receiver, Settings};
use media::rtp::{Header, Packet, Sender, is_rtcp, ticks_per_packet};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use skinny::codes::MediaPayloadType;

use crate::caller::{Counted, Stream};
use crate::measure::Times;
use crate::report::SoundReport;

/// Ticks of the RTP clock: also of G.722 (RFC 3551).
const CLOCK_HZ: u32 = 8_000;
/// Bytes of a packet that is read.
const PACKET_BYTES: usize = 2048;
/// Packets that are read from a port before others have their turn.
const PACKETS_AT_ONCE: usize = 64;
/// Packets that are sent before sockets have their turn.
const SENT_AT_ONCE: usize = 2048;
/// A stream that is later than this leaves packets out instead of sending them all at once.
const LATE_NS: u64 = 200_000_000;

/// A caller's port.
#[derive(Debug)]
struct Port {
    socket: UdpSocket,
    local: SocketAddr,
    talk: Option<Talk>,
    /// Tells the talks of a port apart.
    number: u32,
    listen: Option<Box<Receiver>>,
    /// Of the call that is or was last.
    counted: Counted,
    /// Packets that were expected at all, so that one-way calls are told.
    began_ns: u64,
}

/// What a caller sends.
#[derive(Debug)]
struct Talk {
    remote: SocketAddr,
    sender: Sender,
    payload: u8,
    bytes: usize,
    packet_ns: u64,
}

/// The ports of all callers.
#[derive(Debug)]
pub(super) struct Sound {
    ports: BTreeMap<u32, Port>,
    /// All packets to send, by when: one queue, no timer for each.
    due: BinaryHeap<Reverse<(u64, u32, u32)>>,
    /// The port that is tried next.
    cursor: u16,
    first_token: usize,
    report: SoundReport,
    jitter: Times,
    late: Times,
}

impl Sound {
    /// Tokens from `first_token` on are its.
    pub fn new(first_token: usize) -> Sound {
        Sound {
            ports: BTreeMap::new(),
            due: BinaryHeap::new(),
            cursor: PORT_FIRST,
            first_token,
            report: SoundReport::default(),
            jitter: Times::default(),
            late: Times::default(),
        }
    }

    /// What was sent and heard so far.
    pub fn report(&self) -> SoundReport {
        SoundReport { jitter: self.jitter.summary(), late: self.late.summary(), ..self.report.clone() }
    }

    /// When the next packet is to be sent.
    pub fn deadline_ns(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((at, _, _))| *at)
    }

    /// The server says what is to be sent or received.
    pub fn obey(&mut self, now_ns: u64, line: u32, order: Stream) {
        match order {
            Stream::Receive => {
                self.finish_listening(now_ns, line);
                if let Some(port) = self.ports.get_mut(&line) {
                    port.listen =
                        Some(Box::new(Receiver::new(Settings { clock_hz: CLOCK_HZ, ..Settings::default() })));
                    port.began_ns = now_ns;
                    port.counted = Counted::default();
                }
            }
            Stream::Send { remote, codec, packet_ms } => {
                self.send(now_ns, line, (remote, codec, packet_ms));
            }
            Stream::StopReceive => self.finish_listening(now_ns, line),
            Stream::StopSend => {
                if let Some(port) = self.ports.get_mut(&line)
                    && let Some(talk) = port.talk.take()
                {
                    port.counted.sent += talk.sender.packets() as u32;
                    port.counted.sent_bytes += talk.sender.payload_bytes() as u32;
                }
            }
        }
    }

    /// What was counted of a caller's last call.
    pub fn counted(&self, line: u32) -> Option<Counted> {
        self.ports.get(&line).map(|port| port.counted)
    }

    /// Opens the port of a caller, or says which it has; nothing when none is free.
    pub fn open(&mut self, line: u32, ip: IpAddr, registry: &Registry) -> Option<u16> {
        if let Some(port) = self.ports.get(&line).filter(|port| port.local.ip() == ip) {
            return Some(port.local.port());
        }
        let bound = bind(ip, &mut self.cursor).and_then(|(mut socket, number)| {
            let token = Token(self.first_token + line as usize);
            registry.register(&mut socket, token, Interest::READABLE)?;
            Ok((socket, number))
        });
        let Ok((socket, number)) = bound else {
            self.report.ports_refused += 1;
            return None;
        };
        let port = Port {
            socket,
            local: SocketAddr::new(ip, number),
            talk: None,
            number: 0,
            listen: None,
            counted: Counted::default(),
            began_ns: 0,
        };
        self.ports.insert(line, port);
        Some(number)
    }

    fn send(
        &mut self,
        now_ns: u64,
        line: u32,
        (remote, codec, packet_ms): (SocketAddr, MediaPayloadType, u32),
    ) {
        let packet_ms = packet_ms.clamp(10, 200);
        let (payload_type, payload) = payload_of(codec);
        let Some(ticks) = ticks_per_packet(CLOCK_HZ, packet_ms) else { return };
        let Some(port) = self.ports.get_mut(&line) else { return };
        let header = Header {
            marker: true,
            payload_type,
            sequence: line as u16,
            timestamp: line.wrapping_mul(160),
            ssrc: line.wrapping_mul(0x9e37_79b1) | 1,
        };
        port.number = port.number.wrapping_add(1);
        port.talk = Some(Talk {
            remote,
            sender: Sender::new(header, ticks),
            payload,
            bytes: bytes_of(codec, packet_ms),
            packet_ns: u64::from(packet_ms) * 1_000_000,
        });
        let number = port.number;
        self.report.streams += 1;
        self.due.push(Reverse((now_ns, line, number)));
    }

    /// Sends what is due.
    pub fn turn(&mut self, now_ns: u64) {
        let mut packet = [0; PACKET_BYTES];
        for _ in 0..SENT_AT_ONCE {
            let Some(Reverse((at, line, number))) =
                self.due.peek().copied().filter(|Reverse(due)| due.0 <= now_ns)
            else {
                return;
            };
            self.due.pop();
            let Some(port) = self.ports.get_mut(&line).filter(|port| port.number == number) else { continue };
            let Some(talk) = &mut port.talk else { continue };
            let payload = [talk.payload; 320];
            let payload = payload.get(..talk.bytes).unwrap_or(&payload);
            if let Ok(len) = talk.sender.packet(payload, &mut packet) {
                // What the network refuses is lost, as RTP is.
                let sent = port.socket.send_to(packet.get(..len).unwrap_or(&[]), talk.remote).is_ok();
                self.report.sent += u64::from(sent);
                self.report.refused += u64::from(!sent);
            }
            self.late.take(now_ns - at);
            let mut next = at + talk.packet_ns;
            while next + LATE_NS < now_ns {
                talk.sender.pause();
                next += talk.packet_ns;
                self.report.left_out += 1;
            }
            self.due.push(Reverse((next, line, number)));
        }
    }

    /// Whose port a token is, if it is one.
    pub fn line_of(&self, token: Token) -> Option<u32> {
        token.0.checked_sub(self.first_token).map(|line| line as u32)
    }

    /// A port has packets.
    pub fn readable(&mut self, now_ns: u64, line: u32) {
        let Some(port) = self.ports.get_mut(&line) else { return };
        let mut buffer = [0; PACKET_BYTES];
        let now = Duration::from_nanos(now_ns);
        // Edge-triggered: what is left comes again with the next packet, which a stream always has.
        for _ in 0..PACKETS_AT_ONCE {
            let Ok((len, _)) = port.socket.recv_from(&mut buffer) else { return };
            let bytes = buffer.get(..len).unwrap_or(&[]);
            match (&mut port.listen, Packet::parse(bytes)) {
                _ if is_rtcp(bytes) => {}
                (Some(listen), Ok(packet)) => {
                    listen.receive(now, &packet);
                    self.report.received += 1;
                }
                _ => self.report.stray += 1,
            }
        }
    }

    /// A stream is over: what came of it.
    fn finish_listening(&mut self, now_ns: u64, line: u32) {
        let Some(port) = self.ports.get_mut(&line) else { return };
        let Some(listen) = port.listen.take() else { return };
        let heard = listen.report();
        port.counted.received = heard.packets as u32;
        port.counted.received_bytes = heard.payload_bytes as u32;
        port.counted.lost = heard.lost as u32;
        port.counted.jitter_ms = heard.jitter_ms.round() as u32;
        self.report.heard += 1;
        self.report.lost += heard.lost;
        if heard.packets > 0 {
            self.jitter.take((heard.jitter_ms * 1e6) as u64);
        } else if now_ns.saturating_sub(port.began_ns) > SILENT_NS {
            self.report.silent += 1;
        }
    }

    /// All that still listen.
    pub fn finish(&mut self, now_ns: u64) {
        let lines: Vec<u32> = self.ports.keys().copied().collect();
        lines.into_iter().for_each(|line| self.finish_listening(now_ns, line));
    }
}

/// A stream that was open for so long without a packet is one-way.
const SILENT_NS: u64 = 150_000_000;

/// Even ports, as RTP has them: beside those of other runs and of servers on this machine, whatever they took.
const PORT_FIRST: u16 = 16_384;
const PORT_LAST: u16 = 65_534;

/// Binds the next even port that is free, from the cursor on.
fn bind(ip: IpAddr, cursor: &mut u16) -> io::Result<(UdpSocket, u16)> {
    for _ in 0..=(PORT_LAST - PORT_FIRST) / 2 {
        let port = *cursor;
        *cursor = if port >= PORT_LAST { PORT_FIRST } else { port + 2 };
        match UdpSocket::bind(SocketAddr::new(ip, port)) {
            Ok(socket) => return Ok((socket, port)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// RTP's number of a codec, and a byte that means a quiet moment in it.
fn payload_of(codec: MediaPayloadType) -> (u8, u8) {
    match codec {
        MediaPayloadType::G711_ALAW64K => (8, 0xd5),
        MediaPayloadType::G722_64K => (9, 0xfa),
        MediaPayloadType::G729 | MediaPayloadType::G729_ANNEX_A => (18, 0),
        _ => (0, 0xff),
    }
}

fn bytes_of(codec: MediaPayloadType, packet_ms: u32) -> usize {
    let a_millisecond = match codec {
        MediaPayloadType::G729 | MediaPayloadType::G729_ANNEX_A => 1,
        _ => 8,
    };
    (packet_ms * a_millisecond).min(320) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_passed_over() {
        let ip = IpAddr::from([127, 0, 0, 1]);
        let mut cursor = PORT_LAST - 4;
        let (first, number) = bind(ip, &mut cursor).expect("a port");
        assert_eq!(number % 2, 0);
        // Another run begins where the first did.
        let mut cursor = number;
        let (second, other) = bind(ip, &mut cursor).expect("a port");
        assert_ne!(number, other);
        assert_eq!(second.local_addr().expect("an address").port(), other);
        drop(first);
        let elsewhere = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(
            bind(elsewhere, &mut cursor).expect_err("not here").kind(),
            io::ErrorKind::AddrNotAvailable
        );
    }
}
