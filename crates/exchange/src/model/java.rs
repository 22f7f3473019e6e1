//! Rows of the Java phones, the wireless phones after the 7920, and the 6900 and 8900.

use skinny::codes::DeviceType;

use super::desk::PHONE;
use super::{Clock, Display, Fetch, File, Generation, Model, Text};

const JAVA: Model = Model {
    generation: Generation::Java,
    version: 22,
    lines: 2,
    buttons: 2,
    text: Text::Utf8,
    clock: Clock::Zone,
    file: File::Full,
    fetch: Fetch::HttpThenTftp,
    ..PHONE
};

const GREY: Model = Model {
    display: Some(Display { width: 320, height: 222, depth: 4 }),
    wallpaper: Some("320x196x4"),
    ..JAVA
};
const ONE_LINE: Model = Model {
    lines: 1,
    buttons: 1,
    display: Some(Display { width: 192, height: 64, depth: 1 }),
    locale: Some("tc-sccp.jar"),
    wallpaper: Some("95x34x1"),
    load: "SCCP11.",
    load_known: "SCCP11.9-4-2SR3-1S",
    note: "resets on messages that it does not know; no sound unless off hook comes before connected",
    ..JAVA
};
const M41: Model =
    Model { locale: Some("mk-sccp.jar"), load: "SCCP41.", load_known: "SCCP41.9-4-2SR3-1S", ..GREY };
const M42: Model =
    Model { locale: Some("mk-sccp.jar"), load: "SCCP42.", load_known: "SCCP42.9-4-2SR3-1S", ..GREY };
const M45: Model = Model {
    display: Some(Display { width: 320, height: 240, depth: 16 }),
    locale: Some("be-sccp.jar"),
    wallpaper: Some("320x212x16"),
    load: "SCCP45.",
    load_known: "SCCP45.9-4-2SR4-3S",
    ..JAVA
};
const SIX: Model = Model { lines: 6, buttons: 6, modules: 2, ..JAVA };
const M70: Model = Model {
    lines: 8,
    buttons: 8,
    modules: 2,
    softkeys: 5,
    display: Some(Display { width: 320, height: 234, depth: 12 }),
    locale: Some("td-sccp.jar"),
    wallpaper: Some("320x212x12"),
    load: "SCCP70.",
    load_known: "SCCP70.9-4-2SR3-1S",
    note: "late with keepalives",
    ..JAVA
};
const WIRELESS: Model = Model {
    lines: 6,
    buttons: 6,
    softkeys: 2,
    version: 16,
    display: Some(Display { width: 176, height: 220, depth: 16 }),
    fetch: Fetch::Tftp,
    note: "wireless; stalls while it sleeps; keeps a connection to its second server",
    ..JAVA
};
const LATE: Model = Model {
    generation: Generation::Late,
    version: 15,
    display: Some(Display { width: 396, height: 81, depth: 1 }),
    clock: Clock::Calendar,
    locale: Some("rtl-sccp.jar"),
    load: "SCCP69xx.",
    load_known: "SCCP69xx.9-4-1-3SR3",
    ..JAVA
};
const KEYLESS: Model =
    Model { lines: 1, buttons: 1, softkeys: 0, note: "no softkeys: a hook flash drives transfer", ..LATE };
const VIDEO: Model = Model {
    version: 20,
    lines: 4,
    buttons: 4,
    display: Some(Display { width: 640, height: 480, depth: 24 }),
    clock: Clock::Zone,
    locale: Some("gh-sccp.jar"),
    wallpaper: Some("640x480x24"),
    load: "SCCP894x.",
    load_known: "SCCP894x.9-4-2SR3-1",
    note: "a mute between receive and transmit; colour bits of lamps in the label",
    ..LATE
};

/// The rows.
pub(super) const ROWS: &[Model] = &[
    Model { device_type: DeviceType::CISCO_7906, names: &["7906", "7906G"], ..ONE_LINE },
    Model { device_type: DeviceType::CISCO_7911, names: &["7911", "7911G"], ..ONE_LINE },
    Model {
        device_type: DeviceType::CISCO_7931,
        names: &["7931", "7931G"],
        lines: 20,
        buttons: 24,
        display: Some(Display { width: 192, height: 64, depth: 1 }),
        locale: Some("gp-sccp.jar"),
        load: "SCCP31.",
        load_known: "SCCP31.9-4-2SR3-1S",
        note: "buttons 21 to 24 are messages, directories, headset and applications",
        ..JAVA
    },
    Model { device_type: DeviceType::CISCO_7941, names: &["7941", "7941G"], ..M41 },
    Model { device_type: DeviceType::CISCO_7941_GE, names: &["7941GE", "7941G-GE"], ..M41 },
    Model {
        device_type: DeviceType::CISCO_7961,
        names: &["7961", "7961G"],
        lines: 6,
        buttons: 6,
        modules: 2,
        ..M41
    },
    Model {
        device_type: DeviceType::CISCO_7961_GE,
        names: &["7961GE", "7961G-GE"],
        lines: 6,
        buttons: 6,
        modules: 2,
        ..M41
    },
    Model { device_type: DeviceType::CISCO_7942, names: &["7942", "7942G"], ..M42 },
    Model {
        device_type: DeviceType::CISCO_7962,
        names: &["7962", "7962G"],
        lines: 6,
        buttons: 6,
        modules: 2,
        ..M42
    },
    Model { device_type: DeviceType::CISCO_7945, names: &["7945", "7945G"], ..M45 },
    Model {
        device_type: DeviceType::CISCO_7965,
        names: &["7965", "7965G"],
        lines: SIX.lines,
        buttons: SIX.buttons,
        modules: SIX.modules,
        ..M45
    },
    Model { device_type: DeviceType::CISCO_7970, names: &["7970", "7970G"], ..M70 },
    Model { device_type: DeviceType::CISCO_7971, names: &["7971", "7971G", "7971G-GE"], ..M70 },
    Model {
        device_type: DeviceType::CISCO_7975,
        names: &["7975", "7975G"],
        display: Some(Display { width: 320, height: 240, depth: 16 }),
        locale: Some("rp-sccp.jar"),
        wallpaper: Some("320x216x16"),
        load: "SCCP75.",
        load_known: "SCCP75.9-4-2SR3-1S",
        note: "hangs up on ClearDisplay and on texts that end early; mute goes before receive",
        ..M70
    },
    Model {
        device_type: DeviceType::CISCO_7985,
        names: &["7985", "7985G"],
        lines: 1,
        buttons: 1,
        load: "cmterm_7985",
        load_known: "cmterm_7985.4-1-7-0",
        note: "video; sends a keepalive before it registers",
        ..JAVA
    },
    Model {
        device_type: DeviceType::CISCO_IP_COMMUNICATOR,
        names: &["CIPC", "IP Communicator"],
        version: 20,
        modules: 0,
        locale: Some("ipc-sccp.jar"),
        load: "CIPC",
        load_known: "CIPC-8-6-6-0",
        note: "a program that looks like a 7970; its name is that of a network card or free",
        ..M70
    },
    Model {
        device_type: DeviceType::CISCO_7921,
        names: &["7921", "7921G"],
        load: "CP7921G",
        load_known: "CP7921G-1.4.6.3",
        ..WIRELESS
    },
    Model {
        device_type: DeviceType::CISCO_7925,
        names: &["7925", "7925G"],
        load: "CP7925G",
        load_known: "CP7925G-1.4.8.4",
        ..WIRELESS
    },
    Model {
        device_type: DeviceType::CISCO_7926,
        names: &["7926", "7926G"],
        load: "CP7926G",
        load_known: "CP7926G-1.4.8.4",
        ..WIRELESS
    },
    Model {
        device_type: DeviceType::CISCO_7937,
        names: &["7937", "7937G"],
        lines: 1,
        buttons: 1,
        version: 17,
        load: "apps37sccp",
        load_known: "apps37sccp.1-4-5-7",
        note: "conference station",
        ..JAVA
    },
    Model {
        device_type: DeviceType::CISCO_6901,
        names: &["6901"],
        display: None,
        text: Text::None,
        ..KEYLESS
    },
    Model {
        device_type: DeviceType::CISCO_6911,
        names: &["6911"],
        display: None,
        text: Text::None,
        ..KEYLESS
    },
    Model { device_type: DeviceType::CISCO_6921, names: &["6921"], ..LATE },
    Model { device_type: DeviceType::CISCO_6941, names: &["6941"], lines: 4, buttons: 4, ..LATE },
    Model {
        device_type: DeviceType::CISCO_6945,
        names: &["6945"],
        lines: 4,
        buttons: 4,
        load: "SCCP6945.",
        load_known: "SCCP6945.9-4-1-3SR3",
        ..LATE
    },
    Model { device_type: DeviceType::CISCO_6961, names: &["6961"], lines: 12, buttons: 12, ..LATE },
    Model { device_type: DeviceType::CISCO_8941, names: &["8941"], ..VIDEO },
    Model { device_type: DeviceType::CISCO_8945, names: &["8945"], ..VIDEO },
];
