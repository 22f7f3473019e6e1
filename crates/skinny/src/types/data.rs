//! Data and bytes.

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::text::Text;
use crate::view::{Sink, Value};
use crate::wire::{Field, Reader, Writer};

/// Data at the end of a body whose length stands in an earlier field (an `of` clause names it): XML,
/// quality text, bytes passed through. Some phones send the whole `MAX`-byte buffer with leftovers of
/// other messages behind the data: those bytes are kept and never shown.
#[derive(Clone, Copy, Default)]
pub struct Data<'a, const MAX: usize> {
    buffer: &'a [u8],
    used: usize,
}

impl<'a, const MAX: usize> Data<'a, MAX> {
    /// Data to send; its length field is the caller's to set to [`Data::len`].
    pub fn new(data: &'a [u8]) -> Self {
        let buffer = &data[..data.len().min(MAX)];
        Data { buffer, used: buffer.len() }
    }

    /// The data in use.
    pub fn bytes(&self) -> &'a [u8] {
        &self.buffer[..self.used]
    }

    /// Bytes in use.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }
}

impl<const MAX: usize> std::fmt::Debug for Data<'_, MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", Text::new(self.bytes()))
    }
}

impl<const MAX: usize> PartialEq for Data<'_, MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl<'a, const MAX: usize> Field<'a> for Data<'a, MAX> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let present = reader.rest().len().min(MAX);
        let buffer = reader.bytes(present).unwrap_or(&[]);
        let used = usize::try_from(reader.count).unwrap_or(MAX).min(buffer.len());
        Data { buffer, used }
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.buffer);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let data = Self::read(reader);
        if data.used > 0 {
            let text = Text { bytes: data.bytes(), charset: sink.charset() };
            sink.leaf(name, at, data.used, Value::Text(text));
        }
        data
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let text = source.text(name, MAX + 1)?;
        source.write(&text);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.dynamic(name, "data", MAX, doc);
    }
}

/// A fixed number of bytes without a known meaning, or that are no text (keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Bytes([0; N])
    }
}

/// Bytes without a known meaning.
impl<'a, const N: usize> Field<'a> for Bytes<N> {
    const SIZE: Option<usize> = Some(N);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        reader.array::<N>().map_or_else(Bytes::default, |bytes| Bytes(*bytes))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(&self.0);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(bytes) = reader.array::<N>() else { return Self::default() };
        sink.leaf(name, at, N, Value::Bytes(bytes));
        Bytes(*bytes)
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let bytes = source.hex(name, N)?;
        source.write(&bytes);
        source.zeros(N - bytes.len());
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "bytes", N, doc);
    }
}

/// Bytes up to the end of the body, at most `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RestBytes<'a, const MAX: usize>(pub &'a [u8]);

impl<'a, const MAX: usize> Field<'a> for RestBytes<'a, MAX> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let present = reader.rest().len().min(MAX);
        RestBytes(reader.bytes(present).unwrap_or(&[]))
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(&self.0[..self.0.len().min(MAX)]);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let bytes = Self::read(reader);
        if !bytes.0.is_empty() {
            sink.leaf(name, at, bytes.0.len(), Value::Bytes(bytes.0));
        }
        bytes
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let bytes = source.hex(name, MAX)?;
        source.write(&bytes);
        Ok(0)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.dynamic(name, "bytes", MAX, doc);
    }
}
