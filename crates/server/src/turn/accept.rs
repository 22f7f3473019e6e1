//! Accepting: permits first, so many per turn, and patience when there are no descriptors.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use exchange::input::{Input, Peer};
use mio::net::TcpStream;

use super::Turns;
use crate::counters::count;
use crate::listen::{ACCEPTS_PER_TURN, Accepted, canonical};

impl Turns {
    pub(super) fn accept_all(&mut self) {
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

    fn accepted(&mut self, socket: TcpStream, remote: SocketAddr) {
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
