//! Pickup.

use exchange::plan::Plan;
use skinny::codes as c;

use crate::common::phone::Listed;
use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    for number in ["1002", "1003"] {
        site.site.features.pickup_groups.insert(number.into(), "sales".into());
    }
    site
}

/// B and C are in a group with a number.
fn numbered() -> Plan {
    let mut site = site();
    site.site.features.pickup_groups.values_mut().for_each(|group| *group = "500".into());
    site
}

features! {
    /// C takes a call that rings at B, in the same group.
    pickup_in_the_group("Pickup in the own group", "softkey PickUp, button CallPickUp") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.feature_key("C", c::SoftKeyEvent::PICK_UP, c::DeviceStimulus::CALL_PICK_UP),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// The same off hook, with the code.
    pickup_by_code("Pickup in the own group", "code *8") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.off_hook("C"),
        |w| w.press("C", "*8"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// C says where it rings.
    pickup_directed("Pickup at a number", "softkey GPickUp, button GroupCallPickUp") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.feature_key("C", c::SoftKeyEvent::G_PICK_UP, c::DeviceStimulus::GROUP_CALL_PICK_UP),
        |w| w.press("C", "1002"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// The same with the code.
    pickup_directed_by_code("Pickup at a number", "code ** and number") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.off_hook("C"),
        |w| w.press("C", "**1002"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// A, who is in no group, names the group whose call it is.
    pickup_of_another_group("Pickup in another group", "softkey GPickUp, then the group's number") on numbered [
        |w| w.off_hook("B"),
        |w| w.press("B", "1003"),
        |w| w.feature_key("A", c::SoftKeyEvent::G_PICK_UP, c::DeviceStimulus::GROUP_CALL_PICK_UP),
        |w| w.press("A", "500"),
        |w| w.media("B", "A"),
        |w| w.assert_talk("B", "A"),
    ];

    /// The same with the code.
    pickup_of_another_group_by_code("Pickup in another group", "code ** and the group's number") on numbered [
        |w| w.off_hook("B"),
        |w| w.press("B", "1003"),
        |w| w.off_hook("A"),
        |w| w.press("A", "**500"),
        |w| w.media("B", "A"),
        |w| w.assert_talk("B", "A"),
    ];

    /// Nothing rings.
    pickup_of_nothing("Pickup of nothing: refused", "softkey PickUp, button CallPickUp") on site [
        |w| w.feature_key("C", c::SoftKeyEvent::PICK_UP, c::DeviceStimulus::CALL_PICK_UP),
        |w| w.on_hook("C"),
    ];

    /// B answers just before C takes it.
    pickup_of_what_was_answered("Pickup, answered just before: refused", "softkey PickUp") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.feature_key("C", c::SoftKeyEvent::PICK_UP, c::DeviceStimulus::CALL_PICK_UP),
        |w| w.on_hook("C"),
        |w| w.assert_talk("A", "B"),
    ];
}

/// Who rang does not list it as missed; who took it has it as received.
#[test]
fn picked_up_is_not_missed() {
    for generation in [Generation::Classic, Generation::Modern(20)] {
        let mut w = World::new(site());
        for name in ["A", "B", "C"] {
            w.register(name, generation);
        }
        w.off_hook("A");
        w.press("A", "1002");
        w.softkey("C", c::SoftKeyEvent::PICK_UP);
        w.media("A", "C");
        w.on_hook("A");
        assert_eq!(w.phones["A"].list, [Listed::Placed("1002".into())]);
        assert_eq!(w.phones["B"].list, []);
        assert_eq!(w.phones["C"].list, [Listed::Received("1001".into())]);
        everybody_hangs_up(&mut w);
    }
}

/// A line outside of the group does not hear of the group's calls.
#[test]
fn other_groups_are_not_touched() {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.off_hook("C");
    w.press("C", "1001");
    w.softkey("B", c::SoftKeyEvent::PICK_UP);
    assert_eq!(w.phones["A"].ringing.len(), 1, "A's line is in no group");
    everybody_hangs_up(&mut w);
}
