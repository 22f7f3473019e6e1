//! A phone of bare hands: it sends what it is told and shows what comes.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use server::counters::Counted;
use server::{Config, Running, Server, Settings};
use skinny::codes as c;
use skinny::message::capability::Capability;
use skinny::message::structs::DeviceIdentifier;
use skinny::message::{
    Alarm, Body, ButtonTemplateReq, CallState, CapabilitiesRes, KeypadButton, LineStatReq, Message, Numbered,
    OffHook, OnHook, OpenReceiveChannel, OpenReceiveChannelAck, RegisterReq, TimeDateReq,
};
use skinny::table::Table;
use skinny::types::{Address, CallReference, Count, FixedText, LineInstance, Port};
use skinny::{Connection, Frame, Header, Packet};

/// How long a test waits for what must come. Nothing is measured by it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a free port of loopback.
pub fn config() -> Config {
    let settings =
        Settings { listen: vec!["127.0.0.1:0".parse().expect("an address")], ..Settings::default() };
    let mut config = Config::from(settings);
    config.limits.drain = Duration::ZERO;
    config.limits.sessions_max = Some(4096);
    config
}

/// The same with phones `SEP000000000001` and on, numbers 1001 and on.
pub fn config_with(phones: usize) -> Config {
    let mut text = String::from("[listen]\naddresses = [\"127.0.0.1:0\"]\n");
    for index in 1..=phones {
        let button = format!("[[device.button]]\nline = \"{}\"\nlabel = \"Phone {index}\"", 1000 + index);
        text.push_str(&format!("[[device]]\nname = \"{}\"\n{button}\n", name(index)));
    }
    let mut config = Config::from(server::config::parse("test", &text).expect("valid"));
    config.limits.drain = Duration::ZERO;
    config.limits.sessions_max = Some(4096);
    config
}

/// Name of a phone.
pub fn name(index: usize) -> String {
    format!("SEP{index:012X}")
}

pub fn start(config: Config) -> Running {
    Server::start(config).expect("starts")
}

/// Waits until the counters are as wished.
pub fn until(server: &Running, mut wish: impl FnMut(&Counted) -> bool) -> Counted {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let counted = server.counters();
        if wish(&counted) {
            return counted;
        }
        assert!(Instant::now() < deadline, "in vain: {counted:?}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Reset,
    Silence(ErrorKind),
}

pub struct Phone {
    pub stream: TcpStream,
    connection: Connection,
    version: u8,
    seen: VecDeque<(u32, Vec<u8>)>,
    /// The call that the phone shows.
    pub call: CallReference,
}

impl Phone {
    pub fn connect(address: SocketAddr) -> Phone {
        let stream = TcpStream::connect(address).expect("connects");
        stream.set_nodelay(true).expect("takes it");
        stream.set_read_timeout(Some(PATIENCE)).expect("takes it");
        stream.set_write_timeout(Some(PATIENCE)).expect("takes it");
        Phone {
            stream,
            connection: Connection::default(),
            version: 11,
            seen: VecDeque::new(),
            call: CallReference(0),
        }
    }

    pub fn send<'a, M: Body<'a> + Numbered>(&mut self, message: &M) {
        self.write(&frame(message, self.version));
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("writes");
    }

    /// The next message, or how the connection ended.
    pub fn next(&mut self) -> Result<(u32, Vec<u8>), End> {
        loop {
            if let Some(message) = self.seen.pop_front() {
                return Ok(message);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(End::Fin),
                Ok(len) => {
                    let mut frames = self.connection.receive(&buffer[..len]);
                    while let Some(frame) = frames.next() {
                        let frame = frame.expect("the server sends frames");
                        self.seen.push_back((frame.header.id, frame.body.to_vec()));
                    }
                }
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Err(End::Reset),
                Err(error) => return Err(End::Silence(error.kind())),
            }
        }
    }

    /// Skips to a message.
    pub fn expect(&mut self, id: u32) -> Vec<u8> {
        let mut skipped = Vec::new();
        loop {
            match self.next() {
                Ok((found, body)) if found == id => return body,
                Ok((found, _)) => skipped.push(format!("{found:#06x}")),
                Err(end) => panic!("{end:?} instead of {id:#06x}, after {skipped:?}"),
            }
        }
    }

    /// Registers as a 7960 does that was switched on: calls that it had are no more.
    pub fn register(&mut self, name: &[u8]) {
        let text = format!("25: Name={} Load=P00308010200 Last=Initialized", name.escape_ascii());
        self.send(&Alarm {
            alarm_severity: c::DeviceAlarmSeverity::INFORMATIONAL,
            text: FixedText::new(text.as_bytes()),
            ..Alarm::default()
        });
        self.send(&register(name));
        self.expect(0x0081);
        let codec = Capability {
            payload_capability: c::MediaPayloadType::G711_ULAW64K,
            max_frames_per_packet: 40,
            ..Capability::default()
        };
        self.send(&CapabilitiesRes { cap_count: Count(1), caps: Table::of(&[codec]) });
        self.send(&ButtonTemplateReq::default());
        self.expect(0x0097);
        self.send(&LineStatReq { line_number: LineInstance(1) });
        self.expect(0x0092);
        self.send(&TimeDateReq {});
        self.expect(0x0094);
    }

    /// A registered phone.
    pub fn registered(address: SocketAddr, index: usize) -> Phone {
        let mut phone = Phone::connect(address);
        phone.register(name(index).as_bytes());
        phone
    }

    /// Skips to a state of a call.
    pub fn expect_state(&mut self, wanted: c::DCallState) {
        loop {
            let body = self.expect(0x0111);
            let state = decoded(0x0111, &body, self.version, call_state);
            if state.call_state == wanted {
                self.call = state.call_reference;
                return;
            }
        }
    }

    pub fn off_hook(&mut self) {
        let (line_instance, call_reference) = (LineInstance(1), self.call);
        self.send(&OffHook { line_instance, call_reference });
    }

    pub fn on_hook(&mut self) {
        let (line_instance, call_reference) = (LineInstance(1), self.call);
        self.send(&OnHook { line_instance, call_reference });
    }

    pub fn key(&mut self, key: u32) {
        let (line_instance, call_reference) = (LineInstance(1), self.call);
        self.send(&KeypadButton { kp_button: c::KeypadKey(key), line_instance, call_reference });
    }

    pub fn dial(&mut self, number: &str) {
        number.bytes().for_each(|digit| self.key(u32::from(digit - b'0')));
    }

    /// Obeys the next order to receive.
    pub fn open_channel(&mut self) {
        let body = self.expect(0x0105);
        let order = decoded(0x0105, &body, self.version, |message| match message {
            Message::OpenReceiveChannel(order) => Some(*order),
            _ => None,
        });
        let OpenReceiveChannel { pass_through_party_id, call_reference, .. } = order;
        self.send(&OpenReceiveChannelAck {
            media_reception_status: c::MediaStatus::OK,
            ip_addr: Address::new([127, 0, 0, 1].into()),
            port_number: Port(20_000 + u32::from(self.stream.local_addr().expect("bound").port() % 10_000)),
            pass_through_party_id,
            call_reference,
        });
    }

    /// Reads to the end.
    pub fn end(&mut self) -> End {
        loop {
            if let Err(end) = self.next() {
                return end;
            }
        }
    }
}

/// The bytes of a message.
pub fn frame<'a, M: Body<'a> + Numbered>(message: &M, version: u8) -> Vec<u8> {
    let mut connection = Connection::default();
    connection.send(message, version, 0).expect("room");
    connection.pending().to_vec()
}

/// A 7960's registration under any name.
pub fn register(name: &[u8]) -> RegisterReq<'_> {
    RegisterReq {
        sid: DeviceIdentifier { device_name: FixedText::new(name), reserved_for_future_use: 0, instance: 1 },
        device_type: c::DeviceType::CISCO_7960,
        protocol_ver: 11,
        ..RegisterReq::default()
    }
}

fn call_state(message: &Message<'_>) -> Option<CallState> {
    match message {
        Message::CallState(state) => Some(*state),
        _ => None,
    }
}

fn decoded<T>(id: u32, body: &[u8], version: u8, pick: impl Fn(&Message<'_>) -> Option<T>) -> T {
    let header = Header { length: body.len() as u32 + 4, version: 0, id };
    pick(&Packet::decode(Frame { header, body }, version).message).expect("the message that was expected")
}

/// Sets up a connected call from the first to the second phone.
pub fn connect_call(caller: &mut Phone, callee: &mut Phone, number: &str) {
    caller.off_hook();
    caller.expect_state(c::DCallState::OFF_HOOK);
    caller.dial(number);
    callee.expect_state(c::DCallState::RING_IN);
    callee.off_hook();
    callee.open_channel();
    caller.open_channel();
    caller.expect(0x008a);
    callee.expect(0x008a);
}

/// Ends it; both are idle afterwards.
pub fn end_call(by: &mut Phone, other: &mut Phone) {
    by.on_hook();
    by.expect_state(c::DCallState::ON_HOOK);
    other.expect_state(c::DCallState::ON_HOOK);
    by.call = CallReference(0);
    other.call = CallReference(0);
    other.on_hook();
}
