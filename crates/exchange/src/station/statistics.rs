//! Counters of a call's streams, which the phone reports when asked: SCCP's replacement for RTCP.

use skinny::message as m;
use skinny::text::Text;

use crate::Exchange;
use crate::output::Output;
use crate::record::{Record, StreamRecord};
use crate::table::StationId;

impl Exchange {
    /// The counters came.
    pub(crate) fn statistics_came(&mut self, id: StationId, counters: &m::ConnectionStatisticsRes<'_>) {
        let reference = counters.call_reference.0;
        // Another phone's reference is none of its business.
        if self.state.statistics.get(&reference).is_none_or(|pending| pending.station != id) {
            return;
        }
        let Some(pending) = self.statistics_settled(reference) else { return };
        let device = self.state.stations.get(id).map_or("", |station| &station.device);
        let record = StreamRecord {
            call: pending.call,
            device: device.into(),
            reference,
            packets_sent: counters.number_packets_sent,
            octets_sent: counters.number_octets_sent,
            packets_received: counters.number_packets_received,
            octets_received: counters.number_octets_received,
            packets_lost: counters.number_packets_lost,
            jitter: counters.jitter,
            latency: counters.latency,
            srtp: pending.srtp,
            quality: quality(counters.data.bytes()),
        };
        self.out.push(Output::Record(Box::new(Record::Stream(record))));
    }
}

/// The quality text up to its NUL: what follows it are leftovers of other messages (quirk 59).
fn quality(data: &[u8]) -> String {
    let text = skinny::text::until_nul(data);
    match std::str::from_utf8(text) {
        // What `Text` would show just so.
        Ok(plain) if plain.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'{') => plain.into(),
        _ => Text::new(text).to_string(),
    }
}
