//! Live state from events, complete or not.

use std::sync::atomic::{AtomicUsize, Ordering};

use exchange::output::{Change, Event};

use super::*;

fn event(number: u64, change: Change) -> Event {
    Event { number, unix_ms: number as i64 * 1000, change }
}

fn registered(device: &str) -> Change {
    Change::Registered {
        device: device.into(),
        session: 1,
        protocol: 20,
        address: "10.0.0.1:5".into(),
        device_type: 7,
    }
}

fn started(call: u64) -> Change {
    Change::CallStarted { call, calling: "1001".into(), device: "SEPA".into() }
}

fn state(call: u64, state: &str) -> Change {
    Change::CallState { call, state: state.into(), called: "1002".into(), device: "SEPB".into() }
}

#[test]
fn events_become_state() {
    let mut live = LiveState::default();
    let gone = Change::Unregistered { device: "SEPB".into(), reason: "keepalive lost".into() };
    let changes =
        [registered("SEPA"), registered("SEPB"), started(1), state(1, "connected"), started(2), gone];
    for (place, change) in changes.into_iter().enumerate() {
        assert_eq!(live.fold(&event(place as u64 + 1, change)), Fold::Done);
    }
    assert!(live.devices["SEPA"].registered);
    assert_eq!(
        (live.devices["SEPB"].registered, live.devices["SEPB"].reason.as_str()),
        (false, "keepalive lost")
    );
    assert_eq!((live.calls[&1].state.as_str(), live.calls[&1].called_device.as_str()), ("connected", "SEPB"));
    assert_eq!(live.fold(&event(7, Change::CallEnded { call: 1, cause: 16 })), Fold::Done);
    assert_eq!(live.calls.keys().collect::<Vec<_>>(), [&2]);
}

#[test]
fn a_gap_is_noticed_and_mended_by_telling_anew() {
    let (follower, sender, watch) = Follower::new();
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    for (number, change) in [(1, registered("SEPA")), (2, started(1)), (5, started(4))] {
        sender.send(event(number, change)).unwrap();
    }
    let counter = std::sync::Arc::clone(&asked);
    let retold = sender.clone();
    drop(sender);
    let retold = std::cell::Cell::new(Some(retold));
    follower.run(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        let Some(retold) = retold.take() else { return };
        for (number, change) in [(6, Change::Anew), (7, registered("SEPA")), (8, started(4))] {
            retold.send(event(number, change)).unwrap();
        }
    });
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    watch.look(|live| {
        assert_eq!(live.calls.keys().collect::<Vec<_>>(), [&4], "call 1 ended unseen");
        assert!(live.devices["SEPA"].registered);
        assert_eq!(live.devices["SEPA"].since_ms, 1000, "it was there all the time");
    });
    assert!(!watch.since(Some(5)).has_gap);
    assert_eq!(watch.since(Some(5)).events.len(), 3);
    assert!(watch.since(Some(99)).has_gap, "a number of another life of the server");
    assert!(watch.since(None).events.is_empty());
}

#[test]
fn readers_that_come_back_late_are_told_so() {
    let (follower, sender, watch) = Follower::new();
    for number in 1..=HISTORY_MAX as u64 + 10 {
        sender.send(event(number, started(number))).unwrap();
    }
    drop(sender);
    follower.run(|| ());
    assert!(watch.since(Some(5)).has_gap);
    let since = watch.since(Some(10));
    assert_eq!((since.has_gap, since.events.len()), (false, HISTORY_MAX));
}
