//! Codecs of a phone: four messages, one table.

use skinny::message::Message;
use skinny::message::capability::Capability;

use crate::Exchange;
use crate::call::Codec;
use crate::limit::CAPABILITIES_MAX;
use crate::table::StationId;

/// The audio codecs that a message announces; none when it announces nothing.
fn codecs(message: &Message<'_>) -> Option<Vec<Codec>> {
    Some(match message {
        Message::CapabilitiesRes(m) => collect(m.caps.iter()),
        Message::UpdateCapabilities(m) => collect(m.audiocaps.iter()),
        Message::UpdateCapabilitiesV2(m) => collect(m.audiocaps.iter()),
        Message::UpdateCapabilitiesV3(m) => collect(m.audiocaps.iter()),
        _ => return None,
    })
}

fn collect(capabilities: impl Iterator<Item = Capability>) -> Vec<Codec> {
    let codec = |capability: Capability| Codec {
        code: capability.payload_capability.0,
        packet_ms_max: capability.max_frames_per_packet,
    };
    capabilities.map(codec).filter(|codec| codec.code != 0).take(CAPABILITIES_MAX).collect()
}

impl Exchange {
    /// A phone says which codecs it has.
    pub(crate) fn capabilities(&mut self, station: StationId, message: &Message<'_>) {
        if let Some(codecs) = codecs(message)
            && let Some(station) = self.state.stations.get_mut(station)
        {
            let allowed = &station.config.codecs;
            station.codecs = codecs;
            station.codecs.retain(|codec| allowed.is_empty() || allowed.contains(&codec.code));
        }
    }
}
