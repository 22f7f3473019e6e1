//! Resets: by an operator, by a plan that changes what a phone shows, by the end of the server. A phone in
//! a call is never reset; it waits until it is idle.

use serde::{Deserialize, Serialize};
use skinny::codes::DeviceResetType;
use skinny::message as m;

use super::Phone;
use crate::Exchange;
use crate::input::Reset;
use crate::limit::{RESET_PAUSE_NS, RESET_WITHIN_NS, RESETS_PER_TURN};
use crate::output::CloseReason;
use crate::table::StationId;
use crate::timer::Timer;

/// What a phone must do as soon as it is idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingReset {
    /// How.
    pub(crate) how: Reset,
    /// Whether a plan wants it, so that a later plan may take it back.
    pub(crate) by_plan: bool,
}

impl Exchange {
    /// An operator resets a phone.
    pub(crate) fn reset_device(&mut self, device: &str, how: Reset) -> Result<String, String> {
        let upper = device.to_ascii_uppercase();
        let id = [device, &upper].into_iter().find_map(|name| self.state.devices.get(name)).copied();
        let station = id.and_then(|id| self.state.stations.get_mut(id).map(|station| (id, station)));
        let Some((id, station)) = station.filter(|(_, station)| station.session.is_some()) else {
            return Err(format!("{device} is not registered"));
        };
        station.reset = Some(PendingReset { how, by_plan: false });
        if station.is_idle() {
            self.now_idle(id);
            Ok(format!("{device} was told"))
        } else {
            Ok(format!("{device} is in a call and will be told when it is idle"))
        }
    }

    /// A phone has no call any more: what waited for that happens now.
    pub(crate) fn now_idle(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let Some(session) = station.session.filter(|_| station.is_idle()) else { return };
        if self.state.draining {
            self.close_session(session, CloseReason::Stopping);
        } else if let Some(reset) = station.reset {
            self.send_reset(id, reset.how);
        }
    }

    fn send_reset(&mut self, id: StationId, how: Reset) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        station.reset = None;
        let reset_type = match how {
            Reset::Reset => DeviceResetType::RESET,
            Reset::Restart => DeviceResetType::RESTART,
            Reset::ApplyConfig => DeviceResetType::APPLY_CONFIG,
        };
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            phone.send(&m::Reset { reset_type });
        }
        station.restarting = how != Reset::ApplyConfig;
        if let Some(session) = station.session.filter(|_| how != Reset::ApplyConfig) {
            let at = self.after(RESET_WITHIN_NS);
            self.set_session_timer(session, at, Some(CloseReason::Reset));
        }
    }

    /// Resets some of the phones that are due, and comes back for the rest.
    pub(crate) fn reset_some(&mut self) {
        for _ in 0..RESETS_PER_TURN {
            let Some(id) = self.state.resets.pop_first() else { return };
            self.now_idle(id);
        }
        if !self.state.resets.is_empty() {
            let at = self.after(RESET_PAUSE_NS);
            self.state.timers.set(at, Timer::Resets);
        }
    }

    /// Takes no new calls and lets running ones end; idle phones go to their next server.
    pub(crate) fn drain(&mut self) -> Result<String, String> {
        self.state.draining = true;
        let standby = |(id, session): (&crate::input::SessionId, &super::Session)| {
            matches!(session.stage, super::session::Stage::Standby).then_some(*id)
        };
        let standby: Vec<_> = self.state.sessions.iter().filter_map(standby).collect();
        for session in standby {
            self.close_session(session, CloseReason::Stopping);
        }
        let registered = self.state.stations.iter().filter(|(_, station)| station.session.is_some());
        self.state.resets = registered.map(|(id, _)| id).collect();
        self.reset_some();
        Ok(format!("{} calls still run", self.state.calls.calls.len()))
    }

    /// Works out which phones a new plan changes: they register anew as soon as they are idle.
    pub(crate) fn reset_changed(&mut self) {
        let mut due = Vec::new();
        for (id, station) in self.state.stations.iter_mut() {
            let planned = self.plan.devices.get(&station.device);
            if planned.is_some_and(|device| {
                station.config.shows(device, &self.plan.softkey_templates, &self.state.lines)
            }) {
                // A later plan may take back what an earlier one wanted.
                station.reset = station.reset.filter(|reset| !reset.by_plan);
            } else if !station.restarting {
                station.reset.get_or_insert(PendingReset { how: Reset::Restart, by_plan: true });
            }
            if station.reset.is_some() && station.session.is_some() {
                due.push(id);
            }
        }
        self.state.resets.extend(due);
        self.reset_some();
    }
}
