//! What a run is to be like, and the world that follows from it.

use phone::Profile;
use phone::profile;

use crate::hardware;
use crate::network::Weather;
use crate::rng::Rng;
use crate::script::{Manners, PhoneSpec, Setup};
use crate::site::NUMBER_FIRST;

/// Label of the generator that makes the world.
const MAKER_LABEL: u64 = 0x6d61_6b65;
/// Bytes that may wait for a phone where some stall: a registration with all that is told with it, and little
/// more.
const STALLED_QUEUE_MAX: u32 = 12 * 1024;

/// What may befall the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Delays vary, writes are cut and joined.
    pub rough: bool,
    /// Connections break or fall silent.
    pub breaks: bool,
    /// Phones do not read for a while, and few bytes may wait for them.
    pub stalls: bool,
    /// Phones are unplugged, plugged in, unregister.
    pub power: bool,
    /// Phones acknowledge late, never, twice, or refuse; their counters come late or never.
    pub habits: bool,
    /// Some clients send what they like.
    pub unruly: bool,
    /// Some phones have a copy of the same name.
    pub copies: bool,
    /// Some phones are not configured.
    pub unknown: bool,
    /// Calls from and to a trunk.
    pub trunk: bool,
    /// Operators end calls, reset phones, take devices away.
    pub operator: bool,
    /// The wall clock is set.
    pub wall_clock: bool,
    /// The exchange is restored from snapshots.
    pub restore: bool,
    /// Bridges, MTPs and transcoders register, are lost, refuse, answer late.
    pub hardware: bool,
}

/// The names of the faults, for the command line.
pub const FAULT_NAMES: [&str; 13] = [
    "rough",
    "breaks",
    "stalls",
    "power",
    "habits",
    "unruly",
    "copies",
    "unknown",
    "trunk",
    "operator",
    "wall-clock",
    "restore",
    "hardware",
];

impl Faults {
    fn flags(&mut self) -> [&mut bool; 13] {
        let Faults { rough, breaks, stalls, power, habits, unruly, copies, unknown, trunk, operator, .. } =
            self;
        let (wall_clock, restore, hardware) = (&mut self.wall_clock, &mut self.restore, &mut self.hardware);
        [
            rough, breaks, stalls, power, habits, unruly, copies, unknown, trunk, operator, wall_clock,
            restore, hardware,
        ]
    }

    /// All of them.
    pub fn all() -> Faults {
        let mut faults = Faults::default();
        faults.flags().into_iter().for_each(|flag| *flag = true);
        faults
    }

    /// About half of them, by the seed: what is left out lets the others go further.
    pub fn some(seed: u64) -> Faults {
        let mut rng = Rng::new(seed, &[MAKER_LABEL, 1]);
        let mut faults = Faults::default();
        faults.flags().into_iter().for_each(|flag| *flag = rng.one_in(2));
        faults
    }

    /// The one with a name.
    pub fn named(name: &str) -> Option<Faults> {
        let index = FAULT_NAMES.iter().position(|known| *known == name)?;
        let mut faults = Faults::default();
        *faults.flags()[index] = true;
        Some(faults)
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, mut other: Faults) -> Faults {
        for (own, other) in self.flags().into_iter().zip(other.flags()) {
            *own |= *other;
        }
        self
    }

    /// Their names.
    pub fn names(mut self) -> Vec<&'static str> {
        FAULT_NAMES.iter().zip(self.flags()).filter(|(_, flag)| **flag).map(|(name, _)| *name).collect()
    }
}

/// What a run is to be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where all numbers come from.
    pub seed: u64,
    /// Phones.
    pub phones: u16,
    /// Events until the run ends.
    pub steps: u64,
    /// Events until all hang up and everything is looked at; then it goes on.
    pub settle_every: u64,
    /// What may befall the world.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 1, phones: 12, steps: 20_000, settle_every: 5_000, faults: Faults::default() }
    }
}

impl Options {
    /// A run whose faults follow from its seed.
    pub fn seeded(seed: u64, steps: u64) -> Options {
        let mut rng = Rng::new(seed, &[MAKER_LABEL, 2]);
        let phones = *rng.pick(&[2, 3, 4, 6, 8, 12, 20, 40]);
        let settle_every = *rng.pick(&[500, 2_000, 5_000, 20_000]);
        Options { seed, phones, steps, settle_every, faults: Faults::some(seed) }
    }

    /// The world that follows.
    pub fn setup(&self) -> Setup {
        let mut rng = Rng::new(self.seed, &[MAKER_LABEL, 3]);
        let faults = self.faults;
        let mut phones: Vec<_> = (0..self.phones).map(|number| phone(number, faults, &mut rng)).collect();
        share_lines(&mut phones, &mut rng);
        if faults.copies {
            add_copies(&mut phones, &mut rng);
        }
        Setup {
            seed: self.seed,
            weather: if faults.rough { Weather::Rough } else { Weather::Smooth },
            restore_every: if faults.restore { rng.between(20, 700) as u32 } else { 0 },
            restore_for: rng.between(1, 200) as u32,
            sweep_every: 50 + 10 * u32::from(self.phones),
            queue_max: if faults.stalls {
                STALLED_QUEUE_MAX
            } else {
                skinny::connection::WRITE_QUEUE_MAX as u32
            },
            engine: rng.percent(85),
            tolerated: Vec::new(),
            hardware: if faults.hardware { hardware::of_seed(self.seed) } else { Vec::new() },
            phones,
        }
    }
}

/// The models: the three generations, each with its oddities.
const MODELS: [(u32, &Profile); 9] = [
    (2, &profile::CISCO_12SP),
    (2, &profile::CISCO_30VIP),
    (1, &profile::CISCO_7910),
    (4, &profile::CISCO_7960),
    (2, &profile::CISCO_7941),
    (3, &profile::CISCO_7965),
    (2, &profile::CISCO_7975),
    (2, &profile::IP_COMMUNICATOR),
    (1, &profile::ATA_186),
];

fn phone(number: u16, faults: Faults, rng: &mut Rng) -> PhoneSpec {
    let profile = rng.weighted(&MODELS);
    let manners = Manners {
        unruly: faults.unruly && rng.one_in(4),
        copy: false,
        unknown: faults.unknown && rng.one_in(4),
        burst: rng.one_in(8),
        roams: rng.one_in(6),
        token: rng.one_in(8),
    };
    let count = if rng.one_in(3) { rng.between(1, u64::from(profile.lines.min(3))) } else { 1 } as u32;
    let first = NUMBER_FIRST + u32::from(number) * 10;
    let has_dials = u32::from(profile.buttons) > count;
    let dialled = NUMBER_FIRST + rng.below(8) as u32 * 10;
    PhoneSpec {
        number,
        name: format!("{}{:012X}", profile.name_prefix, 0x0010_0000_0000_u64 + u64::from(number)),
        profile,
        lines: if manners.unknown {
            Vec::new()
        } else {
            (first..first + count).map(|n| n.to_string()).collect()
        },
        speed_dials: if has_dials && !manners.unknown { vec![dialled.to_string()] } else { Vec::new() },
        manners,
    }
}

/// One phone in three shows the first line of the one before, beside its own or in its place.
fn share_lines(phones: &mut [PhoneSpec], rng: &mut Rng) {
    for place in 1..phones.len() {
        let (before, rest) = phones.split_at_mut(place);
        let (before, phone) = (&before[place - 1], &mut rest[0]);
        let Some(shared) = before.lines.first().filter(|_| !phone.lines.is_empty() && rng.one_in(3)) else {
            continue;
        };
        if phone.lines.len() < usize::from(phone.profile.lines) {
            phone.lines.push(shared.clone());
        } else if !phone.lines.contains(shared) {
            phone.lines[0].clone_from(shared);
        }
    }
}

fn add_copies(phones: &mut Vec<PhoneSpec>, rng: &mut Rng) {
    let copied: Vec<_> =
        phones.iter().filter(|phone| !phone.manners.unknown && rng.one_in(4)).cloned().collect();
    for mut copy in copied {
        copy.number = phones.len() as u16;
        copy.manners = Manners { copy: true, ..Manners::default() };
        phones.push(copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_names() {
        for name in FAULT_NAMES {
            assert_eq!(Faults::named(name).unwrap().names(), [name]);
        }
        assert_eq!(Faults::all().names(), FAULT_NAMES);
        assert!(Faults::named("sunshine").is_none());
    }

    #[test]
    fn a_seed_makes_the_same_world_each_time() {
        let options = Options { faults: Faults::all(), ..Options::seeded(9, 100) };
        let shown = |options: &Options| format!("{:?}", options.setup());
        assert_eq!(shown(&options), shown(&options));
        assert_ne!(shown(&options), shown(&Options { seed: 10, ..options }));
    }
}
