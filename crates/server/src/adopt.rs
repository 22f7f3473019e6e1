//! Phones that stand in no file: unknown ones that came by themselves, and those that an operator adopted.
//!
//! The plan is the file's, with these beside it; the file wins. A new plan costs time in proportion to its
//! size, for us and for the exchange. So phones that ask close together share one, and no more than a tenth
//! of the time goes into plans.

use std::collections::BTreeMap;
use std::sync::Arc;

use exchange::output::Adoption;
use exchange::plan::{Button, Device, Line, Plan};
use serde::{Deserialize, Serialize};
use skinny::json::nearest;

use crate::config::check::{NUMBER_MAX, is_number, judge_device_name};
use crate::config::compile::default_line;
use crate::log::Plain;

/// Phones that may be adopted. More are a site, and a site has a configuration.
pub const ADOPTED_MAX: usize = 50_000;
/// Phones in the lobby: more at once is somebody who invents names.
pub const LOBBY_MAX: usize = 1000;
/// Characters of a name that an operator gives.
const NAME_MAX: usize = crate::config::check::LABEL_MAX;

/// Times its own cost that a plan waits for more phones.
const PATIENCE: u64 = 9;

/// What is known of a phone that came by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// Its number.
    pub number: String,
    /// Whether it waits in the lobby.
    #[serde(default)]
    pub lobby: bool,
}

/// What an operator configured: a device with the lines that nobody else describes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Configured {
    /// The device.
    pub device: Device,
    /// Its lines by number.
    pub lines: BTreeMap<String, Line>,
}

/// Everything that stands in no file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Others {
    /// Phones that came by themselves.
    pub newcomers: BTreeMap<String, Newcomer>,
    /// Phones that an operator configured.
    pub configured: BTreeMap<String, Configured>,
}

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amendment {
    /// A phone of the lobby becomes one like others.
    Adopt {
        /// The phone.
        device: String,
        /// Its number; `None`: the one that it has.
        number: Option<String>,
        /// Who sits there.
        name: Option<String>,
    },
    /// Another phone takes the place of one.
    Replace {
        /// The phone that goes.
        old: String,
        /// The phone that comes.
        new: String,
    },
    /// A phone is forgotten.
    Forget {
        /// The phone.
        device: String,
    },
}

/// A change to be kept: what is configured for a device from now on (`None`: nothing).
pub type Kept = (String, Option<Configured>);

/// Adopts phones, and holds the plan.
#[derive(Debug)]
pub struct Adopter {
    plan: Arc<Plan>,
    /// The plan of the file alone.
    file: Plan,
    others: Others,
    lobby: usize,
    waiting: Vec<(String, bool)>,
    next_number: u32,
    /// When the next plan may be made.
    not_before_ns: u64,
    is_full: bool,
}

impl Adopter {
    /// Adopts into this plan, after those that were adopted in earlier lives of the server.
    pub fn new(file: Plan, others: Others) -> Adopter {
        let next_number = file.site.auto_number_first;
        let mut adopter = Adopter {
            plan: Arc::default(),
            file,
            others,
            lobby: 0,
            waiting: Vec::new(),
            next_number,
            not_before_ns: 0,
            is_full: false,
        };
        adopter.compose();
        adopter
    }

    /// The plan as it is.
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan)
    }

    /// What stands in no file.
    pub fn others(&self) -> &Others {
        &self.others
    }

    /// Puts the file's plan and the others together. The file wins, then the operator.
    fn compose(&mut self) {
        let generation = self.plan.generation.max(self.file.generation);
        let mut plan = Plan { generation, ..self.file.clone() };
        for (name, configured) in &self.others.configured {
            plan.devices.entry(name.clone()).or_insert_with(|| configured.device.clone());
            for (number, line) in &configured.lines {
                plan.lines.entry(number.clone()).or_insert_with(|| line.clone());
            }
        }
        self.lobby = 0;
        for (name, newcomer) in &self.others.newcomers {
            let may_stay = if newcomer.lobby { plan.site.lobby } else { plan.site.auto_register };
            let is_free = !plan.devices.contains_key(name) && !plan.lines.contains_key(&newcomer.number);
            if may_stay && is_free && judge_device_name(name).is_ok() {
                add(&mut plan, name, newcomer);
                self.lobby += usize::from(newcomer.lobby);
            }
        }
        self.plan = Arc::new(plan);
    }

    /// Replaces everything that the file says.
    pub fn replace(&mut self, file: Plan) {
        self.next_number = file.site.auto_number_first;
        self.file = file;
        let generation = self.plan.generation + 1;
        self.compose();
        Arc::make_mut(&mut self.plan).generation = generation;
    }

    /// A phone asks.
    pub fn ask(&mut self, adoption: Adoption) {
        let Adoption { device, lobby, .. } = adoption;
        let devices = self.others.newcomers.len() + self.waiting.len();
        let in_lobby = self.lobby + self.waiting.iter().filter(|(_, lobby)| *lobby).count();
        if let Err(rule) = judge_device_name(&device) {
            tracing::warn!("{} is not adopted: a device name: {rule}", Plain(&device));
        } else if devices < ADOPTED_MAX && (!lobby || in_lobby < LOBBY_MAX) {
            self.waiting.push((device, lobby));
        } else if !std::mem::replace(&mut self.is_full, true) {
            tracing::warn!(
                "{devices} unknown phones were given numbers, {in_lobby} of them in the lobby: no more are; \
                 configure them, or forget some with `lineside ctl forget SEP…`"
            );
        }
    }

    /// When [`Adopter::adopt`] should be called.
    pub fn deadline_ns(&self) -> Option<u64> {
        (!self.waiting.is_empty()).then_some(self.not_before_ns)
    }

    /// Whether somebody waits, and it is time.
    pub fn is_due(&self, now_ns: u64) -> bool {
        !self.waiting.is_empty() && self.not_before_ns <= now_ns
    }

    /// Gives those that wait their numbers, if it is time; who got which is handed to `each`.
    pub fn adopt(&mut self, now_ns: u64, mut each: impl FnMut(&str, &Newcomer)) -> Option<Arc<Plan>> {
        if !self.is_due(now_ns) {
            return None;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let plan = Arc::make_mut(&mut self.plan);
        for (device, lobby) in waiting {
            if plan.devices.contains_key(&device) {
                continue;
            }
            let newcomer = Newcomer { number: free_number(plan, &mut self.next_number), lobby };
            add(plan, &device, &newcomer);
            self.lobby += usize::from(lobby);
            each(&device, &newcomer);
            self.others.newcomers.insert(device, newcomer);
        }
        plan.generation += 1;
        Some(Arc::clone(&self.plan))
    }

    /// A plan was handed out and taken in, which took so long.
    pub fn took(&mut self, now_ns: u64, cost_ns: u64) {
        self.not_before_ns = now_ns + cost_ns.saturating_mul(PATIENCE);
    }

    /// Does what an operator asks for: what to keep, and what to say. The plan is a new one then.
    pub fn amend(&mut self, amendment: Amendment) -> Result<(Vec<Kept>, String), String> {
        let done = match amendment {
            Amendment::Adopt { device, number, name } => self.take_in(&device, number, name),
            Amendment::Replace { old, new } => self.put_in_place(&old, &new),
            Amendment::Forget { device } => self.forget(&device),
        }?;
        self.is_full = false;
        let generation = self.plan.generation + 1;
        self.compose();
        Arc::make_mut(&mut self.plan).generation = generation;
        Ok(done)
    }

    fn take_in(
        &mut self,
        device: &str,
        number: Option<String>,
        name: Option<String>,
    ) -> Result<(Vec<Kept>, String), String> {
        let device = self.known(device)?;
        let Some(newcomer) = self.others.newcomers.get(&device) else {
            return Err(format!("{device} is no newcomer: it is configured already"));
        };
        let number = number.unwrap_or_else(|| newcomer.number.clone());
        if !is_number(&number) {
            return Err(format!(
                "`{number}` is no number: it has 1 to {NUMBER_MAX} of 0–9, *, # and a leading +"
            ));
        }
        if number != newcomer.number && self.plan.lines.contains_key(&number) {
            return Err(format!("{number} is taken; `lineside ctl devices` shows by whom"));
        }
        let name = judge_name(name.unwrap_or_else(|| format!("Phone {number}")))?;
        let buttons = vec![Button::Line { number: number.clone(), label: number.clone() }];
        let configured = Configured {
            device: Device { description: name.clone(), buttons, ..Device::default() },
            lines: BTreeMap::from([(number.clone(), default_line(&name))]),
        };
        self.others.newcomers.remove(&device);
        self.others.configured.insert(device.clone(), configured.clone());
        Ok((vec![(device.clone(), Some(configured))], format!("{device} is adopted: {number}, {name}")))
    }

    fn put_in_place(&mut self, old: &str, new: &str) -> Result<(Vec<Kept>, String), String> {
        let old = self.known(old)?;
        let new = new.to_ascii_uppercase();
        judge_device_name(&new).map_err(|rule| format!("`{}` is no device name: {rule}", Plain(&new)))?;
        if self.file.devices.contains_key(&old) {
            return Err(format!(
                "{old} stands in the configuration file and is read-only here: write {new} in its place there and \
                 reload"
            ));
        }
        if self.file.devices.contains_key(&new) || self.others.configured.contains_key(&new) {
            return Err(format!("{new} is configured already: forget it first, or choose another phone"));
        }
        let configured = match self.others.configured.remove(&old) {
            Some(configured) => configured,
            None => self.as_configured(&old)?,
        };
        self.others.newcomers.remove(&old);
        self.others.newcomers.remove(&new);
        self.others.configured.insert(new.clone(), configured.clone());
        let said = format!("{new} takes the place of {old}");
        Ok((vec![(old, None), (new, Some(configured))], said))
    }

    /// What a newcomer has, as if an operator had configured it.
    fn as_configured(&self, device: &str) -> Result<Configured, String> {
        let planned =
            self.plan.devices.get(device).ok_or_else(|| format!("{device} has nothing to hand over"))?;
        let numbers = planned.buttons.iter().filter_map(|button| match button {
            Button::Line { number, .. } => Some(number),
            _ => None,
        });
        let lines = numbers.filter_map(|number| Some((number.clone(), self.plan.lines.get(number)?.clone())));
        Ok(Configured {
            lines: lines.collect(),
            device: Device { auto: false, lobby: false, ..planned.clone() },
        })
    }

    fn forget(&mut self, device: &str) -> Result<(Vec<Kept>, String), String> {
        let device = self.known(device)?;
        if self.file.devices.contains_key(&device) {
            return Err(format!(
                "{device} stands in the configuration file and is read-only here: take it out there and reload"
            ));
        }
        self.others.configured.remove(&device);
        self.others.newcomers.remove(&device);
        let said = format!("{device} is forgotten");
        Ok((vec![(device, None)], said))
    }

    /// The name as the plan has it.
    fn known(&self, device: &str) -> Result<String, String> {
        let upper = device.to_ascii_uppercase();
        let found = [device, &upper].into_iter().find(|name| self.plan.devices.contains_key(*name));
        found.map(str::to_owned).ok_or_else(|| {
            let near = nearest(&upper, self.plan.devices.keys().map(String::as_str));
            let hint = near.map_or_else(
                || "`lineside ctl devices` lists them".to_owned(),
                |near| format!("the nearest is {near}"),
            );
            format!("there is no device {}; {hint}", Plain(device))
        })
    }
}

fn judge_name(name: String) -> Result<String, String> {
    if name.len() > NAME_MAX || name.contains(char::is_control) {
        return Err(format!("a name has up to {NAME_MAX} bytes and no control characters"));
    }
    Ok(name)
}

fn free_number(plan: &Plan, next: &mut u32) -> String {
    loop {
        let number = next.to_string();
        *next = next.wrapping_add(1);
        if !plan.lines.contains_key(&number) {
            return number;
        }
    }
}

fn add(plan: &mut Plan, device: &str, newcomer: &Newcomer) {
    let Newcomer { number, lobby } = newcomer.clone();
    let buttons = vec![Button::Line { number: number.clone(), label: number.clone() }];
    let description = if lobby { "in the lobby" } else { "registered by itself" }.into();
    plan.lines.insert(number.clone(), default_line(&format!("Phone {number}")));
    plan.devices
        .insert(device.into(), Device { description, buttons, auto: true, lobby, ..Device::default() });
}

#[cfg(test)]
mod tests;
