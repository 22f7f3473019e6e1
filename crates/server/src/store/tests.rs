//! The store: filled from the journal, whatever happens to it.

use std::fs;

use exchange::record::{Record, StreamRecord};
use rusqlite::Connection;

use super::*;
use crate::adopt::{Configured, Newcomer};

fn call(number: u64, calling: &str, device: &str) -> CallRecord {
    CallRecord {
        call: number,
        calling: calling.into(),
        calling_device: device.into(),
        dialed: "1002".into(),
        start_ms: number as i64 * 1000,
        end_ms: number as i64 * 1000 + 500,
        ..CallRecord::default()
    }
}

/// A journal with these calls, as a server leaves it.
fn journal(directory: &Path, calls: &[CallRecord]) {
    let (mut journal, _) = crate::journal::open(directory, 1).unwrap();
    for call in calls {
        journal.record(Record::Call(call.clone()));
        let stream =
            StreamRecord { call: call.call, device: call.calling_device.clone(), ..Default::default() };
        journal.record(Record::Stream(stream));
    }
    journal.finish(2);
}

fn import_all(store: &mut Store, directory: &Path) -> u64 {
    let mut records = 0;
    loop {
        let imported = store.import(directory).unwrap();
        if imported.bytes == 0 {
            return records;
        }
        records += imported.records;
    }
}

fn numbers(store: &Store, filter: &Filter) -> Vec<u64> {
    store.calls(filter).unwrap().iter().map(|call| call.call).collect()
}

#[test]
fn records_are_found_by_time_number_and_device() {
    let directory = tempfile::tempdir().unwrap();
    let calls = [call(1, "1001", "SEPA"), call(2, "1003", "SEPB"), call(3, "1001", "SEPB")];
    journal(directory.path(), &calls);
    let mut store = Store::open(directory.path()).unwrap();
    import_all(&mut store, directory.path());
    let all = Filter::default();
    assert_eq!(store.calls(&all).unwrap(), calls);
    assert_eq!(store.streams(&all).unwrap().len(), 3);
    let by = |filter: Filter| numbers(&store, &filter);
    assert_eq!(by(Filter { number: Some("1001".into()), ..all.clone() }), [1, 3]);
    assert_eq!(by(Filter { number: Some("1002".into()), ..all.clone() }), [1, 2, 3]);
    assert_eq!(by(Filter { device: Some("sepb".into()), ..all.clone() }), [2, 3]);
    assert_eq!(by(Filter { since_ms: Some(2000), until_ms: Some(3000), ..all.clone() }), [2]);
    assert_eq!(by(Filter { after: Some(1), limit: Some(1), ..all.clone() }), [2]);
    let hostile = Filter { number: Some("' OR 1=1; DROP TABLE call;--".into()), ..all.clone() };
    assert_eq!((by(hostile), by(all).len()), (vec![], 3));
}

/// What was measured and recorded beside a call is found with it, and goes with it.
#[test]
fn relays_and_recordings_are_kept_with_their_call() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = crate::journal::open(directory.path(), 1).unwrap();
    journal.record(Record::Call(call(1, "1001", "SEPA")));
    let stream = exchange::media::MediaStream { packets: 500, ..Default::default() };
    let relay = RelayRecord { call: 1, device: "SEPA".into(), why: "recorded".into(), srtp: None, stream };
    let again = RelayRecord { why: "conference".into(), ..relay.clone() };
    let recording = RecordingRecord {
        call: 1,
        device: "SEPA".into(),
        file: "00000001-1-1.wav".into(),
        start_ms: 1100,
        cut: Some("disk full".into()),
        ..Default::default()
    };
    for record in [Record::Relay(relay.clone()), Record::Relay(again.clone())] {
        journal.record(record);
    }
    journal.record(Record::Recording(recording.clone()));
    journal.finish(2);
    let mut store = Store::open(directory.path()).unwrap();
    import_all(&mut store, directory.path());
    let all = Filter::default();
    assert_eq!(store.relays(&all).unwrap(), [relay, again]);
    assert_eq!(store.recordings(&all).unwrap(), std::slice::from_ref(&recording));
    assert_eq!(store.recording_of("00000001-1-1.wav").unwrap(), Some(recording));
    assert_eq!(store.recording_of("' OR 1=1;--").unwrap(), None);
    assert_eq!(store.relays(&Filter { device: Some("SEPB".into()), ..all.clone() }).unwrap(), []);
    store.forget_before(1_000_000).unwrap();
    assert_eq!((store.relays(&all).unwrap(), store.recordings(&all).unwrap()), (vec![], vec![]));
}

/// A database of the form before this one is kept, and gets what it lacks.
#[test]
fn an_older_database_gets_what_it_lacks() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path(), &[call(1, "1001", "SEPA")]);
    let path = directory.path().join(FILE_NAME);
    {
        let older = Connection::open(&path).unwrap();
        older.execute_batch(SCHEMA).unwrap();
        older.execute_batch(INDEX).unwrap();
        older.pragma_update(None, "user_version", 2).unwrap();
    }
    let mut store = Store::open(directory.path()).unwrap();
    import_all(&mut store, directory.path());
    assert_eq!(numbers(&store, &Filter::default()), [1]);
    assert_eq!(store.relays(&Filter::default()).unwrap(), []);
}

#[test]
fn what_was_read_is_not_read_again_and_rotation_hides_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(crate::journal::FILE_NAME);
    journal(directory.path(), &[call(1, "1001", "SEPA")]);
    let mut store = Store::open(directory.path()).unwrap();
    assert!(import_all(&mut store, directory.path()) > 0);
    assert_eq!(import_all(&mut store, directory.path()), 0);
    journal(directory.path(), &[call(2, "1001", "SEPA")]);
    fs::rename(&path, directory.path().join("records.1.jsonl")).unwrap();
    // A server that starts within the same millisecond still begins its file with other words.
    let (mut next, _) = crate::journal::open(directory.path(), 99).unwrap();
    next.record(Record::Call(call(3, "1001", "SEPA")));
    next.finish(100);
    drop(store);
    let mut store = Store::open(directory.path()).unwrap();
    assert!(import_all(&mut store, directory.path()) > 0);
    assert_eq!(numbers(&store, &Filter::default()), [1, 2, 3]);
}

#[test]
fn a_lost_database_is_filled_again_from_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path(), &[call(1, "1001", "SEPA")]);
    import_all(&mut Store::open(directory.path()).unwrap(), directory.path());
    fs::write(directory.path().join(FILE_NAME), vec![b'x'; 8192]).unwrap();
    let error = Store::open(directory.path()).unwrap_err().to_string();
    assert!(error.contains("move it away: a new one is filled from the journal"), "{error}");
    for name in [FILE_NAME.to_owned(), format!("{FILE_NAME}-wal"), format!("{FILE_NAME}-shm")] {
        let _ = fs::remove_file(directory.path().join(name));
    }
    let mut store = Store::open(directory.path()).unwrap();
    import_all(&mut store, directory.path());
    assert_eq!(numbers(&store, &Filter::default()), [1]);
}

#[test]
fn a_locked_database_delays_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    journal(directory.path(), &[call(1, "1001", "SEPA")]);
    let mut store = Store::open(directory.path()).unwrap();
    store.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.import(directory.path()).unwrap_err().to_string();
    assert!(error.contains("another program holds it: it is tried again, nothing is lost"), "{error}");
    other.execute_batch("COMMIT").unwrap();
    import_all(&mut store, directory.path());
    assert_eq!(numbers(&store, &Filter::default()), [1]);
}

#[test]
fn a_full_disk_delays_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let calls: Vec<_> = (1..500).map(|number| call(number, &"1".repeat(500), "SEPA")).collect();
    journal(directory.path(), &calls);
    let mut store = Store::open(directory.path()).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages + 5).unwrap();
    let error = store.import(directory.path()).unwrap_err().to_string();
    assert!(error.contains("make room: it is tried again, nothing is lost"), "{error}");
    assert!(numbers(&store, &Filter::default()).is_empty());
    store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    import_all(&mut store, directory.path());
    assert_eq!(numbers(&store, &Filter::default()).len(), 499);
}

#[test]
fn devices_of_the_file_go_before_others_and_old_records_go() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = crate::journal::open(directory.path(), 1).unwrap();
    journal.adopted("SEPA".into(), Newcomer { number: "1000".into(), lobby: true });
    journal.adopted("SEPB".into(), Newcomer { number: "1001".into(), lobby: true });
    journal.configured("SEPB".into(), Some(Configured::default()));
    journal.record(Record::Call(call(1, "1", "SEPA")));
    journal.record(Record::Call(call(9, "1", "SEPA")));
    journal.finish(2);
    let mut plan = Plan::default();
    plan.devices.insert("SEPA".into(), Device { description: "by file".into(), ..Device::default() });
    let mut store = Store::open(directory.path()).unwrap();
    store.apply_file(&plan).unwrap();
    import_all(&mut store, directory.path());
    let names = |origin| store.devices(origin).unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(
        (names("file"), names("operator"), names("newcomer")),
        (vec!["SEPA".into()], vec!["SEPB".into()], vec![])
    );
    assert_eq!(store.forget_before(5_000).unwrap(), 1);
    assert_eq!(numbers(&store, &Filter::default()), [9]);
}

#[test]
fn a_store_of_form_1_gets_the_index_of_form_2_and_keeps_its_calls() {
    let directory = tempfile::tempdir().unwrap();
    let old = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    let form_1 = "CREATE INDEX call_start ON call (start_ms); CREATE INDEX call_calling ON call (calling);
        CREATE INDEX call_dialed ON call (dialed); CREATE INDEX call_called ON call (called);
        CREATE INDEX call_calling_device ON call (calling_device);
        CREATE INDEX call_called_device ON call (called_device); PRAGMA user_version = 1;";
    old.execute_batch(SCHEMA).and_then(|()| old.execute_batch(form_1)).unwrap();
    drop(old);
    journal(directory.path(), &[call(1, "1001", "SEPA"), call(2, "1003", "SEPB")]);
    for _ in 0..2 {
        let mut store = Store::open(directory.path()).unwrap();
        import_all(&mut store, directory.path());
        assert_eq!(numbers(&store, &Filter { number: Some("1003".into()), ..Filter::default() }), [2]);
    }
}

#[test]
fn a_number_is_looked_for_in_the_index_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let (sql, _) = wanted(&Filter { number: Some("1003".into()), ..Filter::default() });
    let mut plan = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = plan.query_map(["1003"], |row| row.get::<_, String>(3)).unwrap();
    let steps: Vec<_> = steps.map(Result::unwrap).collect();
    assert!(steps.iter().any(|step| step.contains("COVERING INDEX call_wanted")), "{steps:?}");
}
