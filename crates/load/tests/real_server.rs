//! The load generator against the real server, in one process.

mod recording;

use std::time::Duration;

use load::options::{Calls, HangUp, Transport};
use load::{Options, Report};

/// Runs 40 phones with 30 calls, slowly enough for the slowest machine.
fn check(server: &server::Running, protocol: u8, change: impl Fn(&mut Options, &mut Calls)) -> Report {
    let mut options = Options::new(server.addresses[0]);
    options.phones = 40;
    options.protocol = protocol;
    options.server_pid = Some(server.pid());
    let short = Duration::from_millis(1);
    let mut calls =
        Calls { rate: 100.0, count_max: 30, answer_after: short, hold: short, ..Calls::default() };
    change(&mut options, &mut calls);
    options.calls = Some(calls);
    load::run(&options).expect("runs")
}

/// A server that knows the phones.
fn start(phones: usize) -> server::Running {
    let first_mac = Options::new("127.0.0.1:1".parse().expect("an address")).first_mac;
    let settings = server::config::parse("test", &load::site::file(first_mac, phones)).expect("valid");
    let listen = vec!["127.0.0.1:0".parse().expect("an address")];
    server::Server::start(server::Config { listen, ..server::Config::from(settings) }).expect("starts")
}

#[test]
fn every_generation_of_phones_completes_its_calls() {
    let server = start(40);
    for protocol in [3, 11, 17, 20, 22] {
        let report = check(&server, protocol, |_, _| ());
        assert!(report.is_clean(), "{report}");
        let calls = report.calls.expect("calls");
        assert_eq!((calls.begun, calls.completed), (30, 30));
        assert!(calls.server.is_some_and(|server| server.rss_after_kib > 0));
    }
}

#[test]
fn calls_may_be_slow_and_end_on_either_side() {
    let server = start(40);
    for hang_up in [HangUp::Caller, HangUp::Callee] {
        let report = check(&server, 11, |_, calls| {
            calls.hang_up = hang_up;
            calls.digit_gap = Duration::from_millis(2);
        });
        assert!(report.is_clean(), "{report}");
    }
}

#[test]
fn calls_are_held_handed_over_and_joined() {
    let server = start(40);
    for protocol in [11, 20] {
        let report = check(&server, protocol, |_, calls| {
            (calls.held_share, calls.transfer_share, calls.rate) = (0.2, 0.4, 50.0);
            calls.conference_share = 0.3;
            calls.hold = Duration::from_millis(9);
        });
        assert!(report.is_clean(), "{report}");
        let calls = report.calls.expect("calls");
        assert_eq!((calls.begun, calls.completed), (30, 30));
        let joined = calls.latencies.join.count;
        assert!(joined > 5 && calls.latencies.consult.count == joined, "{joined}");
        assert!(calls.latencies.hold.count > 2);
    }
}

#[test]
fn shared_lines_are_answered_by_either_phone() {
    let first_mac = Options::new("127.0.0.1:1".parse().expect("an address")).first_mac;
    let text = load::site::file_shared(first_mac, 42);
    let settings = server::config::parse("test", &text).expect("valid");
    let listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let server =
        server::Server::start(server::Config { listen, ..server::Config::from(settings) }).expect("starts");
    let report = check(&server, 11, |options, calls| {
        options.phones = 42;
        (calls.shared_lines, calls.rate) = (true, 50.0);
    });
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.calls.expect("calls").completed, 30);
}

#[test]
fn calls_are_picked_up_and_parked() {
    let first_mac = Options::new("127.0.0.1:1".parse().expect("an address")).first_mac;
    let settings = server::config::parse("test", &load::site::file_features(first_mac, 42)).expect("valid");
    let listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let server =
        server::Server::start(server::Config { listen, ..server::Config::from(settings) }).expect("starts");
    for protocol in [11, 20] {
        let mut told = 0;
        let mut options = Options::new(server.addresses[0]);
        (options.phones, options.protocol) = (42, protocol);
        let short = Duration::from_millis(9);
        let calls = Calls { rate: 30.0, count_max: 40, answer_after: short, hold: short, ..Calls::default() };
        options.calls = Some(Calls { pickup_share: 0.5, park_share: 0.4, ..calls });
        let report = load::run_told(&options, &mut |progress| {
            if let load::Progress::Calls(tally) = progress {
                told += 1;
                assert!(tally.completed <= tally.begun && tally.begun <= 40, "{tally:?}");
            }
            std::ops::ControlFlow::Continue(())
        })
        .expect("runs");
        assert!(report.is_clean() && told > 0, "{report}");
        let latencies = report.calls.expect("calls").latencies;
        assert!(latencies.pick_up.count > 5 && latencies.park.count > 5, "{latencies:?}");
        assert_eq!(latencies.park.count, latencies.retrieve.count);
    }
}

#[test]
fn who_breaks_it_off_gets_a_report() {
    let server = start(40);
    let mut options = Options::new(server.addresses[0]);
    options.phones = 40;
    options.calls = Some(Calls { rate: 20.0, duration: Duration::from_secs(3600), ..Calls::default() });
    let report = load::run_told(&options, &mut |progress| match progress {
        load::Progress::Calls(_) => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    })
    .expect("runs");
    let calls = report.calls.expect("calls");
    assert!(calls.begun > 0 && calls.begun == calls.completed, "what was begun has come to its end");
}

#[test]
fn calls_carry_real_sound_both_ways() {
    let server = start(40);
    for protocol in [11, 20] {
        let report = check(&server, protocol, |options, calls| {
            options.rtp = true;
            // An address of its own: others on this machine use ports of 127.0.0.1.
            options.sources = vec!["127.16.5.4".parse().expect("an address")];
            (calls.hold, calls.rate) = (Duration::from_millis(300), 20.0);
        });
        assert!(report.is_clean(), "{report}");
        let sound = report.sound.expect("sound");
        assert_eq!((sound.streams, sound.heard, sound.silent), (60, 60, 0), "{sound}");
        assert!(sound.received > 60 * 10 && sound.received + sound.lost <= sound.sent + 60, "{sound}");
    }
}

#[test]
fn without_sockets_the_exchange_runs_in_this_process() {
    let mut options = Options::new("127.0.0.1:2000".parse().expect("an address"));
    (options.phones, options.transport, options.registering_max) = (600, Transport::Memory, 600);
    let short = Duration::from_millis(1);
    let calls = Calls { rate: 500.0, count_max: 300, answer_after: short, hold: short, ..Calls::default() };
    options.calls = Some(Calls { transfer_share: 0.2, ..calls });
    let report = load::run(&options).expect("runs");
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.calls.as_ref().expect("calls").completed, 300);
    assert!(report.to_string().starts_with("IN MEMORY"), "{report}");
    assert!(report.to_html().contains("<h1>Load in memory, without sockets</h1>"));
    assert!(report.registration.kib_per_phone.is_some_and(|kib| kib < 64.0), "{report}");
    options.rtp = true;
    assert!(load::run(&options).is_err(), "there is no sound in memory");
}

#[test]
fn unknown_phones_register_by_themselves() {
    let settings =
        server::Settings { listen: vec!["127.0.0.1:0".parse().expect("an address")], ..Default::default() };
    let server = server::Server::start(settings.into()).expect("starts");
    let report = check(&server, 11, |_, _| ());
    assert!(report.is_clean(), "{report}");
}

#[test]
fn failures_have_names() {
    // Most of the phones are not known, and nobody adopts them.
    let mut config = server::config::parse("test", &load::site::file(0x0200_0000_0000, 10)).expect("valid");
    config.plan.site.auto_register = false;
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let server = server::Server::start(config.into()).expect("starts");
    let report = check(&server, 11, |_, _| ());
    assert_eq!(report.registration.registered, 10);
    assert_eq!(report.registration.failures.values().sum::<u64>(), 30, "{report}");
    assert!(report.to_string().contains("phones failed: 30 × registration refused"), "{report}");

    let gone = server.addresses[0];
    drop(server);
    let mut options = Options::new(gone);
    options.phones = 3;
    options.calls = None;
    let report = load::run(&options).expect("runs");
    assert!(report.to_string().contains("3 × can't connect: Connection refused"), "{report}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!(json["registration"]["registered"], 0);
}

#[test]
fn a_server_that_goes_away_is_told_of() {
    let server = start(40);
    let target = server.addresses[0];
    let thread = std::thread::spawn(move || {
        let mut options = Options::new(target);
        options.phones = 40;
        options.calls = Some(Calls { rate: 100.0, duration: Duration::from_secs(60), ..Calls::default() });
        load::run(&options).expect("runs")
    });
    while server.counters().calls < 5 {
        std::thread::yield_now();
    }
    server.halt();
    let report = thread.join().expect("ends");
    let calls = report.calls.as_ref().expect("calls");
    assert_eq!(calls.begun, calls.completed + calls.failed, "{report}");
    assert_eq!(calls.phones_lost.values().sum::<u64>(), 40, "{report}");
}

/// Bytes and messages of a table's answers.
fn volume(table: &str) -> (usize, usize) {
    let answers = table.lines().filter(|line| line.starts_with("own") || line.starts_with("peer"));
    answers.fold((0, 0), |(bytes, writes), line| (bytes + line.len() / 2, writes + 1))
}

#[test]
fn the_null_server_sends_as_much_as_the_real_one() {
    for (protocol, file) in [(11, "classic.txt"), (20, "modern.txt")] {
        let path = format!("{}/src/null/{file}", env!("CARGO_MANIFEST_DIR"));
        let (bytes, writes) = volume(&std::fs::read_to_string(&path).expect("a table"));
        let (bytes_now, writes_now) = volume(&recording::record(protocol).expect("records"));
        let is_near = |old: usize, now: usize| old.abs_diff(now) * 20 <= now;
        assert!(
            is_near(bytes, bytes_now) && is_near(writes, writes_now),
            "the server now sends {bytes_now} bytes in {writes_now} writes and the table {bytes} in {writes}: \
             cargo run -p load --example lineload -- record --protocol {protocol} > {path}"
        );
    }
}
