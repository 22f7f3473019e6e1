//! A virtual phone: what it is, what it says, and what is on at it.

use std::collections::{BTreeMap, BTreeSet};

use exchange::input::SessionId;
use exchange::output::CloseReason;
use exchange::plan::Button;
use skinny::codes as c;
use skinny::message::structs::DeviceIdentifier;
use skinny::message::{self as m, Message};
use skinny::packet::Packet;
use skinny::table::Table;
use skinny::types::*;

use super::{World, device_name};

/// What kind of phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Version 3: short forms, header 0, no call references.
    Old,
    /// A 7960: version 11, header 0, static forms.
    Classic,
    /// A 7965: dynamic forms, media acknowledgements, its version in the header.
    Modern(u8),
    /// An ATA 186: claims version 33.
    Ata,
    /// Hardware of a type, as it registers in the capture ndpi-sccp_hw_conf_register.
    Resource(c::DeviceType),
}

/// A call as a phone knows it.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    pub state: u32,
    pub was_connected: bool,
    /// Once a call was another phone's, it goes to no list.
    pub is_unlisted: bool,
    pub tone: Option<c::DeviceTone>,
    pub receiving: Option<u32>,
    pub sending: Option<(u32, std::net::SocketAddr)>,
}

/// Where a call went in the phone's lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    Placed(String),
    Received(String),
    Missed(String),
}

/// A virtual phone.
#[derive(Debug, Clone)]
pub struct Phone {
    pub name: &'static str,
    pub generation: Generation,
    pub session: SessionId,
    pub ip: [u8; 4],
    pub version: u8,
    pub registered: bool,
    pub closed: Option<CloseReason>,
    pub codecs: Vec<(u32, u32)>,
    pub calls: BTreeMap<u32, Shown>,
    pub lamps: BTreeMap<u32, c::LampMode>,
    /// The softkeys that it shows last: the set, and which of them work.
    pub softkeys: Option<(c::SoftKeySet, c::SoftKeyMask)>,
    /// Busy lamps and feature buttons: by instance, as FeatureStat or the lamp says.
    pub lights: BTreeMap<u32, &'static str>,
    /// Message lamp (0) and icons of lines.
    pub messages: BTreeMap<u32, bool>,
    pub ringing: BTreeSet<u32>,
    pub speaker: bool,
    pub keepalive_secs: u32,
    pub list: Vec<Listed>,
    inbound: BTreeMap<u32, (u32, String)>,
    next_port: u16,
    to_acknowledge: Vec<m::OpenReceiveChannel>,
    /// The group that it listens to.
    group: Option<(PassThroughPartyId, CallReference)>,
    to_confirm: Vec<m::StartMediaTransmission>,
    to_count: Vec<(String, u32)>,
    /// Copies that it sends: by stream, the direction and where to.
    pub copies: BTreeMap<u32, (u32, std::net::SocketAddr)>,
    /// Whether it can't send any.
    pub refuses_copies: bool,
    /// Conference ids that its streams have.
    pub sessions: BTreeSet<u32>,
    /// Conferences and participants that it was told of and has not answered.
    pub conferences: Vec<(ConferenceId, Option<CallReference>)>,
}

/// Streams of hardware.
const RESOURCE_STREAMS: u32 = 8;

impl Phone {
    pub fn new(name: &'static str, generation: Generation, session: SessionId, ip: [u8; 4]) -> Self {
        Phone {
            name,
            generation,
            session,
            ip,
            version: 0,
            registered: false,
            closed: None,
            codecs: vec![(4, 40), (2, 40), (11, 60), (12, 60), (257, 1)],
            calls: BTreeMap::new(),
            lamps: BTreeMap::new(),
            softkeys: None,
            lights: BTreeMap::new(),
            messages: BTreeMap::new(),
            ringing: BTreeSet::new(),
            speaker: false,
            keepalive_secs: 0,
            list: Vec::new(),
            inbound: BTreeMap::new(),
            next_port: 20_000,
            to_acknowledge: Vec::new(),
            group: None,
            to_confirm: Vec::new(),
            to_count: Vec::new(),
            copies: BTreeMap::new(),
            refuses_copies: false,
            sessions: BTreeSet::new(),
            conferences: Vec::new(),
        }
    }

    /// Nothing is on at it any more.
    pub fn starts_anew(&mut self) {
        self.calls.clear();
        self.copies.clear();
        self.group = None;
        self.lamps.clear();
        self.ringing.clear();
        self.speaker = false;
    }

    /// Whether it is no phone.
    pub fn is_resource(&self) -> bool {
        matches!(self.generation, Generation::Resource(_))
    }

    /// The layout in which it speaks.
    pub fn layout(&self) -> u8 {
        match self.generation {
            Generation::Old | Generation::Ata => 3,
            Generation::Classic => 11,
            Generation::Modern(version) => version,
            Generation::Resource(_) => 18,
        }
    }

    /// The header word of what it says.
    pub fn header(&self) -> u32 {
        match self.generation {
            Generation::Modern(version) if self.registered => u32::from(version),
            Generation::Resource(_) if self.registered => 18,
            _ => 0,
        }
    }

    /// The word of its registration, and its model.
    fn offer(&self) -> (u32, c::DeviceType) {
        match self.generation {
            Generation::Old => (0, c::DeviceType::CISCO_12_SP),
            Generation::Classic => (0x8560_000b, c::DeviceType::CISCO_7960),
            Generation::Modern(version) => (0x8572_0000 | u32::from(version), c::DeviceType::CISCO_7965),
            Generation::Ata => (33, c::DeviceType::CISCO_ATA_186),
            Generation::Resource(device_type) => (0x0001_0212, device_type),
        }
    }

    /// Takes note of what it is told.
    pub fn hears(&mut self, packet: &Packet<'_>) {
        self.check_form(packet);
        match &packet.message {
            Message::RegisterAck(ack) => {
                self.version = ack.max_protocol_ver;
                self.keepalive_secs = ack.keep_alive_interval;
                self.registered = true;
            }
            Message::SelectSoftKeys(keys) => {
                self.softkeys = Some((keys.soft_key_set_index, keys.valid_key_mask));
            }
            Message::SetLamp(lamp) if lamp.stimulus == c::DeviceStimulus::VOICE_MAIL => {
                self.messages.insert(lamp.stimulus_instance, lamp.lamp_mode == c::LampMode::ON);
            }
            Message::SetLamp(lamp) if lamp.stimulus == c::DeviceStimulus::LINE => {
                self.lamps.insert(lamp.stimulus_instance, lamp.lamp_mode);
            }
            Message::SetLamp(lamp) => {
                let light = match lamp.lamp_mode {
                    c::LampMode::ON => "on",
                    c::LampMode::WINK => "quiet",
                    c::LampMode::BLINK => "rings",
                    _ => "off",
                };
                self.lights.insert(lamp.stimulus_instance, light);
            }
            Message::FeatureStatRes(m) => self.hears_light(m.feature_index, m.feature_id, m.feature_status),
            Message::FeatureStatV2Res(m) => self.hears_light(m.feature_index, m.feature_id, m.feature_status),
            Message::SetSpeakerMode(speaker) => self.speaker = speaker.speaker_mode == c::SpeakerMode::ON,
            Message::SetRinger(ringer) => self.hears_ringer(ringer),
            Message::StartTone(tone) => self.call(tone.call_reference).tone = Some(tone.tone),
            Message::StopTone(tone) => self.call(tone.call_reference).tone = None,
            Message::CallState(state) => self.hears_state(state.call_state, state.call_reference.0),
            Message::CallInfo(info) => {
                let caller = Text(info.calling_party.text());
                self.hears_info(info.call_reference.0, info.call_type.0, caller.0);
            }
            Message::CallInfoV2(info) => {
                let texts = info.strings.texts();
                self.hears_info(info.call_reference.0, info.call_type.0, texts.calling_party);
            }
            Message::DialedNumber(number) => {
                self.list.push(Listed::Placed(Text(number.dialed_number.text()).string()));
            }
            Message::CallHistoryInfo(info) if info.call_history_disposition.0 == 0 => {
                self.inbound.remove(&info.call_reference.0);
            }
            Message::OpenReceiveChannel(order) => {
                self.call(order.call_reference).receiving = Some(order.pass_through_party_id.0);
                self.sessions.insert(order.conference_id.0);
                self.to_acknowledge.push(*order);
            }
            Message::StartMulticastMediaReception(order) => {
                assert_eq!(self.group, None, "it listens to a group already");
                self.group = Some((order.pass_through_party_id, order.call_reference));
            }
            Message::StopMulticastMediaReception(order) => {
                let group = self.group.take();
                assert_eq!(group, Some((order.pass_through_party_id, order.call_reference)));
            }
            Message::StartMediaTransmission(order) if order.mixing_mode == 1 => {
                let to = (order.remote_ip_addr.ip(), order.remote_port_number.0 as u16).into();
                self.copies.insert(order.pass_through_party_id.0, (order.party_direction, to));
                self.to_confirm.push(*order);
            }
            Message::StopMediaTransmission(order)
                if self.copies.remove(&order.pass_through_party_id.0).is_some() => {}
            Message::CreateConferenceReq(m) => self.conferences.push((m.conference_id, None)),
            Message::AddParticipantReq(m) => {
                self.conferences.push((m.conference_id, Some(m.call_reference)));
            }
            Message::StartMediaTransmission(order) => {
                let to = (order.remote_ip_addr.ip(), order.remote_port_number.0 as u16).into();
                self.call(order.call_reference).sending = Some((order.pass_through_party_id.0, to));
                self.to_confirm.push(*order);
            }
            Message::CloseReceiveChannel(order) => self.call(order.call_reference).receiving = None,
            Message::StopMediaTransmission(order) => self.call(order.call_reference).sending = None,
            Message::ConnectionStatisticsReq(req) => {
                self.to_count.push((Text(req.directory_number.text()).string(), req.call_reference.0));
            }
            _ => {}
        }
    }

    /// The header word, and forms that the phone's generation knows.
    fn check_form(&self, packet: &Packet<'_>) {
        let plain = matches!(
            packet.message,
            Message::KeepAliveAck(_)
                | Message::RegisterAck(_)
                | Message::RegisterReject(_)
                | Message::RegisterTokenAck(_)
                | Message::RegisterTokenReject(_)
                | Message::SPCPRegisterTokenAck(_)
                | Message::SPCPRegisterTokenReject(_)
                | Message::UnregisterAck(_)
        );
        let expect = if plain || !self.registered || self.version < 15 { 0 } else { u32::from(self.version) };
        assert_eq!(packet.header_version, expect, "header of {:?}", packet.message);
        let id = packet.message.id();
        let dynamic = (0x143..=0x14a).contains(&id);
        assert!(!dynamic || self.version >= 17, "{id:#x} is not for version {}", self.version);
        assert!(id != 0x99 && id != 0x9a, "{id:#x} is for nobody");
    }

    fn call(&mut self, reference: CallReference) -> &mut Shown {
        self.calls.entry(reference.0).or_default()
    }

    fn hears_light(&mut self, index: u32, kind: c::ButtonType, status: u32) {
        let is_lamp = kind == c::ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL;
        let light = match (is_lamp, status) {
            (_, 0) | (true, 1) => "off",
            (false, _) | (true, 2) => "on",
            (true, 3) => "quiet",
            (true, _) => "rings",
        };
        self.lights.insert(index, light);
    }

    fn hears_ringer(&mut self, ringer: &m::SetRinger) {
        let reference = ringer.call_reference.0;
        match (ringer.ring_mode, reference) {
            (c::RingMode::RING_OFF, 0) => self.ringing.clear(),
            (c::RingMode::RING_OFF, _) => {
                self.ringing.remove(&reference);
            }
            _ => {
                self.ringing.insert(reference);
            }
        }
    }

    fn hears_state(&mut self, state: c::DCallState, reference: u32) {
        let call = self.calls.entry(reference).or_default();
        call.state = state.0;
        match state {
            c::DCallState::CONNECTED => {
                let was = std::mem::replace(&mut call.was_connected, true);
                if let (false, Some((1, caller))) = (was, self.inbound.get(&reference)) {
                    self.list.push(Listed::Received(caller.clone()));
                }
            }
            c::DCallState::ON_HOOK => {
                let is_listed = call.was_connected || call.is_unlisted;
                if let (false, Some((1, caller))) = (is_listed, self.inbound.get(&reference)) {
                    self.list.push(Listed::Missed(caller.clone()));
                }
                self.inbound.remove(&reference);
            }
            c::DCallState::CALL_REMOTE_MULTILINE => {
                call.is_unlisted = true;
                self.inbound.remove(&reference);
            }
            _ => {}
        }
    }

    fn hears_info(&mut self, reference: u32, kind: u32, caller: &[u8]) {
        self.inbound.insert(reference, (kind, Text(caller).string()));
    }

    /// Nothing of any call is on.
    #[track_caller]
    pub fn assert_quiet(&self) {
        let name = self.name;
        assert!(self.copies.is_empty(), "{name}: copies {:?}", self.copies);
        for (reference, call) in &self.calls {
            let over = if self.is_resource() { 0 } else { c::DCallState::ON_HOOK.0 };
            assert_eq!(call.state, over, "{name}: state of {reference:#x}");
            assert_eq!(call.tone, None, "{name}: tone of {reference:#x}");
            assert_eq!((call.receiving, call.sending), (None, None), "{name}: stream of {reference:#x}");
        }
        for (line, lamp) in &self.lamps {
            assert_eq!(*lamp, c::LampMode::OFF, "{name}: lamp of line {line}");
        }
        assert_eq!(self.group, None, "{name}: group");
        assert!(self.ringing.is_empty(), "{name}: rings");
        assert!(!self.speaker, "{name}: speaker");
    }
}

/// Bytes of a text.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn string(&self) -> String {
        String::from_utf8_lossy(self.0).into_owned()
    }
}

impl World {
    /// A phone registers, as its generation does.
    pub fn register(&mut self, name: &'static str, generation: Generation) {
        self.connect(name, generation);
        self.register_connected(name);
        self.ask_everything(name);
    }

    /// RegisterReq on the connection that it has, and its capabilities.
    pub fn register_connected(&mut self, name: &'static str) {
        let device = device_name(name);
        self.register_as(name, &device);
        if !self.phones[name].registered {
            return;
        }
        let codecs = self.phones[name].codecs.clone();
        self.announce_codecs(name, &codecs);
    }

    pub fn register_as(&mut self, name: &'static str, device: &str) {
        let phone = &self.phones[name];
        let (word, model) = phone.offer();
        let [version, unknown, low, high] = word.to_le_bytes();
        let register = m::RegisterReq {
            sid: DeviceIdentifier {
                device_name: FixedText::new(device.as_bytes()),
                reserved_for_future_use: 0,
                instance: 1,
            },
            station_ip_addr: Ipv4(phone.ip.into()),
            device_type: model,
            protocol_ver: version,
            unknown,
            phone_features: HalfFlags(c::PhoneFeatures(u32::from(u16::from_le_bytes([low, high])))),
            max_streams: if phone.is_resource() { RESOURCE_STREAMS } else { 0 },
            ..Default::default()
        };
        let body_max = match phone.generation {
            Generation::Old => 40,
            Generation::Classic | Generation::Ata => 68,
            Generation::Modern(_) => 172,
            Generation::Resource(_) => 128,
        };
        self.say_cut(name, &register, body_max);
    }

    pub fn announce_codecs(&mut self, name: &'static str, codecs: &[(u32, u32)]) {
        let capability = |(code, ms): &(u32, u32)| m::capability::Capability {
            payload_capability: c::MediaPayloadType(*code),
            max_frames_per_packet: *ms,
            payloads: Default::default(),
        };
        let capabilities: Vec<_> = codecs.iter().map(capability).collect();
        let count = Count(capabilities.len() as u32);
        if matches!(self.phones[name].generation, Generation::Modern(_)) {
            let audiocaps = Table::of(&capabilities);
            self.say(
                name,
                &m::UpdateCapabilities { audio_cap_count: count, audiocaps, ..Default::default() },
            );
        } else {
            self.say(name, &m::CapabilitiesRes { cap_count: count, caps: Table::of(&capabilities) });
        }
    }

    /// What a phone asks when it registers, in the usual order.
    pub fn ask_everything(&mut self, name: &'static str) {
        if !self.phones[name].registered || self.phones[name].is_resource() {
            return;
        }
        let old = self.phones[name].generation == Generation::Old;
        self.say_cut(name, &m::ButtonTemplateReq::default(), 0);
        if !old {
            self.say(name, &m::SoftKeyTemplateReq {});
            self.say(name, &m::SoftKeySetReq {});
        }
        self.say(name, &m::ConfigStatReq {});
        self.say(name, &m::LineStatReq { line_number: LineInstance(1) });
        self.say(name, &m::ForwardStatReq { line_number: LineInstance(1) });
        self.say(name, &m::SpeedDialStatReq { speed_dial_number: 1 });
        if !old {
            self.ask_lights(name);
        }
        self.say(name, &m::TimeDateReq {});
    }

    /// What a phone asks about its feature buttons and busy lamps.
    fn ask_lights(&mut self, name: &'static str) {
        let Some(device) = self.plan.devices.get(&device_name(name)) else { return };
        let (mut dials, mut features, mut asked) = (0, 0, Vec::new());
        for button in &device.buttons {
            match button {
                Button::SpeedDial { .. } | Button::Intercom { .. } => dials += 1,
                Button::BusyLamp { .. } => {
                    dials += 1;
                    asked.push(dials);
                }
                Button::Feature { .. } => features += 1,
                _ => {}
            }
        }
        asked.extend((1..=features).map(|place| dials + place));
        for feature_index in asked {
            self.say(name, &m::FeatureStatReq { feature_index, feature_capabilities: 1 });
        }
    }

    /// Lengths of the bodies of an old phone's keys: no line, no call.
    fn key_len(&self, name: &str, full: usize, old: usize) -> usize {
        if self.phones[name].generation == Generation::Old { old } else { full }
    }

    pub fn off_hook(&mut self, name: &'static str) {
        let len = self.key_len(name, 8, 0);
        self.say_cut(name, &m::OffHook::default(), len);
    }

    /// Off hook as newer phones answer: with line and call.
    pub fn off_hook_for(&mut self, name: &'static str, reference: u32) {
        let off_hook =
            m::OffHook { line_instance: LineInstance(1), call_reference: CallReference(reference) };
        self.say(name, &off_hook);
    }

    pub fn on_hook(&mut self, name: &'static str) {
        let len = self.key_len(name, 8, 0);
        self.say_cut(name, &m::OnHook::default(), len);
    }

    pub fn press(&mut self, name: &'static str, digits: &str) {
        let len = self.key_len(name, 12, 4);
        for digit in digits.chars() {
            let key = match digit {
                '*' => c::KeypadKey::STAR,
                '#' => c::KeypadKey::POUND,
                digit => c::KeypadKey(digit.to_digit(10).expect("a digit")),
            };
            self.say_cut(name, &m::KeypadButton { kp_button: key, ..Default::default() }, len);
        }
    }

    pub fn softkey(&mut self, name: &'static str, event: c::SoftKeyEvent) {
        self.softkey_for(name, event, 0);
    }

    pub fn softkey_for(&mut self, name: &'static str, event: c::SoftKeyEvent, reference: u32) {
        let line_instance = LineInstance(u32::from(reference != 0));
        let call_reference = CallReference(reference);
        self.say(name, &m::SoftKeyEvent { soft_key_event: event, line_instance, call_reference });
    }

    pub fn button(&mut self, name: &'static str, stimulus: c::DeviceStimulus, instance: u32) {
        let len = self.key_len(name, 12, 8);
        let line_instance = LineInstance(instance);
        self.say_cut(name, &m::Stimulus { stimulus, line_instance, ..Default::default() }, len);
    }

    pub fn en_bloc(&mut self, name: &'static str, number: &str) {
        let called_party = Number::new(number.as_bytes());
        self.say(name, &m::EnblocCall { called_party, line_instance: EnblocLine::default() });
    }

    /// The only call of a phone that is in a state.
    #[track_caller]
    pub fn reference(&self, name: &str, state: c::DCallState) -> u32 {
        let calls = self.phones[name].calls.iter();
        let found: Vec<u32> = calls.filter(|(_, call)| call.state == state.0).map(|(r, _)| *r).collect();
        assert_eq!(found.len(), 1, "{name} has one call in state {state}");
        found[0]
    }

    /// A phone says where it receives, for each stream it was asked to open.
    pub fn acknowledge(&mut self, name: &'static str) {
        self.acknowledge_with(name, c::MediaStatus::OK);
    }

    pub fn acknowledge_with(&mut self, name: &'static str, status: c::MediaStatus) {
        let orders = std::mem::take(&mut self.phone(name).to_acknowledge);
        for order in orders {
            let phone = self.phone(name);
            phone.next_port += 2;
            let ok = status == c::MediaStatus::OK;
            let ack = m::OpenReceiveChannelAck {
                media_reception_status: status,
                ip_addr: Address::new(std::net::Ipv4Addr::from(phone.ip).into()),
                port_number: Port(if ok { u32::from(phone.next_port) } else { 0 }),
                pass_through_party_id: order.pass_through_party_id,
                call_reference: order.call_reference,
            };
            let typed = matches!(phone.generation, Generation::Modern(_) | Generation::Resource(_));
            let len = if typed { 64 } else { 16 };
            self.say_cut(name, &ack, len);
        }
    }

    /// A phone says that it can't listen to the group that it was told.
    pub fn refuse_group(&mut self, name: &'static str) {
        let (pass_through_party_id, call_reference) = self.phone(name).group.expect("it was told one");
        let multicast_reception_status = c::MulticastMediaReceptionStatus::ERROR;
        let ack = m::MulticastMediaReceptionAck {
            multicast_reception_status,
            pass_through_party_id,
            call_reference,
        };
        self.say(name, &ack);
    }

    /// A newer phone confirms that it sends.
    pub fn confirm(&mut self, name: &'static str) {
        let orders = std::mem::take(&mut self.phone(name).to_confirm);
        if !matches!(self.phones[name].generation, Generation::Modern(_) | Generation::Resource(_)) {
            return;
        }
        for order in orders {
            let phone = &self.phones[name];
            let is_copy = order.mixing_mode == 1;
            let refused = is_copy && phone.refuses_copies;
            let ack = m::StartMediaTransmissionAck {
                conference_id: order.conference_id,
                pass_through_party_id: order.pass_through_party_id,
                call_reference: order.call_reference,
                transmit_ip_addr: Address::new(std::net::Ipv4Addr::from(phone.ip).into()),
                port_number: Port(u32::from(phone.next_port)),
                media_transmission_status: if refused {
                    c::MediaStatus::OUT_OF_SOCKETS
                } else {
                    c::MediaStatus::OK
                },
                ..Default::default()
            };
            self.say(name, &ack);
        }
    }

    /// A phone reports its counters, for each call it was asked about.
    pub fn count(&mut self, name: &'static str) {
        for (number, reference) in std::mem::take(&mut self.phone(name).to_count) {
            let text = b"MLQK=4.5000;MLQKav=4.4;ICR=0.0000\0leftover";
            let counters = m::ConnectionStatisticsRes {
                directory_number: StatisticsNumber::new(number.as_bytes()),
                call_reference: CallReference(reference),
                number_packets_sent: 47,
                number_octets_sent: 8084,
                number_packets_received: 48,
                number_octets_received: 8256,
                number_packets_lost: 1,
                jitter: 2,
                latency: 3,
                data_size: Count(33),
                data: Data::new(text),
                ..Default::default()
            };
            self.say(name, &counters);
        }
    }

    /// Both phones of a call open their streams.
    pub fn media(&mut self, one: &'static str, other: &'static str) {
        self.acknowledge(one);
        self.acknowledge(other);
        self.confirm(one);
        self.confirm(other);
    }

    /// A call from one phone to the other, answered, with audio.
    pub fn talk(&mut self, from: &'static str, number: &str, to: &'static str) {
        self.off_hook(from);
        self.press(from, number);
        self.off_hook(to);
        self.media(from, to);
    }

    pub fn phone(&mut self, name: &str) -> &mut Phone {
        self.phones.get_mut(name).expect("a phone of that name")
    }
}
