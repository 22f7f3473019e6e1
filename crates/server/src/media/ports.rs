//! Which ports are free, and which address of ours a phone is told.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use super::{Advertise, MediaError, MediaSettings};

/// Ports from which on anybody may bind.
const UNPRIVILEGED: u16 = 1024;

/// Free ports, the longest free first: late packets of an old call do not meet a new one.
#[derive(Debug)]
pub struct Ports {
    free: VecDeque<u16>,
    advertise: Vec<Advertise>,
}

impl Ports {
    /// All even ports of the range.
    pub fn new(settings: &MediaSettings) -> Result<Ports, MediaError> {
        let even = settings.ports.clone().filter(|port| *port >= UNPRIVILEGED && port.is_multiple_of(2));
        let free: VecDeque<u16> = even.collect();
        if free.is_empty() {
            return Err(MediaError::Ports(*settings.ports.start(), *settings.ports.end()));
        }
        Ok(Ports { free, advertise: settings.advertise.clone() })
    }

    /// The next free one.
    pub fn take(&mut self) -> Option<u16> {
        self.free.pop_front()
    }

    /// How many are free.
    pub fn free(&self) -> usize {
        self.free.len()
    }

    /// It is free again.
    pub fn give_back(&mut self, port: u16) {
        self.free.push_back(port);
    }

    /// Where a phone that signals from `phone` to our address `local` shall send.
    pub fn advertised(&self, phone: IpAddr, local: IpAddr, port: u16) -> SocketAddr {
        let other = self.advertise.iter().find(|rule| rule.network.contains(&phone));
        SocketAddr::new(other.map_or(local, |rule| rule.address), port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_ports_go_round_and_odd_ones_stay_free() {
        let settings = MediaSettings { ports: 1001..=1031, ..MediaSettings::default() };
        let mut ports = Ports::new(&settings).unwrap();
        let all: Vec<u16> = std::iter::from_fn(|| ports.take()).collect();
        assert_eq!(all, [1024, 1026, 1028, 1030]);
        ports.give_back(1026);
        ports.give_back(1024);
        assert_eq!((ports.take(), ports.take(), ports.take()), (Some(1026), Some(1024), None));
        let none = MediaSettings { ports: 2001..=2001, ..MediaSettings::default() };
        assert!(matches!(Ports::new(&none), Err(MediaError::Ports(2001, 2001))));
    }

    #[test]
    fn phones_of_a_network_are_told_its_address_of_ours() {
        let rule = |network: &str, address: &str| Advertise {
            network: network.parse().unwrap(),
            address: address.parse().unwrap(),
        };
        let advertise = vec![rule("10.0.0.0/8", "10.0.0.1"), rule("0.0.0.0/0", "198.51.100.1")];
        let settings = MediaSettings { advertise, ..MediaSettings::default() };
        let ports = Ports::new(&settings).unwrap();
        let told = |phone: &str| {
            ports.advertised(phone.parse().unwrap(), "192.168.0.1".parse().unwrap(), 4000).to_string()
        };
        assert_eq!(told("10.1.2.3"), "10.0.0.1:4000");
        assert_eq!(told("203.0.113.9"), "198.51.100.1:4000");
        assert_eq!(told("2001:db8::1"), "192.168.0.1:4000");
    }
}
