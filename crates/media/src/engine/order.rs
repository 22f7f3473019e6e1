//! Orders: who is there, who hears whom, what is played.

use super::bridge::{BRIDGE_PARTIES_MAX, Bridge, BridgeId};
use super::party::{Format, Party, PartyId, Port, Setup};
use super::sound::{Play, Playing};
use super::voice::Voice;
use super::{Engine, PARTIES_MAX, StreamReport};
use crate::dtmf;
use crate::tone::{Cadence, Generator};
use std::net::SocketAddr;
use std::time::Duration;

/// Rate at which tones are made for a party that hears nothing else of ours.
const TONE_HZ: u32 = 8000;

/// Why an order can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// [`PARTIES_MAX`].
    #[error("there are {PARTIES_MAX} parties already")]
    Full,
    /// Somebody has the port.
    #[error("port {} is taken", .0.0)]
    PortTaken(Port),
    /// The packet time fits no whole number of samples, or is out of range.
    #[error("{0} ms is no packet time: 1 to 200")]
    PacketTime(u32),
    /// The party or bridge is gone.
    #[error("it is gone")]
    Gone,
    /// [`BRIDGE_PARTIES_MAX`].
    #[error("a bridge holds {BRIDGE_PARTIES_MAX} parties")]
    BridgeFull,
    /// A codec that is passed through only can't be mixed, recorded or transcoded.
    #[error("a party's codec can't be decoded here: it can talk to one with the same codec only")]
    NoCodec,
    /// [`super::TAPES_MAX`].
    #[error("there are {} recordings already", super::TAPES_MAX)]
    TapesFull,
    /// The party takes no digits, neither as telephone events nor in its audio.
    #[error("the party takes no digits in its audio")]
    NoEvents,
}

/// Why something can't be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// The party is gone.
    #[error("the party is gone")]
    Gone,
    /// There is no such sound.
    #[error("there is no such sound")]
    NoSound,
    /// Its codec can't be encoded here.
    #[error("nothing can be played in the party's codec")]
    NoCodec,
}

impl Engine {
    /// A party comes. Nobody hears it yet.
    pub fn open(&mut self, now: Duration, setup: &Setup) -> Result<PartyId, EngineError> {
        let place = setup.port.0 as usize;
        if place >= PARTIES_MAX {
            return Err(EngineError::Full);
        }
        if self.ports.get(place).is_some_and(Option::is_some) {
            return Err(EngineError::PortTaken(setup.port));
        }
        check(&setup.format)?;
        let nobody = PartyId { index: 0, generation: 0 };
        let own_ssrc = self.ssrcs.next() as u32;
        let id = self.parties.insert(Party::new(now, nobody, setup, own_ssrc)).ok_or(EngineError::Full)?;
        let id = PartyId { index: id.0, generation: id.1 };
        if let Some(party) = self.parties.at(id.index) {
            party.id = id;
        }
        if self.ports.len() <= place {
            self.ports.resize(place + 1, None);
        }
        self.ports[place] = Some(id.index);
        if self.parties.len() == 1 {
            self.next_watch = now.saturating_add(super::tick::WATCH);
        }
        Ok(id)
    }

    /// A party leaves; what is known of its stream.
    pub fn close(&mut self, now: Duration, id: PartyId) -> Option<StreamReport> {
        self.detach(now, id.index);
        self.leave(now, id);
        let party = self.parties.remove(id.index, id.generation)?;
        if let Some(place) = self.ports.get_mut(party.port.0 as usize) {
            *place = None;
        }
        Some(party.report(now))
    }

    /// What is known of a party's stream so far.
    pub fn report(&self, now: Duration, id: PartyId) -> Option<StreamReport> {
        Some(self.parties.get(id.index, id.generation)?.report(now))
    }

    /// The phone says where it receives.
    pub fn tell_remote(&mut self, now: Duration, id: PartyId, remote: SocketAddr) -> Result<(), EngineError> {
        let party = self.party(id)?;
        party.latch.tell(now, remote);
        Ok(())
    }

    /// The port of a party.
    pub fn port(&self, id: PartyId) -> Option<Port> {
        Some(self.parties.get(id.index, id.generation)?.port)
    }

    /// A bridge without anybody.
    pub fn bridge(&mut self) -> Result<BridgeId, EngineError> {
        let nobody = BridgeId { index: 0, generation: 0 };
        let bridge = Bridge { id: nobody, members: Vec::new(), mix: None, consents: Vec::new() };
        let id = self.bridges.insert(bridge).ok_or(EngineError::Full)?;
        let id = BridgeId { index: id.0, generation: id.1 };
        if let Some(bridge) = self.bridges.at(id.index) {
            bridge.id = id;
        }
        Ok(id)
    }

    /// A bridge goes; its parties stay, and nobody hears them.
    pub fn unbridge(&mut self, now: Duration, id: BridgeId) {
        let Some(bridge) = self.bridges.get_mut(id.index, id.generation) else { return };
        let members = std::mem::take(&mut bridge.members);
        for member in members {
            if let Some(party) = self.parties.at(member) {
                let id = party.id;
                party.bridge = None;
                self.leave(now, id);
            }
        }
        self.bridges.remove(id.index, id.generation);
    }

    /// A party joins a bridge; it leaves the one where it was.
    pub fn join(&mut self, now: Duration, id: PartyId, to: BridgeId) -> Result<(), EngineError> {
        let party = self.parties.get(id.index, id.generation).ok_or(EngineError::Gone)?;
        let format = party.format;
        if party.bridge == Some(to.index) {
            return Ok(());
        }
        let bridge = self.bridges.get(to.index, to.generation).ok_or(EngineError::Gone)?;
        if bridge.members.len() >= BRIDGE_PARTIES_MAX {
            return Err(EngineError::BridgeFull);
        }
        let formats = bridge.members.iter().filter_map(|member| self.parties.here(*member));
        let formats = formats.map(|party| party.format);
        if !suits(format, formats, bridge.has_consent()) {
            return Err(EngineError::NoCodec);
        }
        self.leave(now, id);
        if let Some(bridge) = self.bridges.at(to.index) {
            bridge.members.push(id.index);
        }
        self.party(id)?.bridge = Some(to.index);
        self.route(now, to.index);
        Ok(())
    }

    /// A party leaves its bridge and stays alone.
    pub fn leave(&mut self, now: Duration, id: PartyId) {
        let Ok(party) = self.party(id) else { return };
        party.set_route(super::party::Route::Nobody);
        let Some(index) = party.bridge.take() else { return };
        let tape = party.taped.as_ref().map(|taped| taped.id());
        if let Some(bridge) = self.bridges.at(index) {
            bridge.members.retain(|member| *member != id.index);
        }
        if let Some(tape) = tape {
            self.end_consent(now, index, tape);
        }
        self.route(now, index);
    }

    /// Whether the others hear a party.
    pub fn mute(&mut self, id: PartyId, muted: bool) -> Result<(), EngineError> {
        self.party(id)?.muted = muted;
        Ok(())
    }

    /// Plays something to a party, in place of what it hears.
    pub fn play(&mut self, now: Duration, id: PartyId, play: &Play) -> Result<(), PlayError> {
        let party = self.parties.get_mut(id.index, id.generation).ok_or(PlayError::Gone)?;
        if party.voice.is_none() {
            let rate_hz = party.format.inside().and_then(|codec| play.rate_hz(codec)).unwrap_or(TONE_HZ);
            party.voice = Voice::new(&party.format, rate_hz, &mut self.ssrcs).map(Box::new);
        }
        let voice = party.voice.as_ref().ok_or(PlayError::NoCodec)?;
        party.play = Some(Box::new(Playing::new(play, voice, &self.sounds)?));
        self.wake(now);
        Ok(())
    }

    /// Ends what is played to a party.
    pub fn stop_playing(&mut self, id: PartyId) -> Result<(), EngineError> {
        let party = self.party(id)?;
        party.play_over();
        Ok(())
    }

    /// Sends a digit to a party, as a telephone event or in its audio.
    pub fn digit(&mut self, now: Duration, id: PartyId, digit: dtmf::Event) -> Result<(), EngineError> {
        if !self.party(id)?.push_digit(digit) {
            return Err(EngineError::NoEvents);
        }
        self.wake(now);
        Ok(())
    }

    /// Takes one more sound that can be played.
    pub fn add_sound(
        &mut self,
        audio: &crate::wav::Audio,
    ) -> Result<super::SoundId, super::sound::SoundError> {
        self.sounds.add(audio)
    }

    /// A tone for everybody in a mix: somebody came or left. Two who talk directly are spared it.
    pub fn announce(&mut self, id: BridgeId, cadence: Cadence) -> Result<(), EngineError> {
        let bridge = self.bridges.get_mut(id.index, id.generation).ok_or(EngineError::Gone)?;
        if let Some(mix) = &mut bridge.mix {
            mix.tone = Some(Generator::new(cadence, mix.rate_hz));
        }
        Ok(())
    }

    fn party(&mut self, id: PartyId) -> Result<&mut Party, EngineError> {
        self.parties.get_mut(id.index, id.generation).ok_or(EngineError::Gone)
    }
}

impl Party {
    /// What is played is over; its voice stays for what it hears else.
    pub(super) fn play_over(&mut self) {
        self.play = None;
        if matches!(self.route, super::party::Route::Nobody | super::party::Route::Relay(_)) {
            self.voice = None;
        }
    }

    fn report(&self, now: Duration) -> StreamReport {
        StreamReport::new(
            self.format,
            self.latch.learned(),
            now.saturating_sub(self.opened_at),
            self.receiver.report(),
            self.counts,
            self.control.as_ref().and_then(|control| control.peer),
        )
    }
}

fn check(format: &Format) -> Result<(), EngineError> {
    let ticks = crate::rtp::ticks_per_packet(format.clock_hz(), format.packet_ms);
    let whole = format.codec.is_none_or(|codec| codec.takes(format.packet_ms));
    ticks.filter(|_| whole).map(|_| ()).ok_or(EngineError::PacketTime(format.packet_ms))
}

/// Whether somebody can join those who are there.
fn suits(format: Format, others: impl Iterator<Item = Format>, recorded: bool) -> bool {
    let mut all = others.chain([format]).peekable();
    let same = |one: &Format, other: &Format| one.is_same_coding(other);
    let list: [Option<Format>; 3] = [all.next(), all.next(), all.next()];
    match (recorded, &list) {
        (false, [Some(_), None, None]) => true,
        (false, [Some(one), Some(other), None]) if same(one, other) => true,
        _ => list.iter().flatten().copied().chain(all).all(|format| format.inside().is_some()),
    }
}
