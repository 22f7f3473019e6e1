//! The in-memory transport: our exchange in this process, without sockets. It measures call control and memory
//! for more phones than a process has descriptors; it says nothing of a network, and reports are labelled so.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use exchange::input::{Ended, Input, Now, Peer, SessionId};
use exchange::media::{MediaEvent, MediaOrder, OrderId};
use exchange::output::Output;
use exchange::plan::{Button, Device, Line, Plan};
use exchange::{Exchange, Poll};
use skinny::frame::{Split, split};

use crate::caller::device_name;
use crate::site::number;

/// Where the exchange would listen.
const LOCAL: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 255, 255, 254), 2000);
/// The port that phones would connect from.
const REMOTE_PORT: u16 = 50_000;
/// Ports of a media engine that is not there.
const PORT_FIRST: u32 = 16_384;
const PORTS: u32 = 16_384;
/// The exchange's clock begins here: nothing of it is due at zero.
const FIRST_NS: u64 = 1_000_000_000;
/// Seeds the exchange's references.
const SEED: u64 = 1;

/// What comes out for a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// So many bytes, now in the buffer.
    Bytes(u32, usize),
    /// Its session was closed.
    Closed(u32),
}

/// What waits for a phone.
#[derive(Debug, Clone, Copy)]
enum Waiting {
    Bytes(u32, usize),
    Closed(u32),
}

/// The exchange, and what it has said.
pub(super) struct Switch {
    exchange: Exchange,
    unix_ms: i64,
    waiting: VecDeque<Waiting>,
    /// The bytes of all that waits, in order.
    bytes: VecDeque<u8>,
    deadline_ns: Option<u64>,
    /// The number of the next media port; no sound goes there.
    next_port: u32,
}

impl std::fmt::Debug for Switch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Switch").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

/// The address of a phone: one for each.
pub(super) fn address(index: u32) -> IpAddr {
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 1).to_bits() + index).into()
}

impl Switch {
    /// An exchange that knows the phones.
    pub fn new(first_mac: u64, phones: usize) -> Switch {
        let mut plan = Plan::default();
        for index in 0..phones as u32 {
            let number = number(index, phones).to_string();
            let button = Button::Line { number: number.clone(), label: number.clone() };
            let device = Device { buttons: vec![button], ..Device::default() };
            plan.devices.insert(device_name(first_mac, index), device);
            plan.lines.insert(number, Line::default());
        }
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut switch = Switch {
            exchange: Exchange::new(SEED),
            unix_ms: i64::try_from(unix.as_millis()).unwrap_or(i64::MAX),
            waiting: VecDeque::new(),
            bytes: VecDeque::new(),
            deadline_ns: None,
            next_port: 0,
        };
        switch.handle(0, Input::Media(OrderId(0), MediaEvent::Engine { present: true }));
        switch.handle(0, Input::Plan(Arc::new(plan)));
        switch
    }

    fn handle(&mut self, now_ns: u64, input: Input<'_>) {
        let unix_ms = self.unix_ms + (now_ns / 1_000_000) as i64;
        let now = Now { monotonic_ns: now_ns + FIRST_NS, unix_ms };
        self.exchange.handle(now, input);
        let mut answers = VecDeque::new();
        loop {
            match self.exchange.poll() {
                Poll::Output(Output::Send(SessionId(line), range)) => {
                    let bytes = self.exchange.bytes(range);
                    self.bytes.extend(bytes);
                    self.waiting.push_back(Waiting::Bytes(line as u32, bytes.len()));
                }
                Poll::Output(Output::Close(SessionId(line), _)) => {
                    self.waiting.push_back(Waiting::Closed(line as u32));
                }
                Poll::Output(Output::Media(order, what)) => {
                    answers.extend(self.opened(&what).map(|event| (order, event)));
                }
                Poll::Output(_) => {}
                Poll::Idle(deadline) => match answers.pop_front() {
                    Some((order, event)) => self.exchange.handle(now, Input::Media(order, event)),
                    None => {
                        self.deadline_ns = deadline.map(|at| at.saturating_sub(FIRST_NS));
                        return;
                    }
                },
            }
        }
    }

    /// What a media engine says at once to an order that opens ports: conferences need one.
    fn opened(&mut self, order: &MediaOrder) -> Option<MediaEvent> {
        let parties = match order {
            MediaOrder::Relay { .. } => 2,
            MediaOrder::Music { .. } | MediaOrder::Announce { .. } | MediaOrder::Join { .. } => 1,
            _ => return None,
        };
        let port = |number: u32| SocketAddr::new(LOCAL.0.into(), (PORT_FIRST + 2 * (number % PORTS)) as u16);
        let first = self.next_port;
        self.next_port = first.wrapping_add(parties);
        let addresses = (0..parties).map(|place| port(first.wrapping_add(place))).collect();
        Some(MediaEvent::Opened { addresses })
    }

    /// A phone connects.
    pub fn open(&mut self, now_ns: u64, line: u32) {
        let peer = Peer { remote: (address(line), REMOTE_PORT).into(), local: LOCAL.into() };
        self.handle(now_ns, Input::Opened(SessionId(u64::from(line)), peer));
    }

    /// A phone is gone.
    pub fn close(&mut self, now_ns: u64, line: u32) {
        self.handle(now_ns, Input::Closed(SessionId(u64::from(line)), Ended::Closed));
    }

    /// A phone says whole frames.
    pub fn take(&mut self, now_ns: u64, line: u32, mut bytes: &[u8]) {
        while let Split::Frame(frame, rest) = split(bytes) {
            self.handle(now_ns, Input::Frame(SessionId(u64::from(line)), frame));
            bytes = rest;
        }
    }

    /// What is to be delivered next; bytes go to the buffer, as many as fit.
    pub fn next(&mut self, buffer: &mut [u8]) -> Option<Delivery> {
        let (line, len) = match self.waiting.pop_front()? {
            Waiting::Closed(line) => return Some(Delivery::Closed(line)),
            Waiting::Bytes(line, len) => (line, len),
        };
        let now = len.min(buffer.len());
        if now < len {
            self.waiting.push_front(Waiting::Bytes(line, len - now));
        }
        buffer.iter_mut().zip(self.bytes.drain(..now)).for_each(|(to, byte)| *to = byte);
        Some(Delivery::Bytes(line, now))
    }

    /// Whether something waits to be delivered.
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// When the exchange has something to do again.
    pub fn deadline_ns(&self) -> Option<u64> {
        self.deadline_ns
    }

    /// Lets timers of the exchange fire.
    pub fn tick(&mut self, now_ns: u64) {
        if self.deadline_ns.is_some_and(|at| at <= now_ns) {
            self.handle(now_ns, Input::Tick);
        }
    }
}
