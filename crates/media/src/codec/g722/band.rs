//! One band's adaptive predictor and scale (ITU-T G.722 6.2.1.3 to 6.2.1.5, blocks 3L/3H and 4L/4H).

use super::tables::INVERSE_LOG;

/// Zero-section coefficients of the predictor.
const ZEROS: usize = 6;

/// How a band's scale factor moves (blocks LOGSCL/SCALEL and LOGSCH/SCALEH).
#[derive(Debug, Clone, Copy)]
pub struct Scaling {
    /// Highest logarithmic scale.
    pub top: i32,
    /// Position of the binary point.
    pub shift: i32,
    /// Scale factor after a reset.
    pub first: i32,
}

/// The lower band's.
pub const LOW: Scaling = Scaling { top: 18_432, shift: 8, first: 32 };
/// The upper band's.
pub const HIGH: Scaling = Scaling { top: 22_528, shift: 10, first: 8 };

/// State of one band, with the recommendation's names in brackets.
#[derive(Debug, Clone)]
pub struct Band {
    scaling: Scaling,
    /// What the next sample should be (S).
    pub predicted: i32,
    /// Scale factor of the quantiser (DET).
    pub scale: i32,
    zero_part: i32,
    log_scale: i32,
    poles: [i32; 2],
    zeros: [i32; ZEROS],
    differences: [i32; ZEROS],
    rebuilt: [i32; 2],
    partial: [i32; 2],
}

impl Band {
    /// A band after reset.
    pub fn new(scaling: Scaling) -> Self {
        Self {
            scaling,
            predicted: 0,
            scale: scaling.first,
            zero_part: 0,
            log_scale: 0,
            poles: [0; 2],
            zeros: [0; ZEROS],
            differences: [0; ZEROS],
            rebuilt: [0; 2],
            partial: [0; 2],
        }
    }

    /// Takes the quantised difference and the code's scale step; predicts the next sample.
    pub fn adapt(&mut self, difference: i32, scale_step: i32) {
        self.adapt_scale(scale_step);
        let rebuilt = saturate(self.predicted + difference);
        let partial = saturate(self.zero_part + difference);
        self.adapt_poles(partial);
        self.adapt_zeros(difference);
        self.rebuilt = [rebuilt, self.rebuilt[0]];
        self.partial = [partial, self.partial[0]];
        self.predict();
    }

    /// LOGSCL and SCALEL, LOGSCH and SCALEH.
    fn adapt_scale(&mut self, step: i32) {
        self.log_scale = (((self.log_scale * 127) >> 7) + step).clamp(0, self.scaling.top);
        let fraction = INVERSE_LOG[((self.log_scale >> 6) & 31) as usize];
        let down = self.scaling.shift - (self.log_scale >> 11);
        let value = if down < 0 { fraction << -down } else { fraction >> down };
        self.scale = value << 2;
    }

    /// UPPOL2 and UPPOL1.
    fn adapt_poles(&mut self, partial: i32) {
        let [first, second] = self.poles;
        let same_as = |earlier: i32| (partial < 0) == (earlier < 0);
        let turned = saturate(first << 2);
        let turned = if same_as(self.partial[0]) { (-turned).min(32_767) } else { turned };
        let step = if same_as(self.partial[1]) { 128 } else { -128 };
        let second = (step + (turned >> 7) + ((second * 32_512) >> 15)).clamp(-12_288, 12_288);
        let step = if same_as(self.partial[0]) { 192 } else { -192 };
        let bound = 15_360 - second;
        let first = saturate(step + ((first * 32_640) >> 15)).clamp(-bound, bound);
        self.poles = [first, second];
    }

    /// UPZERO, and the shift of its delay line.
    fn adapt_zeros(&mut self, difference: i32) {
        let step = if difference == 0 { 0 } else { 128 };
        for (zero, earlier) in self.zeros.iter_mut().zip(self.differences) {
            let signed = if (difference < 0) == (earlier < 0) { step } else { -step };
            *zero = saturate(signed + ((*zero * 32_640) >> 15));
        }
        self.differences.copy_within(..ZEROS - 1, 1);
        self.differences[0] = difference;
    }

    /// FILTEP, FILTEZ and PREDIC.
    fn predict(&mut self) {
        let pole = |index: usize| (self.poles[index] * saturate(self.rebuilt[index] * 2)) >> 15;
        let pole_part = saturate(pole(0) + pole(1));
        let zero_part: i32 = self
            .zeros
            .iter()
            .zip(self.differences)
            .map(|(zero, difference)| (zero * saturate(difference * 2)) >> 15)
            .sum();
        self.zero_part = saturate(zero_part);
        self.predicted = saturate(pole_part + self.zero_part);
    }
}

/// Clamps to 16 bits.
pub fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}
