//! From the file to an immutable [`Plan`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use exchange::plan::dial_plan::DialPlan;
use exchange::plan::{
    Button, ButtonFeature, Device, DigitPath, Features, Line, Plan, Recording, RingRule, Site,
};
use ipnet::IpNet;
use toml::Spanned;

use super::check::{BUTTONS_MAX, CALLS_MAX, Checker, DEVICES_MAX};
use super::error::Problem;
use super::features::features;
use super::limits::{Limits, Network};
use super::{dial_plan, file, screen};
use crate::media::MediaSettings;
use crate::ring::RingLimits;

/// Calls that a line holds unless the file says otherwise.
const CALLS_MAX_DEFAULT: u32 = 4;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Codecs by the name that people use, with SCCP's numbers of them.
const CODECS: &[(&str, &[u32])] = &[
    ("g711u", &[4]),
    ("g711a", &[2]),
    ("g722", &[6]),
    ("g729", &[11, 12, 15, 16]),
    ("g723", &[9]),
    ("g728", &[10]),
    ("ilbc", &[86]),
    ("gsm", &[18, 19, 20]),
    ("wideband", &[25]),
];

/// Calls from which on a line is busy unless the file says otherwise: one, and one waiting.
const BUSY_TRIGGER_DEFAULT: u32 = 2;

/// A line that nothing more is known of.
pub fn default_line(name: &str) -> Line {
    Line {
        name: name.to_owned(),
        calls_max: CALLS_MAX_DEFAULT,
        busy_trigger: BUSY_TRIGGER_DEFAULT,
        ..Line::default()
    }
}

/// Where to listen.
pub fn listen(section: &file::Listen, checker: &mut Checker<'_>) -> Option<Vec<SocketAddr>> {
    const RULE: &str = "write address and port, such as \"0.0.0.0:2000\" or \"[::]:2000\"";
    let texts = section.addresses.as_ref()?;
    Some(texts.iter().filter_map(|text| checker.parsed(text, "listen address", RULE)).collect())
}

/// Limits.
pub fn limits(section: &file::LimitsSection, checker: &mut Checker<'_>) -> Limits {
    let sessions_max = checker.within(section.sessions_max.as_ref(), "number of sessions", (1, 1_000_000));
    let mut limits = Limits { sessions_max, ..Limits::default() };
    let unregistered = |checker: &mut Checker<'_>, value: Option<&Spanned<u32>>| {
        checker.within(value, "number of sessions", (1, 1_000_000))
    };
    if let Some(count) = unregistered(checker, section.unregistered_per_address.as_ref()) {
        limits.unregistered_per_address = count;
    }
    if let Some(secs) = checker.within(section.drain_secs.as_ref(), "number of seconds", (0, 86_400)) {
        limits.drain = std::time::Duration::from_secs(u64::from(secs));
    }
    let own = section.networks.iter().filter_map(|network| {
        let rule = "write an address and a prefix length, such as \"10.20.0.0/16\"";
        let prefix: IpNet = checker.parsed(&network.prefix, "network", rule)?;
        let count = unregistered(checker, Some(&network.unregistered_per_address))?;
        Some(Network { prefix, unregistered_per_address: count })
    });
    let own: Vec<_> = own.collect();
    limits.networks.splice(..0, own);
    limits
}

/// How long records are kept.
pub fn records_keep(section: &file::Records, checker: &mut Checker<'_>) -> Duration {
    let days = checker.within(section.keep_days.as_ref(), "number of days", (1, 36_500));
    days.map_or(super::RECORDS_KEEP, |days| DAY * days)
}

/// The media thread's settings; none where there is none. Then nothing can be recorded.
pub fn media(file: &file::File, checker: &mut Checker<'_>) -> Option<MediaSettings> {
    let recording = super::recording::compile(&file.recording, checker);
    let announcements = super::announcements::files(&file.announcements, checker);
    let settings = super::media::compile(&file.media, recording, checker);
    // What is wrong with it is said where the plan is compiled.
    let quiet = &mut Checker { source: checker.source, errors: Vec::new() };
    let music = super::media::music(&file.music, quiet);
    let sources = super::media::sources(&file.music, &music, quiet);
    let settings = settings.map(|settings| MediaSettings { announcements, sources, ..settings });
    if settings.is_none() {
        let records = |line: &&file::Line| {
            line.record.as_ref().is_some_and(|record| *record.get_ref() != Recording::Never)
        };
        for line in file.lines.iter().filter(records) {
            let rule =
                "take `enabled = false` out of [media]: without the media engine nothing can be recorded";
            checker.bad(&line.number, "line to be recorded", rule);
        }
    }
    settings
}

/// The trace ring; none when it is not wanted.
pub fn ring(section: &file::Trace, checker: &mut Checker<'_>) -> Option<RingLimits> {
    let usual = RingLimits::default();
    let megabytes = checker.within(section.megabytes.as_ref(), "number of megabytes", (1, 1_000_000));
    let days = checker.within(section.keep_days.as_ref(), "number of days", (1, 36_500));
    section.keep.unwrap_or(true).then(|| RingLimits {
        bytes_max: megabytes.map_or(usual.bytes_max, |megabytes| megabytes * 1024 * 1024),
        keep: days.map_or(usual.keep, |days| DAY * days),
        secrets: section.secrets.unwrap_or(usual.secrets),
    })
}

/// The plan of a file.
pub fn plan(file: &file::File, checker: &mut Checker<'_>) -> Plan {
    let mut plan =
        Plan { generation: 1, site: site(&file.site, features(file, checker), checker), ..Plan::default() };
    if file.devices.len() > DEVICES_MAX {
        let span = file.devices[DEVICES_MAX].name.span();
        let problem = Problem::TooMany { what: "devices", found: file.devices.len(), limit: DEVICES_MAX };
        checker.fault(span, problem);
    }
    plan.dial_plan = dial_plan::compile(file, checker);
    plan.softkey_templates = screen::templates(&file.softkey_templates, checker);
    plan.site.time_zone = screen::time_zone(file.site.time_zone.as_ref(), &mut plan.time_zones, checker);
    plan.regions = super::regions::compile(file, checker);
    plan.music = super::media::music(&file.music, checker);
    plan.devices = devices(file, &mut plan, checker);
    super::regions::check_devices(file, &plan, checker);
    super::resources::resources(file, &mut plan, checker);
    plan.lines = lines(&file.lines, &plan.dial_plan, checker);
    for device in plan.devices.values() {
        for button in &device.buttons {
            let Button::Line { number, label } = button else { continue };
            if let Entry::Vacant(place) = plan.lines.entry(number.clone()) {
                place.insert(default_line(label));
            }
        }
    }
    music(file, &mut plan, checker);
    super::groups::groups(file, &mut plan, checker);
    buttons_agree(file, &plan, checker);
    if file.features.park_slots.is_none() {
        let patterns = file.route_patterns.iter().chain(&file.translation_patterns);
        let patterns = patterns.map(|section| section.pattern.get_ref().as_str());
        plan.site.features.park_slots = super::features::usual_park_slots(&plan, patterns);
    }
    dial_plan::check_numbers(&plan, file, checker);
    plan
}

/// Which music lines, devices and the site name.
fn music(file: &file::File, plan: &mut Plan, checker: &mut Checker<'_>) {
    plan.site.music = super::media::named(file.site.music.as_ref(), &plan.music, checker);
    for section in &file.devices {
        let music = super::media::named(section.music.as_ref(), &plan.music, checker);
        if let Some(device) = plan.devices.get_mut(&section.name.get_ref().to_ascii_uppercase()) {
            device.music = music;
        }
    }
    for section in &file.lines {
        let music = super::media::named(section.music.as_ref(), &plan.music, checker);
        if let Some(line) = plan.lines.get_mut(section.number.get_ref()) {
            line.music = music;
        }
    }
}

fn site(section: &file::Site, features: Features, checker: &mut Checker<'_>) -> Site {
    let usual = Site::default();
    let mut secs = |value: &Option<Spanned<u32>>, bounds, usual| {
        checker.within(value.as_ref(), "number of seconds", bounds).unwrap_or(usual)
    };
    let keepalive_secs = secs(&section.keepalive_secs, (5, 3600), usual.keepalive_secs);
    Site {
        keepalive_secs,
        standby_keepalive_secs: secs(
            &section.standby_keepalive_secs,
            (5, 3600),
            usual.standby_keepalive_secs,
        ),
        interdigit_secs: secs(&section.interdigit_secs, (1, 60), usual.interdigit_secs),
        no_answer_secs: secs(&section.no_answer_secs, (5, 3600), usual.no_answer_secs),
        date_template: checker.date_template(section.date_template.as_ref()).unwrap_or(usual.date_template),
        utc_offset_secs: checker.utc_offset(section.utc_offset.as_ref()).unwrap_or(usual.utc_offset_secs),
        auto_register: section.auto_register.unwrap_or(true),
        lobby: section.lobby.unwrap_or(true),
        auto_number_first: checker
            .within(section.auto_number_first.as_ref(), "directory number", (1, 999_999_999))
            .unwrap_or(usual.auto_number_first),
        name: checker.text(section.name.as_ref(), "server name").unwrap_or(usual.name),
        features,
        locale: screen::locale(section.locale.as_ref(), checker).unwrap_or(usual.locale),
        messages_number: section.messages_number.as_ref().map_or_else(String::new, |n| checker.number(n)),
        ..usual
    }
}

fn devices(file: &file::File, plan: &mut Plan, checker: &mut Checker<'_>) -> BTreeMap<String, Device> {
    let mut first_places = BTreeMap::new();
    let mut devices = BTreeMap::new();
    for section in &file.devices {
        let name = checker.device_name(&section.name);
        once(&mut first_places, "device", &name, &section.name, checker);
        devices.insert(name, device(section, plan, checker));
    }
    devices
}

fn device(section: &file::Device, plan: &mut Plan, checker: &mut Checker<'_>) -> Device {
    screen::check_model(section, checker);
    if section.buttons.len() > BUTTONS_MAX {
        let span = section.buttons[BUTTONS_MAX].span();
        let problem = Problem::TooMany { what: "buttons", found: section.buttons.len(), limit: BUTTONS_MAX };
        checker.fault(span, problem);
    }
    let versions = (3, skinny::catalogue::VERSION_MAX);
    let mut first_places = BTreeMap::new();
    let buttons = section.buttons.iter().map(|place| {
        if let Some(number) = &place.get_ref().line {
            once(&mut first_places, "line", number.get_ref(), number, checker);
        }
        button(place, checker)
    });
    let buttons = buttons.collect();
    Device {
        description: checker.text(section.description.as_ref(), "description").unwrap_or_default(),
        buttons,
        protocol_max: checker.within(section.protocol_max.as_ref(), "protocol version", versions),
        keepalive_secs: checker.within(section.keepalive_secs.as_ref(), "number of seconds", (5, 3600)),
        dynamic_messages: section.dynamic_messages,
        built_in_bridge: section.built_in_bridge,
        codecs: section.codecs.iter().flatten().flat_map(|name| codec(name, checker)).collect(),
        digits: digit_path(section.digits.as_ref(), checker),
        region: section.region.as_ref().map(|region| region.get_ref().clone()).unwrap_or_default(),
        softkey_template: screen::template_of(
            section.softkey_template.as_ref(),
            &plan.softkey_templates,
            checker,
        ),
        locale: screen::locale(section.locale.as_ref(), checker),
        time_zone: screen::time_zone(section.time_zone.as_ref(), &mut plan.time_zones, checker),
        date_template: checker.date_template(section.date_template.as_ref()),
        calling_search_space: dial_plan::search_space(
            section.calling_search_space.as_ref(),
            &plan.dial_plan,
            checker,
        ),
        abbreviated: dial_plan::abbreviated(&section.abbreviated, checker),
        rollover: section.rollover,
        rings: section.buttons.iter().filter_map(|place| ring_rule(place.get_ref(), checker)).collect(),
        ..Device::default()
    }
}

/// How digits reach a device.
fn digit_path(word: Option<&Spanned<String>>, checker: &mut Checker<'_>) -> DigitPath {
    const PATHS: [(&str, DigitPath); 4] = [
        ("keys", DigitPath::Keys),
        ("notify", DigitPath::Notify),
        ("events", DigitPath::Events),
        ("audio", DigitPath::Audio),
    ];
    let Some(word) = word else { return DigitPath::Keys };
    let found = PATHS.iter().find(|(known, _)| known == word.get_ref());
    if found.is_none() {
        let valid = PATHS.iter().map(|(known, _)| (*known).to_owned()).collect();
        let problem = Problem::UnknownName { what: "way of digits", found: word.get_ref().clone(), valid };
        checker.fault(word.span(), problem);
    }
    found.map_or(DigitPath::Keys, |(_, path)| *path)
}

/// How calls to a button's line ring.
fn ring_rule(section: &file::Button, checker: &mut Checker<'_>) -> Option<(String, RingRule)> {
    const RULES: [(&str, RingRule); 4] = [
        ("ring", RingRule::Ring),
        ("once", RingRule::Once),
        ("flash", RingRule::Flash),
        ("off", RingRule::Off),
    ];
    let word = section.ring.as_ref()?;
    let Some((_, rule)) = RULES.iter().find(|(known, _)| known == word.get_ref()) else {
        let valid = RULES.iter().map(|(known, _)| (*known).to_owned()).collect();
        let problem = Problem::UnknownName { what: "ring", found: word.get_ref().clone(), valid };
        checker.fault(word.span(), problem);
        return None;
    };
    let line = section.line.as_ref()?.get_ref().clone();
    (*rule != RingRule::Ring).then_some((line, *rule))
}

/// SCCP's numbers of a codec.
/// SCCP's numbers of a codec.
pub fn codecs_named(name: &str) -> Option<&'static [u32]> {
    CODECS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, numbers)| *numbers)
}

fn codec(name: &Spanned<String>, checker: &mut Checker<'_>) -> Vec<u32> {
    let found = codecs_named(name.get_ref());
    if found.is_none() {
        let valid = CODECS.iter().map(|(known, _)| (*known).to_owned()).collect();
        checker
            .fault(name.span(), Problem::UnknownName { what: "codec", found: name.get_ref().clone(), valid });
    }
    found.map_or_else(Vec::new, <[u32]>::to_vec)
}

fn button(place: &Spanned<file::Button>, checker: &mut Checker<'_>) -> Button {
    let section = place.get_ref();
    let label = checker.text(section.label.as_ref(), "label");
    let beside = |number: &str| label.clone().unwrap_or_else(|| number.to_owned());
    let mut kinds = Vec::new();
    if let Some(number) = &section.line {
        let number = checker.number(number);
        kinds.push(Button::Line { label: beside(&number), number });
    }
    if let Some(number) = &section.speed_dial {
        let number = checker.number(number);
        kinds.push(Button::SpeedDial { label: beside(&number), number });
    }
    if let Some(number) = &section.busy_lamp {
        let (number, pickup) = (checker.number(number), is_set(section.pickup.as_ref()));
        kinds.push(Button::BusyLamp { label: beside(&number), number, pickup });
    }
    if let Some(number) = &section.intercom {
        let (number, two_way) = (checker.number(number), is_set(section.two_way.as_ref()));
        kinds.push(Button::Intercom { label: beside(&number), number, two_way });
    }
    if let Some(word) = &section.feature {
        kinds.push(Button::Feature { label: beside(word.get_ref()), feature: feature(word, checker) });
    }
    if let Some(name) = &section.night_service {
        let feature = ButtonFeature::NightService(name.get_ref().clone());
        kinds.push(Button::Feature { label: beside(name.get_ref()), feature });
    }
    if section.unused == Some(true) {
        kinds.push(Button::Unused);
    }
    belongs(section.ring.as_ref(), "ring", section.line.is_some(), "line", checker);
    belongs(section.pickup.as_ref(), "pickup", section.busy_lamp.is_some(), "busy_lamp", checker);
    belongs(section.two_way.as_ref(), "two_way", section.intercom.is_some(), "intercom", checker);
    match (kinds.len(), kinds.pop()) {
        (1, Some(button)) => button,
        (count, _) => {
            checker.fault(place.span(), Problem::Button(count));
            Button::Unused
        }
    }
}

fn is_set(value: Option<&Spanned<bool>>) -> bool {
    value.is_some_and(|value| *value.get_ref())
}

/// A key that makes sense beside another one only.
fn belongs<T>(
    value: Option<&Spanned<T>>,
    key: &'static str,
    is_there: bool,
    to: &'static str,
    checker: &mut Checker<'_>,
) {
    if let Some(value) = value.filter(|_| !is_there) {
        checker.fault(value.span(), Problem::Misplaced { key, to });
    }
}

/// The feature with a name.
fn feature(word: &Spanned<String>, checker: &mut Checker<'_>) -> ButtonFeature {
    ButtonFeature::of_word(word.get_ref()).unwrap_or_else(|| {
        let valid = ButtonFeature::WORDS.iter().map(|(known, _)| (*known).to_owned()).collect();
        let problem = Problem::UnknownName { what: "feature", found: word.get_ref().clone(), valid };
        checker.fault(word.span(), problem);
        ButtonFeature::Redial
    })
}

fn lines(sections: &[file::Line], plan: &DialPlan, checker: &mut Checker<'_>) -> BTreeMap<String, Line> {
    let mut first_places = BTreeMap::new();
    let mut lines = BTreeMap::new();
    for section in sections {
        let number = checker.number(&section.number);
        once(&mut first_places, "line", &number, &section.number, checker);
        let usual = default_line("");
        let calls_max = checker.within(section.calls_max.as_ref(), "number of calls", (1, CALLS_MAX));
        let busy_trigger = checker.within(section.busy_trigger.as_ref(), "number of calls", (1, CALLS_MAX));
        let line = Line {
            name: checker.text(section.name.as_ref(), "name").unwrap_or(usual.name),
            calls_max: calls_max.unwrap_or(usual.calls_max),
            busy_trigger: busy_trigger.unwrap_or(usual.busy_trigger),
            partition: dial_plan::partition(section.partition.as_ref(), plan, checker),
            calling_search_space: dial_plan::search_space(
                section.calling_search_space.as_ref(),
                plan,
                checker,
            ),
            hotline: dial_plan::hotline(
                section.hotline.as_ref(),
                section.hotline_delay_secs.as_ref(),
                checker,
            ),
            music: String::new(),
            external_mask: section.external_mask.as_ref().map(|mask| external_mask(mask, checker)),
            record: section.record.as_ref().map_or(usual.record, |record| *record.get_ref()),
        };
        lines.insert(number, line);
    }
    lines
}

/// Digits, and `X` where a digit is kept.
fn external_mask(mask: &Spanned<String>, checker: &mut Checker<'_>) -> String {
    let text = mask.get_ref();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_key = |key: char| key.is_ascii_digit() || key == 'X';
    if digits.is_empty() || text.len() > super::check::NUMBER_MAX || !digits.chars().all(is_key) {
        checker.bad(
            mask,
            "mask",
            "it has digits, and X where a digit of the number stays, such as 0315550XXX",
        );
    }
    text.clone()
}

/// Night services that buttons switch are there.
fn buttons_agree(file: &file::File, plan: &Plan, checker: &mut Checker<'_>) {
    for button in file.devices.iter().flat_map(|device| &device.buttons) {
        if let Some(name) = &button.get_ref().night_service
            && !plan.night_services.contains_key(name.get_ref())
        {
            let valid = plan.night_services.keys().cloned().collect();
            let found = name.get_ref().clone();
            checker.fault(name.span(), Problem::NoSuch { what: "night service", found, valid });
        }
    }
}

/// Notes where a name stands first, and faults it when it stands again.
pub(super) fn once(
    first_places: &mut BTreeMap<String, Range<usize>>,
    what: &'static str,
    name: &str,
    value: &Spanned<String>,
    checker: &mut Checker<'_>,
) {
    let span = value.span();
    let first = first_places.entry(name.to_owned()).or_insert_with(|| span.clone()).clone();
    if first != span {
        let first = checker.source.line(first);
        checker.fault(span, Problem::Duplicate { what, found: name.to_owned(), first });
    }
}
