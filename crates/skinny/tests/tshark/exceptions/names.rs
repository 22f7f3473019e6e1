//! Names of values, flags and messages that differ from tshark's.

use std::ops::RangeInclusive;

/// Values that have another name, or that only one names: enumeration, values, why.
pub const VALUES: &[(&str, &[RangeInclusive<u32>], &str)] = &[
    ("ButtonType", &[0xf1..=0xf5], "placeholders of chan-sccp, never on the wire"),
    (
        "DeviceStimulus",
        &[0..=0, 0x26..=0x26, 0xc0..=0xc6, 0xf0..=0xf0, 0xfd..=0xfd],
        "chan-sccp; a 7965 sends 0xc2",
    ),
    ("DeviceTone", &[0x37..=0x37], "chan-sccp"),
    ("DeviceType", &[0..=0, 0xe..=0xe], "0xe: a virtual phone of the old-CallManager capture"),
    ("DeviceType", &[1..=5, 0xc..=0xd], "tshark says Station for Cisco"),
    ("DeviceType", &[7..=7], "internal name of the 7960"),
    ("DeviceType", &[0x73..=0x73, 0x7542..=0x7542], "tshark adds a G"),
    ("DeviceType", &[0x135..=0x135], "7941G-GE in chan-sccp; tshark gives two numbers the name 7961G_GE"),
    ("DeviceType", &[0x241..=0x241, 0x13881..=0x13881, 0x13886..=0x13886], "newer than tshark's list"),
    ("DeviceType", &[0x1388c..=0x1388d, 0x18697..=0x18699], "newer than tshark's list"),
    ("LampMode", &[6..=9], "chan-sccp"),
    ("MediaStatus", &[12..=12], "chan-sccp's number of DeviceOnHook, 255 in tshark; either may come"),
    ("RingMode", &[7..=11], "chan-sccp"),
    ("SoftKeyEvent", &[0x12..=0x12], "a spelling of group pickup"),
    (
        "SoftKeyEvent",
        &[0x13..=0x58, 0xc9..=0xca],
        "tshark takes the codes of labels for events; call managers number otherwise: template and sets of a \
         CallManager 4.1 agree on 300 + event",
    ),
    ("SoftKeySet", &[12..=12], "chan-sccp"),
];

/// Enumerations whose values tshark does not name anywhere.
pub const UNNAMED: &[&str] = &["ApplicationId", "CallPrecedence", "CallReason", "VideoFormat"];

/// Beginnings that tshark gives all names of an enumeration.
pub const PREFIXES: &[&str] = &["Media_Payload_", "MediaType_", "Media_", "QOS_CAUSE_", "Cisco "];

/// Flags that have another name or mask: set, mask, why.
pub const FLAGS: &[(&str, u32, &str)] = &[
    ("PhoneFeatures", 0x10, "a spelling"),
    ("PhoneFeatures", 0x8000, "a spelling"),
    ("PhoneFeatures", 0x80, "DynamicMessages, one bit too low: dumps of a 7960 say 0x8560, of a 7941 0x8572"),
    ("PhoneFeatures", 0x200, "RFC2833, one bit too low: dumps of a 7960 say 0x8560, of a 7941 0x8572"),
];

/// Messages that have another name, or none in tshark.
pub const MESSAGES: &[(u32, &str)] = &[
    (0x0011, "chan-sccp"),
    (0x0043, "tshark says CapabilitiesV2Res; it is no answer only"),
    (0x0044, "tshark says CapabilitiesV3Res; it is no answer only"),
    (0x008c, "the old-CallManager capture"),
    (0x008d, "the old-CallManager capture"),
    (0x009c, "chan-sccp, a name without a layout"),
    (0x015a, "tshark says EnhancedAlarm"),
    (0xff00, "chan-sccp, a name without a layout"),
    (0xff02, "chan-sccp, a name without a layout"),
    (0xff03, "chan-sccp, a name without a layout"),
    (0xff04, "chan-sccp, a name without a layout"),
];
