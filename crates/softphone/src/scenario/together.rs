//! Branches at the same time, and the barriers between them.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::model::{Deed, Step};
use super::run::lock;

/// The barriers of a `parallel`.
#[derive(Debug, Default)]
pub(super) struct Barriers {
    /// How many branches have each barrier.
    members: BTreeMap<String, usize>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How many wait at each, and how often all were there.
    waiting: BTreeMap<String, (usize, u64)>,
    has_failed: bool,
}

/// Why a branch does not get past a barrier.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    /// Another branch failed.
    OtherFailed,
    /// So many of so many were there.
    Alone(usize, usize),
}

impl Barriers {
    pub fn of(branches: &[Vec<Step>]) -> Self {
        let mut members = BTreeMap::new();
        for branch in branches {
            let mut named = Vec::new();
            name(branch, &mut named);
            named.sort();
            named.dedup();
            named.into_iter().for_each(|name| *members.entry(name).or_insert(0) += 1);
        }
        Barriers { members, ..Barriers::default() }
    }

    /// A branch failed: nobody waits for it.
    pub fn give_up(&self) {
        lock(&self.state).has_failed = true;
        self.changed.notify_all();
    }

    pub fn wait(&self, name: &str, time: Duration) -> Result<(), Stuck> {
        let members = self.members.get(name).copied().unwrap_or(1);
        let until = Instant::now() + time;
        let mut state = lock(&self.state);
        let (waiting, round) = state.waiting.entry(name.to_owned()).or_default();
        *waiting += 1;
        let entered = *round;
        if *waiting == members {
            (*waiting, *round) = (0, entered + 1);
            self.changed.notify_all();
            return Ok(());
        }
        loop {
            let (waiting, round) = state.waiting.get(name).copied().unwrap_or_default();
            if round != entered {
                return Ok(());
            }
            if state.has_failed {
                return Err(Stuck::OtherFailed);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Stuck::Alone(waiting, members));
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The barriers that steps have, but for those of a `parallel` of their own.
fn name(steps: &[Step], names: &mut Vec<String>) {
    for step in steps {
        match &step.deed {
            Deed::Barrier(barrier) => names.push(barrier.clone()),
            Deed::Repeat { steps, .. } | Deed::Each { steps, .. } => name(steps, names),
            Deed::If { then, otherwise, .. } | Deed::When { then, otherwise, .. } => {
                name(then, names);
                name(otherwise, names);
            }
            Deed::Choose(branches) => branches.iter().for_each(|branch| name(branch, names)),
            Deed::Run { scenario, .. } => name(&scenario.steps, names),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn barrier(name: &str) -> Step {
        Step { line: 0, deed: Deed::Barrier(name.to_owned()) }
    }

    #[test]
    fn all_members_pass_together_as_often_as_they_come() {
        let branches = [vec![barrier("x")], vec![barrier("x"), barrier("x")], vec![]];
        let barriers = Barriers::of(&branches);
        let long = Duration::from_secs(20);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| (0..100).all(|_| barriers.wait("x", long).is_ok()));
            assert!((0..100).all(|_| barriers.wait("x", long).is_ok()));
            assert!(other.join().expect("no panic"));
        });
        assert_eq!(barriers.wait("x", Duration::ZERO), Err(Stuck::Alone(1, 2)));
        barriers.give_up();
        assert_eq!(barriers.wait("y", Duration::ZERO), Ok(()));
    }
}
