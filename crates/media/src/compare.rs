//! Is this what was said? Finds a phrase in what was heard, by content.
//!
//! Three steps. The loudest second of the phrase, low-passed and thinned to 2 kHz, is slid over what was heard
//! within the largest delay: a few places stand out. Each is refined at the full rate. Around the best one the
//! phrase is compared block by block, each block free to move a little, since a playout buffer may have inserted
//! or dropped a frame in mid-phrase. Ten seconds take some ten milliseconds (see `benches/media.rs`).

use crate::level::{decibels, ratio};

/// Largest delay that is searched, in milliseconds, either way.
pub const DELAY_MS_MAX: u32 = 10_000;
/// Longest phrase that is compared, in seconds; what follows is left out.
pub const PHRASE_SECS_MAX: usize = 60;
/// A phrase shorter than this has too little to go by, in milliseconds.
pub const PHRASE_MS_MIN: usize = 100;

const THIN_HZ: u32 = 2000;
const BLOCK_MS: usize = 250;
/// How far a block may lie from where the whole phrase lies, in milliseconds.
const BLOCK_SLACK_MS: usize = 60;
/// From this correlation on a block need not be searched for.
const BLOCK_GOOD: f64 = 0.8;
const CANDIDATES: usize = 6;

/// Where and how well a phrase was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Normalised cross-correlation, energy-weighted over all blocks: 1 for the phrase itself, near 0 for
    /// something else.
    pub correlation: f64,
    /// How much later than in the phrase it was heard, in milliseconds.
    pub delay_ms: f64,
    /// How much louder it was heard, in dB.
    pub gain_db: f64,
    /// Share of the phrase's energy that lies within what was heard, 0 to 1. What lies outside does not count
    /// for the correlation.
    pub coverage: f64,
}

/// Looks for `phrase` in `heard`, both at `rate_hz`, at most `max_delay_ms` (held to [`DELAY_MS_MAX`]) apart.
/// Nothing where the phrase is too short or silent, or nothing was heard.
pub fn find(phrase: &[i16], heard: &[i16], rate_hz: u32, max_delay_ms: u32) -> Option<Match> {
    let per_ms = (rate_hz / 1000) as usize;
    if per_ms == 0 || phrase.len() < PHRASE_MS_MIN * per_ms {
        return None;
    }
    let phrase = floats(&phrase[..phrase.len().min(PHRASE_SECS_MAX * rate_hz as usize)]);
    let heard = floats(heard);
    let reach = (max_delay_ms.min(DELAY_MS_MAX) as usize * per_ms) as isize;
    let best = coarse(&phrase, &heard, rate_hz, reach)
        .into_iter()
        .map(|place| refine(&phrase, &heard, place, per_ms as isize, reach))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    by_blocks(&phrase, &heard, best.0, per_ms)
}

/// Energy, cross product: what a correlation needs.
#[derive(Debug, Clone, Copy, Default)]
struct Products {
    cross: f64,
    phrase: f64,
    heard: f64,
}

impl Products {
    fn correlation(self) -> f64 {
        let energy = (self.phrase * self.heard).sqrt();
        if energy > 0.0 { self.cross / energy } else { 0.0 }
    }

    fn add(&mut self, other: Self) {
        self.cross += other.cross;
        self.phrase += other.phrase;
        self.heard += other.heard;
    }
}

/// Places of the phrase in what was heard, roughly, best first; in samples of the full rate.
fn coarse(phrase: &[f32], heard: &[f32], rate_hz: u32, reach: isize) -> Vec<isize> {
    let step = (rate_hz / THIN_HZ).max(1) as usize;
    let (thin_phrase, thin_heard) = (thin(phrase, step), thin(heard, step));
    let anchor_len = (rate_hz as usize / step).min(thin_phrase.len());
    let anchor_at = loudest(&thin_phrase, anchor_len);
    let anchor = &thin_phrase[anchor_at..anchor_at + anchor_len];
    let reach = reach / step as isize;
    let mut places: Vec<(isize, f64)> = (-reach..=reach)
        .map(|lag| {
            (lag, products(anchor, &thin_heard, anchor_at as isize + lag, anchor_len / 4).correlation())
        })
        .filter(|place| place.1 > 0.0)
        .collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut kept: Vec<isize> = Vec::new();
    for (lag, _) in places {
        if kept.iter().all(|&other| (other - lag).abs() > 2) {
            kept.push(lag);
        }
        if kept.len() == CANDIDATES {
            break;
        }
    }
    kept.into_iter().map(|lag| lag * step as isize).collect()
}

/// The exact place around a rough one, by the whole phrase, or by its loudest two seconds where it is longer.
fn refine(phrase: &[f32], heard: &[f32], place: isize, per_ms: isize, reach: isize) -> (isize, f64) {
    let len = phrase.len().min(2000 * per_ms as usize);
    let at = loudest(phrase, len);
    let part = &phrase[at..at + len];
    let around = (place - 2 * per_ms).max(-reach)..=(place + 2 * per_ms).min(reach);
    around
        .map(|lag| (lag, products(part, heard, at as isize + lag, len / 8).correlation()))
        .fold((place, f64::MIN), |best, next| if next.1 > best.1 { next } else { best })
}

fn by_blocks(phrase: &[f32], heard: &[f32], place: isize, per_ms: usize) -> Option<Match> {
    let block_len = BLOCK_MS * per_ms;
    let mut sum = Products::default();
    for (n, block) in phrase.chunks(block_len).enumerate() {
        let at = (n * block_len) as isize + place;
        let mut best = products(block, heard, at, block.len() / 2);
        if best.correlation() < BLOCK_GOOD && best.phrase > 0.0 {
            best = search_block(block, heard, at, per_ms, best);
        }
        sum.add(best);
    }
    let whole: f64 = energy(phrase);
    let found = sum.phrase > 0.0 && sum.heard > 0.0;
    found.then(|| Match {
        correlation: sum.correlation(),
        delay_ms: place as f64 / per_ms as f64,
        gain_db: decibels(sum.cross.max(0.0) / sum.phrase),
        coverage: sum.phrase / whole,
    })
}

/// The best place of a block around where it should lie: in steps of half a millisecond, then exactly.
fn search_block(block: &[f32], heard: &[f32], at: isize, per_ms: usize, start: Products) -> Products {
    let slack = (BLOCK_SLACK_MS * per_ms) as isize;
    let stride = (per_ms / 4).max(1);
    let score = |at: isize| products(block, heard, at, block.len() / 2);
    let better = |best: (isize, Products), at: isize| {
        let next = score(at);
        if next.correlation() > best.1.correlation() { (at, next) } else { best }
    };
    let rough = (at - slack..=at + slack).step_by(stride).fold((at, start), better);
    let stride = stride as isize;
    (rough.0 - stride..=rough.0 + stride).fold(rough, better).1
}

/// Products of `part` with what lies at `at` in `whole`; none where fewer than `least` samples overlap.
fn products(part: &[f32], whole: &[f32], at: isize, least: usize) -> Products {
    let skip = usize::try_from(-at).unwrap_or(0).min(part.len());
    let from = usize::try_from(at).unwrap_or(0).min(whole.len());
    let (part, whole) = (&part[skip..], &whole[from..]);
    if part.len().min(whole.len()) < least.max(1) {
        return Products::default();
    }
    // Eight sums side by side, so that the compiler can use vector registers.
    let mut sums = [[0f32; 8]; 3];
    for (a, b) in part.chunks_exact(8).zip(whole.chunks_exact(8)) {
        for lane in 0..8 {
            sums[0][lane] += a[lane] * b[lane];
            sums[1][lane] += a[lane] * a[lane];
            sums[2][lane] += b[lane] * b[lane];
        }
    }
    let [cross, phrase, heard] = sums.map(|lanes| lanes.iter().map(|&sum| f64::from(sum)).sum());
    Products { cross, phrase, heard }
}

/// Start of the stretch of `len` samples with the most energy.
fn loudest(pcm: &[f32], len: usize) -> usize {
    let hop = (len / 8).max(1);
    (0..=pcm.len().saturating_sub(len))
        .step_by(hop)
        .map(|at| (at, energy(&pcm[at..at + len])))
        .fold((0, f64::MIN), |best, next| if next.1 > best.1 { next } else { best })
        .0
}

fn energy(pcm: &[f32]) -> f64 {
    pcm.iter().map(|&sample| f64::from(sample * sample)).sum()
}

/// Means of `step` samples: a rough low-pass will do to find a place.
fn thin(pcm: &[f32], step: usize) -> Vec<f32> {
    pcm.chunks(step).map(|chunk| chunk.iter().sum::<f32>() / chunk.len() as f32).collect()
}

/// Samples without their mean, at full scale 1.
fn floats(pcm: &[i16]) -> Vec<f32> {
    let mean = pcm.iter().map(|&sample| i64::from(sample)).sum::<i64>() as f64 / pcm.len().max(1) as f64;
    pcm.iter().map(|&sample| ((f64::from(sample) - mean) / 32_768.0) as f32).collect()
}

/// Signal over difference, in dB, of two pieces that lie in step, `gain_db` between them: how exact a copy is.
pub fn signal_to_noise_db(phrase: &[i16], heard: &[i16], gain_db: f64) -> f64 {
    let gain = ratio(gain_db);
    let (mut signal, mut noise) = (0.0, 0.0);
    for (&a, &b) in phrase.iter().zip(heard) {
        let expect = f64::from(a) * gain;
        signal += expect * expect;
        noise += (expect - f64::from(b)).powi(2);
    }
    if noise == 0.0 { -crate::level::SILENCE_DBFS } else { decibels((signal / noise).sqrt()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::Speech;

    fn delayed(pcm: &[i16], samples: usize, gain: f64) -> Vec<i16> {
        let mut heard = vec![0; samples];
        heard.extend(pcm.iter().map(|&sample| (f64::from(sample) * gain) as i16));
        heard
    }

    #[test]
    fn a_copy_is_found_where_it_is() {
        let phrase = Speech::new(3, 8000).take(3000);
        for samples in [0, 1, 1234, 7777] {
            let found = find(&phrase, &delayed(&phrase, samples, 0.5), 8000, 2000).unwrap();
            assert_eq!(found.delay_ms, samples as f64 / 8.0);
            assert!(found.correlation > 0.999 && (found.gain_db + 6.02).abs() < 0.1, "{found:?}");
            assert!(found.coverage > 0.99);
        }
    }

    #[test]
    fn a_beginning_that_was_not_heard_is_left_out() {
        let phrase = Speech::new(4, 8000).take(3000);
        let found = find(&phrase, &phrase[4000..], 8000, 1000).unwrap();
        assert_eq!(found.delay_ms, -500.0);
        assert!(found.correlation > 0.999 && (0.7..0.97).contains(&found.coverage), "{found:?}");
    }

    #[test]
    fn an_inserted_frame_does_not_hide_the_rest() {
        let phrase = Speech::new(5, 8000).take(4000);
        let heard = [&phrase[..16_000], &[0; 160], &phrase[16_000..]].concat();
        let found = find(&phrase, &heard, 8000, 500).unwrap();
        assert!(found.correlation > 0.95, "{found:?}");
    }

    #[test]
    fn somebody_else_is_not_taken_for_the_talker() {
        let phrase = Speech::new(1, 8000).take(5000);
        for seed in 2..6 {
            let found = find(&phrase, &Speech::new(seed, 8000).take(5000), 8000, 1000).unwrap();
            assert!(found.correlation < 0.6, "{seed} {found:?}");
        }
        assert_eq!(find(&phrase, &[0; 40_000], 8000, 1000), None);
    }

    #[test]
    fn the_opposite_of_a_phrase_and_too_little_of_it_are_none() {
        let phrase = Speech::new(1, 8000).take(1000);
        assert_eq!(find(&phrase[..700], &phrase, 8000, 100), None);
        assert_eq!(find(&phrase, &[], 8000, 100), None);
        assert_eq!(find(&phrase, &phrase, 0, 100), None);
        assert!(signal_to_noise_db(&phrase, &phrase, 0.0) > 100.0);
    }
}
