//! Orders to open, start and stop media, the phones' answers, and their statistics.

use std::net::{IpAddr, SocketAddr};

use skinny::codes::{DCallState, MediaEncryptionAlgorithmType};
use skinny::message::structs::EncryptionKey;
use skinny::message::{
    ConnectionStatisticsRes, EarlyStartMediaTransmission, Message, OpenReceiveChannel, OpenReceiveChannelAck,
    StartMediaTransmission, StartMediaTransmissionAck,
};

use super::analyst::{Analyst, text};
use super::calls::LegRef;
use super::model::{
    Branch, BranchKind, MediaOrder, MediaWay, MessageRef, PhoneStatistics, SrtpKey, StepKind,
};
use super::session::Context;
use super::signal::Belongs;
use super::{ORDERS_KEPT, STATISTICS_KEPT};

/// The two directions of a party that a recorder is sent.
const PARTY_NEAR: u32 = 1;
const PARTY_FAR: u32 = 2;

impl Analyst {
    /// A message about media; `None` when it is none.
    pub(super) fn order(&mut self, cx: Context, message: &Message<'_>) -> Option<Belongs> {
        use Message as M;
        Some(match message {
            M::OpenReceiveChannel(m) => self.open_receive(cx, m),
            M::OpenReceiveChannelAck(m) => self.opened(cx, m),
            M::StartMediaTransmission(m) => self.start_media(cx, m),
            M::StartMediaTransmissionAck(m) => self.started(cx, m),
            M::EarlyStartMediaTransmission(m) => self.early_start(cx, m),
            M::StopMediaTransmission(m) => {
                let reference = self.main_of(cx, m.call_reference.0, m.conference_id.0);
                self.stop(cx, reference, m.pass_through_party_id.0, MediaWay::Transmit)
            }
            M::CloseReceiveChannel(m) => {
                let reference = self.main_of(cx, m.call_reference.0, m.conference_id.0);
                self.stop(cx, reference, m.pass_through_party_id.0, MediaWay::Receive)
            }
            M::MediaTransmissionFailure(m) => self.acknowledge(
                cx,
                m.call_reference.0,
                m.pass_through_party_id.0,
                MediaWay::Transmit,
                None,
                1,
            ),
            M::ConnectionStatisticsRes(m) => self.statistics(cx, m),
            M::RecordingStatus(m) => self.touch(cx, m.call_reference.0),
            _ => return None,
        })
    }

    fn open_receive(&mut self, cx: Context, m: &OpenReceiveChannel) -> Belongs {
        let order = MediaOrder {
            way: MediaWay::Receive,
            party_id: m.pass_through_party_id.0,
            conference: m.conference_id.0,
            codec: m.compression_type.0,
            packet_ms: m.milli_second_packet_size.0,
            remote: address(m.source_ip_addr.ip(), m.source_port_number.0),
            event_payload_type: m.rfc2833_payload_type,
            key: key(&m.m_rx_media_encryption_key_info),
            ..order(cx.at)
        };
        let (reference, conference) = (m.call_reference.0, m.conference_id.0);
        if let Some(main) = self.branches_from(cx, reference, conference) {
            self.count(main, cx, false);
            return Some((main, false));
        }
        let leg = self.leg_for(cx, main_reference(reference, conference), 0, false);
        self.keep_order(leg, order);
        Some((leg, false))
    }

    fn start_media(&mut self, cx: Context, m: &StartMediaTransmission) -> Belongs {
        let remote = address(m.remote_ip_addr.ip(), m.remote_port_number.0);
        let (reference, conference) = (m.call_reference.0, m.conference_id.0);
        if let Some(main) = self.branches_from(cx, reference, conference) {
            let kind = match (m.party_direction, m.mixing_mode) {
                (PARTY_NEAR, _) => BranchKind::RecordingNear,
                (PARTY_FAR, _) => BranchKind::RecordingFar,
                (_, mixing) if mixing != 0 => BranchKind::Monitoring,
                _ => BranchKind::Other,
            };
            return self.branch(cx, main, kind, m, remote);
        }
        let leg = self.leg_for(cx, main_reference(reference, conference), 0, false);
        self.keep_order(
            leg,
            MediaOrder {
                way: MediaWay::Transmit,
                party_id: m.pass_through_party_id.0,
                conference,
                codec: m.compression_type.0,
                packet_ms: m.milli_second_packet_size.0,
                remote,
                precedence: m.qualifier_out.precedence_value,
                event_payload_type: m.rfc2833_payload_type,
                key: key(&m.m_tx_media_encryption_key_info),
                ..order(cx.at)
            },
        );
        if let Some(remote) = remote {
            let receiver = self.targets.sends(remote, leg, None, cx.at.time);
            if let Some(receiver) = receiver {
                self.join_by_media(receiver, leg);
            }
        }
        Some((self.calls.leg(leg), false))
    }

    /// The main leg of media with a reference of its own, which no CallState ever announced.
    fn branches_from(&mut self, cx: Context, reference: u32, conference: u32) -> Option<LegRef> {
        if reference == 0 || reference == conference {
            return None;
        }
        let session = &mut self.desks[cx.session.index()].session;
        if session.known(reference).is_some() {
            return None;
        }
        match session.known(conference).map(|known| known.leg) {
            Some(main) => Some(self.calls.leg(main)),
            // The announcement of the main leg lies before the capture.
            None => {
                (conference != 0 && self.is_mid_stream(cx)).then(|| self.leg_for(cx, conference, 0, false))
            }
        }
    }

    /// The reference of the leg whose media is stopped: where the orders lie before the source, that of the main leg.
    fn main_of(&mut self, cx: Context, reference: u32, conference: u32) -> u32 {
        let is_known = self.desks[cx.session.index()].session.known(reference).is_some();
        if is_known || conference == 0 || !self.is_mid_stream(cx) { reference } else { conference }
    }

    /// Whether the source lacks the beginning of this connection, and may lack that of its calls.
    fn is_mid_stream(&self, cx: Context) -> bool {
        !self.desks[cx.session.index()].registration.from_start
    }

    /// As [`Analyst::touch`], for messages that tell enough of a call to make one of them when it began before the source.
    fn touch_or_begin(&mut self, cx: Context, reference: u32) -> Belongs {
        let is_known = self.desks[cx.session.index()].session.known(reference).is_some();
        if reference == 0 || is_known || !self.is_mid_stream(cx) {
            return self.touch(cx, reference);
        }
        Some((self.leg_for(cx, reference, 0, false), false))
    }

    fn branch(
        &mut self,
        cx: Context,
        main: LegRef,
        kind: BranchKind,
        m: &StartMediaTransmission,
        remote: Option<SocketAddr>,
    ) -> Belongs {
        self.count(main, cx, false);
        let (call, _) = self.at_hand(main);
        if call.branches.len() < ORDERS_KEPT {
            call.branches.push(Branch {
                kind,
                leg: main.leg,
                reference: m.call_reference.0,
                party_id: m.pass_through_party_id.0,
                remote,
                ordered: cx.at,
                acknowledged: None,
                local: None,
                refused: false,
                stopped: None,
            });
            let index = call.branches.len() as u16 - 1;
            if let Some(remote) = remote {
                self.targets.sends(remote, main, Some(index), cx.at.time);
            }
            self.step(main, cx, StepKind::BranchBegan(kind));
        }
        Some((main, false))
    }

    fn early_start(&mut self, cx: Context, m: &EarlyStartMediaTransmission) -> Belongs {
        let belongs = self.touch(cx, 0);
        let Some((leg, _)) = belongs else { return belongs };
        let remote = address(IpAddr::V4(m.remote_ip_addr.0), m.remote_port_number.0);
        self.keep_order(
            leg,
            MediaOrder {
                way: MediaWay::Transmit,
                codec: m.compression_type.0,
                packet_ms: m.milli_second_packet_size.0,
                remote,
                precedence: m.precedence_value,
                ..order(cx.at)
            },
        );
        if let Some(remote) = remote {
            self.targets.sends(remote, leg, None, cx.at.time);
        }
        if self.may_be_implicit(cx) {
            self.state_becomes(cx, leg, 0, DCallState::CONNECTED);
        }
        belongs
    }

    fn keep_order(&mut self, leg: LegRef, order: MediaOrder) {
        let (call, index) = self.at_hand(leg);
        let media = &mut call.legs[index].media;
        if media.len() < ORDERS_KEPT {
            media.push(order);
        }
    }

    fn opened(&mut self, cx: Context, m: &OpenReceiveChannelAck) -> Belongs {
        let local = address(m.ip_addr.ip(), m.port_number.0);
        let status = m.media_reception_status.0;
        let belongs = self.acknowledge(
            cx,
            m.call_reference.0,
            m.pass_through_party_id.0,
            MediaWay::Receive,
            local,
            status,
        );
        if let (Some((leg, _)), Some(local), 0) = (belongs, local, status) {
            let sender = self.targets.receives(local, leg, cx.at.time);
            if let Some(sender) = sender {
                self.join_by_media(sender, leg);
            }
        }
        belongs.map(|(leg, inferred)| (self.calls.leg(leg), inferred))
    }

    fn started(&mut self, cx: Context, m: &StartMediaTransmissionAck<'_>) -> Belongs {
        let local = address(m.transmit_ip_addr.ip(), m.port_number.0);
        let (reference, conference) = (m.call_reference.0, m.conference_id.0);
        let status = m.media_transmission_status.0;
        if let Some(main) = self.branches_from(cx, reference, conference) {
            self.count(main, cx, false);
            let (call, _) = self.at_hand(main);
            let mine = |branch: &Branch| branch.reference == reference && branch.leg == main.leg;
            let found = call.branches.iter().rposition(mine);
            let found = found.or_else(|| {
                let branch = Branch {
                    kind: BranchKind::Other,
                    leg: main.leg,
                    reference,
                    party_id: m.pass_through_party_id.0,
                    remote: None,
                    ordered: cx.at,
                    acknowledged: None,
                    local: None,
                    refused: false,
                    stopped: None,
                };
                // Its order lies before the capture.
                let room = call.branches.len() < ORDERS_KEPT;
                room.then(|| call.branches.push(branch)).map(|()| call.branches.len() - 1)
            });
            if let Some(branch) = found.and_then(|at| call.branches.get_mut(at)) {
                branch.acknowledged = Some(cx.at);
                branch.local = local;
                branch.refused = status != 0;
            }
            return Some((main, false));
        }
        let belongs =
            self.acknowledge(cx, reference, m.pass_through_party_id.0, MediaWay::Transmit, local, status);
        if let (Some((leg, _)), Some(local), 0) = (belongs, local, status)
            && self.is_mid_stream(cx)
        {
            // Phones send from where they receive: that is all one can know when both orders lie before the source.
            self.targets.may_receive(local, self.calls.leg(leg), cx.at.time);
        }
        belongs
    }

    /// A phone's answer to an order: found by stream id, then by reference.
    fn acknowledge(
        &mut self,
        cx: Context,
        reference: u32,
        party_id: u32,
        way: MediaWay,
        local: Option<SocketAddr>,
        status: u32,
    ) -> Belongs {
        let belongs = self.of_stream(cx, reference, party_id);
        let (leg, _) = belongs?;
        let (call, index) = self.at_hand(leg);
        let orders = &mut call.legs[index].media;
        let open = |order: &MediaOrder| order.way == way && order.acknowledged.is_none();
        let found = orders
            .iter()
            .rposition(|order| open(order) && (order.party_id == party_id || party_id == 0))
            .or_else(|| orders.iter().rposition(open));
        if let Some(found) = found {
            let order = &mut orders[found];
            order.acknowledged = Some(cx.at);
            order.local = local;
            order.status = status;
        }
        belongs
    }

    /// The leg that a stream belongs to: old acknowledgements name the stream only.
    fn of_stream(&mut self, cx: Context, reference: u32, party_id: u32) -> Belongs {
        if reference != 0 && self.desks[cx.session.index()].session.known(reference).is_some() {
            return self.touch(cx, reference);
        }
        let legs: Vec<LegRef> =
            self.desks[cx.session.index()].session.legs.iter().map(|known| known.leg).collect();
        for leg in legs.into_iter().rev() {
            let leg = self.calls.leg(leg);
            let (call, index) = self.at_hand(leg);
            if party_id != 0 && call.legs[index].media.iter().any(|order| order.party_id == party_id) {
                self.count(leg, cx, reference == 0);
                return Some((leg, reference == 0));
            }
        }
        match reference != 0 && self.is_mid_stream(cx) {
            true => self.touch_or_begin(cx, reference),
            false => self.touch(cx, 0),
        }
    }

    fn stop(&mut self, cx: Context, reference: u32, party_id: u32, way: MediaWay) -> Belongs {
        let belongs = self.of_stream(cx, reference, party_id);
        let (leg, _) = belongs?;
        let (call, index) = self.at_hand(leg);
        let leg_index = leg.leg;
        for order in call.legs[index].media.iter_mut().rev() {
            let same = order.party_id == party_id || party_id == 0;
            if order.way == way && same && order.stopped.is_none() {
                order.stopped = Some(cx.at.time);
            }
        }
        let branches = call.branches.iter_mut().filter(|branch| branch.leg == leg_index);
        for branch in branches.filter(|branch| branch.party_id == party_id && branch.stopped.is_none()) {
            branch.stopped = Some(cx.at.time);
        }
        belongs
    }

    fn statistics(&mut self, cx: Context, m: &ConnectionStatisticsRes<'_>) -> Belongs {
        let belongs = self.touch_or_begin(cx, m.call_reference.0);
        let (leg, _) = belongs?;
        let charset = self.desks[cx.session.index()].session.charset();
        let (call, index) = self.at_hand(leg);
        let statistics = &mut call.legs[index].statistics;
        if statistics.len() < STATISTICS_KEPT {
            statistics.push(PhoneStatistics {
                at: cx.at,
                packets_sent: m.number_packets_sent,
                octets_sent: m.number_octets_sent,
                packets_received: m.number_packets_received,
                octets_received: m.number_octets_received,
                packets_lost: m.number_packets_lost,
                jitter_ms: m.jitter,
                latency_ms: m.latency,
                text: text(skinny::text::until_nul(m.data.bytes()), charset),
            });
        }
        belongs
    }
}

fn main_reference(reference: u32, conference: u32) -> u32 {
    if reference == 0 { conference } else { reference }
}

fn order(at: MessageRef) -> MediaOrder {
    MediaOrder {
        way: MediaWay::Receive,
        party_id: 0,
        conference: 0,
        codec: 0,
        packet_ms: 0,
        remote: None,
        local: None,
        ordered: at,
        acknowledged: None,
        status: 0,
        stopped: None,
        precedence: 0,
        event_payload_type: 0,
        key: None,
    }
}

/// An address that names something.
fn address(ip: IpAddr, port: u32) -> Option<SocketAddr> {
    let port = u16::try_from(port).ok().filter(|port| *port != 0)?;
    (!ip.is_unspecified()).then_some(SocketAddr::new(ip, port))
}

fn key(info: &EncryptionKey) -> Option<Box<SrtpKey>> {
    if info.algorithm_id == MediaEncryptionAlgorithmType(0) || info.keylen == 0 {
        return None;
    }
    let part = |bytes: &[u8], len: u16| bytes[..usize::from(len).min(bytes.len())].to_vec();
    Some(Box::new(SrtpKey {
        algorithm: info.algorithm_id.0,
        key: part(&info.key.0, info.keylen),
        salt: part(&info.salt.0, info.saltlen),
    }))
}
