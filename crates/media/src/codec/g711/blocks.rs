//! G.711 by the block, without tables, branches or shifts by a variable: plain loops that compilers turn into vector
//! instructions, whatever the processor has of them.
//!
//! A code is a number with three bits of exponent and four of mantissa. So is the head of a float: the bits of an
//! integer made float, shifted right by 19, are its exponent and the upper four bits of its mantissa, which is the
//! code but for a constant. The other way round, a code below the right exponent with half a step behind it is a float
//! whose value is the sample. All integers are far below 2^23, so that nothing is ever rounded.
//!
//! Each loop keeps to one width of numbers, because the widest in it decides how many go into one instruction.

/// Samples of a block: 10 ms at 8 kHz, and a multiple of what vectors hold.
pub(super) const BLOCK: usize = 80;

/// Bits of a float below its exponent and the upper four of its mantissa.
const BELOW: u32 = 19;
/// Exponent of a float between 128 and 256, as it stands above four bits: the smallest segment of both laws.
const FIRST: i16 = (127 + 7) << 4;
/// The same in the upper half of a float, with half a step behind the four bits.
const FIRST_AND_HALF: i16 = FIRST << 3 | 4;
/// Sign, and three bits of exponent and four of mantissa, in the upper half of a float.
const SIGN_AND_STEP: i16 = i16::MIN | 0x7F << 3;
/// Added to a float, it leaves its integer in the lowest bits, in two's complement.
const INTEGER_BELOW: f32 = 12_582_912.0;
/// What stands above that integer.
const ABOVE_INTEGER: i32 = 0x4B40_0000;

/// µ-law's bias: it makes each segment begin at a power of two.
const MULAW_BIAS: i16 = 4 * 33;
/// What is inverted in µ-law, with the sign.
const MULAW_INVERTED: u8 = 0xFF;
/// A-law's even bits, and the sign.
const ALAW_INVERTED: u8 = 0xD5;
/// Below here A-law has steps of the same width.
const ALAW_LINEAR: i16 = 256;

#[inline(always)]
pub(super) fn mulaw_codes(pcm: &[i16; BLOCK], codes: &mut [u8; BLOCK]) {
    let mut biased = [0; BLOCK];
    for (biased, &sample) in biased.iter_mut().zip(pcm) {
        *biased = (sample ^ (sample >> 15)).saturating_add(MULAW_BIAS);
    }
    heads_of_floats(&mut biased);
    signed(&biased, pcm, MULAW_INVERTED, codes);
}

#[inline(always)]
pub(super) fn mulaw_samples(codes: &[u8; BLOCK], pcm: &mut [i16; BLOCK]) {
    values_of_floats(codes, MULAW_INVERTED, pcm);
    for sample in pcm {
        *sample += (*sample >> 15 & (2 * MULAW_BIAS)) - MULAW_BIAS;
    }
}

#[inline(always)]
pub(super) fn alaw_codes(pcm: &[i16; BLOCK], codes: &mut [u8; BLOCK]) {
    let mut magnitudes = [0; BLOCK];
    for (magnitude, &sample) in magnitudes.iter_mut().zip(pcm) {
        *magnitude = sample ^ (sample >> 15);
    }
    let mut steps = magnitudes;
    heads_of_floats(&mut steps);
    for (step, &magnitude) in steps.iter_mut().zip(&magnitudes) {
        // Below the first segment a float's head is too small; above, it is more than all that is linear.
        *step = (*step).max(magnitude.min(ALAW_LINEAR - 1) >> 4);
    }
    signed(&steps, pcm, ALAW_INVERTED, codes);
}

#[inline(always)]
pub(super) fn alaw_samples(codes: &[u8; BLOCK], pcm: &mut [i16; BLOCK]) {
    values_of_floats(codes, ALAW_INVERTED, pcm);
    for sample in pcm {
        // Where steps are of the same width, a float's are half as wide and begin half as far from nothing.
        let linear = (*sample).clamp(-ALAW_LINEAR, ALAW_LINEAR);
        *sample += linear + (*sample >> 15 & (2 * ALAW_LINEAR)) - ALAW_LINEAR;
    }
}

/// Which step each number is in, counted from [`FIRST`].
#[inline(always)]
fn heads_of_floats(numbers: &mut [i16; BLOCK]) {
    for number in numbers {
        let float = f32::from(number.cast_unsigned());
        *number = (float.to_bits() >> BELOW) as i16 - FIRST;
    }
}

/// Codes of steps, with the signs of the samples.
#[inline(always)]
fn signed(steps: &[i16; BLOCK], pcm: &[i16; BLOCK], inverted: u8, codes: &mut [u8; BLOCK]) {
    for ((code, &step), &sample) in codes.iter_mut().zip(steps).zip(pcm) {
        *code = (step & 0x7F | sample >> 8 & 0x80) as u8 ^ inverted;
    }
}

/// The middle of each code's step.
#[inline(always)]
fn values_of_floats(codes: &[u8; BLOCK], inverted: u8, values: &mut [i16; BLOCK]) {
    for (head, &code) in values.iter_mut().zip(codes) {
        let above = (u16::from(code ^ inverted) << 8).cast_signed();
        *head = (above >> 5 & SIGN_AND_STEP) + FIRST_AND_HALF;
    }
    for value in values {
        let float = f32::from_bits(u32::from(value.cast_unsigned()) << 16) + INTEGER_BELOW;
        let integer = float.to_bits().cast_signed() - ABOVE_INTEGER;
        // Never too large; saturating is one instruction for eight of them.
        *value = integer.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
    }
}
