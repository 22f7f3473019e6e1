//! `[media]`: audio that passes through the server.
//!
//! ```toml
//! [media]
//! port_first = 16384
//! port_last = 32766
//! music = "/etc/lineside/hold.wav"
//!
//! [[media.network]]
//! prefix = "0.0.0.0/0"
//! advertise = "198.51.100.1"
//! ```

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use exchange::plan::Music;
use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::media::recorder::RecordingSettings;
use crate::media::{Advertise, MediaSettings, MusicSource, PORT_FIRST, PORT_LAST};

/// `[media]`: audio that passes through the server.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// `false`: calls between phones that can't reach each other are refused, and who is held hears silence.
    pub enabled: Option<bool>,
    /// First port for audio.
    pub port_first: Option<Spanned<u16>>,
    /// Last port for audio.
    pub port_last: Option<Spanned<u16>>,
    /// A WAV file for those who are held.
    pub music: Option<Spanned<String>>,
    /// `[[media.network]]`: what phones of a network are told in place of our address.
    #[serde(rename = "network")]
    pub networks: Vec<MediaNetwork>,
}

/// `[[media.network]]`: what phones of a network are told in place of our address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaNetwork {
    /// Where phones signal from, such as `10.20.0.0/16`.
    pub prefix: Spanned<String>,
    /// Where they shall send their audio.
    pub advertise: Spanned<String>,
}

/// `[[music]]`: music that lines, devices or the site name, for those whom they hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MusicSection {
    /// Its name.
    pub name: Spanned<String>,
    /// WAV files, played one after the other and then anew, five minutes in all.
    pub files: Vec<Spanned<String>>,
    /// A multicast address and an even port to which it is sent all the time, in G.711 µ-law, A-law two ports above and
    /// G.722 four above: phones that can listen there instead of getting a stream of their own.
    pub multicast: Option<Spanned<String>>,
}

/// What a `[[music]]` says, for the exchange.
pub fn music(sections: &[MusicSection], checker: &mut Checker<'_>) -> BTreeMap<String, Music> {
    let mut all = BTreeMap::new();
    for section in sections {
        if section.files.is_empty() {
            checker.bad(&section.name, "music", "`files` names one WAV file or more");
        }
        let rule = "write a multicast address and an even port below 65532, such as \"239.255.0.1:16400\"";
        let multicast = section.multicast.as_ref().and_then(|text| {
            let group: SocketAddr = checker.parsed(text, "group", rule)?;
            if !group.ip().is_multicast() || !group.port().is_multiple_of(2) || group.port() > 65_530 {
                checker.bad(text, "group", rule);
            }
            Some(group)
        });
        if all.insert(section.name.get_ref().clone(), Music { multicast }).is_some() {
            checker.bad(&section.name, "name of music", "give each [[music]] a name of its own");
        }
    }
    all
}

/// The same for the media engine.
pub fn sources(sections: &[MusicSection], music: &BTreeMap<String, Music>) -> Vec<MusicSource> {
    let source = |section: &MusicSection| MusicSource {
        name: section.name.get_ref().clone(),
        files: section.files.iter().map(|file| file.get_ref().into()).collect(),
        groups: music.get(section.name.get_ref()).copied().unwrap_or_default(),
    };
    sections.iter().map(source).collect()
}

/// Music that something names; it must be there.
pub fn named(
    name: Option<&Spanned<String>>,
    music: &BTreeMap<String, Music>,
    checker: &mut Checker<'_>,
) -> String {
    let Some(name) = name else { return String::new() };
    if !music.contains_key(name.get_ref()) {
        let all: Vec<&str> = music.keys().map(String::as_str).collect();
        let rule = match &all[..] {
            [] => "there is no [[music]] in this file".to_owned(),
            all => format!("there are {}", all.join(", ")),
        };
        checker.bad(name, "music", rule);
    }
    name.get_ref().clone()
}

/// The settings of a section; nothing where audio is not relayed.
pub fn compile(
    section: &Media,
    recording: RecordingSettings,
    checker: &mut Checker<'_>,
) -> Option<MediaSettings> {
    let first = checker.within(section.port_first.as_ref(), "port", (1024, u16::MAX)).unwrap_or(PORT_FIRST);
    let last = checker.within(section.port_last.as_ref(), "port", (first, u16::MAX)).unwrap_or(PORT_LAST);
    let advertise = section.networks.iter().filter_map(|network| {
        let rule = "write an address and a prefix length, such as \"10.20.0.0/16\"";
        let prefix: IpNet = checker.parsed(&network.prefix, "network", rule)?;
        let rule = "write an address of this server that those phones reach, such as \"198.51.100.1\"";
        let address: IpAddr = checker.parsed(&network.advertise, "address", rule)?;
        if address.is_unspecified() || address.is_multicast() {
            checker.bad(&network.advertise, "address", rule);
        }
        Some(Advertise { network: prefix, address })
    });
    let advertise = advertise.collect();
    let music = section.music.as_ref().map(|file| file.get_ref().into());
    section.enabled.unwrap_or(true).then_some(MediaSettings {
        ports: first..=last.max(first),
        advertise,
        music,
        sources: Vec::new(),
        recording,
        announcements: Default::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn what_is_written_holds_and_the_rest_has_defaults() {
        let text = "[media]\nport_first = 20000\nport_last = 20100\nmusic = \"a.wav\"\n\
                    [[media.network]]\nprefix = \"10.0.0.0/8\"\nadvertise = \"10.0.0.1\"\n";
        let media = parse("lineside.toml", text).unwrap().media.unwrap();
        assert_eq!((media.ports, media.advertise.len()), (20_000..=20_100, 1));
        assert_eq!(parse("lineside.toml", "").unwrap().media, Some(MediaSettings::default()));
        assert_eq!(parse("lineside.toml", "[media]\nenabled = false\n").unwrap().media, None);
    }

    #[test]
    fn music_has_a_name_files_and_perhaps_a_group() {
        let music =
            "[[music]]\nname = \"jazz\"\nfiles = [\"a.wav\", \"b.wav\"]\nmulticast = \"239.255.0.1:16400\"\n";
        let line = "[[line]]\nnumber = \"1001\"\nmusic = \"jazz\"\n";
        let settings = parse("lineside.toml", &format!("{music}{line}[site]\nmusic = \"jazz\"\n")).unwrap();
        let source = &settings.media.unwrap().sources[0];
        assert_eq!((source.files.len(), source.groups.group(6)), (2, "239.255.0.1:16404".parse().ok()));
        assert_eq!(
            (settings.plan.site.music.as_str(), settings.plan.lines["1001"].music.as_str()),
            ("jazz", "jazz")
        );
        let wrong = |text: &str, expect: &str| {
            let error = parse("lineside.toml", text).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        wrong(line, "there is no [[music]]");
        wrong(&format!("{music}{music}"), "a name of its own");
        wrong("[[music]]\nname = \"x\"\nfiles = []\n", "one WAV file or more");
        wrong("[[music]]\nname = \"x\"\nfiles = [\"a\"]\nmulticast = \"10.0.0.1:16400\"\n", "is no group");
    }

    #[test]
    fn what_can_t_be_is_named_with_its_line() {
        let wrong = |text: &str, expect: &str| {
            let error = parse("lineside.toml", text).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        wrong("[media]\nport_first = 20000\nport_last = 19000\n", "is no port");
        wrong("[media]\nport_first = 80\n", "is no port");
        wrong("[[media.network]]\nprefix = \"x\"\nadvertise = \"10.0.0.1\"\n", "is no network");
        wrong("[[media.network]]\nprefix = \"10.0.0.0/8\"\nadvertise = \"0.0.0.0\"\n", "is no address");
    }
}
