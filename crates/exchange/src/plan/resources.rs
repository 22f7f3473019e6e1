//! Hardware that registers to be used in calls: conference bridges, media termination points, transcoders.

use serde::{Deserialize, Serialize};

/// What a device is that is no phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Which kind.
    pub kind: ResourceKind,
    /// Whether it wants to be told of conferences and of who is in them, beside their streams; none: as its device
    /// type is known to.
    pub conference_messages: Option<bool>,
}

/// Kinds of hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// Mixes the parties of conferences.
    ConferenceBridge,
    /// Stands between two phones.
    Mtp,
    /// Stands between two phones that have no codec in common.
    Transcoder,
}

impl ResourceKind {
    /// Its name in `lineside.toml`.
    pub fn word(self) -> &'static str {
        match self {
            ResourceKind::ConferenceBridge => "conference-bridge",
            ResourceKind::Mtp => "mtp",
            ResourceKind::Transcoder => "transcoder",
        }
    }
}

/// Who does something first that both can do. The other one does it where the first is absent, full or lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum First {
    /// Registered hardware.
    Hardware,
    /// This server.
    Server,
}

/// Who does what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preference {
    /// Who mixes conferences.
    pub conferences: First,
    /// Who stands between phones that have no codec in common or don't reach each other.
    pub transcoding: First,
}

impl Default for Preference {
    /// Whoever registers a bridge wants it used; transcoding takes no time here and one hop less.
    fn default() -> Self {
        Preference { conferences: First::Hardware, transcoding: First::Server }
    }
}
