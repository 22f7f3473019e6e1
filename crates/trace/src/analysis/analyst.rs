//! Takes what is said and keeps the books.

use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use skinny::Packet;
use skinny::message::Message;

use super::boot::Names;
use super::calls::{CallId, Calls, LegRef};
use super::desks::{Desk, Desks, Registrations};
use super::input::{Closing, Content, Opened, Said};
use super::join::Waiting;
use super::media::Targets;
use super::model::{
    End, Endpoint, Event, Finding, FindingKind, MessageRef, Registration, RegistrationState, SessionId,
};
use super::session::{Context, Session};
use super::twins::Twins;
use super::{Analysis, Options, SESSIONS_MAX};
use crate::Timestamp;

/// Makes an [`Analysis`] of what it is told.
///
/// Messages should come in the order of time; when they do not, the analysis suffers and nothing else.
#[derive(Debug)]
pub struct Analyst {
    pub(super) options: Options,
    pub(super) desks: Desks,
    pub(super) calls: Calls,
    pub(super) waiting: Waiting,
    pub(super) targets: Targets,
    pub(super) twins: Twins,
    /// Names that phones asked with when they started.
    pub(super) names: Names,
    /// Park numbers in use, by call manager.
    pub(super) parked: HashMap<(u32, Box<str>), CallId>,
    servers: HashMap<Endpoint, u32>,
    counts: Vec<u64>,
    other_counts: BTreeMap<u32, u64>,
    findings: Vec<Finding>,
    last: Timestamp,
    clock_steps: u64,
    /// Connections beyond [`SESSIONS_MAX`].
    left_out: u64,
}

/// Ids below this are counted in a flat table.
const COUNTED_IDS: usize = 0x180;
/// The share of [`super::Limits::store_bytes`] that packed connections have beside calls.
const PHONES_SHARE: usize = 4;
/// Park numbers remembered.
const PARKED_MAX: usize = 4096;

impl Analyst {
    /// Nothing was said yet.
    pub fn new(options: Options) -> Self {
        Self {
            calls: Calls::new(options.limits),
            desks: Desks::new(options.limits.live_phones, options.limits.store_bytes / PHONES_SHARE),
            options,
            waiting: Waiting::default(),
            targets: Targets::default(),
            twins: Twins::default(),
            names: Names::default(),
            parked: HashMap::new(),
            servers: HashMap::new(),
            counts: vec![0; COUNTED_IDS],
            other_counts: BTreeMap::new(),
            findings: Vec::new(),
            last: Timestamp(i64::MIN),
            clock_steps: 0,
            left_out: 0,
        }
    }

    /// A connection comes into sight. `None` when there are too many.
    pub fn open(&mut self, opened: Opened) -> Option<SessionId> {
        if self.desks.len() >= SESSIONS_MAX {
            self.left_out += 1;
            return None;
        }
        let id = SessionId(self.desks.len() as u32);
        let mut known = opened.server.clone();
        // The same machine on another port is the same call manager.
        known.address = known.address.map(|address| SocketAddr::new(address.ip(), 0));
        let next = self.servers.len() as u32;
        let server = *self.servers.entry(known).or_insert(next);
        let mut phone = opened.phone;
        if phone.name.is_none() {
            let asked = phone.address.and_then(|address| self.names.of(address.ip()));
            phone.name = asked.map(Into::into);
        }
        let registration = Registration {
            server: opened.server,
            phone,
            opened: opened.time,
            from_start: opened.from_start,
            last: opened.time,
            ..Registration::default()
        };
        self.desks.push(registration, Session { server, source: opened.source, ..Session::default() });
        self.look_for_twin(id);
        Some(id)
    }

    /// The source names the phone of a connection.
    pub fn named(&mut self, session: SessionId, name: &str, address: Option<IpAddr>) {
        if !self.desks.fetch(session) {
            return;
        }
        let registration = &mut self.desks[session.index()].registration;
        registration.phone.name = Some(name.into());
        if let Some(address) = address
            && registration.phone.address.is_none_or(|known| known.ip().is_unspecified())
        {
            registration.phone.address = Some(SocketAddr::new(address, 0));
        }
        self.desks.list(session);
        self.look_for_twin(session);
    }

    /// The source tells what an address is called. Such a name is shown where nothing better is known; it says nothing of which
    /// phones are the same.
    pub fn address_named(&mut self, address: IpAddr, name: &[u8]) {
        if let Ok(name) = std::str::from_utf8(name) {
            self.desks.directory.name_address(address, name);
        }
    }

    /// A message.
    #[inline]
    pub fn said(&mut self, session: SessionId, said: Said<'_>) {
        self.desks.make_room(0);
        if !self.desks.fetch(session) {
            return;
        }
        let Desk { registration, session: state, .. } = &mut self.desks[session.index()];
        registration.messages += 1;
        registration.last = said.at.time;
        if said.at.time < self.last {
            self.clock_steps += u64::from(self.last.since(said.at.time) > 1_000_000_000);
        }
        self.last = said.at.time;
        let id = said.content.id();
        match self.counts.get_mut(id as usize) {
            Some(count) => *count += 1,
            None => *self.other_counts.entry(id).or_default() += 1,
        }
        let negotiated = state.negotiated;
        let message = match said.content {
            Content::Frame(frame) => Packet::decode(frame, negotiated).message,
            Content::Message(message) => message,
        };
        let is_old = match said.content {
            Content::Frame(frame) => frame.header.version == 0,
            Content::Message(_) => false,
        };
        let context = Context { session, at: said.at, from_server: said.from_server, is_old };
        let call = if self.is_about_registration(id) {
            self.register(context, &message);
            None
        } else {
            self.signal(context, &message)
        };
        if self.options.events && !self.is_about_registration(id) {
            self.keep(context, said.content, call);
        }
    }

    /// Messages that concern the phone as a whole, never a call.
    #[inline]
    fn is_about_registration(&self, id: u32) -> bool {
        matches!(
            id,
            0x00..=0x02 | 0x09..=0x12 | 0x20 | 0x25 | 0x27..=0x29 | 0x2d | 0x30 | 0x33 | 0x34 | 0x43 | 0x44
                | 0x81 | 0x90..=0x93 | 0x97 | 0x98 | 0x9b | 0x9d..=0x9f | 0x100 | 0x108 | 0x109
                | 0x118 | 0x11a | 0x11b | 0x11f | 0x12f | 0x142 | 0x146..=0x149 | 0x157 | 0x159 | 0x15a
                | 0x15e | 0x15f | 0x8000 | 0x8100 | 0x8101
        )
    }

    /// A connection ended.
    pub fn close(&mut self, session: SessionId, time: Timestamp, closing: Closing) {
        // Nothing is known of its end: all stays as it is.
        if closing == Closing::Unknown || !self.desks.fetch(session) {
            return;
        }
        let Desk { registration, session: state, .. } = &mut self.desks[session.index()];
        let rare = state.rare.take();
        let legs = std::mem::take(&mut state.legs);
        *state = Session { server: state.server, source: state.source, ..Session::default() };
        let ordered = rare.as_ref().and_then(|rare| rare.ordered_reset);
        registration.closed = Some(time);
        registration.end = match (closing, &registration.state, ordered) {
            (_, RegistrationState::Unregistered, _) => End::Unregistered,
            (_, _, Some(kind)) => End::Ordered(kind),
            (_, RegistrationState::Rejected { .. } | RegistrationState::TokenRefused { .. }, _) => {
                End::Rejected
            }
            _ if registration.keepalives.unanswered >= 2 => End::KeepAlivesLost,
            (Closing::Replaced, _, _) => End::Replaced,
            (Closing::Reset { by_server }, _, _) => End::Reset { by_server },
            (Closing::Finished | Closing::Unknown, _, _) => End::Closed,
        };
        let open: Vec<LegRef> = legs.iter().filter(|known| !known.ended).map(|known| known.leg).collect();
        for leg in open {
            self.phone_lost(leg, time);
        }
        self.desks.put_away(session);
    }

    /// The source lacks bytes of a connection.
    pub fn missing(&mut self, session: SessionId, time: Timestamp, bytes: u64) {
        if self.desks.fetch(session) {
            self.desks[session.index()].registration.missing_bytes += bytes;
            self.targets.capture_hole(time);
        }
    }

    /// Something that concerns the source as a whole.
    pub fn remark(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Everything was said.
    pub fn finish(mut self) -> Analysis {
        if self.clock_steps > 0 {
            self.findings.push(Finding {
                kind: FindingKind::ClockStep,
                text: format!(
                    "The clock of the source steps back by more than a second, {} times.",
                    self.clock_steps
                )
                .into(),
                shown_by: Vec::new(),
            });
        }
        if self.left_out > 0 {
            let text = format!(
                "{} connections beyond the first {SESSIONS_MAX} were left out, with all that was said in them: read fewer files at once.",
                self.left_out
            );
            let (kind, shown_by) = (FindingKind::TooMany, Vec::new());
            self.findings.push(Finding { kind, text: text.into(), shown_by });
        }
        let stray_rtp = self.targets.stray;
        let calls = self.calls.finish();
        if calls.lost > 0 {
            let text = format!(
                "{} calls could not be read again from the temporary file, and are missing: is the disk full?",
                calls.lost
            );
            let (kind, shown_by) = (FindingKind::TooMany, Vec::new());
            self.findings.push(Finding { kind, text: text.into(), shown_by });
        }
        let registrations = Registrations::new(self.desks, self.options.limits.store_bytes / PHONES_SHARE);
        let flat = self.counts.iter().enumerate().map(|(id, count)| (id as u32, *count));
        let messages = flat.filter(|(_, count)| *count > 0).chain(self.other_counts).collect();
        Analysis { registrations, messages, findings: self.findings, stray_rtp, calls }
    }

    /// How many calls there are so far, joined ones counted once for each of their beginnings.
    pub fn sessions(&self) -> usize {
        self.desks.len()
    }

    pub(super) fn park(&mut self, server: u32, number: &str, call: CallId) {
        if self.parked.len() < PARKED_MAX {
            self.parked.insert((server, number.into()), call);
        }
    }

    /// Keeps a message for ladders: with its call, or until it is clear which call it begins.
    #[cold]
    fn keep(&mut self, context: Context, content: Content<'_>, leg: Option<(LegRef, bool)>) {
        let Content::Frame(frame) = content else { return };
        let state = &mut self.desks[context.session.index()].session;
        let mut event = Event {
            at: context.at,
            session: context.session,
            from_server: context.from_server,
            id: frame.header.id,
            header_version: frame.header.version,
            negotiated: state.negotiated,
            utf8: state.utf8,
            leg: None,
            inferred: leg.is_none_or(|(_, inferred)| inferred),
            body: frame.body.into(),
        };
        let Some((leg, _)) = leg else {
            state.keep_event(event);
            return;
        };
        if state.twin.is_some() && self.is_told(context, frame.header.id, leg) {
            return;
        }
        let state = &mut self.desks[context.session.index()].session;
        let waiting = state.rare.as_mut().map(|rare| std::mem::take(&mut rare.events)).unwrap_or_default();
        let leg = self.calls.leg(leg);
        event.leg = Some(leg.leg);
        let live = self.calls.live(leg.call);
        let wanted = self.options.events_of.is_empty()
            || live.call.legs.iter().any(|leg| self.options.events_of.contains(&leg.session));
        if wanted && live.events.len() < super::EVENTS_KEPT {
            let since = live.call.start.time;
            let early = waiting.into_iter().filter(|event| event.at.time >= since);
            live.events.extend(early.map(|early| Event { leg: Some(leg.leg), ..early }));
            live.events.push(event);
        }
    }
}

/// A reference to a message for findings.
pub(super) fn shown(at: MessageRef) -> Vec<MessageRef> {
    vec![at]
}

/// Messages that a text needs decoded.
pub(super) fn text(bytes: &[u8], charset: skinny::text::Charset) -> Box<str> {
    if bytes.is_empty() {
        return Box::default();
    }
    let plain = bytes.iter().all(|byte| (0x20..0x7f).contains(byte) && *byte != b'{');
    match std::str::from_utf8(bytes) {
        Ok(text) if plain => text.into(),
        _ => skinny::text::Text { bytes, charset }.to_string().into(),
    }
}

/// The reference of a message that speaks of a call; 0 when it has none or leaves it out.
#[inline]
pub(super) fn reference_of(message: &Message<'_>) -> Option<u32> {
    use Message as M;
    Some(match message {
        M::SelectSoftKeys(m) => m.call_reference.0,
        M::DisplayPromptStatus(m) => m.call_reference.0,
        M::DisplayPromptStatusV2(m) => m.call_reference.0,
        M::ClearPromptStatus(m) => m.call_reference.0,
        M::StopTone(m) => m.call_reference.0,
        M::BackSpaceRes(m) => m.call_reference.0,
        M::CallSelectStatRes(m) => m.call_reference.0,
        M::CallHistoryInfo(m) => m.call_reference.0,
        M::HookFlash(m) => m.call_reference.0,
        M::StartMulticastMediaReception(m) => m.call_reference.0,
        M::StopMulticastMediaReception(m) => m.call_reference.0,
        M::MulticastMediaReceptionAck(m) => m.call_reference.0,
        M::StartMulticastMediaTransmission(m) => m.call_reference.0,
        M::StopMulticastMediaTransmission(m) => m.call_reference.0,
        M::StartMediaFailureDetection(m) => m.call_reference.0,
        M::PortReq(m) => m.call_reference.0,
        M::PortRes(m) => m.call_reference.0,
        M::PortClose(m) => m.call_reference.0,
        M::ConnectionStatisticsReq(m) => m.call_reference.0,
        M::NotifyDtmfTone(m) => m.conference_id.0,
        M::SendDtmfTone(m) => m.conference_id.0,
        M::SubscribeDtmfPayloadReq(m) => m.conference_id.0,
        M::SubscribeDtmfPayloadRes(m) => m.conference_id.0,
        M::UnSubscribeDtmfPayloadReq(m) => m.conference_id.0,
        M::UnSubscribeDtmfPayloadRes(m) => m.conference_id.0,
        _ => return None,
    })
}
