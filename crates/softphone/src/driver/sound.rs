//! Audio orders of a phone, obeyed with UDP ports.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use phone::{Audio, AudioAnswer, Input, StreamId};

use super::place::{Common, Place};
use super::rtp::RtpPort;
use super::seat::State;

impl Place {
    pub fn audio(
        &mut self,
        index: usize,
        order: &Audio,
        state: &mut State,
        common: &mut Common,
        now: Duration,
    ) {
        match *order {
            Audio::OpenReceive { stream, group, .. } => {
                let local = self.open_port(index, stream, group, state, common);
                let answer = match local {
                    Some(local) if state.audio.order(now, order) => {
                        AudioAnswer::ReceiveOpened { stream, local }
                    }
                    _ => AudioAnswer::ReceiveFailed { stream },
                };
                state.phone.handle(now, Input::Audio(answer));
            }
            Audio::StartSend { stream, .. } => {
                let local = self.open_port(index, stream, None, state, common);
                let answer = match local {
                    Some(local) if state.audio.order(now, order) => {
                        AudioAnswer::SendStarted { stream, local }
                    }
                    _ => AudioAnswer::SendFailed { stream },
                };
                state.phone.handle(now, Input::Audio(answer));
            }
            Audio::Report { call } => {
                let statistics = Box::new(state.audio.statistics(call));
                state.phone.handle(now, Input::Audio(AudioAnswer::Statistics { call, statistics }));
            }
            Audio::StopReceive { .. } | Audio::StopSend { .. } => {
                state.audio.order(now, order);
                state.record();
                let State { audio, .. } = state;
                self.close_ports(common, |stream| !audio.has_stream(stream));
            }
            _ => {
                state.audio.order(now, order);
            }
        }
    }

    /// The port of a stream: the one it has, the announced one, or a new one.
    fn open_port(
        &mut self,
        index: usize,
        stream: StreamId,
        group: Option<SocketAddr>,
        state: &State,
        common: &mut Common,
    ) -> Option<SocketAddr> {
        if let Some(port) = self.port_of(stream) {
            return Some(port.local);
        }
        if let Some(port) = self.ports.iter_mut().find(|port| port.is_announced && port.stream.is_none()) {
            port.stream = Some(stream);
            return Some(port.local);
        }
        let ip = state.phone.local_address().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |local| local.ip());
        let token = common.token(index);
        let bound = match group {
            Some(group) => RtpPort::join(group, ip, token, &common.registry),
            None => RtpPort::bind(ip, &mut common.port_cursor, token, &common.registry),
        };
        let Ok(port) = bound else {
            common.tokens.remove(&token);
            return None;
        };
        let local = port.local;
        self.ports.push(port.of_stream(stream));
        Some(local)
    }

    /// Closes the ports of streams that are over; an announced one only becomes free.
    fn close_ports(&mut self, common: &mut Common, is_over: impl Fn(StreamId) -> bool) {
        for port in &mut self.ports {
            if port.is_announced {
                port.stream.take_if(|stream| is_over(*stream));
            }
        }
        self.ports.retain_mut(|port| {
            let stays = port.is_announced || port.stream.is_some_and(|stream| !is_over(stream));
            if !stays {
                common.tokens.remove(&port.token);
                let _ = common.registry.deregister(&mut port.socket);
            }
            stays
        });
    }
}
