//! A struct of fields.

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
