//! Do not disturb. It belongs to a phone: its other lines and the other phones of its lines ring on.

use serde::{Deserialize, Serialize};

use crate::Exchange;
use crate::input::DoNotDisturb;
use crate::output::Output;
use crate::table::StationId;

/// What it is remembered under.
const KEY: &str = "dnd/";

/// Phones whose users do not want to be disturbed, by device name.
pub(crate) type Undisturbed = std::collections::BTreeMap<String, Quiet>;

/// How quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Quiet {
    /// Calls are refused as busy.
    Reject,
    /// Calls come in, and only flash.
    Silent,
}

impl Exchange {
    /// How quiet a phone is to be.
    pub(crate) fn quiet(&self, id: StationId) -> Option<Quiet> {
        let device = &self.state.stations.get(id)?.device;
        self.state.undisturbed.get(device).copied()
    }

    /// A user does not want to be disturbed, or wants to again.
    pub(crate) fn set_quiet(&mut self, id: StationId, quiet: Option<Quiet>) {
        let Some(device) = self.state.stations.get(id).map(|station| station.device.clone()) else { return };
        self.keep_quiet(&device, quiet);
    }

    fn keep_quiet(&mut self, device: &str, quiet: Option<Quiet>) {
        match quiet {
            Some(quiet) => self.state.undisturbed.insert(device.to_owned(), quiet),
            None => self.state.undisturbed.remove(device),
        };
        let value = quiet.map(|quiet| match quiet {
            Quiet::Reject => "reject".to_owned(),
            Quiet::Silent => "silent".to_owned(),
        });
        self.out.push(Output::Remember { key: format!("{KEY}{device}"), value });
        self.show_quiet(device);
    }

    fn show_quiet(&mut self, device: &str) {
        let Some(id) = self.state.devices.get(device).copied() else { return };
        self.tell_quiet(id);
        self.light_buttons(id);
        self.touch_lines_of(id);
        self.show_idle(id);
    }

    /// The DND key: on, and off again.
    pub(crate) fn quiet_key(&mut self, id: StationId) {
        let quiet = if self.quiet(id).is_some() { None } else { Some(Quiet::Reject) };
        self.set_quiet(id, quiet);
    }

    /// It was remembered before the start.
    pub(crate) fn recall_quiet(&mut self, key: &str, value: &str) {
        let Some(device) = key.strip_prefix(KEY) else { return };
        let quiet = match value {
            "reject" => Quiet::Reject,
            "silent" => Quiet::Silent,
            _ => return,
        };
        self.state.undisturbed.insert(device.to_owned(), quiet);
        self.show_quiet(device);
    }

    /// An operator, or a program, sets it.
    pub(crate) fn command_quiet(&mut self, device: &str, how: DoNotDisturb) -> Result<String, String> {
        let device = device.to_ascii_uppercase();
        if !self.plan.devices.contains_key(&device) {
            return Err(format!("there is no device {device}"));
        }
        let quiet = match how {
            DoNotDisturb::Off => None,
            DoNotDisturb::Reject => Some(Quiet::Reject),
            DoNotDisturb::Silent => Some(Quiet::Silent),
        };
        self.keep_quiet(&device, quiet);
        Ok(match quiet {
            None => format!("{device} may be disturbed"),
            Some(_) => format!("{device} is not disturbed"),
        })
    }

    /// Devices that the plan has no longer need no quiet.
    pub(crate) fn sweep_quiet(&mut self) {
        let devices = &self.plan.devices;
        let gone: Vec<String> =
            self.state.undisturbed.keys().filter(|device| !devices.contains_key(*device)).cloned().collect();
        for device in gone {
            self.state.undisturbed.remove(&device);
            self.out.push(Output::Remember { key: format!("{KEY}{device}"), value: None });
        }
    }
}
