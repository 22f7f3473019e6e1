//! `[[region]]` and `[[region_pair]]`: which codecs may be used where.
//!
//! ```toml
//! [[region]]
//! name = "berlin"
//! networks = ["10.20.0.0/16"]
//! outside = "low"
//!
//! [[region_pair]]
//! between = ["berlin", "potsdam"]
//! codecs = "narrowband"
//! ```

use exchange::plan::{CodecPolicy, LOW, NARROWBAND, Plan, Region, RegionPair, Regions};
use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::compile::codecs_named;
use super::{error::Problem, file};

/// Regions at most.
const REGIONS_MAX: usize = 1000;

/// `[[region]]`: a place with bandwidth of its own, and which codecs its phones use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSection {
    /// Its name, for devices and pairs.
    pub name: Spanned<String>,
    /// Phones that signal from here are in it; of several the longest decides. A device may say otherwise.
    #[serde(default)]
    pub networks: Vec<Spanned<String>>,
    /// What its phones use among each other: `wideband` (all, G.722 first), `narrowband` (64 kbit/s and less, G.711
    /// first), `low` (16 kbit/s and less, G.729 first), or codecs with commas between, the best first, such as
    /// `g722, g711a`; left out: `wideband`.
    pub inside: Option<Spanned<String>>,
    /// The same towards everybody else; left out: `wideband`.
    pub outside: Option<Spanned<String>>,
    /// Whether a call for which they have none of these is refused; left out: no, it takes what both have.
    pub required: Option<bool>,
}

/// `[[region_pair]]`: what two regions use between them, in place of what each says of everybody else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionPairSection {
    /// The names of both.
    pub between: Vec<Spanned<String>>,
    /// As in `inside` of a region.
    pub codecs: Spanned<String>,
    /// Whether a call for which they have none of these is refused; left out: no.
    pub required: Option<bool>,
}

/// The regions of a file.
pub fn compile(file: &file::File, checker: &mut Checker<'_>) -> Regions {
    if let Some(surplus) = file.regions.get(REGIONS_MAX) {
        let problem = Problem::TooMany { what: "regions", found: file.regions.len(), limit: REGIONS_MAX };
        checker.fault(surplus.name.span(), problem);
    }
    let mut regions = Regions::default();
    for section in &file.regions {
        if section.name.get_ref().is_empty() || regions.named(section.name.get_ref()).is_some() {
            checker.bad(&section.name, "name of a region", "give each region a name of its own");
        }
        let region = region(section, checker);
        regions.regions.push(region);
    }
    for section in &file.region_pairs {
        regions.pairs.extend(pair(section, &regions, checker));
    }
    regions
}

/// Devices name regions that exist.
pub fn check_devices(file: &file::File, plan: &Plan, checker: &mut Checker<'_>) {
    for name in file.devices.iter().filter_map(|device| device.region.as_ref()) {
        known(name, &plan.regions, checker);
    }
}

fn region(section: &RegionSection, checker: &mut Checker<'_>) -> Region {
    let rule = "write an address and a prefix length, such as \"10.20.0.0/16\"";
    let networks = section.networks.iter();
    let networks = networks.filter_map(|network| checker.parsed::<IpNet>(network, "network", rule)).collect();
    let mut policy = |written: &Option<Spanned<String>>| CodecPolicy {
        codecs: written.as_ref().map(|written| codecs(written, checker)).unwrap_or_default(),
        required: section.required.unwrap_or(false),
    };
    let (inside, outside) = (policy(&section.inside), policy(&section.outside));
    Region { name: section.name.get_ref().clone(), networks, inside, outside }
}

fn pair(section: &RegionPairSection, regions: &Regions, checker: &mut Checker<'_>) -> Option<RegionPair> {
    let policy =
        CodecPolicy { codecs: codecs(&section.codecs, checker), required: section.required.unwrap_or(false) };
    let [one, other] = &section.between[..] else {
        checker.bad(&section.codecs, "pair of regions", "`between` names two regions");
        return None;
    };
    known(one, regions, checker);
    known(other, regions, checker);
    Some(RegionPair { between: [one.get_ref().clone(), other.get_ref().clone()], policy })
}

fn known(name: &Spanned<String>, regions: &Regions, checker: &mut Checker<'_>) {
    if regions.named(name.get_ref()).is_none() {
        let all: Vec<&str> = regions.regions.iter().map(|region| region.name.as_str()).collect();
        let rule = match &all[..] {
            [] => "there is no [[region]] in this file".to_owned(),
            all => format!("there are {}", all.join(", ")),
        };
        checker.bad(name, "region", rule);
    }
}

fn codecs(written: &Spanned<String>, checker: &mut Checker<'_>) -> Vec<u32> {
    match written.get_ref().as_str() {
        "wideband" => Vec::new(),
        "narrowband" => NARROWBAND.to_vec(),
        "low" => LOW.to_vec(),
        list => {
            let mut found = Vec::new();
            for name in list.split(',').map(str::trim) {
                match codecs_named(name) {
                    Some(codes) => found.extend(codes),
                    None => checker.bad(
                        written,
                        "list of codecs",
                        "write wideband, narrowband, low, or names of codecs such as \"g722, g711a\"",
                    ),
                }
            }
            found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn regions_pairs_and_devices_are_read() {
        let text = "[[region]]\nname = \"b\"\nnetworks = [\"10.2.0.0/16\"]\noutside = \"low\"\n\
                    [[region]]\nname = \"p\"\ninside = \"g722, g711a\"\nrequired = true\n\
                    [[region_pair]]\nbetween = [\"p\", \"b\"]\ncodecs = \"narrowband\"\n\
                    [[device]]\nname = \"SEP001122334455\"\nregion = \"p\"\n";
        let plan = parse("lineside.toml", text).unwrap().plan;
        let (b, p) = (plan.regions.named("b"), plan.regions.named("p"));
        assert_eq!(plan.regions.between(b, b), CodecPolicy::default());
        assert_eq!(plan.regions.between(b, None).codecs, LOW);
        assert_eq!(plan.regions.between(p, p), CodecPolicy { codecs: vec![6, 2], required: true });
        assert_eq!(plan.regions.between(b, p).codecs, NARROWBAND);
        assert_eq!(plan.devices["SEP001122334455"].region, "p");
        assert_eq!(plan.regions.of("", "10.2.1.1".parse().ok()), b);
    }

    #[test]
    fn what_can_t_be_is_named() {
        let wrong = |text: &str, expect: &str| {
            let error = parse("lineside.toml", text).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        wrong("[[region]]\nname = \"a\"\ninside = \"g7\"\n", "is no list of codecs");
        wrong("[[region]]\nname = \"a\"\n[[region]]\nname = \"a\"\n", "name of its own");
        wrong("[[region]]\nname = \"a\"\nnetworks = [\"x\"]\n", "is no network");
        wrong("[[region_pair]]\nbetween = [\"a\", \"b\"]\ncodecs = \"low\"\n", "there is no [[region]]");
        wrong("[[region_pair]]\nbetween = [\"a\"]\ncodecs = \"low\"\n", "names two regions");
        let device = "[[device]]\nname = \"SEP001122334455\"\nregion = \"x\"\n";
        wrong(&format!("{device}[[region]]\nname = \"a\"\n"), "there are a");
    }
}
