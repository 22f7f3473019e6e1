//! Calls over real sockets, broken off wherever they can be.

use skinny::codes::DCallState;
use skinny::message::KeepAliveReq;
use skinny::types::CallReference;

use crate::support::*;

/// What the caller has done when its connection ends.
const STEPS: usize = 8;

/// Takes the caller through so many steps of a call.
fn advance(caller: &mut Phone, callee: &mut Phone, steps: usize) {
    for step in 1..=steps {
        match step {
            1 => caller.register(name(1).as_bytes()),
            2 => {
                caller.off_hook();
                caller.expect_state(DCallState::OFF_HOOK);
            }
            3 => caller.dial("10"),
            4 => {
                caller.dial("02");
                callee.expect_state(DCallState::RING_IN);
            }
            5 => {
                callee.off_hook();
                callee.open_channel();
            }
            6 => caller.open_channel(),
            7 => {
                caller.expect(0x008a);
                callee.expect(0x008a);
            }
            _ => caller.on_hook(),
        }
    }
}

/// Every message of a caller, for lying in wait behind the end of a connection.
fn everything(caller: &Phone) -> Vec<u8> {
    use skinny::message::*;
    let reference = caller.call;
    let line = skinny::types::LineInstance(1);
    let off_hook = OffHook { line_instance: line, call_reference: reference };
    let key = KeypadButton { call_reference: reference, line_instance: line, ..Default::default() };
    let on_hook = OnHook { line_instance: line, call_reference: reference };
    let mut bytes = frame(&off_hook, 11);
    for _ in 0..20 {
        bytes.extend(frame(&key, 11));
    }
    bytes.extend(frame(&OpenReceiveChannelAck { call_reference: reference, ..Default::default() }, 11));
    bytes.extend(frame(&on_hook, 11));
    bytes.extend(frame(&off_hook, 11));
    bytes.extend(frame(&register(name(1).as_bytes()), 11));
    bytes.extend(frame(&UnregisterReq::default(), 11));
    bytes
}

#[test]
fn a_connection_may_end_at_any_step_with_anything_queued_behind() {
    let server = start(config_with(4));
    let address = server.addresses[0];
    for steps in 0..=STEPS {
        for end in 0..4 {
            let mut callee = Phone::registered(address, 2);
            let mut caller = Phone::connect(address);
            advance(&mut caller, &mut callee, steps);
            match end {
                0 => {}
                1 => caller.write(&everything(&caller)),
                2 => {
                    let bytes = everything(&caller);
                    caller.write(&bytes[..bytes.len() / 2 + 3]);
                }
                _ => caller.write(&[0xff; 4]),
            }
            drop(caller);
            drop(callee);
            // Whatever happened: two others can talk, and so can those two again.
            for (first, second) in [(3, 4), (1, 2)] {
                let mut caller = Phone::registered(address, first);
                let mut callee = Phone::registered(address, second);
                callee.call = CallReference(0);
                connect_call(&mut caller, &mut callee, &(1000 + second).to_string());
                end_call(&mut callee, &mut caller);
            }
        }
    }
    until(&server, |counted| counted.sessions == 0);
}

#[test]
fn a_flood_of_digits_harms_nobody_else() {
    let server = start(config_with(4));
    let address = server.addresses[0];
    let mut flood = Phone::registered(address, 1);
    flood.off_hook();
    flood.expect_state(DCallState::OFF_HOOK);
    let key = skinny::message::KeypadButton {
        kp_button: skinny::codes::KeypadKey(9),
        line_instance: skinny::types::LineInstance(1),
        call_reference: flood.call,
    };
    let keys = frame(&key, 11).repeat(1_000);
    let mut caller = Phone::registered(address, 3);
    let mut callee = Phone::registered(address, 4);
    for _ in 0..100 {
        flood.write(&keys);
    }
    connect_call(&mut caller, &mut callee, "1004");
    end_call(&mut caller, &mut callee);
    until(&server, |counted| counted.frames_in > 100_000);
    // The phone that did it is in service, too.
    flood.on_hook();
    flood.write(&frame(&KeepAliveReq {}, 0));
    flood.expect(0x0100);
}

#[test]
fn a_registration_may_come_byte_by_byte() {
    let server = start(config_with(1));
    let mut phone = Phone::connect(server.addresses[0]);
    let mut bytes = frame(&register(name(1).as_bytes()), 11);
    bytes.extend(frame(&skinny::message::TimeDateReq {}, 11));
    for byte in bytes {
        phone.write(&[byte]);
    }
    phone.expect(0x0081);
    phone.expect(0x0094);
}

#[test]
fn who_does_not_read_is_dropped_when_the_queue_is_full() {
    let mut config = config_with(2);
    config.limits.queue_max = 8 * 1024;
    let server = start(config);
    let address = server.addresses[0];
    let mut slow = Phone::registered(address, 1);
    let mut other = Phone::registered(address, 2);
    slow.stream.set_nonblocking(true).unwrap();
    // Each is answered with 784 bytes that nobody reads; the kernel's buffers take the first megabytes.
    let asks = frame(&skinny::message::SoftKeySetReq {}, 11).repeat(100);
    let mut written = 0;
    loop {
        use std::io::Write;
        match slow.stream.write(&asks[written % 12..]) {
            Ok(len) => written += len,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::park_timeout(std::time::Duration::from_millis(1));
            }
            Err(_) => break,
        }
        if server.counters().slow_readers == 1 {
            break;
        }
        assert!(written < 100_000_000, "never dropped");
    }
    until(&server, |counted| counted.slow_readers == 1 && counted.sessions == 1);
    other.write(&frame(&KeepAliveReq {}, 0));
    other.expect(0x0100);
}

#[test]
fn unknown_phones_of_this_machine_get_numbers() {
    let server = start(config());
    let mut first = Phone::registered(server.addresses[0], 0xa1);
    let mut second = Phone::registered(server.addresses[0], 0xa2);
    connect_call(&mut first, &mut second, "1001");
    end_call(&mut first, &mut second);
}
