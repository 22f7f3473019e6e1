//! Announcements.

use exchange::input::Input;
use exchange::media::{MediaEvent, MediaOrder, OrderId};
use exchange::output::Output;
use exchange::plan::{Announcement, Locale, NightService, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    site.lines.insert("1009".into(), exchange::plan::Line::default());
    let closed = NightService { lines: vec!["1002".into()], closed: true, ..NightService::default() };
    site.night_services.insert("office".into(), closed);
    site
}

/// The engine comes before the first step.
fn engine(world: &mut World) {
    let taken = std::mem::replace(world, World::new(Plan::default()));
    *world = taken.with_engine();
}

fn announced(world: &World) -> Vec<(OrderId, Announcement, Locale)> {
    let of = |output: &Output| match output {
        Output::Media(id, MediaOrder::Announce { sound, locale, .. }) => Some((*id, *sound, *locale)),
        _ => None,
    };
    world.outputs.iter().filter_map(of).collect()
}

/// All is said.
fn said(world: &mut World) {
    let (order, ..) = *announced(world).last().expect("something is announced");
    world.input(Input::Media(order, MediaEvent::PlayedOut));
}

features! {
    /// Nobody has the number: that is said, then the tone comes.
    announced_number("Announcement: unknown number", "dial a number that nobody has") on site [
        engine,
        |w| w.off_hook("A"),
        |w| w.press("A", "7"),
        |w| w.acknowledge("A"),
        said,
        |w| w.pass_secs(60),
    ];

    /// No phone of the line is registered.
    announced_phone("Announcement: phone not registered", "dial the line") on site [
        engine,
        |w| w.off_hook("A"),
        |w| w.press("A", "1009"),
        |w| w.acknowledge("A"),
        said,
    ];

    /// The office is closed.
    announced_night("Night service that is closed: announced", "`closed = true`; code *26") on site [
        engine,
        |w| w.off_hook("B"),
        |w| w.press("B", "*26"),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.acknowledge("A"),
        said,
    ];
}

/// Codecs that nobody translates: said on every generation, shown, and kept in the record.
#[test]
fn no_common_codec_is_said_shown_and_kept() {
    for generation in [Generation::Old, Generation::Classic, Generation::Modern(20)] {
        let mut w = World::new(site());
        w.register("A", generation);
        w.register("B", generation);
        let mut w = w.with_engine();
        w.announce_codecs("A", &[(4, 40)]);
        w.announce_codecs("B", &[(12, 40)]);
        w.forget();
        w.off_hook("A");
        w.press("A", "1002");
        assert_eq!(announced(&w).last().map(|(_, sound, _)| *sound), Some(Announcement::NoCodec));
        w.acknowledge("A");
        said(&mut w);
        let ladder = w.ladder();
        assert!(ladder.contains("No common codec") && ladder.contains("StartTone ReorderTone"), "{ladder}");
        let record = w.records().into_iter().find_map(|record| match record {
            exchange::record::Record::Call(call) => Some(call.cause),
            _ => None,
        });
        assert_eq!(record, Some(exchange::call::Cause::NO_CODEC));
        everybody_hangs_up(&mut w);
    }
}

/// The phone does not open its port, or can't; the engine can't, or does not answer: the tone comes all the same.
#[test]
fn where_nothing_can_be_said_the_tone_comes() {
    type Fails = fn(&mut World);
    let cases: [Fails; 4] = [
        |w| w.pass_secs(6),
        |w| w.acknowledge_with("A", c::MediaStatus::NOT_ENOUGH_CHANNELS),
        |w| w.input(Input::Media(OrderId(1), MediaEvent::Failed("no port".into()))),
        |w| {
            w.acknowledge("A");
            w.pass_secs(61);
        },
    ];
    for (case, fails) in cases.into_iter().enumerate() {
        let mut w = World::new(site());
        w.register("A", Generation::Modern(20));
        let mut w = if case == 2 {
            w.input(Input::Media(OrderId(0), MediaEvent::Engine { present: true }));
            w
        } else {
            w.with_engine()
        };
        w.off_hook("A");
        w.press("A", "7");
        assert!(!w.ladder().contains("ReorderTone"), "{case}");
        fails(&mut w);
        let ladder = w.ladder();
        assert!(ladder.contains("A ← StartTone ReorderTone"), "{case}: {ladder}");
        everybody_hangs_up(&mut w);
    }
}

/// In the language of the phone; and only what the site wants.
#[test]
fn it_is_said_in_the_language_of_the_phone_and_not_at_all_where_a_tone_is_wanted() {
    let mut site = site();
    for device in site.devices.values_mut() {
        device.locale = Some(Locale::German);
    }
    site.site.features.announcements = [Announcement::NotRegistered].into();
    let mut w = World::new(site);
    w.register("A", Generation::Modern(20));
    let mut w = w.with_engine();
    w.off_hook("A");
    w.press("A", "7");
    assert_eq!(announced(&w), []);
    w.on_hook("A");
    w.off_hook("A");
    w.press("A", "1009");
    let said: Vec<_> = announced(&w).iter().map(|(_, sound, locale)| (*sound, *locale)).collect();
    assert_eq!(said, [(Announcement::NotRegistered, Locale::German)]);
    everybody_hangs_up(&mut w);
}
