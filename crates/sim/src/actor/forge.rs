//! Messages against the rules: valid ones at the wrong time with the wrong call, and none at all.

use phone::Phone;
use skinny::codes::{
    DeviceAlarmSeverity, DeviceStimulus, KeypadKey, MediaPayloadType, MediaStatus, SoftKeyEvent,
    UnRegReasonCode,
};
use skinny::message as m;
use skinny::message::Message;
use skinny::message::capability::Capability;
use skinny::message::structs::DeviceIdentifier;
use skinny::table::Table;
use skinny::types::{
    Address, CallReference, ConferenceId, Count, EnblocLine, FixedText, Ipv4, LineInstance, Number,
    PassThroughPartyId, Port, StatisticsNumber,
};

use crate::decision::Forgery;
use crate::rng::Rng;

/// Where forged acknowledgements say that somebody receives.
fn nowhere() -> Address {
    Address::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 99, 99, 99)))
}

/// Makes a forged message.
#[derive(Debug, Clone, Copy)]
pub struct Forger<'a> {
    /// What.
    pub forgery: &'a Forgery,
    /// The line that it names.
    pub line: u32,
    /// The call that it names.
    pub reference: u32,
    /// The stream that it names.
    pub party: u32,
}

impl Forger<'_> {
    /// Sends it.
    pub fn send(self, phone: &mut Phone, rng: &mut Rng) {
        match self.forgery {
            Forgery::Frame(id, bytes) => {
                let mut frame =
                    skinny::Header { length: u32::from(*bytes) + 4, version: 0, id: *id }.bytes().to_vec();
                frame.extend((0..*bytes).map(|_| rng.next() as u8));
                // A phone without a connection can't send.
                let _ = phone.send_bytes(&frame);
            }
            Forgery::BadLength => {
                let _ = phone.send_bytes(&[0xff; 12]);
            }
            Forgery::Ask(id, index) => {
                let mut frame = skinny::Header { length: 8, version: 0, id: *id }.bytes().to_vec();
                frame.extend(index.to_le_bytes());
                let _ = phone.send_bytes(&frame);
            }
            _ => self.message(phone),
        }
    }

    fn message(self, phone: &mut Phone) {
        let line_instance = LineInstance(self.line);
        let call_reference = CallReference(self.reference);
        let own_name = phone.name().to_owned();
        let message = match self.forgery {
            Forgery::OffHook => Message::OffHook(m::OffHook { line_instance, call_reference }),
            Forgery::OnHook => Message::OnHook(m::OnHook { line_instance, call_reference }),
            Forgery::HookFlash => Message::HookFlash(m::HookFlash { line_instance, call_reference }),
            Forgery::Key(key) => Message::KeypadButton(m::KeypadButton {
                kp_button: KeypadKey(*key),
                line_instance,
                call_reference,
            }),
            Forgery::SoftKey(event) => Message::SoftKeyEvent(m::SoftKeyEvent {
                soft_key_event: SoftKeyEvent(*event),
                line_instance,
                call_reference,
            }),
            Forgery::Stimulus(button) => Message::Stimulus(m::Stimulus {
                stimulus: DeviceStimulus(*button),
                line_instance,
                call_reference,
                stimulus_status: 0,
            }),
            Forgery::Enbloc(number) => Message::EnblocCall(m::EnblocCall {
                called_party: Number::new(number.as_bytes()),
                line_instance: EnblocLine { line: self.line, aligned: self.line.is_multiple_of(2) },
            }),
            Forgery::Register(name) => return register(phone, name),
            Forgery::Token => Message::RegisterTokenReq(m::RegisterTokenReq {
                sid: DeviceIdentifier {
                    device_name: FixedText::new(own_name.as_bytes()),
                    reserved_for_future_use: 0,
                    instance: 1,
                },
                ..Default::default()
            }),
            Forgery::Unregister => {
                Message::UnregisterReq(m::UnregisterReq { un_reg_reason_code: UnRegReasonCode::UNKNOWN })
            }
            Forgery::KeepAlive => Message::KeepAliveReq(m::KeepAliveReq {}),
            Forgery::Alarm => {
                let text = format!("25: Name={own_name} Load=forged Last=Initialized");
                let alarm = m::Alarm {
                    alarm_severity: DeviceAlarmSeverity::INFORMATIONAL,
                    text: FixedText::new(text.as_bytes()),
                    parm1: 0,
                    parm2: 0,
                };
                return sent(phone, &Message::Alarm(alarm));
            }
            Forgery::NoCodecs => Message::CapabilitiesRes(m::CapabilitiesRes::default()),
            Forgery::Codec(codec) => {
                let codecs = [Capability {
                    payload_capability: MediaPayloadType(*codec),
                    max_frames_per_packet: 20,
                    ..Capability::default()
                }];
                let answer = m::CapabilitiesRes { cap_count: Count(1), caps: Table::of(&codecs) };
                return sent(phone, &Message::CapabilitiesRes(answer));
            }
            _ => return self.about_media(phone),
        };
        sent(phone, &message);
    }

    fn about_media(self, phone: &mut Phone) {
        let call_reference = CallReference(self.reference);
        let pass_through_party_id = PassThroughPartyId(self.party);
        let conference_id = ConferenceId(self.reference);
        let message = match self.forgery {
            Forgery::OpenAck(status) => Message::OpenReceiveChannelAck(m::OpenReceiveChannelAck {
                media_reception_status: MediaStatus(*status),
                ip_addr: nowhere(),
                port_number: Port(40_000),
                pass_through_party_id,
                call_reference,
            }),
            Forgery::OldAck => Message::OpenReceiveChannelAck(m::OpenReceiveChannelAck {
                media_reception_status: MediaStatus::OK,
                ip_addr: nowhere(),
                port_number: Port(40_002),
                pass_through_party_id: PassThroughPartyId(self.party.wrapping_sub(1)),
                call_reference,
            }),
            Forgery::SendAck(status) => Message::StartMediaTransmissionAck(m::StartMediaTransmissionAck {
                conference_id,
                pass_through_party_id,
                call_reference,
                transmit_ip_addr: nowhere(),
                port_number: Port(40_000),
                media_transmission_status: MediaStatus(*status),
                extension: Default::default(),
            }),
            Forgery::SendFailed => Message::MediaTransmissionFailure(m::MediaTransmissionFailure {
                conference_id,
                pass_through_party_id,
                remote_ip_addr: nowhere(),
                remote_port_number: Port(40_000),
                call_reference,
            }),
            _ => Message::ConnectionStatisticsRes(m::ConnectionStatisticsRes {
                directory_number: StatisticsNumber::new(b"1001"),
                call_reference,
                number_packets_sent: u32::MAX,
                ..Default::default()
            }),
        };
        sent(phone, &message);
    }
}

/// A tilde in the name stands for an escape character, which a script can't hold; "own" for the phone's name.
fn register(phone: &mut Phone, name: &str) {
    let own = phone.name().to_owned();
    let name = if name == "own" { own } else { name.replace('~', "\u{1b}") };
    let request = m::RegisterReq {
        sid: DeviceIdentifier {
            device_name: FixedText::new(name.as_bytes()),
            reserved_for_future_use: 0,
            instance: 1,
        },
        station_ip_addr: Ipv4::default(),
        device_type: phone.profile().device_type,
        protocol_ver: phone.profile().version,
        ..Default::default()
    };
    sent(phone, &Message::RegisterReq(request));
}

/// A phone without a connection can't send: then nothing happens.
fn sent(phone: &mut Phone, message: &Message<'_>) {
    let _ = phone.send_message(message);
}
