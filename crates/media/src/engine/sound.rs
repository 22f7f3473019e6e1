//! What is played to a party: files, encoded once for each codec of ours, and tones.

use super::live::LiveId;
use super::voice::{Voice, VoiceScratch};
use super::{PlayError, TICK_MS};
use crate::codec::CodecKind;
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
    encoded: [Vec<u8>; KEPT.len()],
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
        if self.files.len() >= SOUNDS_MAX {
            return Err(SoundError::Many);
        }
        let ms = audio.duration_ms();
        if !(SOUND_MS_MIN..=SOUND_MS_MAX).contains(&ms) {
            return Err(SoundError::Length(ms));
        }
        let (narrow, wide) = (audio.to_mono(8000), audio.to_mono(16_000));
        let encoded =
            KEPT.map(|kind| encode(if kind.sample_rate_hz() == 8000 { &narrow } else { &wide }, kind));
        self.files.push(Sound { encoded });
        Ok(SoundId(self.files.len() as u32 - 1))
    }

    fn bytes(&self, id: SoundId, kind: CodecKind) -> Option<&[u8]> {
        let place = KEPT.iter().position(|kept| *kept == kind)?;
        self.files.get(id.0 as usize).map(|sound| sound.encoded[place].as_slice())
    }
}

fn encode(pcm: &[i16], kind: CodecKind) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut codec) = kind.open() {
        codec.encode(pcm, &mut bytes);
    }
    bytes
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
        matches!(self, Self::Live { .. }).then_some(codec.sample_rate_hz())
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
        let Some(bytes) = sounds.bytes(self.sound, voice.kind()) else { return false };
        self.owed_ms += TICK_MS;
        while self.owed_ms >= voice.packet_ms() {
            self.owed_ms -= voice.packet_ms();
            if !next_payload(bytes, &mut self.at, self.repeat, voice, &mut scratch.payload) {
                return false;
            }
            voice.say_encoded(&scratch.payload, quiet, &mut scratch.packet, &mut emit);
        }
        true
    }
}

impl Playing {
    pub fn new(play: &Play, voice: &Voice, sounds: &Sounds) -> Result<Self, PlayError> {
        Ok(match play {
            Play::Sound { sound, repeat } => {
                sounds.bytes(*sound, voice.kind()).ok_or(PlayError::NoSound)?;
                Self::Sound(Reading::new(*sound, *repeat))
            }
            Play::Live { live, instead } => {
                sounds.live(*live).ok_or(PlayError::NoSound)?;
                sounds.bytes(*instead, voice.kind()).ok_or(PlayError::NoSound)?;
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

/// The next packet's worth of a sound; false at its end.
fn next_payload(bytes: &[u8], at: &mut usize, repeat: bool, voice: &Voice, payload: &mut Vec<u8>) -> bool {
    let need = voice.kind().payload_bytes(voice.packet_ms()).unwrap_or(0) as usize;
    let need = need.min(PACKET_BYTES_MAX).min(bytes.len());
    if !repeat && *at + need > bytes.len() {
        return false;
    }
    payload.clear();
    let first = &bytes[(*at).min(bytes.len())..(*at + need).min(bytes.len())];
    payload.extend_from_slice(first);
    let rest = need - first.len();
    payload.extend_from_slice(&bytes[..rest]);
    *at = if rest > 0 { rest } else { *at + need };
    true
}
