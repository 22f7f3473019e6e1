//! Plays a cadence, sample by sample, without drift: phases are integers.

use super::plan::{Cadence, PARTS_MAX, Part, Repeat, Step};
use crate::level::{sine_peak, to_sample};
use std::f64::consts::TAU;

/// A tone that is playing.
#[derive(Debug, Clone)]
pub struct Generator {
    cadence: Cadence,
    rate_hz: u32,
    /// Full turns are 2^32.
    phases: [u32; PARTS_MAX],
    step: usize,
    /// Samples left of the step; nothing for ever.
    left: Option<u64>,
    rounds: u32,
}

impl Generator {
    /// Starts `cadence` at `rate_hz` (0 counts as 8000).
    pub fn new(cadence: Cadence, rate_hz: u32) -> Self {
        let rate_hz = if rate_hz == 0 { 8000 } else { rate_hz };
        let mut generator =
            Self { cadence, rate_hz, phases: [0; PARTS_MAX], step: 0, left: Some(0), rounds: 1 };
        generator.enter(0);
        generator
    }

    /// Fills `out`; silence once the tone is over.
    pub fn fill(&mut self, mut out: &mut [i16]) {
        while !out.is_empty() {
            let Some(step) = self.current().copied() else { return out.fill(0) };
            let now = self
                .left
                .map_or(out.len(), |left| out.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
            let (part, rest) = std::mem::take(&mut out).split_at_mut(now);
            self.sound(&step, part);
            out = rest;
            if let Some(left) = &mut self.left {
                *left -= now as u64;
                if *left == 0 {
                    self.advance();
                }
            }
        }
    }

    /// True once nothing more will sound.
    pub fn is_over(&self) -> bool {
        self.current().is_none()
    }

    fn current(&self) -> Option<&Step> {
        self.cadence.steps.get(self.step)
    }

    fn advance(&mut self) {
        let next = self.step + 1;
        if next < self.cadence.steps.len() {
            return self.enter(next);
        }
        let again = match self.cadence.repeat {
            Repeat::Once => false,
            Repeat::Times(times) => self.rounds < times,
            // A cadence without length would never end.
            Repeat::Forever => true,
        };
        self.rounds = self.rounds.saturating_add(1);
        self.enter(if again { 0 } else { next });
    }

    fn enter(&mut self, step: usize) {
        self.step = step;
        let ms = self.current().map_or(0, |step| step.ms);
        let samples = (u64::from(ms) * u64::from(self.rate_hz) / 1000).max(1);
        self.left = (ms > 0).then_some(samples);
    }

    fn sound(&mut self, step: &Step, out: &mut [i16]) {
        out.fill(0);
        for (part, phase) in step.parts.iter().zip(&mut self.phases) {
            if part.hz > 0.0 {
                *phase = add_sine(part, *phase, self.rate_hz, out);
            }
        }
    }
}

/// Adds a sine by turning a pointer, set anew from the exact phase at each call; yields the phase after it.
fn add_sine(part: &Part, phase: u32, rate_hz: u32, out: &mut [i16]) -> u32 {
    let turns = part.hz / f64::from(rate_hz);
    let step = (turns.fract() * f64::from(u32::MAX)) as u32;
    let (sin_step, cos_step) = (turns.fract() * TAU).sin_cos();
    let (mut sin, mut cos) = (f64::from(phase) / f64::from(u32::MAX) * TAU).sin_cos();
    let peak = sine_peak(part.dbm0);
    for sample in out.iter_mut() {
        *sample = sample.saturating_add(to_sample(peak * sin));
        (sin, cos) = (sin * cos_step + cos * sin_step, cos * cos_step - sin * sin_step);
    }
    phase.wrapping_add(step.wrapping_mul(out.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level;
    use crate::tone::{Tone, TonePlan};

    fn levels(cadence: Cadence, ms: usize) -> Vec<i32> {
        let mut generator = Generator::new(cadence, 8000);
        let mut pcm = vec![0; ms * 8];
        pcm.chunks_mut(77).for_each(|chunk| generator.fill(chunk));
        pcm.chunks(800).map(|tenth| level::dbm0(tenth).round() as i32).collect()
    }

    #[test]
    fn cadence_and_level_are_as_the_table_says() {
        // Two sines at -24 dBm0 are -21 dBm0 together.
        let busy = levels(TonePlan::NorthAmerica.cadence(Tone::Busy), 2000);
        assert_eq!(busy[..5], [-21; 5]);
        assert_eq!(busy[5..10], [-117; 5]);
        assert_eq!(busy[10], -21);
        let dial = levels(TonePlan::NorthAmerica.cadence(Tone::Dial), 10_000);
        assert!(dial.iter().all(|&level| level == -10));
        let confirmation = levels(TonePlan::NorthAmerica.cadence(Tone::Confirmation), 1000);
        assert_eq!(confirmation[4..], [-10, -117, -117, -117, -117, -117]);
    }

    #[test]
    fn a_tone_without_length_or_steps_is_no_trouble() {
        let empty = Cadence { steps: Vec::new(), repeat: Repeat::Forever };
        let mut generator = Generator::new(empty, 0);
        assert!(generator.is_over());
        let mut pcm = [1; 10];
        generator.fill(&mut pcm);
        assert_eq!(pcm, [0; 10]);
    }
}
