//! Who makes up what happens, in a run that has no script.

use super::World;
use crate::actor::WILL_LABEL;
use crate::actor::choose::{Surroundings, decide, pause};
use crate::brain::Brain;
use crate::clock::{Event, MILLISECOND, SECOND};
use crate::decision::{Decided, Decision, Who};
use crate::options::Faults;
use crate::rng::Rng;
use crate::script::Setup;

/// Who wakes, beside phones.
const TRUNK: u16 = u16::MAX;
const OPERATOR: u16 = u16::MAX - 1;
/// Phones are plugged in over this time.
const ARRIVAL: u64 = 4 * SECOND;
/// Changes at a phone of which one makes its user think of something at once.
const EXCITED: u64 = 5;

/// Who makes up what happens.
#[derive(Debug)]
pub struct Author {
    rng: Rng,
    pub(super) faults: Faults,
    numbers: Vec<String>,
    phones: u16,
    sociable: bool,
}

impl Author {
    /// An author for a world.
    pub fn new(setup: &Setup, faults: Faults) -> Author {
        let of_phones =
            setup.phones.iter().filter(|phone| !phone.manners.copy).flat_map(|phone| phone.lines.clone());
        let numbers = of_phones.chain(crate::site::HUNT_GROUPS.map(str::to_owned));
        Author {
            rng: Rng::new(setup.seed, &[WILL_LABEL, u64::MAX]),
            faults,
            numbers: numbers.collect(),
            phones: setup.phones.len() as u16,
            sociable: !setup.hardware.is_empty() || setup.engine && !setup.seed.is_multiple_of(3),
        }
    }
}

impl<B: Brain> World<B> {
    pub(super) fn begin_authoring(&mut self) {
        let Some(author) = &mut self.author else { return };
        let now = self.clock.now();
        for (index, actor) in self.actors.iter_mut().enumerate() {
            actor.wakes_at =
                self.agenda.plan_decision(now + author.rng.below(ARRIVAL), Event::Wake(index as u16));
        }
        for machine in &self.machines {
            self.agenda.plan_decision(now + author.rng.below(ARRIVAL), Event::Wake(machine.spec.number));
        }
        for (is_there, who) in [(author.faults.trunk, TRUNK), (author.faults.operator, OPERATOR)] {
            if is_there {
                self.agenda.plan_decision(now + ARRIVAL, Event::Wake(who));
            }
        }
    }

    /// Somebody thinks of something.
    pub(super) fn wake(&mut self, who: u16, at: u64) {
        if who >= OPERATOR {
            return self.wake_other(who);
        }
        if let Some(place) = Self::machine_at(usize::from(who)) {
            let pause = pause(&mut self.machines[place].will) * 4;
            return self.wake_machine(who, pause);
        }
        let index = usize::from(who);
        let Some(author) = &self.author else { return };
        let actor = &mut self.actors[index];
        if actor.wakes_at != at {
            // Something else woke it since this was planned.
            return;
        }
        let decision = if self.is_settling {
            None
        } else {
            let Author { numbers, phones, faults, sociable, .. } = author;
            let around = Surroundings { numbers, phones: *phones, faults: *faults, sociable: *sociable };
            decide(actor, &around)
        };
        let delay = pause(&mut actor.will);
        actor.wakes_at = self.agenda.plan_decision(self.clock.now() + delay, Event::Wake(who));
        if let Some(what) = decision {
            let who = Who::Phone(self.actors[index].spec.number);
            self.decide(who, what);
        }
    }

    fn wake_other(&mut self, who: u16) {
        let Some(author) = &mut self.author else { return };
        let now = self.clock.now();
        let delay = if who == TRUNK {
            author.rng.between(5 * MILLISECOND, 3 * SECOND)
        } else {
            pause(&mut author.rng) * 8
        };
        self.agenda.plan_decision(now + delay, Event::Wake(who));
        if self.is_settling {
            return;
        }
        if who == TRUNK {
            if let Some(what) = self.trunk.decide(&mut author.rng, &author.numbers) {
                self.decide(Who::Trunk, Decision::Trunk(what));
            }
            return;
        }
        let phone = author.rng.below(u64::from(author.phones)) as u16;
        let rng = &mut author.rng;
        let what = match rng.below(10) {
            0..4 => Decision::EndCall(rng.below(8) as u16),
            4..7 => Decision::ResetPhone(phone, rng.between(1, 3) as u8),
            7 if author.faults.wall_clock => {
                Decision::WallClock(*rng.pick(&[-3_600_000, -1500, 900, 86_400_000]))
            }
            7..9 => Decision::Configure(phone, false),
            _ => Decision::Configure(phone, true),
        };
        self.decide(Who::Operator, what);
    }

    /// Something changed at a phone: now and then its user reacts at once, so that what races in life races here.
    pub(super) fn excite(&mut self, index: usize) {
        let Some(_) = &self.author else { return };
        let actor = &mut self.actors[index];
        if self.is_settling || actor.phone.calls().is_empty() || !actor.will.one_in(EXCITED) {
            return;
        }
        let at = self.clock.now() + actor.will.below(20 * MILLISECOND);
        if at < actor.wakes_at {
            actor.wakes_at = self.agenda.plan_decision(at, Event::Wake(index as u16));
        }
    }

    /// The moment of a failure, so that a replay comes as far before all hang up.
    pub(crate) fn record_failure(&mut self) {
        let at = self.clock.since_start().next_multiple_of(10) + 5;
        self.recorded.push(Decided { at, who: Who::World, what: Decision::Look });
    }

    /// A decision is made up: it is kept, and done.
    pub(crate) fn decide(&mut self, who: Who, what: Decision) {
        let decided = Decided { at: self.clock.since_start(), who, what };
        self.recorded.push(decided.clone());
        self.apply(&decided);
    }
}
