//! The connection that a phone holds to another server of its list while it is registered with one: it is kept
//! alive, taken over when the first is lost, and the way back once an earlier server answers again.

use std::net::SocketAddr;
use std::time::Duration;

use skinny::Connection;
use skinny::frame::Frame;
use skinny::message::{KeepAliveReq, Message, RegisterTokenReq};
use skinny::packet::Packet;

use crate::link::{AfterLeaving, KEEPALIVES_LOST_MAX, Link};
use crate::output::{Change, Output, StandbyOrder};
use crate::phone::{Phone, WRITE_QUEUE_MAX};
use crate::register::{TOKEN_WAIT_SECS_MAX, identifier};
use crate::screen::Registration;
use crate::timer::Timer;

/// The interval of keepalives on a standby connection where the server names none.
const INTERVAL_USUAL: Duration = Duration::from_secs(60);

/// A standby connection.
#[derive(Debug)]
pub(crate) struct Standby {
    pub server: u8,
    /// Nothing while it is being made.
    pub ends: Option<(SocketAddr, SocketAddr)>,
    inbound: Connection,
    outbound: Connection,
    unanswered: u8,
    /// Since when its server has answered.
    answers_since: Option<Duration>,
    /// Not before then is it asked for leave to come back.
    ask_at: Duration,
    is_asked: bool,
}

/// What the driver tells of the standby connection.
#[derive(Debug, Clone)]
pub enum StandbyInput<'a> {
    /// It is there.
    Connected {
        /// The phone's end.
        local: SocketAddr,
        /// The server's end.
        remote: SocketAddr,
    },
    /// It could not be made, or is gone.
    Gone,
    /// It took the place of the connection.
    Promoted,
    /// What its socket gave, cut anywhere.
    Bytes(&'a [u8]),
}

impl Phone {
    /// The phone is in service: it looks for a second server.
    pub(crate) fn want_standby(&mut self) {
        if self.config.standby && self.config.servers > 1 {
            self.timers.set(Timer::Standby, self.now);
        }
    }

    /// The server that the standby connection goes to, while it is up.
    pub fn standby_server(&self) -> Option<u8> {
        self.standby.as_ref().filter(|standby| standby.ends.is_some()).map(|standby| standby.server)
    }

    /// What the standby connection's socket should write next.
    pub fn standby_pending(&self) -> &[u8] {
        self.standby.as_ref().map_or(&[], |standby| standby.outbound.pending())
    }

    /// Its socket wrote so many bytes.
    pub fn standby_wrote(&mut self, len: usize) {
        if let Some(standby) = &mut self.standby {
            standby.outbound.wrote(len);
        }
    }

    /// Time for a keepalive, another attempt, or the question whether to come back.
    pub(crate) fn standby_due(&mut self) {
        let interval = self.standby_interval();
        self.timers.set(Timer::Standby, self.now + interval);
        let Some(standby) = &mut self.standby else { return self.connect_standby() };
        if standby.ends.is_none() || standby.unanswered >= KEEPALIVES_LOST_MAX {
            return self.drop_standby();
        }
        standby.unanswered += 1;
        self.say_on_standby(|outbound, layout| outbound.send(&KeepAliveReq {}, layout, 0).is_ok());
        self.ask_to_come_back();
    }

    fn standby_interval(&self) -> Duration {
        let told = self.link.keepalive.standby_interval;
        if told.is_zero() { INTERVAL_USUAL } else { told }
    }

    /// The first server of the list is preferred; after a failure the next one, but never the one in use.
    fn connect_standby(&mut self) {
        let in_use = self.link.server;
        let mut server = self.standby_next % self.config.servers;
        if server == in_use {
            server = (server + 1) % self.config.servers;
        }
        self.standby_next = (server + 1) % self.config.servers;
        self.standby = Some(Box::new(Standby {
            server,
            ends: None,
            inbound: Connection::default(),
            outbound: Connection::new(WRITE_QUEUE_MAX),
            unanswered: 0,
            answers_since: None,
            ask_at: Duration::ZERO,
            is_asked: false,
        }));
        self.outputs.push_back(Output::Standby(StandbyOrder::Connect { server }));
    }

    /// Ends it from this side.
    pub(crate) fn drop_standby(&mut self) {
        if self.standby.take().is_some() {
            self.outputs.push_back(Output::Standby(StandbyOrder::Close));
            self.changed(Change::Standby);
        }
    }

    pub(crate) fn standby_input(&mut self, input: StandbyInput<'_>) {
        if matches!(input, StandbyInput::Promoted) {
            return self.promoted();
        }
        let Some(standby) = &mut self.standby else { return };
        match input {
            StandbyInput::Connected { local, remote } => {
                standby.ends = Some((local, remote));
                self.changed(Change::Standby);
                self.timers.set(Timer::Standby, self.now);
            }
            StandbyInput::Gone => {
                self.standby = None;
                self.changed(Change::Standby);
            }
            StandbyInput::Bytes(bytes) => self.standby_bytes(bytes),
            StandbyInput::Promoted => {}
        }
    }

    fn standby_bytes(&mut self, bytes: &[u8]) {
        let Some(standby) = &mut self.standby else { return };
        let mut inbound = std::mem::take(&mut standby.inbound);
        let mut frames = inbound.receive(bytes);
        let mut is_readable = true;
        while let Some(frame) = frames.next() {
            match frame {
                Ok(frame) => self.standby_frame(frame),
                Err(_) => is_readable = false,
            }
            if !is_readable || self.standby.is_none() {
                break;
            }
        }
        drop(frames);
        match &mut self.standby {
            Some(standby) if is_readable => standby.inbound = inbound,
            _ => self.drop_standby(),
        }
    }

    fn standby_frame(&mut self, frame: Frame<'_>) {
        self.counts.received += 1;
        let now = self.now;
        let Some(standby) = &mut self.standby else { return };
        match Packet::decode(frame, self.config.profile.version).message {
            Message::KeepAliveAck(_) => {
                standby.unanswered = 0;
                standby.answers_since.get_or_insert(now);
            }
            Message::RegisterTokenAck(_) if standby.is_asked => self.go_back(),
            Message::RegisterTokenReject(reject) if standby.is_asked => {
                let wait = reject.wait_time_before_next_req.clamp(1, TOKEN_WAIT_SECS_MAX);
                standby.is_asked = false;
                standby.ask_at = now + Duration::from_secs(u64::from(wait));
            }
            _ => {}
        }
    }

    /// An earlier server of the list has answered for long enough: may the phone come back?
    fn ask_to_come_back(&mut self) {
        let is_free = self.link.state == Registration::Registered && self.calls.is_empty();
        let patience = self.config.timing.fallback;
        let (now, current) = (self.now, self.link.server);
        let Some(standby) = &mut self.standby else { return };
        let is_steady = standby.answers_since.is_some_and(|since| now >= since + patience);
        if !is_free || standby.server >= current || !is_steady || standby.is_asked || now < standby.ask_at {
            return;
        }
        standby.is_asked = true;
        let name = self.config.name.clone();
        let profile = self.config.profile;
        let (station_ip_addr, station_ipv6_addr) = self.addresses();
        self.say_on_standby(|outbound, layout| {
            let request = RegisterTokenReq {
                sid: identifier(&name, profile.instance),
                station_ip_addr,
                device_type: profile.device_type,
                station_ipv6_addr,
                unknown_active_calls: 0,
            };
            outbound.send(&request, layout, 0).is_ok()
        });
    }

    fn say_on_standby(&mut self, say: impl FnOnce(&mut Connection, u8) -> bool) {
        let layout = self.config.profile.version;
        let Some(standby) = &mut self.standby else { return };
        if say(&mut standby.outbound, layout) {
            self.counts.sent += 1;
            self.outputs.push_back(Output::Standby(StandbyOrder::Send));
        } else {
            self.drop_standby();
        }
    }

    /// The token is there: the phone leaves its server for the earlier one, unless a call has come meanwhile.
    fn go_back(&mut self) {
        if self.link.state == Registration::Registered && self.calls.is_empty() {
            self.leave(AfterLeaving::GoBack);
        } else if let Some(standby) = &mut self.standby {
            standby.is_asked = false;
        }
    }

    /// The standby connection becomes the connection; false where there is none.
    pub(crate) fn promote(&mut self) -> bool {
        if self.standby_server().is_none() {
            return false;
        }
        self.timers.clear_all();
        if !self.config.reconnect_in_call || !self.media.is_sending() {
            self.stop_all_streams();
            self.forget_session();
        }
        self.link.is_open = false;
        self.enter(Registration::Connecting);
        self.outputs.push_back(Output::Standby(StandbyOrder::Promote));
        true
    }

    /// The driver has put it in the place of the other.
    fn promoted(&mut self) {
        if self.link.state != Registration::Connecting {
            return;
        }
        let Some(standby) = self.standby.take() else { return };
        let Some((local, remote)) = standby.ends else { return };
        let (rtp_port, left_because) = (self.link.rtp_port, self.link.left_because);
        let Standby { server, inbound, outbound, .. } = *standby;
        self.link = Link {
            state: Registration::Connecting,
            is_open: true,
            server,
            local: Some(local),
            remote: Some(remote),
            rtp_port,
            left_because,
            inbound,
            outbound,
            ..Link::default()
        };
        self.calls.iter_mut().for_each(|call| call.is_carried = true);
        self.counts.connections += 1;
        self.standby_next = 0;
        self.changed(Change::Standby);
        self.register();
    }
}
