//! The sockets of the media thread, by the engine's port.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;

use media::engine::{Event, Outlet, Port, TapeId};
use mio::net::UdpSocket;
use mio::{Registry, Token};

use super::MediaCounters;
use super::orders::tape::Reels;

/// Events of the engine that may wait to be looked at, within one round.
const EVENTS_MAX: usize = 4096;

/// Sockets in places that are used again.
#[derive(Debug)]
pub(super) struct Sockets {
    places: Vec<Option<Place>>,
    free: Vec<u32>,
    registry: Registry,
}

#[derive(Debug)]
struct Place {
    socket: UdpSocket,
    /// The next port, for RTCP; nothing where somebody has it.
    control: Option<UdpSocket>,
    port: u16,
}

/// Set in the token of a port for RTCP.
pub(super) const CONTROL: usize = 1 << 30;

impl Sockets {
    pub fn new(registry: Registry) -> Self {
        Self { places: Vec::new(), free: Vec::new(), registry }
    }

    /// Binds a port.
    pub fn open(&mut self, address: IpAddr, port: u16) -> io::Result<Port> {
        let socket = UdpSocket::bind(SocketAddr::new(address, port))?;
        // RTCP is welcome and not needed.
        let next = port.checked_add(1).filter(|_| port.is_multiple_of(2));
        let control = next.and_then(|next| UdpSocket::bind(SocketAddr::new(address, next)).ok());
        self.keep(socket, control, port)
    }

    /// Binds an address that somebody sends to, or joins that group.
    pub fn listen(&mut self, at: SocketAddr) -> io::Result<Port> {
        let socket = UdpSocket::bind(at)?;
        match at.ip() {
            IpAddr::V4(group) if group.is_multicast() => {
                socket.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
            }
            IpAddr::V6(group) if group.is_multicast() => socket.join_multicast_v6(&group, 0)?,
            _ => {}
        }
        self.keep(socket, None, at.port())
    }

    fn keep(&mut self, mut socket: UdpSocket, mut control: Option<UdpSocket>, port: u16) -> io::Result<Port> {
        let index = self.free.last().copied().unwrap_or(self.places.len() as u32);
        watch(&self.registry, &mut socket, Token(index as usize))?;
        if let Some(control) = &mut control {
            watch(&self.registry, control, Token(CONTROL | index as usize))?;
        }
        let place = Some(Place { socket, control, port });
        match self.free.pop() {
            Some(free) => self.places[free as usize] = place,
            None => self.places.push(place),
        }
        Ok(Port(index))
    }

    /// Closes it; the port's number.
    pub fn close(&mut self, port: Port) -> Option<u16> {
        // A socket that is dropped leaves the poll by itself.
        let place = self.places.get_mut(port.0 as usize)?.take()?;
        self.free.push(port.0);
        Some(place.port)
    }

    pub fn open_count(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// A packet of RTCP, from the port beside this one.
    pub fn receive_control(&self, port: Port, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let place = self.places.get(port.0 as usize).and_then(Option::as_ref);
        place.and_then(|place| place.control.as_ref()).ok_or(io::ErrorKind::WouldBlock)?.recv_from(buffer)
    }

    pub fn receive(&self, port: Port, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let place = self.places.get(port.0 as usize).and_then(Option::as_ref);
        place.ok_or(io::ErrorKind::WouldBlock)?.socket.recv_from(buffer)
    }
}

/// Whether a port is reported again and again for as long as something waits there. Then one read for each report
/// is enough, and the one that finds nothing any more is spared: a tenth of all processor time.
pub(super) const LEVEL_TRIGGERED: bool = cfg!(target_os = "linux");

#[cfg(target_os = "linux")]
fn watch(registry: &Registry, socket: &mut UdpSocket, token: Token) -> io::Result<()> {
    use rustix::event::epoll::{EventData, EventFlags, add};
    Ok(add(registry, &*socket, EventData::new_u64(token.0 as u64), EventFlags::IN)?)
}

#[cfg(not(target_os = "linux"))]
fn watch(registry: &Registry, socket: &mut UdpSocket, token: Token) -> io::Result<()> {
    registry.register(socket, token, mio::Interest::READABLE)
}

/// Where the engine's results go.
pub(super) struct Wire<'a> {
    pub sockets: &'a Sockets,
    pub events: &'a mut VecDeque<Event>,
    pub counters: &'a MediaCounters,
    pub reels: &'a mut Reels,
}

impl Outlet for Wire<'_> {
    fn send(&mut self, from: Port, to: SocketAddr, packet: &[u8]) {
        let Some(Some(place)) = self.sockets.places.get(from.0 as usize & !CONTROL) else { return };
        let is_control = from.0 as usize & CONTROL != 0;
        let Some(socket) = (if is_control { place.control.as_ref() } else { Some(&place.socket) }) else {
            return;
        };
        let counter = match socket.send_to(packet, to) {
            Ok(_) => &self.counters.packets_out,
            Err(_) => &self.counters.send_failed,
        };
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }

    fn event(&mut self, event: Event) {
        if self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        }
    }

    fn recorded(&mut self, tape: TapeId, pcm: &[i16]) {
        self.reels.recorded(tape, pcm);
    }
}
