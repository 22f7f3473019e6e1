//! Star codes: features for phones without the key, and for fingers that know them.

use std::ops::Bound;

use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId, Purpose};
use crate::plan::Code;
use crate::station::leg as on_station;

use super::Quiet;

/// How far a star code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// These digits are none.
    None,
    /// More digits may make one.
    GoesOn,
    /// It is complete.
    Complete,
}

impl Exchange {
    /// How far a star code is.
    pub(crate) fn code_progress(&self, leg: LegId, digits: &str) -> Progress {
        let codes = &self.plan.site.features.codes;
        let slots = &self.plan.site.features.park_slots;
        if let Some(Purpose::Pin { number, .. }) = self.state.calls.legs.get(leg).map(|leg| &leg.purpose) {
            let is_whole = self.is_pin_long_enough(number, digits);
            return if is_whole { Progress::Complete } else { Progress::GoesOn };
        }
        if self.is_for_pickup(leg) && self.pickup_group_progress(digits) != Progress::None {
            return self.pickup_group_progress(digits);
        }
        let meetings = &self.plan.site.features.meet_me;
        if slots.iter().any(|slot| slot == digits) || meetings.contains_key(digits) {
            return Progress::Complete;
        }
        let is_begun = |code: &String| code.len() > digits.len() && code.starts_with(digits);
        let longer = codes.keys().chain(slots).chain(meetings.keys()).any(is_begun);
        match self.code_of(digits) {
            _ if longer => Progress::GoesOn,
            None => Progress::None,
            Some((code, number)) if code.wants_number() => {
                let is_group =
                    code == Code::DirectedPickup && self.pickup_group_progress(number) == Progress::Complete;
                if is_group || self.is_whole_number(leg, number) {
                    Progress::Complete
                } else {
                    Progress::GoesOn
                }
            }
            Some(_) => Progress::Complete,
        }
    }

    fn is_for_pickup(&self, leg: LegId) -> bool {
        self.state.calls.legs.get(leg).is_some_and(|leg| leg.purpose == Purpose::Pickup)
    }

    /// The code that digits begin with, and the number behind it. Behind a code without a number there may
    /// be nothing.
    fn code_of<'a>(&self, digits: &'a str) -> Option<(Code, &'a str)> {
        let codes = &self.plan.site.features.codes;
        // Nearly all that is dialled begins like no code: the one look shows it.
        let begins = digits.get(..1)?;
        let codes = codes
            .range::<str, _>((Bound::Included(begins), Bound::Unbounded))
            .take_while(|(text, _)| text.starts_with(begins));
        let fits =
            codes.filter_map(|(text, code)| Some((text.len(), *code, digits.strip_prefix(text.as_str())?)));
        let (_, code, number) = fits.max_by_key(|(len, ..)| *len)?;
        (code.wants_number() || number.is_empty()).then_some((code, number))
    }

    /// What was dialled on a leg is for a feature; whether it was.
    pub(crate) fn feature_dialed(&mut self, id: LegId, digits: &str) -> bool {
        match self.state.calls.legs.get(id).map(|leg| &leg.purpose) {
            Some(Purpose::Forward(when)) => {
                self.forward_dialed(id, *when, digits);
                return true;
            }
            Some(Purpose::Pickup) => {
                self.pick_up_at(id, digits);
                return true;
            }
            Some(Purpose::MeetMe) => {
                self.meet_me_dialed(id, digits);
                return true;
            }
            Some(Purpose::Pin { number, tries }) => {
                let (number, tries) = (number.clone(), *tries);
                self.pin_typed(id, &number, tries, digits);
                return true;
            }
            _ => {}
        }
        if self.plan.site.features.park_slots.iter().any(|slot| slot == digits) {
            self.slot_dialed(id, digits);
            return true;
        }
        if self.is_meet_me(digits) {
            self.attend(id, digits);
            return true;
        }
        let Some((code, number)) = self.code_of(digits) else { return false };
        let Some(at) = self.state.calls.legs.get(id).and_then(|leg| leg.appearance()).copied() else {
            return false;
        };
        if !self.has_features(at.station) {
            return false;
        }
        match code {
            Code::Forward(when) => self.forward_dialed(id, when, number),
            Code::ForwardOff(when) => {
                let _ended = self.set_forward(at.line, when, None);
                self.code_done(id);
            }
            Code::DoNotDisturb => {
                self.set_quiet(at.station, Some(Quiet::Reject));
                self.code_done(id);
            }
            Code::DoNotDisturbSilent => {
                self.set_quiet(at.station, Some(Quiet::Silent));
                self.code_done(id);
            }
            Code::Disturb => {
                self.set_quiet(at.station, None);
                self.code_done(id);
            }
            Code::GroupPickup => self.pick_up_group(id),
            Code::DirectedPickup => self.pick_up_at(id, number),
            Code::HuntLogIn | Code::HuntLogOut => {
                self.set_hunted(at.station, code == Code::HuntLogIn);
                self.code_done(id);
            }
            Code::CallBack => {
                let wanted = self.call_back_code(id);
                self.code_tried(id, wanted);
            }
            Code::Record => {
                let done = self.record_held(at.station);
                self.code_tried(id, done);
            }
            Code::CallBackOff => {
                self.cancel_call_backs(at.station);
                self.code_done(id);
            }
            Code::NightOn | Code::NightOff => {
                let switched = self.night_code(id, code == Code::NightOn);
                self.code_tried(id, switched);
            }
        }
        true
    }

    /// A code did what it does, or there was nothing to do for it.
    fn code_tried(&mut self, id: LegId, done: Option<()>) {
        match done {
            Some(()) => self.code_done(id),
            None => self.end_leg_with_tone(id, Cause::UNALLOCATED),
        }
    }

    /// A code did what it does: its user sees that, and the leg is over.
    fn code_done(&mut self, id: LegId) {
        self.on_phone(id, on_station::code_done);
        self.end_leg(id, Cause::NORMAL, EndedBy::Leg);
    }
}
