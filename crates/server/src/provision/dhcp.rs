//! Settings of DHCP servers: phones learn the address of this server by option 150, or 66.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use super::hosts::Own;

/// A DHCP server that is described.
#[derive(Debug)]
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where the settings go.
    pub place: &'static str,
    write: fn(&Servers) -> String,
}

/// The addresses that phones are to be told.
struct Servers(Vec<IpAddr>);

impl Servers {
    fn joined(&self, separator: &str) -> String {
        self.0.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(separator)
    }

    fn first(&self) -> String {
        self.0.first().map(IpAddr::to_string).unwrap_or_default()
    }

    /// Bytes of the addresses, in hexadecimal.
    fn hex(&self) -> String {
        let octets = self.0.iter().filter_map(|address| match address {
            IpAddr::V4(v4) => Some(v4.octets()),
            IpAddr::V6(_) => None,
        });
        octets.flatten().fold(String::new(), |mut text, octet| {
            let _ = write!(text, "{octet:02x}");
            text
        })
    }
}

/// All kinds.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "dnsmasq",
        title: "dnsmasq (also Pi-hole)",
        place: "/etc/dnsmasq.d/phones.conf",
        write: |servers| {
            format!("dhcp-option=150,{}\ndhcp-option=66,{}\n", servers.joined(","), servers.first())
        },
    },
    Kind {
        name: "openwrt",
        title: "OpenWrt",
        place: "a shell on the router",
        write: |servers| {
            format!(
                "uci add_list dhcp.lan.dhcp_option='150,{}'\nuci commit dhcp\n/etc/init.d/dnsmasq restart\n",
                servers.joined(",")
            )
        },
    },
    Kind {
        name: "isc",
        title: "ISC dhcpd",
        place: "/etc/dhcp/dhcpd.conf",
        write: |servers| {
            format!(
                "option tftp-servers code 150 = array of ip-address;\noption tftp-servers {};\n\
                 option tftp-server-name \"{}\";\n",
                servers.joined(", "),
                servers.first()
            )
        },
    },
    Kind {
        name: "kea",
        title: "Kea",
        place: "\"Dhcp4\" of /etc/kea/kea-dhcp4.conf",
        write: |servers| {
            format!(
                "\"option-def\": [\n  {{ \"name\": \"tftp-servers\", \"code\": 150, \"space\": \"dhcp4\", \
                 \"type\": \"ipv4-address\", \"array\": true }}\n],\n\"option-data\": [\n  \
                 {{ \"name\": \"tftp-servers\", \"data\": \"{}\" }},\n  \
                 {{ \"name\": \"tftp-server-name\", \"data\": \"{}\" }}\n]\n",
                servers.joined(", "),
                servers.first()
            )
        },
    },
    Kind {
        name: "mikrotik",
        title: "MikroTik RouterOS",
        place: "its terminal; NETWORK is that of your phones, such as 192.168.88.0/24",
        write: |servers| {
            format!(
                "/ip dhcp-server option add name=phones code=150 value=0x{}\n\
                 /ip dhcp-server network set [find address=NETWORK] dhcp-option=phones\n",
                servers.hex()
            )
        },
    },
    Kind {
        name: "ios",
        title: "Cisco IOS",
        place: "configuration mode; POOL is the name of your pool",
        write: |servers| format!("ip dhcp pool POOL\n option 150 ip {}\n", servers.joined(" ")),
    },
    Kind {
        name: "windows",
        title: "Windows Server",
        place: "PowerShell as administrator; SCOPE is that of your phones, such as 192.168.1.0",
        write: |servers| {
            format!(
                "Add-DhcpServerv4OptionDefinition -OptionId 150 -Name 'TFTP servers' -Type IPv4Address -MultiValued\n\
                 Set-DhcpServerv4OptionValue -ScopeId SCOPE -OptionId 150 -Value {}\n",
                servers.joined(",")
            )
        },
    },
    Kind {
        name: "opnsense",
        title: "OPNsense, pfSense",
        place: "Services, DHCPv4, the phones' interface, Additional options (text in the form of hexadecimal bytes)",
        write: |servers| {
            let hex = servers.hex();
            let pairs: Vec<&str> = (0..hex.len() / 2).filter_map(|n| hex.get(2 * n..2 * n + 2)).collect();
            format!("number 150, type String, value {}\n", pairs.join(":"))
        },
    },
    Kind {
        name: "unifi",
        title: "UniFi",
        place: "Settings, Networks, the phones' network, DHCP Options",
        write: |servers| {
            format!(
                "code 150, type IP address, value {}\nor TFTP Server: {}\n",
                servers.joined(","),
                servers.first()
            )
        },
    },
    Kind {
        name: "systemd-networkd",
        title: "systemd-networkd",
        place: "[DHCPServer] of the .network file of the phones' interface",
        write: |servers| format!("SendOption=66:string:{}\n", servers.first()),
    },
];

/// The kind with a name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}

/// The settings of one server, with a comment where they go.
pub fn settings(kind: &Kind, servers: &[IpAddr]) -> String {
    format!("# {}: {}\n{}", kind.title, kind.place, (kind.write)(&Servers(servers.to_vec())))
}

/// The address that phones most likely reach.
pub fn best(own: &[Own]) -> Option<IpAddr> {
    own.iter().find(|own| !own.is_virtual()).or(own.first()).map(Own::address)
}

/// What to do where a DHCP server can't be changed.
pub fn by_hand(server: IpAddr) -> String {
    format!(
        "# No such option in your router: type the address into each phone.\n\
         # Settings, Network Configuration, unlock with **#, Alternate TFTP: Yes, TFTP Server 1: {server}\n"
    )
}

/// Whether an address can stand in these settings: DHCP of IPv4 knows no other.
pub fn is_fit(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if !v4.is_unspecified() && v4 != Ipv4Addr::BROADCAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_gets_the_addresses_in_its_own_form() {
        let servers = ["192.0.2.5", "192.0.2.6"].map(|text| text.parse().unwrap());
        for (name, part) in [
            ("dnsmasq", "dhcp-option=150,192.0.2.5,192.0.2.6\n"),
            ("isc", "option tftp-servers 192.0.2.5, 192.0.2.6;"),
            ("kea", "\"data\": \"192.0.2.5, 192.0.2.6\""),
            ("MikroTik", "value=0xc0000205c0000206"),
            ("ios", "option 150 ip 192.0.2.5 192.0.2.6"),
            ("opnsense", "c0:00:02:05:c0:00:02:06"),
        ] {
            let text = settings(find(name).expect(name), &servers);
            assert!(text.contains(part), "{text}");
        }
        for kind in KINDS {
            assert!(
                settings(kind, &servers).contains("192.0.2.5")
                    || kind.name == "mikrotik"
                    || kind.name == "opnsense"
            );
        }
    }

    #[test]
    fn phones_are_not_sent_to_a_bridge_of_containers() {
        let own = |interface: &str, network: &str| Own {
            interface: interface.into(),
            network: network.parse().unwrap(),
        };
        let both = [own("docker0", "172.17.0.1/16"), own("eth0", "192.0.2.5/24")];
        assert_eq!(best(&both).unwrap().to_string(), "192.0.2.5");
        assert_eq!(best(&both[..1]).unwrap().to_string(), "172.17.0.1");
        assert_eq!(best(&[]), None);
    }
}
