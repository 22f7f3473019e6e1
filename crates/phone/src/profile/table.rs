//! The rows.

use super::{
    AlarmForm, CapabilitiesForm, EnblocForm, KeypadForm, MacForm, Profile, QualityForm, Request as R,
};
use skinny::codes::{DeviceType, MediaPayloadType as Codec};

/// Every model that boots from a call manager's files.
pub const ALL: &[&Profile] = &[
    &CISCO_12SP,
    &CISCO_30VIP,
    &CISCO_7910,
    &CISCO_7905,
    &CISCO_7912,
    &CISCO_7920,
    &CISCO_7936,
    &CISCO_7940,
    &CISCO_7960,
    &CISCO_7906,
    &CISCO_7911,
    &CISCO_7921,
    &CISCO_7925,
    &CISCO_7941,
    &CISCO_7942,
    &CISCO_7945,
    &CISCO_7961,
    &CISCO_7962,
    &CISCO_7965,
    &CISCO_7970,
    &CISCO_7975,
    &IP_COMMUNICATOR,
    &CISCO_6961,
    &CISCO_8945,
    &ATA_186,
];

/// Models that fetch no files of ours before they register: they are set up on a page or program of their own.
pub const SELF_CONFIGURED: &[&Profile] = &[&SPA_525G, &VG248_PORT, &VOICE_MAIL_PORT];

/// The order of a phone without softkeys, up to version 3.
const OLD_LADDER: &[R] =
    &[R::Capabilities, R::Version, R::Buttons, R::Config, R::Lines, R::Forwards, R::SpeedDials, R::Time];

/// The order of the 7940 and 7960 (flows 1a).
const STATIC_LADDER: &[R] = &[
    R::Capabilities,
    R::Buttons,
    R::SoftKeys,
    R::SoftKeySets,
    R::Config,
    R::Lines,
    R::Forwards,
    R::SpeedDials,
    R::Features,
    R::Services,
    R::Time,
];

/// The order of phones of version 17 and above (flows 1b).
const DYNAMIC_LADDER: &[R] = &[
    R::Headset,
    R::Capabilities,
    R::Buttons,
    R::SoftKeys,
    R::SoftKeySets,
    R::Config,
    R::Lines,
    R::Forwards,
    R::SpeedDials,
    R::Features,
    R::Services,
    R::AvailableLines,
    R::Time,
];

const OLD_CODECS: &[(Codec, u32)] = &[(Codec::G711_ULAW64K, 40), (Codec::G711_ALAW64K, 40)];

const STATIC_CODECS: &[(Codec, u32)] = &[
    (Codec::WIDE_BAND_256K, 120),
    (Codec::G711_ULAW64K, 40),
    (Codec::G711_ALAW64K, 40),
    (Codec::G729_ANNEX_B, 60),
    (Codec::G729_ANNEX_AW_ANNEX_B, 60),
    (Codec::G729, 60),
    (Codec::G729_ANNEX_A, 60),
];

/// As a 7961 announced them at version 22.
const CODECS_OF_7961: &[(Codec, u32)] = &[
    (Codec::WIDE_BAND_256K, 120),
    (Codec::G711_ULAW64K, 40),
    (Codec::G711_ALAW64K, 40),
    (Codec::G729_ANNEX_B, 60),
    (Codec::G729_ANNEX_AW_ANNEX_B, 60),
    (Codec::G729, 60),
    (Codec::G729_ANNEX_A, 60),
    (Codec::RFC2833_DYN_PAYLOAD, 1),
];

const WIDE_CODECS: &[(Codec, u32)] = &[
    (Codec::G722_64K, 40),
    (Codec::WIDE_BAND_256K, 120),
    (Codec::G711_ULAW64K, 40),
    (Codec::G711_ALAW64K, 40),
    (Codec::G729_ANNEX_B, 60),
    (Codec::G729_ANNEX_AW_ANNEX_B, 60),
    (Codec::G729, 60),
    (Codec::G729_ANNEX_A, 60),
    (Codec::ILBC, 60),
    (Codec::RFC2833_DYN_PAYLOAD, 1),
];

/// Dynamic messages, and what is younger still.
const UNKNOWN_TO_OLD: &[u32] = &[
    0x142, 0x143, 0x144, 0x145, 0x146, 0x147, 0x148, 0x149, 0x14a, 0x14b, 0x152, 0x153, 0x156, 0x15f, 0x160,
];

/// The same less those that chan-sccp sends to such phones (prompts, notices and call info from version 8 on,
/// service addresses from 7 on): they can't be poison.
const UNKNOWN_TO_STATIC: &[u32] = &[0x142, 0x146, 0x147, 0x149, 0x14b, 0x152, 0x153, 0x156, 0x15f, 0x160];

/// A 7975 hangs up on ClearDisplay; DisplayText is suspect.
const UNKNOWN_TO_DYNAMIC: &[u32] = &[0x99, 0x9a];

const OLD: Profile = Profile {
    model: "old",
    device_type: DeviceType::CISCO_30_VIP,
    version: 3,
    feature_word: 3,
    register_bytes: 64,
    max_streams: 0,
    instance: 1,
    max_conferences: 0,
    lines: 4,
    buttons: 26,
    load: "P002F202",
    mac: MacForm::Junk,
    alarm: AlarmForm::Text,
    capabilities_form: CapabilitiesForm::Short,
    codecs: OLD_CODECS,
    ladder: OLD_LADDER,
    header_version: false,
    announces_port: true,
    keypad: KeypadForm::Bare,
    hook_bytes: 0,
    stimulus_bytes: 8,
    feature_stat_bytes: 4,
    media_path_events: false,
    media_ack: false,
    built_in_bridge: false,
    hook_after_speaker_off: false,
    enbloc: EnblocForm::None,
    softkeys: 0,
    speaker: true,
    headset: false,
    vibrates: false,
    quality: QualityForm::None,
    whole_statistics: true,
    chokes_on: UNKNOWN_TO_OLD,
    chokes_on_short_texts: false,
    utf8: false,
    name_prefix: "SEP",
};

/// 12SP+: two lines, no softkeys.
pub static CISCO_12SP: Profile =
    Profile { model: "12SP", device_type: DeviceType::CISCO_12_SP, lines: 2, buttons: 12, ..OLD };

/// 30VIP: 26 buttons, no softkeys.
pub static CISCO_30VIP: Profile = Profile { model: "30VIP", ..OLD };

const STATIC: Profile = Profile {
    model: "static",
    device_type: DeviceType::CISCO_7960,
    version: 11,
    feature_word: 0x8560_000b,
    register_bytes: 68,
    lines: 6,
    buttons: 6,
    load: "P00308010200",
    codecs: STATIC_CODECS,
    ladder: STATIC_LADDER,
    announces_port: false,
    keypad: KeypadForm::ButtonIndex,
    hook_bytes: 8,
    stimulus_bytes: 12,
    softkeys: 4,
    headset: true,
    quality: QualityForm::Mlqk,
    chokes_on: UNKNOWN_TO_STATIC,
    ..OLD
};

/// 7910: one line, feature buttons instead of softkeys.
pub static CISCO_7910: Profile = Profile {
    model: "7910",
    device_type: DeviceType::CISCO_7910,
    lines: 1,
    buttons: 10,
    ladder: OLD_LADDER,
    softkeys: 0,
    headset: false,
    ..STATIC
};

/// 7940: two buttons.
pub static CISCO_7940: Profile =
    Profile { model: "7940", device_type: DeviceType::CISCO_7940, lines: 2, buttons: 2, ..STATIC };

/// 7960: six buttons.
pub static CISCO_7960: Profile = Profile { model: "7960", ..STATIC };

const DYNAMIC: Profile = Profile {
    model: "dynamic",
    device_type: DeviceType::CISCO_7961,
    version: 22,
    feature_word: 0x8572_0016,
    register_bytes: 172,
    max_streams: 5,
    instance: 0,
    max_conferences: 1,
    load: "SCCP41.9-4-2SR3-1S",
    mac: MacForm::Raw,
    alarm: AlarmForm::Xml,
    capabilities_form: CapabilitiesForm::Update,
    codecs: CODECS_OF_7961,
    ladder: DYNAMIC_LADDER,
    header_version: true,
    keypad: KeypadForm::Full,
    stimulus_bytes: 16,
    feature_stat_bytes: 8,
    media_path_events: true,
    media_ack: true,
    built_in_bridge: true,
    enbloc: EnblocForm::Packed,
    whole_statistics: false,
    chokes_on: UNKNOWN_TO_DYNAMIC,
    chokes_on_short_texts: true,
    utf8: true,
    ..STATIC
};

/// 7941 with load 8.5: version 17, 124-byte registration.
pub static CISCO_7941: Profile = Profile {
    model: "7941",
    device_type: DeviceType::CISCO_7941,
    version: 17,
    feature_word: 0x8572_0011,
    register_bytes: 124,
    lines: 2,
    buttons: 2,
    load: "SCCP41.8-5-3S",
    alarm: AlarmForm::Text,
    ..DYNAMIC
};

/// 7961: six buttons.
pub static CISCO_7961: Profile = Profile { model: "7961", ..DYNAMIC };

/// 7965: six buttons, wideband.
pub static CISCO_7965: Profile = Profile {
    model: "7965",
    device_type: DeviceType::CISCO_7965,
    load: "SCCP45.9-4-2SR3-1S",
    codecs: WIDE_CODECS,
    ..DYNAMIC
};

const EIGHT_BUTTONS: Profile =
    Profile { lines: 8, buttons: 8, softkeys: 5, hook_after_speaker_off: true, ..DYNAMIC };

/// 7970: eight buttons.
pub static CISCO_7970: Profile = Profile {
    model: "7970",
    device_type: DeviceType::CISCO_7970,
    load: "SCCP70.9-4-2SR3-1S",
    ..EIGHT_BUTTONS
};

/// 7975: eight buttons, wideband.
pub static CISCO_7975: Profile = Profile {
    model: "7975",
    device_type: DeviceType::CISCO_7975,
    load: "SCCP75.9-4-2SR3-1S",
    codecs: WIDE_CODECS,
    ..EIGHT_BUTTONS
};

/// IP Communicator 8.6: looks like a 7970.
pub static IP_COMMUNICATOR: Profile = Profile {
    model: "CIPC",
    device_type: DeviceType::CISCO_IP_COMMUNICATOR,
    version: 20,
    feature_word: 0x8572_0014,
    load: "CIPC-8-6-6-0",
    codecs: WIDE_CODECS,
    alarm: AlarmForm::Text,
    quality: QualityForm::Log,
    ..EIGHT_BUTTONS
};

/// A port of an ATA 186: no screen, one line; it offers version 33 and speaks 3.
pub static ATA_186: Profile = Profile {
    model: "ATA186",
    device_type: DeviceType::CISCO_ATA_186,
    feature_word: 33,
    lines: 1,
    buttons: 1,
    load: "ATA030204SCCP090202A",
    alarm: AlarmForm::None,
    ladder: &[R::Capabilities, R::Buttons, R::Config, R::Lines, R::Time],
    announces_port: false,
    keypad: KeypadForm::Full,
    hook_bytes: 8,
    stimulus_bytes: 12,
    speaker: false,
    chokes_on: &[],
    name_prefix: "ATA",
    ..OLD
};

const SMALL: Profile = Profile {
    lines: 1,
    buttons: 1,
    version: 5,
    feature_word: 5,
    headset: false,
    quality: QualityForm::None,
    ..STATIC
};

/// 7905: one line, a few buttons of text.
pub static CISCO_7905: Profile =
    Profile { model: "7905", device_type: DeviceType::CISCO_7905, load: "CP7905080003SCCP070409A", ..SMALL };

/// 7912: as the 7905.
pub static CISCO_7912: Profile =
    Profile { model: "7912", device_type: DeviceType::CISCO_7912, load: "CP7912080004SCCP080108A", ..SMALL };

/// 7920: wireless.
pub static CISCO_7920: Profile = Profile {
    model: "7920",
    device_type: DeviceType::CISCO_7920,
    load: "cmterm_7920.4.0-03-02",
    softkeys: 2,
    headset: false,
    vibrates: true,
    ..STATIC
};

/// 7936: conference station with the shortest registration.
pub static CISCO_7936: Profile = Profile {
    model: "7936",
    device_type: DeviceType::CISCO_7936,
    version: 4,
    feature_word: 4,
    register_bytes: 44,
    load: "cmterm_7936.3-3-21-0",
    softkeys: 3,
    headset: false,
    ..SMALL
};

const ONE_LINE: Profile =
    Profile { lines: 1, buttons: 1, headset: false, load: "SCCP11.9-4-2SR3-1S", ..DYNAMIC };

/// 7906: one line.
pub static CISCO_7906: Profile =
    Profile { model: "7906", device_type: DeviceType::CISCO_7906, speaker: false, ..ONE_LINE };

/// 7911: one line.
pub static CISCO_7911: Profile =
    Profile { model: "7911", device_type: DeviceType::CISCO_7911, speaker: false, ..ONE_LINE };

/// Wireless phones of version 16: static messages, text in UTF-8.
const WIRELESS: Profile = Profile {
    version: 16,
    feature_word: 0x8572_0010,
    register_bytes: 124,
    softkeys: 2,
    vibrates: true,
    alarm: AlarmForm::Text,
    media_ack: false,
    ..DYNAMIC
};

/// 7921.
pub static CISCO_7921: Profile =
    Profile { model: "7921", device_type: DeviceType::CISCO_7921, load: "CP7921G-1.4.6.3", ..WIRELESS };

/// 7925.
pub static CISCO_7925: Profile =
    Profile { model: "7925", device_type: DeviceType::CISCO_7925, load: "CP7925G-1.4.8.4", ..WIRELESS };

const TWO_BUTTONS: Profile = Profile { lines: 2, buttons: 2, codecs: WIDE_CODECS, ..DYNAMIC };

/// 7942: two buttons.
pub static CISCO_7942: Profile =
    Profile { model: "7942", device_type: DeviceType::CISCO_7942, load: "SCCP42.9-4-2SR3-1S", ..TWO_BUTTONS };

/// 7945: two buttons, colours.
pub static CISCO_7945: Profile =
    Profile { model: "7945", device_type: DeviceType::CISCO_7945, load: "SCCP45.9-4-2SR3-1S", ..TWO_BUTTONS };

/// 7962: six buttons.
pub static CISCO_7962: Profile = Profile {
    model: "7962",
    device_type: DeviceType::CISCO_7962,
    load: "SCCP42.9-4-2SR3-1S",
    codecs: WIDE_CODECS,
    ..DYNAMIC
};

/// 6961: version 15, its address in digits.
pub static CISCO_6961: Profile = Profile {
    model: "6961",
    device_type: DeviceType::CISCO_6961,
    version: 15,
    feature_word: 0x8570_200f,
    register_bytes: 68,
    mac: MacForm::Digits,
    lines: 12,
    buttons: 12,
    load: "SCCP69xx.9-4-1-3SR3",
    alarm: AlarmForm::Text,
    media_ack: false,
    ..DYNAMIC
};

/// 8945: four buttons, the line of EnblocCall aligned.
pub static CISCO_8945: Profile = Profile {
    model: "8945",
    device_type: DeviceType::CISCO_8945,
    version: 20,
    feature_word: 0x8572_0014,
    lines: 4,
    buttons: 4,
    load: "SCCP894x.9-4-2SR3-1",
    enbloc: EnblocForm::Aligned,
    codecs: WIDE_CODECS,
    ..DYNAMIC
};

/// SPA 525G: SPCP. It offers version 8, asks as old phones do, tells its lines and is ready then.
pub static SPA_525G: Profile = Profile {
    model: "SPA525G",
    device_type: DeviceType::CISCO_SPA_525_G,
    version: 8,
    feature_word: 0x8560_0008,
    register_bytes: 124,
    lines: 5,
    buttons: 5,
    load: "spa525g-7-6-2",
    ladder: SPCP_LADDER,
    codecs: WIDE_CODECS,
    keypad: KeypadForm::Full,
    enbloc: EnblocForm::Packed,
    chokes_on: &[],
    ..STATIC
};

/// The order of a SPA phone: it is ready once it has told its lines (quirks: SPCP).
const SPCP_LADDER: &[R] = &[
    R::Capabilities,
    R::Buttons,
    R::SoftKeys,
    R::SoftKeySets,
    R::Config,
    R::Lines,
    R::SpeedDials,
    R::Time,
    R::AvailableLines,
];

/// A port of a VG248: an analogue phone; 48 of them have one address.
pub static VG248_PORT: Profile = Profile {
    model: "VG248",
    device_type: DeviceType::STATION_VGC,
    load: "VG248.1-3-1",
    feature_word: 5,
    version: 5,
    name_prefix: "VGC",
    ..ATA_186
};

/// A port of a voice-mail server: one line, no lamps, no screen; it answers and dials by itself.
pub static VOICE_MAIL_PORT: Profile = Profile {
    model: "VoiceInBox",
    device_type: DeviceType::VOICE_IN_BOX,
    load: "",
    feature_word: 5,
    version: 5,
    codecs: OLD_CODECS,
    name_prefix: "CiscoUM1-VI",
    ..ATA_186
};
