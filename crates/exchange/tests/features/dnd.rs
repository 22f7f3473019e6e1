//! Do not disturb.

use exchange::input::{Command, DoNotDisturb, Input};
use exchange::plan::Plan;
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::features;

fn site() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1002"])])
}

/// The event of the DND softkey.
const DND: c::SoftKeyEvent = c::SoftKeyEvent(34);

features! {
    /// With the key, and off again.
    do_not_disturb("Do not disturb", "softkey DND, button DoNotDisturb") on site [
        |w| w.feature_key("B", DND, c::DeviceStimulus::DO_NOT_DISTURB),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.on_hook("A"),
        |w| w.feature_key("B", DND, c::DeviceStimulus::DO_NOT_DISTURB),
        |w| w.talk("A", "1002", "B"),
    ];

    /// Calls come in without a sound.
    do_not_disturb_silent("Do not disturb, silent", "code *76, *79; command") on site [
        |w| w.off_hook("B"),
        |w| w.press("B", "*76"),
        |w| w.on_hook("B"),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];
}

/// By command, also for a phone that is away; it outlives a restart.
#[test]
fn by_command_and_recalled() {
    let mut w = World::new(site());
    let device = crate::common::device_name("B");
    w.command(Command::DoNotDisturb { device: device.clone(), how: DoNotDisturb::Reject })
        .expect("it is set");
    assert!(w.command(Command::DoNotDisturb { device: "SEP0".into(), how: DoNotDisturb::Off }).is_err());
    let mut w = World::new(site());
    w.input(Input::Recall { key: format!("dnd/{device}"), value: "silent".into() });
    w.register("A", Generation::Modern(20));
    w.register("B", Generation::Modern(20));
    w.en_bloc("A", "1002");
    let ladder = w.ladder();
    assert!(ladder.contains("B ← DisplayPromptStatusV2 {DND}"), "{ladder}");
    assert!(ladder.contains("B ← SetRinger FlashOnly"), "{ladder}");
}
