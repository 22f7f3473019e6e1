//! SCCP over TLS, opened with the secrets that one of the two sides logged.
//!
//! A [`Tls`] stands between [`crate::stream`] and the recognition of SCCP: a connection that begins with a TLS handshake is
//! opened when its keys are known, and what was inside goes on as if it had been sent in clear. TLS 1.0 to 1.3 with AES-GCM, AES-CBC
//! and ChaCha20-Poly1305. Without keys, and where the capture lacks bytes, the connection goes on as it is.

mod cipher;
mod keylog;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::stream::{Chunk, CloseReason, ConnectionId, Gap, Opening, Side, Stamp, StreamSink};
use session::{Opened, Session, begins_session};

pub use keylog::{KeyLog, Label, MAX_SECRETS};

/// TLS connections that are open at once; further ones go on as they are.
pub const MAX_SESSIONS: usize = 100_000;

/// The TLS connections of a capture.
#[derive(Default)]
pub struct Tls {
    keys: KeyLog,
    sessions: BTreeMap<u64, State>,
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that could not be, or not to their end.
    pub lost: u64,
}

enum State {
    Open {
        session: Box<Session>,
        client: Side,
        told: bool,
    },
    /// Its rest can't be opened: what stands there is no SCCP.
    Dead,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("keys", &self.keys).field("opened", &self.opened).finish_non_exhaustive()
    }
}

impl Tls {
    /// More secrets.
    pub fn add_keys(&mut self, text: &[u8]) -> usize {
        self.keys.add(text)
    }

    /// Whether there is anything to open with.
    pub fn is_idle(&self) -> bool {
        self.keys.is_empty() && self.sessions.is_empty()
    }

    /// A sink that opens, in front of `inner`.
    pub fn with<'t, 's, S: StreamSink>(&'t mut self, inner: &'s mut S) -> TlsWith<'t, 's, S> {
        TlsWith { tls: self, inner }
    }
}

/// The connections together with who is told of them.
pub struct TlsWith<'t, 's, S> {
    tls: &'t mut Tls,
    inner: &'s mut S,
}

impl<S: StreamSink> StreamSink for TlsWith<'_, '_, S> {
    fn opened(&mut self, connection: ConnectionId, opening: &Opening) {
        self.inner.opened(connection, opening);
    }

    fn data(&mut self, connection: ConnectionId, chunk: Chunk<'_>) {
        let is_new = begins_session(chunk.bytes)
            && self.tls.sessions.len() < MAX_SESSIONS
            && !self.tls.sessions.contains_key(&connection.serial);
        if is_new {
            let state = State::Open { session: Box::default(), client: chunk.side, told: false };
            self.tls.sessions.insert(connection.serial, state);
        }
        let Some(state) = self.tls.sessions.get_mut(&connection.serial) else {
            return self.inner.data(connection, chunk);
        };
        // Of a dead one, nothing more.
        let State::Open { session, client, told } = state else { return };
        let side = usize::from(chunk.side != *client);
        let inner = &mut *self.inner;
        let mut any = false;
        let result = session.feed(side, chunk.bytes, &self.tls.keys, |bytes| {
            any = true;
            inner.data(connection, Chunk { bytes, ..chunk });
        });
        if any && !std::mem::replace(told, true) {
            self.tls.opened += 1;
        }
        if result == Opened::Lost {
            self.tls.lost += 1;
            if *told {
                *state = State::Dead;
            } else {
                // Nothing of it was understood: it is what it looks like.
                self.tls.sessions.remove(&connection.serial);
                self.inner.data(connection, chunk);
            }
        }
    }

    fn gap(&mut self, connection: ConnectionId, gap: Gap) {
        // Records can't be opened again without their count.
        if let Some(State::Open { told, .. }) = self.tls.sessions.get(&connection.serial) {
            let state = if *told { Some(State::Dead) } else { None };
            self.tls.lost += 1;
            self.tls.sessions.remove(&connection.serial);
            self.tls.sessions.extend(state.map(|state| (connection.serial, state)));
        }
        self.inner.gap(connection, gap);
    }

    fn closed(&mut self, connection: ConnectionId, when: Stamp, reason: CloseReason) {
        self.tls.sessions.remove(&connection.serial);
        self.inner.closed(connection, when, reason);
    }
}
