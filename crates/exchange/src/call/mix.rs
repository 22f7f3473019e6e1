//! Parties of a conference at the media engine: each joins the mix as soon as it says where it receives, and leaves
//! it when its stream is closed, as a relayed pair does. The mix itself needs no order: it is there while somebody
//! is in it.

use std::net::SocketAddr;

use super::relay::What;
use super::{Cause, EndedBy, LegId, codec};
use crate::Exchange;
use crate::feature::Conference;
use crate::media::{MediaOrder, MediaParty, MixId, OrderId};
use crate::output::{Output, Severity};
use crate::plan::DigitPath;
use crate::station::leg as on_station;
use crate::station::media::EVENT_PAYLOAD_TYPE;
use crate::table::{ConferenceId, Key};

/// The name of a conference at the engine.
fn mix_of(id: ConferenceId) -> MixId {
    MixId(u64::from(id.generation()) << 32 | u64::from(id.index()))
}

impl Exchange {
    /// Whether somebody mixes.
    pub(crate) fn has_bridge(&self) -> bool {
        self.state.engine.is_present() || self.bridge_for(3).is_some()
    }

    /// Whether a leg is a place in a conference.
    pub(crate) fn is_place(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| matches!(leg.end, super::End::Bridge(_)))
    }

    /// Whether the engine, or a bridge, can decode and encode what a party speaks.
    pub(crate) fn can_be_mixed(&self, id: LegId) -> bool {
        self.can_mix(self.codecs_at(id))
    }

    /// The same for codecs.
    pub(crate) fn can_mix(&self, codecs: &[super::Codec]) -> bool {
        self.state.engine.is_present() && codec::inside(codecs).is_some() || self.hardware_mixes(codecs)
    }

    /// The order that the engine has for a leg.
    pub(crate) fn order_of(&self, id: LegId) -> Option<OrderId> {
        self.state.engine.order_of(id)
    }

    /// A leg receives, whose other side is a place in a conference.
    pub(super) fn join_mix(&mut self, id: LegId, place: LegId) {
        let conference = self.state.conference_at(id).map(|(conference, _)| conference);
        let found = conference.and_then(|id| Some((id, self.state.conferences.get(id)?)));
        let Some((conference, state)) = found else {
            return self.mix_failed(id, "the conference is over");
        };
        let engine = self.state.engine.is_present();
        if state.hardware.is_some() {
            if engine && self.is_taped_by_relay(id) {
                return self.leave_bridge(conference, "a party is recorded");
            }
            if let Err(why) = self.join_at_bridge(id, conference) {
                self.leave_bridge(conference, why);
            }
            return;
        }
        if !engine {
            return self.mix_failed(id, "there is no media engine");
        }
        let muted = state.place(place).is_some_and(|place| place.muted);
        let Some(party) = self.mixed_party(id, state) else { return };
        let (mix, tones) = (mix_of(conference), self.plan.site.features.conference_tones);
        let order = self.order(
            vec![id],
            What::Mix,
            MediaOrder::Join { mix, party, muted, tones, keys: self.keys_at(id) },
        );
        self.tape_along(id, order, 0);
    }

    fn mixed_party(&self, id: LegId, conference: &Conference) -> Option<MediaParty> {
        let leg = self.state.calls.legs.get(id)?;
        let stream = leg.media.as_ref()?.stream;
        let remote = leg.address()?;
        let (signals_from, local) = match self.peer_of(id) {
            Some(peer) => (peer.remote.ip(), peer.local.ip()),
            // A trunk is told an address of ours in the network of whoever began the conference.
            None => (remote.ip(), conference.local),
        };
        let digits = self.digits_at(id);
        Some(MediaParty {
            codec: stream.codec,
            packet_ms: stream.packet_ms,
            event_payload_type: (digits == DigitPath::Events).then_some(EVENT_PAYLOAD_TYPE),
            digits_in_band: digits == DigitPath::Audio,
            remote: Some(remote),
            signals_from,
            local,
        })
    }

    /// The port of a party is open: it sends there.
    pub(super) fn mix_opened(&mut self, id: LegId, address: SocketAddr) {
        let muted = self.hardware_of(id).is_some() && self.is_muted(id);
        self.send_anew(id, address);
        if muted {
            // A bridge mutes nobody: who is muted does not send.
            self.send_no_more(id);
        }
        self.on_phone(id, |phone, shown, _| on_station::audio_complete(phone, shown));
        self.copy_for_tape(id);
        self.beep_for_comer(id);
    }

    fn beep_for_comer(&mut self, id: LegId) {
        let Some((conference, _)) = self.state.conference_at(id) else { return };
        let Some(found) = self.state.conferences.get(conference) else { return };
        // The engine says it to three and more, and to who is alone there is nothing to say.
        if found.places.len() == 2 || found.hardware.is_some() && found.places.len() > 2 {
            let parties = self.parties(conference);
            let mixed: Vec<LegId> = parties.into_iter().filter(|leg| self.order_of(*leg).is_some()).collect();
            if mixed.len() > 1 {
                self.beep(&mixed);
            }
        }
    }

    fn is_muted(&self, id: LegId) -> bool {
        let found = self.state.conference_at(id);
        let conference = found.and_then(|(id, place)| Some((self.state.conferences.get(id)?, place)));
        conference.and_then(|(found, place)| found.place(place)).is_some_and(|place| place.muted)
    }

    /// A party of a mix began or ceased to talk: lists and whoever watches say so.
    pub(super) fn talks_in_mix(&mut self, order: OrderId, talking: bool) {
        let leg = self.state.engine.about(order).filter(|(_, what)| *what == What::Mix);
        let Some(leg) = leg.and_then(|(legs, _)| legs.first().copied()) else { return };
        let Some((conference, place)) = self.state.conference_at(leg) else { return };
        let places = self.state.conferences.get_mut(conference).map(|found| found.places.iter_mut());
        for place in places.into_iter().flatten().filter(|found| found.leg == place) {
            place.talking = talking;
        }
        self.touch_media(leg);
    }

    /// Whether somebody is heard in his conference now.
    pub(crate) fn is_heard_in_mix(&self, id: LegId) -> bool {
        let found = self.state.conference_at(id);
        let conference = found.and_then(|(id, place)| Some((self.state.conferences.get(id)?, place)));
        conference.and_then(|(found, place)| found.place(place)).is_some_and(|place| place.talking)
    }

    /// Those in a conference hear that somebody came or left where the engine does not say it: from a bridge, or when
    /// they are two.
    pub(crate) fn beep(&mut self, legs: &[LegId]) {
        if !self.plan.site.features.conference_tones {
            return;
        }
        let over = self.after(crate::limit::DTMF_NS);
        for id in legs {
            let talks = self.state.calls.legs.get_mut(*id).filter(|leg| {
                leg.state == super::LegState::Connected && matches!(leg.end, super::End::Station(_))
            });
            let Some(leg) = talks else { continue };
            self.state.timers.reset(&mut leg.tone, over, crate::timer::Timer::Tone(*id));
            self.on_phone(*id, |phone, shown, _| on_station::beep(phone, shown));
        }
    }

    /// The others of a mix hear a party no more, or again.
    pub(crate) fn mute_in_mix(&mut self, id: LegId, muted: bool) {
        let Some(order) = self.order_of(id) else { return };
        if self.state.hardware.station_of(order).is_none() {
            self.out.push(Output::Media(order, MediaOrder::Mute { order, muted }));
        } else if muted {
            self.send_no_more(id);
        } else if let Some(address) = self.state.engine.address_of(order) {
            self.send_from(id, address);
        }
    }

    /// A party can't be mixed: it leaves the conference.
    pub(super) fn mix_failed(&mut self, id: LegId, text: &str) {
        self.out.note(Severity::Warning, format!("no place at the conference bridge: {text}"));
        if let Some(leg) = self.state.calls.legs.get(id) {
            self.end_call(leg.call, Cause::NO_PATH_FOR_MEDIA, EndedBy::Server);
        }
    }
}
