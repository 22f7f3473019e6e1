//! The loop of the one thread that owns the sockets and the exchange: wait, read what is ready, decide,
//! write.
//!
//! A turn is bounded: so many bytes of each session, so many new connections. What is left over comes in the
//! next turn, after everybody else's.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use exchange::input::{Command, Ended, Input, Peer, SessionId};
use exchange::plan::Plan;
use mio::event::Event;
use mio::{Events, Poll, Token};

use crate::clock::Clock;
use crate::counters::{Counters, count};
use crate::listen::{ACCEPTS_PER_TURN, Accepted, Listener, canonical};
use crate::log::Throttle;
use crate::session::Stage;
use crate::sessions::CLOSE_WAIT;
use crate::switchboard::{Reply, Switchboard};

/// Bytes read from one session per turn. A whole registration is about 3 KiB, so only a flood needs more
/// than one turn.
pub const READ_PER_TURN: usize = 8 * 1024;
/// Events taken in one turn.
const EVENTS_MAX: usize = 1024;
/// The token that wakes the loop.
pub const WAKE: Token = Token(usize::MAX);

/// What other threads ask of the loop.
#[derive(Debug)]
pub enum Control {
    /// Take no new calls, end when the running ones have ended or the time is up.
    Stop,
    /// End now; what is queued is still written.
    Halt,
    /// Ask the exchange.
    Command(Command, std::sync::mpsc::SyncSender<Reply>),
    /// A new configuration.
    Replan(Box<Plan>),
}

/// How far the server's life is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    /// Calls may end, until then.
    Draining(u64),
    /// Sessions close, until then.
    Closing(u64),
}

/// The loop.
#[derive(Debug)]
pub struct Turns {
    /// Readiness of the sockets.
    pub poll: Poll,
    /// Where phones connect.
    pub listeners: Vec<Listener>,
    /// The exchange and its surroundings.
    pub board: Switchboard,
    /// The time.
    pub clock: Clock,
    /// What other threads ask.
    pub control: Receiver<Control>,
    /// Counts.
    pub counters: Arc<Counters>,
    /// How long calls may go on after the order to stop.
    pub drain: Duration,
    state: State,
}

/// What the loop itself remembers between turns.
#[derive(Debug)]
struct State {
    phase: Phase,
    scratch: Box<[u8]>,
    /// Sessions of which more is to be read.
    again: VecDeque<SessionId>,
    warnings: Throttle,
}

/// The token of a listener.
pub fn listener_token(index: usize) -> Token {
    Token(usize::MAX - 1 - index)
}

impl Turns {
    /// A loop over these.
    pub fn new(
        poll: Poll,
        listeners: Vec<Listener>,
        board: Switchboard,
        clock: Clock,
        control: Receiver<Control>,
        counters: Arc<Counters>,
        drain: Duration,
    ) -> Turns {
        let state = State {
            phase: Phase::Running,
            scratch: vec![0; READ_PER_TURN].into(),
            again: VecDeque::new(),
            warnings: Throttle::new(5, 1_000_000_000),
        };
        Turns { poll, listeners, board, clock, control, counters, drain, state }
    }

    /// Runs until it is told to stop.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        self.board.set_now(self.clock.now());
        while !self.is_over() {
            let timeout = self.timeout();
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            self.turn(&events);
        }
        if let Some(journal) = self.board.journal.take() {
            journal.finish(crate::clock::unix_ms());
        }
        Ok(())
    }

    fn turn(&mut self, events: &Events) {
        count(&self.counters.turns);
        self.board.set_now(self.clock.now());
        // Those left over from the last turn, not those that this turn leaves over.
        let again = self.state.again.len();
        for event in events {
            self.event(event);
        }
        for _ in 0..again {
            let Some(id) = self.state.again.pop_front() else { break };
            if let Some(session) = self.board.sessions.find(id) {
                session.is_again = false;
                // An event that came meanwhile was not looked at, so it is read until nothing is left.
                if self.read(id) == Read::Some {
                    self.read_again(id);
                }
            }
        }
        self.accept_all();
        self.board.tick();
        self.board.adopt();
        self.advance();
        self.board.finish_turn();
        self.board.sessions.expire(self.board.now_ns());
        self.counters.sessions.store(self.board.sessions.len() as u64, std::sync::atomic::Ordering::Relaxed);
    }

    fn event(&mut self, event: &Event) {
        let token = event.token();
        if token == WAKE {
            return self.controls();
        }
        if let Some(listener) = self.listeners.get_mut(WAKE.0 - 1 - token.0) {
            return listener.ready();
        }
        let id = SessionId(token.0 as u64);
        if event.is_writable() {
            self.board.sessions.writable(id);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            // One that is to be read again anyway has its turn after the others.
            let Some(session) = self.board.sessions.find(id) else { return };
            if !session.is_again && self.read(id) == Read::Some && event.is_read_closed() {
                self.read_again(id);
            }
        }
    }

    /// How long nothing needs to be done.
    fn timeout(&self) -> Option<Duration> {
        if !self.state.again.is_empty() {
            return Some(Duration::ZERO);
        }
        let has_room = self.board.sessions.permits.has_room();
        let accept = self.listeners.iter().filter(|_| has_room).filter_map(Listener::deadline_ns).min();
        let phase = match self.state.phase {
            Phase::Running => None,
            Phase::Draining(until) | Phase::Closing(until) => Some(until),
        };
        let journal = self.board.journal.as_ref().and_then(crate::journal::Journal::deadline_ns);
        let own = [self.board.deadline_ns(), self.board.adopter.deadline_ns()];
        let more = [self.board.sessions.deadline_ns(), accept, phase, journal];
        let next = own.into_iter().chain(more).flatten().min()?;
        // The time of the last turn: a little early, so the wait is a little long, which rounding to the
        // kernel's milliseconds exceeds anyway.
        Some(Duration::from_nanos(next.saturating_sub(self.board.now_ns())))
    }
}

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// Bytes, fewer than there was room for: the kernel has no more, but perhaps the end.
    Some,
    /// As many bytes as a session may bring in a turn.
    Budget,
    /// No more for now, or ever.
    Nothing,
}

/// Reading.
impl Turns {
    /// Reads a session once, and hands its frames to the exchange.
    fn read(&mut self, id: SessionId) -> Read {
        let Some(session) = self.board.sessions.find(id) else { return Read::Nothing };
        match session.read(&mut self.state.scratch) {
            Ok(0) => self.lost(id, Ended::Closed),
            Ok(len) => {
                let room = self.state.scratch.len();
                if session.stage == Stage::Open {
                    self.frames(id, len);
                }
                if len < room {
                    return Read::Some;
                }
                self.read_again(id);
                return Read::Budget;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.lost(id, Ended::Reset),
        }
        Read::Nothing
    }

    fn read_again(&mut self, id: SessionId) {
        if let Some(session) = self.board.sessions.find(id)
            && !session.is_again
        {
            session.is_again = true;
            self.state.again.push_back(id);
        }
    }

    /// Hands the frames that are complete to the exchange, until it closes the session.
    fn frames(&mut self, id: SessionId, len: usize) {
        let Some(session) = self.board.sessions.find(id) else { return };
        let mut inbound = std::mem::take(&mut session.inbound);
        let mut frames = inbound.receive(&self.state.scratch[..len]);
        let mut fault = None;
        while let Some(frame) = frames.next() {
            match frame {
                Ok(frame) => self.board.frame(id, frame),
                Err(error) => {
                    fault = Some(error);
                    break;
                }
            }
            if !self.board.sessions.is_open(id) {
                // What is queued behind the end of a session concerns nobody.
                return;
            }
        }
        drop(frames);
        if let Some(error) = fault {
            return self.bad_frame(id, &error);
        }
        if let Some(session) = self.board.sessions.find(id) {
            session.inbound = inbound;
        }
    }

    fn bad_frame(&mut self, id: SessionId, error: &skinny::frame::FrameError) {
        count(&self.counters.bad_frames);
        let now_ns = self.board.now_ns();
        if let Some(session) = self.board.sessions.find(id) {
            let remote = session.peer.remote;
            if let Some(held) = self.board.complaints.admit(now_ns) {
                tracing::warn!("session {} from {remote} is dropped: {error}{held}", id.0);
            }
        }
        self.board.sessions.abandon(id);
        self.board.ended(id, Ended::BadFrame);
    }

    /// The peer has closed, or the connection is broken.
    fn lost(&mut self, id: SessionId, how: Ended) {
        let now_ns = self.board.now_ns();
        let sessions = &mut self.board.sessions;
        let was_open = sessions.is_open(id);
        let has_more = sessions.find(id).is_some_and(|session| !session.outbound.pending().is_empty());
        if how == Ended::Closed && has_more {
            sessions.left(id, now_ns);
        } else {
            sessions.remove(id);
        }
        if was_open {
            self.board.ended(id, how);
        }
    }
}

/// Accepting.
impl Turns {
    fn accept_all(&mut self) {
        let now_ns = self.board.now_ns();
        for index in 0..self.listeners.len() {
            for _ in 0..ACCEPTS_PER_TURN {
                if !self.board.sessions.permits.has_room() {
                    return self.full(now_ns);
                }
                match self.listeners[index].accept(now_ns) {
                    Accepted::Connection(socket, remote) => self.accepted(socket, remote),
                    Accepted::Nobody => break,
                    Accepted::Exhausted(error, wait) => {
                        self.exhausted(&error, wait);
                        break;
                    }
                }
            }
        }
    }

    fn accepted(&mut self, socket: mio::net::TcpStream, remote: std::net::SocketAddr) {
        let Ok(local) = socket.local_addr() else { return };
        let peer = Peer { remote: canonical(remote), local: canonical(local) };
        let permit = match self.board.sessions.permits.take(peer.remote.ip()) {
            Ok(permit) => permit,
            Err(count_of_address) => return self.refused(peer, count_of_address),
        };
        count(&self.counters.accepted);
        match self.board.sessions.open(socket, peer, permit) {
            Ok(id) => self.board.tell(Input::Opened(id, peer)),
            Err(error) => tracing::warn!("a connection from {} can't be watched: {error}", peer.remote),
        }
    }

    fn refused(&mut self, peer: Peer, count_of_address: u32) {
        count(&self.counters.refused);
        if let Some(held) = self.state.warnings.admit(self.board.now_ns()) {
            tracing::warn!(
                "a connection from {} is refused: {count_of_address} from there have not registered; \
                 if that is a site behind one address, set unregistered_per_address of a [[limits.network]]{held}",
                peer.remote.ip(),
            );
        }
    }

    fn full(&mut self, now_ns: u64) {
        let somebody_waits = self.listeners.iter().any(|listener| listener.deadline_ns().is_some());
        if somebody_waits && let Some(held) = self.state.warnings.admit(now_ns) {
            tracing::warn!(
                "all {} sessions are in use: new phones wait until one ends{held}",
                self.board.sessions.permits.open_max()
            );
        }
    }

    fn exhausted(&mut self, error: &io::Error, wait: Duration) {
        count(&self.counters.exhausted);
        if let Some(held) = self.state.warnings.admit(self.board.now_ns()) {
            tracing::warn!(
                "no connection can be accepted: {error}; those that are open are served, the next try is in {wait:?}; \
                 raise the limit of open files (ulimit -n, LimitNOFILE) or lower sessions_max{held}",
            );
        }
    }
}

/// Beginning and end.
impl Turns {
    fn controls(&mut self) {
        while let Ok(control) = self.control.try_recv() {
            match control {
                Control::Stop => self.stop(),
                Control::Halt => self.close_all(),
                Control::Command(command, reply) => self.board.command(command, Some(reply)),
                Control::Replan(plan) => self.board.replan(*plan),
            }
        }
    }

    fn stop(&mut self) {
        if self.state.phase == Phase::Running {
            self.listeners.clear();
            let until = self.board.now_ns().saturating_add(self.drain.as_nanos() as u64);
            self.state.phase = Phase::Draining(until);
            self.board.command(Command::Drain, None);
            for id in self.board.sessions.unregistered_ids() {
                self.board.sessions.close(id, self.board.now_ns());
                self.board.ended(id, Ended::Closed);
            }
        }
    }

    fn close_all(&mut self) {
        if !matches!(self.state.phase, Phase::Closing(_)) {
            self.listeners.clear();
            let now_ns = self.board.now_ns();
            self.state.phase = Phase::Closing(now_ns + CLOSE_WAIT.as_nanos() as u64);
            for id in self.board.sessions.open_ids() {
                self.board.sessions.close(id, now_ns);
            }
        }
    }

    fn advance(&mut self) {
        let Phase::Draining(until) = self.state.phase else { return };
        let now_ns = self.board.now_ns();
        if until <= now_ns {
            return self.close_all();
        }
        // Without calls, phones that do not go when they are told to are waited for no longer than others.
        let soon = now_ns + CLOSE_WAIT.as_nanos() as u64;
        if soon < until && self.board.calls() == 0 {
            self.state.phase = Phase::Draining(soon);
        }
    }

    fn is_over(&self) -> bool {
        match self.state.phase {
            Phase::Running => false,
            Phase::Draining(_) => self.board.sessions.is_empty(),
            Phase::Closing(until) => self.board.sessions.is_empty() || until <= self.board.now_ns(),
        }
    }
}
