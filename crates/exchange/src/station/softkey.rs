//! Softkeys: the template (which keys there are, with the events that they send) and the sets (which of
//! them belong to a state of a call).
//!
//! The template is CallManager 4.1's (capture cm_cap_assets/40); the sets hold, of those that it has for
//! the state (capture cm_cap_assets/43), the keys that do something here. So no mask is needed to hide any.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::plan::{Barge, SoftkeyTemplate};
use skinny::codes::{SoftKeyEvent, SoftKeyInfoIndex, SoftKeyMask, SoftKeySet, SoftKeyTemplateIndex};
use skinny::label::{PREFIX_80, find_80};
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
    ("DND", DND),
    ("HLog", HLOG),
    ("cBarge", CBARGE),
    ("Private", PRIVATE),
    ("iDivert", IDIVERT),
    ("CallBack", CALL_BACK),
    ("Record", RECORD),
];

/// Do not disturb. Above 18 each server numbers its keys (enums.json); CUCM's number of this one is in no
/// capture.
pub(crate) const DND: SoftKeyEvent = SoftKeyEvent(34);

/// Hunt group log-in and log-out: in no capture, either.
pub(crate) const HLOG: SoftKeyEvent = SoftKeyEvent(36);

/// Call back: chan-sccp's number, and the one that CallManager 4.1 left out between its own.
pub(crate) const CALL_BACK: SoftKeyEvent = SoftKeyEvent(20);

/// Steps into a call, which becomes a conference. Like the next two in no capture: numbers that nobody gives another key.
pub(crate) const CBARGE: SoftKeyEvent = SoftKeyEvent(37);

/// Privacy.
pub(crate) const PRIVATE: SoftKeyEvent = SoftKeyEvent(38);

/// Immediate divert.
pub(crate) const IDIVERT: SoftKeyEvent = SoftKeyEvent(39);

/// Begins and ends a recording.
pub(crate) const RECORD: SoftKeyEvent = SoftKeyEvent(41);

/// The set of a call that nobody takes and whose user may be called back.
pub(crate) const RING_OUT_CALL_BACK: SoftKeySet = SoftKeySet(11);

/// Sets in the order of their numbers.
const SETS: &[&[SoftKeyEvent]] = &[
    /* on hook */
    &[
        SoftKeyEvent::REDIAL,
        SoftKeyEvent::NEW_CALL,
        SoftKeyEvent::C_FWD_ALL,
        SoftKeyEvent::PICK_UP,
        SoftKeyEvent::G_PICK_UP,
        DND,
        HLOG,
        PRIVATE,
        ABBR_DIAL,
    ],
    /* connected */
    &[
        SoftKeyEvent::HOLD,
        SoftKeyEvent::END_CALL,
        SoftKeyEvent::TRANSFER,
        SoftKeyEvent::CONFRN,
        SoftKeyEvent::PARK,
        SoftKeyEvent::CONF_LIST,
        SoftKeyEvent::RM_LST_C,
        SoftKeyEvent::SELECT,
        SoftKeyEvent::JOIN,
        SoftKeyEvent::DIR_TRFR,
        IDIVERT,
        PRIVATE,
        RECORD,
    ],
    /* on hold */
    &[
        SoftKeyEvent::RESUME,
        SoftKeyEvent::NEW_CALL,
        SoftKeyEvent::DIR_TRFR,
        SoftKeyEvent::SELECT,
        SoftKeyEvent::JOIN,
        IDIVERT,
    ],
    /* ring in */ &[SoftKeyEvent::ANSWER, IDIVERT],
    /* off hook */
    &[
        SoftKeyEvent::REDIAL,
        SoftKeyEvent::END_CALL,
        SoftKeyEvent::C_FWD_ALL,
        SoftKeyEvent::PICK_UP,
        SoftKeyEvent::G_PICK_UP,
        SoftKeyEvent::MEET_ME,
        ABBR_DIAL,
    ],
    /* connected, transferable */ &[SoftKeyEvent::END_CALL, SoftKeyEvent::TRANSFER],
    /* digits following */ &[SoftKeyEvent::BACKSPACE, SoftKeyEvent::END_CALL, ABBR_DIAL],
    /* connected, conference */ &[SoftKeyEvent::END_CALL, SoftKeyEvent::CONFRN],
    /* ring out */ &[SoftKeyEvent::END_CALL],
    /* off hook with features */ &[SoftKeyEvent::REDIAL, SoftKeyEvent::END_CALL],
    /* in use elsewhere */ &[SoftKeyEvent::NEW_CALL, SoftKeyEvent::BARGE, CBARGE],
    /* ring out, with call back */ &[SoftKeyEvent::END_CALL, CALL_BACK],
];

/// Names of the sets, for templates.
pub(crate) const SET_NAMES: [&str; 12] = [
    "on_hook",
    "connected",
    "on_hold",
    "ring_in",
    "off_hook",
    "connected_transferable",
    "digits_following",
    "connected_conference",
    "ring_out",
    "off_hook_with_feature",
    "remote_in_use",
    "ring_out_call_back",
];

/// Keys of one set on the wire.
const KEYS_PER_SET: usize = 16;
/// What a key's info index is above its event (capture).
const INFO_BASE: u32 = 300;

/// The label codes of the template. A label that old phones have no word for goes as text (quirk 23).
const CODES: [Option<[u8; 2]>; TEMPLATE.len()] = {
    let mut codes = [None; TEMPLATE.len()];
    let mut place = 0;
    while place < TEMPLATE.len() {
        if let Some(number) = find_80(TEMPLATE[place].0) {
            codes[place] = Some([PREFIX_80, number]);
        }
        place += 1;
    }
    codes
};

/// Above the largest event of the template.
const EVENTS: usize = 64;

/// Where in the template, counted from one, the key with an event stands; 0: nowhere.
const PLACES: [u8; EVENTS] = {
    let mut places = [0; EVENTS];
    let mut place = 0;
    while place < TEMPLATE.len() {
        places[TEMPLATE[place].1.0 as usize] = place as u8 + 1;
        place += 1;
    }
    places
};

/// Calls `send` with the template.
pub(crate) fn with_template(send: impl FnOnce(&SoftKeyTemplateRes<'_>)) {
    let definitions: [SoftKeyDefinition<'_>; TEMPLATE.len()] = std::array::from_fn(|place| {
        let (label, event) = TEMPLATE[place];
        SoftKeyDefinition {
            soft_key_label: FixedText::new(CODES[place].as_ref().map_or(label.as_bytes(), |code| code)),
            soft_key_event: event,
        }
    });
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

/// A set of a phone as the wire has it: places in the template, and info indexes.
fn keys(config: &Config, works: Works, set: usize) -> Keys {
    let mut keys = Keys::default();
    let mut free = 0;
    each_key(config, works, set, |event| {
        if free < KEYS_PER_SET {
            let index = PLACES.get(event.0 as usize).copied().unwrap_or_default();
            keys.0[free] = Byte(SoftKeyTemplateIndex(index.into()));
            keys.1[free] = Half(SoftKeyInfoIndex(INFO_BASE + event.0));
            free += 1;
        }
    });
    keys
}

/// The keys that do something in a set: name and event.
pub(crate) fn working(set: usize) -> impl Iterator<Item = (&'static str, SoftKeyEvent)> {
    let name = |event: &SoftKeyEvent| TEMPLATE.iter().find(|(_, known)| known == event).copied();
    SETS.get(set).copied().unwrap_or_default().iter().filter_map(name)
}

/// What a template makes of the sets: of each its keys, in its order, that do something there.
pub(crate) fn arranged(template: &SoftkeyTemplate) -> Vec<Vec<u8>> {
    let arrange = |(place, name): (usize, &&str)| {
        let usual = || working(place).map(|(_, event)| event.0 as u8).collect();
        let chosen = |keys: &Vec<String>| {
            let find = |key: &String| working(place).find(|(name, _)| name == key);
            keys.iter().filter_map(find).map(|(_, event)| event.0 as u8).collect()
        };
        template.sets.get(*name).map_or_else(usual, chosen)
    };
    SET_NAMES.iter().enumerate().map(arrange).collect()
}

/// What works at a phone at all, as of the sets that it was given. Keys for what does not are in no set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Works {
    /// Calls can be picked up: one of its lines is in a group.
    pub(crate) pickup: bool,
    /// Calls can be parked.
    pub(crate) park: bool,
    /// One of its lines is in a hunt group.
    pub(crate) hunt: bool,
    /// Somebody can be called back.
    pub(crate) call_back: bool,
    /// There are conferences with numbers.
    pub(crate) meet_me: bool,
    /// How it may step into calls of other phones.
    pub(crate) barge: Barge,
    /// It can hide its calls.
    pub(crate) privacy: bool,
    /// There is a number to divert to.
    pub(crate) divert: bool,
    /// One of its lines may be recorded when its user wants it.
    pub(crate) record: bool,
}

impl Works {
    fn has(self, config: &Config, key: SoftKeyEvent) -> bool {
        match key {
            SoftKeyEvent::PICK_UP => self.pickup,
            SoftKeyEvent::PARK => self.park,
            HLOG => self.hunt,
            CALL_BACK => self.call_back,
            SoftKeyEvent::MEET_ME => self.meet_me,
            SoftKeyEvent::BARGE => self.barge == Barge::Guest,
            CBARGE => self.barge == Barge::Conference,
            PRIVATE => self.privacy,
            IDIVERT => self.divert,
            RECORD => self.record,
            ABBR_DIAL => config.abbreviates,
            _ => true,
        }
    }
}

/// What can be done with a call beside what its state says: keys for the rest are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Offers(u8);

impl Offers {
    /// There is another conversation on its line, to be connected or joined with it.
    pub(crate) const SECOND: Offers = Offers(1);
    /// It is connected with a conference.
    pub(crate) const CONFERENCE: Offers = Offers(2);
    /// Its user began that conference.
    pub(crate) const ORIGINATOR: Offers = Offers(4);
    /// Somebody mixes here.
    pub(crate) const BRIDGE: Offers = Offers(8);
    /// It is one of another phone that may be stepped into.
    pub(crate) const BARGE: Offers = Offers(16);
    /// It is recorded.
    pub(crate) const RECORDED: Offers = Offers(32);
    /// Its user may begin and end that.
    pub(crate) const RECORDS: Offers = Offers(64);
    /// Its user is being told why it failed.
    pub(crate) const ANNOUNCED: Offers = Offers(128);

    /// Whether all of these hold.
    pub(crate) fn has(self, these: Offers) -> bool {
        self.0 & these.0 == these.0
    }

    /// The same, with these when they hold.
    #[must_use]
    pub(crate) fn with(self, these: Offers, hold: bool) -> Self {
        if hold { Offers(self.0 | these.0) } else { self }
    }

    /// Whether a key does something; `None`: it always does, in the sets where it is.
    fn allows(self, key: SoftKeyEvent) -> Option<bool> {
        Some(match key {
            SoftKeyEvent::DIR_TRFR => self.has(Offers::SECOND),
            SoftKeyEvent::SELECT | SoftKeyEvent::JOIN => self.has(Offers::SECOND) && self.has(Offers::BRIDGE),
            RECORD => self.has(Offers::RECORDS),
            SoftKeyEvent::CONFRN => self.has(Offers::BRIDGE),
            SoftKeyEvent::BARGE | CBARGE => self.has(Offers::BARGE),
            // A place in a conference can't be sent on.
            IDIVERT => !self.has(Offers::CONFERENCE),
            SoftKeyEvent::CONF_LIST => self.has(Offers::CONFERENCE),
            SoftKeyEvent::RM_LST_C => self.has(Offers::ORIGINATOR),
            SoftKeyEvent::PARK => !self.has(Offers::CONFERENCE),
            _ => return None,
        })
    }
}

/// The mask of a set for a call: bit n is for the n-th key that the phone was given in the set.
pub(crate) fn mask(config: &Config, works: Works, set: SoftKeySet, offers: Offers) -> SoftKeyMask {
    let mut mask = u32::MAX;
    let mut bit = 1_u32;
    each_key(config, works, set.0 as usize, |key| {
        if offers.allows(key) == Some(false) {
            mask &= !bit;
        }
        bit <<= 1;
    });
    SoftKeyMask(mask)
}

/// The keys of a set of a phone, in their order.
fn each_key(config: &Config, works: Works, set: usize, mut take: impl FnMut(SoftKeyEvent)) {
    let own = config.softkeys.as_ref().and_then(|sets| sets.get(set));
    match own {
        Some(own) => {
            own.iter().map(|event| SoftKeyEvent(u32::from(*event))).take(KEYS_PER_SET).for_each(|key| {
                if works.has(config, key) {
                    take(key);
                }
            })
        }
        None => {
            let usual = SETS.get(set).copied().unwrap_or_default().iter().copied();
            usual.filter(|key| works.has(config, *key)).for_each(take);
        }
    }
}

/// Calls `send` with the sets of a phone: the keys that work here. The key for abbreviated numbers is there when it has some.
pub(crate) fn with_sets(config: &Config, works: Works, send: impl FnOnce(&SoftKeySetRes<'_>)) {
    let keys: [Keys; SETS.len()] = std::array::from_fn(|set| keys(config, works, set));
    let definitions: [SoftKeySetDefinition<'_>; SETS.len()] = std::array::from_fn(|set| {
        let (places, infos) = &keys[set];
        SoftKeySetDefinition {
            soft_key_template_index: Table::of(places),
            soft_key_info_index: Table::of(infos),
        }
    });
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
        assert_eq!(SETS.len(), SET_NAMES.len());
    }

    #[test]
    fn a_key_that_would_do_nothing_is_hidden_where_the_phone_has_it() {
        let (config, works) = (Config::default(), Works { park: true, ..Works::default() });
        let shown = |set: SoftKeySet, works, offers| {
            let mask = mask(&config, works, set, offers).0;
            let mut keys = Vec::new();
            each_key(&config, works, set.0 as usize, |key| keys.push(key));
            let visible = |(place, _): &(usize, &SoftKeyEvent)| mask & 1 << place != 0;
            keys.iter().enumerate().filter(visible).map(|(_, key)| *key).collect::<Vec<_>>()
        };
        let usual = [SoftKeyEvent::HOLD, SoftKeyEvent::END_CALL, SoftKeyEvent::TRANSFER, SoftKeyEvent::PARK];
        assert_eq!(shown(SoftKeySet::CONNECTED, works, Offers::default()), usual);
        // Positions are those of the set that the phone has, in which Park is not.
        assert_eq!(shown(SoftKeySet::CONNECTED, Works::default(), Offers::default()), usual[..3]);
        let two = Offers::default().with(Offers::SECOND, true);
        let held = [SoftKeyEvent::RESUME, SoftKeyEvent::NEW_CALL, SoftKeyEvent::DIR_TRFR];
        assert_eq!(shown(SoftKeySet::ON_HOLD, works, two), held);
        assert_eq!(shown(SoftKeySet::ON_HOLD, works, Offers::default()), held[..2]);
        assert_eq!(mask(&config, works, SoftKeySet::ON_HOOK, Offers::default()), SoftKeyMask(u32::MAX));
    }

    #[test]
    fn a_template_chooses_among_what_works() {
        let keys = ["EndCall", "VidMode", "Hold"].map(str::to_owned).to_vec();
        let template = SoftkeyTemplate { sets: [("connected".to_owned(), keys)].into() };
        let sets = arranged(&template);
        assert_eq!(sets[1], [SoftKeyEvent::END_CALL.0 as u8, SoftKeyEvent::HOLD.0 as u8]);
        let usual: Vec<u8> = working(3).map(|(_, event)| event.0 as u8).collect();
        assert_eq!(sets[3], usual);
    }
}
