//! The plan as others may read it: the thread of the calls puts each new one here.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use exchange::plan::Plan;
use serde::Serialize;

use crate::adopt::Others;

/// Where a device comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The configuration file: read-only elsewhere.
    File,
    /// An operator.
    Operator,
    /// It came by itself.
    Newcomer,
}

/// A plan, and which of its devices an operator configured.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// The plan.
    pub plan: Arc<Plan>,
    operators: Arc<BTreeSet<String>>,
}

impl Current {
    /// Where a device of the plan comes from.
    pub fn origin(&self, device: &str) -> Origin {
        if self.plan.devices.get(device).is_some_and(|device| device.auto) {
            Origin::Newcomer
        } else if self.operators.contains(device) {
            Origin::Operator
        } else {
            Origin::File
        }
    }
}

/// The place; its copies are the same place.
#[derive(Debug, Clone, Default)]
pub struct Published(Arc<Mutex<Current>>);

impl Published {
    /// Puts a plan there. The lock is held for as long as two pointers take.
    pub fn publish(&self, plan: &Arc<Plan>, others: &Others) {
        let by_operator = |name: &&String| {
            others
                .configured
                .get(*name)
                .is_some_and(|configured| plan.devices.get(*name) == Some(&configured.device))
        };
        let operators = others.configured.keys().filter(by_operator).cloned().collect();
        let current = Current { plan: Arc::clone(plan), operators: Arc::new(operators) };
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), current);
        drop(before);
    }

    /// What is there.
    pub fn current(&self) -> Current {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
