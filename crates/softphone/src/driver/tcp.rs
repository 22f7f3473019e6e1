//! The connection to the server.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use phone::Disconnect;
use skinny::Connection;
use socket2::{Domain, Protocol, Socket, Type};

use super::seat::State;
use crate::transcript::Way;

/// How long a connection may take to come about.
pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// A connection, or one that is being made.
#[derive(Debug)]
pub(super) struct Tcp {
    pub stream: TcpStream,
    pub token: Token,
    /// Until when it must have come about; nothing once it has.
    pub connect_by: Option<Duration>,
    /// Not before then is it read again, however much there is.
    pub read_at: Option<Duration>,
    /// The bytes received, for the transcript and to hand them in frame by frame.
    pub heard: Connection,
    /// The bytes sent, for the transcript.
    said: Connection,
}

/// What a read gave.
pub(super) enum ReadOutcome {
    Bytes(usize),
    Nothing,
    Gone(Disconnect),
}

impl Tcp {
    pub fn connect(
        server: SocketAddr,
        bind: Option<IpAddr>,
        now: Duration,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(ip) = bind {
            socket.bind(&SocketAddr::new(ip, 0).into())?;
        }
        match socket.connect(&server.into()) {
            Ok(()) => {}
            Err(error) if is_in_progress(&error) => {}
            Err(error) => return Err(error),
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Tcp {
            stream,
            token,
            connect_by: Some(now + CONNECT_WAIT),
            read_at: None,
            heard: Connection::default(),
            said: Connection::default(),
        })
    }

    /// Both ends once it is there; nothing while it is not; an error when it never will be.
    pub fn came_about(&mut self) -> io::Result<Option<(SocketAddr, SocketAddr)>> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(remote) => {
                self.connect_by = None;
                Ok(Some((self.stream.local_addr()?, remote)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn read(&mut self, scratch: &mut [u8]) -> ReadOutcome {
        loop {
            match self.stream.read(scratch) {
                Ok(0) => return ReadOutcome::Gone(Disconnect::Closed),
                Ok(len) => return ReadOutcome::Bytes(len),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => return ReadOutcome::Nothing,
                    _ => return ReadOutcome::Gone(disconnect_of(&error)),
                },
            }
        }
    }

    /// Writes what the phone has, as far as that goes.
    pub fn write(&mut self, now: Duration, state: &mut State) -> Result<(), Disconnect> {
        while !state.phone.pending().is_empty() && !state.faults.is_frozen {
            let pending = state.phone.pending();
            let room = state.faults.segment_bytes.unwrap_or(pending.len()).clamp(1, pending.len());
            match self.stream.write(pending.get(..room).unwrap_or(pending)) {
                Ok(0) => return Err(Disconnect::Closed),
                Ok(len) => {
                    self.note_sent(now, len, state);
                    state.phone.wrote(len);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected => return Ok(()),
                    _ => return Err(disconnect_of(&error)),
                },
            }
        }
        Ok(())
    }

    /// Writes bytes; how many went.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> Result<usize, Disconnect> {
        match self.stream.write(bytes) {
            Ok(0) => Err(Disconnect::Closed),
            Ok(len) => Ok(len),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected => Ok(0),
                _ => Err(disconnect_of(&error)),
            },
        }
    }

    fn note_sent(&mut self, now: Duration, len: usize, state: &mut State) {
        let State { phone, transcript, charset, .. } = state;
        let bytes = phone.pending().get(..len).unwrap_or(&[]);
        let mut frames = self.said.receive(bytes);
        while let Some(Ok(frame)) = frames.next() {
            transcript.push(now, Way::Sent, phone.version(), *charset, frame);
        }
    }
}

/// EINPROGRESS of Linux and of the BSDs; the standard library has no stable name for it.
const IN_PROGRESS: [i32; 2] = [115, 36];

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error().is_some_and(|code| IN_PROGRESS.contains(&code))
}

fn disconnect_of(error: &io::Error) -> Disconnect {
    match error.kind() {
        io::ErrorKind::TimedOut => Disconnect::TimedOut,
        _ => Disconnect::Reset,
    }
}
