//! One RTP stream on its way to samples: put in order, decrypted, decoded, placed by its timestamps.

use std::collections::BTreeMap;

use media::codec::{Codec, CodecKind};
use media::resample::Doubler;
use media::rtp::Packet;

use super::srtp::Srtp;
use super::track::Track;
use super::{Why, unwrap_sequence};
use crate::Timestamp;

/// Packets that wait for one that is missing.
const WINDOW: usize = 32;
/// Where timestamps and the clock of the capture differ by more, the sender began anew.
const ASTRAY_SECS: i64 = 1;
/// Rollovers tried when a stream is caught in its middle.
const ROLLOVERS_TRIED: u32 = 64;
/// Comfort noise (RFC 3389): silence, as far as a recording goes.
const COMFORT_NOISE: u8 = 13;

/// A stream.
pub(super) struct Voice {
    pub track: usize,
    pub ordered: Option<CodecKind>,
    pub event_payload_type: u8,
    pub key: Option<Srtp>,
    pub why: Option<Why>,
    pub decoded: u64,
    codec: Option<(CodecKind, Box<dyn Codec + Send>)>,
    doubler: Doubler,
    waiting: BTreeMap<u64, Waiting>,
    /// Sequence number that comes next, and the last one heard, both with their rollovers.
    next: u64,
    heard: Option<u64>,
    /// Rollovers of the sender when the capture began.
    rollovers: Option<u32>,
    /// Timestamp and place of the packet before.
    before: Option<(u32, i64)>,
    refused: u64,
}

struct Waiting {
    time: Timestamp,
    bytes: Vec<u8>,
}

impl Voice {
    pub(super) fn new(track: usize) -> Self {
        Self {
            track,
            ordered: None,
            event_payload_type: 0,
            key: None,
            why: None,
            decoded: 0,
            codec: None,
            doubler: Doubler::new(),
            waiting: BTreeMap::new(),
            next: 0,
            heard: None,
            rollovers: None,
            before: None,
            refused: 0,
        }
    }

    /// A packet of this stream, in the order of the capture.
    pub(super) fn take(&mut self, time: Timestamp, bytes: &[u8], track: &mut Track) -> std::io::Result<()> {
        let Some(sequence) = bytes.get(2..4) else { return Ok(()) };
        let sequence = unwrap_sequence(self.heard, u16::from_be_bytes([sequence[0], sequence[1]]));
        self.heard = self.heard.max(Some(sequence));
        if sequence >= self.next {
            // A copy of a mirror port finds its place taken.
            self.waiting.entry(sequence).or_insert_with(|| Waiting { time, bytes: bytes.to_vec() });
        }
        while self.waiting.len() > WINDOW {
            self.play_first(track)?;
        }
        Ok(())
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, track: &mut Track) -> std::io::Result<()> {
        while !self.waiting.is_empty() {
            self.play_first(track)?;
        }
        if self.refused > 0 && self.why.is_none() {
            self.why = Some(Why::KeyDoesNotFit { packets: self.refused });
        }
        Ok(())
    }

    fn play_first(&mut self, track: &mut Track) -> std::io::Result<()> {
        let Some((sequence, packet)) = self.waiting.pop_first() else { return Ok(()) };
        self.next = sequence + 1;
        let opened;
        let bytes = match &self.key {
            None => &packet.bytes,
            Some(key) => {
                let rolled = ((sequence >> 16) as u32).wrapping_sub(1);
                let found = match self.rollovers {
                    Some(rollovers) => key.open(&packet.bytes, rollovers.wrapping_add(rolled)),
                    None => (0..ROLLOVERS_TRIED).find_map(|rollovers| {
                        let plain = key.open(&packet.bytes, rollovers.wrapping_add(rolled))?;
                        self.rollovers = Some(rollovers);
                        Some(plain)
                    }),
                };
                let Some(plain) = found else {
                    self.refused += 1;
                    return Ok(());
                };
                opened = plain;
                &opened
            }
        };
        match Packet::parse(bytes) {
            Ok(parsed) => self.play(packet.time, &parsed, track),
            Err(_) => Ok(()),
        }
    }

    fn play(&mut self, time: Timestamp, packet: &Packet<'_>, track: &mut Track) -> std::io::Result<()> {
        let number = packet.header.payload_type;
        if number == COMFORT_NOISE || (self.event_payload_type != 0 && number == self.event_payload_type) {
            return Ok(());
        }
        let Some(kind) = CodecKind::of_payload_type(number).or(self.ordered) else {
            self.why = Some(Why::UnknownPayload(number));
            return Ok(());
        };
        if self.codec.as_ref().is_none_or(|(known, _)| *known != kind) {
            self.codec = match kind.open() {
                Some(codec) if matches!(kind.sample_rate_hz(), 8000 | 16_000) => Some((kind, codec)),
                _ => {
                    self.why = Some(Why::NoDecoder(kind));
                    return Ok(());
                }
            };
        }
        let Some((_, codec)) = &mut self.codec else { return Ok(()) };
        let mut samples = Vec::new();
        codec.decode(packet.payload, &mut samples);
        if kind.sample_rate_hz() < track.rate_hz {
            let mut doubled = Vec::with_capacity(2 * samples.len());
            self.doubler.process(&samples, &mut doubled);
            samples = doubled;
        }
        let place = self.place(time, packet.header.timestamp, kind, track);
        self.before = Some((packet.header.timestamp, place));
        self.decoded += 1;
        track.put(place, &samples)
    }

    /// Where in the track a packet belongs: by its timestamp, as long as that agrees with the clock.
    fn place(&self, time: Timestamp, timestamp: u32, kind: CodecKind, track: &Track) -> i64 {
        let by_clock = track.place_of(time);
        let Some((before, place)) = self.before else { return by_clock };
        let ticks = i64::from(timestamp.wrapping_sub(before) as i32);
        let by_timestamp = place + ticks * i64::from(track.rate_hz) / i64::from(kind.clock_hz());
        let astray = (by_timestamp - by_clock).abs() > ASTRAY_SECS * i64::from(track.rate_hz);
        if astray { by_clock } else { by_timestamp }
    }
}
