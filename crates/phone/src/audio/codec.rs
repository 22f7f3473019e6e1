//! SCCP's codec numbers and RTP's.

use media::codec::CodecKind;
use media::rtp::ticks_per_packet;
use skinny::codes::MediaPayloadType;

/// The codec of an SCCP number; nothing for those that this path does not know.
pub fn codec_of(number: MediaPayloadType) -> Option<CodecKind> {
    Some(match number {
        MediaPayloadType::G711_ULAW64K | MediaPayloadType::G711_ULAW56K => CodecKind::Pcmu,
        MediaPayloadType::G711_ALAW64K | MediaPayloadType::G711_ALAW56K => CodecKind::Pcma,
        MediaPayloadType::G722_64K | MediaPayloadType::G722_56K | MediaPayloadType::G722_48K => {
            CodecKind::G722
        }
        MediaPayloadType::G7231 => CodecKind::G723,
        MediaPayloadType::G729
        | MediaPayloadType::G729_ANNEX_A
        | MediaPayloadType::G729_ANNEX_B
        | MediaPayloadType::G729_ANNEX_AW_ANNEX_B => CodecKind::G729,
        MediaPayloadType::GSM_FULL_RATE | MediaPayloadType::GSM => CodecKind::Gsm,
        MediaPayloadType::WIDE_BAND_256K => CodecKind::L16Wide,
        _ => return None,
    })
}

/// Whether the path can carry a codec at a packet time. G.729, G.723.1 and GSM are carried as silence of the
/// right size, and counted.
pub fn supports(number: MediaPayloadType, packet_ms: u32) -> bool {
    codec_of(number).is_some_and(|kind| {
        kind.payload_bytes(packet_ms).is_some() && ticks_per_packet(kind.clock_hz(), packet_ms).is_some()
    })
}
