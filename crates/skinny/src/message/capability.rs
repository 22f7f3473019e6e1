//! What a device can send and receive: the tables of codecs and video.
use super::structs::{CapabilityParameters, ShortVideoParameters, VideoParameters};
use crate::codes as c;
use crate::table::Table;
use crate::types::Count;

/// The body's length alone tells whether the video table has room for H.264.
fn by_length_of_table(_version: u8, body: &[u8]) -> u8 {
    if body.len() >= 2000 { 16 } else { 0 }
}

/// We send the short table, as a 7961 does at version 22.
fn short_table(_version: u8) -> u8 {
    0
}

record! {
    /// A codec.
    Capability {
        payload_capability: c::MediaPayloadType,
        /// milliseconds of audio the device accepts in a packet (40 for G.711, 60 for G.729)
        max_frames_per_packet: u32,
        payloads: CapabilityParameters [by payload_capability],
    }
}

record! {
    /// A picture size of the device's own.
    CustomPictureFormat {
        picture_width: u32,
        picture_height: u32,
        pixel_aspect_ratio: u32,
        clock_conversion_code: u32,
        clock_divisor: u32,
    }
}

record! {
    /// What the device can mix.
    ConferenceResources<'a> {
        active_streams_on_registration: u32,
        max_bw: u32,
        service_resource_count: Count [counts service_resource],
        service_resource: Table<'a, ServiceResource<'a>, 4> [of service_resource_count],
    }
}

record! {
    /// A service of a mixing device.
    ServiceResource<'a> {
        layout_count: Count [counts layouts],
        layouts: Table<'a, c::VideoLayout, 5> [of layout_count],
        service_num: u32,
        /// RTP streams it can have at once
        max_streams: u32,
        max_conferences: u32,
        active_conference_on_registration: u32,
    }
}

record! {
    /// A picture format with its limits.
    LevelPreference {
        transmit_preference: u32,
        format: c::VideoFormat,
        /// unit not proven: 100 bit/s or kbit/s
        max_bit_rate: u32,
        min_bit_rate: u32,
        mpi: u32,
        service_number: u32,
    }
}

record! {
    /// A video codec; room for H.264 in the 2000-byte form only.
    VideoCapability<'a> {
        payload_capability: c::MediaPayloadType,
        video_capability_direction: c::TransmitOrReceive,
        level_preference_count: Count [counts level_preference],
        level_preference: Table<'a, LevelPreference, 4> [of level_preference_count],
        capability: ShortVideoParameters [by payload_capability],
    }
}

record! {
    /// A video codec.
    VideoCapabilityV2<'a> {
        payload_capability: c::MediaPayloadType,
        video_capability_direction: c::TransmitOrReceive,
        level_preference_count: Count [counts level_preference],
        level_preference: Table<'a, LevelPreference, 4> [of level_preference_count],
        capability: VideoParameters [by payload_capability],
    }
}

record! {
    /// A video codec with encryption and addressing.
    VideoCapabilityV3<'a> {
        payload_capability: c::MediaPayloadType,
        video_capability_direction: c::TransmitOrReceive,
        level_preference_count: Count [counts level_preference],
        level_preference: Table<'a, LevelPreference, 4> [of level_preference_count],
        encryption_capability: c::MediaEncryptionCapability,
        capability: VideoParameters [by payload_capability],
        ip_addressing_mode: c::IpAddrMode,
        /// a second word from version 16 on
        ip_addressing_mode_2: c::IpAddrMode [since 16],
    }
}

record! {
    /// A data codec.
    DataCapability {
        payload_capability: c::MediaPayloadType,
        data_capability_direction: c::TransmitOrReceive,
        protocol_dependent_data: u32,
        /// unit not proven: 100 bit/s or kbit/s
        max_bit_rate: u32,
    }
}

record! {
    /// A data codec with encryption.
    DataCapabilityV3 {
        payload_capability: c::MediaPayloadType,
        data_capability_direction: c::TransmitOrReceive,
        protocol_dependent_data: u32,
        /// unit not proven: 100 bit/s or kbit/s
        max_bit_rate: u32,
        encryption_capability: c::MediaEncryptionCapability,
    }
}

message! {
    /// Codecs of the phone. Always 18 places on the wire; `max_frames_per_packet` is milliseconds.
    [Capture "body lengths seen: 292"]
    CapabilitiesRes<'a> {
        cap_count: Count [counts caps],
        caps: Table<'a, Capability, 18> [of cap_count],
    }
}

message! {
    /// Codecs and video capabilities, in tables of fixed size. The body's length tells the layout: 1840
    /// bytes, or 2000 with H.264 (a 7961 at version 22 sends the short one).
    [Capture "body lengths seen: 1840"]
    UpdateCapabilities<'a> {
        audio_cap_count: Count [counts audiocaps],
        video_cap_count: Count [counts vid_caps],
        data_cap_count: Count [counts data_caps],
        rtp_payload_format: u32,
        custom_picture_format_count: Count [counts custom_picture_format],
        custom_picture_format: Table<'a, CustomPictureFormat, 6> [of custom_picture_format_count],
        conf_resources: ConferenceResources<'a>,
        audiocaps: Table<'a, Capability, 18> [of audio_cap_count],
        vid_caps: Table<'a, VideoCapability<'a>, 10> [of video_cap_count],
        data_caps: Table<'a, DataCapability, 5> [of data_cap_count],
    }
    layout by_length_of_table;
    composed short_table;
}

message! {
    /// Codecs and video capabilities with H.264.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UpdateCapabilitiesV2<'a> {
        audio_cap_count: Count [counts audiocaps],
        video_cap_count: Count [counts vid_caps],
        data_cap_count: Count [counts data_caps],
        rtp_payload_format: u32,
        custom_picture_format_count: Count [counts custom_picture_format],
        custom_picture_format: Table<'a, CustomPictureFormat, 6> [of custom_picture_format_count],
        conf_resources: ConferenceResources<'a>,
        audiocaps: Table<'a, Capability, 18> [of audio_cap_count],
        vid_caps: Table<'a, VideoCapabilityV2<'a>, 10> [of video_cap_count],
        data_caps: Table<'a, DataCapability, 5> [of data_cap_count],
    }
}

message! {
    /// Codecs and video capabilities with encryption and addressing modes.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UpdateCapabilitiesV3<'a> {
        audio_cap_count: Count [counts audiocaps],
        video_cap_count: Count [counts vid_caps],
        data_cap_count: Count [counts data_caps],
        rtp_payload_format: u32,
        custom_picture_format_count: Count [counts custom_picture_format],
        custom_picture_format: Table<'a, CustomPictureFormat, 6> [of custom_picture_format_count],
        conf_resources: ConferenceResources<'a>,
        audiocaps: Table<'a, Capability, 18> [of audio_cap_count],
        vid_caps: Table<'a, VideoCapabilityV3<'a>, 10> [of video_cap_count],
        data_caps: Table<'a, DataCapabilityV3, 5> [of data_cap_count],
    }
}
