//! Intercom: A speaks to B.

use exchange::plan::{Button, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    let a = site.devices.get_mut(&device_name("A")).expect("A");
    for two_way in [false, true] {
        a.buttons.push(Button::Intercom { number: "1002".into(), label: "Bert".into(), two_way });
    }
    site
}

impl World {
    /// A is heard by B, and B is not heard.
    #[track_caller]
    fn assert_whispers(&self) {
        let of = |name: &str| {
            let calls = self.phones[name].calls.values();
            let streams = calls.map(|call| (call.receiving.is_some(), call.sending.is_some()));
            streams.filter(|stream| *stream != (false, false)).collect::<Vec<_>>()
        };
        assert_eq!((of("A"), of("B")), (vec![(false, true)], vec![(true, false)]));
    }
}

features! {
    /// B hears A at once, and is heard when he lifts the handset.
    intercom("Intercom, one-way until the other lifts", "intercom button") on site [
        |w| w.button("A", c::DeviceStimulus::SPEED_DIAL, 1),
        |w| w.media("A", "B"),
        |w| w.assert_whispers(),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// B is heard at once.
    intercom_two_way("Intercom, two-way", "intercom button") on site [
        |w| w.button("A", c::DeviceStimulus::SPEED_DIAL, 2),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// B talks with C: it rings beside that.
    intercom_to_a_busy_phone("Intercom to a phone in a call: it rings", "intercom button") on site [
        |w| w.talk("C", "1002", "B"),
        |w| w.button("A", c::DeviceStimulus::SPEED_DIAL, 1),
        |w| assert_eq!(w.phones["B"].ringing.len(), 1),
        |w| w.assert_talk("B", "C"),
    ];
}

/// Neither side can make more of it than it is before B is heard: not hold, not transfer, not park.
#[test]
fn nobody_is_heard_against_his_will() {
    for generation in [Generation::Old, Generation::Classic, Generation::Modern(20)] {
        let mut w = World::new(site());
        w.plan_park();
        for name in ["A", "B", "C"] {
            w.register(name, generation);
        }
        w.button("A", c::DeviceStimulus::SPEED_DIAL, 1);
        w.media("A", "B");
        for name in ["A", "B"] {
            w.hold_key(name);
            w.feature_key(name, c::SoftKeyEvent::PARK, c::DeviceStimulus::CALL_PARK);
            w.media("A", "B");
            w.assert_whispers();
        }
        // Who takes up another call ends it.
        w.off_hook("C");
        w.press("C", "1001");
        w.button("A", c::DeviceStimulus::ANSWER_RELEASE, 1);
        w.media("A", "C");
        w.assert_talk("A", "C");
        everybody_hangs_up(&mut w);
    }
}

/// Who is not to be disturbed is not spoken to.
#[test]
fn a_quiet_phone_does_not_answer_by_itself() {
    let mut w = World::new(site());
    for name in ["A", "B"] {
        w.register(name, Generation::Modern(20));
    }
    w.command(exchange::input::Command::DoNotDisturb {
        device: device_name("B"),
        how: exchange::input::DoNotDisturb::Silent,
    })
    .expect("there is a B");
    w.button("A", c::DeviceStimulus::SPEED_DIAL, 1);
    w.reference("B", c::DCallState::RING_IN);
    everybody_hangs_up(&mut w);
}

impl World {
    fn plan_park(&mut self) {
        let mut plan = Plan::clone(&self.plan);
        plan.site.features.park_slots = vec!["71".into()];
        self.apply(plan);
    }
}
