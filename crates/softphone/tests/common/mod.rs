//! A small call manager on loopback: lets phones register and call each other, and decides little. It is not
//! the project's server on purpose: the driver is to work with any.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use skinny::Connection;
use skinny::codes::{
    ButtonType, CallType, DCallState, DeviceTone, MediaPayloadType, RingDuration, RingMode, SoftKeyEvent,
    SoftKeyMask, SoftKeySet, SoftKeyTemplateIndex, SpeakerMode,
};
use skinny::message::template::{
    ButtonDefinition, ButtonTemplate, SoftKeyDefinition, SoftKeySetDefinition, SoftKeySets, SoftKeyTemplate,
};
use skinny::message::{
    Body, ButtonTemplateRes, CallInfo, CallState, CapabilitiesReq, CloseReceiveChannel, ConfigStatRes,
    ConnectionStatisticsReq, ForwardStatRes, KeepAliveAck, LineStatRes, Message, Numbered,
    OpenReceiveChannel, OpenReceiveChannelAck, RegisterAck, RegisterReq, SelectSoftKeys, SetRinger,
    SetSpeakerMode, SoftKeySetRes, SoftKeyTemplateRes, StartMediaTransmission, StartTone,
    StopMediaTransmission, StopTone, TimeDateRes, UnregisterAck, VersionRes,
};
use skinny::packet::Packet;
use skinny::table::Table;
use skinny::types::{
    Address, Byte, CallReference, ConferenceId, Count, FixedText, LineInstance, PacketMillis,
    PassThroughPartyId, Port,
};

/// Digits of a number.
const DIGITS: usize = 4;

enum News {
    Came(usize, TcpStream),
    Said(usize, Vec<u8>),
    Gone(usize),
    HangUpOn(String),
}

/// The call manager; it runs until the test ends.
pub struct Switch {
    pub address: SocketAddr,
    news: Sender<News>,
}

impl Switch {
    /// Listens on a free port. Devices get numbers from 1001 on, in the order of their names' last digits.
    pub fn start() -> Switch {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (news, inbox) = channel();
        let accepted = news.clone();
        std::thread::spawn(move || accept(&listener, &accepted));
        std::thread::spawn(move || Brain::default().run(&inbox));
        Switch { address, news }
    }

    /// Closes the connection of a device.
    pub fn hang_up_on(&self, device: &str) {
        self.news.send(News::HangUpOn(device.to_owned())).expect("the switch runs");
    }
}

fn accept(listener: &TcpListener, news: &Sender<News>) {
    for (id, stream) in listener.incoming().enumerate() {
        let Ok(mut stream) = stream else { return };
        let writer = stream.try_clone().expect("a clone");
        writer.set_nodelay(true).expect("no delay");
        if news.send(News::Came(id, writer)).is_err() {
            return;
        }
        let news = news.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len @ 1..) = stream.read(&mut buffer) {
                if news.send(News::Said(id, buffer[..len].to_vec())).is_err() {
                    return;
                }
            }
            let _ = news.send(News::Gone(id));
        });
    }
}

struct Device {
    stream: TcpStream,
    connection: Connection,
    name: String,
    number: String,
    version: u8,
    header: u32,
    digits: String,
    /// The call and who is at its other end.
    call: Option<(u32, Option<usize>)>,
    ear: Option<SocketAddr>,
}

#[derive(Default)]
struct Brain {
    devices: BTreeMap<usize, Device>,
    last_call: u32,
}

impl Brain {
    fn run(mut self, inbox: &Receiver<News>) {
        while let Ok(news) = inbox.recv() {
            match news {
                News::Came(id, stream) => {
                    let device = Device {
                        stream,
                        connection: Connection::default(),
                        name: String::new(),
                        number: String::new(),
                        version: 0,
                        header: 0,
                        digits: String::new(),
                        call: None,
                        ear: None,
                    };
                    self.devices.insert(id, device);
                }
                News::Said(id, bytes) => self.said(id, &bytes),
                News::Gone(id) => drop(self.devices.remove(&id)),
                News::HangUpOn(name) => {
                    for device in self.devices.values().filter(|device| device.name == name) {
                        let _ = device.stream.shutdown(std::net::Shutdown::Both);
                    }
                }
            }
        }
    }

    fn said(&mut self, id: usize, bytes: &[u8]) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        let mut connection = std::mem::take(&mut device.connection);
        let mut frames = connection.receive(bytes);
        while let Some(Ok(frame)) = frames.next() {
            let version = self.devices[&id].version;
            self.message(id, &Packet::decode(frame, version).message);
        }
        drop(frames);
        if let Some(device) = self.devices.get_mut(&id) {
            device.connection = connection;
        }
    }

    fn tell<'a, M: Body<'a> + Numbered>(&mut self, id: usize, message: &M) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        let mut to = Connection::default();
        to.send(message, device.version, device.header).expect("room");
        let _ = device.stream.write_all(to.pending());
    }

    fn message(&mut self, id: usize, message: &Message<'_>) {
        match message {
            Message::RegisterReq(request) => self.register(id, request),
            Message::KeepAliveReq(_) => self.tell(id, &KeepAliveAck {}),
            Message::UnregisterReq(_) => self.tell(id, &UnregisterAck::default()),
            Message::ButtonTemplateReq(_) => {
                const LINE: &[ButtonDefinition] =
                    &[ButtonDefinition { instance_number: 1, button_definition: Byte(ButtonType::LINE) }];
                let page = ButtonTemplate {
                    button_offset: 0,
                    button_count: Count(1),
                    total_button_count: 1,
                    definition: Table::of(LINE),
                };
                self.tell(id, &ButtonTemplateRes { button_template: page });
            }
            Message::SoftKeyTemplateReq(_) => self.tell_softkeys(id),
            Message::SoftKeySetReq(_) => self.tell_sets(id),
            Message::ConfigStatReq(_) => {
                self.tell(id, &ConfigStatRes { number_of_lines: 1, ..Default::default() });
            }
            Message::LineStatReq(request) => {
                let number = self.devices[&id].number.clone();
                self.tell(
                    id,
                    &LineStatRes {
                        line_number: request.line_number,
                        line_dir_number: FixedText::new(number.as_bytes()),
                        line_text_label: FixedText::new(number.as_bytes()),
                        ..Default::default()
                    },
                );
            }
            Message::ForwardStatReq(_) => self.tell(id, &ForwardStatRes::default()),
            Message::VersionReq(_) => self.tell(id, &VersionRes::default()),
            Message::TimeDateReq(_) => {
                self.tell(id, &TimeDateRes { system_time: 1_700_000_000, ..Default::default() });
            }
            other => self.call_message(id, other),
        }
    }

    fn register(&mut self, id: usize, request: &RegisterReq<'_>) {
        let name = String::from_utf8_lossy(request.sid.device_name.text()).into_owned();
        let last = name.chars().last().and_then(|c| c.to_digit(16)).unwrap_or(0);
        let version = request.protocol_ver.min(22);
        let device = self.devices.get_mut(&id).expect("it is there");
        (device.number, device.name) = (format!("100{last}"), name);
        device.version = if version > 22 { 3 } else { version };
        self.tell(
            id,
            &RegisterAck { keep_alive_interval: 30, max_protocol_ver: version, ..Default::default() },
        );
        self.devices.get_mut(&id).expect("it is there").header =
            if version >= 17 { u32::from(version) } else { 0 };
        self.tell(id, &CapabilitiesReq {});
    }

    fn tell_softkeys(&mut self, id: usize) {
        let labels: Vec<[u8; 2]> = (1..=18).map(|n| [0x80, n]).collect();
        let rows: Vec<_> = labels
            .iter()
            .zip(1..)
            .map(|(label, event)| SoftKeyDefinition {
                soft_key_label: FixedText::new(label),
                soft_key_event: SoftKeyEvent(event),
            })
            .collect();
        let page = SoftKeyTemplate {
            soft_key_offset: 0,
            soft_key_count: Count(18),
            total_soft_key_count: 18,
            definition: Table::of(&rows),
        };
        self.tell(id, &SoftKeyTemplateRes { soft_key_template: page });
    }

    fn tell_sets(&mut self, id: usize) {
        let sets: [&[u32]; 9] = [&[1, 2], &[3, 9], &[10], &[11], &[1, 9], &[9], &[8, 9], &[9], &[9]];
        let indexes: Vec<Vec<_>> =
            sets.iter().map(|set| set.iter().map(|n| Byte(SoftKeyTemplateIndex(*n))).collect()).collect();
        let rows: Vec<_> = indexes
            .iter()
            .map(|set| SoftKeySetDefinition { soft_key_template_index: Table::of(set), ..Default::default() })
            .collect();
        let page = SoftKeySets {
            soft_key_set_offset: 0,
            soft_key_set_count: Count(9),
            total_soft_key_set_count: 9,
            definition: Table::of(&rows),
        };
        self.tell(id, &SoftKeySetRes { soft_key_sets: page });
        self.keys(id, 0, SoftKeySet::ON_HOOK);
    }

    fn call_message(&mut self, id: usize, message: &Message<'_>) {
        match message {
            Message::OffHook(_) => self.off_hook(id),
            Message::OnHook(_) => self.end(id),
            Message::SoftKeyEvent(event) => match event.soft_key_event {
                SoftKeyEvent::NEW_CALL | SoftKeyEvent::ANSWER => {
                    self.tell(id, &SetSpeakerMode { speaker_mode: SpeakerMode::ON });
                    self.off_hook(id);
                }
                SoftKeyEvent::END_CALL => self.end(id),
                _ => {}
            },
            Message::EnblocCall(call) => {
                let digits = String::from_utf8_lossy(call.called_party.text()).into_owned();
                self.tell(id, &SetSpeakerMode { speaker_mode: SpeakerMode::ON });
                self.off_hook(id);
                self.devices.get_mut(&id).expect("it is there").digits = digits;
                self.route(id);
            }
            Message::KeypadButton(key) => {
                let device = self.devices.get_mut(&id).expect("it is there");
                if device.digits.len() < DIGITS && key.kp_button.0 < 10 {
                    device.digits.push_str(&key.kp_button.0.to_string());
                    self.route(id);
                }
            }
            Message::OpenReceiveChannelAck(ack) => self.opened(id, ack),
            _ => {}
        }
    }

    fn off_hook(&mut self, id: usize) {
        match self.devices[&id].call {
            Some((call, Some(other))) => self.connect(id, call, other),
            Some(_) => {}
            None => {
                self.last_call += 2;
                let call = self.last_call;
                self.devices.get_mut(&id).expect("it is there").call = Some((call, None));
                self.state(id, call, DCallState::OFF_HOOK);
                self.keys(id, call, SoftKeySet::OFF_HOOK);
                self.tell(
                    id,
                    &StartTone {
                        tone: DeviceTone::INSIDE_DIAL_TONE,
                        line_instance: LineInstance(1),
                        call_reference: CallReference(call),
                        ..Default::default()
                    },
                );
            }
        }
    }

    fn route(&mut self, id: usize) {
        let device = &self.devices[&id];
        let Some((call, _)) = device.call else { return };
        if device.digits.len() < DIGITS {
            return;
        }
        let (digits, from) = (device.digits.clone(), device.number.clone());
        self.tell(id, &StopTone { call_reference: CallReference(call), ..Default::default() });
        let target = self.devices.iter().find(|(_, other)| other.number == digits && other.call.is_none());
        let Some((&target, _)) = target else {
            return self.tell(
                id,
                &StartTone {
                    tone: DeviceTone::REORDER_TONE,
                    line_instance: LineInstance(1),
                    call_reference: CallReference(call),
                    ..Default::default()
                },
            );
        };
        self.devices.get_mut(&id).expect("it is there").call = Some((call, Some(target)));
        self.devices.get_mut(&target).expect("it is there").call = Some((call + 1, Some(id)));
        self.state(target, call + 1, DCallState::RING_IN);
        self.keys(target, call + 1, SoftKeySet::RING_IN);
        self.info(target, call + 1, CallType::IN_BOUND_CALL, &from, &digits);
        self.ring(target, call + 1, RingMode::INSIDE_RING);
        self.state(id, call, DCallState::PROCEED);
        self.info(id, call, CallType::OUT_BOUND_CALL, &from, &digits);
        self.state(id, call, DCallState::RING_OUT);
        self.keys(id, call, SoftKeySet::RING_OUT);
    }

    fn connect(&mut self, id: usize, call: u32, other: usize) {
        self.ring(id, call, RingMode::RING_OFF);
        self.state(id, call, DCallState::OFF_HOOK);
        let far = self.devices[&other].call.map_or(0, |(call, _)| call);
        for (device, call) in [(id, call), (other, far)] {
            self.tell(
                device,
                &OpenReceiveChannel {
                    conference_id: ConferenceId(call),
                    pass_through_party_id: PassThroughPartyId(call),
                    milli_second_packet_size: PacketMillis(20),
                    compression_type: MediaPayloadType::G711_ULAW64K,
                    call_reference: CallReference(call),
                    rfc2833_payload_type: 101,
                    dtmf_type: 10,
                    ..Default::default()
                },
            );
            self.state(device, call, DCallState::CONNECTED);
            self.keys(device, call, SoftKeySet::CONNECTED);
        }
    }

    fn opened(&mut self, id: usize, ack: &OpenReceiveChannelAck) {
        let ear = SocketAddr::new(ack.ip_addr.ip(), ack.port_number.0 as u16);
        self.devices.get_mut(&id).expect("it is there").ear = Some(ear);
        let Some((_, Some(other))) = self.devices[&id].call else { return };
        let Some((far, _)) = self.devices.get(&other).and_then(|device| device.call) else { return };
        let mut start = StartMediaTransmission {
            conference_id: ConferenceId(far),
            pass_through_party_id: PassThroughPartyId(far),
            remote_ip_addr: Address::new(ear.ip()),
            remote_port_number: Port(u32::from(ear.port())),
            milli_second_packet_size: PacketMillis(20),
            compression_type: MediaPayloadType::G711_ULAW64K,
            call_reference: CallReference(far),
            rfc2833_payload_type: 101,
            dtmf_type: 10,
            ..Default::default()
        };
        start.qualifier_out.precedence_value = 184;
        self.tell(other, &start);
    }

    fn end(&mut self, id: usize) {
        let Some((call, other)) = self.devices.get_mut(&id).and_then(|device| device.call.take()) else {
            return;
        };
        self.end_leg(id, call);
        if let Some(other) = other
            && let Some((far, _)) = self.devices.get_mut(&other).and_then(|device| device.call.take())
        {
            self.end_leg(other, far);
        }
    }

    fn end_leg(&mut self, id: usize, call: u32) {
        let device = self.devices.get_mut(&id).expect("it is there");
        device.digits.clear();
        device.ear = None;
        let (conference_id, party) = (ConferenceId(call), PassThroughPartyId(call));
        let call_reference = CallReference(call);
        self.tell(
            id,
            &CloseReceiveChannel {
                conference_id,
                pass_through_party_id: party,
                call_reference,
                ..Default::default()
            },
        );
        self.tell(
            id,
            &StopMediaTransmission {
                conference_id,
                pass_through_party_id: party,
                call_reference,
                ..Default::default()
            },
        );
        self.tell(id, &ConnectionStatisticsReq { call_reference, ..Default::default() });
        self.state(id, call, DCallState::ON_HOOK);
        self.keys(id, 0, SoftKeySet::ON_HOOK);
        self.ring(id, 0, RingMode::RING_OFF);
        self.tell(id, &SetSpeakerMode { speaker_mode: SpeakerMode::OFF });
    }

    fn state(&mut self, id: usize, call: u32, state: DCallState) {
        self.tell(
            id,
            &CallState {
                call_state: state,
                line_instance: LineInstance(1),
                call_reference: CallReference(call),
                ..Default::default()
            },
        );
    }

    fn keys(&mut self, id: usize, call: u32, set: SoftKeySet) {
        self.tell(
            id,
            &SelectSoftKeys {
                line_instance: LineInstance(u32::from(call != 0)),
                call_reference: CallReference(call),
                soft_key_set_index: set,
                valid_key_mask: SoftKeyMask(u32::MAX),
            },
        );
    }

    fn ring(&mut self, id: usize, call: u32, mode: RingMode) {
        self.tell(
            id,
            &SetRinger {
                ring_mode: mode,
                ring_duration: RingDuration::NORMAL_RING,
                line_instance: LineInstance(u32::from(call != 0)),
                call_reference: CallReference(call),
            },
        );
    }

    fn info(&mut self, id: usize, call: u32, kind: CallType, calling: &str, called: &str) {
        self.tell(
            id,
            &CallInfo {
                calling_party: FixedText::new(calling.as_bytes()),
                called_party: FixedText::new(called.as_bytes()),
                line_instance: LineInstance(1),
                call_reference: CallReference(call),
                call_type: kind,
                call_instance: 1,
                ..Default::default()
            },
        );
    }
}
