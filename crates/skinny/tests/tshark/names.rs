//! Names of fields, values and flags: ours are snake_case, tshark's camelCase.

use super::fields::{Found, Ours};
use super::pdml::Theirs;

pub fn same(our: &Ours, their: &Theirs) -> bool {
    let label = their.shown.split(':').next().unwrap_or_default();
    let theirs = their.name.trim_end_matches(".ipv4").trim_end_matches(".ipv6");
    if their.name == "ipv4or6" {
        return our.name() == "kind";
    }
    fold(our.name()) == fold(theirs) || fold(our.name()) == fold(label)
}

fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

pub fn label_difference(our: &Ours, their: &Theirs) -> Option<String> {
    let Found::Code(code, codes) = our.value else { return None };
    let (_, meaning) = their.shown.split_once(": ")?;
    let (label, _) = meaning.rsplit_once(" (")?;
    let ours = codes.name(code).unwrap_or("Unknown");
    let label = ["Media_Payload_", "Media_", "MediaType_", "QOS_CAUSE_"]
        .iter()
        .find_map(|p| label.strip_prefix(p))
        .unwrap_or(label);
    (fold(ours) != fold(label)).then(|| format!("{} {code:#x}: {ours}, tshark {label}", codes.name))
}

pub fn flag_differences(our: &Ours, their: &Theirs) -> Vec<String> {
    let Found::Flags(_, bits) = our.value else { return Vec::new() };
    let mut found = Vec::new();
    for (mask, name) in &their.flags {
        let ours = bits.0.values.iter().find(|(value, _)| value == mask).map(|(_, name)| *name);
        if ours.map(fold) != Some(fold(name)) {
            found.push(format!("{mask:#x}: {ours:?}, tshark {name}"));
        }
    }
    found
}
