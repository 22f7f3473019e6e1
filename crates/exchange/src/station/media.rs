//! Streams: the orders that a phone gets about them, and what it reports.

use std::net::{IpAddr, SocketAddr};

use skinny::codes::{
    EchoCancellation, IpAddrType, MediaEncryptionAlgorithmType, MediaPayloadType, MediaStatus,
    MulticastMediaReceptionStatus, StatsProcessingType,
};
use skinny::message as m;
use skinny::message::structs::{EncryptionKey, QualifierIn, QualifierOut};
use skinny::types::{
    Address, Bytes, CallReference, ConferenceId, PacketMillis, PassThroughPartyId, Port, StatisticsNumber,
};

use super::{Phone, Shown, leg as on_station};
use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId, Stream};
use crate::media::SrtpKey;
use crate::output::Severity;
use crate::plan::DigitPath;
use crate::table::StationId;

/// Source port of a stream whose far port is not known yet: CUCM's placeholder (nDPI frame 27).
pub(super) const PORT_NOT_KNOWN: u32 = 4000;
/// TOS byte of a stream: DSCP EF (every capture).
pub(super) const TOS_EF: u32 = 184;
/// `dtmf_type` of every captured stream.
pub(super) const DTMF_TYPE: u32 = 10;

/// `mixing_mode` of a copy for whoever records (nDPI frame 35).
const MIXED_BY_PHONE: u32 = 1;
/// `party_direction` of what the phone's user says (nDPI frame 35).
const COPY_NEAR: u32 = 1;
/// `party_direction` of what he hears (nDPI frame 42).
const COPY_FAR: u32 = 2;

/// Payload type of telephone events: what everybody takes for it.
pub(crate) const EVENT_PAYLOAD_TYPE: u8 = 101;

/// What a phone is told of telephone events; 0: none.
fn event_payload_type(phone: &Phone<'_>) -> u32 {
    if phone.digits() == DigitPath::Events { u32::from(EVENT_PAYLOAD_TYPE) } else { 0 }
}

/// A stream to be opened.
#[derive(Debug, Clone)]
pub(crate) struct MediaOrder {
    /// Its name on the wire.
    pub(crate) party: u32,
    /// Codec and packet time.
    pub(crate) stream: Stream,
    /// Where the audio will come from, as far as known.
    pub(crate) from: IpAddr,
    /// The key of what it hears, where that is encrypted.
    pub(crate) key: Option<SrtpKey>,
}

/// A key as the wire has it.
fn key_info(key: Option<&SrtpKey>) -> EncryptionKey {
    let Some(key) = key else { return EncryptionKey::default() };
    let (mut octets, mut salt) = ([0; 16], [0; 16]);
    let (key_len, salt_len) = (key.key.len().min(16), key.salt.len().min(16));
    octets[..key_len].copy_from_slice(&key.key[..key_len]);
    salt[..salt_len].copy_from_slice(&key.salt[..salt_len]);
    EncryptionKey {
        algorithm_id: MediaEncryptionAlgorithmType(key.algorithm),
        keylen: key_len as u16,
        saltlen: salt_len as u16,
        key: Bytes(octets),
        salt: Bytes(salt),
        ..Default::default()
    }
}

/// Open a receiving port.
pub(crate) fn open_receive(phone: &mut Phone<'_>, shown: &Shown<'_>, media: &MediaOrder) {
    let requested = match (media.from.is_ipv6(), media.from.is_unspecified()) {
        (true, false) => IpAddrType::V6,
        _ => IpAddrType::V4,
    };
    phone.send(&m::OpenReceiveChannel {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(media.party),
        milli_second_packet_size: PacketMillis(media.stream.packet_ms),
        compression_type: MediaPayloadType(media.stream.codec),
        qualifier_in: QualifierIn { ec_value: EchoCancellation::ECHO_CANCELLATION_OFF, ..Default::default() },
        call_reference: shown.reference(),
        m_rx_media_encryption_key_info: key_info(media.key.as_ref()),
        rfc2833_payload_type: event_payload_type(phone),
        dtmf_type: DTMF_TYPE,
        source_ip_addr: Address::new(media.from),
        source_port_number: Port(if media.from.is_unspecified() { 0 } else { PORT_NOT_KNOWN }),
        requested_ip_addr_type: requested,
        ..Default::default()
    });
}

/// Send to the other side.
pub(crate) fn send_to(
    phone: &mut Phone<'_>,
    shown: &Shown<'_>,
    (party, key): (u32, Option<&SrtpKey>),
    stream: Stream,
    to: SocketAddr,
) {
    phone.send(&m::StartMediaTransmission {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(party),
        remote_ip_addr: Address::new(to.ip()),
        remote_port_number: Port(u32::from(to.port())),
        milli_second_packet_size: PacketMillis(stream.packet_ms),
        compression_type: MediaPayloadType(stream.codec),
        qualifier_out: QualifierOut { precedence_value: TOS_EF, ..Default::default() },
        call_reference: shown.reference(),
        m_tx_media_encryption_key_info: key_info(key),
        rfc2833_payload_type: event_payload_type(phone),
        dtmf_type: DTMF_TYPE,
        ..Default::default()
    });
}

/// A copy that a phone is to send of what is said in a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CopyOrder {
    /// Its name on the wire.
    pub(crate) party: u32,
    /// Its own call reference: nothing is shown of it (nDPI frames 35 and 42).
    pub(crate) reference: u32,
    /// Codec and packet time: those of the call.
    pub(crate) stream: Stream,
    /// Whether it is what its user hears, and not what he says.
    pub(crate) is_far: bool,
}

/// Send a copy to whoever records: as CUCM asks the built-in bridge of a phone (nDPI frames 35, 40, 42 and 43).
pub(crate) fn send_copy(phone: &mut Phone<'_>, shown: &Shown<'_>, copy: &CopyOrder, to: SocketAddr) {
    phone.send(&m::StartMediaTransmission {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(copy.party),
        remote_ip_addr: Address::new(to.ip()),
        remote_port_number: Port(u32::from(to.port())),
        milli_second_packet_size: PacketMillis(copy.stream.packet_ms),
        compression_type: MediaPayloadType(copy.stream.codec),
        qualifier_out: QualifierOut { precedence_value: TOS_EF, ..Default::default() },
        call_reference: CallReference(copy.reference),
        dtmf_type: DTMF_TYPE,
        mixing_mode: MIXED_BY_PHONE,
        party_direction: if copy.is_far { COPY_FAR } else { COPY_NEAR },
        ..Default::default()
    });
}

/// Send that copy no more.
pub(crate) fn stop_copy(phone: &mut Phone<'_>, shown: &Shown<'_>, copy: &CopyOrder) {
    phone.send(&m::StopMediaTransmission {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(copy.party),
        call_reference: CallReference(copy.reference),
        ..Default::default()
    });
}

/// Whether a phone can listen to a group.
pub(crate) fn knows_multicast(station: &super::Station, out: &mut crate::outbox::Outbox) -> bool {
    Phone::of(station, out).is_some_and(|phone| phone.knows::<m::StartMulticastMediaReception>())
}

/// Listen to a group.
pub(crate) fn hear_group(
    phone: &mut Phone<'_>,
    shown: &Shown<'_>,
    party: u32,
    stream: Stream,
    group: SocketAddr,
) {
    phone.send(&m::StartMulticastMediaReception {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(party),
        multicast_ip_addr: Address::new(group.ip()),
        multicast_port_number: Port(u32::from(group.port())),
        milli_second_packet_size: PacketMillis(stream.packet_ms),
        compression_type: MediaPayloadType(stream.codec),
        qualifier_in: QualifierIn { ec_value: EchoCancellation::ECHO_CANCELLATION_OFF, ..Default::default() },
        call_reference: shown.reference(),
    });
}

/// Listen to it no more.
pub(crate) fn leave_group(phone: &mut Phone<'_>, shown: &Shown<'_>, party: u32) {
    phone.send(&m::StopMulticastMediaReception {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(party),
        call_reference: shown.reference(),
    });
}

/// Stop sending, to be told another place at once.
pub(crate) fn stop_sending(phone: &mut Phone<'_>, shown: &Shown<'_>, party: u32) {
    phone.send(&m::StopMediaTransmission {
        conference_id: ConferenceId(shown.reference),
        pass_through_party_id: PassThroughPartyId(party),
        call_reference: shown.reference(),
        ..Default::default()
    });
}

/// Close the stream.
pub(crate) fn close_media(phone: &mut Phone<'_>, shown: &Shown<'_>, party: u32) {
    let conference_id = ConferenceId(shown.reference);
    let pass_through_party_id = PassThroughPartyId(party);
    let call_reference = shown.reference();
    phone.send(&m::CloseReceiveChannel {
        conference_id,
        pass_through_party_id,
        call_reference,
        ..Default::default()
    });
    phone.send(&m::StopMediaTransmission {
        conference_id,
        pass_through_party_id,
        call_reference,
        ..Default::default()
    });
}

/// Asks for the counters of the stream that was closed.
pub(crate) fn ask_counters(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    let layout = phone.profile.statistics_layout();
    let request = m::ConnectionStatisticsReq {
        directory_number: StatisticsNumber::new(shown.own.as_bytes()),
        call_reference: shown.reference(),
        stats_processing_mode: StatsProcessingType::CLEAR_STATS,
    };
    phone.send_as(layout, &request);
}

impl Exchange {
    /// The leg whose stream has a name; where the phone leaves the name out, the leg that it names (a 6901
    /// sends party id 0, quirk 52).
    fn leg_of_stream(&self, id: StationId, party: u32, reference: u32) -> Option<LegId> {
        let legs = &self.state.stations.get(id)?.legs;
        let meant = |leg: &&LegId| {
            let Some(leg) = self.state.calls.legs.get(**leg) else { return false };
            match &leg.media {
                Some(media) if party != 0 => media.party == party,
                Some(_) => leg.appearance().is_some_and(|at| at.reference == reference),
                None => false,
            }
        };
        legs.iter().find(meant).copied()
    }

    /// The phone says where it receives, or that it can't.
    pub(crate) fn receive_acknowledged(&mut self, id: StationId, ack: &m::OpenReceiveChannelAck) {
        if self.hardware_receives(id, ack) {
            return;
        }
        let leg = self.leg_of_stream(id, ack.pass_through_party_id.0, ack.call_reference.0);
        let Some(leg) = leg else { return };
        if self.is_refused(leg, ack.media_reception_status) {
            return;
        }
        let port = (ack.port_number.0 & 0xffff) as u16;
        self.media_opened(leg, SocketAddr::new(ack.ip_addr.ip(), port));
    }

    /// The phone says that it listens to a group, or that it can't.
    pub(crate) fn group_acknowledged(&mut self, id: StationId, ack: &m::MulticastMediaReceptionAck) {
        let leg = self.leg_of_stream(id, ack.pass_through_party_id.0, ack.call_reference.0);
        if let Some(leg) = leg.filter(|_| ack.multicast_reception_status != MulticastMediaReceptionStatus::OK)
        {
            self.group_failed(leg);
        }
    }

    /// A gateway heard a digit.
    pub(crate) fn digit_notified(&mut self, id: StationId, heard: &m::NotifyDtmfTone) {
        let leg = self.leg_of_stream(id, heard.pass_through_party_id.0, heard.conference_id.0);
        if let (Some(leg), Some(digit)) = (leg, on_station::dtmf_digit(heard.tone)) {
            self.digit(leg, digit);
        }
    }

    /// The phone says that it sends, or that it can't. Phones before version 17 say nothing.
    pub(crate) fn transmission_acknowledged(
        &mut self,
        id: StationId,
        ack: &m::StartMediaTransmissionAck<'_>,
    ) {
        let is_sent = ack.media_transmission_status == MediaStatus::OK;
        if self.hardware_sends(id, ack) || self.copy_sent(id, ack.pass_through_party_id.0, is_sent) {
            return;
        }
        let leg = self.leg_of_stream(id, ack.pass_through_party_id.0, ack.call_reference.0);
        if let Some(leg) = leg {
            self.is_refused(leg, ack.media_transmission_status);
        }
    }

    /// Whether the phone refused, and what follows: it went on hook meanwhile, or it can't.
    fn is_refused(&mut self, leg: LegId, status: MediaStatus) -> bool {
        match status {
            MediaStatus::OK => return false,
            MediaStatus::DEVICE_ON_HOOK | MediaStatus::DEVICE_ON_HOOK12 => {
                self.end_leg(leg, Cause::NORMAL, EndedBy::Leg);
            }
            _ => self.media_failed(leg),
        }
        true
    }

    /// The phone could not send for a while. That may pass, so it is only noted.
    pub(crate) fn transmission_failed(&mut self, id: StationId, failure: &m::MediaTransmissionFailure) {
        let Some(station) = self.state.stations.get(id) else { return };
        let to = (failure.remote_ip_addr.ip(), failure.remote_port_number.0);
        let text = format!("{} could not send to {} port {}", station.device, to.0, to.1);
        if let Some(session) = station.session {
            self.note_about(session, Severity::Warning, text);
        }
    }
}
