//! The catalogue: every message by its number.

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
