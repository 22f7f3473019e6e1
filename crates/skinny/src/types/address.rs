//! Addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::codes::IpAddrType;
use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::table::Entry;
use crate::view::{Sink, Value, ipv4};
use crate::wire::{Field, FixedSize, Reader, Writer};

/// An IPv4 address in network order, at every version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4(pub Ipv4Addr);

impl Default for Ipv4 {
    fn default() -> Self {
        Ipv4(Ipv4Addr::UNSPECIFIED)
    }
}

impl<'a> Field<'a> for Ipv4 {
    const SIZE: Option<usize> = Some(4);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        reader.array::<4>().map_or_else(Ipv4::default, |bytes| Ipv4(Ipv4Addr::from(*bytes)))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(&self.0.octets());
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(bytes) = reader.array::<4>() else { return Self::default() };
        sink.leaf(name, at, 4, Value::Ip(ipv4(*bytes)));
        Ipv4(Ipv4Addr::from(*bytes))
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let address = source.parsed::<Ipv4Addr>(name, "an IPv4 address")?.unwrap_or(Ipv4Addr::UNSPECIFIED);
        source.write(&address.octets());
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "IPv4", 4, doc);
    }
}

impl FixedSize for Ipv4 {
    #[inline]
    fn size(_version: u8) -> usize {
        4
    }
}
impl Entry<'_> for Ipv4 {}

/// An IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv6(pub Ipv6Addr);

impl Default for Ipv6 {
    fn default() -> Self {
        Ipv6(Ipv6Addr::UNSPECIFIED)
    }
}

impl<'a> Field<'a> for Ipv6 {
    const SIZE: Option<usize> = Some(16);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        reader.array::<16>().map_or_else(Ipv6::default, |bytes| Ipv6(Ipv6Addr::from(*bytes)))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(&self.0.octets());
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(bytes) = reader.array::<16>() else { return Self::default() };
        let address = Ipv6Addr::from(*bytes);
        sink.leaf(name, at, 16, Value::Ip(IpAddr::V6(address)));
        Ipv6(address)
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let address = source.parsed::<Ipv6Addr>(name, "an IPv6 address")?.unwrap_or(Ipv6Addr::UNSPECIFIED);
        source.write(&address.octets());
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "IPv6", 16, doc);
    }
}

/// An address of a stream: four bytes in network order up to version 16; from 17 on a kind word and
/// sixteen bytes, whose first four are the address when it is IPv4 (capture: nDPI frames 36, 38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address {
    /// Which kind of address the bytes hold; not on the wire before version 17.
    pub kind: IpAddrType,
    /// The address in network order; for IPv4 the first four bytes, the rest is filler.
    pub bytes: [u8; 16],
}

impl Address {
    /// The address to send.
    pub fn new(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&address.octets());
                Address { kind: IpAddrType::V4, bytes }
            }
            IpAddr::V6(address) => Address { kind: IpAddrType::V6, bytes: address.octets() },
        }
    }

    /// The address found.
    pub fn ip(&self) -> IpAddr {
        if self.kind == IpAddrType::V6 {
            return IpAddr::V6(Ipv6Addr::from(self.bytes));
        }
        let [a, b, c, d, ..] = self.bytes;
        ipv4([a, b, c, d])
    }

    /// Whether `Address::new(self.ip())` is the same sixteen bytes, so that the address alone says all.
    fn is_plain(&self) -> bool {
        *self == Address::new(self.ip())
    }
}

impl<'a> Field<'a> for Address {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let mut address = Address::default();
        if reader.version < 17 {
            if let Some(v4) = reader.array::<4>() {
                address.bytes[..4].copy_from_slice(v4);
            }
        } else if let Some(all) = reader.array::<20>() {
            let [k0, k1, k2, k3, bytes @ ..] = all;
            address = Address { kind: IpAddrType(u32::from_le_bytes([*k0, *k1, *k2, *k3])), bytes: *bytes };
        }
        address
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        if writer.version < 17 {
            let [a, b, c, d, ..] = self.bytes;
            writer.array(&[a, b, c, d]);
        } else {
            writer.array(&self.kind.0.to_le_bytes());
            writer.array(&self.bytes);
        }
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let address = Self::read(reader);
        if reader.is_short() {
            return address;
        }
        if address.is_plain() {
            sink.leaf(name, at, reader.at() - at, Value::Ip(address.ip()));
        } else {
            sink.begin(name);
            sink.leaf("kind", at, 4, Value::Code(address.kind.0, IpAddrType::CODES));
            sink.leaf("bytes", at + 4, 16, Value::Bytes(&address.bytes));
            sink.end();
        }
        address
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let address = match source.parsed::<IpAddr>(name, "an IP address, or {\"kind\": …, \"bytes\": …}")
        {
            Ok(found) => found.map_or_else(Address::default, Address::new),
            Err(error) => source.address_parts(name).ok_or(error)?,
        };
        let mut buffer = [0; 20];
        let mut writer = Writer::new(&mut buffer, source.version());
        address.write(&mut writer);
        let len = writer.at();
        source.write(&buffer[..len]);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        let (kind, size) = if layout.version() < 17 { ("IPv4", 4) } else { ("kind u32, address", 20) };
        layout.row(name, kind, size, doc);
    }
}

impl FixedSize for Address {
    #[inline]
    fn size(version: u8) -> usize {
        if version < 17 { 4 } else { 20 }
    }
}
impl Entry<'_> for Address {}

/// The hardware address of a registration: twelve bytes that hold six raw ones and filler (7941),
/// twelve ASCII digits (6961), or junk (7960).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MacAddress(pub [u8; 12]);

impl<'a> Field<'a> for MacAddress {
    const SIZE: Option<usize> = Some(12);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        reader.array::<12>().map_or_else(MacAddress::default, |bytes| MacAddress(*bytes))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(&self.0);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(bytes) = reader.array::<12>() else { return Self::default() };
        sink.leaf(name, at, 12, Value::Mac(bytes));
        MacAddress(*bytes)
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let bytes = source.mac(name)?;
        source.write(&bytes);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "MAC", 12, doc);
    }
}
