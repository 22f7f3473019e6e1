//! What a phone understands: the protocol version agreed on, its features, its model. Every question of
//! the form "which message, which header, which variant for this phone" is answered here, from what the phone
//! said and from the table of models ([`crate::model`]).

use serde::{Deserialize, Serialize};
use skinny::catalogue::VERSION_MAX;
use skinny::codes::{DeviceType, PhoneFeatures};
use skinny::message as m;
use skinny::message::Numbered;

use crate::model::outbound::{Needs, Rule, rule_of};
use crate::model::{self, Clock, Generation, Model};

/// Version of a registration that names none: the oldest phones.
const VERSION_UNNAMED: u8 = 3;
/// First version of the phones with typed addresses, dynamic messages and StartMediaTransmissionAck.
const VERSION_MODERN: u8 = 17;
/// First version of the phones with buttons for busy lamps.
const BUSY_LAMPS_SINCE: u8 = 15;

/// What a phone understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Protocol version agreed on.
    pub(crate) version: u8,
    /// Feature bits of the registration (the upper half of its word).
    pub(crate) features: u32,
    /// Device type of the registration.
    pub(crate) model: u32,
    /// Which messages its firmware knows.
    pub(crate) generation: Generation,
    /// Whether its model has softkeys.
    has_softkeys: bool,
    /// Whether it shows the calendar fields that it is told.
    shows_calendar: bool,
}

/// Messages that exist in a static and a dynamic (V2) form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// DisplayPromptStatus.
    Prompt,
    /// DisplayPriNotify.
    PriorityNotify,
    /// CallInfo.
    CallInfo,
    /// LineStatRes.
    LineStat,
    /// SpeedDialStatRes.
    SpeedDialStat,
    /// FeatureStatRes.
    FeatureStat,
    /// ServiceURLStatRes.
    ServiceUrl,
}

impl Profile {
    /// The profile of a registration that offers `version`, at most `version_max` by configuration.
    ///
    /// A model that claims what it does not speak is taken at its model's word. Anything above what is known
    /// is capped: both sides use the smaller version.
    pub(crate) fn negotiate(model: DeviceType, version: u8, features: u32, version_max: Option<u8>) -> Self {
        let known = model::find(model);
        let offered = if version == 0 { VERSION_UNNAMED } else { version };
        let offered = known.and_then(|model| model.version_forced).unwrap_or(offered);
        let max = version_max.unwrap_or(VERSION_MAX).clamp(VERSION_UNNAMED, VERSION_MAX);
        let version = offered.min(max);
        let of_unknown = Generation::of_unknown(version);
        Profile {
            version,
            features,
            model: model.0,
            generation: match known {
                _ if model::is_resource(model) => Generation::Resource,
                Some(known) => known.generation,
                None => of_unknown,
            },
            has_softkeys: known.is_none_or(|model| model.softkeys > 0),
            shows_calendar: known.map_or(version < VERSION_MODERN, |model| model.clock == Clock::Calendar),
        }
    }

    /// Whether its model has softkeys.
    pub(crate) fn has_softkeys(&self) -> bool {
        self.has_softkeys
    }

    /// What is known of its model.
    pub(crate) fn model(&self) -> Option<&'static Model> {
        model::find(DeviceType(self.model))
    }

    /// The same phone, with another word about dynamic messages than its own.
    #[must_use]
    pub(crate) fn with_dynamic_messages(self, is_dynamic: bool) -> Self {
        let bit = PhoneFeatures::DYNAMIC_MESSAGES.0;
        let features = if is_dynamic { self.features | bit } else { self.features & !bit };
        Profile { features, ..self }
    }

    /// Whether it is an SPA phone: its version 8 is not SCCP's version 8 (real-phones.md 4).
    pub(crate) fn is_spcp(&self) -> bool {
        self.generation == Generation::Spcp
    }

    /// Whether it has typed addresses, dynamic messages and media acknowledgements.
    pub(crate) fn is_modern(&self) -> bool {
        self.version >= VERSION_MODERN
    }

    /// The version word of the header of what we send it.
    ///
    /// Captures at versions 20 and 22 carry the version; dumps at 17 do, too. A 7960 that negotiated 11
    /// sends 0 itself, and CallManager 4.1 and CUCM 7 send 0 to version 11 (quirk 2). Between them nothing
    /// was captured: tshark's list of header words has 15 and 16, and chan-sccp serves 6961 (15) and 7925
    /// (16) phones with their own version, so 15 is where the version begins. Before RegisterAck, and in
    /// RegisterAck, KeepAliveAck and UnregisterAck, it is always 0: see [`super::Phone::send_plain`].
    pub(crate) fn header_version(&self) -> u32 {
        if self.version >= 15 { u32::from(self.version) } else { 0 }
    }

    /// Whether a message goes out in its dynamic form.
    ///
    /// Below version 17 the static one, whatever the features say: a 7960 at version 11 has bit 24 set
    /// (0x8560000b). From 17 on the dynamic one when bit 24 is set and the generation knows it. SpeedDialStatV2
    /// is not used in normal operation. SPA phones take dynamic prompts only (real-phones.md 2 and 4).
    pub(crate) fn is_dynamic(&self, form: Form) -> bool {
        let rule = match form {
            Form::Prompt => rule_of(m::DisplayPromptStatusV2::ID),
            Form::PriorityNotify => rule_of(m::DisplayPriNotifyV2::ID),
            Form::CallInfo => rule_of(m::CallInfoV2::ID),
            Form::LineStat => rule_of(m::LineStatV2Res::ID),
            Form::SpeedDialStat => rule_of(m::SpeedDialStatV2Res::ID),
            Form::FeatureStat => rule_of(m::FeatureStatV2Res::ID),
            Form::ServiceUrl => rule_of(m::ServiceURLStatV2Res::ID),
        };
        self.may_be_sent(rule)
    }

    /// Whether it has buttons that dial and show what is going on there: chan-sccp gives them to phones from
    /// version 15 on. Others have speed dials, whose lamp is set.
    pub(crate) fn shows_busy_lamps(&self) -> bool {
        matches!(self.generation, Generation::Java | Generation::Late) && self.version >= BUSY_LAMPS_SINCE
    }

    /// Whether text outside ASCII goes out as UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        PhoneFeatures(self.features).contains(PhoneFeatures::UTF_8_TEXT)
    }

    /// The version whose layout the statistics request has.
    pub(crate) fn statistics_layout(&self) -> u8 {
        if self.is_spcp() { 19 } else { self.version }
    }

    /// Whether it wants the time after each call: phones that show the calendar fields, and the 7936, which
    /// needs it (quirk 39). Newer ones keep a clock of their own.
    pub(crate) fn wants_time_after_call(&self) -> bool {
        self.shows_calendar
    }

    /// Whether its model sends copies of what its user says and hears, and it knows how to be asked for them.
    pub(crate) fn has_built_in_bridge(&self) -> bool {
        self.is_modern() && self.model().is_some_and(Model::has_built_in_bridge)
    }

    /// Whether its user must hear busy tone when the far end hangs up: behind an analogue adapter there is
    /// no screen (real-phones.md 16).
    pub(crate) fn is_analogue(&self) -> bool {
        self.generation == Generation::Analogue
    }

    /// Whether it knows the message of a rule ([`crate::model::outbound`]).
    #[inline]
    pub(crate) fn may_be_sent(&self, rule: Rule) -> bool {
        rule.is_known_to(self.generation)
            && match rule.needs {
                Needs::Nothing => true,
                Needs::Modern => self.is_modern(),
                Needs::Dynamic => {
                    let has_bit = PhoneFeatures(self.features).contains(PhoneFeatures::DYNAMIC_MESSAGES);
                    self.is_spcp() || self.is_modern() && has_bit
                }
                Needs::Softkeys => self.has_softkeys,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(model: DeviceType, word: u32) -> Profile {
        Profile::negotiate(model, word as u8, word >> 16, None)
    }

    #[test]
    fn forms_follow_version_and_feature() {
        let p7960 = profile(DeviceType::CISCO_7960, 0x8560_000b);
        let p7941 = profile(DeviceType::CISCO_7941, 0x8572_0011);
        let p6961 = profile(DeviceType::CISCO_6961, 0x8570_200f);
        let dynamic = |profile: &Profile| {
            [Form::Prompt, Form::CallInfo, Form::LineStat, Form::SpeedDialStat]
                .map(|form| profile.is_dynamic(form))
        };
        assert_eq!(dynamic(&p7960), [false; 4]);
        assert_eq!(dynamic(&p6961), [false; 4]);
        assert_eq!(dynamic(&p7941), [true, true, true, false]);
        assert_eq!([p7960, p6961, p7941].map(|profile| profile.header_version()), [0, 15, 17]);
        assert_eq!([p7960, p6961, p7941].map(|profile| profile.is_utf8()), [false, true, true]);
    }

    #[test]
    fn versions_are_capped_and_ata_is_old() {
        assert_eq!(profile(DeviceType::CISCO_ATA_186, 33).version, 3);
        assert_eq!(profile(DeviceType::CISCO_7970, 30).version, VERSION_MAX);
        assert_eq!(profile(DeviceType::UNDEFINED, 0).version, 3);
        assert_eq!(Profile::negotiate(DeviceType::CISCO_7965, 22, 0, Some(17)).version, 17);
    }

    #[test]
    fn spa_phones_take_dynamic_prompts_and_static_call_info() {
        let spa = profile(DeviceType::CISCO_SPA_504_G, 8);
        assert!(spa.is_dynamic(Form::Prompt) && spa.is_dynamic(Form::PriorityNotify));
        assert!(!spa.is_dynamic(Form::CallInfo) && !spa.is_dynamic(Form::LineStat));
    }

    #[test]
    fn what_the_table_lacks_goes_by_its_version() {
        let new = profile(DeviceType(99_000), 0x0100_0016);
        assert_eq!((new.generation, new.wants_time_after_call()), (Generation::Java, false));
        let old = profile(DeviceType(99_000), 11);
        assert_eq!((old.generation, old.wants_time_after_call()), (Generation::Classic, true));
    }

    #[test]
    fn java_phones_are_never_sent_what_makes_them_hang_up() {
        let p7975 = profile(DeviceType::CISCO_7975, 0x8572_0016);
        let knows = |profile: &Profile, id| profile.may_be_sent(rule_of(id));
        assert!(!knows(&p7975, 0x99) && !knows(&p7975, 0x9a) && knows(&p7975, 0x145));
        assert!(!knows(&profile(DeviceType::CISCO_7960, 0x8560_000b), 0x145));
        let p30vip = profile(DeviceType::CISCO_30_VIP, 3);
        assert!(!knows(&p30vip, 0x110) && knows(&p30vip, 0x99));
    }
}
