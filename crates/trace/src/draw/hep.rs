//! HEP3: the messages of a call for a HOMER server.
//!
//! HEP knows no SCCP: each message goes as JSON of type "log" (100), with the call as its correlation, so that HOMER shows them
//! as one. The layout is that of HEP revision 37.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use skinny::text::Charset;
use skinny::{Frame, Header};

use super::Sight;
use crate::Timestamp;
use crate::analysis::{Call, Directory, Event};

/// Payload type "log".
const TYPE_LOG: u8 = 100;
const PROTOCOL_TCP: u8 = 6;
const PROTOCOL_UDP: u8 = 17;
/// Chunks of a rating: hundredths of MOS, milliseconds of jitter.
const CHUNK_MOS: u16 = 0x20;
const CHUNK_JITTER: u16 = 0x23;
/// Largest packet: what a datagram holds.
pub const MAX_PACKET: usize = 65_000;

/// One message as a HEP3 packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Report<'a> {
    /// When.
    pub time: Timestamp,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Who reports: any number that tells captures apart.
    pub agent: u32,
    /// What belongs together.
    pub correlation: &'a str,
    /// JSON.
    pub payload: &'a [u8],
    /// MOS, and jitter in milliseconds, where the report is of one direction's sound.
    pub rating: Option<(f32, f32)>,
}

impl Report<'_> {
    /// The packet; none when the payload is too long for one.
    pub fn packet(&self) -> Option<Vec<u8>> {
        let mut out = b"HEP3\0\0".to_vec();
        let is_v4 = self.src.is_ipv4() && self.dst.is_ipv4();
        chunk(&mut out, 1, &[if is_v4 { 2 } else { 10 }]);
        chunk(&mut out, 2, &[if self.rating.is_some() { PROTOCOL_UDP } else { PROTOCOL_TCP }]);
        for (id, address) in [(3, self.src.ip()), (4, self.dst.ip())] {
            match (address, is_v4) {
                (IpAddr::V4(address), true) => chunk(&mut out, id, &address.octets()),
                (IpAddr::V4(address), false) => chunk(&mut out, id + 2, &address.to_ipv6_mapped().octets()),
                (IpAddr::V6(address), _) => chunk(&mut out, id + 2, &address.octets()),
            }
        }
        chunk(&mut out, 7, &self.src.port().to_be_bytes());
        chunk(&mut out, 8, &self.dst.port().to_be_bytes());
        let nanos = self.time.nanos().max(0);
        chunk(&mut out, 9, &((nanos / 1_000_000_000) as u32).to_be_bytes());
        chunk(&mut out, 10, &((nanos / 1000 % 1_000_000) as u32).to_be_bytes());
        chunk(&mut out, 11, &[TYPE_LOG]);
        chunk(&mut out, 12, &self.agent.to_be_bytes());
        chunk(&mut out, 0x11, self.correlation.as_bytes());
        if let Some((mos, jitter_ms)) = self.rating {
            chunk(&mut out, CHUNK_MOS, &((mos * 100.0).round() as u16).to_be_bytes());
            chunk(&mut out, CHUNK_JITTER, &(jitter_ms.round() as u16).to_be_bytes());
        }
        if out.len() + self.payload.len() + 6 > MAX_PACKET {
            return None;
        }
        chunk(&mut out, 15, self.payload);
        let length = u16::try_from(out.len()).ok()?;
        out[4..6].copy_from_slice(&length.to_be_bytes());
        Some(out)
    }
}

/// Vendor 0, type, length of all six header bytes and the value.
fn chunk(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.extend([0, 0]);
    out.extend(kind.to_be_bytes());
    out.extend((value.len() as u16 + 6).to_be_bytes());
    out.extend(value);
}

/// The packets of a call's messages. A message too long for one is left out; the count of those is second.
pub fn packets(
    call: &Call,
    events: &[Event],
    directory: &Directory,
    agent: u32,
    sight: &mut Sight,
) -> (Vec<Vec<u8>>, usize) {
    let correlation = format!("lineside-{}-{}", call.start.time, call.number);
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let mut left_out = 0;
    let mut out = Vec::new();
    for event in events.iter().filter(|event| !event.is_thought()) {
        let registration = directory.get(event.session.index());
        let mut end = |address: Option<SocketAddr>| {
            let address = address.unwrap_or(nowhere);
            let ip = sight.redactor.as_mut().map_or(address.ip(), |redactor| redactor.address(address.ip()));
            SocketAddr::new(ip, address.port())
        };
        let phone = end(registration.as_ref().and_then(|found| found.phone.address));
        let server = end(registration.as_ref().and_then(|found| found.server.address));
        let mut body = event.body.to_vec();
        if let Some(redactor) = &mut sight.redactor {
            redactor.body(event.id, event.header_version, event.negotiated, &mut body);
        }
        let (src, dst) = if event.from_server { (server, phone) } else { (phone, server) };
        let header = Header { length: body.len() as u32 + 4, version: event.header_version, id: event.id };
        let charset = if event.utf8 { Charset::Utf8 } else { Charset::Unknown };
        let mut payload = format!("{{\"protocol\":\"SCCP\",\"call\":{},", call.number).into_bytes();
        crate::messages::message_members(
            &mut payload,
            Frame { header, body: &body },
            event.negotiated,
            charset,
        );
        payload.push(b'}');
        let report = Report {
            time: event.at.time,
            src,
            dst,
            agent,
            correlation: &correlation,
            payload: &payload,
            rating: None,
        };
        match report.packet() {
            Some(packet) => out.push(packet),
            None => left_out += 1,
        }
    }
    out.extend(ratings(call, agent, &correlation, sight));
    (out, left_out)
}

/// How each direction of the call sounds: by the wire, else by what the receiver says.
fn ratings(call: &Call, agent: u32, correlation: &str, sight: &mut Sight) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for quality in &call.quality {
        let stream = quality.stream.and_then(|stream| call.streams.get(usize::from(stream)));
        let mos = stream.and_then(|stream| stream.mos).or(quality.receiver_mos);
        let Some(mos) = mos else { continue };
        let told = quality.receiver_jitter_ms.unwrap_or(0) as f32;
        let jitter_ms = stream.map_or(told, |stream| stream.jitter_ms);
        let mut end = |address: Option<SocketAddr>| {
            let address = address.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
            let ip = sight.redactor.as_mut().map_or(address.ip(), |redactor| redactor.address(address.ip()));
            SocketAddr::new(ip, address.port())
        };
        let (src, dst) = (end(stream.map(|stream| stream.src)), end(stream.map(|stream| stream.dst)));
        let time = stream.map_or(call.last, |stream| stream.last);
        let payload = format!(
            "{{\"protocol\":\"SCCP\",\"call\":{},\"mos\":{mos:.2},\"jitter_ms\":{jitter_ms:.1},\"lost\":{},\"verdict\":\"{}\"}}",
            call.number,
            stream.map_or(0, |stream| stream.lost),
            quality.verdict.text()
        );
        let rating = Some((mos, jitter_ms));
        let report = Report { time, src, dst, agent, correlation, payload: payload.as_bytes(), rating };
        out.extend(report.packet());
    }
    out
}

/// Sends packets: each a datagram, or one after the other through a stream, where HEP's own length tells them apart.
///
/// # Errors
/// When the network refuses.
pub fn send(server: &str, over_tcp: bool, packets: &[Vec<u8>]) -> io::Result<()> {
    if over_tcp {
        let mut stream = io::BufWriter::new(std::net::TcpStream::connect(server)?);
        packets.iter().try_for_each(|packet| stream.write_all(packet))?;
        return stream.flush();
    }
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(server)?;
    let address = addresses.next().ok_or_else(|| io::Error::other("that name has no address"))?;
    let local: SocketAddr = if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = std::net::UdpSocket::bind(local)?;
    packets.iter().try_for_each(|packet| socket.send_to(packet, address).map(drop))
}
