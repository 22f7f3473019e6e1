//! The way of a packet: judged, counted, and on to whoever shall hear it.

use super::inband::{Mouth, payload_of};
use super::latch::Source;
use super::party::{COMFORT_NOISE, Counts, Format, Party, PartyId, Port, Route};
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
        let Some(&Some(index)) = self.ports.get(port.0 as usize) else {
            return self.live_packet(now, port, from, bytes);
        };
        let Some(party) = self.parties.at(index) else { return };
        let Some((header, kind)) = party.admit(now, from, bytes, out) else { return };
        if kind == Kind::Event {
            return self.event_packet(now, index, header, bytes, out);
        }
        if party.ear.is_some() && kind == Kind::Audio {
            self.hear_digits(now, index, bytes, out);
        }
        let Some(party) = self.parties.at(index) else { return };
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
        {
            if let Some(payload_type) = peer.format.event_payload_type {
                if peer.play.is_none() {
                    peer.forward(Header { payload_type, ..header }, bytes, out);
                }
                return;
            }
            // It stays here, and shall not look like a packet that was lost.
            peer.splice.ahead = peer.splice.ahead.wrapping_sub(1);
        }
        if let Some(digit) = started {
            self.carry_digit(now, id, route, digit, out);
        }
    }

    /// A digit goes on to the other side in whichever way that has, or is reported.
    fn carry_digit(
        &mut self,
        now: Duration,
        id: PartyId,
        route: Route,
        digit: dtmf::Event,
        out: &mut impl Outlet,
    ) {
        if let Route::Relay(to) | Route::Transcode(to) = route
            && self.parties.at(to).is_some_and(|peer| peer.push_digit(digit))
        {
            return self.wake(now);
        }
        out.event(Event::Digit { party: id, digit });
    }

    /// Listens for digits in a packet of speech, and takes those out of it that go on by other means.
    fn hear_digits(&mut self, now: Duration, index: u32, bytes: &mut [u8], out: &mut impl Outlet) {
        let Some(party) = self.parties.at(index) else { return };
        let (id, route, muted) = (party.id, party.route, party.muted);
        let (Some(mut ear), Ok(packet)) = (party.ear.take(), Packet::parse(bytes)) else { return };
        let len = packet.payload.len();
        let began = ear.hear(packet.payload);
        // Another one that has them in its audio gets them there, as they are.
        let stays = match route {
            Route::Relay(to) | Route::Transcode(to) => {
                self.parties.at(to).is_some_and(|peer| peer.format.digits_in_band)
            }
            Route::Nobody | Route::Mix => false,
        };
        if !stays {
            if let (Some(silence), Some(payload)) = (ear.instead(len), payload_of(bytes, len)) {
                payload.copy_from_slice(silence);
            }
            if let Some(digit) = began.and_then(dtmf::Event::of_digit).filter(|_| !muted) {
                self.carry_digit(now, id, route, digit, out);
            }
        }
        if let Some(party) = self.parties.at(index) {
            party.ear = Some(ear);
        }
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
            self.control(now, self.port, from, bytes, out);
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
        if self.mouth.is_some() && !self.is_event(header.payload_type) {
            self.say_over(bytes);
        }
        self.deliver(bytes, out);
    }

    fn is_event(&self, payload_type: u8) -> bool {
        self.format.event_payload_type == Some(payload_type)
    }

    /// A digit of ours takes the place of what is in a packet.
    fn say_over(&mut self, bytes: &mut [u8]) {
        let (Some(mouth), Ok(packet)) = (&mut self.mouth, Packet::parse(bytes)) else { return };
        let len = packet.payload.len();
        if let (Some(tone), Some(payload)) = (mouth.instead(len), payload_of(bytes, len)) {
            payload.copy_from_slice(tone);
        }
    }

    /// Queues a digit for it; false where it takes none, neither as events nor in its audio.
    pub(super) fn push_digit(&mut self, digit: dtmf::Event) -> bool {
        if self.format.digits_in_band
            && let Some(digit) = digit.digit()
        {
            let mouth = match &mut self.voice {
                Some(voice) => &mut voice.mouth,
                None => &mut self.mouth,
            };
            if mouth.is_none() {
                *mouth = Mouth::new(&self.format).map(Box::new);
            }
            return mouth.as_mut().is_some_and(|mouth| mouth.push(digit));
        }
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
