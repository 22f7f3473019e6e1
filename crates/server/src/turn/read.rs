//! Reading: bytes of one session per turn, its frames to the exchange.

use std::io;

use exchange::input::{Ended, SessionId};

use super::Turns;
use crate::counters::count;
use crate::session::Stage;

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// Bytes, fewer than there was room for: the kernel has no more, but perhaps the end.
    Some,
    /// As many bytes as a session may bring in a turn.
    Budget,
    /// No more for now, or ever.
    Nothing,
}

impl Turns {
    /// Reads a session once, and hands its frames to the exchange.
    pub(super) fn read(&mut self, id: SessionId) -> Read {
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

    pub(super) fn read_again(&mut self, id: SessionId) {
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
