//! What the user says.

use std::collections::VecDeque;
use std::sync::Arc;

use media::speech::Speech;

use super::RATE_HZ;

/// What the user says.
#[derive(Debug, Clone)]
pub enum Say {
    /// Nothing.
    Silence,
    /// Test speech with the signature of this number ([`media::speech::Signature::nth`]).
    Speech(u64),
    /// One channel at [`RATE_HZ`] (see [`media::wav::Audio::to_mono`]).
    Samples {
        /// The sound; phones can share it.
        samples: Arc<[i16]>,
        /// Again from the start when it is over.
        repeat: bool,
    },
    /// What a microphone gives: [`super::AudioPath::speak`].
    Live,
}

/// Samples of a microphone that wait to be said: more means that its clock is faster than ours, and the oldest go.
pub const LIVE_SAMPLES_MAX: usize = RATE_HZ as usize / 5;

/// Says it.
#[derive(Debug)]
pub(super) enum Mouth {
    Silence,
    Speech(Box<Speech>),
    Samples { samples: Arc<[i16]>, repeat: bool, at: usize },
    Live(VecDeque<i16>),
}

impl Mouth {
    pub fn new(say: Say) -> Self {
        match say {
            Say::Silence => Mouth::Silence,
            Say::Speech(seed) => Mouth::Speech(Box::new(Speech::new(seed, RATE_HZ))),
            Say::Samples { samples, .. } if samples.is_empty() => Mouth::Silence,
            Say::Live => Mouth::Live(VecDeque::new()),
            Say::Samples { samples, repeat } => Mouth::Samples { samples, repeat, at: 0 },
        }
    }

    pub fn is_over(&self) -> bool {
        match self {
            Mouth::Silence => true,
            Mouth::Speech(_) | Mouth::Live(_) => false,
            Mouth::Samples { samples, repeat, at } => !repeat && *at >= samples.len(),
        }
    }

    /// What a microphone gives; nothing for other mouths.
    pub fn take(&mut self, pcm: &[i16]) {
        if let Mouth::Live(waiting) = self {
            waiting.extend(pcm);
            let surplus = waiting.len().saturating_sub(LIVE_SAMPLES_MAX);
            waiting.drain(..surplus);
        }
    }

    /// The next samples; a muted mouth goes on talking unheard.
    pub fn fill(&mut self, pcm: &mut [i16], muted: bool) {
        match self {
            Mouth::Silence => pcm.fill(0),
            Mouth::Speech(speech) => speech.fill(pcm),
            Mouth::Live(waiting) => pcm.fill_with(|| waiting.pop_front().unwrap_or(0)),
            Mouth::Samples { samples, repeat, at } => {
                for sample in pcm.iter_mut() {
                    if *at >= samples.len() && *repeat {
                        *at = 0;
                    }
                    *sample = samples.get(*at).copied().unwrap_or(0);
                    *at = at.saturating_add(1).min(samples.len());
                }
            }
        }
        if muted {
            pcm.fill(0);
        }
    }
}
