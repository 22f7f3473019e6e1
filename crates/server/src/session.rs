//! One phone's TCP connection: bytes, and what is left to do with them. What the bytes mean is the
//! exchange's business.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;

use exchange::input::{Peer, SessionId};
use mio::net::TcpStream;
use skinny::Connection;
use skinny::connection::QueueFull;

use crate::listen::permit::Permit;
use crate::tape::Mark;

/// A connection.
#[derive(Debug)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// Both ends.
    pub peer: Peer,
    /// Both, as the tape wants them.
    pub mark: Mark,
    /// The socket.
    pub socket: TcpStream,
    /// What allows it.
    pub permit: Permit,
    /// Puts frames together. Apart from `outbound`, so that answers can be queued while a frame of this very
    /// session is being looked at.
    pub inbound: Connection,
    /// Waits to be written.
    pub outbound: Connection,
    /// How far its life is.
    pub stage: Stage,
    /// Whether it is among those that are written at the end of the turn.
    pub is_dirty: bool,
    /// Whether it is among those that are read again in the next turn.
    pub is_again: bool,
    /// Whether the kernel's buffer was full, so that an event tells when there is room.
    pub is_blocked: bool,
}

/// How far a session's life is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Frames go both ways.
    Open,
    /// It ends: what is queued is written, then FIN. What comes in is read and forgotten, since closing a
    /// socket with unread bytes would reset the connection and the last messages with it.
    Ending,
    /// FIN is sent; the peer's is awaited.
    Ended,
    /// The peer has closed: what is queued is tried once.
    Left,
}

/// What a write came to.
#[derive(Debug)]
pub enum Written {
    /// All of it is with the kernel.
    All,
    /// The kernel takes no more for now.
    Blocked,
    /// The connection is broken.
    Broken(io::Error),
}

impl Session {
    /// A new connection.
    pub fn new(id: SessionId, peer: Peer, socket: TcpStream, permit: Permit, queue_max: usize) -> Session {
        Session {
            id,
            peer,
            mark: Mark::of(id, peer),
            socket,
            permit,
            inbound: Connection::default(),
            outbound: Connection::new(queue_max),
            stage: Stage::Open,
            is_dirty: false,
            is_again: false,
            is_blocked: false,
        }
    }

    /// Reads once.
    pub fn read(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(scratch) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Queues bytes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), QueueFull> {
        self.outbound.send_bytes(bytes)
    }

    /// Writes what is queued, as far as the kernel takes it.
    pub fn write(&mut self) -> Written {
        while !self.outbound.pending().is_empty() {
            match self.socket.write(self.outbound.pending()) {
                Ok(len) => self.outbound.wrote(len),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Written::Blocked,
                Err(error) => return Written::Broken(error),
            }
        }
        Written::All
    }

    /// Sends FIN.
    pub fn finish(&mut self) {
        // A connection that is already broken needs none.
        let _ = self.socket.shutdown(Shutdown::Write);
        self.stage = Stage::Ended;
    }

    /// Makes closing forget what the peer has not read, instead of leaving it in the kernel's memory.
    pub fn abandon(&self) {
        // Without it the kernel gives up by itself, only later.
        let _ = socket2::SockRef::from(&self.socket).set_linger(Some(std::time::Duration::ZERO));
    }
}
