//! What would happen if somebody dialled a number, and why: with a plan alone, by the code that the exchange
//! itself dials with.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;
use skinny::codes::MediaPayloadType;

use crate::call::Cause;
use crate::call::analysis::{Closest, Hop, Numbers, Progress, Target};
use crate::limit::DIGITS_MAX;
use crate::plan::dial_plan::{Action, ClassId, Reach, TRANSLATIONS_MAX};
use crate::plan::{
    Algorithm, Button, CodecPolicy, Device, DigitPath, HuntGroup, Lines, NightService, Plan, Recording,
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Directory number of the line that dials.
    pub from: String,
    /// The device, when several show that line.
    pub device: Option<String>,
    /// What is dialled.
    pub digits: String,
    /// Whether all of it comes at once, as from a list or a speed dial.
    pub en_bloc: bool,
    /// From where the phone that dials signals, and the one that rings, where that is known: regions go by networks.
    pub addresses: [Option<IpAddr>; 2],
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No such line.
    #[error("there is no line {0} in this configuration")]
    Line(String),
    /// No such device, or it does not show the line.
    #[error("{device} does not show line {line}")]
    Device {
        /// The device.
        device: String,
        /// The line.
        line: String,
    },
    /// What is dialled is no number.
    #[error("`{0}` is no key of a telephone: dial 0-9 * # + A-D")]
    Key(char),
    /// Too much of it.
    #[error("a call has {DIGITS_MAX} digits at most")]
    Long,
}

/// What would happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Who dials.
    pub caller: Caller,
    /// Key by key; none when all comes at once.
    pub keys: Vec<Key>,
    /// The number that is called.
    pub called: String,
    /// How it was known that it is complete.
    pub complete: Complete,
    /// Keys behind it, which belong to no number any more.
    pub left_over: String,
    /// What the number means, translation by translation.
    pub looks: Vec<Look>,
    /// Where the call goes.
    pub destination: Destination,
    /// Whether it is an emergency call, for which limits and classes do not hold.
    pub emergency: bool,
    /// Night services that send it elsewhere while they are on: name, and where.
    pub nights: Vec<(String, String)>,
    /// Which codecs may be used with each phone that would ring, where there are regions.
    pub codecs: Vec<CodecRule>,
}

/// Which codecs two phones may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodecRule {
    /// The phone that would ring.
    pub device: String,
    /// The caller's region; empty: none that the configuration of its phone names.
    pub from: String,
    /// The region of that phone, likewise.
    pub to: String,
    /// Names of the codecs, the best first; empty: all.
    pub codecs: Vec<String>,
    /// Whether a call is refused that can't keep to them.
    pub required: bool,
    /// The one that is taken where both phones have it; empty: the phones decide.
    pub codec: String,
    /// Why their audio would not go directly, as far as the configuration says; none: it would.
    pub relayed: Vec<String>,
}

/// Who dials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Directory number.
    pub number: String,
    /// Caller id name.
    pub name: String,
    /// The device; empty when none shows the line.
    pub device: String,
    /// Whether the device waits in the lobby.
    pub lobby: bool,
    /// Calling search space of the line; empty: none.
    pub line_space: String,
    /// Calling search space of the device; empty: none.
    pub device_space: String,
    /// Partitions that it reaches, in the order in which they are searched.
    pub partitions: Vec<String>,
    /// What the line calls by itself, and after how many seconds of dial tone.
    pub hotline: Option<(String, u32)>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// What was dialled with it.
    pub digits: String,
    /// What its user hears from now on.
    pub tone: Tone,
    /// How far the number is.
    pub progress: Far,
    /// Patterns and lines that these digits are already.
    pub matches: Vec<String>,
}

/// A tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing: dial tone stops with the first key.
    Silence,
    /// The tone of an outside line begins.
    OutsideDialTone,
}

/// How far a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Far {
    /// Nothing longer could be meant, or it is urgent: called at once.
    Complete,
    /// Longer ones could be meant: more keys are waited for.
    GoesOn,
    /// It is no number, and will never be one.
    Impossible,
}

/// How a number is known to be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Complete {
    /// All of it came at once.
    EnBloc,
    /// No longer number is possible.
    NothingLonger,
    /// What matches best is urgent, or an emergency number.
    Urgent,
    /// No key came for so many seconds.
    Interdigit {
        /// Seconds.
        secs: u32,
    },
    /// `#` said so.
    Pound,
    /// Nothing begins with these keys.
    Impossible,
}

/// One look at a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// The number.
    pub number: String,
    /// What matches it, the best first.
    pub candidates: Vec<Candidate>,
    /// What would match it, and this caller may not dial.
    pub out_of_reach: Vec<Candidate>,
    /// What came of it.
    pub result: String,
}

/// A line or pattern that matches a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// `line`, `route`, `translation`, `block`, each perhaps `emergency`.
    pub kind: String,
    /// The number or pattern.
    pub pattern: String,
    /// Its partition; empty: none.
    pub partition: String,
    /// How many numbers of this length it matches: the fewest win.
    pub matches: u128,
    /// What people call it.
    pub description: String,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Destination {
    /// To phones that show a line.
    Line {
        /// Directory number.
        number: String,
        /// Its name.
        name: String,
        /// Devices that ring if they are registered.
        devices: Vec<String>,
        /// Calls from which on it is busy.
        busy_trigger: u32,
    },
    /// To the members of a hunt group.
    HuntGroup {
        /// Its number.
        number: String,
        /// Its name.
        name: String,
        /// Who is asked first.
        algorithm: Algorithm,
        /// Its members.
        members: Vec<String>,
        /// Seconds that each is given.
        ring_secs: u32,
        /// Where a call goes that nobody took.
        at_end: Option<String>,
    },
    /// To a trunk.
    Trunk {
        /// Which.
        trunk: u32,
        /// As which number.
        number: String,
    },
    /// Nowhere.
    Refused {
        /// Q.850 cause.
        cause: u8,
        /// In words.
        why: String,
    },
}

/// Answers a question.
pub fn explain(plan: &Plan, question: &Question) -> Result<Explanation, Unknown> {
    if let Some(key) = question.digits.chars().find(|key| !"0123456789*#+ABCD".contains(*key)) {
        return Err(Unknown::Key(key));
    }
    if question.digits.len() > DIGITS_MAX {
        return Err(Unknown::Long);
    }
    let mut lines = Lines::default();
    lines.apply(plan);
    let (caller, reach) = caller(plan, question)?;
    let book = Book { plan, lines: &lines };
    let numbers = Numbers { lines: &lines, dial_plan: &plan.dial_plan, reach };
    let (keys, called, complete) = book.dial(&numbers, question);
    let left_over = question.digits.strip_prefix(called.as_str()).unwrap_or_default();
    let left_over = left_over.strip_prefix('#').filter(|_| complete == Complete::Pound).unwrap_or(left_over);
    let (looks, target) = book.look(numbers, &called);
    let nights = book.nights(&target);
    let destination = book.destination(target);
    Ok(Explanation {
        codecs: codec_rules(plan, &caller, &destination, question.addresses),
        caller,
        keys,
        complete,
        left_over: left_over.to_owned(),
        emergency: numbers.is_emergency(&called),
        destination,
        nights,
        looks,
        called,
    })
}

/// By the regions that devices are configured to be in, or that hold the addresses from which they signal.
fn codec_rules(
    plan: &Plan,
    caller: &Caller,
    destination: &Destination,
    addresses: [Option<IpAddr>; 2],
) -> Vec<CodecRule> {
    let Destination::Line { devices, number, .. } = destination else { return Vec::new() };
    let region = |device: &str, address| {
        let own = plan.devices.get(device).map_or("", |device| &device.region);
        plan.regions.of(own, address)
    };
    let from = region(&caller.device, addresses[0]);
    let rule = |device: &String| {
        let to = region(device, addresses[1]);
        let policy = plan.regions.between(from, to);
        CodecRule {
            device: device.clone(),
            from: from.map(|region| region.name.clone()).unwrap_or_default(),
            to: to.map(|region| region.name.clone()).unwrap_or_default(),
            codecs: policy.codecs.iter().map(|code| name_of(*code)).collect(),
            required: policy.required,
            codec: best(plan, &policy, [&caller.device, device]),
            relayed: why_relayed(plan, [(&caller.device, &caller.number), (device, number)], addresses),
        }
    };
    let rules = devices.iter().map(rule);
    rules.filter(|rule| !plan.regions.regions.is_empty() || !rule.relayed.is_empty()).collect()
}

/// The codec of two phones that have all that they may use.
fn best(plan: &Plan, policy: &CodecPolicy, devices: [&str; 2]) -> String {
    let may = |device: &str, code: u32| {
        plan.devices
            .get(device)
            .is_none_or(|device| device.codecs.is_empty() || device.codecs.contains(&code))
    };
    let found = policy.codecs.iter().find(|code| devices.iter().all(|device| may(device, **code)));
    found.map(|code| name_of(*code)).unwrap_or_default()
}

/// Why the audio of two phones would not go directly. What only the phones can say (behind which NAT they are, which
/// codecs they have) is not in a configuration.
fn why_relayed(plan: &Plan, ends: [(&str, &str); 2], addresses: [Option<IpAddr>; 2]) -> Vec<String> {
    let devices = ends.map(|(device, _)| plan.devices.get(device));
    let mut why = Vec::new();
    if let [Some(one), Some(other)] = devices {
        let lists = !one.codecs.is_empty() && !other.codecs.is_empty();
        if lists && !one.codecs.iter().any(|code| other.codecs.contains(code)) {
            why.push("no common codec".into());
        }
        let in_stream = |device: &Device| {
            Some(device.digits).filter(|path| matches!(path, DigitPath::Events | DigitPath::Audio))
        };
        if in_stream(one) != in_stream(other) {
            why.push("digits in another way".into());
        }
    }
    if let [Some(one), Some(other)] = addresses.map(|address| address.map(|address| address.to_canonical()))
        && (one.is_ipv4() != other.is_ipv4() || one.is_loopback() != other.is_loopback())
    {
        why.push("no direct path".into());
    }
    for ((name, number), device) in ends.into_iter().zip(devices) {
        let always = plan.lines.get(number).is_some_and(|line| line.record == Recording::Always);
        let copies = device.and_then(|device| device.built_in_bridge);
        if always && copies != Some(true) {
            let unless = if copies.is_none() { ", unless it has a built-in bridge" } else { "" };
            why.push(format!("{name} is recorded{unless}"));
        }
    }
    why
}

fn name_of(codec: u32) -> String {
    MediaPayloadType::CODES.name(codec).map_or_else(|| format!("codec {codec}"), str::to_owned)
}

fn caller<'p>(plan: &'p Plan, question: &Question) -> Result<(Caller, Reach<'p>), Unknown> {
    let line = plan.lines.get(&question.from).ok_or_else(|| Unknown::Line(question.from.clone()))?;
    let shows = |name: &str| {
        let buttons = plan.devices.get(name).map_or(&[][..], |device| &device.buttons);
        buttons.iter().any(|button| matches!(button, Button::Line { number, .. } if *number == question.from))
    };
    let name = match &question.device {
        Some(device) if shows(&device.to_ascii_uppercase()) => device.to_ascii_uppercase(),
        Some(device) => return Err(Unknown::Device { device: device.clone(), line: question.from.clone() }),
        None => plan.devices.keys().find(|name| shows(name)).cloned().unwrap_or_default(),
    };
    let device = plan.devices.get(&name);
    let lobby = device.is_some_and(|device| device.lobby);
    let dial_plan = &plan.dial_plan;
    let class = device.map_or(ClassId::NONE, |device| plan.class_of(device));
    let reach = match class {
        ClassId::LOBBY => dial_plan.confined(class),
        _ if dial_plan.is_empty() => Reach::ALL,
        _ => dial_plan.reach(dial_plan.class(&line.calling_search_space), class),
    };
    let caller = Caller {
        number: question.from.clone(),
        name: line.name.clone(),
        device: name,
        lobby,
        line_space: line.calling_search_space.clone(),
        device_space: device.map_or_else(String::new, |device| device.calling_search_space.clone()),
        partitions: dial_plan.partition_names(&reach),
        hotline: line.hotline.as_ref().map(|hotline| (hotline.number.clone(), hotline.delay_secs)),
    };
    Ok((caller, reach))
}

/// What answers are looked up in.
struct Book<'p> {
    plan: &'p Plan,
    lines: &'p Lines,
}

impl Book<'_> {
    /// Dials key by key, as the exchange does.
    fn dial(&self, numbers: &Numbers<'_>, question: &Question) -> (Vec<Key>, String, Complete) {
        let (mut keys, mut digits) = (Vec::new(), String::new());
        if question.en_bloc {
            return (keys, question.digits.clone(), Complete::EnBloc);
        }
        for key in question.digits.chars() {
            digits.push(key);
            if key == '#' && digits.len() > 1 && !numbers.is_in_plan(&digits) {
                digits.pop();
                return (keys, digits, Complete::Pound);
            }
            let progress = numbers.progress(&digits);
            let goes_on = progress == Progress::GoesOn;
            let outside = goes_on && numbers.outside_tone_begins(&digits);
            keys.push(Key {
                digits: digits.clone(),
                tone: if outside { Tone::OutsideDialTone } else { Tone::Silence },
                progress: far(progress),
                matches: self.candidates(numbers, &digits).into_iter().map(|found| found.pattern).collect(),
            });
            match progress {
                Progress::GoesOn => {}
                Progress::Impossible => return (keys, digits, Complete::Impossible),
                Progress::Complete if self.is_urgent(numbers, &digits) => {
                    return (keys, digits, Complete::Urgent);
                }
                Progress::Complete => return (keys, digits, Complete::NothingLonger),
            }
        }
        let secs = if digits.is_empty() { crate::limit::FIRST_DIGIT_NS / 1_000_000_000 } else { 0 };
        let secs = if secs == 0 { self.plan.site.interdigit_secs.max(1) } else { secs as u32 };
        (keys, digits, Complete::Interdigit { secs })
    }

    fn is_urgent(&self, numbers: &Numbers<'_>, digits: &str) -> bool {
        match numbers.closest(digits) {
            Closest::Pattern(found) => found.rule.urgent || found.rule.emergency,
            _ => false,
        }
    }

    /// What matches a number, the best first.
    fn candidates(&self, numbers: &Numbers<'_>, digits: &str) -> Vec<Candidate> {
        let patterns = numbers.dial_plan.candidates(&numbers.reach, digits);
        let mut all: Vec<Candidate> =
            patterns.into_iter().map(|found| candidate(found.rule, digits)).collect();
        if let Some(id) = self.lines.find_for(&numbers.reach, digits)
            && let Some(line) = self.lines.get(id)
        {
            let first = matches!(numbers.closest(digits), Closest::Line(_));
            let place = if first { 0 } else { all.len().min(1) };
            let of_group = || self.plan.hunt_groups.get(digits).map_or("", |group| &group.partition);
            let partition = self.plan.lines.get(digits).map_or_else(of_group, |line| &line.partition);
            let line = Candidate {
                kind: if line.hunts { "hunt group".into() } else { "line".into() },
                pattern: line.number.clone(),
                partition: partition.to_owned(),
                matches: 1,
                description: line.name.clone(),
            };
            all.insert(place, line);
        }
        all
    }

    /// Looks at a number until it goes somewhere.
    fn look(&self, mut numbers: Numbers<'_>, called: &str) -> (Vec<Look>, Target) {
        let (mut looks, mut number) = (Vec::new(), called.to_owned());
        let everything = Numbers { reach: Reach::ALL, ..numbers };
        for _ in 0..=TRANSLATIONS_MAX {
            let candidates = self.candidates(&numbers, &number);
            let all = self.candidates(&everything, &number);
            let out_of_reach = all.into_iter().filter(|found| !candidates.contains(found)).collect();
            let hop = numbers.hop(&number, false);
            let result = self.in_words(&hop);
            looks.push(Look { number: number.clone(), candidates, out_of_reach, result });
            match hop {
                Hop::To(target) => return (looks, target),
                Hop::Means(other, reach) => (number, numbers.reach) = (other, reach),
            }
        }
        (looks, Target::Refused(Cause::ROUTING_ERROR))
    }

    fn in_words(&self, hop: &Hop<'_>) -> String {
        match hop {
            Hop::Means(number, _) => format!("means {number}"),
            Hop::To(Target::Line(line)) => {
                let line = self.lines.get(*line);
                let kind = if line.is_some_and(|line| line.hunts) { "hunt group" } else { "line" };
                format!("{kind} {}", line.map_or("", |line| &line.number))
            }
            Hop::To(Target::Trunk { trunk, number }) => format!("trunk {trunk}, as {number}"),
            Hop::To(Target::Refused(cause)) => format!("refused: {}", words(*cause)),
        }
    }

    /// Night services that a line is in.
    fn nights(&self, target: &Target) -> Vec<(String, String)> {
        let Target::Line(line) = target else { return Vec::new() };
        let number = self.lines.get(*line).map_or("", |line| &line.number);
        let own =
            self.plan.night_services.iter().filter(|(_, night)| night.lines.iter().any(|own| own == number));
        let goes = |(name, night): (&String, &NightService)| {
            (name.clone(), night.to.clone().unwrap_or_else(|| night.ring.join(" and ")))
        };
        own.map(goes).collect()
    }

    fn hunt_group(&self, number: &str) -> Option<Destination> {
        let group = self.plan.hunt_groups.get(number)?.clone();
        let HuntGroup { name, members, algorithm, ring_secs, at_end, .. } = group;
        Some(Destination::HuntGroup {
            number: number.to_owned(),
            name,
            algorithm,
            members,
            ring_secs,
            at_end,
        })
    }

    fn destination(&self, target: Target) -> Destination {
        if let Target::Line(line) = target
            && let Some(group) = self.lines.get(line).and_then(|line| self.hunt_group(&line.number))
        {
            return group;
        }
        match target {
            Target::Trunk { trunk, number } => Destination::Trunk { trunk, number },
            Target::Refused(cause) => Destination::Refused { cause: cause.0, why: words(cause).into() },
            Target::Line(line) => {
                let (number, name, busy_trigger) =
                    self.lines.get(line).map_or_else(Default::default, |line| {
                        (line.number.clone(), line.name.clone(), line.busy_trigger)
                    });
                let shows = |button: &Button| matches!(button, Button::Line { number: shown, .. } if *shown == number);
                let devices: &BTreeMap<String, _> = &self.plan.devices;
                let showing = devices.iter().filter(|(_, device)| device.buttons.iter().any(shows));
                let devices = showing.map(|(name, _)| name.clone()).collect();
                Destination::Line { number, name, devices, busy_trigger }
            }
        }
    }
}

fn candidate(rule: &crate::plan::dial_plan::Rule, digits: &str) -> Candidate {
    let kind = match rule.action {
        Action::Route { .. } => "route",
        Action::Translate { .. } => "translation",
        Action::Block(_) => "block",
    };
    Candidate {
        kind: if rule.emergency { format!("emergency {kind}") } else { kind.into() },
        pattern: rule.pattern.text().into(),
        partition: rule.partition.clone(),
        matches: rule.pattern.count(digits.len()),
        description: rule.description.clone(),
    }
}

fn far(progress: Progress) -> Far {
    match progress {
        Progress::Complete => Far::Complete,
        Progress::GoesOn => Far::GoesOn,
        Progress::Impossible => Far::Impossible,
    }
}

/// A cause in words.
fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::UNALLOCATED => "no such number, or none that this caller may dial",
        Cause::INCOMPLETE => "the number is not complete",
        Cause::REJECTED => "blocked",
        Cause::ROUTING_ERROR => "translations go round in a circle",
        Cause(22) => "the number has changed",
        _ => "blocked with the cause that the pattern gives",
    }
}

#[cfg(test)]
mod tests;
