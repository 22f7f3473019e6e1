//! All sessions by number. A number is never used again, so an event, a timer or an order that comes late
//! finds nobody instead of the wrong phone.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use exchange::input::{Ended, Peer, SessionId};
use hashbrown::HashMap;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::listen::permit::{Permit, Permits};
use crate::session::{Session, Stage, Written};

/// How long a session that we close may take to read what is queued and to close its side.
pub const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// Bytes of a buffer for what a phone is told in one turn: a registration needs more, which it then takes.
const SPARE_BYTES: usize = 4 * 1024;
/// Such buffers that are kept.
const SPARE_MAX: usize = 64;

/// The sessions.
#[derive(Debug)]
pub struct Sessions {
    table: HashMap<SessionId, Box<Session>>,
    /// Have something to write, or to end, at the end of this turn.
    dirty: Vec<SessionId>,
    /// Buffers for those that have something to write.
    spare: Vec<Vec<u8>>,
    /// Being closed, with the time when we no longer wait; in order of time, since all wait equally long.
    closing: VecDeque<(u64, SessionId)>,
    next: u64,
    queue_max: usize,
    registry: Registry,
    /// Permits, those in use and those left.
    pub permits: Permits,
}

/// Why bytes found no queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotQueued {
    /// The session is gone or going.
    Gone,
    /// The peer does not read.
    Full,
}

impl Sessions {
    /// None yet.
    pub fn new(registry: Registry, permits: Permits, queue_max: usize) -> Sessions {
        let (table, dirty, closing) = (HashMap::new(), Vec::new(), VecDeque::new());
        Sessions { table, dirty, spare: Vec::new(), closing, next: 1, queue_max, registry, permits }
    }

    /// How many there are, those being closed among them.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The session with this number.
    pub fn find(&mut self, id: SessionId) -> Option<&mut Session> {
        self.table.get_mut(&id).map(Box::as_mut)
    }

    /// Whether the exchange may still hear of this session.
    pub fn is_open(&self, id: SessionId) -> bool {
        self.table.get(&id).is_some_and(|session| session.stage == Stage::Open)
    }

    /// Numbers of all sessions that are open.
    pub fn open_ids(&self) -> Vec<SessionId> {
        let open = self.table.values().filter(|session| session.stage == Stage::Open);
        let mut ids: Vec<_> = open.map(|session| session.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Numbers of open sessions whose device has not registered.
    pub fn unregistered_ids(&self) -> Vec<SessionId> {
        let waiting = |session: &Session| session.stage == Stage::Open && !session.permit.is_registered();
        let mut ids: Vec<_> =
            self.table.values().filter(|session| waiting(session)).map(|session| session.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes in a connection.
    pub fn open(&mut self, mut socket: TcpStream, peer: Peer, permit: Permit) -> io::Result<SessionId> {
        let id = SessionId(self.next);
        if let Err(error) = self.registry.register(&mut socket, token(id), Interest::READABLE) {
            self.permits.give_back(permit);
            return Err(error);
        }
        self.next += 1;
        self.table.insert(id, Box::new(Session::new(id, peer, socket, permit, self.queue_max)));
        Ok(id)
    }

    /// Queues bytes for the end of the turn; gives whose they are.
    pub fn send(&mut self, id: SessionId, bytes: &[u8]) -> Result<&Session, NotQueued> {
        let Some(session) = self.table.get_mut(&id) else { return Err(NotQueued::Gone) };
        if session.stage != Stage::Open {
            return Err(NotQueued::Gone);
        }
        session.outbound.lend(|| self.spare.pop().unwrap_or_else(|| Vec::with_capacity(SPARE_BYTES)));
        session.send(bytes).map_err(|_| NotQueued::Full)?;
        if !session.is_dirty {
            session.is_dirty = true;
            self.dirty.push(id);
        }
        Ok(session)
    }

    /// The device of a session has registered.
    pub fn registered(&mut self, id: SessionId) {
        if let Some(session) = self.table.get_mut(&id) {
            self.permits.registered(&mut session.permit);
        }
    }

    /// Begins to close a session: what is queued is written first, then FIN.
    pub fn close(&mut self, id: SessionId, now_ns: u64) {
        self.end(id, Stage::Ending, now_ns);
    }

    /// The peer has closed: what is queued is tried once, then the session is gone.
    pub fn left(&mut self, id: SessionId, now_ns: u64) {
        self.end(id, Stage::Left, now_ns);
    }

    fn end(&mut self, id: SessionId, stage: Stage, now_ns: u64) {
        let Some(session) = self.table.get_mut(&id) else { return };
        if session.stage == Stage::Open {
            self.closing.push_back((now_ns + CLOSE_WAIT.as_nanos() as u64, id));
        }
        if session.stage == Stage::Open || stage == Stage::Left {
            session.stage = stage;
        }
        if !session.is_dirty {
            session.is_dirty = true;
            self.dirty.push(id);
        }
    }

    /// Removes a session at once; the socket closes.
    pub fn remove(&mut self, id: SessionId) {
        if let Some(session) = self.table.remove(&id) {
            self.permits.give_back(session.permit);
        }
    }

    /// Removes a session whose peer does not read or is no SCCP: what is queued is forgotten.
    pub fn abandon(&mut self, id: SessionId) {
        if let Some(session) = self.table.get(&id) {
            session.abandon();
        }
        self.remove(id);
    }

    /// Whether [`Sessions::flush`] has something to do.
    pub fn has_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Writes each phone's messages of this turn in one write, and ends the sessions whose time it is. The
    /// exchange must be told of those that turn out to be broken.
    pub fn flush(&mut self, broken: &mut Vec<(SessionId, Ended)>) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for id in dirty.drain(..) {
            self.flush_one(id, broken);
        }
        self.dirty = dirty;
    }

    fn flush_one(&mut self, id: SessionId, broken: &mut Vec<(SessionId, Ended)>) {
        let Some(session) = self.table.get_mut(&id) else { return };
        session.is_dirty = false;
        let written = if session.is_blocked { Written::Blocked } else { session.write() };
        if let Some(buffer) = session.outbound.give_back()
            && buffer.capacity() <= 2 * SPARE_BYTES
            && self.spare.len() < SPARE_MAX
        {
            self.spare.push(buffer);
        }
        match (written, session.stage) {
            (Written::All, Stage::Open | Stage::Ended) => {}
            (Written::All, Stage::Ending) => session.finish(),
            (_, Stage::Left) => self.remove(id),
            (Written::Blocked, _) => self.watch_writable(id, true),
            (Written::Broken(_), stage) => {
                self.remove(id);
                if stage == Stage::Open {
                    broken.push((id, Ended::Reset));
                }
            }
        }
    }

    /// The kernel has room again for a session.
    pub fn writable(&mut self, id: SessionId) {
        let Some(session) = self.table.get_mut(&id) else { return };
        if !session.is_blocked {
            return;
        }
        self.watch_writable(id, false);
        if let Some(session) = self.table.get_mut(&id)
            && !session.is_dirty
        {
            session.is_dirty = true;
            self.dirty.push(id);
        }
    }

    /// Asks for events of room in the kernel's buffer only while there is none: they would come with
    /// every write otherwise.
    fn watch_writable(&mut self, id: SessionId, is_blocked: bool) {
        let Some(session) = self.table.get_mut(&id) else { return };
        if session.is_blocked == is_blocked {
            return;
        }
        session.is_blocked = is_blocked;
        let interest = if is_blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        if let Err(error) = self.registry.reregister(&mut session.socket, token(id), interest) {
            tracing::warn!("session {} can't be watched: {error}", id.0);
        }
    }

    /// When the next session has had its time to close.
    pub fn deadline_ns(&self) -> Option<u64> {
        self.closing.front().map(|(deadline, _)| *deadline)
    }

    /// Removes sessions that took too long to close.
    pub fn expire(&mut self, now_ns: u64) {
        while self.closing.front().is_some_and(|(deadline, _)| *deadline <= now_ns) {
            if let Some((_, id)) = self.closing.pop_front() {
                self.abandon(id);
            }
        }
    }
}

/// The token of a session's events.
fn token(id: SessionId) -> Token {
    // Session numbers begin at 1 and would take centuries to reach the tokens at the other end.
    Token(id.0 as usize)
}
