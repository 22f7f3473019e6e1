use exchange::plan::{Algorithm, Button, ButtonFeature};

use super::*;

const WHOLE: &str = r#"
[listen]
addresses = ["127.0.0.1:2000", "[::1]:0"]

[site]
name = "Head office"
keepalive_secs = 20
interdigit_secs = 4
no_answer_secs = 30
date_template = "M/D/YA"
utc_offset = "-03:30"
auto_register = false

[limits]
sessions_max = 500
unregistered_per_address = 20
[[limits.network]]
prefix = "10.20.0.0/16"
unregistered_per_address = 300

[[device]]
name = "sep001122334455"
description = "Alice's desk"
protocol_max = 17
[[device.button]]
line = "1001"
label = "Alice"
[[device.button]]
speed_dial = "1002"
[[device.button]]
unused = true

[[line]]
number = "1001"
name = "Alice Adams"
calls_max = 2
busy_trigger = 1
"#;

fn problems(text: &str) -> String {
    parse("lineside.toml", text).expect_err("faulty").to_string()
}

#[test]
fn a_file_becomes_a_plan() {
    let settings = parse("lineside.toml", WHOLE).unwrap();
    assert_eq!(settings.listen[1], "[::1]:0".parse().unwrap());
    let site = &settings.plan.site;
    assert_eq!((site.keepalive_secs, site.utc_offset_secs, site.auto_register), (20, -12_600, false));
    let device = &settings.plan.devices["SEP001122334455"];
    assert_eq!(device.protocol_max, Some(17));
    let expected = [
        Button::Line { number: "1001".into(), label: "Alice".into() },
        Button::SpeedDial { number: "1002".into(), label: "1002".into() },
        Button::Unused,
    ];
    assert_eq!(device.buttons, expected);
    let line = &settings.plan.lines["1001"];
    assert_eq!((line.name.as_str(), line.calls_max, line.busy_trigger), ("Alice Adams", 2, 1));
    let limit = |address: &str| settings.limits.unregistered_of(address.parse().unwrap());
    assert_eq!((limit("10.20.3.4"), limit("192.0.2.1"), limit("127.0.0.9")), (300, 20, u32::MAX));
}

#[test]
fn nothing_is_a_file_too() {
    let settings = parse("lineside.toml", "").unwrap();
    assert_eq!(settings, Settings::default());
}

#[test]
fn a_device_implies_its_lines() {
    let text = "[[device]]\nname = \"ATA001122334455\"\n[[device.button]]\nline = \"7\"\nlabel = \"Hall\"";
    let line = &parse("f", text).unwrap().plan.lines["7"];
    assert_eq!((line.name.as_str(), line.calls_max, line.busy_trigger), ("Hall", 4, 2));
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest() {
    let found = problems("[site]\nname = \"x\"\nkeep_alive_secs = 30\n");
    assert_eq!(
        found,
        "lineside.toml:3:1: there is no key `keep_alive_secs` here; did you mean `keepalive_secs`?"
    );
    let found = problems("[[device]]\nname = \"A\"\n[[device.button]]\nlines = \"1\"\n");
    assert!(found.contains("lineside.toml:4:1:") && found.contains("`line`?"), "{found}");
}

#[test]
fn every_bad_value_is_reported_with_what_is_right() {
    let text = r#"
[listen]
addresses = ["everywhere"]
[site]
keepalive_secs = 0
date_template = "YYYY"
utc_offset = "CET"
[[device]]
name = "SEP12"
protocol_max = 99
[[device.button]]
line = "12a"
[[device.button]]
[[device]]
name = "naïve phone"
"#;
    let found = problems(text);
    let lines: Vec<&str> = found.lines().collect();
    let expected = [
        ":3:14: `everywhere` is no listen address",
        ":5:18: `0` is no number of seconds: it is 5 to 3600",
        ":6:17: `YYYY` is no date template",
        ":7:14: `CET` is no offset from UTC",
        ":9:8: `SEP12` is no device name: after SEP",
        ":10:16: `99` is no protocol version",
        ":12:8: `12a` is no number",
        ":13:1: a button has one of",
        ":15:8: `naïve phone` is no device name",
    ];
    assert_eq!(lines.len(), expected.len(), "{found}");
    for (line, part) in lines.iter().zip(expected) {
        assert!(line.contains(part), "{part} not in {line}");
    }
}

#[test]
fn what_may_stand_once_is_refused_twice() {
    let found = problems("[[line]]\nnumber = \"1\"\n[[line]]\nnumber = \"1\"\n");
    assert!(found.contains(":4:10: line `1` stands here again; it is first at line 2"), "{found}");
    let found = problems("[[device]]\nname = \"A1\"\n[[device]]\nname = \"a1\"\n");
    assert!(found.contains("device `A1` stands here again"), "{found}");
}

#[test]
fn a_number_without_quotes_says_so() {
    let found = problems("[[line]]\nnumber = 1001\n");
    assert_eq!(found, "lineside.toml:2:10: numbers that are dialled are text: write \"1001\" in quotes");
}

#[test]
fn broken_toml_and_absent_files_say_where() {
    assert!(problems("[site\n").starts_with("lineside.toml:1:"), "{}", problems("[site\n"));
    let error = load(Path::new("/nonexistent/lineside.toml")).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/lineside.toml: can't be read"), "{error}");
}

#[test]
fn the_example_is_valid_and_says_the_defaults() {
    let example = include_str!("../../lineside.example.toml");
    let plan = parse("example", example).unwrap().plan;
    assert_eq!((plan.devices.len(), plan.lines["1002"].name.as_str()), (2, "Bob"));
    // With every comment sign before a key taken away, it says the same.
    let is_setting = |line: &str| line.starts_with("# ") && line.contains(" = ") && !line.starts_with("# [[");
    let with = |line: &str| if is_setting(line) { line[2..].to_owned() } else { line.to_owned() };
    let kept = example.lines().filter(|line| !line.contains("prefix") && !line.contains(" = 2000"));
    let spoken: Vec<String> = kept.map(with).collect();
    let mut settings = parse("example", &spoken.join("\n")).unwrap();
    assert_eq!(settings.limits.sessions_max.take(), Some(19_936));
    let mut device = settings.plan.devices["SEP001122334455"].clone();
    assert_eq!(device.protocol_max.take(), Some(22));
    settings.plan.devices.insert("SEP001122334455".into(), device);
    assert_eq!(settings, Settings { plan: settings.plan.clone(), ..Settings::default() });
    assert_eq!(settings.plan, plan);
}

/// Two phones with a line each.
const TWO: &str = r#"
[[device]]
name = "SEP001122334455"
rollover = true
[[device.button]]
line = "1001"
[[device.button]]
busy_lamp = "1002"
pickup = true
[[device.button]]
intercom = "1002"
two_way = true
label = "Bob"
[[device.button]]
feature = "hunt_log"
[[device.button]]
night_service = "office"
[[device]]
name = "SEP001122334466"
[[device.button]]
line = "1002"
[[line]]
number = "1001"
external_mask = "0315550XXX"
"#;

#[test]
fn groups_and_their_buttons_become_a_plan() {
    let groups = r#"
[features]
call_back_secs = 60
[[hunt_group]]
number = "5500"
name = "Sales"
members = ["1001", "1002"]
algorithm = "longest_idle"
ring_secs = 7
at_end = "1002"
[[night_service]]
name = "office"
lines = ["1001", "5500"]
to = "1002"
"#;
    let plan = parse("f", &format!("{TWO}{groups}")).unwrap().plan;
    let group = &plan.hunt_groups["5500"];
    assert_eq!((group.members.len(), group.ring_secs, group.at_end.as_deref()), (2, 7, Some("1002")));
    assert_eq!(group.algorithm, Algorithm::LongestIdle);
    assert_eq!(plan.night_services["office"].to.as_deref(), Some("1002"));
    assert_eq!((plan.site.features.call_back_secs, plan.site.features.call_waiting_secs), (60, 10));
    assert_eq!(plan.lines["1001"].external_mask.as_deref(), Some("0315550XXX"));
    let device = &plan.devices["SEP001122334455"];
    assert!(device.rollover);
    let feature = |feature, label: &str| Button::Feature { feature, label: label.into() };
    let expected = [
        Button::Line { number: "1001".into(), label: "1001".into() },
        Button::BusyLamp { number: "1002".into(), label: "1002".into(), pickup: true },
        Button::Intercom { number: "1002".into(), label: "Bob".into(), two_way: true },
        feature(ButtonFeature::HuntLog, "hunt_log"),
        feature(ButtonFeature::NightService("office".into()), "office"),
    ];
    assert_eq!(device.buttons, expected);
}

#[test]
fn what_is_wrong_with_groups_is_said() {
    let faulty = r#"
[[device]]
name = "SEP001122334455"
[[device.button]]
line = "1001"
[[device.button]]
line = "1002"
pickup = true
[[device.button]]
feature = "hunt_lock"
[[device.button]]
night_service = "offices"
[[hunt_group]]
number = "1001"
members = ["1002", "1009", "1002"]
algorithm = "top-down"
[[hunt_group]]
number = "5500"
members = []
[[night_service]]
name = "office"
lines = ["1001"]
"#;
    let found = problems(faulty);
    for said in [
        "`pickup` belongs to a button with `busy_lamp`",
        "`hunt_lock` is no feature; did you mean `hunt_log`?",
        "there is no night service `offices`; did you mean `office`?",
        "`1001` is no number for a hunt group: a line has it",
        "there is no line `1009`; did you mean `1001`?",
        "member `1002` stands here again",
        "`top-down` is no algorithm; did you mean `top_down`?",
        "`5500` is no hunt group: it has no members",
        "`office` is no night service: it has one of",
    ] {
        assert!(found.contains(said), "{said}\nis not in\n{found}");
    }
}

#[test]
fn a_line_rings_at_each_phone_as_its_button_says() {
    let button = |keys: &str| format!("[[device]]\nname = \"SEP000000000001\"\n[[device.button]]\n{keys}");
    let plan = parse("lineside.toml", &button("line = \"1001\"\nring = \"flash\"\n")).unwrap().plan;
    let rings = &plan.devices["SEP000000000001"].rings;
    assert_eq!(rings.iter().collect::<Vec<_>>(), [(&"1001".to_owned(), &exchange::plan::RingRule::Flash)]);
    assert!(problems(&button("line = \"1001\"\nring = \"onec\"\n")).contains("once"));
    assert!(problems(&button("speed_dial = \"1001\"\nring = \"once\"\n")).contains("line"));
}

#[test]
fn calls_are_parked_where_no_number_begins_alike() {
    let slots = |text: &str| parse("lineside.toml", text).unwrap().plan.site.features.park_slots;
    assert_eq!(slots("").len(), 10);
    assert_eq!(Settings::default().plan.site.features.park_slots[0], "701");
    for taken in ["[[line]]\nnumber = \"7100\"\n", "[site]\nauto_number_first = 7000\n"] {
        assert!(slots(taken).is_empty(), "{taken}");
    }
    let own = "[features]\npark_slots = [\"*51\", \"*52\"]\n[[line]]\nnumber = \"7100\"\n";
    assert_eq!(slots(own), ["*51", "*52"]);
    assert!(slots("[features]\npark_slots = []\n").is_empty());
    assert!(problems("[features]\npark_slots = [\"7 1\"]\n").starts_with("lineside.toml:2:15"));
    assert!(problems("[features]\npark_reversion_secs = 1\n").contains("it is 5 to 3600"));
}
