//! Modules with more buttons. They register with nobody: the phone speaks for them.

use skinny::codes::DeviceType;

/// Buttons of the largest module.
pub const BUTTONS_MAX: usize = 24;

/// A module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddOn {
    /// The number that lists of loads have it under.
    pub device_type: DeviceType,
    /// Its name.
    pub name: &'static str,
    /// Its buttons.
    pub buttons: u8,
    /// The phones that take it.
    pub phones: &'static str,
    /// What the names of its loads begin with.
    pub load: &'static str,
    /// What one has to know of it.
    pub note: &'static str,
}

const fn add_on(device_type: DeviceType, name: &'static str, buttons: u8) -> AddOn {
    AddOn {
        device_type,
        name,
        buttons,
        phones: "7962, 7965, 7975",
        load: "",
        note: "up to two; a shift key pages through its buttons",
    }
}

/// Every module.
pub const ALL: &[AddOn] = &[
    AddOn {
        phones: "7960, 7961, 7962, 7965, 7970, 7971, 7975",
        load: "S0010",
        note: "up to two; on newer phones it may fail to refresh labels",
        ..add_on(DeviceType::CISCO_7914_ADD_ON, "7914", 14)
    },
    AddOn { load: "B015-", ..add_on(DeviceType::CISCO_7915_ADD_ON, "7915 (12)", 12) },
    AddOn { load: "B015-", ..add_on(DeviceType::CISCO_7915_ADD_ON_24, "7915 (24)", 24) },
    AddOn { load: "B016-", ..add_on(DeviceType::CISCO_7916_ADD_ON, "7916 (12)", 12) },
    AddOn { load: "B016-", ..add_on(DeviceType::CISCO_7916_ADD_ON_24, "7916 (24)", 24) },
    AddOn {
        phones: "SPA 504G, 508G, 509G, 512G, 514G, 525G",
        note: "first page of its buttons",
        ..add_on(DeviceType::CISCO_SPA500_DS_A, "SPA500DS", 15)
    },
    AddOn {
        phones: "SPA 504G, 508G, 509G, 512G, 514G, 525G",
        note: "up to two",
        ..add_on(DeviceType::CISCO_SPA932_DS, "SPA932DS", 32)
    },
];
