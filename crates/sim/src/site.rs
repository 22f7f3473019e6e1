//! The configuration of the simulated site, its addresses and numbers.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use exchange::call::Cause;
use exchange::plan::dial_plan::{Action, CallingSearchSpace, DialPlan, DialRules, Rule, Transform};
use exchange::plan::{
    Algorithm, Barge, Button, ButtonFeature, CodecPolicy, ConferenceEnds, Device, DigitPath, Features, First,
    Hotline, HuntGroup, Line, MeetMe, Music, NightService, Plan, Preference, Recording, Region, RegionPair,
    Regions, Resource, Site,
};

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
/// Partition, and calling search space, of those numbers.
const OUTSIDE: &str = "outside";
/// Help.
const EMERGENCY: &str = "911";
/// Numbers in which calls can be parked.
pub const PARK_SLOTS: [&str; 3] = ["71", "72", "73"];
/// Hunt groups, one of each algorithm. What nobody takes goes to the next; the third leads back to the first.
pub const HUNT_GROUPS: [&str; 4] = ["201", "202", "203", "204"];
/// Seconds that they ring at a member.
const HUNT_RING_SECS: u32 = 3;
/// Members of one.
const HUNT_MEMBERS: usize = 5;
/// Seconds that a call back waits.
const CALL_BACK_SECS: u32 = 40;
/// Music that is sent to a group.
const MUSIC: &str = "to a group";
/// That group.
const GROUP: &str = "239.255.0.1:16400";
/// A region that phones are configured to be in.
const FAR: &str = "far";
/// The night service whose lines go to a hunt group.
const TO_GROUP: &str = "to a group";
/// The night service whose lines ring elsewhere.
const ELSEWHERE: &str = "elsewhere";
/// First number of the phones' lines: each phone has ten.
pub const NUMBER_FIRST: u32 = 1000;
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
            features: features(setup),
            ..Site::default()
        },
        devices: BTreeMap::new(),
        lines: BTreeMap::new(),
        dial_plan: dial_plan().expect("patterns of this file"),
        regions: regions(setup.seed),
        music: BTreeMap::from([(MUSIC.to_owned(), Music { multicast: GROUP.parse().ok() })]),
        ..Plan::default()
    };
    for phone in setup.phones.iter().filter(|phone| !phone.manners.unknown && !phone.manners.copy) {
        add(&mut plan, phone);
        add_buttons(&mut plan, setup, phone);
    }
    add_groups(&mut plan, setup);
    for hardware in &setup.hardware {
        let resource = Some(Resource { kind: hardware.kind, conference_messages: None });
        plan.devices.insert(hardware.name.clone(), Device { resource, ..Device::default() });
    }
    plan
}

/// In two of three runs phones are in regions: one by their networks, one by their configuration.
fn regions(seed: u64) -> Regions {
    if seed.is_multiple_of(3) {
        return Regions::default();
    }
    let policy = |codecs: &[u32]| CodecPolicy { codecs: codecs.to_vec(), required: false };
    let region = |name: &str, networks: &[&str]| Region {
        name: name.into(),
        networks: networks.iter().filter_map(|network| network.parse().ok()).collect(),
        inside: policy(&[6, 4, 2]),
        outside: policy(&[2, 4]),
    };
    let regions = vec![region("by network", &["10.1.0.0/29"]), region(FAR, &[])];
    let between = ["by network".to_owned(), FAR.to_owned()];
    Regions { regions, pairs: vec![RegionPair { between, policy: policy(&[12, 11, 4]) }] }
}

/// Phones of which the plan knows.
fn configured(setup: &Setup) -> impl Iterator<Item = &PhoneSpec> {
    setup.phones.iter().filter(|phone| !phone.manners.unknown && !phone.manners.copy)
}

/// The line that a busy lamp of a phone shows: the first one of the next phone.
pub fn lamp_of<'s>(setup: &'s Setup, phone: &PhoneSpec) -> Option<&'s String> {
    next(setup, phone, 1)
}

/// The instance of that button.
pub fn lamp_instance(phone: &PhoneSpec) -> u32 {
    phone.speed_dials.len() as u32 + 1
}

fn next<'s>(setup: &'s Setup, phone: &PhoneSpec, by: usize) -> Option<&'s String> {
    let others: Vec<&PhoneSpec> = configured(setup).collect();
    let place = others.iter().position(|other| other.number == phone.number)?;
    others[(place + by) % others.len()].lines.first()
}

/// A busy lamp, an intercom button, and features, behind the speed dials.
pub fn add_buttons(plan: &mut Plan, setup: &Setup, phone: &PhoneSpec) {
    let Some(device) = plan.devices.get_mut(&phone.name.to_ascii_uppercase()) else { return };
    let (Some(lamp), Some(spoken_to)) = (lamp_of(setup, phone), next(setup, phone, 2)) else { return };
    let label = |number: &String| number.clone();
    device.buttons.push(Button::BusyLamp {
        number: lamp.clone(),
        label: label(lamp),
        pickup: phone.number.is_multiple_of(2),
    });
    device.buttons.push(Button::Intercom {
        number: spoken_to.clone(),
        label: label(spoken_to),
        two_way: phone.number.is_multiple_of(3),
    });
    let night = if phone.number.is_multiple_of(2) { TO_GROUP } else { ELSEWHERE };
    let night = ButtonFeature::NightService(night.into());
    for feature in [ButtonFeature::HuntLog, ButtonFeature::CallBack, night] {
        device.buttons.push(Button::Feature { feature, label: "Feature".into() });
    }
}

/// Hunt groups and night services, from the first lines of phones.
fn add_groups(plan: &mut Plan, setup: &Setup) {
    let firsts: Vec<(u16, &String)> =
        configured(setup).filter_map(|phone| Some((phone.number, phone.lines.first()?))).collect();
    for (place, (number, algorithm)) in HUNT_GROUPS.iter().zip(Algorithm::ALL).enumerate() {
        let mut members: Vec<String> = Vec::new();
        for (_, line) in firsts.iter().skip(place).step_by(2).take(HUNT_MEMBERS) {
            if !members.contains(line) {
                members.push((*line).clone());
            }
        }
        let at_end = (place < 3).then(|| HUNT_GROUPS[(place + 1) % 3].to_owned());
        let (name, ring_secs) = (format!("Group {number}"), HUNT_RING_SECS);
        let group = HuntGroup { name, members, algorithm, ring_secs, at_end, ..HuntGroup::default() };
        plan.hunt_groups.insert((*number).to_owned(), group);
    }
    let lines = |fits: fn(u16) -> bool| -> Vec<String> {
        firsts.iter().filter(|(phone, _)| fits(*phone)).map(|(_, line)| (*line).clone()).collect()
    };
    let to_group = NightService {
        lines: lines(|phone| phone % 5 == 2),
        to: Some(HUNT_GROUPS[3].into()),
        ring: Vec::new(),
        closed: false,
    };
    let ring = firsts.iter().take(2).map(|(_, line)| (*line).clone()).collect();
    let elsewhere = NightService { lines: lines(|phone| phone % 7 == 3), to: None, ring, closed: false };
    plan.night_services.insert(TO_GROUP.into(), to_group);
    plan.night_services.insert(ELSEWHERE.into(), elsewhere);
}

/// Whether who calls this number may be connected with somebody who has another one, and sees this still: a hunt
/// group, or a line that rings elsewhere for the night.
pub fn stands_for_others(number: &str) -> bool {
    let of_night = || {
        let line: u32 = number.parse().ok()?;
        let phone = line.checked_sub(NUMBER_FIRST)? / 10;
        Some(phone % 7 == 3)
    };
    HUNT_GROUPS.contains(&number) || of_night() == Some(true)
}

/// What numbers mean beside those of phones: the outside, for most; help; translations, one of which goes
/// round in a circle; what is blocked.
fn dial_plan() -> Result<DialPlan, Box<dyn std::error::Error>> {
    let outside = Action::Route { trunk: TRUNK, change: Transform::default() };
    let means = |mask: Option<&str>, prefix: &str| Action::Translate {
        change: Transform { mask: mask.map(str::to_owned), prefix: prefix.into(), ..Transform::default() },
        calling_search_space: None,
    };
    let rules = vec![
        Rule {
            partition: OUTSIDE.into(),
            outside_dial_tone: true,
            ..Rule::new("9!".parse()?, outside.clone())
        },
        Rule { urgent: true, ..Rule::new("9[78]X".parse()?, outside.clone()) },
        Rule { emergency: true, ..Rule::new(EMERGENCY.parse()?, outside) },
        Rule::new("8XXX".parse()?, means(Some("1XXX"), "")),
        Rule::new("6+".parse()?, means(None, "6")),
        Rule::new("5[0-4]!".parse()?, Action::Block(Cause::REJECTED)),
    ];
    let space = CallingSearchSpace { name: OUTSIDE.into(), partitions: vec![OUTSIDE.into()] };
    Ok(DialPlan::compile(DialRules { rules, calling_search_spaces: vec![space], inbound: None })?)
}

/// Every feature, at times that a run sees: each third line is in one of three pickup groups.
fn features(setup: &Setup) -> Features {
    let numbers = setup.phones.iter().flat_map(|phone| &phone.lines);
    let group = |number: &String| {
        let tens = number.bytes().rev().nth(1).unwrap_or_default();
        (!tens.is_multiple_of(3)).then(|| (number.clone(), format!("group {}", tens % 3)))
    };
    Features {
        hold_reminder_secs: 9,
        forward_no_answer_secs: 8,
        park_slots: PARK_SLOTS.map(str::to_owned).into(),
        park_reversion_secs: 30,
        conference_parties_max: 5,
        meet_me: BTreeMap::from([
            ("81".to_owned(), MeetMe::default()),
            ("82".to_owned(), MeetMe { pin: Some("12".into()) }),
        ]),
        barge: match setup.seed % 4 {
            0 => Barge::Conference,
            1 => Barge::Off,
            _ => Barge::Guest,
        },
        privacy: setup.seed % 2 == 1,
        divert_to: Some("1000".into()),
        conference_ends: match setup.seed % 3 {
            0 => ConferenceEnds::WithOriginator,
            1 => ConferenceEnds::WithoutInternal,
            _ => ConferenceEnds::WhenTwoRemain,
        },
        call_back_secs: CALL_BACK_SECS,
        call_waiting_secs: 6,
        hardware: Preference {
            conferences: if setup.seed.is_multiple_of(4) { First::Server } else { First::Hardware },
            transcoding: if setup.seed.is_multiple_of(2) { First::Hardware } else { First::Server },
        },
        pickup_groups: numbers.filter_map(group).collect(),
        ..Features::default()
    }
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
    let may_call_outside = phone.number % 4 != 3;
    let device = Device {
        description: format!("Phone {}", phone.number),
        buttons,
        calling_search_space: if may_call_outside { OUTSIDE.into() } else { String::new() },
        abbreviated: BTreeMap::from([(7, "1000".into()), (12, "8010".into()), (13, "911".into())]),
        rollover: phone.number % 5 == 1,
        region: if phone.number % 8 == 5 { FAR.into() } else { String::new() },
        digits: match phone.number % 9 {
            2 => DigitPath::Events,
            4 => DigitPath::Audio,
            6 => DigitPath::Notify,
            _ => DigitPath::Keys,
        },
        music: if phone.number.is_multiple_of(4) { MUSIC.into() } else { String::new() },
        ..Device::default()
    };
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
        hotline: hotline(number),
        external_mask: number.ends_with("20").then(|| "0315550XXX".to_owned()),
        record: match number.as_bytes().last() {
            Some(b'1') => Recording::Always,
            Some(b'2' | b'5' | b'8') => Recording::OnDemand,
            _ => Recording::Never,
        },
        ..Line::default()
    }
}

/// Some second lines call by themselves, at once or after a while.
fn hotline(number: &str) -> Option<Hotline> {
    let (phone, place) = number.split_at_checked(number.len().checked_sub(1)?)?;
    let delay_secs = match (phone.bytes().last()?, place) {
        (b'2' | b'7', "1") => 0,
        (b'4' | b'9', "1") => 3,
        _ => return None,
    };
    Some(Hotline { number: "1000".into(), delay_secs })
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

/// The n-th port of the media engine.
pub fn engine_port(n: u32) -> SocketAddr {
    let port = 16_384 + (n % 8_000) * 2;
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 8, (n / 8_000 % 256) as u8, 1)), port as u16)
}

/// Where the trunk receives the audio of its n-th stream.
pub fn trunk_port(stream: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 9, 0, 1)), 20_000 + (stream % 10_000) * 2)
}
