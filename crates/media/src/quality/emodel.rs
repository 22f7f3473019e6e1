//! The E-model in its short form (ITU-T G.107).

use crate::codec::CodecKind;
use crate::receive::Report;

/// R of a call without impairments under G.107's default values (G.107 table 3).
pub const R_MAX: f64 = 93.2;

/// What a stream goes through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// The codec.
    pub codec: CodecKind,
    /// Share of packets not played: lost and too late, 0 to 1.
    pub loss: f64,
    /// 1 for random loss, more for bursts ([`crate::receive::BurstGap::burst_ratio`]).
    pub burst_ratio: f64,
    /// From mouth to ear, in milliseconds.
    pub delay_ms: f64,
}

impl Conditions {
    /// A stream as it was received; `delay_ms` is network, playout and codec together.
    pub fn of_report(report: &Report, codec: CodecKind, delay_ms: f64) -> Self {
        let late = if report.expected == 0 { 0.0 } else { report.late as f64 / report.expected as f64 };
        let loss = (report.loss() + late).min(1.0);
        Self { codec, loss, burst_ratio: report.bursts.burst_ratio(), delay_ms }
    }

    /// The rating factor R, 0 to [`R_MAX`].
    pub fn r(&self) -> f64 {
        (R_MAX - delay_impairment(self.delay_ms) - self.equipment_impairment()).clamp(0.0, R_MAX)
    }

    /// Mean opinion score, 1 to 4.5.
    pub fn mos(&self) -> f64 {
        mos_of_r(self.r())
    }

    /// Ie,eff: codec and packet loss (G.107 7.4, equation 7-29).
    fn equipment_impairment(&self) -> f64 {
        let (codec, robustness) = codec_impairment(self.codec);
        let percent = 100.0 * self.loss.clamp(0.0, 1.0);
        let burst_ratio = if self.burst_ratio >= 1.0 { self.burst_ratio } else { 1.0 };
        codec + (95.0 - codec) * percent / (percent / burst_ratio + robustness)
    }
}

/// Ie and Bpl (G.113 appendix I, tables I.1 to I.4). G.711 with concealment (G.711 appendix I). G.722 and L16
/// are rated on the narrow-band scale, where they are at least as good as G.711; GSM full rate has no published
/// Bpl and takes that of GSM enhanced full rate.
fn codec_impairment(codec: CodecKind) -> (f64, f64) {
    match codec {
        CodecKind::G729 => (11.0, 19.0),
        CodecKind::G723 => (15.0, 16.1),
        CodecKind::Gsm => (20.0, 10.0),
        _ => (0.0, 25.1),
    }
}

/// Id for the default echo path, by the fit of Cole and Rosenbluth (2001) to G.107: hardly anything up to
/// 177.3 ms, steep from there on.
fn delay_impairment(delay_ms: f64) -> f64 {
    let delay_ms = if delay_ms.is_finite() { delay_ms.max(0.0) } else { 0.0 };
    0.024 * delay_ms + 0.11 * (delay_ms - 177.3).max(0.0)
}

/// MOS of R (G.107 annex B, equation B-4).
pub fn mos_of_r(r: f64) -> f64 {
    if r <= 0.0 || r.is_nan() {
        1.0
    } else if r >= 100.0 {
        4.5
    } else {
        (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0)
    }
}

/// R of a MOS: the inverse of [`mos_of_r`] where it grows, from R 6.5 on (G.107 annex B).
pub fn r_of_mos(mos: f64) -> f64 {
    if mos.is_nan() || mos <= 1.0 {
        return 0.0;
    }
    let (mut low, mut high) = (6.52, 100.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if mos_of_r(middle) < mos {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mos(codec: CodecKind, loss: f64, delay_ms: f64) -> f64 {
        Conditions { codec, loss, burst_ratio: 1.0, delay_ms }.mos()
    }

    #[test]
    fn known_points_of_the_e_model() {
        // G.107: R 93.2 is MOS 4.41; table B.1: R 90, 80, 70, 60, 50.
        let close = |mos: f64, expect: f64| assert!((mos - expect).abs() < 0.011, "{mos} {expect}");
        close(mos(CodecKind::Pcmu, 0.0, 0.0), 4.41);
        for (r, expect) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
            close(mos_of_r(r), expect);
            assert!((r_of_mos(mos_of_r(r)) - r).abs() < 1e-6);
        }
        close(mos(CodecKind::G729, 0.0, 0.0), 4.10);
    }

    #[test]
    fn more_loss_more_bursts_and_more_delay_are_worse() {
        let mut last = 5.0;
        for percent in 0..40 {
            let now = mos(CodecKind::Pcma, f64::from(percent) / 100.0, 50.0);
            assert!(now < last);
            last = now;
        }
        let burst = Conditions { codec: CodecKind::Pcmu, loss: 0.03, burst_ratio: 3.0, delay_ms: 0.0 };
        assert!(burst.mos() < mos(CodecKind::Pcmu, 0.03, 0.0));
        assert!(mos(CodecKind::Pcmu, 0.0, 400.0) < mos(CodecKind::Pcmu, 0.0, 150.0) - 0.4);
        assert_eq!(
            mos(CodecKind::Pcmu, f64::NAN, f64::NAN).clamp(1.0, 4.5),
            mos(CodecKind::Pcmu, f64::NAN, f64::NAN)
        );
    }

    #[test]
    fn ends_of_the_scales() {
        assert_eq!((mos_of_r(-5.0), mos_of_r(120.0), mos_of_r(f64::NAN)), (1.0, 4.5, 1.0));
        assert_eq!((r_of_mos(0.0), r_of_mos(f64::NAN)), (0.0, 0.0));
        assert!((r_of_mos(9.0) - 100.0).abs() < 1e-6);
    }
}
