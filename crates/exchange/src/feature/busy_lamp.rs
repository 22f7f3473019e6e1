//! Busy lamps: what is going on at a line, for buttons elsewhere. Nobody keeps it: it is worked out from the
//! line's legs and phones whenever something happened there ([`Exchange::touch_line`]), and whoever shows it is
//! told what changed. So no feature has to think of it, and it is never stale.

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::call::LegState;
use crate::plan::ButtonFeature;
use crate::table::{LineId, StationId};

/// What is going on at a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Presence {
    /// No phone shows it, or there is no such line.
    Unregistered,
    /// Nothing.
    Idle,
    /// It rings there, whatever else is going on.
    Rings,
    /// Somebody uses it.
    InUse,
    /// Whoever is there is not to be disturbed.
    Quiet,
}

impl Exchange {
    /// What is going on at a line.
    pub(crate) fn presence_of(&self, id: LineId) -> Presence {
        let Some(line) = self.state.lines.get(id).filter(|line| line.configured) else {
            return Presence::Unregistered;
        };
        let mut legs = line.legs.iter().filter_map(|leg| self.state.calls.legs.get(*leg));
        if legs.clone().any(|leg| leg.state == LegState::RingingIn) {
            Presence::Rings
        } else if legs.next().is_some() {
            Presence::InUse
        } else if line.shown_by.is_empty() {
            Presence::Unregistered
        } else if line.shown_by.iter().all(|(station, _)| self.quiet(*station).is_some()) {
            Presence::Quiet
        } else {
            Presence::Idle
        }
    }

    /// Something happened on a line: whoever watches it is told what changed.
    pub(crate) fn settle_lamps(&mut self, id: LineId) {
        let Some(line) = self.state.lines.get(id).filter(|line| !line.watched_by.is_empty()) else { return };
        for (station, instance) in line.watched_by.clone() {
            self.light_button(station, instance);
        }
    }

    /// A new plan: what it changes on lines and groups is shown.
    pub(crate) fn relight(&mut self) {
        let stations = self.state.stations.iter().filter(|(_, station)| station.greeted);
        let with_lights: Vec<StationId> =
            stations.filter(|(_, station)| !station.lit.is_empty()).map(|(id, _)| id).collect();
        with_lights.into_iter().for_each(|id| self.light_buttons(id));
    }

    /// Whether a feature that a button stands for is on.
    pub(crate) fn feature_is_on(&self, id: StationId, feature: &ButtonFeature) -> bool {
        let Some(station) = self.state.stations.get(id) else { return false };
        match feature {
            ButtonFeature::HuntLog => !self.is_logged_out(station),
            ButtonFeature::NightService(name) => self.state.nights.contains(name),
            ButtonFeature::DoNotDisturb => self.quiet(id).is_some(),
            ButtonFeature::Privacy => self.state.private.contains(&station.device),
            ButtonFeature::ForwardAll => {
                let mut lines = station.config.lines.iter();
                lines.any(|button| self.forward_of(button.line, crate::input::ForwardWhen::Always).is_some())
            }
            ButtonFeature::CallBack => self.awaits_call_back(id),
            _ => false,
        }
    }

    /// A busy lamp was pressed: takes what rings there, or calls it.
    pub(crate) fn busy_lamp_pressed(
        &mut self,
        station: StationId,
        line: LineId,
        number: &str,
        pickup: bool,
    ) -> bool {
        if !pickup || self.presence_of(line) != Presence::Rings {
            return false;
        }
        let Some(leg) = self.leg_for_feature(station, 1, false) else { return true };
        self.pick_up_at(leg, number);
        true
    }
}
