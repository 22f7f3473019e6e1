//! Enumerations and sets of flags.

/// An enumeration of 32 bits: an open newtype with a constant and a name for each known value.
macro_rules! codes {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $( $value:literal $constant:ident $shown:literal ),+ $(,)? }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u32);

        impl $name {
            $( #[doc = concat!("`", stringify!($value), "`: ", $shown)] pub const $constant: Self = Self($value); )+
            /// Every known value.
            pub const CODES: &'static Codes = &Codes {
                name: stringify!($name),
                doc: concat!($($doc),+),
                values: &[$(($value, $shown)),+],
            };

            /// The name of the value, when it is known.
            pub fn name(self) -> Option<&'static str> {
                Self::CODES.name(self.0)
            }
        }

        impl Coded for $name {
            const CODES: &'static Codes = Self::CODES;
            #[inline]
            fn from_code(code: u32) -> Self {
                $name(code)
            }
            #[inline]
            fn code(self) -> u32 {
                self.0
            }
        }

        coded_field!($name);
    )+};
}

/// A set of flags of 32 bits.
macro_rules! bits {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $( $value:literal $constant:ident $shown:literal ),+ $(,)? }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(pub u32);

        impl $name {
            $( #[doc = concat!("`", stringify!($value), "`: ", $shown)] pub const $constant: Self = Self($value); )+
            /// Every known flag.
            pub const BITS: &'static Bits = &Bits(Codes {
                name: stringify!($name),
                doc: concat!($($doc),+),
                values: &[$(($value, $shown)),+],
            });

            /// Whether all flags of `other` are set.
            pub fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        impl Flags for $name {
            const BITS: &'static Bits = Self::BITS;
            #[inline]
            fn from_flags(flags: u32) -> Self {
                $name(flags)
            }
            #[inline]
            fn flags(self) -> u32 {
                self.0
            }
        }

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
                sink.leaf(name, at, 4, Value::Bits(value, Self::BITS));
                Self(value)
            }
            fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
                u32::json(source, name)
            }
            fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
                layout.code(name, "u32 flags", 4, &Self::BITS.0, doc);
            }
        }
    )+};
}

/// [`crate::wire::Field`] for an enumeration of 32 bits.
macro_rules! coded_field {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&Value::Code(self.0, Self::CODES), f)
            }
        }
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
                sink.leaf(name, at, 4, Value::Code(value, Self::CODES));
                Self(value)
            }
            fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
                let value = source.code(name, Self::CODES, u64::from(u32::MAX))?;
                source.write(&value.to_le_bytes());
                Ok(value)
            }
            fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
                layout.code(name, "u32", 4, Self::CODES, doc);
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
    };
}
