//! Who hears whom, and the common clock of a mix.

use super::mix::{FRAME_SAMPLES_MAX, Sum};
use super::party::{Party, Route};
use super::playout::Playout;
use super::slots::Slots;
use super::voice::{Hearing, Voice, VoiceScratch};
use super::{Engine, Event, Outlet, Scratch, Ssrcs, TICK_MS};
use crate::codec::{CodecKind, g711};
use crate::tone::Generator;
use std::time::Duration;

/// Parties of a bridge.
pub const BRIDGE_PARTIES_MAX: usize = 32;

/// Samples a second of a mix in which somebody is wideband or is recorded.
pub const RECORDING_HZ: u32 = 16_000;

/// A bridge. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BridgeId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// See the module above.
#[derive(Debug)]
pub(crate) struct Bridge {
    pub id: BridgeId,
    pub members: Vec<u32>,
    pub mix: Option<Box<Mix>>,
    /// Consent tones, while some of its parties are recorded; the first one sounds.
    pub consents: Vec<super::tape::Sounding>,
}

/// A mix.
#[derive(Debug)]
pub(crate) struct Mix {
    pub rate_hz: u32,
    sum: Sum,
    /// Entry and exit tones.
    pub tone: Option<Generator>,
    tone_pcm: Vec<i16>,
    consent_pcm: Vec<i16>,
    alike: Alike,
}

/// What all those hear who do not talk.
#[derive(Debug)]
struct Alike {
    pcm: Vec<i16>,
    mulaw: Vec<u8>,
    alaw: Vec<u8>,
}

impl Alike {
    fn new() -> Self {
        let pcm = Vec::with_capacity(FRAME_SAMPLES_MAX);
        let (mulaw, alaw) = (Vec::with_capacity(FRAME_SAMPLES_MAX), Vec::with_capacity(FRAME_SAMPLES_MAX));
        Self { pcm, mulaw, alaw }
    }

    fn start(&mut self, sum: &Sum) {
        sum.all(&mut self.pcm);
        self.mulaw.clear();
        self.alaw.clear();
    }

    /// In a G.711 law; encoded once a frame.
    fn encoded(&mut self, kind: CodecKind) -> &[u8] {
        let payload = if kind == CodecKind::Pcma { &mut self.alaw } else { &mut self.mulaw };
        match kind {
            _ if !payload.is_empty() => {}
            CodecKind::Pcma => g711::alaw_encode_all(&self.pcm, payload),
            _ => g711::mulaw_encode_all(&self.pcm, payload),
        }
        payload
    }
}

impl Mix {
    fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            sum: Sum::new(frame_samples(rate_hz)),
            tone: None,
            tone_pcm: Vec::with_capacity(FRAME_SAMPLES_MAX),
            consent_pcm: Vec::with_capacity(FRAME_SAMPLES_MAX),
            alike: Alike::new(),
        }
    }

    fn add_generator(&mut self, generator: &mut Generator) {
        self.tone_pcm.clear();
        self.tone_pcm.resize(frame_samples(self.rate_hz), 0);
        generator.fill(&mut self.tone_pcm);
        self.sum.add(&self.tone_pcm);
    }

    /// Adds a consent tone, which is kept for whoever does not hear it.
    fn add_consent(&mut self, generator: &mut Generator) {
        self.add_generator(generator);
        std::mem::swap(&mut self.tone_pcm, &mut self.consent_pcm);
    }
}

fn frame_samples(rate_hz: u32) -> usize {
    (rate_hz / 1000 * TICK_MS) as usize
}

impl Engine {
    /// Works out anew who hears whom in a bridge, after any change of it.
    pub(super) fn route(&mut self, now: Duration, index: u32) {
        let Some(bridge) = self.bridges.at(index) else { return };
        let mixes = bridge.members.len() > 2 || bridge.has_consent() && bridge.members.len() == 2;
        if mixes {
            route_mix(bridge, &mut self.parties, &mut self.ssrcs);
            return self.wake(now);
        }
        bridge.mix = None;
        match *bridge.members {
            [one, other] => route_pair(&mut self.parties, one, other, &mut self.ssrcs),
            _ => bridge.members.iter().for_each(|member| {
                if let Some(party) = self.parties.at(*member) {
                    party.set_route(Route::Nobody);
                }
            }),
        }
    }

    /// One frame of a mix.
    pub(super) fn mix(&mut self, now: Duration, index: u32, out: &mut impl Outlet) {
        let Some(bridge) = self.bridges.at(index) else { return };
        let Some(mix) = &mut bridge.mix else { return };
        mix.sum.clear();
        let len = frame_samples(mix.rate_hz);
        for member in &bridge.members {
            let Some(party) = self.parties.at(*member) else { continue };
            let (id, muted) = (party.id, party.muted);
            let Some(playout) = &mut party.playout else { continue };
            playout.fill(now, len, &mut self.scratch);
            let talking = playout.talk.take(&playout.frame) && !muted;
            if std::mem::replace(&mut playout.talking, talking) != talking {
                out.event(Event::Talking { party: id, talking });
            }
            if talking {
                mix.sum.add(&playout.frame);
            }
        }
        if let Some(mut tone) = mix.tone.take() {
            mix.add_generator(&mut tone);
            mix.tone = Some(tone).filter(|tone| !tone.is_over());
        }
        let spared = bridge.consents.first_mut().and_then(|consent| {
            mix.add_consent(&mut consent.generator);
            consent.spares
        });
        mix.alike.start(&mix.sum);
        for member in &bridge.members {
            if let Some(party) = self.parties.at(*member) {
                party.tape_clock(now);
                tell(mix, party, spared == Some(*member), &mut self.scratch, out);
            }
        }
    }
}

/// Says its part of the mix to a party; without the consent tone where it is spared that.
fn tell(mix: &mut Mix, party: &mut Party, spared: bool, scratch: &mut Scratch, out: &mut impl Outlet) {
    if party.play.is_some() {
        return;
    }
    let quiet = party.digits.is_some();
    let Some(mut voice) = party.voice.take() else { return };
    let own = party.playout.take();
    match own.as_ref().filter(|playout| playout.talking) {
        None if !spared && voice.takes_encoded(mix.alike.pcm.len()) => {
            let payload = mix.alike.encoded(voice.kind());
            voice.say_encoded(payload, quiet, &mut scratch.packet, |packet| {
                party.deliver(packet, out);
            });
        }
        talker => {
            match talker {
                Some(playout) => mix.sum.without(&playout.frame, &mut scratch.pcm_converted),
                None => mix.sum.all(&mut scratch.pcm_converted),
            }
            if spared {
                let tone = mix.consent_pcm.iter();
                let heard = scratch.pcm_converted.iter_mut().zip(tone);
                heard.for_each(|(sample, tone)| *sample = sample.saturating_sub(*tone));
            }
            let mut buffers = VoiceScratch { payload: &mut scratch.payload, packet: &mut scratch.packet };
            voice.say(&scratch.pcm_converted, quiet, &mut buffers, |packet| {
                party.deliver(packet, out);
            });
        }
    }
    party.playout = own;
    party.voice = Some(voice);
}

fn route_pair(parties: &mut Slots<Party>, one: u32, other: u32, ssrcs: &mut Ssrcs) {
    let Some((a, b)) = parties.pair(one, other) else { return };
    if a.format.is_same_coding(&b.format) {
        a.set_route(Route::Relay(other));
        b.set_route(Route::Relay(one));
        return;
    }
    let rates = (a.format.inside(), b.format.inside());
    let (Some(kind_a), Some(kind_b)) = rates else {
        a.set_route(Route::Nobody);
        return b.set_route(Route::Nobody);
    };
    a.set_route(Route::Transcode(other));
    b.set_route(Route::Transcode(one));
    a.hearing = Hearing::new(&a.format).map(Box::new);
    b.hearing = Hearing::new(&b.format).map(Box::new);
    a.speak_from(kind_b.sample_rate_hz(), ssrcs);
    b.speak_from(kind_a.sample_rate_hz(), ssrcs);
}

fn route_mix(bridge: &mut Bridge, parties: &mut Slots<Party>, ssrcs: &mut Ssrcs) {
    let wide = |member: &u32| {
        let party = parties.here(*member);
        party.and_then(|party| party.format.inside()).is_some_and(|kind| kind.sample_rate_hz() > 8000)
    };
    let is_wide = bridge.has_consent() || bridge.members.iter().any(wide);
    let rate_hz = if is_wide { RECORDING_HZ } else { 8000 };
    if bridge.mix.as_ref().is_none_or(|mix| mix.rate_hz != rate_hz) {
        bridge.mix = Some(Box::new(Mix::new(rate_hz)));
    }
    for member in &bridge.members {
        let Some(party) = parties.at(*member) else { continue };
        let playout = party.playout.take().filter(|playout| playout.rate_hz() == rate_hz);
        party.set_route(Route::Mix);
        party.playout = playout.or_else(|| Playout::new(&party.format, rate_hz).map(Box::new));
        party.speak_from(rate_hz, ssrcs);
    }
}

impl Party {
    /// Another way for its packets; what only the former one needed goes.
    pub(super) fn set_route(&mut self, route: Route) {
        self.route = route;
        self.hearing = None;
        self.playout = None;
        self.mouth = None;
        self.splice = super::party::Splice::default();
        if matches!(route, Route::Nobody | Route::Relay(_)) && self.play.is_none() {
            self.voice = None;
        }
    }

    /// Has a voice for samples at this rate; keeps one that it has.
    pub(super) fn speak_from(&mut self, rate_hz: u32, ssrcs: &mut Ssrcs) {
        if self.voice.as_ref().is_none_or(|voice| voice.rate_hz() != rate_hz) {
            self.voice = Voice::new(&self.format, rate_hz, ssrcs).map(Box::new);
        }
    }
}
