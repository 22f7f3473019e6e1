//! What a caller says: each message put together behind what `out` holds.

use std::net::{IpAddr, Ipv4Addr};

use skinny::codes as c;
use skinny::message::SoftKeyEvent as SoftKeyPressed;
use skinny::message::capability::Capability;
use skinny::message::structs::DeviceIdentifier;
use skinny::message::{
    Alarm, Body, ButtonTemplateReq, CapabilitiesRes, ConfigStatReq, ConnectionStatisticsReq,
    ConnectionStatisticsRes, ForwardStatReq, IpPort, KeepAliveReq, KeypadButton, LineStatReq, MediaPathEvent,
    Numbered, OffHook, OnHook, OpenReceiveChannel, OpenReceiveChannelAck, RegisterAvailableLines,
    RegisterReq, SoftKeySetReq, SoftKeyTemplateReq, StartMediaTransmission, StartMediaTransmissionAck,
    TimeDateReq, UpdateCapabilities,
};
use skinny::packet::compose;
use skinny::table::Table;
use skinny::types::{
    Address, Count, Data, FixedText, HalfFlags, Ipv4, LineInstance, MacAddress, Port, StatisticsNumber,
};

use super::{Caller, Counted, Step};

/// From this version on phones announce audio paths, acknowledge StartMediaTransmission and send their
/// version in the header.
pub const MODERN: u8 = 17;

/// The line that callers use.
const LINE: LineInstance = LineInstance(1);

/// Words at offset 40 of a 7960's and a 7941's registration, less the version.
const CLASSIC_FEATURES: u16 = 0x8560;
const MODERN_FEATURES: u16 = 0x8572;

/// Room that nearly every message of a caller finds enough; UpdateCapabilities takes more.
const ROOM: usize = 512;

/// Codecs with the milliseconds of audio that fit in a packet.
const CODECS: [(c::MediaPayloadType, u32); 4] = [
    (c::MediaPayloadType::G711_ULAW64K, 40),
    (c::MediaPayloadType::G711_ALAW64K, 40),
    (c::MediaPayloadType::G722_64K, 40),
    (c::MediaPayloadType::G729_ANNEX_A, 60),
];

/// The counters of a call without sound.
const MADE_UP: Counted =
    Counted { sent: 10, sent_bytes: 1_720, received: 10, received_bytes: 1_720, lost: 0, jitter_ms: 1 };

fn put<'a, M: Body<'a> + Numbered>(out: &mut Vec<u8>, message: &M, version: u8, header: u32) {
    let start = out.len();
    out.resize(start + ROOM, 0);
    let len = compose(message, version, header, &mut out[start..]).or_else(|full| {
        out.resize(start + full.needed, 0);
        compose(message, version, header, &mut out[start..])
    });
    out.truncate(start + len.unwrap_or(0));
}

impl Caller {
    pub(super) fn is_modern(&self) -> bool {
        self.version >= MODERN
    }

    fn say<'a, M: Body<'a> + Numbered>(&self, out: &mut Vec<u8>, message: &M) {
        let header = if self.is_modern() { u32::from(self.version) } else { 0 };
        put(out, message, self.version, header);
    }

    /// Before the version is agreed on, headers carry 0.
    fn say_first<'a, M: Body<'a> + Numbered>(&self, out: &mut Vec<u8>, message: &M) {
        put(out, message, self.version, 0);
    }

    /// The first words on a connection.
    pub(super) fn say_register(&self, out: &mut Vec<u8>) {
        let name = self.name();
        let load = if self.is_modern() { "SCCP41.8-5-3S" } else { "P00308010200" };
        let text = format!("25: Name={name} Load={load} Last=Initialized");
        self.say_first(
            out,
            &Alarm {
                alarm_severity: c::DeviceAlarmSeverity::INFORMATIONAL,
                text: FixedText::new(text.as_bytes()),
                parm1: 0,
                parm2: u32::from_le_bytes(self.ipv4().octets()),
            },
        );
        let (device_type, features, max_streams) = if self.is_modern() {
            (c::DeviceType::CISCO_7941, MODERN_FEATURES, 5)
        } else {
            (c::DeviceType::CISCO_7960, CLASSIC_FEATURES, 0)
        };
        let register = RegisterReq {
            sid: DeviceIdentifier {
                device_name: FixedText::new(name.as_bytes()),
                reserved_for_future_use: 0,
                instance: 1,
            },
            station_ip_addr: Ipv4(self.ipv4()),
            device_type,
            max_streams,
            active_streams: 0,
            protocol_ver: self.version,
            unknown: 0,
            phone_features: HalfFlags(c::PhoneFeatures(u32::from(features))),
            max_conferences: 0,
            active_conferences: 0,
            mac_address: MacAddress::default(),
            ipv4_address_scope: 0,
            max_number_of_lines: 2,
            station_ipv6_addr: Default::default(),
            ipv6_address_scope: 0,
            firmware_load_name: FixedText::new(load.as_bytes()),
            config_version_stamp: FixedText::new(b""),
        };
        self.say_first(out, &register);
        if !self.is_modern() {
            self.say_first(out, &IpPort { rtp_media_port: self.rtp_port() });
        }
    }

    /// The question of a step of the registration.
    pub(super) fn say_step(&self, out: &mut Vec<u8>, step: Step) {
        match step {
            Step::Buttons => self.say(out, &ButtonTemplateReq::default()),
            Step::SoftKeys => self.say(out, &SoftKeyTemplateReq {}),
            Step::SoftKeySets => self.say(out, &SoftKeySetReq {}),
            Step::Config => self.say(out, &ConfigStatReq {}),
            Step::Line => self.say(out, &LineStatReq { line_number: LINE }),
            Step::Forward => self.say(out, &ForwardStatReq { line_number: LINE }),
            Step::Time => {
                self.say(out, &RegisterAvailableLines { max_num_of_avail_lines: 2 });
                self.say(out, &TimeDateReq {});
            }
        }
    }

    pub(super) fn say_capabilities(&self, out: &mut Vec<u8>) {
        let codecs = CODECS.map(|(payload_capability, max_frames_per_packet)| Capability {
            payload_capability,
            max_frames_per_packet,
            ..Capability::default()
        });
        let count = Count(CODECS.len() as u32);
        if self.is_modern() {
            let audiocaps = Table::of(&codecs);
            self.say(out, &UpdateCapabilities { audio_cap_count: count, audiocaps, ..Default::default() });
        } else {
            self.say(out, &CapabilitiesRes { cap_count: count, caps: Table::of(&codecs) });
        }
    }

    /// The phone is alive.
    pub fn say_keepalive(&self, out: &mut Vec<u8>) {
        put(out, &KeepAliveReq {}, self.version, 0);
    }

    /// Lifts the handset: to call, or to answer the call that rings.
    pub fn say_off_hook(&self, out: &mut Vec<u8>) {
        self.say_path(out, c::MediaPathEvent::ON);
        self.say(out, &OffHook { line_instance: self.line, call_reference: self.call });
    }

    /// Puts the handset down.
    pub fn say_on_hook(&self, out: &mut Vec<u8>) {
        self.say_path(out, c::MediaPathEvent::OFF);
        self.say(out, &OnHook { line_instance: self.line, call_reference: self.call });
    }

    fn say_path(&self, out: &mut Vec<u8>, media_path_event: c::MediaPathEvent) {
        if self.is_modern() {
            let media_path_id = c::MediaPathId::HANDSET;
            self.say(out, &MediaPathEvent { media_path_id, media_path_event });
        }
    }

    /// Presses a softkey of the call.
    pub fn say_softkey(&self, out: &mut Vec<u8>, soft_key_event: c::SoftKeyEvent) {
        let (line_instance, call_reference) = (self.line, self.call);
        self.say(out, &SoftKeyPressed { soft_key_event, line_instance, call_reference });
    }

    /// Presses Park; then a text tells where the call is.
    pub fn say_park(&mut self, out: &mut Vec<u8>) {
        self.awaits_slot = true;
        self.say_softkey(out, c::SoftKeyEvent::PARK);
    }

    /// Presses a key of the dial pad.
    pub fn say_key(&self, out: &mut Vec<u8>, key: u8) {
        let key = match key {
            b'0'..=b'9' => u32::from(key - b'0'),
            b'*' => c::KeypadKey::STAR.0,
            _ => c::KeypadKey::POUND.0,
        };
        self.say(
            out,
            &KeypadButton {
                kp_button: c::KeypadKey(key),
                line_instance: self.line,
                call_reference: self.call,
            },
        );
    }

    pub(super) fn say_open_ack(&self, out: &mut Vec<u8>, order: &OpenReceiveChannel) {
        let ack = OpenReceiveChannelAck {
            media_reception_status: c::MediaStatus::OK,
            ip_addr: Address::new(IpAddr::V4(self.ipv4())),
            port_number: self.rtp_port(),
            pass_through_party_id: order.pass_through_party_id,
            call_reference: order.call_reference,
        };
        self.say(out, &ack);
    }

    pub(super) fn say_start_ack(&self, out: &mut Vec<u8>, order: &StartMediaTransmission) {
        let ack = StartMediaTransmissionAck {
            conference_id: order.conference_id,
            pass_through_party_id: order.pass_through_party_id,
            call_reference: order.call_reference,
            transmit_ip_addr: Address::new(IpAddr::V4(self.ipv4())),
            port_number: self.rtp_port(),
            ..Default::default()
        };
        self.say(out, &ack);
    }

    pub(super) fn say_statistics(&self, out: &mut Vec<u8>, order: &ConnectionStatisticsReq<'_>) {
        // Without sound the numbers are made up, so that the message has its usual length.
        let counted = self.counted.unwrap_or(MADE_UP);
        const QUALITY: &[u8] = b"MLQK=4.5000;MLQKav=4.5000;MLQKmn=4.5000;MLQKmx=4.5000;ICR=0.0000;CCR=0.0000";
        let statistics = ConnectionStatisticsRes {
            directory_number: StatisticsNumber::new(order.directory_number.text()),
            call_reference: order.call_reference,
            number_packets_sent: counted.sent,
            number_octets_sent: counted.sent_bytes,
            number_packets_received: counted.received,
            number_octets_received: counted.received_bytes,
            number_packets_lost: counted.lost,
            jitter: counted.jitter_ms,
            data_size: Count(QUALITY.len() as u32),
            data: Data::new(QUALITY),
            ..Default::default()
        };
        self.say(out, &statistics);
    }

    /// The port that it was given, or one that no two callers of one address share, until there are more than ports.
    pub(super) fn rtp_port(&self) -> Port {
        const FIRST: u32 = 16_384;
        const PORTS: u32 = 16_384;
        Port(self.sound_port.map_or(FIRST + self.index * 2 % PORTS, u32::from))
    }

    fn ipv4(&self) -> Ipv4Addr {
        match self.address {
            IpAddr::V4(address) => address,
            IpAddr::V6(_) => Ipv4Addr::LOCALHOST,
        }
    }
}
