//! What each TCP connection is: SCCP, something else, or not yet clear.

use std::net::{SocketAddr, SocketAddrV4};
use std::ops::ControlFlow;

use super::summary::FlowTally;
use super::{ConnectionEvent, FrameSink, NotSccp, Place, RawFrame, Trouble};
use crate::Timestamp;
use crate::framer::{FrameEvent, Framer, Origin};
use crate::shape::{Held, Probe, Verdict, is_sccp_port, judge_at_once};
use crate::stream::{Chunk, CloseReason, ConnectionId, Gap, Opening, Side, Stamp, StreamSink};

/// Bytes held back over all connections that are being judged.
const MAX_PROBED_TOTAL: usize = 8 * 1024 * 1024;

/// All connections, by slot.
#[derive(Debug, Default)]
pub(super) struct Flows {
    slots: Vec<Flow>,
    tally: FlowTally,
    probed_total: usize,
}

/// One connection.
#[derive(Debug, Default)]
enum Flow {
    /// Not SCCP, or not there.
    #[default]
    Ignored,
    /// Opened, no data yet.
    Silent(Box<Opening>),
    /// Being judged.
    Probing(Box<Probe>),
    /// SCCP.
    Sccp(Conversation),
}

/// An SCCP connection.
#[derive(Debug)]
struct Conversation {
    server: Side,
    framers: [Framer; 2],
    ends: Ends,
}

/// Addresses by side, small where they can be: there may be as many as connections are held open.
#[derive(Debug)]
enum Ends {
    Short([SocketAddrV4; 2]),
    Long(Box<[SocketAddr; 2]>),
}

impl Ends {
    fn new(ends: [SocketAddr; 2]) -> Self {
        match ends {
            [SocketAddr::V4(a), SocketAddr::V4(b)] => Self::Short([a, b]),
            ends => Self::Long(Box::new(ends)),
        }
    }

    #[inline]
    fn of(&self, side: Side) -> SocketAddr {
        match self {
            Self::Short(ends) => SocketAddr::V4(ends[side.index()]),
            Self::Long(ends) => ends[side.index()],
        }
    }
}

/// What a framer is to do.
enum Work<'a> {
    Feed(&'a [u8]),
    Gap(u64),
    Finish,
}

/// The connections together with the sink that is told of them.
pub(super) struct FlowsWith<'f, S> {
    flows: &'f mut Flows,
    sink: &'f mut S,
    stopped: bool,
}

impl Flows {
    #[inline]
    pub(super) fn with<'f, S: FrameSink>(&'f mut self, sink: &'f mut S) -> FlowsWith<'f, S> {
        FlowsWith { flows: self, sink, stopped: false }
    }

    pub(super) fn tally(&self) -> FlowTally {
        self.tally.clone()
    }

    fn put(&mut self, slot: u32, flow: Flow) -> Flow {
        let slot = slot as usize;
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, Flow::default);
        }
        std::mem::replace(&mut self.slots[slot], flow)
    }
}

impl Conversation {
    fn new(opening: &Opening, server: Side, in_step: [bool; 2]) -> Self {
        let framer = |side: Side| {
            let framer = if in_step[side.index()] { Framer::at_start() } else { Framer::in_the_middle() };
            framer.from(if side == server { Origin::Server } else { Origin::Phone })
        };
        let framers = [framer(Side::A), framer(Side::B)];
        Self { server, framers, ends: Ends::new([opening.a, opening.b]) }
    }

    #[inline]
    fn place(&self, id: ConnectionId, side: Side, Stamp { time, packet }: Stamp) -> Place {
        Place {
            time,
            packet,
            connection: id.serial,
            slot: id.slot,
            src: self.ends.of(side),
            dst: self.ends.of(side.other()),
            from_server: side == self.server,
        }
    }
}

impl<S: FrameSink> FlowsWith<'_, S> {
    /// Whether the sink had enough.
    #[inline]
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Lets a conversation's framer work and passes on what it finds.
    #[inline]
    fn frames(&mut self, id: ConnectionId, side: Side, stamp: Stamp, work: Work<'_>) {
        let Some(Flow::Sccp(conversation)) = self.flows.slots.get_mut(id.slot as usize) else { return };
        let place = conversation.place(id, side, stamp);
        let (tally, sink, stopped) = (&mut self.flows.tally, &mut *self.sink, &mut self.stopped);
        let on = |event: FrameEvent<'_>| {
            if !*stopped {
                *stopped = pass_on(event, &place, tally, sink).is_break();
            }
        };
        let framer = &mut conversation.framers[side.index()];
        match work {
            Work::Feed(bytes) => framer.feed(bytes, on),
            Work::Gap(missing) => framer.gap(missing, on),
            Work::Finish => framer.finish(on),
        }
    }

    /// Takes a connection as SCCP.
    #[cold]
    fn accept(&mut self, id: ConnectionId, opening: &Opening, server: Side, in_step: [bool; 2]) {
        let conversation = Conversation::new(opening, server, in_step);
        let [server_end, phone_end] = [server, server.other()].map(|side| conversation.ends.of(side));
        self.flows.put(id.slot, Flow::Sccp(conversation));
        self.flows.tally.sccp += 1;
        self.sink.connection(ConnectionEvent::Opened {
            connection: id.serial,
            slot: id.slot,
            time: opening.time,
            packet: opening.packet,
            server: server_end,
            phone: phone_end,
            from_syn: opening.from_syn,
        });
    }

    /// Takes a connection as something else.
    #[cold]
    fn refuse(&mut self, id: ConnectionId, opening: &Opening, time: Timestamp, reason: NotSccp) {
        self.flows.tally.other += 1;
        if !is_sccp_port(opening.a.port()) && !is_sccp_port(opening.b.port()) {
            return;
        }
        *self.flows.tally.refused.entry(reason).or_default() += 1;
        let ends = [opening.a, opening.b];
        self.sink.connection(ConnectionEvent::Refused { connection: id.serial, time, ends, reason });
    }

    /// The first data of a connection.
    #[cold]
    fn first_data(&mut self, id: ConnectionId, opening: &Opening, chunk: Chunk<'_>) {
        match judge_at_once(opening, &chunk) {
            Verdict::Sccp { server } => {
                self.accept(id, opening, server, [opening.from_syn; 2]);
                self.data(id, chunk);
            }
            _ => self.probe(id, Box::new(Probe::new(*opening)), chunk),
        }
    }

    /// More data of a connection that is being judged.
    #[cold]
    fn probe(&mut self, id: ConnectionId, mut probe: Box<Probe>, chunk: Chunk<'_>) {
        let opening = *probe.opening();
        self.flows.probed_total -= probe.held_bytes();
        let verdict = match self.flows.probed_total + chunk.bytes.len() > MAX_PROBED_TOTAL {
            true => Verdict::Other(NotSccp::TooMany),
            false => probe.add(&chunk),
        };
        match verdict {
            Verdict::Undecided => {
                self.flows.probed_total += probe.held_bytes();
                self.flows.put(id.slot, Flow::Probing(probe));
            }
            Verdict::Other(reason) => self.refuse(id, &opening, chunk.time, reason),
            Verdict::Sccp { server } => {
                let (held, in_step) = probe.into_held();
                self.accept(id, &opening, server, in_step);
                self.replay(id, held);
            }
        }
    }

    /// Hands on what was held back.
    fn replay(&mut self, id: ConnectionId, held: Vec<Held>) {
        for piece in held {
            match piece {
                Held::Chunk { side, time, packet, bytes } => {
                    self.data(id, Chunk { side, time, packet, bytes: &bytes });
                }
                Held::Gap(gap) => self.gap(id, gap),
            }
        }
    }

    /// A connection ends before it was judged.
    #[cold]
    fn give_up(&mut self, id: ConnectionId, probe: &Probe, time: Timestamp) {
        self.flows.probed_total -= probe.held_bytes();
        self.refuse(id, probe.opening(), time, NotSccp::TooShort);
    }
}

impl<S: FrameSink> StreamSink for FlowsWith<'_, S> {
    fn opened(&mut self, id: ConnectionId, opening: &Opening) {
        self.flows.put(id.slot, Flow::Silent(Box::new(*opening)));
    }

    #[inline]
    fn data(&mut self, id: ConnectionId, chunk: Chunk<'_>) {
        match self.flows.slots.get_mut(id.slot as usize) {
            Some(Flow::Sccp(_)) => {
                let stamp = Stamp { time: chunk.time, packet: chunk.packet };
                self.frames(id, chunk.side, stamp, Work::Feed(chunk.bytes));
            }
            Some(flow @ (Flow::Silent(_) | Flow::Probing(_))) => match std::mem::take(flow) {
                Flow::Silent(opening) => self.first_data(id, &opening, chunk),
                Flow::Probing(probe) => self.probe(id, probe, chunk),
                Flow::Ignored | Flow::Sccp(_) => {}
            },
            Some(Flow::Ignored) | None => {}
        }
    }

    #[cold]
    fn gap(&mut self, id: ConnectionId, gap: Gap) {
        match self.flows.slots.get_mut(id.slot as usize) {
            Some(Flow::Sccp(conversation)) => {
                self.flows.tally.gaps += 1;
                self.flows.tally.missing_bytes += gap.missing;
                let stamp = Stamp { time: gap.time, packet: gap.packet };
                let place = conversation.place(id, gap.side, stamp);
                self.sink.trouble(place, Trouble::Gap { missing: gap.missing });
                self.frames(id, gap.side, stamp, Work::Gap(gap.missing));
            }
            Some(flow @ Flow::Silent(_)) => {
                if let Flow::Silent(opening) = std::mem::take(flow) {
                    let mut probe = Box::new(Probe::new(*opening));
                    probe.gap(gap);
                    *flow = Flow::Probing(probe);
                }
            }
            Some(Flow::Probing(probe)) => {
                self.flows.probed_total -= probe.held_bytes();
                probe.gap(gap);
                self.flows.probed_total += probe.held_bytes();
            }
            Some(Flow::Ignored) | None => {}
        }
    }

    fn closed(&mut self, id: ConnectionId, when: Stamp, reason: CloseReason) {
        for side in [Side::A, Side::B] {
            self.frames(id, side, when, Work::Finish);
        }
        match self.flows.put(id.slot, Flow::Ignored) {
            Flow::Probing(probe) if !probe.is_silent() => self.give_up(id, &probe, when.time),
            Flow::Sccp(conversation) => {
                let by_server = match reason {
                    CloseReason::Reset(side) => Some(side == conversation.server),
                    _ => None,
                };
                self.sink.connection(ConnectionEvent::Closed {
                    connection: id.serial,
                    slot: id.slot,
                    time: when.time,
                    packet: when.packet,
                    reason,
                    by_server,
                });
            }
            _ => {}
        }
    }
}

/// Tells the sink, and counts.
#[inline]
fn pass_on<S: FrameSink>(
    event: FrameEvent<'_>,
    place: &Place,
    tally: &mut FlowTally,
    sink: &mut S,
) -> ControlFlow<()> {
    let FrameEvent::Frame(frame) = event else {
        pass_on_trouble(event, place, tally, sink);
        return ControlFlow::Continue(());
    };
    tally.frames += 1;
    sink.frame(RawFrame {
        time: place.time,
        packet: place.packet,
        connection: place.connection,
        slot: place.slot,
        src: place.src,
        dst: place.dst,
        from_server: place.from_server,
        header_version: frame.header_version,
        id: frame.id,
        body: frame.body,
        offset_in_stream: frame.offset,
        line: None,
    })
}

#[cold]
fn pass_on_trouble<S: FrameSink>(event: FrameEvent<'_>, place: &Place, tally: &mut FlowTally, sink: &mut S) {
    let trouble = match event {
        FrameEvent::Frame(_) => return,
        FrameEvent::BadHeader { offset, found } => {
            tally.bad_headers += 1;
            Trouble::BadHeader { offset, found }
        }
        FrameEvent::Resynchronised { offset, skipped } => {
            tally.resynchronised += 1;
            tally.skipped_bytes += skipped;
            Trouble::Resynchronised { offset, skipped }
        }
        FrameEvent::Abandoned { bytes, .. } => {
            tally.abandoned_bytes += bytes;
            Trouble::Abandoned { bytes }
        }
    };
    sink.trouble(*place, trouble);
}
