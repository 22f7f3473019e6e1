//! Call back: A wants B, who talks with C or does not answer.

use exchange::input::Input;
use exchange::output::Output;
use exchange::plan::Plan;
use skinny::codes as c;

use crate::common::phone::Listed;
use crate::common::{Generation, World, device_name, plan};
use crate::harness::{everybody_hangs_up, features};

/// The key.
const CALL_BACK: c::SoftKeyEvent = c::SoftKeyEvent(20);

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    site.site.features.call_back_secs = 600;
    site.lines.get_mut("1002").expect("B's line").busy_trigger = 1;
    site
}

impl World {
    fn call_back_key(&mut self, name: &'static str) {
        self.feature_key(name, CALL_BACK, c::DeviceStimulus::CALL_BACK);
    }

    fn calls_b(&mut self) {
        self.off_hook("A");
        self.press("A", "1002");
    }
}

features! {
    /// B is busy; when he hangs up A rings, and then he does.
    call_back_on_busy("Call back on busy", "softkey CallBack, button CallBack") on site [
        |w| w.talk("C", "1002", "B"),
        |w| w.calls_b(),
        |w| w.call_back_key("A"),
        |w| w.on_hook("A"),
        |w| w.on_hook("B"),
        |w| w.off_hook("A"),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// B does not answer; later he makes a call, so he is there.
    call_back_on_no_answer("Call back on no answer", "softkey CallBack, button CallBack") on site [
        |w| w.calls_b(),
        |w| w.call_back_key("A"),
        |w| w.on_hook("A"),
        |w| w.off_hook("B"),
        |w| w.on_hook("B"),
        |w| w.off_hook("A"),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// After he has hung up, with codes; and he does not want it any more.
    call_back_by_code("Call back, and its end", "code *66, *65") on site [
        |w| w.talk("C", "1002", "B"),
        |w| w.calls_b(),
        |w| w.on_hook("A"),
        |w| w.off_hook("A"),
        |w| w.press("A", "*66"),
        |w| w.on_hook("A"),
        |w| w.off_hook("A"),
        |w| w.press("A", "*65"),
        |w| w.on_hook("A"),
        |w| w.on_hook("B"),
        |w| assert!(w.phones["A"].ringing.is_empty()),
    ];

    /// A does not answer when he rings: that was all.
    call_back_not_taken("Call back, not taken: it is over", "softkey CallBack") on site [
        |w| w.talk("C", "1002", "B"),
        |w| w.calls_b(),
        |w| w.call_back_key("A"),
        |w| w.on_hook("A"),
        |w| w.on_hook("B"),
        |w| w.pass_secs(20),
        |w| assert!(w.phones["A"].ringing.is_empty()),
    ];
}

fn waiting(generation: Generation) -> World {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, generation);
    }
    w.talk("C", "1002", "B");
    w.calls_b();
    w.call_back_key("A");
    w.on_hook("A");
    w
}

/// It waits for a phone that is away when its time comes.
#[test]
fn it_survives_a_new_registration() {
    let mut w = waiting(Generation::Modern(20));
    w.lose("A");
    w.on_hook("B");
    let ip = w.phones["A"].ip;
    w.connect_from("A", Generation::Modern(20), ip);
    w.register_connected("A");
    w.ask_everything("A");
    assert_eq!(w.phones["A"].ringing.len(), 1, "A rings as soon as he is back");
    // He is lost again while it rings: it waits for him.
    w.lose("A");
    w.connect_from("A", Generation::Modern(20), ip);
    w.register_connected("A");
    w.ask_everything("A");
    w.off_hook("A");
    assert_eq!(w.phones["B"].ringing.len(), 1);
    everybody_hangs_up(&mut w);
}

/// The server starts anew: A is called back all the same, and it is forgotten then.
#[test]
fn remembered_and_recalled() {
    let w = waiting(Generation::Modern(20));
    let remembered = w.outputs.iter().rev().find_map(|output| match output {
        Output::Remember { key, value: Some(value) } => Some((key.clone(), value.clone())),
        _ => None,
    });
    let (key, value) = remembered.expect("it is remembered");
    assert_eq!(key, format!("callback/{}/1002", device_name("A")));
    for (name, is_used) in [("as it was", true), ("nobody was seen yet", false)] {
        let value = if is_used { value.clone() } else { value.replace("used", "unused") };
        let mut w = World::new(Plan::default());
        w.input(Input::Recall { key: key.clone(), value });
        w.apply(site());
        for phone in ["B", "A"] {
            w.register(phone, Generation::Modern(20));
        }
        assert_eq!(w.phones["A"].ringing.len(), usize::from(is_used), "{name}");
        if !is_used {
            w.off_hook("B");
            w.on_hook("B");
            assert_eq!(w.phones["A"].ringing.len(), 1, "{name}");
        }
        w.off_hook("A");
        assert_eq!(w.phones["B"].ringing.len(), 1, "{name}");
        let forgotten =
            |output: &Output| matches!(output, Output::Remember { key: k, value: None } if *k == key);
        assert!(w.outputs.iter().any(forgotten), "{name}");
        everybody_hangs_up(&mut w);
    }
}

/// What is too late, unreadable, or of a device that is no more is forgotten.
#[test]
fn what_can_not_be_recalled_is_forgotten() {
    let a = device_name("A");
    for (key, value) in [
        (format!("callback/{a}/1002"), "0 1 used"),
        (format!("callback/{a}/1002"), "soon"),
        ("callback/SEP0/1002".to_owned(), "99999999999999 1 used"),
        (format!("callback/{a}/1999"), "99999999999999 1 used"),
    ] {
        let mut w = World::new(Plan::default());
        w.input(Input::Recall { key: key.clone(), value: value.into() });
        w.apply(site());
        w.register("A", Generation::Modern(20));
        w.register("B", Generation::Modern(20));
        let forgotten =
            |output: &Output| matches!(output, Output::Remember { key: k, value: None } if *k == key);
        assert!(w.outputs.iter().any(forgotten), "{key} {value}");
        assert!(w.phones["A"].ringing.is_empty());
    }
}

/// After its time nobody rings.
#[test]
fn it_ends_after_a_while() {
    let mut w = waiting(Generation::Modern(20));
    for _ in 0..31 {
        w.pass_secs(20);
        for name in ["A", "B", "C"] {
            w.say(name, &skinny::message::KeepAliveReq {});
        }
    }
    w.on_hook("B");
    assert!(w.phones["A"].ringing.is_empty());
    everybody_hangs_up(&mut w);
}

/// The second request for the same line takes the place of the first: A rings once; nobody finds a missed call
/// for what rang to call back.
#[test]
fn one_for_each_target() {
    for generation in [Generation::Classic, Generation::Modern(20)] {
        let mut w = waiting(generation);
        w.calls_b();
        w.call_back_key("A");
        w.on_hook("A");
        w.on_hook("B");
        assert_eq!(w.phones["A"].ringing.len(), 1);
        w.off_hook("A");
        w.on_hook("A");
        w.off_hook("B");
        w.on_hook("B");
        assert!(w.phones["A"].ringing.is_empty());
        assert!(w.phones["A"].list.iter().all(|listed| *listed == Listed::Placed("1002".into())));
        everybody_hangs_up(&mut w);
    }
}

/// While A talks he is not called back; when he is free he is.
#[test]
fn it_waits_for_both() {
    let mut w = waiting(Generation::Modern(20));
    w.on_hook("C");
    w.on_hook("B");
    w.on_hook("A");
    let mut w = waiting(Generation::Modern(20));
    w.off_hook("A");
    w.on_hook("B");
    assert!(w.phones["A"].ringing.is_empty());
    w.on_hook("A");
    assert_eq!(w.phones["A"].ringing.len(), 1);
    everybody_hangs_up(&mut w);
}
