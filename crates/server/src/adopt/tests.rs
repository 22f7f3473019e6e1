//! Newcomers, and what operators do with them.

use super::*;
use exchange::input::SessionId;

fn ask(adopter: &mut Adopter, device: &str, lobby: bool) {
    adopter.ask(Adoption { session: SessionId(1), device: device.into(), device_type: 7, lobby });
}

fn file() -> Plan {
    let mut plan = Plan::default();
    (plan.site.auto_register, plan.site.lobby) = (true, true);
    plan.lines.insert("1001".into(), default_line("taken"));
    plan.devices.insert("SEP00000000000F".into(), Device::default());
    plan
}

fn adopter() -> Adopter {
    Adopter::new(file(), Others::default())
}

fn in_lobby(device: &str) -> Adopter {
    let mut adopter = adopter();
    ask(&mut adopter, device, true);
    adopter.adopt(0, |_, _| ()).unwrap();
    adopter
}

const ONE: &str = "SEP000000000001";
const TWO: &str = "SEP000000000002";

#[test]
fn phones_get_free_numbers_in_one_plan() {
    let mut adopter = adopter();
    assert_eq!(adopter.deadline_ns(), None);
    for device in [ONE, TWO, ONE] {
        ask(&mut adopter, device, device == TWO);
    }
    let mut given = Vec::new();
    let plan =
        adopter.adopt(5, |device, newcomer| given.push((device.to_owned(), newcomer.clone()))).unwrap();
    let newcomer = |number: &str, lobby| Newcomer { number: number.into(), lobby };
    assert_eq!(given, [(ONE.into(), newcomer("1000", false)), (TWO.into(), newcomer("1002", true))]);
    assert!(plan.devices[TWO].lobby && plan.devices[TWO].auto && !plan.devices[ONE].lobby);
    assert!(plan.lines.contains_key("1002"));
    assert_eq!(plan.generation, 1);
}

#[test]
fn plans_take_no_more_than_a_tenth_of_the_time() {
    let mut adopter = adopter();
    ask(&mut adopter, ONE, false);
    assert!(adopter.adopt(0, |_, _| ()).is_some());
    adopter.took(1_000, 1_000);
    ask(&mut adopter, TWO, false);
    assert_eq!(adopter.deadline_ns(), Some(10_000));
    assert!(adopter.adopt(9_999, |_, _| ()).is_none());
    assert!(adopter.adopt(10_000, |_, _| ()).is_some());
}

#[test]
fn hostile_names_are_not_adopted() {
    let mut adopter = adopter();
    for name in ["", "SEP'; DROP--", "../../etc/pass", "SEP\u{1b}[2J", "A\nB", "SEP0000000000011"] {
        ask(&mut adopter, name, true);
    }
    assert_eq!(adopter.deadline_ns(), None);
}

#[test]
fn the_lobby_is_bounded() {
    let mut adopter = adopter();
    for index in 0..LOBBY_MAX + 10 {
        ask(&mut adopter, &format!("SEP{index:012X}"), true);
    }
    ask(&mut adopter, "SEPFFFFFFFFFFFF", false);
    let mut given = 0;
    adopter.adopt(0, |_, newcomer| given += usize::from(newcomer.lobby)).unwrap();
    // One of the names stands in the file.
    assert_eq!(given, LOBBY_MAX - 1);
    assert!(adopter.plan().devices.contains_key("SEPFFFFFFFFFFFF"), "this machine's own phones have room");
}

#[test]
fn adopted_phones_survive_restarts_and_new_plans() {
    let newcomers = BTreeMap::from([(ONE.to_owned(), Newcomer { number: "1005".into(), lobby: false })]);
    let mut adopter = Adopter::new(file(), Others { newcomers, ..Others::default() });
    assert!(adopter.plan().lines.contains_key("1005"));
    adopter.replace(file());
    assert!(adopter.plan().devices.contains_key(ONE));
    assert_eq!(adopter.plan().generation, 1);
}

#[test]
fn an_operator_adopts_and_it_stays() {
    let mut adopter = in_lobby(ONE);
    let order = |number: Option<&str>| Amendment::Adopt {
        device: ONE.to_ascii_lowercase(),
        number: number.map(str::to_owned),
        name: Some("Reception".into()),
    };
    assert_eq!(
        adopter.amend(order(Some("1001"))),
        Err("1001 is taken; `lineside ctl devices` shows by whom".into())
    );
    let (kept, said) = adopter.amend(order(None)).unwrap();
    assert_eq!(said, "SEP000000000001 is adopted: 1000, Reception");
    let plan = adopter.plan();
    assert!(!plan.devices[ONE].lobby && !plan.devices[ONE].auto);
    assert_eq!((plan.lines["1000"].name.as_str(), plan.generation), ("Reception", 2));
    let again = Adopter::new(
        file(),
        Others {
            configured: kept.into_iter().filter_map(|(name, kept)| Some((name, kept?))).collect(),
            ..Others::default()
        },
    );
    assert_eq!((&again.plan().devices, &again.plan().lines), (&plan.devices, &plan.lines));
    assert_eq!(
        adopter.amend(order(None)),
        Err("SEP000000000001 is no newcomer: it is configured already".into())
    );
}

#[test]
fn another_phone_takes_the_place_of_one() {
    let mut adopter = in_lobby(ONE);
    ask(&mut adopter, TWO, true);
    adopter.adopt(0, |_, _| ()).unwrap();
    let replace = |old: &str, new: &str| Amendment::Replace { old: old.into(), new: new.into() };
    let (kept, said) = adopter.amend(replace(ONE, TWO)).unwrap();
    assert_eq!((kept.len(), said.as_str()), (2, "SEP000000000002 takes the place of SEP000000000001"));
    let plan = adopter.plan();
    assert!(!plan.devices.contains_key(ONE) && !plan.devices[TWO].lobby);
    assert_eq!(plan.devices[TWO].buttons[0], Button::Line { number: "1000".into(), label: "1000".into() });
    let refused = adopter.amend(replace("SEP00000000000F", ONE)).unwrap_err();
    assert!(refused.contains("stands in the configuration file and is read-only here"), "{refused}");
    let refused = adopter.amend(replace("SEP000000000009", ONE)).unwrap_err();
    assert!(refused.contains("the nearest is SEP00000000000"), "{refused}");
    let refused = adopter.amend(replace(TWO, "SEP\u{1b}[2J")).unwrap_err();
    assert!(refused.contains(r"\u{1b}") && !refused.contains('\u{1b}'), "{refused}");
}

#[test]
fn the_file_wins_over_what_operators_did() {
    let mut adopter = in_lobby(ONE);
    adopter.amend(Amendment::Adopt { device: ONE.into(), number: None, name: None }).unwrap();
    let mut written = file();
    written.devices.insert(ONE.into(), Device { description: "by file".into(), ..Device::default() });
    adopter.replace(written);
    assert_eq!(adopter.plan().devices[ONE].description, "by file");
    adopter.replace(file());
    assert_eq!(adopter.plan().devices[ONE].description, "Phone 1000", "back when the file says nothing");
    adopter.amend(Amendment::Forget { device: ONE.into() }).unwrap();
    assert!(!adopter.plan().devices.contains_key(ONE));
}
