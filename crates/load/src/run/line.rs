//! One caller with its socket.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;
use skinny::Connection;
use socket2::{Domain, Protocol, Socket, Type};

use crate::caller::Caller;

/// A caller with its connection.
#[derive(Debug)]
pub struct Line {
    /// The caller.
    pub caller: Caller,
    /// The socket, from connecting on.
    pub socket: Option<TcpStream>,
    /// Puts frames together, and keeps what the server does not read.
    pub connection: Connection,
    /// When it began to register.
    pub since_ns: u64,
}

impl Line {
    /// Not connected yet.
    pub fn new(caller: Caller) -> Line {
        Line { caller, socket: None, connection: Connection::default(), since_ns: 0 }
    }

    /// Reads once.
    pub fn read(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        let Some(socket) = &mut self.socket else { return Err(io::ErrorKind::WouldBlock.into()) };
        loop {
            match socket.read(scratch) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Writes bytes at once; what the server does not take is kept within the queue's limit. True when
    /// something had to be kept.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<bool> {
        let Some(socket) = &mut self.socket else { return Ok(false) };
        if self.connection.pending().is_empty() {
            while !bytes.is_empty() {
                match socket.write(bytes) {
                    Ok(len) => bytes = &bytes[len..],
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
        if bytes.is_empty() {
            return Ok(false);
        }
        self.connection.send_bytes(bytes).map_err(|full| io::Error::other(full.to_string()))?;
        Ok(true)
    }

    /// Writes what was kept.
    pub fn write_kept(&mut self) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        while !self.connection.pending().is_empty() {
            match socket.write(self.connection.pending()) {
                Ok(len) => self.connection.wrote(len),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Ports that are tried before giving up: others on this machine have some.
const PORTS_TRIED: u16 = 100;

/// Begins to connect.
pub fn connect(target: SocketAddr, source: Option<SocketAddr>) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(target), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if let Some(source) = source {
        // A run may follow another that left its ports waiting.
        socket.set_reuse_address(true)?;
        bind(&socket, source)?;
    }
    match socket.connect(&target.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
        Err(error) => return Err(error),
    }
    Ok(TcpStream::from_std(socket.into()))
}

fn bind(socket: &Socket, mut source: SocketAddr) -> io::Result<()> {
    for _ in 0..PORTS_TRIED {
        match socket.bind(&source.into()) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                source.set_port(source.port().wrapping_add(1).max(1024));
            }
            result => return result,
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}
