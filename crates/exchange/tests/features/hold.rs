//! Hold, resume, the reminder of a held call.

use exchange::plan::Plan;

use crate::common::plan;
use crate::harness::features;

fn site() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])])
}

fn with_reminder() -> Plan {
    let mut site = site();
    site.site.features.hold_reminder_secs = 30;
    site
}

features! {
    /// B holds A and takes him back.
    hold_and_resume("Hold and resume", "softkeys Hold and Resume, button Hold, line button") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("B"),
        |w| w.resume_key("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// Both hold; each takes the other back.
    hold_by_both("Hold by both sides", "softkeys Hold and Resume, button Hold") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("B"),
        |w| w.hold_key("A"),
        |w| w.resume_key("B"),
        |w| w.resume_key("A"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// The phone reminds its user; then while he talks with somebody else.
    hold_reminder("Hold reminder", "after `hold_reminder_secs`") on with_reminder [
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("B"),
        |w| w.pass_secs(30),
        |w| w.talk("C", "1002", "B"),
        |w| w.pass_secs(30),
    ];
}
