//! Which files a model asks for, in which order (research notes of what real phones ask).

use phone::Config;
use phone::profile::Profile;
use skinny::codes::DeviceType as T;

/// Phones that ask alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 12SP to 7910: a binary configuration, and if there is none, the file server is the call manager.
    Oldest,
    /// 7902, 7905, 7912: names in lower case.
    Small,
    /// 7940, 7960.
    Static,
    /// 7906 to 7975, 6900, 8900, IP Communicator.
    Java,
    /// Adapters: configured on their own page.
    Analogue,
}

/// A file that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// Whether it ends the search when it is there.
    pub is_configuration: bool,
}

/// The family of a model.
pub fn family(profile: &Profile) -> Family {
    match profile.device_type {
        T::CISCO_ATA_186 | T::CISCO_ATA_188 => Family::Analogue,
        T::CISCO_7902 | T::CISCO_7905 | T::CISCO_7912 => Family::Small,
        T::CISCO_7910 => Family::Oldest,
        _ if profile.version < 4 => Family::Oldest,
        _ if profile.version < 15 => Family::Static,
        _ => Family::Java,
    }
}

/// Whether a model asks over HTTP first; wireless phones do not.
pub fn tries_http(profile: &Profile) -> bool {
    let is_wireless = matches!(profile.device_type, T::CISCO_7921 | T::CISCO_7925 | T::CISCO_7926);
    family(profile) == Family::Java && !is_wireless
}

/// What a phone asks for until it has a configuration.
pub fn wishes(phone: &Config) -> Vec<Wish> {
    let name = &phone.name;
    let other = |name: String| Wish { name, is_configuration: false };
    let configuration = |name: String| Wish { name, is_configuration: true };
    let own = configuration(format!("{name}.cnf.xml"));
    let default = configuration("XMLDefault.cnf.xml".into());
    let trust = |kind: &str| other(format!("{kind}{name}.tlv"));
    match family(phone.profile) {
        Family::Oldest => vec![other(format!("{name}.cnf")), other("SEPDefault.cnf".into())],
        Family::Analogue => vec![other(name.to_ascii_lowercase()), other("atadefault.cfg".into())],
        Family::Small => vec![configuration(format!("{}.cnf.xml", name.to_ascii_lowercase())), default],
        Family::Static => vec![trust("CTL"), own, default],
        Family::Java => vec![trust("CTL"), trust("ITL"), other("ITLFile.tlv".into()), own, default],
    }
}

/// The file with a model's words.
pub fn words(profile: &Profile) -> &'static str {
    match profile.device_type {
        T::CISCO_7940 | T::CISCO_7960 => "7960-dictionary.xml",
        T::CISCO_7906 | T::CISCO_7911 => "tc-sccp.jar",
        T::CISCO_7970 | T::CISCO_7971 => "td-sccp.jar",
        T::CISCO_7975 => "rp-sccp.jar",
        T::CISCO_7945 | T::CISCO_7965 => "be-sccp.jar",
        T::CISCO_IP_COMMUNICATOR => "ipc-sccp.jar",
        _ => "mk-sccp.jar",
    }
}
