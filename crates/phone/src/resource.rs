//! Hardware that is used in calls, without I/O: a conference bridge, media termination point or transcoder, which
//! registers at a call manager as the one of the capture ndpi-sccp_hw_conf_register does and opens streams as it is told.
//!
//! Streams that have one conference id hear each other. The driver owns sockets and sound: it obeys each
//! [`ResourceOutput`] and answers [`ResourceOutput::Open`] by [`Resource::opened`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use skinny::Connection;
use skinny::codes::{
    AddParticipantResult, CreateConfResult, DeleteConfResult, DeviceType, MediaPayloadType, MediaStatus,
    ModifyConfResult, PhoneFeatures,
};
use skinny::frame::Frame;
use skinny::message::capability::Capability;
use skinny::message::structs::DeviceIdentifier;
use skinny::message::{self as m, Body, Message, Numbered};
use skinny::packet::Packet;
use skinny::table::Table;
use skinny::types::{
    Address, CallReference, ConferenceId, Count, FixedText, HalfFlags, Ipv4, PassThroughPartyId, Port,
};

/// The version that the captured bridge offers.
const VERSION: u8 = 18;
/// Conferences that are held at once.
const CONFERENCES_MAX: usize = 256;

/// What a piece of hardware is.
#[derive(Debug, Clone)]
pub struct ResourceConfig {
    /// Its name.
    pub name: String,
    /// What it registers as.
    pub device_type: DeviceType,
    /// Streams that it can have at once.
    pub streams: u32,
    /// Of one conference.
    pub per_conference: u32,
    /// Its codecs, and how many milliseconds of each fit in a packet.
    pub codecs: Vec<(MediaPayloadType, u32)>,
}

impl ResourceConfig {
    /// A bridge such as the captured one, for so many streams.
    pub fn new(name: &str, device_type: DeviceType, streams: u32) -> Self {
        let codecs =
            [MediaPayloadType::G711_ULAW64K, MediaPayloadType::G711_ALAW64K, MediaPayloadType::G722_64K];
        ResourceConfig {
            name: name.into(),
            device_type,
            streams,
            per_conference: streams,
            codecs: codecs.map(|codec| (codec, 30)).to_vec(),
        }
    }
}

/// An order to the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceOutput {
    /// Open a port; answer with [`Resource::opened`].
    Open {
        /// Streams of one session hear each other.
        session: u32,
        /// The stream's name.
        party: u32,
        /// Its codec.
        codec: MediaPayloadType,
        /// Milliseconds of audio in a packet.
        packet_ms: u32,
    },
    /// Send what the others say to this address.
    Send {
        /// The stream's name.
        party: u32,
        /// Where to.
        to: SocketAddr,
    },
    /// Close a stream.
    Close {
        /// The stream's name.
        party: u32,
    },
    /// The server does not want us, or is gone: close the connection.
    HangUp,
}

#[derive(Debug)]
struct Stream {
    session: u32,
    call: CallReference,
    /// Where it is to send, told before its port was open.
    sends: Option<SocketAddr>,
    is_open: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Resource {
    config: ResourceConfig,
    connection: Connection,
    local: IpAddr,
    version: u8,
    registered: bool,
    keepalive: Duration,
    next_keepalive: Option<Duration>,
    conferences: BTreeMap<u32, BTreeSet<u32>>,
    streams: BTreeMap<u32, Stream>,
    out: VecDeque<ResourceOutput>,
}

impl Resource {
    /// Without a connection.
    pub fn new(config: ResourceConfig) -> Self {
        Resource {
            config,
            connection: Connection::default(),
            local: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            version: 0,
            registered: false,
            keepalive: Duration::ZERO,
            next_keepalive: None,
            conferences: BTreeMap::new(),
            streams: BTreeMap::new(),
            out: VecDeque::new(),
        }
    }

    /// There is a connection: it registers.
    pub fn connected(&mut self, local: IpAddr) {
        self.connection = Connection::default();
        (self.local, self.version, self.registered) = (local, 0, false);
        let own = match local {
            IpAddr::V4(own) => own,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        };
        let name = self.config.name.clone();
        let register = m::RegisterReq {
            sid: DeviceIdentifier {
                device_name: FixedText::new(name.as_bytes()),
                reserved_for_future_use: 0,
                instance: 1,
            },
            station_ip_addr: Ipv4(own),
            device_type: self.config.device_type,
            max_streams: self.config.streams,
            active_streams: self.streams.len() as u32,
            protocol_ver: VERSION,
            unknown: 2,
            phone_features: HalfFlags(PhoneFeatures(1)),
            ..Default::default()
        };
        self.say(&register);
        self.say(&m::IpPort { rtp_media_port: Port(0) });
    }

    /// The connection is gone, and with it all streams.
    pub fn disconnected(&mut self) {
        (self.registered, self.next_keepalive) = (false, None);
        self.conferences.clear();
        let parties: Vec<u32> = self.streams.keys().copied().collect();
        parties.into_iter().for_each(|party| self.close(party));
    }

    /// A frame came.
    pub fn frame(&mut self, now: Duration, frame: Frame<'_>) {
        let message = Packet::decode(frame, self.version).message;
        match &message {
            Message::RegisterAck(ack) => {
                self.version = ack.max_protocol_ver.min(VERSION);
                self.registered = true;
                self.keepalive = Duration::from_secs(u64::from(ack.keep_alive_interval.max(1)));
                self.next_keepalive = Some(now.saturating_add(self.keepalive));
            }
            Message::RegisterReject(_) | Message::Reset(_) => self.out.push_back(ResourceOutput::HangUp),
            Message::CapabilitiesReq(_) => self.introduce(),
            Message::OpenReceiveChannel(open) => self.open(open),
            Message::StartMediaTransmission(start) => self.send(start),
            Message::CloseReceiveChannel(close) => self.close(close.pass_through_party_id.0),
            Message::CreateConferenceReq(create) => {
                let session = create.conference_id.0;
                let result = match () {
                    () if self.conferences.len() >= CONFERENCES_MAX => {
                        CreateConfResult::RESOURCE_NOT_AVAILABLE
                    }
                    () if self.conferences.contains_key(&session) => {
                        CreateConfResult::CONFERENCE_ALREADY_EXIST
                    }
                    () => CreateConfResult::OK,
                };
                if result == CreateConfResult::OK {
                    self.conferences.insert(session, BTreeSet::new());
                }
                let conference_id = create.conference_id;
                self.say(&m::CreateConferenceRes { conference_id, result, ..Default::default() });
            }
            Message::ModifyConferenceReq(modify) => {
                let known = self.conferences.contains_key(&modify.conference_id.0);
                let (conference_id, modify_conf_result) = match known {
                    true => (modify.conference_id, ModifyConfResult::OK),
                    false => (modify.conference_id, ModifyConfResult::CONFERENCE_NOT_EXIST),
                };
                self.say(&m::ModifyConferenceRes { conference_id, modify_conf_result, ..Default::default() });
            }
            Message::DeleteConferenceReq(delete) => {
                let known = self.conferences.remove(&delete.conference_id.0).is_some();
                let delete_conf_result =
                    if known { DeleteConfResult::OK } else { DeleteConfResult::CONFERENCE_NOT_EXIST };
                self.say(&m::DeleteConferenceRes { conference_id: delete.conference_id, delete_conf_result });
            }
            Message::AddParticipantReq(add) => self.add(add.conference_id, add.call_reference),
            Message::DropParticipantReq(drop) => {
                if let Some(there) = self.conferences.get_mut(&drop.conference_id.0) {
                    there.remove(&drop.call_reference.0);
                }
            }
            Message::AuditConferenceReq(_) => self.tell_conferences(),
            Message::AuditParticipantReq(of) => self.tell_participants(of.conference_id),
            _ => {}
        }
    }

    /// A port is open for a stream, or none can be.
    pub fn opened(&mut self, party: u32, local: Option<SocketAddr>) {
        let Some(stream) = self.streams.get_mut(&party) else { return };
        stream.is_open = local.is_some();
        let (call, sends) = (stream.call, stream.sends);
        match local {
            Some(local) => {
                self.acknowledge(party, call, Some(local));
                if let Some(to) = sends {
                    self.out.push_back(ResourceOutput::Send { party, to });
                }
            }
            None => {
                self.streams.remove(&party);
                self.acknowledge(party, call, None);
            }
        }
    }

    /// Time has passed: to be called when [`Resource::deadline`] is over.
    pub fn tick(&mut self, now: Duration) {
        if self.next_keepalive.is_some_and(|at| at <= now) {
            self.next_keepalive = Some(now.saturating_add(self.keepalive));
            self.say(&m::KeepAliveReq {});
        }
    }

    /// When [`Resource::tick`] is due.
    pub fn deadline(&self) -> Option<Duration> {
        self.next_keepalive
    }

    /// The next order to the driver.
    pub fn poll(&mut self) -> Option<ResourceOutput> {
        self.out.pop_front()
    }

    /// The connection: what is to be written, and what came.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Whether a server has taken it.
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// Streams that it has.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Conferences that it was told of.
    pub fn conferences(&self) -> usize {
        self.conferences.len()
    }

    fn say<'a, M: Body<'a> + Numbered>(&mut self, message: &M) {
        let layout = if self.registered { self.version } else { VERSION };
        let header = if self.registered { u32::from(self.version) } else { 0 };
        if self.connection.send(message, layout, header).is_err() {
            self.out.push_back(ResourceOutput::HangUp);
        }
    }

    fn introduce(&mut self) {
        self.say(&m::MediaResourceNotification {
            device_type: self.config.device_type,
            number_of_in_service_streams: self.config.streams,
            max_streams_per_conf: self.config.per_conference,
            number_of_out_of_service_streams: 0,
        });
        self.say(&m::VersionReq {});
        let capability = |(codec, ms): &(MediaPayloadType, u32)| Capability {
            payload_capability: *codec,
            max_frames_per_packet: *ms,
            payloads: Default::default(),
        };
        let all: Vec<Capability> = self.config.codecs.iter().map(capability).collect();
        self.say(&m::CapabilitiesRes { cap_count: Count(all.len() as u32), caps: Table::of(&all) });
    }

    fn open(&mut self, open: &m::OpenReceiveChannel) {
        let (session, party, call) =
            (open.conference_id.0, open.pass_through_party_id.0, open.call_reference);
        let codec = open.compression_type;
        let there = self.streams.values().filter(|stream| stream.session == session).count();
        let fits = self.streams.len() < self.config.streams as usize
            && there < self.config.per_conference as usize
            && self.config.codecs.iter().any(|(known, _)| *known == codec)
            && !self.streams.contains_key(&party);
        if !fits {
            return self.acknowledge(party, call, None);
        }
        self.streams.insert(party, Stream { session, call, sends: None, is_open: false });
        let packet_ms = open.milli_second_packet_size.0.clamp(10, 200);
        self.out.push_back(ResourceOutput::Open { session, party, codec, packet_ms });
    }

    fn acknowledge(&mut self, party: u32, call_reference: CallReference, local: Option<SocketAddr>) {
        let own = SocketAddr::new(self.local, 0);
        let status = if local.is_some() { MediaStatus::OK } else { MediaStatus::OUT_OF_SOCKETS };
        self.say(&m::OpenReceiveChannelAck {
            media_reception_status: status,
            ip_addr: Address::new(local.unwrap_or(own).ip()),
            port_number: Port(local.map_or(0, |local| u32::from(local.port()))),
            pass_through_party_id: PassThroughPartyId(party),
            call_reference,
        });
    }

    fn send(&mut self, start: &m::StartMediaTransmission) {
        let party = start.pass_through_party_id.0;
        let to = SocketAddr::new(start.remote_ip_addr.ip(), start.remote_port_number.0 as u16);
        let Some(stream) = self.streams.get_mut(&party) else { return };
        stream.sends = Some(to);
        if stream.is_open {
            self.out.push_back(ResourceOutput::Send { party, to });
        }
        let own = Address::new(self.local);
        self.say(&m::StartMediaTransmissionAck {
            conference_id: start.conference_id,
            pass_through_party_id: start.pass_through_party_id,
            call_reference: start.call_reference,
            transmit_ip_addr: own,
            ..Default::default()
        });
    }

    fn close(&mut self, party: u32) {
        if self.streams.remove(&party).is_some() {
            self.out.push_back(ResourceOutput::Close { party });
        }
    }

    fn add(&mut self, conference_id: ConferenceId, call_reference: CallReference) {
        let max = self.config.per_conference as usize;
        let result = match self.conferences.get_mut(&conference_id.0) {
            None => AddParticipantResult::CONFERENCE_NOT_EXIST,
            Some(there) if there.len() >= max => AddParticipantResult::RESOURCE_NOT_AVAILABLE,
            Some(there) => match there.insert(call_reference.0) {
                true => AddParticipantResult::OK,
                false => AddParticipantResult::DUPLICATE_CALL_REF,
            },
        };
        self.say(&m::AddParticipantRes {
            conference_id,
            call_reference,
            add_participant_result: result,
            ..Default::default()
        });
    }

    fn tell_conferences(&mut self) {
        let entry = |(id, there): (&u32, &BTreeSet<u32>)| m::ConferenceEntry {
            conference_id: ConferenceId(*id),
            number_of_active_participants: there.len() as u32,
            ..Default::default()
        };
        let all: Vec<m::ConferenceEntry<'_>> = self.conferences.iter().take(32).map(entry).collect();
        self.say(&m::AuditConferenceRes {
            last: 1,
            number_of_entries: Count(all.len() as u32),
            conference_entry: Table::of(&all),
        });
    }

    fn tell_participants(&mut self, conference_id: ConferenceId) {
        let there: Vec<u32> = match self.conferences.get(&conference_id.0) {
            Some(there) => there.iter().copied().take(256).collect(),
            None => Vec::new(),
        };
        self.say(&m::AuditParticipantRes {
            last: 1,
            conference_id,
            number_of_entries: Count(there.len() as u32),
            participant_entry: Table::of(&there),
            ..Default::default()
        });
    }
}
