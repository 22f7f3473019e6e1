//! Structs that messages of several conversations share.

use crate::codes as c;
use crate::table::Table;
use crate::types::{Bytes, Count, FixedText};

record! {
    /// Who a device is.
    DeviceIdentifier<'a> {
        /// such as `SEP001122334455`
        device_name: FixedText<'a, 16>,
        reserved_for_future_use: u32,
        instance: u32,
    }
}

record! {
    /// Local calendar time.
    TimeDate {
        /// full year
        w_year: u32,
        /// 1 to 12
        w_month: u32,
        /// 0 is Sunday
        w_day_of_week: u32,
        /// 1 to 31
        w_day: u32,
        w_hour: u32,
        w_minute: u32,
        w_second: u32,
        w_milliseconds: u32,
    }
}

record! {
    /// How a stream is to be received.
    QualifierIn {
        ec_value: c::EchoCancellation,
        g723_bit_rate: c::G723BitRate [until 10],
        codec_params_union: CodecUnion [since 11],
    }
}

record! {
    /// How a stream is to be sent.
    QualifierOut {
        /// TOS byte of the stream: 184 is DSCP EF
        precedence_value: u32,
        ss_value: c::SilenceSuppression,
        max_frames_per_packet: u16,
        padding: u16,
        g723_bit_rate: c::G723BitRate [until 10],
        codec_params_union: CodecUnion [since 11],
    }
}

union! {
    /// Parameters of the codec. Its place is in the struct that the codec's field precedes, so that field
    /// chooses.
    CodecUnion [4, 4 since 0] {
        "G7231" 9 => g723_bit_rate: c::G723BitRate,
        "otherwise" _ => codec_params: CodecParameters,
    }
}

record! {
    /// Parameters of a codec.
    CodecParameters {
        codec_mode: u8,
        dynamic_payload: u8,
        codec_param1: u8,
        codec_param2: u8,
    }
}

union! {
    /// Parameters of a codec in a table of capabilities.
    CapabilityParameters [8, 8 since 0] {
        "G7231" 9 => g723_bit_rate: c::G723BitRate,
        "v150_LC_ModemRelay" 300 => modem_relay: ModemRelay,
        "v150_LC_SPRT" 301 => sprt_payload: SprtPayload,
        "v150_LC_SSE" 302 => sse: Sse,
        "otherwise" _ => codec_params: CodecParameters,
    }
}

record! {
    /// V.150.1 modem relay.
    ModemRelay {
        cap_and_ver: u32,
        mod_and2833: u32,
    }
}

record! {
    /// V.150.1 simple packet relay transport.
    SprtPayload {
        chan0_max_payload: u16,
        chan2_max_payload: u16,
        chan3_max_payload: u16,
        chan2_max_window: u16,
    }
}

record! {
    /// V.150.1 state signalling events.
    Sse {
        standard: u32,
        vendor: u32,
    }
}

record! {
    /// RTP payload numbers of the V.150.1 streams.
    PayloadParameters {
        nse: u8,
        rfc2833: u8,
        sse: u8,
        v150sprt: u8,
        noaudio: u8,
        future_use1: u8,
        future_use2: u8,
        future_use3: u8,
    }
}

record! {
    /// V.150.1 capabilities that can become active in the stream.
    LatentCapabilities {
        active: u32,
        modem_relay: ModemRelay,
        sprt_payload: SprtPayload,
        sse: Sse,
        payload_param: PayloadParameters,
    }
}

record! {
    /// SRTP key of a stream: it travels in clear.
    EncryptionKey {
        algorithm_id: c::MediaEncryptionAlgorithmType,
        /// bytes of the key in use
        keylen: u16,
        /// bytes of the salt in use
        saltlen: u16,
        key: Bytes<16>,
        salt: Bytes<16>,
        is_mki_present: u32,
        key_derivation_rate: u32,
    }
}

union! {
    /// Parameters of a video codec, in the form that has no room for H.264.
    ShortVideoParameters [8, 24 since 16] {
        "H261" 100 => h261_video_capability: H261,
        "H263" 101 => h263_video_capability: H263,
        "H264" 103 => h264_video_capability: H264,
        "Vieo" 102 => vieo_video_capability: Vieo,
        "otherwise" _ => parameters: Bytes<8>,
    }
}

union! {
    /// Parameters of a video codec.
    VideoParameters [24, 24 since 0] {
        "H261" 100 => h261_video_capability: H261,
        "H263" 101 => h263_video_capability: H263,
        "H264" 103 => h264_video_capability: H264,
        "Vieo" 102 => vieo_video_capability: Vieo,
        "otherwise" _ => parameters: Bytes<24>,
    }
}

record! {
    /// H.261.
    H261 {
        temporal_spatial_trade_off_capability: u32,
        still_image_transmission: u32,
    }
}

record! {
    /// H.263.
    H263 {
        h263_capability_bitfield: u32,
        annex_nand_w_future_use: u32,
    }
}

record! {
    /// H.264.
    H264 {
        profile: u32,
        level: u32,
        custom_max_mbps: u32,
        custom_max_fs: u32,
        custom_max_dpb: u32,
        custom_max_b_rand_cpb: u32,
    }
}

record! {
    /// Cisco's own video codec.
    Vieo {
        model_number: u32,
        bandwidth: u32,
    }
}

record! {
    /// RTP payload of a multimedia channel.
    MultimediaPayload {
        payload_rfc_number: u32,
        payload_type: u32,
    }
}

union! {
    /// Parameters of a multimedia channel: audio up to AMR-WB, video from H.261 on, data.
    MultimediaParameters [76, 76 since 0] {
        "up to AMR_WB" 0..=98 => audio_parameters: AudioChannel,
        "H261 to H264_FEC" 100..=115 => vid_parameters: VideoChannel<'_>,
        "otherwise" _ => data_parameters: DataChannel,
    }
}

record! {
    /// An audio channel.
    AudioChannel {
        /// milliseconds of audio in a packet
        milli_second_packet_size: u32,
        qualifier_in: QualifierIn,
    }
}

record! {
    /// A video channel.
    VideoChannel<'a> {
        bit_rate: u32,
        picture_format_count: Count [counts picture_format],
        picture_format: Table<'a, PictureFormat, 5> [of picture_format_count],
        conf_service_num: u32,
        capability: VideoParameters,
    }
}

record! {
    /// A picture format and its interval.
    PictureFormat {
        format: c::VideoFormat,
        mpi: u32,
    }
}

record! {
    /// A data channel.
    DataChannel {
        protocol_dependent_data: u32,
        max_bit_rate: u32,
    }
}
