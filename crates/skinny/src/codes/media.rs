//! Enumerations of codecs and streams.

use super::prelude::*;

codes! {
    /// Codec or payload that a device can send or receive. The number is SCCP's own, not the RTP payload
    /// number. 25 is 256 kbit/s L16 at 16 kHz; 40 and 41 are G.722.1; 257 is the capability of RFC 4733
    /// events.
    MediaPayloadType {
        2 G711_ALAW64K "G711Alaw64k",
        3 G711_ALAW56K "G711Alaw56k",
        4 G711_ULAW64K "G711Ulaw64k",
        5 G711_ULAW56K "G711Ulaw56k",
        6 G722_64K "G722_64k",
        7 G722_56K "G722_56k",
        8 G722_48K "G722_48k",
        9 G7231 "G7231",
        10 G728 "G728",
        11 G729 "G729",
        12 G729_ANNEX_A "G729AnnexA",
        15 G729_ANNEX_B "G729AnnexB",
        16 G729_ANNEX_AW_ANNEX_B "G729AnnexAwAnnexB",
        18 GSM_FULL_RATE "GSM_Full_Rate",
        19 GSM_HALF_RATE "GSM_Half_Rate",
        20 GSM_ENHANCED_FULL_RATE "GSM_Enhanced_Full_Rate",
        25 WIDE_BAND_256K "Wide_Band_256k",
        32 DATA64 "Data64",
        33 DATA56 "Data56",
        40 G7221_32K "G7221_32K",
        41 G7221_24K "G7221_24K",
        42 AAC "AAC",
        43 MP4ALATM_128 "MP4ALATM_128",
        44 MP4ALATM_64 "MP4ALATM_64",
        45 MP4ALATM_56 "MP4ALATM_56",
        46 MP4ALATM_48 "MP4ALATM_48",
        47 MP4ALATM_32 "MP4ALATM_32",
        48 MP4ALATM_24 "MP4ALATM_24",
        49 MP4ALATM_NA "MP4ALATM_NA",
        80 GSM "GSM",
        82 G726_32K "G726_32K",
        83 G726_24K "G726_24K",
        84 G726_16K "G726_16K",
        86 ILBC "ILBC",
        89 ISAC "ISAC",
        90 OPUS "OPUS",
        97 AMR "AMR",
        98 AMR_WB "AMR_WB",
        100 H261 "H261",
        101 H263 "H263",
        102 VIEO "Vieo",
        103 H264 "H264",
        104 H264_SVC "H264_SVC",
        105 T120 "T120",
        106 H224 "H224",
        107 T38_FAX "T38Fax",
        108 TOTE "TOTE",
        109 H265 "H265",
        110 H264_UC "H264_UC",
        111 XV150_MR_711U "XV150_MR_711U",
        112 NSE_VBD_711U "NSE_VBD_711U",
        113 XV150_MR_729A "XV150_MR_729A",
        114 NSE_VBD_729A "NSE_VBD_729A",
        115 H264_FEC "H264_FEC",
        120 CLEAR_CHAN "Clear_Chan",
        222 UNIVERSAL_XCODER "Universal_Xcoder",
        257 RFC2833_DYN_PAYLOAD "RFC2833_DynPayload",
        258 PASS_THROUGH "PassThrough",
        259 DYNAMIC_PAYLOAD_PASS_THRU "Dynamic_Payload_PassThru",
        260 DTMF_OOB "DTMF_OOB",
        261 INBAND_DTMF_RFC2833 "Inband_DTMF_RFC2833",
        262 CFB_TONES "CFB_Tones",
        299 NO_AUDIO "NoAudio",
        300 V150_LC_MODEM_RELAY "v150_LC_ModemRelay",
        301 V150_LC_SPRT "v150_LC_SPRT",
        302 V150_LC_SSE "v150_LC_SSE",
        303 MAX "Max",
    }

    /// Bit rate of G.723.1.
    G723BitRate {
        1 G723_B_RATE_5_3 "G723BRate_5_3",
        2 G723_B_RATE_6_3 "G723BRate_6_3",
    }

    /// Answer to an order to receive multicast.
    MulticastMediaReceptionStatus {
        0 OK "Ok",
        1 ERROR "Error",
    }

    /// Answer to a media order. Sources number DeviceOnHook 255 (tshark) and 12 (chan-sccp): accept both.
    MediaStatus {
        0 OK "Ok",
        1 UNKNOWN "Unknown",
        2 NOT_ENOUGH_CHANNELS "NotEnoughChannels",
        3 CODEC_TOO_COMPLEX "CodecTooComplex",
        4 INVALID_PARTY_ID "InvalidPartyID",
        5 INVALID_CALL_REF "InvalidCallRef",
        6 INVALID_CODEC "InvalidCodec",
        7 INVALID_PACKET_SIZE "InvalidPacketSize",
        8 OUT_OF_SOCKETS "OutOfSockets",
        9 ENCODER_OR_DECODER_FAILED "EncoderOrDecoderFailed",
        10 INVALID_DYNAMIC_PAYLOAD_TYPE "InvalidDynamicPayloadType",
        11 REQUESTED_IP_ADDR_TYPE_UN_AVAILABLE "RequestedIpAddrTypeUnAvailable",
        12 DEVICE_ON_HOOK12 "DeviceOnHook12",
        255 DEVICE_ON_HOOK "DeviceOnHook",
    }

    /// Kind of an address, or the kinds wanted.
    IpAddrType {
        0 V4 "v4",
        1 V6 "v6",
        2 V4_V6 "v4_v6",
        3 INVALID "Invalid",
    }

    /// Direction of a capability.
    TransmitOrReceive {
        0 NONE "None",
        1 RECEIVE_ONLY "ReceiveOnly",
        2 TRANSMIT_ONLY "TransmitOnly",
        3 BOTH "Both",
    }

    /// Whether a capability can be encrypted.
    MediaEncryptionCapability {
        0 NOT_ENCRYPTION_CAPABLE "NotEncryptionCapable",
        1 ENCRYPTION_CAPABLE "EncryptionCapable",
    }

    /// Which addresses a capability can use.
    IpAddrMode {
        0 MODE_IPV4 "ModeIpv4",
        1 MODE_IPV6 "ModeIpv6",
        2 MODE_IPV4_AND_IPV6 "ModeIpv4AndIpv6",
    }

    /// What a stream carries.
    MediaType {
        0 INVALID "Invalid",
        1 AUDIO "Audio",
        2 MAIN_VIDEO "Main_Video",
        3 FECC "FECC",
        4 PRESENTATION_VIDEO "Presentation_Video",
        5 DATA_APP_BFCP "DataApp_BFCP",
        6 DATA_APP_IX_CHANNEL "DataApp_IXChannel",
        7 T38 "T38",
        8 MAX "Max",
    }

    /// Silence suppression on or off.
    SilenceSuppression {
        0 SILENCE_SUPPRESSION_OFF "SilenceSuppression_Off",
        1 SILENCE_SUPPRESSION_ON "SilenceSuppression_On",
    }

    /// SRTP algorithm of a stream.
    MediaEncryptionAlgorithmType {
        0 NO_ENCRYPTION "NO_ENCRYPTION",
        1 CCM_AES_CM_128_HMAC_SHA1_32 "CCM_AES_CM_128_HMAC_SHA1_32",
        2 CCM_AES_CM_128_HMAC_SHA1_80 "CCM_AES_CM_128_HMAC_SHA1_80",
        3 CCM_F8_128_HMAC_SHA1_32 "CCM_F8_128_HMAC_SHA1_32",
        4 CCM_F8_128_HMAC_SHA1_80 "CCM_F8_128_HMAC_SHA1_80",
        5 CCM_AEAD_AES_128_GCM "CCM_AEAD_AES_128_GCM",
        6 CCM_AEAD_AES_256_GCM "CCM_AEAD_AES_256_GCM",
    }

    /// What becomes of the port when a stream closes.
    PortHandling {
        0 CLOSE_PORT "CLOSE_PORT",
        1 KEEP_PORT "KEEP_PORT",
    }

    /// Kind of a data session.
    SessionType {
        1 CHAT "Chat",
        2 WHITEBOARD "Whiteboard",
        4 APPLICATION_SHARING "ApplicationSharing",
        8 FILE_TRANSFER "FileTransfer",
        16 VIDEO "Video",
    }

    /// Echo cancellation on or off.
    EchoCancellation {
        0 ECHO_CANCELLATION_OFF "EchoCancellation_Off",
        1 ECHO_CANCELLATION_ON "EchoCancellation_On",
    }

    /// Transport of a stream.
    MediaTransportType {
        1 RTP "RTP",
        2 UDP "UDP",
        3 TCP "TCP",
    }
}
