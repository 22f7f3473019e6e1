//! What must be true, whatever anybody does.
//!
//! [`Watch`] sees each input and output of the exchange. Cheap checks run on each message and at the end of
//! each input ([`Watch::settled`]); what needs the phones' own view stands in [`phones`].

mod calls;
mod fits;
mod form;
mod media;
mod name;
pub mod phones;
mod records;
mod session;
pub mod talk;
pub mod together;

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;

use exchange::input::{Ended, SessionId};
use exchange::output::{Change, Event, Note};
use exchange::record::Record;
use skinny::frame::{Frame, Split, split};
use skinny::message::Message;
use skinny::packet::Packet;

use crate::ladder::Ladder;
use crate::script::PhoneSpec;

pub use calls::References;
pub use name::Invariant;
pub use records::Ledger;
use session::Heritage;
pub use session::{CallView, Light, SessionView};

/// Something that must be true and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// The phone, where it is about one.
    pub phone: Option<u16>,
    /// What was found.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.invariant)?;
        if let Some(phone) = self.phone {
            write!(f, "phone {phone}: ")?;
        }
        f.write_str(&self.text)
    }
}

/// What a check finds.
pub type Check = Result<(), (Invariant, String)>;

/// Makes the finding of a check.
pub(crate) fn wrong(invariant: Invariant, text: String) -> Check {
    Err((invariant, text))
}

/// A session as the exchange knows it.
#[derive(Debug)]
enum Known {
    /// It may be sent to.
    Open(Box<SessionView>),
    /// It is over.
    Closed,
}

/// Watches the exchange.
#[derive(Debug)]
pub struct Watch {
    /// What went to and fro, for people.
    pub ladder: Ladder,
    /// Call references of all phones.
    pub references: References,
    /// Calls in records and events.
    pub ledger: Ledger,
    media: media::Streams,
    sessions: Vec<Known>,
    /// Sessions that were sent something since the last check.
    touched: Vec<SessionId>,
    /// References of calls that ended since the last check.
    over: Vec<u32>,
    /// The newest session of each device, by name.
    newest: HashMap<String, SessionId>,
    /// What devices without a session had on their last one.
    left_behind: HashMap<String, Heritage>,
    violation: Option<Violation>,
    tolerated: Vec<String>,
    scratch: Vec<u8>,
    /// Messages that phones were sent.
    pub messages_out: u64,
    /// Messages that phones sent.
    pub messages_in: u64,
    now: u64,
}

impl Watch {
    /// A watch over an exchange that has not been told anything. Findings that hold all words of one of
    /// `tolerated` are known already.
    pub fn new(ladder: Ladder, tolerated: Vec<String>) -> Watch {
        Watch {
            ladder,
            references: References::default(),
            ledger: Ledger::default(),
            media: media::Streams::default(),
            sessions: vec![Known::Closed],
            touched: Vec::new(),
            over: Vec::new(),
            newest: HashMap::new(),
            left_behind: HashMap::new(),
            violation: None,
            tolerated,
            scratch: vec![0; skinny::frame::FRAME_MAX],
            messages_out: 0,
            messages_in: 0,
            now: 0,
        }
    }

    /// What was found first.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Keeps a finding; the first one counts.
    pub fn found(&mut self, invariant: Invariant, phone: Option<u16>, text: String) {
        if self.violation.is_some() {
            return;
        }
        let violation = Violation { invariant, phone, text };
        let shown = violation.to_string();
        let is_known = |words: &String| words.split_whitespace().all(|word| shown.contains(word));
        if !self.tolerated.iter().any(is_known) {
            self.violation = Some(violation);
        }
    }

    /// Keeps the finding of a check.
    pub fn judge(&mut self, check: Check, phone: Option<u16>) {
        if let Err((invariant, text)) = check {
            self.found(invariant, phone, text);
        }
    }

    /// Time goes on.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    /// The session as it was told, while it is open.
    pub fn session(&self, id: SessionId) -> Option<&SessionView> {
        match self.sessions.get(id.0 as usize) {
            Some(Known::Open(view)) => Some(view),
            _ => None,
        }
    }

    /// The session of a device, while it has one.
    pub fn session_of(&self, device: &str) -> Option<&SessionView> {
        self.newest.get(device).and_then(|id| self.session(*id)).filter(|view| view.device == device)
    }

    /// Sessions that are open.
    pub fn open_sessions(&self) -> usize {
        self.sessions.iter().filter(|known| matches!(known, Known::Open(_))).count()
    }

    /// The exchange learns of a session.
    pub fn opened(&mut self, id: SessionId, phone: &PhoneSpec) {
        debug_assert_eq!(id.0 as usize, self.sessions.len(), "sessions are numbered in order");
        self.sessions.push(Known::Open(Box::new(SessionView::new(phone, self.now))));
        self.ladder.note(self.now, || format!("{} opens session {}", phone.name, id.0));
    }

    /// The exchange learns of the end of a session, or orders it.
    pub fn closed(&mut self, id: SessionId, why: &dyn fmt::Debug) {
        let Some(slot) = self.sessions.get_mut(id.0 as usize) else { return };
        if let Known::Open(mut view) = std::mem::replace(slot, Known::Closed) {
            self.media.forget_session(&mut view);
            let heritage = view.bequeath();
            if self.newest.get(&view.device) == Some(&id) {
                self.left_behind.insert(view.device.clone(), heritage);
            }
            let phone = view.phone;
            self.ladder.note(self.now, || format!("session {} of phone {phone} ends: {why:?}", id.0));
        }
    }

    /// The exchange is told that a session ended.
    pub fn ended(&mut self, id: SessionId, how: Ended) {
        self.closed(id, &how);
    }

    /// The exchange is handed a frame.
    pub fn received(&mut self, id: SessionId, frame: Frame<'_>) {
        self.messages_in += 1;
        let Some(Known::Open(view)) = self.sessions.get_mut(id.0 as usize) else { return };
        view.heard_at = self.now;
        self.ladder.from_phone(self.now, view.phone, view.version, frame);
        if !session::is_interesting(frame.header.id) {
            return;
        }
        let packet = Packet::decode(frame, view.version);
        match &packet.message {
            Message::OpenReceiveChannelAck(ack) => self.media.acknowledged(ack),
            Message::IpPort(announced) => {
                self.media.given(SocketAddr::new(view.address, announced.rtp_media_port.0 as u16));
            }
            Message::ConnectionStatisticsRes(answer) => self.references.counted(answer.call_reference.0),
            message => view.received(message),
        }
    }

    /// The exchange sends frames.
    pub fn sent(&mut self, id: SessionId, bytes: &[u8]) {
        if !matches!(self.sessions.get(id.0 as usize), Some(Known::Open(_))) {
            let text = format!("{} bytes are sent to session {}, which is closed", bytes.len(), id.0);
            return self.found(Invariant::ClosedSession, None, text);
        }
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let Split::Frame(frame, behind) = split(rest) else {
                return self.found(
                    Invariant::Form,
                    None,
                    format!("{} bytes are no frame: {rest:02x?}", rest.len()),
                );
            };
            let len = rest.len() - behind.len();
            self.message(id, frame, &rest[..len]);
            rest = behind;
        }
    }

    fn message(&mut self, id: SessionId, frame: Frame<'_>, bytes: &[u8]) {
        self.messages_out += 1;
        let Watch { sessions, scratch, ladder, references, media, newest, left_behind, now, .. } = self;
        let Some(Known::Open(view)) = sessions.get_mut(id.0 as usize) else { return };
        ladder.to_phone(*now, view.phone, view.version, frame);
        let phone = view.phone;
        let packet = Packet::decode(frame, view.version);
        let accepted = matches!(packet.message, Message::RegisterAck(_));
        if accepted && let Some((device, heritage)) = view.leave_name() {
            media.forget_session(view);
            newest.remove(&device);
            left_behind.insert(device, heritage);
        }
        let check = form::check(&packet, frame, bytes, view, scratch)
            .and_then(|()| view.told(&packet.message, id, references, *now))
            .and_then(|()| media.told(&packet.message, view, id, *now));
        if accepted {
            let device = view.device.clone();
            let before = newest.insert(device.clone(), id);
            if before != Some(id) {
                self.take_over(before, id, &device);
            }
        }
        self.judge(check, Some(phone));
    }

    /// A device has a new session: what it was told on the old one may be spoken of on the new one.
    fn take_over(&mut self, before: Option<SessionId>, now: SessionId, device: &str) {
        let left_behind = self.left_behind.remove(device);
        let heritage = match before.and_then(|before| self.sessions.get_mut(before.0 as usize)) {
            Some(Known::Open(view)) => view.bequeath(),
            _ => left_behind.unwrap_or_default(),
        };
        if let Some(Known::Open(view)) = self.sessions.get_mut(now.0 as usize) {
            view.inherit(heritage);
        }
    }

    /// The exchange tells that live state changed.
    pub fn event(&mut self, event: &Event) {
        self.ladder.note(self.now, || format!("event {} {:?}", event.number, event.change));
        let check = self.ledger.event(event);
        if let Change::Registered { device, session, .. } = &event.change
            && self.session(SessionId(*session)).is_none()
        {
            self.found(
                Invariant::Events,
                None,
                format!("{device} registered on session {session}, which is closed"),
            );
        }
        self.judge(check, None);
    }

    /// The exchange keeps a record.
    pub fn record(&mut self, record: &Record) {
        self.ladder.note(self.now, || format!("record {record:?}"));
        if let Record::Call(call) = record {
            self.over.extend(&call.references);
        }
        let check = self.ledger.record(record);
        self.judge(check, None);
    }

    /// The exchange has something for the log.
    pub fn note(&mut self, note: &Note) {
        self.ladder.note(self.now, || format!("note {:?}: {}", note.severity, note.text));
        if note.text.chars().any(char::is_control) {
            self.found(Invariant::Notes, None, format!("{:?} has control characters", note.text));
        }
    }

    /// The exchange has nothing more to say to an input: everything that it said must fit together now.
    pub fn settled(&mut self) {
        self.no_ghosts();
        if self.touched.is_empty() {
            return;
        }
        let mut touched = std::mem::take(&mut self.touched);
        for id in touched.drain(..) {
            let Some(Known::Open(view)) = self.sessions.get_mut(id.0 as usize) else { continue };
            let phone = view.phone;
            let check = view.settled();
            self.judge(check, Some(phone));
        }
        self.touched = touched;
    }

    /// What is over in the records is over on the phones.
    fn no_ghosts(&mut self) {
        let over = std::mem::take(&mut self.over);
        for reference in &over {
            let Some(view) = self.references.session(*reference).and_then(|id| self.session(id)) else {
                continue;
            };
            let call = view.call(*reference).filter(|call| !call.has_failed() && !view.is_leaving());
            let Some(call) = call else { continue };
            let text = format!("call {reference:#x} is over and the phone has it as {}", call.state);
            let phone = view.phone;
            self.found(Invariant::Ghost, Some(phone), text);
        }
        self.over = over;
        self.over.clear();
    }

    /// Addresses that a trunk or the engine gave may be sent to.
    pub fn given(&mut self, address: SocketAddr) {
        self.media.given(address);
    }
}
