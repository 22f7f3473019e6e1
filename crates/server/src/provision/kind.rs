//! What a name asks for, and whether its absence matters.

use super::name::Name;

/// What a phone asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A list of certificates to trust (CTL, ITL): a phone without one goes on unsecured.
    Trust(Option<String>),
    /// The configuration of a device.
    Config(String),
    /// The same, signed or encrypted: the phone holds a trust list.
    Signed(String),
    /// The binary configuration of the oldest phones.
    Binary(Option<String>),
    /// The configuration of phones that nobody configured.
    Default,
    /// A list of ring tones.
    Rings,
    /// A list of wallpapers, or one of them.
    Wallpaper,
    /// Which image an old 7940 or 7960 should load.
    LoadName,
    /// Firmware, or the list of its parts.
    Firmware,
    /// Words or tones of a country.
    Locale,
    /// Wireless settings.
    Wireless(Option<String>),
    /// What only SIP firmware asks for.
    Sip(Option<String>),
    /// Anything else.
    Other,
}

/// Whether a phone can go on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// It can't.
    Required,
    /// It can.
    Optional,
    /// Who knows.
    Unknown,
}

/// Endings of firmware and its parts.
const FIRMWARE: &[&str] = &[".loads", ".sbn", ".sb2", ".bin", ".zz", ".zup", ".tar", ".img", ".ebn"];
/// Ends of names that hold words or tones.
const LOCALE: &[&str] = &[
    ".jar",
    "tones.xml",
    "dictionary.xml",
    "dictionary-ext.xml",
    "-font.xml",
    "-kate.xml",
    "tags_file",
    "dictionary.utf-8.xml",
    "gkdefault.cfg",
];

impl Kind {
    /// What a name asks for.
    pub fn of(name: &Name) -> Kind {
        let file = name.file();
        if file == "xmldefault.cnf.xml" {
            return Kind::Default;
        }
        if let Some(kind) = Kind::of_device_file(file).or_else(|| Kind::of_sip_file(file)) {
            return kind;
        }
        if file.starts_with("ctl") || file.starts_with("itl") {
            return Kind::Trust(None);
        }
        match file {
            "sepdefault.cnf" => Kind::Binary(None),
            "os79xx.txt" => Kind::LoadName,
            "ringlist.xml" | "distinctiveringlist.xml" | "ringlist-wb.xml" => Kind::Rings,
            "wlandefault.xml" => Kind::Wireless(None),
            _ if name.folded().starts_with("desktops/") => Kind::Wallpaper,
            _ if FIRMWARE.iter().any(|ending| file.ends_with(ending)) => Kind::Firmware,
            _ if LOCALE.iter().any(|ending| file.ends_with(ending)) => Kind::Locale,
            _ => Kind::Other,
        }
    }

    fn of_device_file(file: &str) -> Option<Kind> {
        let (stem, ending) = file.split_once('.')?;
        let trust = |prefix| stem.strip_prefix(prefix).and_then(device_name);
        if let Some(device) = trust("ctl").or_else(|| trust("itl")) {
            return Some(Kind::Trust(Some(device)));
        }
        if let Some(device) = stem.strip_prefix("wlan").and_then(mac) {
            return Some(Kind::Wireless(Some(format!("SEP{device}"))));
        }
        let device = device_name(stem)?;
        match ending {
            "cnf.xml" => Some(Kind::Config(device)),
            "cnf.xml.sgn" | "cnf.xml.enc.sgn" => Some(Kind::Signed(device)),
            "cnf" => Some(Kind::Binary(Some(device))),
            _ => None,
        }
    }

    /// SIP firmware: `SIP<MAC>.cnf`, `SIPDefault.cnf`, dial plans, `gk<MAC>` is of the H.323 and SCCP 7905.
    fn of_sip_file(file: &str) -> Option<Kind> {
        let stem = file.split('.').next()?;
        if let Some(mac) = stem.strip_prefix("sip").and_then(mac) {
            return Some(Kind::Sip(Some(format!("SEP{mac}"))));
        }
        let is_sip =
            matches!(file, "sipdefault.cnf" | "dialplan.xml" | "appdialrules.xml" | "sipdefault.cnf.xml")
                || file.starts_with("featurepolicy")
                || file.starts_with("softkey") && file.ends_with(".xml")
                || file.ends_with("-sip.jar");
        is_sip.then_some(Kind::Sip(None))
    }

    /// The device that asks, when the name tells.
    pub fn device(&self) -> Option<&str> {
        match self {
            Kind::Trust(device) | Kind::Binary(device) | Kind::Wireless(device) | Kind::Sip(device) => {
                device.as_deref()
            }
            Kind::Config(device) | Kind::Signed(device) => Some(device),
            _ => None,
        }
    }

    /// Whether the phone can go on without it.
    pub fn need(&self) -> Need {
        match self {
            Kind::Config(_) | Kind::Default | Kind::Firmware => Need::Required,
            Kind::Other | Kind::Sip(_) => Need::Unknown,
            _ => Need::Optional,
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> &'static str {
        match self {
            Kind::Trust(_) => "a trust list",
            Kind::Config(_) => "its configuration",
            Kind::Signed(_) => "its configuration, signed",
            Kind::Binary(_) => "a binary configuration",
            Kind::Default => "the configuration of new phones",
            Kind::Rings => "the list of ring tones",
            Kind::Wallpaper => "a wallpaper",
            Kind::LoadName => "the name of its firmware",
            Kind::Firmware => "firmware",
            Kind::Locale => "words or tones of its country",
            Kind::Wireless(_) => "wireless settings",
            Kind::Sip(_) => "a file of SIP firmware",
            Kind::Other => "a file",
        }
    }
}

/// Twelve hexadecimal digits, in upper case.
fn mac(text: &str) -> Option<String> {
    (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| text.to_ascii_uppercase())
}

/// `sep001122334455` as devices are called.
fn device_name(stem: &str) -> Option<String> {
    if let Some(mac) = stem.strip_prefix("sep").and_then(mac) {
        return Some(format!("SEP{mac}"));
    }
    // An IP Communicator may have any name.
    let name = stem.to_ascii_uppercase();
    (stem.starts_with("sep") && crate::config::check::judge_device_name(&name).is_ok()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Kind {
        Kind::of(&Name::of_tftp(name.as_bytes()).expect("a name"))
    }

    #[test]
    fn names_of_every_generation_are_known() {
        let device = || "SEP001122AABBCC".to_owned();
        for (name, expect) in [
            ("CTLSEP001122AABBCC.tlv", Kind::Trust(Some(device()))),
            ("ITLSEP001122AABBCC.tlv", Kind::Trust(Some(device()))),
            ("ITLFile.tlv", Kind::Trust(None)),
            ("sep001122aabbcc.cnf.xml", Kind::Config(device())),
            ("SEP001122AABBCC.cnf.xml.sgn", Kind::Signed(device())),
            ("SEP001122AABBCC.cnf.xml.enc.sgn", Kind::Signed(device())),
            ("SEP001122AABBCC.cnf", Kind::Binary(Some(device()))),
            ("XMLDefault.cnf.xml", Kind::Default),
            ("OS79XX.TXT", Kind::LoadName),
            ("RINGLIST.XML", Kind::Rings),
            ("Desktops/320x212x12/List.xml", Kind::Wallpaper),
            ("jar41sccp.9-4-2ES26.sbn", Kind::Firmware),
            ("term61.default.loads", Kind::Firmware),
            ("German_Germany/mk-sccp.jar", Kind::Locale),
            ("Germany/g3-tones.xml", Kind::Locale),
            ("7960-dictionary.xml", Kind::Locale),
            ("WLAN001122AABBCC.xml", Kind::Wireless(Some(device()))),
            ("SIPDefault.cnf", Kind::Sip(None)),
            ("SIP001122AABBCC.cnf", Kind::Sip(Some(device()))),
            ("dialplan.xml", Kind::Sip(None)),
            ("mk-sip.jar", Kind::Sip(None)),
            ("gk001122aabbcc", Kind::Other),
        ] {
            assert_eq!(kind(name), expect, "{name}");
        }
    }
}
