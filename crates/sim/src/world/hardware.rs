//! Hardware of the site, driven: its connection, its timers, its streams, what befalls it.

use exchange::input::SessionId;
use phone::resource::ResourceOutput;

use super::World;
use crate::brain::Brain;
use crate::clock::{Event, MILLISECOND, SECOND, Way};
use crate::decision::{Acks, Decision, Who};
use crate::hardware::{NUMBER_FIRST, Turn};
use crate::invariants::{Check, Invariant, wrong};
use crate::network::pipe::End;
use crate::site;

/// How long a connection takes to be made.
const CONNECT: u64 = 3 * MILLISECOND;
/// How long it waits before it tries again.
const AGAIN: u64 = 4 * SECOND;
/// For so long after a change it may do anything.
const STEADY_AFTER: u64 = 60 * SECOND;

impl<B: Brain> World<B> {
    /// The place of hardware by its number in the network.
    pub(super) fn machine_at(number: usize) -> Option<usize> {
        number.checked_sub(usize::from(NUMBER_FIRST))
    }

    fn plan_turn(&mut self, place: usize, after: u64, turn: Turn) {
        self.agenda.plan(self.clock.now() + after, Event::Hardware(place as u16, turn));
    }

    pub(super) fn hardware_turn(&mut self, place: usize, turn: Turn) {
        let now = self.clock.duration();
        match turn {
            Turn::Connected(attempt) => return self.machine_connects(place, attempt),
            Turn::Timer => {
                let machine = &mut self.machines[place];
                machine.armed = machine.armed.filter(|armed| *armed > self.clock.now());
                machine.resource.tick(now);
            }
            Turn::Opened(party) => {
                let machine = &mut self.machines[place];
                let local = (machine.acks != Acks::Refused).then(|| machine.audio_address());
                machine.resource.opened(party, local);
                self.hardware_streams += 1;
            }
            Turn::LateRequest => self.machines[place].late_request(now),
        }
        self.drive_machine(place);
    }

    fn machine_connects(&mut self, place: usize, attempt: u32) {
        let machine = &mut self.machines[place];
        if machine.attempts != attempt || !machine.is_on || machine.session.is_some() || self.is_draining {
            return;
        }
        let (local, remote) = (machine.local_address(), site::server(&machine.spec));
        let id = self.network.open(machine.spec.number, attempt, local, remote);
        machine.connected(id);
        if let Some(peer) = self.network.line(id).map(|line| line.peer) {
            self.server.opened(id, peer, &self.machines[place].spec, &mut self.watch);
        }
        self.after_server();
        self.drive_machine(place);
    }

    /// Carries out what it wants.
    fn drive_machine(&mut self, place: usize) {
        while let Some(output) = self.machines[place].resource.poll() {
            match output {
                ResourceOutput::Open { party, .. } => {
                    let machine = &mut self.machines[place];
                    let delay = match machine.acks {
                        Acks::Never => continue,
                        Acks::Late => machine.body.between(6 * SECOND, 20 * SECOND),
                        _ => machine.body.between(MILLISECOND, 40 * MILLISECOND),
                    };
                    let again = machine.acks == Acks::Twice;
                    self.plan_turn(place, delay, Turn::Opened(party));
                    if again {
                        self.plan_turn(place, delay + 30 * MILLISECOND, Turn::Opened(party));
                    }
                }
                ResourceOutput::HangUp => self.machine_leaves(place, End::Fin),
                ResourceOutput::Send { .. } | ResourceOutput::Close { .. } => {}
            }
        }
        self.machine_writes(place);
        let machine = &mut self.machines[place];
        let Some(deadline) = machine.resource.deadline() else { return };
        let at = (deadline.as_nanos() as u64).max(self.clock.now());
        if machine.armed.is_none_or(|armed| at < armed) {
            machine.armed = Some(self.agenda.plan(at, Event::Hardware(place as u16, Turn::Timer)));
        }
    }

    pub(super) fn machine_writes(&mut self, place: usize) {
        let Some(id) = self.machines[place].session else { return };
        let now = self.clock.now();
        let connection = self.machines[place].resource.connection();
        while !connection.pending().is_empty() {
            match self.network.write(id, Way::Up, connection.pending(), now, &mut self.agenda) {
                0 => return,
                len => connection.wrote(len),
            }
        }
    }

    pub(super) fn machine_reached(&mut self, id: SessionId, place: usize, bytes: &[u8]) {
        let now = self.clock.duration();
        let machine = &mut self.machines[place];
        if machine.session != Some(id) {
            return;
        }
        if machine.bytes(now, bytes) {
            let after = self.machines[place].body.between(6 * SECOND, 20 * SECOND);
            self.plan_turn(place, after, Turn::LateRequest);
        }
        self.drive_machine(place);
    }

    /// The server closed its connection, or it broke.
    pub(super) fn machine_ended(&mut self, id: SessionId, place: usize) {
        self.network.forget(id);
        if self.machines[place].session == Some(id) {
            self.machines[place].disconnected();
            self.machine_tries_again(place);
        }
    }

    /// It closes its connection itself, or breaks it off.
    fn machine_leaves(&mut self, place: usize, end: End) {
        let now = self.clock.now();
        if let Some(id) = self.machines[place].disconnected() {
            self.network.finish(id, Way::Up, end, now, &mut self.agenda);
        }
        self.machine_tries_again(place);
    }

    fn machine_tries_again(&mut self, place: usize) {
        let machine = &mut self.machines[place];
        machine.attempts += 1;
        let (attempt, after) = (machine.attempts, AGAIN + machine.body.below(AGAIN));
        if machine.is_on {
            self.plan_turn(place, after, Turn::Connected(attempt));
        }
    }

    fn machine_powers_on(&mut self, place: usize) {
        let machine = &mut self.machines[place];
        if std::mem::replace(&mut machine.is_on, true) {
            return;
        }
        machine.attempts += 1;
        let attempt = machine.attempts;
        self.plan_turn(place, CONNECT, Turn::Connected(attempt));
    }

    /// Its connection falls silent.
    fn machine_powers_off(&mut self, place: usize) {
        self.machines[place].is_on = false;
        if let Some(id) = self.machines[place].disconnected() {
            self.network.vanish(id);
        }
    }

    /// Something befalls it.
    pub(super) fn befall(&mut self, number: u16, what: &Decision) {
        let place = usize::from(number);
        let now = self.clock.now();
        let Some(machine) = self.machines.get_mut(place) else { return };
        machine.changed_at = now;
        let session = machine.session;
        match what {
            Decision::PowerOn => self.machine_powers_on(place),
            Decision::PowerOff => self.machine_powers_off(place),
            Decision::Reboot => {
                self.machine_powers_off(place);
                self.machine_powers_on(place);
            }
            Decision::Reset => {
                if let Some(id) = session {
                    self.network.reset(id, now, &mut self.agenda);
                }
            }
            Decision::Vanish => {
                if let Some(id) = session {
                    self.network.vanish(id);
                }
            }
            Decision::Stall(ms) => {
                if let Some(id) = session {
                    self.network.stall(id, now + u64::from(*ms) * MILLISECOND);
                }
            }
            Decision::Acks(acks) => machine.acks = *acks,
            Decision::EndConference(index) => machine.end_conference(*index),
            _ => {}
        }
        self.drive_machine(place);
    }

    /// Something is made up for it.
    pub(super) fn wake_machine(&mut self, number: u16, pause: u64) {
        let Some(faults) = self.author.as_ref().map(|author| author.faults) else { return };
        let place = usize::from(number - NUMBER_FIRST);
        self.agenda.plan_decision(self.clock.now() + pause, Event::Wake(number));
        if self.is_settling {
            return;
        }
        if let Some(what) = self.machines[place].decide(faults) {
            self.decide(Who::Hardware(place as u16), what);
        }
    }

    /// It is as it should be from now on; what hangs is started anew.
    pub(super) fn mend_machines(&mut self) {
        let now = self.clock.now();
        for place in 0..self.machines.len() {
            let machine = &mut self.machines[place];
            machine.acks = Acks::Prompt;
            machine.changed_at = now;
            if let Some(id) = machine.session {
                self.network.stall(id, now);
                if self.network.has_vanished(id) {
                    self.machine_powers_off(place);
                }
            }
            self.machine_powers_on(place);
        }
    }

    /// Whether some of it may be doing anything, so that phones may have nobody to talk to for a while.
    pub(super) fn hardware_is_odd(&self) -> bool {
        let now = self.clock.now();
        self.machines.iter().any(|machine| {
            machine.acks != Acks::Prompt || now.saturating_sub(machine.changed_at) < STEADY_AFTER
        })
    }

    /// Whether it is registered, and holds nothing.
    pub(super) fn hardware_is_quiet(&self) -> Check {
        for machine in &self.machines {
            let name = &machine.spec.name;
            if !machine.resource.is_registered() {
                return wrong(Invariant::Service, format!("{name} is not registered"));
            }
            let (streams, conferences) = (machine.resource.streams(), &machine.conferences);
            if streams > 0 || !conferences.is_empty() {
                let text = format!("all have hung up, and {name} has {streams} streams and {conferences:x?}");
                return wrong(Invariant::Media, text);
            }
            let view = machine.session.and_then(|id| self.watch.session(id));
            if let Some((party, _)) = view.and_then(|view| view.open_party()) {
                return wrong(
                    Invariant::Media,
                    format!("all have hung up, and {name} has stream {party:#x}"),
                );
            }
        }
        Ok(())
    }
}
