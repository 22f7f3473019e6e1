//! Time: mixes and what is played go on every [`TICK`], parties are looked after every second.

use super::party::{Party, Route, SILENT_AFTER};
use super::{Engine, Event, Outlet, Scratch, Sounds};
use crate::dtmf;
use crate::rtp::{EventHeader, HEADER_BYTES, Header};
use std::time::Duration;

/// Milliseconds of a tick.
pub const TICK_MS: u32 = 20;
/// The clock of everything that we say by ourselves.
pub const TICK: Duration = Duration::from_millis(TICK_MS as u64);
/// How often parties are looked after.
pub(super) const WATCH: Duration = Duration::from_secs(1);
/// Ticks that are made up for after a stall; what is older is left out.
const BEHIND_MAX: u32 = 5;

impl Engine {
    /// Time has passed. To be called when [`Engine::deadline`] is over; then ask for it anew.
    pub fn tick(&mut self, now: Duration, out: &mut impl Outlet) {
        if now >= self.next_watch {
            self.next_watch = now.saturating_add(WATCH);
            self.watch(now, out);
        }
        let Some(mut due) = self.next_tick else { return };
        if now > due.saturating_add(TICK * BEHIND_MAX) {
            due = now;
        }
        let mut busy = true;
        while busy && due <= now {
            busy = self.one_tick(due, out);
            due += TICK;
        }
        self.next_tick = busy.then_some(due);
    }

    /// Something needs the clock from now on.
    pub(super) fn wake(&mut self, now: Duration) {
        self.next_tick.get_or_insert(now.saturating_add(TICK));
    }

    /// True while there is more to do.
    fn one_tick(&mut self, now: Duration, out: &mut impl Outlet) -> bool {
        let mut busy = self.lives_tick(now, out);
        for index in 0..self.bridges.end() {
            if self.bridges.here(index).is_some_and(|bridge| bridge.mix.is_some()) {
                busy = true;
                self.mix(now, index, out);
            }
        }
        for index in 0..self.parties.end() {
            if let Some(party) = self.parties.at(index).filter(|party| party.needs_ticks()) {
                party.tape_clock(now);
                busy |= party.one_tick(&self.sounds, &mut self.scratch, out);
            }
        }
        for index in 0..self.tapes.end() {
            busy |= self.tapes.here(index).is_some();
            self.tape_tick(now, index, out);
        }
        busy
    }

    fn watch(&mut self, now: Duration, out: &mut impl Outlet) {
        for index in 0..self.parties.end() {
            let Some(party) = self.parties.at(index) else { continue };
            party.events.tick(now);
            let presence = &mut party.presence;
            if !presence.silence_told && now.saturating_sub(presence.last_at) >= SILENT_AFTER {
                presence.silence_told = true;
                out.event(Event::Silent { party: party.id, ever_heard: presence.ever });
            }
        }
    }
}

impl Party {
    /// True while there is more to do.
    fn one_tick(&mut self, sounds: &Sounds, scratch: &mut Scratch, out: &mut impl Outlet) -> bool {
        self.play_tick(sounds, scratch, out);
        self.digit_tick(scratch, out);
        self.needs_ticks()
    }

    fn play_tick(&mut self, sounds: &Sounds, scratch: &mut Scratch, out: &mut impl Outlet) {
        let Some(mut play) = self.play.take() else { return };
        let Some(mut voice) = self.voice.take() else { return };
        let quiet = self.digits.is_some();
        let goes_on = play.tick(sounds, &mut voice, quiet, scratch, |packet| {
            self.deliver(packet, out);
        });
        self.voice = Some(voice);
        if goes_on {
            self.play = Some(play);
        } else {
            self.play_over();
            out.event(Event::PlayedOut { party: self.id });
        }
    }

    fn digit_tick(&mut self, scratch: &mut Scratch, out: &mut impl Outlet) {
        let Some(mut digits) = self.digits.take() else { return };
        if let Some(mut voice) = self.voice.take() {
            voice.event(&mut digits, &mut scratch.packet, |packet| {
                self.deliver(packet, out);
            });
            self.voice = Some(voice);
        } else if let (Route::Relay(_), Some(last)) = (self.route, self.splice.last) {
            let clock_hz = self.format.clock_hz();
            let after = last.timestamp.wrapping_add(clock_hz / 1000 * self.format.packet_ms);
            if let Some((header, payload)) = digits.packet(after, clock_hz) {
                self.splice_in(header, payload, out);
            }
        } else {
            // Nothing has come for it yet between which the digits could go.
            return;
        }
        self.digits = Some(digits).filter(|digits| !digits.is_over());
    }

    /// A packet of ours in the stream that is relayed to it.
    fn splice_in(&mut self, event: EventHeader, payload: [u8; dtmf::EVENT_BYTES], out: &mut impl Outlet) {
        let Some(last) = &mut self.splice.last else { return };
        last.sequence = last.sequence.wrapping_add(1);
        self.splice.ahead = self.splice.ahead.wrapping_add(1);
        let header = Header {
            marker: event.marker,
            payload_type: event.payload_type,
            timestamp: event.timestamp,
            ..*last
        };
        let mut packet = [0; HEADER_BYTES + dtmf::EVENT_BYTES];
        if let Ok(len) = header.write(&payload, &mut packet) {
            self.deliver(&packet[..len], out);
        }
    }
}
