//! Runs: by a seed, or by a script; what they came to, and how to see a failure again.

use exchange::Exchange;

use crate::brain::Brain;
use crate::clock::Clock;
use crate::decision::{Decision, Unreadable, Who};
use crate::invariants::{Invariant, Violation};
use crate::options::Options;
use crate::quiet::catching;
use crate::script::{Script, Setup};
use crate::shrink::{self, Budget};
use crate::world::{Author, Counts, World};

/// Lines of a ladder that are kept for a failure.
const LADDER_MAX: usize = 160;

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// How much happened.
    pub counts: Counts,
    /// What must be true and was not.
    pub failure: Option<Failure>,
    /// The last messages of a replay.
    pub ladder: String,
}

/// A run that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What must be true and was not.
    pub violation: Violation,
    /// The run, replayable by [`replay`]: as short as it became.
    pub script: String,
    /// Decisions in it.
    pub decisions: usize,
    /// Decisions of the run as it happened.
    pub decisions_before: usize,
    /// Whether the script fails in the same way each time. If not, it is the run as it happened.
    pub is_replayable: bool,
    /// The last messages.
    pub ladder: String,
}

/// One run to its end or first failure.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub counts: Counts,
    pub violation: Option<Violation>,
    pub ladder: String,
}

/// Runs the exchange by a seed; findings that are known are passed over.
pub fn run(options: &Options, tolerated: &[String]) -> Outcome {
    run_with(options, tolerated, Budget::default(), Exchange::new)
}

/// Runs a brain by a seed; a failure is shrunk within a budget.
pub fn run_with<B: Brain>(
    options: &Options,
    tolerated: &[String],
    budget: Budget,
    make: impl Fn(u64) -> B,
) -> Outcome {
    let (script, played) = live(options, tolerated, &make);
    let failure = played.violation.clone().map(|violation| {
        let before = script.decisions.len();
        let shrunk = shrink::shrink(script.clone(), &violation, budget, &make);
        let is_replayable = shrunk.is_some();
        let script = shrunk.unwrap_or(script);
        let again = play(&script, &make, LADDER_MAX);
        let violation = again.violation.unwrap_or(violation);
        Failure {
            violation,
            decisions: script.decisions.len(),
            script: script.to_string(),
            decisions_before: before,
            is_replayable,
            ladder: again.ladder,
        }
    });
    Outcome { seed: options.seed, counts: played.counts, failure, ladder: String::new() }
}

/// Runs the exchange by a script.
pub fn replay(text: &str) -> Result<Outcome, Unreadable> {
    replay_with(text, Exchange::new)
}

/// Runs a brain by a script.
pub fn replay_with<B: Brain>(text: &str, make: impl Fn(u64) -> B) -> Result<Outcome, Unreadable> {
    let script: Script = text.parse()?;
    let played = play(&script, &make, LADDER_MAX);
    let failure = played.violation.map(|violation| Failure {
        violation,
        script: script.to_string(),
        decisions: script.decisions.len(),
        decisions_before: script.decisions.len(),
        is_replayable: true,
        ladder: played.ladder.clone(),
    });
    Ok(Outcome { seed: script.setup.seed, counts: played.counts, failure, ladder: played.ladder })
}

/// Lives by an author until the steps are used up, and once more until all is quiet.
fn live<B: Brain>(options: &Options, tolerated: &[String], make: &impl Fn(u64) -> B) -> (Script, Played) {
    let setup = Setup { tolerated: tolerated.to_vec(), ..options.setup() };
    let author = Author::new(&setup, options.faults);
    let mut world = World::new(setup.clone(), make(setup.seed), Some(author), 0);
    let panicked = catching(|| {
        let mut settle_at = options.settle_every;
        while world.counts().steps < options.steps && world.violation().is_none() && world.step() {
            if world.counts().steps >= settle_at {
                world.finish_moment();
                if world.violation().is_some() {
                    break;
                }
                world.decide(Who::World, Decision::Settle);
                settle_at = world.counts().steps + options.settle_every;
            }
        }
        if world.violation().is_none() {
            world.finish_moment();
        }
        if world.violation().is_none() {
            let is_stopped = options.faults.operator && options.seed.is_multiple_of(2);
            world.decide(Who::World, if is_stopped { Decision::Drain } else { Decision::Settle });
        }
    });
    note_panic(&mut world, panicked);
    if world.violation().is_some() {
        world.record_failure();
    }
    let script = Script { setup, decisions: std::mem::take(&mut world.recorded) };
    (script, played(&world))
}

/// Lives by a script, and until all is quiet.
pub(crate) fn play<B: Brain>(script: &Script, make: &impl Fn(u64) -> B, ladder_lines: usize) -> Played {
    let mut world = World::new(script.setup.clone(), make(script.setup.seed), None, ladder_lines);
    let panicked = catching(|| {
        for decided in &script.decisions {
            world.run_until(Clock::at(decided.at));
            if world.violation().is_some() {
                return;
            }
            world.apply(decided);
        }
        let last = script.decisions.last().map(|last| &last.what);
        let ends_settled = matches!(last, Some(Decision::Settle | Decision::Drain));
        if !ends_settled && world.violation().is_none() {
            world.settle();
        }
    });
    note_panic(&mut world, panicked);
    played(&world)
}

fn note_panic<B: Brain>(world: &mut World<B>, panicked: Result<(), String>) {
    if let Err(words) = panicked {
        world.watch.found(Invariant::Panic, None, words);
    }
}

fn played<B: Brain>(world: &World<B>) -> Played {
    Played {
        counts: world.counts(),
        violation: world.violation().cloned(),
        ladder: world.watch.ladder.text(),
    }
}
