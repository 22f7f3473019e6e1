//! `SEP<MAC>.cnf.xml`: what a phone must know before it registers. Lines, keys and labels are not in it: they
//! come over SCCP.
//!
//! Three forms: Java phones expect every section; the 7940 and 7960 lack some of them; the 7905 and its like
//! know few (research/provisioning.md 3.4). Numbers in `vendorConfig` are inverted here and there, so each has
//! a name.

use exchange::model::File;

use super::{Member, Xml};
use crate::provision::stamp;

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content<'a> {
    /// Which sections the phone knows.
    pub form: File,
    /// Where it registers, in order.
    pub members: &'a [Member],
    /// How it shows the date.
    pub date_template: &'a str,
    /// Cisco's name of its time zone.
    pub time_zone: &'a str,
    /// Where it sets its clock before it registers.
    pub time_servers: &'a [String],
    /// Firmware that it should have; empty: what it has.
    pub load: &'a str,
    /// Its language, when the files are there.
    pub user_locale: Option<&'a str>,
    /// Its tones, when the files are there.
    pub network_locale: Option<&'a str>,
}

/// Protocol stack over TCP as exported for SCCP phones.
const TRANSPORT_AS_PROFILE: &str = "4";
const SECURITY_NONE: &str = "1";
const WEB_ON: &str = "0";
const SSH_OFF: &str = "1";
const PC_PORT_ON: &str = "0";
const SETTINGS_ON: &str = "1";
/// The whole byte of the type of service: CS3.
const SIGNALLING_TOS: &str = "96";
/// Seconds that a server of higher priority must be there before a phone goes back to it.
const FAIL_BACK_SECS: &str = "120";

/// The file.
pub fn file(content: &Content<'_>) -> Vec<u8> {
    let stamp = stamp::of(&render(content, ""));
    render(content, &stamp)
}

fn render(content: &Content<'_>, stamp: &str) -> Vec<u8> {
    let is_full = content.form == File::Full;
    Xml::document("device", |xml| {
        if is_full {
            xml.text("fullConfig", "true");
        }
        xml.text("deviceProtocol", "SCCP");
        pool(xml, content);
        if is_full {
            xml.within("commonProfile", |xml| {
                xml.texts(&[
                    ("phonePassword", ""),
                    ("backgroundImageAccess", "true"),
                    ("callLogBlfEnabled", "0"),
                ]);
            });
        }
        xml.text("loadInformation", content.load);
        vendor(xml, content.form);
        xml.text("versionStamp", stamp);
        locales(xml, content);
        urls(xml, is_full);
        if is_full {
            xml.texts(&[
                ("deviceSecurityMode", SECURITY_NONE),
                ("advertiseG722Codec", "1"),
                ("dscpForSCCPPhoneConfig", SIGNALLING_TOS),
                ("dscpForSCCPPhoneServices", "0"),
                ("dscpForCm2Dvce", SIGNALLING_TOS),
                ("transportLayerProtocol", TRANSPORT_AS_PROFILE),
                ("capfAuthMode", "0"),
                ("certHash", ""),
                ("encrConfig", "false"),
            ]);
        }
    })
}

fn pool(xml: &mut Xml, content: &Content<'_>) {
    xml.within("devicePool", |xml| {
        xml.within("dateTimeSetting", |xml| {
            xml.texts(&[("dateTemplate", content.date_template), ("timeZone", content.time_zone)]);
            if !content.time_servers.is_empty() {
                xml.within("ntps", |xml| {
                    for server in content.time_servers {
                        xml.within("ntp", |xml| xml.texts(&[("name", server), ("ntpMode", "Unicast")]));
                    }
                });
            }
        });
        xml.call_managers(content.members);
        if content.form == File::Full {
            xml.within("srstInfo", |xml| xml.text("srstOption", "Disable"));
            xml.text("connectionMonitorDuration", FAIL_BACK_SECS);
        }
    });
}

fn vendor(xml: &mut Xml, form: File) {
    xml.within("vendorConfig", |xml| {
        xml.text("webAccess", WEB_ON);
        if form != File::Small {
            xml.texts(&[("pcPort", PC_PORT_ON), ("settingsAccess", SETTINGS_ON)]);
        }
        if form == File::Full {
            xml.text("sshAccess", SSH_OFF);
        }
    });
}

/// A locale whose files are missing is left out: a phone would ask for them at each start, in vain.
fn locales(xml: &mut Xml, content: &Content<'_>) {
    if let Some(name) = content.user_locale {
        xml.within("userLocale", |xml| {
            xml.texts(&[
                ("name", name),
                ("uid", "1"),
                ("langCode", language(name)),
                ("winCharSet", "iso-8859-1"),
            ]);
        });
    }
    if let Some(name) = content.network_locale {
        xml.text("networkLocale", name);
        xml.within("networkLocaleInfo", |xml| xml.texts(&[("name", name), ("uid", "64")]));
    }
}

/// The language of a locale's folder, as Cisco names them: `German_Germany`.
fn language(locale: &str) -> &'static str {
    const LANGUAGES: &[(&str, &str)] = &[
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("italian", "it"),
        ("dutch", "nl"),
        ("portuguese", "pt"),
        ("danish", "da"),
        ("swedish", "sv"),
        ("norwegian", "no"),
        ("finnish", "fi"),
        ("polish", "pl"),
        ("czech", "cs"),
        ("hungarian", "hu"),
        ("russian", "ru"),
        ("greek", "el"),
        ("japanese", "ja"),
        ("korean", "ko"),
        ("chinese", "zh"),
        ("turkish", "tr"),
        ("hebrew", "he"),
    ];
    let folded = locale.to_ascii_lowercase();
    LANGUAGES.iter().find(|(name, _)| folded.starts_with(name)).map_or("en", |(_, code)| code)
}

/// Addresses of services. There are none yet; empty ones keep phones from asking a server that is gone. The
/// one of a proxy must be empty, or a 7912 stops its own web page.
fn urls(xml: &mut Xml, is_full: bool) {
    let always = [
        "authenticationURL",
        "directoryURL",
        "idleURL",
        "informationURL",
        "messagesURL",
        "proxyServerURL",
        "servicesURL",
    ];
    always.iter().for_each(|name| xml.text(name, ""));
    xml.text("idleTimeout", "0");
    if is_full {
        let secure = [
            "secureAuthenticationURL",
            "secureDirectoryURL",
            "secureInformationURL",
            "secureMessagesURL",
            "secureServicesURL",
        ];
        secure.iter().for_each(|name| xml.text(name, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(form: File, members: &[Member]) -> Content<'_> {
        Content {
            form,
            members,
            date_template: "D.M.Y",
            time_zone: "W. Europe Standard/Daylight Time",
            time_servers: &[],
            load: "",
            user_locale: None,
            network_locale: None,
        }
    }

    fn members() -> Vec<Member> {
        ["192.0.2.1", "192.0.2.2"]
            .map(|address| Member { address: address.parse().expect("an address"), port: 2000 })
            .into()
    }

    fn text(content: &Content<'_>) -> String {
        String::from_utf8(file(content)).expect("text")
    }

    #[test]
    fn each_form_has_the_sections_that_its_phones_know() {
        let members = members();
        for (form, has, lacks) in [
            (
                File::Full,
                &["<fullConfig>true", "connectionMonitorDuration", "<sshAccess>1", "Disable"][..],
                &[][..],
            ),
            (File::Short, &["<pcPort>"], &["fullConfig", "commonProfile", "sshAccess", "G722", "srst"]),
            (
                File::Small,
                &["<proxyServerURL></proxyServerURL>"],
                &["fullConfig", "pcPort", "secureDirectoryURL"],
            ),
        ] {
            let text = text(&content(form, &members));
            for part in has.iter().chain(&[
                "<ethernetPhonePort>2000<",
                "<processNodeName>192.0.2.1<",
                "priority=\"1\"",
            ]) {
                assert!(text.contains(part), "{form:?} lacks {part}:\n{text}");
            }
            for part in lacks {
                assert!(!text.contains(part), "{form:?} has {part}");
            }
            assert!(!text.contains("Locale"), "no files, no locale");
        }
    }

    #[test]
    fn the_stamp_changes_with_the_content_and_with_nothing_else() {
        let members = members();
        let stamp = |content: &Content<'_>| {
            let text = text(content);
            let (_, rest) = text.split_once("<versionStamp>").expect("a stamp");
            rest.split_once('<').expect("an end").0.to_owned()
        };
        let before = content(File::Full, &members);
        assert_eq!(stamp(&before), stamp(&before));
        assert_eq!(stamp(&before).len(), 36);
        assert_ne!(stamp(&before), stamp(&Content { load: "SCCP41.9-4-2SR3-1S", ..before.clone() }));
        assert_ne!(stamp(&before), stamp(&Content { members: &members[..1], ..before.clone() }));
    }

    #[test]
    fn text_of_the_operator_can_not_break_the_file() {
        let content = Content { user_locale: Some("</name><x a=\"&"), ..content(File::Full, &[]) };
        assert!(text(&content).contains("&lt;/name&gt;&lt;x a="));
    }
}
