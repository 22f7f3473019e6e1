//! A conference bridge, media termination point or transcoder on real sockets: [`phone::resource`] with a connection, a
//! UDP port a stream, and the media engine to mix and transcode.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use media::codec::CodecKind;
use media::engine::{BridgeId, Engine, Event, Format, Outlet, PartyId, Port, Setup, Sounds, TapeId};
use mio::net::{TcpStream as MioTcp, UdpSocket as MioUdp};
use mio::{Events, Interest, Poll, Token, Waker};
use phone::resource::{Resource, ResourceConfig, ResourceOutput};
use skinny::Connection;
use skinny::codes::MediaPayloadType;

const TCP: Token = Token(0);
const WAKE: Token = Token(1);
/// Tokens of streams have these numbers and more.
const STREAMS: usize = 2;
/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;
/// Bytes of a packet.
const PACKET_BYTES: usize = 2048;
/// How long a connection may take to come about.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How long it waits to come back.
const BACK_AFTER: Duration = Duration::from_secs(1);

/// What it is doing.
#[derive(Debug, Default)]
struct Seen {
    registered: AtomicBool,
    streams: AtomicUsize,
    conferences: AtomicUsize,
    stop: AtomicBool,
    /// Whether it shall drop its connection.
    cut: AtomicBool,
    why: Mutex<Option<String>>,
}

/// Runs hardware until it is dropped.
#[derive(Debug)]
pub struct ResourceDriver {
    seen: Arc<Seen>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

impl ResourceDriver {
    /// Connects, registers, and comes back whenever the connection is gone.
    pub fn start(config: ResourceConfig, server: SocketAddr) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let seen = Arc::new(Seen::default());
        let shown = Arc::clone(&seen);
        let thread = std::thread::Builder::new().name("resource".into()).spawn(move || {
            if let Err(error) = (Desk::new(config, poll, Arc::clone(&shown))).run(server) {
                *shown.why.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
            }
        })?;
        Ok(ResourceDriver { seen, waker, thread: Some(thread) })
    }

    /// Whether a server has taken it.
    pub fn is_registered(&self) -> bool {
        self.seen.registered.load(Ordering::Acquire)
    }

    /// Streams that it has.
    pub fn streams(&self) -> usize {
        self.seen.streams.load(Ordering::Acquire)
    }

    /// Conferences that it was told of.
    pub fn conferences(&self) -> usize {
        self.seen.conferences.load(Ordering::Acquire)
    }

    /// Why it ended by itself.
    pub fn ended(&self) -> Option<String> {
        self.seen.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Drops its connection; it comes back.
    pub fn cut(&self) {
        self.seen.cut.store(true, Ordering::Release);
        // The thread is woken by time anyway.
        let _ = self.waker.wake();
    }
}

impl Drop for ResourceDriver {
    fn drop(&mut self) {
        self.seen.stop.store(true, Ordering::Release);
        let woken = self.waker.wake();
        if let (Ok(()), Some(thread)) = (woken, self.thread.take()) {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

struct Stream {
    socket: MioUdp,
    engine: PartyId,
    bridge: u32,
}

struct Bridge {
    id: BridgeId,
    parties: usize,
}

struct Desk {
    resource: Resource,
    /// What came over the connection and is no whole frame yet.
    heard: Connection,
    poll: Poll,
    seen: Arc<Seen>,
    base: Instant,
    engine: Engine,
    /// By party.
    streams: BTreeMap<u32, Stream>,
    bridges: BTreeMap<u32, Bridge>,
    /// The party at each place of the engine.
    places: Vec<Option<u32>>,
    local: IpAddr,
    remote: IpAddr,
}

/// Sends packets by the sockets of streams.
struct Wire<'s> {
    streams: &'s BTreeMap<u32, Stream>,
    places: &'s [Option<u32>],
}

impl Outlet for Wire<'_> {
    fn send(&mut self, from: Port, to: SocketAddr, packet: &[u8]) {
        let party = self.places.get(from.0 as usize).copied().flatten();
        if let Some(stream) = party.and_then(|party| self.streams.get(&party)) {
            // RTP may be lost.
            let _ = stream.socket.send_to(packet, to);
        }
    }

    fn event(&mut self, _: Event) {}

    fn recorded(&mut self, _: TapeId, _: &[i16]) {}
}

impl Desk {
    fn new(config: ResourceConfig, poll: Poll, seen: Arc<Seen>) -> Self {
        let seed = config.name.bytes().fold(0u64, |seed, byte| seed.rotate_left(8) ^ u64::from(byte));
        let nowhere = IpAddr::from([0, 0, 0, 0]);
        Desk {
            resource: Resource::new(config),
            heard: Connection::default(),
            poll,
            seen,
            base: Instant::now(),
            engine: Engine::new(seed, Sounds::new()),
            streams: BTreeMap::new(),
            bridges: BTreeMap::new(),
            places: Vec::new(),
            local: nowhere,
            remote: nowhere,
        }
    }

    fn now(&self) -> Duration {
        self.base.elapsed()
    }

    fn is_over(&self) -> bool {
        self.seen.stop.load(Ordering::Acquire)
    }

    fn run(mut self, server: SocketAddr) -> io::Result<()> {
        while !self.is_over() {
            if let Ok(stream) = TcpStream::connect_timeout(&server, CONNECT_WAIT) {
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                (self.local, self.remote) = (stream.local_addr()?.ip(), server.ip());
                self.serve(MioTcp::from_std(stream))?;
                self.resource.disconnected();
                self.obey();
                self.show();
            }
            if !self.is_over() {
                self.poll.poll(&mut Events::with_capacity(1), Some(BACK_AFTER))?;
            }
        }
        Ok(())
    }

    /// One connection, until it is over.
    fn serve(&mut self, mut tcp: MioTcp) -> io::Result<()> {
        self.poll.registry().register(&mut tcp, TCP, Interest::READABLE | Interest::WRITABLE)?;
        self.heard = Connection::default();
        self.resource.connected(self.local);
        let mut events = Events::with_capacity(64);
        loop {
            if !self.obey() || !self.write(&mut tcp) {
                return Ok(());
            }
            self.show();
            let due = [self.resource.deadline(), self.engine.deadline()].into_iter().flatten().min();
            let wait = due.map(|due| due.saturating_sub(self.now()));
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            if self.is_over() || self.seen.cut.swap(false, Ordering::AcqRel) {
                return Ok(());
            }
            for event in &events {
                match event.token() {
                    TCP if !self.read(&mut tcp) => return Ok(()),
                    TCP | WAKE => {}
                    Token(place) => self.packets(place - STREAMS),
                }
            }
            let now = self.now();
            self.resource.tick(now);
            let mut wire = Wire { streams: &self.streams, places: &self.places };
            self.engine.tick(now, &mut wire);
        }
    }

    fn show(&self) {
        self.seen.registered.store(self.resource.is_registered(), Ordering::Release);
        self.seen.streams.store(self.resource.streams(), Ordering::Release);
        self.seen.conferences.store(self.resource.conferences(), Ordering::Release);
    }

    /// False where the connection is over.
    fn read(&mut self, tcp: &mut MioTcp) -> bool {
        let mut bytes = [0; READ_BYTES];
        loop {
            let len = match tcp.read(&mut bytes) {
                Ok(0) => return false,
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return false,
            };
            let now = self.now();
            let mut heard = std::mem::take(&mut self.heard);
            let mut frames = heard.receive(&bytes[..len]);
            let is_sccp = loop {
                match frames.next() {
                    Some(Ok(frame)) => self.resource.frame(now, frame),
                    Some(Err(_)) => break false,
                    None => break true,
                }
            };
            drop(frames);
            self.heard = heard;
            if !is_sccp {
                return false;
            }
        }
    }

    /// False where the connection is over.
    fn write(&mut self, tcp: &mut MioTcp) -> bool {
        loop {
            let connection = self.resource.connection();
            if connection.pending().is_empty() {
                return true;
            }
            match tcp.write(connection.pending()) {
                Ok(len) => connection.wrote(len),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// Does what the server wants; false where the connection is to be closed.
    fn obey(&mut self) -> bool {
        while let Some(output) = self.resource.poll() {
            match output {
                ResourceOutput::Open { session, party, codec, packet_ms } => {
                    let local = self.open(session, party, codec, packet_ms).ok();
                    self.resource.opened(party, local);
                }
                ResourceOutput::Send { party, to } => {
                    let now = self.now();
                    if let Some(stream) = self.streams.get(&party) {
                        // It is there: the stream holds it.
                        let _ = self.engine.tell_remote(now, stream.engine, to);
                    }
                }
                ResourceOutput::Close { party } => self.close(party),
                ResourceOutput::HangUp => return false,
            }
        }
        true
    }

    fn open(
        &mut self,
        session: u32,
        party: u32,
        codec: MediaPayloadType,
        packet_ms: u32,
    ) -> io::Result<SocketAddr> {
        let kind = kind_of(codec).ok_or(io::ErrorKind::Unsupported)?;
        let socket = UdpSocket::bind((self.local, 0))?;
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let mut socket = MioUdp::from_std(socket);
        let place = self.places.iter().position(Option::is_none).unwrap_or(self.places.len());
        self.poll.registry().register(&mut socket, Token(STREAMS + place), Interest::READABLE)?;
        let now = self.now();
        let setup = Setup {
            port: Port(place as u32),
            format: Format::new(kind, packet_ms),
            remote: None,
            signals_from: Some(self.remote),
        };
        let engine = self.engine.open(now, &setup).map_err(io::Error::other)?;
        let bridge = match self.bridges.get(&session) {
            Some(bridge) => bridge.id,
            None => self.engine.bridge().map_err(io::Error::other)?,
        };
        self.bridges.entry(session).or_insert(Bridge { id: bridge, parties: 0 }).parties += 1;
        self.engine.join(now, engine, bridge).map_err(io::Error::other)?;
        if place == self.places.len() {
            self.places.push(None);
        }
        self.places[place] = Some(party);
        self.streams.insert(party, Stream { socket, engine, bridge: session });
        Ok(local)
    }

    fn close(&mut self, party: u32) {
        let Some(mut stream) = self.streams.remove(&party) else { return };
        let now = self.now();
        self.engine.close(now, stream.engine);
        self.places.iter_mut().filter(|place| **place == Some(party)).for_each(|place| *place = None);
        // Only the poll's bookkeeping: the socket goes either way.
        let _ = self.poll.registry().deregister(&mut stream.socket);
        if let Some(bridge) = self.bridges.get_mut(&stream.bridge) {
            bridge.parties -= 1;
            if bridge.parties == 0 {
                self.engine.unbridge(now, bridge.id);
                self.bridges.remove(&stream.bridge);
            }
        }
    }

    /// Packets of a stream.
    fn packets(&mut self, place: usize) {
        let mut bytes = [0; PACKET_BYTES];
        loop {
            let party = self.places.get(place).copied().flatten();
            let Some(stream) = party.and_then(|party| self.streams.get(&party)) else { return };
            match stream.socket.recv_from(&mut bytes) {
                Ok((len, from)) => {
                    let now = self.base.elapsed();
                    let mut wire = Wire { streams: &self.streams, places: &self.places };
                    self.engine.packet(now, Port(place as u32), from, &mut bytes[..len], &mut wire);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier packet reads as an error once.
                Err(_) => {}
            }
        }
    }
}

/// The codec of an SCCP number that is mixed and transcoded here.
fn kind_of(codec: MediaPayloadType) -> Option<CodecKind> {
    Some(match codec {
        MediaPayloadType::G711_ULAW64K => CodecKind::Pcmu,
        MediaPayloadType::G711_ALAW64K => CodecKind::Pcma,
        MediaPayloadType::G722_64K => CodecKind::G722,
        _ => return None,
    })
}
