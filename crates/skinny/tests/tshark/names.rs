//! Names of fields: ours are snake_case, tshark's camelCase.

use super::fields::Ours;
use super::pdml::Theirs;

/// Names that are no spelling of each other: ours, tshark's.
pub const ALIASES: &[(&str, &str)] = &[
    ("kind", "ipv4or6"),
    ("pass_through_party_id", "passthruPartyID"),
    ("directory_number", "directoryNum"),
    ("server_ip_addr", "stationIpAddr"),
    ("ip_addressing_mode_2", "ipAddressingMode"),
];

/// How two names of one field go together.
pub enum Match {
    Same,
    /// By the entry of [`ALIASES`].
    Alias(usize),
    Other,
}

/// Compares the names of a field. tshark has two: its filter's and what it shows.
pub fn alias(our: &Ours, their: &Theirs) -> Match {
    let name = their.name.trim_end_matches(".ipv4").trim_end_matches(".ipv6");
    let shown = their.shown.split(':').next().unwrap_or_default();
    if [name, shown].iter().any(|theirs| fold(theirs) == fold(our.name())) {
        return Match::Same;
    }
    let alias = ALIASES.iter().position(|(ours, theirs)| *ours == our.name() && *theirs == name);
    alias.map_or(Match::Other, Match::Alias)
}

/// A name without what spellings differ in.
pub fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
