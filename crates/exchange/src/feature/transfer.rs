//! Transfer: two calls of one phone become one between the two others.
//!
//! With the key a user holds his call and dials (the consultation); pressed again while that rings (blind) or
//! when it was answered (consulted), the held party takes his place in it. DirTrfr does the same for two calls
//! that are there already. It is one step: either both others are together after it, or nothing has changed.
//! A party that was transferred while it rang, and whom nobody answers, comes back to who transferred it.

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::{Cause, LegId, LegState, Purpose, Stage};
use crate::station::leg as on_station;
use crate::table::{CallId, LineId, StationId};

/// Where a call goes back to that was transferred while it rang and is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recall {
    /// The phone.
    pub(crate) station: StationId,
    /// Its line.
    pub(crate) line: LineId,
    /// The line's place on it.
    pub(crate) instance: u32,
}

impl Exchange {
    /// The Transfer key.
    pub(crate) fn transfer(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get(id) else { return };
        let first = self.state.consulted_for(leg);
        match (&leg.state, first) {
            (LegState::RingingOut | LegState::Connected, Some(first)) => self.join_others(first, id),
            (LegState::Connected | LegState::Held, None) => match self.consultation_of(id) {
                Some(second) => self.join_others(id, second),
                None => self.consult(id),
            },
            _ => {}
        }
    }

    /// Whether a leg is a consultation that may be joined with the held call.
    pub(crate) fn may_transfer(&self, id: LegId) -> bool {
        let leg = self.state.calls.legs.get(id);
        leg.is_some_and(|leg| {
            matches!(leg.state, LegState::RingingOut | LegState::Connected)
                && self.state.consulted_for(leg).is_some()
        })
    }

    /// Holds a call and dials beside it.
    fn consult(&mut self, first: LegId) {
        let at = self.state.calls.legs.get(first).and_then(|leg| leg.appearance()).copied();
        if let Some(at) = at {
            self.begin_call_for(at.station, at.instance, true, Purpose::Consult { first });
        }
    }

    /// The leg on which its user asks somebody for a held one, when that may be joined.
    fn consultation_of(&self, held: LegId) -> Option<LegId> {
        let station = self.state.calls.legs.get(held)?.appearance()?.station;
        let legs = self.state.stations.get(station)?.legs.iter().copied();
        let asks = |id: &LegId| {
            self.state.calls.legs.get(*id).is_some_and(|leg| self.state.consulted_for(leg) == Some(held))
        };
        legs.filter(asks).find(|id| self.may_be_left(*id))
    }

    fn may_be_left(&self, id: LegId) -> bool {
        let leg = self.state.calls.legs.get(id);
        leg.is_some_and(|leg| {
            matches!(leg.state, LegState::RingingOut | LegState::Connected | LegState::Held)
        })
    }

    /// The DirTrfr key: the other conversation on the same line is the other half.
    pub(crate) fn direct_transfer(&mut self, id: LegId) {
        match self.other_conversation(id) {
            Some(other) => self.join_others(other, id),
            None => self.on_phone(id, on_station::transfer_failed),
        }
    }

    /// The newest other conversation on the line of a leg.
    pub(crate) fn other_conversation(&self, id: LegId) -> Option<LegId> {
        let own = *self.state.calls.legs.get(id)?.appearance()?;
        let legs = self.state.stations.get(own.station)?.legs.iter().rev().copied();
        let talks = |other: &LegId| {
            *other != id
                && self.state.calls.legs.get(*other).is_some_and(|leg| {
                    matches!(leg.state, LegState::Connected | LegState::Held)
                        && leg.appearance().is_some_and(|at| at.instance == own.instance)
                })
        };
        legs.into_iter().find(talks)
    }

    /// Whoever is at the other side of `first` takes the place of `second`; both these are over.
    fn join_others(&mut self, first: LegId, second: LegId) {
        let Some(other) = self.other_leg(first).filter(|other| self.may_join(*other, first, second)) else {
            return self.on_phone(second, on_station::transfer_failed);
        };
        let recall = self.recall_to(first);
        let Some(call) = self.take_place(other, second, Cause::NORMAL) else { return };
        if let Some(call) = self.state.calls.calls.get_mut(call) {
            call.recall = recall.filter(|_| !matches!(call.stage, Stage::Connected { .. }));
        }
        self.put_together(call);
    }

    fn recall_to(&self, leg: LegId) -> Option<Recall> {
        let at = self.state.calls.legs.get(leg)?.appearance()?;
        Some(Recall { station: at.station, line: at.line, instance: at.instance })
    }

    /// Whether the party `other` of `first` can be put in the place of `second`.
    fn may_join(&self, other: LegId, first: LegId, second: LegId) -> bool {
        let calls = &self.state.calls;
        let (Some(there), Some(here), Some(held)) =
            (calls.legs.get(other), calls.legs.get(second), calls.legs.get(first))
        else {
            return false;
        };
        let Some(call) = calls.calls.get(here.call).filter(|_| here.call != held.call) else { return false };
        let is_answered = matches!(call.stage, Stage::Connected { .. });
        let others: Vec<LegId> = self.legs_of(here.call).into_iter().filter(|leg| *leg != second).collect();
        let station = there.appearance().map(|at| at.station);
        // From trunk to trunk nothing is switched, and nobody is joined with himself.
        let fits = |leg: &LegId| {
            let other_station = calls.legs.get(*leg).and_then(|leg| leg.appearance()).map(|at| at.station);
            let both_outside = self.is_outside(other) && self.is_outside(*leg);
            let both_parked = self.is_parked(other) && self.is_parked(*leg);
            let both_bridged = self.is_place(other) && self.is_place(*leg);
            !both_outside
                && !both_parked
                && !both_bridged
                && (station.is_none() || station != other_station)
                && (!is_answered || self.have_common_codec(other, *leg))
        };
        // Who holds can't hear that it rings, and who is not heard yet is to be asked before he is.
        !self.whispers(first)
            && !self.whispers(second)
            && (is_answered || there.state == LegState::Connected)
            && others.iter().all(fits)
    }

    /// A transferred call was not answered: it goes back to who transferred it, when he can take it.
    pub(crate) fn recalled(&mut self, id: CallId) -> bool {
        let Some(recall) = self.state.calls.calls.get_mut(id).and_then(|call| call.recall.take()) else {
            return false;
        };
        let shows = |(station, instance): &(StationId, u32)| {
            *station == recall.station && *instance == recall.instance
        };
        let is_there = self.state.lines.get(recall.line).is_some_and(|line| line.shown_by.iter().any(shows));
        is_there && self.offer_again(id, &recall, Cause::NO_ANSWER)
    }
}
