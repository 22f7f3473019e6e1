//! Sockets that tell on which of our addresses a datagram arrived.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket as StdSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::canonical;

/// Bytes of requests that may wait: a site whose phones all start at once.
const RECEIVE_BUFFER: usize = 1 << 20;

/// A datagram.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// Its bytes in the buffer.
    pub len: usize,
    /// Who sent it.
    pub from: SocketAddr,
    /// Our address that it was sent to.
    pub to: Option<IpAddr>,
}

/// Listens for requests; to be handed to a runtime.
pub fn bind(address: SocketAddr) -> io::Result<StdSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // A refusal leaves the usual size, which serves fewer phones at once.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    } else {
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// The next datagram.
pub async fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Heard> {
    socket.async_io(Interest::READABLE, || try_receive(socket, buffer)).await
}

fn try_receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Heard> {
    let mut space = nix::cmsg_space!(nix::libc::in6_pktinfo);
    let mut slices = [IoSliceMut::new(buffer)];
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::empty())?;
    let from = message.address.and_then(|address| {
        let v4 = address.as_sockaddr_in().map(|v4| SocketAddr::V4(SocketAddrV4::from(*v4)));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6))))
    });
    let from = from.ok_or_else(|| io::Error::other("a datagram from nowhere"))?;
    let to = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(IpAddr::from(Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr))))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).into()),
        _ => None,
    });
    let to = to.map(canonical).filter(|to| !to.is_unspecified() && !to.is_multicast());
    Ok(Heard { len: message.bytes, from, to })
}

/// Our address from which a peer would be answered.
pub fn route_to(peer: SocketAddr) -> IpAddr {
    let any = unspecified(peer);
    let routed =
        StdSocket::bind(any).and_then(|socket| socket.connect(peer).and_then(|()| socket.local_addr()));
    routed.map_or(any.ip(), |address| canonical(address.ip()))
}

/// A socket of a transfer: it answers from the address that was asked, and hears its client only.
pub async fn transfer_socket(local: IpAddr, client: SocketAddr) -> io::Result<UdpSocket> {
    let local = match (local, client) {
        // A link-local address needs the interface of its client.
        (IpAddr::V6(local), SocketAddr::V6(client)) => {
            SocketAddrV6::new(local, 0, 0, client.scope_id()).into()
        }
        (local, _) => SocketAddr::new(local, 0),
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(client).await?;
    Ok(socket)
}

fn unspecified(peer: SocketAddr) -> SocketAddr {
    match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
