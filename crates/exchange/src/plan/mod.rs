//! The configuration, immutable: compiled outside from the store and `lineside.toml`, handed in whole,
//! compared with the one before by the exchange itself. The core holds names and ids, never references
//! into a plan.

mod apply;
pub mod dial_plan;
mod features;
mod groups;
mod lines;
mod locale;
mod regions;
mod resources;
pub mod softkeys;

use std::collections::BTreeMap;

use dial_plan::{ClassId, DialPlan};
pub use features::{
    Announcement, Barge, Code, ConferenceEnds, ConsentTo, Features, MeetMe, Recording, RecordingFeatures,
};
pub use groups::{Algorithm, ButtonFeature, HuntGroup, NightService};
pub(crate) use lines::{Line as LineState, Lines};
pub use locale::{Locale, TimeZone};
pub use regions::{CodecPolicy, LOW, NARROWBAND, Region, RegionPair, Regions};
pub use resources::{First, Preference, Resource, ResourceKind};
use serde::{Deserialize, Serialize};
pub use softkeys::SoftkeyTemplate;

/// What the exchange is configured to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Ascends with each plan.
    pub generation: u64,
    /// Site-wide settings.
    pub site: Site,
    /// Devices by name (`SEP001122334455`, upper case).
    pub devices: BTreeMap<String, Device>,
    /// Lines by directory number. A line that several devices show is a shared line.
    pub lines: BTreeMap<String, Line>,
    /// Hunt groups by their numbers, which no line has.
    pub hunt_groups: BTreeMap<String, HuntGroup>,
    /// Night services by their names.
    pub night_services: BTreeMap<String, NightService>,
    /// What numbers beyond these lines mean, and who may dial them.
    pub dial_plan: DialPlan,
    /// Softkey templates by name.
    pub softkey_templates: BTreeMap<String, SoftkeyTemplate>,
    /// Time zones by name.
    pub time_zones: BTreeMap<String, TimeZone>,
    /// Which codecs may be used where.
    pub regions: Regions,
    /// Music for those who are held, by name.
    pub music: BTreeMap<String, Music>,
}

impl Plan {
    /// What a device may dial, beside what its lines may.
    pub(crate) fn class_of(&self, device: &Device) -> ClassId {
        if device.lobby { ClassId::LOBBY } else { self.dial_plan.class(&device.calling_search_space) }
    }

    /// How far local time at a device is from UTC.
    pub(crate) fn utc_offset_secs(&self, device: &str, unix_ms: i64) -> i32 {
        let own = self.devices.get(device).map_or("", |device| &device.time_zone);
        let name = if own.is_empty() { &self.site.time_zone } else { own };
        let zone = self.time_zones.get(name);
        zone.map_or(self.site.utc_offset_secs, |zone| zone.offset_secs(unix_ms.div_euclid(1000)))
    }

    /// The language of a device.
    pub(crate) fn locale_of(&self, device: &Device) -> Locale {
        device.locale.unwrap_or(self.site.locale)
    }
}

/// Site-wide settings, with the defaults that a first start has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// Seconds between keepalives that phones are told.
    pub keepalive_secs: u32,
    /// The same for standby connections.
    pub standby_keepalive_secs: u32,
    /// Seconds after the last digit until what was dialled is called.
    pub interdigit_secs: u32,
    /// Seconds of ringing until a call counts as not answered.
    pub no_answer_secs: u32,
    /// Date format that phones show, such as `D.M.Y`.
    pub date_template: String,
    /// Offset of local time from UTC, unless there is a time zone.
    pub utc_offset_secs: i32,
    /// Its time zone; empty: the offset.
    pub time_zone: String,
    /// Its language.
    pub locale: Locale,
    /// The number that the messages key calls; empty: none.
    pub messages_number: String,
    /// Whether unknown phones from loopback get a line of their own.
    pub auto_register: bool,
    /// Whether unknown phones from private networks get one, in the lobby.
    pub lobby: bool,
    /// First directory number for them.
    pub auto_number_first: u32,
    /// What ServerRes and the idle prompt call this server.
    pub name: String,
    /// Features.
    pub features: Features,
    /// Its music; empty: that of the media engine.
    pub music: String,
}

impl Default for Site {
    fn default() -> Self {
        Site {
            keepalive_secs: 30,
            standby_keepalive_secs: 60,
            interdigit_secs: 5,
            no_answer_secs: 60,
            date_template: "D.M.Y".into(),
            utc_offset_secs: 0,
            time_zone: String::new(),
            locale: Locale::English,
            messages_number: String::new(),
            auto_register: false,
            lobby: false,
            auto_number_first: 1000,
            name: "Lineside".into(),
            features: Features::default(),
            music: String::new(),
        }
    }
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// What people call it.
    pub description: String,
    /// Its buttons from the top.
    pub buttons: Vec<Button>,
    /// Highest protocol version to negotiate, where the model's own is too high.
    pub protocol_max: Option<u8>,
    /// Whether it was registered by itself and not configured.
    pub auto: bool,
    /// Whether it is in the lobby: it calls emergency numbers and what is in partition `lobby`.
    pub lobby: bool,
    /// Its calling search space, searched behind that of the line; empty: none.
    pub calling_search_space: String,
    /// Its softkey template; empty: the usual keys.
    pub softkey_template: String,
    /// Its language, where it is not the site's.
    pub locale: Option<Locale>,
    /// Its time zone, where it is not the site's; empty: that.
    pub time_zone: String,
    /// How it shows the date, where it is not as the site's.
    pub date_template: Option<String>,
    /// Numbers that are dialled by a short index, beyond those of its speed-dial buttons.
    pub abbreviated: BTreeMap<u32, String>,
    /// Seconds between keepalives, where the site's do not suit it.
    pub keepalive_secs: Option<u32>,
    /// Whether messages that exist in a static and a dynamic form go out in the dynamic one, where what the
    /// phone says of itself is wrong.
    pub dynamic_messages: Option<bool>,
    /// Codecs that it may use (SCCP's numbers), whatever it says that it has; none: all that it has.
    pub codecs: Vec<u32>,
    /// The music of those whom it holds, where its line has none; empty: the site's.
    pub music: String,
    /// Its region; empty: that of the network from which it signals.
    pub region: String,
    /// How digits reach it and come from it during a call.
    pub digits: DigitPath,
    /// Whether a call to a busy line of it rings on its next line that is free.
    pub rollover: bool,
    /// How calls to a line of it ring here, by directory number, where they don't simply ring.
    pub rings: BTreeMap<String, RingRule>,
    /// Whether its calls are recorded by the two copies that it sends itself; none: as its model is known to.
    pub built_in_bridge: Option<bool>,
    /// What it is, where it is no phone.
    pub resource: Option<Resource>,
}

/// How digits that are pressed during a call reach a device and come from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigitPath {
    /// Beside the audio, as keys and tones.
    #[default]
    Keys,
    /// Beside the audio, as NotifyDtmfTone and SendDtmfTone: gateways.
    Notify,
    /// As telephone events among the audio (RFC 4733).
    Events,
    /// In the audio itself.
    Audio,
}

/// How calls to a line ring at one of the phones that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingRule {
    /// Until somebody answers.
    #[default]
    Ring,
    /// Once; then they only flash.
    Once,
    /// They only flash.
    Flash,
    /// Only the display tells.
    Off,
}

/// A button of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Button {
    /// Shows a line.
    Line {
        /// Directory number: a key of `Plan::lines`.
        number: String,
        /// What stands beside the button.
        label: String,
    },
    /// Dials a number.
    SpeedDial {
        /// The number.
        number: String,
        /// What stands beside the button.
        label: String,
    },
    /// Dials a number, and shows what is going on at the line that has it.
    BusyLamp {
        /// The number.
        number: String,
        /// What stands beside the button.
        label: String,
        /// Whether it takes the call that rings there.
        pickup: bool,
    },
    /// Speaks to a number at once: the phone there answers by itself.
    Intercom {
        /// The number.
        number: String,
        /// What stands beside the button.
        label: String,
        /// Whether both are heard at once; otherwise who is called answers first.
        two_way: bool,
    },
    /// A feature.
    Feature {
        /// Which.
        feature: ButtonFeature,
        /// What stands beside the button.
        label: String,
    },
    /// Nothing.
    Unused,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// Caller id name.
    pub name: String,
    /// Calls it holds at once.
    pub calls_max: u32,
    /// Calls from which on it is busy.
    pub busy_trigger: u32,
    /// Its partition: who may call it; empty: everybody.
    pub partition: String,
    /// Its calling search space: whom it may call; empty: what is in no partition.
    pub calling_search_space: String,
    /// What it calls by itself when its user goes off hook.
    pub hotline: Option<Hotline>,
    /// The music of those whom it holds; empty: that of the device.
    pub music: String,
    /// Number that those outside see instead: `X` keeps a digit.
    pub external_mask: Option<String>,
    /// Whether its calls are recorded.
    pub record: Recording,
}

/// Music for those who are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Music {
    /// A group to which it is sent all the time: [`Music::GROUPS`].
    pub multicast: Option<std::net::SocketAddr>,
}

impl Music {
    /// SCCP's numbers of the codecs in which it is sent to its group, and how far from the first port.
    pub const GROUPS: [(u32, u16); 3] = [
        (skinny::codes::MediaPayloadType::G711_ULAW64K.0, 0),
        (skinny::codes::MediaPayloadType::G711_ALAW64K.0, 2),
        (skinny::codes::MediaPayloadType::G722_64K.0, 4),
    ];

    /// Where it is sent to in a codec.
    pub fn group(&self, codec: u32) -> Option<std::net::SocketAddr> {
        let first = self.multicast?;
        let (_, beyond) = Self::GROUPS.iter().find(|(code, _)| *code == codec)?;
        Some(std::net::SocketAddr::new(first.ip(), first.port().checked_add(*beyond)?))
    }
}

/// What a line calls by itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hotline {
    /// The number.
    pub number: String,
    /// Seconds of dial tone before it is called, in which the user may dial another; 0: at once, without.
    pub delay_secs: u32,
}
