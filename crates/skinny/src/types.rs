//! The wire types beside integers and enumerations: identifiers, text, addresses, data.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::codes::{Coded, Flags, IpAddrType};
use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::table::Entry;
use crate::text::{Text, cut, until_nul};
use crate::view::{Sink, Value, ipv4};
use crate::wire::{Field, FixedSize, Reader, Writer};

/// Declares a newtype over a u32 with a meaning of its own, shown as hex or as a number.
macro_rules! identifiers {
    ($($(#[doc = $doc:literal])+ $name:ident $shown:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u32);

        impl<'a> Field<'a> for $name {
            const SIZE: Option<usize> = Some(4);
            #[inline]
            fn read(reader: &mut Reader<'a>) -> Self {
                $name(u32::read(reader))
            }
            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                self.0.write(writer);
            }
            fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
                let at = reader.at();
                let Some(value) = reader.u32() else { return Self(0) };
                sink.leaf(name, at, 4, identifiers!(@value $shown value));
                Self(value)
            }
            fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
                u32::json(source, name)
            }
            fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
                let doc = if doc.is_empty() { concat!($($doc),+) } else { doc };
                layout.row(name, "u32", 4, doc);
            }
            #[inline]
            fn number(&self) -> u32 {
                self.0
            }
        }
        impl FixedSize for $name {
            #[inline]
            fn size(_version: u8) -> usize {
                4
            }
        }
        impl Entry<'_> for $name {}
    )+};
    (@value hex $value:ident) => { Value::Hex($value) };
    (@value number $value:ident) => { Value::Unsigned(u64::from($value)) };
}

identifiers! {
    /// 1-based number of the line on this device; 0 where no line is meant.
    LineInstance number;
    /// Call id that the server gave to this leg; 0 where no call is meant.
    CallReference hex;
    /// Media session: the call reference of this phone's own leg.
    ConferenceId hex;
    /// Media stream id, echoed in acknowledgements and close orders; CUCM: node in the top byte, counter below.
    PassThroughPartyId hex;
    /// UDP or TCP port in the low 16 bits.
    Port number;
    /// Milliseconds of audio per RTP packet.
    PacketMillis number;
    /// Entries in use of a table, bytes in use of a data field.
    Count number;
}

/// A hexadecimal word whose meaning is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unknown32(pub u32);

impl<'a> Field<'a> for Unknown32 {
    const SIZE: Option<usize> = Some(4);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        Unknown32(u32::read(reader))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        self.0.write(writer);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(value) = reader.u32() else { return Self(0) };
        sink.leaf(name, at, 4, Value::Hex(value));
        Self(value)
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        u32::json(source, name)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "u32", 4, doc);
    }
}

/// An enumeration that takes one byte on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Byte<T>(pub T);

/// An enumeration that takes two bytes on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Half<T>(pub T);

macro_rules! narrow_code {
    ($name:ident $int:ident $read:ident $size:literal) => {
        impl<'a, T: Coded> Field<'a> for $name<T> {
            const SIZE: Option<usize> = Some($size);
            #[inline]
            fn read(reader: &mut Reader<'a>) -> Self {
                $name(T::from_code(u32::from($int::read(reader))))
            }
            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                (self.0.code() as $int).write(writer);
            }
            fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
                let at = reader.at();
                let Some(value) = reader.$read() else { return Self::default() };
                sink.leaf(name, at, $size, Value::Code(u32::from(value), T::CODES));
                $name(T::from_code(u32::from(value)))
            }
            fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
                let value = source.code(name, T::CODES, u64::from($int::MAX))?;
                source.write(&(value as $int).to_le_bytes());
                Ok(value)
            }
            fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
                layout.code(name, stringify!($int), $size, T::CODES, doc);
            }
            #[inline]
            fn number(&self) -> u32 {
                self.0.code()
            }
        }
        impl<T: Coded> FixedSize for $name<T> {
            #[inline]
            fn size(_version: u8) -> usize {
                $size
            }
        }
        impl<'a, T: Coded> Entry<'a> for $name<T> {}
    };
}

/// A set of flags that takes two bytes on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HalfFlags<T>(pub T);

impl<'a, T: Flags> Field<'a> for HalfFlags<T> {
    const SIZE: Option<usize> = Some(2);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        HalfFlags(T::from_flags(u32::from(u16::read(reader))))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        (self.0.flags() as u16).write(writer);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(value) = reader.u16() else { return Self::default() };
        sink.leaf(name, at, 2, Value::Bits(u32::from(value), T::BITS));
        HalfFlags(T::from_flags(u32::from(value)))
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        u16::json(source, name)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.code(name, "u16 flags", 2, &T::BITS.0, doc);
    }
}

narrow_code!(Byte u8 u8 1);
narrow_code!(Half u16 u16 2);

/// Text in a buffer of `OLD` bytes, or `NEW` bytes from protocol version `SINCE` on; a NUL ends the
/// text, what follows it in the buffer is junk that survives a round trip.
#[derive(Clone, Copy)]
pub struct Buffer<'a, const OLD: usize, const NEW: usize, const SINCE: u8>(&'a [u8]);

/// Text in a buffer of `N` bytes at every version.
pub type FixedText<'a, const N: usize> = Buffer<'a, N, N, 0>;
/// A directory number: 24 bytes, 25 from version 18 on (so later fields lie unaligned).
pub type Number<'a> = Buffer<'a, 24, 25, 18>;
/// The directory number of the statistics messages: 24 bytes, 28 (25 and padding) from version 19 on.
pub type StatisticsNumber<'a> = Buffer<'a, 24, 28, 19>;

impl<'a, const OLD: usize, const NEW: usize, const SINCE: u8> Buffer<'a, OLD, NEW, SINCE> {
    const SMALL: usize = if OLD < NEW { OLD } else { NEW };

    /// Text to send: cut so that its NUL fits at every version.
    pub fn new(text: &'a [u8]) -> Self {
        Buffer(cut(until_nul(text), Self::SMALL - 1))
    }

    /// The text before the NUL.
    pub fn text(&self) -> &'a [u8] {
        until_nul(self.0)
    }

    #[inline]
    fn width(version: u8) -> usize {
        if version < SINCE { OLD } else { NEW }
    }
}

impl<const OLD: usize, const NEW: usize, const SINCE: u8> Default for Buffer<'_, OLD, NEW, SINCE> {
    fn default() -> Self {
        Buffer(&[])
    }
}

impl<const OLD: usize, const NEW: usize, const SINCE: u8> std::fmt::Debug for Buffer<'_, OLD, NEW, SINCE> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", Text::new(self.text()))
    }
}

/// Equal when the text before the NUL is.
impl<const OLD: usize, const NEW: usize, const SINCE: u8> PartialEq for Buffer<'_, OLD, NEW, SINCE> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<'a, const OLD: usize, const NEW: usize, const SINCE: u8> Field<'a> for Buffer<'a, OLD, NEW, SINCE> {
    const SIZE: Option<usize> = if OLD == NEW { Some(NEW) } else { None };
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        Buffer(reader.up_to(Self::width(reader.version)))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        let width = Self::width(writer.version);
        if self.0.len() <= width {
            writer.padded(self.0, width);
        } else {
            writer.padded(cut(self.text(), width - 1), width);
        }
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let absent = reader.rest().is_empty();
        let buffer = Self::read(reader);
        if !absent {
            sink.leaf(
                name,
                at,
                buffer.0.len(),
                Value::Text(Text { bytes: buffer.text(), charset: sink.charset() }),
            );
        }
        buffer
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let width = Self::width(source.version());
        let text = source.text(name, width)?;
        source.write(&text);
        source.zeros(width - text.len());
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "text", Self::width(layout.version()), doc);
    }
}

impl<const OLD: usize, const NEW: usize, const SINCE: u8> FixedSize for Buffer<'_, OLD, NEW, SINCE> {
    #[inline]
    fn size(version: u8) -> usize {
        Self::width(version)
    }
}

impl<'a, const OLD: usize, const NEW: usize, const SINCE: u8> Entry<'a> for Buffer<'a, OLD, NEW, SINCE> {}

/// Text that takes its own length and a NUL: how the dynamic (V2) messages pack strings one after the
/// other. `MAX` counts the NUL.
#[derive(Clone, Copy, Default)]
pub struct NulText<'a, const MAX: usize>(&'a [u8]);

impl<'a, const MAX: usize> NulText<'a, MAX> {
    /// Text to send, cut to what phones accept.
    pub fn new(text: &'a [u8]) -> Self {
        NulText(cut(until_nul(text), MAX - 1))
    }

    /// The text.
    pub fn text(&self) -> &'a [u8] {
        self.0
    }
}

impl<const MAX: usize> std::fmt::Debug for NulText<'_, MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", Text::new(self.0))
    }
}

impl<const MAX: usize> PartialEq for NulText<'_, MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<'a, const MAX: usize> Field<'a> for NulText<'a, MAX> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let text = until_nul(reader.rest());
        NulText(&reader.up_to(text.len() + 1)[..text.len()])
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.0);
        writer.array(&[0]);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let absent = reader.rest().is_empty();
        let text = Self::read(reader);
        if !absent {
            let len = reader.at() - at;
            sink.leaf(name, at, len, Value::Text(Text { bytes: text.0, charset: sink.charset() }));
        }
        text
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let text = source.text(name, MAX)?;
        source.write(until_nul(&text));
        source.zeros(1);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.dynamic(name, "text, NUL", MAX, doc);
    }
}

/// Data at the end of a body whose length stands in an earlier field (an `of` clause names it): XML,
/// quality text, bytes passed through. Some phones send the whole `MAX`-byte buffer with leftovers of
/// other messages behind the data: those bytes are kept and never shown.
#[derive(Clone, Copy, Default)]
pub struct Data<'a, const MAX: usize> {
    buffer: &'a [u8],
    used: usize,
}

impl<'a, const MAX: usize> Data<'a, MAX> {
    /// Data to send; its length field is the caller's to set to [`Data::len`].
    pub fn new(data: &'a [u8]) -> Self {
        let buffer = &data[..data.len().min(MAX)];
        Data { buffer, used: buffer.len() }
    }

    /// The data in use.
    pub fn bytes(&self) -> &'a [u8] {
        &self.buffer[..self.used]
    }

    /// Bytes in use.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }
}

impl<const MAX: usize> std::fmt::Debug for Data<'_, MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", Text::new(self.bytes()))
    }
}

impl<const MAX: usize> PartialEq for Data<'_, MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl<'a, const MAX: usize> Field<'a> for Data<'a, MAX> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let present = reader.rest().len().min(MAX);
        let buffer = reader.bytes(present).unwrap_or(&[]);
        let used = usize::try_from(reader.count).unwrap_or(MAX).min(buffer.len());
        Data { buffer, used }
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.buffer);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let data = Self::read(reader);
        if data.used > 0 {
            let text = Text { bytes: data.bytes(), charset: sink.charset() };
            sink.leaf(name, at, data.used, Value::Text(text));
        }
        data
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let text = source.text(name, MAX + 1)?;
        source.write(&text);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.dynamic(name, "data", MAX, doc);
    }
}

/// Text that takes the rest of the body, up to `MAX` bytes; we send it in a buffer of `SENT` bytes.
#[derive(Clone, Copy, Default)]
pub struct RestText<'a, const SENT: usize, const MAX: usize>(&'a [u8]);

impl<'a, const SENT: usize, const MAX: usize> RestText<'a, SENT, MAX> {
    /// Text to send.
    pub fn new(text: &'a [u8]) -> Self {
        RestText(cut(until_nul(text), SENT - 1))
    }

    /// The text before the NUL.
    pub fn text(&self) -> &'a [u8] {
        until_nul(self.0)
    }
}

impl<const SENT: usize, const MAX: usize> std::fmt::Debug for RestText<'_, SENT, MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", Text::new(self.text()))
    }
}

impl<const SENT: usize, const MAX: usize> PartialEq for RestText<'_, SENT, MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl<'a, const SENT: usize, const MAX: usize> Field<'a> for RestText<'a, SENT, MAX> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let present = reader.rest().len().min(MAX);
        let text = RestText(reader.bytes(present).unwrap_or(&[]));
        if present < SENT {
            reader.end();
        }
        text
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.padded(self.0, self.0.len().max(SENT));
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let absent = reader.rest().is_empty();
        let text = Self::read(reader);
        if !absent {
            sink.leaf(
                name,
                at,
                text.0.len(),
                Value::Text(Text { bytes: text.text(), charset: sink.charset() }),
            );
        }
        text
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let text = source.text(name, MAX)?;
        source.write(&text);
        source.zeros(SENT.saturating_sub(text.len()));
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "text", SENT, doc);
    }
}

/// Bytes without a known meaning.
impl<'a, const N: usize> Field<'a> for Bytes<N> {
    const SIZE: Option<usize> = Some(N);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        reader.array::<N>().map_or_else(Bytes::default, |bytes| Bytes(*bytes))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(&self.0);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(bytes) = reader.array::<N>() else { return Self::default() };
        sink.leaf(name, at, N, Value::Bytes(bytes));
        Bytes(*bytes)
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let bytes = source.hex(name, N)?;
        source.write(&bytes);
        source.zeros(N - bytes.len());
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "bytes", N, doc);
    }
}

/// A fixed number of bytes without a known meaning, or that are no text (keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Bytes([0; N])
    }
}

/// Bytes up to the end of the body, at most `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RestBytes<'a, const MAX: usize>(pub &'a [u8]);

impl<'a, const MAX: usize> Field<'a> for RestBytes<'a, MAX> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let present = reader.rest().len().min(MAX);
        RestBytes(reader.bytes(present).unwrap_or(&[]))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0[..self.0.len().min(MAX)]);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let bytes = Self::read(reader);
        if !bytes.0.is_empty() {
            sink.leaf(name, at, bytes.0.len(), Value::Bytes(bytes.0));
        }
        bytes
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let bytes = source.hex(name, MAX)?;
        source.write(&bytes);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.dynamic(name, "bytes", MAX, doc);
    }
}

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

/// The line of an en-bloc call. From version 18 on the number before it takes 25 bytes, and phones
/// disagree whether the line follows at once (7970) or aligned, three bytes later (8945); both send
/// 32-byte bodies (dumps of both phones).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EnblocLine {
    /// 1-based line number; 0 when absent: the default line.
    pub line: u32,
    /// Whether three bytes of padding stand before it.
    pub aligned: bool,
}

impl<'a> Field<'a> for EnblocLine {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        if reader.version >= 18
            && let Some([0, 0, 0, line @ ..]) = reader.rest().first_chunk::<7>()
        {
            let line = u32::from_le_bytes(*line);
            if line != 0 {
                reader.bytes(7);
                return EnblocLine { line, aligned: true };
            }
        }
        EnblocLine { line: u32::read(reader), aligned: false }
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        if self.aligned && writer.version >= 18 {
            writer.fill(0, 3);
        }
        self.line.write(writer);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let before = reader.clone();
        let line = Self::read(reader);
        if before.rest().len() >= 4 {
            sink.leaf(name, reader.at() - 4, 4, Value::Unsigned(u64::from(line.line)));
        }
        line
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        u32::json(source, name)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "u32", 4, doc);
    }
}
