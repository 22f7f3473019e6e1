//! A server in a process of its own: killed, and without descriptors.

#[path = "../wire/support.rs"]
#[allow(dead_code, reason = "shared with the tests over the wire, which use all of it")]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use exchange::record::{CallRecord, Record};
use support::*;

/// Tells the child, which is this very test program, what to be.
const DATA: &str = "LINESIDE_TEST_DATA";
const DESCRIPTORS: &str = "LINESIDE_TEST_DESCRIPTORS";

/// Is the server when it is told to, and otherwise nothing.
#[test]
fn child() {
    let Ok(data) = std::env::var(DATA) else { return };
    if let Ok(count) = std::env::var(DESCRIPTORS) {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let count = count.parse().ok();
        setrlimit(Resource::Nofile, Rlimit { current: count, maximum: count }).expect("lowers");
    }
    let server = start(server::Config { data: Some(data.into()), ..config_with(8) });
    println!("\nlistens {}", server.addresses[0]);
    // Each line asks for the counters; the end of input is the end.
    for _ in std::io::stdin().lock().lines() {
        println!("counts {}", serde_json::to_string(&server.counters()).expect("JSON"));
    }
}

struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    fn start(data: &Path, descriptors: Option<u32>) -> Server {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["child", "--exact", "--nocapture", "--test-threads=1"]).env(DATA, data);
        if let Some(count) = descriptors {
            command.env(DESCRIPTORS, count.to_string());
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
        let input = child.stdin.take().expect("piped");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let address = answer(&mut output, "listens ").parse().expect("an address");
        Server { child, input, output, address }
    }

    fn counter(&mut self, name: &str) -> u64 {
        writeln!(self.input).expect("asks");
        let counts: serde_json::Value =
            serde_json::from_str(&answer(&mut self.output, "counts ")).expect("JSON");
        counts[name].as_u64().expect("a counter")
    }

    fn until(&mut self, name: &str, wish: impl Fn(u64) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !wish(self.counter(name)) {
            assert!(std::time::Instant::now() < deadline, "{name} never came true");
        }
    }
}

fn answer(output: &mut BufReader<ChildStdout>, begins: &str) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(output.read_line(&mut line).expect("reads"), 0, "the child ended");
        if let Some(rest) = line.strip_prefix(begins) {
            return rest.trim().to_owned();
        }
    }
}

fn calls(data: &Path) -> Vec<CallRecord> {
    let mut calls = Vec::new();
    server::journal::records(&data.join(server::journal::FILE_NAME), |record| {
        if let Record::Call(call) = record {
            calls.push(call);
        }
    })
    .expect("a journal");
    calls
}

fn opened(data: &Path) -> usize {
    let mut opened = 0;
    server::journal::records(&data.join(server::journal::FILE_NAME), |record| {
        opened += usize::from(matches!(record, Record::CallOpened { .. }));
    })
    .expect("a journal");
    opened
}

#[test]
fn a_killed_server_has_lost_no_call_that_had_ended() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), None);
    let mut phones: Vec<_> = (1..=8).map(|index| Phone::registered(server.address, index)).collect();
    let mut ended = 0;
    for round in 0..5 {
        for pair in phones.chunks_mut(2).enumerate() {
            let (index, [caller, callee]) = pair else { unreachable!("pairs") };
            connect_call(caller, callee, &(1002 + 2 * index).to_string());
            // In the last round, all but one call are open when it happens.
            if round < 4 || index == 0 {
                end_call(callee, caller);
                ended += 1;
            }
        }
    }
    // The beginnings of calls go to the file a moment later than their ends.
    let deadline = std::time::Instant::now() + PATIENCE;
    while opened(data.path()) < ended + 3 {
        assert!(std::time::Instant::now() < deadline, "a call's beginning is not in the journal");
        std::thread::yield_now();
    }
    server.child.kill().expect("kill -9");
    server.child.wait().expect("gone");
    let before = calls(data.path());
    assert_eq!(before.len(), ended);
    assert!(before.iter().all(|call| call.ended_by == "callee" && call.answer_ms.is_some()), "{before:?}");

    let server = Server::start(data.path(), None);
    let after = calls(data.path());
    let restarted: Vec<_> = after.iter().filter(|call| call.ended_by == "server restarted").collect();
    assert_eq!((after.len(), restarted.len()), (ended + 3, 3));
    assert!(restarted.iter().all(|call| call.cause == exchange::call::Cause::TEMPORARY), "{restarted:?}");

    let mut caller = Phone::registered(server.address, 1);
    let mut callee = Phone::registered(server.address, 2);
    connect_call(&mut caller, &mut callee, "1002");
    end_call(&mut caller, &mut callee);
    let numbers: Vec<u64> = calls(data.path()).iter().map(|call| call.call).collect();
    assert_eq!(numbers.last(), numbers.iter().max(), "numbers go on after a restart: {numbers:?}");
    assert_eq!(numbers.iter().filter(|number| Some(number) == Some(&numbers.last().unwrap())).count(), 1);
    drop(server.input);
}

#[test]
fn without_descriptors_it_serves_those_it_has_and_later_the_others() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), Some(40));
    let mut first = Phone::registered(server.address, 1);
    // More than there are descriptors: the rest waits in the kernel's queue.
    let mut crowd: Vec<_> = (0..100).map(|_| Phone::connect(server.address)).collect();
    server.until("exhausted", |count| count > 0);
    let turns = server.counter("turns");
    first.write(&frame(&skinny::message::KeepAliveReq {}, 0));
    first.expect(0x0100);
    // It waits instead of trying all the time.
    assert!(server.counter("turns") - turns < 50);
    crowd.drain(..90);
    let mut late = Phone::registered(server.address, 2);
    connect_call(&mut first, &mut late, "1002");
    end_call(&mut first, &mut late);
    drop(server.input);
    server.child.wait().expect("ends");
}
