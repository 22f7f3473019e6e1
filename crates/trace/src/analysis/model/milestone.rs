//! How long each stage of a call took.

use serde::{Deserialize, Serialize};

/// A stage of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Milestone {
    /// Off hook to dial tone.
    DialTone,
    /// Last digit (or the key that stands for the number) to ring-back: what people call set-up.
    SetUp,
    /// Last digit to the callee's ringing.
    Ringing,
    /// Ringing to answer: the callee's own time.
    Answer,
    /// Answer to the order to open a channel, the slower leg.
    Open,
    /// That order to the phone's acknowledgement, the slower leg.
    Acknowledge,
    /// A phone's acknowledgement to the other's order to send, the slower leg.
    Start,
    /// Order to send to the first packet of the caller.
    FirstFromCaller,
    /// Order to send to the first packet of the callee.
    FirstFromCallee,
    /// Answer to the first packet that the caller is sent.
    AudioToCaller,
    /// Answer to the first packet that the callee is sent.
    AudioToCallee,
}

/// All of them, in the order in which they happen.
pub const MILESTONES: [Milestone; 11] = [
    Milestone::DialTone,
    Milestone::SetUp,
    Milestone::Ringing,
    Milestone::Answer,
    Milestone::Open,
    Milestone::Acknowledge,
    Milestone::Start,
    Milestone::FirstFromCaller,
    Milestone::FirstFromCallee,
    Milestone::AudioToCaller,
    Milestone::AudioToCallee,
];

impl Milestone {
    /// Its name in JSON, tables and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::DialTone => "dial_tone",
            Self::SetUp => "setup",
            Self::Ringing => "ringing",
            Self::Answer => "answer",
            Self::Open => "open",
            Self::Acknowledge => "acknowledge",
            Self::Start => "start",
            Self::FirstFromCaller => "first_from_caller",
            Self::FirstFromCallee => "first_from_callee",
            Self::AudioToCaller => "audio_to_caller",
            Self::AudioToCallee => "audio_to_callee",
        }
    }

    /// What it measures.
    pub fn text(self) -> &'static str {
        match self {
            Self::DialTone => "off hook to dial tone",
            Self::SetUp => "last digit to ring-back",
            Self::Ringing => "last digit to the callee's ringing",
            Self::Answer => "ringing to answer",
            Self::Open => "answer to open channel",
            Self::Acknowledge => "open channel to acknowledgement",
            Self::Start => "acknowledgement to start media",
            Self::FirstFromCaller => "start media to the caller's first packet",
            Self::FirstFromCallee => "start media to the callee's first packet",
            Self::AudioToCaller => "answer to audio for the caller",
            Self::AudioToCallee => "answer to audio for the callee",
        }
    }

    /// The milestone of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        MILESTONES.into_iter().find(|milestone| milestone.name() == name)
    }
}

/// The stages of one call, in microseconds. What was not seen is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Milestones([Option<i64>; MILESTONES.len()]);

impl Milestones {
    /// In microseconds.
    pub fn micros(&self, milestone: Milestone) -> Option<i64> {
        self.0[milestone as usize]
    }

    /// In milliseconds.
    pub fn millis(&self, milestone: Milestone) -> Option<f64> {
        self.micros(milestone).map(|micros| micros as f64 / 1000.0)
    }

    /// Sets it.
    pub fn set(&mut self, milestone: Milestone, nanos: i64) {
        self.0[milestone as usize] = Some(nanos / 1000);
    }

    /// Those that were seen.
    pub fn iter(&self) -> impl Iterator<Item = (Milestone, i64)> + '_ {
        MILESTONES.into_iter().filter_map(|milestone| Some((milestone, self.micros(milestone)?)))
    }
}
