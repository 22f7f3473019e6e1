//! The receiving half of a stream.

use std::collections::VecDeque;
use std::time::Duration;

use media::codec::{Codec, CodecKind};
use media::conceal::Concealer;
use media::dtmf::{Event, EventReceiver};
use media::jitter::{JitterBuffer, Popped};
use media::quality::Meter;
use media::receive::{Receiver, Report, Settings as Counting};
use media::resample::Doubler;
use media::rtp::{Packet, is_rtcp, ticks_per_packet};
use skinny::codes::MediaPayloadType;

use super::{RATE_HZ, Settings, codec_of};

/// Samples that wait to be heard; older ones are dropped.
const WAITING_SAMPLES_MAX: usize = RATE_HZ as usize;
/// Frames that are taken from the playout buffer at once.
const FRAMES_MAX: usize = 64;
/// Delay that the quality figures assume beside the playout buffer, in milliseconds.
const DELAY_MS: f64 = 50.0;

/// Packets to samples.
pub(super) struct Listen {
    kind: CodecKind,
    codec: Option<Box<dyn Codec + Send>>,
    packet_ms: u32,
    dtmf: Option<u8>,
    receiver: Receiver,
    buffer: JitterBuffer,
    concealer: Concealer,
    doubler: Doubler,
    meter: Meter,
    events: EventReceiver,
    decodes: bool,
    frame: Vec<i16>,
    /// At [`RATE_HZ`].
    waiting: VecDeque<i16>,
}

impl std::fmt::Debug for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listen").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Listen {
    /// Nothing for a codec or packet time that can't be carried.
    pub fn new(
        number: MediaPayloadType,
        packet_ms: u32,
        dtmf: Option<u8>,
        settings: &Settings,
    ) -> Option<Self> {
        let kind = codec_of(number)?;
        let ticks = ticks_per_packet(kind.clock_hz(), packet_ms)?;
        kind.payload_bytes(packet_ms)?;
        let counting =
            Counting { clock_hz: kind.clock_hz(), event_payload_type: dtmf, ..Counting::default() };
        Some(Listen {
            kind,
            codec: kind.open(),
            packet_ms,
            dtmf,
            receiver: Receiver::new(counting),
            buffer: JitterBuffer::new(ticks, packet_ms, settings.depth),
            concealer: Concealer::new(kind.sample_rate_hz()),
            doubler: Doubler::new(),
            meter: Meter::new(kind, DELAY_MS),
            events: EventReceiver::new(),
            decodes: settings.keep_heard_ms > 0,
            frame: Vec::new(),
            waiting: VecDeque::new(),
        })
    }

    pub fn set_decodes(&mut self, decodes: bool) {
        self.decodes = decodes;
    }

    pub fn report(&self) -> Report {
        self.receiver.report()
    }

    pub fn codec_name(&self) -> &'static str {
        self.kind.name()
    }

    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Takes a packet; yields the digit that begins with it.
    pub fn received(&mut self, now: Duration, bytes: &[u8]) -> Option<char> {
        if is_rtcp(bytes) {
            return None;
        }
        let packet = Packet::parse(bytes).ok()?;
        self.receiver.receive(now, &packet);
        if self.dtmf == Some(packet.header.payload_type) {
            return self.events.receive(now, &packet).started.and_then(Event::digit);
        }
        self.follow(packet.header.payload_type);
        self.buffer.push(now, &packet);
        None
    }

    /// The sender took another codec than was ordered: follow it where its number says which.
    fn follow(&mut self, payload_type: u8) {
        let Some(kind) = CodecKind::of_payload_type(payload_type) else { return };
        let same_clock = kind.clock_hz() == self.kind.clock_hz();
        if kind != self.kind && same_clock {
            self.kind = kind;
            self.codec = kind.open();
            self.concealer = Concealer::new(kind.sample_rate_hz());
        }
    }

    /// Time passes: digits that nobody ended are over.
    pub fn tick(&mut self, now: Duration) -> Option<char> {
        self.events.tick(now).started.and_then(Event::digit)
    }

    /// Adds what is to be heard now to `pcm`.
    pub fn play(&mut self, now: Duration, pcm: &mut [i16]) {
        for _ in 0..FRAMES_MAX {
            if !self.next_frame(now) {
                break;
            }
        }
        for sample in pcm.iter_mut() {
            let Some(heard) = self.waiting.pop_front() else { break };
            *sample = sample.saturating_add(heard);
        }
    }

    /// Plays a frame that is due; false when there is none.
    fn next_frame(&mut self, now: Duration) -> bool {
        let samples = (self.kind.sample_rate_hz() / 1000 * self.packet_ms) as usize;
        self.frame.clear();
        match self.buffer.pop(now) {
            Popped::Wait => return false,
            Popped::Frame(frame) => {
                self.meter.played(self.packet_ms, false);
                if !self.decodes {
                    return true;
                }
                match &mut self.codec {
                    Some(codec) => codec.decode(frame.payload, &mut self.frame),
                    None => self.frame.resize(samples, 0),
                }
                self.concealer.played(&self.frame);
            }
            Popped::Conceal => {
                self.meter.played(self.packet_ms, true);
                if !self.decodes {
                    return true;
                }
                self.concealer.conceal(samples, &mut self.frame);
            }
            Popped::Silence => self.frame.resize(if self.decodes { samples } else { 0 }, 0),
        }
        self.queue_frame();
        true
    }

    fn queue_frame(&mut self) {
        if self.kind.sample_rate_hz() == RATE_HZ {
            self.waiting.extend(&self.frame);
        } else {
            let mut doubled = Vec::with_capacity(2 * self.frame.len());
            self.doubler.process(&self.frame, &mut doubled);
            self.waiting.extend(doubled);
        }
        if self.waiting.len() > WAITING_SAMPLES_MAX {
            self.waiting.drain(..self.waiting.len() - WAITING_SAMPLES_MAX);
        }
    }
}
