//! Softkey templates: which keys stand below the screen in each state of a call, and in which order. A
//! template chooses among the keys that do something there; others are refused when it is checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::station::softkey;

/// A softkey template. A set that it does not name is as usual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SoftkeyTemplate {
    /// Names of keys by the name of their set.
    pub sets: BTreeMap<String, Vec<String>>,
}

/// The names of all sets, in the order of their numbers.
pub fn sets() -> &'static [&'static str] {
    &softkey::SET_NAMES
}

/// The names of the keys that do something in a set; none when there is no such set.
pub fn keys(set: &str) -> Option<Vec<&'static str>> {
    let place = softkey::SET_NAMES.iter().position(|name| *name == set)?;
    Some(softkey::working(place).map(|(name, _)| name).collect())
}
