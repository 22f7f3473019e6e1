//! The quality text of ConnectionStatisticsRes and of call management records (`varVQMetrics`).
//!
//! Phones write `MLQK=4.5000;MLQKav=4.5000;…` in any order, or free words such as
//! `Log 5: mos 4.5, avgMos 4.4, …`. Both read into one [`VoiceQuality`]; keys that are not known are kept.
//! What the keys mean is from Cisco's CDR administration guide, "K-factor data stored in CMRs".

use super::emodel::Conditions;
use crate::codec::CodecKind;
use crate::receive::Report;
use std::fmt;

/// Longest text that is read, in bytes: the message's buffer; what follows is left out.
pub const TEXT_BYTES_MAX: usize = 600;
/// The version of Cisco's measure that is written (MLQKvr).
const VERSION: f64 = 0.95;

/// What a phone says of the sound that it played.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VoiceQuality {
    /// MLQK: MOS of the last eight seconds.
    pub mos: Option<f64>,
    /// MLQKav: its mean over the call.
    pub mos_average: Option<f64>,
    /// MLQKmn: its lowest value.
    pub mos_min: Option<f64>,
    /// MLQKmx: its highest value.
    pub mos_max: Option<f64>,
    /// ICR: share of concealed time in the last three seconds of active speech, 0 to 1.
    pub conceal_ratio: Option<f64>,
    /// CCR: share of concealed time since the start of the call, 0 to 1.
    pub conceal_ratio_cumulative: Option<f64>,
    /// ICRmx: highest ICR.
    pub conceal_ratio_max: Option<f64>,
    /// CS: seconds with any concealment.
    pub conceal_seconds: Option<u32>,
    /// SCS: seconds with more than 5 % concealment.
    pub conceal_seconds_severe: Option<u32>,
    /// MLQKvr: version of the measure.
    pub version: Option<f64>,
    /// Other keys with their values, in their order.
    pub other: Vec<(String, String)>,
}

impl VoiceQuality {
    /// Reads either form. Never fails: what is no pair is left out.
    pub fn parse(text: &str) -> Self {
        let text = text.split('\0').next().unwrap_or_default();
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let mut quality = Self::default();
        let pairs = if text.contains('=') { pairs_by_equals(text) } else { pairs_by_words(text) };
        for (key, value) in pairs {
            if !quality.set(key, value) {
                quality.other.push((key.to_owned(), value.to_owned()));
            }
        }
        quality
    }

    /// True where nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As a phone without a [`super::Meter`] would rate a stream.
    pub fn of_report(report: &Report, codec: CodecKind, delay_ms: f64) -> Self {
        let mos = Conditions::of_report(report, codec, delay_ms).mos();
        Self {
            mos: Some(mos),
            mos_average: Some(mos),
            mos_min: Some(mos),
            mos_max: Some(mos),
            conceal_ratio: Some(0.0),
            conceal_ratio_cumulative: Some(report.loss()),
            conceal_ratio_max: Some(report.loss()),
            conceal_seconds: Some(u32::try_from(report.bursts.runs).unwrap_or(u32::MAX)),
            conceal_seconds_severe: Some(u32::try_from(report.bursts.bursts).unwrap_or(u32::MAX)),
            version: Some(VERSION),
            other: Vec::new(),
        }
    }

    /// The other form, as phones of protocol 20 write it.
    pub fn log_text(&self, number: u32) -> String {
        let of = |value: Option<f64>| value.unwrap_or(0.0);
        format!(
            "Log {number}: mos {:.4}, avgMos {:.4}, minMos {:.4}, maxMos {:.4}",
            of(self.mos),
            of(self.mos_average),
            of(self.mos_min),
            of(self.mos_max)
        )
    }

    pub(super) fn version_now() -> Option<f64> {
        Some(VERSION)
    }

    /// False for an unknown key, or a value that is no number.
    fn set(&mut self, key: &str, value: &str) -> bool {
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
        let Some(number) = number else { return false };
        let seconds = if (0.0..=f64::from(u32::MAX)).contains(&number) { number as u32 } else { 0 };
        match key.to_ascii_lowercase().as_str() {
            "mlqk" | "mos" => self.mos = Some(number),
            "mlqkav" | "avgmos" => self.mos_average = Some(number),
            "mlqkmn" | "minmos" => self.mos_min = Some(number),
            "mlqkmx" | "maxmos" => self.mos_max = Some(number),
            "mlqkvr" => self.version = Some(number),
            "icr" => self.conceal_ratio = Some(number),
            "ccr" => self.conceal_ratio_cumulative = Some(number),
            "icrmx" => self.conceal_ratio_max = Some(number),
            "cs" => self.conceal_seconds = Some(seconds),
            "scs" => self.conceal_seconds_severe = Some(seconds),
            _ => return false,
        }
        true
    }
}

/// The first form, in the order of the 7900 phones.
impl fmt::Display for VoiceQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        let mut pair = |key: &str, value: Option<String>| match value {
            Some(value) => {
                write!(f, "{between}{key}={value}")?;
                between = ";";
                Ok(())
            }
            None => Ok(()),
        };
        let four = |value: Option<f64>| value.map(|value| format!("{value:.4}"));
        pair("MLQK", four(self.mos))?;
        pair("MLQKav", four(self.mos_average))?;
        pair("MLQKmn", four(self.mos_min))?;
        pair("MLQKmx", four(self.mos_max))?;
        pair("ICR", four(self.conceal_ratio))?;
        pair("CCR", four(self.conceal_ratio_cumulative))?;
        pair("ICRmx", four(self.conceal_ratio_max))?;
        pair("CS", self.conceal_seconds.map(|value| value.to_string()))?;
        pair("SCS", self.conceal_seconds_severe.map(|value| value.to_string()))?;
        pair("MLQKvr", self.version.map(|value| format!("{value:.2}")))?;
        for (key, value) in &self.other {
            pair(key, Some(value.clone()))?;
        }
        Ok(())
    }
}

fn pairs_by_equals(text: &str) -> Vec<(&str, &str)> {
    let words = text.split([';', '|', ',', '\n', '\r']);
    words.filter_map(|word| word.split_once('=')).map(|(key, value)| (key.trim(), value.trim())).collect()
}

/// `Log 5: mos 4.5, avgMos 4.4` and the like: a word, then its number.
fn pairs_by_words(text: &str) -> Vec<(&str, &str)> {
    let words = text.split([' ', ',', ':', ';', '\t', '\n', '\r']).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    words
        .windows(2)
        .filter(|two| !is_number(two[0]) && is_number(two[1]))
        .map(|two| (two[0], two[1]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: &str = "MLQK=4.5000;MLQKav=4.4000;MLQKmn=3.9600;MLQKmx=4.5000;ICR=0.0000;CCR=0.0089;\
                         ICRmx=0.0505;CS=3;SCS=1;MLQKvr=0.95";

    #[test]
    fn the_usual_text_comes_back_as_it_was() {
        let quality = VoiceQuality::parse(USUAL);
        assert_eq!((quality.mos_average, quality.conceal_seconds), (Some(4.4), Some(3)));
        assert_eq!(quality.to_string(), USUAL);
    }

    #[test]
    fn order_blanks_junk_and_unknown_keys_are_no_trouble() {
        let quality = VoiceQuality::parse("CS=0; SCS=0;MLQKvr=0.95\n; X=1;MLQK=4.1 ;CCR=?\0MLQK=1");
        assert_eq!((quality.mos, quality.conceal_seconds, quality.version), (Some(4.1), Some(0), Some(0.95)));
        assert_eq!(quality.other, [("X".into(), "1".into()), ("CCR".into(), "?".into())]);
        assert_eq!(VoiceQuality::parse(&quality.to_string()), quality);
        assert!(VoiceQuality::parse("").is_empty() && VoiceQuality::parse("\u{1F4DE}").is_empty());
        let long = VoiceQuality::parse(&"\u{e9}=1;".repeat(500));
        assert!(long.to_string().len() <= TEXT_BYTES_MAX);
    }

    #[test]
    fn the_log_form_is_read_and_written() {
        let quality = VoiceQuality::parse("Log 5: mos 4.5, avgMos 4.4, maxJitter 12");
        assert_eq!((quality.mos, quality.mos_average), (Some(4.5), Some(4.4)));
        assert_eq!(quality.other, [("Log".into(), "5".into()), ("maxJitter".into(), "12".into())]);
        let again = VoiceQuality::parse(&quality.log_text(7));
        assert_eq!((again.mos, again.mos_average), (Some(4.5), Some(4.4)));
    }
}
