//! The line of an en-bloc call.

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::view::{Sink, Value};
use crate::wire::{Field, Reader, Writer};

/// The line of an en-bloc call. From version 18 on the number before it takes 25 bytes, and phones
/// disagree whether the line follows at once (7970) or aligned, three bytes later (8945); both send
/// 32-byte bodies (dumps of both phones).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EnblocLine {
    /// 1-based line number; 0 when absent: the default line.
    pub line: u32,
    /// Whether three bytes of padding stand before it.
    pub aligned: bool,
}

impl<'a> Field<'a> for EnblocLine {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        if reader.version >= 18
            && let Some([0, 0, 0, line @ ..]) = reader.rest().first_chunk::<7>()
        {
            let line = u32::from_le_bytes(*line);
            if line != 0 {
                reader.bytes(7);
                return EnblocLine { line, aligned: true };
            }
        }
        EnblocLine { line: u32::read(reader), aligned: false }
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        if self.aligned && writer.version >= 18 {
            writer.fill(0, 3);
        }
        self.line.write(writer);
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        let before = reader.clone();
        let line = Self::read(reader);
        if before.rest().len() >= 4 {
            sink.leaf(name, reader.at() - 4, 4, Value::Unsigned(u64::from(line.line)));
        }
        line
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        u32::json(source, name)
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        layout.row(name, "u32", 4, doc);
    }
}
