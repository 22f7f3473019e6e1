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

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::media::recorder::RecordingSettings;
use crate::media::{Advertise, MediaSettings, PORT_FIRST, PORT_LAST};

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
