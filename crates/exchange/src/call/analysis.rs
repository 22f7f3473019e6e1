//! Digit analysis: what a number means for somebody, and whether more digits may follow.
//!
//! Lines and the patterns of the dial plan take part alike: a line is a pattern that takes one number.

use crate::plan::Lines;
use crate::plan::dial_plan::{Action, DialPlan, Match, Reach, TRANSLATIONS_MAX};
use crate::table::LineId;

use super::Cause;

/// What numbers mean, for somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers<'a> {
    pub(crate) lines: &'a Lines,
    pub(crate) dial_plan: &'a DialPlan,
    pub(crate) reach: Reach<'a>,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To a line of ours.
    Line(LineId),
    /// To somebody behind a trunk.
    Trunk {
        /// Which trunk.
        trunk: u32,
        /// As which number.
        number: String,
    },
    /// Nowhere.
    Refused(Cause),
}

/// How far a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is a number, and there is nothing to wait for.
    Complete,
    /// More digits may follow.
    GoesOn,
    /// Whatever follows, it will never be a number.
    Impossible,
}

/// What matches a number best.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Closest<'a> {
    /// A line.
    Line(LineId),
    /// A pattern.
    Pattern(Match<'a>),
    /// Nothing.
    Nothing,
}

/// What a number is, after one look at it.
#[derive(Debug, Clone)]
pub(crate) enum Hop<'a> {
    /// It goes somewhere.
    To(Target),
    /// It means another number, to be looked at as this one was, but perhaps by somebody else.
    Means(String, Reach<'a>),
}

impl<'a> Numbers<'a> {
    /// What matches a number best: an emergency number, else a line or the pattern that describes it as well
    /// as a line and is searched earlier, else the closest pattern.
    pub(crate) fn closest(&self, digits: &str) -> Closest<'a> {
        self.choose(digits, self.dial_plan.follow(&self.reach, digits).1)
    }

    fn line(&self, digits: &str) -> Option<LineId> {
        self.lines.find_for(&self.reach, digits)
    }

    fn choose(&self, digits: &str, pattern: Option<Match<'a>>) -> Closest<'a> {
        match (self.line(digits), pattern) {
            (Some(line), None) => Closest::Line(line),
            (Some(line), Some(found)) => {
                let partition = self.lines.get(line).map(|line| line.partition);
                let rank = partition.map_or(usize::MAX, |partition| self.reach.rank(partition));
                let before = found.rule.pattern.count(digits.len()) <= 1 && found.rank < rank;
                if found.rule.emergency || before { Closest::Pattern(found) } else { Closest::Line(line) }
            }
            (None, Some(found)) => Closest::Pattern(found),
            (None, None) => Closest::Nothing,
        }
    }

    /// How far a number is.
    pub(crate) fn progress(&self, digits: &str) -> Progress {
        if self.dial_plan.is_empty() {
            return self.progress_of_line(digits);
        }
        let (ahead, pattern) = self.dial_plan.follow(&self.reach, digits);
        let closest = self.choose(digits, pattern);
        let is_urgent = match closest {
            Closest::Pattern(found) => found.rule.urgent || found.rule.emergency,
            _ => false,
        };
        let goes_on = || ahead.goes_on || self.lines.go_on(&self.reach, digits);
        match closest {
            _ if is_urgent => Progress::Complete,
            _ if goes_on() => Progress::GoesOn,
            Closest::Nothing => Progress::Impossible,
            _ => Progress::Complete,
        }
    }

    fn progress_of_line(&self, digits: &str) -> Progress {
        if self.lines.go_on(&self.reach, digits) {
            Progress::GoesOn
        } else if self.line(digits).is_some() {
            Progress::Complete
        } else {
            Progress::Impossible
        }
    }

    /// Whether a line or a pattern is, or begins with, just these digits.
    pub(crate) fn is_in_plan(&self, digits: &str) -> bool {
        self.line(digits).is_some()
            || self.lines.go_on(&self.reach, digits)
            || self.dial_plan.ahead(&self.reach, digits).begins
    }

    /// Whether the tone of an outside line begins with the last of these digits: from here on only patterns
    /// that want it can be meant, and before that others could.
    pub(crate) fn outside_tone_begins(&self, digits: &str) -> bool {
        let Some((last, _)) = digits.char_indices().next_back() else { return false };
        self.is_outside(digits) && (last == 0 || !self.is_outside(&digits[..last]))
    }

    fn is_outside(&self, digits: &str) -> bool {
        if self.dial_plan.is_empty() {
            return false;
        }
        let ahead = self.dial_plan.ahead(&self.reach, digits);
        let is_line = || self.line(digits).is_some() || self.lines.go_on(&self.reach, digits);
        ahead.begins && !ahead.plain && !is_line()
    }

    /// One look at a number. `from_trunk`: from trunk to trunk nothing is switched, that would be somebody
    /// else's telephone bill.
    pub(crate) fn hop(&self, digits: &str, from_trunk: bool) -> Hop<'a> {
        let refused = |cause| Hop::To(Target::Refused(cause));
        let found = match self.closest(digits) {
            Closest::Line(line) => return Hop::To(Target::Line(line)),
            Closest::Nothing if digits.is_empty() => return refused(Cause::INCOMPLETE),
            Closest::Nothing => return refused(Cause::UNALLOCATED),
            Closest::Pattern(found) => found.rule,
        };
        match &found.action {
            Action::Block(cause) => refused(*cause),
            Action::Route { .. } if from_trunk => refused(Cause::UNALLOCATED),
            Action::Route { trunk, change } => {
                Hop::To(Target::Trunk { trunk: *trunk, number: change.apply(&found.pattern, digits) })
            }
            Action::Translate { change, calling_search_space } => {
                let reach = match calling_search_space {
                    _ if found.emergency => Reach::ALL,
                    Some(name) => self.dial_plan.confined(self.dial_plan.class(name)),
                    None => self.reach,
                };
                Hop::Means(change.apply(&found.pattern, digits), reach)
            }
        }
    }

    /// Where a call goes, and whether it is an emergency call.
    pub(crate) fn resolve(mut self, digits: &str, from_trunk: bool) -> (Target, bool) {
        let is_emergency = self.is_emergency(digits);
        if let Some(line) = self.line(digits).filter(|_| self.dial_plan.is_empty()) {
            return (Target::Line(line), false);
        }
        let mut number = digits.to_owned();
        for _ in 0..=TRANSLATIONS_MAX {
            match self.hop(&number, from_trunk) {
                Hop::To(target) => return (target, is_emergency),
                Hop::Means(other, reach) => (number, self.reach) = (other, reach),
            }
        }
        (Target::Refused(Cause::ROUTING_ERROR), is_emergency)
    }

    /// Whether a number is an emergency number.
    pub(crate) fn is_emergency(&self, digits: &str) -> bool {
        self.dial_plan.has_emergency()
            && matches!(self.closest(digits), Closest::Pattern(found) if found.rule.emergency)
    }
}

#[cfg(test)]
mod tests;
