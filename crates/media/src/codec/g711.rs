//! G.711: µ-law and A-law (ITU-T G.711, tables 1 and 2).
//!
//! One sample is one table look-up in both directions. The tables are computed at compile time from the segment
//! rule: µ-law takes the upper 14 bits of a sample, A-law the upper 13, negative samples in one's complement, so
//! that what is cut off moves towards zero on both sides. Decoding was compared with ffmpeg (all codes are the
//! same), encoding with Python's `audioop`: A-law is the same for all 65,536 samples; for µ-law that one, like
//! other code after Sun's, rounds 508 samples at decision levels the other way.
//!
//! Many samples go [by the block](blocks), which is several times faster; what a block leaves over goes by the table.

mod blocks;

use super::{Codec, CodecKind};
use crate::vectors::in_vectors;
use blocks::BLOCK;

/// G.711 µ-law. Has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mulaw;

/// G.711 A-law. Has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alaw;

/// One µ-law code of a sample.
pub fn mulaw_encode(sample: i16) -> u8 {
    MULAW_CODES[usize::from(sample.cast_unsigned() >> 2)]
}

/// The sample of a µ-law code.
pub fn mulaw_decode(code: u8) -> i16 {
    MULAW_SAMPLES[usize::from(code)]
}

/// One A-law code of a sample.
pub fn alaw_encode(sample: i16) -> u8 {
    ALAW_CODES[usize::from(sample.cast_unsigned() >> 3)]
}

/// The sample of an A-law code.
pub fn alaw_decode(code: u8) -> i16 {
    ALAW_SAMPLES[usize::from(code)]
}

/// Appends the µ-law codes of `pcm`.
pub fn mulaw_encode_all(pcm: &[i16], out: &mut Vec<u8>) {
    by_block(pcm, out, blocks::mulaw_codes, mulaw_encode);
}

/// Appends the samples of µ-law codes.
pub fn mulaw_decode_all(codes: &[u8], out: &mut Vec<i16>) {
    by_block(codes, out, blocks::mulaw_samples, mulaw_decode);
}

/// Appends the A-law codes of `pcm`.
pub fn alaw_encode_all(pcm: &[i16], out: &mut Vec<u8>) {
    by_block(pcm, out, blocks::alaw_codes, alaw_encode);
}

/// Appends the samples of A-law codes.
pub fn alaw_decode_all(codes: &[u8], out: &mut Vec<i16>) {
    by_block(codes, out, blocks::alaw_samples, alaw_decode);
}

/// Generic over the functions, so that they are compiled for whatever vectors the processor has.
fn by_block<From: Copy, To: Copy + Default>(
    from: &[From],
    to: &mut Vec<To>,
    block: impl Fn(&[From; BLOCK], &mut [To; BLOCK]),
    single: impl Fn(From) -> To,
) {
    let at = to.len();
    to.resize(at + from.len(), To::default());
    let (from, from_rest) = from.as_chunks();
    let (to, to_rest) = to[at..].as_chunks_mut();
    in_vectors(
        #[inline(always)]
        || from.iter().zip(to).for_each(|(from, to)| block(from, to)),
    );
    for (&from, to) in from_rest.iter().zip(to_rest) {
        *to = single(from);
    }
}

/// What a µ-law talker sends while silent.
pub const MULAW_SILENCE: u8 = 0xFF;

/// What an A-law talker sends while silent.
pub const ALAW_SILENCE: u8 = 0xD5;

impl Codec for Mulaw {
    fn kind(&self) -> CodecKind {
        CodecKind::Pcmu
    }

    fn encode(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        mulaw_encode_all(pcm, out);
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        mulaw_decode_all(payload, out);
    }
}

impl Codec for Alaw {
    fn kind(&self) -> CodecKind {
        CodecKind::Pcma
    }

    fn encode(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        alaw_encode_all(pcm, out);
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        alaw_decode_all(payload, out);
    }
}

static MULAW_CODES: [u8; 1 << 14] = {
    let mut codes = [0; 1 << 14];
    let mut index = 0;
    while index < codes.len() {
        codes[index] = mulaw_code(index as u16);
        index += 1;
    }
    codes
};

static ALAW_CODES: [u8; 1 << 13] = {
    let mut codes = [0; 1 << 13];
    let mut index = 0;
    while index < codes.len() {
        codes[index] = alaw_code(index as u16);
        index += 1;
    }
    codes
};

static MULAW_SAMPLES: [i16; 256] = {
    let mut samples = [0; 256];
    let mut code = 0;
    while code < samples.len() {
        samples[code] = mulaw_sample(code as u8);
        code += 1;
    }
    samples
};

static ALAW_SAMPLES: [i16; 256] = {
    let mut samples = [0; 256];
    let mut code = 0;
    while code < samples.len() {
        samples[code] = alaw_sample(code as u8);
        code += 1;
    }
    samples
};

/// Segments double in width; adding 33 makes each begin at a power of two.
const MULAW_BIAS: u16 = 33;

/// `bits` are the upper 14 of a sample, in two's complement.
const fn mulaw_code(bits: u16) -> u8 {
    let negative = bits & 0x2000 != 0;
    let magnitude = if negative { !bits & 0x1FFF } else { bits };
    let biased = if magnitude + MULAW_BIAS > 0x1FFF { 0x1FFF } else { magnitude + MULAW_BIAS };
    let segment = 15 - biased.leading_zeros() - 5;
    let step = (biased >> (segment + 1)) & 0xF;
    let sign = if negative { 0x80 } else { 0 };
    !(sign | (segment as u8) << 4 | step as u8)
}

const fn mulaw_sample(code: u8) -> i16 {
    let bits = !code;
    let segment = (bits >> 4) & 7;
    let magnitude = ((((bits & 0xF) as u16) << 1 | 0x21) << segment) - MULAW_BIAS;
    let sample = (magnitude << 2) as i16;
    if bits & 0x80 != 0 { -sample } else { sample }
}

/// `bits` are the upper 13 of a sample, in two's complement.
const fn alaw_code(bits: u16) -> u8 {
    let negative = bits & 0x1000 != 0;
    let magnitude = (if negative { !bits & 0x0FFF } else { bits }) >> 1;
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let segment = 15 - magnitude.leading_zeros() - 4;
        ((segment as u8 + 1) << 4) | ((magnitude >> segment) & 0xF) as u8
    };
    let sign = if negative { 0 } else { 0x80 };
    (code | sign) ^ 0x55
}

const fn alaw_sample(code: u8) -> i16 {
    let bits = code ^ 0x55;
    let segment = (bits >> 4) & 7;
    let step = ((bits & 0xF) as i16) << 4 | 8;
    let magnitude = if segment == 0 { step } else { (step + 0x100) << (segment - 1) };
    if bits & 0x80 != 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Encode = fn(i16) -> u8;
    type Decode = fn(u8) -> i16;
    const LAWS: [(Encode, Decode); 2] = [(mulaw_encode, mulaw_decode), (alaw_encode, alaw_decode)];

    #[test]
    fn segment_ends_are_those_of_the_recommendation() {
        // G.711 table 2a, column 8, decoder output at the top of each segment, in 14 bits.
        let mulaw = [0x80, 0x8F, 0x9F, 0xAF, 0xBF, 0xCF, 0xDF, 0xEF, 0xFF].map(|c| mulaw_decode(c) / 4);
        assert_eq!(mulaw, [8031, 4191, 2079, 1023, 495, 231, 99, 33, 0]);
        // G.711 table 1a, column 8, in 13 bits; the table's codes before the even bits are inverted.
        let alaw = [0xFF, 0xEF, 0xDF, 0xCF, 0xBF, 0xAF, 0x9F, 0x80].map(|c: u8| alaw_decode(c ^ 0x55) / 8);
        assert_eq!(alaw, [4032, 2016, 1008, 504, 252, 126, 63, 1]);
    }

    #[test]
    fn silence_and_extremes() {
        assert_eq!((mulaw_encode(0), alaw_encode(0)), (MULAW_SILENCE, ALAW_SILENCE));
        assert_eq!((mulaw_encode(i16::MAX), mulaw_encode(i16::MIN)), (0x80, 0x00));
        assert_eq!((alaw_encode(i16::MAX), alaw_encode(i16::MIN)), (0xAA, 0x2A));
        assert_eq!((mulaw_decode(0x80), mulaw_decode(0)), (32124, -32124));
        assert_eq!((alaw_decode(0xAA), alaw_decode(0x2A)), (32256, -32256));
    }

    #[test]
    fn the_digital_milliwatt_is_a_sine_at_0_dbm0() {
        // G.711 tables 5 and 6: these eight codes, repeated, are 1 kHz at 0 dBm0.
        let alaw = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4].map(alaw_decode);
        let mulaw = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E].map(mulaw_decode);
        assert!(crate::level::dbm0(&alaw).abs() < 0.1, "{}", crate::level::dbm0(&alaw));
        assert!(crate::level::dbm0(&mulaw).abs() < 0.1, "{}", crate::level::dbm0(&mulaw));
    }

    #[test]
    fn every_code_comes_back() {
        for (encode, decode) in LAWS {
            for code in 0..=255u8 {
                let again = encode(decode(code));
                assert_eq!(decode(again), decode(code), "{code:#x}");
                // µ-law knows a negative zero, which encodes as the positive one.
                assert!(again == code || decode(code) == 0);
            }
        }
    }

    #[test]
    fn larger_samples_never_decode_smaller_and_stay_close() {
        for (encode, decode) in LAWS {
            let mut last = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let back = decode(encode(sample));
                assert!(back >= last, "{sample}");
                let error = (i32::from(back) - i32::from(sample)).abs();
                assert!(error <= 16.max(i32::from(sample).abs() / 31 + 8), "{sample} {back}");
                last = back;
            }
        }
    }

    /// All samples, and all codes, through blocks and what is left over behind them.
    #[test]
    fn blocks_do_what_the_tables_do() {
        type EncodeAll = fn(&[i16], &mut Vec<u8>);
        type DecodeAll = fn(&[u8], &mut Vec<i16>);
        let all: [(EncodeAll, DecodeAll); 2] =
            [(mulaw_encode_all, mulaw_decode_all), (alaw_encode_all, alaw_decode_all)];
        let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        let codes: Vec<u8> = (0..=255).collect();
        for ((encode_all, decode_all), (encode, decode)) in all.into_iter().zip(LAWS) {
            for skip in 0..BLOCK {
                let (mut coded, mut decoded) = (vec![7], vec![7]);
                encode_all(&samples[skip..], &mut coded);
                decode_all(&codes[skip..], &mut decoded);
                assert!(coded[0] == 7 && decoded[0] == 7, "what was there stays");
                let single = samples[skip..].iter().map(|&sample| encode(sample));
                assert!(coded[1..].iter().copied().eq(single), "after {skip}");
                assert_eq!(decoded[1..], codes[skip..].iter().map(|&code| decode(code)).collect::<Vec<_>>());
            }
        }
    }
}
