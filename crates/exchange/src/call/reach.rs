//! Where a call goes that is not dialled on a phone: sent on by a forward, given back, called by a feature.

use super::analysis::{Numbers, Progress, Target};
use super::{EndedBy, LegId};
use crate::Exchange;
use crate::plan::dial_plan::{ClassId, Reach};
use crate::table::{CallId, LineId, StationId};

impl Exchange {
    /// What numbers mean for a line, whoever calls it: that is what it may forward to.
    fn numbers_for(&self, line: LineId) -> Numbers<'_> {
        let (lines, dial_plan) = (&self.state.lines, &self.plan.dial_plan);
        let reach = match lines.get(line) {
            _ if dial_plan.is_empty() => Reach::ALL,
            line => dial_plan.reach(line.map_or(ClassId::NONE, |line| line.class), ClassId::NONE),
        };
        Numbers { lines, dial_plan, reach }
    }

    /// Sends a call to a number that a line wants it sent to.
    pub(crate) fn go_to(&mut self, id: CallId, by: LineId, digits: &str) {
        // Who forwards to the outside wants it, also for calls from there.
        match self.numbers_for(by).resolve(digits, false).0 {
            Target::Line(line) => self.offer_line(id, line),
            Target::Trunk { trunk, number } => self.offer_trunk(id, trunk, number),
            Target::Refused(cause) => self.fail_call(id, cause, EndedBy::Server),
        }
    }

    /// Whether a line may forward to a number. Emergency numbers are for people.
    pub(crate) fn may_forward_to(&self, line: LineId, digits: &str) -> bool {
        let (target, is_emergency) = self.numbers_for(line).resolve(digits, false);
        !is_emergency && !matches!(target, Target::Refused(_))
    }

    /// Whether a number that is dialled on a leg is complete: no longer one begins with it.
    pub(crate) fn is_whole_number(&self, leg: LegId, digits: &str) -> bool {
        !digits.is_empty() && self.numbers_at(leg).progress(digits) == Progress::Complete
    }

    /// The line with a number, when whoever is at a leg may call it.
    pub(crate) fn line_reached(&self, leg: LegId, number: &str) -> Option<LineId> {
        let numbers = self.numbers_at(leg);
        numbers.lines.find_for(&numbers.reach, number)
    }

    /// Whether the user of a phone may use features: not in the lobby.
    pub(crate) fn has_features(&self, station: StationId) -> bool {
        self.state.stations.get(station).is_some_and(|station| station.class != ClassId::LOBBY)
    }
}
