//! Directory numbers at run time: ids that outlive a plan, and the phones that show each line now.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::dial_plan::{ClassId, PartitionId, Reach};
use super::{Hotline, Plan, Recording};
use crate::call::{LegId, Names};
use crate::limit::{BUSY_TRIGGER, CALLS_PER_LINE};
use crate::table::{LineId, StationId, Table};

/// A directory number.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The number.
    pub(crate) number: String,
    /// Caller id name.
    pub(crate) name: String,
    /// Calls it holds at once, per phone.
    pub(crate) calls_max: u32,
    /// Calls from which on it is busy, per phone.
    pub(crate) busy_trigger: u32,
    /// Who may call it.
    pub(crate) partition: PartitionId,
    /// Whom it may call.
    pub(crate) class: ClassId,
    /// What it calls by itself.
    pub(crate) hotline: Option<Hotline>,
    /// New messages that wait for it.
    pub(crate) messages: u32,
    /// Whether the plan has it.
    pub(crate) configured: bool,
    /// Legs on it, at any phone.
    pub(crate) legs: Vec<LegId>,
    /// Registered phones that show it, each with the line's place on it.
    pub(crate) shown_by: Vec<(StationId, u32)>,
    /// Registered phones with a busy lamp for it, each with the button's instance.
    pub(crate) watched_by: Vec<(StationId, u32)>,
    /// Whether it is the number of a hunt group.
    pub(crate) hunts: bool,
    /// The member of that group that was asked last.
    pub(crate) hunted: Option<LineId>,
    /// Whether it is a member of a hunt group.
    pub(crate) in_hunt: bool,
    /// Whether its calls go elsewhere for the night.
    pub(crate) is_night: bool,
    /// When its last call ended, in calls that ended on any line.
    pub(crate) idle_since: u64,
    /// Number that those outside see instead.
    pub(crate) external_mask: Option<String>,
    /// Whether who finds it busy may be called back.
    pub(crate) calls_back: bool,
    /// Whether its calls are recorded.
    pub(crate) record: Recording,
}

/// All directory numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Lines {
    by_number: BTreeMap<String, LineId>,
    table: Table<LineId, Line>,
    /// Counts lines that became idle.
    ended: u64,
}

impl Line {
    /// Its number and name, as caller id shows them.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { number: &self.number, name: &self.name }
    }
}

impl Lines {
    /// The line.
    pub(crate) fn get(&self, id: LineId) -> Option<&Line> {
        self.table.get(id)
    }

    /// The line, to be changed.
    pub(crate) fn get_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.table.get_mut(id)
    }

    /// Lines for which messages wait, and how many.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (&str, u32)> {
        let lines = self.table.iter().map(|(_, line)| (line.number.as_str(), line.messages));
        lines.filter(|(_, waiting)| *waiting > 0)
    }

    /// The line with a number, when the plan has it.
    pub(crate) fn find(&self, number: &str) -> Option<LineId> {
        let id = *self.by_number.get(number)?;
        self.table.get(id)?.configured.then_some(id)
    }

    /// The line with a number, when the plan has it and somebody may call it.
    pub(crate) fn find_for(&self, reach: &Reach<'_>, number: &str) -> Option<LineId> {
        self.find(number).filter(|id| self.table.get(*id).is_some_and(|line| reach.has(line.partition)))
    }

    /// Whether a longer number that somebody may call begins with `digits`.
    pub(crate) fn go_on(&self, reach: &Reach<'_>, digits: &str) -> bool {
        let longer = (Bound::Excluded(digits), Bound::Unbounded);
        self.by_number.range::<str, _>(longer).take_while(|(number, _)| number.starts_with(digits)).any(
            |(_, id)| self.table.get(*id).is_some_and(|line| line.configured && reach.has(line.partition)),
        )
    }

    /// The id of a number, new when it has none.
    pub(crate) fn intern(&mut self, number: &str) -> LineId {
        if let Some(id) = self.by_number.get(number) {
            return *id;
        }
        let line = Line {
            number: number.into(),
            name: String::new(),
            calls_max: CALLS_PER_LINE,
            busy_trigger: BUSY_TRIGGER,
            partition: PartitionId::NONE,
            class: ClassId::NONE,
            hotline: None,
            messages: 0,
            configured: false,
            legs: Vec::new(),
            shown_by: Vec::new(),
            watched_by: Vec::new(),
            hunts: false,
            hunted: None,
            in_hunt: false,
            is_night: false,
            idle_since: 0,
            external_mask: None,
            calls_back: false,
            record: Recording::Never,
        };
        let id = self.table.insert(line);
        self.by_number.insert(number.into(), id);
        id
    }

    /// Takes names and limits from a new plan.
    pub(crate) fn apply(&mut self, plan: &Plan) {
        self.table.iter_mut().for_each(|(_, line)| {
            (line.configured, line.hunts, line.in_hunt) = (false, false, false);
        });
        let or_default = |value: u32, default: u32| if value == 0 { default } else { value };
        for (number, configured) in &plan.lines {
            let id = self.intern(number);
            let Some(line) = self.table.get_mut(id) else { continue };
            line.name.clone_from(&configured.name);
            line.calls_max = or_default(configured.calls_max, CALLS_PER_LINE);
            line.busy_trigger = or_default(configured.busy_trigger, BUSY_TRIGGER);
            line.partition = plan.dial_plan.partition(&configured.partition);
            line.class = plan.dial_plan.class(&configured.calling_search_space);
            line.hotline.clone_from(&configured.hotline);
            line.external_mask.clone_from(&configured.external_mask);
            line.record = configured.record;
            line.calls_back = plan.site.features.call_back_secs > 0;
            line.configured = true;
        }
        self.apply_groups(plan);
    }

    fn apply_groups(&mut self, plan: &Plan) {
        for (number, group) in &plan.hunt_groups {
            for member in &group.members {
                if let Some(line) = self.find(member).and_then(|id| self.table.get_mut(id)) {
                    line.in_hunt = true;
                }
            }
            let id = self.intern(number);
            let Some(line) = self.table.get_mut(id) else { continue };
            line.name.clone_from(&group.name);
            line.partition = plan.dial_plan.partition(&group.partition);
            line.class = plan.dial_plan.class(&group.calling_search_space);
            (line.configured, line.hunts, line.calls_back) = (true, true, false);
        }
    }

    /// Forgets numbers that no plan has and nobody uses.
    pub(crate) fn sweep(&mut self, in_use: impl Fn(LineId) -> bool) {
        let gone = |(id, line): (LineId, &Line)| (!line.configured && !in_use(id)).then_some(id);
        let gone: Vec<LineId> = self.table.iter().filter_map(gone).collect();
        for id in gone {
            if let Some(line) = self.table.remove(id) {
                self.by_number.remove(&line.number);
            }
        }
    }

    /// The line has a leg more.
    pub(crate) fn begin_leg(&mut self, id: LineId, leg: LegId) {
        if let Some(line) = self.table.get_mut(id) {
            line.legs.push(leg);
        }
    }

    /// The line has a leg less.
    pub(crate) fn end_leg(&mut self, id: LineId, leg: LegId) {
        if let Some(line) = self.table.get_mut(id) {
            line.legs.retain(|own| *own != leg);
            if line.legs.is_empty() {
                self.ended += 1;
                line.idle_since = self.ended;
            }
        }
    }

    /// A phone shows the line from now on.
    pub(crate) fn show(&mut self, id: LineId, station: StationId, instance: u32) {
        if let Some(line) = self.table.get_mut(id)
            && !line.shown_by.contains(&(station, instance))
        {
            line.shown_by.push((station, instance));
        }
    }

    /// A phone has a busy lamp for the line.
    pub(crate) fn watch(&mut self, id: LineId, station: StationId, instance: u32) {
        if let Some(line) = self.table.get_mut(id) {
            line.watched_by.push((station, instance));
        }
    }

    /// A phone has none any more.
    pub(crate) fn unwatch(&mut self, id: LineId, station: StationId) {
        if let Some(line) = self.table.get_mut(id) {
            line.watched_by.retain(|(watches, _)| *watches != station);
        }
    }

    /// Marks the lines whose calls go elsewhere for the night.
    pub(crate) fn mark_nights<'n>(&mut self, numbers: impl Iterator<Item = &'n String>) {
        self.table.iter_mut().for_each(|(_, line)| line.is_night = false);
        for number in numbers {
            if let Some(line) = self.find(number).and_then(|id| self.table.get_mut(id)) {
                line.is_night = true;
            }
        }
    }

    /// A phone shows the line no longer.
    pub(crate) fn hide(&mut self, id: LineId, station: StationId) {
        if let Some(line) = self.table.get_mut(id) {
            line.shown_by.retain(|(shown_by, _)| *shown_by != station);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Line as Configured;

    #[test]
    fn numbers_keep_their_ids_over_plans_and_go_when_nobody_uses_them() {
        let mut plan = Plan::default();
        for number in ["10", "1001", "200"] {
            plan.lines.insert(number.into(), Configured { name: "A".into(), ..Configured::default() });
        }
        let mut lines = Lines::default();
        lines.apply(&plan);
        let id = lines.find("1001").unwrap();
        assert_eq!(lines.get(id).unwrap().busy_trigger, BUSY_TRIGGER);
        let goes_on = |lines: &Lines, digits| lines.go_on(&Reach::ALL, digits);
        assert!(goes_on(&lines, "10") && goes_on(&lines, "1") && goes_on(&lines, ""));
        assert!(!goes_on(&lines, "1001") && !goes_on(&lines, "11"));

        plan.lines.remove("1001");
        lines.apply(&plan);
        assert_eq!((lines.find("1001"), goes_on(&lines, "10")), (None, false));
        lines.sweep(|used| used == id);
        assert!(lines.get(id).is_some());
        lines.sweep(|_| false);
        assert!(lines.get(id).is_none());
    }
}
