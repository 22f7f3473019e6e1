//! The exchange in the simulated world: each class of faults by itself, then together. Long runs are
//! `cargo xtask sim`.

use exchange::Exchange;
use sim::known::known;
use sim::options::{FAULT_NAMES, Faults, Options};
use sim::run::{Outcome, run_with};
use sim::shrink::Budget;
use sim::world::Counts;

/// Shrinking is for people who wait: a test shows what it has after so long.
const BUDGET: Budget = Budget { time: std::time::Duration::from_secs(20), replays: 2000 };

fn run(options: Options) -> Counts {
    let Outcome { counts, failure, .. } = run_with(&options, &known(), BUDGET, Exchange::new);
    if let Some(failure) = failure {
        panic!(
            "seed {} of {:?}: {}\n{}\n{}",
            options.seed,
            options.faults.names(),
            failure.violation,
            failure.ladder,
            failure.script
        );
    }
    counts
}

fn runs(faults: Faults, seeds: std::ops::Range<u64>, phones: u16) -> Counts {
    let mut total = Counts::default();
    for seed in seeds {
        total.add(&run(Options { seed, phones, steps: 5000, settle_every: 2500, faults }));
    }
    total
}

#[test]
fn in_peace() {
    let counts = runs(Faults::default(), 1..4, 8);
    assert!(counts.calls > 200 && counts.answered > 20, "{counts:?}");
}

#[test]
fn each_trouble_by_itself() {
    for name in FAULT_NAMES {
        let faults = Faults::named(name).expect("it has a name");
        let counts = runs(faults, 1..4, 6);
        assert!(counts.calls > 20, "{name}: {counts:?}");
    }
}

#[test]
fn bridges_and_transcoders_come_and_go() {
    let names = ["hardware", "habits", "breaks", "power", "unknown", "restore"];
    let named = names.iter().map(|name| Faults::named(name).expect("it has a name"));
    let counts = runs(named.fold(Faults::default(), Faults::and), 100..106, 12);
    assert!(counts.hardware_streams > 10, "{counts:?}");
}

#[test]
fn all_troubles_at_once() {
    let counts = runs(Faults::all(), 1..4, 12);
    assert!(counts.restores > 0 && counts.calls > 20, "{counts:?}");
}

#[test]
fn phones_that_do_not_read_are_dropped() {
    let stalls = Faults::named("stalls").expect("it has a name");
    let counts = run(Options { seed: 7, phones: 4, steps: 20_000, settle_every: 10_000, faults: stalls });
    assert!(counts.slow_readers > 0, "{counts:?}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let options = Options { steps: 3000, faults: Faults::all(), ..Options::default() };
    assert_eq!(run(options), run(options));
}
