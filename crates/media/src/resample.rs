//! Sample rates: 8 to 16 kHz and back while a call runs, any rate to any other for whole files.
//!
//! The live converters are one half-band FIR filter (windowed sinc, Blackman window, [`TAPS`] taps): flat to
//! 3.4 kHz within 0.1 dB, 70 dB down from 4.6 kHz on, [`DELAY_SAMPLES`] samples of 16 kHz late.

use crate::level::to_sample;
use std::f64::consts::PI;

/// Taps of the half-band filter.
pub const TAPS: usize = 79;
/// What each converter delays, in samples at 16 kHz.
pub const DELAY_SAMPLES: usize = TAPS / 2;

/// Reach of the file converter's filter, in samples of the lower rate.
const REACH: f64 = 24.0;
/// Longest result of [`resample`], in samples: half an hour at 48 kHz.
pub const SAMPLES_MAX: usize = 30 * 60 * 48_000;

/// 8 to 16 kHz.
#[derive(Debug, Clone)]
pub struct Doubler {
    half_band: HalfBand,
}

/// 16 to 8 kHz.
#[derive(Debug, Clone)]
pub struct Halver {
    half_band: HalfBand,
    odd: Option<i16>,
}

impl Doubler {
    /// After silence.
    pub fn new() -> Self {
        Self { half_band: HalfBand::new() }
    }

    /// Appends twice as many samples as `pcm` has.
    pub fn process(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        for &sample in pcm {
            for sample in [f64::from(sample), 0.0] {
                self.half_band.push(sample);
                out.push(to_sample(2.0 * self.half_band.sum()));
            }
        }
    }
}

impl Halver {
    /// After silence.
    pub fn new() -> Self {
        Self { half_band: HalfBand::new(), odd: None }
    }

    /// Appends half as many samples as `pcm` has; an odd one waits for the next call.
    pub fn process(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        for &sample in pcm {
            match self.odd.take() {
                None => self.odd = Some(sample),
                Some(first) => {
                    self.half_band.push(f64::from(first));
                    self.half_band.push(f64::from(sample));
                    out.push(to_sample(self.half_band.sum()));
                }
            }
        }
    }
}

impl Default for Doubler {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Halver {
    fn default() -> Self {
        Self::new()
    }
}

/// The filter and its delay line; every other tap but the middle one is zero.
#[derive(Debug, Clone)]
struct HalfBand {
    /// Taps at odd distances from the middle: 1, 3, 5 …
    side: [f64; TAPS.div_ceil(4)],
    /// The last samples twice over, so that they lie in a row from `head` on.
    line: [f64; 2 * TAPS],
    head: usize,
}

impl HalfBand {
    fn new() -> Self {
        let middle = (TAPS / 2) as f64;
        let raw: [f64; TAPS.div_ceil(4)] = std::array::from_fn(|n| {
            let x = (2 * n + 1) as f64;
            (PI * x / 2.0).sin() / (PI * x) * blackman(x / (middle + 1.0))
        });
        // The two halves of the sum, at 0 Hz: a half each.
        let scale = 0.25 / raw.iter().sum::<f64>();
        Self { side: raw.map(|tap| tap * scale), line: [0.0; 2 * TAPS], head: 0 }
    }

    fn push(&mut self, sample: f64) {
        self.line[self.head] = sample;
        self.line[self.head + TAPS] = sample;
        self.head = (self.head + 1) % TAPS;
    }

    fn sum(&self) -> f64 {
        let line = &self.line[self.head..self.head + TAPS];
        let middle = TAPS / 2;
        let sides = self.side.iter().enumerate().map(|(n, tap)| {
            let apart = 2 * n + 1;
            tap * (line[middle - apart] + line[middle + apart])
        });
        line[middle] * 0.5 + sides.sum::<f64>()
    }
}

/// Blackman's window: 1 in the middle (0), 0 at the ends (-1, 1).
fn blackman(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { 0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos() }
}

/// A whole piece at another rate, in step with the original (no delay). For files: about a hundred
/// multiplications a sample. Rates of 0 yield nothing; the result ends at [`SAMPLES_MAX`].
pub fn resample(pcm: &[i16], from_hz: u32, to_hz: u32) -> Vec<i16> {
    if from_hz == to_hz {
        return pcm.to_vec();
    }
    if from_hz == 0 || to_hz == 0 {
        return Vec::new();
    }
    let ratio = f64::from(from_hz) / f64::from(to_hz);
    let samples = ((pcm.len() as f64 / ratio) as usize).min(SAMPLES_MAX);
    // Going down, the filter cuts at the new rate's half.
    let cut = (1.0 / ratio).min(1.0) * 0.95;
    let phases = Phases::new(from_hz, to_hz, cut, samples);
    (0..samples).map(|n| to_sample(phases.sum(pcm, n))).collect()
}

/// The filter as it lies over the original at each of the places that results can have between two of its
/// samples; rates that share no large divisor have many such places, but no more than results.
struct Phases {
    /// Samples of the original in one round of results, and results in it.
    step: usize,
    round: usize,
    /// Taps of each place, from `reach` samples before it on.
    taps: Vec<Vec<f64>>,
    reach: usize,
}

impl Phases {
    fn new(from_hz: u32, to_hz: u32, cut: f64, results: usize) -> Self {
        let shared = greatest_common_divisor(from_hz, to_hz);
        let (step, round) = ((from_hz / shared) as usize, (to_hz / shared) as usize);
        let reach = (REACH / cut).ceil();
        let taps_at = |phase: usize| {
            let between = ((phase * step) % round) as f64 / round as f64;
            let mut taps: Vec<f64> = (0..=2 * reach as usize)
                .map(|n| {
                    let x = n as f64 - reach - between;
                    let turns = PI * x * cut;
                    let sinc = if turns.abs() < 1e-9 { 1.0 } else { turns.sin() / turns };
                    cut * sinc * blackman(x / (reach + 1.0))
                })
                .collect();
            // Each place passes 0 Hz alike.
            let scale = taps.iter().sum::<f64>();
            taps.iter_mut().for_each(|tap| *tap /= scale);
            taps
        };
        Self { step, round, taps: (0..round.min(results)).map(taps_at).collect(), reach: reach as usize }
    }

    /// The result number `n`; before and after the original is silence.
    fn sum(&self, pcm: &[i16], n: usize) -> f64 {
        let at = (n / self.round) * self.step + (n % self.round) * self.step / self.round;
        let taps = &self.taps[n % self.round];
        let skipped = self.reach.saturating_sub(at);
        let first = (at + skipped).saturating_sub(self.reach);
        let under = &pcm[first.min(pcm.len())..];
        taps[skipped..].iter().zip(under).map(|(tap, sample)| tap * f64::from(*sample)).sum()
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level;
    use crate::tone::{Cadence, Generator};

    fn sine(hz: f64, rate_hz: u32) -> Vec<i16> {
        let mut pcm = vec![0; rate_hz as usize];
        Generator::new(Cadence::sine(hz, -3.0, 0), rate_hz).fill(&mut pcm);
        pcm
    }

    #[test]
    fn the_telephone_band_passes_and_images_do_not() {
        for hz in [200.0, 1000.0, 3000.0, 3400.0] {
            let mut up = Vec::new();
            Doubler::new().process(&sine(hz, 8000), &mut up);
            assert_eq!(up.len(), 16_000);
            assert!((level::dbm0(&up[200..]) + 3.0).abs() < 0.15, "{hz}");
            assert!(crate::tone::share(&up[200..15_000], hz, 16_000) > 0.999, "{hz}");
            let mut down = Vec::new();
            Halver::new().process(&sine(hz, 16_000), &mut down);
            assert_eq!(down.len(), 8000);
            assert!((level::dbm0(&down[200..]) + 3.0).abs() < 0.15, "{hz}");
        }
        let mut gone = Vec::new();
        Halver::new().process(&sine(4700.0, 16_000), &mut gone);
        assert!(level::dbm0(&gone[200..]) < -65.0, "{}", level::dbm0(&gone[200..]));
    }

    #[test]
    fn pieces_make_the_same_as_the_whole() {
        let pcm = sine(900.0, 16_000);
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        Halver::new().process(&pcm, &mut whole);
        let mut halver = Halver::new();
        pcm.chunks(33).for_each(|chunk| halver.process(chunk, &mut parts));
        assert_eq!(whole, parts);
    }

    #[test]
    fn whole_files_change_rate_in_step() {
        for (from, to) in [(8000, 16_000), (44_100, 8000), (48_000, 16_000), (8000, 11_025)] {
            let out = resample(&sine(440.0, from), from, to);
            let expect = sine(440.0, to);
            assert_eq!(out.len(), expect.len());
            let inner = 1000..expect.len() - 1000;
            let error: Vec<i16> = out[inner.clone()].iter().zip(&expect[inner]).map(|(a, b)| a - b).collect();
            assert!(level::dbm0(&error) < -50.0, "{from} {to} {}", level::dbm0(&error));
        }
        assert!(resample(&[1, 2], 0, 8000).is_empty());
        assert!(resample(&[], 8000, 16_000).is_empty());
        assert_eq!(resample(&[7], 8000, 16_000).len(), 2);
    }
}
