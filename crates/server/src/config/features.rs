//! `[features]`: what features are like, with what is taken when a key is left out.

use std::collections::BTreeMap;

use exchange::limit::CONFERENCE_PARTIES;
use exchange::plan::{Barge, ConferenceEnds, Features, MeetMe, Plan};
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::file::File;

/// How long a call back waits unless the file says otherwise.
pub(super) const CALL_BACK_SECS: u32 = 1800;
/// When a waiting call is heard again unless the file says otherwise.
pub(super) const CALL_WAITING_SECS: u32 = 10;

/// `[features]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturesSection {
    /// Seconds after which a phone reminds its user of a held call; 0: never.
    pub hold_reminder_secs: Option<Spanned<u32>>,
    /// Seconds of ringing until a line's forward for no answer takes effect.
    pub forward_no_answer_secs: Option<Spanned<u32>>,
    /// Seconds that a call back waits for somebody who is busy or does not answer; 0: there is none; left out: 1800.
    pub call_back_secs: Option<Spanned<u32>>,
    /// Seconds after which a user hears again that another call waits; 0: once only; left out: 10.
    pub call_waiting_secs: Option<Spanned<u32>>,
    /// Numbers in which calls are parked, the first free one first; left out: 701 to 710 where no line and no pattern
    /// begins with 7. Empty: no call is parked.
    pub park_slots: Option<Vec<Spanned<String>>>,
    /// Seconds until a parked call comes back to who parked it; left out: 60.
    pub park_reversion_secs: Option<Spanned<u32>>,
    /// Whether handset down completes a transfer whose target rings or was answered.
    pub transfer_on_hook: Option<bool>,
    /// Parties of a conference, at most: 3 to 32.
    pub conference_parties_max: Option<Spanned<u32>>,
    /// When a conference ends though some are still in it: `with_originator`, `without_internal` (no phone of this site is in it any more; as usual), `when_two_remain` (never before). The last two of it get a direct call.
    pub conference_ends: Option<ConferenceEnds>,
    /// Whether those in a conference hear a tone when somebody comes or leaves.
    pub conference_tones: Option<bool>,
    /// How a user steps into a call of another phone of a shared line: `guest` (the two whose call it is see each other as before; one guest at a time; over when either of the two leaves; as usual), `conference` (it becomes one), `off`.
    pub barge: Option<Barge>,
    /// Whether phones have a key with which their calls are hidden from others of their lines.
    pub privacy: Option<bool>,
    /// The number that the key iDivert sends calls to; left out: the one of the messages key.
    pub divert_to: Option<Spanned<String>>,
    /// `[features.meet_me]`: conferences by their number, each with the PIN that others type who dial it, or "".
    pub meet_me: BTreeMap<String, Spanned<String>>,
    /// `[features.pickup_groups]`: lines of each group, by its name. A name of digits is its number: phones of other
    /// groups dial it behind GPickUp or `**`.
    pub pickup_groups: BTreeMap<String, Vec<Spanned<String>>>,
}

/// Where calls are parked when the file does not say: numbers that nobody's digits run into.
pub(super) fn usual_park_slots<'n>(plan: &'n Plan, patterns: impl Iterator<Item = &'n str>) -> Vec<String> {
    let own = plan.lines.keys().chain(plan.hunt_groups.keys()).map(String::as_str);
    let lobby = plan.site.auto_number_first.to_string();
    // A pattern that begins with anything but a digit may mean any.
    let is_open = |number: &str| !matches!(number.as_bytes(), [b'0'..=b'6' | b'8' | b'9', ..]);
    if is_open(&lobby) || own.chain(patterns).any(is_open) {
        return Vec::new();
    }
    (701..=710).map(|slot| slot.to_string()).collect()
}

/// Features as the exchange takes them.
pub(super) fn features(file: &File, checker: &mut Checker<'_>) -> Features {
    let section = &file.features;
    let recording = super::recording::features(&file.recording, checker);
    let announcements = super::announcements::play(&file.announcements);
    let hardware = super::resources::preference(&file.hardware);
    let usual = Features::default();
    let mut secs = |value: &Option<Spanned<u32>>, min, usual| {
        checker.within(value.as_ref(), "number of seconds", (min, 3600)).unwrap_or(usual)
    };
    let hold_reminder_secs = secs(&section.hold_reminder_secs, 0, usual.hold_reminder_secs);
    let forward_no_answer_secs = secs(&section.forward_no_answer_secs, 1, usual.forward_no_answer_secs);
    let call_waiting_secs = secs(&section.call_waiting_secs, 0, CALL_WAITING_SECS);
    let park_reversion_secs = secs(&section.park_reversion_secs, 5, usual.park_reversion_secs);
    let call_back_secs = checker.within(section.call_back_secs.as_ref(), "number of seconds", (0, 86_400));
    let conference_parties_max = checker
        .within(section.conference_parties_max.as_ref(), "number of parties", (3, CONFERENCE_PARTIES as u32))
        .unwrap_or(usual.conference_parties_max);
    let divert_to = section.divert_to.as_ref().map(|number| checker.number(number));
    let mut meet_me = BTreeMap::new();
    for (number, pin) in &section.meet_me {
        let is_dialable = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if number.is_empty() || !is_dialable(number) || !is_dialable(pin.get_ref()) {
            checker.bad(pin, "meet-me conference", "its number and its PIN are digits");
        }
        let pin = Some(pin.get_ref().clone()).filter(|pin| !pin.is_empty());
        meet_me.insert(number.clone(), MeetMe { pin });
    }
    let mut pickup_groups = BTreeMap::new();
    for (name, lines) in &section.pickup_groups {
        for line in lines {
            pickup_groups.insert(checker.number(line), name.clone());
        }
    }
    let slots = section.park_slots.iter().flatten();
    let park_slots = slots.map(|slot| checker.number(slot)).collect();
    Features {
        hardware,
        hold_reminder_secs,
        park_slots,
        park_reversion_secs,
        forward_no_answer_secs,
        call_back_secs: call_back_secs.unwrap_or(CALL_BACK_SECS),
        call_waiting_secs,
        transfer_on_hook: section.transfer_on_hook.unwrap_or(usual.transfer_on_hook),
        conference_parties_max,
        conference_ends: section.conference_ends.unwrap_or(usual.conference_ends),
        conference_tones: section.conference_tones.unwrap_or(usual.conference_tones),
        barge: section.barge.unwrap_or(usual.barge),
        privacy: section.privacy.unwrap_or(usual.privacy),
        divert_to,
        meet_me,
        pickup_groups,
        recording,
        announcements,
        ..usual
    }
}
