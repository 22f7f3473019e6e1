//! Counters of a call: the replacement for RTCP.
use crate::codes as c;
use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::types::{Byte, CallReference, Count, Data, StatisticsNumber};
use crate::view::Sink;
use crate::wire::{Field, Reader, Writer};

/// Length of the text buffer of the phones that send it whole.
const TEXT_BUFFER: usize = 600;

/// `(version, bytes before the text)` of the three layouts.
const LAYOUTS: [(u8, usize); 3] = [(0, 64), (19, 68), (22, 65)];

/// The layout whose `data_size`, or whole text buffer, explains the body's length; the version's own
/// layout when that one does, or none does.
fn layout_by_data_size(version: u8, body: &[u8]) -> u8 {
    let own = match version {
        22.. => 2,
        19.. => 1,
        _ => 0,
    };
    let explains = |index: usize| {
        let (_, fixed) = LAYOUTS[index];
        let size =
            body.get(fixed - 4..).and_then(|rest| rest.first_chunk::<4>()).map(|b| u32::from_le_bytes(*b));
        let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else { return false };
        size <= TEXT_BUFFER
            && (body.len() == fixed + TEXT_BUFFER || body.len().wrapping_sub(fixed + size) < 4)
    };
    if explains(own) {
        return version;
    }
    (0..LAYOUTS.len()).find(|index| explains(*index)).map_or(version, |index| LAYOUTS[index].0)
}

/// What happens to the counters: four bytes, one from version 22 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatisticsMode(pub c::StatsProcessingType);

impl<'a> Field<'a> for StatisticsMode {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Self {
        StatisticsMode(if reader.version < 22 {
            c::StatsProcessingType::read(reader)
        } else {
            Byte::read(reader).0
        })
    }
    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        if writer.version < 22 { self.0.write(writer) } else { Byte(self.0).write(writer) }
    }
    fn view(reader: &mut Reader<'a>, name: &'static str, sink: &mut dyn Sink) -> Self {
        StatisticsMode(if reader.version < 22 {
            c::StatsProcessingType::view(reader, name, sink)
        } else {
            Byte::view(reader, name, sink).0
        })
    }
    fn json(source: &mut FromJson<'_, '_>, name: &'static str) -> Result<u32, JsonError> {
        if source.version() < 22 {
            c::StatsProcessingType::json(source, name)
        } else {
            Byte::<c::StatsProcessingType>::json(source, name)
        }
    }
    fn lay_out(layout: &mut Layout, name: &str, doc: &str) {
        if layout.version() < 22 {
            c::StatsProcessingType::lay_out(layout, name, doc);
        } else {
            Byte::<c::StatsProcessingType>::lay_out(layout, name, doc);
        }
    }
}

message! {
    /// Counters of one call, in answer to ConnectionStatisticsReq: SCCP's replacement for RTCP. Three
    /// layouts: number of 24 bytes (to 18), of 28 (19 to 21), of 28 with a mode of one byte (22), after
    /// which every word lies unaligned. Old phones send the whole 600-byte text buffer with leftovers.
    [Capture "body lengths seen: 664 (header 0), 668 (version 20), 176 (version 22). tshark 4.0.17 reads version 22 form from 18 on"]
    ConnectionStatisticsRes<'a> {
        directory_number: StatisticsNumber<'a>,
        call_reference: CallReference,
        stats_processing_mode: StatisticsMode,
        number_packets_sent: u32,
        number_octets_sent: u32,
        number_packets_received: u32,
        number_octets_received: u32,
        /// packets that never came
        number_packets_lost: u32,
        /// milliseconds, on some phones timestamp units
        jitter: u32,
        /// milliseconds
        latency: u32,
        data_size: Count [counts data],
        /// quality text such as `MLQK=4.5000;MLQKav=4.4;…` or `Log n: mos 4.5, avgMos 4.4`
        data: Data<'a, 600> [of data_size],
    }
    layout layout_by_data_size;
}

message! {
    /// Asks for the counters of a call.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ConnectionStatisticsReq<'a> {
        directory_number: StatisticsNumber<'a>,
        call_reference: CallReference,
        stats_processing_mode: c::StatsProcessingType,
    }
}
