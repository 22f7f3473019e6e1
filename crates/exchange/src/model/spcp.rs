//! Rows of the SPA phones.

use skinny::codes::DeviceType;

use super::desk::PHONE;
use super::{Display, File, Generation, Model};

const SPA: Model = Model {
    generation: Generation::Spcp,
    version: 8,
    display: Some(Display { width: 128, height: 64, depth: 1 }),
    file: File::Small,
    load: "spa",
    note: "asks for a token each hour; its SCCP mode is called SPCP and set on its web page",
    ..PHONE
};

const fn spa(device_type: DeviceType, names: &'static [&'static str], lines: u8, modules: u8) -> Model {
    Model { device_type, names, lines, buttons: lines, modules, ..SPA }
}

/// The rows.
pub(super) const ROWS: &[Model] = &[
    spa(DeviceType::CISCO_SPA_303_G, &["SPA303G", "SPA303"], 3, 0),
    spa(DeviceType::CISCO_SPA_502_G, &["SPA502G", "SPA502"], 1, 0),
    spa(DeviceType::CISCO_SPA_504_G, &["SPA504G", "SPA504"], 4, 2),
    spa(DeviceType::CISCO_SPA_508_G, &["SPA508G", "SPA508"], 8, 2),
    spa(DeviceType::CISCO_SPA_509_G, &["SPA509G", "SPA509"], 12, 2),
    spa(DeviceType::CISCO_SPA_512_G, &["SPA512G", "SPA512"], 1, 0),
    spa(DeviceType::CISCO_SPA_514_G, &["SPA514G", "SPA514"], 4, 2),
    spa(DeviceType::CISCO_SPA_521_S, &["SPA521S", "SPA521", "CP-521G"], 1, 0),
    spa(DeviceType::CISCO_SPA_524_SG, &["SPA524SG", "SPA524", "CP-524G"], 4, 0),
    spa(DeviceType::CISCO_SPA_525_G, &["SPA525G", "SPA525"], 5, 2),
    spa(DeviceType::CISCO_SPA_525_G2, &["SPA525G2"], 5, 2),
];
