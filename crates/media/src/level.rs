//! Levels: samples to dBFS and dBm0 and back.
//!
//! 0 dBFS is a sine that just fills 16 bits (AES17). 0 dBm0 lies 3.14 dB below it: ITU-T G.711 sets the A-law
//! overload point at +3.14 dBm0 (µ-law: +3.17 dBm0; the 0.03 dB are left aside).

/// How far 0 dBm0 lies below a full-scale sine, in dB (ITU-T G.711, A-law).
#[allow(clippy::approx_constant, reason = "decibels, not half a turn")]
pub const OVERLOAD_DBM0: f64 = 3.14;

/// What [`dbfs`] says of digital silence, so that no caller meets an infinity.
pub const SILENCE_DBFS: f64 = -120.0;

const FULL_SCALE: f64 = 32768.0;

/// Mean level of `pcm` in dBFS; [`SILENCE_DBFS`] for silence and for no samples.
pub fn dbfs(pcm: &[i16]) -> f64 {
    let energy: f64 = pcm.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    dbfs_of_mean_square(energy / pcm.len().max(1) as f64)
}

/// Mean level of `pcm` in dBm0.
pub fn dbm0(pcm: &[i16]) -> f64 {
    dbfs(pcm) + OVERLOAD_DBM0
}

/// Peak sample value of a sine at `dbm0`.
pub fn sine_peak(dbm0: f64) -> f64 {
    FULL_SCALE * ratio(dbm0 - OVERLOAD_DBM0)
}

/// Amplitude ratio of `db`.
pub fn ratio(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

/// Decibels of an amplitude ratio; [`SILENCE_DBFS`] for nothing at all.
pub fn decibels(ratio: f64) -> f64 {
    if ratio > 0.0 { (20.0 * ratio.log10()).max(SILENCE_DBFS) } else { SILENCE_DBFS }
}

/// dBFS of a mean square; the mean square of a full-scale sine is half of the full scale squared.
pub(crate) fn dbfs_of_mean_square(mean_square: f64) -> f64 {
    decibels((2.0 * mean_square).sqrt() / FULL_SCALE)
}

/// Rounds and saturates to 16 bits.
pub(crate) fn to_sample(value: f64) -> i16 {
    value.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_sine_is_0_dbfs_and_silence_is_finite() {
        let sine: Vec<i16> = (0..8000)
            .map(|n| to_sample(32767.0 * (f64::from(n) * std::f64::consts::TAU / 80.0).sin()))
            .collect();
        assert!(dbfs(&sine).abs() < 0.01);
        assert!((dbm0(&sine) - OVERLOAD_DBM0).abs() < 0.01);
        assert_eq!(dbfs(&[]), SILENCE_DBFS);
        assert_eq!(dbfs(&[0; 10]), SILENCE_DBFS);
        assert!((sine_peak(0.0) - 22_827.0).abs() < 2.0);
    }
}
