//! The simulator's own checks bite: a brain that breaks in one way is caught by the invariant that is meant for
//! it, and the run shrinks to a few decisions.

use std::time::Duration;

use exchange::Exchange;
use sim::invariants::Invariant;
use sim::known::known;
use sim::options::{Faults, Options};
use sim::run::{Outcome, replay_with, run_with};
use sim::sabotage::{ALL, Broken, Sabotage};
use sim::shrink::Budget;

/// Decisions that a shrunk run may have.
const DECISIONS_MAX: usize = 12;

/// Seeds that fail of which one must shrink so far: a run in which everything hangs together takes thousands of replays,
/// more than there is time for here.
const SEEDS_MAX: usize = 3;

/// What catches it; the first that strikes, where several may.
fn caught_by(how: Sabotage) -> &'static [Invariant] {
    use Invariant as I;
    use Sabotage as S;
    match how {
        S::KeepReceiving | S::KeepSending => &[I::Media],
        S::OneWay => &[I::Talk],
        S::LampStaysOn => &[I::Lamp],
        S::RingsOn | S::RingsNever => &[I::Ringer],
        S::ToneStaysOn => &[I::Tone],
        S::KeysStay => &[I::SoftKeys, I::Quiet],
        S::Ghost => &[I::Ghost, I::SoftKeys],
        S::SpeakerStaysOn => &[I::Speaker],
        S::AnswersOnHook => &[I::CallState],
        S::ReusedReferences => &[I::Reference],
        S::SameInstance => &[I::CallInstance],
        S::WrongNumber => &[I::View],
        S::StrayPrompt => &[I::Stray],
        S::WrongGeneration => &[I::Generation],
        S::ShortForm | S::Junk => &[I::Form],
        S::Deaf => &[I::Form, I::Service],
        S::EventGap => &[I::Events],
        S::LostRecord | S::DoubleRecord => &[I::Records],
        S::SpeaksToTheDead => &[I::ClosedSession],
        S::OrdersGhostLegs => &[I::Trunk],
        S::AnswersTwice => &[I::Replies],
        S::RawNotes => &[I::Notes],
        S::Amnesia => &[I::Restore],
        S::Leak => &[I::Memory],
        S::Timeless => &[I::Endless],
        S::PanicsOnStar => &[I::Panic],
        S::StaleLamp => &[I::BusyLamp],
        S::SaysLoggedOut => &[I::Hunt],
        S::HidesHeld => &[I::Appearance, I::SoftKeys],
    }
}

fn faults(how: Sabotage) -> Faults {
    let names: &[&str] = match how {
        Sabotage::OrdersGhostLegs => &["trunk"],
        Sabotage::AnswersTwice => &["operator"],
        Sabotage::SpeaksToTheDead => &["power"],
        Sabotage::Amnesia => &["restore"],
        _ => &[],
    };
    let named = |name: &&str| Faults::named(name).expect("it is one of the faults");
    names.iter().map(named).fold(Faults::default(), Faults::and)
}

fn run_broken(how: Sabotage) -> Outcome {
    let budget = Budget { time: Duration::from_secs(20), replays: 1500 };
    let make = |seed| Broken::new(Exchange::new(seed), how);
    // Ghosts are looked for when all is quiet: seldom, the next call of the line gets the ghost's number first.
    let settle_every = if how == Sabotage::Ghost { 40 } else { 1500 };
    let options = |seed| Options { seed, phones: 5, steps: 6000, settle_every, faults: faults(how) };
    let outcomes = (1..20).map(|seed| run_with(&options(seed), &known(), budget, make));
    let mut failed: Vec<Outcome> = Vec::new();
    for outcome in outcomes.filter(|outcome| outcome.failure.is_some()).take(SEEDS_MAX) {
        let is_short = outcome.failure.as_ref().is_some_and(|failure| failure.decisions <= DECISIONS_MAX);
        failed.push(outcome);
        if is_short {
            break;
        }
    }
    failed.pop().unwrap_or_else(|| panic!("{how:?} is not noticed at all"))
}

/// What is wrong with how a sabotage is caught.
fn complaint(how: Sabotage) -> Option<String> {
    let outcome = run_broken(how);
    let failure = outcome.failure.expect("it fails");
    let found = &failure.violation;
    if !caught_by(how).contains(&found.invariant) {
        return Some(format!("{how:?} is caught by {found}\n{}", failure.ladder));
    }
    if !failure.is_replayable || failure.decisions > DECISIONS_MAX {
        return Some(format!("{how:?} does not shrink: {}\n{}", failure.decisions, failure.script));
    }
    let again =
        replay_with(&failure.script, |seed| Broken::new(Exchange::new(seed), how)).expect("it reads back");
    let again = again.failure.expect("it fails again");
    let is_same = again.violation == *found && again.ladder == failure.ladder;
    (!is_same).then(|| format!("{how:?} fails differently in a replay: {}", again.violation))
}

#[test]
fn every_sabotage_is_caught_by_its_invariant_and_shrinks_to_a_few_decisions() {
    let complaints: Vec<_> = ALL.into_iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}
