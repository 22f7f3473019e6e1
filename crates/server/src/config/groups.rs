//! `[[hunt_group]]` and `[[night_service]]`: lines that share the calls to one number, and lines whose calls go
//! elsewhere while nobody is there.

use std::collections::BTreeMap;

use exchange::plan::{Algorithm, HuntGroup, NightService, Plan};
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::compile::once;
use super::dial_plan;
use super::error::Problem;
use super::file::File;

/// Members that one hunt group may have: as many as are asked for one call.
const MEMBERS_MAX: usize = exchange::limit::HUNT_MEMBERS_MAX;

/// Lines that an error names.
const NAMED_MAX: usize = 12;

/// `[[hunt_group]]`: lines that share the calls to one number. Members who are in a call, not to be disturbed,
/// logged out or away are passed over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HuntGroupSection {
    /// Its number, which no line has.
    pub number: Spanned<String>,
    /// What callers and members see; left out: its number.
    pub name: Option<Spanned<String>>,
    /// Directory numbers of its members, in order.
    pub members: Vec<Spanned<String>>,
    /// Who is asked first: `top_down`, `circular`, `longest_idle`, or all at once: `broadcast`; left out:
    /// `top_down`.
    pub algorithm: Option<Spanned<String>>,
    /// Seconds that it rings at a member; left out: 10.
    pub ring_secs: Option<Spanned<u32>>,
    /// The number that a call goes to that nobody took, such as a mailbox; left out: the caller hears that it is
    /// busy, or that nobody answers.
    pub at_end: Option<Spanned<String>>,
    /// Its partition: who may call it; left out: everybody.
    pub partition: Option<Spanned<String>>,
    /// What `at_end` may be; left out: what is in no partition.
    pub calling_search_space: Option<Spanned<String>>,
}

/// `[[night_service]]`: lines whose calls go elsewhere while it is on. It is switched by `*26` and `*27` at its
/// phones, by a button, and by `lineside ctl night`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NightServiceSection {
    /// Its name.
    pub name: Spanned<String>,
    /// Numbers of lines and hunt groups.
    pub lines: Vec<Spanned<String>>,
    /// The number that their calls go to; left out: they ring at `ring`.
    pub to: Option<Spanned<String>>,
    /// Numbers of the lines at which they ring, all at once.
    pub ring: Option<Vec<Spanned<String>>>,
    /// Whether calls are refused instead, and callers hear that it is closed; left out: no.
    #[serde(default)]
    pub closed: bool,
}

/// Puts the groups into a plan that has its lines.
pub(super) fn groups(file: &File, plan: &mut Plan, checker: &mut Checker<'_>) {
    let mut first_places = BTreeMap::new();
    for section in &file.hunt_groups {
        let number = checker.number(&section.number);
        once(&mut first_places, "hunt group", &number, &section.number, checker);
        if plan.lines.contains_key(&number) {
            checker.bad(&section.number, "number for a hunt group", "a line has it: take another");
        }
        let group = hunt_group(section, plan, checker);
        plan.hunt_groups.insert(number, group);
    }
    let mut first_places = BTreeMap::new();
    for section in &file.night_services {
        let name = checker.text(Some(&section.name), "name").unwrap_or_default();
        once(&mut first_places, "night service", &name, &section.name, checker);
        let night = night_service(section, plan, checker);
        plan.night_services.insert(name, night);
    }
}

fn hunt_group(section: &HuntGroupSection, plan: &Plan, checker: &mut Checker<'_>) -> HuntGroup {
    let usual = HuntGroup::default();
    if section.members.is_empty() {
        checker.bad(&section.number, "hunt group", "it has no members: write `members = [\"1001\", …]`");
    }
    if let Some(one_too_many) = section.members.get(MEMBERS_MAX) {
        let problem = Problem::TooMany { what: "members", found: section.members.len(), limit: MEMBERS_MAX };
        checker.fault(one_too_many.span(), problem);
    }
    let mut first_places = BTreeMap::new();
    let mut members = Vec::new();
    for member in &section.members {
        once(&mut first_places, "member", member.get_ref(), member, checker);
        members.push(line(member, plan, checker));
    }
    HuntGroup {
        name: checker.text(section.name.as_ref(), "name").unwrap_or_default(),
        members,
        algorithm: section.algorithm.as_ref().map_or(usual.algorithm, |word| algorithm(word, checker)),
        ring_secs: checker
            .within(section.ring_secs.as_ref(), "number of seconds", (1, 3600))
            .unwrap_or(usual.ring_secs),
        at_end: section.at_end.as_ref().map(|number| checker.number(number)),
        partition: dial_plan::partition(section.partition.as_ref(), &plan.dial_plan, checker),
        calling_search_space: dial_plan::search_space(
            section.calling_search_space.as_ref(),
            &plan.dial_plan,
            checker,
        ),
    }
}

fn algorithm(word: &Spanned<String>, checker: &mut Checker<'_>) -> Algorithm {
    let found = Algorithm::ALL.into_iter().find(|known| known.word() == word.get_ref());
    if found.is_none() {
        let valid = Algorithm::ALL.iter().map(|known| known.word().to_owned()).collect();
        let problem = Problem::UnknownName { what: "algorithm", found: word.get_ref().clone(), valid };
        checker.fault(word.span(), problem);
    }
    found.unwrap_or_default()
}

/// The number of a line of the file.
fn line(number: &Spanned<String>, plan: &Plan, checker: &mut Checker<'_>) -> String {
    let digits = checker.number(number);
    if !plan.lines.contains_key(&digits) {
        let valid = plan.lines.keys().take(NAMED_MAX).cloned().collect();
        checker.fault(number.span(), Problem::NoSuch { what: "line", found: digits.clone(), valid });
    }
    digits
}

fn night_service(section: &NightServiceSection, plan: &Plan, checker: &mut Checker<'_>) -> NightService {
    let called = |number: &Spanned<String>, checker: &mut Checker<'_>| {
        if plan.hunt_groups.contains_key(number.get_ref()) {
            return number.get_ref().clone();
        }
        line(number, plan, checker)
    };
    let lines = section.lines.iter().map(|number| called(number, checker)).collect();
    let to = section.to.as_ref().map(|number| checker.number(number));
    let ring: Vec<String> = section.ring.iter().flatten().map(|number| line(number, plan, checker)).collect();
    let ways = [to.is_some(), !ring.is_empty(), section.closed];
    if ways.iter().filter(|way| **way).count() != 1 {
        let rule = "it has one of `to = \"…\"`, `ring = [\"…\"]` and `closed = true`";
        checker.bad(&section.name, "night service", rule);
    }
    NightService { lines, to, ring, closed: section.closed }
}
