//! Rows of ports: for analogue telephones, and of voice-mail systems.

use skinny::codes::DeviceType;

use super::desk::PHONE;
use super::{File, Generation, Model, Text};

const TELEPHONE: Model = Model {
    generation: Generation::Analogue,
    version: 11,
    display: None,
    text: Text::None,
    softkeys: 0,
    file: File::Own,
    ..PHONE
};

const ATA: Model = Model {
    version: 3,
    version_forced: Some(3),
    prefix: "ATA",
    load: "ATA030",
    load_known: "ATA030204SCCP090202A",
    note: "claims version 33 and speaks 3; two ports are two devices; caller id goes between two rings",
    ..TELEPHONE
};

const VOICEMAIL: Model = Model {
    generation: Generation::Port,
    version: 22,
    text: Text::Utf8,
    file: File::None,
    prefix: "",
    note: "attached by its own configuration",
    ..TELEPHONE
};

/// The rows.
pub(super) const ROWS: &[Model] = &[
    Model { device_type: DeviceType::CISCO_ATA_186, names: &["ATA186"], ..ATA },
    Model { device_type: DeviceType::CISCO_ATA_188, names: &["ATA188"], ..ATA },
    Model {
        device_type: DeviceType::STATION_VGC,
        names: &["VG248 port"],
        prefix: "VGC",
        note: "48 devices from one address; stutter tone instead of a lamp",
        ..TELEPHONE
    },
    Model {
        device_type: DeviceType::VGC_VIRTUAL_PHONE,
        names: &["VGC virtual phone"],
        prefix: "VGC",
        ..TELEPHONE
    },
    Model {
        device_type: DeviceType::ANALOG_PHONE,
        names: &["VG224 port", "analogue gateway port"],
        prefix: "AN",
        version: 17,
        note: "sends a message 0xff00 that nobody knows; stutter tone instead of a lamp",
        ..TELEPHONE
    },
    Model {
        device_type: DeviceType::ISDNBRI_PHONE,
        names: &["BRI gateway port"],
        prefix: "BR",
        version: 17,
        ..TELEPHONE
    },
    Model { device_type: DeviceType::VOICE_IN_BOX, names: &["voice-mail port"], ..VOICEMAIL },
];
