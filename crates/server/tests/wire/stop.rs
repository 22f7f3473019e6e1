//! The end, in order.

use std::time::Duration;

use skinny::message::KeepAliveReq;

use crate::support::*;

#[test]
fn a_stop_closes_with_fin_even_on_phones_that_are_talking() {
    let server = start(config());
    let mut phones: Vec<_> = (0..50).map(|_| Phone::connect(server.addresses[0])).collect();
    until(&server, |counted| counted.accepted == 50);
    for phone in &mut phones {
        phone.write(&frame(&KeepAliveReq {}, 0).repeat(100));
    }
    server.stop();
    for phone in &mut phones {
        assert_eq!(phone.end(), End::Fin);
    }
    drop(phones);
    server.join().expect("ends well");
}

#[test]
fn nobody_can_hold_up_the_end() {
    let server = start(config());
    let _silent = Phone::connect(server.addresses[0]);
    until(&server, |counted| counted.accepted == 1);
    server.stop();
    // The phone never closes its side: the server waits CLOSE_WAIT and then ends without it.
    server.join().expect("ends well");
}

#[test]
fn dropping_a_server_ends_it() {
    let mut config = config();
    config.limits.drain = Duration::from_secs(3600);
    let server = start(config);
    let address = server.addresses[0];
    drop(server);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn a_stop_lets_a_call_end_and_then_goes() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config_with(3);
    config.limits.drain = Duration::from_secs(3600);
    config.data = Some(data.path().into());
    let server = start(config);
    let address = server.addresses[0];
    let mut caller = Phone::registered(address, 1);
    let mut callee = Phone::registered(address, 2);
    let mut idle = Phone::registered(address, 3);
    connect_call(&mut caller, &mut callee, "1002");
    server.stop();
    // The idle phone is sent away, the others talk.
    assert_eq!(idle.end(), End::Fin);
    drop(idle);
    caller.write(&frame(&KeepAliveReq {}, 0));
    caller.expect(0x0100);
    end_call(&mut callee, &mut caller);
    assert_eq!((caller.end(), callee.end()), (End::Fin, End::Fin));
    drop((caller, callee));
    server.join().expect("ends well");
    let mut ended_by = Vec::new();
    server::journal::records(&data.path().join(server::journal::FILE_NAME), |record| {
        if let exchange::record::Record::Call(call) = record {
            ended_by.push(call.ended_by);
        }
    })
    .unwrap();
    assert_eq!(ended_by, ["callee"]);
}
