//! Hunt groups: A calls, B, C and D are members of 5500.

use exchange::call::Party;
use exchange::input::{Command, Input, TrunkInput};
use exchange::plan::{Algorithm, Button, ButtonFeature, HuntGroup, Plan};
use skinny::codes as c;

use crate::common::phone::Listed;
use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

/// Log in and out.
const HLOG: c::SoftKeyEvent = c::SoftKeyEvent(36);

fn group(algorithm: Algorithm) -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    let members = ["1002", "1003", "1004"].map(str::to_owned).to_vec();
    let sales = HuntGroup { name: "Sales".into(), members, algorithm, ..HuntGroup::default() };
    site.hunt_groups.insert("5500".into(), sales);
    site
}

fn top_down() -> Plan {
    group(Algorithm::TopDown)
}

fn circular() -> Plan {
    group(Algorithm::Circular)
}

fn longest_idle() -> Plan {
    group(Algorithm::LongestIdle)
}

fn broadcast() -> Plan {
    group(Algorithm::Broadcast)
}

/// B and C are members, and D gets what they don't take.
fn with_end() -> Plan {
    let mut site = group(Algorithm::TopDown);
    let sales = site.hunt_groups.get_mut("5500").expect("the group");
    sales.members.pop();
    sales.at_end = Some("1004".into());
    site
}

/// B has a button for it.
fn with_button() -> Plan {
    let mut site = group(Algorithm::TopDown);
    let b = site.devices.get_mut(&device_name("B")).expect("B");
    b.buttons.push(Button::Feature { feature: ButtonFeature::HuntLog, label: "Group".into() });
    site
}

impl World {
    fn calls_group(&mut self, name: &'static str) {
        self.off_hook(name);
        self.press(name, "5500");
    }

    /// Who rings now.
    #[track_caller]
    fn assert_rings(&self, expect: &[&str]) {
        let rings: Vec<&str> =
            self.phones.values().filter(|phone| !phone.ringing.is_empty()).map(|phone| phone.name).collect();
        assert_eq!(rings, expect);
    }
}

features! {
    /// B does not answer, C does.
    hunt_top_down("Hunt group, top down", "dial the group") on top_down [
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["B"]),
        |w| w.pass_secs(10),
        |w| w.assert_rings(&["C"]),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// All ring; C is first.
    hunt_broadcast("Hunt group, all at once", "dial the group") on broadcast [
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["B", "C", "D"]),
        |w| w.off_hook("C"),
        |w| w.assert_rings(&[]),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// B takes the first call, C is asked for the second.
    hunt_circular("Hunt group, circular", "dial the group") on circular [
        |w| w.calls_group("A"),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.on_hook("A"),
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["C"]),
        |w| w.pass_secs(20),
        |w| w.assert_rings(&["B"]),
        |w| w.on_hook("A"),
    ];

    /// Nobody had a call yet: B. Then he has had one last.
    hunt_longest_idle("Hunt group, longest idle", "dial the group") on longest_idle [
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["B"]),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.on_hook("B"),
        |w| w.talk("A", "1003", "C"),
        |w| w.on_hook("A"),
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["D"]),
        |w| w.on_hook("A"),
    ];

    /// Nobody takes it: it goes on to D.
    hunt_overflow("Hunt group, nobody answers: overflow", "dial the group") on with_end [
        |w| w.calls_group("A"),
        |w| w.pass_secs(20),
        |w| w.assert_rings(&["D"]),
        |w| w.off_hook("D"),
        |w| w.media("A", "D"),
        |w| w.assert_talk("A", "D"),
    ];

    /// Nobody takes it, and there is nothing else.
    hunt_in_vain("Hunt group, nobody answers: refused", "dial the group") on top_down [
        |w| w.calls_group("A"),
        |w| w.pass_secs(30),
        |w| w.assert_rings(&[]),
        |w| w.on_hook("A"),
    ];

    /// B talks with A, C is not to be disturbed: D rings for a call from outside.
    hunt_passes_over("Hunt group, busy and quiet members are passed over", "dial the group") on top_down [
        |w| w.talk("A", "1002", "B"),
        |w| w.feature_key("C", c::SoftKeyEvent(34), c::DeviceStimulus::DO_NOT_DISTURB),
        |w| {
            let calling = Party { number: "5550100".into(), name: "Far".into() };
            w.trunk(TrunkInput::Offer { token: 1, trunk: 1, calling, called: "5500".into() });
        },
        |w| w.assert_rings(&["D"]),
        |w| w.off_hook("D"),
        |w| w.acknowledge("D"),
    ];

    /// Everybody is busy.
    hunt_all_busy("Hunt group, all busy: refused", "dial the group") on with_end [
        |w| w.talk("B", "1003", "C"),
        |w| w.feature_key("D", c::SoftKeyEvent(34), c::DeviceStimulus::DO_NOT_DISTURB),
        |w| w.calls_group("A"),
        |w| w.on_hook("A"),
        |w| w.on_hook("B"),
    ];

    /// B leaves the group and comes back.
    hunt_log_out("Hunt group, log out and in", "softkey HLog, button HLog") on with_button [
        |w| w.feature_key("B", HLOG, c::DeviceStimulus::H_LOG),
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["C"]),
        |w| w.on_hook("A"),
        |w| w.feature_key("B", HLOG, c::DeviceStimulus::H_LOG),
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["B"]),
        |w| w.on_hook("A"),
    ];

    /// The same with codes; the phone that rings stops.
    hunt_log_out_by_code("Hunt group, log out and in", "code *63, *62") on top_down [
        |w| w.off_hook("B"),
        |w| w.press("B", "*63"),
        |w| w.on_hook("B"),
        |w| w.calls_group("A"),
        |w| w.assert_rings(&["C"]),
        |w| w.on_hook("A"),
        |w| w.off_hook("B"),
        |w| w.press("B", "*62"),
        |w| w.on_hook("B"),
    ];

    /// B rings and leaves the group: C rings.
    hunt_log_out_while_it_rings("Hunt group, log out while it rings", "softkey HLog, button HLog") on top_down [
        |w| w.calls_group("A"),
        |w| w.feature_key("B", HLOG, c::DeviceStimulus::H_LOG),
        |w| w.assert_rings(&["C"]),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// A asks for the group while he holds D, and gives him to whoever answers.
    hunt_by_transfer("Hunt group, by transfer", "softkey Transfer, button Transfer") on top_down [
        |w| w.talk("A", "1004", "D"),
        |w| w.transfer_key("A"),
        |w| w.press("A", "5500"),
        |w| w.transfer_key("A"),
        |w| w.pass_secs(10),
        |w| w.assert_rings(&["C"]),
        |w| w.off_hook("C"),
        |w| w.media("C", "D"),
        |w| w.assert_talk("C", "D"),
    ];
}

fn site(algorithm: Algorithm, generation: Generation) -> World {
    let mut w = World::new(group(algorithm));
    for name in ["A", "B", "C", "D"] {
        w.register(name, generation);
    }
    w
}

/// Who did not answer has no missed call for it, who was asked last when the caller gave up has one.
#[test]
fn hops_are_not_missed_calls() {
    for generation in [Generation::Classic, Generation::Modern(20)] {
        let mut w = site(Algorithm::TopDown, generation);
        w.calls_group("A");
        w.pass_secs(10);
        w.off_hook("C");
        w.media("A", "C");
        w.on_hook("A");
        assert_eq!(w.phones["A"].list, [Listed::Placed("5500".into())]);
        assert_eq!(w.phones["B"].list, []);
        assert_eq!(w.phones["C"].list, [Listed::Received("1001".into())]);
        w.calls_group("A");
        w.pass_secs(10);
        w.on_hook("A");
        assert_eq!(w.phones["B"].list, []);
        assert_eq!(w.phones["C"].list.last(), Some(&Listed::Missed("1001".into())));
        everybody_hangs_up(&mut w);
    }
}

/// All rang: who did not answer has no missed call; when the caller gives up all have one.
#[test]
fn a_broadcast_that_was_answered_is_not_missed() {
    for generation in [Generation::Classic, Generation::Modern(20)] {
        let mut w = site(Algorithm::Broadcast, generation);
        w.calls_group("A");
        w.off_hook("D");
        w.media("A", "D");
        w.on_hook("D");
        assert_eq!((w.phones["B"].list.len(), w.phones["C"].list.len()), (0, 0));
        w.calls_group("A");
        w.on_hook("A");
        for name in ["B", "C", "D"] {
            assert_eq!(w.phones[name].list.last(), Some(&Listed::Missed("1001".into())), "{name}");
        }
        everybody_hangs_up(&mut w);
    }
}

/// Being logged out outlives a restart, and a command ends it.
#[test]
fn remembered_and_recalled() {
    let mut w = World::new(group(Algorithm::TopDown));
    let device = device_name("B");
    w.input(Input::Recall { key: format!("hunt-out/{device}"), value: "out".into() });
    for name in ["A", "B", "C", "D"] {
        w.register(name, Generation::Modern(20));
    }
    w.calls_group("A");
    w.assert_rings(&["C"]);
    w.on_hook("A");
    w.command(Command::HuntLog { device: device.clone(), logged_in: true }).expect("B is a member");
    assert!(w.command(Command::HuntLog { device: device_name("A"), logged_in: true }).is_err());
    assert!(w.command(Command::HuntLog { device: "nobody".into(), logged_in: true }).is_err());
    w.calls_group("A");
    w.assert_rings(&["B"]);
    everybody_hangs_up(&mut w);
}

/// Who refuses is not asked again, and the next one is.
#[test]
fn a_refusal_goes_on_to_the_next() {
    let mut w = site(Algorithm::TopDown, Generation::Modern(20));
    w.calls_group("A");
    let rings = w.reference("B", c::DCallState::RING_IN);
    w.softkey_for("B", c::SoftKeyEvent::END_CALL, rings);
    w.assert_rings(&["C"]);
    // And who is lost.
    w.lose("C");
    w.assert_rings(&["C", "D"]);
    w.phone("C").starts_anew();
    w.phone("C").closed = Some(exchange::output::CloseReason::Limit);
    everybody_hangs_up(&mut w);
}

/// A group whose end is another group whose end is the first one: the caller hears an error, and nothing goes on
/// for ever.
#[test]
fn groups_in_a_circle_end() {
    let mut plan = group(Algorithm::TopDown);
    let end = |to: &str| HuntGroup { at_end: Some(to.into()), ..HuntGroup::default() };
    plan.hunt_groups.insert("5500".into(), end("5600"));
    plan.hunt_groups.insert("5600".into(), end("5500"));
    let mut w = World::new(plan);
    w.register("A", Generation::Modern(20));
    w.calls_group("A");
    w.reference("A", c::DCallState::CONGESTION);
    w.on_hook("A");
    everybody_hangs_up(&mut w);
}
