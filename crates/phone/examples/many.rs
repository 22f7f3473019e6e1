//! What many phones take: `cargo run --release -p phone --example many -- 20000`. Memory is the growth of the
//! process (allocator included); time is that of the phones alone, less what the scripted server takes to
//! encode its messages.

#![allow(clippy::print_stdout, reason = "an example speaks")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::{Bench, local};
use phone::{Act, Audio, AudioAnswer, Config, Input, Output, Phone, Profile, profile};

/// Bytes of the process in memory.
fn resident_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

fn registered(profile: &'static Profile, index: usize) -> Phone {
    let mut bench = Bench::with(Config::new(&format!("SEP{index:012X}"), profile));
    bench.register();
    assert!(bench.phone.is_registered());
    bench.phone
}

/// Registers many phones, then calls each of them; they stay, so that the next model does not get their memory.
fn memory(profile: &'static Profile, count: usize) -> Vec<Phone> {
    drop((0..100).map(|index| registered(profile, index)).collect::<Vec<_>>());
    let (ring, rest) = script(profile);
    let mut phones = Vec::with_capacity(count);
    let before = resident_bytes();
    phones.extend((0..count).map(|index| registered(profile, index)));
    let idle = (resident_bytes() - before) / count;
    let connected = rest.len() - END_MESSAGES;
    for phone in &mut phones {
        play(phone, &ring, &rest[..connected], Duration::from_secs(200));
        assert!(phone.calls()[0].is_connected());
    }
    let busy = (resident_bytes() - before) / count;
    println!("{:8} {idle} bytes a registered phone, {busy} in a call, over {count} phones", profile.model);
    phones
}

/// Messages of the end of a call.
const END_MESSAGES: usize = 10;

fn play(phone: &mut Phone, ring: &[Vec<u8>], rest: &[Vec<u8>], now: Duration) {
    for bytes in ring {
        phone.handle(now, Input::Bytes(bytes));
        drain(phone, now);
    }
    phone.act(now, Act::Answer).unwrap_or_else(|error| panic!("{error}"));
    drain(phone, now);
    for bytes in rest {
        phone.handle(now, Input::Bytes(bytes));
        drain(phone, now);
    }
}

/// The bytes of a call as the scripted server sends them, recorded once.
fn script(profile: &'static Profile) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let record = |talk: &dyn Fn(&mut Bench)| {
        let mut bench = Bench::new(profile);
        bench.register();
        bench.recorded = Some(Vec::new());
        talk(&mut bench);
        bench.recorded.take().unwrap_or_default()
    };
    let ring = record(&|bench| bench.ring_in(7));
    let rest = record(&|bench| {
        bench.connect_call(7, 9);
        bench.end_call(7, 9);
    });
    (ring, rest)
}

fn drain(phone: &mut Phone, now: Duration) {
    while let Some(output) = phone.poll() {
        let answer = match output {
            Output::Audio(Audio::OpenReceive { stream, .. }) => {
                AudioAnswer::ReceiveOpened { stream, local: local() }
            }
            Output::Audio(Audio::StartSend { stream, .. }) => {
                AudioAnswer::SendStarted { stream, local: local() }
            }
            _ => continue,
        };
        phone.handle(now, Input::Audio(answer));
    }
    phone.wrote(phone.pending().len());
}

fn speed(profile: &'static Profile, calls: usize) {
    let (ring, rest) = script(profile);
    let mut phone = registered(profile, 1);
    let began = Instant::now();
    for call in 0..calls {
        let now = Duration::from_millis(call as u64 * 10) + Duration::from_secs(200);
        play(&mut phone, &ring, &rest, now);
    }
    let each = began.elapsed() / calls as u32;
    println!("{:8} {each:?} for one side of a call of {} messages", profile.model, ring.len() + rest.len());
    assert_eq!(phone.calls().len(), 0);
}

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    println!("{} bytes of a phone are not on the heap", size_of::<Phone>());
    let mut kept = Vec::new();
    for profile in [&profile::CISCO_7960, &profile::CISCO_7961] {
        kept.push(memory(profile, count));
        speed(profile, 20_000);
    }
}
