//! The configuration of the simulated site, its addresses and numbers.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use exchange::plan::dial_plan::DialPlan;
use exchange::plan::{Button, Device, Line, Plan, Site};

use crate::script::{PhoneSpec, Setup};

/// Seconds between keepalives.
pub const KEEPALIVE_SECS: u32 = 30;
/// Seconds after the last digit.
pub const INTERDIGIT_SECS: u32 = 4;
/// Seconds of ringing.
pub const NO_ANSWER_SECS: u32 = 20;
/// Numbers that go to the trunk begin with this.
pub const TRUNK_PREFIX: &str = "9";
/// The trunk.
pub const TRUNK: u32 = 1;
/// Calls that a line holds.
pub const CALLS_PER_LINE: u32 = 4;
/// First number of phones that nobody configured.
const AUTO_NUMBER_FIRST: u32 = 7000;
/// Where phones connect to.
const PORT: u16 = 2000;

/// The plan of a setup.
pub fn plan(setup: &Setup) -> Plan {
    let mut plan = Plan {
        generation: 1,
        site: Site {
            keepalive_secs: KEEPALIVE_SECS,
            standby_keepalive_secs: 2 * KEEPALIVE_SECS,
            interdigit_secs: INTERDIGIT_SECS,
            no_answer_secs: NO_ANSWER_SECS,
            auto_register: setup.phones.iter().any(|phone| phone.manners.unknown),
            auto_number_first: AUTO_NUMBER_FIRST,
            ..Site::default()
        },
        devices: BTreeMap::new(),
        lines: BTreeMap::new(),
        dial_plan: DialPlan::routes(&[("9!", TRUNK)]).expect("patterns of this file"),
    };
    for phone in setup.phones.iter().filter(|phone| !phone.manners.unknown && !phone.manners.copy) {
        add(&mut plan, phone);
    }
    plan
}

/// Adds a configured phone.
pub fn add(plan: &mut Plan, phone: &PhoneSpec) {
    for number in &phone.lines {
        plan.lines.entry(number.clone()).or_insert_with(|| line(number));
    }
    let lines =
        phone.lines.iter().map(|number| Button::Line { number: number.clone(), label: number.clone() });
    let dials = phone
        .speed_dials
        .iter()
        .map(|number| Button::SpeedDial { number: number.clone(), label: format!("Dial {number}") });
    let buttons = lines.chain(dials).collect();
    let device = Device { description: format!("Phone {}", phone.number), buttons, ..Device::default() };
    plan.devices.insert(phone.name.to_ascii_uppercase(), device);
}

/// Gives an unknown phone a line of its own.
pub fn adopt(plan: &mut Plan, device: &str) {
    if plan.devices.contains_key(device) {
        return;
    }
    let free = (AUTO_NUMBER_FIRST..).map(|number| number.to_string());
    let Some(number) = free.into_iter().find(|number| !plan.lines.contains_key(number)) else { return };
    plan.lines.insert(number.clone(), line(&number));
    let buttons = vec![Button::Line { number: number.clone(), label: number }];
    let device_entry = Device { description: device.to_owned(), buttons, auto: true, ..Device::default() };
    plan.devices.insert(device.to_owned(), device_entry);
}

fn line(number: &str) -> Line {
    Line {
        // A name with letters outside ASCII now and then: it must reach each generation in its own form.
        name: if number.ends_with('3') { format!("Zoë {number}") } else { format!("Desk {number}") },
        calls_max: CALLS_PER_LINE,
        busy_trigger: 2,
        ..Line::default()
    }
}

/// A phone's own address; unknown phones are on this very machine.
pub fn address(phone: &PhoneSpec) -> IpAddr {
    if phone.manners.unknown {
        return IpAddr::V4(Ipv4Addr::LOCALHOST);
    }
    let [high, low] = phone.number.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(10, 1, high, low.wrapping_add(1)))
}

/// The server's address as a phone sees it.
pub fn server(phone: &PhoneSpec) -> SocketAddr {
    let own = if phone.manners.unknown { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(10, 0, 0, 1) };
    SocketAddr::new(IpAddr::V4(own), PORT)
}

/// Where the trunk receives the audio of its n-th stream.
pub fn trunk_port(stream: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 9, 0, 1)), 20_000 + (stream % 10_000) * 2)
}
