//! A union.

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
