//! A new plan while calls run, and a run repeated from its journal of inputs.

use exchange::plan::Button;
use server::inputs::replay::replay;
use server::inputs::{FILE_NAME, InputJournal};
use server::reload::difference;

use crate::support::*;

const PHONES: usize = 200;
const CALLS: usize = 50;
const RESET: u32 = 0x009f;

#[test]
fn two_hundred_devices_change_while_fifty_calls_run_and_none_is_dropped() {
    let config = config_with(PHONES);
    let before = config.plan.clone();
    let server = start(config);
    let address = server.addresses[0];
    let mut phones: Vec<_> = (1..=PHONES).map(|index| Phone::registered(address, index)).collect();
    for pair in 0..CALLS {
        let [caller, callee] = &mut phones[2 * pair..2 * pair + 2] else { unreachable!("a pair") };
        connect_call(caller, callee, &(1002 + 2 * pair).to_string());
    }
    let mut after = before.clone();
    for device in after.devices.values_mut() {
        for button in &mut device.buttons {
            if let Button::Line { label, .. } = button {
                label.push_str(" (new)");
            }
        }
    }
    let report = difference(&before, &after);
    assert_eq!((report.devices_reset.len(), report.devices_added.len()), (PHONES, 0));
    server.replan(after);
    // Those that are idle are told at once, some per turn.
    for phone in &mut phones[2 * CALLS..] {
        phone.expect(RESET);
    }
    assert_eq!(server.counters().calls, 0, "no call has ended");
    // Everybody else talks on, and is told when he has hung up.
    for pair in 0..CALLS {
        let [caller, callee] = &mut phones[2 * pair..2 * pair + 2] else { unreachable!("a pair") };
        end_call(caller, callee);
        caller.expect(RESET);
        callee.expect(RESET);
    }
    until(&server, |counted| counted.calls == CALLS as u64);
}

#[test]
fn a_run_is_repeated_from_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = InputJournal::begin(folder.path()).unwrap();
    assert!(InputJournal::begin(folder.path()).is_err(), "a journal is never overwritten");
    let server = start(server::Config { inputs: Some(journal), ..config_with(2) });
    let mut caller = Phone::registered(server.addresses[0], 1);
    let mut callee = Phone::registered(server.addresses[0], 2);
    connect_call(&mut caller, &mut callee, "1002");
    end_call(&mut caller, &mut callee);
    drop(server);

    let same = replay(folder.path(), 10).unwrap();
    assert_eq!((same.differing, same.is_torn), (0, false), "{:?}", same.differences);
    assert!(same.inputs > 20 && same.outputs > 20, "{same:?}");

    let path = folder.path().join(FILE_NAME);
    let mut bytes = std::fs::read(&path).unwrap();
    let name = b"Phone 2";
    let last = bytes.windows(name.len()).rposition(|window| window == name).expect("caller id was sent");
    bytes[last] = b'X';
    std::fs::write(&path, &bytes).unwrap();
    let other = replay(folder.path(), 10).unwrap();
    assert_eq!((other.inputs, other.differing), (same.inputs, 1));
    let [difference] = &other.differences[..] else { panic!("one difference") };
    assert!(difference.was.contains("Xhone 2") && difference.is.contains("Phone 2"), "{difference:?}");

    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    assert!(replay(folder.path(), 10).unwrap().is_torn);
    std::fs::write(&path, b"something else").unwrap();
    assert!(replay(folder.path(), 10).unwrap_err().to_string().contains("is no journal of inputs"));
}
