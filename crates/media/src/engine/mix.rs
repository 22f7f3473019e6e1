//! Sums of samples: everybody hears everybody else and not himself.
//!
//! One sum for all, of which each takes off his own part. Whoever does not talk is not in the sum, so that all of
//! those hear the very same and, with a codec without state, need only one encoding.

use crate::vectors::in_vectors;

/// Samples of a frame at 16 kHz, the most there are.
pub const FRAME_SAMPLES_MAX: usize = 320;

/// Mean absolute sample from which on a frame is speech: about -45 dBm0.
pub const TALK_MEAN_MIN: u32 = 90;
/// Frames for which somebody goes on talking after the last loud one: 300 ms.
pub const TALK_HANG_FRAMES: u8 = 15;

/// The sum of a frame.
#[derive(Debug, Clone)]
pub struct Sum {
    samples: [i32; FRAME_SAMPLES_MAX],
    len: usize,
    parts: u32,
}

impl Sum {
    /// Nothing, for frames of `len` samples ([`FRAME_SAMPLES_MAX`] at most).
    pub fn new(len: usize) -> Self {
        Self { samples: [0; FRAME_SAMPLES_MAX], len: len.min(FRAME_SAMPLES_MAX), parts: 0 }
    }

    /// Starts the next frame.
    pub fn clear(&mut self) {
        self.samples[..self.len].fill(0);
        self.parts = 0;
    }

    /// Adds a part.
    pub fn add(&mut self, pcm: &[i16]) {
        self.parts += 1;
        with_each(&mut self.samples[..self.len], pcm, |sum, sample| *sum += i32::from(sample));
    }

    /// How many were added.
    pub fn parts(&self) -> u32 {
        self.parts
    }

    /// What everybody hears who is not in it.
    pub fn all(&self, out: &mut Vec<i16>) {
        out.resize(self.len, 0);
        with_each(out, &self.samples, |out, sum| *out = saturate(sum));
    }

    /// What somebody hears whose part `own` is in it.
    pub fn without(&self, own: &[i16], out: &mut Vec<i16>) {
        out.clear();
        out.extend_from_slice(&own[..own.len().min(self.len)]);
        with_each(out, &self.samples, |own, sum| *own = saturate(sum - i32::from(*own)));
    }
}

/// Does something to each of `to` with the same of `from`.
#[inline(always)]
fn with_each<To, From: Copy>(to: &mut [To], from: &[From], each: impl Fn(&mut To, From)) {
    in_vectors(
        #[inline(always)]
        || to.iter_mut().zip(from).for_each(|(to, &from)| each(to, from)),
    );
}

#[inline(always)]
fn saturate(sample: i32) -> i16 {
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// Who talks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Talk {
    hang: u8,
}

impl Talk {
    /// Takes a frame; true while its party talks. A loud frame counts at once.
    pub fn take(&mut self, pcm: &[i16]) -> bool {
        if loudness(pcm) >= TALK_MEAN_MIN * pcm.len() as u32 && !pcm.is_empty() {
            self.hang = TALK_HANG_FRAMES;
            return true;
        }
        self.hang = self.hang.saturating_sub(1);
        self.hang > 0
    }
}

/// The sum of all magnitudes.
fn loudness(pcm: &[i16]) -> u32 {
    in_vectors(
        #[inline(always)]
        || pcm.iter().map(|&sample| u32::from(sample.unsigned_abs())).sum(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hears_the_others_and_loud_ones_saturate() {
        let parts: [&[i16]; 3] = [&[100, 30_000], &[20, 20_000], &[3, -1]];
        let mut sum = Sum::new(2);
        parts.iter().for_each(|part| sum.add(part));
        let mut out = Vec::new();
        let heard = parts.map(|own| {
            sum.without(own, &mut out);
            out.clone()
        });
        assert_eq!(heard, [[23, 19_999], [103, 29_999], [120, i16::MAX]]);
        sum.all(&mut out);
        assert_eq!((out[0], sum.parts()), (123, 3));
        sum.clear();
        sum.all(&mut out);
        assert_eq!((&out[..], sum.parts()), (&[0, 0][..], 0));
    }

    #[test]
    fn talk_begins_at_once_and_hangs_on() {
        let mut talk = Talk::default();
        assert!(!talk.take(&[10; 160]) && !talk.take(&[]));
        assert!(talk.take(&[-2000; 160]));
        let after = (0..40).take_while(|_| talk.take(&[0; 160])).count();
        assert_eq!(after, usize::from(TALK_HANG_FRAMES) - 1);
    }
}
