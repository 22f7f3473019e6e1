//! Opus (RFC 6716) in RTP (RFC 7587): 16 kHz and one channel here, whatever the other side has in its packets.
//!
//! Made and read by crate `opus-rs`, a port of the reference to Rust. Why that one, and what it proved:
//! `docs/decisions/opus.md`.

use opus_rs::{Application, OpusDecoder, OpusEncoder};

use super::{Codec, CodecKind};

const RATE_HZ: i32 = 16_000;
/// Bits a second: for speech that was in another codec before, above the 16 to 20 kbit/s that wideband speech needs
/// (RFC 6716 2.1.1).
const BITRATE_BPS: i32 = 32_000;
/// Longest payload that is made: far above what the bit rate needs.
const PAYLOAD_MAX: usize = 400;
/// Samples of the longest packet: 120 ms.
const SAMPLES_MAX: usize = RATE_HZ as usize / 1000 * 120;
/// Lengths of a packet of ours, in milliseconds.
const PACKET_MS: [usize; 4] = [10, 20, 40, 60];

/// Encoder and decoder of one call.
pub struct Opus {
    encoder: OpusEncoder,
    decoder: OpusDecoder,
    payload: Box<[u8; PAYLOAD_MAX]>,
    samples: Box<[f32; SAMPLES_MAX]>,
}

impl std::fmt::Debug for Opus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opus")
    }
}

impl Opus {
    /// Nothing where the library has no memory for it.
    pub fn new() -> Option<Self> {
        let mut encoder = OpusEncoder::new(RATE_HZ, 1, Application::Audio).ok()?;
        encoder.bitrate_bps = BITRATE_BPS;
        let decoder = OpusDecoder::new(RATE_HZ, 1).ok()?;
        Some(Self {
            encoder,
            decoder,
            payload: Box::new([0; PAYLOAD_MAX]),
            samples: Box::new([0.0; SAMPLES_MAX]),
        })
    }
}

impl Codec for Opus {
    fn kind(&self) -> CodecKind {
        CodecKind::Opus
    }

    /// One packet of what there is; nothing where that is no length which Opus has.
    fn encode(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        let per_ms = RATE_HZ as usize / 1000;
        if !PACKET_MS.iter().any(|ms| ms * per_ms == pcm.len()) {
            return;
        }
        if let Ok(len) = self.encoder.encode_i16(pcm, pcm.len(), &mut self.payload[..]) {
            out.extend_from_slice(&self.payload[..len.min(PAYLOAD_MAX)]);
        }
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let Some(samples) = samples_in(payload) else { return };
        let Ok(len) = self.decoder.decode(payload, samples, &mut self.samples[..samples]) else { return };
        let heard = &self.samples[..len.min(samples)];
        out.extend(heard.iter().map(|sample| crate::level::to_sample(f64::from(*sample) * 32_768.0)));
    }
}

/// Samples that a packet holds (RFC 6716 3.1, 3.2); nothing for one that no encoder makes.
fn samples_in(payload: &[u8]) -> Option<usize> {
    let first = *payload.first()?;
    let config = first >> 3;
    // In 400ths of a second.
    let each = match config {
        0..12 => [4, 8, 16, 24][usize::from(config % 4)],
        12..16 => [4, 8][usize::from(config % 2)],
        _ => [1, 2, 4, 8][usize::from(config % 4)],
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(payload.get(1)? & 0x3F),
    };
    let samples = each * frames * RATE_HZ as usize / 400;
    (1..=SAMPLES_MAX).contains(&samples).then_some(samples)
}
