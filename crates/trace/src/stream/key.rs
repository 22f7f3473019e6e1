//! The four numbers that name a connection, in the same order for both directions.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

/// A connection's two ends, the lower one first. IPv4 addresses are kept apart from IPv6 by a mark, not by
/// a type: one layout compares and hashes without branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConnectionKey {
    low: [u64; 2],
    high: [u64; 2],
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
        (Self { low: words(low), high: words(high), ports, is_ipv4 }, sender_is_low)
    }
}

impl Hash for ConnectionKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.is_ipv4 {
            state.write_u64(self.low[0] << 32 | self.high[0]);
        } else {
            self.low.iter().chain(&self.high).for_each(|word| state.write_u64(*word));
        }
        state.write_u32(self.ports);
    }
}

/// The lower half first: a key is as small as it can be when its words need not be aligned to sixteen bytes.
#[inline]
fn words(number: u128) -> [u64; 2] {
    [number as u64, (number >> 64) as u64]
}

#[inline]
fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), true),
        IpAddr::V6(address) => (address.to_bits(), false),
    }
}
