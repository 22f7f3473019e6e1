//! G.722 at 64 kbit/s (ITU-T G.722): 16 kHz samples, two bands, eight bits for each pair of samples.
//!
//! Written from the recommendation's fixed-point description. Crates were looked at: `ezk-g722` (MIT) comes with
//! an async media framework, `audio-codec` (MIT) with SIMD crates and by default with G.729 code of GPL descent;
//! the bit streams and samples of this module are the same as theirs (see `tests/g722.rs`).
//!
//! On the wire the RTP clock counts 8,000 ticks a second (RFC 3551 4.5.2).

mod band;
mod tables;

use super::{Codec, CodecKind};
use band::{Band, HIGH, LOW, saturate};
use tables::{
    HIGH_INVERSE, HIGH_LEVEL, HIGH_SCALE, LOW_INVERSE_4, LOW_INVERSE_6, LOW_LEVELS, LOW_NEGATIVE,
    LOW_POSITIVE, LOW_SCALE, QMF,
};

/// Encoder and decoder of one call.
#[derive(Debug, Clone, Default)]
pub struct G722 {
    encoder: Half,
    decoder: Half,
}

impl G722 {
    /// Both directions after reset.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Codec for G722 {
    fn kind(&self) -> CodecKind {
        CodecKind::G722
    }

    /// An odd sample at the end is left aside: packet times are whole milliseconds.
    fn encode(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        out.extend(pcm.chunks_exact(2).map(|pair| self.encoder.encode([pair[0], pair[1]])));
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        out.reserve(payload.len() * 2);
        for &code in payload {
            out.extend(self.decoder.decode(code));
        }
    }
}

/// One direction: the filter's delay line and two bands.
#[derive(Debug, Clone)]
struct Half {
    delay: [i32; 24],
    low: Band,
    high: Band,
}

impl Default for Half {
    fn default() -> Self {
        Self { delay: [0; 24], low: Band::new(LOW), high: Band::new(HIGH) }
    }
}

impl Half {
    fn encode(&mut self, pair: [i16; 2]) -> u8 {
        let [odd, even] = self.filter(pair.map(i32::from));
        let low = quantise_low((odd + even) >> 14, &self.low);
        let high = quantise_high((even - odd) >> 14, &self.high);
        self.adapt(low, high);
        high << 6 | low
    }

    fn decode(&mut self, code: u8) -> [i16; 2] {
        let (low, high) = (code & 0x3F, code >> 6);
        let low_out = self.low.predicted + scaled(self.low.scale, LOW_INVERSE_6[usize::from(low)]);
        let high_out = self.high.predicted + scaled(self.high.scale, HIGH_INVERSE[usize::from(high)]);
        self.adapt(low, high);
        let (low_out, high_out) = (limit(low_out), limit(high_out));
        let [odd, even] = self.filter([low_out + high_out, low_out - high_out]);
        [even, odd].map(|sum| saturate(sum >> 11) as i16)
    }

    /// Block 4 of both bands.
    fn adapt(&mut self, low: u8, high: u8) {
        let rough = usize::from(low >> 2);
        self.low.adapt(scaled(self.low.scale, LOW_INVERSE_4[rough]), LOW_SCALE[rough]);
        let high = usize::from(high);
        self.high.adapt(scaled(self.high.scale, HIGH_INVERSE[high]), HIGH_SCALE[high]);
    }

    /// Two more samples into the delay line; the sums over its odd and even taps.
    fn filter(&mut self, pair: [i32; 2]) -> [i32; 2] {
        self.delay.copy_within(2.., 0);
        [self.delay[22], self.delay[23]] = pair;
        let mut sums = [0; 2];
        for (taps, (odd, even)) in self.delay.chunks_exact(2).zip(QMF.iter().zip(QMF.iter().rev())) {
            sums[0] += taps[0] * odd;
            sums[1] += taps[1] * even;
        }
        sums
    }
}

/// Block 1L, QUANTL.
fn quantise_low(sample: i32, band: &Band) -> u8 {
    let difference = saturate(sample - band.predicted);
    let magnitude = if difference < 0 { !difference } else { difference };
    let interval = LOW_LEVELS.partition_point(|level| magnitude >= (level * band.scale) >> 12);
    if difference < 0 { LOW_NEGATIVE[interval] } else { LOW_POSITIVE[interval] }
}

/// Block 1H, QUANTH.
fn quantise_high(sample: i32, band: &Band) -> u8 {
    let difference = saturate(sample - band.predicted);
    let magnitude = if difference < 0 { !difference } else { difference };
    let outer = magnitude >= (HIGH_LEVEL * band.scale) >> 12;
    match (difference < 0, outer) {
        (true, false) => 1,
        (true, true) => 0,
        (false, false) => 3,
        (false, true) => 2,
    }
}

fn scaled(scale: i32, factor: i32) -> i32 {
    (scale * factor) >> 15
}

/// LIMIT: 15 bits for each band's output.
fn limit(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}
