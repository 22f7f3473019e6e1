//! RTP streams: open, start, stop, ports, DTMF beside the stream.
use super::structs::{EncryptionKey, LatentCapabilities, QualifierIn, QualifierOut};
use crate::codes as c;
use crate::types::{
    Address, Bytes, CallReference, ConferenceId, Ipv4, PacketMillis, PassThroughPartyId, Port, RestBytes,
};

/// CallManager 2.x sends StartMediaTransmission in a form of its own.
pub(super) fn is_early_start(version: u8, body: &[u8]) -> bool {
    version < 10 && body.len() == 36
}

/// A peer that has not said its version (header 0) may still send the typed address: length tells.
fn typed_address_from_36(version: u8, body: &[u8]) -> u8 {
    if version < 10 && body.len() >= 36 { 17 } else { version }
}

fn typed_address_from_40(version: u8, body: &[u8]) -> u8 {
    if version < 10 && body.len() >= 40 { 17 } else { version }
}

fn start_layout(version: u8, body: &[u8]) -> u8 {
    match body.len() {
        168.. if version < 10 => 21,
        132.. if version < 10 => 17,
        _ => version,
    }
}

fn open_layout(version: u8, body: &[u8]) -> u8 {
    match body.len() {
        168.. if version < 10 => 21,
        128.. if version < 10 => 17,
        _ => version,
    }
}

message! {
    /// Answers an order to receive multicast.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    MulticastMediaReceptionAck {
        multicast_reception_status: c::MulticastMediaReceptionStatus,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
    }
}

message! {
    /// The phone's receiving address and port, or why it can't receive. Up to version 16 a bare IPv4
    /// address.
    [Capture "body lengths seen: 16 (CallManager 4, header 0), 36 (versions 20 and 22)"]
    OpenReceiveChannelAck {
        media_reception_status: c::MediaStatus,
        ip_addr: Address,
        port_number: Port,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
    }
    layout typed_address_from_36;
}

message! {
    /// The phone could not send media.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    MediaTransmissionFailure {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        call_reference: CallReference,
    }
}

message! {
    /// Address and ports that PortReq asked for.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    PortRes {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        ip_addr: Address,
        port_number: Port,
        rtcp_port_number: Port,
        media_type: c::MediaType [since 19],
    }
}

message! {
    /// CallManager 2.x's form of StartMediaTransmission: no session, no party, 36 bytes, the last 16 not
    /// cleared. The packet time and codec that later forms share are there.
    [Capture "CallManager 2.x, frames 1045 and 1046 of the old-CallManager capture; other sources do not know it"]
    EarlyStartMediaTransmission {
        remote_ip_addr: Ipv4,
        remote_port_number: Port,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        precedence_value: u32,
        leftover: Bytes<16>,
    }
}

message! {
    /// Send RTP to this address: codec, packet time, precedence (DSCP as TOS byte: 184 is EF), SRTP keys.
    [Capture "body lengths seen: 36 (CallManager 2.x, another layout), 84 (CallManager 4, header 0), 132 (version 20), 168 (version 22)"]
    StartMediaTransmission {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        qualifier_out: QualifierOut [by compression_type],
        call_reference: CallReference,
        m_tx_media_encryption_key_info: EncryptionKey,
        stream_pass_through_id: u32,
        associated_stream_id: u32,
        /// RTP payload number of telephone events; 0: none
        rfc2833_payload_type: u32,
        /// 10 in every capture
        dtmf_type: u32,
        mixing_mode: u32,
        party_direction: u32 [since 15],
        latent_caps_info: LatentCapabilities [since 21],
    }
    layout start_layout;
}

message! {
    /// Stop sending RTP. CallManager 2.x sends four meaningless bytes.
    [Capture "body lengths seen: 4 (CM2)"]
    StopMediaTransmission {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        port_handling_flag: c::PortHandling,
    }
}

message! {
    /// CallManager 2.x: receive RTP; the phone announced its port by IpPort. Later ones send
    /// OpenReceiveChannel.
    [Capture "body lengths seen: 24 (CM2)"]
    StartMediaReception {
        remote_ip: Ipv4,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        garbage: Bytes<12>,
    }
}

message! {
    /// CallManager 2.x: stop receiving RTP; its four bytes are meaningless.
    [Capture "body lengths seen: 4 (CM2)"]
    StopMediaReception {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// Start a data session.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StartSessionTransmission {
        remote_ip_addr: Address,
        session_type: c::SessionType,
    }
}

message! {
    /// Stop a data session.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StopSessionTransmission {
        remote_ip_addr: Address,
        session_type: c::SessionType,
    }
}

message! {
    /// Receive multicast (music on hold).
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StartMulticastMediaReception {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        multicast_ip_addr: Address,
        multicast_port_number: Port,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        qualifier_in: QualifierIn [by compression_type],
        call_reference: CallReference,
    }
}

message! {
    /// Send multicast.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StartMulticastMediaTransmission {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        multicast_ip_addr: Address,
        multicast_port_number: Port,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        qualifier_out: QualifierOut [by compression_type],
        call_reference: CallReference,
    }
}

message! {
    /// Stop receiving multicast.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StopMulticastMediaReception {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
    }
}

message! {
    /// Stop sending multicast.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StopMulticastMediaTransmission {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
    }
}

message! {
    /// Open a receiving port and tell where: codec, packet time, SRTP keys, and the sender where it is
    /// known (CUCM puts port 4000 when it is not).
    [Capture "body lengths seen: 68 (CallManager 4, header 0), 92 (CUCM 7 to version 11), 128 (version 20), 168 (version 22)"]
    OpenReceiveChannel {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        qualifier_in: QualifierIn [by compression_type],
        call_reference: CallReference,
        m_rx_media_encryption_key_info: EncryptionKey,
        stream_pass_through_id: u32,
        associated_stream_id: u32,
        /// RTP payload number of telephone events; 0: none
        rfc2833_payload_type: u32,
        /// 10 in every capture
        dtmf_type: u32,
        mixing_mode: u32 [since 11],
        party_direction: u32 [since 11],
        source_ip_addr: Address [since 11],
        source_port_number: Port [since 11],
        requested_ip_addr_type: c::IpAddrType [since 16],
        /// unit unknown; CUCM 8 leaves it out at version 20
        audio_level_adjustment: i32 [since 17],
        latent_caps_info: LatentCapabilities [since 21],
    }
    layout open_layout;
}

message! {
    /// Close the receiving port.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CloseReceiveChannel {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        port_handling_flag: c::PortHandling,
    }
}

message! {
    /// Report when media fails.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StartMediaFailureDetection {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        milli_second_packet_size: PacketMillis,
        compression_type: c::MediaPayloadType,
        qualifier_in: QualifierIn [by compression_type],
        call_reference: CallReference,
    }
}

message! {
    /// A DTMF tone was heard.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    NotifyDtmfTone {
        tone: c::DeviceTone,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// Send a DTMF tone.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SendDtmfTone {
        tone: c::DeviceTone,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// Report RFC 2833 events of a stream.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SubscribeDtmfPayloadReq {
        payload_dtmf: u32,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        /// 10 in every capture
        dtmf_type: u32,
    }
}

message! {
    /// RFC 2833 events will be reported.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SubscribeDtmfPayloadRes {
        payload_dtmf: u32,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// RFC 2833 events can't be reported.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SubscribeDtmfPayloadErr {
        payload_dtmf: u32,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// Report RFC 2833 events no longer.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UnSubscribeDtmfPayloadReq {
        payload_dtmf: u32,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        /// 10 in every capture
        dtmf_type: u32,
    }
}

message! {
    /// RFC 2833 events are no longer reported.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UnSubscribeDtmfPayloadRes {
        payload_dtmf: u32,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// RFC 2833 events were not reported.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UnSubscribeDtmfPayloadErr {
        payload_dtmf: u32,
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
    }
}

message! {
    /// Asks for a port.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    PortReq {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        media_transport_type: c::MediaTransportType,
        ip_address_type: c::IpAddrType,
        media_type: c::MediaType,
    }
}

message! {
    /// Close a port.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    PortClose {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        media_type: c::MediaType,
    }
}

message! {
    /// The phone sends from this address and port, or why it can't. Phones before version 17 do not send
    /// it; a 6901 appends eight bytes.
    [Capture "body lengths seen: 40 (versions 20 and 22), 48 (6901 at version 20); tshark says the direction is the reverse"]
    StartMediaTransmissionAck<'a> {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        transmit_ip_addr: Address,
        port_number: Port,
        media_transmission_status: c::MediaStatus,
        extension: RestBytes<'a, 64>,
    }
    layout typed_address_from_40;
}
