//! Enumerations and flags that take less than four bytes.

use crate::codes::{Coded, Flags};
use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::table::Entry;
use crate::view::{Sink, Value};
use crate::wire::{Field, FixedSize, Reader, Writer};

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
