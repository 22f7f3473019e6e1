//! Tables: a row of entries of one size, some of them in use, always at full size on the wire.

use std::fmt;

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::view::Sink;
use crate::wire::{Field, FixedSize, Reader, Writer};

/// A table of `N` entries. Read, it is a view on the message's bytes; composed, it borrows entries.
///
/// The number of entries in use stands in a field of its own (an `of` clause names it), is not to be
/// trusted, and is bounded here by `N` and by what the body holds.
pub struct Table<'a, T, const N: usize>(Source<'a, T>);

enum Source<'a, T> {
    Wire { bytes: &'a [u8], used: u32, version: u8 },
    Entries(&'a [T]),
}

// By hand, since derives would ask the same of `T`.
impl<T> Clone for Source<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Source<'_, T> {}
impl<T, const N: usize> Clone for Table<'_, T, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, const N: usize> Copy for Table<'_, T, N> {}

/// An entry of a [`Table`].
pub trait Entry<'a>: Field<'a> + FixedSize + Clone {
    /// Whether its parts have names of their own (a struct), or it is one value.
    const HAS_PARTS: bool = false;
    /// Writes what an unused place of the table holds: zeros unless the message says otherwise.
    fn write_unused(writer: &mut Writer<'_>) {
        writer.fill(0, Self::size(writer.version));
    }
}

impl<'a> Entry<'a> for u32 {}
impl<'a> Entry<'a> for u16 {}
impl<'a> Entry<'a> for u8 {}

impl<'a, T: Entry<'a>, const N: usize> Table<'a, T, N> {
    /// A table that holds `entries`; those past the first `N` are not sent.
    pub fn of(entries: &'a [T]) -> Self {
        Table(Source::Entries(&entries[..entries.len().min(N)]))
    }

    /// Entries in use.
    pub fn len(&self) -> usize {
        match self.0 {
            Source::Wire { bytes, used, version } => {
                let present = bytes.len() / T::size(version).max(1);
                present.min(N).min(usize::try_from(used).unwrap_or(N))
            }
            Source::Entries(entries) => entries.len(),
        }
    }

    /// Whether no entry is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in use.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<'a, T, N> {
        let source = self.0;
        (0..self.len()).map(move |index| match source {
            Source::Wire { bytes, version, .. } => {
                let size = T::size(version);
                T::read(&mut Reader::new(bytes.get(index * size..).unwrap_or(&[]), version))
            }
            Source::Entries(entries) => entries[index].clone(),
        })
    }
}

impl<T, const N: usize> Default for Table<'_, T, N> {
    fn default() -> Self {
        Table(Source::Entries(&[]))
    }
}

impl<'a, T: Entry<'a> + fmt::Debug, const N: usize> fmt::Debug for Table<'a, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Equal when the entries in use are.
impl<'a, T: Entry<'a> + PartialEq, const N: usize> PartialEq for Table<'a, T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<'a, T: Entry<'a>, const N: usize> Field<'a> for Table<'a, T, N> {
    const SIZE: Option<usize> = match T::SIZE {
        Some(size) => Some(N * size),
        None => None,
    };
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        let size = T::size(reader.version);
        let whole = reader.rest().len().min(N * size) / size.max(1);
        let bytes = reader.bytes(whole * size).unwrap_or(&[]);
        if whole < N {
            reader.end();
        }
        Table(Source::Wire { bytes, used: reader.count, version: reader.version })
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        match self.0 {
            Source::Wire { bytes, .. } => writer.padded(bytes, N * T::size(writer.version)),
            Source::Entries(entries) => {
                entries.iter().for_each(|entry| entry.write(writer));
                (entries.len()..N).for_each(|_| T::write_unused(writer));
            }
        }
    }

    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let mut inner = reader.clone();
        let table = Self::read(reader);
        sink.begin_table(name);
        for index in 0..table.len() {
            if T::HAS_PARTS {
                sink.begin_entry(index);
            }
            T::view(&mut inner, "", sink);
            if T::HAS_PARTS {
                sink.end();
            }
        }
        sink.end();
        table
    }

    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        source.table(
            name,
            N,
            T::HAS_PARTS,
            |entry| T::json(entry, "").map(|_| ()),
            |version| {
                let mut unused = vec![0; T::size(version)];
                T::write_unused(&mut Writer::new(&mut unused, version));
                unused
            },
        )?;
        Ok(0)
    }

    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.table(name, N, doc, |inner| T::lay_out(inner, "", ""));
    }
}
