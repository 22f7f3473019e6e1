//! Identifiers and numbers with a meaning of their own.

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::table::Entry;
use crate::view::{Sink, Value};
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
