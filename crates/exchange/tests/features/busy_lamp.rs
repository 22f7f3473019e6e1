//! Busy lamps: A sees what is going on at 1002, which is B's.

use exchange::input::Ended;
use exchange::output::CloseReason;
use exchange::plan::{Button, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    let a = site.devices.get_mut(&device_name("A")).expect("A");
    a.buttons.push(Button::SpeedDial { number: "1003".into(), label: "Carl".into() });
    a.buttons.push(Button::BusyLamp { number: "1002".into(), label: "Bert".into(), pickup: true });
    site
}

impl World {
    /// What A's button shows.
    #[track_caller]
    fn assert_light(&self, expect: &str) {
        assert_eq!(self.phones["A"].lights.get(&2).copied(), Some(expect));
    }

    fn press_lamp(&mut self) {
        let button = match self.phones["A"].generation {
            Generation::Modern(_) => c::DeviceStimulus::BLF_SPEED_DIAL,
            _ => c::DeviceStimulus::SPEED_DIAL,
        };
        self.button("A", button, 2);
    }
}

features! {
    /// It rings at B, he answers, and hangs up.
    busy_lamp("Busy lamp", "speed-dial button with a lamp") on site [
        |w| w.off_hook("C"),
        |w| w.press("C", "1002"),
        |w| w.assert_light("rings"),
        |w| w.off_hook("B"),
        |w| w.media("B", "C"),
        |w| w.assert_light("on"),
        |w| w.on_hook("B"),
        |w| w.assert_light("off"),
        |w| w.feature_key("B", c::SoftKeyEvent(34), c::DeviceStimulus::DO_NOT_DISTURB),
        |w| w.assert_light("quiet"),
        |w| w.feature_key("B", c::SoftKeyEvent(34), c::DeviceStimulus::DO_NOT_DISTURB),
        |w| w.assert_light("off"),
    ];

    /// A takes what rings at B.
    busy_lamp_pickup("Busy lamp, pickup", "the button, when it rings there") on site [
        |w| w.off_hook("C"),
        |w| w.press("C", "1002"),
        |w| w.press_lamp(),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
        |w| w.assert_light("off"),
    ];

    /// A calls B with it.
    busy_lamp_dials("Busy lamp, call", "the button") on site [
        |w| w.press_lamp(),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
        |w| w.assert_light("on"),
    ];
}

/// B's phone goes away and comes back, and A's does; the lamp is never stale.
#[test]
fn a_lamp_is_never_stale() {
    for generation in [Generation::Old, Generation::Classic, Generation::Modern(20)] {
        let mut w = World::new(site());
        w.register("A", generation);
        w.assert_light("off");
        w.register("B", generation);
        w.register("C", generation);
        w.talk("C", "1002", "B");
        w.assert_light("on");
        w.lose("B");
        w.phone("B").closed = Some(CloseReason::Limit);
        w.assert_light("on");
        w.on_hook("C");
        w.assert_light("off");
        // What happens while A is away he sees when he is back.
        let old = w.phones["A"].session;
        w.input(exchange::input::Input::Closed(old, Ended::Reset));
        w.off_hook("C");
        w.on_hook("C");
        w.phone("B").starts_anew();
        let ip = w.phones["B"].ip;
        w.connect_from("B", generation, ip);
        w.register_connected("B");
        w.ask_everything("B");
        w.off_hook("B");
        let ip = w.phones["A"].ip;
        w.connect_from("A", generation, ip);
        w.register_connected("A");
        w.ask_everything("A");
        w.assert_light("on");
        w.on_hook("B");
        w.assert_light("off");
        everybody_hangs_up(&mut w);
    }
}

/// A new plan takes the line away, and gives it back.
#[test]
fn a_lamp_follows_the_plan() {
    let mut w = World::new(site());
    for name in ["A", "B"] {
        w.register(name, Generation::Modern(20));
    }
    w.feature_key("B", c::SoftKeyEvent(34), c::DeviceStimulus::DO_NOT_DISTURB);
    w.assert_light("quiet");
    let mut without = site();
    without.lines.remove("1002");
    without.devices.remove(&device_name("B"));
    w.apply(without);
    w.assert_light("off");
    w.apply(site());
    everybody_hangs_up(&mut w);
}
