//! Tapes: what one party says and hears, as two channels on one clock.
//!
//! A tape outlives the streams of its party. While nobody is attached to it (the party is held, its stream is being
//! opened anew) it goes on with silence, so that what is on it stands where it was said. What a party hears is taken
//! from the packets that it is sent, so it does not matter who relays, transcodes or mixes them. Hold music goes
//! to parties without a tape, and so is on none. Not for files: samples go to [`Outlet::recorded`].

use super::bridge::Bridge;
use super::party::{Format, Party, PartyId};
use super::playout::Playout;
use super::{Engine, EngineError, Outlet, TICK_MS};
use crate::rtp::Packet;
use crate::tone::{Cadence, Generator};
use std::time::Duration;

/// Tapes at once.
pub const TAPES_MAX: usize = 4096;
/// Samples a second of each channel of a tape on which somebody is wideband.
pub const TAPE_HZ_WIDE: u32 = 16_000;
/// The same for a telephone's band.
pub const TAPE_HZ: u32 = 8000;

/// A tape. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TapeId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// What of a party goes to a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What it says to the first channel, what it hears to the second.
    Both,
    /// What it says, to the first channel: a phone that sends a copy of what its user says.
    Near,
    /// What it says, to the second channel: the same phone's copy of what its user hears.
    Far,
}

/// The tone that tells those in a bridge that they are recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Consent {
    /// The tone, with its pauses.
    pub cadence: Cadence,
    /// Whether the party hears it, too, who is on the tape.
    pub to_party: bool,
}

#[derive(Debug)]
pub(crate) struct Tape {
    pub id: TapeId,
    rate_hz: u32,
    /// The party of each channel, and whether what it is sent or what it sends.
    channels: [Option<(u32, Way)>; 2],
    frame: Vec<i16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Received,
    Sent,
}

/// A party's part of a tape.
#[derive(Debug)]
pub(crate) struct Taped {
    tape: TapeId,
    /// The time of what is under way.
    pub now: Duration,
    received: Option<Playout>,
    sent: Option<Playout>,
}

/// A consent tone in a bridge.
#[derive(Debug)]
pub(crate) struct Sounding {
    tape: TapeId,
    pub generator: Generator,
    /// The party that does not hear it.
    pub spares: Option<u32>,
}

impl Engine {
    /// A tape that runs from now on: [`TAPE_HZ`] or [`TAPE_HZ_WIDE`].
    pub fn tape(&mut self, now: Duration, rate_hz: u32) -> Result<TapeId, EngineError> {
        let nobody = TapeId { index: 0, generation: 0 };
        let samples = 2 * (rate_hz / 1000 * TICK_MS) as usize;
        let frame = Vec::with_capacity(samples);
        let tape = Tape { id: nobody, rate_hz, channels: [None, None], frame };
        let id = self.tapes.insert(tape).ok_or(EngineError::TapesFull)?;
        let id = TapeId { index: id.0, generation: id.1 };
        if let Some(tape) = self.tapes.at(id.index) {
            tape.id = id;
        }
        self.wake(now);
        Ok(id)
    }

    /// Puts a party on a tape, in place of whoever was there; those in its bridge hear the tone, if there is one.
    pub fn attach(
        &mut self,
        now: Duration,
        tape: TapeId,
        party: PartyId,
        side: Side,
        consent: Option<Consent>,
    ) -> Result<(), EngineError> {
        let rate_hz = self.tapes.get(tape.index, tape.generation).ok_or(EngineError::Gone)?.rate_hz;
        let found = self.parties.get_mut(party.index, party.generation).ok_or(EngineError::Gone)?;
        let bridge = found.bridge;
        let playout = |format: &Format| Playout::new(format, rate_hz);
        let received = Some(playout(&found.format).ok_or(EngineError::NoCodec)?);
        let sent = if side == Side::Both { playout(&found.format) } else { None };
        if consent.is_some() && !bridge.is_none_or(|bridge| self.is_inside(bridge)) {
            return Err(EngineError::NoCodec);
        }
        self.detach(now, party.index);
        let (said, heard) = (Some((party.index, Way::Received)), Some((party.index, Way::Sent)));
        if let Some(tape) = self.tapes.at(tape.index) {
            match side {
                Side::Both => tape.channels = [said, heard],
                Side::Near => tape.channels[0] = said,
                Side::Far => tape.channels[1] = said,
            }
        }
        if let Some(party) = self.parties.at(party.index) {
            party.taped = Some(Box::new(Taped { tape, now, received, sent }));
        }
        if let (Some(consent), Some(bridge)) = (consent, bridge) {
            self.sound_consent(now, bridge, tape, party.index, consent);
        }
        Ok(())
    }

    /// Ends a tape; whoever was on it stays.
    pub fn end_tape(&mut self, now: Duration, id: TapeId) {
        let Some(tape) = self.tapes.remove(id.index, id.generation) else { return };
        for (party, _) in tape.channels.into_iter().flatten() {
            self.detach(now, party);
        }
    }

    /// Tapes now.
    pub fn tapes(&self) -> usize {
        self.tapes.len()
    }

    /// A party is on its tape no longer.
    pub(super) fn detach(&mut self, now: Duration, index: u32) {
        let Some(party) = self.parties.at(index) else { return };
        let Some(taped) = party.taped.take() else { return };
        let bridge = party.bridge;
        if let Some(tape) = self.tapes.get_mut(taped.tape.index, taped.tape.generation) {
            for channel in &mut tape.channels {
                *channel = channel.filter(|(party, _)| *party != index);
            }
        }
        if let Some(bridge) = bridge {
            self.end_consent(now, bridge, taped.tape);
        }
    }

    fn is_inside(&self, bridge: u32) -> bool {
        let members = self.bridges.here(bridge).map_or(&[][..], |bridge| &bridge.members);
        let party = |member: &u32| self.parties.here(*member);
        members.iter().filter_map(party).all(|party| party.format.inside().is_some())
    }

    fn sound_consent(&mut self, now: Duration, bridge: u32, tape: TapeId, party: u32, consent: Consent) {
        let Some(found) = self.bridges.at(bridge) else { return };
        let generator = Generator::new(consent.cadence, super::RECORDING_HZ);
        let spares = (!consent.to_party).then_some(party);
        found.consents.push(Sounding { tape, generator, spares });
        self.route(now, bridge);
    }

    pub(super) fn end_consent(&mut self, now: Duration, bridge: u32, tape: TapeId) {
        let Some(found) = self.bridges.at(bridge) else { return };
        let before = found.consents.len();
        found.consents.retain(|consent| consent.tape != tape);
        if found.consents.len() != before {
            self.route(now, bridge);
        }
    }

    /// One frame of a tape.
    pub(super) fn tape_tick(&mut self, now: Duration, index: u32, out: &mut impl Outlet) {
        let Some(tape) = self.tapes.at(index) else { return };
        let len = (tape.rate_hz / 1000 * TICK_MS) as usize;
        tape.frame.clear();
        tape.frame.resize(2 * len, 0);
        for (place, channel) in tape.channels.iter().enumerate() {
            let Some((party, way)) = *channel else { continue };
            let Some(taped) = self.parties.at(party).and_then(|party| party.taped.as_mut()) else { continue };
            let playout = match way {
                Way::Received => &mut taped.received,
                Way::Sent => &mut taped.sent,
            };
            let Some(playout) = playout else { continue };
            playout.fill(now, len, &mut self.scratch);
            let samples = tape.frame.iter_mut().skip(place).step_by(2);
            samples.zip(&playout.frame).for_each(|(sample, heard)| *sample = *heard);
        }
        out.recorded(tape.id, &tape.frame);
    }
}

impl Taped {
    /// Which tape.
    pub fn id(&self) -> TapeId {
        self.tape
    }
}

impl Bridge {
    /// Whether those in it are to hear that they are recorded.
    pub(super) fn has_consent(&self) -> bool {
        !self.consents.is_empty()
    }
}

impl Party {
    /// A packet of its audio came.
    #[inline]
    pub(super) fn tape_received(&mut self, now: Duration, bytes: &[u8]) {
        if let Some(taped) = &mut self.taped
            && let (Some(playout), Ok(packet)) = (&mut taped.received, Packet::parse(bytes))
        {
            playout.push(now, &packet);
        }
    }

    /// What is sent to it from here on is sent now.
    #[inline]
    pub(super) fn tape_clock(&mut self, now: Duration) {
        if let Some(taped) = &mut self.taped {
            taped.now = now;
        }
    }

    /// A packet goes out to it.
    #[inline]
    pub(super) fn tape_sent(&mut self, bytes: &[u8]) {
        if let Some(taped) = &mut self.taped
            && let (Some(playout), Ok(packet)) = (&mut taped.sent, Packet::parse(bytes))
            && packet.header.payload_type == self.format.payload_type
        {
            playout.push(taped.now, &packet);
        }
    }
}
