//! Reading and writing one body: cursors, and the [`Field`] trait that every wire type implements.
//!
//! All integers are little-endian. Reading is lenient: the first field that does not fit ends the
//! message, it and all later ones are absent and read as their default (zero, empty). Writing is
//! always the full form.

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::view::Sink;

/// A cursor over a message body. It never fails: see [`Reader::bytes`].
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    short: bool,
    /// Protocol version whose layout is read.
    pub version: u8,
    /// Entries of the next table, bytes of the next data field: set by an `of` clause.
    pub count: u32,
    /// The code that chooses the case of the next union: set by a `by` clause.
    pub selector: u32,
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `body`, for the layout of protocol `version`.
    #[inline]
    pub fn new(body: &'a [u8], version: u8) -> Self {
        Reader { body, at: 0, short: false, version, count: u32::MAX, selector: 0 }
    }

    /// Offset of the next byte from the start of the body.
    #[inline]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether a field was absent: nothing more will be read.
    #[inline]
    pub fn is_short(&self) -> bool {
        self.short
    }

    /// What is left, nothing after an absent field.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or(&[])
    }

    /// Takes `N` bytes, or declares this and all later fields absent.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        match self.body.get(self.at..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(chunk) => {
                self.at += N;
                Some(chunk)
            }
            None => {
                self.end();
                None
            }
        }
    }

    /// Takes `len` bytes, or declares this and all later fields absent.
    #[inline]
    pub fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        match self.rest().get(..len) {
            Some(bytes) => {
                self.at += len;
                Some(bytes)
            }
            None => {
                self.end();
                None
            }
        }
    }

    /// Takes up to `len` bytes; fewer (the body ends here) make all later fields absent.
    #[inline]
    pub fn up_to(&mut self, len: usize) -> &'a [u8] {
        let rest = self.rest();
        match rest.get(..len) {
            Some(bytes) => {
                self.at += len;
                bytes
            }
            None => {
                self.at += rest.len();
                self.end();
                rest
            }
        }
    }

    /// A cursor over the next `len` bytes alone, at the same offset.
    #[inline]
    pub fn limited(&self, len: usize) -> Reader<'a> {
        let end = (self.at + len).min(self.body.len());
        Reader { body: &self.body[..end], ..self.clone() }
    }

    /// Declares all later fields absent.
    #[inline]
    pub fn end(&mut self) {
        self.short = true;
        self.body = self.body.get(..self.at).unwrap_or(&[]);
    }

    /// Takes a little-endian u32; `None` when absent.
    #[inline]
    pub fn u32(&mut self) -> Option<u32> {
        self.array::<4>().map(|b| u32::from_le_bytes(*b))
    }

    /// Takes a little-endian u16; `None` when absent.
    #[inline]
    pub fn u16(&mut self) -> Option<u16> {
        self.array::<2>().map(|b| u16::from_le_bytes(*b))
    }

    /// Takes one byte; `None` when absent.
    #[inline]
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|b| b[0])
    }
}

/// A cursor that fills a caller's buffer and goes on counting past its end, so that one test at the
/// end tells whether all of it fitted.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    at: usize,
    /// Protocol version whose layout is written.
    pub version: u8,
}

impl<'b> Writer<'b> {
    /// A cursor at the start of `buffer`, for the layout of protocol `version`.
    #[inline]
    pub fn new(buffer: &'b mut [u8], version: u8) -> Self {
        Writer { buffer, at: 0, version }
    }

    /// Bytes written so far, also those that did not fit.
    #[inline]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Writes bytes whose number is known when compiled.
    #[inline]
    pub fn array<const N: usize>(&mut self, bytes: &[u8; N]) {
        if let Some(slot) = self.buffer.get_mut(self.at..).and_then(|rest| rest.first_chunk_mut::<N>()) {
            *slot = *bytes;
        }
        self.at += N;
    }

    /// Writes bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        if let Some(slot) = self.buffer.get_mut(self.at..self.at + bytes.len()) {
            slot.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }

    /// Writes `len` times `byte`.
    #[inline]
    pub fn fill(&mut self, byte: u8, len: usize) {
        if let Some(slot) = self.buffer.get_mut(self.at..self.at + len) {
            slot.fill(byte);
        }
        self.at += len;
    }

    /// Writes `bytes`, cut or filled with zeros to exactly `len`.
    #[inline]
    pub fn padded(&mut self, bytes: &[u8], len: usize) {
        let kept = &bytes[..bytes.len().min(len)];
        self.bytes(kept);
        if kept.len() < len {
            self.fill(0, len - kept.len());
        }
    }

    /// Goes back to `len` bytes written (a short form is the full form, cut).
    #[inline]
    pub fn cut(&mut self, len: usize) {
        self.at = self.at.min(len);
    }
}

/// A type that knows its form on the wire.
///
/// A declared message calls these on its fields in order; structs, tables and unions are built of
/// fields in the same way. `Default` is the value of an absent field.
pub trait Field<'a>: Default {
    /// Bytes on the wire, when they are the same at every version and in every message. Messages test
    /// once that all such leading fields are there, instead of before each of them.
    const SIZE: Option<usize> = None;

    /// Takes the field from `reader`; an absent one is the default.
    fn read(reader: &mut Reader<'a>) -> Self;

    /// Writes the full form.
    fn write(&self, writer: &mut Writer<'_>);

    /// Reports the field (name, offset, length, value) to `sink` when it is present, and gives it back,
    /// since later fields may depend on it.
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self;

    /// Writes the field's bytes from JSON; an absent key is the default. Returns the number that later
    /// `of` and `by` clauses refer to (zero for what is no number).
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError>;

    /// Describes the field's place in the layout, for the reference.
    fn lay_out(layout: &mut Layout, name: &str, doc: &str);

    /// The number that `of` and `by` clauses refer to.
    #[inline]
    fn number(&self) -> u32 {
        0
    }
}

/// A field of a size that the protocol version alone decides: what tables and unions are made of.
pub trait FixedSize {
    /// Bytes on the wire.
    fn size(version: u8) -> usize;
}

/// Implements [`Field`] and [`FixedSize`] for a little-endian integer.
macro_rules! integer_field {
    ($($int:ident $read:ident $doc:literal),*) => {$(
        impl<'a> Field<'a> for $int {
            const SIZE: Option<usize> = Some(size_of::<$int>());
            #[inline]
            fn read(reader: &mut Reader<'a>) -> Self {
                reader.$read().unwrap_or(0)
            }
            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                writer.array(&self.to_le_bytes());
            }
            fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
                let at = reader.at();
                match reader.$read() {
                    Some(value) => {
                        sink.leaf(name, at, size_of::<$int>(), crate::view::Value::Unsigned(u64::from(value)));
                        value
                    }
                    None => 0,
                }
            }
            fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
                let value = source.unsigned(name, u64::from($int::MAX))? as $int;
                source.write(&value.to_le_bytes());
                Ok(u32::from(value))
            }
            fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
                layout.row(name, $doc, size_of::<$int>(), doc);
            }
            #[inline]
            fn number(&self) -> u32 {
                u32::from(*self)
            }
        }
        impl FixedSize for $int {
            #[inline]
            fn size(_version: u8) -> usize {
                size_of::<$int>()
            }
        }
    )*};
}

integer_field!(u8 u8 "u8", u16 u16 "u16", u32 u32 "u32");

impl<'a> Field<'a> for i32 {
    const SIZE: Option<usize> = Some(4);
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        reader.u32().unwrap_or(0) as i32
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.array(&self.to_le_bytes());
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let at = reader.at();
        let Some(value) = reader.u32() else { return 0 };
        sink.leaf(name, at, 4, crate::view::Value::Signed(i64::from(value as i32)));
        value as i32
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        let value = source.signed(name)?;
        source.write(&value.to_le_bytes());
        Ok(value as u32)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "i32", 4, doc);
    }
    #[inline]
    fn number(&self) -> u32 {
        *self as u32
    }
}

impl FixedSize for i32 {
    #[inline]
    fn size(_version: u8) -> usize {
        4
    }
}
