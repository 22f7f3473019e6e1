//! What a site's features are like: times, numbers and star codes, with what a first start has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::input::ForwardWhen;
use crate::limit::CONFERENCE_PARTIES;
use crate::plan::Preference;

/// Settings of features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Features {
    /// Seconds after which a phone reminds its user of a held call, and again each time; 0: never.
    pub hold_reminder_secs: u32,
    /// Seconds of ringing until a line's forward for no answer takes effect.
    pub forward_no_answer_secs: u32,
    /// Whether handset down completes a transfer whose target rings or was answered.
    pub transfer_on_hook: bool,
    /// Numbers in which calls can be parked.
    pub park_slots: Vec<String>,
    /// Seconds after which a parked call comes back to who parked it.
    pub park_reversion_secs: u32,
    /// Seconds after which a call back that could not be made is forgotten; 0: there is none.
    pub call_back_secs: u32,
    /// Seconds after which a user hears again that another call waits; 0: once only.
    pub call_waiting_secs: u32,
    /// Parties of a conference, at most.
    pub conference_parties_max: u32,
    /// When a conference ends though some are still in it.
    pub conference_ends: ConferenceEnds,
    /// Whether those in a conference hear a tone when somebody comes or leaves.
    pub conference_tones: bool,
    /// Conferences by the number that opens them and lets people in.
    pub meet_me: BTreeMap<String, MeetMe>,
    /// How a user may step into a call of another phone of a shared line.
    pub barge: Barge,
    /// Whether phones have a key with which their calls are hidden from others of their lines.
    pub privacy: bool,
    /// The number that the key for immediate divert sends calls to; none: the one of the messages key.
    pub divert_to: Option<String>,
    /// Pickup group of each line that is in one.
    pub pickup_groups: BTreeMap<String, String>,
    /// How calls are recorded.
    pub recording: RecordingFeatures,
    /// Who mixes and transcodes first, where hardware is registered that can.
    pub hardware: Preference,
    /// What is announced to who calls in vain; the rest is told by tones alone.
    pub announcements: BTreeSet<Announcement>,
    /// Star codes.
    pub codes: BTreeMap<String, Code>,
}

/// Something that is said to who calls in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// Nobody has the number.
    UnknownNumber,
    /// No phone of the line is registered.
    NotRegistered,
    /// The phones have no codec in common.
    NoCodec,
    /// A limit is reached: no more calls can be.
    Limit,
    /// The line is closed for the night.
    Closed,
}

impl Announcement {
    /// All of them.
    pub const ALL: [Announcement; 5] = [
        Announcement::UnknownNumber,
        Announcement::NotRegistered,
        Announcement::NoCodec,
        Announcement::Limit,
        Announcement::Closed,
    ];

    /// Those of a first start. A limit is told by a tone alone, as users know it from busy circuits: they redial, and
    /// nobody should have to wait for the end of a sentence.
    pub const USUAL: [Announcement; 4] = [
        Announcement::UnknownNumber,
        Announcement::NotRegistered,
        Announcement::NoCodec,
        Announcement::Closed,
    ];

    /// Its name in `lineside.toml`, and of its file.
    pub fn word(self) -> &'static str {
        match self {
            Announcement::UnknownNumber => "unknown_number",
            Announcement::NotRegistered => "not_registered",
            Announcement::NoCodec => "no_codec",
            Announcement::Limit => "limit",
            Announcement::Closed => "closed",
        }
    }
}

/// How calls are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordingFeatures {
    /// Who hears that it happens.
    pub tone_to: ConsentTo,
    /// Seconds after which they hear it again; 0: at the beginning only.
    pub tone_secs: u32,
}

impl Default for RecordingFeatures {
    fn default() -> Self {
        RecordingFeatures { tone_to: ConsentTo::All, tone_secs: 15 }
    }
}

/// Who hears the tone that tells that a call is recorded. Which of them the law wants, the operator must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentTo {
    /// Everybody in the call.
    #[default]
    All,
    /// Everybody but who records.
    Others,
    /// Nobody.
    Nobody,
}

/// Whether the calls of a line are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recording {
    /// They are not.
    #[default]
    Never,
    /// When its user, or an operator, wants it.
    OnDemand,
    /// All of them.
    Always,
}

/// A conference with a number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MeetMe {
    /// What those who dial in must type; none: nothing.
    pub pin: Option<String>,
}

/// How a user may step into a call of another phone of a shared line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barge {
    /// Not at all.
    Off,
    /// As a guest: it is over when either of the two leaves whose call it was.
    #[default]
    Guest,
    /// It becomes a conference.
    Conference,
}

/// When a conference ends though some are still in it. When only two are left they get a direct call, whatever is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceEnds {
    /// When whoever began it leaves.
    WithOriginator,
    /// When no phone of this site is in it any more: outside parties alone would be somebody else's telephone bill.
    #[default]
    WithoutInternal,
    /// Never before only two remain; outside parties may go on alone.
    WhenTwoRemain,
}

/// What a star code does. Those with a number want it dialled behind the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// Forwards the line to the number behind it.
    Forward(ForwardWhen),
    /// Ends that forward.
    ForwardOff(ForwardWhen),
    /// Do not disturb: calls are refused.
    DoNotDisturb,
    /// Do not disturb: calls come in without a sound.
    DoNotDisturbSilent,
    /// Disturb again.
    Disturb,
    /// Takes a call that rings in the own pickup group.
    GroupPickup,
    /// Takes the call that rings at the number behind it.
    DirectedPickup,
    /// Comes back to the hunt groups.
    HuntLogIn,
    /// Leaves them.
    HuntLogOut,
    /// Calls back when whoever was called last is free.
    CallBack,
    /// Does so no longer.
    CallBackOff,
    /// Switches the night services on that the line is in.
    NightOn,
    /// Switches them off.
    NightOff,
    /// Begins or ends the recording of the call that is on hold.
    Record,
}

impl Code {
    /// Whether a number belongs behind it.
    pub fn wants_number(self) -> bool {
        matches!(self, Code::Forward(_) | Code::DirectedPickup)
    }
}

/// The codes of a first start.
const CODES: &[(&str, Code)] = &[
    ("*72", Code::Forward(ForwardWhen::Always)),
    ("*73", Code::ForwardOff(ForwardWhen::Always)),
    ("*90", Code::Forward(ForwardWhen::Busy)),
    ("*91", Code::ForwardOff(ForwardWhen::Busy)),
    ("*92", Code::Forward(ForwardWhen::NoAnswer)),
    ("*93", Code::ForwardOff(ForwardWhen::NoAnswer)),
    ("*94", Code::Forward(ForwardWhen::Unregistered)),
    ("*95", Code::ForwardOff(ForwardWhen::Unregistered)),
    ("*76", Code::DoNotDisturbSilent),
    ("*78", Code::DoNotDisturb),
    ("*79", Code::Disturb),
    ("*8", Code::GroupPickup),
    ("**", Code::DirectedPickup),
    ("*62", Code::HuntLogIn),
    ("*63", Code::HuntLogOut),
    ("*66", Code::CallBack),
    ("*65", Code::CallBackOff),
    ("*26", Code::NightOn),
    ("*27", Code::NightOff),
    ("*55", Code::Record),
];

impl Default for Features {
    fn default() -> Self {
        Features {
            hold_reminder_secs: 0,
            forward_no_answer_secs: 18,
            transfer_on_hook: false,
            park_slots: Vec::new(),
            park_reversion_secs: 60,
            call_back_secs: 0,
            call_waiting_secs: 0,
            conference_parties_max: CONFERENCE_PARTIES as u32,
            conference_ends: ConferenceEnds::default(),
            conference_tones: true,
            meet_me: BTreeMap::new(),
            barge: Barge::default(),
            privacy: false,
            divert_to: None,
            pickup_groups: BTreeMap::new(),
            recording: RecordingFeatures::default(),
            hardware: Preference::default(),
            announcements: Announcement::USUAL.into_iter().collect(),
            codes: CODES.iter().map(|(digits, code)| ((*digits).to_owned(), *code)).collect(),
        }
    }
}
