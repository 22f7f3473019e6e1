use exchange::plan::Button;

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
