//! Which codecs may be used where: regions of phones, and what holds inside one and between two.
//!
//! A region is a place with bandwidth of its own. Phones belong to one by their configuration or by the network from
//! which they signal. Not for relaying or transcoding: that is decided when both phones have said what they have.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use skinny::codes::MediaPayloadType as Code;

/// Codecs of 64 kbit/s and less that need nothing better than a telephone, G.711 first.
pub const NARROWBAND: &[u32] = &[
    Code::G711_ULAW64K.0,
    Code::G711_ALAW64K.0,
    Code::G728.0,
    Code::G729_ANNEX_A.0,
    Code::G729.0,
    Code::G729_ANNEX_AW_ANNEX_B.0,
    Code::G729_ANNEX_B.0,
    Code::ILBC.0,
    Code::G7231.0,
];
/// Codecs of 16 kbit/s and less, G.729 first.
pub const LOW: &[u32] = &[
    Code::G729_ANNEX_A.0,
    Code::G729.0,
    Code::G729_ANNEX_AW_ANNEX_B.0,
    Code::G729_ANNEX_B.0,
    Code::ILBC.0,
    Code::G728.0,
    Code::G7231.0,
];

/// Which codecs may be used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CodecPolicy {
    /// SCCP's numbers of them, the best first; none: all, wideband first.
    pub codecs: Vec<u32>,
    /// Whether a call that can't keep to them is refused. Otherwise it takes what both phones have.
    pub required: bool,
}

impl CodecPolicy {
    /// Whether it allows a codec.
    pub fn allows(&self, code: u32) -> bool {
        self.codecs.is_empty() || self.codecs.contains(&code)
    }

    /// What both allow, in the order of the one that says more.
    fn and(&self, other: &CodecPolicy) -> CodecPolicy {
        let (order, rest) = if self.codecs.is_empty() { (other, self) } else { (self, other) };
        let common: Vec<u32> = order.codecs.iter().copied().filter(|code| rest.allows(*code)).collect();
        // Two that have nothing in common: the shorter list is the one of the thinner line.
        let codecs = match common.is_empty() && !order.codecs.is_empty() {
            true if rest.codecs.len() < order.codecs.len() => rest.codecs.clone(),
            true => order.codecs.clone(),
            false => common,
        };
        CodecPolicy { codecs, required: self.required || other.required }
    }
}

/// A region.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Phones that signal from here are in it, unless their configuration says otherwise.
    pub networks: Vec<IpNet>,
    /// What holds between two of its phones.
    pub inside: CodecPolicy,
    /// What holds towards everybody else.
    pub outside: CodecPolicy,
}

/// What holds between two regions, in place of what each says of everybody else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionPair {
    /// Both, in any order.
    pub between: [String; 2],
    /// What holds.
    pub policy: CodecPolicy,
}

/// All regions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Regions {
    /// The regions.
    pub regions: Vec<Region>,
    /// Pairs with a policy of their own.
    pub pairs: Vec<RegionPair>,
}

impl Regions {
    /// The region with a name.
    pub fn named(&self, name: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.name == name)
    }

    /// The region of a phone: its own, or that of the longest network that holds the address from which it signals.
    pub fn of(&self, own: &str, address: Option<IpAddr>) -> Option<&Region> {
        if !own.is_empty() {
            return self.named(own);
        }
        let address = address?.to_canonical();
        let fits = |region: &&Region| {
            let held = region.networks.iter().filter(|network| network.contains(&address));
            held.map(IpNet::prefix_len).max()
        };
        let all = self.regions.iter().filter_map(|region| Some((fits(&region)?, region)));
        // Of two with the same network the first, as everywhere in the file.
        all.rev().max_by_key(|(length, _)| *length).map(|(_, region)| region)
    }

    /// What holds between phones of two regions; nothing: whoever is there is in no region.
    pub fn between(&self, one: Option<&Region>, other: Option<&Region>) -> CodecPolicy {
        match (one, other) {
            (None, None) => CodecPolicy::default(),
            (Some(region), None) | (None, Some(region)) => region.outside.clone(),
            (Some(one), Some(other)) if one.name == other.name => one.inside.clone(),
            (Some(one), Some(other)) => {
                let is_pair = |pair: &&RegionPair| {
                    let [a, b] = &pair.between;
                    (*a == one.name && *b == other.name) || (*a == other.name && *b == one.name)
                };
                let own = self.pairs.iter().find(is_pair).map(|pair| pair.policy.clone());
                own.unwrap_or_else(|| one.outside.and(&other.outside))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(codecs: &[u32]) -> CodecPolicy {
        CodecPolicy { codecs: codecs.to_vec(), required: false }
    }

    fn region(name: &str, network: &str, inside: &[u32], outside: &[u32]) -> Region {
        let networks = vec![network.parse().unwrap()];
        Region { name: name.into(), networks, inside: policy(inside), outside: policy(outside) }
    }

    fn regions() -> Regions {
        Regions {
            regions: vec![
                region("all", "10.0.0.0/8", &[], NARROWBAND),
                region("paris", "10.2.0.0/16", &[6, 4], LOW),
                region("rome", "10.3.0.0/16", &[], &[]),
            ],
            pairs: vec![RegionPair { between: ["rome".into(), "paris".into()], policy: policy(&[86]) }],
        }
    }

    #[test]
    fn the_longest_network_decides_and_the_configuration_before_it() {
        let all = regions();
        let of = |own: &str, address: &str| {
            all.of(own, address.parse().ok()).map_or("none", |region| region.name.as_str())
        };
        assert_eq!(of("", "10.2.3.4"), "paris");
        assert_eq!(of("", "::ffff:10.2.3.4"), "paris");
        assert_eq!(of("", "10.9.3.4"), "all");
        assert_eq!(of("", "192.168.1.1"), "none");
        assert_eq!(of("rome", "10.2.3.4"), "rome");
    }

    #[test]
    fn what_holds_inside_between_and_towards_nobody() {
        let all = regions();
        let between = |one: &str, other: &str| all.between(all.named(one), all.named(other)).codecs;
        assert_eq!(between("paris", "paris"), [6, 4]);
        assert_eq!(between("paris", "rome"), [86]);
        assert_eq!(between("rome", "paris"), [86]);
        assert_eq!(between("paris", ""), LOW);
        assert!(between("", "").is_empty());
        assert_eq!(between("rome", "all"), NARROWBAND);
        let both = between("all", "paris");
        assert!(both.iter().all(|code| LOW.contains(code)) && both.len() == LOW.len(), "{both:?}");
    }

    #[test]
    fn two_lists_without_a_codec_in_common_leave_the_shorter() {
        assert_eq!(policy(&[4, 2]).and(&policy(&[86])).codecs, [86]);
        assert_eq!(policy(&[86]).and(&policy(&[4, 2])).codecs, [86]);
    }
}
