use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt;

use exchange::record::{CallRecord, Record, StreamRecord};

use super::writer::{ENDED_BY_RESTART, ENDED_BY_STOP};
use super::*;
use crate::adopt::{Configured, Newcomer};

fn opened(call: u64) -> Record {
    Record::CallOpened { call, start_ms: 5, calling: "1001".into(), calling_device: "SEP1".into() }
}

fn ended(call: u64, name: &str) -> Record {
    Record::Call(CallRecord { call, calling_name: name.into(), ..CallRecord::default() })
}

fn calls(directory: &Path) -> Vec<CallRecord> {
    let mut calls = Vec::new();
    records(&directory.join(FILE_NAME), |record| {
        if let Record::Call(call) = record {
            calls.push(call);
        }
    })
    .unwrap();
    calls
}

#[test]
fn what_was_taken_is_there_after_the_turn() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.record(opened(1));
    journal.record(ended(1, "Alice"));
    assert_eq!(calls(directory.path()).len(), 0, "written at the end of the turn");
    journal.commit(0);
    assert_eq!(calls(directory.path())[0].calling_name, "Alice");
    let mode = fs::metadata(directory.path().join(FILE_NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn counters_go_with_the_next_call_or_after_a_while() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    let path = directory.path().join(FILE_NAME);
    let lines = || fs::read_to_string(&path).unwrap().lines().count();
    let stream = || Record::Stream(StreamRecord::default());
    journal.record(stream());
    journal.commit(5);
    let deadline = journal.deadline_ns().expect("not for ever");
    journal.record(stream());
    journal.commit(deadline - 1);
    assert_eq!(lines(), 1);
    journal.commit(deadline);
    assert_eq!((lines(), journal.deadline_ns()), (3, None));
    journal.record(stream());
    journal.record(ended(1, ""));
    journal.commit(deadline);
    assert_eq!((lines(), journal.deadline_ns()), (5, None));
}

#[test]
fn hostile_text_comes_back_as_it_was() {
    let hostile = "'; DROP TABLE calls;--\u{1b}[2J\r\n</script>\u{9b}\"\\\u{202e}é😀\0";
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.record(ended(1, hostile));
    journal.remember(hostile.into(), Some(hostile.into()));
    journal.finish(2);
    assert_eq!(calls(directory.path())[0].calling_name, hostile);
    let text = fs::read_to_string(directory.path().join(FILE_NAME)).unwrap();
    assert_eq!(text.lines().count(), 4, "started, call, remembered, stopped");
    assert!(!text.lines().any(|line| line.contains(crate::log::is_harmful)), "{text}");
    let (_, past) = open(directory.path(), 3).unwrap();
    assert_eq!(past.remembered[hostile], hostile);
}

#[test]
fn a_restart_closes_what_a_killed_server_left_open() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.record(opened(1));
    journal.record(opened(2));
    journal.record(ended(1, ""));
    journal.commit(0);
    drop(journal); // No end is written: as after kill -9.
    let (journal, _) = open(directory.path(), 77).unwrap();
    let found = calls(directory.path());
    assert_eq!(found.len(), 2);
    let call = &found[1];
    assert_eq!((call.call, call.start_ms, call.end_ms), (2, 5, 77));
    assert_eq!((call.cause, call.ended_by.as_str()), (exchange::call::Cause::TEMPORARY, ENDED_BY_RESTART));
    drop(journal);
    let (_, _) = open(directory.path(), 78).unwrap();
    assert_eq!(calls(directory.path()).len(), 2, "closed once");
}

#[test]
fn a_stop_closes_what_it_left_no_time_for() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.record(opened(9));
    journal.finish(50);
    let found = calls(directory.path());
    assert_eq!((found[0].call, found[0].ended_by.as_str()), (9, ENDED_BY_STOP));
}

#[test]
fn a_torn_last_line_spoils_only_itself() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE_NAME);
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.record(ended(1, ""));
    journal.record(ended(2, ""));
    journal.finish(2);
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        let before = calls(directory.path()).len();
        let (mut journal, _) = open(directory.path(), 3).unwrap();
        journal.record(ended(3, ""));
        journal.commit(0);
        drop(journal);
        let after = calls(directory.path());
        assert_eq!((after.len(), after[after.len() - 1].call), (before + 1, 3), "cut at {len}");
    }
}

#[test]
fn lines_of_any_length_are_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE_NAME);
    let mut text = vec![b'x'; LINE_BYTES_MAX * 3];
    text.extend(b"\n[1,2]\n\xff\xfe\n\n");
    fs::write(&path, text).unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.record(ended(1, ""));
    journal.commit(0);
    let replayed = read(&path).unwrap();
    assert_eq!((replayed.unreadable, replayed.calls), (4, 1));
}

#[test]
fn a_full_disk_delays_records_and_loses_none_within_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.write_to(OpenOptions::new().append(true).open("/dev/full").unwrap());
    journal.record(ended(1, "late"));
    journal.commit(1_000);
    let retry = journal.deadline_ns().expect("wants another try");
    journal.record(ended(2, ""));
    journal.commit(retry - 1);
    assert_eq!(calls(directory.path()).len(), 0);
    let file = OpenOptions::new().append(true).open(directory.path().join(FILE_NAME)).unwrap();
    journal.write_to(file);
    journal.commit(retry);
    assert_eq!((journal.deadline_ns(), journal.lost()), (None, 0));
    assert_eq!(calls(directory.path()).len(), 2);
}

#[test]
fn a_disk_that_stays_full_costs_records_and_not_memory() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.write_to(OpenOptions::new().append(true).open("/dev/full").unwrap());
    let name = "x".repeat(60_000);
    for call in 0..(BACKLOG_BYTES_MAX / 60_000 + 20) as u64 {
        journal.record(ended(call, &name));
        journal.commit(call * 10_000_000_000);
    }
    assert!(journal.lost() > 10, "{}", journal.lost());
}

#[test]
fn a_large_file_is_put_aside_and_nothing_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(directory.path(), 1).unwrap();
    journal.limit_file(1_000);
    journal.remember("forward/1001".into(), Some("1002".into()));
    let newcomer = Newcomer { number: "1000".into(), lobby: true };
    journal.adopted("SEP1".into(), newcomer.clone());
    journal.configured("SEP2".into(), Some(Configured::default()));
    journal.record(opened(1));
    journal.record(ended(2, &"x".repeat(1_000)));
    journal.commit(0);
    journal.record(ended(3, ""));
    journal.commit(0);
    drop(journal);
    assert_eq!(calls(directory.path()).iter().map(|call| call.call).collect::<Vec<_>>(), [3]);
    assert!(directory.path().join("records.1.jsonl").exists());
    let (_, past) = open(directory.path(), 2).unwrap();
    assert_eq!(
        (past.remembered["forward/1001"].as_str(), &past.others.newcomers["SEP1"]),
        ("1002", &newcomer)
    );
    assert_eq!(past.others.configured["SEP2"], Configured::default());
    assert_eq!(calls(directory.path())[1].ended_by, ENDED_BY_RESTART);
}

#[test]
fn one_directory_serves_one_server() {
    let directory = tempfile::tempdir().unwrap();
    let _journal = open(directory.path(), 1).unwrap();
    assert!(matches!(open(directory.path(), 1), Err(JournalError::Taken(_))));
}
