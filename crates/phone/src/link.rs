//! The phone and its server: connecting, keeping alive, being reset, coming back.

use std::net::SocketAddr;
use std::time::Duration;

use skinny::Connection;
use skinny::codes::{AlarmReason, DeviceResetType, RingMode};
use skinny::message::KeepAliveReq;

use crate::input::Disconnect;
use crate::output::{Change, CloseReason, Output};
use crate::phone::{Face, Phone, WRITE_QUEUE_MAX};
use crate::register::Ladder;
use crate::screen::Registration;
use crate::template::Template;
use crate::timer::Timer;

/// So many keepalives unanswered, and the server is lost.
pub const KEEPALIVES_LOST_MAX: u8 = 3;
/// Shortest and longest keepalive interval that is obeyed, in seconds.
pub const KEEPALIVE_SECS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// The interval where the server names none.
const KEEPALIVE_SECS_USUAL: u32 = 30;

/// The connection to a server and what was agreed on it. A standby one is a second (see `standby`).
#[derive(Debug)]
pub(crate) struct Link {
    pub state: Registration,
    pub is_open: bool,
    pub inbound: Connection,
    pub outbound: Connection,
    pub told_to_send: bool,
    /// Which server of the list.
    pub server: u8,
    pub failures: u32,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    pub rtp_port: u16,
    /// The version in use; 0 before RegisterAck.
    pub version: u8,
    /// The server speaks as CallManager 2.x: neither versions nor, as far as seen, call states.
    pub is_legacy: bool,
    pub has_call_states: bool,
    pub ladder: Ladder,
    pub keepalive: Keepalive,
    /// Why the phone last left service.
    pub left_because: AlarmReason,
    pub pending_reset: Option<DeviceResetType>,
    /// What follows when the connection was left in good order.
    pub after_leaving: AfterLeaving,
}

/// Keepalives to a server.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Keepalive {
    pub interval: Duration,
    /// That of the standby connection.
    pub standby_interval: Duration,
    pub unanswered: u8,
    /// The server is one that answers: CallManager 2.x never does.
    pub must_answer: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterLeaving {
    StayAway,
    /// To the server of the standby connection.
    GoBack,
    ComeBack(DeviceResetType),
}

impl Default for Link {
    fn default() -> Self {
        Link {
            state: Registration::Off,
            is_open: false,
            inbound: Connection::default(),
            outbound: Connection::new(WRITE_QUEUE_MAX),
            told_to_send: false,
            server: 0,
            failures: 0,
            local: None,
            remote: None,
            rtp_port: 0,
            version: 0,
            is_legacy: false,
            has_call_states: false,
            ladder: Ladder::default(),
            keepalive: Keepalive::default(),
            left_because: AlarmReason::PHONE_INITIALISED,
            pending_reset: None,
            after_leaving: AfterLeaving::StayAway,
        }
    }
}

impl Phone {
    pub(crate) fn power_on(&mut self) {
        if self.link.state == Registration::Off {
            self.link.failures = 0;
            self.connect();
        }
    }

    pub(crate) fn power_off(&mut self) {
        if self.link.is_open || self.link.state == Registration::Connecting {
            self.outputs.push_back(Output::Close(CloseReason::Unplugged));
        }
        let (server, left) = (self.link.server, AlarmReason::PHONE_INITIALISED);
        self.drop_standby();
        self.stop_all_streams();
        self.forget_session();
        self.link = Link { server, left_because: left, ..Link::default() };
        self.face = Face::default();
        self.timers.clear_all();
        self.changed(Change::Registration);
    }

    pub(crate) fn enter(&mut self, state: Registration) {
        if self.link.state != state {
            self.link.state = state;
            self.changed(Change::Registration);
        }
    }

    fn connect(&mut self) {
        self.timers.clear(Timer::Reconnect);
        self.enter(Registration::Connecting);
        self.outputs.push_back(Output::Connect { server: self.link.server });
    }

    pub(crate) fn connected(&mut self, local: SocketAddr, remote: SocketAddr, rtp_port: u16) {
        if self.link.state != Registration::Connecting {
            return;
        }
        let old = std::mem::take(&mut self.link);
        self.link = Link {
            is_open: true,
            server: old.server,
            failures: old.failures,
            local: Some(local),
            remote: Some(remote),
            rtp_port,
            left_because: old.left_because,
            ..Link::default()
        };
        self.calls.iter_mut().for_each(|call| call.is_carried = true);
        self.counts.connections += 1;
        self.introduce();
    }

    pub(crate) fn connect_failed(&mut self) {
        if self.link.state == Registration::Connecting {
            self.link.left_because = AlarmReason::TCP_CONNECT_TO_SERVER_TIMED_OUT;
            self.come_back(self.backoff());
        }
    }

    pub(crate) fn disconnected(&mut self, how: Disconnect) {
        if !self.link.is_open {
            return;
        }
        let reason = match how {
            Disconnect::Closed => AlarmReason::SERVER_CLOSED_TCP,
            Disconnect::Reset => AlarmReason::SERVER_RESET_TCP,
            Disconnect::TimedOut => AlarmReason::KEEPALIVE_TIMEOUT,
        };
        match self.link.state {
            Registration::Leaving => self.left(),
            _ => self.lost(reason),
        }
    }

    /// Ends the connection from this side.
    pub(crate) fn close(&mut self, reason: CloseReason) {
        if std::mem::take(&mut self.link.is_open) {
            self.outputs.push_back(Output::Close(reason));
        }
    }

    /// The server is gone, or as good as gone.
    fn lost(&mut self, reason: AlarmReason) {
        self.link.is_open = false;
        self.link.left_because = reason;
        let talks = self.calls.iter().any(|call| call.is_connected()) && self.media.is_sending();
        if talks && self.config.reconnect_in_call {
            self.come_back(Duration::ZERO);
        } else if talks {
            self.preserve();
        } else if !self.promote() {
            self.come_back(self.backoff());
        }
    }

    /// The call goes on without a server until the user ends it.
    fn preserve(&mut self) {
        self.timers.clear_all();
        self.want_standby();
        self.enter(Registration::Preserving);
        self.set_idle_prompt("CM Down, Features Disabled", None);
        self.changed(Change::SoftKeys);
    }

    /// The preserved call is over.
    pub(crate) fn end_preserved(&mut self) {
        if !self.promote() {
            self.come_back(Duration::ZERO);
        }
    }

    /// Tries the next server, after a while.
    pub(crate) fn come_back(&mut self, wait: Duration) {
        self.link.is_open = false;
        self.timers.clear_all();
        self.drop_standby();
        if !self.config.reconnect_in_call || !self.media.is_sending() {
            self.stop_all_streams();
            self.forget_session();
        }
        self.link.failures = self.link.failures.saturating_add(1);
        self.link.server = (self.link.server + 1) % self.config.servers;
        if !matches!(self.link.state, Registration::Rejected(_)) {
            self.enter(Registration::Waiting);
        }
        self.timers.set(Timer::Reconnect, self.now + wait);
    }

    /// Doubles with each round of the server list; the other servers of a round are tried at once.
    fn backoff(&self) -> Duration {
        let timing = &self.config.timing;
        let servers = u32::from(self.config.servers);
        if servers > 1 && !(self.link.failures + 1).is_multiple_of(servers) {
            return Duration::ZERO;
        }
        let rounds = (self.link.failures / servers).min(16);
        timing.reconnect_first.saturating_mul(1 << rounds).min(timing.reconnect_max)
    }

    /// What a new registration brings anew.
    pub(crate) fn forget_session(&mut self) {
        self.end_all_calls();
        self.dialing = None;
        self.template = Template::default();
        let Face { handset_up, path, clock, .. } = self.face;
        let rang = self.face.ringer != RingMode::RING_OFF;
        let sounded = self.face.tone.is_some();
        self.face = Face { handset_up, path: path.filter(|_| handset_up), clock, ..Face::default() };
        self.silence(rang, sounded);
    }

    pub(crate) fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Reconnect => self.connect(),
            Timer::Register => self.register_overdue(),
            Timer::Step => self.step_overdue(),
            Timer::Keepalive => self.keep_alive(),
            Timer::Texts => self.expire_texts(),
            Timer::Ring => self.stop_single_ring(),
            Timer::Digit => self.dial_on(),
            Timer::Report => self.report_overdue(),
            Timer::Leave => self.left(),
            Timer::Standby => self.standby_due(),
        }
    }

    /// Seconds between two keepalives as a server told them: to this one, and to a standby one.
    pub(crate) fn start_keepalive(&mut self, interval_secs: u32, standby_secs: u32, must_answer: bool) {
        let secs = if interval_secs == 0 { KEEPALIVE_SECS_USUAL } else { interval_secs };
        let secs = secs.clamp(*KEEPALIVE_SECS.start(), *KEEPALIVE_SECS.end());
        let interval = Duration::from_secs(u64::from(secs));
        let standby_secs = standby_secs.min(*KEEPALIVE_SECS.end());
        let standby_interval = Duration::from_secs(u64::from(standby_secs));
        self.link.keepalive = Keepalive { interval, standby_interval, unanswered: 0, must_answer };
        self.timers.set(Timer::Keepalive, self.now + interval);
    }

    fn keep_alive(&mut self) {
        if self.is_mute {
            return self.timers.set(Timer::Keepalive, self.now + self.link.keepalive.interval);
        }
        let keepalive = &mut self.link.keepalive;
        if keepalive.must_answer && keepalive.unanswered >= KEEPALIVES_LOST_MAX {
            self.close(CloseReason::KeepaliveLost);
            return self.lost(AlarmReason::KEEPALIVE_TIMEOUT);
        }
        keepalive.unanswered = keepalive.unanswered.saturating_add(1);
        let next = self.now + keepalive.interval;
        self.timers.set(Timer::Keepalive, next);
        self.send_basic(&KeepAliveReq {});
    }

    pub(crate) fn keepalive_answered(&mut self) {
        self.link.keepalive.unanswered = 0;
        self.link.keepalive.must_answer = true;
        self.changed(Change::KeepAlive);
    }

    pub(crate) fn rejected(&mut self, text: Box<str>) {
        self.link.left_because = AlarmReason::REGISTRATION_REJECTED;
        self.close(CloseReason::Rejected);
        self.enter(Registration::Rejected(text));
        self.set_idle_prompt("Registration Rejected", None);
        let wait = self.config.timing.rejected;
        let failures = self.link.failures;
        self.come_back(wait);
        self.link.failures = failures;
        self.set_idle_prompt("Registration Rejected", None);
    }

    pub(crate) fn bad_frame(&mut self) {
        self.close(CloseReason::BadFrame);
        self.lost(AlarmReason::INVALID_SCCP_MESSAGE_RECEIVED);
    }

    pub(crate) fn hang_up_offended(&mut self) {
        if self.link.is_open {
            self.close(CloseReason::Offended);
            self.lost(AlarmReason::INVALID_SCCP_MESSAGE_RECEIVED);
        }
    }

    pub(crate) fn server_stuck(&mut self) {
        if self.link.is_open {
            self.close(CloseReason::ServerStuck);
            self.lost(AlarmReason::PHONE_ABORTED_TCP);
        }
    }

    pub(crate) fn register_gave_up(&mut self) {
        self.close(CloseReason::Rejected);
        self.lost(AlarmReason::WAITING_FOR_RESPONSE_FROM_SERVER);
    }
}
