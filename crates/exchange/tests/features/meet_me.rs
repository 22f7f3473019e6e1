//! Meet-me conferences.

use exchange::call::{Cause, Party};
use exchange::input::TrunkInput;
use exchange::output::{Output, TrunkOutput};
use exchange::plan::{MeetMe, Plan};
use skinny::codes as c;

use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    let meetings = &mut site.site.features.meet_me;
    meetings.insert("8001".into(), MeetMe::default());
    meetings.insert("8002".into(), MeetMe { pin: Some("1234".into()) });
    site
}

fn small() -> Plan {
    let mut site = site();
    site.site.features.conference_parties_max = 3;
    site
}

fn engine(world: &mut World) {
    let taken = std::mem::replace(world, World::new(Plan::default()));
    *world = taken.with_engine();
}

impl World {
    fn opens_meeting(&mut self, name: &'static str, number: &str) {
        self.feature_key(name, c::SoftKeyEvent::MEET_ME, c::DeviceStimulus::MEET_ME_CONFERENCE);
        self.press(name, number);
        self.media_of(&[name]);
    }

    fn dials(&mut self, name: &'static str, number: &str) {
        self.off_hook(name);
        self.press(name, number);
        self.media_of(&[name]);
    }
}

features! {
    /// A opens it, B and C come; it goes on without A.
    meet_me("Meet-me conference", "softkey MeetMe, button MeetMeConference, then the number; others dial it") on site [
        engine,
        |w| w.opens_meeting("A", "8001"),
        |w| w.dials("B", "8001"),
        |w| w.dials("C", "8001"),
        |w| w.assert_mixed(&["A", "B", "C"]),
        |w| w.on_hook("A"),
        |w| w.assert_mixed(&["B", "C"]),
        |w| w.on_hook("B"),
    ];

    /// It is not open yet, or a number that is none is to be opened.
    meet_me_not_open("Meet-me that is not open: refused", "dial the number") on site [
        engine,
        |w| w.dials("B", "8001"),
        |w| w.on_hook("B"),
        |w| w.opens_meeting("A", "1003"),
        |w| w.on_hook("A"),
    ];

    /// With a PIN: wrong, then right; three times wrong.
    meet_me_pin("Meet-me with a PIN, three tries", "dial the number, then the PIN") on site [
        engine,
        |w| w.opens_meeting("A", "8002"),
        |w| w.dials("B", "8002"),
        |w| w.press("B", "4321"),
        |w| { w.press("B", "1234"); w.media_of(&["B"]); },
        |w| w.assert_mixed(&["A", "B"]),
        |w| w.dials("C", "8002"),
        |w| w.press("C", "1111"),
        |w| w.press("C", "2222"),
        |w| w.press("C", "3333"),
        |w| w.on_hook("C"),
        |w| w.assert_mixed(&["A", "B"]),
    ];

    /// Whoever opened it locks it in its list, and lets others in again.
    meet_me_locked("Meet-me, locked", "softkey ConfList, then Lock") on site [
        engine,
        |w| w.opens_meeting("A", "8001"),
        |w| w.feature_key("A", c::SoftKeyEvent::CONF_LIST, c::DeviceStimulus::CONF_LIST),
        |w| if w.phones["A"].generation != Generation::Old { w.choose("A", "K0"); },
        |w| w.dials("B", "8001"),
        |w| w.on_hook("B"),
        |w| if w.phones["A"].generation != Generation::Old { w.choose("A", "K0"); },
        |w| w.dials("B", "8001"),
        |w| w.assert_mixed(&["A", "B"]),
    ];

    /// The fourth of three is refused.
    meet_me_full("Meet-me, full: refused", "dial the number") on small [
        engine,
        |w| w.opens_meeting("A", "8001"),
        |w| w.dials("B", "8001"),
        |w| w.dials("C", "8001"),
        |w| w.dials("D", "8001"),
        |w| w.on_hook("D"),
        |w| w.assert_mixed(&["A", "B", "C"]),
    ];

    /// Somebody calls it from outside.
    meet_me_from_a_trunk("Meet-me from outside", "call the number; one with a PIN is refused") on site [
        engine,
        |w| w.opens_meeting("A", "8001"),
        |w| {
            let calling = Party { number: "5550100".into(), name: "Far".into() };
            w.trunk(TrunkInput::Offer { token: 1, trunk: 1, calling, called: "8001".into() });
            let accepted = w.outputs.iter().find_map(|output| match output {
                Output::Trunk(TrunkOutput::Accepted { leg, .. }) => Some(*leg),
                _ => None,
            });
            w.trunk(TrunkInput::MediaOpened(accepted.expect("a leg"), ([192, 0, 2, 1], 30_000).into()));
        },
        |w| {
            let calling = Party { number: "5550101".into(), name: "Farther".into() };
            w.trunk(TrunkInput::Offer { token: 2, trunk: 1, calling, called: "8002".into() });
        },
        |w| w.assert_mixed(&["A"]),
    ];
}

/// Without a media engine it can't be opened, and the user reads why.
#[test]
fn without_a_bridge_it_is_refused() {
    let mut w = World::new(site());
    w.register("A", Generation::Modern(20));
    w.softkey("A", c::SoftKeyEvent::MEET_ME);
    w.forget();
    w.press("A", "8001");
    assert!(w.ladder().contains("DisplayPromptStatusV2 {No Conference Bridge}"));
    w.on_hook("A");
    let causes: Vec<Cause> = w
        .records()
        .into_iter()
        .filter_map(|record| match record {
            exchange::record::Record::Call(call) => Some(call.cause),
            _ => None,
        })
        .collect();
    assert_eq!(causes, [Cause::NO_BRIDGE]);
    everybody_hangs_up(&mut w);
}

/// Who keeps copies of frames is told which digits are a PIN.
#[test]
fn a_pin_is_secret_and_nothing_else() {
    for generation in [Generation::Old, Generation::Classic, Generation::Modern(20)] {
        let mut w = World::with_engine(World::new(site()));
        for name in ["A", "B"] {
            w.register(name, generation);
        }
        let secret = |w: &World| ["A", "B"].map(|name| w.exchange.keys_are_secret(w.phones[name].session));
        w.opens_meeting("A", "8002");
        w.off_hook("B");
        w.press("B", "800");
        assert_eq!(secret(&w), [false, false], "the number of the conference");
        w.press("B", "2");
        assert_eq!(secret(&w), [false, true]);
        w.press("B", "4321");
        w.press("B", "123");
        assert_eq!(secret(&w), [false, true], "wrong, and once more");
        w.press("B", "4");
        w.media_of(&["B"]);
        w.assert_mixed(&["A", "B"]);
        assert_eq!(secret(&w), [false, false]);
    }
}
