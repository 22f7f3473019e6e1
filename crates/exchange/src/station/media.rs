//! What phones report about their streams.

use std::net::SocketAddr;

use skinny::codes::MediaStatus;
use skinny::message as m;

use crate::Exchange;
use crate::call::{Cause, EndedBy, LegId};
use crate::output::Severity;
use crate::table::StationId;

impl Exchange {
    /// The leg whose stream has a name; where the phone leaves the name out, the leg that it names (a 6901
    /// sends party id 0, quirk 52).
    fn leg_of_stream(&self, id: StationId, party: u32, reference: u32) -> Option<LegId> {
        let legs = &self.state.stations.get(id)?.legs;
        let meant = |leg: &&LegId| {
            let Some(leg) = self.state.calls.legs.get(**leg) else { return false };
            match &leg.media {
                Some(media) if party != 0 => media.party == party,
                Some(_) => leg.appearance().is_some_and(|at| at.reference == reference),
                None => false,
            }
        };
        legs.iter().find(meant).copied()
    }

    /// The phone says where it receives, or that it can't.
    pub(crate) fn receive_acknowledged(&mut self, id: StationId, ack: &m::OpenReceiveChannelAck) {
        let leg = self.leg_of_stream(id, ack.pass_through_party_id.0, ack.call_reference.0);
        let Some(leg) = leg else { return };
        if self.is_refused(leg, ack.media_reception_status) {
            return;
        }
        let port = (ack.port_number.0 & 0xffff) as u16;
        self.media_opened(leg, SocketAddr::new(ack.ip_addr.ip(), port));
    }

    /// The phone says that it sends, or that it can't. Phones before version 17 say nothing.
    pub(crate) fn transmission_acknowledged(
        &mut self,
        id: StationId,
        ack: &m::StartMediaTransmissionAck<'_>,
    ) {
        let leg = self.leg_of_stream(id, ack.pass_through_party_id.0, ack.call_reference.0);
        if let Some(leg) = leg {
            self.is_refused(leg, ack.media_transmission_status);
        }
    }

    /// Whether the phone refused, and what follows: it went on hook meanwhile, or it can't.
    fn is_refused(&mut self, leg: LegId, status: MediaStatus) -> bool {
        match status {
            MediaStatus::OK => return false,
            MediaStatus::DEVICE_ON_HOOK | MediaStatus::DEVICE_ON_HOOK12 => {
                self.end_leg(leg, Cause::NORMAL, EndedBy::Leg);
            }
            _ => self.media_failed(leg),
        }
        true
    }

    /// The phone could not send for a while. That may pass, so it is only noted.
    pub(crate) fn transmission_failed(&mut self, id: StationId, failure: &m::MediaTransmissionFailure) {
        let Some(station) = self.state.stations.get(id) else { return };
        let to = (failure.remote_ip_addr.ip(), failure.remote_port_number.0);
        let text = format!("{} could not send to {} port {}", station.device, to.0, to.1);
        if let Some(session) = station.session {
            self.note_about(session, Severity::Warning, text);
        }
    }
}
