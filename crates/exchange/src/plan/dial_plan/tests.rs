//! Against a matcher that is slow and plain: each pattern by itself, by backtracking.

use proptest::prelude::*;

use super::*;

/// Whether elements take digits, by trying everything.
fn takes(elements: &[Element], digits: &[char]) -> bool {
    let Some((first, rest)) = elements.split_first() else { return digits.is_empty() };
    let one = |digits: &[char]| digits.first().is_some_and(|digit| first.symbols.has(*digit));
    match first.repeat {
        Repeat::Once => one(digits) && takes(rest, &digits[1..]),
        Repeat::Some => one(digits) && (takes(rest, &digits[1..]) || takes(elements, &digits[1..])),
        Repeat::Any => takes(rest, digits) || one(digits) && takes(elements, &digits[1..]),
    }
}

/// All texts of some keys up to a length.
fn texts(keys: &[char], len: usize) -> Vec<Vec<char>> {
    let mut all = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..len {
        last =
            last.iter().flat_map(|text| keys.iter().map(|key| [text.as_slice(), &[*key]].concat())).collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    let atom = prop::sample::select(vec![
        "1", "2", "3", "X", "!", "[12]", "[^2]", "*", "#", "1?", "X+", "2+", "[13]?",
    ]);
    prop::collection::vec(prop::collection::vec(atom, 1..5).prop_map(|atoms| atoms.concat()), 1..6)
}

fn compiled(texts: &[String]) -> Option<DialPlan> {
    let mut rules = Vec::new();
    for (trunk, text) in texts.iter().enumerate() {
        let mut rule = Rule::route(text.parse().ok()?, trunk as u32);
        rule.partition = ["", "odd"][trunk % 2].into();
        rule.outside_dial_tone = trunk % 3 == 0;
        rules.push(rule);
    }
    let calling_search_spaces =
        vec![CallingSearchSpace { name: "all".into(), partitions: vec!["odd".into()] }];
    DialPlan::compile(DialRules { rules, calling_search_spaces, inbound: None }).ok()
}

proptest! {
    #[test]
    fn the_tree_says_what_each_pattern_says(texts_of in patterns(), digits in "[123*#]{0,5}", all in any::<bool>()) {
        let Some(plan) = compiled(&texts_of) else { return Ok(()) };
        let reach = plan.confined(plan.class(if all { "all" } else { "" }));
        let visible = |rule: &&Rule| all || rule.partition.is_empty();
        let chars: Vec<char> = digits.chars().collect();
        let (ahead, best) = plan.follow(&reach, &digits);

        let matching: Vec<&Rule> =
            plan.rules().iter().filter(visible).filter(|rule| takes(rule.pattern.elements(), &chars)).collect();
        prop_assert_eq!(plan.candidates(&reach, &digits).len(), matching.len());
        prop_assert!(matching.iter().all(|rule| rule.pattern.matches(&digits)));

        // One more than the longest pattern has elements is enough to find a longer number.
        let longer = texts(&['1', '2', '3', '9', '*', '#'], 4);
        let becomes = |rule: &Rule, least: usize| {
            longer.iter().filter(|more| more.len() >= least).any(|more| takes(rule.pattern.elements(), &[&chars[..], more].concat()))
        };
        prop_assert_eq!(ahead.goes_on, plan.rules().iter().filter(visible).any(|rule| becomes(rule, 1)));
        prop_assert_eq!(ahead.begins, plan.rules().iter().filter(visible).any(|rule| becomes(rule, 0)));
        prop_assert_eq!(
            ahead.plain,
            plan.rules().iter().filter(visible).any(|rule| becomes(rule, 0) && !rule.outside_dial_tone)
        );

        // The best is the one that the fewest numbers of this length match.
        let keys: Vec<char> = "0123456789*#".chars().collect();
        if chars.len() <= 3 {
            let same_length: Vec<_> = texts(&keys, chars.len()).into_iter().filter(|text| text.len() == chars.len()).collect();
            let width = |rule: &Rule| same_length.iter().filter(|text| takes(rule.pattern.elements(), text)).count();
            for rule in &matching {
                prop_assert_eq!(rule.pattern.count(chars.len()), width(rule) as u128, "{}", rule.pattern);
            }
            let narrowest = matching.iter().map(|rule| width(rule)).min();
            prop_assert_eq!(best.map(|best| width(best.rule)), narrowest);
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_is_refused(text in "\\PC{0,60}") {
        if let Ok(pattern) = text.parse::<Pattern>() {
            prop_assert_eq!(pattern.text(), text);
            prop_assert!(pattern.elements().len() <= ELEMENTS_MAX);
            pattern.count(64);
        }
    }
}

fn compile(rules: Vec<Rule>, spaces: &[(&str, &[&str])]) -> Result<DialPlan, DialPlanError> {
    let space = |(name, partitions): &(&str, &[&str])| CallingSearchSpace {
        name: (*name).into(),
        partitions: partitions.iter().map(|name| (*name).into()).collect(),
    };
    let calling_search_spaces = spaces.iter().map(space).collect();
    DialPlan::compile(DialRules { rules, calling_search_spaces, inbound: None })
}

#[test]
fn what_a_dial_plan_can_not_be() {
    let rule = |pattern: &str, partition: &str| Rule {
        partition: partition.into(),
        ..Rule::route(pattern.parse().unwrap(), 1)
    };
    let wrong = |rules, spaces: &[(&str, &[&str])]| compile(rules, spaces).unwrap_err().to_string();
    assert_eq!(
        wrong(vec![rule("9!", ""), rule("9.!", "")], &[]),
        "pattern `9.!` stands twice in one partition"
    );
    assert_eq!(
        wrong(vec![rule("9!", "far")], &[("near", &["near"])]),
        "partition `far` is in no calling search space: nobody can dial `9!`"
    );
    assert_eq!(wrong(Vec::new(), &[("a", &[]), ("a", &[])]), "calling search space `a` stands twice");
    let translate =
        Action::Translate { change: Transform::default(), calling_search_space: Some("gone".into()) };
    assert_eq!(
        wrong(vec![Rule::new("1".parse().unwrap(), translate)], &[]),
        "there is no calling search space `gone`"
    );
    let many: Vec<String> = (0..PARTITIONS_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(wrong(Vec::new(), &[("a", &many)]), "257 partitions, and the limit is 256");
}

#[test]
fn it_is_kept_as_it_was_written() {
    let mut rule = Rule::route("9.1[2-9]X!".parse().unwrap(), 3);
    rule.partition = "far".into();
    let plan = compile(vec![rule], &[("all", &["far"])]).unwrap();
    let kept = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<DialPlan>(&kept).unwrap(), plan);
    let spoilt = kept.replace("[2-9]", "[9-2]");
    assert!(serde_json::from_str::<DialPlan>(&spoilt).is_err());
}

#[test]
fn all_partitions_up_to_the_limit_are_apart() {
    let names: Vec<String> = (3..PARTITIONS_MAX).map(|n| n.to_string()).collect();
    let spaces: Vec<(&str, Vec<&str>)> =
        names.iter().map(|name| (name.as_str(), vec![name.as_str()])).collect();
    let spaces: Vec<(&str, &[&str])> = spaces.iter().map(|(name, list)| (*name, list.as_slice())).collect();
    let rules =
        names.iter().map(|name| Rule { partition: name.clone(), ..Rule::route("9!".parse().unwrap(), 1) });
    let plan = compile(rules.collect(), &spaces).unwrap();
    for name in &names {
        let reach = plan.confined(plan.class(name));
        let found = plan.candidates(&reach, "91");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rule.partition, *name);
    }
}
