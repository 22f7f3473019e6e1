//! Digits in the audio itself, for parties that have no other way: heard there, and said there.
//!
//! A digit that is heard and goes on by other means is taken out of the audio, so that it does not arrive twice; what
//! passes before it is known for one (two blocks of the detector, 26 ms) is shorter than what counts as a digit.

use super::party::Format;
use super::voice::{DIGIT_MS, DIGITS_MAX};
use crate::codec::{Codec, CodecKind};
use crate::rtp::PACKET_BYTES_MAX;
use crate::tone::{Cadence, Digit, DtmfDetector, Generator};

/// Silence between two digits of ours, in milliseconds.
const PAUSE_MS: u32 = 70;
/// Samples of the longest packet.
const SAMPLES_MAX: usize = PACKET_BYTES_MAX * 2;

/// Listens for digits in what a party says.
pub(crate) struct Ear {
    codec: Box<dyn Codec + Send>,
    detector: DtmfDetector,
    ended: Vec<Digit>,
    pcm: Vec<i16>,
    silence: Vec<u8>,
    sounding: Option<char>,
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ear({:?})", self.codec.kind())
    }
}

impl Ear {
    /// Nothing where the codec is not one of ours, or the party has another way.
    pub fn new(format: &Format) -> Option<Self> {
        let kind = format.inside().filter(|_| format.digits_in_band)?;
        Some(Self {
            codec: kind.open()?,
            detector: DtmfDetector::new(kind.sample_rate_hz()),
            ended: Vec::with_capacity(DIGITS_MAX),
            pcm: Vec::with_capacity(SAMPLES_MAX),
            silence: Vec::with_capacity(PACKET_BYTES_MAX),
            sounding: None,
        })
    }

    /// Takes a packet; the digit that began in it.
    pub fn hear(&mut self, payload: &[u8]) -> Option<char> {
        self.pcm.clear();
        self.ended.clear();
        self.codec.decode(payload, &mut self.pcm);
        self.detector.feed(&self.pcm, &mut self.ended);
        let before = std::mem::replace(&mut self.sounding, self.detector.sounding());
        // One that ended and began again within a packet is another one.
        let is_new = self.sounding != before || !self.ended.is_empty();
        self.sounding.filter(|_| is_new)
    }

    /// While a digit sounds: what stands in place of a payload of the same length.
    pub fn instead(&mut self, len: usize) -> Option<&[u8]> {
        self.sounding?;
        let samples = samples_of(self.codec.kind(), len)?;
        self.pcm.clear();
        self.pcm.resize(samples.min(SAMPLES_MAX), 0);
        self.silence.clear();
        self.codec.encode(&self.pcm, &mut self.silence);
        Some(self.silence.as_slice()).filter(|silence| silence.len() == len)
    }
}

/// Says digits in the audio that a party gets.
pub(crate) struct Mouth {
    codec: Box<dyn Codec + Send>,
    waiting: Vec<Generator>,
    pcm: Vec<i16>,
    payload: Vec<u8>,
}

impl std::fmt::Debug for Mouth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mouth({:?}, {} digits)", self.codec.kind(), self.waiting.len())
    }
}

impl Mouth {
    /// Nothing where the codec is not one of ours, or the party has another way.
    pub fn new(format: &Format) -> Option<Self> {
        let kind = format.inside().filter(|_| format.digits_in_band)?;
        Some(Self {
            codec: kind.open()?,
            waiting: Vec::with_capacity(DIGITS_MAX),
            pcm: Vec::with_capacity(SAMPLES_MAX),
            payload: Vec::with_capacity(PACKET_BYTES_MAX),
        })
    }

    /// False where there are too many already.
    pub fn push(&mut self, digit: char) -> bool {
        let fits = self.waiting.len() < DIGITS_MAX;
        if fits {
            let cadence = Cadence::dtmf(digit.encode_utf8(&mut [0; 4]), DIGIT_MS, PAUSE_MS);
            self.waiting.push(Generator::new(cadence, self.codec.sample_rate_hz()));
        }
        fits
    }

    /// While there are digits: what stands in place of so many samples.
    pub fn says(&mut self, samples: usize) -> Option<&[u8]> {
        let generator = self.waiting.first_mut()?;
        self.pcm.clear();
        self.pcm.resize(samples.min(SAMPLES_MAX), 0);
        generator.fill(&mut self.pcm);
        if generator.is_over() {
            self.waiting.remove(0);
        }
        self.payload.clear();
        self.codec.encode(&self.pcm, &mut self.payload);
        Some(&self.payload)
    }

    /// The same for a payload of so many bytes.
    pub fn instead(&mut self, len: usize) -> Option<&[u8]> {
        let samples = samples_of(self.codec.kind(), len)?;
        self.says(samples).filter(|payload| payload.len() == len)
    }
}

/// Samples in so many bytes.
fn samples_of(kind: CodecKind, len: usize) -> Option<usize> {
    let second = kind.payload_bytes(1000)? as usize;
    (second > 0).then(|| len * kind.sample_rate_hz() as usize / second)
}

/// The payload of a packet without padding, to be written over.
pub(crate) fn payload_of(bytes: &mut [u8], len: usize) -> Option<&mut [u8]> {
    const PADDED: u8 = 0x20;
    let start =
        bytes.len().checked_sub(len).filter(|_| bytes.first().is_some_and(|first| first & PADDED == 0))?;
    bytes.get_mut(start..)
}
