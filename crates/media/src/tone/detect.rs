//! Goertzel's filter, and a detector for one frequency.

use crate::level;
use std::f64::consts::TAU;

/// Energy of one frequency in a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goertzel {
    turn: f64,
    last: f64,
    before: f64,
}

impl Goertzel {
    pub fn new(hz: f64, rate_hz: u32) -> Self {
        Self { turn: 2.0 * (TAU * hz / f64::from(rate_hz.max(1))).cos(), last: 0.0, before: 0.0 }
    }

    pub fn push(&mut self, sample: f64) {
        let next = sample + self.turn * self.last - self.before;
        self.before = self.last;
        self.last = next;
    }

    /// Squared magnitude; starts over.
    pub fn power(&mut self) -> f64 {
        let power = self.last * self.last + self.before * self.before - self.turn * self.last * self.before;
        (self.last, self.before) = (0.0, 0.0);
        power.max(0.0)
    }
}

/// Share of the energy of `pcm` that lies at `hz`, 0 to 1.
pub fn share(pcm: &[i16], hz: f64, rate_hz: u32) -> f64 {
    let mut filter = Goertzel::new(hz, rate_hz);
    let mut energy = 0.0;
    for &sample in pcm {
        let sample = f64::from(sample);
        filter.push(sample);
        energy += sample * sample;
    }
    share_of(filter.power(), energy, pcm.len())
}

/// A sine of N samples with energy E has the power E·N/2.
pub(super) fn share_of(power: f64, energy: f64, samples: usize) -> f64 {
    if energy > 0.0 { (2.0 * power / (energy * samples as f64)).min(1.0) } else { 0.0 }
}

/// Looks for one frequency in blocks of [`ToneDetector::BLOCK_MS`].
#[derive(Debug, Clone)]
pub struct ToneDetector {
    filter: Goertzel,
    energy: f64,
    filled: usize,
    block: usize,
    present: bool,
    present_blocks: u64,
    blocks: u64,
    level_dbm0: f64,
}

impl ToneDetector {
    /// Length of a block in milliseconds; frequencies closer than 20 Hz look alike.
    pub const BLOCK_MS: u32 = 50;
    /// Share of a block's energy that must lie at the frequency.
    pub const SHARE_MIN: f64 = 0.4;
    /// Level that a block must have, in dBm0.
    pub const LEVEL_DBM0_MIN: f64 = -45.0;

    /// Listens for `hz`.
    pub fn new(hz: f64, rate_hz: u32) -> Self {
        Self {
            filter: Goertzel::new(hz, rate_hz),
            energy: 0.0,
            filled: 0,
            block: (u64::from(rate_hz) * u64::from(Self::BLOCK_MS) / 1000).max(1) as usize,
            present: false,
            present_blocks: 0,
            blocks: 0,
            level_dbm0: level::SILENCE_DBFS,
        }
    }

    /// Listens to some samples.
    pub fn feed(&mut self, pcm: &[i16]) {
        for &sample in pcm {
            let sample = f64::from(sample);
            self.filter.push(sample);
            self.energy += sample * sample;
            self.filled += 1;
            if self.filled == self.block {
                self.close();
            }
        }
    }

    /// True where the last whole block held the tone.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// For how long it was heard altogether, in milliseconds.
    pub fn present_ms(&self) -> u64 {
        self.present_blocks * u64::from(Self::BLOCK_MS)
    }

    /// How much was listened to, in milliseconds of whole blocks.
    pub fn heard_ms(&self) -> u64 {
        self.blocks * u64::from(Self::BLOCK_MS)
    }

    /// Level of the frequency in the last whole block, in dBm0.
    pub fn level_dbm0(&self) -> f64 {
        self.level_dbm0
    }

    fn close(&mut self) {
        let share = share_of(self.filter.power(), self.energy, self.block);
        let level =
            level::dbfs_of_mean_square(self.energy * share / self.block as f64) + level::OVERLOAD_DBM0;
        self.present = share >= Self::SHARE_MIN && level >= Self::LEVEL_DBM0_MIN;
        self.level_dbm0 = level;
        self.present_blocks += u64::from(self.present);
        self.blocks += 1;
        self.energy = 0.0;
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{Cadence, Generator};

    #[test]
    fn a_tone_is_known_by_frequency_and_level() {
        let mut pcm = vec![0; 8000];
        Generator::new(Cadence::sine(440.0, -16.0, 500), 8000).fill(&mut pcm);
        let (mut right, mut wrong) = (ToneDetector::new(440.0, 8000), ToneDetector::new(480.0, 8000));
        right.feed(&pcm[..3999]);
        wrong.feed(&pcm[..3999]);
        assert!(right.is_present() && !wrong.is_present());
        assert!((right.level_dbm0() + 16.0).abs() < 0.2);
        right.feed(&pcm[3999..]);
        assert!(!right.is_present());
        assert_eq!((right.present_ms(), right.heard_ms()), (500, 1000));
        assert!(share(&pcm[..4000], 440.0, 8000) > 0.99 && share(&[], 440.0, 0) == 0.0);
    }
}
