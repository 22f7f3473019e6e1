//! Star codes.

use exchange::plan::Plan;

use crate::common::{Generation, World, plan};
use crate::harness::everybody_hangs_up;

fn site() -> Plan {
    plan(&[("A", &["1001"]), ("B", &["1002"])])
}

/// Half a code, one with too much behind it, one that does not exist: unknown numbers, and nothing is set.
#[test]
fn what_is_no_code_is_no_number() {
    let mut w = World::new(site());
    w.register("A", Generation::Modern(20));
    w.register("B", Generation::Modern(20));
    for digits in ["*7", "*722222", "*", "*72"] {
        w.off_hook("A");
        w.press("A", digits);
        w.pass_secs(5);
        let ladder = w.ladder();
        assert!(ladder.contains("A ← CallState InvalidNumber"), "{digits}: {ladder}");
        w.on_hook("A");
    }
    everybody_hangs_up(&mut w);
}
