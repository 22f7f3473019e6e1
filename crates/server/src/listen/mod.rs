//! Where phones connect: sockets that listen, and who is let in.

pub mod backoff;
pub mod permit;

use std::io;
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use backoff::{AcceptError, Backoff};

/// Connections that the kernel keeps until we accept them: a site's phones come all at once after a power
/// failure, and one that finds no room comes again only after a second.
pub const LISTEN_BACKLOG: i32 = 1024;
/// Connections accepted from one listener per turn, so that a flood of them can't keep the phones waiting.
pub const ACCEPTS_PER_TURN: usize = 32;

/// An address can't be listened on.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {address}: {error}{}", advice(.error))]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub error: io::Error,
}

impl ListenError {
    /// Whether this machine has no addresses of that kind at all.
    pub fn is_family_missing(&self) -> bool {
        self.error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another call manager runs there: stop it, or choose another with --listen ADDRESS:PORT"
        }
        io::ErrorKind::AddrNotAvailable => "; this machine does not have that address",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need CAP_NET_BIND_SERVICE",
        _ => "",
    }
}

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    /// Whether somebody may wait: an edge-triggered event is told once.
    is_ready: bool,
    backoff: Backoff,
}

/// What one try to accept gave.
#[derive(Debug)]
pub enum Accepted {
    /// A connection and where it comes from.
    Connection(TcpStream, SocketAddr),
    /// Nobody waits, or nothing can be done now.
    Nobody,
    /// No descriptor is left; the loop pauses.
    Exhausted(io::Error, std::time::Duration),
}

impl Listener {
    /// Listens on an address; port 0 takes any free one.
    pub fn bind(address: SocketAddr) -> Result<Listener, ListenError> {
        let socket = listening(address).map_err(|error| ListenError { address, error })?;
        let socket = TcpListener::from_std(socket);
        let bound = socket.local_addr().map_err(|error| ListenError { address, error })?;
        Ok(Listener { socket, address: bound, is_ready: false, backoff: Backoff::default() })
    }

    /// The address it has.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for events.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    /// Somebody waits.
    pub fn ready(&mut self) {
        self.is_ready = true;
    }

    /// When accepting should be tried again without an event; 0: at once.
    pub fn deadline_ns(&self) -> Option<u64> {
        self.is_ready.then(|| self.backoff.until_ns().unwrap_or(0))
    }

    /// Accepts one connection.
    pub fn accept(&mut self, now_ns: u64) -> Accepted {
        while self.is_ready && self.backoff.is_over(now_ns) {
            let error = match self.socket.accept() {
                Ok((stream, remote)) => {
                    self.backoff.worked();
                    return Accepted::Connection(stream, remote);
                }
                Err(error) => error,
            };
            match AcceptError::of(&error) {
                AcceptError::Drained => self.is_ready = false,
                AcceptError::Next => {}
                AcceptError::Exhausted => return Accepted::Exhausted(error, self.backoff.exhausted(now_ns)),
            }
        }
        Accepted::Nobody
    }
}

/// Options set here are those of every connection that is accepted from it, without a system call each.
fn listening(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // So that [::]:2000 and 0.0.0.0:2000 can stand side by side.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    Ok(socket.into())
}

/// The address without the IPv4-mapped form.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
