//! Immediate divert: a call that rings, talks or is held goes to the line's number for messages, at once.

use crate::Exchange;
use crate::call::{Cause, LegId, LegState, Stage};
use crate::input::ForwardWhen;
use crate::station::leg as on_station;

use super::{Reason, Redirect};

impl Exchange {
    /// The iDivert key.
    pub(crate) fn divert(&mut self, id: LegId) {
        self.dismiss_guest(id);
        if self.diverted(id).is_none() {
            self.on_phone(id, on_station::key_not_active);
        }
    }

    /// The number that calls of the site are diverted to, if there is one.
    pub(crate) fn divert_number(&self) -> Option<&str> {
        let features = &self.plan.site.features;
        let number = features.divert_to.as_deref().unwrap_or(&self.plan.site.messages_number);
        (!number.is_empty()).then_some(number)
    }

    fn diverted(&mut self, id: LegId) -> Option<()> {
        let to = self.divert_number()?.to_owned();
        let line = self.appearance_of(id)?.line;
        let by = self.state.lines.get(line)?.names().party();
        let leg = self.state.calls.legs.get(id)?;
        let (call, rings) = (leg.call, leg.state == LegState::RingingIn);
        let redirects = &self.state.calls.calls.get(call)?.redirects;
        if to == by.number
            || redirects.len() >= crate::limit::FORWARD_HOPS_MAX
            || !self.may_forward_to(line, &to)
        {
            return None;
        }
        if !rings {
            self.leave_to_ring(id)?;
        }
        let state = self.state.calls.calls.get_mut(call)?;
        state.redirects.push(Redirect { by, reason: Reason::Forward(ForwardWhen::Always) });
        state.stage = Stage::Proceeding;
        state.recall = None;
        let number = state.number;
        let left = std::mem::take(&mut state.callees);
        self.state.timers.cancel(state.timer.take());
        for leg in left {
            self.drop_leg(leg, number, Cause::NORMAL);
        }
        self.go_to(call, line, &to);
        Some(())
    }

    /// Whoever a user talks with is a caller again, and waits for an answer.
    fn leave_to_ring(&mut self, id: LegId) -> Option<()> {
        let leg = self.state.calls.legs.get(id)?;
        let call = leg.call;
        if !matches!(leg.state, LegState::Connected | LegState::Held) {
            return None;
        }
        // Who holds on his side can't hear that it rings; nor can a conference be sent on.
        let other = self.other_leg(id).filter(|other| self.is_talking(*other) && !self.is_place(*other))?;
        if self.is_parked(other) {
            return None;
        }
        for leg in [id, other] {
            self.before_change(leg);
        }
        for leg in [id, other] {
            self.close_media(leg);
        }
        let state = self.state.calls.calls.get_mut(call)?;
        state.caller = other;
        state.callees = vec![id];
        state.stream = None;
        if let Some(leg) = self.state.calls.legs.get_mut(other) {
            leg.state = LegState::RingingOut;
        }
        // Whatever becomes of it: from Connected a phone goes to no failure.
        self.tell_alerting(other);
        Some(())
    }
}
