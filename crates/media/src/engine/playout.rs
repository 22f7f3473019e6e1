//! A party's packets on the clock of a mix: buffered, decoded, at the rate of the mix.

use super::mix::Talk;
use super::party::Format;
use super::voice::Converter;
use super::{PCM_MAX, Scratch};
use crate::codec::Codec;
use crate::conceal::Concealer;
use crate::jitter::{Depth, JitterBuffer, Popped};
use crate::rtp::{Packet, ticks_per_packet};
use std::time::Duration;

/// Depth of the buffer of each party.
const DEPTH: Depth = Depth::Adaptive { min_ms: 20, max_ms: 200 };
/// Frames that are taken from it in one tick, at most: after a stall of ours.
const POPS_MAX: u32 = 8;
/// Decoded frames that may wait; a sender whose clock runs ahead loses the oldest.
const READY_FRAMES_MAX: usize = 6;

pub(crate) struct Playout {
    buffer: JitterBuffer,
    decoder: Box<dyn Codec + Send>,
    converter: Converter,
    concealer: Concealer,
    packet_samples: usize,
    rate_hz: u32,
    ready: Vec<i16>,
    /// The frame of this tick.
    pub frame: Vec<i16>,
    pub talk: Talk,
    pub talking: bool,
}

impl std::fmt::Debug for Playout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Playout({:?} at {} Hz)", self.decoder.kind(), self.rate_hz)
    }
}

impl Playout {
    /// For a mix at `rate_hz`; nothing where the codec is not one of ours.
    pub fn new(format: &Format, rate_hz: u32) -> Option<Self> {
        let kind = format.inside()?;
        let ticks = ticks_per_packet(kind.clock_hz(), format.packet_ms)?;
        Some(Self {
            buffer: JitterBuffer::new(ticks, format.packet_ms, DEPTH),
            decoder: kind.open()?,
            converter: Converter::new(kind.sample_rate_hz(), rate_hz),
            concealer: Concealer::new(kind.sample_rate_hz()),
            packet_samples: (kind.sample_rate_hz() / 1000 * format.packet_ms) as usize,
            rate_hz,
            ready: Vec::with_capacity(PCM_MAX),
            frame: Vec::with_capacity(super::mix::FRAME_SAMPLES_MAX),
            talk: Talk::default(),
            talking: false,
        })
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub fn push(&mut self, now: Duration, packet: &Packet<'_>) {
        self.buffer.push(now, packet);
    }

    /// Makes the frame of this tick, of `len` samples.
    pub fn fill(&mut self, now: Duration, len: usize, scratch: &mut Scratch) {
        for _ in 0..POPS_MAX {
            scratch.pcm.clear();
            match self.buffer.pop(now) {
                Popped::Frame(frame) => {
                    self.decoder.decode(frame.payload, &mut scratch.pcm);
                    self.concealer.played(&scratch.pcm);
                }
                Popped::Conceal => self.concealer.conceal(self.packet_samples, &mut scratch.pcm),
                Popped::Silence => scratch.pcm.resize(self.packet_samples, 0),
                Popped::Wait => break,
            }
            let room = (self.ready.capacity() - self.ready.len()) / 2;
            let fits = scratch.pcm.len().min(room);
            self.converter.convert(&scratch.pcm[..fits], &mut self.ready);
        }
        let surplus = self.ready.len().saturating_sub(len * READY_FRAMES_MAX);
        self.ready.drain(..surplus);
        let take = len.min(self.ready.len());
        self.frame.clear();
        self.frame.extend(self.ready.drain(..take));
        self.frame.resize(len, 0);
    }
}
