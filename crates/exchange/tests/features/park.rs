//! Park.

use exchange::plan::Plan;
use skinny::codes as c;

use crate::common::World;
use crate::common::plan;
use crate::harness::features;

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    site.site.features.park_slots = vec!["71".into(), "72".into()];
    site
}

impl World {
    fn park_key(&mut self, name: &'static str) {
        self.feature_key(name, c::SoftKeyEvent::PARK, c::DeviceStimulus::CALL_PARK);
    }
}

features! {
    /// B parks A; C takes him.
    park_and_retrieve("Park and retrieve", "softkey Park, button CallPark; dial the number") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.park_key("B"),
        |w| w.off_hook("C"),
        |w| w.press("C", "71"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// Into a number that B chooses.
    park_directed("Directed park", "Transfer, then the number") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "72"),
        |w| w.off_hook("C"),
        |w| w.press("C", "72"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// Nobody takes it: it rings at B.
    park_reversion("Park reversion", "after `park_reversion_secs`") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.park_key("B"),
        |w| w.pass_secs(60),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// All numbers are taken, and nobody waits under the one dialled.
    park_refused("Park, all numbers taken: refused", "softkey Park, button CallPark") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.park_key("B"),
        |w| w.talk("C", "1002", "B"),
        |w| w.park_key("B"),
        |w| w.off_hook("B"),
        |w| w.press("B", "71"),
        |w| w.media("A", "B"),
        |w| w.park_key("A"),
        |w| w.on_hook("B"),
    ];

    /// Nobody waits there.
    park_nobody_there("Retrieve of nothing: refused", "dial the number") on site [
        |w| w.off_hook("C"),
        |w| w.press("C", "71"),
        |w| w.on_hook("C"),
    ];
}
