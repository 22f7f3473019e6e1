//! A phone with a list of servers holds a second connection, goes over to it, and comes back.

mod common;

use std::time::Duration;

use common::{Bench, local, server};
use phone::profile::CISCO_7960;
use phone::{Config, Disconnect, Input, Registration, StandbyInput, StandbyOrder};
use skinny::Connection;
use skinny::message::{Body, KeepAliveAck, Numbered, RegisterTokenAck, RegisterTokenReject, UnregisterAck};

/// Registered with the first of so many servers, a standby connection to the second open.
fn with_standby(servers: u8) -> Bench {
    let mut bench =
        Bench::with(Config { servers, standby: true, ..Config::new("SEP001122334455", &CISCO_7960) });
    bench.register();
    bench.sleep(Duration::ZERO);
    assert_eq!(bench.standby, [StandbyOrder::Connect { server: 1 }]);
    open(&mut bench);
    bench
}

fn open(bench: &mut Bench) {
    bench.handle(Input::Standby(StandbyInput::Connected { local: local(), remote: server() }));
    bench.sleep(Duration::ZERO);
}

/// What the phone said on its standby connection since the last call.
fn said(bench: &mut Bench) -> Vec<String> {
    let bytes = bench.phone.standby_pending().to_vec();
    bench.phone.standby_wrote(bytes.len());
    let mut tap = Connection::default();
    let mut frames = tap.receive(&bytes);
    let mut names = Vec::new();
    while let Some(frame) = frames.next() {
        names.push(skinny::catalogue::name(frame.expect("a frame").header.id).into_owned());
    }
    names
}

/// The second server says something.
fn tell<'a, M: Body<'a> + Numbered>(bench: &mut Bench, message: &M) {
    let mut from = Connection::default();
    from.send(message, 11, 0).expect("room");
    let bytes = from.pending().to_vec();
    bench.handle(Input::Standby(StandbyInput::Bytes(&bytes)));
}

/// Time passes; both servers answer keepalives. What was said on the standby connection.
fn minutes(bench: &mut Bench, minutes: u32) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..minutes * 2 {
        bench.secs(30);
        bench.serve();
        for name in said(bench) {
            if name == "KeepAliveReq" {
                tell(bench, &KeepAliveAck {});
            }
            names.push(name);
        }
    }
    names
}

fn go_over(bench: &mut Bench) {
    bench.handle(Input::Disconnected(Disconnect::Reset));
    assert_eq!(bench.standby.last(), Some(&StandbyOrder::Promote));
    bench.handle(Input::Standby(StandbyInput::Promoted));
    assert_eq!(bench.phone.server(), 1);
    bench.serve();
    assert!(bench.phone.is_registered());
}

#[test]
fn it_is_kept_alive_and_given_up_when_nobody_answers() {
    let mut bench = with_standby(2);
    assert_eq!(bench.phone.standby_server(), Some(1));
    assert_eq!(minutes(&mut bench, 10).iter().filter(|name| *name != "KeepAliveReq").count(), 0);
    bench.standby.clear();
    for _ in 0..8 {
        bench.secs(60);
        bench.serve();
    }
    let first = bench.standby.iter().find(|order| **order != StandbyOrder::Send);
    assert_eq!(first, Some(&StandbyOrder::Close));
    assert!(bench.phone.is_registered(), "the connection itself is well");
}

#[test]
fn a_lost_server_is_left_at_once_and_come_back_to_after_a_token() {
    let mut bench = with_standby(2);
    go_over(&mut bench);
    assert_eq!(bench.connects, [0], "nobody waited, nobody connected anew");

    bench.standby.clear();
    bench.sleep(Duration::ZERO);
    assert_eq!(bench.standby, [StandbyOrder::Connect { server: 0 }]);
    open(&mut bench);
    let first = minutes(&mut bench, 1);
    assert!(!first.contains(&"RegisterTokenReq".to_owned()), "not before two minutes: {first:?}");
    assert!(minutes(&mut bench, 4).contains(&"RegisterTokenReq".to_owned()));
    tell(&mut bench, &RegisterTokenReject { wait_time_before_next_req: 300 });
    assert!(!minutes(&mut bench, 4).contains(&"RegisterTokenReq".to_owned()), "told to wait");
    assert!(minutes(&mut bench, 4).contains(&"RegisterTokenReq".to_owned()));

    bench.take_sent();
    tell(&mut bench, &RegisterTokenAck {});
    assert_eq!(bench.said(), ["UnregisterReq"]);
    bench.tell(&UnregisterAck::default());
    assert_eq!(bench.standby.last(), Some(&StandbyOrder::Promote));
    bench.handle(Input::Standby(StandbyInput::Promoted));
    assert!(bench.said().contains(&"RegisterReq".to_owned()));
    assert_eq!(bench.phone.server(), 0);
}

#[test]
fn without_a_standby_connection_the_list_is_walked() {
    let mut bench = with_standby(2);
    bench.handle(Input::Standby(StandbyInput::Gone));
    bench.handle(Input::Disconnected(Disconnect::Reset));
    assert_eq!(*bench.phone.registration(), Registration::Waiting);
    bench.secs(1);
    assert_eq!(bench.connects, [0, 1]);
}

#[test]
fn what_is_no_sccp_ends_it_and_nothing_else() {
    let mut bench = with_standby(2);
    bench.handle(Input::Standby(StandbyInput::Bytes(&[0xff; 64])));
    assert_eq!(bench.phone.standby_server(), None);
    assert!(bench.phone.is_registered());
}
