//! What becomes of a conference when somebody left or came: looked at once, at the end of each input, for those
//! in which something happened.

use super::{Conference, Kind};
use crate::Exchange;
use crate::call::{Cause, End, EndedBy, LegId, Stage};
use crate::plan::ConferenceEnds;
use crate::table::ConferenceId;

/// What becomes of a conference.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It goes on.
    GoesOn,
    /// Two remain: they talk directly.
    Pair(LegId, LegId),
    /// It is over, for whoever is still there.
    Over,
}

impl Exchange {
    /// Something happened in a conference: it is looked at when the turn ends.
    pub(crate) fn touch_conference(&mut self, id: ConferenceId) {
        if !self.touched_conferences.contains(&id) {
            self.touched_conferences.push(id);
        }
    }

    /// The turn ends: conferences are as they should be.
    pub(crate) fn settle_conferences(&mut self) {
        while let Some(id) = self.touched_conferences.pop() {
            match self.fate(id) {
                Fate::GoesOn => self.tell_left(id),
                Fate::Pair(one, other) => self.pair(id, one, other),
                Fate::Over => self.end_conference(id),
            }
        }
    }

    /// Those who are still there hear that somebody left.
    fn tell_left(&mut self, id: ConferenceId) {
        let Some(conference) = self.state.conferences.get_mut(id) else { return };
        if std::mem::take(&mut conference.left) {
            let parties = self.parties(id);
            self.beep(&parties);
        }
    }

    /// Whether a conference is one that may be there at the end of a turn.
    pub(crate) fn may_persist(&self, id: ConferenceId) -> bool {
        self.fate(id) == Fate::GoesOn
    }

    fn fate(&self, id: ConferenceId) -> Fate {
        let Some(conference) = self.state.conferences.get(id) else { return Fate::GoesOn };
        if conference.places.is_empty() || self.is_forsaken(conference) {
            return Fate::Over;
        }
        match (&conference.kind, conference.places.as_slice()) {
            (Kind::AdHoc, [_]) => Fate::Over,
            (Kind::Barge, [one, other, ..])
                if !one.is_of_call_stepped_into() || !other.is_of_call_stepped_into() =>
            {
                Fate::Over
            }
            (Kind::Barge, [_]) => Fate::Over,
            (Kind::AdHoc | Kind::Barge, [one, other]) => self.fate_of_two(one.leg, other.leg),
            _ => Fate::GoesOn,
        }
    }

    /// Whether the site wants that it ends without those who are missing.
    fn is_forsaken(&self, conference: &Conference) -> bool {
        match self.plan.site.features.conference_ends {
            ConferenceEnds::WithOriginator => conference.originator.is_none(),
            ConferenceEnds::WithoutInternal => {
                !conference.places.iter().any(|place| self.is_internal(place.leg))
            }
            ConferenceEnds::WhenTwoRemain => false,
        }
    }

    fn is_internal(&self, place: LegId) -> bool {
        let party = self.party_of(place).and_then(|party| self.state.calls.legs.get(party));
        party.is_some_and(|leg| matches!(leg.end, End::Station(_)))
    }

    fn fate_of_two(&self, one: LegId, other: LegId) -> Fate {
        let is_answered = |place: LegId| {
            let leg = self.state.calls.legs.get(place);
            let call = leg.and_then(|leg| self.state.calls.calls.get(leg.call));
            call.is_some_and(|call| matches!(call.stage, Stage::Connected { .. }))
        };
        if !is_answered(one) || !is_answered(other) {
            // Somebody was transferred, and it rings where he may come.
            return Fate::GoesOn;
        }
        let (Some(first), Some(second)) = (self.party_of(one), self.party_of(other)) else {
            return Fate::Over;
        };
        let station = |leg| self.appearance_of(leg).map(|at| at.station);
        match (station(first), station(second)) {
            // From trunk to trunk nothing is switched: they stay at the bridge.
            (None, None) => Fate::GoesOn,
            (first, second) if first == second => Fate::Over,
            _ => Fate::Pair(one, other),
        }
    }

    /// The two who remain get a direct call: the second takes the place beside the first.
    fn pair(&mut self, id: ConferenceId, one: LegId, other: LegId) {
        let hardware = self.state.conferences.remove(id).and_then(|conference| conference.hardware);
        let pair = [self.party_of(one), self.party_of(other)];
        self.put_in_pair(one, other);
        self.beep(&pair.into_iter().flatten().collect::<Vec<_>>());
        if let Some(at) = hardware {
            self.forget_bridge(at);
        }
    }

    fn put_in_pair(&mut self, one: LegId, other: LegId) {
        let (Some(first), Some(second)) = (self.party_of(one), self.party_of(other)) else { return };
        let Some(call) = self.take_place(second, one, Cause::NORMAL) else { return };
        self.put_together(call);
        for (leg, beside) in [(first, second), (second, first)] {
            if self.is_held(beside) {
                self.play_music(leg);
            }
        }
    }

    fn end_conference(&mut self, id: ConferenceId) {
        let Some(conference) = self.state.conferences.remove(id) else { return };
        for place in conference.places {
            self.end_leg(place.leg, Cause::NORMAL, EndedBy::Server);
        }
        if let Some(at) = conference.hardware {
            self.forget_bridge(at);
        }
    }
}
