//! A new plan comes into force. What it changes is worked out by comparison with what phones were told.

use std::sync::Arc;

use super::Plan;
use crate::Exchange;
use crate::table::StationId;

impl Exchange {
    /// Puts a plan into force. Calls stay as they are.
    pub(crate) fn apply(&mut self, plan: Arc<Plan>) {
        self.plan = plan;
        self.state.lines.apply(&self.plan);
        self.mark_nights();
        for (_, station) in self.state.stations.iter_mut() {
            if let Some(device) = self.plan.devices.get(&station.device) {
                station.class = self.plan.class_of(device);
                station.locale = self.plan.locale_of(device);
            }
        }
        self.reset_changed();
        let stations: Vec<StationId> = self.state.stations.iter().map(|(id, _)| id).collect();
        for id in stations {
            self.forget_if_removed(id);
        }
        self.sweep_lines();
        self.sweep_forwards();
        self.sweep_quiet();
        self.sweep_privacy();
        self.sweep_hunts();
        self.sweep_nights();
        self.sweep_call_backs();
        self.relight();
        self.admit_waiting();
    }

    fn sweep_lines(&mut self) {
        let mut in_use = std::collections::BTreeSet::new();
        for (_, station) in self.state.stations.iter() {
            in_use.extend(station.config.lines.iter().map(|button| button.line));
            in_use.extend(station.config.lamps().map(|(_, line)| line));
        }
        let legs = self.state.calls.legs.iter();
        in_use.extend(legs.filter_map(|(_, leg)| leg.appearance()).map(|appearance| appearance.line));
        for (_, call) in self.state.calls.calls.iter() {
            if let crate::call::Called::Line(line) = call.called {
                in_use.insert(line);
            }
        }
        in_use.extend(self.state.call_backs.lines());
        self.state.lines.sweep(|line| in_use.contains(&line));
    }
}
