//! `cargo run --release -p sim --example sim -- --seed 1 --steps 100000`: the simulator without xtask.

use std::process::ExitCode;

use sim::report::{Request, main_loop};

fn main() -> ExitCode {
    let mut request = Request { steps: 20_000, seed: 1, ..Request::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_default();
        match word.as_str() {
            "--seed" => request.seed = value().parse().unwrap_or(1),
            "--steps" => request.steps = value().parse().unwrap_or(20_000),
            "--seeds" => request.seeds = value().parse().unwrap_or(1),
            "--budget-secs" => request.budget_secs = value().parse().unwrap_or(10),
            "--phones" => request.phones = value().parse().unwrap_or(0),
            "--faults" => request.faults = value().split(',').map(str::to_owned).collect(),
            "--script" => request.script = std::fs::read_to_string(value()).ok(),
            "--tolerate" => request.tolerated.push(value()),
            "--keep-going" => request.keep_going = true,
            _ => return ExitCode::from(2),
        }
    }
    main_loop(&request, &mut std::io::stdout()).unwrap_or(ExitCode::FAILURE)
}
