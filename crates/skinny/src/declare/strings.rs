//! Lists of texts.

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
