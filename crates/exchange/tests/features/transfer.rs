//! Transfer.

use exchange::call::{Cause, Party};
use exchange::input::TrunkInput;
use exchange::output::TrunkOutput;
use exchange::plan::Plan;
use exchange::plan::dial_plan::DialPlan;
use skinny::codes as c;

use crate::common::phone::Listed;
use crate::common::{Generation, World, plan};
use crate::harness::{everybody_hangs_up, features};

fn site() -> Plan {
    let mut site = plan(&[("A", &["1001"]), ("B", &["1002"]), ("C", &["1003"])]);
    site.dial_plan = DialPlan::routes(&[("0!", 1)]).expect("a pattern");
    site
}

fn on_hook_site() -> Plan {
    let mut site = site();
    site.site.features.transfer_on_hook = true;
    site
}

fn trunk_answers(world: &mut World) {
    let TrunkOutput::Offer { leg, .. } = *world.trunk_output() else { panic!("an offer") };
    world.trunk(TrunkInput::Answered(leg, Party { number: "0123".into(), name: "Far".into() }));
    world.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 1], 30_000).into()));
}

features! {
    /// B asks C before he gives A to him.
    transfer_after_asking("Transfer, after asking", "softkey Transfer, button Transfer") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "1003"),
        |w| w.off_hook("C"),
        |w| w.media("B", "C"),
        |w| w.transfer_key("B"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// The caller transfers, too.
    transfer_by_the_caller("Transfer, by the caller", "softkey Transfer, button Transfer") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("A"),
        |w| w.press("A", "1003"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.transfer_key("A"),
        |w| w.media("B", "C"),
        |w| w.assert_talk("B", "C"),
    ];

    /// B does not wait until C answers.
    transfer_while_it_rings("Transfer, blind", "softkey Transfer, button Transfer") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "1003"),
        |w| w.transfer_key("B"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// Nobody answers at C: A comes back to B.
    transfer_comes_back("Transfer, not answered: comes back", "softkey Transfer, button Transfer") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "1003"),
        |w| w.transfer_key("B"),
        |w| w.pass_secs(60),
        |w| w.off_hook("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// The number is wrong: B hears it, hangs up that leg and takes A back.
    transfer_to_a_wrong_number("Transfer, target fails: rolled back", "softkey Transfer, button Transfer") on site [
        |w| w.off_hook("C"),
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "1009"),
        |w| w.transfer_key("B"),
        |w| w.on_hook("B"),
        |w| w.resume_key("B"),
        |w| w.media("A", "B"),
        |w| w.assert_talk("A", "B"),
    ];

    /// Where the site wants it, handset down is enough.
    transfer_by_hanging_up("Transfer by hanging up", "handset down, when the site wants that") on on_hook_site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "1003"),
        |w| w.on_hook("B"),
        |w| w.off_hook("C"),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// Two calls that B has already.
    direct_transfer("Direct transfer of two calls", "softkey DirTrfr") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.hold_key("B"),
        |w| w.talk("C", "1002", "B"),
        |w| w.softkey("B", c::SoftKeyEvent::DIR_TRFR),
        |w| w.media("A", "C"),
        |w| w.assert_talk("A", "C"),
    ];

    /// A call from outside, given to a colleague.
    transfer_from_a_trunk("Transfer of a call from a trunk", "softkey Transfer, button Transfer") on site [
        |w| {
            let calling = Party { number: "5550100".into(), name: "Far".into() };
            w.trunk(TrunkInput::Offer { token: 1, trunk: 1, calling, called: "1002".into() });
            w.off_hook("B");
            let accepted = w.outputs.iter().find_map(|output| match output {
                exchange::output::Output::Trunk(TrunkOutput::Accepted { leg, .. }) => Some(*leg),
                _ => None,
            });
            w.acknowledge("B");
            let leg = accepted.expect("it was accepted");
            w.trunk(TrunkInput::MediaOpened(leg, ([192, 0, 2, 1], 30_000).into()));
        },
        |w| w.transfer_key("B"),
        |w| w.press("B", "1003"),
        |w| w.transfer_key("B"),
        |w| w.off_hook("C"),
        |w| w.acknowledge("C"),
    ];

    /// A colleague, given to somebody outside.
    transfer_to_a_trunk("Transfer to a trunk", "softkey Transfer, button Transfer") on site [
        |w| w.talk("A", "1002", "B"),
        |w| w.transfer_key("B"),
        |w| w.press("B", "0123"),
        |w| w.pass_secs(5),
        trunk_answers,
        |w| w.transfer_key("B"),
        |w| w.acknowledge("A"),
    ];
}

/// From trunk to trunk nothing is switched.
#[test]
fn trunk_to_trunk_is_refused() {
    let mut w = World::with_phones(&[("B", Generation::Modern(20), &["1002"])]);
    let mut plan = Plan::clone(&w.plan);
    plan.dial_plan = DialPlan::routes(&[("0!", 1)]).expect("a pattern");
    w.apply(plan);
    w.en_bloc("B", "0111");
    trunk_answers(&mut w);
    w.transfer_key("B");
    w.en_bloc("B", "0222");
    trunk_answers(&mut w);
    w.forget();
    w.transfer_key("B");
    assert_eq!(w.ladder(), "B → SoftKeyEvent Transfer\nB ← DisplayPriNotifyV2 {Can Not Complete Transfer}");
}

/// A phone is not connected with itself, nor is a key that means nothing harmful.
#[test]
fn what_can_not_be_transferred_stays() {
    let mut w = World::new(plan(&[("A", &["1001", "1004"]), ("B", &["1002"])]));
    w.register("A", Generation::Classic);
    w.register("B", Generation::Classic);
    w.talk("A", "1002", "B");
    w.hold_key("A");
    w.transfer_key("B");
    w.press("B", "1004");
    w.off_hook("A");
    w.media("A", "B");
    w.forget();
    w.transfer_key("B");
    assert_eq!(w.ladder(), "B → SoftKeyEvent Transfer\nB ← DisplayPriNotify {Can Not Complete Transfer}");
    w.softkey("B", c::SoftKeyEvent::DIR_TRFR);
    w.softkey("A", c::SoftKeyEvent::DIR_TRFR);
    everybody_hangs_up(&mut w);
}

/// The lists and the caller id of all three after a transfer, and what is recorded.
#[test]
fn lists_and_records_after_a_transfer() {
    let mut w = World::new(site());
    for name in ["A", "B", "C"] {
        w.register(name, Generation::Modern(20));
    }
    w.talk("A", "1002", "B");
    w.transfer_key("B");
    w.press("B", "1003");
    w.off_hook("C");
    w.media("B", "C");
    w.forget();
    w.transfer_key("B");
    w.media("A", "C");
    let ladder = w.ladder();
    assert!(ladder.contains("A ← CallInfoV2 OutBoundCall 1001 (A 1001) > 1003 (C 1003)"), "{ladder}");
    assert!(ladder.contains("C ← CallInfoV2 InBoundCall 1001 (A 1001) > 1003 (C 1003)"), "{ladder}");
    w.on_hook("A");
    assert_eq!(w.phones["A"].list, [Listed::Placed("1002".into())]);
    assert_eq!(w.phones["B"].list, [Listed::Received("1001".into()), Listed::Placed("1003".into())]);
    assert_eq!(w.phones["C"].list, [Listed::Received("1002".into())]);
    let ended: Vec<_> = w
        .records()
        .into_iter()
        .filter_map(|record| match record {
            exchange::record::Record::Call(call) => Some((call.call, call.continued_as, call.cause)),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [(1, Some(2), Cause::NORMAL), (2, None, Cause::NORMAL)]);
}
