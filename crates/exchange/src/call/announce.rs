//! Announcements: whoever called in vain hears why, in the language of his phone, and then the tone.
//!
//! The call itself is over, as with a tone alone. The engine speaks on a stream of the caller's leg; where there is no
//! engine, where it can't, or where the phone does not open the stream, the tone comes at once.

use super::relay::What;
use super::{Cause, LegId, LegState, Media, Receiving, codec};
use crate::Exchange;
use crate::limit::{MEDIA_ACK_NS, TONE_NS};
use crate::media::{MediaOrder, OrderId};
use crate::plan::Announcement;
use crate::station::leg as on_station;
use crate::timer::Timer;

/// What is said of a cause.
fn said_of(cause: Cause) -> Option<Announcement> {
    match cause {
        Cause::UNALLOCATED | Cause::INCOMPLETE => Some(Announcement::UnknownNumber),
        Cause::OUT_OF_ORDER => Some(Announcement::NotRegistered),
        Cause::NO_CODEC => Some(Announcement::NoCodec),
        Cause::NO_CIRCUIT => Some(Announcement::Limit),
        Cause::CLOSED => Some(Announcement::Closed),
        _ => None,
    }
}

impl Exchange {
    /// Has it said to the user of a leg why his call failed; false where the tone alone says it.
    pub(super) fn announce(&mut self, id: LegId, cause: Cause) -> bool {
        let sound = said_of(cause).filter(|sound| self.plan.site.features.announcements.contains(sound));
        let (Some(sound), true) = (sound, self.state.engine.is_present()) else { return false };
        let (Some(stream), true) = (codec::inside(self.codecs_at(id)), self.is_here(id)) else {
            return false;
        };
        let station = self.appearance_of(id).and_then(|at| self.state.stations.get(at.station));
        let Some(station) = station else { return false };
        let locale = self
            .plan
            .devices
            .get(&station.device)
            .map_or(self.plan.site.locale, |device| self.plan.locale_of(device));
        let Some(party) = self.party_with(id, id, stream) else { return false };
        self.order(
            vec![id],
            What::Announce,
            MediaOrder::Announce { party, sound, locale, keys: self.keys_at(id) },
        );
        self.on_phone(id, |phone, shown, _| on_station::announced(phone, shown, cause));
        true
    }

    /// The engine's port is open: the phone is asked for its own.
    pub(super) fn hear_announcement(&mut self, id: LegId) {
        let Some(stream) = codec::inside(self.codecs_at(id)) else { return };
        let at = self.after(MEDIA_ACK_NS);
        let party = self.state.parties.take();
        let Some(leg) = self.state.calls.legs.get_mut(id) else {
            return self.state.parties.give_back(party);
        };
        leg.media = Some(Media::new(party, stream, Receiving::Opening));
        self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        if let Some(order) = self.order_for(id) {
            self.tell_open(id, &order);
        }
    }

    /// The phone's port is open: it hears what is said, for as long as a tone would play.
    pub(super) fn announcement_opened(&mut self, id: LegId) {
        let at = self.after(TONE_NS);
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        }
    }

    /// Whether something is said on a leg, or about to be.
    pub(crate) fn is_announced(&self, id: LegId) -> bool {
        self.state.engine.is_announced(id)
    }

    /// All is said, or can't be: the tone follows.
    pub(crate) fn announcement_over(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let LegState::Failed(cause) = leg.state else { return };
        self.before_change(id);
        self.close_media(id);
        let at = self.after(TONE_NS);
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        }
        self.tell_failed(id, cause);
    }

    /// What was played to the party of an order is over.
    pub(super) fn played_out(&mut self, order: OrderId) {
        let leg = self.state.engine.about(order).filter(|(_, what)| *what == What::Announce);
        if let Some(leg) = leg.and_then(|(legs, _)| legs.first().copied()) {
            self.announcement_over(leg);
        }
    }
}
