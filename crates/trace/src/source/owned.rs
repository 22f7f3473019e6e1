//! Events of one source that wait until those of the others have been told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::ControlFlow;

use super::numbers::Numbers;
use crate::Timestamp;
use crate::reader::{ConnectionEvent, Datagram, FrameSink, Note, NoteKind, Place, RawFrame, Trouble};

/// Events in the order in which their source told them.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<Event>);

#[derive(Debug)]
enum Event {
    Frame(Box<Frame>),
    Datagram(Box<Packet>),
    Connection(ConnectionEvent),
    Trouble(Place, Trouble),
    Note(Box<Remark>),
}

/// A [`RawFrame`] that owns its bytes.
#[derive(Debug)]
struct Frame {
    raw: RawFrame<'static>,
    body: Vec<u8>,
    line: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Packet {
    time: Timestamp,
    packet: u64,
    src: SocketAddr,
    dst: SocketAddr,
    payload: Vec<u8>,
    uncaptured: u32,
}

#[derive(Debug)]
struct Remark {
    time: Timestamp,
    record: u64,
    connection: Option<(u64, u32)>,
    kind: NoteKind,
    text: Vec<u8>,
}

impl Waiting {
    /// The time of the next event.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.0.front().map(Event::time)
    }

    /// Tells the next event, with numbers that hold over all sources.
    pub(super) fn tell_next<S: FrameSink>(
        &mut self,
        source: usize,
        numbers: &mut Numbers,
        sink: &mut S,
    ) -> ControlFlow<()> {
        let Some(event) = self.0.pop_front() else { return ControlFlow::Continue(()) };
        let mut sink = numbers.of(source, sink);
        match event {
            Event::Frame(frame) => {
                return sink.frame(RawFrame { body: &frame.body, line: frame.line.as_deref(), ..frame.raw });
            }
            Event::Datagram(packet) => {
                let Packet { time, packet, src, dst, ref payload, uncaptured } = *packet;
                sink.datagram(Datagram { time, packet, src, dst, payload, uncaptured });
            }
            Event::Connection(event) => sink.connection(event),
            Event::Trouble(place, trouble) => sink.trouble(place, trouble),
            Event::Note(remark) => {
                let Remark { time, record, connection, kind, ref text } = *remark;
                sink.note(Note { time, record, connection, kind, text });
            }
        }
        ControlFlow::Continue(())
    }
}

impl Event {
    fn time(&self) -> Timestamp {
        match self {
            Self::Frame(frame) => frame.raw.time,
            Self::Datagram(packet) => packet.time,
            Self::Trouble(place, _) => place.time,
            Self::Note(remark) => remark.time,
            Self::Connection(event) => match event {
                ConnectionEvent::Opened { time, .. }
                | ConnectionEvent::Named { time, .. }
                | ConnectionEvent::Closed { time, .. }
                | ConnectionEvent::Refused { time, .. } => *time,
            },
        }
    }
}

impl FrameSink for Waiting {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        let (body, line) = (frame.body.to_vec(), frame.line.map(<[u8]>::to_vec));
        let RawFrame {
            time,
            packet,
            connection,
            slot,
            src,
            dst,
            from_server,
            header_version,
            id,
            offset_in_stream,
            ..
        } = frame;
        let raw = RawFrame {
            time,
            packet,
            connection,
            slot,
            src,
            dst,
            from_server,
            header_version,
            id,
            body: &[],
            offset_in_stream,
            line: None,
        };
        self.0.push_back(Event::Frame(Box::new(Frame { raw, body, line })));
        ControlFlow::Continue(())
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        let Datagram { time, packet, src, dst, payload, uncaptured } = datagram;
        let payload = payload.to_vec();
        self.0.push_back(Event::Datagram(Box::new(Packet { time, packet, src, dst, payload, uncaptured })));
    }

    fn connection(&mut self, event: ConnectionEvent) {
        self.0.push_back(Event::Connection(event));
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        self.0.push_back(Event::Trouble(place, trouble));
    }

    fn note(&mut self, note: Note<'_>) {
        let Note { time, record, connection, kind, text } = note;
        self.0.push_back(Event::Note(Box::new(Remark {
            time,
            record,
            connection,
            kind,
            text: text.to_vec(),
        })));
    }
}
