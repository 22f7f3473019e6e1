//! A phone and its sockets.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mio::{Registry, Token};
use phone::{Change, Disconnect, Input, Output, StreamId};
use socket2::SockRef;

use super::fault::{Cut, SLOW_READ_GAP};
use super::rtp::RtpPort;
use super::seat::{Seat, State};
use super::tcp::{ReadOutcome, Tcp};
use crate::transcript::Way;

/// Bytes of an RTP packet.
const PACKET_BYTES: usize = 2048;
/// Packets that are taken from a port before others have their turn.
const PACKETS_AT_ONCE: usize = 256;

/// A phone and its sockets.
pub(super) struct Place {
    pub seat: Arc<Seat>,
    pub servers: Vec<SocketAddr>,
    pub bind: Option<IpAddr>,
    pub tcp: Option<Tcp>,
    pub standby: Option<Tcp>,
    pub ports: Vec<RtpPort>,
    pub wake_at: Option<Duration>,
}

/// What all phones share.
pub(super) struct Common {
    pub registry: Registry,
    pub tokens: BTreeMap<Token, usize>,
    next_token: usize,
    pub port_cursor: u16,
}

impl Common {
    pub fn new(registry: Registry, seed: u64) -> Self {
        let port_cursor = RtpPort::first_port(seed);
        Common { registry, tokens: BTreeMap::new(), next_token: 0, port_cursor }
    }

    pub fn token(&mut self, index: usize) -> Token {
        self.next_token += 1;
        let token = Token(self.next_token);
        self.tokens.insert(token, index);
        token
    }
}

impl Place {
    pub fn new(seat: Arc<Seat>, servers: Vec<SocketAddr>, bind: Option<IpAddr>) -> Self {
        Place { seat, servers, bind, tcp: None, standby: None, ports: Vec::new(), wake_at: None }
    }

    /// One of its sockets has something, or takes something.
    pub fn socket_ready(
        &mut self,
        index: usize,
        token: Token,
        state: &mut State,
        common: &mut Common,
        now: Duration,
        scratch: &mut [u8],
    ) {
        if self.tcp.as_ref().is_some_and(|tcp| tcp.token == token) {
            self.tcp_ready(index, state, common, now, scratch);
        } else if self.standby.as_ref().is_some_and(|tcp| tcp.token == token) {
            self.standby_ready(state, common, now, scratch);
        } else {
            self.rtp_ready(token, state, now, scratch);
        }
        self.settle(index, state, common, now);
    }

    pub fn next_wake(&self, state: &State) -> Option<Duration> {
        let connect_by = self.tcp.as_ref().and_then(|tcp| tcp.connect_by);
        let read_at = self.tcp.as_ref().and_then(|tcp| tcp.read_at);
        let standby_by = self.standby.as_ref().and_then(|tcp| tcp.connect_by);
        [state.phone.next_deadline(), state.audio.next_due(), connect_by, read_at, standby_by]
            .into_iter()
            .flatten()
            .min()
    }

    pub fn wake(&mut self, index: usize, state: &mut State, common: &mut Common, now: Duration) {
        if state.phone.next_deadline().is_some_and(|at| at <= now) {
            state.phone.handle(now, Input::Tick);
        }
        self.read_on(index, state, common, now);
        self.send_sound(state, now);
        if self.tcp.as_ref().and_then(|tcp| tcp.connect_by).is_some_and(|by| by <= now) {
            self.drop_tcp(common);
            state.phone.handle(now, Input::ConnectFailed);
        }
        self.standby_wake(state, common, now);
        self.settle(index, state, common, now);
    }

    fn send_sound(&mut self, state: &mut State, now: Duration) {
        let mut packet = [0; PACKET_BYTES];
        while let Some(due) = state.audio.poll(now, &mut packet) {
            let bytes = packet.get(..due.len).unwrap_or(&[]);
            if let Some(port) = self.port_of(due.stream) {
                port.send(due.remote, due.tos, bytes);
            }
        }
        state.record();
    }

    pub fn port_of(&mut self, stream: StreamId) -> Option<&mut RtpPort> {
        self.ports.iter_mut().find(|port| port.stream == Some(stream))
    }

    fn tcp_ready(
        &mut self,
        index: usize,
        state: &mut State,
        common: &mut Common,
        now: Duration,
        scratch: &mut [u8],
    ) {
        let Some(tcp) = &mut self.tcp else { return };
        if tcp.connect_by.is_some() {
            match tcp.came_about() {
                Ok(Some((local, remote))) => self.tell_connected(index, state, common, now, (local, remote)),
                Ok(None) => return,
                Err(_) => {
                    self.drop_tcp(common);
                    return state.phone.handle(now, Input::ConnectFailed);
                }
            }
        }
        self.settle(index, state, common, now);
        // Edge-triggered: read until there is nothing.
        while let Some(tcp) = &mut self.tcp {
            if tcp.read_at.is_some() || state.faults.is_frozen {
                return;
            }
            let at_once = state.faults.read_at_once();
            let room = at_once.unwrap_or(scratch.len()).min(scratch.len());
            tcp.read_at = at_once.map(|_| now + SLOW_READ_GAP);
            let Some(scratch) = scratch.get_mut(..room) else { return };
            match tcp.read(scratch) {
                ReadOutcome::Nothing => return,
                ReadOutcome::Gone(how) => return self.gone(how, state, common, now),
                ReadOutcome::Bytes(len) => {
                    self.hear(index, scratch.get(..len).unwrap_or(&[]), state, common, now);
                }
            }
        }
    }

    fn tell_connected(
        &mut self,
        index: usize,
        state: &mut State,
        common: &mut Common,
        now: Duration,
        (local, remote): (SocketAddr, SocketAddr),
    ) {
        let rtp_port = if state.phone.profile().announces_port {
            self.announced_port(index, local.ip(), common)
        } else {
            0
        };
        state.phone.handle(now, Input::Connected { local, remote, rtp_port });
    }

    /// The port that is announced before any stream wants it; 0 where none is free.
    fn announced_port(&mut self, index: usize, ip: IpAddr, common: &mut Common) -> u16 {
        if let Some(port) = self.ports.iter().find(|port| port.is_announced && port.local.ip() == ip) {
            return port.local.port();
        }
        self.ports.iter_mut().for_each(|port| port.is_announced = false);
        let token = common.token(index);
        match RtpPort::bind(ip, &mut common.port_cursor, token, &common.registry) {
            Ok(port) => {
                let number = port.local.port();
                self.ports.push(port.announced());
                number
            }
            Err(_) => {
                common.tokens.remove(&token);
                0
            }
        }
    }

    /// Hands what came to the phone, frame by frame, so that each change is seen in its state.
    fn hear(&mut self, index: usize, bytes: &[u8], state: &mut State, common: &mut Common, now: Duration) {
        let Some(tcp) = &mut self.tcp else { return };
        let token = tcp.token;
        let mut heard = std::mem::take(&mut tcp.heard);
        let mut frames = heard.receive(bytes);
        while let Some(frame) = frames.next() {
            match frame {
                Ok(frame) => {
                    let (version, charset) = (state.phone.version(), state.charset);
                    state.transcript.push(now, Way::Received, version, charset, frame);
                    state.phone.handle(now, Input::Frame(frame));
                }
                // The phone shall judge it.
                Err(error) => state.phone.handle(now, Input::Bytes(&error.found)),
            }
            self.settle(index, state, common, now);
            if self.tcp.as_ref().is_none_or(|tcp| tcp.token != token) {
                return;
            }
        }
        drop(frames);
        if let Some(tcp) = &mut self.tcp {
            tcp.heard = heard;
        }
    }

    /// Reads what a slow reader, or one that was frozen, left lying.
    pub fn read_on(&mut self, index: usize, state: &mut State, common: &mut Common, now: Duration) {
        let Some(tcp) = &mut self.tcp else { return };
        if tcp.connect_by.is_some() || tcp.read_at.is_some_and(|at| at > now) {
            return;
        }
        tcp.read_at = None;
        let mut scratch = [0; PACKET_BYTES];
        self.tcp_ready(index, state, common, now, &mut scratch);
    }

    /// Cuts the connection behind the phone's back.
    fn cut(&mut self, cut: Cut, state: &mut State, common: &mut Common, now: Duration) {
        let Some(tcp) = &self.tcp else { return };
        if cut == Cut::Reset {
            // Without it the server sees FIN instead of RST: less than was asked for, and still a cut.
            let _ = SockRef::from(&tcp.stream).set_linger(Some(Duration::ZERO));
        }
        self.gone(Disconnect::Reset, state, common, now);
    }

    fn gone(&mut self, how: Disconnect, state: &mut State, common: &mut Common, now: Duration) {
        self.drop_tcp(common);
        state.phone.handle(now, Input::Disconnected(how));
    }

    pub fn drop_tcp(&mut self, common: &mut Common) {
        if let Some(mut tcp) = self.tcp.take() {
            common.tokens.remove(&tcp.token);
            // Only the poll's bookkeeping: the socket goes either way.
            let _ = common.registry.deregister(&mut tcp.stream);
        }
    }

    fn rtp_ready(&mut self, token: Token, state: &mut State, now: Duration, scratch: &mut [u8]) {
        let Some(port) = self.ports.iter_mut().find(|port| port.token == token) else { return };
        // An ICMP error of an earlier packet reads as an error once; go on until there is nothing.
        for _ in 0..PACKETS_AT_ONCE {
            match port.socket.recv_from(scratch) {
                Ok((len, _)) => {
                    if let Some(stream) = port.stream {
                        state.audio.received(now, stream, scratch.get(..len).unwrap_or(&[]));
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => {}
            }
        }
    }

    /// Does what the phone wants until it wants nothing more.
    pub fn settle(&mut self, index: usize, state: &mut State, common: &mut Common, now: Duration) {
        if let Some(cut) = state.cut.take() {
            self.cut(cut, state, common, now);
        }
        while let Some(output) = state.phone.poll() {
            match output {
                Output::Connect { server } => self.connect(index, server, state, common, now),
                Output::Close(_) => {
                    if let Some(tcp) = &mut self.tcp {
                        // As far as it goes: the connection ends either way.
                        let _ = tcp.write(now, state);
                    }
                    self.drop_tcp(common);
                }
                Output::Send => {}
                Output::Standby(order) => self.standby_order(index, order, state, common, now),
                Output::Audio(order) => self.audio(index, &order, state, common, now),
                Output::Changed(change) => observe(state, now, change),
            }
        }
        if let Some(tcp) = &mut self.tcp
            && tcp.connect_by.is_none()
            && let Err(how) = tcp.write(now, state)
        {
            self.gone(how, state, common, now);
            self.settle(index, state, common, now);
        }
    }

    fn connect(&mut self, index: usize, server: u8, state: &mut State, common: &mut Common, now: Duration) {
        self.drop_tcp(common);
        let address = self.servers.get(usize::from(server)).or(self.servers.first()).copied();
        let Some(address) = address else { return state.phone.handle(now, Input::ConnectFailed) };
        let token = common.token(index);
        match Tcp::connect(address, self.bind, now, token, &common.registry) {
            Ok(tcp) => self.tcp = Some(tcp),
            Err(_) => {
                common.tokens.remove(&token);
                state.phone.handle(now, Input::ConnectFailed);
            }
        }
    }
}

fn observe(state: &mut State, now: Duration, change: Change) {
    if change == Change::Microphone {
        state.audio.set_muted(!state.phone.microphone());
    }
    if let Some(observer) = &mut state.observer {
        observer(now, &state.phone, change);
    }
}
