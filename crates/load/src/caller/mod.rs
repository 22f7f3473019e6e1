//! A phone that is cheap enough to have thousands of: it registers like a 7960 (or, from version 17 on,
//! like a 7941), knows one call, and tells what it hears. No screen, no lamps, no sound.
//!
//! Without I/O: frames in, bytes and [`Heard`] out. When to lift the handset is [`crate::pair`]'s business.

mod speak;

use std::net::{IpAddr, SocketAddr};

use skinny::codes as c;
use skinny::message::Message;
use skinny::types::{CallReference, LineInstance};
use skinny::{Frame, Packet};

pub use speak::MODERN;

/// Longest number that is dialled.
const NUMBER_MAX: usize = 24;

/// What came in means this for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing that the call waits for.
    Nothing,
    /// The server accepted the registration.
    Accepted,
    /// The last answer of the registration came.
    Registered,
    /// The server refused the registration.
    Refused,
    /// The dial tone.
    DialTone,
    /// The tone that means no, by its number: busy, reorder.
    WrongTone(u32),
    /// It rings.
    Ring,
    /// Order to send sound.
    MediaStarted,
    /// Order to send no longer.
    MediaStopped,
    /// The call is up.
    Connected,
    /// The call is on hold.
    Held,
    /// The call is parked, under a number of so many digits.
    Parked(u8),
    /// The call is over.
    OnHook,
    /// The server wants the phone to go.
    Reset,
}

/// A question of the registration, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What are the buttons?
    Buttons,
    /// What are the softkeys?
    SoftKeys,
    /// Which belong to which state?
    SoftKeySets,
    /// How many lines?
    Config,
    /// Which number?
    Line,
    /// Is it forwarded?
    Forward,
    /// What time is it? Its answer ends the registration.
    Time,
}

impl Step {
    fn next(self) -> Option<Step> {
        Some(match self {
            Step::Buttons => Step::SoftKeys,
            Step::SoftKeys => Step::SoftKeySets,
            Step::SoftKeySets => Step::Config,
            Step::Config => Step::Line,
            Step::Line => Step::Forward,
            Step::Forward => Step::Time,
            Step::Time => return None,
        })
    }

    fn is_answered_by(self, message: &Message<'_>) -> bool {
        match self {
            Step::Buttons => matches!(message, Message::ButtonTemplateRes(_)),
            Step::SoftKeys => matches!(message, Message::SoftKeyTemplateRes(_)),
            Step::SoftKeySets => matches!(message, Message::SoftKeySetRes(_)),
            Step::Config => matches!(message, Message::ConfigStatRes(_) | Message::ConfigStatV2Res(_)),
            Step::Line => matches!(message, Message::LineStatRes(_) | Message::LineStatV2Res(_)),
            Step::Forward => matches!(message, Message::ForwardStatRes(_)),
            Step::Time => matches!(message, Message::TimeDateRes(_)),
        }
    }

    /// What a caller that got no answer says it waited for.
    pub fn wanted(self) -> &'static str {
        match self {
            Step::Buttons => "ButtonTemplateRes",
            Step::SoftKeys => "SoftKeyTemplateRes",
            Step::SoftKeySets => "SoftKeySetRes",
            Step::Config => "ConfigStatRes",
            Step::Line => "LineStatRes",
            Step::Forward => "ForwardStatRes",
            Step::Time => "TimeDateRes",
        }
    }
}

/// How far a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not connected, or connected and silent.
    Out,
    /// RegisterReq is sent.
    Registering,
    /// A question of the registration waits for its answer.
    Asking(Step),
    /// In service.
    Registered,
    /// Out of service for good.
    Lost,
}

/// A directory number.
#[derive(Debug, Clone, Copy, Default)]
pub struct Number {
    bytes: [u8; NUMBER_MAX],
    len: u8,
}

impl Number {
    /// A number from its text; what is too long is cut.
    pub fn new(text: &[u8]) -> Number {
        let mut number = Number::default();
        let len = text.len().min(NUMBER_MAX);
        number.bytes[..len].copy_from_slice(&text[..len]);
        number.len = len as u8;
        number
    }

    /// Its digits.
    pub fn digits(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The phone.
#[derive(Debug, Clone)]
pub struct Caller {
    index: u32,
    first_mac: u64,
    version: u8,
    address: IpAddr,
    sound_port: Option<u16>,
    stage: Stage,
    number: Number,
    line: LineInstance,
    call: CallReference,
    keepalive_secs: u32,
    /// The order about sound that came last and was not taken yet.
    stream: Option<Stream>,
    /// What was counted of the call's sound, where it has any.
    counted: Option<Counted>,
    /// It pressed Park: the next text may tell a number.
    awaits_slot: bool,
    /// Where it parked a call.
    slot: Number,
}

/// What was counted of a call's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Packets sent.
    pub sent: u32,
    /// Their payload bytes.
    pub sent_bytes: u32,
    /// Packets received.
    pub received: u32,
    /// Their payload bytes.
    pub received_bytes: u32,
    /// Packets that did not come.
    pub lost: u32,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: u32,
}

/// An order about sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Receive.
    Receive,
    /// Send.
    Send {
        /// Where to.
        remote: SocketAddr,
        /// SCCP's number.
        codec: c::MediaPayloadType,
        /// Milliseconds of sound in a packet.
        packet_ms: u32,
    },
    /// Receive no longer.
    StopReceive,
    /// Send no longer.
    StopSend,
}

impl Caller {
    /// The phone with this number among all, whose names begin at `first_mac`.
    pub fn new(index: u32, first_mac: u64, version: u8, address: IpAddr) -> Caller {
        Caller {
            index,
            first_mac,
            version,
            address,
            sound_port: None,
            stage: Stage::Out,
            number: Number::default(),
            line: LineInstance(0),
            call: CallReference(0),
            keepalive_secs: 30,
            stream: None,
            counted: None,
            awaits_slot: false,
            slot: Number::default(),
        }
    }

    /// Its device name.
    pub fn name(&self) -> String {
        device_name(self.first_mac, self.index)
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The number that the server gave it.
    pub fn number(&self) -> Number {
        self.number
    }

    /// The number under which it parked a call.
    pub fn slot(&self) -> Number {
        self.slot
    }

    /// Whether it has a call.
    pub fn has_call(&self) -> bool {
        self.call.0 != 0
    }

    /// Seconds between keepalives, as the server wishes.
    pub fn keepalive_secs(&self) -> u32 {
        self.keepalive_secs
    }

    /// Where it is, as the connection says.
    pub fn set_address(&mut self, address: IpAddr) {
        self.address = address.to_canonical();
    }

    /// The port at which it receives sound; nothing: it only says one.
    pub fn set_sound_port(&mut self, port: Option<u16>) {
        self.sound_port = port;
    }

    /// What was counted of the call's sound, for the server's question about it.
    pub fn set_counted(&mut self, counted: Counted) {
        self.counted = Some(counted);
    }

    /// The order about sound that came with the last frame.
    pub fn take_stream(&mut self) -> Option<Stream> {
        self.stream.take()
    }

    /// The connection is up: it registers.
    pub fn register(&mut self, out: &mut Vec<u8>) {
        self.stage = Stage::Registering;
        self.say_register(out);
    }

    /// The connection is gone.
    pub fn lose(&mut self) {
        self.stage = Stage::Lost;
        self.forget_call();
    }

    /// Forgets a call that went wrong.
    pub fn forget_call(&mut self) {
        self.line = LineInstance(0);
        self.call = CallReference(0);
    }

    /// Takes a frame; answers that need no thought go to `out`.
    pub fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<u8>) -> Heard {
        let message = Packet::decode(frame, self.version).message;
        if let Stage::Asking(step) = self.stage
            && step.is_answered_by(&message)
        {
            return self.answered(step, &message, out);
        }
        match message {
            Message::RegisterAck(ack) if self.stage == Stage::Registering => {
                self.keepalive_secs = ack.keep_alive_interval.max(1);
                self.stage = Stage::Asking(Step::Buttons);
                self.say_step(out, Step::Buttons);
                Heard::Accepted
            }
            Message::RegisterReject(_) => Heard::Refused,
            Message::Reset(_) => Heard::Reset,
            Message::CapabilitiesReq(_) => {
                self.say_capabilities(out);
                Heard::Nothing
            }
            message => self.hear(&message, out),
        }
    }

    fn answered(&mut self, step: Step, message: &Message<'_>, out: &mut Vec<u8>) -> Heard {
        match message {
            Message::LineStatRes(line) => self.number = Number::new(line.line_dir_number.text()),
            Message::LineStatV2Res(line) => self.number = Number::new(line.line_dir_number.text()),
            _ => {}
        }
        match step.next() {
            Some(next) => {
                self.stage = Stage::Asking(next);
                self.say_step(out, next);
                Heard::Nothing
            }
            None => {
                self.stage = Stage::Registered;
                Heard::Registered
            }
        }
    }

    /// What belongs to calls.
    fn hear(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Heard {
        match message {
            Message::CallState(state) => self.call_state(state),
            Message::StartTone(tone) => match tone.tone {
                c::DeviceTone::INSIDE_DIAL_TONE => Heard::DialTone,
                c::DeviceTone::LINE_BUSY_TONE
                | c::DeviceTone::REORDER_TONE
                | c::DeviceTone::NO_SUCH_NUMBER_TONE => Heard::WrongTone(tone.tone.0),
                _ => Heard::Nothing,
            },
            Message::SetRinger(ringer) if ringer.ring_mode.0 > c::RingMode::RING_OFF.0 => Heard::Ring,
            Message::OpenReceiveChannel(order) => {
                self.stream = Some(Stream::Receive);
                self.say_open_ack(out, order);
                Heard::Nothing
            }
            Message::CloseReceiveChannel(_) => {
                self.stream = Some(Stream::StopReceive);
                Heard::Nothing
            }
            Message::StopMediaTransmission(_) => {
                self.stream = Some(Stream::StopSend);
                Heard::MediaStopped
            }
            Message::StartMediaTransmission(order) => {
                self.stream = Some(Stream::Send {
                    remote: SocketAddr::new(order.remote_ip_addr.ip(), order.remote_port_number.0 as u16),
                    codec: order.compression_type,
                    packet_ms: order.milli_second_packet_size.0,
                });
                if self.is_modern() {
                    self.say_start_ack(out, order);
                }
                Heard::MediaStarted
            }
            Message::DisplayPriNotify(told) if self.awaits_slot => self.parked(told.notify.text()),
            Message::DisplayPriNotifyV2(told) if self.awaits_slot => self.parked(told.notify.text()),
            Message::ConnectionStatisticsReq(order) => {
                self.say_statistics(out, order);
                Heard::Nothing
            }
            _ => Heard::Nothing,
        }
    }

    /// The number at the end of a text.
    fn parked(&mut self, text: &[u8]) -> Heard {
        self.awaits_slot = false;
        self.slot = Number::new(number_in(text));
        Heard::Parked(self.slot.digits().len() as u8)
    }

    fn call_state(&mut self, state: &skinny::message::CallState) -> Heard {
        match state.call_state {
            c::DCallState::OFF_HOOK | c::DCallState::RING_IN => {
                self.line = state.line_instance;
                self.call = state.call_reference;
                Heard::Nothing
            }
            c::DCallState::CONNECTED => Heard::Connected,
            c::DCallState::HOLD => Heard::Held,
            c::DCallState::ON_HOOK if state.call_reference == self.call || self.call.0 == 0 => {
                self.forget_call();
                Heard::OnHook
            }
            _ => Heard::Nothing,
        }
    }
}

/// The digits at the end of a text. Words of the phone's own are two bytes, of which the second may look like a digit.
fn number_in(text: &[u8]) -> &[u8] {
    let (mut from, mut at) = (text.len(), 0);
    while at < text.len() {
        match text[at] {
            0x80 | 0x1e => {
                at += 2;
                from = text.len();
                continue;
            }
            b'0'..=b'9' => from = from.min(at),
            _ => from = text.len(),
        }
        at += 1;
    }
    &text[from..]
}

/// The name of a caller. Locally administered addresses, so that no real phone has it.
pub fn device_name(first_mac: u64, index: u32) -> String {
    format!("SEP{:012X}", first_mac.wrapping_add(u64::from(index)) & 0xffff_ffff_ffff)
}
