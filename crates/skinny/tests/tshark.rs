//! The whole catalogue, proven against an independent decoder: tshark.
#![allow(clippy::print_stderr, reason = "figures for people")]

mod tshark {
    pub mod catalogue;
    pub mod compare;
    pub mod exceptions;
    pub mod fields;
    pub mod names;
    pub mod pcap;
    pub mod pdml;
    pub mod program;
    pub mod seeded;
    pub mod shape;
}

use tshark::catalogue::{self, VERSIONS};
use tshark::exceptions::Account;
use tshark::{compare, exceptions, fields};

#[test]
fn every_message_at_every_version() {
    let Some(cases) = catalogue::cases() else { return };
    let mut account = Account::new(exceptions::catalogue::EXCEPTIONS);
    let (mut agreed, mut structural) = (0, 0);
    for case in cases {
        let ours = fields::of(case.frame());
        let outcome = compare::compare(&ours, &case.theirs, &case.body);
        agreed += outcome.agreed;
        structural += outcome.structural;
        account.enter(case.entry.id, case.version, outcome.differences, &ours);
    }
    eprintln!("{} frames, {agreed} fields agree, {structural} structural, {} explained", cases.len(), account.explained);
    let complaints = account.complaints(&VERSIONS);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
