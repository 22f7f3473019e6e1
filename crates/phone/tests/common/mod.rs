//! A phone on the bench: a scripted server on one side, an audio path that says yes on the other.

#![allow(dead_code, reason = "each test file uses its part")]

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use phone::{Act, Audio, AudioAnswer, CloseReason, Config, Input, Output, Phone, Profile, Statistics};
use skinny::Connection;
use skinny::codes::{
    ButtonType, CallPrecedence, CallType, DCallState, DeviceStimulus, DeviceTone, LampMode, MediaPayloadType,
    RingDuration, RingMode, SoftKeyEvent, SoftKeyInfoIndex, SoftKeyMask, SoftKeySet, SoftKeyTemplateIndex,
    SpeakerMode,
};
use skinny::message::call::Precedence;
use skinny::message::structs::DeviceIdentifier;
use skinny::message::template::{
    ButtonDefinition, ButtonTemplate, SoftKeyDefinition, SoftKeySetDefinition, SoftKeySets, SoftKeyTemplate,
};
use skinny::message::*;
use skinny::packet::Packet;
use skinny::table::Table;
use skinny::types::{
    Address, Byte, CallReference, ConferenceId, Count, FixedText, Half, LineInstance, NulText, Number,
    PacketMillis, PassThroughPartyId, Port,
};

/// A message that the phone sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub name: String,
    pub id: u32,
    pub header_version: u32,
    pub body: Vec<u8>,
}

impl Sent {
    pub fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.body[at..at + 4].try_into().expect("four bytes"))
    }
}

/// The bench.
pub struct Bench {
    pub phone: Phone,
    pub now: Duration,
    pub sent: Vec<Sent>,
    pub audio: Vec<Audio>,
    pub connects: Vec<u8>,
    pub standby: Vec<phone::StandbyOrder>,
    pub closes: Vec<CloseReason>,
    /// The version that the server speaks to this phone, and what it puts into headers.
    pub version: u8,
    pub header: u32,
    /// The audio path answers.
    pub hears: bool,
    pub statistics: Statistics,
    /// What the server sent, where that is wanted.
    pub recorded: Option<Vec<Vec<u8>>>,
    tap: Connection,
    next_port: u16,
}

pub fn local() -> SocketAddr {
    "10.0.0.2:50000".parse().expect("an address")
}

pub fn server() -> SocketAddr {
    "10.0.0.1:2000".parse().expect("an address")
}

impl Bench {
    pub fn new(profile: &'static Profile) -> Self {
        Bench::with(Config::new("SEP001122334455", profile))
    }

    pub fn with(config: Config) -> Self {
        let version = config.profile.version;
        let header = if config.profile.header_version { u32::from(version) } else { 0 };
        Bench {
            phone: Phone::new(config),
            now: Duration::from_secs(100),
            sent: Vec::new(),
            audio: Vec::new(),
            connects: Vec::new(),
            standby: Vec::new(),
            closes: Vec::new(),
            version,
            header,
            hears: true,
            statistics: Statistics::default(),
            recorded: None,
            tap: Connection::default(),
            next_port: 16384,
        }
    }

    /// Powered on and connected: the phone has said its first words.
    pub fn power_on(&mut self) {
        self.handle(Input::PowerOn);
        self.connect();
    }

    pub fn connect(&mut self) {
        self.tap = Connection::default();
        let rtp_port = if self.phone.profile().announces_port { 20_000 } else { 0 };
        self.handle(Input::Connected { local: local(), remote: server(), rtp_port });
    }

    pub fn handle(&mut self, input: Input<'_>) {
        self.phone.handle(self.now, input);
        self.drain();
    }

    pub fn act(&mut self, act: Act<'_>) {
        self.phone.act(self.now, act).unwrap_or_else(|refused| panic!("{act:?}: {refused}"));
        self.drain();
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.phone.poll() {
            match output {
                Output::Connect { server } => self.connects.push(server),
                Output::Close(reason) => self.closes.push(reason),
                Output::Audio(order) => self.obey(order),
                Output::Standby(order) => self.standby.push(order),
                Output::Send | Output::Changed(_) => {}
            }
        }
        let bytes = self.phone.pending().to_vec();
        self.phone.wrote(bytes.len());
        let mut frames = self.tap.receive(&bytes);
        while let Some(frame) = frames.next() {
            let frame = frame.expect("the phone sends frames");
            self.sent.push(Sent {
                name: skinny::catalogue::name(frame.header.id).into_owned(),
                id: frame.header.id,
                header_version: frame.header.version,
                body: frame.body.to_vec(),
            });
        }
    }

    fn obey(&mut self, order: Audio) {
        self.audio.push(order);
        if !self.hears {
            return;
        }
        let answer = match order {
            Audio::OpenReceive { stream, port, .. } => {
                self.next_port += 2;
                let port = if port == 0 { self.next_port } else { port };
                AudioAnswer::ReceiveOpened { stream, local: SocketAddr::new(local().ip(), port) }
            }
            Audio::StartSend { stream, .. } => {
                AudioAnswer::SendStarted { stream, local: SocketAddr::new(local().ip(), self.next_port) }
            }
            Audio::Report { call } => {
                AudioAnswer::Statistics { call, statistics: Box::new(self.statistics.clone()) }
            }
            _ => return,
        };
        self.phone.handle(self.now, Input::Audio(answer));
    }

    /// Time passes, and the phone wakes whenever it asked to.
    pub fn sleep(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.phone.next_deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.handle(Input::Tick);
        }
        self.now = end;
    }

    pub fn secs(&mut self, secs: u64) {
        self.sleep(Duration::from_secs(secs));
    }

    /// The server says something.
    pub fn tell<'a, M: Body<'a> + Numbered>(&mut self, message: &M) {
        let mut from = Connection::default();
        from.send(message, self.version, self.header).expect("room");
        let bytes = from.pending().to_vec();
        self.handle(Input::Bytes(&bytes));
        if let Some(recorded) = &mut self.recorded {
            recorded.push(bytes);
        }
    }

    /// The server sends a body as it is.
    pub fn tell_body(&mut self, id: u32, body: &[u8]) {
        let header = skinny::Header { length: body.len() as u32 + 4, version: self.header, id };
        let mut bytes = header.bytes().to_vec();
        bytes.extend(body);
        self.handle(Input::Bytes(&bytes));
    }

    /// The names of what the phone sent since the last call.
    pub fn said(&mut self) -> Vec<String> {
        self.sent.drain(..).map(|sent| sent.name).collect()
    }

    /// What the phone sent since the last call.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// The names of calls' states.
    pub fn states(&self) -> Vec<DCallState> {
        self.phone.calls().iter().map(|call| call.state).collect()
    }

    pub fn softkeys(&self) -> Vec<String> {
        self.phone.softkeys().iter().map(|key| key.name.to_owned()).collect()
    }

    /// Runs a whole registration, answering as the server of this phone's generation does; yields the names of
    /// what the phone sent.
    pub fn register(&mut self) -> Vec<String> {
        self.power_on();
        self.serve()
    }

    /// Answers whatever the phone sent, until it is silent.
    pub fn serve(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while !self.sent.is_empty() {
            for sent in self.take_sent() {
                said.push(sent.name.clone());
                self.answer(&sent);
            }
        }
        said
    }

    fn answer(&mut self, sent: &Sent) {
        let dynamic = self.version >= 17;
        match sent.name.as_str() {
            "RegisterReq" => {
                self.ack_registration();
                self.tell(&CapabilitiesReq {});
            }
            "KeepAliveReq" => self.tell(&KeepAliveAck {}),
            "ButtonTemplateReq" => self.tell(&buttons()),
            "SoftKeyTemplateReq" => {
                self.tell(&SoftKeyTemplateRes { soft_key_template: softkeys(&softkey_rows()) })
            }
            "SoftKeySetReq" => {
                self.tell(&SoftKeySetRes { soft_key_sets: sets(&set_rows()) });
                self.tell(&keys(0, 0, SoftKeySet::ON_HOOK, u32::MAX));
                self.prompt(0, 0, b"\x80\x13");
            }
            "ConfigStatReq" => self.tell(&ConfigStatRes {
                sid: DeviceIdentifier::default(),
                number_of_lines: 2,
                number_of_speed_dials: 1,
                ..ConfigStatRes::default()
            }),
            "LineStatReq" => self.tell_line(sent.word(0), dynamic),
            "ForwardStatReq" => {
                self.tell(&ForwardStatRes { line_number: LineInstance(sent.word(0)), ..Default::default() });
            }
            "SpeedDialStatReq" => self.tell(&SpeedDialStatRes {
                speed_dial_number: sent.word(0),
                speed_dial_dir_number: FixedText::new(b"1002"),
                speed_dial_display_name: FixedText::new(b"Bob"),
            }),
            "FeatureStatReq" => self.tell(&FeatureStatRes {
                feature_index: sent.word(0),
                feature_text_label: FixedText::new(b"Privacy"),
                ..Default::default()
            }),
            "ServiceURLStatReq" => self.tell(&ServiceURLStatRes {
                service_url_index: sent.word(0),
                service_url: FixedText::new(b"http://10.0.0.1/"),
                service_url_display_name: FixedText::new(b"News"),
            }),
            "VersionReq" => self.tell(&VersionRes::default()),
            "TimeDateReq" => self.tell(&TimeDateRes { system_time: 1_700_000_000, ..Default::default() }),
            _ => {}
        }
    }

    pub fn ack_registration(&mut self) {
        let header = std::mem::take(&mut self.header);
        if self.version <= 3 {
            // As CallManager 2.x: twelve bytes.
            self.tell_body(0x81, &[30, 0, 0, 0, b'M', b'/', b'D', b'/', b'Y', b'A', 0, 0]);
        } else {
            self.tell(&RegisterAck {
                keep_alive_interval: 30,
                date_template: FixedText::new(b"M/D/Y"),
                secondary_keep_alive_interval: 60,
                max_protocol_ver: self.version,
                ..RegisterAck::default()
            });
        }
        self.header = header;
    }

    fn tell_line(&mut self, line: u32, dynamic: bool) {
        let (number, label) = (format!("100{line}"), format!("Line 100{line}"));
        if dynamic {
            self.tell(&LineStatV2Res {
                line_number: LineInstance(line),
                line_dir_number: NulText::new(number.as_bytes()),
                line_fully_qualified_display_name: NulText::new(b"Alice"),
                line_text_label: NulText::new(label.as_bytes()),
                ..Default::default()
            });
        } else {
            self.tell(&LineStatRes {
                line_number: LineInstance(line),
                line_dir_number: FixedText::new(number.as_bytes()),
                line_fully_qualified_display_name: FixedText::new(b"Alice"),
                line_text_label: FixedText::new(label.as_bytes()),
                line_display_options: 0,
            });
        }
    }

    pub fn state(&mut self, state: DCallState, line: u32, reference: u32) {
        self.tell(&CallState {
            call_state: state,
            line_instance: LineInstance(line),
            call_reference: CallReference(reference),
            precedence: Precedence { precedence_level: CallPrecedence(4), precedence_domain: 0 },
            ..CallState::default()
        });
    }

    pub fn prompt(&mut self, line: u32, reference: u32, text: &[u8]) {
        let (line_instance, call_reference) = (LineInstance(line), CallReference(reference));
        if self.version >= 17 {
            let prompt_status = NulText::new(text);
            self.tell(&DisplayPromptStatusV2 {
                time_out_value: 0,
                line_instance,
                call_reference,
                prompt_status,
            });
        } else {
            let prompt_status = FixedText::new(text);
            self.tell(&DisplayPromptStatus {
                time_out_value: 0,
                prompt_status,
                line_instance,
                call_reference,
            });
        }
    }

    pub fn keys(&mut self, line: u32, reference: u32, set: SoftKeySet) {
        self.tell(&keys(line, reference, set, u32::MAX));
    }

    pub fn ring(&mut self, mode: RingMode, line: u32, reference: u32) {
        self.tell(&SetRinger {
            ring_mode: mode,
            ring_duration: RingDuration::NORMAL_RING,
            line_instance: LineInstance(line),
            call_reference: CallReference(reference),
        });
    }

    pub fn lamp(&mut self, line: u32, mode: LampMode) {
        self.tell(&SetLamp { stimulus: DeviceStimulus::LINE, stimulus_instance: line, lamp_mode: mode });
    }

    pub fn speaker(&mut self, mode: SpeakerMode) {
        self.tell(&SetSpeakerMode { speaker_mode: mode });
    }

    pub fn tone(&mut self, tone: DeviceTone, line: u32, reference: u32) {
        self.tell(&StartTone {
            tone,
            line_instance: LineInstance(line),
            call_reference: CallReference(reference),
            ..StartTone::default()
        });
    }

    pub fn stop_tone(&mut self, line: u32, reference: u32) {
        self.tell(&StopTone {
            line_instance: LineInstance(line),
            call_reference: CallReference(reference),
            ..StopTone::default()
        });
    }

    pub fn info(&mut self, kind: CallType, line: u32, reference: u32, calling: &str, called: &str) {
        let (line_instance, call_reference) = (LineInstance(line), CallReference(reference));
        if self.version >= 17 {
            let texts = CallInfoTexts {
                calling_party: calling.as_bytes(),
                called_party: called.as_bytes(),
                calling_party_name: b"Caller",
                called_party_name: b"Callee",
                ..CallInfoTexts::default()
            };
            self.tell(&CallInfoV2 {
                line_instance,
                call_reference,
                call_type: kind,
                call_instance: 1,
                strings: CallInfoStrings::Texts(&texts),
                ..CallInfoV2::default()
            });
        } else {
            self.tell(&CallInfo {
                calling_party: FixedText::new(calling.as_bytes()),
                called_party: FixedText::new(called.as_bytes()),
                calling_party_name: FixedText::new(b"Caller"),
                called_party_name: FixedText::new(b"Callee"),
                line_instance,
                call_reference,
                call_type: kind,
                call_instance: 1,
                ..CallInfo::default()
            });
        }
    }

    pub fn dialed(&mut self, number: &str, line: u32, reference: u32) {
        self.tell(&DialedNumber {
            dialed_number: Number::new(number.as_bytes()),
            line_instance: LineInstance(line),
            call_reference: CallReference(reference),
        });
    }

    pub fn open_receive(&mut self, reference: u32, party: u32) {
        self.tell(&OpenReceiveChannel {
            conference_id: ConferenceId(reference),
            pass_through_party_id: PassThroughPartyId(party),
            milli_second_packet_size: PacketMillis(20),
            compression_type: MediaPayloadType::G711_ULAW64K,
            call_reference: CallReference(reference),
            dtmf_type: 10,
            ..OpenReceiveChannel::default()
        });
    }

    pub fn start_send(&mut self, reference: u32, party: u32, port: u32, dtmf: u32) {
        let mut message = StartMediaTransmission {
            conference_id: ConferenceId(reference),
            pass_through_party_id: PassThroughPartyId(party),
            remote_ip_addr: Address::new([10, 0, 0, 3].into()),
            remote_port_number: Port(port),
            milli_second_packet_size: PacketMillis(20),
            compression_type: MediaPayloadType::G711_ULAW64K,
            call_reference: CallReference(reference),
            rfc2833_payload_type: dtmf,
            dtmf_type: 10,
            ..StartMediaTransmission::default()
        };
        message.qualifier_out.precedence_value = 184;
        self.tell(&message);
    }

    pub fn close_media(&mut self, reference: u32, party: u32) {
        self.tell(&CloseReceiveChannel {
            conference_id: ConferenceId(reference),
            pass_through_party_id: PassThroughPartyId(party),
            call_reference: CallReference(reference),
            ..Default::default()
        });
        self.tell(&StopMediaTransmission {
            conference_id: ConferenceId(reference),
            pass_through_party_id: PassThroughPartyId(party),
            call_reference: CallReference(reference),
            ..Default::default()
        });
    }

    /// An incoming call as CUCM tells the called phone.
    pub fn ring_in(&mut self, reference: u32) {
        self.state(DCallState::RING_IN, 1, reference);
        self.keys(1, reference, SoftKeySet::RING_IN);
        self.prompt(1, reference, b"\x80\x17321");
        self.info(CallType::IN_BOUND_CALL, 1, reference, "321", "1001");
        self.lamp(1, LampMode::BLINK);
        self.ring(RingMode::INSIDE_RING, 1, reference);
    }

    /// The answer to OffHook of a ringing call, media included.
    pub fn connect_call(&mut self, reference: u32, party: u32) {
        self.ring(RingMode::RING_OFF, 0, 0);
        self.speaker(SpeakerMode::ON);
        self.lamp(1, LampMode::ON);
        self.state(DCallState::OFF_HOOK, 1, reference);
        self.tell(&ActivateCallPlane { line_instance: LineInstance(1) });
        self.stop_tone(1, reference);
        self.open_receive(reference, party);
        self.state(DCallState::CONNECTED, 1, reference);
        self.keys(1, reference, SoftKeySet::CONNECTED);
        self.prompt(1, reference, b"\x80\x18");
        self.start_send(reference, party, 30_000, 101);
    }

    /// The end of a call, as the server tells either side.
    pub fn end_call(&mut self, reference: u32, party: u32) {
        self.close_media(reference, party);
        self.stop_tone(1, reference);
        self.lamp(1, LampMode::OFF);
        self.tell(&ClearPromptStatus {
            line_instance: LineInstance(1),
            call_reference: CallReference(reference),
        });
        self.state(DCallState::ON_HOOK, 1, reference);
        self.keys(0, 0, SoftKeySet::ON_HOOK);
        self.prompt(0, 0, b"\x80\x13");
        self.speaker(SpeakerMode::OFF);
        self.ring(RingMode::RING_OFF, 0, 0);
    }
}

pub fn keys(line: u32, reference: u32, set: SoftKeySet, mask: u32) -> SelectSoftKeys {
    SelectSoftKeys {
        line_instance: LineInstance(line),
        call_reference: CallReference(reference),
        soft_key_set_index: set,
        valid_key_mask: SoftKeyMask(mask),
    }
}

/// Two lines, a speed dial, a feature, a service.
fn buttons() -> ButtonTemplateRes<'static> {
    const fn button(instance_number: u8, kind: ButtonType) -> ButtonDefinition {
        ButtonDefinition { instance_number, button_definition: Byte(kind) }
    }
    const ROWS: &[ButtonDefinition] = &[
        button(1, ButtonType::LINE),
        button(2, ButtonType::LINE),
        button(1, ButtonType::SPEED_DIAL),
        button(1, ButtonType::FEATURE),
        button(1, ButtonType::SERVICE_URL),
    ];
    let count = ROWS.len() as u32;
    ButtonTemplateRes {
        button_template: ButtonTemplate {
            button_offset: 0,
            button_count: Count(count),
            total_button_count: count,
            definition: Table::of(ROWS),
        },
    }
}

/// The events of the template, in its order.
const EVENTS: [u32; 18] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];

fn softkey_rows() -> Vec<SoftKeyDefinition<'static>> {
    let labels: [&[u8]; 18] = std::array::from_fn(|n| LABELS[n].as_slice());
    let rows = labels.into_iter().zip(EVENTS);
    rows.map(|(label, event)| SoftKeyDefinition {
        soft_key_label: FixedText::new(label),
        soft_key_event: SoftKeyEvent(event),
    })
    .collect()
}

static LABELS: [[u8; 2]; 18] = {
    let mut labels = [[0x80, 0]; 18];
    let mut n = 0;
    while n < 18 {
        labels[n][1] = n as u8 + 1;
        n += 1;
    }
    labels
};

fn softkeys<'a>(rows: &'a [SoftKeyDefinition<'a>]) -> SoftKeyTemplate<'a> {
    let count = rows.len() as u32;
    SoftKeyTemplate {
        soft_key_offset: 0,
        soft_key_count: Count(count),
        total_soft_key_count: count,
        definition: Table::of(rows),
    }
}

/// The sets as CallManager 4.1 sends them, by event.
const SETS: [&[u32]; 11] = [
    &[1, 2, 5],
    &[3, 9, 4, 14, 13],
    &[10, 2],
    &[11],
    &[1, 9, 5, 17, 18, 16],
    &[9, 4],
    &[8, 9],
    &[9, 13],
    &[9],
    &[1, 9],
    &[2],
];

fn set_rows() -> Vec<SoftKeySetDefinition<'static>> {
    static INDEXES: OnceLock<Vec<Vec<Byte<SoftKeyTemplateIndex>>>> = OnceLock::new();
    static INFOS: OnceLock<Vec<Vec<Half<SoftKeyInfoIndex>>>> = OnceLock::new();
    let indexes = INDEXES.get_or_init(|| {
        SETS.iter().map(|set| set.iter().map(|event| Byte(SoftKeyTemplateIndex(*event))).collect()).collect()
    });
    let infos = INFOS.get_or_init(|| {
        SETS.iter().map(|set| set.iter().map(|event| Half(SoftKeyInfoIndex(300 + event))).collect()).collect()
    });
    let rows = indexes.iter().zip(infos);
    rows.map(|(indexes, infos)| SoftKeySetDefinition {
        soft_key_template_index: Table::of(indexes),
        soft_key_info_index: Table::of(infos),
    })
    .collect()
}

fn sets<'a>(rows: &'a [SoftKeySetDefinition<'a>]) -> SoftKeySets<'a> {
    let count = rows.len() as u32;
    SoftKeySets {
        soft_key_set_offset: 0,
        soft_key_set_count: Count(count),
        total_soft_key_set_count: count,
        definition: Table::of(rows),
    }
}

/// Reads what the phone sent.
pub fn decode(sent: &Sent, version: u8) -> Message<'_> {
    let header =
        skinny::Header { length: sent.body.len() as u32 + 4, version: sent.header_version, id: sent.id };
    Packet::decode(skinny::Frame { header, body: &sent.body }, version).message
}
