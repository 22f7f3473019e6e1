//! Barge and privacy: A and B show 1001, C calls.

use exchange::plan::{Barge, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

/// The key for immediate divert and its neighbours have numbers of our own.
const CBARGE: c::SoftKeyEvent = c::SoftKeyEvent(37);
const PRIVATE: c::SoftKeyEvent = c::SoftKeyEvent(38);

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1001"]), ("C", &["1003"]), ("D", &["1004"])]);
    site.site.features.privacy = true;
    site
}

fn three_share() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1001"]), ("C", &["1003"]), ("D", &["1001"])]);
    site.site.features.park_slots = vec!["5001".into()];
    site
}

fn as_conference() -> Plan {
    let mut site = site();
    site.site.features.barge = Barge::Conference;
    site
}

fn engine(world: &mut World) {
    let taken = std::mem::replace(world, World::new(Plan::default()));
    *world = taken.with_engine();
}

impl World {
    fn in_use(&self, name: &str) -> Option<u32> {
        let remote =
            |call: &&u32| self.phones[name].calls[*call].state == c::DCallState::CALL_REMOTE_MULTILINE.0;
        self.phones[name].calls.keys().find(remote).copied()
    }

    fn assert_out(&self, name: &str) {
        let talks = self.phones[name].calls.values().any(|call| call.state == c::DCallState::CONNECTED.0);
        assert!(!talks, "{name} is still in a call");
    }

    /// Phones without softkeys have no such key.
    fn barges(&mut self, name: &'static str, key: c::SoftKeyEvent, all: &[&'static str]) {
        if self.phones[name].generation != Generation::Old {
            let reference = self.in_use(name).expect("a call in use elsewhere");
            self.softkey_for(name, key, reference);
            self.media_of(all);
            self.assert_mixed(all);
        }
    }

    fn has_softkeys(&self, name: &str) -> bool {
        self.phones[name].generation != Generation::Old
    }
}

features! {
    /// B steps into the call of A, and out again.
    barge("Barge into a call of a shared line", "softkey Barge") on site [
        engine,
        |w| w.talk("C", "1001", "A"),
        |w| w.barges("B", c::SoftKeyEvent::BARGE, &["A", "B", "C"]),
        |w| if w.has_softkeys("B") { w.on_hook("B"); w.media("A", "C"); },
        |w| w.assert_talk("A", "C"),
        |w| w.hold_key("A"),
    ];

    /// A, whose call it was, leaves: it is over for all.
    barge_ends("Barge: over when one of the two leaves whose call it was", "hang up") on site [
        engine,
        |w| w.talk("C", "1001", "A"),
        |w| w.barges("B", c::SoftKeyEvent::BARGE, &["A", "B", "C"]),
        |w| w.on_hook("A"),
    ];

    /// A called; B steps in. A's user holds: B is out of it, and C hears music.
    barge_and_hold("Barge: over for the guest when the phone stepped into holds, transfers, parks or confers", "softkeys Hold, Transfer, Park, Confrn") on site [
        engine,
        |w| w.talk("A", "1003", "C"),
        |w| w.barges("B", c::SoftKeyEvent::BARGE, &["A", "B", "C"]),
        |w| w.hold_key("A"),
        |w| w.assert_out("B"),
        |w| w.resume_key("A"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// The same when A parks the call.
    barge_and_park("Barge: the call is parked without the guest", "softkey Park") on three_share [
        engine,
        |w| w.talk("C", "1001", "A"),
        |w| w.barges("B", c::SoftKeyEvent::BARGE, &["A", "B", "C"]),
        |w| w.feature_key("A", c::SoftKeyEvent::PARK, c::DeviceStimulus::CALL_PARK),
        |w| w.assert_out("B"),
    ];

    /// One guest at a time; he brings nobody.
    barge_twice("Barge: a second guest is refused, and a guest brings nobody", "softkeys Barge, Confrn") on three_share [
        engine,
        |w| w.talk("C", "1001", "A"),
        |w| w.barges("B", c::SoftKeyEvent::BARGE, &["A", "B", "C"]),
        |w| if let Some(reference) = w.in_use("D").filter(|_| w.has_softkeys("D")) {
            w.softkey_for("D", c::SoftKeyEvent::BARGE, reference);
        },
        |w| if w.has_softkeys("B") { w.softkey("B", c::SoftKeyEvent::CONFRN); },
        |w| if w.has_softkeys("B") { w.assert_mixed(&["A", "B", "C"]); },
    ];

    /// The same as a conference: it goes on without A.
    barge_conference("cBarge: the call becomes a conference", "softkey cBarge, when the site has that") on as_conference [
        engine,
        |w| w.talk("C", "1001", "A"),
        |w| w.barges("B", CBARGE, &["A", "B", "C"]),
        |w| w.on_hook("A"),
        |w| if w.has_softkeys("B") { w.media("B", "C"); w.assert_talk("B", "C"); },
    ];

    /// Nothing mixes: refused, nothing changes.
    barge_refused("Barge without a media engine: refused", "softkey Barge") on site [
        |w| w.talk("C", "1001", "A"),
        |w| if let Some(reference) = w.in_use("B").filter(|_| w.has_softkeys("B")) {
            w.softkey_for("B", c::SoftKeyEvent::BARGE, reference);
        },
        |w| w.assert_talk("A", "C"),
    ];

    /// A wants to be private: B sees nothing of its call; then A does not any more.
    privacy("Privacy: other phones of the line see nothing", "softkey Private, feature button") on site [
        engine,
        |w| w.softkey("A", PRIVATE),
        |w| w.talk("C", "1001", "A"),
        |w| assert_eq!(w.in_use("B"), None),
        |w| w.softkey("A", PRIVATE),
        |w| assert!(w.in_use("B").is_some()),
        |w| w.softkey("A", PRIVATE),
        |w| assert_eq!(w.in_use("B"), None),
        |w| w.hold_key("A"),
        |w| w.softkey("A", PRIVATE),
    ];
}

/// What is remembered over a restart.
#[test]
fn privacy_outlives_a_restart() {
    let mut w = World::new(site());
    let key = format!("privacy/{}", crate::common::device_name("A"));
    w.input(exchange::input::Input::Recall { key, value: "on".into() });
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("C", "1001", "A");
    assert_eq!(w.in_use("B"), None);
    everybody_hangs_up(&mut w);
}
