//! Makes a failing run short: leaves out decisions, phones and troubles of the network as long as the same
//! thing goes wrong.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::brain::Brain;
use crate::clock::{MILLISECOND, SECOND};
use crate::decision::{Decision, Who};
use crate::invariants::{Invariant, Violation};
use crate::network::Weather;
use crate::run::play;
use crate::script::Script;

/// How long shrinking may take. The result may depend on the machine, the failure that it shows does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Wall time.
    pub time: Duration,
    /// Replays.
    pub replays: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { time: Duration::from_secs(60), replays: 20_000 }
    }
}

/// Decisions of a script that shrinking makes evenly spaced come at this distance.
const SPACING: u64 = 500 * MILLISECOND;

struct Shrinker<'a, F> {
    wanted: Invariant,
    make: &'a F,
    started: Instant,
    budget: Budget,
    replays: u32,
    best: Script,
}

/// The shortest script found that fails by the same invariant; `None` when the script as it is does not.
pub(crate) fn shrink<B: Brain>(
    script: Script,
    violation: &Violation,
    budget: Budget,
    make: &impl Fn(u64) -> B,
) -> Option<Script> {
    let mut shrinker = Shrinker {
        wanted: violation.invariant,
        make,
        started: Instant::now(),
        budget,
        replays: 0,
        best: script,
    };
    if !shrinker.fails(&shrinker.best.clone()) {
        return None;
    }
    shrinker.shrink();
    Some(shrinker.best)
}

impl<B: Brain, F: Fn(u64) -> B> Shrinker<'_, F> {
    fn fails(&mut self, script: &Script) -> bool {
        self.replays += 1;
        play(script, self.make, 0).violation.is_some_and(|found| found.invariant == self.wanted)
    }

    fn is_over(&self) -> bool {
        self.replays >= self.budget.replays || self.started.elapsed() >= self.budget.time
    }

    /// Keeps a script that fails as wanted.
    fn try_out(&mut self, script: Script) -> bool {
        let fails = !self.is_over() && self.fails(&script);
        if fails {
            self.best = script;
        }
        fails
    }

    fn shrink(&mut self) {
        self.only_the_last_part();
        self.without_troubles();
        loop {
            let before = self.best.decisions.len();
            self.without_phones();
            self.without_decisions();
            self.without_troubles();
            self.plainer_phones();
            if self.is_over() || self.best.decisions.len() >= before {
                break;
            }
        }
        self.evenly_spaced();
        self.without_idle_phones();
        self.without_decisions();
    }

    /// After each quiet moment the world is as new: what came before is often of no matter.
    fn only_the_last_part(&mut self) {
        let is_settle = |decided: &crate::decision::Decided| decided.what == Decision::Settle;
        let decisions = &self.best.decisions;
        let last = decisions.iter().rposition(is_settle);
        let is_at_end = last.is_some_and(|last| last + 1 == decisions.len());
        let from =
            if is_at_end { decisions[..decisions.len() - 1].iter().rposition(is_settle) } else { last };
        let Some(from) = from else { return };
        let mut script = self.best.clone();
        let plugged = script.decisions[..from].iter().filter(|decided| decided.what == Decision::PowerOn);
        let mut decisions: Vec<_> = plugged.cloned().collect();
        decisions.extend(script.decisions[from + 1..].iter().cloned());
        script.decisions = decisions;
        self.try_out(script);
    }

    fn without_troubles(&mut self) {
        let changes: [fn(&mut Script); 6] = [
            |script| script.setup.weather = Weather::Smooth,
            |script| script.setup.restore_every = 0,
            |script| script.setup.restore_every = script.setup.restore_every.min(1),
            |script| script.setup.queue_max = skinny::connection::WRITE_QUEUE_MAX as u32,
            |script| script.setup.sweep_every = 20,
            |script| script.setup.hardware.clear(),
        ];
        for change in changes {
            let mut script = self.best.clone();
            change(&mut script);
            if script.to_string() != self.best.to_string() {
                self.try_out(script);
            }
        }
    }

    /// Leaves out all that one phone, the trunk or the operator decides.
    fn without_phones(&mut self) {
        let everybody: BTreeSet<Who> = self.best.decisions.iter().map(|decided| decided.who).collect();
        for who in everybody {
            let mut script = self.best.clone();
            script.decisions.retain(|decided| decided.who != who);
            self.try_out(script);
        }
    }

    /// Takes away what phones have that they need not have.
    fn plainer_phones(&mut self) {
        for index in 0..self.best.setup.phones.len() {
            let mut script = self.best.clone();
            let phone = &mut script.setup.phones[index];
            phone.speed_dials.clear();
            phone.manners.burst = false;
            phone.manners.token = false;
            phone.manners.roams = false;
            if script.to_string() != self.best.to_string() {
                self.try_out(script);
            }
        }
    }

    /// Phones that nobody uses.
    fn without_idle_phones(&mut self) {
        let mut script = self.best.clone();
        let busy: BTreeSet<Who> = script.decisions.iter().map(|decided| decided.who).collect();
        script.setup.phones.retain(|phone| busy.contains(&Who::Phone(phone.number)));
        if !self.try_out(script) {
            for index in (0..self.best.setup.phones.len()).rev() {
                let mut script = self.best.clone();
                let phone = script.setup.phones.remove(index);
                if !busy.contains(&Who::Phone(phone.number)) {
                    self.try_out(script);
                }
            }
        }
    }

    /// Leaves out decisions, in ever smaller portions.
    fn without_decisions(&mut self) {
        let mut portion = self.best.decisions.len() / 2;
        while portion >= 1 {
            let mut from = 0;
            let mut left_out = false;
            while from < self.best.decisions.len() && !self.is_over() {
                let mut script = self.best.clone();
                let to = (from + portion).min(script.decisions.len());
                script.decisions.drain(from..to);
                if self.try_out(script) {
                    left_out = true;
                } else {
                    from += portion;
                }
            }
            if portion == 1 && !left_out {
                break;
            }
            portion = if left_out { portion.min(self.best.decisions.len() / 2).max(1) } else { portion / 2 };
            if self.best.decisions.len() <= 1 {
                break;
            }
        }
    }

    /// Times that people can read.
    fn evenly_spaced(&mut self) {
        let mut script = self.best.clone();
        for (index, decided) in script.decisions.iter_mut().enumerate() {
            decided.at = SECOND + index as u64 * SPACING + 5;
        }
        self.try_out(script);
    }
}
