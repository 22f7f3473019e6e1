//! Rollover lines, the repeated tone of a waiting call, the number that those outside see.

use exchange::plan::Plan;
use exchange::plan::dial_plan::DialPlan;
use skinny::codes as c;

use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

/// A call to B's first line that is busy rings on his second one.
fn rollover() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002", "1012"]), ("C", &["1003"])]);
    site.devices.get_mut(&device_name("B")).expect("B").rollover = true;
    site.lines.get_mut("1002").expect("a line").busy_trigger = 1;
    site
}

fn waiting() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    site.site.features.call_waiting_secs = 10;
    site
}

fn masked() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"])]);
    site.lines.get_mut("1001").expect("a line").external_mask = Some("555XXXX".into());
    site.dial_plan = DialPlan::routes(&[("0!", 1)]).expect("a pattern");
    site
}

features! {
    /// B talks with A on 1002; C's call to 1002 rings on 1012.
    rollover_line("Rollover line", "a call to a busy line") on rollover [
        |w| w.talk("A", "1002", "B"),
        |w| w.off_hook("C"),
        |w| w.press("C", "1002"),
        |w| assert_eq!(w.phones["B"].lamps.get(&2), Some(&c::LampMode::BLINK)),
        |w| w.button("B", c::DeviceStimulus::LINE, 2),
        |w| w.media("B", "C"),
    ];

    /// The tone comes again while it waits.
    call_waiting_again("Call waiting, the tone repeated", "after `call_waiting_secs`") on waiting [
        |w| w.talk("A", "1002", "B"),
        |w| w.off_hook("C"),
        |w| w.press("C", "1002"),
        |w| w.pass_secs(25),
        |w| w.on_hook("C"),
    ];

    /// The trunk sees 5551001.
    external_mask("Number for those outside", "a call to a trunk") on masked [
        |w| w.off_hook("A"),
        |w| w.press("A", "0123#"),
        |w| w.on_hook("A"),
    ];
}

/// Without a free line behind it the caller hears that it is busy.
#[test]
fn rollover_ends_with_the_last_line() {
    let mut site = rollover();
    site.lines.get_mut("1012").expect("a line").busy_trigger = 1;
    let mut w = World::new(site);
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("A", "1002", "B");
    w.button("B", c::DeviceStimulus::LINE, 2);
    w.off_hook("C");
    w.press("C", "1002");
    w.reference("C", c::DCallState::BUSY);
    everybody_hangs_up(&mut w);
}

/// B hears the tone at once and then every ten seconds.
#[test]
fn the_tone_comes_again_until_the_call_is_gone() {
    let mut w = World::new(waiting());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("A", "1002", "B");
    w.off_hook("C");
    w.forget();
    w.press("C", "1002");
    w.pass_secs(25);
    w.on_hook("C");
    w.pass_secs(20);
    let tones = w.ladder_of("B").iter().filter(|rung| rung.contains("CallWaitingTone")).count();
    assert_eq!(tones, 3);
    everybody_hangs_up(&mut w);
}
