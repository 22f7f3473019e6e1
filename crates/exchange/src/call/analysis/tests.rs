use super::*;
use crate::plan::dial_plan::{CallingSearchSpace, DialRules, Discard, Rule, Transform};
use crate::plan::{Line, Plan};

fn rule(pattern: &str, partition: &str, action: Action) -> Rule {
    Rule { partition: partition.into(), ..Rule::new(pattern.parse().unwrap(), action) }
}

fn to(trunk: u32) -> Action {
    Action::Route { trunk, change: Transform { discard: Discard::PreDot, ..Transform::default() } }
}

fn means(discard: Discard, prefix: &str, class: Option<&str>) -> Action {
    let change = Transform { discard, prefix: prefix.into(), mask: None };
    Action::Translate { change, calling_search_space: class.map(str::to_owned) }
}

/// Lines 1001, 1002, 10021, 20 in no partition, 3001 in `boss`; patterns in `national`, `abroad`.
fn site() -> Plan {
    let space = |name: &str, partitions: &[&str]| CallingSearchSpace {
        name: name.into(),
        partitions: partitions.iter().map(|name| (*name).into()).collect(),
    };
    let mut rules = vec![
        rule("0.!", "national", to(1)),
        rule("0.0!", "abroad", to(2)),
        rule("0.0190!", "national", Action::Block(Cause::REJECTED)),
        rule("8XXX", "", means(Discard::None, "", None)),
        rule("*9.XXXX", "", means(Discard::PreDot, "", Some("boss"))),
        rule("5.5", "", means(Discard::PreDot, "5", None)),
        rule("112", "", to(1)),
        rule("0112", "", means(Discard::None, "", None)),
        rule("22", "national", Action::Block(Cause::REJECTED)),
        rule("10.01", "early", to(9)),
    ];
    rules[0].outside_dial_tone = true;
    rules[1].outside_dial_tone = true;
    rules[2].outside_dial_tone = true;
    rules[3].action = Action::Translate {
        change: Transform { mask: Some("1XXX".into()), ..Transform::default() },
        calling_search_space: None,
    };
    rules[6].emergency = true;
    rules[7].emergency = true;
    rules[7].action = Action::Translate {
        change: Transform { mask: Some("3001".into()), ..Transform::default() },
        calling_search_space: None,
    };
    rules[8].urgent = true;
    let spaces = vec![
        space("inland", &["national"]),
        space("all", &["early", "national", "abroad"]),
        space("boss", &["boss"]),
    ];
    let dial_plan =
        DialPlan::compile(DialRules { rules, calling_search_spaces: spaces, inbound: None }).unwrap();
    let mut plan = Plan { dial_plan, ..Plan::default() };
    for number in ["1001", "1002", "10021", "20", "221", "1123"] {
        plan.lines.insert(number.into(), Line::default());
    }
    plan.lines.insert("3001".into(), Line { partition: "boss".into(), ..Line::default() });
    plan.lines.insert("4001".into(), Line { partition: "lobby".into(), ..Line::default() });
    plan
}

fn numbers_of(class: &str, act: impl FnOnce(Numbers<'_>, &Lines)) {
    let plan = site();
    let mut lines = Lines::default();
    lines.apply(&plan);
    let reach = match class {
        "lobby" => plan.dial_plan.confined(crate::plan::dial_plan::ClassId::LOBBY),
        "emergency" => plan.dial_plan.confined(crate::plan::dial_plan::ClassId::EMERGENCY),
        _ => plan.dial_plan.confined(plan.dial_plan.class(class)),
    };
    act(Numbers { lines: &lines, dial_plan: &plan.dial_plan, reach }, &lines);
}

#[track_caller]
fn check(class: &str, digits: &str, progress: Progress, expect: &str) {
    numbers_of(class, |numbers, lines| {
        assert_eq!(numbers.progress(digits), progress, "{digits}");
        let found = match numbers.resolve(digits, false) {
            (Target::Line(line), _) => format!("line {}", lines.get(line).unwrap().number),
            (Target::Trunk { trunk, number }, _) => format!("trunk {trunk} {number}"),
            (Target::Refused(cause), _) => format!("cause {}", cause.0),
        };
        assert_eq!(found, expect, "{digits}");
    });
}

#[test]
fn a_number_is_complete_when_no_longer_one_begins_with_it() {
    check("", "1", Progress::GoesOn, "cause 1");
    check("", "1001", Progress::Complete, "line 1001");
    check("", "1002", Progress::GoesOn, "line 1002");
    check("", "10021", Progress::Complete, "line 10021");
    check("", "20", Progress::Complete, "line 20");
    check("", "7", Progress::Impossible, "cause 1");
    check("", "10011", Progress::Impossible, "cause 1");
    check("", "", Progress::GoesOn, "cause 28");
}

#[test]
fn who_may_dial_what() {
    check("", "0301234", Progress::Impossible, "cause 1");
    check("inland", "0301234", Progress::GoesOn, "trunk 1 301234");
    check("inland", "00441234", Progress::GoesOn, "trunk 1 0441234");
    check("all", "00441234", Progress::GoesOn, "trunk 2 0441234");
    check("all", "00190555", Progress::GoesOn, "cause 21");
    check("inland", "3001", Progress::Impossible, "cause 1");
    check("boss", "3001", Progress::Complete, "line 3001");
}

#[test]
fn the_earlier_partition_wins_among_equals() {
    check("all", "1001", Progress::Complete, "trunk 9 01");
    check("inland", "1001", Progress::Complete, "line 1001");
}

#[test]
fn translations_are_looked_at_again_and_go_round_only_so_often() {
    check("", "8002", Progress::Complete, "line 1002");
    check("", "8999", Progress::Complete, "cause 1");
    check("", "*93001", Progress::Complete, "line 3001");
    check("", "3001", Progress::Impossible, "cause 1");
    check("", "55", Progress::Complete, "cause 25");
}

#[test]
fn urgent_numbers_do_not_wait() {
    check("", "22", Progress::GoesOn, "cause 1");
    check("inland", "22", Progress::Complete, "cause 21");
    check("inland", "221", Progress::Complete, "line 221");
}

#[test]
fn emergency_numbers_are_for_everybody() {
    for class in ["", "inland", "lobby", "emergency"] {
        check(class, "112", Progress::Complete, "trunk 1 112");
        // What an emergency number means is reached by whoever dials it.
        check(class, "0112", Progress::Complete, "line 3001");
        numbers_of(class, |numbers, _| assert!(numbers.is_emergency("112") && !numbers.is_emergency("1123")));
    }
    check("lobby", "4001", Progress::Complete, "line 4001");
    check("", "4001", Progress::Complete, "line 4001");
    check("lobby", "1001", Progress::Impossible, "cause 1");
    check("emergency", "4001", Progress::Impossible, "cause 1");
}

#[test]
fn from_trunk_to_trunk_nothing_is_switched() {
    numbers_of("all", |numbers, _| {
        assert_eq!(numbers.resolve("0301234", true).0, Target::Refused(Cause::UNALLOCATED));
    });
}

#[test]
fn the_outside_tone_begins_where_nothing_else_can_be_meant() {
    numbers_of("all", |numbers, _| {
        let begins = ["", "0", "03", "030", "1", "01"].map(|digits| numbers.outside_tone_begins(digits));
        // It begins once. 0112 is an emergency number and gives no such tone, so after 0 something else can be meant.
        assert_eq!(begins, [false, false, true, false, false, false]);
    });
}

#[test]
fn pound_means_something_where_a_pattern_has_it() {
    numbers_of("", |numbers, _| assert!(!numbers.is_in_plan("1002#") && numbers.is_in_plan("*9")));
}
