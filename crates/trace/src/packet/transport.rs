//! TCP and UDP headers.

use std::net::SocketAddr;

use super::ip::Datagram;
use super::tunnel;
use super::{Found, Skip, Tcp, TcpFlags, Transport, Udp};

const TCP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

const PROTOCOL_TCP: u8 = 6;
const PROTOCOL_UDP: u8 = 17;

/// What an IP protocol number says follows.
pub(super) fn transport(datagram: Datagram<'_>) -> Found<'_> {
    match datagram.protocol {
        PROTOCOL_TCP => tcp(datagram),
        PROTOCOL_UDP => udp(datagram),
        _ => tunnel::tunnel(datagram),
    }
}

fn tcp(datagram: Datagram<'_>) -> Found<'_> {
    let Some(header) = datagram.payload.first_chunk::<TCP_HEADER>() else {
        return Found::Skip(Skip::CutOff);
    };
    let header_len = usize::from(header[12] >> 4) * 4;
    if header_len < TCP_HEADER {
        return Found::Skip(Skip::Malformed);
    }
    let Some(payload) = datagram.payload.get(header_len..) else {
        let cut_off = datagram.uncaptured > 0;
        return Found::Skip(if cut_off { Skip::CutOff } else { Skip::Malformed });
    };
    let tcp = Tcp {
        seq: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
        ack: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
        flags: TcpFlags(header[13]),
        payload,
        uncaptured: datagram.uncaptured as u32,
    };
    Found::Segment {
        src: SocketAddr::new(datagram.src, u16::from_be_bytes([header[0], header[1]])),
        dst: SocketAddr::new(datagram.dst, u16::from_be_bytes([header[2], header[3]])),
        transport: Transport::Tcp(tcp),
    }
}

fn udp(datagram: Datagram<'_>) -> Found<'_> {
    let Some((header, rest)) = datagram.payload.split_first_chunk::<UDP_HEADER>() else {
        return Found::Skip(Skip::CutOff);
    };
    let room = rest.len() + datagram.uncaptured;
    let length = match usize::from(u16::from_be_bytes([header[4], header[5]])) {
        0 => room,
        length if length < UDP_HEADER => return Found::Skip(Skip::Malformed),
        length => (length - UDP_HEADER).min(room),
    };
    let payload = rest.get(..length.min(rest.len())).unwrap_or_default();
    let dst_port = u16::from_be_bytes([header[2], header[3]]);
    if let Some(inner) = tunnel::vxlan(dst_port, payload, datagram.tunnels) {
        return inner;
    }
    Found::Segment {
        src: SocketAddr::new(datagram.src, u16::from_be_bytes([header[0], header[1]])),
        dst: SocketAddr::new(datagram.dst, dst_port),
        transport: Transport::Udp(Udp {
            payload,
            uncaptured: (length - payload.len()) as u32,
            traffic_class: datagram.traffic_class,
        }),
    }
}
