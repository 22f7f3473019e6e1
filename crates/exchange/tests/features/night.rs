//! Night service: calls to B's 1002 go elsewhere.

use exchange::input::{Command, Input};
use exchange::plan::{Button, ButtonFeature, NightService, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

fn lines() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])])
}

fn to_a_number() -> Plan {
    let mut site = lines();
    let night =
        NightService { lines: vec!["1002".into()], to: Some("1003".into()), ring: Vec::new(), closed: false };
    site.night_services.insert("office".into(), night);
    site
}

/// C and D ring, and B has a button for it.
fn to_night_phones() -> Plan {
    let mut site = lines();
    let ring = vec!["1003".into(), "1004".into()];
    let night = NightService { lines: vec!["1002".into()], to: None, ring, closed: false };
    site.night_services.insert("office".into(), night);
    let b = site.devices.get_mut(&device_name("B")).expect("B");
    let feature = ButtonFeature::NightService("office".into());
    b.buttons.push(Button::Feature { feature, label: "Night".into() });
    site
}

features! {
    /// B switches it on, A's call goes to C, B switches it off.
    night_service("Night service, to a number", "code *26, *27; command") on to_a_number [
        |w| w.off_hook("B"),
        |w| w.press("B", "*26"),
        |w| w.on_hook("B"),
        |w| w.talk("A", "1002", "C"),
        |w| w.assert_talk("A", "C"),
        |w| w.on_hook("A"),
        |w| w.off_hook("B"),
        |w| w.press("B", "*27"),
        |w| w.on_hook("B"),
        |w| w.talk("A", "1002", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// With the button; both night phones ring.
    night_phones("Night service, night phones ring", "button of the night service") on to_night_phones [
        |w| w.button("B", c::DeviceStimulus(0x13), 1),
        |w| assert_eq!(w.phones["B"].lights.get(&1), Some(&"on")),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| assert_eq!((w.phones["C"].ringing.len(), w.phones["D"].ringing.len()), (1, 1)),
        |w| w.off_hook("D"),
        |w| w.media("A", "D"),
        |w| w.assert_talk("A", "D"),
        |w| w.on_hook("A"),
        |w| w.button("B", c::DeviceStimulus(0x13), 1),
        |w| assert_eq!(w.phones["B"].lights.get(&1), Some(&"off")),
    ];

    /// A's line is in none.
    night_code_of_nobody("Night service, none for the line: refused", "code *26") on to_a_number [
        |w| w.off_hook("A"),
        |w| w.press("A", "*26"),
        |w| w.on_hook("A"),
    ];
}

/// It holds over a restart, and ends with its section.
#[test]
fn remembered_recalled_and_swept() {
    let mut w = World::new(to_a_number());
    w.input(Input::Recall { key: "night/office".into(), value: "on".into() });
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("A", "1002", "C");
    w.assert_talk("A", "C");
    w.on_hook("A");
    assert!(w.command(Command::NightService { name: "nowhere".into(), on: true }).is_err());
    w.command(Command::NightService { name: "office".into(), on: false }).expect("there is one");
    w.command(Command::NightService { name: "office".into(), on: true }).expect("there is one");
    w.apply(lines());
    w.talk("A", "1002", "B");
    w.assert_talk("A", "B");
    everybody_hangs_up(&mut w);
}

/// Two night services that send to each other's lines: the caller hears an error.
#[test]
fn nights_in_a_circle_end() {
    let mut site = to_a_number();
    let back =
        NightService { lines: vec!["1003".into()], to: Some("1002".into()), ring: Vec::new(), closed: false };
    site.night_services.insert("warehouse".into(), back);
    let mut w = World::new(site);
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    for name in ["office", "warehouse"] {
        w.command(Command::NightService { name: name.into(), on: true }).expect("there is one");
    }
    w.off_hook("A");
    w.press("A", "1002");
    w.reference("A", c::DCallState::CONGESTION);
    everybody_hangs_up(&mut w);
}
