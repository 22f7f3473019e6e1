//! The verbs: what legs are told. A phone's leg is told through `station/`, a trunk's by an output; nobody
//! else in `call/` need know which it is.

use std::net::SocketAddr;

use super::{
    Appearance, Call, Called, Cause, End, Leg, LegId, LegState, Names, Party, Purpose, Stream, Taping,
};
use crate::Exchange;
use crate::output::{Output, TrunkMedia, TrunkOutput};
use crate::plan::dial_plan::under_mask;
use crate::plan::{Recording, RingRule};
use crate::state::State;
use crate::station::softkey::Offers;
use crate::station::{Ending, MediaOrder, Phone, Shown, leg as on_station, media as stream_at};
use crate::table::LineId;
use crate::timer::Timer;

/// Name of who is to be called back.
const CALL_BACK: &str = "CallBack";

/// Name of whoever a parked party is connected with.
pub(super) const PARKED: &str = "Call Park";

impl State {
    /// Number and name of whoever is at a leg.
    pub(crate) fn names_at<'a>(&'a self, leg: &'a Leg) -> Names<'a> {
        match &leg.end {
            End::Station(at) => self.lines.get(at.line).map_or(Names::default(), |line| line.names()),
            End::Trunk(trunk) => Names::from(&trunk.party),
            End::Park(park) => Names { number: &park.slot, name: PARKED },
            End::CallBack { line } => {
                let number = self.lines.get(*line).map_or("", |line| &line.number);
                Names { number, name: CALL_BACK }
            }
            End::Bridge(conference) => self.names_at_place(*conference, leg.call),
        }
    }

    /// Number and name of whoever called.
    pub(crate) fn calling<'a>(&'a self, call: &Call) -> Names<'a> {
        self.calls.legs.get(call.caller).map_or(Names::default(), |leg| self.names_at(leg))
    }

    /// Number and name of whoever is called; before that is known, what was dialled.
    pub(crate) fn called<'a>(&'a self, call: &'a Call) -> Names<'a> {
        match &call.called {
            Called::Nobody => Names { number: &call.dialed, name: "" },
            Called::Line(line) => self.lines.get(*line).map_or(Names::default(), |line| line.names()),
            Called::Outside(party) => Names::from(party),
        }
    }

    pub(crate) fn shown<'a>(&'a self, id: LegId, leg: &'a Leg) -> Option<Shown<'a>> {
        let at = leg.appearance()?;
        let own = self.names_at(leg);
        let call = self.calls.calls.get(leg.call);
        let (calling, called) = call.map_or((own, Names::default()), |call| self.as_shown(id, leg, call));
        Some(Shown {
            instance: at.instance,
            reference: at.reference,
            call_instance: at.call_instance,
            own: own.number,
            messages: self.lines.get(at.line).is_some_and(|line| line.messages > 0),
            outbound: call.is_some() && leg.outbound,
            calling,
            called,
            dialed: call.map_or("", |call| &call.dialed),
            original: call.and_then(|call| call.redirects.first()),
            redirecting: call.and_then(|call| call.redirects.last()),
            consults: self.consulted_for(leg).is_some(),
            calls_back: self.may_call_back(id, leg).is_some(),
            group: call.filter(|_| !leg.outbound).and_then(|call| self.group_shown(call)),
            whispers: call.is_some_and(|call| call.whisper),
            confers: self.conferred_for(leg).is_some(),
            guest: self.is_guest(id),
            offers: self.offers(id, leg, at),
        })
    }

    /// The line that the user of a leg may be called back from, when that is a line of ours that rings, or that he
    /// heard is busy or does not answer.
    pub(crate) fn may_call_back(&self, id: LegId, leg: &Leg) -> Option<LineId> {
        match (&leg.state, &leg.purpose) {
            (LegState::Failed(_), Purpose::CallBack { line }) => Some(*line),
            (LegState::RingingOut, Purpose::Talk | Purpose::Intercom { .. }) => {
                let call = self.calls.calls.get(leg.call).filter(|call| call.caller == id && leg.outbound)?;
                self.line_of(call)
            }
            _ => None,
        }
    }

    /// The line that a call goes to, when it can be called back.
    pub(crate) fn line_of(&self, call: &Call) -> Option<LineId> {
        let Called::Line(line) = call.called else { return None };
        self.lines.get(line).is_some_and(|line| line.calls_back).then_some(line)
    }

    /// The hunt group that a call came through, for who was called.
    fn group_shown<'a>(&'a self, call: &Call) -> Option<Names<'a>> {
        let Called::Line(line) = call.called else { return None };
        let line = self.lines.get(line).filter(|line| line.hunts)?;
        Some(line.names())
    }

    /// Who called whom, in the eyes of a leg: a leg that was called still was when it has taken the place of
    /// the caller.
    fn as_shown<'a>(&'a self, id: LegId, leg: &'a Leg, call: &'a Call) -> (Names<'a>, Names<'a>) {
        let (calling, called) = (self.calling(call), self.called(call));
        if (call.caller == id) == leg.outbound { (calling, called) } else { (called, calling) }
    }

    /// The line of a leg at a phone.
    fn line_at(&self, leg: LegId) -> Option<LineId> {
        Some(self.calls.legs.get(leg)?.appearance()?.line)
    }

    /// Who somebody is to those outside: with the number that his line shows them.
    fn seen_outside(&self, names: Names<'_>, line: Option<LineId>) -> Party {
        let mut party = names.party();
        if let Some(mask) = line.and_then(|line| self.lines.get(line)?.external_mask.as_deref()) {
            party.number = under_mask(mask, &party.number);
        }
        party
    }

    /// What can be done with a conversation that not every one offers.
    fn offers(&self, id: LegId, leg: &Leg, at: &Appearance) -> Offers {
        if !matches!(leg.state, LegState::Connected | LegState::Held) {
            return Offers::default().with(Offers::ANNOUNCED, self.engine.is_announced(id));
        }
        let legs = self.stations.get(at.station).map_or(&[][..], |station| &station.legs);
        let second =
            legs.len() > 1 && legs.iter().any(|other| *other != id && self.talks_on(*other, at.instance));
        let conference = self.conference_at(id);
        let originates = conference.is_some_and(|(conference, place)| {
            self.conferences.get(conference).is_some_and(|found| found.originator == Some(place))
        });
        // The two whose call a guest stepped into may do what they could before.
        let goes_on_as_before =
            self.place_with_guest(id).is_some_and(|place| place.is_of_call_stepped_into());
        Offers::default()
            .with(Offers::SECOND, second)
            .with(Offers::CONFERENCE, conference.is_some() && !goes_on_as_before)
            .with(Offers::ORIGINATOR, originates)
            .with(Offers::BRIDGE, self.engine.is_present() || self.hardware.has_bridges())
            .with(Offers::RECORDED, matches!(leg.taping, Taping::On(_)))
            .with(Offers::RECORDS, self.engine.is_present() && self.records_on_demand(at))
    }

    fn records_on_demand(&self, at: &Appearance) -> bool {
        self.lines.get(at.line).is_some_and(|line| line.record == Recording::OnDemand)
    }

    /// Whether a leg is a conversation on a line of its phone.
    fn talks_on(&self, id: LegId, instance: u32) -> bool {
        self.calls.legs.get(id).is_some_and(|leg| {
            matches!(leg.state, LegState::Connected | LegState::Held)
                && leg.appearance().is_some_and(|at| at.instance == instance)
        })
    }

    /// The leg that is held while this one asks somebody.
    pub(crate) fn consulted_for(&self, leg: &Leg) -> Option<LegId> {
        let Purpose::Consult { first } = leg.purpose else { return None };
        self.is_held_beside(leg, first).then_some(first)
    }

    /// Whether a leg is held at the phone of another one: on a shared line it may have moved.
    pub(crate) fn is_held_beside(&self, leg: &Leg, held: LegId) -> bool {
        let station = |leg: &Leg| leg.appearance().map(|at| at.station);
        let held = self.calls.legs.get(held);
        held.is_some_and(|held| held.state == LegState::Held && station(held) == station(leg))
    }
}

impl Exchange {
    /// Tells the phone of a leg something; nothing when there is none, or it is not connected.
    pub(crate) fn on_phone(&mut self, id: LegId, tell: impl FnOnce(&mut Phone<'_>, &Shown<'_>, &LegState)) {
        if let Some(at) = self.appearance_of(id) {
            self.touch_line(at.line);
        }
        let state = &self.state;
        let Some(leg) = state.calls.legs.get(id) else { return };
        let Some(station) = leg.appearance().and_then(|at| state.stations.get(at.station)) else { return };
        let Some(shown) = state.shown(id, leg) else { return };
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            tell(&mut phone, &shown, &leg.state);
        }
    }

    fn is_trunk(&self, id: LegId) -> bool {
        self.state.calls.legs.get(id).is_some_and(|leg| matches!(leg.end, End::Trunk(_)))
    }

    fn on_trunk(&mut self, output: TrunkOutput) {
        self.out.push(Output::Trunk(output));
    }

    /// A call is offered.
    pub(crate) fn tell_offer(&mut self, id: LegId) {
        let state = &self.state;
        let Some(leg) = state.calls.legs.get(id) else { return };
        let Some(call) = state.calls.calls.get(leg.call) else { return };
        if let End::Trunk(end) = &leg.end {
            let (trunk, called) = (end.trunk, end.party.number.clone());
            let calling = state.seen_outside(state.calling(call), state.line_at(call.caller));
            return self.on_trunk(TrunkOutput::Offer { leg: id, trunk, calling, called });
        }
        let beside = self.audio_beside(id);
        let rule = self.how_it_rings(id);
        self.on_phone(id, |phone, shown, _| on_station::ring_in(phone, shown, rule));
        if let Some(other) = beside {
            self.on_phone(other, on_station::call_waits);
            self.remind_of_waiting(id);
        }
    }

    /// How a leg rings at its phone: as the button of the line says, but without a sound while its user is on
    /// another call or is not to be disturbed.
    pub(crate) fn how_it_rings(&self, id: LegId) -> RingRule {
        let at = self.state.calls.legs.get(id).and_then(|leg| leg.appearance());
        let Some(at) = at else { return RingRule::Ring };
        let rings = self.state.stations.get(at.station).map(|station| &station.config.rings);
        let rule = match rings.filter(|rings| !rings.is_empty()).zip(self.state.lines.get(at.line)) {
            Some((rings, line)) => rings.get(&line.number).copied().unwrap_or_default(),
            None => RingRule::Ring,
        };
        let quiet = self.audio_beside(id).is_some() || self.quiet(at.station).is_some();
        if quiet && rule != RingRule::Off { RingRule::Flash } else { rule }
    }

    /// A call waits beside another one: its user hears that again.
    fn remind_of_waiting(&mut self, id: LegId) {
        let secs = u64::from(self.plan.site.features.call_waiting_secs);
        let at = self.after(secs * 1_000_000_000);
        if let Some(leg) = self.state.calls.legs.get_mut(id).filter(|_| secs > 0) {
            self.state.timers.reset(&mut leg.timer, at, Timer::Leg(id));
        }
    }

    /// A call waits still.
    pub(super) fn waits_still(&mut self, id: LegId) {
        if let Some(other) = self.audio_beside(id) {
            self.before_change(other);
            self.on_phone(other, on_station::call_waits);
        }
        self.remind_of_waiting(id);
    }

    /// The leg that the user of the same phone listens to.
    fn audio_beside(&self, id: LegId) -> Option<LegId> {
        let station = self.state.calls.legs.get(id)?.appearance()?.station;
        self.state.stations.get(station)?.audio.filter(|audio| *audio != id)
    }

    /// The callee is being sought.
    pub(crate) fn tell_proceeding(&mut self, id: LegId) {
        if self.is_trunk(id) {
            return self.on_trunk(TrunkOutput::Proceeding(id));
        }
        self.on_phone(id, |phone, shown, _| on_station::proceeding(phone, shown));
    }

    /// The callee rings. (A trunk whose far end knows, or was answered before, is not told again.)
    pub(crate) fn tell_alerting(&mut self, id: LegId) {
        if let Some(Leg { end: End::Trunk(end), .. }) = self.state.calls.legs.get_mut(id) {
            let knows = std::mem::replace(&mut end.alerted, true) || end.answered;
            if !knows {
                self.on_trunk(TrunkOutput::Alerting(id));
            }
            return;
        }
        self.on_phone(id, |phone, shown, _| on_station::ringing_out(phone, shown));
    }

    /// The callee answered: to the caller, with the stream to open.
    pub(super) fn tell_was_answered(&mut self, id: LegId, media: &MediaOrder) {
        if self.is_trunk(id) {
            self.tell_trunk_party(id);
            return self.tell_open(id, media);
        }
        self.on_phone(id, |phone, shown, _| on_station::was_answered(phone, shown, media));
    }

    /// A trunk hears who is at the other side now, by the answer or by a change.
    fn tell_trunk_party(&mut self, id: LegId) {
        let state = &self.state;
        let Some(leg) = state.calls.legs.get(id) else { return };
        let Some(call) = state.calls.calls.get(leg.call) else { return };
        let party = if call.caller == id {
            let line = if let Called::Line(line) = call.called { Some(line) } else { None };
            state.seen_outside(state.called(call), line)
        } else {
            state.seen_outside(state.calling(call), state.line_at(call.caller))
        };
        let Some(Leg { end: End::Trunk(end), .. }) = self.state.calls.legs.get_mut(id) else { return };
        let said = if std::mem::replace(&mut end.answered, true) {
            TrunkOutput::Connected(id, party)
        } else {
            TrunkOutput::Answered(id, party)
        };
        self.on_trunk(said);
    }

    /// Somebody else is at the other side of a conversation now; with the stream to open, unless one of them
    /// holds.
    pub(crate) fn tell_joined(&mut self, id: LegId, media: Option<&MediaOrder>) {
        if self.is_trunk(id) {
            self.tell_trunk_party(id);
            return media.into_iter().for_each(|media| self.tell_open(id, media));
        }
        self.on_phone(id, |phone, shown, state| on_station::joined(phone, shown, state, media));
    }

    /// The answer holds: to the callee, with the stream to open.
    pub(super) fn tell_answered(&mut self, id: LegId, media: &MediaOrder) {
        if self.is_trunk(id) {
            return self.tell_open(id, media);
        }
        self.on_phone(id, |phone, shown, _| on_station::answered(phone, shown, media));
    }

    /// A stream is to be opened.
    pub(crate) fn tell_open(&mut self, id: LegId, media: &MediaOrder) {
        if self.is_trunk(id) {
            let Stream { codec, packet_ms } = media.stream;
            return self.on_trunk(TrunkOutput::Media(id, TrunkMedia::Open { codec, packet_ms }));
        }
        self.on_phone(id, |phone, shown, _| stream_at::open_receive(phone, shown, media));
    }

    /// A stream is to be sent to an address.
    pub(super) fn tell_send(&mut self, id: LegId, party: u32, stream: Stream, to: SocketAddr) {
        let keys = self.keys_at(id);
        if self.is_trunk(id) {
            let Stream { codec, packet_ms } = stream;
            return self.on_trunk(TrunkOutput::Media(id, TrunkMedia::Send { to, codec, packet_ms }));
        }
        self.on_phone(id, |phone, shown, _| {
            stream_at::send_to(phone, shown, (party, keys.as_ref().map(|keys| &keys[0])), stream, to)
        });
    }

    /// A stream is to be closed.
    pub(super) fn tell_close(&mut self, id: LegId, party: u32) {
        if let Some(Leg { end: End::Trunk(end), .. }) = self.state.calls.legs.get(id) {
            if !end.gone {
                self.on_trunk(TrunkOutput::Media(id, TrunkMedia::Close));
            }
            return;
        }
        self.on_phone(id, |phone, shown, _| stream_at::close_media(phone, shown, party));
    }

    /// A key of the other side.
    pub(super) fn tell_digit(&mut self, id: LegId, digit: char) {
        if self.is_trunk(id) {
            return self.on_trunk(TrunkOutput::Digit(id, digit));
        }
        self.on_phone(id, |phone, shown, _| on_station::digit(phone, shown, digit));
    }

    /// The call failed, and why: the user hears it until he hangs up.
    pub(super) fn tell_failed(&mut self, id: LegId, cause: Cause) {
        self.on_phone(id, |phone, shown, _| on_station::failed(phone, shown, cause));
    }

    /// The leg is over.
    pub(super) fn tell_released(&mut self, id: LegId, ending: &Ending) {
        if let Some(Leg { end: End::Trunk(end), .. }) = self.state.calls.legs.get(id) {
            if !end.gone {
                self.on_trunk(TrunkOutput::Released(id, ending.cause));
            }
            return;
        }
        self.on_phone(id, |phone, shown, _| on_station::released(phone, shown, ending));
    }
}
