//! A phone of bare hands: it sends what it is told and shows what comes.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use server::counters::Counted;
use server::{Config, Running, Server, Settings};
use skinny::Connection;
use skinny::message::{Body, Numbered};

/// How long a test waits for what must come. Nothing is measured by it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a free port of loopback.
pub fn config() -> Config {
    let settings = Settings { listen: vec!["127.0.0.1:0".parse().unwrap()], ..Settings::default() };
    let mut config = Config::from(settings);
    config.limits.drain = Duration::ZERO;
    config.limits.sessions_max = Some(4096);
    config
}

pub fn start(config: Config) -> Running {
    Server::start(config).expect("starts")
}

/// Waits until the counters are as wished.
pub fn until(server: &Running, mut wish: impl FnMut(&Counted) -> bool) -> Counted {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let counted = server.counters();
        if wish(&counted) {
            return counted;
        }
        assert!(Instant::now() < deadline, "in vain: {counted:?}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Reset,
}

pub struct Phone {
    pub stream: TcpStream,
    connection: Connection,
    pub version: u8,
    seen: VecDeque<(u32, Vec<u8>)>,
}

impl Phone {
    pub fn connect(address: SocketAddr) -> Phone {
        let stream = TcpStream::connect(address).expect("connects");
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Phone { stream, connection: Connection::default(), version: 11, seen: VecDeque::new() }
    }

    pub fn send<'a, M: Body<'a> + Numbered>(&mut self, message: &M) {
        self.write(&frame(message, self.version));
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("writes");
    }

    /// The next message, or how the connection ended.
    pub fn next(&mut self) -> Result<(u32, Vec<u8>), End> {
        loop {
            if let Some(message) = self.seen.pop_front() {
                return Ok(message);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(End::Fin),
                Ok(len) => {
                    let mut frames = self.connection.receive(&buffer[..len]);
                    while let Some(frame) = frames.next() {
                        let frame = frame.expect("the server sends frames");
                        self.seen.push_back((frame.header.id, frame.body.to_vec()));
                    }
                }
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Err(End::Reset),
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// Skips to a message.
    pub fn expect(&mut self, id: u32) -> Vec<u8> {
        let mut skipped = Vec::new();
        loop {
            match self.next() {
                Ok((found, body)) if found == id => return body,
                Ok((found, _)) => skipped.push(format!("{found:#06x}")),
                Err(end) => panic!("{end:?} instead of {id:#06x}, after {}", skipped.join(" ")),
            }
        }
    }

    /// Reads to the end.
    pub fn end(&mut self) -> End {
        loop {
            if let Err(end) = self.next() {
                return end;
            }
        }
    }
}

/// The bytes of a message.
pub fn frame<'a, M: Body<'a> + Numbered>(message: &M, version: u8) -> Vec<u8> {
    let mut connection = Connection::default();
    connection.send(message, version, 0).expect("room");
    connection.pending().to_vec()
}
