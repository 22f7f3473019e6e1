//! The models, and in what each differs on the wire.
//!
//! One row per model, in `table.rs`. Facts are from the captures and dumps named in
//! `docs/protocol`: device types, feature words, lengths of registrations, codecs of a 7961; what no capture
//! shows follows the nearest model that one does. No row was tried against a physical phone.

mod table;

pub use table::*;

use skinny::codes::{DeviceType, MediaPayloadType};

/// Everything that makes a model that model.
#[derive(Debug)]
pub struct Profile {
    /// Its name: `7960`.
    pub model: &'static str,
    /// Device type of the registration.
    pub device_type: DeviceType,
    /// Highest version that it speaks.
    pub version: u8,
    /// The word at offset 40 of RegisterReq: offered version in the low byte, feature bits above. An ATA offers
    /// more than it speaks.
    pub feature_word: u32,
    /// Bytes of the body of RegisterReq.
    pub register_bytes: u16,
    /// RTP streams that RegisterReq speaks of.
    pub max_streams: u32,
    /// Device instance of the registration.
    pub instance: u32,
    /// Conferences that RegisterReq speaks of.
    pub max_conferences: u32,
    /// Line buttons.
    pub lines: u8,
    /// Buttons beside the screen, lines included.
    pub buttons: u8,
    /// Name of its firmware.
    pub load: &'static str,
    /// The hardware address in RegisterReq.
    pub mac: MacForm,
    /// How it reports why it was away.
    pub alarm: AlarmForm,
    /// How it announces its codecs.
    pub capabilities_form: CapabilitiesForm,
    /// Codecs, each with the most milliseconds of audio in a packet.
    pub codecs: &'static [(MediaPayloadType, u32)],
    /// What it asks after RegisterAck, in order.
    pub ladder: &'static [Request],
    /// Whether its messages carry the negotiated version in the header; otherwise 0.
    pub header_version: bool,
    /// Whether IpPort follows RegisterReq: RTP is received on that port.
    pub announces_port: bool,
    /// What KeypadButton carries.
    pub keypad: KeypadForm,
    /// Bytes of the bodies of OffHook and OnHook.
    pub hook_bytes: u16,
    /// Bytes of the body of Stimulus.
    pub stimulus_bytes: u16,
    /// Bytes of the body of FeatureStatReq.
    pub feature_stat_bytes: u16,
    /// Whether MediaPathEvent tells which part carries the sound, before OffHook and OnHook.
    pub media_path_events: bool,
    /// Whether StartMediaTransmissionAck is sent.
    pub media_ack: bool,
    /// Whether it can send copies of what its user says and hears to whoever records.
    pub built_in_bridge: bool,
    /// Whether OnHook follows when the server switches the speaker off.
    pub hook_after_speaker_off: bool,
    /// Whether a number can be sent at once.
    pub enbloc: EnblocForm,
    /// Softkeys that fit on the screen at a time; 0: the model has none.
    pub softkeys: u8,
    /// Whether it has a loudspeaker with a button.
    pub speaker: bool,
    /// Whether it can vibrate instead of ringing.
    pub vibrates: bool,
    /// Whether it has a headset with a button.
    pub headset: bool,
    /// The quality text of its statistics.
    pub quality: QualityForm,
    /// Whether that text's buffer of 600 bytes is sent whole, whatever is in it.
    pub whole_statistics: bool,
    /// Messages that its generation chokes on, beside those that nobody knows.
    pub chokes_on: &'static [u32],
    /// Whether a text message that ends early makes it hang up.
    pub chokes_on_short_texts: bool,
    /// Bytes in UTF-8 (feature bit 20); otherwise Latin-1.
    pub utf8: bool,
    /// What its device name begins with.
    pub name_prefix: &'static str,
}

/// How RegisterReq carries the hardware address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MacForm {
    /// Leftovers: a 7960 has `RING` at the end.
    Junk,
    /// Six raw bytes (7941).
    Raw,
    /// Twelve hex digits (6961).
    Digits,
}

/// How a phone reports why it was away, before it registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmForm {
    /// Not at all.
    None,
    /// `25: Name=SEP… Load=… Last=Initialized`.
    Text,
    /// As XML.
    Xml,
}

/// How a phone announces its codecs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapabilitiesForm {
    /// CapabilitiesRes.
    Short,
    /// UpdateCapabilities of 1840 bytes.
    Update,
}

/// What KeypadButton carries beside the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeypadForm {
    /// Nothing: four bytes.
    Bare,
    /// The button's place in the template instead of the line, and the call.
    ButtonIndex,
    /// Line and call.
    Full,
}

/// How EnblocCall is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnblocForm {
    /// Never: digit by digit only.
    None,
    /// The line follows the number at once.
    Packed,
    /// The line is aligned to four bytes.
    Aligned,
}

/// The quality text of ConnectionStatisticsRes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QualityForm {
    /// None.
    None,
    /// `MLQK=4.5000;…`.
    Mlqk,
    /// `Log 1: mos 4.5000, …`.
    Log,
}

/// A request of the registration, in the model's order, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Request {
    /// HeadsetStatus, which nobody answers.
    Headset,
    /// Waits for CapabilitiesReq.
    Capabilities,
    /// VersionReq.
    Version,
    /// CallCountReq.
    CallCount,
    /// ButtonTemplateReq.
    Buttons,
    /// SoftKeyTemplateReq.
    SoftKeys,
    /// SoftKeySetReq.
    SoftKeySets,
    /// ConfigStatReq.
    Config,
    /// LineStatReq, for each line.
    Lines,
    /// ForwardStatReq, for each line.
    Forwards,
    /// SpeedDialStatReq, for each speed dial.
    SpeedDials,
    /// FeatureStatReq, for each feature button.
    Features,
    /// ServiceURLStatReq, for each service button.
    Services,
    /// RegisterAvailableLines, which nobody answers.
    AvailableLines,
    /// TimeDateReq.
    Time,
}

impl Request {
    /// For the alarm of a phone that waits in vain.
    pub fn words(self) -> &'static str {
        match self {
            Request::Headset => "HeadsetStatus",
            Request::Capabilities => "CapabilitiesReq",
            Request::Version => "Version",
            Request::CallCount => "CallCount",
            Request::Buttons => "ButtonTemplate",
            Request::SoftKeys => "SoftKeyTemplate",
            Request::SoftKeySets => "SoftKeySet",
            Request::Config => "ConfigStat",
            Request::Lines => "LineStat",
            Request::Forwards => "ForwardStat",
            Request::SpeedDials => "SpeedDialStat",
            Request::Features => "FeatureStat",
            Request::Services => "ServiceURLStat",
            Request::AvailableLines => "RegisterAvailableLines",
            Request::Time => "TimeDate",
        }
    }
}

/// Every model there is.
pub fn every() -> impl Iterator<Item = &'static Profile> {
    ALL.iter().chain(SELF_CONFIGURED).copied()
}

/// What models are called beside their names.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("ipcommunicator", "cipc"),
    ("spa525", "spa525g"),
    ("ata", "ata186"),
    ("vg248port", "vg248"),
    ("voicemailport", "voiceinbox"),
    ("voicemail", "voiceinbox"),
];

/// The model with a name (`7960`, `Cisco 7960`, `CP-7960G`, `IP Communicator`; letter case, blanks and dashes do not
/// matter).
pub fn find(name: &str) -> Option<&'static Profile> {
    let fold = |name: &str| {
        let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
        letters.map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    let wanted = fold(name);
    let wanted = wanted.strip_prefix("cisco").unwrap_or(&wanted);
    let wanted = wanted.strip_prefix("cp").unwrap_or(wanted);
    let wanted = OTHER_NAMES.iter().find(|(other, _)| *other == wanted).map_or(wanted, |(_, name)| *name);
    let is = |wanted: &str| every().find(|profile| fold(profile.model) == wanted);
    // A G at the end: for all countries.
    is(wanted).or_else(|| wanted.strip_suffix('g').and_then(is))
}

/// The names of all models, for a hint.
pub fn names() -> String {
    every().map(|profile| profile.model).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_found_by_what_people_call_them() {
        for (name, model) in [
            ("7960", "7960"),
            ("Cisco 7960", "7960"),
            ("CP-7960G", "7960"),
            ("cipc", "CIPC"),
            ("IP Communicator", "CIPC"),
            ("Cisco IP Communicator", "CIPC"),
            ("ATA 186", "ATA186"),
            ("SPA525", "SPA525G"),
            ("VG248 port", "VG248"),
            ("voice-mail port", "VoiceInBox"),
        ] {
            assert_eq!(find(name).map(|profile| profile.model), Some(model), "{name}");
        }
        assert!(find("7999").is_none() && find("g").is_none() && find("").is_none());
    }
}
