//! Decisions, done.

use exchange::input::{Command, Input as ServerInput, Reset};
use phone::{Input, Registration};

use super::World;
use crate::actor::Forger;
use crate::brain::Brain;
use crate::clock::{Event, MILLISECOND, SECOND};
use crate::decision::{Decided, Decision, Forgery, Reference, TrunkMove, Who};
use crate::site;

/// How long a phone is without power when it reboots.
const REBOOT: u64 = 3 * SECOND;

impl<B: Brain> World<B> {
    /// Does what somebody decided.
    pub fn apply(&mut self, decided: &Decided) {
        self.counts.decisions += 1;
        let (now, who, what) = (self.clock.now(), decided.who, &decided.what);
        match who {
            Who::Phone(phone) => self.watch.ladder.decision(now, phone, || what.to_string()),
            _ => self.watch.ladder.note(now, || format!("{who} · {what}")),
        }
        match (who, what) {
            (Who::Phone(phone), what) => {
                if let Some(index) = self.index(phone) {
                    self.phone_decides(index, what);
                }
            }
            (Who::Hardware(number), what) => self.befall(number, what),
            (_, Decision::Trunk(what)) => self.trunk_moves(what),
            (_, Decision::Look) => self.look(),
            (_, Decision::Settle) => self.settle(),
            (_, Decision::Drain) => self.drain(),
            (_, Decision::WallClock(by_ms)) => {
                self.watch.ledger.has_jumped = true;
                self.clock.jump_wall(*by_ms);
                self.server.set_now(self.clock.both());
            }
            (_, what) => self.operate(what),
        }
    }

    fn phone_decides(&mut self, index: usize, what: &Decision) {
        let now = self.clock.now();
        let session = self.actors[index].session;
        match what {
            Decision::PowerOn => self.plug_in(index),
            Decision::PowerOff => self.unplug(index),
            Decision::Reboot => {
                self.unplug(index);
                self.agenda.plan(now + REBOOT, Event::PlugIn(index as u16));
            }
            Decision::Reset => {
                if let Some(id) = session {
                    self.network.reset(id, now, &mut self.agenda);
                }
            }
            Decision::Vanish => {
                if let Some(id) = session {
                    self.network.vanish(id);
                    self.actors[index].was_hurt = true;
                }
            }
            Decision::Stall(ms) => {
                if let Some(id) = session {
                    self.network.stall(id, now + u64::from(*ms) * MILLISECOND);
                    self.actors[index].was_hurt = true;
                }
            }
            Decision::Acks(acks) => {
                self.actors[index].acks = *acks;
                self.actors[index].habits_since = now;
            }
            Decision::Counting(counting) => self.actors[index].counting = *counting,
            Decision::Forge(forgery, line, reference) => self.forge(index, forgery, *line, *reference),
            what => {
                let now = self.clock.duration();
                self.actors[index].act(now, what);
                self.drive(index);
            }
        }
    }

    pub(super) fn plug_in(&mut self, index: usize) {
        if *self.actors[index].phone.registration() == Registration::Off {
            self.actors[index].phone.handle(self.clock.duration(), Input::PowerOn);
            self.drive(index);
        }
    }

    /// Without power: the connection falls silent, and nobody tells the server.
    pub(super) fn unplug(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        actor.phone.handle(self.clock.duration(), Input::PowerOff);
        if let Some(id) = actor.session.take() {
            self.network.vanish(id);
        }
        self.drive(index);
    }

    fn forge(&mut self, index: usize, forgery: &Forgery, line: u32, reference: Reference) {
        let meant = match reference {
            Reference::Foreign(phone) => self.index(phone).map(|other| self.actors[other].latest_reference()),
            own => self.actors[index].reference(own),
        };
        let open = self.actors[index].session.and_then(|id| self.watch.session(id)?.open_party());
        let party = open.map_or(0, |(party, _)| party);
        let actor = &mut self.actors[index];
        Forger { forgery, line, reference: meant.unwrap_or(0), party }
            .send(&mut actor.phone, &mut actor.body);
        self.write_up(index);
        self.drive(index);
    }

    fn trunk_moves(&mut self, what: &TrunkMove) {
        if let Some(input) = self.trunk.make(what) {
            self.tell(ServerInput::Trunk(input));
        }
    }

    fn operate(&mut self, what: &Decision) {
        match what {
            Decision::EndCall(index) => {
                if let Some(call) = self.watch.ledger.nth_live(*index) {
                    self.server.command(Command::Hangup { call }, &mut self.watch);
                }
            }
            Decision::ResetPhone(phone, how) => {
                let Some(index) = self.index(*phone) else { return };
                let device = self.actors[index].spec.name.clone();
                let how = match how {
                    1 => Reset::Reset,
                    2 => Reset::Restart,
                    _ => Reset::ApplyConfig,
                };
                self.server.command(Command::Reset { device, how }, &mut self.watch);
            }
            Decision::Configure(phone, is_present) => {
                let Some(index) = self.index(*phone) else { return };
                self.configure(index, *is_present);
            }
            _ => {}
        }
        self.after_server();
    }

    /// A device goes from the configuration, or comes back.
    pub(super) fn configure(&mut self, index: usize, is_present: bool) {
        let spec = &self.actors[index].spec;
        if spec.manners.unknown || spec.manners.copy {
            return;
        }
        if self.server.plan.devices.contains_key(&spec.name) == is_present {
            return;
        }
        let mut plan = (*self.server.plan).clone();
        if is_present {
            site::add(&mut plan, spec);
            site::add_buttons(&mut plan, &self.setup, spec);
        } else {
            plan.devices.remove(&spec.name);
            self.removed.insert(index);
        }
        self.server.replan(plan, &mut self.watch);
    }
}
