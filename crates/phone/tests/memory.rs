//! What a phone takes.

mod common;

use common::Bench;
use phone::{Act, profile};
use skinny::codes::DCallState;

/// The limit of a phone that is registered, idle or in a call, with its connection's buffers.
const PHONE_BYTES_MAX: usize = 8 * 1024;

#[test]
fn a_phone_stays_small() {
    for profile in profile::ALL {
        let mut bench = Bench::new(profile);
        bench.register();
        let idle = bench.phone.memory_bytes();
        assert!(idle < PHONE_BYTES_MAX, "{}: {idle} bytes when idle", profile.model);
        for reference in 1..=100 {
            bench.ring_in(reference);
            bench.act(Act::Answer);
            bench.connect_call(reference, reference);
            assert_eq!(bench.states(), [DCallState::CONNECTED]);
            let busy = bench.phone.memory_bytes();
            assert!(busy < PHONE_BYTES_MAX, "{}: {busy} bytes in call {reference}", profile.model);
            if bench.phone.handset_up() {
                bench.act(Act::OnHook);
            }
            bench.end_call(reference, reference);
        }
        assert!(bench.phone.calls().is_empty());
        println!("{}: {idle} bytes idle, {} after 100 calls", profile.model, bench.phone.memory_bytes());
    }
    println!("{} bytes of it without the heap", size_of::<phone::Phone>());
}

#[test]
fn an_output_stays_small() {
    assert!(size_of::<phone::Output>() <= 112, "{}", size_of::<phone::Output>());
}
