//! The sending half of a stream.

use std::net::SocketAddr;

use media::codec::{Codec, CodecKind, DYNAMIC_PAYLOAD_TYPE_FIRST};
use media::dtmf::{Event, EventOrder, EventSender};
use media::resample::Halver;
use media::rtp::{Header, Sender, ticks_per_packet};
use skinny::codes::MediaPayloadType;
use std::collections::VecDeque;

use super::{RATE_HZ, Target, codec_of};
use crate::output::Copied;

/// Packets that wait for the driver; older ones are dropped.
pub const PACKETS_WAITING_MAX: usize = 8;
/// Digits that wait for their turn.
const DIGITS_WAITING_MAX: usize = 32;
/// Length of a digit, and of the silence after it, in milliseconds.
const DIGIT_MS: u32 = 100;
const DIGIT_GAP_MS: u32 = 60;
/// Level of a digit, in dB below 0 dBm0.
const DIGIT_VOLUME: u8 = 10;

/// Samples to packets.
pub(super) struct Talk {
    target: Target,
    kind: CodecKind,
    /// None for codecs that are passed through: their payload is zeros.
    codec: Option<Box<dyn Codec + Send>>,
    packet_ms: u32,
    halver: Halver,
    /// Samples at the codec's rate that make no whole packet yet.
    pcm: Vec<i16>,
    /// Payloads of whole packets.
    ready: VecDeque<Vec<u8>>,
    spare: Vec<Vec<u8>>,
    sender: Sender,
    digits: VecDeque<char>,
    event: Option<EventSender>,
    /// Packet times of silence that a digit's end still asks for.
    gap: u32,
}

impl std::fmt::Debug for Talk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Talk").field("target", &self.target).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Talk {
    /// Nothing for a codec or packet time that can't be carried. `first` chooses where the numbers begin.
    pub fn new((number, packet_ms): (MediaPayloadType, u32), target: Target, first: u64) -> Option<Self> {
        let kind = codec_of(number)?;
        let ticks = ticks_per_packet(kind.clock_hz(), packet_ms)?;
        kind.payload_bytes(packet_ms)?;
        let codec = kind.open();
        let header = Header {
            marker: true,
            payload_type: kind.payload_type().unwrap_or(DYNAMIC_PAYLOAD_TYPE_FIRST),
            sequence: (first >> 48) as u16,
            timestamp: (first >> 16) as u32,
            ssrc: first as u32,
        };
        Some(Talk {
            target,
            kind,
            codec,
            packet_ms,
            halver: Halver::new(),
            pcm: Vec::new(),
            ready: VecDeque::new(),
            spare: Vec::new(),
            sender: Sender::new(header, ticks),
            digits: VecDeque::new(),
            event: None,
            gap: 0,
        })
    }

    /// Another target, codec or packet time; the stream's numbers go on.
    pub fn redirect(&mut self, (number, packet_ms): (MediaPayloadType, u32), target: Target) -> bool {
        let Some(kind) = codec_of(number) else { return false };
        let Some(ticks) = ticks_per_packet(kind.clock_hz(), packet_ms) else { return false };
        if kind.payload_bytes(packet_ms).is_none() {
            return false;
        }
        if kind != self.kind || packet_ms != self.packet_ms {
            self.sender.change(kind.payload_type().unwrap_or(DYNAMIC_PAYLOAD_TYPE_FIRST), ticks);
            self.codec = kind.open();
            self.pcm.clear();
            self.ready.clear();
        }
        (self.target, self.kind, self.packet_ms) = (target, kind, packet_ms);
        true
    }

    /// Of what it is a copy.
    pub fn copy(&self) -> Option<Copied> {
        self.target.copy
    }

    pub fn packet_ms(&self) -> u32 {
        self.packet_ms
    }

    pub fn packets(&self) -> u64 {
        self.sender.packets()
    }

    pub fn payload_bytes(&self) -> u64 {
        self.sender.payload_bytes()
    }

    /// Queues a digit as telephone event; false where none were agreed on, or it is none.
    pub fn digit(&mut self, digit: char) -> bool {
        let fits = self.digits.len() < DIGITS_WAITING_MAX;
        let takes = self.target.dtmf.is_some() && Event::of_digit(digit).is_some() && fits;
        if takes {
            self.digits.push_back(digit);
        }
        takes
    }

    /// Takes sound at [`RATE_HZ`].
    pub fn speak(&mut self, pcm: &[i16]) {
        if self.kind.sample_rate_hz() == RATE_HZ {
            self.pcm.extend_from_slice(pcm);
        } else {
            self.halver.process(pcm, &mut self.pcm);
        }
        let per_packet = (self.kind.sample_rate_hz() / 1000 * self.packet_ms) as usize;
        while per_packet > 0 && self.pcm.len() >= per_packet {
            let mut payload = self.spare.pop().unwrap_or_default();
            payload.clear();
            match &mut self.codec {
                Some(codec) => codec.encode(&self.pcm[..per_packet], &mut payload),
                None => payload.resize(self.kind.payload_bytes(self.packet_ms).unwrap_or(0) as usize, 0),
            }
            self.pcm.drain(..per_packet);
            if self.ready.len() >= PACKETS_WAITING_MAX {
                self.spare.extend(self.ready.pop_front());
                self.sender.pause();
            }
            self.ready.push_back(payload);
        }
    }

    /// Packet times that are left out.
    pub fn pause(&mut self, ms: u32) {
        (0..ms / self.packet_ms.max(1)).for_each(|_| self.sender.pause());
    }

    /// Writes the next packet of those that are whole.
    pub fn take_packet(&mut self, out: &mut [u8]) -> Option<(SocketAddr, u8, usize)> {
        let payload = self.ready.pop_front()?;
        let len = match self.event_packet(out) {
            Some(len) => Some(len),
            None => self.sender.packet(&payload, out).ok(),
        };
        self.spare.push(payload);
        Some((self.target.remote, self.target.tos, len?))
    }

    /// A digit takes the place of the sound.
    fn event_packet(&mut self, out: &mut [u8]) -> Option<usize> {
        let payload_type = self.target.dtmf?;
        if self.event.is_none() {
            if self.gap > 0 {
                self.gap -= 1;
                return None;
            }
            let event = Event::of_digit(self.digits.pop_front()?)?;
            let clock = self.kind.clock_hz() / 1000;
            self.event = Some(EventSender::new(EventOrder {
                event,
                volume: DIGIT_VOLUME,
                payload_type,
                timestamp: self.sender.timestamp(),
                ticks_per_packet: self.sender.ticks(),
                duration: clock * DIGIT_MS,
            }));
        }
        let Some((header, payload)) = self.event.as_mut()?.packet() else {
            self.event = None;
            self.gap = DIGIT_GAP_MS.div_ceil(self.packet_ms.max(1));
            return None;
        };
        let len = self.sender.event(header, &payload, out).ok()?;
        self.sender.pause();
        Some(len)
    }
}
