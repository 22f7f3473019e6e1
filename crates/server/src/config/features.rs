//! `[features]`: what features are like, with what is taken when a key is left out.

use std::collections::BTreeMap;

use exchange::plan::Features;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;

/// `[features]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturesSection {
    /// Seconds after which a phone reminds its user of a held call; 0: never.
    pub hold_reminder_secs: Option<Spanned<u32>>,
    /// Seconds of ringing until a line's forward for no answer takes effect.
    pub forward_no_answer_secs: Option<Spanned<u32>>,
    /// Whether handset down completes a transfer whose target rings or was answered.
    pub transfer_on_hook: Option<bool>,
    /// `[features.pickup_groups]`: lines of each group, by its name.
    pub pickup_groups: BTreeMap<String, Vec<Spanned<String>>>,
}

/// Features as the exchange takes them.
pub(super) fn features(section: &FeaturesSection, checker: &mut Checker<'_>) -> Features {
    let usual = Features::default();
    let mut secs = |value: &Option<Spanned<u32>>, min, usual| {
        checker.within(value.as_ref(), "number of seconds", (min, 3600)).unwrap_or(usual)
    };
    let hold_reminder_secs = secs(&section.hold_reminder_secs, 0, usual.hold_reminder_secs);
    let forward_no_answer_secs = secs(&section.forward_no_answer_secs, 1, usual.forward_no_answer_secs);
    let mut pickup_groups = BTreeMap::new();
    for (name, lines) in &section.pickup_groups {
        for line in lines {
            pickup_groups.insert(checker.number(line), name.clone());
        }
    }
    Features {
        hold_reminder_secs,
        forward_no_answer_secs,
        transfer_on_hook: section.transfer_on_hook.unwrap_or(usual.transfer_on_hook),
        pickup_groups,
        ..usual
    }
}
