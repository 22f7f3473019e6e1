//! What is played to a party: files, encoded once for each codec of ours, and tones.

use super::live::LiveId;
use super::mix::FRAME_SAMPLES_MAX;
use super::voice::{Voice, VoiceScratch};
use super::{PlayError, TICK_MS};
use crate::codec::{Codec, CodecKind, G722};
use crate::rtp::PACKET_BYTES_MAX;
use crate::tone::{Cadence, Generator};
use crate::wav::Audio;

/// Sounds at once.
pub const SOUNDS_MAX: usize = 256;
/// Longest sound, in milliseconds: five minutes, 17 MiB in all codecs.
pub const SOUND_MS_MAX: u64 = 300_000;
/// Shortest sound, in milliseconds: the longest packet.
pub const SOUND_MS_MIN: u64 = crate::rtp::PACKET_MS_MAX as u64;

/// Codecs in which each sound is kept.
const KEPT: [CodecKind; 4] = [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::L16Wide];

/// Twenty seconds of samples at 16 kHz, which short music is repeated to fill in codecs that remember.
const LOOP_SAMPLES: usize = 20 * 16_000;
/// What is compared where turns meet: 100 ms of G.722.
const SEAM_BYTES: usize = 800;

/// A sound of [`Sounds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SoundId(u32);

/// Everything that can be played.
#[derive(Debug, Default)]
pub struct Sounds {
    files: Vec<Sound>,
    pub(super) lives: Vec<super::live::Live>,
}

#[derive(Debug)]
struct Sound {
    encoded: [Track; KEPT.len()],
}

/// A sound in one codec.
#[derive(Debug)]
struct Track {
    bytes: Vec<u8>,
    /// Where it ends that is played once.
    once: usize,
    /// Where it goes on after its end that is played over and over.
    again: usize,
}

impl Track {
    fn new(pcm: &[i16], kind: CodecKind) -> Self {
        let mut bytes = Vec::new();
        if let Some(mut codec) = kind.open() {
            codec.encode(pcm, &mut bytes);
        }
        Self { once: bytes.len(), bytes, again: 0 }
    }

    /// G.722 remembers what it said before, and never ends as it began: where a turn meets the next, something is heard
    /// that is no music. So a short sound is kept as many times as fill [`LOOP_SAMPLES`], and goes back to that turn
    /// before which the codec stood most as it stands at the end.
    fn of_music(pcm: &[i16], kind: CodecKind) -> Self {
        if kind != CodecKind::G722 || pcm.len() >= LOOP_SAMPLES / 2 {
            return Self::new(pcm, kind);
        }
        // Whole bytes: each turn is to begin where a byte does.
        let pcm = &pcm[..pcm.len() / 2 * 2];
        let (mut encoder, mut decoder) = (G722::new(), G722::new());
        let (mut bytes, mut heard) = (Vec::new(), Vec::new());
        let turns = (LOOP_SAMPLES.div_ceil(pcm.len().max(1))).max(2);
        (0..turns).for_each(|_| encoder.encode(pcm, &mut bytes));
        decoder.decode(&bytes, &mut heard);
        let once = bytes.len() / turns;
        let len = SEAM_BYTES.min(once);
        let differs = |turn: &usize| {
            let (mut again, mut seam) = (decoder.clone(), Vec::with_capacity(2 * len));
            again.decode(&bytes[turn * once..turn * once + len], &mut seam);
            let pairs = seam.iter().zip(&heard[2 * turn * once..]);
            pairs.map(|(seam, heard)| i64::from(seam.abs_diff(*heard)).pow(2)).sum::<i64>()
        };
        let turn = (1..turns).min_by_key(differs).unwrap_or(0);
        Self { once, again: turn * once, bytes }
    }
}

/// Why a sound was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// More than [`SOUNDS_MAX`].
    #[error("more than {SOUNDS_MAX} sounds")]
    Many,
    /// Shorter than [`SOUND_MS_MIN`] or longer than [`SOUND_MS_MAX`].
    #[error("a sound of {0} ms: from {SOUND_MS_MIN} to {SOUND_MS_MAX} ms can be played")]
    Length(u64),
}

impl Sounds {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one and encodes it.
    pub fn add(&mut self, audio: &Audio) -> Result<SoundId, SoundError> {
        self.add_with(audio, Track::new)
    }

    /// The same of one that is played over and over, and is to be pure where a turn meets the next.
    pub fn add_music(&mut self, audio: &Audio) -> Result<SoundId, SoundError> {
        self.add_with(audio, Track::of_music)
    }

    fn add_with(
        &mut self,
        audio: &Audio,
        track: fn(&[i16], CodecKind) -> Track,
    ) -> Result<SoundId, SoundError> {
        if self.files.len() >= SOUNDS_MAX {
            return Err(SoundError::Many);
        }
        let ms = audio.duration_ms();
        if !(SOUND_MS_MIN..=SOUND_MS_MAX).contains(&ms) {
            return Err(SoundError::Length(ms));
        }
        let (narrow, wide) = (audio.to_mono(8000), audio.to_mono(16_000));
        let encoded =
            KEPT.map(|kind| track(if kind.sample_rate_hz() == 8000 { &narrow } else { &wide }, kind));
        self.files.push(Sound { encoded });
        Ok(SoundId(self.files.len() as u32 - 1))
    }

    fn track(&self, id: SoundId, kind: CodecKind) -> Option<&Track> {
        let place = KEPT.iter().position(|kept| *kept == kind)?;
        self.files.get(id.0 as usize).map(|sound| &sound.encoded[place])
    }
}

/// Something to play.
#[derive(Debug, Clone, PartialEq)]
pub enum Play {
    /// A sound, once or over and over.
    Sound {
        /// Which.
        sound: SoundId,
        /// Whether it begins again at its end.
        repeat: bool,
    },
    /// A live source, and a sound in its place while nothing comes of it.
    Live {
        /// Which.
        live: LiveId,
        /// In its place, over and over.
        instead: SoundId,
    },
    /// A tone.
    Tone(Cadence),
}

impl Play {
    /// Samples a second in which it is best made for a codec, where that is not the usual rate of tones.
    pub(super) fn rate_hz(&self, codec: CodecKind) -> Option<u32> {
        let is_encoded =
            matches!(self, Self::Live { .. }) || matches!(self, Self::Sound { .. }) && kept(codec) != codec;
        is_encoded.then_some(codec.sample_rate_hz())
    }
}

/// Something that plays.
#[derive(Debug)]
pub(crate) enum Playing {
    Sound(Reading),
    Live { live: LiveId, instead: Reading },
    Tone(Generator),
}

/// How far a sound has been played.
#[derive(Debug)]
pub(crate) struct Reading {
    sound: SoundId,
    repeat: bool,
    at: usize,
    owed_ms: u32,
}

impl Reading {
    fn new(sound: SoundId, repeat: bool) -> Self {
        Self { sound, repeat, at: 0, owed_ms: 0 }
    }

    /// Plays one tick; false once it is over.
    fn tick(
        &mut self,
        sounds: &Sounds,
        voice: &mut Voice,
        quiet: bool,
        scratch: &mut super::Scratch,
        mut emit: impl FnMut(&[u8]),
    ) -> bool {
        let Some(track) = sounds.track(self.sound, voice.kind()) else {
            return self.tick_encoded_anew(sounds, voice, quiet, scratch, emit);
        };
        self.owed_ms += TICK_MS;
        while self.owed_ms >= voice.packet_ms() {
            self.owed_ms -= voice.packet_ms();
            if !next_payload(track, &mut self.at, self.repeat, voice, &mut scratch.payload) {
                return false;
            }
            voice.say_encoded(&scratch.payload, quiet, &mut scratch.packet, &mut emit);
        }
        true
    }
}

impl Reading {
    /// The same for a codec in which nothing is kept.
    fn tick_encoded_anew(
        &mut self,
        sounds: &Sounds,
        voice: &mut Voice,
        quiet: bool,
        scratch: &mut super::Scratch,
        emit: impl FnMut(&[u8]),
    ) -> bool {
        let Some(track) = sounds.track(self.sound, CodecKind::L16Wide) else { return false };
        let need = 2 * FRAME_SAMPLES_MAX;
        if !next_bytes(track, &mut self.at, self.repeat, need, &mut scratch.payload) {
            return false;
        }
        let samples = scratch.payload.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
        scratch.pcm.clear();
        scratch.pcm.extend(samples);
        let mut buffers = VoiceScratch { payload: &mut scratch.payload, packet: &mut scratch.packet };
        voice.say(&scratch.pcm, quiet, &mut buffers, emit);
        true
    }
}

impl Playing {
    pub fn new(play: &Play, voice: &Voice, sounds: &Sounds) -> Result<Self, PlayError> {
        Ok(match play {
            Play::Sound { sound, repeat } => {
                sounds.track(*sound, kept(voice.kind())).ok_or(PlayError::NoSound)?;
                Self::Sound(Reading::new(*sound, *repeat))
            }
            Play::Live { live, instead } => {
                sounds.live(*live).ok_or(PlayError::NoSound)?;
                sounds.track(*instead, kept(voice.kind())).ok_or(PlayError::NoSound)?;
                Self::Live { live: *live, instead: Reading::new(*instead, true) }
            }
            Play::Tone(cadence) => Self::Tone(Generator::new(cadence.clone(), voice.rate_hz())),
        })
    }

    /// Plays one tick; false once it is over.
    pub fn tick(
        &mut self,
        sounds: &Sounds,
        voice: &mut Voice,
        quiet: bool,
        scratch: &mut super::Scratch,
        emit: impl FnMut(&[u8]),
    ) -> bool {
        match self {
            Self::Tone(generator) => {
                let samples = (voice.rate_hz() / 1000 * TICK_MS) as usize;
                scratch.pcm.clear();
                scratch.pcm.resize(samples, 0);
                generator.fill(&mut scratch.pcm);
                let mut buffers = VoiceScratch { payload: &mut scratch.payload, packet: &mut scratch.packet };
                voice.say(&scratch.pcm, quiet, &mut buffers, emit);
                !generator.is_over()
            }
            Self::Sound(reading) => reading.tick(sounds, voice, quiet, scratch, emit),
            Self::Live { live, instead } => {
                match sounds.live(*live).and_then(|live| live.frame(voice.rate_hz())) {
                    Some(frame) => {
                        let mut buffers =
                            VoiceScratch { payload: &mut scratch.payload, packet: &mut scratch.packet };
                        voice.say(frame, quiet, &mut buffers, emit);
                        true
                    }
                    None => instead.tick(sounds, voice, quiet, scratch, emit),
                }
            }
        }
    }
}

/// The codec in which a sound is kept that is played in another.
fn kept(kind: CodecKind) -> CodecKind {
    if KEPT.contains(&kind) { kind } else { CodecKind::L16Wide }
}

/// The next packet's worth of a sound; false at its end.
fn next_payload(track: &Track, at: &mut usize, repeat: bool, voice: &Voice, payload: &mut Vec<u8>) -> bool {
    let need = voice.kind().payload_bytes(voice.packet_ms()).unwrap_or(0) as usize;
    next_bytes(track, at, repeat, need, payload)
}

fn next_bytes(track: &Track, at: &mut usize, repeat: bool, need: usize, payload: &mut Vec<u8>) -> bool {
    let Track { bytes, once, again } = track;
    let need = need.min(PACKET_BYTES_MAX).min(*once);
    if !repeat && *at + need > *once {
        return false;
    }
    payload.clear();
    let first = &bytes[(*at).min(bytes.len())..(*at + need).min(bytes.len())];
    payload.extend_from_slice(first);
    let rest = need - first.len();
    payload.extend_from_slice(&bytes[*again..*again + rest]);
    *at = if rest > 0 { *again + rest } else { *at + need };
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::to_sample;
    use std::f64::consts::TAU;

    /// Half a second of a tone that fits it, in G.722, over and over: between its turns it is as pure as elsewhere, and
    /// nearly so every twenty seconds.
    #[test]
    fn a_turn_of_music_goes_on_into_the_next() {
        let wave: Vec<i16> = (0..8000_i32)
            .map(|n| to_sample(6000.0 * (TAU * 440.0 * f64::from(n) / 16_000.0).sin()))
            .collect();
        let track = Track::of_music(&wave, CodecKind::G722);
        let mut played = track.bytes.clone();
        (0..4).for_each(|_| played.extend_from_slice(&track.bytes[track.again..]));
        assert!(track.bytes.len() >= 20 * 8000 && track.once == 4000, "{}", track.once);
        let mut heard = Vec::new();
        CodecKind::G722.open().expect("it is one of ours").decode(&played, &mut heard);
        // What is no tone, of each 10 ms, by a sine and a cosine that are taken away.
        let noise = |pcm: &[i16]| {
            let turn = |n: usize| TAU * 440.0 * n as f64 / 16_000.0;
            let part = |f: fn(f64) -> f64| {
                pcm.iter().enumerate().map(|(n, s)| f(turn(n)) * f64::from(*s)).sum::<f64>() * 2.0
                    / pcm.len() as f64
            };
            let (sine, cosine) = (part(f64::sin), part(f64::cos));
            let rest = pcm
                .iter()
                .enumerate()
                .map(|(n, s)| (f64::from(*s) - sine * turn(n).sin() - cosine * turn(n).cos()).powi(2));
            (rest.sum::<f64>() / pcm.len() as f64).sqrt()
        };
        // 25 ms: 11 whole turns of the tone.
        let noises: Vec<f64> = heard[8000..].chunks_exact(400).map(noise).collect();
        let mut sorted = noises.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let worst = noises.iter().copied().fold(0.0, f64::max);
        let odd = noises.iter().filter(|noise| **noise > 3.0 * usual).count();
        assert!(worst < 8.0 * usual && odd <= 5 * 4, "usually {usual:.1}, at worst {worst:.1}, {odd} times");
    }
}
