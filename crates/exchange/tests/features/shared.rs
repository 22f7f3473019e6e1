//! Shared lines: A and B show 1001, C calls.

use exchange::plan::{Plan, RingRule};
use skinny::codes as c;

use crate::common::phone::Listed;
use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1001"]), ("C", &["1003"])])
}

/// A rings once, B only flashes, D only shows it.
fn ringing_differently() -> Plan {
    let mut plan = plan(&[("A", &["1001"]), ("B", &["1001"]), ("C", &["1003"]), ("D", &["1001"])]);
    for (name, rule) in [("A", RingRule::Once), ("B", RingRule::Flash), ("D", RingRule::Off)] {
        let device = plan.devices.get_mut(device_name(name).as_str()).expect("it is in the plan");
        device.rings.insert("1001".into(), rule);
    }
    plan
}

impl World {
    /// The user of a phone takes over what another one holds.
    pub fn take_over(&mut self, name: &'static str) {
        if self.phones[name].generation == Generation::Old {
            return self.button(name, c::DeviceStimulus::LINE, 1);
        }
        let held = [c::DCallState::HOLD.0, c::DCallState::REMOTE_HOLD.0];
        let remote = self.phones[name].calls.iter().find(|(_, call)| held.contains(&call.state));
        let reference = *remote.expect("a held call").0;
        self.softkey_for(name, c::SoftKeyEvent::RESUME, reference);
    }
}

features! {
    /// A talks, B sees it; A holds, B sees that and takes the call over; A sees it in use.
    shared_remote_resume("Shared line: seen elsewhere, taken over", "softkey Resume, line button") on site [
        |w| w.talk("C", "1001", "A"),
        |w| w.hold_key("A"),
        |w| w.take_over("B"),
        |w| w.media("B", "C"),
        |w| w.assert_talk("B", "C"),
        |w| w.hold_key("B"),
        |w| w.take_over("A"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// A calls out; B sees that, too.
    shared_call_out("Shared line: a call made is seen elsewhere", "any call") on site [
        |w| w.talk("A", "1003", "C"),
        |w| w.on_hook("C"),
    ];

    /// A call rings at each phone of the line as that phone's button says.
    shared_ring_rules("Shared line: ring rules", "`ring` of a line button") on ringing_differently [
        |w| w.off_hook("C"),
        |w| w.press("C", "1001"),
        |w| w.off_hook("A"),
        |w| w.media("C", "A"),
        |w| w.on_hook("C"),
    ];

    /// While A talks B calls on the same line.
    shared_second_call("Shared line: a second call beside", "softkey NewCall, line button, handset") on site [
        |w| w.talk("C", "1001", "A"),
        |w| w.off_hook("B"),
        |w| w.press("B", "1003"),
        |w| w.on_hook("B"),
    ];
}

/// Both answer at once: the first one has it, the other's key does nothing, and neither list is wrong.
#[test]
fn both_answer_at_once() {
    for generation in [Generation::Classic, Generation::Modern(20)] {
        let mut w = World::new(site());
        for name in ["A", "B", "C"] {
            w.register(name, generation);
        }
        w.off_hook("C");
        w.press("C", "1001");
        let (a, b) = (w.reference("A", c::DCallState::RING_IN), w.reference("B", c::DCallState::RING_IN));
        w.softkey_for("A", c::SoftKeyEvent::ANSWER, a);
        w.softkey_for("B", c::SoftKeyEvent::ANSWER, b);
        w.media("A", "C");
        w.assert_talk("A", "C");
        w.on_hook("C");
        assert_eq!(w.phones["A"].list, [Listed::Received("1003".into())]);
        assert_eq!(w.phones["B"].list, []);
        everybody_hangs_up(&mut w);
    }
}

/// Both ends hang up at once, and both phones of the line: nothing is left.
#[test]
fn all_hang_up_at_once() {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("C", "1001", "A");
    w.hold_key("A");
    let (own, of_a) = (w.reference("A", c::DCallState::HOLD), w.reference("B", c::DCallState::REMOTE_HOLD));
    w.softkey_for("B", c::SoftKeyEvent::RESUME, of_a);
    w.softkey_for("A", c::SoftKeyEvent::RESUME, own);
    w.on_hook("C");
    w.on_hook("B");
    w.on_hook("A");
    everybody_hangs_up(&mut w);
}

/// A held call that another phone takes over is in use for a moment only where it was; both phones of a line
/// take it at once: the second key comes too late and holds nothing.
#[test]
fn a_phone_that_comes_back_sees_the_calls_of_its_line() {
    let mut w = World::new(site());
    for name in ["A", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("C", "1001", "A");
    w.register("B", Generation::Modern(20));
    w.reference("B", c::DCallState::CALL_REMOTE_MULTILINE);
    w.hold_key("A");
    w.reference("B", c::DCallState::REMOTE_HOLD);
    w.on_hook("C");
    everybody_hangs_up(&mut w);
}
