//! Captures as a source: a sink of [`FrameReader`] that tells an [`Analyst`].

use std::io::Read;
use std::ops::ControlFlow;

use skinny::{Frame, Header};

use super::input::{Closing, Content, Opened, Said, Tie};
use super::model::{Endpoint, Finding, FindingKind, MessageRef, SessionId};
use super::{Analysis, Analyst, Options};
use crate::capture::CaptureError;
use crate::reader::{
    ConnectionEvent, Datagram, FrameReader, FrameSink, Note, NoteKind, Place, RawFrame, Summary, Trouble,
};
use crate::stream::CloseReason;

/// Tells an analyst what a capture holds.
#[derive(Debug)]
pub struct Captured<'a> {
    analyst: &'a mut Analyst,
    source: u16,
    /// Sessions by the slots of their connections.
    slots: Vec<SessionId>,
    packet: u64,
    nth: u16,
}

/// Stands for none.
const NO_SESSION: SessionId = SessionId(u32::MAX);

/// A [`Captured`] without its analyst, between two turns.
#[derive(Debug, Default)]
pub struct Paused {
    source: u16,
    slots: Vec<SessionId>,
    packet: u64,
    nth: u16,
}

impl<'a> Captured<'a> {
    /// For the analysed file number `source`.
    pub fn new(analyst: &'a mut Analyst, source: u16) -> Self {
        Self { analyst, source, slots: Vec::new(), packet: 0, nth: 0 }
    }

    /// Goes on where another stopped: the analyst was needed by somebody else in between.
    pub fn resume(analyst: &'a mut Analyst, paused: Paused) -> Self {
        let Paused { source, slots, packet, nth } = paused;
        Self { analyst, source, slots, packet, nth }
    }

    /// What [`Captured::resume`] needs to go on.
    pub fn pause(self) -> Paused {
        let Self { source, slots, packet, nth, .. } = self;
        Paused { source, slots, packet, nth }
    }

    fn session(&self, slot: u32) -> Option<SessionId> {
        self.slots.get(slot as usize).copied().filter(|session| *session != NO_SESSION)
    }

    fn put(&mut self, slot: u32, session: Option<SessionId>) {
        let slot = slot as usize;
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, NO_SESSION);
        }
        self.slots[slot] = session.unwrap_or(NO_SESSION);
    }
}

impl FrameSink for Captured<'_> {
    #[inline]
    fn frame(&mut self, raw: RawFrame<'_>) -> ControlFlow<()> {
        self.nth = if raw.packet == self.packet { self.nth.saturating_add(1) } else { 0 };
        self.packet = raw.packet;
        if let Some(session) = self.session(raw.slot) {
            let header =
                Header { length: raw.body.len() as u32 + 4, version: raw.header_version, id: raw.id };
            let at = MessageRef { time: raw.time, source: self.source, number: raw.packet, nth: self.nth };
            let content = Content::Frame(Frame { header, body: raw.body });
            self.analyst.said(session, Said { at, from_server: raw.from_server, content });
        }
        ControlFlow::Continue(())
    }

    #[inline]
    fn datagram(&mut self, datagram: Datagram<'_>) {
        self.analyst.datagram(&datagram);
    }

    fn connection(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Opened { slot, time, server, phone, from_syn, .. } => {
                let session = self.analyst.open(Opened {
                    time,
                    server: endpoint(server),
                    phone: endpoint(phone),
                    from_start: from_syn,
                    source: self.source,
                });
                self.put(slot, session);
            }
            ConnectionEvent::Closed { slot, time, reason, by_server, .. } => {
                if let Some(session) = self.session(slot) {
                    self.analyst.close(session, time, closing(reason, by_server));
                }
                self.put(slot, None);
            }
            ConnectionEvent::Named { slot, device, address, .. } => {
                if let Some(session) = self.session(slot) {
                    self.analyst.named(session, device.as_str(), address);
                }
            }
            ConnectionEvent::Refused { .. } => {}
        }
    }

    fn note(&mut self, note: Note<'_>) {
        let at = MessageRef { time: note.time, source: self.source, number: note.record, nth: 0 };
        let tie = match note.kind {
            NoteKind::Joined { references } => {
                if let Some(numbers) = crate::source::text::parties(note.text) {
                    self.analyst.told_parties(references, numbers);
                }
                Tie::Joined(references)
            }
            NoteKind::Parted { references } => Tie::Parted(references),
            NoteKind::Branch { reference, of } => Tie::Branch { reference, of },
            NoteKind::Address(address) => return self.analyst.address_named(address, note.text),
            _ => {
                let session = note.connection.and_then(|(_, slot)| self.session(slot));
                return self.analyst.thought(session, at, note.text);
            }
        };
        self.analyst.tie(tie, at);
    }

    fn source(&mut self, number: u16) {
        self.source = number;
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        if let (Trouble::Gap { missing }, Some(session)) = (trouble, self.session(place.slot)) {
            self.analyst.missing(session, place.time, missing);
        }
    }
}

/// Text traces name phones without their addresses.
fn endpoint(address: std::net::SocketAddr) -> Endpoint {
    if address.ip().is_unspecified() { Endpoint::default() } else { Endpoint::at(address) }
}

fn closing(reason: CloseReason, by_server: Option<bool>) -> Closing {
    match reason {
        CloseReason::Fin => Closing::Finished,
        CloseReason::Reset(_) => Closing::Reset { by_server: by_server.unwrap_or(false) },
        CloseReason::Reused => Closing::Replaced,
        CloseReason::Evicted | CloseReason::End => Closing::Unknown,
    }
}

/// Analyses one capture.
///
/// # Errors
/// When it is no capture that we read. A capture that breaks off is analysed as far as it goes; its [`Summary`]
/// says so.
pub fn analyse_capture(input: impl Read, options: Options) -> Result<(Analysis, Summary), CaptureError> {
    let mut analyst = Analyst::new(options);
    let summary = read_capture(&mut analyst, 0, input)?;
    Ok((analyst.finish(), summary))
}

/// Reads one capture of several into an analyst.
///
/// # Errors
/// When it is no capture that we read.
pub fn read_capture(analyst: &mut Analyst, source: u16, input: impl Read) -> Result<Summary, CaptureError> {
    let summary = FrameReader::new(input)?.run(&mut Captured::new(analyst, source));
    let dropped = summary.capture.dropped_by_capture;
    if dropped > 0 {
        analyst.remark(Finding {
            kind: FindingKind::CaptureLoss,
            text: format!(
                "The capture itself dropped {dropped} packets: loss that only the wire's view shows may be its own."
            )
            .into(),
            shown_by: Vec::new(),
        });
    }
    Ok(summary)
}
