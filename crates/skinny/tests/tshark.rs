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
    let (mut agreed, mut structural) = (0, 0); let mut seen = std::collections::BTreeSet::new(); let mut good = std::collections::BTreeSet::new();
    for case in cases {
        let ours = fields::of(case.frame());
        let outcome = compare::compare(&ours, &case.theirs, &case.body);
        agreed += outcome.agreed; for o in &ours { seen.insert((case.entry.id, case.version, o.plain_path())); } for p in outcome.agreed_paths.iter() { good.insert((case.entry.id, case.version, p.clone())); }
        structural += outcome.structural;
        account.enter(case.frame(), outcome.differences, &ours);
    }
    eprintln!("{} frames, {agreed} fields agree, {structural} structural, {} explained", cases.len(), account.explained);
    let mut m: std::collections::BTreeMap<_, Vec<u32>> = Default::default(); for (i,v,p) in seen.difference(&good) { m.entry((*i,p.clone())).or_default().push(*v); } for ((i,p),v) in m { println!("NEVER {i:#06x} {p} {v:?}"); } println!("SEEN {} GOOD {}", seen.len(), good.len());
    let complaints = account.complaints(&VERSIONS);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
