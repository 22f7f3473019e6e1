//! A frame decoded and encoded: exact for what was received, the full form for what we compose.

use serde_json::Value as Json;

use crate::catalogue;
use crate::frame::{BODY_MAX, Frame, HEADER_LEN, Header};
use crate::json::{FromJson, JsonError};
use crate::message::{Body, Message, Numbered};
use crate::text::Charset;
use crate::view::Sink;
use crate::wire::{Reader, Writer};

/// A decoded frame. [`Packet::encode`] gives back every byte of it: a short form stays short, junk and
/// padding stay where they were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packet<'a> {
    /// The header's version word as found; not the negotiated version.
    pub header_version: u32,
    /// The protocol version whose layout the body has.
    pub layout: u8,
    /// The message.
    pub message: Message<'a>,
    /// Bytes of the body that the message's fields cover.
    covered: usize,
    /// Whether fields are absent at its end.
    short: bool,
    /// Bytes behind the fields: padding, junk, what a newer version added.
    extra: &'a [u8],
}

/// The buffer was too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the frame needs {needed} bytes and the buffer has {available}")]
pub struct BufferFull {
    /// Bytes that the frame takes.
    pub needed: usize,
    /// Bytes that there were.
    pub available: usize,
}

/// The version whose layout is to be read: the header's, or the negotiated one where the header says
/// less (a phone that negotiated 11 may send 0).
#[inline]
pub fn effective_version(header_version: u32, negotiated: u8) -> u8 {
    let header = u8::try_from(header_version).unwrap_or(catalogue::VERSION_MAX).min(catalogue::VERSION_MAX);
    header.max(negotiated)
}

impl<'a> Packet<'a> {
    /// Decodes a frame of a peer that negotiated a version (0: not known). This can't fail.
    #[inline]
    pub fn decode(frame: Frame<'a>, negotiated: u8) -> Packet<'a> {
        let version = effective_version(frame.header.version, negotiated);
        Message::read_into(
            frame.header.id,
            frame.body,
            version,
            #[inline(always)]
            |message, reader| {
                let covered = reader.at();
                Packet {
                    header_version: frame.header.version,
                    layout: reader.version,
                    message,
                    covered,
                    short: reader.is_short(),
                    extra: frame.body.get(covered..).unwrap_or(&[]),
                }
            },
        )
    }

    /// Bytes behind the fields.
    pub fn extra(&self) -> &'a [u8] {
        self.extra
    }

    /// Whether the body ended before the layout did, so that its last fields are absent.
    pub fn is_short(&self) -> bool {
        self.short
    }

    /// Bytes of the body that fields cover.
    pub fn covered(&self) -> usize {
        self.covered
    }

    /// Writes the very bytes that were decoded; returns how many.
    #[inline]
    pub fn encode(&self, buffer: &mut [u8]) -> Result<usize, BufferFull> {
        frame_in(buffer, self.message.id(), self.header_version, self.layout, |writer| {
            self.message.write(writer);
            if self.short {
                writer.cut(self.covered);
            }
            writer.bytes(self.extra);
        })
    }
}

/// Writes a frame whose body `fill` writes.
#[inline]
fn frame_in(
    buffer: &mut [u8],
    id: u32,
    header_version: u32,
    layout: u8,
    fill: impl FnOnce(&mut Writer<'_>),
) -> Result<usize, BufferFull> {
    let available = buffer.len();
    let Some((head, rest)) = buffer.split_first_chunk_mut::<HEADER_LEN>() else {
        return Err(BufferFull { needed: HEADER_LEN, available });
    };
    let mut writer = Writer::new(rest, layout);
    fill(&mut writer);
    let len = writer.at();
    if HEADER_LEN + len > available {
        return Err(BufferFull { needed: HEADER_LEN + len, available });
    }
    *head = Header { length: len as u32 + 4, version: header_version, id }.bytes();
    Ok(HEADER_LEN + len)
}

/// Writes the full form of a message for a peer that negotiated `version`, padded to a multiple of four
/// as every real call manager does; returns how many bytes.
#[inline]
pub fn compose<'a, M: Body<'a> + Numbered>(
    message: &M,
    version: u8,
    header_version: u32,
    buffer: &mut [u8],
) -> Result<usize, BufferFull> {
    frame_in(buffer, M::ID, header_version, M::composed_version(version), |writer| {
        message.write_parts(writer);
        pad(writer);
    })
}

/// [`compose`] for a message whose type is only known at run time.
pub fn compose_any(
    message: &Message<'_>,
    version: u8,
    header_version: u32,
    buffer: &mut [u8],
) -> Result<usize, BufferFull> {
    frame_in(buffer, message.id(), header_version, message.composed_version(version), |writer| {
        message.write(writer);
        pad(writer);
    })
}

#[inline]
fn pad(writer: &mut Writer<'_>) {
    let missing = writer.at().wrapping_neg() % 4;
    writer.fill(0, missing);
}

/// What a view found besides fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewed {
    /// The protocol version whose layout was read.
    pub layout: u8,
    /// Bytes of the body that fields cover.
    pub covered: usize,
    /// Whether the body ended before the layout did.
    pub short: bool,
}

impl Viewed {
    /// Bytes behind the fields, less the padding that any sender may add.
    pub fn unparsed<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        let extra = body.get(self.covered..).unwrap_or(&[]);
        let is_padding = extra.len() < 4 && extra.iter().all(|byte| *byte == 0);
        if is_padding && !self.short { &[] } else { extra }
    }
}

/// Walks the fields of a frame, of a peer that negotiated a version (0: not known).
pub fn view(frame: Frame<'_>, negotiated: u8, sink: &mut dyn Sink) -> Viewed {
    let version = effective_version(frame.header.version, negotiated);
    let mut reader = Reader::new(frame.body, version);
    match catalogue::find(frame.header.id) {
        None => catalogue::view_raw(&mut reader, sink),
        Some(entry) => match &entry.alternative {
            Some(other) if (other.when)(version, frame.body) => (other.view)(&mut reader, sink),
            _ => {
                reader.version = (entry.layout_version)(version, frame.body);
                (entry.view)(&mut reader, sink);
            }
        },
    }
    Viewed { layout: reader.version, covered: reader.at(), short: reader.is_short() }
}

/// Makes a frame from JSON fields: the full form, padded. `id` is a number or a name.
pub fn from_json(
    message: &str,
    fields: &Json,
    version: u8,
    header_version: u32,
    charset: Charset,
) -> Result<Vec<u8>, JsonError> {
    let Some(entry) = catalogue::find_named(message) else {
        return Err(JsonError::UnknownMessage(message.to_owned()));
    };
    let main = body_from_json(fields, (entry.composed_version)(version), charset, entry.json);
    let body = match (main, &entry.alternative) {
        (Err(error), Some(other)) => body_from_json(fields, 0, charset, other.json).map_err(|_| error)?,
        (result, _) => result?,
    };
    let header = Header { length: body.len() as u32 + 4, version: header_version, id: entry.id };
    let mut frame = header.bytes().to_vec();
    frame.extend(body);
    Ok(frame)
}

fn body_from_json(
    fields: &Json,
    version: u8,
    charset: Charset,
    read: for<'o, 'j> fn(&mut FromJson<'o, 'j>) -> Result<(), JsonError>,
) -> Result<Vec<u8>, JsonError> {
    let mut body = Vec::new();
    let mut source = FromJson::new(fields, &mut body, version, charset);
    read(&mut source)?;
    source.finish()?;
    let len = body.len();
    body.resize(len.next_multiple_of(4), 0);
    if body.len() > BODY_MAX {
        return Err(JsonError::TooLong {
            path: "the body".into(),
            found: len,
            unit: "bytes",
            limit: BODY_MAX,
        });
    }
    Ok(body)
}
