//! Softkeys: the template (which keys there are, with the events that they send) and the sets (which of
//! them belong to a state of a call).
//!
//! The template is CallManager 4.1's (capture cm_cap_assets/40); the sets hold, of those that it has for
//! the state (capture cm_cap_assets/43), the keys that do something here. So no mask is needed to hide any.

use skinny::codes::{SoftKeyEvent, SoftKeyInfoIndex, SoftKeyTemplateIndex};
use skinny::label::{PREFIX_80, find};
use skinny::message::{
    SoftKeyDefinition, SoftKeySetDefinition, SoftKeySetRes, SoftKeySets, SoftKeyTemplate, SoftKeyTemplateRes,
};
use skinny::table::Table;
use skinny::types::{Byte, Count, FixedText, Half};

/// Dials by index. No capture has it; the number is one that nobody gives another key.
pub(crate) const ABBR_DIAL: SoftKeyEvent = SoftKeyEvent(40);

/// Keys of the template in order: label and event.
const TEMPLATE: &[(&str, SoftKeyEvent)] = &[
    ("Redial", SoftKeyEvent::REDIAL),
    ("NewCall", SoftKeyEvent::NEW_CALL),
    ("Hold", SoftKeyEvent::HOLD),
    ("Transfer", SoftKeyEvent::TRANSFER),
    ("CFwdAll", SoftKeyEvent::C_FWD_ALL),
    ("<<", SoftKeyEvent::BACKSPACE),
    ("EndCall", SoftKeyEvent::END_CALL),
    ("Resume", SoftKeyEvent::RESUME),
    ("Answer", SoftKeyEvent::ANSWER),
    ("Info", SoftKeyEvent::INFO),
    ("Confrn", SoftKeyEvent::CONFRN),
    ("Park", SoftKeyEvent::PARK),
    ("Join", SoftKeyEvent::JOIN),
    ("MeetMe", SoftKeyEvent::MEET_ME),
    ("PickUp", SoftKeyEvent::PICK_UP),
    ("GPickUp", SoftKeyEvent::G_PICK_UP),
    ("RmLstC", SoftKeyEvent::RM_LST_C),
    ("Barge", SoftKeyEvent::BARGE),
    ("ConfList", SoftKeyEvent::CONF_LIST),
    ("Select", SoftKeyEvent::SELECT),
    ("DirTrfr", SoftKeyEvent::DIR_TRFR),
    ("AbbrDial", ABBR_DIAL),
];

/// Sets in the order of their numbers.
const SETS: &[&[SoftKeyEvent]] = &[
    /* on hook */ &[SoftKeyEvent::REDIAL, SoftKeyEvent::NEW_CALL],
    /* connected */
    &[SoftKeyEvent::HOLD, SoftKeyEvent::END_CALL, SoftKeyEvent::TRANSFER, SoftKeyEvent::DIR_TRFR],
    /* on hold */ &[SoftKeyEvent::RESUME, SoftKeyEvent::NEW_CALL, SoftKeyEvent::DIR_TRFR],
    /* ring in */ &[SoftKeyEvent::ANSWER],
    /* off hook */ &[SoftKeyEvent::REDIAL, SoftKeyEvent::END_CALL],
    /* connected, transferable */ &[SoftKeyEvent::END_CALL, SoftKeyEvent::TRANSFER],
    /* digits following */ &[SoftKeyEvent::BACKSPACE, SoftKeyEvent::END_CALL],
    /* connected, conference */ &[SoftKeyEvent::END_CALL],
    /* ring out */ &[SoftKeyEvent::END_CALL],
    /* off hook with features */ &[SoftKeyEvent::REDIAL, SoftKeyEvent::END_CALL],
    /* in use elsewhere */ &[SoftKeyEvent::NEW_CALL],
];

/// Keys of one set on the wire.
const KEYS_PER_SET: usize = 16;
/// What a key's info index is above its event (capture).
const INFO_BASE: u32 = 300;

/// Calls `send` with the template.
pub(crate) fn with_template(send: impl FnOnce(&SoftKeyTemplateRes<'_>)) {
    // A label that old phones have no word for goes as text (quirk 23).
    let code = |label: &str| find(label).filter(|(prefix, _)| *prefix == PREFIX_80).map(|(p, n)| [p, n]);
    let codes: Vec<Option<[u8; 2]>> = TEMPLATE.iter().map(|(label, _)| code(label)).collect();
    let definitions: Vec<SoftKeyDefinition<'_>> = codes
        .iter()
        .zip(TEMPLATE)
        .map(|(code, (label, event))| SoftKeyDefinition {
            soft_key_label: FixedText::new(code.as_ref().map_or(label.as_bytes(), |code| code)),
            soft_key_event: *event,
        })
        .collect();
    send(&SoftKeyTemplateRes {
        soft_key_template: SoftKeyTemplate {
            soft_key_offset: 0,
            soft_key_count: Count(definitions.len() as u32),
            total_soft_key_count: definitions.len() as u32,
            definition: Table::of(&definitions),
        },
    });
}

type Keys = ([Byte<SoftKeyTemplateIndex>; KEYS_PER_SET], [Half<SoftKeyInfoIndex>; KEYS_PER_SET]);

/// A set as the wire has it: places in the template, and info indexes.
fn keys(set: &[SoftKeyEvent]) -> Keys {
    let mut keys = Keys::default();
    for (place, event) in set.iter().enumerate().take(KEYS_PER_SET) {
        let index = TEMPLATE.iter().position(|(_, known)| known == event).map_or(0, |index| index as u32 + 1);
        keys.0[place] = Byte(SoftKeyTemplateIndex(index));
        keys.1[place] = Half(SoftKeyInfoIndex(INFO_BASE + event.0));
    }
    keys
}

/// Calls `send` with the sets.
pub(crate) fn with_sets(send: impl FnOnce(&SoftKeySetRes<'_>)) {
    let keys: Vec<Keys> = SETS.iter().map(|set| keys(set)).collect();
    let definitions: Vec<SoftKeySetDefinition<'_>> = keys
        .iter()
        .map(|(places, infos)| SoftKeySetDefinition {
            soft_key_template_index: Table::of(places),
            soft_key_info_index: Table::of(infos),
        })
        .collect();
    send(&SoftKeySetRes {
        soft_key_sets: SoftKeySets {
            soft_key_set_offset: 0,
            soft_key_set_count: Count(definitions.len() as u32),
            total_soft_key_set_count: definitions.len() as u32,
            definition: Table::of(&definitions),
        },
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_set_is_in_the_template_with_a_label() {
        for event in SETS.iter().copied().flatten() {
            assert!(TEMPLATE.iter().any(|(_, known)| known == event), "{event}");
        }
        for (label, _) in TEMPLATE {
            assert!(label.len() < 16 && label.is_ascii(), "{label} fits where no code stands for it");
        }
        assert!(TEMPLATE.len() <= 32 && SETS.len() <= 16);
    }
}
