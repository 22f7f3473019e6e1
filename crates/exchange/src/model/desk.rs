//! Rows of the phones before Java: 12SP to 7960, and the conference stations of their time.

use skinny::codes::DeviceType;

use super::{Clock, Display, Fetch, File, Generation, Model, Text, Verified};

/// What the rows of all tables begin with.
pub(super) const PHONE: Model = Model {
    device_type: DeviceType::UNDEFINED,
    names: &[],
    generation: Generation::Classic,
    version: 11,
    version_forced: None,
    lines: 1,
    buttons: 1,
    modules: 0,
    display: Some(Display { width: 0, height: 0, depth: 1 }),
    softkeys: 4,
    text: Text::SingleByte,
    clock: Clock::Calendar,
    file: File::Short,
    fetch: Fetch::Tftp,
    locale: None,
    wallpaper: None,
    load: "",
    load_known: "",
    prefix: "SEP",
    note: "",
    verified: Verified::No,
};

const SELSIUS: Model = Model {
    generation: Generation::Selsius,
    version: 3,
    softkeys: 0,
    file: File::Binary,
    load: "P002",
    load_known: "P002F202",
    note: "no softkeys; takes the TFTP server for its call manager",
    ..PHONE
};

const SMALL: Model = Model { file: File::Small, version: 5, ..PHONE };

/// The rows.
pub(super) const ROWS: &[Model] = &[
    Model { device_type: DeviceType::CISCO_12_SP, names: &["12SP+"], lines: 2, buttons: 12, ..SELSIUS },
    Model { device_type: DeviceType::CISCO_12_SP_3, names: &["12SP (3)"], lines: 2, buttons: 12, ..SELSIUS },
    Model { device_type: DeviceType::CISCO_12, names: &["12"], lines: 2, buttons: 12, ..SELSIUS },
    Model { device_type: DeviceType::CISCO_30_SP, names: &["30SP+"], lines: 4, buttons: 26, ..SELSIUS },
    Model { device_type: DeviceType::CISCO_30_VIP, names: &["30VIP"], lines: 4, buttons: 26, ..SELSIUS },
    Model {
        device_type: DeviceType::CISCO_7902,
        names: &["7902", "7902G"],
        display: None,
        text: Text::None,
        softkeys: 0,
        load: "CP7902",
        load_known: "CP7902080002SCCP060817A",
        note: "no screen, fixed keys",
        ..SMALL
    },
    Model {
        device_type: DeviceType::CISCO_7905,
        names: &["7905", "7905G"],
        load: "CP7905",
        load_known: "CP7905080003SCCP070409A",
        note: "its proxy URL must stay empty; a second line makes it reboot",
        ..SMALL
    },
    Model {
        device_type: DeviceType::CISCO_7912,
        names: &["7912", "7912G"],
        load: "CP7912",
        load_known: "CP7912080004SCCP080108A",
        note: "its proxy URL must stay empty; a second line makes it reboot; one RTP port for all streams",
        ..SMALL
    },
    Model {
        device_type: DeviceType::CISCO_7910,
        names: &["7910", "7910G"],
        buttons: 10,
        softkeys: 0,
        load: "P00405",
        load_known: "P00405000700",
        note: "keys instead of softkeys; no tone of its own while a receive channel is open",
        ..PHONE
    },
    Model {
        device_type: DeviceType::CISCO_7920,
        names: &["7920"],
        lines: 6,
        buttons: 6,
        softkeys: 2,
        file: File::Small,
        locale: Some("7920-dictionary.xml"),
        load: "cmterm_7920",
        load_known: "cmterm_7920.4.0-03-02",
        note: "wireless; comes back after a TCP time-out without having closed",
        ..PHONE
    },
    Model {
        device_type: DeviceType::CISCO_7935,
        names: &["7935"],
        lines: 1,
        buttons: 1,
        softkeys: 3,
        version: 4,
        load: "P0050",
        load_known: "P00503021900",
        note: "conference station",
        ..PHONE
    },
    Model {
        device_type: DeviceType::CISCO_7936,
        names: &["7936"],
        lines: 1,
        buttons: 1,
        softkeys: 3,
        version: 4,
        load: "cmterm_7936",
        load_known: "cmterm_7936.3-3-21-0",
        note: "conference station; needs the time after each call; 44-byte registration",
        ..PHONE
    },
    Model {
        device_type: DeviceType::CISCO_7940,
        names: &["7940", "7940G"],
        lines: 2,
        buttons: 2,
        display: Some(Display { width: 132, height: 65, depth: 1 }),
        locale: Some("7960-dictionary.xml"),
        load: "P0030",
        load_known: "P0030801SR02",
        note: "SIP loads begin with P0S3; Latin-1 only",
        ..PHONE
    },
    Model {
        device_type: DeviceType::CISCO_7960,
        names: &["7960", "7960G"],
        lines: 6,
        buttons: 6,
        modules: 2,
        display: Some(Display { width: 132, height: 65, depth: 1 }),
        locale: Some("7960-dictionary.xml"),
        load: "P0030",
        load_known: "P0030801SR02",
        note: "SIP loads begin with P0S3; Latin-1 only; loses the call plane when a transfer is cancelled",
        ..PHONE
    },
];
