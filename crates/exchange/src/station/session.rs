//! Connections: from the first byte to registration or standby, keepalive, loss.
//!
//! Traffic only stamps `last_seen_ns`. Each session has one timer, and what is due when it fires is worked
//! out then.

use serde::{Deserialize, Serialize};
use skinny::frame::{Frame, HEADER_LEN, Header};
use skinny::message::{self as m, Message};
use skinny::packet::Packet;

use super::register::Request;
use crate::Exchange;
use crate::input::{Ended, Peer, SessionId};
use crate::limit::*;
use crate::outbox::To;
use crate::output::{CloseReason, Output, Severity};
use crate::table::StationId;
use crate::timer::{Timer, TimerKey};

/// A connection of a device.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Its addresses.
    pub(crate) peer: Peer,
    /// When it last said anything.
    pub(crate) last_seen_ns: u64,
    /// How far it is.
    pub(crate) stage: Stage,
    /// Whether it reported a reboot before it registered: then it has no call any more.
    pub(crate) rebooted: bool,
    /// Notes written about it.
    pub(crate) notes: u32,
    /// What it said that must wait for its registration, as whole frames.
    deferred: Vec<Vec<u8>>,
    /// What its stage waits for.
    timer: Option<TimerKey>,
    /// Set when it is to be closed as soon as that timer fires.
    closes: Option<CloseReason>,
}

/// How far a session is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// It has said nothing that tells what it wants.
    Opened,
    /// It is kept alive without registration: a phone's connection to its second server, or one that
    /// asked whether it may come back.
    Standby,
    /// It waits for a plan that holds it.
    Waiting(Box<Request>),
    /// It is this device.
    Registered(StationId),
}

impl Session {
    /// Whether something will end it.
    pub(crate) fn has_timer(&self) -> bool {
        self.timer.is_some()
    }
}

impl Exchange {
    /// A device connected.
    pub(crate) fn opened(&mut self, id: SessionId, peer: Peer) {
        if self.state.sessions.len() >= SESSIONS_MAX {
            self.out.push(Output::Close(id, CloseReason::Limit));
            return;
        }
        let timer = self.state.timers.set(self.after(REGISTER_WITHIN_NS), Timer::Session(id));
        let session = Session {
            peer,
            last_seen_ns: self.now.monotonic_ns,
            stage: Stage::Opened,
            rebooted: false,
            notes: 0,
            deferred: Vec::new(),
            timer: Some(timer),
            closes: None,
        };
        if let Some(before) = self.state.sessions.insert(id, session) {
            // Ids are never reused; a caller who does so anyway must not leave timers behind.
            self.state.timers.cancel(before.timer);
        }
    }

    /// A connection ended below us.
    pub(crate) fn closed(&mut self, id: SessionId, ended: Ended) {
        let reason = match ended {
            Ended::Closed => "connection closed",
            Ended::Reset => "connection lost",
            Ended::SlowReader => "does not read",
            Ended::BadFrame => "sent no SCCP",
        };
        if let Some(Stage::Registered(station)) = self.forget_session(id) {
            self.went_away(station, reason);
        }
    }

    /// A frame came in.
    #[inline]
    pub(crate) fn frame(&mut self, id: SessionId, frame: Frame<'_>) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        session.last_seen_ns = self.now.monotonic_ns;
        match session.stage {
            Stage::Registered(station) => {
                let version = self.state.stations.get(station).map_or(0, |station| station.profile.version);
                let packet = Packet::decode(frame, version);
                self.registered_says(id, station, &packet.message);
            }
            _ => self.unregistered_says(id, frame),
        }
    }

    /// What a session may say before it is registered. Whatever else it asks is kept until it is: there are
    /// clients that send their whole registration in one burst, in any order.
    fn unregistered_says(&mut self, id: SessionId, frame: Frame<'_>) {
        match Packet::decode(frame, 0).message {
            Message::RegisterReq(register) => self.register(id, &register),
            Message::KeepAliveReq(_) => {
                self.out.send(id, &To::Stranger, (0, 0), &m::KeepAliveAck {});
                self.stands_by(id);
            }
            Message::RegisterTokenReq(token) => self.token(id, token.sid.device_name.text()),
            Message::SPCPRegisterTokenReq(token) => self.spcp_token(id, token.sid.device_name.text()),
            Message::Alarm(alarm) => self.alarm(id, &alarm),
            Message::XMLAlarm(alarm) => self.xml_alarm(id, alarm.alarm_info.text()),
            Message::UnregisterReq(_) => {
                self.out.send(id, &To::Stranger, (0, 0), &m::UnregisterAck::default());
                self.close_session(id, CloseReason::Unregistered);
            }
            _ => self.defer(id, frame),
        }
    }

    fn defer(&mut self, id: SessionId, frame: Frame<'_>) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        let bytes: usize = session.deferred.iter().map(Vec::len).sum();
        let len = HEADER_LEN + frame.body.len();
        if session.deferred.len() < DEFERRED_FRAMES_MAX && bytes + len <= DEFERRED_BYTES_MAX {
            session.deferred.push([&frame.header.bytes(), frame.body].concat());
        }
    }

    /// The session is registered now: it gets its answers to what it asked too early.
    pub(crate) fn replay_deferred(&mut self, id: SessionId) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        for bytes in std::mem::take(&mut session.deferred) {
            if let Some((head, body)) = bytes.split_first_chunk::<HEADER_LEN>() {
                self.frame(id, Frame { header: Header::read(head), body });
            }
        }
    }

    /// Keeps a session that does not register. A phone holds one to its second server, so there are no more
    /// of them than devices.
    pub(crate) fn stands_by(&mut self, id: SessionId) {
        let max = self.plan.devices.len() + STANDBY_EXTRA;
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        if !matches!(session.stage, Stage::Opened) {
            return;
        }
        if self.state.draining {
            return self.close_session(id, CloseReason::Stopping);
        }
        if self.state.standby >= max {
            return self.close_session(id, CloseReason::Limit);
        }
        session.stage = Stage::Standby;
        self.state.standby += 1;
    }

    /// Changes the stage, and counts.
    pub(crate) fn set_stage(&mut self, id: SessionId, stage: Stage) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        match session.stage {
            Stage::Standby => self.state.standby -= 1,
            Stage::Waiting(_) => self.state.waiting -= 1,
            _ => {}
        }
        match stage {
            Stage::Standby => self.state.standby += 1,
            Stage::Waiting(_) => self.state.waiting += 1,
            _ => {}
        }
        session.stage = stage;
    }

    /// Sets the session's timer anew.
    pub(crate) fn set_session_timer(&mut self, id: SessionId, at_ns: u64, closes: Option<CloseReason>) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        self.state.timers.reset(&mut session.timer, at_ns, Timer::Session(id));
        session.closes = closes;
    }

    /// The session's timer fired.
    pub(crate) fn session_due(&mut self, id: SessionId) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        session.timer = None;
        if let Some(reason) = session.closes {
            self.close_session(id, reason);
            return;
        }
        match session.stage {
            Stage::Opened => self.close_session(id, CloseReason::NeverRegistered),
            Stage::Waiting(_) => self.reject(id, "No configuration yet"),
            Stage::Standby | Stage::Registered(_) => self.watch_keepalive(id),
        }
    }

    /// Closes a session that was silent too long, or looks again when it will have been.
    pub(crate) fn watch_keepalive(&mut self, id: SessionId) {
        let Some(session) = self.state.sessions.get(&id) else { return };
        let told = match session.stage {
            Stage::Registered(station) => {
                self.state.stations.get(station).map(|station| station.keepalive_secs)
            }
            _ => None,
        };
        let interval = u64::from(told.unwrap_or(self.plan.site.standby_keepalive_secs).max(1));
        let silent = interval.saturating_mul(SILENT_INTERVALS).saturating_mul(1_000_000_000);
        let due = session.last_seen_ns.saturating_add(silent);
        if due > self.now.monotonic_ns {
            self.set_session_timer(id, due, None);
        } else {
            self.close_session(id, CloseReason::KeepaliveLost);
        }
    }

    /// Closes a session; a device that was registered over it goes away.
    pub(crate) fn close_session(&mut self, id: SessionId, reason: CloseReason) {
        let Some(stage) = self.forget_session(id) else { return };
        self.out.push(Output::Close(id, reason));
        if let Stage::Registered(station) = stage {
            self.went_away(station, words(reason));
        }
    }

    /// Closes a session whose device has a newer one.
    pub(crate) fn close_superseded(&mut self, id: SessionId) {
        if self.forget_session(id).is_some() {
            self.out.push(Output::Close(id, CloseReason::TakenOver));
        }
    }

    fn forget_session(&mut self, id: SessionId) -> Option<Stage> {
        self.set_stage_of_closed(id);
        let session = self.state.sessions.remove(&id)?;
        self.state.timers.cancel(session.timer);
        Some(session.stage)
    }

    fn set_stage_of_closed(&mut self, id: SessionId) {
        if let Some(session) = self.state.sessions.get(&id)
            && matches!(session.stage, Stage::Standby | Stage::Waiting(_))
        {
            self.set_stage(id, Stage::Opened);
        }
    }

    /// A line for the log about what a session said: no more than a few per session.
    pub(crate) fn note_about(&mut self, id: SessionId, severity: Severity, text: String) {
        let Some(session) = self.state.sessions.get_mut(&id) else { return };
        session.notes += 1;
        if session.notes <= NOTES_PER_SESSION {
            self.out.note(severity, text);
        }
    }
}

fn words(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::TakenOver => "registered anew",
        CloseReason::KeepaliveLost => "keepalive lost",
        CloseReason::Unregistered => "unregistered",
        CloseReason::Rejected => "rejected",
        CloseReason::NeverRegistered => "never registered",
        CloseReason::Reset => "reset",
        CloseReason::Stopping => "server stopping",
        CloseReason::Limit => "limit reached",
    }
}
