//! What a phone understands: the protocol version agreed on, its features, its model. Every question of
//! the form "which message, which header, which variant for this phone" is answered here.

use serde::{Deserialize, Serialize};
use skinny::catalogue::VERSION_MAX;
use skinny::codes::{DeviceType, PhoneFeatures};

/// Version of a registration that names none: the oldest phones.
const VERSION_UNNAMED: u8 = 3;
/// First version of the phones with typed addresses, dynamic messages and StartMediaTransmissionAck.
const VERSION_MODERN: u8 = 17;

/// What a phone understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Protocol version agreed on.
    pub(crate) version: u8,
    /// Feature bits of the registration (the upper half of its word).
    pub(crate) features: u32,
    /// Device type of the registration.
    pub(crate) model: u32,
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
    /// An ATA 186 or 188 claims versions such as 33 and speaks 3 (chan-sccp). Anything above what is known
    /// is capped: both sides use the smaller version.
    pub(crate) fn negotiate(model: DeviceType, version: u8, features: u32, version_max: Option<u8>) -> Self {
        let is_ata = matches!(model, DeviceType::CISCO_ATA_186 | DeviceType::CISCO_ATA_188);
        let offered = if is_ata || version == 0 { VERSION_UNNAMED } else { version };
        let max = version_max.unwrap_or(VERSION_MAX).clamp(VERSION_UNNAMED, VERSION_MAX);
        Profile { version: offered.min(max), features, model: model.0 }
    }

    /// Whether it is an SPA phone: its version 8 is not SCCP's version 8 (real-phones.md 4).
    pub(crate) fn is_spcp(&self) -> bool {
        (80_000..=80_020).contains(&self.model)
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
    /// (0x8560000b). From 17 on the dynamic one when bit 24 is set. SpeedDialStatV2 is not used in normal
    /// operation. SPA phones take dynamic prompts only (real-phones.md 2 and 4).
    pub(crate) fn is_dynamic(&self, form: Form) -> bool {
        match form {
            Form::SpeedDialStat => false,
            Form::Prompt | Form::PriorityNotify if self.is_spcp() => true,
            _ => self.is_modern() && PhoneFeatures(self.features).contains(PhoneFeatures::DYNAMIC_MESSAGES),
        }
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
        !self.is_modern()
    }

    /// Whether its user must hear busy tone when the far end hangs up: behind an analogue adapter there is
    /// no screen (real-phones.md 16).
    pub(crate) fn is_analogue(&self) -> bool {
        matches!(DeviceType(self.model), DeviceType::CISCO_ATA_186 | DeviceType::CISCO_ATA_188)
    }

    /// Whether its generation knows a message id. A 7975 closes TCP on ClearDisplay (0x9a), a 7911 resets on
    /// ids that it does not know, so what is not in this list is never sent (real-phones.md 3).
    pub(crate) fn knows(&self, id: u32) -> bool {
        match id {
            // Known to every phone that has softkeys and call states.
            0x0081..=0x0083 | 0x0085 | 0x0086 | 0x0088 | 0x008a | 0x008b | 0x008f => true,
            0x0090..=0x0094 | 0x0097 | 0x0098 | 0x009b | 0x009d..=0x009f => true,
            0x0100 | 0x0105..=0x0113 | 0x0116 | 0x0118..=0x011b | 0x011d | 0x011f..=0x0121 | 0x012f => true,
            // Answers to requests that only phones make which know the answer.
            0x0152 | 0x015f => true,
            0x0144 | 0x0145 => self.is_dynamic(Form::Prompt),
            0x0146..=0x0148 | 0x014a => self.is_dynamic(Form::LineStat),
            0x0156 => self.is_modern(),
            _ => false,
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
    fn java_phones_are_never_sent_what_makes_them_hang_up() {
        let p7975 = profile(DeviceType::CISCO_7975, 0x8572_0016);
        assert!(!p7975.knows(0x99) && !p7975.knows(0x9a) && p7975.knows(0x145));
        assert!(!profile(DeviceType::CISCO_7960, 0x8560_000b).knows(0x145));
    }
}
