//! The way of a packet: judged, counted, and on to whoever shall hear it.

use super::latch::Source;
use super::party::{COMFORT_NOISE, Counts, Format, Party, Port, Route};
use super::voice::{Digits, Heard, VoiceScratch};
use super::{Engine, Event, Outlet};
use crate::codec::{CodecKind, g711};
use crate::dtmf;
use crate::rtp::{Header, Packet, is_rtcp};
use std::net::SocketAddr;
use std::time::Duration;

/// One packet of so many is looked at for silence.
const SAMPLE_EVERY: u64 = 64;
/// Loudest sample of a silent packet.
const SILENT_PEAK: u16 = 64;

/// What a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Audio,
    Noise,
    Event,
}

impl Engine {
    /// A packet came to a port. The buffer is changed where numbers in the packet must be.
    pub fn packet(
        &mut self,
        now: Duration,
        port: Port,
        from: SocketAddr,
        bytes: &mut [u8],
        out: &mut impl Outlet,
    ) {
        let Some(&Some(index)) = self.ports.get(port.0 as usize) else { return };
        let Some(party) = self.parties.at(index) else { return };
        let Some((header, kind)) = party.admit(now, from, bytes, out) else { return };
        if kind == Kind::Event {
            return self.event_packet(now, index, header, bytes, out);
        }
        if party.muted {
            return;
        }
        if kind == Kind::Audio {
            party.tape_received(now, bytes);
        }
        match party.route {
            Route::Nobody => {}
            Route::Relay(to) => self.relay(now, to, header, bytes, out),
            Route::Transcode(to) => self.transcode(now, (index, to), header, kind, bytes, out),
            Route::Mix => {
                if let (Ok(packet), Some(playout)) = (Packet::parse(bytes), &mut party.playout)
                    && kind == Kind::Audio
                {
                    playout.push(now, &packet);
                }
            }
        }
    }

    #[inline]
    fn relay(&mut self, now: Duration, to: u32, header: Header, bytes: &mut [u8], out: &mut impl Outlet) {
        let Some(peer) = self.parties.at(to) else { return };
        if peer.play.is_some() {
            return;
        }
        peer.tape_clock(now);
        peer.forward(header, bytes, out);
    }

    fn transcode(
        &mut self,
        now: Duration,
        (from, to): (u32, u32),
        header: Header,
        kind: Kind,
        bytes: &[u8],
        out: &mut impl Outlet,
    ) {
        let Some((party, peer)) = self.parties.pair(from, to) else { return };
        let (Some(hearing), Ok(packet)) = (&mut party.hearing, Packet::parse(bytes)) else { return };
        if kind != Kind::Audio {
            return hearing.skip(&header);
        }
        let Heard::Samples { after } = hearing.hear(&header, packet.payload, &mut self.scratch) else {
            return;
        };
        if peer.play.is_some() {
            return;
        }
        peer.tape_clock(now);
        let quiet = peer.digits.is_some();
        let Some(mut voice) = peer.voice.take() else { return };
        voice.pause(after);
        let scratch = &mut self.scratch;
        let mut buffers = VoiceScratch { payload: &mut scratch.payload, packet: &mut scratch.packet };
        voice.say(&scratch.pcm, quiet, &mut buffers, |packet| {
            peer.deliver(packet, out);
        });
        peer.voice = Some(voice);
    }

    /// A packet of a telephone event. It reaches the other side in exactly one way: as it is, as an event of
    /// ours, or as [`Event::Digit`] by whatever means the caller has.
    fn event_packet(
        &mut self,
        now: Duration,
        index: u32,
        header: Header,
        bytes: &mut [u8],
        out: &mut impl Outlet,
    ) {
        let Some(party) = self.parties.at(index) else { return };
        let (id, route, muted) = (party.id, party.route, party.muted);
        let Ok(packet) = Packet::parse(bytes) else { return };
        let started = party.events.receive(now, &packet).started;
        if let Some(hearing) = &mut party.hearing {
            hearing.skip(&header);
        }
        if muted {
            return;
        }
        if let Route::Relay(to) = route
            && let Some(peer) = self.parties.at(to)
            && let Some(payload_type) = peer.format.event_payload_type
        {
            if peer.play.is_none() {
                peer.forward(Header { payload_type, ..header }, bytes, out);
            }
            return;
        }
        let Some(digit) = started else { return };
        if let Route::Transcode(to) = route
            && self.parties.at(to).is_some_and(|peer| peer.push_digit(digit))
        {
            return self.wake(now);
        }
        out.event(Event::Digit { party: id, digit });
    }
}

impl Party {
    /// Judges a packet, counts it, and says what it is.
    #[inline]
    fn admit(
        &mut self,
        now: Duration,
        from: SocketAddr,
        bytes: &[u8],
        out: &mut impl Outlet,
    ) -> Option<(Header, Kind)> {
        if !self.flow.admit(now) {
            if self.counts.flooded == 0 {
                out.event(Event::Flooding { party: self.id });
            }
            self.counts.flooded += 1;
            return None;
        }
        if is_rtcp(bytes) {
            self.counts.rtcp += 1;
            return None;
        }
        let Ok(packet) = Packet::parse(bytes) else {
            self.counts.malformed += 1;
            return None;
        };
        let Some(kind) = kind_of(&self.format, packet.header.payload_type) else {
            self.counts.wrong_codec += 1;
            return None;
        };
        match self.latch.judge(now, from) {
            Source::Known => {}
            Source::Learned if !self.presence.ever => out.event(Event::Heard { party: self.id, from }),
            Source::Learned | Source::Moved => out.event(Event::Moved { party: self.id, from }),
            Source::Wrong => {
                self.counts.wrong_source += 1;
                return None;
            }
        }
        self.presence.ever = true;
        self.presence.silence_told = false;
        self.presence.last_at = now;
        self.receiver.receive(now, &packet);
        self.counts.sample(&self.format, &packet);
        Some((packet.header, kind))
    }

    /// Sends a packet of somebody else on to it.
    #[inline]
    fn forward(&mut self, header: Header, bytes: &mut [u8], out: &mut impl Outlet) {
        if self.digits.is_some() && !self.is_event(header.payload_type) {
            // A digit of ours takes the place of this packet.
            self.splice.ahead = self.splice.ahead.wrapping_sub(1);
            if let Some(last) = &mut self.splice.last {
                last.timestamp = header.timestamp;
            }
            return;
        }
        let sequence = header.sequence.wrapping_add(self.splice.ahead);
        if let [_, kind, high, low, ..] = bytes {
            *kind = (*kind & 0x80) | header.payload_type;
            [*high, *low] = sequence.to_be_bytes();
        }
        self.splice.last = Some(Header { sequence, ..header });
        self.deliver(bytes, out);
    }

    fn is_event(&self, payload_type: u8) -> bool {
        self.format.event_payload_type == Some(payload_type)
    }

    /// Queues a digit for it; false where it takes none as events.
    pub(super) fn push_digit(&mut self, digit: dtmf::Event) -> bool {
        let Some(payload_type) = self.format.event_payload_type else { return false };
        self.digits.get_or_insert_with(|| Box::new(Digits::new(payload_type))).push(digit)
    }
}

fn kind_of(format: &Format, payload_type: u8) -> Option<Kind> {
    if format.event_payload_type == Some(payload_type) {
        Some(Kind::Event)
    } else if format.payload_type == payload_type || format.codec.is_none() {
        Some(Kind::Audio)
    } else {
        COMFORT_NOISE.contains(&payload_type).then_some(Kind::Noise)
    }
}

impl Counts {
    /// Looks at a packet now and then, whether anything is said in it.
    #[inline]
    fn sample(&mut self, format: &Format, packet: &Packet<'_>) {
        if u64::from(packet.header.sequence) % SAMPLE_EVERY != 0 {
            return;
        }
        let decode = match format.codec {
            Some(CodecKind::Pcmu) => g711::mulaw_decode,
            Some(CodecKind::Pcma) => g711::alaw_decode,
            _ => return,
        };
        self.sampled += 1;
        let silent = packet.payload.iter().all(|&code| decode(code).unsigned_abs() < SILENT_PEAK);
        self.silent += u32::from(silent);
    }
}
