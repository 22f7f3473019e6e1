//! Hold, resume, the reminder of a held call, music for whoever is held.

use exchange::plan::Plan;

use crate::common::plan;
use crate::harness::features;

fn site() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])])
}

fn with_music() -> Plan {
    let mut site = site();
    site.site.features.music = true;
    site
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

    /// A media engine plays music to whoever is held.
    hold_with_music("Music on hold", "hold, when the site has music") on with_music [
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("B"),
        |w| w.acknowledge("A"),
        |w| w.hold_key("A"),
        |w| w.resume_key("A"),
        |w| w.acknowledge("A"),
        |w| w.resume_key("B"),
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
