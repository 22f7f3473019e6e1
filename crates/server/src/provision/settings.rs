//! What the operator chose for provisioning.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::files::Member;

/// Ports that phones expect.
pub const TFTP_PORT: u16 = 69;
/// See [`TFTP_PORT`].
pub const HTTP_PORT: u16 = 6970;
/// Bits per second for all transfers together, unless the file says otherwise: a wave of firmware upgrades
/// leaves the rest of a gigabit to calls.
pub const RATE_DEFAULT: u64 = 400_000_000;

/// What the operator chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where files are served over TFTP; none: they are not.
    pub tftp: Vec<SocketAddr>,
    /// The same over HTTP.
    pub http: Vec<SocketAddr>,
    /// The operator's files.
    pub folder: Option<PathBuf>,
    /// The address that phones are told, where it is not the one on which they ask.
    pub advertise: Option<IpAddr>,
    /// Call managers after this one.
    pub backup: Vec<Member>,
    /// IANA's name of the phones' time zone; none: that of this machine.
    pub time_zone: Option<String>,
    /// Servers by which phones set their clocks before they register.
    pub time_servers: Vec<String>,
    /// Language of the phones: a folder with Cisco's files of it.
    pub user_locale: Option<String>,
    /// Tones of the phones: a folder with their files.
    pub network_locale: Option<String>,
    /// Firmware by the name of the model.
    pub loads: BTreeMap<&'static str, String>,
    /// Who may fetch files.
    pub allow: Vec<IpNet>,
    /// Bits per second for all transfers together.
    pub rate: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        let everywhere =
            |port| vec![(Ipv4Addr::UNSPECIFIED, port).into(), (Ipv6Addr::UNSPECIFIED, port).into()];
        Settings {
            tftp: everywhere(TFTP_PORT),
            http: everywhere(HTTP_PORT),
            folder: None,
            advertise: None,
            backup: Vec::new(),
            time_zone: None,
            time_servers: Vec::new(),
            user_locale: None,
            network_locale: None,
            loads: BTreeMap::new(),
            allow: private(),
            rate: RATE_DEFAULT,
        }
    }
}

impl Settings {
    /// Nothing is served.
    pub fn off() -> Settings {
        Settings { tftp: Vec::new(), http: Vec::new(), ..Settings::default() }
    }

    /// Whether files are served at all.
    pub fn is_on(&self) -> bool {
        !self.tftp.is_empty() || !self.http.is_empty()
    }

    /// The same with the networks that this machine is in, unless the operator chose some.
    #[must_use]
    pub fn with_own_networks(mut self) -> Settings {
        if self.allow == private() {
            let own = super::hosts::own().unwrap_or_default();
            self.allow.extend(own.into_iter().map(|own| own.network.trunc()));
        }
        self
    }

    /// Whether an address may fetch files.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|network| network.contains(&address))
    }
}

/// Networks that are nobody's in particular: TFTP knows no password, and files name addresses.
fn private() -> Vec<IpNet> {
    let networks = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    ];
    networks.iter().filter_map(|text| text.parse().ok()).collect()
}
