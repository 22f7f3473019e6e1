//! Events of one source that wait until those of the others have been told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::ControlFlow;

use super::numbers::Numbers;
use crate::Timestamp;
use crate::reader::{ConnectionEvent, Datagram, FrameSink, Note, NoteKind, Place, RawFrame, Trouble};

/// Events in the order in which their source told them.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    events: VecDeque<Event>,
    /// By how much the source's clock is moved.
    shift_nanos: i64,
}

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
    traffic_class: u8,
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
    /// With a clock that is moved by so much.
    pub(super) fn shifted(shift_nanos: i64) -> Self {
        Self { events: VecDeque::new(), shift_nanos }
    }

    /// An empty one that goes by the same clock.
    pub(super) fn emptied(&self) -> Self {
        Self::shifted(self.shift_nanos)
    }

    fn push(&mut self, mut event: Event) {
        if self.shift_nanos != 0 {
            let time = event.time_mut();
            *time = time.plus(self.shift_nanos);
        }
        self.events.push_back(event);
    }

    /// The time of the next event.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.events.front().map(Event::time)
    }

    /// Tells the next event, with numbers that hold over all sources.
    pub(super) fn tell_next<S: FrameSink>(
        &mut self,
        source: usize,
        numbers: &mut Numbers,
        sink: &mut S,
    ) -> ControlFlow<()> {
        let Some(event) = self.events.pop_front() else { return ControlFlow::Continue(()) };
        let mut sink = numbers.of(source, sink);
        match event {
            Event::Frame(frame) => {
                return sink.frame(RawFrame { body: &frame.body, line: frame.line.as_deref(), ..frame.raw });
            }
            Event::Datagram(packet) => {
                let Packet { time, packet, src, dst, ref payload, uncaptured, traffic_class } = *packet;
                sink.datagram(Datagram { time, packet, src, dst, payload, uncaptured, traffic_class });
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

    fn time_mut(&mut self) -> &mut Timestamp {
        match self {
            Self::Frame(frame) => &mut frame.raw.time,
            Self::Datagram(packet) => &mut packet.time,
            Self::Trouble(place, _) => &mut place.time,
            Self::Note(remark) => &mut remark.time,
            Self::Connection(event) => match event {
                ConnectionEvent::Opened { time, .. }
                | ConnectionEvent::Named { time, .. }
                | ConnectionEvent::Closed { time, .. }
                | ConnectionEvent::Refused { time, .. } => time,
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
        self.push(Event::Frame(Box::new(Frame { raw, body, line })));
        ControlFlow::Continue(())
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        let Datagram { time, packet, src, dst, payload, uncaptured, traffic_class } = datagram;
        let payload = payload.to_vec();
        self.push(Event::Datagram(Box::new(Packet {
            time,
            packet,
            src,
            dst,
            payload,
            uncaptured,
            traffic_class,
        })));
    }

    fn connection(&mut self, event: ConnectionEvent) {
        self.push(Event::Connection(event));
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        self.push(Event::Trouble(place, trouble));
    }

    fn note(&mut self, note: Note<'_>) {
        let Note { time, record, connection, kind, text } = note;
        self.push(Event::Note(Box::new(Remark { time, record, connection, kind, text: text.to_vec() })));
    }
}
