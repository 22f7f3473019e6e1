//! A test signal that resembles speech: syllables, pauses, a voice with overtones, some noise.
//!
//! Each talker has a signature of three tones under the voice, so that a check at the other end can say whose
//! sound it hears. All of it follows from a seed. Good for checks by content; no measure of voice quality.

use crate::level::{sine_peak, to_sample};
use crate::tone::share;
use std::f64::consts::TAU;

/// Frequencies that signatures are made of, in Hz: within the telephone band, 60 Hz and more
/// apart, away from the frequencies of DTMF.
pub const SIGNATURE_GRID_HZ: [u16; 12] =
    [520, 580, 1060, 1120, 1720, 1790, 1870, 1960, 2230, 2310, 2710, 2830];

/// Mean level while talking, in dBm0 (ITU-T P.56 has active speech at about -20).
pub const TALK_DBM0: f64 = -20.0;

/// Three tones that tell one talker from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(pub [u16; 3]);

impl Signature {
    /// How many signatures there are.
    pub const COUNT: u64 = 220;

    /// Signature `number`; the first [`Signature::COUNT`] are all different.
    pub fn nth(number: u64) -> Self {
        let wanted = (number % Self::COUNT) as usize;
        let size = SIGNATURE_GRID_HZ.len();
        let triples =
            (0..size).flat_map(|a| (a + 1..size).flat_map(move |b| (b + 1..size).map(move |c| [a, b, c])));
        let triple = triples.into_iter().nth(wanted).unwrap_or([0, 1, 2]);
        Self(triple.map(|at| SIGNATURE_GRID_HZ[at]))
    }

    /// Whose signature `pcm` (a second or more) holds: the three strongest tones of the grid, where they stand
    /// out of the others.
    pub fn heard_in(pcm: &[i16], rate_hz: u32) -> Option<Self> {
        let mut tones = SIGNATURE_GRID_HZ.map(|hz| (share(pcm, f64::from(hz), rate_hz), hz));
        tones.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut three = [tones[0].1, tones[1].1, tones[2].1];
        three.sort_unstable();
        (tones[2].0 > STANDS_OUT * tones[3].0.max(SHARE_MIN)).then_some(Self(three))
    }

    /// True where `pcm` (a second or more) is this talker's, and no other's as loudly.
    pub fn is_in(self, pcm: &[i16], rate_hz: u32) -> bool {
        Self::heard_in(pcm, rate_hz) == Some(self)
    }
}

/// How much more energy a signature's weakest tone has than any other tone of the grid.
const STANDS_OUT: f64 = 2.0;
/// Least share of the energy that counts at all.
const SHARE_MIN: f64 = 1e-6;

/// A talker.
#[derive(Debug, Clone)]
pub struct Speech {
    random: Random,
    rate_hz: u32,
    signature: Signature,
    at: u64,
    pitch_hz: f64,
    pitch_phase: f64,
    stretch: Stretch,
    noise: f64,
}

/// A syllable or a pause.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: u64,
    samples: u64,
    /// Peak loudness; 0 for a pause.
    loudness: f64,
    /// Voiced part of the sound, the rest is noise.
    voiced: f64,
    pitch_hz: f64,
}

impl Speech {
    /// The talker of `seed` at `rate_hz` (0 counts as 8000).
    pub fn new(seed: u64, rate_hz: u32) -> Self {
        let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
        let pitch_hz = 90.0 + 110.0 * random.unit();
        Self {
            random,
            rate_hz: if rate_hz == 0 { 8000 } else { rate_hz },
            signature: Signature::nth(seed),
            at: 0,
            pitch_hz,
            pitch_phase: 0.0,
            stretch: Stretch { from: 0, samples: 0, loudness: 0.0, voiced: 1.0, pitch_hz },
            noise: 0.0,
        }
    }

    /// Whose sound it is.
    pub fn signature(&self) -> Signature {
        self.signature
    }

    /// The next samples.
    pub fn fill(&mut self, out: &mut [i16]) {
        let peak = sine_peak(TALK_DBM0);
        for sample in out {
            if self.at >= self.stretch.from + self.stretch.samples {
                self.next_stretch();
            }
            let sound = self.voice() + self.tones();
            *sample = to_sample(peak * self.envelope() * sound);
            self.at += 1;
        }
    }

    /// The next `ms` milliseconds.
    pub fn take(&mut self, ms: u32) -> Vec<i16> {
        let mut out = vec![0; (u64::from(ms) * u64::from(self.rate_hz) / 1000) as usize];
        self.fill(&mut out);
        out
    }

    fn next_stretch(&mut self) {
        let ends_syllable = self.stretch.loudness > 0.0;
        let pause = ends_syllable && self.random.unit() < 0.45;
        let ms = if pause { 30.0 + 170.0 * self.random.unit() } else { 90.0 + 210.0 * self.random.unit() };
        self.stretch = Stretch {
            from: self.at,
            samples: (ms * f64::from(self.rate_hz) / 1000.0) as u64 + 1,
            loudness: if pause { 0.0 } else { 0.5 + self.random.unit() },
            voiced: 0.4 + 0.6 * self.random.unit(),
            pitch_hz: self.pitch_hz * (0.85 + 0.3 * self.random.unit()),
        };
    }

    /// Overtones of the pitch, falling by 6 dB an octave, and noise.
    fn voice(&mut self) -> f64 {
        self.pitch_phase = (self.pitch_phase + self.stretch.pitch_hz / f64::from(self.rate_hz)).fract();
        let hum: f64 = (1..=10).map(|n| (TAU * self.pitch_phase * f64::from(n)).sin() / f64::from(n)).sum();
        self.noise = 0.6 * self.noise + 0.4 * (2.0 * self.random.unit() - 1.0);
        0.9 * self.stretch.voiced * hum + (1.0 - self.stretch.voiced) * 1.5 * self.noise
    }

    fn tones(&self) -> f64 {
        let second = self.at as f64 / f64::from(self.rate_hz);
        self.signature.0.iter().map(|&hz| 0.45 * (TAU * (f64::from(hz) * second).fract()).sin()).sum()
    }

    /// A half sine over each syllable.
    fn envelope(&self) -> f64 {
        let part = (self.at - self.stretch.from) as f64 / self.stretch.samples as f64;
        self.stretch.loudness * (part * TAU / 2.0).sin().max(0.0).sqrt()
    }
}

/// Sebastiano Vigna's SplitMix64: all randomness follows from the seed.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// 0 to 1, 1 left out.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn signatures_are_all_different() {
        let all: BTreeSet<_> = (0..Signature::COUNT).map(|n| Signature::nth(n).0).collect();
        assert_eq!(all.len() as u64, Signature::COUNT);
        assert_eq!(Signature::nth(Signature::COUNT), Signature::nth(0));
    }

    #[test]
    fn a_talker_is_known_by_its_signature_and_no_other() {
        for seed in 0..40 {
            for rate_hz in [8000, 16_000] {
                let mut talker = Speech::new(seed * 11, rate_hz);
                let pcm = talker.take(1500);
                assert_eq!(Signature::heard_in(&pcm, rate_hz), Some(talker.signature()), "{seed}");
            }
        }
    }

    #[test]
    fn the_same_seed_says_the_same_however_it_is_asked() {
        let (mut one, mut two) = (Speech::new(7, 8000), Speech::new(7, 8000));
        let whole = one.take(1000);
        let parts: Vec<i16> = (0..100).flat_map(|_| two.take(10)).collect();
        assert_eq!(whole, parts);
        let level = crate::level::dbm0(&whole);
        assert!((-28.0..-12.0).contains(&level), "{level}");
    }
}
