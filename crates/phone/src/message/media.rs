//! Streams: what the server orders becomes orders to the audio path, whose answers become acknowledgements.

use std::net::SocketAddr;

use skinny::codes::{MediaPayloadType, MediaStatus, MulticastMediaReceptionStatus};
use skinny::message::{
    EarlyStartMediaTransmission, Message, MulticastMediaReceptionAck, OpenReceiveChannel,
    OpenReceiveChannelAck, StartMediaReception, StartMediaTransmission, StartMediaTransmissionAck,
    SubscribeDtmfPayloadRes, UnSubscribeDtmfPayloadRes,
};
use skinny::types::{Address, CallReference, Port};

use crate::input::AudioAnswer;
use crate::media::{Half, Named, ReceiveAck, Receiving, Sending, nowhere};
use crate::output::{Audio, Change, Copied, StreamId};
use crate::paging::PAGING;
use crate::phone::Phone;
use crate::screen::Offence;

/// Packet time where the server names none, and the longest that is obeyed.
const PACKET_MS: u32 = 20;
const PACKET_MS_MAX: u32 = 200;
/// `party_direction` of a copy of what the user hears.
const FAR: u32 = 2;
/// From this version on addresses carry their kind, and can be IPv6.
const TYPED_ADDRESS_VERSION: u8 = 17;

macro_rules! named {
    ($message:expr) => {
        Named {
            conference: $message.conference_id,
            party: $message.pass_through_party_id,
            call: $message.call_reference,
        }
    };
}

impl Phone {
    pub(super) fn media_message(&mut self, message: &Message<'_>) {
        match message {
            Message::OpenReceiveChannel(open) => self.open_receive(open),
            Message::CloseReceiveChannel(close) => self.stop_half(Half::Receive, named!(close)),
            Message::StartMediaTransmission(start) => self.start_send(start),
            Message::StopMediaTransmission(stop) => self.stop_half(Half::Send, named!(stop)),
            Message::StartMediaReception(start) => self.start_receive_early(start),
            Message::EarlyStartMediaTransmission(start) => self.start_send_early(start),
            // Four meaningless bytes.
            Message::StopMediaReception(_) => {
                self.stop_half(Half::Receive, Named::NOTHING);
                self.legacy_media_stopped();
            }
            Message::StartMulticastMediaReception(start) => {
                let group = socket(start.multicast_ip_addr, start.multicast_port_number);
                let codec = start.compression_type;
                let order = (codec, start.milli_second_packet_size.0, ReceiveAck::Multicast);
                self.receive(named!(start), order, None, Some(group));
            }
            Message::StopMulticastMediaReception(stop) => self.stop_half(Half::Receive, named!(stop)),
            Message::StartMulticastMediaTransmission(start) => self.send_media(
                named!(start),
                Sending {
                    codec: start.compression_type,
                    packet_ms: packet_ms(start.milli_second_packet_size.0),
                    remote: socket(start.multicast_ip_addr, start.multicast_port_number),
                    tos: start.qualifier_out.precedence_value as u8,
                    dtmf: None,
                    copy: None,
                },
            ),
            Message::StopMulticastMediaTransmission(stop) => self.stop_half(Half::Send, named!(stop)),
            Message::SubscribeDtmfPayloadReq(subscribe) => self.send(&SubscribeDtmfPayloadRes {
                payload_dtmf: subscribe.payload_dtmf,
                conference_id: subscribe.conference_id,
                pass_through_party_id: subscribe.pass_through_party_id,
            }),
            Message::UnSubscribeDtmfPayloadReq(subscribe) => self.send(&UnSubscribeDtmfPayloadRes {
                payload_dtmf: subscribe.payload_dtmf,
                conference_id: subscribe.conference_id,
                pass_through_party_id: subscribe.pass_through_party_id,
            }),
            _ => {}
        }
    }

    fn open_receive(&mut self, message: &OpenReceiveChannel) {
        let order = (message.compression_type, message.milli_second_packet_size.0, ReceiveAck::Channel);
        self.receive(named!(message), order, dtmf(message.rfc2833_payload_type), None);
    }

    fn start_receive_early(&mut self, message: &StartMediaReception) {
        let order = (message.compression_type, message.milli_second_packet_size.0, ReceiveAck::None);
        self.receive(Named::NOTHING, order, None, None);
        self.legacy_media_started();
    }

    pub(crate) fn receive(
        &mut self,
        named: Named,
        (codec, milliseconds, ack): (MediaPayloadType, u32, ReceiveAck),
        dtmf: Option<u8>,
        group: Option<SocketAddr>,
    ) {
        let packet_ms = packet_ms(milliseconds);
        let Some(stream) = self.media.half(named, |stream| stream.receive.is_none()) else {
            self.offended(Offence::TooManyStreams);
            return self.refuse_receive(named, ack, MediaStatus::OUT_OF_SOCKETS);
        };
        stream.receive = Some(Receiving { codec, packet_ms, local: None, ack });
        let (stream, call) = (stream.id, stream.call);
        let port = self.link.rtp_port;
        self.order(Audio::OpenReceive { stream, call, codec, packet_ms, dtmf, port, group });
        self.changed(Change::Streams);
    }

    fn start_send(&mut self, message: &StartMediaTransmission) {
        let copy = match (message.mixing_mode, message.party_direction) {
            (0, _) => None,
            (_, FAR) => Some(Copied::Heard),
            _ => Some(Copied::Said),
        };
        if copy.is_some() && !self.config.profile.built_in_bridge {
            return self.acknowledge_send(named!(message), None, MediaStatus::UNKNOWN);
        }
        self.send_media(
            named!(message),
            Sending {
                codec: message.compression_type,
                packet_ms: packet_ms(message.milli_second_packet_size.0),
                remote: socket(message.remote_ip_addr, message.remote_port_number),
                tos: message.qualifier_out.precedence_value as u8,
                dtmf: dtmf(message.rfc2833_payload_type),
                copy,
            },
        );
    }

    fn start_send_early(&mut self, message: &EarlyStartMediaTransmission) {
        let remote = SocketAddr::new(message.remote_ip_addr.0.into(), message.remote_port_number.0 as u16);
        let sending = Sending {
            codec: message.compression_type,
            packet_ms: packet_ms(message.milli_second_packet_size.0),
            remote,
            tos: message.precedence_value as u8,
            dtmf: None,
            copy: None,
        };
        self.send_media(Named::NOTHING, sending);
        self.legacy_media_started();
    }

    pub(crate) fn send_media(&mut self, named: Named, sending: Sending) {
        let Some(stream) = self.media.half(named, |stream| stream.send.is_none()) else {
            self.offended(Offence::TooManyStreams);
            return self.acknowledge_send(named, None, MediaStatus::OUT_OF_SOCKETS);
        };
        stream.send = Some(sending);
        let (stream, call) = (stream.id, stream.call);
        let Sending { codec, packet_ms, remote, tos, dtmf, copy } = sending;
        self.order(Audio::StartSend { stream, call, remote, codec, packet_ms, tos, dtmf, copy });
        self.changed(Change::Streams);
    }

    /// What the audio path says to an order.
    pub(crate) fn audio_answered(&mut self, answer: AudioAnswer) {
        match answer {
            AudioAnswer::ReceiveOpened { stream, local } => self.receive_opened(stream, local),
            AudioAnswer::ReceiveFailed { stream } => {
                let Some(found) = self.media.by_id(stream) else { return };
                let (named, receive) = (named_of(found), found.receive.take());
                self.drop_empty_streams();
                if let Some(receive) = receive {
                    self.refuse_receive(named, receive.ack, MediaStatus::OUT_OF_SOCKETS);
                }
            }
            AudioAnswer::SendStarted { stream, local } => {
                let Some(found) = self.media.by_id(stream) else { return };
                if found.send.is_some() {
                    let named = named_of(found);
                    self.acknowledge_send(named, Some(local), MediaStatus::OK);
                }
            }
            AudioAnswer::SendFailed { stream } => {
                let Some(found) = self.media.by_id(stream) else { return };
                let named = named_of(found);
                if found.send.take().is_some() {
                    self.drop_empty_streams();
                    self.acknowledge_send(named, None, MediaStatus::CODEC_TOO_COMPLEX);
                }
            }
            AudioAnswer::Statistics { call, statistics } => self.statistics_told(call, &statistics),
        }
    }

    fn receive_opened(&mut self, stream: StreamId, local: SocketAddr) {
        let Some(found) = self.media.by_id(stream) else { return };
        let named = named_of(found);
        if self.link.version < TYPED_ADDRESS_VERSION && local.ip().to_canonical().is_ipv6() {
            return self.refuse_address(stream, named);
        }
        let Some(receive) = &mut found.receive else { return };
        receive.local = Some(local);
        match receive.ack {
            ReceiveAck::None => {}
            ReceiveAck::Channel => self.acknowledge_receive(named, local, MediaStatus::OK),
            ReceiveAck::Multicast => {
                self.acknowledge_multicast(named, MulticastMediaReceptionStatus::OK);
            }
        }
        self.changed(Change::Streams);
    }

    /// The acknowledgement has no room for this kind of address.
    fn refuse_address(&mut self, stream: StreamId, named: Named) {
        let receive = self.media.by_id(stream).and_then(|found| found.receive.take());
        self.drop_empty_streams();
        if let Some(receive) = receive {
            self.order(Audio::StopReceive { stream });
            self.refuse_receive(named, receive.ack, MediaStatus::REQUESTED_IP_ADDR_TYPE_UN_AVAILABLE);
        }
    }

    fn refuse_receive(&mut self, named: Named, ack: ReceiveAck, status: MediaStatus) {
        match ack {
            ReceiveAck::None => {}
            ReceiveAck::Channel => {
                let own = SocketAddr::new(self.link.local.unwrap_or_else(nowhere).ip(), 0);
                self.acknowledge_receive(named, own, status);
            }
            ReceiveAck::Multicast => {
                self.acknowledge_multicast(named, MulticastMediaReceptionStatus::ERROR);
            }
        }
    }

    fn acknowledge_receive(&mut self, named: Named, local: SocketAddr, status: MediaStatus) {
        self.send(&OpenReceiveChannelAck {
            media_reception_status: status,
            ip_addr: Address::new(local.ip().to_canonical()),
            port_number: Port(u32::from(local.port())),
            pass_through_party_id: named.party,
            call_reference: named.call,
        });
    }

    fn acknowledge_multicast(&mut self, named: Named, status: MulticastMediaReceptionStatus) {
        self.send(&MulticastMediaReceptionAck {
            multicast_reception_status: status,
            pass_through_party_id: named.party,
            call_reference: named.call,
        });
    }

    fn acknowledge_send(&mut self, named: Named, local: Option<SocketAddr>, status: MediaStatus) {
        // No server asked for what a page opened.
        if !self.config.profile.media_ack || named.party == PAGING.party {
            return;
        }
        let local = local.unwrap_or_else(|| SocketAddr::new(self.link.local.unwrap_or_else(nowhere).ip(), 0));
        self.send(&StartMediaTransmissionAck {
            conference_id: named.conference,
            pass_through_party_id: named.party,
            call_reference: named.call,
            transmit_ip_addr: Address::new(local.ip().to_canonical()),
            port_number: Port(u32::from(local.port())),
            media_transmission_status: status,
            extension: Default::default(),
        });
    }

    fn drop_empty_streams(&mut self) {
        self.media.streams.retain(|stream| stream.receive.is_some() || stream.send.is_some());
        self.changed(Change::Streams);
    }

    /// The stream that carries a call's digits, where events were agreed on.
    pub(crate) fn event_stream(&self, call: CallReference) -> Option<StreamId> {
        let mut sending = self.media.streams.iter().filter(|stream| stream.call == call);
        sending.find(|stream| stream.send.is_some_and(|send| send.dtmf.is_some())).map(|stream| stream.id)
    }
}

fn named_of(stream: &crate::media::Stream) -> Named {
    Named { conference: stream.conference, party: stream.party, call: stream.call }
}

fn socket(address: Address, port: Port) -> SocketAddr {
    SocketAddr::new(address.ip(), port.0 as u16)
}

fn packet_ms(milliseconds: u32) -> u32 {
    match milliseconds {
        0 => PACKET_MS,
        more => more.min(PACKET_MS_MAX),
    }
}

/// The payload number of telephone events, where one was agreed on.
fn dtmf(payload: u32) -> Option<u8> {
    u8::try_from(payload).ok().filter(|payload| (96..=127).contains(payload))
}
