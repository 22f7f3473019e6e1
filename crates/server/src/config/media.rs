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
use crate::media::live::LiveSource;
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
    /// WAV files, played one after the other and then anew, five minutes in all. With `command` or `rtp` they are heard while
    /// nothing comes from there; left out then: the usual music.
    #[serde(default)]
    pub files: Vec<Spanned<String>>,
    /// A program and its arguments, without a shell: what it writes to its standard output is heard, 16-bit samples,
    /// little-endian, one channel, 16,000 a second. It runs all the time, and is started again when it ends.
    pub command: Option<Spanned<Vec<String>>>,
    /// An address of this machine or a group, with a port, to which music comes as RTP: G.711, G.722, or 16-bit
    /// samples at 16 kHz.
    pub rtp: Option<Spanned<String>>,
    /// From where that RTP is taken; may be left out where `rtp` is a loopback address.
    pub rtp_from: Option<Spanned<String>>,
    /// A multicast address and an even port to which it is sent all the time, in G.711 µ-law, A-law two ports above and
    /// G.722 four above: phones that can listen there instead of getting a stream of their own.
    pub multicast: Option<Spanned<String>>,
    /// Our address from which it is sent there, which decides the network; left out: as the system routes it.
    pub multicast_from: Option<Spanned<String>>,
}

/// What a `[[music]]` says, for the exchange.
pub fn music(sections: &[MusicSection], checker: &mut Checker<'_>) -> BTreeMap<String, Music> {
    let mut all = BTreeMap::new();
    for section in sections {
        let live = live(section, checker);
        if section.files.is_empty() && live.is_none() {
            checker.bad(
                &section.name,
                "music",
                "`files` names one WAV file or more, or `command` or `rtp` a live source",
            );
        }
        groups_from(section, checker);
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

/// The same for the media engine. What is wrong with it is said by [`music`].
pub fn sources(
    sections: &[MusicSection],
    music: &BTreeMap<String, Music>,
    quiet: &mut Checker<'_>,
) -> Vec<MusicSource> {
    let source = |section: &MusicSection| MusicSource {
        name: section.name.get_ref().clone(),
        files: section.files.iter().map(|file| file.get_ref().into()).collect(),
        live: live(section, quiet),
        groups: music.get(section.name.get_ref()).copied().unwrap_or_default(),
        groups_from: groups_from(section, quiet),
    };
    sections.iter().map(source).collect()
}

/// Where a source comes from as it is made.
fn live(section: &MusicSection, checker: &mut Checker<'_>) -> Option<LiveSource> {
    match (&section.command, &section.rtp) {
        (Some(_), Some(_)) => {
            let rule = "a [[music]] has `command` or `rtp`, not both";
            checker.bad(&section.name, "music", rule);
            None
        }
        (Some(command), None) => live_command(command, checker),
        (None, Some(at)) => live_rtp(at, section.rtp_from.as_ref(), checker),
        (None, None) => None,
    }
}

fn live_command(command: &Spanned<Vec<String>>, checker: &mut Checker<'_>) -> Option<LiveSource> {
    let words = command.get_ref();
    let rule = "name a program that is there and may be run, such as [\"/usr/bin/ffmpeg\", \"-i\", …]";
    match words.first() {
        Some(program) if !program.is_empty() && is_program(program) => {
            Some(LiveSource::Command(words.clone()))
        }
        program => {
            let found = program.cloned().unwrap_or_default();
            checker.bad(&Spanned::new(command.span(), found), "command", rule);
            None
        }
    }
}

/// Whether a file is there that may be run, at its path or in one of the folders of `PATH`.
fn is_program(name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let runs = |path: &std::path::Path| {
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return runs(name.as_ref());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| runs(&folder.join(name)))
}

fn live_rtp(
    at: &Spanned<String>,
    from: Option<&Spanned<String>>,
    checker: &mut Checker<'_>,
) -> Option<LiveSource> {
    let rule = "write an address of this machine or a group, and a port, such as \"239.255.9.1:5004\"";
    let place: SocketAddr = checker.parsed(at, "address and port", rule)?;
    if place.port() == 0 || place.ip().is_unspecified() {
        checker.bad(at, "address and port", rule);
        return None;
    }
    let rule = "write the address from which the music comes, such as \"10.20.0.9\": nobody else is heard";
    let from: Option<IpAddr> = match from {
        Some(from) => Some(checker.parsed(from, "address", rule)?),
        None if place.ip().is_loopback() => None,
        None => {
            checker.bad(at, "address without `rtp_from`", rule);
            return None;
        }
    };
    Some(LiveSource::Rtp { at: place, from })
}

/// Our address from which a source is sent to its groups.
fn groups_from(section: &MusicSection, checker: &mut Checker<'_>) -> Option<IpAddr> {
    let rule = "write an address of this server, such as \"10.20.0.1\"";
    let text = section.multicast_from.as_ref()?;
    let address: IpAddr = checker.parsed(text, "address", rule)?;
    if address.is_unspecified() || address.is_multicast() {
        checker.bad(text, "address", rule);
        return None;
    }
    Some(address)
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
    fn live_music_is_a_program_that_is_there_or_rtp_from_somebody() {
        let of = |keys: &str| parse("lineside.toml", &format!("[[music]]\nname = \"radio\"\n{keys}\n"));
        let live = |keys: &str| of(keys).unwrap().media.unwrap().sources[0].live.clone().unwrap();
        let words = vec!["/bin/sh".to_owned(), "-c".to_owned(), "exit".to_owned()];
        assert_eq!(live("command = [\"/bin/sh\", \"-c\", \"exit\"]"), LiveSource::Command(words));
        assert_eq!(live("command = [\"sh\"]").to_string(), "sh");
        assert_eq!(live("rtp = \"127.0.0.1:5004\"").to_string(), "RTP to 127.0.0.1:5004");
        let group = live("rtp = \"239.255.9.1:5004\"\nrtp_from = \"10.0.0.9\"");
        assert_eq!(group.to_string(), "RTP from 10.0.0.9 to 239.255.9.1:5004");
        for (keys, expect) in [
            ("command = []", "is no command"),
            ("command = [\"/nowhere/radio\"]", "`/nowhere/radio` is no command"),
            ("command = [\"/etc/passwd\"]", "may be run"),
            ("command = [\"sh\"]\nrtp = \"127.0.0.1:5004\"", "not both"),
            ("rtp = \"239.255.9.1:5004\"", "nobody else is heard"),
            ("rtp = \"0.0.0.0:5004\"\nrtp_from = \"10.0.0.9\"", "is no address and port"),
            ("files = [\"a.wav\"]\nmulticast_from = \"0.0.0.0\"", "is no address"),
        ] {
            let error = of(keys).unwrap_err().to_string();
            assert!(error.contains(expect), "{keys}: {error}");
        }
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
