//! The macros of the declarations: a message, a struct inside one, a union, an enumeration.
//!
//! A field is `name: Type`, optionally with clauses in brackets:
//! * `[since 17]`, `[until 16]`: on the wire only at these protocol versions;
//! * `[of caps_count]`: the earlier field that says how much of a table or of data is in use;
//! * `[counts caps]`: the other end of it, so that JSON need not say the count;
//! * `[by compression_type]`: the earlier field that chooses the case of a union, also of a union
//!   inside this field.

/// Whether the clauses let a field exist at a version.
macro_rules! applies {
    ($version:expr;) => { true };
    ($version:expr; since $n:literal $($rest:tt)*) => { $version >= $n && applies!($version; $($rest)*) };
    ($version:expr; until $n:literal $($rest:tt)*) => { $version <= $n && applies!($version; $($rest)*) };
    ($version:expr; $clause:ident $field:ident $($rest:tt)*) => { applies!($version; $($rest)*) };
}

/// Whether no clause makes the field depend on the version.
macro_rules! always {
    () => { true };
    (since $n:literal $($rest:tt)*) => { false };
    (until $n:literal $($rest:tt)*) => { false };
    ($clause:ident $field:ident $($rest:tt)*) => { always!($($rest)*) };
}

/// Hands earlier fields to the reader, as `of` and `by` clauses say.
macro_rules! refer {
    ($reader:ident;) => {};
    ($reader:ident; of $field:ident $($rest:tt)*) => {
        $reader.count = $crate::wire::Field::number(&$field);
        refer!($reader; $($rest)*)
    };
    ($reader:ident; by $field:ident $($rest:tt)*) => {
        $reader.selector = $crate::wire::Field::number(&$field);
        refer!($reader; $($rest)*)
    };
    ($reader:ident; $clause:ident $value:tt $($rest:tt)*) => { refer!($reader; $($rest)*) };
}

/// The same for JSON, where earlier fields are known by their number.
macro_rules! refer_json {
    ($source:ident;) => {};
    ($source:ident; by $field:ident $($rest:tt)*) => { $source.selector = $field; refer_json!($source; $($rest)*) };
    ($source:ident; counts $field:ident $($rest:tt)*) => {
        $source.count_of(stringify!($field));
        refer_json!($source; $($rest)*)
    };
    ($source:ident; $clause:ident $value:tt $($rest:tt)*) => { refer_json!($source; $($rest)*) };
}

/// A struct of fields, and what all structs can do: [`crate::message::Parts`].
macro_rules! parts {
    (
        $(#[doc = $doc:literal])*
        $name:ident [$($lifetime:lifetime)?] {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $([$($clause:tt)*])? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        #[allow(missing_docs, reason = "identifiers and codes carry the meaning in their type")]
        pub struct $name $(<$lifetime>)? {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }

        #[allow(unused_variables, unused_mut, reason = "a message can be empty, a field unreferenced")]
        impl<'a> $crate::message::Parts<'a> for $name $(<$lifetime>)? {
            const PREFIX: (usize, bool) = {
                let mut prefix = 0;
                let mut whole = true;
                $(
                    match <$type as $crate::wire::Field<'a>>::SIZE {
                        Some(size) if whole && always!($($($clause)*)?) => prefix += size,
                        _ => whole = false,
                    }
                )*
                (prefix, whole)
            };

            #[inline(always)]
            fn read_fields(reader: &mut $crate::wire::Reader<'a>) -> Self {
                $(
                    let $field: $type = if applies!(reader.version; $($($clause)*)?) {
                        reader.count = u32::MAX;
                        refer!(reader; $($($clause)*)?);
                        <$type as $crate::wire::Field<'a>>::read(reader)
                    } else {
                        Default::default()
                    };
                )*
                Self { $($field),* }
            }
            #[inline]
            fn write_parts(&self, writer: &mut $crate::wire::Writer<'_>) {
                $(
                    if applies!(writer.version; $($($clause)*)?) {
                        $crate::wire::Field::write(&self.$field, writer);
                    }
                )*
            }
            fn view_parts(reader: &mut $crate::wire::Reader<'a>, sink: &mut dyn $crate::view::Sink) -> Self {
                $(
                    let $field: $type = if applies!(reader.version; $($($clause)*)?) {
                        reader.count = u32::MAX;
                        refer!(reader; $($($clause)*)?);
                        <$type as $crate::wire::Field<'a>>::view(reader, stringify!($field), sink)
                    } else {
                        Default::default()
                    };
                )*
                Self { $($field),* }
            }
            fn json_parts(
                source: &mut $crate::json::FromJson<'_, '_>,
            ) -> Result<(), $crate::json::JsonError> {
                $(
                    let $field = if applies!(source.version(); $($($clause)*)?) {
                        refer_json!(source; $($($clause)*)?);
                        <$type as $crate::wire::Field<'a>>::json(source, stringify!($field))?
                    } else {
                        0
                    };
                )*
                Ok(())
            }
            fn lay_out_parts(layout: &mut $crate::reference::Layout) {
                $(
                    if applies!(layout.version(); $($($clause)*)?) {
                        <$type as $crate::wire::Field<'a>>::lay_out(
                            layout, stringify!($field), concat!($($field_doc),*));
                    }
                )*
            }
        }
    };
}

/// A struct inside messages.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $name:ident $(<$lifetime:lifetime>)? {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $([$($clause:tt)*])? ),* $(,)?
        }
        $(unused $unused:expr;)?
    ) => {
        parts! {
            $(#[doc = $doc])*
            $name [$($lifetime)?] {
                $( $(#[doc = $field_doc])* $field: $type $([$($clause)*])? ),*
            }
        }

        impl<'a> $crate::wire::Field<'a> for $name $(<$lifetime>)? {
            const SIZE: Option<usize> = match <Self as $crate::message::Parts<'a>>::PREFIX {
                (size, true) => Some(size),
                _ => None,
            };
            #[inline]
            fn read(reader: &mut $crate::wire::Reader<'a>) -> Self {
                <Self as $crate::message::Parts<'a>>::read_parts(reader)
            }
            #[inline]
            fn write(&self, writer: &mut $crate::wire::Writer<'_>) {
                $crate::message::Parts::write_parts(self, writer);
            }
            fn view(
                reader: &mut $crate::wire::Reader<'a>,
                name: &'static str,
                sink: &mut dyn $crate::view::Sink,
            ) -> Self {
                if reader.rest().is_empty() {
                    return Self::read(reader);
                }
                let named = !name.is_empty();
                if named {
                    sink.begin(name);
                }
                let value = <Self as $crate::message::Parts<'a>>::view_parts(reader, sink);
                if named {
                    sink.end();
                }
                value
            }
            fn json(
                source: &mut $crate::json::FromJson<'_, '_>,
                name: &'static str,
            ) -> Result<u32, $crate::json::JsonError> {
                if name.is_empty() {
                    <Self as $crate::message::Parts<'a>>::json_parts(source)?;
                } else {
                    source.nested(name, |inner| <Self as $crate::message::Parts<'a>>::json_parts(inner))?;
                }
                Ok(0)
            }
            fn lay_out(layout: &mut $crate::reference::Layout, name: &str, _doc: &str) {
                layout.nested(name, |inner| <Self as $crate::message::Parts<'a>>::lay_out_parts(inner));
            }
        }

        impl $(<$lifetime>)? $crate::wire::FixedSize for $name $(<$lifetime>)? {
            #[inline]
            fn size(version: u8) -> usize {
                let mut writer = $crate::wire::Writer::new(&mut [], version);
                $crate::wire::Field::write(&Self::default(), &mut writer);
                writer.at()
            }
        }

        impl<'a> $crate::table::Entry<'a> for $name $(<$lifetime>)? {
            const HAS_PARTS: bool = true;
            $(
                fn write_unused(writer: &mut $crate::wire::Writer<'_>) {
                    $crate::wire::Field::write(&$unused, writer);
                }
            )?
        }
    };
}

/// A union: bytes whose meaning the code of an earlier field chooses (a `by` clause), `[old, new since]`
/// bytes long. It is kept as bytes, so that nothing is lost when the code is unknown; `of` composes a
/// case, `as_case` reads one.
macro_rules! union {
    (
        $(#[doc = $doc:literal])*
        $name:ident [$old:literal, $new:literal since $since:literal] {
            $( $when:literal $pattern:pat => $case:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub [u8; $new]);

        impl $name {
            /// The union that holds `case`, at the layout of `version`.
            pub fn of<'a>(case: &impl $crate::wire::Field<'a>, version: u8) -> Self {
                let mut bytes = [0; $new];
                case.write(&mut $crate::wire::Writer::new(&mut bytes, version));
                $name(bytes)
            }

            /// Reads the bytes as `T`, one of the cases.
            pub fn as_case<'a, T: $crate::wire::Field<'a>>(&'a self, version: u8) -> T {
                T::read(&mut $crate::wire::Reader::new(&self.0, version))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name([0; $new])
            }
        }

        impl $crate::wire::FixedSize for $name {
            #[inline]
            #[allow(unused_comparisons, reason = "many unions have one size at every version")]
            fn size(version: u8) -> usize {
                if version < $since { $old } else { $new }
            }
        }

        impl<'a> $crate::wire::Field<'a> for $name {
            const SIZE: Option<usize> = if $old == $new { Some($new) } else { None };
            #[inline]
            fn read(reader: &mut $crate::wire::Reader<'a>) -> Self {
                let size = <Self as $crate::wire::FixedSize>::size(reader.version);
                let mut value = Self::default();
                if let Some(bytes) = reader.bytes(size) {
                    value.0[..size].copy_from_slice(bytes);
                }
                value
            }
            #[inline]
            fn write(&self, writer: &mut $crate::wire::Writer<'_>) {
                writer.bytes(&self.0[..<Self as $crate::wire::FixedSize>::size(writer.version)]);
            }
            fn view(
                reader: &mut $crate::wire::Reader<'a>,
                name: &'static str,
                sink: &mut dyn $crate::view::Sink,
            ) -> Self {
                let mut inner = reader.limited(<Self as $crate::wire::FixedSize>::size(reader.version));
                let value = Self::read(reader);
                if reader.is_short() {
                    return value;
                }
                sink.begin(name);
                match inner.selector {
                    $( $pattern => { <$type as $crate::wire::Field<'_>>::view(&mut inner, stringify!($case), sink); } )+
                }
                let rest = inner.rest();
                if rest.iter().any(|byte| *byte != 0) {
                    sink.leaf("rest", inner.at(), rest.len(), $crate::view::Value::Bytes(rest));
                }
                sink.end();
                value
            }
            fn json(
                source: &mut $crate::json::FromJson<'_, '_>,
                name: &'static str,
            ) -> Result<u32, $crate::json::JsonError> {
                let end = source.written() + <Self as $crate::wire::FixedSize>::size(source.version());
                source.nested(name, |inner| {
                    match inner.selector {
                        $( $pattern => { <$type as $crate::wire::Field<'_>>::json(inner, stringify!($case))?; } )+
                    }
                    let rest = inner.hex("rest", end.saturating_sub(inner.written()))?;
                    inner.write(&rest);
                    Ok(())
                })?;
                source.zeros(end.saturating_sub(source.written()));
                Ok(0)
            }
            fn lay_out(layout: &mut $crate::reference::Layout, name: &str, _doc: &str) {
                let size = <Self as $crate::wire::FixedSize>::size(layout.version());
                layout.nested(name, |inner| {
                    $( inner.case($when, |case| <$type as $crate::wire::Field<'_>>::lay_out(case, stringify!($case), "")); )+
                });
                layout.skip(size);
            }
        }
    };
}

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

/// A message: a struct of fields with where its layout is known from and how sure that is.
///
/// `layout` (optional) is a function `(version, body) -> version` that corrects the version whose layout
/// is read when the body's length proves another one; `composed` a function `version -> version` that
/// chooses the layout we send.
macro_rules! message {
    (
        $(#[doc = $doc:literal])*
        [$evidence:ident $known:literal]
        $name:ident $(<$lifetime:lifetime>)? {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty $([$($clause:tt)*])? ),* $(,)?
        }
        $(layout $layout:path;)?
        $(composed $composed:path;)?
    ) => {
        parts! {
            $(#[doc = $doc])*
            $name [$($lifetime)?] {
                $( $(#[doc = $field_doc])* $field: $type $([$($clause)*])? ),*
            }
        }

        impl<'a> $crate::message::Body<'a> for $name $(<$lifetime>)? {
            const ABOUT: $crate::catalogue::About = $crate::catalogue::About {
                doc: concat!($($doc, "\n"),*),
                evidence: $crate::catalogue::Evidence::$evidence,
                known_from: $known,
            };
            $(
                #[inline]
                fn layout_version(version: u8, body: &[u8]) -> u8 {
                    $layout(version, body)
                }
            )?
            $(
                #[inline]
                fn composed_version(version: u8) -> u8 {
                    $composed(version)
                }
            )?
        }
    };
}

/// The catalogue: see `message/mod.rs`.
macro_rules! catalogue {
    (
        $(
            $id:literal $name:ident $(<$lifetime:lifetime>)? $direction:ident $kind:ident $conversation:ident
            [$($pair:literal),*] $(or $other:ident when $when:path)?;
        )+
        raw
        $( $raw_id:literal $raw_name:ident $raw_direction:ident $raw_kind:ident [] $raw_doc:literal; )+
    ) => {
        /// A decoded message. It borrows the bytes it was decoded from.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(missing_docs, reason = "each variant's struct says what it is")]
        pub enum Message<'a> {
            $( $name($name $(<$lifetime>)?), $( $other($other), )? )+
            /// A message whose id or layout is not known.
            Raw(Raw<'a>),
        }

        impl<'a> Message<'a> {
            /// Decodes a body of a peer of `version` and hands it on with the reader, which stands behind the
            /// fields and whose version is that of the layout found. (Handed on rather than returned, so
            /// that the message is built where it is wanted instead of being copied there.)
            #[inline]
            pub(crate) fn read_into<T>(
                id: u32,
                body: &'a [u8],
                version: u8,
                take: impl Fn(Message<'a>, Reader<'a>) -> T,
            ) -> T {
                match id {
                    $(
                        $id => {
                            $(
                                if $when(version, body) {
                                    let mut reader = Reader::new(body, version);
                                    let parts = Parts::read_parts(&mut reader);
                                    return take(Message::$other(parts), reader);
                                }
                            )?
                            let mut reader = Reader::new(body, $name::layout_version(version, body));
                            let parts = Parts::read_parts(&mut reader);
                            take(Message::$name(parts), reader)
                        }
                    )+
                    _ => {
                        let mut reader = Reader::new(body, version);
                        let body = reader.up_to(body.len());
                        take(Message::Raw(Raw { id, body }), reader)
                    }
                }
            }

            /// Writes the full form of the body.
            #[inline]
            pub(crate) fn write(&self, writer: &mut Writer<'_>) {
                match self {
                    $(
                        Message::$name(message) => message.write_parts(writer),
                        $( Message::$other(message) => message.write_parts(writer), )?
                    )+
                    Message::Raw(raw) => writer.bytes(raw.body),
                }
            }

            /// The version whose layout we send to a peer of `version`.
            pub(crate) fn composed_version(&self, version: u8) -> u8 {
                match self {
                    $( Message::$name(_) => $name::composed_version(version), )+
                    _ => version,
                }
            }

            /// The message id.
            #[inline]
            pub fn id(&self) -> u32 {
                match self {
                    $( Message::$name(_) => $id, $( Message::$other(_) => $id, )? )+
                    Message::Raw(raw) => raw.id,
                }
            }
        }

        $(
            impl $(<$lifetime>)? Numbered for $name $(<$lifetime>)? {
                const ID: u32 = $id;
            }
            $( impl Numbered for $other { const ID: u32 = $id; } )?
            sides!($direction $name $($lifetime)?);
            impl<'a> From<$name $(<$lifetime>)?> for Message<'a> {
                fn from(message: $name $(<$lifetime>)?) -> Self {
                    Message::$name(message)
                }
            }
        )+

        /// Place of each message in the catalogue.
        #[allow(clippy::enum_variant_names)]
        enum Place { $( $name, )+ $( $raw_name, )+ }

        /// Place of a message in [`CATALOGUE`].
        pub(crate) fn place(id: u32) -> Option<usize> {
            Some(match id {
                $( $id => Place::$name as usize, )+
                $( $raw_id => Place::$raw_name as usize, )+
                _ => return None,
            })
        }

        /// Every message, devices' first.
        pub static CATALOGUE: &[Entry] = &[
            $(
                Entry {
                    id: $id,
                    name: stringify!($name),
                    direction: crate::catalogue::Direction::$direction,
                    kind: crate::catalogue::Kind::$kind,
                    conversation: stringify!($conversation),
                    pairs: &[$($pair),*],
                    about: $name::ABOUT,
                    typed: true,
                    layout_version: |version, body| $name::layout_version(version, body),
                    composed_version: |version| $name::composed_version(version),
                    view: |reader, sink| { $name::view_parts(reader, sink); },
                    json: |source| $name::json_parts(source),
                    lay_out: |layout| $name::lay_out_parts(layout),
                    alternative: catalogue!(@alternative $($other $when)?),
                },
            )+
            $(
                Entry {
                    id: $raw_id,
                    name: stringify!($raw_name),
                    direction: crate::catalogue::Direction::$raw_direction,
                    kind: crate::catalogue::Kind::$raw_kind,
                    conversation: "unknown",
                    pairs: &[],
                    about: About {
                        doc: $raw_doc,
                        evidence: Evidence::Implementations,
                        known_from: "named by chan-sccp; no layout is published, no capture",
                    },
                    typed: false,
                    layout_version: |version, _| version,
                    composed_version: |version| version,
                    view: |reader, sink| crate::catalogue::view_raw(reader, sink),
                    json: |source| crate::catalogue::json_raw(source),
                    lay_out: |_| {},
                    alternative: None,
                },
            )+
        ];
    };
    (@alternative) => { None };
    (@alternative $other:ident $when:path) => {
        Some(Alternative {
            about: $other::ABOUT,
            when: $when,
            view: |reader, sink| { $other::view_parts(reader, sink); },
            json: |source| $other::json_parts(source),
            lay_out: |layout| $other::lay_out_parts(layout),
        })
    };
}

/// Who may send a message, as a type.
macro_rules! sides {
    (FromPhone $name:ident $($lifetime:lifetime)?) => { impl $(<$lifetime>)? FromDevice for $name $(<$lifetime>)? {} };
    (FromResource $name:ident $($lifetime:lifetime)?) => { impl $(<$lifetime>)? FromDevice for $name $(<$lifetime>)? {} };
    (ToPhone $name:ident $($lifetime:lifetime)?) => { impl $(<$lifetime>)? ToDevice for $name $(<$lifetime>)? {} };
    (ToResource $name:ident $($lifetime:lifetime)?) => { impl $(<$lifetime>)? ToDevice for $name $(<$lifetime>)? {} };
    (Both $name:ident $($lifetime:lifetime)?) => {
        impl $(<$lifetime>)? FromDevice for $name $(<$lifetime>)? {}
        impl $(<$lifetime>)? ToDevice for $name $(<$lifetime>)? {}
    };
}

/// A list of texts, each with its NUL, one after the other: a struct to compose it, and a view on the
/// bytes that is split only when asked for.
macro_rules! strings {
    (
        $(#[doc = $doc:literal])+
        $texts:ident in $strings:ident { $( $field:ident $max:literal $(since $since:literal)? ),+ $(,)? }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[allow(missing_docs, reason = "the names are the protocol's")]
        pub struct $texts<'a> { $( pub $field: &'a [u8], )+ }

        $(#[doc = $doc])+
        #[derive(Clone, Copy)]
        pub enum $strings<'a> {
            /// As received: the rest of the body, in the layout of a version.
            Wire(&'a [u8], u8),
            /// To send.
            Texts(&'a $texts<'a>),
        }

        impl<'a> $strings<'a> {
            /// The texts, split.
            pub fn texts(&self) -> $texts<'a> {
                match self {
                    Self::Wire(bytes, version) => $texts::split(&mut Reader::new(bytes, *version), &mut |_, _, _, _| {}),
                    Self::Texts(texts) => **texts,
                }
            }
        }

        impl<'a> $texts<'a> {
            fn split(
                reader: &mut Reader<'a>,
                found: &mut dyn FnMut(&'static str, usize, usize, &'a [u8]),
            ) -> Self {
                let mut texts = Self::default();
                $(
                    if applies!(reader.version; $(since $since)?) && !reader.rest().is_empty() {
                        let at = reader.at();
                        texts.$field = $crate::types::NulText::<'a, $max>::read(reader).text();
                        found(stringify!($field), at, reader.at() - at, texts.$field);
                    }
                )+
                texts
            }
        }

        impl Default for $strings<'_> {
            fn default() -> Self {
                Self::Wire(&[], 0)
            }
        }

        impl PartialEq for $strings<'_> {
            fn eq(&self, other: &Self) -> bool {
                self.texts() == other.texts()
            }
        }

        impl std::fmt::Debug for $strings<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let texts = self.texts();
                f.debug_struct(stringify!($texts))
                    $( .field(stringify!($field), &crate::text::Text::new(texts.$field).to_string()) )+
                    .finish()
            }
        }

        impl<'a> Field<'a> for $strings<'a> {
            #[inline]
            fn read(reader: &mut Reader<'a>) -> Self {
                let version = reader.version;
                Self::Wire(reader.up_to(reader.rest().len()), version)
            }
            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                match self {
                    // The same layout: byte for byte, whatever follows the texts.
                    Self::Wire(bytes, version) if *version == writer.version => writer.bytes(bytes),
                    _ => {
                        let texts = self.texts();
                        $(
                            if applies!(writer.version; $(since $since)?) {
                                $crate::types::NulText::<'_, $max>::new(texts.$field).write(writer);
                            }
                        )+
                    }
                }
            }
            fn view(reader: &mut Reader<'a>, _name: &'static str, sink: &mut dyn Sink) -> Self {
                let wire = Self::Wire(reader.rest(), reader.version);
                let charset = sink.charset();
                $texts::split(reader, &mut |name, at, len, bytes| {
                    sink.leaf(name, at, len, Value::Text(crate::text::Text { bytes, charset }));
                });
                wire
            }
            fn json(source: &mut FromJson<'_, '_>, _name: &'static str) -> Result<u32, JsonError> {
                $(
                    if applies!(source.version(); $(since $since)?) {
                        $crate::types::NulText::<'_, $max>::json(source, stringify!($field))?;
                    }
                )+
                Ok(0)
            }
            fn lay_out(layout: &mut Layout, _name: &str, _doc: &str) {
                $(
                    if applies!(layout.version(); $(since $since)?) {
                        $crate::types::NulText::<'_, $max>::lay_out(layout, stringify!($field), "");
                    }
                )+
            }
        }
    };
}
