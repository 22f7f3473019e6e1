//! This machine's own addresses.

use std::net::IpAddr;

use ipnet::IpNet;

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The interface.
    pub interface: String,
    /// The address with its network.
    pub network: IpNet,
}

impl Own {
    /// The address.
    pub fn address(&self) -> IpAddr {
        self.network.addr()
    }

    /// Whether the interface belongs to containers or virtual machines, whose addresses phones rarely reach.
    pub fn is_virtual(&self) -> bool {
        const PREFIXES: &[&str] =
            &["docker", "br-", "veth", "virbr", "podman", "cni", "flannel", "lxc", "tailscale"];
        PREFIXES.iter().any(|prefix| self.interface.starts_with(prefix))
    }
}

/// Addresses that phones may reach, those of real interfaces first.
pub fn own() -> std::io::Result<Vec<Own>> {
    let mut found = Vec::new();
    for entry in nix::ifaddrs::getifaddrs()? {
        let v4 = |storage: &nix::sys::socket::SockaddrStorage| storage.as_sockaddr_in().map(|v4| v4.ip());
        let Some(address) = entry.address.as_ref().and_then(v4) else { continue };
        let mask = entry.netmask.as_ref().and_then(v4).unwrap_or(std::net::Ipv4Addr::BROADCAST);
        let is_useless = address.is_loopback() || address.is_unspecified() || address.is_link_local();
        let Ok(network) = IpNet::with_netmask(address.into(), mask.into()) else { continue };
        if !is_useless {
            found.push(Own { interface: entry.interface_name, network });
        }
    }
    found.sort_by_key(Own::is_virtual);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_no_loopback_and_bridges_come_last() {
        let own = own().expect("the system tells");
        assert!(own.iter().all(|own| !own.address().is_loopback()));
        assert!(own.is_sorted_by_key(Own::is_virtual));
        let own =
            |interface: &str| Own { interface: interface.into(), network: "10.0.0.1/24".parse().unwrap() };
        assert!(own("docker0").is_virtual() && !own("eth0").is_virtual());
    }
}
