//! Phones that nobody configured: each gets the next free number and a line of its own.
//!
//! A new plan costs time in proportion to its size, for us and for the exchange. So phones that ask close
//! together share one, and no more than a tenth of the time goes into plans.

use std::sync::Arc;

use exchange::output::Adoption;
use exchange::plan::{Button, Device, Plan};

use crate::config::check::judge_device_name;
use crate::config::compile::default_line;
use crate::log::Plain;

/// Phones that may be adopted. More are a site, and a site has a configuration.
pub const ADOPTED_MAX: usize = 50_000;

/// Times its own cost that a plan waits for more phones.
const PATIENCE: u64 = 9;

/// Adopts phones.
#[derive(Debug)]
pub struct Adopter {
    plan: Arc<Plan>,
    adopted: usize,
    waiting: Vec<String>,
    next_number: u32,
    /// When the next plan may be made.
    not_before_ns: u64,
    is_full: bool,
}

impl Adopter {
    /// Adopts into this plan, after those that were adopted in earlier lives of the server.
    pub fn new(plan: Plan, earlier: &std::collections::BTreeMap<String, String>) -> Adopter {
        let next_number = plan.site.auto_number_first;
        let mut adopter = Adopter {
            plan: Arc::new(plan),
            adopted: 0,
            waiting: Vec::new(),
            next_number,
            not_before_ns: 0,
            is_full: false,
        };
        let plan = Arc::make_mut(&mut adopter.plan);
        if plan.site.auto_register {
            let known = earlier.iter().filter(|(device, _)| judge_device_name(device).is_ok());
            for (device, number) in known.take(ADOPTED_MAX) {
                if !plan.devices.contains_key(device) && !plan.lines.contains_key(number) {
                    add(plan, device, number);
                    adopter.adopted += 1;
                }
            }
        }
        adopter
    }

    /// The plan as it is.
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan)
    }

    /// Replaces everything but the adopted phones.
    pub fn replace(&mut self, plan: Plan) {
        let generation = self.plan.generation + 1;
        let auto = self.plan.devices.iter().filter(|(_, device)| device.auto);
        let earlier = auto.filter_map(|(name, device)| match device.buttons.first() {
            Some(Button::Line { number, .. }) => Some((name.clone(), number.clone())),
            _ => None,
        });
        let earlier = earlier.collect();
        let waiting = std::mem::take(&mut self.waiting);
        *self = Adopter { waiting, ..Adopter::new(Plan { generation, ..plan }, &earlier) };
    }

    /// A phone asks.
    pub fn ask(&mut self, adoption: Adoption) {
        let Adoption { device, .. } = adoption;
        if let Err(rule) = judge_device_name(&device) {
            tracing::warn!("{} is not adopted: a device name: {rule}", Plain(&device));
        } else if self.adopted + self.waiting.len() < ADOPTED_MAX {
            self.waiting.push(device);
        } else if !std::mem::replace(&mut self.is_full, true) {
            tracing::warn!("{ADOPTED_MAX} unknown phones were given numbers: no more are; configure them");
        }
    }

    /// When [`Adopter::adopt`] should be called.
    pub fn deadline_ns(&self) -> Option<u64> {
        (!self.waiting.is_empty()).then_some(self.not_before_ns)
    }

    /// Gives those that wait their numbers, if it is time; who got which is handed to `each`.
    pub fn adopt(&mut self, now_ns: u64, mut each: impl FnMut(&str, &str)) -> Option<Arc<Plan>> {
        if self.waiting.is_empty() || now_ns < self.not_before_ns {
            return None;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let plan = Arc::make_mut(&mut self.plan);
        for device in waiting {
            if plan.devices.contains_key(&device) {
                continue;
            }
            let number = free_number(plan, &mut self.next_number);
            add(plan, &device, &number);
            self.adopted += 1;
            each(&device, &number);
        }
        plan.generation += 1;
        Some(Arc::clone(&self.plan))
    }

    /// A plan was handed out and taken in, which took so long.
    pub fn took(&mut self, now_ns: u64, cost_ns: u64) {
        self.not_before_ns = now_ns + cost_ns.saturating_mul(PATIENCE);
    }
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

fn add(plan: &mut Plan, device: &str, number: &str) {
    let buttons = vec![Button::Line { number: number.into(), label: number.into() }];
    let description = "registered by itself".into();
    plan.devices.insert(device.into(), Device { description, buttons, auto: true, ..Device::default() });
    plan.lines.insert(number.into(), default_line(&format!("Phone {number}")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::input::SessionId;
    use std::collections::BTreeMap;

    fn ask(adopter: &mut Adopter, device: &str) {
        adopter.ask(Adoption { session: SessionId(1), device: device.into(), device_type: 7 });
    }

    fn adopter() -> Adopter {
        let mut plan = Plan::default();
        plan.site.auto_register = true;
        plan.lines.insert("1001".into(), default_line("taken"));
        Adopter::new(plan, &BTreeMap::new())
    }

    #[test]
    fn phones_get_free_numbers_in_one_plan() {
        let mut adopter = adopter();
        assert_eq!(adopter.deadline_ns(), None);
        for device in ["SEP000000000001", "SEP000000000002", "SEP000000000001"] {
            ask(&mut adopter, device);
        }
        let mut given = Vec::new();
        let plan = adopter.adopt(5, |device, number| given.push((device.to_owned(), number.to_owned())));
        let plan = plan.unwrap();
        assert_eq!(
            given,
            [("SEP000000000001".into(), "1000".into()), ("SEP000000000002".into(), "1002".into())]
        );
        assert!(plan.devices["SEP000000000002"].auto && plan.lines.contains_key("1002"));
        assert_eq!(plan.generation, 1);
    }

    #[test]
    fn plans_take_no_more_than_a_tenth_of_the_time() {
        let mut adopter = adopter();
        ask(&mut adopter, "SEP000000000001");
        assert!(adopter.adopt(0, |_, _| ()).is_some());
        adopter.took(1_000, 1_000);
        ask(&mut adopter, "SEP000000000002");
        assert_eq!(adopter.deadline_ns(), Some(10_000));
        assert!(adopter.adopt(9_999, |_, _| ()).is_none());
        assert!(adopter.adopt(10_000, |_, _| ()).is_some());
    }

    #[test]
    fn hostile_names_are_not_adopted() {
        let mut adopter = adopter();
        for name in ["", "SEP'; DROP--", "../../etc/pass", "SEP\u{1b}[2J", "A\nB", "SEP0000000000011"] {
            ask(&mut adopter, name);
        }
        assert_eq!(adopter.deadline_ns(), None);
    }

    #[test]
    fn adopted_phones_survive_restarts_and_new_plans() {
        let earlier = [("SEP000000000001".to_owned(), "1005".to_owned())].into();
        let mut plan = Plan::default();
        plan.site.auto_register = true;
        let mut adopter = Adopter::new(plan.clone(), &earlier);
        assert!(adopter.plan().lines.contains_key("1005"));
        adopter.replace(plan);
        assert!(adopter.plan().devices.contains_key("SEP000000000001"));
        assert_eq!(adopter.plan().generation, 1);
    }
}
