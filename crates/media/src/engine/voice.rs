//! Streams of our own: samples to packets and back, digits between them.

use super::{Scratch, Ssrcs};
use crate::codec::{Codec, CodecKind};
use crate::conceal::Concealer;
use crate::dtmf::{self, EventOrder, EventSender};
use crate::engine::inband::Mouth;
use crate::engine::party::Format;
use crate::resample::{Doubler, Halver};
use crate::rtp::{Header, Sender, ticks_per_packet};

/// Lost packets that a transcoder fills; a longer gap is passed on as one.
pub const CONCEAL_PACKETS_MAX: u16 = 5;
/// Digits that may wait for a party.
pub const DIGITS_MAX: usize = 64;
/// Length of a digit of ours, in milliseconds.
pub const DIGIT_MS: u32 = 100;
/// Level of a digit of ours: 10 dB below 0 dBm0.
const DIGIT_VOLUME: u8 = 10;

/// Between 8 and 16 kHz.
#[derive(Debug)]
pub(crate) enum Converter {
    Same,
    Double(Box<Doubler>),
    Halve(Box<Halver>),
}

impl Converter {
    /// For rates of 8 and 16 kHz.
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        match from_hz.cmp(&to_hz) {
            std::cmp::Ordering::Less => Self::Double(Box::default()),
            std::cmp::Ordering::Equal => Self::Same,
            std::cmp::Ordering::Greater => Self::Halve(Box::default()),
        }
    }

    /// Appends the samples of `pcm` at the other rate.
    pub fn convert(&mut self, pcm: &[i16], out: &mut Vec<i16>) {
        match self {
            Self::Same => out.extend_from_slice(pcm),
            Self::Double(doubler) => doubler.process(pcm, out),
            Self::Halve(halver) => halver.process(pcm, out),
        }
    }
}

/// A stream that we make for a party.
pub(crate) struct Voice {
    sender: Sender,
    encoder: Box<dyn Codec + Send>,
    kind: CodecKind,
    from_hz: u32,
    converter: Converter,
    pending: Vec<i16>,
    frame: usize,
    packet_ms: u32,
    /// Digits in place of what is said.
    pub mouth: Option<Box<Mouth>>,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Voice({:?}, {} ms)", self.kind, self.packet_ms)
    }
}

impl Voice {
    /// A stream out of samples at `from_hz`; nothing where the codec is not one of ours.
    pub fn new(format: &Format, from_hz: u32, ssrcs: &mut Ssrcs) -> Option<Self> {
        let kind = format.inside()?;
        let (name, first) = (ssrcs.next(), ssrcs.next());
        let header = Header {
            marker: true,
            payload_type: format.payload_type,
            sequence: (first >> 48) as u16,
            timestamp: first as u32,
            ssrc: name as u32,
        };
        let frame = (kind.sample_rate_hz() / 1000 * format.packet_ms) as usize;
        Some(Self {
            sender: Sender::new(header, ticks_per_packet(kind.clock_hz(), format.packet_ms)?),
            encoder: kind.open()?,
            kind,
            from_hz,
            converter: Converter::new(from_hz, kind.sample_rate_hz()),
            pending: Vec::with_capacity(super::PCM_MAX + frame),
            frame,
            packet_ms: format.packet_ms,
            mouth: None,
        })
    }

    pub fn rate_hz(&self) -> u32 {
        self.from_hz
    }

    /// The stream's name.
    pub fn ssrc(&self) -> u32 {
        self.sender.ssrc()
    }

    pub fn kind(&self) -> CodecKind {
        self.kind
    }

    pub fn packet_ms(&self) -> u32 {
        self.packet_ms
    }

    /// Says some samples; `emit` gets each packet. While a digit is sent, they are passed over.
    pub fn say(
        &mut self,
        pcm: &[i16],
        quiet: bool,
        scratch: &mut VoiceScratch<'_>,
        mut emit: impl FnMut(&[u8]),
    ) {
        let room = self.pending.capacity() - self.pending.len();
        let pcm = &pcm[..pcm.len().min(room / 2)];
        self.converter.convert(pcm, &mut self.pending);
        let mut from = 0;
        while self.pending.len() - from >= self.frame && self.frame > 0 {
            scratch.payload.clear();
            self.encoder.encode(&self.pending[from..from + self.frame], scratch.payload);
            from += self.frame;
            self.say_encoded(scratch.payload, quiet, scratch.packet, &mut emit);
        }
        self.pending.drain(..from);
    }

    /// True where [`Voice::say_encoded`] does for a frame of `samples` what [`Voice::say`] would.
    pub fn takes_encoded(&self, samples: usize) -> bool {
        self.pending.is_empty()
            && samples == self.frame
            && matches!(self.converter, Converter::Same)
            && matches!(self.kind, CodecKind::Pcmu | CodecKind::Pcma)
    }

    /// Says a packet time that was encoded elsewhere.
    pub fn say_encoded(&mut self, payload: &[u8], quiet: bool, packet: &mut [u8], emit: impl FnOnce(&[u8])) {
        let tone = self.mouth.as_mut().and_then(|mouth| mouth.says(self.frame));
        if quiet {
            self.sender.pause();
        } else if let Ok(len) = self.sender.packet(tone.unwrap_or(payload), packet) {
            emit(&packet[..len]);
        }
    }

    /// A stretch in which nothing is said.
    pub fn pause(&mut self, packets: u16) {
        (0..packets).for_each(|_| self.sender.pause());
    }

    /// An event packet in this stream.
    pub fn event(&mut self, digits: &mut Digits, packet: &mut [u8], emit: impl FnOnce(&[u8])) {
        if let Some((header, payload)) = digits.packet(self.sender.timestamp(), self.kind.clock_hz())
            && let Ok(len) = self.sender.event(header, &payload, packet)
        {
            emit(&packet[..len]);
        }
    }
}

/// The part of [`Scratch`] that a voice needs.
pub(crate) struct VoiceScratch<'a> {
    pub payload: &'a mut Vec<u8>,
    pub packet: &'a mut [u8],
}

/// A party's packets, decoded as they come.
pub(crate) struct Hearing {
    decoder: Box<dyn Codec + Send>,
    concealer: Concealer,
    ssrc: Option<u32>,
    next: u16,
    /// Samples of the last packet, for those that are missing.
    samples: usize,
}

impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hearing({:?})", self.decoder.kind())
    }
}

/// What a packet of speech becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Samples are in the scratch buffer, after so many packets that were too many to fill.
    Samples { after: u16 },
    /// It came too late.
    Late,
}

impl Hearing {
    /// Nothing where the codec is not one of ours.
    pub fn new(format: &Format) -> Option<Self> {
        let kind = format.inside()?;
        Some(Self {
            decoder: kind.open()?,
            concealer: Concealer::new(kind.sample_rate_hz()),
            ssrc: None,
            next: 0,
            samples: 0,
        })
    }

    /// Decodes into `scratch.pcm`, with what is missing before it.
    pub fn hear(&mut self, header: &Header, payload: &[u8], scratch: &mut Scratch) -> Heard {
        scratch.pcm.clear();
        let gap = header.sequence.wrapping_sub(self.next);
        let is_new = self.ssrc != Some(header.ssrc);
        let mut after = 0;
        if !is_new && gap > 0 {
            if gap > u16::MAX / 2 && gap.wrapping_neg() <= crate::receive::MISORDER_PACKETS_MAX {
                return Heard::Late;
            }
            if gap <= CONCEAL_PACKETS_MAX {
                let samples = (self.samples * usize::from(gap)).min(scratch.pcm.capacity() / 2);
                self.concealer.conceal(samples, &mut scratch.pcm);
            } else {
                after = gap.min(crate::receive::MISORDER_PACKETS_MAX);
            }
        }
        self.ssrc = Some(header.ssrc);
        self.next = header.sequence.wrapping_add(1);
        let from = scratch.pcm.len();
        self.decoder.decode(payload, &mut scratch.pcm);
        self.samples = scratch.pcm.len() - from;
        self.concealer.played(&scratch.pcm[from..]);
        Heard::Samples { after }
    }

    /// A packet of the sequence that is no speech: it is not missing.
    pub fn skip(&mut self, header: &Header) {
        if self.ssrc == Some(header.ssrc) && header.sequence == self.next {
            self.next = self.next.wrapping_add(1);
        }
    }
}

/// Digits on their way to a party, one after the other.
#[derive(Debug)]
pub(crate) struct Digits {
    waiting: Vec<dtmf::Event>,
    current: Option<EventSender>,
    payload_type: u8,
}

impl Digits {
    pub fn new(payload_type: u8) -> Self {
        Self { waiting: Vec::with_capacity(DIGITS_MAX), current: None, payload_type }
    }

    /// False where there are too many already.
    pub fn push(&mut self, digit: dtmf::Event) -> bool {
        let fits = self.waiting.len() < DIGITS_MAX;
        if fits {
            self.waiting.push(digit);
        }
        fits
    }

    pub fn is_over(&self) -> bool {
        self.current.is_none() && self.waiting.is_empty()
    }

    /// What to send for this tick; nothing at the end of a digit.
    pub fn packet(
        &mut self,
        timestamp: u32,
        clock_hz: u32,
    ) -> Option<(crate::rtp::EventHeader, [u8; dtmf::EVENT_BYTES])> {
        if self.current.is_none() && !self.waiting.is_empty() {
            let order = EventOrder {
                event: self.waiting.remove(0),
                volume: DIGIT_VOLUME,
                payload_type: self.payload_type,
                timestamp,
                ticks_per_packet: clock_hz / 1000 * super::TICK_MS,
                duration: clock_hz / 1000 * DIGIT_MS,
            };
            self.current = Some(EventSender::new(order));
        }
        let packet = self.current.as_mut()?.packet();
        if packet.is_none() {
            self.current = None;
        }
        packet
    }
}
