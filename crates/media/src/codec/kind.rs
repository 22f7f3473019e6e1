//! Which codecs there are: numbers, clocks and sizes (RFC 3551 4.5, 6).

use super::{Alaw, Codec, G722, L16, Mulaw};

/// A codec by name. What each number means is from RFC 3551, table 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CodecKind {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// GSM 06.10 full rate, payload type 3; passed through.
    Gsm,
    /// G.723.1, payload type 4; passed through.
    G723,
    /// G.711 A-law, payload type 8.
    Pcma,
    /// G.722 at 64 kbit/s, payload type 9.
    G722,
    /// 16-bit samples, 44.1 kHz, two channels, payload type 10.
    L16Stereo,
    /// 16-bit samples, 44.1 kHz, payload type 11.
    L16Mono,
    /// G.729 with or without annexes A and B, payload type 18; passed through.
    G729,
    /// 16-bit samples, 16 kHz, dynamic payload type (Skinny's Wide_Band_256k).
    L16Wide,
    /// Opus (RFC 6716), dynamic payload type; passed through without the feature `opus`.
    Opus,
}

impl CodecKind {
    /// All of them, in the order of their payload types.
    pub const ALL: [Self; 10] = [
        Self::Pcmu,
        Self::Gsm,
        Self::G723,
        Self::Pcma,
        Self::G722,
        Self::L16Stereo,
        Self::L16Mono,
        Self::G729,
        Self::L16Wide,
        Self::Opus,
    ];

    /// The static payload type; nothing for a codec whose number each call negotiates.
    pub fn payload_type(self) -> Option<u8> {
        Some(match self {
            Self::Pcmu => 0,
            Self::Gsm => 3,
            Self::G723 => 4,
            Self::Pcma => 8,
            Self::G722 => 9,
            Self::L16Stereo => 10,
            Self::L16Mono => 11,
            Self::G729 => 18,
            Self::L16Wide | Self::Opus => return None,
        })
    }

    /// The codec of a static payload type.
    pub fn of_payload_type(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.payload_type() == Some(number))
    }

    /// Encoding name (RFC 3551, tables 4 and 5).
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Gsm => "GSM",
            Self::G723 => "G723",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::L16Stereo | Self::L16Mono | Self::L16Wide => "L16",
            Self::G729 => "G729",
            Self::Opus => "opus",
        }
    }

    /// Clock of the RTP timestamps, in Hz. G.722 keeps 8000 for an old slip's sake (RFC 3551 4.5.2).
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::L16Stereo | Self::L16Mono => 44_100,
            Self::L16Wide => 16_000,
            // Whatever is in it (RFC 7587 4.1).
            Self::Opus => 48_000,
            _ => 8000,
        }
    }

    /// Samples a second of each channel.
    pub fn sample_rate_hz(self) -> u32 {
        match self {
            Self::G722 | Self::Opus => 16_000,
            other => other.clock_hz(),
        }
    }

    /// Channels, interleaved.
    pub fn channels(self) -> u8 {
        if self == Self::L16Stereo { 2 } else { 1 }
    }

    /// Smallest piece that can be sent, in milliseconds; packet times are multiples of it.
    pub fn frame_ms(self) -> u32 {
        match self {
            Self::G723 => 30,
            Self::Gsm => 20,
            Self::Opus => 10,
            Self::G729 | Self::L16Stereo | Self::L16Mono => 10,
            _ => 1,
        }
    }

    /// Payload bytes of a packet time in milliseconds; nothing where it is not a whole number of frames.
    /// G.723.1 counts at 6.3 kbit/s, G.729 without comfort noise; of Opus nobody knows beforehand.
    pub fn payload_bytes(self, packet_ms: u32) -> Option<u32> {
        let frames = packet_ms.is_multiple_of(self.frame_ms()).then_some(packet_ms / self.frame_ms())?;
        let frame_bytes = match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8,
            Self::Gsm => 33,
            Self::G723 => 24,
            Self::G729 => 10,
            Self::L16Mono => 882,
            Self::L16Stereo => 1764,
            Self::L16Wide => 32,
            Self::Opus => return None,
        };
        frames.checked_mul(frame_bytes)
    }

    /// Whether a packet of so many milliseconds can be.
    pub fn takes(self, packet_ms: u32) -> bool {
        match self {
            Self::Opus => matches!(packet_ms, 10 | 20 | 40 | 60),
            other => other.payload_bytes(packet_ms).is_some(),
        }
    }

    /// A fresh codec; nothing for those that are passed through.
    pub fn open(self) -> Option<Box<dyn Codec + Send>> {
        Some(match self {
            Self::Pcmu => Box::new(Mulaw),
            Self::Pcma => Box::new(Alaw),
            Self::G722 => Box::new(G722::new()),
            Self::L16Stereo | Self::L16Mono | Self::L16Wide => Box::new(L16::new(self)),
            #[cfg(feature = "opus")]
            Self::Opus => Box::new(super::Opus::new()?),
            #[cfg(not(feature = "opus"))]
            Self::Opus => return None,
            Self::Gsm | Self::G723 | Self::G729 => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_found_again() {
        for kind in CodecKind::ALL {
            if let Some(number) = kind.payload_type() {
                assert_eq!(CodecKind::of_payload_type(number), Some(kind));
            }
        }
        assert_eq!(CodecKind::of_payload_type(101), None);
    }

    #[test]
    fn what_is_encoded_has_the_size_that_is_announced() {
        for kind in CodecKind::ALL {
            let Some(mut codec) = kind.open() else { continue };
            let samples = kind.sample_rate_hz() as usize / 50 * usize::from(kind.channels());
            let (mut payload, mut back) = (Vec::new(), Vec::new());
            codec.encode(&vec![100; samples], &mut payload);
            codec.decode(&payload, &mut back);
            if let Some(bytes) = kind.payload_bytes(20) {
                assert_eq!(payload.len() as u32, bytes, "{kind:?}");
            }
            assert!(!payload.is_empty(), "{kind:?}");
            assert_eq!(back.len(), samples, "{kind:?}");
        }
        assert_eq!(CodecKind::G729.payload_bytes(20), Some(20));
        assert_eq!(CodecKind::G723.payload_bytes(20), None);
    }
}
