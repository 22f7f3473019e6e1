//! Conference bridges, media termination points and transcoders: what they are told, and what they say.
//!
//! Each stream is opened and pointed somewhere as a phone's is. Streams of one conference, or the two of a relayed pair,
//! have one conference id: what comes in by one of them goes out by the others. Bridges that want it are told of the
//! conference and of each participant before.

use serde::{Deserialize, Serialize};
use skinny::codes::{
    AddParticipantResult, AuditParticipantResult, CreateConfResult, DeviceType, EchoCancellation, IpAddrType,
    MediaPayloadType, MediaStatus, ModifyConfResult, ResourceType,
};
use skinny::message::structs::{QualifierIn, QualifierOut};
use skinny::message::{self as m, Message};
use skinny::types::{
    Address, CallReference, ConferenceId as WireConference, FixedText, PacketMillis, PassThroughPartyId, Port,
};

use super::Phone;
use super::media::{DTMF_TYPE, PORT_NOT_KNOWN, TOS_EF};
use crate::Exchange;
use crate::call::{HardwareParty, Names};
use crate::model;
use crate::plan::{Resource, ResourceKind};
use crate::table::StationId;

/// Hardware that is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hardware {
    /// What it is.
    pub(crate) kind: ResourceKind,
    /// Whether it is told of conferences and participants.
    pub(crate) hears_of_conferences: bool,
    /// Streams that it can have at once.
    pub(crate) streams: u32,
    /// Of one conference; 0: it has not said.
    pub(crate) per_conference: u32,
}

impl Hardware {
    /// What the plan has as a resource, and what it said of itself when it registered.
    pub(crate) fn new(planned: Resource, device_type: u32, streams: u32) -> Self {
        let known = model::wants_conference_messages(DeviceType(device_type));
        Hardware {
            kind: planned.kind,
            hears_of_conferences: planned.kind == ResourceKind::ConferenceBridge
                && planned.conference_messages.unwrap_or(known),
            streams,
            per_conference: 0,
        }
    }
}

/// Open a port for a party.
pub(crate) fn open(phone: &mut Phone<'_>, session: u32, party: &HardwareParty) {
    let from = party.remote.ip();
    phone.send(&m::OpenReceiveChannel {
        conference_id: WireConference(session),
        pass_through_party_id: PassThroughPartyId(party.party),
        milli_second_packet_size: PacketMillis(party.stream.packet_ms),
        compression_type: MediaPayloadType(party.stream.codec),
        qualifier_in: QualifierIn { ec_value: EchoCancellation::ECHO_CANCELLATION_OFF, ..Default::default() },
        call_reference: CallReference(party.reference),
        dtmf_type: DTMF_TYPE,
        source_ip_addr: Address::new(from),
        source_port_number: Port(PORT_NOT_KNOWN),
        requested_ip_addr_type: if from.is_ipv6() { IpAddrType::V6 } else { IpAddrType::V4 },
        ..Default::default()
    });
}

/// Send what the others say to where a party receives.
pub(crate) fn send(phone: &mut Phone<'_>, session: u32, party: &HardwareParty) {
    phone.send(&m::StartMediaTransmission {
        conference_id: WireConference(session),
        pass_through_party_id: PassThroughPartyId(party.party),
        remote_ip_addr: Address::new(party.remote.ip()),
        remote_port_number: Port(u32::from(party.remote.port())),
        milli_second_packet_size: PacketMillis(party.stream.packet_ms),
        compression_type: MediaPayloadType(party.stream.codec),
        qualifier_out: QualifierOut { precedence_value: TOS_EF, ..Default::default() },
        call_reference: CallReference(party.reference),
        dtmf_type: DTMF_TYPE,
        ..Default::default()
    });
}

/// Send to where a party receives from now on.
pub(crate) fn send_anew(phone: &mut Phone<'_>, session: u32, party: &HardwareParty) {
    stop(phone, session, (party.party, party.reference));
    send(phone, session, party);
}

fn stop(phone: &mut Phone<'_>, session: u32, (party, reference): (u32, u32)) {
    phone.send(&m::StopMediaTransmission {
        conference_id: WireConference(session),
        pass_through_party_id: PassThroughPartyId(party),
        call_reference: CallReference(reference),
        ..Default::default()
    });
}

/// A party leaves.
pub(crate) fn close(phone: &mut Phone<'_>, session: u32, party: &HardwareParty) {
    close_named(phone, session, (party.party, party.reference));
}

fn close_named(phone: &mut Phone<'_>, session: u32, (party, reference): (u32, u32)) {
    phone.send(&m::CloseReceiveChannel {
        conference_id: WireConference(session),
        pass_through_party_id: PassThroughPartyId(party),
        call_reference: CallReference(reference),
        ..Default::default()
    });
    stop(phone, session, (party, reference));
}

/// There is a conference, for so many at first.
pub(crate) fn create(phone: &mut Phone<'_>, session: u32, participants: u32) {
    phone.send(&m::CreateConferenceReq {
        conference_id: WireConference(session),
        number_of_reserved_participants: participants,
        resource_type: ResourceType::CONFERENCE,
        ..Default::default()
    });
}

/// It is for more than it was.
pub(crate) fn enlarge(phone: &mut Phone<'_>, session: u32, participants: u32) {
    phone.send(&m::ModifyConferenceReq {
        conference_id: WireConference(session),
        number_of_reserved_participants: participants,
        ..Default::default()
    });
}

/// The conference is over.
pub(crate) fn delete(phone: &mut Phone<'_>, session: u32) {
    phone.send(&m::DeleteConferenceReq { conference_id: WireConference(session) });
}

/// Who is in a conference?
pub(crate) fn who_is_in(phone: &mut Phone<'_>, session: u32) {
    phone.send(&m::AuditParticipantReq { conference_id: WireConference(session) });
}

/// Somebody comes.
pub(crate) fn add(phone: &mut Phone<'_>, session: u32, reference: u32, names: Names<'_>) {
    let name = phone.text(names.name);
    phone.send(&m::AddParticipantReq {
        conference_id: WireConference(session),
        call_reference: CallReference(reference),
        participant_name: FixedText::new(&name),
        participant_number: FixedText::new(names.number.as_bytes()),
        ..Default::default()
    });
}

/// Somebody left.
pub(crate) fn drop_participant(phone: &mut Phone<'_>, session: u32, reference: u32) {
    phone.send(&m::DropParticipantReq {
        conference_id: WireConference(session),
        call_reference: CallReference(reference),
    });
}

impl Exchange {
    /// What hardware says beside what every device says.
    pub(crate) fn resource_says(&mut self, id: StationId, message: &Message<'_>) {
        match message {
            Message::MediaResourceNotification(has) => {
                if let Some(hardware) =
                    self.state.stations.get_mut(id).and_then(|station| station.hardware.as_mut())
                {
                    hardware.streams = has.number_of_in_service_streams;
                    hardware.per_conference = has.max_streams_per_conf;
                }
            }
            Message::CreateConferenceRes(made) => {
                let refused =
                    (made.result != CreateConfResult::OK).then(|| format!("refused: {:?}", made.result));
                self.conference_made(id, made.conference_id.0, refused);
            }
            Message::ModifyConferenceRes(made) if made.modify_conf_result != ModifyConfResult::OK => {
                self.conference_lost(id, made.conference_id.0, "the bridge has no room for more");
            }
            Message::ClearConference(over) => {
                self.conference_lost(id, over.conference_id.0, "the bridge ended it");
            }
            Message::AddParticipantRes(added) => {
                let is_in = added.add_participant_result == AddParticipantResult::OK;
                self.participant_added(id, added.call_reference.0, is_in);
            }
            Message::AuditConferenceRes(held) => {
                for entry in held.conference_entry.iter() {
                    self.conference_held(id, entry.conference_id.0);
                }
            }
            Message::AuditParticipantRes(held) => {
                let session = held.conference_id.0;
                if held.audit_participant_result != AuditParticipantResult::OK {
                    return self.conference_lost(id, session, "the bridge does not know it");
                }
                for reference in held.participant_entry.iter() {
                    self.participant_held(id, session, reference);
                }
            }
            _ => {}
        }
    }

    /// Hardware is back: what ended meanwhile is closed.
    pub(crate) fn close_left_open(&mut self, id: StationId) {
        let left = self.state.stations.get_mut(id).map(|station| std::mem::take(&mut station.left_open));
        let left = left.filter(|left| !left.is_empty()).unwrap_or_default();
        self.answer_request(id, |phone, _| {
            for (session, party) in left {
                close_named(phone, session, (party, 0));
            }
        });
    }

    /// Asks a bridge which conferences it holds: of those of a server before us nobody would ever tell it the end.
    pub(crate) fn ask_what_it_holds(&mut self, id: StationId) {
        let asks = |station: &super::Station| {
            station.hardware.as_ref().is_some_and(|hardware| hardware.hears_of_conferences)
        };
        if self.state.stations.get(id).is_some_and(asks) {
            self.answer_request(id, |phone, _| phone.send(&m::AuditConferenceReq {}));
        }
    }

    /// Hardware says where it receives, or that it can't; false where that is no stream of hardware.
    pub(crate) fn hardware_receives(&mut self, id: StationId, ack: &m::OpenReceiveChannelAck) -> bool {
        if !self.is_resource(id) {
            return false;
        }
        let party = ack.pass_through_party_id.0;
        if ack.media_reception_status == MediaStatus::OK {
            let port = (ack.port_number.0 & 0xffff) as u16;
            self.hardware_opened(id, party, (ack.ip_addr.ip(), port).into());
        } else {
            self.hardware_refused(id, party, "it opens no more streams");
        }
        true
    }

    /// Hardware says that it sends, or that it can't; false where that is no stream of hardware.
    pub(crate) fn hardware_sends(&mut self, id: StationId, ack: &m::StartMediaTransmissionAck<'_>) -> bool {
        let is_one = self.is_resource(id);
        if is_one && ack.media_transmission_status != MediaStatus::OK {
            self.hardware_refused(id, ack.pass_through_party_id.0, "it can't send");
        }
        is_one
    }

    fn is_resource(&self, id: StationId) -> bool {
        self.state.stations.get(id).is_some_and(|station| station.hardware.is_some())
    }
}
