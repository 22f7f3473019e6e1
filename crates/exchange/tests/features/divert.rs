//! Immediate divert.

use exchange::plan::Plan;
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::features;

const IDIVERT: c::SoftKeyEvent = c::SoftKeyEvent(39);

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    site.site.messages_number = "1003".into();
    site
}

impl World {
    fn takes_diverted(&mut self, from: &'static str, by: &'static str, to: &'static str) {
        if self.phones[by].generation == Generation::Old {
            return;
        }
        self.off_hook(to);
        self.media(from, to);
        self.assert_talk(from, to);
    }
}

features! {
    /// It rings at B, who does not want it.
    divert_ringing("Immediate divert of a call that rings", "softkey iDivert") on site [
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.softkey("B", IDIVERT),
        |w| w.takes_diverted("A", "B", "C"),
    ];

    /// B talks, and sends A to leave a message.
    divert_connected("Immediate divert of a call that is connected", "softkey iDivert") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.softkey("B", IDIVERT),
        |w| w.takes_diverted("A", "B", "C"),
    ];

    /// The same while A is held.
    divert_held("Immediate divert of a call that is held", "softkey iDivert") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("B"),
        |w| if w.phones["B"].generation != Generation::Old {
            let held = w.reference("B", c::DCallState::HOLD);
            w.softkey_for("B", IDIVERT, held);
        },
        |w| w.takes_diverted("A", "B", "C"),
    ];
}

/// Who sent the call there stands in its caller id.
#[test]
fn the_caller_id_says_who_diverted() {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.off_hook("A");
    w.press("A", "1002");
    w.forget();
    w.softkey("B", IDIVERT);
    let ladder = w.ladder();
    assert!(ladder.contains("C ← CallInfoV2 InBoundCall 1001 (A 1001) > 1003 (C 1003)"), "{ladder}");
    assert!(ladder.contains("sent on by 1002 (forward unconditional)"), "{ladder}");
    crate::harness::everybody_hangs_up(&mut w);
}
