//! `lineside.toml` as people write it: every section and key, with what is taken when a key is left out.

use std::collections::BTreeMap;

use exchange::plan::Recording;
use serde::Deserialize;
use toml::Spanned;

use super::{dial_plan, screen};

/// The whole file. An empty one is a valid one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// `[listen]`
    pub listen: Listen,
    /// `[site]`
    pub site: Site,
    /// `[provision]`
    pub provision: super::provision::Provision,
    /// `[features]`
    pub features: super::features::FeaturesSection,
    /// `[limits]`
    pub limits: LimitsSection,
    /// `[records]`
    pub records: Records,
    /// `[trace]`
    pub trace: Trace,
    /// `[media]`
    pub media: super::media::Media,
    /// `[announcements]`
    pub announcements: super::announcements::AnnouncementsSection,
    /// `[recording]`
    pub recording: super::recording::RecordingSection,
    /// `[[music]]`
    pub music: Vec<super::media::MusicSection>,
    /// `[[device]]`
    #[serde(rename = "device")]
    pub devices: Vec<Device>,
    /// `[[line]]`
    #[serde(rename = "line")]
    pub lines: Vec<Line>,
    /// `[[region]]`
    #[serde(rename = "region")]
    pub regions: Vec<super::regions::RegionSection>,
    /// `[[region_pair]]`
    #[serde(rename = "region_pair")]
    pub region_pairs: Vec<super::regions::RegionPairSection>,
    /// `[[resource]]`
    #[serde(rename = "resource")]
    pub resources: Vec<super::resources::ResourceSection>,
    /// `[hardware]`
    pub hardware: super::resources::HardwareSection,
    /// `[[hunt_group]]`
    #[serde(rename = "hunt_group")]
    pub hunt_groups: Vec<super::groups::HuntGroupSection>,
    /// `[[night_service]]`
    #[serde(rename = "night_service")]
    pub night_services: Vec<super::groups::NightServiceSection>,
    /// `[dial_plan]`
    pub dial_plan: dial_plan::Section,
    /// `[[calling_search_space]]`
    #[serde(rename = "calling_search_space")]
    pub calling_search_spaces: Vec<dial_plan::SearchSpace>,
    /// `[[softkey_template]]`
    #[serde(rename = "softkey_template")]
    pub softkey_templates: Vec<screen::TemplateSection>,
    /// `[[route_pattern]]`
    #[serde(rename = "route_pattern")]
    pub route_patterns: Vec<dial_plan::PatternSection>,
    /// `[[translation_pattern]]`
    #[serde(rename = "translation_pattern")]
    pub translation_patterns: Vec<dial_plan::PatternSection>,
}

/// `[listen]`: where phones connect.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Addresses with ports; left out: port 2000 on all of IPv4 and all of IPv6.
    pub addresses: Option<Vec<Spanned<String>>>,
}

/// `[site]`: what holds for every phone.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    /// What phones call this server.
    pub name: Option<Spanned<String>>,
    /// Seconds between keepalives.
    pub keepalive_secs: Option<Spanned<u32>>,
    /// Seconds between keepalives to a standby server.
    pub standby_keepalive_secs: Option<Spanned<u32>>,
    /// Seconds after the last digit until the number is called.
    pub interdigit_secs: Option<Spanned<u32>>,
    /// Seconds of ringing until a call counts as not answered.
    pub no_answer_secs: Option<Spanned<u32>>,
    /// How phones show the date: `D.M.Y`, `M/D/YA` (A: 12-hour clock).
    pub date_template: Option<Spanned<String>>,
    /// Local time less UTC: `+01:00`; left out, or where there is a time zone: not needed.
    pub utc_offset: Option<Spanned<String>>,
    /// Time zone: `Europe/Berlin`.
    pub time_zone: Option<Spanned<String>>,
    /// Language of our own texts on phones: `en`, `de`, `fr`, `es`.
    pub locale: Option<Spanned<String>>,
    /// The `[[music]]` of those who are held; left out: that of `[media]`.
    pub music: Option<Spanned<String>>,
    /// The number that the messages key of phones calls.
    pub messages_number: Option<Spanned<String>>,
    /// Whether unknown phones of this very machine get a line of their own; left out: yes.
    pub auto_register: Option<bool>,
    /// Whether unknown phones from private networks get one, in the lobby: they may call emergency numbers
    /// and what is in partition `lobby` only, until an operator adopts them; left out: yes.
    pub lobby: Option<bool>,
    /// First directory number for them.
    pub auto_number_first: Option<Spanned<u32>>,
}

/// `[limits]`: how much of the machine phones may take.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Connections at once.
    pub sessions_max: Option<Spanned<usize>>,
    /// Connections of one address that have not registered.
    pub unregistered_per_address: Option<Spanned<u32>>,
    /// Seconds that calls may go on after the server was told to stop.
    pub drain_secs: Option<Spanned<u32>>,
    /// `[[limits.network]]`: other limits for some addresses.
    #[serde(rename = "network")]
    pub networks: Vec<NetworkSection>,
}

/// `[[limits.network]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSection {
    /// Such as `10.20.0.0/16`.
    pub prefix: Spanned<String>,
    /// Connections of one address of it that have not registered.
    pub unregistered_per_address: Spanned<u32>,
}

/// `[records]`: records of calls.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Records {
    /// Days that they are kept in the database; left out: 730.
    pub keep_days: Option<Spanned<u32>>,
}

/// `[trace]`: the ring of all frames on disk, which `lineside trace` reads.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trace {
    /// Whether it is kept at all; left out: yes.
    pub keep: Option<bool>,
    /// Megabytes that it may take; left out: 256.
    pub megabytes: Option<Spanned<u64>>,
    /// Days that it is kept; left out: 7.
    pub keep_days: Option<Spanned<u32>>,
    /// Whether SRTP keys and digits pressed during calls (PINs, codes) stay readable in it; left out: no.
    pub secrets: Option<bool>,
}

/// `[[device]]`: a phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// `SEP` and its MAC address.
    pub name: Spanned<String>,
    /// What people call it.
    pub description: Option<Spanned<String>>,
    /// Highest protocol version to agree on; left out: what the phone offers, 22 at most.
    pub protocol_max: Option<Spanned<u8>>,
    /// Seconds between its keepalives; left out: as `[site]` says.
    pub keepalive_secs: Option<Spanned<u32>>,
    /// Whether messages that exist in a static and a dynamic form (call info, prompts, line names) go out
    /// in the dynamic one; left out: as the phone says of itself.
    pub dynamic_messages: Option<bool>,
    /// Codecs that it may use: `g711u`, `g711a`, `g722`, `g729`, `g723`, `g728`, `ilbc`, `gsm`,
    /// `wideband`; left out: all that it has.
    pub codecs: Option<Vec<Spanned<String>>>,
    /// How digits that are pressed during a call reach it and come from it: `keys` (beside the audio, as phones do),
    /// `notify` (as NotifyDtmfTone and SendDtmfTone), `events` (RFC 4733), `audio` (as tones); left out: `keys`.
    pub digits: Option<Spanned<String>>,
    /// Whether its calls are recorded by the two copies that it sends itself (the built-in bridge), and stay direct;
    /// left out: as its model is known to.
    pub built_in_bridge: Option<bool>,
    /// The `[[music]]` of those whom it holds, where its line names none; left out: as `[site]` says.
    pub music: Option<Spanned<String>>,
    /// Its region; left out: that of the network from which it signals.
    pub region: Option<Spanned<String>>,
    /// What it is, such as `7960`: what it lacks is refused then.
    pub model: Option<Spanned<String>>,
    /// Its softkeys; left out: the usual ones.
    pub softkey_template: Option<Spanned<String>>,
    /// Its language; left out: as `[site]` says.
    pub locale: Option<Spanned<String>>,
    /// Its time zone; left out: as `[site]` says.
    pub time_zone: Option<Spanned<String>>,
    /// How it shows the date; left out: as `[site]` says.
    pub date_template: Option<Spanned<String>>,
    /// Whether a call to a busy line of it rings on its next line that is free; left out: no.
    #[serde(default)]
    pub rollover: bool,
    /// What it may dial, beyond what its lines may.
    pub calling_search_space: Option<Spanned<String>>,
    /// Numbers that are dialled by an index from 1 to 99, behind those of the speed-dial buttons.
    #[serde(default)]
    pub abbreviated: BTreeMap<Spanned<String>, Spanned<String>>,
    /// `[[device.button]]`, from the top.
    #[serde(default, rename = "button")]
    pub buttons: Vec<Spanned<Button>>,
}

/// `[[device.button]]`: one of `line`, `speed_dial`, `busy_lamp`, `intercom`, `feature`, `night_service` or
/// `unused`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Button {
    /// Directory number of the line that it shows.
    pub line: Option<Spanned<String>>,
    /// How calls to that line ring here: `ring`, `once`, `flash`, `off` (only the display tells); left out: `ring`.
    pub ring: Option<Spanned<String>>,
    /// Number that it dials.
    pub speed_dial: Option<Spanned<String>>,
    /// Number that it dials, with a lamp that shows what is going on at the line that has it.
    pub busy_lamp: Option<Spanned<String>>,
    /// Whether that button takes the call that rings there; left out: no.
    pub pickup: Option<Spanned<bool>>,
    /// Number that it speaks to at once: the phone there answers by itself.
    pub intercom: Option<Spanned<String>>,
    /// Whether who is spoken to is heard at once, too; left out: when he lifts the handset.
    pub two_way: Option<Spanned<bool>>,
    /// A feature: `hunt_log`, `do_not_disturb`, `forward_all`, `call_back`, `pick_up`, `group_pick_up`, `park`,
    /// `transfer`, `hold`, `redial`.
    pub feature: Option<Spanned<String>>,
    /// Night service that it switches.
    pub night_service: Option<Spanned<String>>,
    /// What stands beside it; left out: the number.
    pub label: Option<Spanned<String>>,
    /// `true`: a button without a function.
    pub unused: Option<bool>,
}

/// `[[line]]`: what a directory number is, beyond what the devices that show it say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Directory number.
    pub number: Spanned<String>,
    /// Caller id name; left out: the label of the first button that shows it.
    pub name: Option<Spanned<String>>,
    /// Calls that it holds at once.
    pub calls_max: Option<Spanned<u32>>,
    /// Calls from which on it is busy.
    pub busy_trigger: Option<Spanned<u32>>,
    /// Its partition: who may call it; left out: everybody.
    pub partition: Option<Spanned<String>>,
    /// What it may dial; left out: what is in no partition.
    pub calling_search_space: Option<Spanned<String>>,
    /// A number that it calls by itself when its user goes off hook.
    pub hotline: Option<Spanned<String>>,
    /// Seconds of dial tone before that, in which another number can be dialled; left out: none.
    pub hotline_delay_secs: Option<Spanned<u32>>,
    /// The `[[music]]` of those whom it holds; left out: as its phone's `music` says.
    pub music: Option<Spanned<String>>,
    /// What those behind a trunk see instead of its number: `X` keeps a digit, such as `0315550XXX`.
    pub external_mask: Option<Spanned<String>>,
    /// Whether its calls are recorded: `always`, `on-demand` (by the key Record, `*55`, `lineside ctl record`), `never`;
    /// left out: `never`.
    pub record: Option<Spanned<Recording>>,
}
