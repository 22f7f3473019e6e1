//! `[provision]`: files for phones, judged and compiled.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use exchange::model;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::provision::Settings;
use crate::provision::files::Member;
use crate::provision::zone;

/// `[provision]`: the files that phones fetch before they register.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Provision {
    /// Addresses with ports for TFTP; left out: port 69 on all of IPv4 and all of IPv6; `[]`: none.
    pub tftp: Option<Vec<Spanned<String>>>,
    /// Addresses with ports for HTTP; left out: port 6970 on all of IPv4 and all of IPv6; `[]`: none.
    pub http: Option<Vec<Spanned<String>>>,
    /// Folder with firmware, locales, wallpapers and ring tones, and with files that replace generated ones.
    pub folder: Option<PathBuf>,
    /// Address that phones are told; left out: the one on which they ask.
    pub advertise: Option<Spanned<String>>,
    /// Call managers after this one, with ports; two at most.
    #[serde(default)]
    pub backup: Vec<Spanned<String>>,
    /// Time zone of the phones, such as `Europe/Berlin`; left out: the offset of `[site]`, without summer time.
    pub time_zone: Option<Spanned<String>>,
    /// Time servers that phones ask before they register.
    pub time_servers: Vec<Spanned<String>>,
    /// Language of the phones: a folder in `folder` with Cisco's files of it, such as `German_Germany`.
    pub user_locale: Option<Spanned<String>>,
    /// Tones of the phones: a folder in `folder` with their files, such as `Germany`.
    pub network_locale: Option<Spanned<String>>,
    /// `[provision.loads]`: firmware by model, such as `7960 = "P0030801SR02"`.
    pub loads: BTreeMap<String, Spanned<String>>,
    /// Networks that may fetch files; left out: private ones and those that this machine is in.
    pub allow: Option<Vec<Spanned<String>>>,
    /// Megabits per second for all transfers together; left out: 400.
    pub rate_mbits: Option<Spanned<u32>>,
}

/// Call managers in a phone's list, after the first.
const BACKUP_MAX: usize = 2;

/// What the section says.
pub fn compile(section: &Provision, checker: &mut Checker<'_>) -> Settings {
    const LISTEN: &str = "write address and port, such as \"0.0.0.0:69\" or \"[::]:69\"";
    let usual = Settings::default();
    let listen = |checker: &mut Checker<'_>, texts: Option<&Vec<Spanned<String>>>, usual: Vec<SocketAddr>| {
        let parse = |texts: &Vec<Spanned<String>>| {
            texts.iter().filter_map(|text| checker.parsed(text, "listen address", LISTEN)).collect()
        };
        texts.map_or(usual, parse)
    };
    Settings {
        tftp: listen(checker, section.tftp.as_ref(), usual.tftp),
        http: listen(checker, section.http.as_ref(), usual.http),
        folder: section.folder.clone(),
        advertise: section.advertise.as_ref().and_then(|text| {
            checker.parsed(text, "address", "phones need an address, not a name, such as \"192.168.1.5\"")
        }),
        backup: backup(&section.backup, checker),
        time_zone: section.time_zone.as_ref().and_then(|text| time_zone(text, checker)),
        time_servers: section
            .time_servers
            .iter()
            .filter_map(|text| checker.text(Some(text), "time server"))
            .collect(),
        user_locale: checker.text(section.user_locale.as_ref(), "locale"),
        network_locale: checker.text(section.network_locale.as_ref(), "locale"),
        loads: loads(&section.loads, checker),
        allow: section.allow.as_ref().map_or(usual.allow, |texts| {
            let rule = "write an address and a prefix length, such as \"10.20.0.0/16\"";
            texts.iter().filter_map(|text| checker.parsed(text, "network", rule)).collect()
        }),
        rate: checker
            .within(section.rate_mbits.as_ref(), "number of megabits", (1, 100_000))
            .map_or(usual.rate, |mbits| u64::from(mbits) * 1_000_000),
    }
}

fn backup(texts: &[Spanned<String>], checker: &mut Checker<'_>) -> Vec<Member> {
    const RULE: &str = "write address and port, such as \"192.168.1.6:2000\"";
    if let Some(text) = texts.get(BACKUP_MAX) {
        let problem =
            super::error::Problem::TooMany { what: "backups", found: texts.len(), limit: BACKUP_MAX };
        checker.fault(text.span(), problem);
    }
    let parsed = texts.iter().filter_map(|text| checker.parsed::<SocketAddr>(text, "call manager", RULE));
    parsed.map(|address| Member { address: address.ip(), port: address.port() }).collect()
}

fn time_zone(text: &Spanned<String>, checker: &mut Checker<'_>) -> Option<String> {
    let is_known = zone::cisco(text.get_ref()).is_some();
    if !is_known {
        let near = skinny::json::nearest(text.get_ref(), zone::names());
        let near = near.map_or_else(String::new, |near| format!("; the nearest is \"{near}\""));
        let rule = format!("phones know some zones only, such as \"Europe/Berlin\"{near}");
        bad(text, "time zone", rule, checker);
    }
    is_known.then(|| text.get_ref().clone())
}

fn loads(
    section: &BTreeMap<String, Spanned<String>>,
    checker: &mut Checker<'_>,
) -> BTreeMap<&'static str, String> {
    let mut loads = BTreeMap::new();
    for (name, load) in section {
        let Some(model) = model::named(name) else {
            let names = model::all().map(model::Model::name);
            let near = skinny::json::nearest(name, names).unwrap_or("7960");
            bad(
                load,
                "firmware of a model",
                format!("no model is called \"{name}\"; the nearest is \"{near}\""),
                checker,
            );
            continue;
        };
        if model.load.is_empty()
            || !load.get_ref().to_ascii_lowercase().starts_with(&model.load.to_ascii_lowercase())
        {
            let rule = match model.load {
                "" => format!("the {} fetches none", model.name()),
                begins => format!("SCCP firmware of the {} is called {begins}…", model.name()),
            };
            bad(load, "firmware", rule, checker);
            continue;
        }
        let load = load.get_ref();
        loads.insert(model.name(), load.strip_suffix(".loads").unwrap_or(load).to_owned());
    }
    loads
}

fn bad(value: &Spanned<String>, what: &'static str, rule: String, checker: &mut Checker<'_>) {
    let problem = super::error::Problem::BadValue { found: value.get_ref().clone(), what, rule };
    checker.fault(value.span(), problem);
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    #[test]
    fn every_key_is_taken() {
        let text = r#"
            [provision]
            tftp = ["192.0.2.5:69"]
            http = []
            folder = "/srv/tftp"
            advertise = "192.0.2.5"
            backup = ["192.0.2.6:2000"]
            time_zone = "Europe/Berlin"
            time_servers = ["192.0.2.1"]
            user_locale = "German_Germany"
            network_locale = "Germany"
            allow = ["192.0.2.0/24"]
            rate_mbits = 10
            [provision.loads]
            7960 = "P0030801SR02"
            "7961G" = "SCCP41.9-4-2SR3-1S.loads"
        "#;
        let settings = parse("test", text).expect("valid").provision;
        assert!(settings.is_on() && settings.http.is_empty() && settings.rate == 10_000_000);
        assert_eq!(settings.loads["7961"], "SCCP41.9-4-2SR3-1S");
        assert!(
            settings.allows("192.0.2.99".parse().unwrap()) && !settings.allows("10.0.0.1".parse().unwrap())
        );
        assert_eq!(settings.backup[0].port, 2000);
    }

    #[test]
    fn errors_name_the_place_and_what_would_be_right() {
        for (text, part) in [
            ("time_zone = \"Europe/Berln\"", "Europe/Berlin"),
            ("advertise = \"pbx.example\"", "not a name"),
            ("loads = { 7961x = \"a\" }", "the nearest is \"7961"),
            ("loads = { 7960 = \"P0S3-8-12-00\" }", "P0030…"),
            ("loads = { ATA186x = \"a\" }", "no model"),
            ("backup = [\"1.1.1.1:1\", \"1.1.1.2:1\", \"1.1.1.3:1\"]", "3 backups"),
            ("ttp = []", "did you mean `tftp`"),
        ] {
            let error = parse("test", &format!("[provision]\n{text}\n")).expect_err(text).to_string();
            assert!(error.starts_with("test:2:") && error.contains(part), "{error}");
        }
    }
}
