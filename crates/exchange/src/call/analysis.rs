//! Digit analysis: what a number means, and whether more digits may follow.

use crate::plan::{Lines, Route};
use crate::table::LineId;

/// What a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A line of ours.
    Line(LineId),
    /// Somebody behind a trunk.
    Trunk(u32),
}

/// How far a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Analysis {
    /// It is a number, and no longer one begins with it: there is nothing to wait for.
    Complete,
    /// More digits may follow.
    GoesOn,
    /// Whatever follows, it will never be a number.
    Impossible,
}

/// What a number means as it stands. A line of ours goes before a route.
pub(super) fn target(lines: &Lines, routes: &[Route], digits: &str) -> Option<Target> {
    if let Some(line) = lines.find(digits) {
        return Some(Target::Line(line));
    }
    let matching = routes.iter().filter(|route| digits.starts_with(&route.prefix) && digits != route.prefix);
    matching.max_by_key(|route| route.prefix.len()).map(|route| Target::Trunk(route.trunk))
}

/// How far a number is. The length of a number behind a trunk is not known, so it always may go on.
pub(super) fn analyse(lines: &Lines, routes: &[Route], digits: &str) -> Analysis {
    let is_line = lines.find(digits).is_some();
    let longer_prefix =
        routes.iter().any(|route| route.prefix.len() > digits.len() && route.prefix.starts_with(digits));
    if lines.goes_on(digits) || longer_prefix {
        Analysis::GoesOn
    } else if is_line {
        Analysis::Complete
    } else if routes.iter().any(|route| digits.starts_with(&route.prefix)) {
        Analysis::GoesOn
    } else {
        Analysis::Impossible
    }
}

/// Whether a line or a prefix of the plan is, or begins with, just these digits. (Behind a trunk's prefix
/// anything may be a number; that says nothing about what its digits mean here.)
pub(super) fn is_in_plan(lines: &Lines, routes: &[Route], digits: &str) -> bool {
    lines.find(digits).is_some()
        || lines.goes_on(digits)
        || routes.iter().any(|route| route.prefix.starts_with(digits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Line, Plan};

    fn check(digits: &str, expect: Analysis, reached: Option<&str>) {
        let mut plan = Plan::default();
        for number in ["1001", "1002", "10021", "20"] {
            plan.lines.insert(number.into(), Line::default());
        }
        let routes =
            [("0", 1), ("00", 2), ("200", 3)].map(|(prefix, trunk)| Route { prefix: prefix.into(), trunk });
        let mut lines = Lines::default();
        lines.apply(&plan);
        assert_eq!(analyse(&lines, &routes, digits), expect, "{digits}");
        let found = target(&lines, &routes, digits).map(|target| match target {
            Target::Line(line) => lines.get(line).unwrap().number.clone(),
            Target::Trunk(trunk) => format!("trunk {trunk}"),
        });
        assert_eq!(found.as_deref(), reached, "{digits}");
    }

    #[test]
    fn a_number_is_complete_when_no_longer_one_begins_with_it() {
        check("1", Analysis::GoesOn, None);
        check("1001", Analysis::Complete, Some("1001"));
        check("1002", Analysis::GoesOn, Some("1002"));
        check("10021", Analysis::Complete, Some("10021"));
        check("20", Analysis::GoesOn, Some("20"));
        check("7", Analysis::Impossible, None);
        check("10011", Analysis::Impossible, None);
    }

    #[test]
    fn the_longest_prefix_chooses_the_trunk() {
        check("0", Analysis::GoesOn, None);
        check("01", Analysis::GoesOn, Some("trunk 1"));
        check("0049", Analysis::GoesOn, Some("trunk 2"));
        check("2001", Analysis::GoesOn, Some("trunk 3"));
    }
}
