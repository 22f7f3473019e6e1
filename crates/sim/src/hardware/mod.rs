//! Hardware of the simulated site: conference bridges, MTPs and transcoders (crate `phone`), with their habits. They
//! register, are lost, refuse, answer late or never, end conferences, come back; what they are told must fit together,
//! and when all have hung up none of them has a stream or a conference left.

mod words;

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use exchange::input::SessionId;
use exchange::plan::ResourceKind;
use phone::profile;
use phone::resource::{Resource, ResourceConfig};
use skinny::Connection;
use skinny::codes::{AddParticipantResult, CreateConfResult, DeviceType, ModifyConfResult};
use skinny::frame::{Frame, Header};
use skinny::message::{self as m, Message};
use skinny::packet::Packet;
use skinny::types::ConferenceId;

use crate::decision::{Acks, Decision};
use crate::options::Faults;
use crate::rng::Rng;
use crate::script::{Manners, PhoneSpec};
use crate::site;

/// Numbers from here on are those of hardware, in the network and among sessions.
pub const NUMBER_FIRST: u16 = 0xF000;
/// Label of the generators of hardware.
const LABEL: u64 = 0x6861_7264;
/// The version that all of them speak.
const VERSION: u8 = 18;

/// A piece of hardware of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardwareSpec {
    /// Its number, from 0 on.
    pub number: u16,
    /// Device name.
    pub name: String,
    /// What it registers as.
    pub device_type: u32,
    /// What it is configured as.
    pub kind: ResourceKind,
    /// Streams that it can have at once.
    pub streams: u32,
    /// Of one conference.
    pub per_conference: u32,
}

/// What becomes of it at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its attempt to connect comes to its end.
    Connected(u32),
    /// A timer of it is due.
    Timer,
    /// A port is open, or none can be.
    Opened(u32),
    /// It looks at the oldest request that it has left lying.
    LateRequest,
}

/// A request that waits, with the connection's number on which it came.
#[derive(Debug)]
struct Waiting {
    attempt: u32,
    header: Header,
    body: Vec<u8>,
}

/// See the module.
#[derive(Debug)]
pub struct Machine {
    /// What it is, as the network and the sessions have it.
    pub spec: PhoneSpec,
    /// What it does by itself.
    pub resource: Resource,
    /// Its connection.
    pub session: Option<SessionId>,
    /// Whether it is plugged in.
    pub is_on: bool,
    /// How it answers.
    pub acks: Acks,
    /// Since when it is as it is.
    pub changed_at: u64,
    /// Attempts to connect.
    pub attempts: u32,
    /// When its next timer is planned.
    pub armed: Option<u64>,
    /// Conferences that it was told of and holds.
    pub conferences: BTreeSet<u32>,
    /// Conferences of whatever kind, newest last.
    sessions: Vec<u32>,
    /// Delays inside it.
    pub body: Rng,
    /// What befalls it.
    pub will: Rng,
    inbound: Connection,
    late: VecDeque<Waiting>,
    ports: u16,
}

impl Machine {
    /// Not plugged in.
    pub fn new(seed: u64, spec: &HardwareSpec) -> Machine {
        let mut config = ResourceConfig::new(&spec.name, DeviceType(spec.device_type), spec.streams);
        config.per_conference = spec.per_conference;
        let number = NUMBER_FIRST + spec.number;
        let rng = |part| Rng::new(seed, &[LABEL, u64::from(number), part]);
        Machine {
            spec: PhoneSpec {
                number,
                name: spec.name.clone(),
                profile: &profile::IP_COMMUNICATOR,
                lines: Vec::new(),
                speed_dials: Vec::new(),
                manners: Manners::default(),
            },
            resource: Resource::new(config),
            session: None,
            is_on: false,
            acks: Acks::Prompt,
            changed_at: 0,
            attempts: 0,
            armed: None,
            conferences: BTreeSet::new(),
            sessions: Vec::new(),
            body: rng(1),
            will: rng(2),
            inbound: Connection::default(),
            late: VecDeque::new(),
            ports: 0,
        }
    }

    /// Its end of a new connection.
    pub fn local_address(&self) -> SocketAddr {
        SocketAddr::new(site::address(&self.spec), 49_152 + (self.attempts % 16_000) as u16)
    }

    /// A port for audio.
    pub fn audio_address(&mut self) -> SocketAddr {
        self.ports = self.ports.wrapping_add(1);
        SocketAddr::new(site::address(&self.spec), 20_000 + self.ports % 10_000 * 2)
    }

    /// There is a connection.
    pub fn connected(&mut self, id: SessionId) {
        self.session = Some(id);
        self.inbound = Connection::default();
        self.resource.connected(site::address(&self.spec));
    }

    /// There is none any more.
    pub fn disconnected(&mut self) -> Option<SessionId> {
        self.resource.disconnected();
        self.conferences.clear();
        self.sessions.clear();
        self.session.take()
    }

    /// Bytes came; true where from now on something is left lying.
    pub fn bytes(&mut self, now: Duration, bytes: &[u8]) -> bool {
        let (mut inbound, had) = (std::mem::take(&mut self.inbound), self.late.len());
        let mut frames = inbound.receive(bytes);
        while let Some(Ok(frame)) = frames.next() {
            self.frame(now, frame);
        }
        drop(frames);
        self.inbound = inbound;
        had == 0 && !self.late.is_empty()
    }

    /// It looks at what it left lying.
    pub fn late_request(&mut self, now: Duration) {
        for waiting in std::mem::take(&mut self.late) {
            if waiting.attempt == self.attempts && self.session.is_some() {
                self.take(now, Frame { header: waiting.header, body: &waiting.body });
            }
        }
    }

    fn frame(&mut self, now: Duration, frame: Frame<'_>) {
        let message = Packet::decode(frame, VERSION).message;
        if let Message::OpenReceiveChannel(open) = &message {
            self.sessions.push(open.conference_id.0);
        }
        let is_request = matches!(
            message,
            Message::CreateConferenceReq(_) | Message::ModifyConferenceReq(_) | Message::AddParticipantReq(_)
        );
        // What comes behind something that waits waits, too.
        let waits = !self.late.is_empty() || is_request && self.acks == Acks::Late;
        match self.acks {
            _ if waits => {
                let (header, body) = (frame.header, frame.body.to_vec());
                self.late.push_back(Waiting { attempt: self.attempts, header, body });
            }
            Acks::Never if is_request => {}
            Acks::Refused if is_request => self.refuse(&message),
            _ => self.take(now, frame),
        }
    }

    fn take(&mut self, now: Duration, frame: Frame<'_>) {
        match Packet::decode(frame, VERSION).message {
            Message::CreateConferenceReq(create) => {
                self.conferences.insert(create.conference_id.0);
                self.sessions.push(create.conference_id.0);
            }
            Message::DeleteConferenceReq(delete) => {
                self.conferences.remove(&delete.conference_id.0);
            }
            _ => {}
        }
        self.resource.frame(now, frame);
    }

    fn refuse(&mut self, message: &Message<'_>) {
        let (version, header) = (VERSION, u32::from(VERSION));
        let connection = self.resource.connection();
        let sent = match message {
            Message::CreateConferenceReq(create) => {
                let result = CreateConfResult::RESOURCE_NOT_AVAILABLE;
                let conference_id = create.conference_id;
                let answer = m::CreateConferenceRes { conference_id, result, ..Default::default() };
                connection.send(&answer, version, header)
            }
            Message::ModifyConferenceReq(modify) => {
                let modify_conf_result = ModifyConfResult::RESOURCE_NOT_AVAILABLE;
                let conference_id = modify.conference_id;
                let answer =
                    m::ModifyConferenceRes { conference_id, modify_conf_result, ..Default::default() };
                connection.send(&answer, version, header)
            }
            Message::AddParticipantReq(add) => {
                let add_participant_result = AddParticipantResult::RESOURCE_NOT_AVAILABLE;
                let (conference_id, call_reference) = (add.conference_id, add.call_reference);
                let answer = m::AddParticipantRes {
                    conference_id,
                    call_reference,
                    add_participant_result,
                    ..Default::default()
                };
                connection.send(&answer, version, header)
            }
            _ => Ok(()),
        };
        sent.expect("a queue of frames holds an answer");
    }

    /// It ends the n-th of the conferences that it was last told of.
    pub fn end_conference(&mut self, index: u16) {
        if !self.resource.is_registered() || self.sessions.is_empty() {
            return;
        }
        let session = self.sessions[usize::from(index) % self.sessions.len()];
        self.conferences.remove(&session);
        let over = m::ClearConference { conference_id: ConferenceId(session), service_num: 0 };
        let sent = self.resource.connection().send(&over, VERSION, u32::from(VERSION));
        sent.expect("a queue of frames holds an order");
    }

    /// What befalls it next, if anything.
    pub fn decide(&mut self, faults: Faults) -> Option<Decision> {
        if !self.is_on {
            return Some(Decision::PowerOn);
        }
        let will = &mut self.will;
        let decision = match will.below(12) {
            0 if faults.power => Decision::PowerOff,
            1 if faults.breaks => Decision::Reset,
            2 if faults.breaks => Decision::Vanish,
            3 if faults.stalls => Decision::Stall(will.between(500, 90_000) as u32),
            4..7 => {
                const HABITS: [Acks; 5] = [Acks::Prompt, Acks::Never, Acks::Late, Acks::Refused, Acks::Twice];
                Decision::Acks(*will.pick(&HABITS))
            }
            7 => Decision::EndConference(will.below(4) as u16),
            8 => Decision::Reboot,
            9 | 10 => Decision::Acks(Acks::Prompt),
            _ => return None,
        };
        Some(decision)
    }
}

/// Hardware of a world: bridges of both kinds, MTPs, transcoders, each for few and for many.
pub fn of_seed(seed: u64) -> Vec<HardwareSpec> {
    const KINDS: [(ResourceKind, DeviceType); 4] = [
        (ResourceKind::ConferenceBridge, DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND),
        (ResourceKind::ConferenceBridge, DeviceType::CONFERENCE_BRIDGE_AUD_VID),
        (ResourceKind::Mtp, DeviceType::MEDIA_TERMINATION_POINT),
        (ResourceKind::Transcoder, DeviceType::MEDIA_TERMINATION_POINT_DIXIE_LAND),
    ];
    let mut rng = Rng::new(seed, &[LABEL]);
    (0..rng.between(1, 4) as u16)
        .map(|number| {
            let (kind, device_type) = *rng.pick(&KINDS);
            let streams = *rng.pick(&[3, 4, 8, 64]);
            HardwareSpec {
                number,
                name: format!("CFB{:012X}", u64::from(number)),
                device_type: device_type.0,
                kind,
                streams,
                per_conference: if rng.one_in(3) { 3.min(streams) } else { streams },
            }
        })
        .collect()
}
