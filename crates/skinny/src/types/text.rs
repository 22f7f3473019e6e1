//! Text: in buffers, packed with a NUL, to the end of the body.

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::table::Entry;
use crate::text::{Text, cut, until_nul};
use crate::view::{Sink, Value};
use crate::wire::{Field, FixedSize, Reader, Writer};

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
