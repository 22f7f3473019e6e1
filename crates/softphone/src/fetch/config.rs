//! Reads `SEP….cnf.xml` and `XMLDefault.cnf.xml` as a phone does: what it knows of them, the rest skipped.

use std::net::{IpAddr, SocketAddr};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::SCCP_PORT;
use crate::service::entity;

/// Elements within each other.
const DEPTH_MAX: usize = 32;
/// Servers in a list.
const SERVERS_MAX: usize = 5;
/// Endings of archives of a load.
const ARCHIVES: &[&str] = &[".sbn", ".sb2", ".bin", ".zz"];

/// What a phone takes from its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Where to register, by priority.
    pub servers: Vec<SocketAddr>,
    /// Its stamp.
    pub stamp: String,
    /// Firmware that it should have.
    pub load: String,
    /// Cisco's name of its time zone.
    pub time_zone: String,
    /// Its language.
    pub user_locale: Option<String>,
    /// Its tones.
    pub network_locale: Option<String>,
    /// The page of the directories button.
    pub directories: Option<String>,
    /// The page of the services button.
    pub services: Option<String>,
    /// The page that says who may press the phone's keys over HTTP.
    pub authentication: Option<String>,
}

/// Why a file is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// It is not XML.
    #[error("not XML: {0}")]
    Xml(#[from] quick_xml::Error),
    /// It is XML for something else.
    #[error("no configuration of a phone")]
    Other,
}

/// Reads a configuration.
pub fn read(bytes: &[u8]) -> Result<Configuration, ConfigurationError> {
    let mut reader = Reader::from_reader(bytes);
    let mut seen = Seen::default();
    let mut path: Vec<String> = Vec::new();
    let mut said = String::new();
    loop {
        match reader.read_event()? {
            Event::Start(start) if path.len() < DEPTH_MAX => {
                let name = start.name().as_ref().to_owned();
                if name == "member" {
                    let priority =
                        start.attributes().flatten().find(|found| found.key.as_ref() == "priority");
                    let priority = priority.and_then(|found| found.value.parse().ok());
                    seen.members.push(Member { priority: priority.unwrap_or(u8::MAX), ..Member::default() });
                }
                path.push(name);
                said.clear();
            }
            Event::Start(_) => return Err(ConfigurationError::Other),
            Event::End(_) => {
                seen.text(&path, said.trim().to_owned());
                said.clear();
                path.pop();
            }
            Event::Text(text) => said.push_str(&text),
            Event::GeneralRef(name) => said.push_str(&entity(&name)),
            Event::Eof => break,
            _ => {}
        }
    }
    if seen.members.is_empty() {
        return Err(ConfigurationError::Other);
    }
    Ok(seen.finish())
}

#[derive(Default)]
struct Seen {
    members: Vec<Member>,
    configuration: Configuration,
}

#[derive(Default)]
struct Member {
    priority: u8,
    address: Option<IpAddr>,
    port: Option<u16>,
}

impl Seen {
    fn text(&mut self, path: &[String], text: String) {
        let Some(name) = path.last() else { return };
        let parent = path.len().checked_sub(2).and_then(|place| path.get(place)).map(String::as_str);
        let configuration = &mut self.configuration;
        match (parent, name.as_str()) {
            (_, "processNodeName") => {
                if let Some(member) = self.members.last_mut() {
                    member.address = text.parse().ok();
                }
            }
            (_, "ethernetPhonePort") => {
                if let Some(member) = self.members.last_mut() {
                    member.port = text.parse().ok();
                }
            }
            (_, "versionStamp") => configuration.stamp = text,
            (_, "loadInformation") => configuration.load = text,
            (_, "timeZone") => configuration.time_zone = text,
            (Some("userLocale"), "name") => configuration.user_locale = Some(text),
            _ if text.is_empty() => {}
            (_, "directoryURL") => configuration.directories = Some(text),
            (_, "servicesURL") => configuration.services = Some(text),
            (_, "authenticationURL") => configuration.authentication = Some(text),
            (_, "networkLocale") => configuration.network_locale = Some(text),
            _ => {}
        }
    }

    fn finish(mut self) -> Configuration {
        self.members.sort_by_key(|member| member.priority);
        let address = |member: &Member| {
            member.address.map(|address| SocketAddr::new(address, member.port.unwrap_or(SCCP_PORT)))
        };
        self.configuration.servers = self.members.iter().filter_map(address).take(SERVERS_MAX).collect();
        self.configuration
    }
}

/// Names of archives in a `.loads` file.
pub(super) fn archives(bytes: &[u8]) -> Vec<String> {
    let words =
        bytes.split(|byte| !byte.is_ascii_graphic()).filter_map(|word| std::str::from_utf8(word).ok());
    let is_archive = |word: &&str| ARCHIVES.iter().any(|ending| word.ends_with(ending));
    words.filter(is_archive).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_come_by_priority() {
        let text = b"<?xml version=\"1.0\"?><device><devicePool><callManagerGroup><members>\
            <member priority=\"1\"><callManager><processNodeName>192.0.2.2</processNodeName></callManager></member>\
            <member priority=\"0\"><callManager><ports><ethernetPhonePort>2001</ethernetPhonePort></ports>\
            <processNodeName>192.0.2.1</processNodeName></callManager></member>\
            <member priority=\"2\"><callManager><processNodeName>pbx</processNodeName></callManager></member>\
            </members></callManagerGroup></devicePool><versionStamp>{abc}</versionStamp>\
            <directoryURL>http://h/d?a=1&amp;b=2</directoryURL><servicesURL></servicesURL><authenticationURL>http://h/who</authenticationURL>\
            <userLocale><name>German_Germany</name></userLocale></device>";
        let read = read(text).expect("a configuration");
        assert_eq!(read.servers, ["192.0.2.1:2001".parse().unwrap(), "192.0.2.2:2000".parse().unwrap()]);
        assert_eq!(
            (read.directories.as_deref(), read.services.as_deref()),
            (Some("http://h/d?a=1&b=2"), None)
        );
        assert_eq!(read.authentication.as_deref(), Some("http://h/who"));
        assert_eq!((read.stamp.as_str(), read.user_locale.as_deref()), ("{abc}", Some("German_Germany")));
    }

    #[test]
    fn what_is_none_is_an_error() {
        for text in [&b""[..], b"hello", b"<device>", b"<a></b>", &b"<a>".repeat(100)] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
