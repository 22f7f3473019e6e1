//! The whole catalogue, proven against an independent decoder.
//!
//! tshark reads frames of every message at every version, and the shared captures; each field that both
//! know must have the same place, size, name and value. Where the two differ, a table in
//! `tshark/exceptions/` says what tshark does and why ours is right; an entry without a difference fails as
//! well. The tables describe tshark 4.0.17.

mod tshark {
    pub mod behind;
    pub mod captures;
    pub mod catalogue;
    pub mod compare;
    pub mod exceptions;
    pub mod fields;
    pub mod names;
    pub mod observed;
    pub mod pcap;
    pub mod pdml;
    pub mod program;
    pub mod proofs;
    pub mod seeded;
    pub mod shape;
    pub mod values;
}

use tshark::exceptions::captures::{BRIDGE, EARLY};
use tshark::{captures, catalogue, names, observed, values};

#[test]
fn every_message_at_every_version() {
    let Some(report) = catalogue::report() else { return };
    eprintln!(
        "{} frames of {} layouts (message × version): {} fields agree, {} are structural, exceptions explain \
         {:?}; {} of {} fields by message and version agree",
        report.frames,
        report.layouts,
        report.agreed,
        report.structural,
        report.explained,
        report.fields_agreed,
        report.fields
    );
    assert!(report.complaints.is_empty(), "\n{}", report.complaints.join("\n"));
    // So that no exception grows until it hides what it should not.
    assert!(report.fields_agreed * 100 > report.fields * 93, "{}", report.fields_agreed);
}

#[test]
fn every_alias_is_needed() {
    let Some(report) = catalogue::report() else { return };
    let needed = report.aliases.iter().copied();
    assert!(needed.eq(0..names::ALIASES.len()), "{:?} of {:?}", report.aliases, names::ALIASES);
}

#[test]
fn every_message_value_and_flag_has_the_same_name() {
    let Some(report) = catalogue::report() else { return };
    let theirs = values::of_tshark();
    let mut complaints = values::check_values(report, &theirs);
    complaints.extend(values::check_flags(report));
    complaints.extend(values::check_messages(&theirs["messageId"]));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn capture_of_a_call_at_version_20() {
    captures::check("ndpi-skinny.pcap", &[], 62);
}

#[test]
fn capture_of_a_conference_bridge() {
    captures::check("ndpi-sccp_hw_conf_register.pcapng", BRIDGE, 8);
}

#[test]
fn capture_of_an_early_call_manager() {
    captures::check("pyskinny-cm2_register.pcapng", EARLY, 1298);
}

#[test]
fn observed_lines_of_a_call_at_version_20() {
    observed::check(observed::BRIDGED_CALL, "ndpi-skinny.pcap", 62);
}

#[test]
fn observed_lines_of_an_early_call_manager() {
    observed::check(observed::EARLY, "pyskinny-cm2_register.pcapng", 108);
}
