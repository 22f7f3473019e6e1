//! Decoding, composing and sending allocate nothing.

use std::alloc::System;

use skinny::catalogue::CATALOGUE;
use skinny::frame::{Frame, Header};
use skinny::message::{CallState, StartTone};
use skinny::packet::{Packet, compose};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// One test: another thread's allocations would count.
#[test]
fn typed_decode_and_encode_allocate_nothing() {
    let body = vec![7; 3000];
    let mut buffer = vec![0; 4096];
    let mut connection = skinny::Connection::default();
    // Its queue grows once, to what it keeps.
    connection.send(&StartTone::default(), 20, 20).expect("room");
    connection.wrote(28);

    let region = Region::new(COUNTING);
    for entry in CATALOGUE {
        for version in [0, 11, 17, 20, 22] {
            let header = Header { length: 3004, version, id: entry.id };
            let packet = Packet::decode(Frame { header, body: &body }, 0);
            assert_eq!(packet.encode(&mut buffer), Ok(3012));
        }
    }
    compose(&CallState::default(), 20, 20, &mut buffer).expect("room");
    connection.send(&CallState::default(), 20, 20).expect("room");
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
}
