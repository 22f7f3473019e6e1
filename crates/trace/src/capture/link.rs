//! Link-layer types: what the first bytes of a captured packet are.

use std::fmt;

/// A link-layer header type by its number in the tcpdump registry. Open: unknown numbers survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: address family in the byte order of the capturing machine.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// Raw IP as some BSD kernels number it.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP as OpenBSD numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// Raw IP, version by its first nibble.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// IEEE 802.11 without anything in front.
    pub const IEEE802_11: Self = Self(105);
    /// IEEE 802.11 with radiotap in front: a monitor interface.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// PPP over Ethernet, as a PPPoE interface numbers it: the header, then PPP.
    pub const PPP_ETHER: Self = Self(51);
    /// Linux cooked capture, version 1 (interface `any`).
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::NULL => "NULL",
            Self::ETHERNET => "ETHERNET",
            Self::RAW | Self::RAW_BSD | Self::RAW_OPENBSD => "RAW",
            Self::LOOP => "LOOP",
            Self::IEEE802_11 => "IEEE802_11",
            Self::IEEE802_11_RADIOTAP => "IEEE802_11_RADIOTAP",
            Self::PPP_ETHER => "PPP_ETHER",
            Self::LINUX_SLL => "LINUX_SLL",
            Self::LINUX_SLL2 => "LINUX_SLL2",
            Self::IPV4 => "IPV4",
            Self::IPV6 => "IPV6",
            Self(number) => return write!(f, "link type {number}"),
        };
        f.write_str(name)
    }
}
