//! Pickup: a user takes a call that rings at somebody else. His leg takes the place of the one that rings,
//! and is answered in the same step; the phones that rang do not list the call as missed.

use crate::Exchange;
use crate::call::{Appearance, Cause, End, LegId, LegState, Purpose};
use crate::station::leg as on_station;
use crate::table::StationId;

use super::Reason;
use super::code::Progress;

impl Exchange {
    /// The PickUp key: a call in the group of the line.
    pub(crate) fn pickup_key(&mut self, station: StationId, instance: u32) {
        if let Some(leg) = self.leg_for_feature(station, instance, false) {
            self.pick_up_group(leg);
        }
    }

    /// The GPickUp key: asks where it rings.
    pub(crate) fn directed_pickup_key(&mut self, station: StationId, instance: u32) {
        if let Some(leg) = self.leg_for_feature(station, instance, true) {
            if let Some(leg) = self.state.calls.legs.get_mut(leg) {
                leg.purpose = Purpose::Pickup;
            }
            self.on_phone(leg, on_station::wants_number);
        }
    }

    /// The leg that a user has off hook and has not dialled on, or a new one.
    pub(crate) fn leg_for_feature(
        &mut self,
        station: StationId,
        instance: u32,
        to_dial: bool,
    ) -> Option<LegId> {
        if !self.has_features(station) {
            return None;
        }
        let off_hook = self.audio_leg(station).filter(|leg| self.is_dialing(*leg) && self.has_no_digit(*leg));
        // Who wants to dial for a feature does not talk: a hotline does not call by itself.
        let purpose = if to_dial { Purpose::Pickup } else { Purpose::Talk };
        off_hook.or_else(|| self.begin_call_for(station, instance, to_dial, purpose))
    }

    /// Takes the call that rings longest in the group of the line of a leg.
    pub(crate) fn pick_up_group(&mut self, id: LegId) {
        let group = self.appearance_of(id).and_then(|at| self.group_of(&at));
        let found = group.and_then(|group| self.ringing_where(id, |at| self.group_of(at) == Some(group)));
        self.take_ringing(id, found);
    }

    /// Takes the call that rings longest at a number: that of a line, else of a group, whose number is its name.
    pub(crate) fn pick_up_at(&mut self, id: LegId, number: &str) {
        let found = match self.line_reached(id, number) {
            Some(line) => self.ringing_where(id, |at| at.line == line),
            None => self.ringing_where(id, |at| self.group_of(at) == Some(number)),
        };
        self.take_ringing(id, found);
    }

    /// How far digits are the number of a pickup group.
    pub(crate) fn pickup_group_progress(&self, digits: &str) -> Progress {
        let mut groups = self.plan.site.features.pickup_groups.values();
        match groups.clone().any(|group| group == digits) {
            true => Progress::Complete,
            false if groups.any(|group| group.starts_with(digits)) => Progress::GoesOn,
            false => Progress::None,
        }
    }

    fn group_of(&self, at: &Appearance) -> Option<&str> {
        let number = &self.state.lines.get(at.line)?.number;
        self.plan.site.features.pickup_groups.get(number).map(String::as_str)
    }

    /// The leg of the oldest call that rings on such a line, and that `by` can take.
    fn ringing_where(&self, by: LegId, fits: impl Fn(&Appearance) -> bool) -> Option<LegId> {
        let own = self.appearance_of(by)?.station;
        let calls = &self.state.calls;
        let rings = calls.legs.iter().filter(|(_, leg)| leg.state == LegState::RingingIn);
        let fitting = rings.filter(|(_, leg)| leg.appearance().is_some_and(&fits));
        let of_others = fitting.filter_map(|(id, leg)| {
            let call = calls.calls.get(leg.call)?;
            let caller = calls.legs.get(call.caller)?;
            let is_own = caller.appearance().is_some_and(|at| at.station == own);
            let is_back = matches!(caller.end, End::CallBack { .. });
            (!is_own && !is_back && self.have_common_codec(call.caller, by)).then_some((call.number, id))
        });
        of_others.min().map(|(_, id)| id)
    }

    fn take_ringing(&mut self, id: LegId, rings: Option<LegId>) {
        let Some(rings) = rings else { return self.end_leg_with_tone(id, Cause::NOTHING_TO_PICK_UP) };
        let Some(by) = self.state.calls.legs.get(rings).and_then(|leg| {
            let call = self.state.calls.calls.get(leg.call)?;
            Some(self.state.called(call).party())
        }) else {
            return;
        };
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.outbound = false;
            leg.purpose = Purpose::Talk;
            leg.state = LegState::RingingIn;
            self.state.timers.cancel(leg.timer.take());
        }
        let Some(call) = self.take_place(id, rings, Cause::ANSWERED_ELSEWHERE) else { return };
        if let Some(call) = self.state.calls.calls.get_mut(call) {
            call.redirects.push(super::Redirect { by, reason: Reason::Pickup });
        }
        self.on_phone(id, on_station::picked_up);
        self.connect(id);
    }
}
