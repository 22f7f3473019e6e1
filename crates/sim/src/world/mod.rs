//! The world: phones, network, server, trunk, under one clock. A step is one event.

mod apply;
mod author;
mod drive;
mod hardware;
mod settle;

use std::collections::BTreeSet;

use exchange::input::{Input, SessionId};
use exchange::output::Adoption;

use crate::actor::Actor;
use crate::brain::Brain;
use crate::clock::{Agenda, Clock, Event, MILLISECOND, Way};
use crate::decision::Decided;
use crate::hardware::Machine;
use crate::invariants::{Invariant, Violation, Watch};
use crate::ladder::Ladder;
use crate::network::pipe::End;
use crate::network::{Arrived, Network};
use crate::script::Setup;
use crate::server_side::{Order, ServerSide};
use crate::site;
use crate::trunk::FakeTrunk;

pub use author::Author;

/// How long the configuration takes to learn of an unknown phone.
const ADOPTION: u64 = 50 * MILLISECOND;
/// How long the trunk takes to open a port.
const TRUNK_PORT: u64 = 20 * MILLISECOND;

/// What a run came to so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events.
    pub steps: u64,
    /// Decisions.
    pub decisions: u64,
    /// Messages that phones sent.
    pub messages_in: u64,
    /// Messages that phones were sent.
    pub messages_out: u64,
    /// Inputs of the exchange.
    pub inputs: u64,
    /// Calls that ended.
    pub calls: u64,
    /// Of those, answered.
    pub answered: u64,
    /// Sessions that were dropped because their phone did not read.
    pub slow_readers: u64,
    /// Snapshots that were restored.
    pub restores: u64,
    /// Conferences that had three parties at once.
    pub conferences: u64,
    /// Parties that were put on a recording.
    pub taped: u64,
    /// Announcements that were said to their end.
    pub announced: u64,
    /// Streams that were opened at hardware.
    pub hardware_streams: u64,
    /// Times that all hung up and everything was looked at.
    pub settles: u64,
    /// Virtual nanoseconds.
    pub virtual_ns: u64,
}

impl Counts {
    /// What phones did and what was done to them: the measure of the simulator's speed.
    pub fn phone_events(&self) -> u64 {
        self.messages_in + self.messages_out + self.decisions
    }

    /// These and those.
    pub fn add(&mut self, other: &Counts) {
        self.steps += other.steps;
        self.decisions += other.decisions;
        self.messages_in += other.messages_in;
        self.messages_out += other.messages_out;
        self.inputs += other.inputs;
        self.calls += other.calls;
        self.answered += other.answered;
        self.slow_readers += other.slow_readers;
        self.restores += other.restores;
        self.conferences += other.conferences;
        self.taped += other.taped;
        self.announced += other.announced;
        self.hardware_streams += other.hardware_streams;
        self.settles += other.settles;
        self.virtual_ns += other.virtual_ns;
    }
}

/// The world.
#[derive(Debug)]
pub struct World<B> {
    setup: Setup,
    clock: Clock,
    agenda: Agenda,
    actors: Vec<Actor>,
    machines: Vec<Machine>,
    hardware_streams: u64,
    network: Network,
    server: ServerSide<B>,
    trunk: FakeTrunk,
    /// What must be true.
    pub watch: Watch,
    author: Option<Author>,
    /// Decisions so far, where somebody makes them up.
    pub recorded: Vec<Decided>,
    scratch: Vec<u8>,
    tick_armed: Option<u64>,
    adoptions: Vec<Adoption>,
    is_settling: bool,
    is_draining: bool,
    next_sweep: u64,
    sweeps: u64,
    quiet_bytes: Option<usize>,
    /// Phones whose device went from the configuration since the last quiet.
    removed: BTreeSet<usize>,
    counts: Counts,
}

impl<B: Brain> World<B> {
    /// A world before its first moment. With an author it lives by itself, otherwise by a script.
    pub fn new(setup: Setup, brain: B, author: Option<Author>, ladder_lines: usize) -> World<B> {
        let phones = setup.phones.iter().map(|phone| (phone.number, phone.name.clone()));
        let machines = setup
            .hardware
            .iter()
            .map(|spec| (crate::hardware::NUMBER_FIRST + spec.number, spec.name.clone()));
        let names = phones.chain(machines).collect();
        let clock = Clock::default();
        let plan = site::plan(&setup);
        let mut world = World {
            clock,
            agenda: Agenda::default(),
            actors: setup.phones.iter().map(|spec| Actor::new(setup.seed, spec.clone())).collect(),
            machines: setup.hardware.iter().map(|spec| Machine::new(setup.seed, spec)).collect(),
            hardware_streams: 0,
            network: Network::new(setup.seed, setup.weather),
            server: ServerSide::new(brain, &setup, plan.clone(), clock.both()),
            trunk: FakeTrunk::default(),
            watch: Watch::new(Ladder::new(ladder_lines, names), setup.tolerated.clone()),
            author,
            recorded: Vec::new(),
            scratch: Vec::new(),
            tick_armed: None,
            adoptions: Vec::new(),
            is_settling: false,
            is_draining: false,
            next_sweep: u64::from(setup.sweep_every),
            sweeps: 0,
            quiet_bytes: None,
            removed: BTreeSet::new(),
            counts: Counts::default(),
            setup,
        };
        world.watch.set_now(world.clock.now());
        world.server.replan(plan, &mut world.watch);
        world.after_server();
        world.begin_authoring();
        world
    }

    /// What the run came to so far.
    pub fn counts(&self) -> Counts {
        Counts {
            messages_in: self.watch.messages_in,
            messages_out: self.watch.messages_out,
            inputs: self.server.inputs,
            calls: self.watch.ledger.calls,
            answered: self.watch.ledger.answered,
            slow_readers: self.server.slow_readers,
            restores: self.server.restores,
            conferences: self.server.engine.conferences,
            taped: self.server.engine.taped,
            announced: self.server.engine.announced,
            hardware_streams: self.hardware_streams,
            virtual_ns: self.clock.since_start(),
            ..self.counts
        }
    }

    /// What must be true and is not.
    pub fn violation(&self) -> Option<&Violation> {
        self.watch.violation()
    }

    fn index(&self, phone: u16) -> Option<usize> {
        // Numbers are places, unless a script left phones out.
        let place = usize::from(phone);
        if self.actors.get(place).is_some_and(|actor| actor.spec.number == phone) {
            return Some(place);
        }
        self.actors.iter().position(|actor| actor.spec.number == phone)
    }

    fn set_time(&mut self, at: u64) {
        self.clock.advance(at);
        self.server.set_now(self.clock.both());
        self.watch.set_now(self.clock.now());
    }

    /// Lives until a moment; stops at what must not be.
    pub fn run_until(&mut self, until: u64) {
        while self.agenda.next_at().is_some_and(|at| at <= until) && self.violation().is_none() {
            self.step();
        }
        self.set_time(until);
    }

    /// Lives everything that is due at this very moment: a script does that before a decision, so what decides
    /// between two events of one moment would not be repeated by it.
    pub fn finish_moment(&mut self) {
        self.run_until(self.clock.now());
    }

    /// Lives one event on; `false` when nothing will ever happen any more.
    pub fn step(&mut self) -> bool {
        let Some((at, event)) = self.agenda.take() else { return false };
        self.set_time(at);
        if let Event::Wake(who) = event {
            // No event of the world: with a script there are none.
            self.wake(who, at);
            return true;
        }
        self.counts.steps += 1;
        match event {
            Event::Wake(_) => {}
            Event::Timer(index) => self.timer(usize::from(index), at),
            Event::Connected(index, attempt) => self.connected(usize::from(index), attempt),
            Event::Arrive(id, way) => self.arrive(id, way),
            Event::Tick => {
                self.tick_armed = self.tick_armed.filter(|armed| *armed > at);
                self.server.tick(&mut self.watch);
                self.after_server();
            }
            Event::Opened(index, stream) => self.audio_opened(usize::from(index), stream),
            Event::Sends(index, stream) => self.audio_sends(usize::from(index), stream),
            Event::Counted(index, call) => self.counted(usize::from(index), call),
            Event::PlugIn(index) => {
                let index = usize::from(index);
                if !(self.is_settling && self.actors[index].spec.manners.copy) {
                    self.plug_in(index);
                }
            }
            Event::Hardware(place, turn) => self.hardware_turn(usize::from(place), turn),
            Event::Adopt => self.adopt(),
            Event::TrunkOpened(leg) => {
                if let Some((input, address)) = self.trunk.opened(leg) {
                    self.watch.given(address);
                    self.tell(Input::Trunk(input));
                }
            }
        }
        if self.counts.steps >= self.next_sweep {
            self.next_sweep += u64::from(self.setup.sweep_every.max(1));
            self.sweep();
        }
        true
    }

    /// Tells the exchange one thing.
    fn tell(&mut self, input: Input<'static>) {
        self.server.tell(input, &mut self.watch);
        self.after_server();
    }

    /// A turn of the server is over: what it queued is written, what it ordered is done.
    fn after_server(&mut self) {
        self.server.flush(&mut self.network, &mut self.agenda);
        for order in std::mem::take(&mut self.server.orders) {
            self.obey(order);
        }
        self.server.arm(&mut self.tick_armed, &mut self.agenda);
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Adopt(adoption) => {
                if self.adoptions.is_empty() {
                    self.agenda.plan(self.clock.now() + ADOPTION, Event::Adopt);
                }
                self.adoptions.push(adoption);
            }
            Order::Trunk(order) => match self.trunk.ordered(&order) {
                Ok(None) => {}
                Ok(Some(leg)) => {
                    self.agenda.plan(self.clock.now() + TRUNK_PORT, Event::TrunkOpened(leg));
                }
                Err(text) => self.watch.found(Invariant::Trunk, None, text),
            },
        }
    }

    fn adopt(&mut self) {
        let mut plan = (*self.server.plan).clone();
        for adoption in std::mem::take(&mut self.adoptions) {
            site::adopt(&mut plan, &adoption.device);
        }
        self.server.replan(plan, &mut self.watch);
        self.after_server();
    }

    fn arrive(&mut self, id: SessionId, way: Way) {
        let Some(index) = self.network.line(id).map(|line| usize::from(line.phone)) else { return };
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        let now = self.clock.now();
        let arrived = self.network.arrive(id, way, now, &mut self.agenda, &mut bytes);
        match (way, arrived) {
            (_, Arrived::Nothing) => {}
            (Way::Up, Arrived::Bytes) => {
                self.server.arrived(id, &bytes, &mut self.watch);
                self.after_server();
                match Self::machine_at(index) {
                    Some(place) => self.machine_writes(place),
                    None => self.write_up(index),
                }
            }
            (Way::Up, Arrived::Ended(end)) => self.up_ended(id, index, end),
            (Way::Down, Arrived::Bytes) => {
                self.server.write(id, &mut self.network, &mut self.agenda);
                match Self::machine_at(index) {
                    Some(place) => self.machine_reached(id, place, &bytes),
                    None => self.reached(id, index, &bytes),
                }
            }
            (Way::Down, Arrived::Ended(end)) => match Self::machine_at(index) {
                Some(place) => self.machine_ended(id, place),
                None => self.down_ended(id, index, end),
            },
        }
        self.scratch = bytes;
    }

    fn up_ended(&mut self, id: SessionId, index: usize, end: End) {
        self.server.lost(id, end, &mut self.watch);
        self.after_server();
        let session = match Self::machine_at(index) {
            Some(place) => self.machines[place].session,
            None => self.actors[index].session,
        };
        if session != Some(id) {
            self.network.forget(id);
        }
    }
}
