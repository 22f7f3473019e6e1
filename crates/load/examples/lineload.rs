//! The load generator and both servers in one small program, for work on them without the rest of Lineside.
//!
//!     lineload serve [--config FILE] [--listen ADDRESS] [--data DIR]
//!     lineload load null-server --listen ADDRESS [--protocol V]
//!     lineload load ADDRESS [--phones N] [--protocol V] [--rate R] [--seconds S] [--server-pid PID] [--json]
//!     lineload compare [--phones N] [--protocol V] [--rate R] [--seconds S] [--rounds N] [--json]
//!     lineload site --phones N > lineside.toml
//!     lineload record --protocol 11 > crates/load/src/null/classic.txt
//!     lineload record --protocol 20 > crates/load/src/null/modern.txt

#![allow(clippy::print_stdout, reason = "it is a program")]

#[path = "../tests/recording/mod.rs"]
mod recording;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use load::compare::Comparison;
use load::options::{Calls, Options};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    server::log::install();
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", rest @ ..] => serve(rest),
        ["load", "null-server", rest @ ..] => {
            let address = parsed(rest, "--listen")?.ok_or("--listen ADDRESS")?;
            Ok(load::null::serve_and_tell(address, parsed(rest, "--protocol")?.unwrap_or(11))?)
        }
        ["load", target, rest @ ..] => run(target, rest),
        ["compare", rest @ ..] => compare(rest),
        ["site", rest @ ..] => {
            let phones = parsed(rest, "--phones")?.unwrap_or(200);
            print!("{}", load::site::file(Options::new("127.0.0.1:0".parse()?).first_mac, phones));
            Ok(())
        }
        ["record", rest @ ..] => {
            print!("{}", recording::record(parsed(rest, "--protocol")?.unwrap_or(11))?);
            Ok(())
        }
        _ => Err("see the head of lineload.rs".into()),
    }
}

/// The value behind a flag.
fn parsed<T: std::str::FromStr>(words: &[&str], flag: &str) -> Result<Option<T>, Box<dyn Error>>
where
    T::Err: Error + 'static,
{
    let at = words.iter().position(|word| *word == flag);
    let Some(value) = at.and_then(|at| words.get(at + 1)) else { return Ok(None) };
    Ok(Some(value.parse()?))
}

fn serve(words: &[&str]) -> Outcome {
    let options = server::Options {
        config: parsed::<PathBuf>(words, "--config")?,
        listen: parsed::<SocketAddr>(words, "--listen")?.into_iter().collect(),
        data: parsed::<PathBuf>(words, "--data")?,
        trace: false,
        journal: None,
    };
    Ok(server::serve(options)?)
}

fn calls(words: &[&str]) -> Result<Calls, Box<dyn Error>> {
    let mut calls = Calls::default();
    let millis = |flag, usual| -> Result<Duration, Box<dyn Error>> {
        Ok(parsed(words, flag)?.map_or(usual, Duration::from_millis))
    };
    calls.rate = parsed(words, "--rate")?.unwrap_or(calls.rate);
    calls.duration = parsed(words, "--seconds")?.map_or(calls.duration, Duration::from_secs_f64);
    calls.count_max = parsed(words, "--count")?.unwrap_or(calls.count_max);
    calls.answer_after = millis("--answer-ms", calls.answer_after)?;
    calls.hold = millis("--hold-ms", calls.hold)?;
    calls.digit_gap = millis("--digit-gap-ms", calls.digit_gap)?;
    Ok(calls)
}

fn run(target: &str, words: &[&str]) -> Outcome {
    let mut options = Options::new(target.parse()?);
    options.phones = parsed(words, "--phones")?.unwrap_or(options.phones);
    options.protocol = parsed(words, "--protocol")?.unwrap_or(options.protocol);
    options.registering_max = parsed(words, "--registering")?.unwrap_or(options.registering_max);
    options.server_pid = parsed(words, "--server-pid")?;
    options.allow_remote = words.contains(&"--allow-remote");
    options.idle = parsed(words, "--idle")?.map_or(options.idle, Duration::from_secs_f64);
    options.calls = if words.contains(&"--no-calls") { None } else { Some(calls(words)?) };
    let report = load::run(&options)?;
    if words.contains(&"--json") {
        println!("{}", report.to_json())
    } else {
        println!("{report}")
    }
    if report.is_clean() { Ok(()) } else { Err("there were failures".into()) }
}

fn compare(words: &[&str]) -> Outcome {
    let mut comparison = Comparison::new(std::env::current_exe()?);
    comparison.phones = parsed(words, "--phones")?.unwrap_or(comparison.phones);
    comparison.protocol = parsed(words, "--protocol")?.unwrap_or(comparison.protocol);
    comparison.rounds = parsed(words, "--rounds")?.unwrap_or(comparison.rounds);
    comparison.calls = calls(words)?;
    println!("{}", comparison.run()?);
    Ok(())
}
