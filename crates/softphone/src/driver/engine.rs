//! The thread: waits for sockets, time and handles, and lets phones have what is theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry, Token};
use phone::{Audio, AudioAnswer, Change, Disconnect, Input, Output, StreamId};

use super::Command;
use super::rtp::RtpPort;
use super::seat::{Seat, State};
use super::tcp::{ReadOutcome, Tcp};
use crate::transcript::Way;

/// The token of the waker; sockets have those above.
pub(super) const WAKER: Token = Token(0);
/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;
/// Bytes of an RTP packet.
const PACKET_BYTES: usize = 2048;
/// Socket events taken at once.
const EVENTS: usize = 256;

/// A phone and its sockets.
struct Place {
    seat: Arc<Seat>,
    servers: Vec<SocketAddr>,
    bind: Option<IpAddr>,
    tcp: Option<Tcp>,
    ports: Vec<RtpPort>,
    wake_at: Option<Duration>,
}

/// What all phones share.
struct Common {
    registry: Registry,
    tokens: BTreeMap<Token, usize>,
    next_token: usize,
    port_cursor: u16,
}

impl Common {
    fn token(&mut self, index: usize) -> Token {
        self.next_token += 1;
        let token = Token(self.next_token);
        self.tokens.insert(token, index);
        token
    }
}

pub(super) struct Engine {
    poll: Poll,
    inbox: Receiver<Command>,
    base: Instant,
    places: Vec<Place>,
    wakes: BTreeSet<(Duration, usize)>,
    common: Common,
    scratch: Vec<u8>,
}

impl Engine {
    pub fn new(poll: Poll, inbox: Receiver<Command>, base: Instant) -> std::io::Result<Self> {
        let registry = poll.registry().try_clone()?;
        let cursor = RtpPort::first_port(u64::from(std::process::id()));
        let common = Common { registry, tokens: BTreeMap::new(), next_token: 0, port_cursor: cursor };
        let scratch = vec![0; READ_BYTES];
        Ok(Engine { poll, inbox, base, places: Vec::new(), wakes: BTreeSet::new(), common, scratch })
    }

    fn now(&self) -> Duration {
        self.base.elapsed()
    }

    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let next = self.wakes.first().map(|(at, _)| at.saturating_sub(self.now()));
            if let Err(error) = self.poll.poll(&mut events, next)
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                return;
            }
            if !self.obey_handles() {
                return;
            }
            for event in &events {
                if let Some(&index) = self.common.tokens.get(&event.token()) {
                    self.socket_ready(index, event.token());
                }
            }
            self.wake_due();
        }
    }

    /// False when the driver stops.
    fn obey_handles(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Add(seat, servers, bind)) => {
                    let place = Place { seat, servers, bind, tcp: None, ports: Vec::new(), wake_at: None };
                    self.places.push(place);
                    let index = self.places.len() - 1;
                    self.with(index, |place, state, common, now| {
                        state.phone.handle(now, Input::PowerOn);
                        place.settle(index, state, common, now);
                    });
                }
                Ok(Command::Look(index)) => {
                    self.with(index, |place, state, common, now| place.settle(index, state, common, now));
                }
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    /// Does something with a phone under its lock, then sets when it wants to be woken.
    fn with(&mut self, index: usize, work: impl FnOnce(&mut Place, &mut State, &mut Common, Duration)) {
        let now = self.now();
        let Some(place) = self.places.get_mut(index) else { return };
        let seat = place.seat.clone();
        let mut state = seat.lock();
        work(place, &mut state, &mut self.common, now);
        let wake_at = place.next_wake(&state);
        drop(state);
        seat.notify();
        if let Some(before) = std::mem::replace(&mut place.wake_at, wake_at) {
            self.wakes.remove(&(before, index));
        }
        if let Some(at) = wake_at {
            self.wakes.insert((at, index));
        }
    }

    fn socket_ready(&mut self, index: usize, token: Token) {
        let mut scratch = std::mem::take(&mut self.scratch);
        self.with(index, |place, state, common, now| {
            if place.tcp.as_ref().is_some_and(|tcp| tcp.token == token) {
                place.tcp_ready(index, state, common, now, &mut scratch);
            } else {
                place.rtp_ready(token, state, now, &mut scratch);
            }
            place.settle(index, state, common, now);
        });
        self.scratch = scratch;
    }

    fn wake_due(&mut self) {
        let now = self.now();
        let due: Vec<usize> =
            self.wakes.iter().take_while(|(at, _)| *at <= now).map(|(_, index)| *index).collect();
        for index in due {
            self.with(index, |place, state, common, now| place.wake(index, state, common, now));
        }
    }
}

impl Place {
    fn next_wake(&self, state: &State) -> Option<Duration> {
        let connect_by = self.tcp.as_ref().and_then(|tcp| tcp.connect_by);
        [state.phone.next_deadline(), state.audio.next_due(), connect_by].into_iter().flatten().min()
    }

    fn wake(&mut self, index: usize, state: &mut State, common: &mut Common, now: Duration) {
        if state.phone.next_deadline().is_some_and(|at| at <= now) {
            state.phone.handle(now, Input::Tick);
        }
        self.send_sound(state, now);
        if self.tcp.as_ref().and_then(|tcp| tcp.connect_by).is_some_and(|by| by <= now) {
            self.drop_tcp(common);
            state.phone.handle(now, Input::ConnectFailed);
        }
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

    fn port_of(&mut self, stream: StreamId) -> Option<&mut RtpPort> {
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

    fn gone(&mut self, how: Disconnect, state: &mut State, common: &mut Common, now: Duration) {
        self.drop_tcp(common);
        state.phone.handle(now, Input::Disconnected(how));
    }

    fn drop_tcp(&mut self, common: &mut Common) {
        if let Some(mut tcp) = self.tcp.take() {
            common.tokens.remove(&tcp.token);
            // Only the poll's bookkeeping: the socket goes either way.
            let _ = common.registry.deregister(&mut tcp.stream);
        }
    }

    fn rtp_ready(&mut self, token: Token, state: &mut State, now: Duration, scratch: &mut [u8]) {
        let Some(port) = self.ports.iter_mut().find(|port| port.token == token) else { return };
        // An ICMP error of an earlier packet reads as an error once; go on until there is nothing.
        for _ in 0..EVENTS {
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
    fn settle(&mut self, index: usize, state: &mut State, common: &mut Common, now: Duration) {
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

    fn audio(&mut self, index: usize, order: &Audio, state: &mut State, common: &mut Common, now: Duration) {
        match *order {
            Audio::OpenReceive { stream, group, .. } => {
                let local = self.open_port(index, stream, group, state, common);
                let answer = match local {
                    Some(local) if state.audio.order(now, order) => {
                        AudioAnswer::ReceiveOpened { stream, local }
                    }
                    _ => AudioAnswer::ReceiveFailed { stream },
                };
                state.phone.handle(now, Input::Audio(answer));
            }
            Audio::StartSend { stream, .. } => {
                let local = self.open_port(index, stream, None, state, common);
                let answer = match local {
                    Some(local) if state.audio.order(now, order) => {
                        AudioAnswer::SendStarted { stream, local }
                    }
                    _ => AudioAnswer::SendFailed { stream },
                };
                state.phone.handle(now, Input::Audio(answer));
            }
            Audio::Report { call } => {
                let statistics = Box::new(state.audio.statistics(call));
                state.phone.handle(now, Input::Audio(AudioAnswer::Statistics { call, statistics }));
            }
            Audio::StopReceive { .. } | Audio::StopSend { .. } => {
                state.audio.order(now, order);
                state.record();
                let State { audio, .. } = state;
                self.close_ports(common, |stream| !audio.has_stream(stream));
            }
            _ => {
                state.audio.order(now, order);
            }
        }
    }

    /// The port of a stream: the one it has, the announced one, or a new one.
    fn open_port(
        &mut self,
        index: usize,
        stream: StreamId,
        group: Option<SocketAddr>,
        state: &State,
        common: &mut Common,
    ) -> Option<SocketAddr> {
        if let Some(port) = self.port_of(stream) {
            return Some(port.local);
        }
        if let Some(port) = self.ports.iter_mut().find(|port| port.is_announced && port.stream.is_none()) {
            port.stream = Some(stream);
            return Some(port.local);
        }
        let ip = state.phone.local_address().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |local| local.ip());
        let token = common.token(index);
        let bound = match group {
            Some(group) => RtpPort::join(group, ip, token, &common.registry),
            None => RtpPort::bind(ip, &mut common.port_cursor, token, &common.registry),
        };
        let Ok(port) = bound else {
            common.tokens.remove(&token);
            return None;
        };
        let local = port.local;
        self.ports.push(port.of_stream(stream));
        Some(local)
    }

    /// Closes the ports of streams that are over; an announced one only becomes free.
    fn close_ports(&mut self, common: &mut Common, is_over: impl Fn(StreamId) -> bool) {
        for port in &mut self.ports {
            if port.is_announced {
                port.stream.take_if(|stream| is_over(*stream));
            }
        }
        self.ports.retain_mut(|port| {
            let stays = port.is_announced || port.stream.is_some_and(|stream| !is_over(stream));
            if !stays {
                common.tokens.remove(&port.token);
                let _ = common.registry.deregister(&mut port.socket);
            }
            stays
        });
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
