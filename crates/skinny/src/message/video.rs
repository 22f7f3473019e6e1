//! Video and other multimedia channels.
use super::structs::{EncryptionKey, MultimediaParameters, MultimediaPayload};
use crate::codes as c;
use crate::table::Table;
use crate::types::{Address, CallReference, ConferenceId, Count, LineInstance, PassThroughPartyId, Port};

record! {
    /// A lost picture.
    Picture {
        picture_number: u32,
        long_term_picture_index: u32,
    }
}

record! {
    /// Groups of blocks to send again.
    GroupsOfBlocks {
        first_gob: u32,
        number_of_go_bs: u32,
    }
}

record! {
    /// Macroblocks to send again.
    Macroblocks {
        first_gob: u32,
        first_mb: u32,
        number_of_m_bs: u32,
    }
}

record! {
    /// Part of a picture that was lost.
    PartialPicture {
        picture_reference: Picture,
        first_mb: u32,
        number_of_m_bs: u32,
    }
}

record! {
    /// Pictures to refer to after a loss.
    RecoveryPictures<'a> {
        recovery_reference_picture_count: Count [counts recovery_reference_picture],
        recovery_reference_picture: Table<'a, Picture, 4> [of recovery_reference_picture_count],
    }
}

union! {
    /// What a video command is about.
    CommandParameters [36, 36 since 0] {
        "videoFastUpdatePicture" 1 => video_fast_update_picture: GroupsOfBlocks,
        "videoFastUpdateGOB" 2 => video_fast_update_gob: GroupsOfBlocks,
        "videoFastUpdateMB" 3 => video_fast_update_mb: Macroblocks,
        "lostPicture" 4 => lost_picture: Picture,
        "lostPartialPicture" 5 => lost_partial_picture: PartialPicture,
        "recoveryReferencePicture" 6 => recovery_reference_picture_value: RecoveryPictures<'_>,
        "temporalSpatialTradeOff" 7 => temporal_spatial_trade_off: u32,
        "otherwise" _ => none: u32,
    }
}

message! {
    /// Answers an order to open a video channel.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    OpenMultiMediaReceiveChannelAck {
        multimedia_reception_status: c::OpenReceiveChanStatus,
        ip_addr: Address,
        port_number: Port,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
    }
}

message! {
    /// Open a channel for video, data or audio.
    [Implementations "chan-sccp and crate sccp-protocol; tshark differs (tests/tshark/exceptions); no capture"]
    OpenMultiMediaReceiveChannel {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        compression_type: c::MediaPayloadType,
        line_instance: LineInstance,
        call_reference: CallReference,
        payload_type: MultimediaPayload,
        is_conference_creator: u32,
        capability: MultimediaParameters [by compression_type],
        m_rx_media_encryption_key_info: EncryptionKey,
        stream_pass_through_id: u32,
        associated_stream_id: u32,
        source_ip_addr: Address [since 11],
        source_port_number: Port [since 11],
        requested_ip_addr_type: c::IpAddrType [since 16],
    }
}

message! {
    /// Send video, data or audio.
    [Capture "168-byte body of a dump at header 0"]
    StartMultiMediaTransmission {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        compression_type: c::MediaPayloadType,
        remote_ip_addr: Address,
        remote_port_number: Port,
        call_reference: CallReference,
        payload_type: MultimediaPayload,
        dscp_value: u32,
        capability: MultimediaParameters [by compression_type],
        m_tx_media_encryption_key_info: EncryptionKey,
        stream_pass_through_id: u32,
        associated_stream_id: u32,
    }
}

message! {
    /// Stop sending video.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StopMultiMediaTransmission {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        port_handling_flag: c::PortHandling,
    }
}

message! {
    /// Video command: fast update, freeze, lost pictures.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    MiscellaneousCommand {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        command: c::MiscCommandType,
        u: CommandParameters [by command],
    }
}

message! {
    /// Limit the bit rate that is sent.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    FlowControlCommand {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        maximum_bit_rate: u32,
    }
}

message! {
    /// Close a video channel.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CloseMultiMediaReceiveChannel {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        port_handling_flag: c::PortHandling,
    }
}

message! {
    /// Choose a video layout.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    VideoDisplayCommand {
        conference_id: ConferenceId,
        call_reference: CallReference,
        layout_id: u32,
    }
}

message! {
    /// The bit rate that is wanted.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    FlowControlNotify {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        maximum_bit_rate: u32,
    }
}

message! {
    /// Answers StartMultiMediaTransmission.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StartMultiMediaTransmissionAck {
        conference_id: ConferenceId,
        pass_through_party_id: PassThroughPartyId,
        call_reference: CallReference,
        transmit_ip_addr: Address,
        port_number: Port,
        multimedia_transmission_status: c::MediaStatus,
    }
}
