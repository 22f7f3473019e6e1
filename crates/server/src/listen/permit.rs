//! Permits: what a connection must have before anything is made for it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use crate::config::Limits;

/// Counts connections against the limits.
#[derive(Debug)]
pub struct Permits {
    limits: Limits,
    open: usize,
    open_max: usize,
    unregistered: BTreeMap<IpAddr, u32>,
}

/// Allows one connection. Given back by [`Permits::give_back`].
#[derive(Debug)]
pub struct Permit {
    /// The address whose unregistered connections it counts among; `None` once registered.
    counted: Option<IpAddr>,
}

impl Permit {
    /// Whether its connection's device has registered.
    pub fn is_registered(&self) -> bool {
        self.counted.is_none()
    }
}

impl Permits {
    /// Nobody is connected yet.
    pub fn new(limits: Limits) -> Self {
        let open_max = limits.sessions();
        Permits { limits, open: 0, open_max, unregistered: BTreeMap::new() }
    }

    /// Connections at once.
    pub fn open_max(&self) -> usize {
        self.open_max
    }

    /// Whether another connection may be accepted at all: asked before `accept`.
    pub fn has_room(&self) -> bool {
        self.open < self.open_max
    }

    /// A permit for this address, or how many unregistered connections it already has.
    pub fn take(&mut self, address: IpAddr) -> Result<Permit, u32> {
        let holder = holder(address);
        let count = self.unregistered.get(&holder).copied().unwrap_or(0);
        if count >= self.limits.unregistered_of(address) {
            return Err(count);
        }
        self.unregistered.insert(holder, count + 1);
        self.open += 1;
        Ok(Permit { counted: Some(holder) })
    }

    /// The connection's device has registered: its address may open another.
    pub fn registered(&mut self, permit: &mut Permit) {
        if let Some(holder) = permit.counted.take() {
            self.uncount(holder);
        }
    }

    /// The connection is gone.
    pub fn give_back(&mut self, permit: Permit) {
        self.open = self.open.saturating_sub(1);
        if let Some(holder) = permit.counted {
            self.uncount(holder);
        }
    }

    fn uncount(&mut self, holder: IpAddr) {
        if let Some(count) = self.unregistered.get_mut(&holder) {
            *count -= 1;
            if *count == 0 {
                self.unregistered.remove(&holder);
            }
        }
    }
}

/// Whoever has one IPv6 address has a /64 of them.
fn holder(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(sessions_max: usize, per_address: u32) -> Permits {
        let limits = Limits {
            sessions_max: Some(sessions_max),
            unregistered_per_address: per_address,
            ..Limits::default()
        };
        Permits::new(limits)
    }

    #[test]
    fn an_address_has_so_many_unregistered_connections() {
        let mut permits = permits(10, 2);
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        let mut first = permits.take(address).unwrap();
        let second = permits.take(address).unwrap();
        assert_eq!(permits.take(address).unwrap_err(), 2);
        assert!(permits.take("192.0.2.8".parse().unwrap()).is_ok(), "others are not concerned");
        permits.registered(&mut first);
        permits.registered(&mut first);
        let third = permits.take(address).unwrap();
        for permit in [first, second, third] {
            permits.give_back(permit);
        }
        assert_eq!(permits.open, 1);
        assert_eq!(permits.unregistered.len(), 1);
    }

    #[test]
    fn all_connections_together_have_a_limit() {
        let mut permits = permits(1, 9);
        assert!(permits.has_room());
        let permit = permits.take("::1".parse().unwrap()).unwrap();
        assert!(!permits.has_room());
        permits.give_back(permit);
        assert!(permits.has_room());
    }

    #[test]
    fn a_whole_64_counts_as_one_address_and_a_mapped_one_as_itself() {
        let mut permits = permits(9, 1);
        assert!(permits.take("2001:db8::1".parse().unwrap()).is_ok());
        assert!(permits.take("2001:db8::2".parse().unwrap()).is_err());
        assert!(permits.take("::ffff:192.0.2.1".parse().unwrap()).is_ok());
        assert!(permits.take("192.0.2.1".parse().unwrap()).is_err());
    }
}
