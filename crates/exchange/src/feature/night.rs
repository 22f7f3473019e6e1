//! Night service: while it is on, calls to its lines go to another number, or ring at other lines. Somebody on
//! duty switches it; it holds over restarts.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId};
use crate::input::ForwardWhen;
use crate::output::Output;
use crate::station::Station;
use crate::table::{CallId, LineId, StationId};

/// What a night service that is on is remembered under.
const KEY: &str = "night/";

/// Night services that are on.
pub(crate) type Nights = BTreeSet<String>;

impl Exchange {
    /// Sends a call where it goes for the night; whether it did. Who is sent there is not sent on again.
    pub(crate) fn sent_for_the_night(&mut self, id: CallId, line: LineId) -> bool {
        let plan = Arc::clone(&self.plan);
        let number = self.state.lines.get(line).map_or("", |line| &line.number);
        let mut on = self.state.nights.iter().filter_map(|name| plan.night_services.get(name));
        let Some(night) = on.find(|night| night.lines.iter().any(|own| own == number)) else { return false };
        match &night.to {
            Some(to) if to == number => false,
            Some(to) => {
                self.send_on(id, line, ForwardWhen::Always, to, Cause::NORMAL);
                true
            }
            None if night.closed => {
                self.caller_proceeds(id);
                self.fail_call(id, Cause::CLOSED, EndedBy::Server);
                true
            }
            None => {
                let lines = night.ring.iter().filter_map(|number| self.state.lines.find(number)).collect();
                self.ring_at(id, line, lines);
                true
            }
        }
    }

    /// Switches a night service.
    pub(crate) fn set_night(&mut self, name: &str, is_on: bool) {
        if is_on {
            self.state.nights.insert(name.to_owned());
        } else {
            self.state.nights.remove(name);
        }
        let value = is_on.then(|| "on".to_owned());
        self.out.push(Output::Remember { key: format!("{KEY}{name}"), value });
        self.mark_nights();
        self.show_nights();
    }

    /// Lines know whether their calls go elsewhere, so that each call need not look for it.
    pub(crate) fn mark_nights(&mut self) {
        let plan = Arc::clone(&self.plan);
        let on = self.state.nights.iter().filter_map(|name| plan.night_services.get(name));
        self.state.lines.mark_nights(on.flat_map(|night| &night.lines));
    }

    fn show_nights(&mut self) {
        let stations = self.state.stations.iter().filter(|(_, station)| station.greeted);
        let stations: Vec<StationId> = stations.map(|(id, _)| id).collect();
        for id in stations {
            self.light_buttons(id);
            if self.state.stations.get(id).is_some_and(|station| self.has_night(station)) {
                self.show_idle(id);
            }
        }
    }

    fn has_night(&self, station: &Station) -> bool {
        let mut lines =
            station.config.lines.iter().filter_map(|button| Some(&self.state.lines.get(button.line)?.number));
        lines.any(|number| self.plan.night_services.values().any(|night| night.lines.contains(number)))
    }

    /// Whether calls to a line of a phone go elsewhere for the night.
    pub(crate) fn is_night_at(&self, station: &Station) -> bool {
        let is_night = |line: LineId| self.state.lines.get(line).is_some_and(|line| line.is_night);
        !self.state.nights.is_empty() && station.config.lines.iter().any(|button| is_night(button.line))
    }

    /// The button of a night service.
    pub(crate) fn night_key(&mut self, name: &str) {
        if self.plan.night_services.contains_key(name) {
            let is_on = self.state.nights.contains(name);
            self.set_night(name, !is_on);
        }
    }

    /// The code: the night services that the line is in. None: there is nothing to switch.
    pub(crate) fn night_code(&mut self, leg: LegId, is_on: bool) -> Option<()> {
        let line = self.appearance_of(leg)?.line;
        let number = self.state.lines.get(line)?.number.clone();
        let services = self.plan.night_services.iter();
        let own = services.filter(|(_, night)| night.lines.contains(&number) || night.ring.contains(&number));
        let names: Vec<String> = own.map(|(name, _)| name.clone()).collect();
        names.iter().for_each(|name| self.set_night(name, is_on));
        (!names.is_empty()).then_some(())
    }

    /// An operator, or a program, switches it.
    pub(crate) fn command_night(&mut self, name: &str, is_on: bool) -> Result<String, String> {
        if !self.plan.night_services.contains_key(name) {
            return Err(format!("there is no night service `{name}`"));
        }
        self.set_night(name, is_on);
        Ok(format!("night service `{name}` is {}", if is_on { "on" } else { "off" }))
    }

    /// It was remembered before the start.
    pub(crate) fn recall_night(&mut self, key: &str) {
        let Some(name) = key.strip_prefix(KEY) else { return };
        self.state.nights.insert(name.to_owned());
        self.mark_nights();
        self.show_nights();
    }

    /// Night services that the plan has no longer are not on.
    pub(crate) fn sweep_nights(&mut self) {
        let planned = &self.plan.night_services;
        let gone: Vec<String> =
            self.state.nights.iter().filter(|name| !planned.contains_key(*name)).cloned().collect();
        for name in gone {
            self.state.nights.remove(&name);
            self.out.push(Output::Remember { key: format!("{KEY}{name}"), value: None });
        }
    }
}
