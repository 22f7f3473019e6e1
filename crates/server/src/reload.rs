//! The configuration read again: what it changes, which phones register anew because of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use exchange::plan::{Device, Plan};
use serde::{Deserialize, Serialize};

use crate::config::{self, ConfigErrors, Settings};
use crate::live::{LiveState, Watch};
use crate::running::Stopper;
use crate::store::keeper;

/// What a configuration changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Devices that are new.
    pub devices_added: Vec<String>,
    /// Devices that go.
    pub devices_removed: Vec<String>,
    /// Devices that register anew as soon as they are idle.
    pub devices_reset: Vec<String>,
    /// Devices of which only something changes that they need not be told.
    pub devices_changed: Vec<String>,
    /// Lines that are new, go or change.
    pub lines: Vec<String>,
    /// Whether what holds for every phone changes.
    pub site: bool,
    /// Whether the dial plan changes.
    pub dial_plan: bool,
    /// What takes effect at the next start only.
    pub needs_restart: Vec<String>,
    /// Of those to be reset, how many are registered now; none when no server was asked.
    pub reset_now: Option<usize>,
    /// Of those, how many are in a call and will be reset after it.
    pub reset_after_call: Option<usize>,
}

impl Report {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        let lists = [
            &self.devices_added,
            &self.devices_removed,
            &self.devices_reset,
            &self.devices_changed,
            &self.lines,
            &self.needs_restart,
        ];
        lists.iter().all(|list| list.is_empty()) && !self.site && !self.dial_plan
    }
}

/// What changes between two plans of a file.
pub fn difference(old: &Plan, new: &Plan) -> Report {
    let mut report =
        Report { site: old.site != new.site, dial_plan: old.dial_plan != new.dial_plan, ..Report::default() };
    for (name, device) in &new.devices {
        let list = match old.devices.get(name) {
            None => &mut report.devices_added,
            Some(before) if before == device => continue,
            Some(before) if is_told(before, device) => &mut report.devices_reset,
            Some(_) => &mut report.devices_changed,
        };
        list.push(name.clone());
    }
    report.devices_removed =
        old.devices.keys().filter(|name| !new.devices.contains_key(*name)).cloned().collect();
    let changed = new.lines.iter().filter(|(number, line)| old.lines.get(*number) != Some(line));
    let gone = old.lines.keys().filter(|number| !new.lines.contains_key(*number));
    report.lines = changed.map(|(number, _)| number).chain(gone).cloned().collect();
    report.lines.sort_unstable();
    report
}

/// Whether a phone must register anew to know of a change: what people call it is not told to it.
fn is_told(old: &Device, new: &Device) -> bool {
    let Device { description, auto, .. } = new.clone();
    Device { description, auto, ..old.clone() } != *new
}

/// Reads the configuration again.
#[derive(Debug, Clone)]
pub struct Reloader {
    orders: Stopper,
    config: Option<PathBuf>,
    data: PathBuf,
    current: Arc<Mutex<Settings>>,
    /// What the command line says in place of the file.
    listen: Vec<SocketAddr>,
}

impl Reloader {
    /// Of a server that was started with these settings.
    pub fn new(
        orders: Stopper,
        config: Option<PathBuf>,
        data: PathBuf,
        current: Settings,
        listen: Vec<SocketAddr>,
    ) -> Reloader {
        Reloader { orders, config, data, current: Arc::new(Mutex::new(current)), listen }
    }

    /// What other settings would change.
    pub fn report(&self, new: &Settings, live: Option<&LiveState>) -> Report {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.report_from(&current, new, live)
    }

    fn report_from(&self, current: &Settings, new: &Settings, live: Option<&LiveState>) -> Report {
        let mut report = difference(&current.plan, &new.plan);
        if self.listen.is_empty() && current.listen != new.listen {
            report.needs_restart.push("[listen] addresses".into());
        }
        if current.limits != new.limits {
            report.needs_restart.push("[limits]".into());
        }
        if current.provision != new.provision {
            report.needs_restart.push("[provision]".into());
        }
        if let Some(live) = live {
            let told: Vec<_> = report.devices_reset.iter().chain(&report.devices_removed).collect();
            let registered =
                |name: &&&String| live.devices.get(**name).is_some_and(|device| device.registered);
            let registered: Vec<_> = told.iter().filter(registered).collect();
            let in_call = registered.iter().map(|name| name.as_str()).filter(|name| {
                live.calls.values().any(|call| call.calling_device == *name || call.called_device == *name)
            });
            report.reset_after_call = Some(in_call.count());
            report.reset_now = Some(registered.len());
        }
        report
    }

    /// Reads the file again and puts it into force: calls go on, phones that it changes register anew when
    /// they are idle.
    pub fn reload(&self, watch: Option<&Watch>) -> Result<Report, ConfigErrors> {
        let settings = match &self.config {
            Some(path) => config::load(path)?,
            None => Settings::default(),
        };
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let report = match watch {
            Some(watch) => watch.look(|live| self.report_from(&current, &settings, Some(live))),
            None => self.report_from(&current, &settings, None),
        };
        // Calls don't wait for the database: what it can't take now, the next start gives it.
        drop(keeper::open_and_apply(&self.data, &settings.plan));
        self.orders.replan(settings.plan.clone());
        tracing::info!(
            "the configuration was read again: {} devices are new, {} go, {} register anew when they are idle",
            report.devices_added.len(),
            report.devices_removed.len(),
            report.devices_reset.len()
        );
        for what in &report.needs_restart {
            tracing::warn!("{what}: takes effect at the next start");
        }
        *current = settings;
        Ok(report)
    }
}
