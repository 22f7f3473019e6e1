//! The end: no new calls, then no calls, then no sessions. Each step has its time.

use exchange::input::{Command, Ended};

use super::{Control, Turns};
use crate::sessions::CLOSE_WAIT;

/// How far the server's life is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It serves.
    Running,
    /// Calls may end, until then.
    Draining(u64),
    /// Sessions close, until then.
    Closing(u64),
}

impl Turns {
    pub(super) fn controls(&mut self) {
        self.board.media_events();
        while let Ok(control) = self.control.try_recv() {
            match control {
                Control::Stop => self.stop(),
                Control::Halt => self.close_all(),
                Control::Command(command, reply) => self.board.command(command, Some(reply)),
                Control::Replan(plan) => self.board.replan(*plan),
                // An asker that is gone needs no answer.
                Control::Amend(amendment, reply) => drop(reply.try_send(self.board.amend(amendment))),
                Control::Ping(reply) => drop(reply.try_send(())),
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

    pub(super) fn advance(&mut self) {
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

    pub(super) fn is_over(&self) -> bool {
        match self.state.phase {
            Phase::Running => false,
            Phase::Draining(_) => self.board.sessions.is_empty(),
            Phase::Closing(until) => self.board.sessions.is_empty() || until <= self.board.now_ns(),
        }
    }
}
