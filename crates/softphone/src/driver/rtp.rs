//! UDP ports for RTP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket as StdSocket};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use phone::StreamId;
use socket2::{Domain, SockRef, Socket, Type};

/// Ports that phones take for RTP: even ones.
const PORT_FIRST: u16 = 16_384;
const PORT_LAST: u16 = 32_766;
/// Attempts to find a free one.
const ATTEMPTS_MAX: usize = 400;

/// A port of a stream.
#[derive(Debug)]
pub(super) struct RtpPort {
    /// Nothing while it is announced and no stream uses it.
    pub stream: Option<StreamId>,
    pub socket: UdpSocket,
    pub token: Token,
    pub local: SocketAddr,
    /// It was announced by IpPort and outlives its streams.
    pub is_announced: bool,
    tos: Option<u8>,
}

impl RtpPort {
    /// Binds the next free even port on an address.
    pub fn bind(ip: IpAddr, cursor: &mut u16, token: Token, registry: &Registry) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..ATTEMPTS_MAX {
            let port = *cursor;
            *cursor = if port >= PORT_LAST { PORT_FIRST } else { port + 2 };
            match StdSocket::bind((ip, port)) {
                Ok(socket) => return RtpPort::of(socket, token, registry),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Listens where it is told to: to a multicast group (with other phones of this machine), or at a port of its own.
    pub fn join(group: SocketAddr, ip: IpAddr, token: Token, registry: &Registry) -> io::Result<Self> {
        if !group.ip().is_multicast() {
            return RtpPort::of(StdSocket::bind((ip, group.port()))?, token, registry);
        }
        let any = if group.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { ip };
        let socket = Socket::new(Domain::for_address(group), Type::DGRAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::new(any, group.port()).into())?;
        let socket = StdSocket::from(socket);
        match (group.ip(), ip) {
            (IpAddr::V4(group), IpAddr::V4(ip)) => socket.join_multicast_v4(&group, &ip)?,
            (IpAddr::V6(group), _) => socket.join_multicast_v6(&group, 0)?,
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
        RtpPort::of(socket, token, registry)
    }

    fn of(socket: StdSocket, token: Token, registry: &Registry) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(RtpPort { stream: None, socket, token, local, is_announced: false, tos: None })
    }

    /// It is announced to the server, and outlives its streams.
    pub fn announced(self) -> Self {
        RtpPort { is_announced: true, ..self }
    }

    /// It belongs to a stream.
    pub fn of_stream(self, stream: StreamId) -> Self {
        RtpPort { stream: Some(stream), ..self }
    }

    /// The first port that phones try.
    pub fn first_port(seed: u64) -> u16 {
        let ports = u64::from((PORT_LAST - PORT_FIRST) / 2);
        PORT_FIRST + 2 * (seed % ports) as u16
    }

    /// Sends a packet; what the network refuses is lost, as RTP is.
    pub fn send(&mut self, remote: SocketAddr, tos: u8, bytes: &[u8]) {
        if self.tos != Some(tos) {
            self.tos = Some(tos);
            let socket = SockRef::from(&self.socket);
            // Without the right to mark packets they go unmarked.
            let _ = match self.local {
                SocketAddr::V4(_) => socket.set_tos_v4(u32::from(tos)),
                SocketAddr::V6(_) => socket.set_tclass_v6(u32::from(tos)),
            };
        }
        let _ = self.socket.send_to(bytes, remote);
    }
}
