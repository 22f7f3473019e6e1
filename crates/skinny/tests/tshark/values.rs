//! Names of messages, of values and of flags: tshark's whole lists against ours.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use skinny::catalogue::{self, CATALOGUE};
use skinny::codes::{self, Codes};

use super::catalogue::Report;
use super::exceptions::names::{FLAGS, MESSAGES, PREFIXES, UNNAMED, VALUES};
use super::names::fold;

type Names = BTreeMap<u32, String>;

/// tshark's names for the values of each field, read from its own registry.
pub fn of_tshark() -> BTreeMap<String, Names> {
    let output = Command::new("tshark").args(["-G", "values"]).stderr(Stdio::null()).output();
    let output = output.expect("tshark was found").stdout;
    let mut fields: BTreeMap<String, Names> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output).lines() {
        let mut columns = line.split('\t');
        let (Some("V"), Some(field), Some(value), Some(name)) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        if let (Some(field), Some(value)) = (field.strip_prefix("skinny."), number(value)) {
            fields.entry(field.to_owned()).or_default().insert(value, name.to_owned());
        }
    }
    fields
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A name without what tshark or we put before all names of its kind.
fn bare(name: &str) -> String {
    fold(PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name))
}

/// Values that one names otherwise than the other.
fn differing(codes: &Codes, theirs: &Names) -> BTreeSet<u32> {
    let known = codes.values.iter().map(|(value, _)| *value).chain(theirs.keys().copied());
    let differs = |value: &u32| codes.name(*value).map(bare) != theirs.get(value).map(|name| bare(name));
    known.filter(differs).collect()
}

/// Compares the enumerations that stand at the same place, value by value.
pub fn check_values(report: &Report, theirs: &BTreeMap<String, Names>) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut needed = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (name, field) in &report.enumerations {
        let Some(theirs) = theirs.get(field) else { continue };
        named.insert(*name);
        let codes = codes::ALL.iter().find(|codes| codes.name == *name).expect("every enumeration is listed");
        for value in differing(codes, theirs) {
            let known = VALUES.iter().position(|(other, ranges, _)| {
                other == name && ranges.iter().any(|range| range.contains(&value))
            });
            needed.extend(known.map(|_| (*name, value)));
            if known.is_none() {
                let (ours, theirs) = (codes.name(value), theirs.get(&value));
                complaints.push(format!("{name} {value:#x}: {ours:?}, tshark {theirs:?} ({field})"));
            }
        }
    }
    for (name, ranges, why) in VALUES {
        let values = ranges.iter().cloned().flatten().filter(|value| !needed.contains(&(*name, *value)));
        complaints.extend(values.map(|value| format!("{name} {value:#x} no longer differs: {why}")));
    }
    let unnamed = report.enumerations.iter().map(|(name, _)| *name).filter(|name| !named.contains(name));
    let unnamed: BTreeSet<&str> = unnamed.collect();
    if unnamed != UNNAMED.iter().copied().collect() {
        complaints.push(format!("tshark names no value of {unnamed:?}"));
    }
    complaints
}

/// Compares the flags of each set. tshark calls a flag that it does not know `Bit7`, and has names for two
/// flags together.
pub fn check_flags(report: &Report) -> Vec<String> {
    let sets: BTreeMap<&str, &Codes> = codes::ALL.iter().map(|codes| (codes.name, *codes)).collect();
    let mut needed = BTreeSet::new();
    let mut complaints = Vec::new();
    for (set, mask, theirs) in &report.flags {
        let nameless = theirs.strip_prefix("Bit").is_some_and(|rest| rest.parse::<u32>().is_ok());
        let ours = sets.get(set).and_then(|codes| codes.name(*mask));
        if nameless || mask.count_ones() > 1 || ours.map(fold) == Some(fold(theirs)) {
            continue;
        }
        match FLAGS.iter().position(|(other, flag, _)| other == set && flag == mask) {
            Some(place) => {
                needed.insert(place);
            }
            None => complaints.push(format!("{set} {mask:#x}: {ours:?}, tshark {theirs}")),
        }
    }
    let unused = FLAGS.iter().enumerate().filter(|(place, _)| !needed.contains(place));
    complaints
        .extend(unused.map(|(_, (set, mask, why))| format!("{set} {mask:#x} no longer differs: {why}")));
    complaints
}

/// Compares the names of messages, and which there are.
pub fn check_messages(theirs: &Names) -> Vec<String> {
    let ids: BTreeSet<u32> = CATALOGUE.iter().map(|entry| entry.id).chain(theirs.keys().copied()).collect();
    let differs = |id: &u32| theirs.get(id).is_none_or(|name| catalogue::name(*id) != name.as_str());
    let differing: BTreeSet<u32> = ids.into_iter().filter(differs).collect();
    let known: BTreeSet<u32> = MESSAGES.iter().map(|(id, _)| *id).collect();
    let complaint = |id: &u32| format!("{id:#06x}: {}, tshark {:?}", catalogue::name(*id), theirs.get(id));
    differing.symmetric_difference(&known).map(complaint).collect()
}
