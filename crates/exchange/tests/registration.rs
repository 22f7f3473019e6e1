//! Registration, as ladders.

mod common;

use common::{Generation, World, check, plan};

#[test]
fn a_7965_registers() {
    let mut world = World::new(plan(&[("A", &["1001"])]));
    world.register("A", Generation::Modern(22));
    check(&world.ladder(), "");
}

#[test]
fn a_call() {
    let mut world = World::with_phones(&[("A", Generation::Modern(20), &["1001"]), ("B", Generation::Modern(20), &["1002"])]);
    world.talk("A", "1002", "B");
    world.on_hook("A");
    world.count("A");
    world.count("B");
    let l = world.ladder();
    world.assert_quiet();
    check(&l, "");
}
