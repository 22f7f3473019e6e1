//! What is known of each model of phone: the one table. Registration, screens, provisioning, `check` and
//! `docs/phones.md` take their facts from here.
//!
//! Plain data without decisions about a running phone: those are made in `station/profile.rs`, which knows
//! what the phone itself said when it registered.
//!
//! * [`outbound`]: which messages a generation knows; nothing else is ever sent to it.
//! * [`addon`]: modules with more buttons.
//! * `markdown`: `docs/phones.md`.

pub mod addon;
mod analogue;
mod desk;
mod java;
pub mod markdown;
pub mod outbound;
mod spcp;

use serde::{Deserialize, Serialize};
use skinny::codes::DeviceType;

pub use outbound::{Needs, Rule};

/// Phones that share a firmware, and so the messages that they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Generation {
    /// 12SP, 30SP and 30VIP: no softkeys, protocol up to 3.
    Selsius,
    /// 7902 to 7960 and the older conference stations: static messages, protocol up to 11.
    #[default]
    Classic,
    /// 7906 to 7985, the wireless phones from the 7921 on, IP Communicator: dynamic messages from 17 on.
    Java,
    /// 6900 and 8900: another firmware, which speaks as the Java phones do.
    Late,
    /// SPA phones, which speak SPCP: their version 8 is not SCCP's.
    Spcp,
    /// Ports for analogue telephones: no screen, no keys, no lamp.
    Analogue,
    /// Voice-mail ports: no screen, but they follow calls closely.
    Port,
    /// Conference bridges, media termination points, transcoders: no phones, and not among [`Generation::ALL`].
    Resource,
}

impl Generation {
    /// All of phones, in the order of their age.
    pub const ALL: &'static [Generation] = &[
        Generation::Selsius,
        Generation::Classic,
        Generation::Java,
        Generation::Late,
        Generation::Spcp,
        Generation::Analogue,
        Generation::Port,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Generation::Selsius => "12SP, 30VIP",
            Generation::Classic => "7902–7960",
            Generation::Java => "7906–7985",
            Generation::Late => "6900, 8900",
            Generation::Spcp => "SPA",
            Generation::Analogue => "analogue ports",
            Generation::Port => "voice-mail ports",
            Generation::Resource => "media resources",
        }
    }

    /// The bit that stands for it in a set of generations.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The generation of a device type that the table lacks, from the version that it offers.
    pub fn of_unknown(version: u8) -> Generation {
        if version >= FIRST_JAVA_VERSION { Generation::Java } else { Generation::Classic }
    }
}

/// Lowest version of the Java phones; the older ones end with 11.
const FIRST_JAVA_VERSION: u8 = 15;

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// Pixels across; 0: a screen of characters only.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// Bits of a pixel.
    pub depth: u8,
}

/// How text outside ASCII is encoded unless the phone says otherwise (feature bit 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// The single-byte page of the locale; Latin-1 for western loads.
    SingleByte,
    /// UTF-8.
    Utf8,
    /// There is nothing to show it on.
    None,
}

/// How a phone comes to the time that it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// It shows the calendar fields of TimeDateRes and wants them after each call.
    Calendar,
    /// It adds the time zone of its configuration file to the UTC seconds of TimeDateRes.
    Zone,
}

/// What a phone is configured by before it registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `SEP….cnf.xml` with every section.
    Full,
    /// `SEP….cnf.xml` without the sections that the 7940 and 7960 do not know.
    Short,
    /// `SEP….cnf.xml`, asked for in lower case first, with few sections.
    Small,
    /// A binary `SEP….cnf`, of which no description is public; the phone takes the TFTP server for its
    /// call manager.
    Binary,
    /// Its own web page or command line: nothing is fetched.
    Own,
    /// Nothing: it is a part of a server.
    None,
}

/// How a phone fetches files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// TFTP only.
    Tftp,
    /// HTTP at port 6970, then TFTP.
    HttpThenTftp,
}

/// Who has tried a model with this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// Nobody yet.
    No,
    /// Somebody, with this load.
    By {
        /// Who.
        who: &'static str,
        /// With which firmware.
        load: &'static str,
    },
}

/// Everything that is known of a model.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// The number with which it registers.
    pub device_type: DeviceType,
    /// Its name; the first one is shown, by any of them it is found.
    pub names: &'static [&'static str],
    /// Which messages it knows.
    pub generation: Generation,
    /// Highest protocol version that it was seen to speak.
    pub version: u8,
    /// The version to speak with it whatever it offers: an ATA claims 33 and speaks 3.
    pub version_forced: Option<u8>,
    /// Lines that it can show without modules.
    pub lines: u8,
    /// Buttons for lines, speed dials and features, without modules.
    pub buttons: u8,
    /// Modules with more buttons that can be attached.
    pub modules: u8,
    /// Its screen.
    pub display: Option<Display>,
    /// Softkeys at a time; 0: it has none.
    pub softkeys: u8,
    /// How text is encoded.
    pub text: Text,
    /// How it comes to the time.
    pub clock: Clock,
    /// What it is configured by.
    pub file: File,
    /// How it fetches files.
    pub fetch: Fetch,
    /// Its user locale's file, in the folder of the locale.
    pub locale: Option<&'static str>,
    /// The folder of its wallpapers in `Desktops`.
    pub wallpaper: Option<&'static str>,
    /// What the names of its SCCP loads begin with; empty: there are none to fetch.
    pub load: &'static str,
    /// A load that others have run with SCCP.
    pub load_known: &'static str,
    /// What its device name begins with.
    pub prefix: &'static str,
    /// What one has to know of it.
    pub note: &'static str,
    /// Who has tried it.
    pub verified: Verified,
}

impl Model {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or("phone")
    }

    /// Lines that it can show with every module attached.
    pub fn lines_max(&self) -> usize {
        usize::from(self.lines) + usize::from(self.modules) * addon::BUTTONS_MAX
    }

    /// Whether an analogue telephone hangs on it, whose user can only hear.
    pub fn is_analogue(&self) -> bool {
        self.generation == Generation::Analogue
    }

    /// Whether it sends copies of what its user says and hears, to be recorded (Cisco's list of phones with a built-in
    /// bridge).
    pub fn has_built_in_bridge(&self) -> bool {
        const WITHOUT: [DeviceType; 4] =
            [DeviceType::CISCO_7937, DeviceType::CISCO_7985, DeviceType::CISCO_6901, DeviceType::CISCO_6911];
        matches!(self.generation, Generation::Java | Generation::Late) && !WITHOUT.contains(&self.device_type)
    }

    /// The screen in words.
    pub fn screen(&self) -> String {
        match self.display {
            None => "none".into(),
            Some(Display { width: 0, .. }) => "characters".into(),
            Some(Display { width, height, depth }) => format!("{width}×{height}, {depth} bit"),
        }
    }
}

/// Whether a device type is one of hardware that is used in calls, and no phone.
pub fn is_resource(device_type: DeviceType) -> bool {
    const RESOURCES: [DeviceType; 14] = [
        DeviceType::CONFERENCE_BRIDGE,
        DeviceType::CONFERENCE_BRIDGE_YOKO,
        DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND,
        DeviceType::CONFERENCE_BRIDGE_SUMMIT,
        DeviceType::SOFTWARE_MTP_DIXIE_LAND,
        DeviceType::CONFERENCE_BRIDGE_FLINT,
        DeviceType::CONFERENCE_BRIDGE_HETRO_GEN,
        DeviceType::CONFERENCE_BRIDGE_AUD_VID,
        DeviceType::CONFERENCE_H_VIDEO_BRIDGE,
        DeviceType::MEDIA_TERMINATION_POINT,
        DeviceType::MEDIA_TERMINATION_POINT_YOKO,
        DeviceType::MEDIA_TERMINATION_POINT_DIXIE_LAND,
        DeviceType::MEDIA_TERMINATION_POINT_SUMMIT,
        DeviceType::CISCO_TELE_PRESENCE_SOFTWARE_CONFERENCE_BRIDGE,
    ];
    RESOURCES.contains(&device_type)
}

/// Whether a bridge is told of conferences and of who is in them, beside their streams. The DSP farms of routers and
/// switches are not (their own debug output shows streams under one conference id and nothing else); nobody has
/// published what the later bridges want, so this can be set per device.
pub fn wants_conference_messages(device_type: DeviceType) -> bool {
    const THAT_DO: [DeviceType; 4] = [
        DeviceType::CONFERENCE_BRIDGE_HETRO_GEN,
        DeviceType::CONFERENCE_BRIDGE_AUD_VID,
        DeviceType::CONFERENCE_H_VIDEO_BRIDGE,
        DeviceType::CISCO_TELE_PRESENCE_SOFTWARE_CONFERENCE_BRIDGE,
    ];
    THAT_DO.contains(&device_type)
}

/// Every model, the oldest generation first.
pub fn all() -> impl Iterator<Item = &'static Model> {
    [desk::ROWS, java::ROWS, spcp::ROWS, analogue::ROWS].into_iter().flatten()
}

/// The model that registers with a device type.
pub fn find(device_type: DeviceType) -> Option<&'static Model> {
    all().find(|model| model.device_type == device_type)
}

/// The model with a name; letter case, blanks, hyphens and the maker's name do not matter.
pub fn named(name: &str) -> Option<&'static Model> {
    let wanted = fold(name);
    let wanted = wanted.strip_prefix("cisco").unwrap_or(&wanted);
    all().find(|model| model.names.iter().any(|name| fold(name) == wanted))
}

fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests;
