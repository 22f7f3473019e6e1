//! What a filter can ask of a call.

use std::fmt;

use crate::analysis::{Analysis, BranchKind, Call, FindingKind, Milestone, Outcome, StepKind};

/// A value of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(f64),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{}", (number * 1000.0).round() / 1000.0),
        }
    }
}

/// In what a number is counted when no unit is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Seconds,
    Ratio,
    Plain,
    Text,
}

/// Something to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Caller,
    Callee,
    Number,
    Name,
    Dialled,
    Phone,
    Address,
    Server,
    Reference,
    Outcome,
    Finding,
    Legs,
    Branches,
    Messages,
    Duration,
    Talk,
    Mos,
    Loss,
    Jitter,
    Codec,
    Stage(Milestone),
}

/// Fields by name, with what they mean. The milestones' names are fields too.
pub const FIELDS: &[(&str, &str)] = &[
    ("caller", "number of the one who called"),
    ("callee", "number of the one who was called in the end"),
    ("number", "either of them, the first callee, or what was dialled"),
    ("name", "name of either party"),
    ("dialled", "what the caller dialled"),
    ("phone", "name or address of any phone of the call"),
    ("address", "address of any phone of the call"),
    ("server", "address of any call manager of the call"),
    ("reference", "call reference of any leg"),
    (
        "outcome",
        "answered, no-answer, busy, abandoned, invalid-number, congestion, ringing, in-set-up, unknown",
    ),
    ("finding", "name of any finding"),
    ("legs", "how many legs"),
    ("branches", "how many branches"),
    ("messages", "how many messages"),
    ("duration", "from start to end, in s"),
    ("talk", "from answer to end, in s"),
    ("mos", "lowest MOS that a phone or the wire gives"),
    ("loss", "highest share of lost packets on the wire"),
    ("jitter", "highest jitter on the wire, in ms"),
    ("codec", "codec of any stream"),
];

/// Words that hold or not, with what they mean. The names of outcomes and findings are words too.
pub const WORDS: &[(&str, &str)] = &[
    ("both-way audio", "each side received audio from the other, by the phones' or the wire's word"),
    ("ended", "the call ended within the capture"),
    (
        "transferred",
        "a transfer key was pressed and the parties changed, or a second leg of that phone joined",
    ),
    ("held", "was on hold"),
    ("resumed", "was taken back from hold"),
    ("conference", "a conference key was pressed"),
    ("forwarded", "was forwarded"),
    ("parked", "was parked"),
    ("picked-up", "a pickup key was pressed"),
    ("recorded", "has recording branches"),
    ("clean", "has no warning and no fault"),
];

impl Field {
    pub(super) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "caller" => Self::Caller,
            "callee" => Self::Callee,
            "number" => Self::Number,
            "name" => Self::Name,
            "dialled" => Self::Dialled,
            "phone" => Self::Phone,
            "address" => Self::Address,
            "server" => Self::Server,
            "reference" => Self::Reference,
            "outcome" => Self::Outcome,
            "finding" => Self::Finding,
            "legs" => Self::Legs,
            "branches" => Self::Branches,
            "messages" => Self::Messages,
            "duration" => Self::Duration,
            "talk" => Self::Talk,
            "mos" => Self::Mos,
            "loss" => Self::Loss,
            "jitter" => Self::Jitter,
            "codec" => Self::Codec,
            name => Self::Stage(Milestone::by_name(&name.replace('-', "_"))?),
        })
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Stage(_) | Self::Jitter => Unit::Millis,
            Self::Duration | Self::Talk => Unit::Seconds,
            Self::Loss => Unit::Ratio,
            Self::Legs | Self::Branches | Self::Messages | Self::Mos | Self::Reference => Unit::Plain,
            _ => Unit::Text,
        }
    }

    /// The values of a call: none when nothing is known.
    pub(super) fn of(self, analysis: &Analysis, call: &Call) -> Vec<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        let known = |texts: &[&str]| {
            texts.iter().filter(|found| !found.is_empty()).map(|found| text(found)).collect()
        };
        let number = |number: Option<f64>| number.map(Value::Number).into_iter().collect();
        let until = call.end.map_or(call.last, |end| end.time);
        match self {
            Self::Caller => known(&[&call.caller.number]),
            Self::Callee => known(&[&call.callee.number]),
            Self::Number => known(&[
                &call.caller.number,
                &call.callee.number,
                &call.original_callee.number,
                &call.dialled,
            ]),
            Self::Name => known(&[&call.caller.name, &call.callee.name]),
            Self::Dialled => known(&[&call.dialled]),
            Self::Phone => call.legs.iter().map(|leg| Value::Text(analysis.phone(leg).label())).collect(),
            Self::Address => addresses(call.legs.iter().map(|leg| analysis.phone(leg))),
            Self::Server => addresses(call.legs.iter().map(|leg| analysis.server(leg))),
            Self::Reference => call.legs.iter().map(|leg| Value::Number(f64::from(leg.reference))).collect(),
            Self::Outcome => vec![text(&call.outcome.text().replace(' ', "-"))],
            Self::Finding => call.findings.iter().map(|finding| text(finding.kind.name())).collect(),
            Self::Legs => number(Some(call.legs.len() as f64)),
            Self::Branches => number(Some(call.branches.len() as f64)),
            Self::Messages => number(Some(f64::from(call.messages))),
            Self::Duration => number(Some(until.since(call.start.time) as f64 / 1e9)),
            Self::Talk => number(call.answer.map(|answer| until.since(answer.time) as f64 / 1e9)),
            Self::Mos => number(mos(call)),
            Self::Loss => {
                let streams =
                    call.streams.iter().filter(|stream| stream.branch.is_none() && stream.expected > 0);
                let shares = streams.map(|stream| stream.lost as f64 / stream.expected as f64);
                number(shares.reduce(f64::max))
            }
            Self::Jitter => {
                let streams = call.streams.iter().filter(|stream| stream.branch.is_none());
                number(streams.map(|stream| f64::from(stream.jitter_ms_max)).reduce(f64::max))
            }
            Self::Codec => call.streams.iter().map(|stream| text(&stream.codec)).collect(),
            Self::Stage(milestone) => number(call.milestones.millis(milestone)),
        }
    }
}

fn addresses(ends: impl Iterator<Item = crate::analysis::Endpoint>) -> Vec<Value> {
    ends.filter_map(|end| end.address).map(|address| Value::Text(address.ip().to_string())).collect()
}

fn mos(call: &Call) -> Option<f64> {
    let phones = call.quality.iter().filter_map(|quality| quality.receiver_mos);
    let wire = call.streams.iter().filter(|stream| stream.branch.is_none()).filter_map(|stream| stream.mos);
    phones.chain(wire).map(f64::from).reduce(f64::min)
}

/// Something that holds or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Outcome(Outcome),
    Finding(FindingKind),
    BothWayAudio,
    Ended,
    Transferred,
    Held,
    Resumed,
    Conference,
    Forwarded,
    Parked,
    PickedUp,
    Recorded,
    Clean,
}

/// Outcomes that have a word.
const OUTCOMES: [Outcome; 10] = [
    Outcome::Unknown,
    Outcome::InSetUp,
    Outcome::Ringing,
    Outcome::Answered,
    Outcome::NoAnswer,
    Outcome::Abandoned,
    Outcome::Busy,
    Outcome::InvalidNumber,
    Outcome::Congestion,
    Outcome::Failed,
];

impl Word {
    /// By its name, blanks written as hyphens.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        let outcome = OUTCOMES.into_iter().find(|outcome| outcome.text().replace(' ', "-") == name);
        if let Some(outcome) = outcome {
            return Some(Self::Outcome(outcome));
        }
        Some(match name {
            "both-way-audio" => Self::BothWayAudio,
            "ended" => Self::Ended,
            "transferred" => Self::Transferred,
            "held" => Self::Held,
            "resumed" => Self::Resumed,
            "conference" => Self::Conference,
            "forwarded" => Self::Forwarded,
            "parked" => Self::Parked,
            "picked-up" => Self::PickedUp,
            "recorded" => Self::Recorded,
            "clean" => Self::Clean,
            name => Self::Finding(FindingKind::ALL.iter().copied().find(|kind| kind.name() == name)?),
        })
    }

    /// All of them, for hints.
    pub(super) fn names() -> Vec<String> {
        let outcomes = OUTCOMES.map(|outcome| outcome.text().replace(' ', "-"));
        let findings = FindingKind::ALL.iter().map(|kind| kind.name().to_owned());
        let words = WORDS.iter().map(|(name, _)| name.replace(' ', "-"));
        outcomes.into_iter().chain(words).chain(findings).collect()
    }

    pub(super) fn holds(self, call: &Call) -> bool {
        let told = |wanted: fn(&StepKind) -> bool| call.story.iter().any(|step| wanted(&step.kind));
        match self {
            Self::Outcome(outcome) => call.outcome == outcome,
            Self::Finding(kind) => call.findings.iter().any(|finding| finding.kind == kind),
            Self::BothWayAudio => both_way(call),
            Self::Ended => call.end.is_some(),
            Self::Transferred => {
                told(|kind| *kind == StepKind::TransferKey)
                    && (told(|kind| matches!(kind, StepKind::PartyChanged(_))) || call.legs.len() > 2)
            }
            Self::Held => told(|kind| *kind == StepKind::Held),
            Self::Resumed => told(|kind| *kind == StepKind::Resumed),
            Self::Conference => told(|kind| *kind == StepKind::ConferenceKey),
            Self::Forwarded => told(|kind| matches!(kind, StepKind::Forwarded(..))),
            Self::Parked => told(|kind| matches!(kind, StepKind::Parked(_))),
            Self::PickedUp => told(|kind| matches!(kind, StepKind::PickupKey | StepKind::PickedUp(_))),
            Self::Recorded => call
                .branches
                .iter()
                .any(|branch| matches!(branch.kind, BranchKind::RecordingNear | BranchKind::RecordingFar)),
            Self::Clean => {
                call.findings.iter().all(|finding| finding.kind.severity() == crate::analysis::Severity::Note)
            }
        }
    }
}

/// Whether two legs each received something from the other.
fn both_way(call: &Call) -> bool {
    let received = |quality: &crate::analysis::Quality| match quality.receiver_received {
        Some(received) => received > 0,
        None => quality.stream.is_some(),
    };
    call.quality.iter().any(|one| {
        let back =
            |other: &&crate::analysis::Quality| (other.from_leg, other.to_leg) == (one.to_leg, one.from_leg);
        received(one) && call.quality.iter().find(back).is_some_and(received)
    })
}
