//! Lines and dialling: outside dial tone, translations, blocks, classes, emergency numbers, hotlines,
//! abbreviated numbers, several lines, calls that wait.

use exchange::call::{Cause, Party};
use exchange::input::TrunkInput;
use exchange::output::TrunkOutput;
use exchange::plan::dial_plan::{Action, CallingSearchSpace, DialPlan, DialRules, Discard, Rule, Transform};
use exchange::plan::{Button, Hotline, Plan};
use skinny::codes as c;

use crate::common::{World, device_name, plan};
use crate::harness::features;

const ABBR_DIAL: c::SoftKeyEvent = c::SoftKeyEvent(40);

fn rule(pattern: &str, action: Action) -> Rule {
    Rule::new(pattern.parse().expect("a pattern"), action)
}

fn route(pattern: &str) -> Rule {
    let change = Transform { discard: Discard::PreDot, ..Transform::default() };
    rule(pattern, Action::Route { trunk: 1, change })
}

fn dial_plan() -> DialPlan {
    let mask = Transform { mask: Some("1XXX".into()), ..Transform::default() };
    let rules = vec![
        Rule { outside_dial_tone: true, partition: "outside".into(), ..route("0.!") },
        Rule { outside_dial_tone: true, partition: "outside".into(), urgent: true, ..route("0.0800") },
        Rule { urgent: true, ..rule("5900", Action::Block(Cause::REJECTED)) },
        rule("8XXX", Action::Translate { change: mask.clone(), calling_search_space: None }),
        rule(
            "7",
            Action::Translate {
                change: Transform { prefix: "7".into(), ..mask },
                calling_search_space: None,
            },
        ),
        Rule { emergency: true, ..route("112") },
    ];
    let outside = CallingSearchSpace { name: "outside".into(), partitions: vec!["outside".into()] };
    DialPlan::compile(DialRules { rules, calling_search_spaces: vec![outside], inbound: None })
        .expect("a dial plan")
}

/// A shows 1001 and 1005 and may call outside, B shows 1002; C shows 1003, which holds one call; D is
/// warm: 1004 calls 1002 by itself after 4 seconds.
fn site() -> Plan {
    let mut site = plan(&[("A", &["1001", "1005"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    site.dial_plan = dial_plan();
    let a = site.devices.get_mut(&device_name("A")).expect("there");
    a.calling_search_space = "outside".into();
    a.buttons.push(Button::SpeedDial { number: "1002".into(), label: "Bert".into() });
    a.abbreviated = [(12, "1003".into()), (20, "0123".into())].into();
    let mut line = |number: &str| site.lines.remove(number).expect("there");
    let mut one = line("1003");
    (one.calls_max, one.busy_trigger) = (1, 1);
    let mut warm = line("1004");
    warm.hotline = Some(Hotline { number: "1002".into(), delay_secs: 4 });
    site.lines.insert("1003".into(), one);
    site.lines.insert("1004".into(), warm);
    site
}

/// The same with a hot line at D, and B in the lobby.
fn guarded() -> Plan {
    let mut site = site();
    if let Some(hotline) = site.lines.get_mut("1004").and_then(|line| line.hotline.as_mut()) {
        hotline.delay_secs = 0;
    }
    site.devices.get_mut(&device_name("B")).expect("there").lobby = true;
    site
}

fn trunk_answers(world: &mut World) {
    let TrunkOutput::Offer { leg, .. } = *world.trunk_output() else { panic!("an offer") };
    world.trunk(TrunkInput::Answered(leg, Party { number: "0123".into(), name: "Far".into() }));
    world.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 1], 30_000).into()));
}

#[track_caller]
fn assert_offered(world: &World, number: &str) {
    let TrunkOutput::Offer { called, .. } = world.trunk_output() else { panic!("an offer") };
    assert_eq!(called, number);
}

features! {
    /// After 0 there can only be the outside: another dial tone. The number goes without the 0.
    outside_dial_tone("Outside dial tone", "a digit of the dial plan") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "0"),
        |w| w.press("A", "12"),
        |w| w.press("A", "3#"),
        |w| assert_offered(w, "123"),
        trunk_answers,
        |w| w.acknowledge("A"),
    ];

    /// The 0 is taken back, and with it the tone; and dialled again.
    outside_dial_tone_taken_back("Outside dial tone, digit taken back", "softkey <<") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "01"),
        |w| w.softkey("A", c::SoftKeyEvent::BACKSPACE),
        |w| w.softkey("A", c::SoftKeyEvent::BACKSPACE),
        |w| w.press("A", "0"),
        |w| w.en_bloc("A", "44"),
        |w| assert_offered(w, "44"),
    ];

    /// A longer number is possible, and the urgent one does not wait.
    urgent_number("Urgent pattern: no wait for more digits", "a number of the dial plan") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "0080"),
        |w| w.press("A", "0"),
        |w| assert_offered(w, "0800"),
    ];

    /// A longer number is possible: time tells.
    interdigit_timeout_of_a_route("Route pattern: time between digits", "a number of the dial plan") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "012"),
        |w| w.pass_secs(5),
        |w| assert_offered(w, "12"),
    ];

    /// 8002 is 1002.
    translation("Translation pattern", "a number of the dial plan") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "8002"),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
    ];

    /// 7 means 77, 77 means nothing.
    translation_to_nowhere("Translation pattern to no number", "a number of the dial plan") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "7"),
    ];

    /// The number is blocked.
    blocked_number("Blocked pattern", "a number of the dial plan") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "5900"),
    ];

    /// B may not call outside: the number is none, as soon as that is known.
    class_of_restriction("Class of restriction", "a number out of the calling search space") on site [
        |w| w.off_hook("B"),
        |w| w.press("B", "0"),
    ];

    /// C has the one call that its line holds, and holds it: an emergency number can be dialled still.
    emergency_beyond_the_limit("Emergency number, beyond the calls of a line", "an emergency number") on site [
        |w| w.talk("A", "1003", "C"),
        |w| w.hold_key("C"),
        |w| w.button("C", c::DeviceStimulus::LINE, 1),
        |w| w.hold_key("C"),
        |w| w.feature_key("C", c::SoftKeyEvent::NEW_CALL, c::DeviceStimulus::NEW_CALL),
        |w| w.press("C", "112"),
        |w| assert_offered(w, "112"),
        trunk_answers,
        |w| w.acknowledge("C"),
    ];

    /// The same, with all digits at once, in the middle of a conversation.
    emergency_en_bloc("Emergency number, from a list", "an emergency number") on site [
        |w| w.talk("A", "1003", "C"),
        |w| w.en_bloc("C", "1002"),
        |w| w.en_bloc("C", "112"),
        |w| assert_offered(w, "112"),
    ];

    /// Beyond the limit no other number can be dialled.
    only_emergency_beyond_the_limit("Beyond the calls of a line: emergency numbers only", "softkey NewCall") on site [
        |w| w.talk("A", "1003", "C"),
        |w| w.feature_key("C", c::SoftKeyEvent::NEW_CALL, c::DeviceStimulus::NEW_CALL),
        |w| w.press("C", "1"),
        |w| w.press("C", "0"),
    ];

    /// A phone in the lobby calls nobody but help.
    emergency_in_the_lobby("Emergency number, from the lobby", "an emergency number") on guarded [
        |w| w.off_hook("B"),
        |w| w.press("B", "1001"),
        |w| w.on_hook("B"),
        |w| w.off_hook("B"),
        |w| w.press("B", "112"),
        |w| assert_offered(w, "112"),
    ];

    /// D goes off hook, and B rings.
    hotline("Hotline (PLAR)", "off hook") on guarded [
        |w| w.off_hook("D"),
        |w| w.off_hook("B"),
        |w| w.media("B", "D"),
    ];

    /// D goes off hook and waits.
    warm_line("Warm line", "off hook, and no digit") on site [
        |w| w.off_hook("D"),
        |w| w.pass_secs(3),
        |w| w.pass_secs(1),
        |w| w.off_hook("B"),
        |w| w.media("B", "D"),
    ];

    /// D dials somebody else in time.
    warm_line_overridden("Warm line, another number", "off hook, and digits") on site [
        |w| w.off_hook("D"),
        |w| w.pass_secs(3),
        |w| w.press("D", "1001"),
        |w| w.off_hook("A"),
        |w| w.media("A", "D"),
    ];

    /// An index, then the key.
    abbreviated_dial("Abbreviated dial", "digits, then softkey AbbrDial") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "1"),
        |w| w.softkey("A", ABBR_DIAL),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
    ];

    /// The key, then an index of two digits.
    abbreviated_dial_key_first("Abbreviated dial, key first", "softkey AbbrDial, then digits") on site [
        |w| w.softkey("A", ABBR_DIAL),
        |w| w.press("A", "1"),
        |w| w.press("A", "2"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
    ];

    /// The key, then an index of one digit, and time passes.
    abbreviated_dial_of_one_digit("Abbreviated dial, one digit", "softkey AbbrDial, then a digit") on site [
        |w| w.softkey("A", ABBR_DIAL),
        |w| w.press("A", "1"),
        |w| w.pass_secs(5),
    ];

    /// No number has this index.
    abbreviated_dial_of_nothing("Abbreviated dial, no such index", "softkey AbbrDial") on site [
        |w| w.off_hook("A"),
        |w| w.softkey("A", ABBR_DIAL),
        |w| w.press("A", "9#"),
    ];

    /// A call on each of two lines: each has its own number, lamp and place.
    two_lines("Several lines", "line buttons") on site [
        |w| w.button("A", c::DeviceStimulus::LINE, 2),
        |w| w.press("A", "1002"),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.off_hook("C"),
        |w| w.press("C", "1001"),
        |w| w.button("A", c::DeviceStimulus::LINE, 1),
        |w| w.media("A", "C"),
        |w| w.button("A", c::DeviceStimulus::LINE, 2),
    ];

    /// The line on which a call waits is full: the next one is told that it is busy.
    busy_trigger("Busy trigger", "a call more than the line takes") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.off_hook("C"),
        |w| w.press("C", "1002"),
        |w| w.off_hook("D"),
        |w| w.press("D", "1002"),
        |w| w.on_hook("C"),
    ];
}
