//! All hang up and wait until all is quiet; and the full look at everything.

use exchange::input::{Command, Input as ServerInput};

use super::World;
use crate::actor::Actor;
use crate::brain::Brain;
use crate::clock::{SECOND, Way};
use crate::decision::{Acks, Counting};
use crate::invariants::{Check, Invariant, phones, talk, together, wrong};
use crate::network::Weather;
use crate::network::pipe::End;

/// Rounds of hanging up until it must be quiet: half-open connections take three keepalives to be noticed.
const ROUNDS_MAX: u32 = 40;
/// How long a round is.
const ROUND: u64 = 8 * SECOND;
/// Sweeps of which one weighs the snapshot.
const WEIGHED: u64 = 16;

/// Bytes that a snapshot may have: some for the exchange itself, for what each part is.
const BYTES_BASE: usize = 64 * 1024;
const BYTES_PER_STATION: usize = 8 * 1024;
/// What a station may remember of calls that are over.
const BYTES_TOLD: usize = 6 * 1024;
const BYTES_PER_SESSION: usize = 1024;
const BYTES_PER_LEG: usize = 2 * 1024;

impl<B: Brain> World<B> {
    /// Everybody hangs up, what is broken is mended, and the clock runs on. Then nothing may be left on.
    pub(crate) fn settle(&mut self) {
        self.counts.settles += 1;
        self.is_settling = true;
        let weather = std::mem::replace(&mut self.network.weather, Weather::Smooth);
        self.mend();
        let mut check = self.quiet();
        for _ in 0..ROUNDS_MAX {
            self.everybody_hangs_up();
            self.run_until(self.clock.now() + ROUND);
            if self.violation().is_some() {
                return;
            }
            check = self.quiet();
            if check.is_ok() {
                break;
            }
        }
        if let Err((phone, finding)) = check {
            self.watch.judge(Err(finding), phone);
        }
        self.sweep();
        self.network.weather = weather;
        self.is_settling = false;
    }

    /// The server is told to stop while calls are up. They end, and with them every session.
    pub(super) fn drain(&mut self) {
        self.is_settling = true;
        self.is_draining = true;
        self.network.weather = Weather::Smooth;
        self.server.command(Command::Drain, &mut self.watch);
        self.mend();
        for _ in 0..ROUNDS_MAX {
            self.everybody_hangs_up();
            self.run_until(self.clock.now() + ROUND);
            let counts = self.server.brain().counts();
            if self.violation().is_some() || (counts.sessions == 0 && counts.calls == 0) {
                return;
            }
        }
        let counts = self.server.brain().counts();
        self.watch.found(
            Invariant::Drain,
            None,
            format!("all have hung up, and the exchange has {counts:?}"),
        );
    }

    /// Habits are dropped, stalled readers read, unruly clients are cut off, devices are configured again.
    fn mend(&mut self) {
        let now = self.clock.now();
        for index in 0..self.actors.len() {
            let actor = &mut self.actors[index];
            (actor.acks, actor.counting) = (Acks::Prompt, Counting::Prompt);
            let (is_copy, is_unruly) = (actor.spec.manners.copy, actor.spec.manners.unruly);
            if let Some(id) = actor.session {
                self.network.stall(id, now);
                if is_unruly {
                    self.network.finish(id, Way::Up, End::Reset, now, &mut self.agenda);
                    self.network.finish(id, Way::Down, End::Reset, now, &mut self.agenda);
                }
            }
            // What a device still had to be told is forgotten with the device: somebody walks to the phone.
            if is_copy || self.removed.remove(&index) {
                self.unplug(index);
            }
            self.configure(index, true);
        }
        self.mend_machines();
        self.after_server();
    }

    fn everybody_hangs_up(&mut self) {
        for index in 0..self.actors.len() {
            if !self.actors[index].spec.manners.copy {
                self.plug_in(index);
            }
            let now = self.clock.duration();
            self.actors[index].hang_up(now);
            self.drive(index);
        }
        while let Some(input) = self.trunk.release_next() {
            self.tell(ServerInput::Trunk(input));
        }
    }

    /// Whether nothing is left on: the first phone where something is, and what.
    fn quiet(&mut self) -> Result<(), (Option<u16>, (Invariant, String))> {
        for actor in self.actors.iter().filter(|actor| !actor.spec.manners.copy) {
            phones::is_quiet(actor).map_err(|finding| (Some(actor.spec.number), finding))?;
        }
        let counts = self.server.brain().counts();
        let left = [counts.calls, counts.legs, counts.streams, counts.references, counts.statistics];
        let rest = if counts.call_backs > 0 {
            wrong(Invariant::CallBack, format!("{} call backs wait", counts.call_backs))
        } else if left.iter().any(|left| *left > 0) {
            wrong(Invariant::Quiet, format!("all have hung up, and the exchange has {counts:?}"))
        } else if !self.trunk.is_idle() {
            wrong(Invariant::Trunk, format!("all have hung up, and the trunk has {}", self.trunk.rest()))
        } else if self.server.unanswered() > 0 {
            wrong(Invariant::Replies, format!("{} commands have no answer", self.server.unanswered()))
        } else {
            let engine = self.watch.ledger.check_quiet().and_then(|()| self.server.engine.check_quiet());
            engine.and_then(|()| self.hardware_is_quiet())
        };
        rest.and_then(|()| self.weigh_quiet()).map_err(|finding| (None, finding))
    }

    /// In quiet, state does not grow from one time to the next.
    fn weigh_quiet(&mut self) -> Check {
        let bytes = self.server.brain().snapshot().len();
        let before = *self.quiet_bytes.get_or_insert(bytes);
        let stations = self.server.brain().counts().stations;
        if bytes > before + before / 4 + BYTES_PER_STATION + stations * BYTES_TOLD {
            return wrong(
                Invariant::Memory,
                format!("the first quiet had {before} bytes of state, this has {bytes}"),
            );
        }
        Ok(())
    }

    /// Looks at everything.
    pub(super) fn sweep(&mut self) {
        self.sweeps += 1;
        let now = self.clock.now();
        for index in 0..self.actors.len() {
            let check = self.look_at(&self.actors[index], now);
            let phone = self.actors[index].spec.number;
            self.watch.judge(check, Some(phone));
        }
        let check = together::agree(&self.watch, &self.setup, |index| self.removed.contains(&index));
        self.watch.judge(check, None);
        if self.sweeps.is_multiple_of(WEIGHED) {
            let check = self.weigh();
            self.watch.judge(check, None);
        }
        self.watch.references.forget_old(now);
    }

    /// Looks at everything, the state's size too.
    pub(super) fn look(&mut self) {
        self.sweep();
        let check = self.weigh();
        self.watch.judge(check, None);
    }

    fn look_at(&self, actor: &Actor, now: u64) -> Check {
        let Some(id) = actor.session else { return Ok(()) };
        let Some(view) = self.watch.session(id) else { return Ok(()) };
        phones::is_in_time(view, now)?;
        if !actor.is_orderly() || !view.is_registered || self.network.has_vanished(id) {
            return Ok(());
        }
        if self.network.is_drained(id) && self.server.is_written(id) {
            phones::shows_what_it_was_told(actor, view)?;
        }
        if self.hardware_is_odd() {
            return Ok(());
        }
        talk::can_talk(actor, view, &self.actors, now)
    }

    fn weigh(&self) -> Check {
        let counts = self.server.brain().counts();
        let bytes = self.server.brain().snapshot().len();
        let limit = BYTES_BASE
            + counts.stations * BYTES_PER_STATION
            + counts.sessions * BYTES_PER_SESSION
            + (counts.legs + counts.statistics) * BYTES_PER_LEG;
        if bytes > limit {
            return wrong(
                Invariant::Memory,
                format!("{bytes} bytes of state for {counts:?}: the limit is {limit}"),
            );
        }
        Ok(())
    }
}
