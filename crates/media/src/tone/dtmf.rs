//! DTMF out of sound (ITU-T Q.23, Q.24; thresholds after Telcordia TR-TSY-000181).
//!
//! Speech imitates digits now and then. A block counts only where one row and one column stand out of the other
//! rows and columns, are about equally loud (twist), and carry nearly all of the block's energy; a digit needs
//! two such blocks in a row, and two without it before the same digit counts again.

use super::detect::{Goertzel, share_of};
use super::{DTMF_COLUMNS_HZ, DTMF_ROWS_HZ, KEYPAD};
use crate::level;

/// A digit that was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit {
    /// Which one.
    pub digit: char,
    /// Where it began, in milliseconds since the first sample.
    pub at_ms: u64,
    /// How long it was, to the detector's block, in milliseconds.
    pub ms: u64,
}

/// Listens for digits of 40 ms and more.
#[derive(Debug, Clone)]
pub struct DtmfDetector {
    rows: [Goertzel; 4],
    columns: [Goertzel; 4],
    rate_hz: u32,
    block: usize,
    filled: usize,
    energy: f64,
    blocks: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Quiet,
    /// One block so far.
    Perhaps(char),
    Sounding {
        digit: char,
        since: u64,
        until: u64,
    },
}

impl DtmfDetector {
    /// Samples of a block at 8 kHz: 12.75 ms, so that the frequencies of the tables lie a bin apart.
    const BLOCK_8K: u32 = 102;
    /// Columns may be this much louder than rows, in dB (Q.24: 4 to 8).
    pub const TWIST_DB_MAX: f64 = 6.0;
    /// Rows may be this much louder than columns, in dB (Q.24: 8 in North America).
    pub const REVERSE_TWIST_DB_MAX: f64 = 8.0;
    /// The digit's row and column stand out of the others by this, in dB.
    pub const PEAK_DB_MIN: f64 = 8.0;
    /// Share of the energy in the pair.
    pub const SHARE_MIN: f64 = 0.82;
    /// Level of the pair, in dBm0.
    pub const LEVEL_DBM0_MIN: f64 = -36.0;
    /// Blocks without the digit that end it.
    const QUIET_BLOCKS: u64 = 2;

    /// Listens at `rate_hz`; 0 counts as 8000.
    pub fn new(rate_hz: u32) -> Self {
        let rate_hz = if rate_hz == 0 { 8000 } else { rate_hz };
        Self {
            rows: DTMF_ROWS_HZ.map(|hz| Goertzel::new(hz, rate_hz)),
            columns: DTMF_COLUMNS_HZ.map(|hz| Goertzel::new(hz, rate_hz)),
            rate_hz,
            block: (u64::from(rate_hz) * u64::from(Self::BLOCK_8K) / 8000).max(1) as usize,
            filled: 0,
            energy: 0.0,
            blocks: 0,
            state: State::Quiet,
        }
    }

    /// Listens to some samples; appends the digits that ended meanwhile.
    pub fn feed(&mut self, pcm: &[i16], digits: &mut Vec<Digit>) {
        for &sample in pcm {
            let sample = f64::from(sample);
            self.energy += sample * sample;
            self.rows.iter_mut().chain(&mut self.columns).for_each(|filter| filter.push(sample));
            self.filled += 1;
            if self.filled == self.block {
                self.filled = 0;
                let heard = self.close();
                digits.extend(self.follow(heard));
            }
        }
    }

    /// The digit that sounds now.
    pub fn sounding(&self) -> Option<char> {
        match self.state {
            State::Sounding { digit, .. } => Some(digit),
            _ => None,
        }
    }

    /// The sound is over: the digit that was still sounding.
    pub fn finish(&mut self) -> Option<Digit> {
        match std::mem::replace(&mut self.state, State::Quiet) {
            State::Sounding { digit, since, until } => Some(self.digit(digit, since, until)),
            _ => None,
        }
    }

    fn follow(&mut self, heard: Option<char>) -> Option<Digit> {
        let block = self.blocks;
        self.blocks += 1;
        let begin = |heard: Option<char>| heard.map_or(State::Quiet, State::Perhaps);
        let (next, ended) = match (self.state, heard) {
            (State::Perhaps(digit), Some(same)) if digit == same => {
                (State::Sounding { digit, since: block - 1, until: block + 1 }, None)
            }
            (State::Sounding { digit, since, .. }, Some(same)) if digit == same => {
                (State::Sounding { digit, since, until: block + 1 }, None)
            }
            (sounding @ State::Sounding { digit, since, until }, heard) => {
                if block + 1 - until < Self::QUIET_BLOCKS {
                    (sounding, None)
                } else {
                    (begin(heard), Some(self.digit(digit, since, until)))
                }
            }
            (_, heard) => (begin(heard), None),
        };
        self.state = next;
        ended
    }

    fn digit(&self, digit: char, since: u64, until: u64) -> Digit {
        let ms = |blocks: u64| blocks * self.block as u64 * 1000 / u64::from(self.rate_hz);
        Digit { digit, at_ms: ms(since), ms: ms(until - since) }
    }

    /// What this block held; the filters start over.
    fn close(&mut self) -> Option<char> {
        let energy = std::mem::take(&mut self.energy);
        let rows = self.rows.each_mut().map(Goertzel::power);
        let columns = self.columns.each_mut().map(Goertzel::power);
        let (row, low) = peak(&rows)?;
        let (column, high) = peak(&columns)?;
        let share = share_of(low + high, energy, self.block);
        let mean_square = energy * share / self.block as f64;
        let loud = level::dbfs_of_mean_square(mean_square) + level::OVERLOAD_DBM0 >= Self::LEVEL_DBM0_MIN;
        let twist = 10.0 * (high / low).log10();
        let even = (-Self::REVERSE_TWIST_DB_MAX..=Self::TWIST_DB_MAX).contains(&twist);
        (loud && even && share >= Self::SHARE_MIN).then_some(KEYPAD[row][column])
    }
}

/// The strongest of four, where it stands out of the rest.
fn peak(powers: &[f64; 4]) -> Option<(usize, f64)> {
    let (at, &most) = powers.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let stands_out = 10f64.powf(DtmfDetector::PEAK_DB_MIN / 10.0);
    let others = powers.iter().enumerate().filter(|&(other, _)| other != at).map(|(_, &power)| power);
    let next = others.fold(0.0, f64::max);
    (most > 0.0 && most >= next * stands_out).then_some((at, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::Speech;
    use crate::tone::{Cadence, Generator, Part, Repeat, Step, Tone, TonePlan};

    fn listen(pcm: &[i16], rate_hz: u32) -> String {
        let mut detector = DtmfDetector::new(rate_hz);
        let mut digits = Vec::new();
        pcm.chunks(113).for_each(|chunk| detector.feed(chunk, &mut digits));
        digits.extend(detector.finish());
        digits.iter().map(|digit| digit.digit).collect()
    }

    fn play(cadence: Cadence, rate_hz: u32, ms: usize) -> Vec<i16> {
        let mut pcm = vec![0; ms * rate_hz as usize / 1000];
        Generator::new(cadence, rate_hz).fill(&mut pcm);
        pcm
    }

    #[test]
    fn every_digit_is_heard_once_at_both_rates() {
        for rate_hz in [8000, 16_000] {
            for (on, off) in [(40, 40), (70, 60), (500, 100)] {
                let all = "1234567890*#ABCD11";
                let ms = all.len() * (on + off) as usize;
                assert_eq!(listen(&play(Cadence::dtmf(all, on, off), rate_hz, ms), rate_hz), all);
            }
        }
    }

    #[test]
    fn a_digit_has_its_place_and_length() {
        let mut detector = DtmfDetector::new(8000);
        let mut digits = Vec::new();
        let pcm = [vec![0; 800], play(Cadence::dtmf("7", 100, 100), 8000, 200)].concat();
        detector.feed(&pcm, &mut digits);
        let [digit] = digits[..] else { panic!("{digits:?}") };
        assert!(digit.at_ms.abs_diff(100) <= 13 && digit.ms.abs_diff(100) <= 26, "{digit:?}");
    }

    #[test]
    fn too_short_too_uneven_and_too_soft_are_none() {
        assert_eq!(listen(&play(Cadence::dtmf("5", 15, 50), 8000, 200), 8000), "");
        let uneven = |low: f64, high: f64| {
            let (row, column) = crate::tone::dtmf_pair('5').unwrap();
            let mut parts = [Part { hz: 0.0, dbm0: 0.0 }; 4];
            parts[..2].copy_from_slice(&[Part { hz: row, dbm0: low }, Part { hz: column, dbm0: high }]);
            play(Cadence { steps: vec![Step { parts, ms: 100 }], repeat: Repeat::Once }, 8000, 200)
        };
        assert_eq!(listen(&uneven(-10.0, -10.0), 8000), "5");
        assert_eq!(listen(&uneven(-22.0, -10.0), 8000), "");
        assert_eq!(listen(&uneven(-10.0, -22.0), 8000), "");
        assert_eq!(listen(&uneven(-50.0, -50.0), 8000), "");
    }

    #[test]
    fn speech_and_call_tones_are_no_digits() {
        for seed in 0..10 {
            let mut pcm = vec![0; 8000 * 15];
            Speech::new(seed, 8000).fill(&mut pcm);
            assert_eq!(listen(&pcm, 8000), "", "seed {seed}");
        }
        for tone in Tone::ALL {
            assert_eq!(listen(&play(TonePlan::NorthAmerica.cadence(tone), 8000, 5000), 8000), "", "{tone:?}");
        }
    }

    #[test]
    fn digits_survive_noise() {
        let mut pcm = play(Cadence::dtmf("0123456789", 60, 60), 8000, 1200);
        let mut noise = 1u32;
        for sample in &mut pcm {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = sample.saturating_add((noise >> 16) as i16 / 32);
        }
        assert_eq!(listen(&pcm, 8000), "0123456789");
    }
}
