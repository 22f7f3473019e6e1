//! Call forwarding.

use exchange::call::Cause;
use exchange::input::{Command, ForwardWhen, Input};
use exchange::output::Output;
use exchange::plan::Plan;
use exchange::plan::dial_plan::DialPlan;
use skinny::codes as c;

use crate::common::phone::Listed;
use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"]), ("D", &["1004"])]);
    site.dial_plan = DialPlan::routes(&[("0!", 1)]).expect("a pattern");
    site
}

impl World {
    fn forward_key(&mut self, name: &'static str) {
        self.feature_key(name, c::SoftKeyEvent::C_FWD_ALL, c::DeviceStimulus::FORWARD_ALL);
    }

    fn forward(&mut self, line: &str, when: ForwardWhen, to: Option<&str>) -> Result<String, String> {
        self.command(Command::Forward { line: line.into(), when, to: to.map(str::to_owned) })
    }
}

features! {
    /// Set with the key, used, and ended with the key.
    forward_all("Forward all", "softkey CFwdAll, button ForwardAll") on site [
        |w| w.forward_key("B"),
        |w| w.press("B", "1003"),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
        |w| w.on_hook("A"),
        |w| w.forward_key("B"),
    ];

    /// Set and ended with star codes.
    forward_all_by_code("Forward all", "code *72 and number, *73") on site [
        |w| w.off_hook("B"),
        |w| w.press("B", "*721003"),
        |w| w.on_hook("B"),
        |w| w.off_hook("B"),
        |w| w.press("B", "*73"),
        |w| w.on_hook("B"),
    ];

    /// B does not answer in time.
    forward_no_answer("Forward on no answer", "code *92 and number, *93; command") on site [
        |w| w.forward("1002", ForwardWhen::NoAnswer, Some("1003")).map(drop).expect("it is set"),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.pass_secs(18),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// B talks on both calls that make him busy.
    forward_busy("Forward on busy", "code *90 and number, *91; command") on site [
        |w| w.forward("1002", ForwardWhen::Busy, Some("1003")).map(drop).expect("it is set"),
        |w| w.talk("D", "1002", "B"),
        |w| w.softkey_or_line("B"),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// To the outside.
    forward_to_a_trunk("Forward to a trunk", "command, code, key") on site [
        |w| w.forward("1002", ForwardWhen::Always, Some("0123")).map(drop).expect("it is set"),
        |w| w.off_hook("A"),
        |w| w.press("A", "1002"),
        |w| w.on_hook("A"),
    ];

    /// 1002 to 1003 to 1002: the second is refused at the phone.
    forward_in_a_circle("Forward in a circle: refused", "softkey CFwdAll, button ForwardAll") on site [
        |w| w.forward("1003", ForwardWhen::Always, Some("1002")).map(drop).expect("it is set"),
        |w| w.forward_key("B"),
        |w| w.press("B", "1003"),
        |w| w.on_hook("B"),
    ];
}

impl World {
    /// A second call of B, on hold or being dialled: with it the line is busy.
    fn softkey_or_line(&mut self, name: &'static str) {
        self.hold_key(name);
        self.off_hook(name);
    }
}

fn world() -> World {
    let mut w = World::new(site());
    for name in ["A", "B", "C", "D"] {
        w.register(name, Generation::Modern(20));
    }
    w.forget();
    w
}

/// A phone that is away, and one that never was there: the line forwards all the same.
#[test]
fn while_the_phone_is_offline() {
    let mut w = world();
    w.forward("1002", ForwardWhen::Unregistered, Some("1003")).expect("it is set");
    w.lose("B");
    w.off_hook("A");
    w.press("A", "1002");
    assert_eq!(w.phones["C"].ringing.len(), 1);
    w.on_hook("A");
    w.forward("1002", ForwardWhen::Always, Some("1004")).expect("it is set");
    w.off_hook("A");
    w.press("A", "1002");
    assert_eq!(w.phones["D"].ringing.len(), 1);
}

/// It outlives a restart: what is remembered is recalled, and the phone shows it when it registers.
#[test]
fn remembered_and_recalled() {
    let mut w = world();
    w.forward("1002", ForwardWhen::Always, Some("1003")).expect("it is set");
    let remembered = w.outputs.iter().find_map(|output| match output {
        Output::Remember { key, value: Some(value) } => Some((key.clone(), value.clone())),
        _ => None,
    });
    let (key, value) = remembered.expect("it is remembered");
    let mut w = World::new(Plan::default());
    w.input(Input::Recall { key, value });
    w.apply(site());
    w.register("A", Generation::Modern(20));
    w.register("B", Generation::Modern(20));
    let ladder = w.ladder();
    assert!(ladder.contains("B ← ForwardStatRes 1: all \"1003\""), "{ladder}");
    assert!(ladder.contains("B ← DisplayPromptStatusV2 {Forwarded to}1003"), "{ladder}");
    assert!(w.forward("1002", ForwardWhen::Always, None).is_ok());
    assert!(w.outputs.iter().any(|output| matches!(output, Output::Remember { value: None, .. })));
}

/// Busy forwards that lead round in a circle: the call fails, and the caller hears that.
#[test]
fn a_circle_at_run_time_ends() {
    let mut w = world();
    for (from, to) in [("1002", "1003"), ("1003", "1004"), ("1004", "1002")] {
        w.forward(from, ForwardWhen::Unregistered, Some(to)).expect("it is set");
    }
    for name in ["B", "C", "D"] {
        w.lose(name);
    }
    w.en_bloc("A", "1002");
    let ladder = w.ladder();
    assert!(ladder.contains("{Temp fail}"), "{ladder}");
    let cause = w.records().into_iter().find_map(|record| match record {
        exchange::record::Record::Call(call) => Some(call.cause),
        _ => None,
    });
    assert_eq!(cause, Some(Cause::ROUTING_ERROR));
}

/// What a forward may not be.
#[test]
fn what_is_refused() {
    let mut w = world();
    let mut check = |line: &str, to: &str, expect: &str| {
        let refused = w.forward(line, ForwardWhen::Always, Some(to)).expect_err("it is refused");
        assert!(refused.contains(expect), "{refused}");
    };
    check("1002", "1002", "forwarded back");
    check("1002", "7", "can't be called");
    check("1002", "", "can't be called");
    check("1002", &"0".repeat(65), "can't be called");
    check("7777", "1001", "no line 7777");
}

/// Lists: the caller placed it to whom he dialled, who was forwarded to has it as received, the forwarded one
/// has nothing.
#[test]
fn lists_after_a_forwarded_call() {
    let mut w = world();
    w.forward("1002", ForwardWhen::Always, Some("1003")).expect("it is set");
    w.talk("A", "1002", "C");
    w.on_hook("A");
    assert_eq!(w.phones["A"].list, [Listed::Placed("1002".into())]);
    assert_eq!(w.phones["B"].list, []);
    assert_eq!(w.phones["C"].list, [Listed::Received("1001".into())]);
    everybody_hangs_up(&mut w);
}
