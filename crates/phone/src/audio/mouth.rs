//! What the user says.

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
}

/// Says it.
#[derive(Debug)]
pub(super) enum Mouth {
    Silence,
    Speech(Box<Speech>),
    Samples { samples: Arc<[i16]>, repeat: bool, at: usize },
}

impl Mouth {
    pub fn new(say: Say) -> Self {
        match say {
            Say::Silence => Mouth::Silence,
            Say::Speech(seed) => Mouth::Speech(Box::new(Speech::new(seed, RATE_HZ))),
            Say::Samples { samples, .. } if samples.is_empty() => Mouth::Silence,
            Say::Samples { samples, repeat } => Mouth::Samples { samples, repeat, at: 0 },
        }
    }

    pub fn is_over(&self) -> bool {
        match self {
            Mouth::Silence => true,
            Mouth::Speech(_) => false,
            Mouth::Samples { samples, repeat, at } => !repeat && *at >= samples.len(),
        }
    }

    /// The next samples; a muted mouth goes on talking unheard.
    pub fn fill(&mut self, pcm: &mut [i16], muted: bool) {
        match self {
            Mouth::Silence => pcm.fill(0),
            Mouth::Speech(speech) => speech.fill(pcm),
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
