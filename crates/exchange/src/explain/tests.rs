use super::*;
use crate::plan::dial_plan::{CallingSearchSpace, DialPlan, DialRules, Discard, Rule, Transform};
use crate::plan::{Device, Line};

fn site() -> Plan {
    let pre_dot = || Transform { discard: Discard::PreDot, ..Transform::default() };
    let route = |pattern: &str, partition: &str| Rule {
        partition: partition.into(),
        outside_dial_tone: true,
        ..Rule::new(pattern.parse().unwrap(), Action::Route { trunk: 1, change: pre_dot() })
    };
    let masked = Transform { mask: Some("1XXX".into()), ..Transform::default() };
    let translation = Action::Translate { change: masked, calling_search_space: None };
    let rules = vec![
        route("9.1[2-9]XX[2-9]XXXXXX", "national"),
        route("9.!", "national"),
        route("9.011!", "abroad"),
        Rule { urgent: true, ..Rule::new("9.1900!".parse().unwrap(), Action::Block(Cause::REJECTED)) },
        Rule::new("8XXX".parse().unwrap(), translation),
        Rule { emergency: true, ..route("911", "") },
    ];
    let inland = CallingSearchSpace { name: "inland".into(), partitions: vec!["national".into()] };
    let abroad = CallingSearchSpace { name: "abroad".into(), partitions: vec!["abroad".into()] };
    let written = DialRules { rules, calling_search_spaces: vec![inland, abroad], inbound: None };
    let mut plan = Plan { dial_plan: DialPlan::compile(written).unwrap(), ..Plan::default() };
    for (name, number, space) in [("SEPA", "1001", "inland"), ("SEPB", "1002", "")] {
        let button = Button::Line { number: number.into(), label: String::new() };
        let device =
            Device { buttons: vec![button], calling_search_space: space.into(), ..Device::default() };
        plan.devices.insert(name.into(), device);
        plan.lines.insert(number.into(), Line { name: name.into(), ..Line::default() });
    }
    plan
}

fn ask(from: &str, digits: &str, en_bloc: bool) -> Explanation {
    let question =
        Question { from: from.into(), device: None, digits: digits.into(), en_bloc, addresses: [None, None] };
    explain(&site(), &question).unwrap()
}

#[test]
fn key_by_key_to_the_closest_pattern() {
    let said = ask("1001", "912125551212", false);
    let tones: Vec<Tone> = said.keys.iter().map(|key| key.tone).collect();
    // 911 is an emergency number and gives no outside tone, so it begins with the second key.
    assert_eq!((tones[0], tones[1], tones[2]), (Tone::Silence, Tone::Silence, Tone::OutsideDialTone));
    assert_eq!(said.complete, Complete::Interdigit { secs: 5 }, "9.! could go on");
    let look = &said.looks[0];
    let patterns: Vec<&str> = look.candidates.iter().map(|found| found.pattern.as_str()).collect();
    assert_eq!(patterns, ["9.1[2-9]XX[2-9]XXXXXX", "9.!"]);
    assert!(look.candidates[0].matches < look.candidates[1].matches);
    assert_eq!(said.destination, Destination::Trunk { trunk: 1, number: "12125551212".into() });
    assert_eq!(said.caller.partitions, ["national"]);
}

#[test]
fn what_is_out_of_reach_is_named() {
    let said = ask("1002", "9011441234", true);
    assert_eq!(said.destination, Destination::Refused { cause: 1, why: words(Cause::UNALLOCATED).into() });
    let patterns: Vec<&str> = said.looks[0].out_of_reach.iter().map(|found| found.pattern.as_str()).collect();
    assert_eq!(patterns, ["9.011!", "9.!"]);
}

#[test]
fn translations_emergencies_and_what_is_left_over() {
    let said = ask("1002", "80029", false);
    assert_eq!((said.called.as_str(), said.left_over.as_str()), ("8002", "9"));
    assert_eq!(
        said.looks.iter().map(|look| look.result.as_str()).collect::<Vec<_>>(),
        ["means 1002", "line 1002"]
    );
    let said = ask("1002", "911", false);
    assert!(said.emergency && said.complete == Complete::Urgent);
    let said = ask("1001", "91900", false);
    assert_eq!(said.complete, Complete::Interdigit { secs: 5 });
    let said = ask("1001", "919005", false);
    assert_eq!((said.complete, said.looks[0].result.as_str()), (Complete::Urgent, "refused: blocked"));
    let said = ask("1001", "1#", false);
    assert_eq!((said.called.as_str(), said.complete, said.left_over.as_str()), ("1", Complete::Pound, ""));
    assert_eq!(ask("1001", "7", false).complete, Complete::Impossible);
    assert_eq!(ask("1001", "", false).complete, Complete::Interdigit { secs: 15 });
}

#[test]
fn what_can_not_be_answered() {
    let ask = |from: &str, device: Option<&str>, digits: &str| {
        let question = Question {
            from: from.into(),
            device: device.map(str::to_owned),
            digits: digits.into(),
            en_bloc: false,
            addresses: [None, None],
        };
        explain(&site(), &question).unwrap_err().to_string()
    };
    assert_eq!(ask("77", None, "1"), "there is no line 77 in this configuration");
    assert_eq!(ask("1001", Some("SEPB"), "1"), "SEPB does not show line 1001");
    assert_eq!(ask("1001", None, "1a"), "`a` is no key of a telephone: dial 0-9 * # + A-D");
    assert_eq!(ask("1001", None, &"1".repeat(65)), "a call has 64 digits at most");
}

#[test]
fn a_hunt_group_and_what_the_night_changes() {
    let mut plan = site();
    let group = HuntGroup { name: "Sales".into(), members: vec!["1002".into()], ..HuntGroup::default() };
    plan.hunt_groups.insert("5500".into(), group);
    let night =
        NightService { lines: vec!["5500".into()], to: Some("1001".into()), ring: Vec::new(), closed: false };
    plan.night_services.insert("office".into(), night);
    let question = Question {
        from: "1001".into(),
        device: None,
        digits: "5500".into(),
        en_bloc: false,
        addresses: [None, None],
    };
    let said = explain(&plan, &question).unwrap();
    assert_eq!(
        (said.looks[0].candidates[0].kind.as_str(), said.complete),
        ("hunt group", Complete::NothingLonger)
    );
    assert_eq!(said.nights, [("office".to_owned(), "1001".to_owned())]);
    let Destination::HuntGroup { members, ring_secs, at_end, .. } = said.destination else {
        panic!("{:?}", said.destination)
    };
    assert_eq!((members.as_slice(), ring_secs, at_end), (&["1002".to_owned()][..], 10, None));
}

/// Two phones without a region of their own: their networks decide, and what would make their audio pass through here
/// is said.
#[test]
fn networks_digits_and_recordings_decide_about_the_audio() {
    use crate::plan::{CodecPolicy, DigitPath, Recording, Region};
    let mut plan = site();
    let region = |name: &str, network: &str, codecs: &[u32]| Region {
        name: name.into(),
        networks: vec![network.parse().expect("a network")],
        inside: CodecPolicy { codecs: codecs.to_vec(), required: false },
        outside: CodecPolicy { codecs: vec![11], required: true },
    };
    plan.regions.regions =
        vec![region("north", "10.1.0.0/16", &[6, 4]), region("south", "10.2.0.0/16", &[4])];
    let rules = |plan: &Plan, from: &str, to: &str| {
        let addresses = [Some(from.parse().expect("an address")), Some(to.parse().expect("an address"))];
        let question =
            Question { from: "1001".into(), device: None, digits: "1002".into(), en_bloc: true, addresses };
        explain(plan, &question).expect("an answer").codecs
    };
    let inside = &rules(&plan, "10.1.0.5", "10.1.0.6")[0];
    assert_eq!((inside.from.as_str(), inside.to.as_str()), ("north", "north"));
    assert_eq!(inside.codec, "G722_64k");
    assert_eq!(inside.relayed, Vec::<String>::new());
    let across = &rules(&plan, "10.1.0.5", "::ffff:10.2.0.6")[0];
    assert_eq!((across.to.as_str(), across.required), ("south", true));
    let families = &rules(&plan, "10.1.0.5", "2001:db8::1")[0];
    assert_eq!(families.relayed, ["no direct path"]);
    plan.devices.values_mut().next().expect("a device").digits = DigitPath::Events;
    plan.lines.values_mut().for_each(|line| line.record = Recording::Always);
    let relayed = rules(&plan, "10.1.0.5", "10.1.0.6")[0].relayed.join("; ");
    assert!(relayed.starts_with("digits in another way; "), "{relayed}");
    assert!(relayed.contains("is recorded, unless it has a built-in bridge"), "{relayed}");
}
