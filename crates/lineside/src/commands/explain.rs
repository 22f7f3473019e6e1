//! `lineside explain`: what would happen if somebody dialled a number, and why.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use exchange::explain::{
    Candidate, CodecRule, Complete, Destination, Explanation, Far, Key, Look, Question, Tone, explain,
};

/// Say step by step what would happen if somebody dialled a number, and why.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Directory number of the line that dials
    #[arg(long, value_name = "NUMBER")]
    from: String,
    /// What is dialled
    #[arg(long, value_name = "DIGITS")]
    dial: String,
    /// The phone, when several show that line
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// From where the phone that dials signals: its region may go by its network
    #[arg(long, value_name = "IP")]
    from_address: Option<std::net::IpAddr>,
    /// From where the phone that rings signals
    #[arg(long, value_name = "IP")]
    to_address: Option<std::net::IpAddr>,
    /// All digits at once, as from a list of calls or a speed dial
    #[arg(long)]
    en_bloc: bool,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "lineside.toml")]
    config: PathBuf,
    /// As JSON, for other tools
    #[arg(long)]
    json: bool,
}

/// Explains. The exit code says whether the call would go somewhere.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let settings = server::config::load(&arguments.config)?;
    let question = Question {
        from: arguments.from,
        device: arguments.device,
        digits: arguments.dial,
        en_bloc: arguments.en_bloc,
        addresses: [arguments.from_address, arguments.to_address],
    };
    let said = match explain(&settings.plan, &question) {
        Ok(said) => said,
        Err(unknown) => {
            let near = skinny::json::nearest(&question.from, settings.plan.lines.keys().map(String::as_str));
            bail!(
                "{unknown}{}",
                near.map_or_else(String::new, |near| format!("; the nearest line is {near}"))
            );
        }
    };
    let mut out = stdout().lock();
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &said)?;
        writeln!(out)?;
    } else {
        out.write_all(in_words(&said).as_bytes())?;
    }
    let goes_nowhere = matches!(said.destination, Destination::Refused { .. });
    Ok(if goes_nowhere { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn in_words(said: &Explanation) -> String {
    let mut text = caller(said);
    if said.keys.is_empty() {
        let _ = writeln!(text, "\ndials {} at once", quoted(&said.called));
    } else {
        text.push_str("\nkey by key\n");
        said.keys.iter().for_each(|key| text.push_str(&line_of(key)));
        let _ = writeln!(text, "  {}", complete(said));
    }
    for look in &said.looks {
        text.push_str(&look_of(look));
    }
    let _ = write!(text, "\n{}", destination(said));
    said.codecs.iter().for_each(|rule| text.push_str(&codecs(rule)));
    for (name, to) in &said.nights {
        let _ = writeln!(text, "while night service `{name}` is on: goes to {to}");
    }
    text
}

fn codecs(rule: &CodecRule) -> String {
    let region = |name: &str| match name {
        "" => "no region, or that of its network".to_owned(),
        name => format!("region {name}"),
    };
    let may = if rule.codecs.is_empty() { "any, wideband first".to_owned() } else { rule.codecs.join(", ") };
    let must = if rule.required { "; without one the call is refused" } else { "" };
    let taken =
        if rule.codec.is_empty() { String::new() } else { format!("; {} if both have it", rule.codec) };
    let way = match &rule.relayed[..] {
        [] => "directly, unless one is behind a NAT that the other is not behind".to_owned(),
        why => format!("relayed ({})", why.join("; ")),
    };
    format!(
        "codecs with {} ({} to {}): {may}{taken}{must}\naudio with {}: {way}\n",
        rule.device,
        region(&rule.from),
        region(&rule.to),
        rule.device
    )
}

fn quoted(number: &str) -> &str {
    if number.is_empty() { "nothing" } else { number }
}

fn caller(said: &Explanation) -> String {
    let caller = &said.caller;
    let mut text = caller.number.clone();
    if !caller.name.is_empty() {
        let _ = write!(text, " ({})", caller.name);
    }
    match caller.device.as_str() {
        "" => text.push_str(", which no phone shows"),
        device => {
            let _ = write!(text, " on {device}");
        }
    }
    let space = |of: &str, name: &str| match name {
        "" => format!("\n  calling search space of the {of}: none"),
        name => format!("\n  calling search space of the {of}: {name}"),
    };
    if caller.lobby {
        text.push_str("\n  waits in the lobby: emergency numbers and partition `lobby` only");
    } else {
        text += &space("line", &caller.line_space);
        text += &space("device", &caller.device_space);
        let partitions = caller.partitions.join(", ");
        let and = if partitions.is_empty() { String::new() } else { format!("{partitions}, then ") };
        let _ = write!(text, "\n  may dial what is in: {and}no partition; emergency numbers always");
    }
    if let Some((number, secs)) = &caller.hotline {
        let when = if *secs == 0 { "at once".into() } else { format!("after {secs} s of dial tone") };
        let _ = write!(text, "\n  off hook it calls {number} by itself, {when}");
    }
    text.push('\n');
    text
}

fn line_of(key: &Key) -> String {
    let tone = match key.tone {
        _ if key.digits.len() == 1 && key.tone == Tone::Silence => "dial tone stops",
        Tone::Silence => "",
        Tone::OutsideDialTone => "outside dial tone",
    };
    let far = match (key.progress, key.matches.is_empty()) {
        (Far::Complete, _) => "complete".to_owned(),
        (Far::Impossible, _) => "nothing begins with this".to_owned(),
        (Far::GoesOn, true) => "more must come".to_owned(),
        (Far::GoesOn, false) => format!("is {} already, and may go on", key.matches.join(", ")),
    };
    format!("  {:<24}{tone:<19}{far}\n", key.digits)
}

fn complete(said: &Explanation) -> String {
    let why = match said.complete {
        Complete::EnBloc => "the whole number came at once".to_owned(),
        Complete::NothingLonger => "called at once: no longer number is possible".to_owned(),
        Complete::Urgent => "called at once: what matches is urgent".to_owned(),
        Complete::Interdigit { secs } => {
            format!("called {secs} s after the last key: a longer number is possible")
        }
        Complete::Pound => "called at once: # says that it is complete".to_owned(),
        Complete::Impossible => "refused at once: whatever follows, it is no number".to_owned(),
    };
    match said.left_over.as_str() {
        "" => why,
        left => format!("{why}; {left} comes too late and belongs to no number"),
    }
}

fn look_of(look: &Look) -> String {
    let mut text = format!("\n{}\n", quoted(&look.number));
    for (place, found) in look.candidates.iter().enumerate() {
        let mark = if place == 0 { "✔" } else { " " };
        let _ = writeln!(text, "  {mark} {}", candidate(found, place > 0));
    }
    for found in &look.out_of_reach {
        let _ = writeln!(text, "  ✘ {}; this caller may not dial it", candidate(found, false));
    }
    if look.candidates.is_empty() && look.out_of_reach.is_empty() {
        text.push_str("  nothing matches it\n");
    }
    let _ = writeln!(text, "  → {}", look.result);
    text
}

fn candidate(found: &Candidate, lost: bool) -> String {
    let mut text = format!("{} {}", found.kind, found.pattern);
    if !found.partition.is_empty() {
        let _ = write!(text, " in partition {}", found.partition);
    }
    if !found.description.is_empty() && found.description != found.pattern {
        let _ = write!(text, " ({})", found.description);
    }
    let numbers = if found.matches == 1 { "number" } else { "numbers" };
    let _ = write!(text, ", matches {} {numbers} of this length", found.matches);
    if lost {
        text.push_str(": less close, or searched later");
    }
    text
}

fn destination(said: &Explanation) -> String {
    let emergency = if said.emergency { "emergency call, over all limits and classes: " } else { "" };
    match &said.destination {
        Destination::Line { number, name, devices, busy_trigger } => {
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            let rings = match devices.as_slice() {
                [] => "no phone shows it".to_owned(),
                devices => {
                    format!("rings {} if registered; busy from {busy_trigger} calls on", devices.join(", "))
                }
            };
            format!("{emergency}line {number}{name}: {rings}\n")
        }
        Destination::HuntGroup { number, name, algorithm, members, ring_secs, at_end } => {
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            let (members, algorithm) = (members.join(", "), algorithm.word());
            let end =
                at_end.as_ref().map_or_else(|| "its caller hears that".into(), |to| format!("goes to {to}"));
            format!(
                "{emergency}hunt group {number}{name}: {members}, {algorithm}, {ring_secs} s each; whom nobody \
                 takes {end}\n"
            )
        }
        Destination::Trunk { trunk, number } => format!("{emergency}trunk {trunk} as {number}\n"),
        Destination::Refused { cause, why } => format!("{emergency}refused, cause {cause}: {why}\n"),
    }
}
