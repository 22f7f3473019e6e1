//! The four numbers that name a connection, in the same order for both directions.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

/// A connection's two ends, the lower one first. IPv4 addresses are kept apart from IPv6 by a mark, not by
/// a type: one layout compares and hashes without branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConnectionKey {
    low: u128,
    high: u128,
    ports: u32,
    is_ipv4: bool,
}

impl ConnectionKey {
    /// The key, and whether the sender is its lower end.
    #[inline]
    pub(super) fn new(src: SocketAddr, dst: SocketAddr) -> (Self, bool) {
        let (from, is_ipv4) = number(src.ip());
        let (to, _) = number(dst.ip());
        let sender_is_low = (from, src.port()) <= (to, dst.port());
        let (low, high, low_port, high_port) = if sender_is_low {
            (from, to, src.port(), dst.port())
        } else {
            (to, from, dst.port(), src.port())
        };
        let ports = u32::from(low_port) << 16 | u32::from(high_port);
        (Self { low, high, ports, is_ipv4 }, sender_is_low)
    }
}

impl Hash for ConnectionKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.is_ipv4 {
            state.write_u64((self.low as u64) << 32 | self.high as u64);
        } else {
            state.write_u128(self.low);
            state.write_u128(self.high);
        }
        state.write_u32(self.ports);
    }
}

#[inline]
fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), true),
        IpAddr::V6(address) => (address.to_bits(), false),
    }
}
