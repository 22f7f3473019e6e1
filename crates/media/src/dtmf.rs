//! Telephone events in RTP (RFC 4733): DTMF digits as numbers, not as sound.
//!
//! The sender repeats an event's packet each packet time with a growing duration and sends its end three times
//! (2.5.1.4); an event longer than 16 bits of ticks goes on in segments (2.5.1.3). The receiver makes one start
//! and one end of all that, whatever is lost, doubled or late.

use crate::rtp::{EventHeader, Packet};
use std::time::Duration;

/// Bytes of an event's payload (RFC 4733 2.3).
pub const EVENT_BYTES: usize = 4;
/// How often an end is sent (RFC 4733 2.5.1.4).
pub const END_PACKETS: u8 = 3;
/// An event of which nothing more is heard is over after this time, in milliseconds (RFC 4733 2.5.2.2 asks for
/// three packet times at least).
pub const EVENT_GAP_MS_MAX: u64 = 200;
/// Lowest volume: 63 dB below 0 dBm0 (RFC 4733 2.3.4).
pub const VOLUME_MAX: u8 = 63;

/// An event's number; 0 to 15 are the DTMF digits, 16 is flash (RFC 4733 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Event(pub u8);

impl Event {
    /// Hook flash.
    pub const FLASH: Self = Self(16);

    /// The event of a DTMF digit: `0`–`9`, `*`, `#`, `A`–`D` in either case.
    pub fn of_digit(digit: char) -> Option<Self> {
        DIGITS.iter().position(|&known| known == digit.to_ascii_uppercase()).map(|at| Self(at as u8))
    }

    /// The DTMF digit of the event.
    pub fn digit(self) -> Option<char> {
        DIGITS.get(usize::from(self.0)).copied()
    }
}

const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// One event payload (RFC 4733 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// Which event.
    pub event: Event,
    /// Set on the packets that end it.
    pub end: bool,
    /// Level below 0 dBm0 in dB, 0 to [`VOLUME_MAX`].
    pub volume: u8,
    /// So far, in ticks of the RTP clock.
    pub duration: u16,
}

impl Payload {
    /// Reads the first event of a payload; further ones are not used by DTMF.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[event, flags, high, low, ..] = bytes else { return None };
        Some(Self {
            event: Event(event),
            end: flags & 0x80 != 0,
            volume: flags & VOLUME_MAX,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// As it goes on the wire.
    pub fn bytes(self) -> [u8; EVENT_BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        let end = if self.end { 0x80 } else { 0 };
        [self.event.0, end | self.volume.min(VOLUME_MAX), high, low]
    }
}

/// Sends one event: a packet each packet time until it says that there is none.
#[derive(Debug, Clone)]
pub struct EventSender {
    event: Event,
    volume: u8,
    payload_type: u8,
    timestamp: u32,
    ticks_per_packet: u32,
    left: u32,
    sent: u32,
    is_first: bool,
    ends: u8,
}

/// What an [`EventSender`] is to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventOrder {
    /// Which event.
    pub event: Event,
    /// Level below 0 dBm0 in dB.
    pub volume: u8,
    /// Negotiated payload type.
    pub payload_type: u8,
    /// The stream's timestamp where the event begins ([`crate::rtp::Sender::timestamp`]).
    pub timestamp: u32,
    /// Ticks of a packet time.
    pub ticks_per_packet: u32,
    /// Length in ticks; `u32::MAX` for as long as the key is down.
    pub duration: u32,
}

impl EventSender {
    /// An event that begins with the next packet.
    pub fn new(order: EventOrder) -> Self {
        Self {
            event: order.event,
            volume: order.volume,
            payload_type: order.payload_type,
            timestamp: order.timestamp,
            ticks_per_packet: order.ticks_per_packet.clamp(1, u32::from(u16::MAX)),
            left: order.duration.max(1),
            sent: 0,
            is_first: true,
            ends: 0,
        }
    }

    /// The key is up: the next packet is the first of the end.
    pub fn release(&mut self) {
        self.left = self.left.min(self.ticks_per_packet);
    }

    /// What to send for this packet time; nothing once the end has gone out [`END_PACKETS`] times.
    pub fn packet(&mut self) -> Option<(EventHeader, [u8; EVENT_BYTES])> {
        if self.ends >= END_PACKETS {
            return None;
        }
        let header =
            EventHeader { marker: self.is_first, payload_type: self.payload_type, timestamp: self.timestamp };
        self.is_first = false;
        if self.left > 0 {
            let step = self.left.min(self.ticks_per_packet);
            self.left -= step;
            self.sent += step;
        }
        let duration = self.sent.min(u32::from(u16::MAX));
        let header = if duration < self.sent { self.next_segment() } else { header };
        let end = self.left == 0;
        self.ends += u8::from(end);
        let payload = Payload { event: self.event, end, volume: self.volume, duration: self.sent as u16 };
        Some((header, payload.bytes()))
    }

    /// Goes on where 16 bits of duration end (RFC 4733 2.5.1.3).
    fn next_segment(&mut self) -> EventHeader {
        let full = u32::from(u16::MAX);
        self.timestamp = self.timestamp.wrapping_add(full);
        self.sent -= full;
        EventHeader { marker: false, payload_type: self.payload_type, timestamp: self.timestamp }
    }
}

/// What a receiver learned from a packet, or from the passing of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// An event that is over, with its length in ticks of the RTP clock.
    pub ended: Option<(Event, u32)>,
    /// An event that began.
    pub started: Option<Event>,
}

/// Hears events: one start and one end each.
#[derive(Debug, Clone, Default)]
pub struct EventReceiver {
    current: Option<Current>,
    /// Timestamp of the newest event that is known, over or not.
    newest: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Current {
    event: Event,
    timestamp: u32,
    duration: u16,
    earlier_segments: u32,
    last_at: Duration,
}

impl EventReceiver {
    /// Nothing heard yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a packet of the event payload type.
    pub fn receive(&mut self, now: Duration, packet: &Packet<'_>) -> Heard {
        let Some(payload) = Payload::parse(packet.payload) else { return Heard::default() };
        let timestamp = packet.header.timestamp;
        if let Some(current) = &mut self.current
            && current.takes(&payload, timestamp, packet.header.marker)
        {
            current.last_at = now;
            self.newest = Some(timestamp);
            return if payload.end { self.end() } else { Heard::default() };
        }
        if self.newest.is_some_and(|newest| timestamp.wrapping_sub(newest) as i32 <= 0) {
            return Heard::default();
        }
        let ended = self.end().ended;
        self.newest = Some(timestamp);
        let started = Some(payload.event);
        let current = Current {
            event: payload.event,
            timestamp,
            duration: payload.duration,
            earlier_segments: 0,
            last_at: now,
        };
        self.current = Some(current);
        if payload.end && ended.is_none() {
            return Heard { started, ..self.end() };
        }
        Heard { ended, started }
    }

    /// Ends an event of which nothing was heard for [`EVENT_GAP_MS_MAX`]. To be called now and then.
    pub fn tick(&mut self, now: Duration) -> Heard {
        let gap = Duration::from_millis(EVENT_GAP_MS_MAX);
        match self.current {
            Some(current) if now.saturating_sub(current.last_at) >= gap => self.end(),
            _ => Heard::default(),
        }
    }

    /// The stream is another one now (new SSRC): the next event is new whatever its timestamp.
    pub fn restart(&mut self) -> Heard {
        self.newest = None;
        self.end()
    }

    fn end(&mut self) -> Heard {
        let ended = self.current.take().map(|current| {
            (current.event, current.earlier_segments.saturating_add(u32::from(current.duration)))
        });
        Heard { ended, started: None }
    }
}

impl Current {
    /// True for a further packet of this event, in the same segment or the next.
    fn takes(&mut self, payload: &Payload, timestamp: u32, marker: bool) -> bool {
        if timestamp == self.timestamp {
            self.duration = self.duration.max(payload.duration);
            return true;
        }
        let full = u32::from(u16::MAX);
        let goes_on =
            !marker && payload.event == self.event && timestamp == self.timestamp.wrapping_add(full);
        if goes_on {
            self.earlier_segments = self.earlier_segments.saturating_add(full);
            self.timestamp = timestamp;
            self.duration = payload.duration;
        }
        goes_on
    }
}

#[cfg(test)]
mod tests;
