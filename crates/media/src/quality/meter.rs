//! Counts, while a stream plays, what the quality text tells: concealment by second, MOS by eight seconds.

use super::emodel::Conditions;
use super::text::VoiceQuality;
use crate::codec::CodecKind;

/// ICR looks back this far, in milliseconds.
pub const CONCEAL_MS: u32 = 3000;
/// MLQK looks back this far, in milliseconds.
pub const MOS_MS: u32 = 8000;
/// From this share of concealed time on a second is severe.
const SEVERE: f64 = 0.05;

/// Takes the fate of each packet time that is played.
#[derive(Debug, Clone)]
pub struct Meter {
    codec: CodecKind,
    delay_ms: f64,
    second: Span,
    conceal: Span,
    mos: Span,
    call: Span,
    conceal_seconds: u32,
    severe_seconds: u32,
    conceal_ratio: f64,
    conceal_ratio_max: f64,
    mos_now: Option<f64>,
    mos_sum: f64,
    mos_count: u32,
    mos_range: [f64; 2],
}

/// Time played, of which concealed, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    ms: u64,
    concealed_ms: u64,
}

impl Span {
    fn add(&mut self, ms: u32, concealed: bool) {
        self.ms += u64::from(ms);
        self.concealed_ms += if concealed { u64::from(ms) } else { 0 };
    }

    fn ratio(self) -> f64 {
        if self.ms == 0 { 0.0 } else { self.concealed_ms as f64 / self.ms as f64 }
    }

    /// The span where it is complete; a new one begins.
    fn complete(&mut self, ms: u32) -> Option<Self> {
        (self.ms >= u64::from(ms)).then(|| std::mem::take(self))
    }
}

impl Meter {
    /// For a stream of `codec` that takes `delay_ms` from mouth to ear.
    pub fn new(codec: CodecKind, delay_ms: f64) -> Self {
        Self {
            codec,
            delay_ms,
            second: Span::default(),
            conceal: Span::default(),
            mos: Span::default(),
            call: Span::default(),
            conceal_seconds: 0,
            severe_seconds: 0,
            conceal_ratio: 0.0,
            conceal_ratio_max: 0.0,
            mos_now: None,
            mos_sum: 0.0,
            mos_count: 0,
            mos_range: [f64::MAX, f64::MIN],
        }
    }

    /// `ms` milliseconds were played, as they came or concealed. Pauses of the sender are not to be told.
    pub fn played(&mut self, ms: u32, concealed: bool) {
        for span in [&mut self.second, &mut self.conceal, &mut self.mos, &mut self.call] {
            span.add(ms, concealed);
        }
        if let Some(second) = self.second.complete(1000) {
            self.conceal_seconds += u32::from(second.concealed_ms > 0);
            self.severe_seconds += u32::from(second.ratio() > SEVERE);
        }
        if let Some(span) = self.conceal.complete(CONCEAL_MS) {
            self.conceal_ratio = span.ratio();
            self.conceal_ratio_max = self.conceal_ratio_max.max(span.ratio());
        }
        if let Some(span) = self.mos.complete(MOS_MS) {
            let mos = self.mos_of(span);
            self.mos_now = Some(mos);
            self.mos_sum += mos;
            self.mos_count += 1;
            self.mos_range = [self.mos_range[0].min(mos), self.mos_range[1].max(mos)];
        }
    }

    /// What the phone would say now. Of a call shorter than eight seconds it rates what there is.
    pub fn quality(&self) -> VoiceQuality {
        let so_far = self.mos_of(self.call);
        let (average, [min, max]) = match self.mos_count {
            0 => (so_far, [so_far; 2]),
            count => (self.mos_sum / f64::from(count), self.mos_range),
        };
        VoiceQuality {
            mos: Some(self.mos_now.unwrap_or(so_far)),
            mos_average: Some(average),
            mos_min: Some(min),
            mos_max: Some(max),
            conceal_ratio: Some(self.conceal_ratio),
            conceal_ratio_cumulative: Some(self.call.ratio()),
            conceal_ratio_max: Some(self.conceal_ratio_max),
            conceal_seconds: Some(self.conceal_seconds + u32::from(self.second.concealed_ms > 0)),
            conceal_seconds_severe: Some(self.severe_seconds),
            version: VoiceQuality::version_now(),
            other: Vec::new(),
        }
    }

    fn mos_of(&self, span: Span) -> f64 {
        let conditions =
            Conditions { codec: self.codec, loss: span.ratio(), burst_ratio: 1.0, delay_ms: self.delay_ms };
        conditions.mos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_ratios_are_counted() {
        let mut meter = Meter::new(CodecKind::Pcmu, 0.0);
        for n in 0..1000 {
            // One lost in the second second, a tenth of the sixth second.
            meter.played(20, n == 60 || (250..300).contains(&n) && n % 10 == 0);
        }
        let quality = meter.quality();
        assert_eq!((quality.conceal_seconds, quality.conceal_seconds_severe), (Some(2), Some(1)));
        assert_eq!(quality.conceal_ratio_cumulative, Some(6.0 / 1000.0));
        assert_eq!((quality.conceal_ratio, quality.conceal_ratio_max), (Some(0.0), Some(5.0 / 150.0)));
        assert!(quality.mos_min < quality.mos_average && quality.mos_average < quality.mos_max);
        assert!(quality.mos_max.is_some_and(|mos| (mos - 4.41).abs() < 0.01));
    }

    #[test]
    fn a_short_or_empty_call_has_a_rating_too() {
        let mut meter = Meter::new(CodecKind::G729, 20.0);
        assert!(meter.quality().mos.is_some_and(f64::is_finite));
        meter.played(20, false);
        assert!(meter.quality().to_string().starts_with("MLQK=4.0"));
    }
}
