//! Floods: of connections, of bytes.

use std::sync::mpsc::sync_channel;

use server::Config;
use skinny::message::KeepAliveReq;

use crate::support::*;

#[test]
fn who_finds_no_room_waits_and_comes_in_when_another_leaves() {
    let mut config = config();
    config.limits.sessions_max = Some(4);
    let server = start(config);
    let mut phones: Vec<_> = (0..7).map(|_| Phone::connect(server.addresses[0])).collect();
    for accepted in 4..=7 {
        until(&server, |counted| counted.accepted == accepted);
        drop(phones.remove(0));
    }
    let counted = until(&server, |counted| counted.sessions == 3);
    assert_eq!((counted.accepted, counted.refused), (7, 0));
}

#[test]
fn one_address_can_not_take_every_place() {
    let mut config = config();
    config.limits.networks.clear();
    config.limits.unregistered_per_address = 3;
    let server = start(config);
    let mut phones: Vec<_> = (0..3).map(|_| Phone::connect(server.addresses[0])).collect();
    until(&server, |counted| counted.accepted == 3);
    for _ in 0..20 {
        let mut refused = Phone::connect(server.addresses[0]);
        refused.end();
    }
    let counted = until(&server, |counted| counted.refused == 20);
    assert_eq!((counted.sessions, counted.accepted), (3, 3));
    phones.clear();
    until(&server, |counted| counted.sessions == 0);
    let _phone = Phone::connect(server.addresses[0]);
    until(&server, |counted| counted.accepted == 4);
}

#[test]
fn a_flood_of_messages_is_read_in_portions_between_those_of_others() {
    let (sender, frames) = sync_channel(200_000);
    let server = start(Config { tap: Some(sender), ..config() });
    let mut flood = Phone::connect(server.addresses[0]);
    let mut other = Phone::connect(server.addresses[0]);
    until(&server, |counted| counted.accepted == 2);
    let keepalives = frame(&KeepAliveReq {}, 0).repeat(5_000);
    for _ in 0..10 {
        flood.write(&keepalives);
        other.write(&frame(&KeepAliveReq {}, 0));
    }
    let counted = until(&server, |counted| counted.frames_in == 50_010);
    let portions = 50_000 * 12 / server::turn::READ_PER_TURN as u64;
    assert!(counted.turns > portions, "{counted:?}");
    drop(frames);
}

#[test]
fn both_families_listen_on_one_port() {
    let mut config = config();
    config.listen = vec!["0.0.0.0:0".parse().unwrap()];
    let first = start(config);
    let port = first.addresses[0].port();
    let mut config = crate::support::config();
    config.listen = vec![format!("[::]:{port}").parse().unwrap()];
    let Ok(second) = server::Server::start(config) else {
        return eprintln!("skipped: this machine has no IPv6");
    };
    let _four = Phone::connect(format!("127.0.0.1:{port}").parse().unwrap());
    let _six = Phone::connect(format!("[::1]:{port}").parse().unwrap());
    until(&first, |counted| counted.accepted == 1);
    until(&second, |counted| counted.accepted == 1);
}

#[test]
fn a_taken_port_says_what_to_do() {
    let server = start(config());
    let again = Config { listen: server.addresses.clone(), ..config() };
    let error = server::Server::start(again).unwrap_err().to_string();
    assert!(error.contains("another call manager runs there"), "{error}");
}
