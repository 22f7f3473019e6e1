//! Streams that no server ordered: a page of a phone service (`RTPRx:`, `RTPTx:` and their multicast kin) has the
//! phone listen to an address or speak to one, beside its calls and without one. Paging and music services live of it.

use std::net::SocketAddr;

use skinny::codes::MediaPayloadType;
use skinny::types::{CallReference, ConferenceId, PassThroughPartyId};

use crate::media::{Half, Named, ReceiveAck, Sending};
use crate::phone::Phone;

/// The name that such streams have among those that servers name.
pub(crate) const PAGING: Named =
    Named { conference: ConferenceId(u32::MAX), party: PassThroughPartyId(u32::MAX), call: CallReference(0) };
/// What such services send and want: G.711 µ-law in packets of 20 ms.
const CODEC: MediaPayloadType = MediaPayloadType::G711_ULAW64K;
const PACKET_MS: u32 = 20;
/// DSCP EF.
const TOS: u8 = 184;

/// What a page wants of the phone's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Hear what comes from a multicast group, or to this port of the phone.
    Hear(SocketAddr),
    /// Hear it no longer.
    HearNothing,
    /// Speak to this address.
    Speak(SocketAddr),
    /// Speak no longer.
    SpeakNothing,
}

impl Phone {
    pub(crate) fn page(&mut self, paging: Paging) {
        match paging {
            Paging::Hear(from) => {
                self.stop_half(Half::Receive, PAGING);
                self.receive(PAGING, (CODEC, PACKET_MS, ReceiveAck::None), None, Some(from));
            }
            Paging::HearNothing => self.stop_half(Half::Receive, PAGING),
            Paging::Speak(to) => self.send_media(
                PAGING,
                Sending { codec: CODEC, packet_ms: PACKET_MS, remote: to, tos: TOS, dtmf: None, copy: None },
            ),
            Paging::SpeakNothing => self.stop_half(Half::Send, PAGING),
        }
    }
}
