//! What belongs to a line or a device beside calls: messages that wait, languages, time zones, softkeys.

mod common;

use common::{Generation, World, check, device_name, plan};
use exchange::input::{Command, Input};
use exchange::output::{Change, Output};
use exchange::plan::{Locale, Plan, SoftkeyTemplate, TimeZone};
use skinny::codes as c;
use skinny::message as m;

const GENERATIONS: [(&str, Generation); 3] =
    [("v3", Generation::Old), ("v11", Generation::Classic), ("v20", Generation::Modern(20))];

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001", "1005"]), ("B", &["1002"]), ("C", &["1005"])]);
    site.site.messages_number = "1002".into();
    site
}

fn waiting(world: &mut World, line: &str, waiting: u32) -> Result<String, String> {
    world.command(Command::MessagesWait { line: line.into(), waiting })
}

fn lamps(world: &World, name: &str) -> Vec<(u32, bool)> {
    world.phones[name].messages.iter().map(|(instance, on)| (*instance, *on)).collect()
}

#[test]
fn messages_wait() {
    for (suffix, generation) in GENERATIONS {
        let mut world = World::new(site());
        for name in ["A", "B", "C"] {
            world.register(name, generation);
        }
        world.forget();
        assert_eq!(waiting(&mut world, "1005", 2), Ok("2 messages wait for 1005".into()));
        let kept = Output::Remember { key: "messages/1005".into(), value: Some("2".into()) };
        assert!(world.outputs.contains(&kept));
        assert!(world.changes().contains(&Change::Messages { line: "1005".into(), waiting: 2 }));
        assert_eq!(lamps(&world, "A"), [(0, true), (1, false), (2, true)]);
        assert_eq!(lamps(&world, "C"), [(0, true), (1, true)]);
        assert_eq!(lamps(&world, "B"), []);
        // The key calls where the messages are.
        world.button("A", c::DeviceStimulus::VOICE_MAIL, 0);
        world.on_hook("A");
        // A phone that comes back learns it again.
        world.lose("C");
        world.connect("C", generation);
        world.register_connected("C");
        world.ask_everything("C");
        assert_eq!(lamps(&world, "C"), [(0, true), (1, true)]);
        assert!(waiting(&mut world, "1005", 0).is_ok());
        assert!(lamps(&world, "A").iter().all(|(_, on)| !on) && lamps(&world, "C").iter().all(|(_, on)| !on));
        assert!(world.outputs.contains(&Output::Remember { key: "messages/1005".into(), value: None }));
        check(&format!("messages_wait.{suffix}"), &world.ladder());
        assert_eq!(waiting(&mut world, "77", 1), Err("there is no line 77".into()));
        world.assert_quiet();
    }
}

#[test]
fn messages_are_remembered_over_a_restart_and_heard_where_there_is_no_lamp() {
    let mut world = World::new(site());
    world.input(Input::Recall { key: "messages/1002".into(), value: "1".into() });
    world.input(Input::Recall { key: "messages/77".into(), value: "1".into() });
    world.input(Input::Recall { key: "messages/1005".into(), value: "many".into() });
    world.register("B", Generation::Ata);
    world.register("A", Generation::Modern(22));
    assert_eq!((lamps(&world, "B"), lamps(&world, "A")), (vec![(0, true), (1, true)], vec![]));
    world.off_hook("B");
    let call = world.reference("B", c::DCallState::OFF_HOOK);
    assert_eq!(world.phones["B"].calls[&call].tone, Some(c::DeviceTone::MESSAGE_WAITING_INDICATOR_TONE));
    world.on_hook("B");
    world.assert_quiet();
}

#[test]
fn each_phone_has_its_language_its_time_and_its_keys() {
    let mut site = site();
    site.time_zones.insert("Here".into(), TimeZone { before: 0, changes: vec![(1_600_000_000, 3600)] });
    site.time_zones.insert("There".into(), TimeZone::fixed(-12_600));
    site.site.time_zone = "Here".into();
    site.site.locale = Locale::German;
    let keys = vec!["EndCall".to_owned(), "Hold".to_owned()];
    let template = SoftkeyTemplate { sets: [("connected".to_owned(), keys)].into() };
    site.softkey_templates.insert("few".into(), template);
    let c = site.devices.get_mut(&device_name("C")).expect("there");
    (c.time_zone, c.locale) = ("There".into(), Some(Locale::Spanish));
    (c.date_template, c.softkey_template) = (Some("M/D/YA".into()), "few".into());
    let mut world = World::new(site);
    for name in ["A", "C"] {
        world.connect(name, Generation::Modern(20));
        world.register_connected(name);
        world.say(name, &m::TimeDateReq {});
        world.say(name, &m::SoftKeySetReq {});
        // B is not registered: they are told so in their own words.
        world.en_bloc(name, "1002");
        world.on_hook(name);
    }
    check("each_phone_in_its_way", &world.ladder());
    world.assert_quiet();
}
