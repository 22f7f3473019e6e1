//! Recording by the phone itself: one with a built-in bridge sends a copy of what its user says and one of what he hears
//! to two ports of ours, and the call stays direct.
//!
//! The order is CUCM's (nDPI frames 35, 40, 42, 43): beside its own stream the phone gets two orders to send, which name
//! its call as their conference and have references of their own. A phone that refuses, or sends nothing, is recorded
//! by a relay from then on, as one without a bridge is.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::relay::Why;
use super::tape::RELAY;
use super::{LegId, LegState, Sending, Taping};
use crate::Exchange;
use crate::limit::MEDIA_ACK_NS;
use crate::media::{MediaOrder, OrderId};
use crate::output::{Output, Severity};
use crate::plan::ConsentTo;
use crate::station::leg as on_station;
use crate::station::media::{self as stream_at, CopyOrder};
use crate::table::StationId;
use crate::timer::{Timer, TimerKey};

/// How the sound of a recording came here.
const BUILT_IN_BRIDGE: &str = "built-in bridge";
/// Why figures of a stream are kept.
const COPY: &str = "copy of a phone, recorded";
/// How long the tone sounds that tells of a recording.
const CONSENT_NS: u64 = 500_000_000;

/// Whether a phone sends copies of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Copying {
    /// It does not.
    #[default]
    No,
    /// It does, by this order of the engine.
    By(OrderId),
    /// It was asked, and can't.
    Refused,
}

/// Copies of a leg.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Copies {
    leg: LegId,
    call: u64,
    /// Names on the wire of what is said and what is heard: stream and reference.
    names: [(u32, u32); 2],
    stream: super::Stream,
    /// Waits for the engine's answer.
    awaited: Option<TimerKey>,
    /// Our ports, once they are open.
    at: Option<[SocketAddr; 2]>,
    /// When those in the call hear of it again.
    consent: Option<TimerKey>,
}

impl Copies {
    fn orders(&self) -> [CopyOrder; 2] {
        let order = |place: usize| CopyOrder {
            party: self.names[place].0,
            reference: self.names[place].1,
            stream: self.stream,
            is_far: place == 1,
        };
        [order(0), order(1)]
    }
}

impl super::Tapes {
    /// References of copies, for audits.
    pub(crate) fn copied_references(&self) -> impl Iterator<Item = u32> + '_ {
        self.copies.values().flat_map(|copies| copies.names).map(|(_, reference)| reference)
    }

    /// Streams of copies, for audits.
    pub(crate) fn copied_parties(&self) -> impl Iterator<Item = u32> + '_ {
        self.copies.values().flat_map(|copies| copies.names).map(|(party, _)| party)
    }
}

impl Exchange {
    /// Whether the phone of a leg can send copies of what is said in it.
    pub(crate) fn copies_itself(&self, id: LegId) -> bool {
        let Some(leg) = self.state.calls.legs.get(id).filter(|leg| leg.copying != Copying::Refused) else {
            return false;
        };
        let station = leg.appearance().and_then(|at| self.state.stations.get(at.station));
        station.is_some_and(|station| {
            let set = station.config.built_in_bridge;
            station.profile.is_modern() && set.unwrap_or_else(|| station.profile.has_built_in_bridge())
        })
    }

    /// A leg talks directly, or at a bridge: where it is to be recorded and its phone can, that sends copies.
    pub(super) fn copy_for_tape(&mut self, id: LegId) {
        let talks = self.state.calls.legs.get(id).is_some_and(|leg| {
            let sends = leg.media.as_ref().is_some_and(|media| media.sending != Sending::Not);
            sends && leg.state == LegState::Connected && leg.copying == Copying::No
        });
        let here = self.order_of(id).is_some_and(|order| self.state.hardware.station_of(order).is_none());
        let wanted = talks && !here && self.wants_tape(id) && !self.whispers(id) && self.copies_itself(id);
        if !wanted || !self.state.engine.is_present() {
            return;
        }
        let Some(tape) = self.tape_of(id) else { return };
        if self.order_copies(id, tape).is_none() {
            self.cut_tape(id, "the phone's copies can't be ordered");
        }
    }

    fn order_copies(&mut self, id: LegId, tape: OrderId) -> Option<()> {
        let stream = self.state.calls.legs.get(id)?.media.as_ref()?.stream;
        let call = self.state.calls.calls.get(self.state.calls.legs.get(id)?.call)?.number;
        let mut party = self.party_with(id, id, stream)?;
        // Copies come from a port of their own, and nothing is sent back.
        party.remote = None;
        let keys = self.keys_at(id);
        let order = self.state.engine.next_order();
        let awaited = Some(self.state.timers.set(self.after(MEDIA_ACK_NS), Timer::Media(order)));
        let mut name = || (self.state.parties.take(), self.state.references.take());
        let names = [name(), name()];
        let copies = Copies { leg: id, call, names, stream, awaited, at: None, consent: None };
        self.state.tapes.copies.insert(order, copies);
        self.state.calls.legs.get_mut(id)?.copying = Copying::By(order);
        self.tape_through(tape, BUILT_IN_BRIDGE);
        self.note_file(id, tape);
        let parties = Box::new([party, party]);
        self.out.push(Output::Media(order, MediaOrder::Copies { tape, parties, keys }));
        Some(())
    }

    /// The engine has ports for copies; true where the order is one for them.
    pub(super) fn copies_opened(&mut self, order: OrderId, addresses: &[SocketAddr]) -> bool {
        let Some(copies) = self.state.tapes.copies.get_mut(&order) else { return false };
        let &[said, heard] = addresses else {
            return self.copies_failed(order, "the engine opened another number of ports");
        };
        let leg = copies.leg;
        self.state.timers.cancel(copies.awaited.take());
        copies.at = Some([said, heard]);
        self.tell_copies(leg);
        self.consent_due(order);
        true
    }

    /// Says to a phone what to send copies to.
    pub(super) fn tell_copies(&mut self, id: LegId) {
        let Some(Copying::By(order)) = self.state.calls.legs.get(id).map(|leg| leg.copying) else { return };
        let Some(copies) = self.state.tapes.copies.get(&order) else { return };
        let (orders, Some(at)) = (copies.orders(), copies.at) else { return };
        self.on_phone(id, |phone, shown, _| {
            orders.iter().zip(at).for_each(|(copy, to)| stream_at::send_copy(phone, shown, copy, to));
        });
    }

    /// Those in the call hear that it is recorded, and again after a while: the phone says it to them.
    pub(crate) fn consent_due(&mut self, order: OrderId) {
        let recording = self.plan.site.features.recording.clone();
        let (over, again) =
            (self.after(CONSENT_NS), self.after(u64::from(recording.tone_secs) * 1_000_000_000));
        let Some(copies) = self.state.tapes.copies.get_mut(&order) else { return };
        copies.consent = None;
        if recording.tone_to == ConsentTo::Nobody {
            return;
        }
        if recording.tone_secs > 0 {
            copies.consent = Some(self.state.timers.set(again, Timer::Consent(order)));
        }
        let leg = copies.leg;
        let to_recorder = recording.tone_to == ConsentTo::All;
        if let Some(state) = self.state.calls.legs.get_mut(leg) {
            self.state.timers.reset(&mut state.tone, over, Timer::Tone(leg));
        }
        self.on_phone(leg, |phone, shown, _| on_station::tells_of_recording(phone, shown, to_recorder));
    }

    /// A phone sends a stream, or can't; false where that is no copy.
    pub(crate) fn copy_sent(&mut self, id: StationId, party: u32, is_sent: bool) -> bool {
        let is_meant = |copies: &Copies| copies.names.iter().any(|(name, _)| *name == party);
        let found = self.state.tapes.copies.iter().find(|(_, copies)| is_meant(copies));
        let Some((order, leg)) = found.map(|(order, copies)| (*order, copies.leg)) else { return false };
        if !is_sent && self.appearance_of(leg).is_some_and(|at| at.station == id) {
            self.copies_failed(order, "the phone refuses to send copies");
        }
        true
    }

    /// Copies can't be had: the call is relayed for its recording. True where the order is one for copies.
    pub(super) fn copies_failed(&mut self, order: OrderId, why: &str) -> bool {
        let Some(leg) = self.state.tapes.copies.get(&order).map(|copies| copies.leg) else { return false };
        self.end_copies(leg);
        if let Some(leg) = self.state.calls.legs.get_mut(leg) {
            leg.copying = Copying::Refused;
        }
        let device = self.device_at(leg).to_owned();
        self.out.note(Severity::Warning, format!("{device} is recorded by a relay: {why}"));
        let Some(Taping::On(tape)) = self.state.calls.legs.get(leg).map(|leg| leg.taping) else {
            return true;
        };
        self.tape_through(tape, RELAY);
        if let Some(at_hardware) = self.order_of(leg) {
            self.hardware_failed(at_hardware, "a party is recorded", false);
            return true;
        }
        let Some(other) = self.other_leg(leg) else { return true };
        let receives = |leg: LegId| self.state.calls.legs.get(leg).is_some_and(|leg| leg.address().is_some());
        if receives(leg) && receives(other) && !self.relay(leg, other, Why::Recorded) {
            self.cut_tape(leg, why);
        }
        true
    }

    /// A phone sends no copies of a leg any more.
    pub(crate) fn end_copies(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let Copying::By(order) = leg.copying else { return };
        leg.copying = Copying::No;
        let Some(copies) = self.state.tapes.copies.remove(&order) else { return };
        self.state.timers.cancel(copies.awaited);
        self.state.timers.cancel(copies.consent);
        let orders = copies.orders();
        if copies.at.is_some() {
            self.on_phone(id, |phone, shown, _| {
                orders.iter().for_each(|copy| stream_at::stop_copy(phone, shown, copy));
            });
            orders.iter().for_each(|copy| self.note_copy_closed(id, copy.party, copy.reference));
            self.await_figures(order, copies.call, &[id, id], COPY);
        }
        for (party, reference) in copies.names {
            self.state.parties.give_back(party);
            self.state.references.give_back(reference);
        }
        self.out.push(Output::Media(order, MediaOrder::Close(order)));
    }
}
