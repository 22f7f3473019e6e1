//! The loop of the one thread that owns the sockets and the exchange: wait, read what is ready, decide,
//! write.
//!
//! A turn is bounded: so many bytes of each session, so many new connections. What is left over comes in the
//! next turn, after everybody else's.

mod accept;
mod phase;
mod read;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use exchange::input::{Command, SessionId};
use exchange::plan::Plan;
use mio::event::Event;
use mio::{Events, Poll, Token};

use crate::adopt::Amendment;
use crate::clock::Clock;
use crate::counters::{Counters, count};
use crate::listen::Listener;
use crate::log::Throttle;
use crate::switchboard::{Reply, Switchboard};

use phase::Phase;
use read::Read;

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
    /// A change of devices that stand in no file.
    Amend(Amendment, std::sync::mpsc::SyncSender<Reply>),
    /// Is anybody there?
    Ping(std::sync::mpsc::SyncSender<()>),
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
        let now = self.clock.now();
        if let Some(step) = self.clock.step(now) {
            tracing::warn!("{}", crate::clock::step_words(step));
        }
        self.board.set_now(now);
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
        let tape = self.board.tape.as_ref().and_then(crate::tape::Tape::deadline_ns);
        let more = [self.board.sessions.deadline_ns(), accept, phase, journal, tape];
        let next = own.into_iter().chain(more).flatten().min()?;
        // The time of the last turn: a little early, so the wait is a little long, which rounding to the
        // kernel's milliseconds exceeds anyway.
        Some(Duration::from_nanos(next.saturating_sub(self.board.now_ns())))
    }
}
