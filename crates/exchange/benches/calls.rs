//! How many calls one core makes: complete calls, digit by digit, between phones of one generation, with
//! decoding of what they say, media, hang-up and counters. Their frames are composed here as well, which the
//! figure includes.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exchange::input::{Input, Now, Peer, SessionId};
use exchange::output::Output;
use exchange::plan::{Button, Device, Line, Plan};
use exchange::{Exchange, Poll};
use skinny::codes as c;
use skinny::frame::{Split, split};
use skinny::message::structs::DeviceIdentifier;
use skinny::message::{self as m, Body, Message, Numbered};
use skinny::packet::{Packet, compose};
use skinny::types::*;

/// An exchange with phones that only do what the benchmark needs.
struct Site {
    exchange: Exchange,
    now: Now,
    version: u8,
    phones: u64,
    buffer: Vec<u8>,
    out: usize,
    frames: usize,
}

impl Site {
    fn new(phones: u64, word: u32, model: c::DeviceType) -> Self {
        let mut plan = Plan::default();
        for n in 0..phones {
            let number = format!("{}", 10_000 + n);
            let button = Button::Line { number: number.clone(), label: number.clone() };
            let device = Device { buttons: vec![button], ..Device::default() };
            plan.devices.insert(format!("SEP{n:012}"), device);
            plan.lines.insert(number.clone(), Line { name: format!("Phone {number}"), ..Line::default() });
        }
        let mut site = Site {
            exchange: Exchange::new(1),
            now: Now { monotonic_ns: 1_000_000_000, unix_ms: 1_700_000_000_000 },
            version: word as u8,
            phones,
            buffer: vec![0; 4096],
            out: 0,
            frames: 0,
        };
        site.exchange.handle(site.now, Input::Plan(Arc::new(plan)));
        site.drain();
        for n in 0..phones {
            site.register(n, word, model);
        }
        site
    }

    fn register(&mut self, n: u64, word: u32, model: c::DeviceType) {
        let remote = (self.ip(n), 50_000).into();
        let peer = Peer { remote, local: ([10, 255, 255, 254], 2000).into() };
        self.exchange.handle(self.now, Input::Opened(SessionId(n), peer));
        let name = format!("SEP{n:012}");
        let [version, unknown, low, high] = word.to_le_bytes();
        self.say(
            n,
            &m::RegisterReq {
                sid: DeviceIdentifier { device_name: FixedText::new(name.as_bytes()), ..Default::default() },
                station_ip_addr: Ipv4(self.ip(n).into()),
                device_type: model,
                protocol_ver: version,
                unknown,
                phone_features: HalfFlags(c::PhoneFeatures(u32::from(u16::from_le_bytes([low, high])))),
                ..Default::default()
            },
        );
    }

    fn ip(&self, n: u64) -> [u8; 4] {
        (0x0a00_0001 + n as u32).to_be_bytes()
    }

    fn say<'b, M: Body<'b> + Numbered>(&mut self, n: u64, message: &M) {
        let header = if self.version < 15 { 0 } else { u32::from(self.version) };
        let len = compose(message, self.version, header, &mut self.buffer).expect("fits");
        if let Split::Frame(frame, _) = split(&self.buffer[..len]) {
            self.exchange.handle(self.now, Input::Frame(SessionId(n), frame));
        }
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.exchange.poll() {
                Poll::Output(Output::Send(_, range)) => {
                    let bytes = self.exchange.bytes(range);
                    self.out += bytes.len();
                    black_box(bytes);
                }
                Poll::Output(output) => drop(black_box(output)),
                Poll::Idle(deadline) => {
                    black_box(deadline);
                    return;
                }
            }
        }
    }

    /// A call from one phone to another. `reference` and `party` are the ids that the exchange gives out
    /// for it: both ascend by two per call.
    fn call(&mut self, from: u64, to: u64, reference: u32, party: u32) {
        let number = 10_000 + to;
        self.say(from, &m::OffHook::default());
        for place in (0..5).rev() {
            let key = c::KeypadKey((number / 10_u64.pow(place) % 10) as u32);
            self.say(from, &m::KeypadButton { kp_button: key, ..Default::default() });
        }
        self.say(to, &m::OffHook::default());
        for (phone, side) in [(from, 0), (to, 1)] {
            let address = Address::new(std::net::Ipv4Addr::from(self.ip(phone)).into());
            self.say(
                phone,
                &m::OpenReceiveChannelAck {
                    ip_addr: address,
                    port_number: Port(20_000),
                    pass_through_party_id: PassThroughPartyId(party + side),
                    call_reference: CallReference(reference + side),
                    ..Default::default()
                },
            );
        }
        self.now.monotonic_ns += 1_000_000;
        self.say(from, &m::OnHook::default());
        for (phone, side) in [(from, 0), (to, 1)] {
            self.say(
                phone,
                &m::ConnectionStatisticsRes {
                    call_reference: CallReference(reference + side),
                    number_packets_sent: 47,
                    data_size: Count(33),
                    data: Data::new(b"MLQK=4.5000;MLQKav=4.4;ICR=0.0000"),
                    ..Default::default()
                },
            );
        }
        self.frames += 13;
    }
}

/// The ids of the next call, taken from a call that is looked into.
fn first_ids(site: &mut Site) -> (u32, u32) {
    site.say(0, &m::OffHook::default());
    let number = m::EnblocCall { called_party: Number::new(b"10001"), ..Default::default() };
    site.say(0, &number);
    let len = compose(&m::OffHook::default(), site.version, 0, &mut site.buffer).expect("fits");
    if let Split::Frame(frame, _) = split(&site.buffer[..len]) {
        site.exchange.handle(site.now, Input::Frame(SessionId(1), frame));
    }
    let mut ids = (0, 0);
    while let Poll::Output(output) = site.exchange.poll() {
        let Output::Send(SessionId(1), range) = output else { continue };
        let mut rest = site.exchange.bytes(range);
        while let Split::Frame(frame, behind) = split(rest) {
            rest = behind;
            if let Message::OpenReceiveChannel(order) = Packet::decode(frame, site.version).message {
                ids = (order.call_reference.0 + 1, order.pass_through_party_id.0 + 1);
            }
        }
    }
    site.say(0, &m::OnHook::default());
    site.now.monotonic_ns += 6_000_000_000;
    site.exchange.handle(site.now, Input::Tick);
    site.drain();
    ids
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("call");
    group.throughput(Throughput::Elements(1));
    let modern = (0x8572_0014, c::DeviceType::CISCO_7965);
    let classic = (0x8560_000b, c::DeviceType::CISCO_7960);
    for (name, phones, (word, model)) in
        [("v20, 2 phones", 2, modern), ("v11, 2 phones", 2, classic), ("v20, 10,000 phones", 10_000, modern)]
    {
        let mut site = Site::new(phones, word, model);
        let (mut reference, mut party) = first_ids(&mut site);
        let (mut from, before) = (0, site.exchange.counts());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let to = (from + 1) % site.phones;
                site.call(from, to, reference, party);
                from = (from + 2) % site.phones;
                reference = 0x0100_0000 | ((reference + 2) & 0xff_ffff);
                party = 0x0100_0000 | ((party + 2) & 0xff_ffff);
            });
        });
        let after = site.exchange.counts();
        assert_eq!(
            (after.calls, after.legs, after.statistics),
            (before.calls, before.legs, before.statistics)
        );
        assert_eq!(after.streams, 0, "the acknowledgements met their streams");
    }
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
