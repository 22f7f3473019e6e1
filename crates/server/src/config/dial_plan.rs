//! The dial plan's sections of `lineside.toml`, and what becomes of them.

use std::collections::BTreeMap;
use std::ops::Range;

use exchange::call::Cause;
use exchange::plan::dial_plan::{
    Action, CallingSearchSpace, DialPlan, DialPlanError, DialRules, Discard, LOBBY, Pattern, PatternError,
    Rule, Transform,
};
use exchange::plan::{Hotline, Plan};
use serde::Deserialize;
use toml::Spanned;

use super::check::{Checker, is_number};
use super::error::Problem;
use super::file;

/// Seconds of dial tone of a warm line: less than the time for a first digit.
const WARM_SECS_MAX: u32 = 14;
/// Keys of a prefix or a mask.
const KEYS_MAX: usize = 24;
/// Largest index of an abbreviated number.
const INDEX_MAX: u32 = 99;

/// `[dial_plan]`: what holds for all of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// Calling search space of calls that come in over trunks; left out: what is in no partition.
    pub inbound: Option<Spanned<String>>,
}

/// `[[calling_search_space]]`: who may dial what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSpace {
    /// Its name, for lines and devices.
    pub name: Spanned<String>,
    /// Its partitions. Among patterns that match equally well the one in the earlier partition wins.
    pub partitions: Vec<Spanned<String>>,
}

/// `[[route_pattern]]` and `[[translation_pattern]]`: what numbers beyond the site's own mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternSection {
    /// Which numbers: `9.1[2-9]XX[2-9]XXXXXX`, `0.!`, `112`, `\\+49!`.
    pub pattern: Spanned<String>,
    /// Who may dial them; left out: everybody.
    pub partition: Option<String>,
    /// What people call it.
    pub description: Option<Spanned<String>>,
    /// Of a route: the trunk.
    pub trunk: Option<u32>,
    /// Of a translation: the calling search space with which the new number is dialled; left out: the caller's.
    pub calling_search_space: Option<Spanned<String>>,
    /// Digits that are discarded first: `PreDot`, `Trailing-#`, `PreDot Trailing-#`.
    pub discard: Option<Spanned<String>>,
    /// A mask laid over the rest, from the right: `X` keeps a digit.
    pub mask: Option<Spanned<String>>,
    /// Digits put before it last.
    pub prefix: Option<Spanned<String>>,
    /// Refuses the number: `call-rejected`, `unallocated-number`, `number-changed`, `invalid-number`, or a Q.850
    /// cause.
    pub block: Option<Spanned<String>>,
    /// Called at once when it matches best, though a longer number could follow.
    #[serde(default)]
    pub urgent: bool,
    /// Users hear the tone of an outside line as soon as nothing else can be meant.
    #[serde(default)]
    pub outside_dial_tone: bool,
    /// Can be dialled from every phone, whatever its class, in the lobby, beyond all limits.
    #[serde(default)]
    pub emergency: bool,
}

/// Compiles the dial plan of a file.
pub fn compile(file: &file::File, checker: &mut Checker<'_>) -> DialPlan {
    let before = checker.errors.len();
    let mut spans = Vec::new();
    let mut rules = Vec::new();
    let routes = file.route_patterns.iter().map(|section| (section, false));
    let translations = file.translation_patterns.iter().map(|section| (section, true));
    for (section, translates) in routes.chain(translations) {
        if let Some(rule) = rule(section, translates, checker) {
            rules.push(rule);
            spans.push(section.pattern.span());
        }
    }
    let spaces = &file.calling_search_spaces;
    let calling_search_spaces = spaces.iter().map(|space| CallingSearchSpace {
        name: space.name.get_ref().clone(),
        partitions: space.partitions.iter().map(|name| name.get_ref().clone()).collect(),
    });
    let written = DialRules {
        rules,
        calling_search_spaces: calling_search_spaces.collect(),
        inbound: file.dial_plan.inbound.as_ref().map(|name| name.get_ref().clone()),
    };
    match DialPlan::compile(written) {
        Ok(plan) => plan,
        Err(error) => {
            // What is wrong with a pattern is said already.
            if checker.errors.len() == before {
                let span = place(&error, &spans, file);
                checker.fault(span, Problem::DialPlan(error.to_string()));
            }
            DialPlan::default()
        }
    }
}

/// Where an error of the whole plan stands.
fn place(error: &DialPlanError, rules: &[Range<usize>], file: &file::File) -> Range<usize> {
    let rule = match error {
        DialPlanError::NoSearchSpace { rule: None, .. } => {
            return file.dial_plan.inbound.as_ref().map_or(0..0, Spanned::span);
        }
        DialPlanError::SearchSpaceTwice { place, .. } => {
            return file.calling_search_spaces.get(*place).map_or(0..0, |space| space.name.span());
        }
        DialPlanError::NoSearchSpace { rule: Some(rule), .. }
        | DialPlanError::Unreachable { rule, .. }
        | DialPlanError::Twice { rule, .. } => *rule,
        DialPlanError::TooMany { .. } => rules.len().saturating_sub(1),
    };
    rules.get(rule).cloned().unwrap_or(0..0)
}

fn rule(section: &PatternSection, translates: bool, checker: &mut Checker<'_>) -> Option<Rule> {
    let parsed: Result<Pattern, PatternError> = section.pattern.get_ref().parse();
    let pattern = match parsed {
        Ok(pattern) => pattern,
        Err(error) => {
            let text = format!("`{}` is no pattern: {error}", section.pattern.get_ref());
            checker.fault(section.pattern.span(), Problem::DialPlan(text));
            return None;
        }
    };
    let change = transform(section, &pattern, checker);
    let action = action(section, translates, change, checker)?;
    Some(Rule {
        pattern,
        partition: section.partition.clone().unwrap_or_default(),
        action,
        urgent: section.urgent,
        outside_dial_tone: section.outside_dial_tone,
        emergency: section.emergency,
        description: checker.text(section.description.as_ref(), "description").unwrap_or_default(),
    })
}

fn action(
    section: &PatternSection,
    translates: bool,
    change: Transform,
    checker: &mut Checker<'_>,
) -> Option<Action> {
    let mut fault = |text: &str| {
        let text = format!("pattern `{}` {text}", section.pattern.get_ref());
        checker.fault(section.pattern.span(), Problem::DialPlan(text));
        None
    };
    match (&section.block, section.trunk, translates) {
        (Some(_), _, _) if section.emergency => fault("is an emergency number, and those are not blocked"),
        (Some(block), None, _) => cause(block, checker).map(Action::Block),
        (Some(_), Some(_), _) => fault("has a trunk and is blocked: take one of them away"),
        (None, None, false) => fault("goes nowhere: give it `trunk = …` or `block = \"call-rejected\"`"),
        (None, Some(_), true) => fault("is a translation and has no trunk: make it a [[route_pattern]]"),
        (None, Some(_), false) if section.calling_search_space.is_some() => {
            fault("is a route, and only a translation has a calling search space of its own")
        }
        (None, Some(trunk), false) => Some(Action::Route { trunk, change }),
        (None, None, true) if change.is_nothing() && section.calling_search_space.is_none() => {
            fault("means itself: give it `discard`, `mask`, `prefix` or `calling_search_space`")
        }
        (None, None, true) => {
            let calling_search_space =
                section.calling_search_space.as_ref().map(|name| name.get_ref().clone());
            Some(Action::Translate { change, calling_search_space })
        }
    }
}

fn cause(block: &Spanned<String>, checker: &mut Checker<'_>) -> Option<Cause> {
    const RULE: &str = "write call-rejected, unallocated-number, number-changed, invalid-number, or 1 to 127";
    match block.get_ref().as_str() {
        "call-rejected" => Some(Cause::REJECTED),
        "unallocated-number" => Some(Cause::UNALLOCATED),
        "number-changed" => Some(Cause(22)),
        "invalid-number" => Some(Cause::INCOMPLETE),
        number => match number.parse() {
            Ok(cause @ 1..=127) => Some(Cause(cause)),
            _ => {
                checker.bad(block, "cause", RULE);
                None
            }
        },
    }
}

fn transform(section: &PatternSection, pattern: &Pattern, checker: &mut Checker<'_>) -> Transform {
    let mut keys = |value: Option<&Spanned<String>>, what: &'static str, extra: &str| {
        let value = value?;
        let is_key = |c: char| "0123456789*#+ABCD".contains(c) || extra.contains(c);
        if value.get_ref().len() > KEYS_MAX || !value.get_ref().chars().all(is_key) {
            checker.bad(value, what, format!("it has up to {KEYS_MAX} of 0-9 * # + {extra}"));
        }
        Some(value.get_ref().clone())
    };
    let (mask, prefix) =
        (keys(section.mask.as_ref(), "mask", "X"), keys(section.prefix.as_ref(), "prefix", ""));
    let discard = section.discard.as_ref().map_or(Discard::None, |value| match value.get_ref().as_str() {
        "PreDot" => Discard::PreDot,
        "Trailing-#" => Discard::TrailingPound,
        "PreDot Trailing-#" => Discard::PreDotTrailingPound,
        _ => {
            checker.bad(value, "digit discard", "write PreDot, Trailing-# or PreDot Trailing-#");
            Discard::None
        }
    });
    if let Some(value) = &section.discard
        && matches!(discard, Discard::PreDot | Discard::PreDotTrailingPound)
        && !pattern.has_dot()
    {
        let text = format!("pattern `{pattern}` has no dot before which something could be discarded");
        checker.fault(value.span(), Problem::DialPlan(text));
    }
    Transform { discard, mask, prefix: prefix.unwrap_or_default() }
}

/// A calling search space that a line or device names, when it is there.
pub fn search_space(name: Option<&Spanned<String>>, plan: &DialPlan, checker: &mut Checker<'_>) -> String {
    let Some(name) = name else { return String::new() };
    if !plan.has_calling_search_space(name.get_ref()) {
        let valid: Vec<String> = plan.calling_search_spaces().map(str::to_owned).collect();
        let problem = Problem::NoSuch { what: "calling search space", found: name.get_ref().clone(), valid };
        checker.fault(name.span(), problem);
    }
    name.get_ref().clone()
}

/// The partition of a line, when somebody reaches it.
pub fn partition(name: Option<&Spanned<String>>, plan: &DialPlan, checker: &mut Checker<'_>) -> String {
    let Some(name) = name else { return String::new() };
    if !plan.has_partition(name.get_ref()) && name.get_ref() != LOBBY {
        let text = format!(
            "partition `{}` is in no calling search space: nobody could call this line",
            name.get_ref()
        );
        checker.fault(name.span(), Problem::DialPlan(text));
    }
    name.get_ref().clone()
}

/// What a line calls by itself.
pub fn hotline(
    number: Option<&Spanned<String>>,
    delay_secs: Option<&Spanned<u32>>,
    checker: &mut Checker<'_>,
) -> Option<Hotline> {
    let delay = checker.within(delay_secs, "number of seconds", (0, WARM_SECS_MAX)).unwrap_or(0);
    let number = number?;
    Some(Hotline { number: checker.number(number), delay_secs: delay })
}

/// Numbers by index.
pub fn abbreviated(
    written: &BTreeMap<Spanned<String>, Spanned<String>>,
    checker: &mut Checker<'_>,
) -> BTreeMap<u32, String> {
    let mut numbers = BTreeMap::new();
    for (index, number) in written {
        match index.get_ref().parse() {
            Ok(place @ 1..=INDEX_MAX) => {
                numbers.insert(place, checker.number(number));
            }
            _ => checker.bad(index, "index", format!("it is 1 to {INDEX_MAX}")),
        }
    }
    numbers
}

/// What can only be seen with everything in place: whether what phones call by themselves can be called.
pub fn check_numbers(plan: &Plan, file: &file::File, checker: &mut Checker<'_>) {
    for line in &file.lines {
        let Some(hotline) = &line.hotline else { continue };
        let question = exchange::explain::Question {
            from: line.number.get_ref().clone(),
            device: None,
            digits: hotline.get_ref().clone(),
            en_bloc: true,
            addresses: [None, None],
        };
        if !is_number(hotline.get_ref()) {
            continue;
        }
        if let Ok(said) = exchange::explain::explain(plan, &question)
            && let exchange::explain::Destination::Refused { why, .. } = said.destination
        {
            let text = format!("line {} would call {} by itself: {why}", question.from, question.digits);
            checker.fault(hotline.span(), Problem::DialPlan(text));
        }
    }
}

#[cfg(test)]
mod tests;
