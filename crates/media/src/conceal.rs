//! What to play for a frame that never came: the last pitch period again, ever softer.
//!
//! After the idea of ITU-T G.711 Appendix I (pitch from 5 to 15 ms, silence after 60 ms), without its overlap
//! at the joints. Works for any codec, since it works on samples.

/// After so long without a frame there is silence, in milliseconds (G.711 Appendix I, I.2.6).
pub const FADE_MS: u32 = 60;

const PITCH_MS_MIN: usize = 5;
const PITCH_MS_MAX: usize = 15;

/// Remembers the last of what was played.
#[derive(Debug, Clone)]
pub struct Concealer {
    history: Vec<i16>,
    samples_per_ms: usize,
    pitch: usize,
    concealed: usize,
}

impl Concealer {
    /// For one channel at `rate_hz`, 8000 to 48000; what lies outside is clamped.
    pub fn new(rate_hz: u32) -> Self {
        let samples_per_ms = rate_hz.clamp(8000, 48_000) as usize / 1000;
        Self { history: vec![0; samples_per_ms * PITCH_MS_MAX * 3], samples_per_ms, pitch: 1, concealed: 0 }
    }

    /// A frame that is played as it came.
    pub fn played(&mut self, pcm: &[i16]) {
        self.concealed = 0;
        let pcm = &pcm[pcm.len().saturating_sub(self.history.len())..];
        self.history.copy_within(pcm.len().., 0);
        let from = self.history.len() - pcm.len();
        self.history[from..].copy_from_slice(pcm);
    }

    /// Appends `samples` to play in place of a frame that is missing.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        if self.concealed == 0 {
            self.pitch = self.find_pitch();
        }
        let fade = (self.samples_per_ms * FADE_MS as usize) as i32;
        let last_period = self.history.len() - self.pitch;
        for _ in 0..samples {
            let left = (fade - self.concealed.min(fade as usize) as i32).max(0);
            let sample = self.history[last_period + self.concealed % self.pitch];
            out.push((i32::from(sample) * left / fade) as i16);
            self.concealed = self.concealed.saturating_add(1);
        }
    }

    /// The lag at which the last 15 ms resemble what came before most.
    fn find_pitch(&self) -> usize {
        let window = self.samples_per_ms * PITCH_MS_MAX;
        let end = self.history.len() - window;
        let recent = &self.history[end..];
        let likeness = |lag: usize| {
            let earlier = &self.history[end - lag..][..window];
            let (mut cross, mut energy) = (0f32, 1f32);
            for (&a, &b) in recent.iter().zip(earlier).step_by(2) {
                cross += f32::from(a) * f32::from(b);
                energy += f32::from(b) * f32::from(b);
            }
            cross / energy.sqrt()
        };
        let lags = self.samples_per_ms * PITCH_MS_MIN..=self.samples_per_ms * PITCH_MS_MAX;
        lags.map(|lag| (lag, likeness(lag)))
            .fold((window, f32::MIN), |best, next| if next.1 > best.1 { next } else { best })
            .0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_goes_on_and_fades() {
        let tone: Vec<i16> =
            (0..1600).map(|n| (8000.0 * (n as f64 * std::f64::consts::TAU / 40.0).sin()) as i16).collect();
        let mut concealer = Concealer::new(8000);
        concealer.played(&tone[..800]);
        let mut out = Vec::new();
        concealer.conceal(160, &mut out);
        let error = out.iter().zip(&tone[800..]).take(40).map(|(a, b)| (a - b).abs()).max();
        assert!(error < Some(900), "{error:?}");
        concealer.conceal(800, &mut out);
        assert_eq!(out[500..], [0; 460]);
    }

    #[test]
    fn nothing_heard_conceals_as_silence_and_long_frames_fit() {
        let mut concealer = Concealer::new(0);
        let mut out = Vec::new();
        concealer.conceal(100, &mut out);
        assert_eq!(out, [0; 100]);
        concealer.played(&[5; 5000]);
        concealer.conceal(1, &mut out);
        assert_eq!(out[100], 5);
    }
}
