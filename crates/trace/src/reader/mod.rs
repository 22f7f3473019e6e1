//! From a capture to SCCP frames: the layers of this crate, tied together.
//!
//! A [`FrameReader`] tells a [`FrameSink`] of frames in the order of the capture, and of everything that
//! stands between the capture and the truth: gaps, broken frames, connections that were no SCCP. Its
//! [`Summary`] counts the same.

mod flows;
mod note;
mod summary;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::net::SocketAddr;
use std::ops::ControlFlow;

use crate::Timestamp;
use crate::capture::{CaptureError, CaptureReader};
use crate::framer::Header;
use crate::packet::{Decoded, Decoder, Segment, Skip, Transport, Udp, parts};
use crate::stream::{CloseReason, StreamLimits, StreamTable};
use crate::tls::Tls;
use flows::Flows;

pub use note::{DeviceName, MAX_DEVICE_NAME, Note, NoteKind};
pub use summary::{Ending, FlowTally, MAX_LINK_TYPES_NAMED, PacketTally, Summary};

pub use crate::shape::NotSccp;

/// One SCCP frame with where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawFrame<'a> {
    /// When the packet that completed it was captured.
    pub time: Timestamp,
    /// Number of that packet.
    pub packet: u64,
    /// Which connection, counted from 1 over all TCP connections of the capture.
    pub connection: u64,
    /// The same as a small number that is used again after the connection has closed.
    pub slot: u32,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Whether the call manager sent it.
    pub from_server: bool,
    /// Header version, as found.
    pub header_version: u32,
    /// Message id.
    pub id: u32,
    /// The message's body.
    pub body: &'a [u8],
    /// Where it begins among the bytes of its direction, missing ones counted.
    pub offset_in_stream: u64,
    /// For a message of a text trace, the line that tells of it: the body was made from that, and what the line
    /// does not name is zero or absent. Bytes that may be no text.
    pub line: Option<&'a [u8]>,
}

/// One UDP datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// When it was captured.
    pub time: Timestamp,
    /// Number of its packet.
    pub packet: u64,
    /// Who sent it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Payload as captured.
    pub payload: &'a [u8],
    /// Payload bytes that the capture does not have.
    pub uncaptured: u32,
    /// Type of service or traffic class: DSCP in its upper six bits.
    pub traffic_class: u8,
}

/// Which direction of which connection, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When.
    pub time: Timestamp,
    /// Number of the packet at hand.
    pub packet: u64,
    /// As [`RawFrame::connection`].
    pub connection: u64,
    /// As [`RawFrame::slot`].
    pub slot: u32,
    /// Who sends in this direction.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Whether that is the call manager.
    pub from_server: bool,
}

/// Where the frames of an SCCP connection are not the whole truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The capture lacks bytes.
    Gap {
        /// How many.
        missing: u64,
    },
    /// Where a header should be, something else is.
    BadHeader {
        /// Where in the direction's stream.
        offset: u64,
        /// What is there.
        found: Header,
    },
    /// After a gap, a bad header, or a beginning in the middle: the next frame was found.
    Resynchronised {
        /// Where in the direction's stream.
        offset: u64,
        /// How many bytes before it were passed over.
        skipped: u64,
    },
    /// A gap or the end came in the middle of a frame.
    Abandoned {
        /// How many bytes were lost with it.
        bytes: u64,
    },
}

/// An SCCP connection begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// It was recognised.
    Opened {
        /// Counted from 1 over all TCP connections.
        connection: u64,
        /// Small number, used again after the connection has closed.
        slot: u32,
        /// Time of its first packet.
        time: Timestamp,
        /// Number of its first packet.
        packet: u64,
        /// The call manager.
        server: SocketAddr,
        /// The phone.
        phone: SocketAddr,
        /// Whether the capture has its beginning.
        from_syn: bool,
    },
    /// A text trace tells which device a connection belongs to, and perhaps its address.
    Named {
        /// As when it opened.
        connection: u64,
        /// As when it opened.
        slot: u32,
        /// When that was said.
        time: Timestamp,
        /// The device.
        device: DeviceName,
        /// Its address.
        address: Option<std::net::IpAddr>,
    },
    /// It ended.
    Closed {
        /// As when it opened.
        connection: u64,
        /// As when it opened.
        slot: u32,
        /// When.
        time: Timestamp,
        /// With which packet; the last one of all at the end of the capture.
        packet: u64,
        /// Why.
        reason: CloseReason,
        /// For a reset, whether it was the call manager's.
        by_server: Option<bool>,
    },
    /// A connection on one of SCCP's own ports was something else.
    Refused {
        /// Counted from 1 over all TCP connections.
        connection: u64,
        /// When that was clear.
        time: Timestamp,
        /// Its two ends.
        ends: [SocketAddr; 2],
        /// Why.
        reason: NotSccp,
    },
}

/// Who is told what a [`FrameReader`] finds. Only frames must be taken; the rest may be left.
pub trait FrameSink {
    /// A frame; `Break` ends the reading.
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()>;

    /// A UDP datagram.
    fn datagram(&mut self, _datagram: Datagram<'_>) {}

    /// An SCCP connection begins or ends.
    fn connection(&mut self, _event: ConnectionEvent) {}

    /// Something is missing or broken.
    fn trouble(&mut self, _place: Place, _trouble: Trouble) {}

    /// A text trace tells something beside messages.
    fn note(&mut self, _note: Note<'_>) {}

    /// Nothing more at the moment, and more may come: who prints may show what was printed so far.
    fn idle(&mut self) {}

    /// Where several sources are mixed: what follows is of this one, counted from 0.
    fn source(&mut self, _number: u16) {}
}

impl<S: FrameSink + ?Sized> FrameSink for &mut S {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        (**self).frame(frame)
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        (**self).datagram(datagram);
    }

    fn connection(&mut self, event: ConnectionEvent) {
        (**self).connection(event);
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        (**self).trouble(place, trouble);
    }

    fn note(&mut self, note: Note<'_>) {
        (**self).note(note);
    }

    fn source(&mut self, number: u16) {
        (**self).source(number);
    }

    fn idle(&mut self) {
        (**self).idle();
    }
}

/// Reads the SCCP frames of a capture.
#[derive(Debug)]
pub struct FrameReader<R: Read> {
    capture: CaptureReader<R>,
    decoder: Decoder,
    streams: StreamTable,
    flows: Flows,
    tls: Tls,
    packets: PacketTally,
    /// Of the last packet.
    time: Timestamp,
}

impl<R: Read> FrameReader<R> {
    /// Reads as much of `input` as tells its format.
    ///
    /// # Errors
    /// When `input` fails, is empty, or is no capture that we read.
    pub fn new(input: R) -> Result<Self, CaptureError> {
        Self::with_limits(input, StreamLimits::default())
    }

    /// The same with other limits than usual.
    ///
    /// # Errors
    /// As [`FrameReader::new`].
    pub fn with_limits(input: R, limits: StreamLimits) -> Result<Self, CaptureError> {
        Ok(Self {
            capture: CaptureReader::new(input)?,
            decoder: Decoder::new(),
            streams: StreamTable::new(limits),
            flows: Flows::default(),
            tls: Tls::default(),
            packets: PacketTally::default(),
            time: Timestamp::default(),
        })
    }

    /// Hands each frame to `on_frame`, until that breaks or the capture ends.
    pub fn for_each(self, on_frame: impl FnMut(RawFrame<'_>) -> ControlFlow<()>) -> Summary {
        self.run(&mut FramesOnly(on_frame))
    }

    /// Hands everything to `sink`, until that breaks or the capture ends.
    pub fn run<S: FrameSink>(mut self, sink: &mut S) -> Summary {
        loop {
            if let ControlFlow::Break(ending) = self.step(sink) {
                return self.finish(ending, sink);
            }
        }
    }

    /// Reads one packet and hands on what comes of it; says so when that was the end. For those who want to
    /// do something else in between, such as to show how far they are.
    ///
    /// A capture that is still being written may be tried again after [`Ending::Complete`] and
    /// [`Ending::Truncated`].
    #[inline]
    pub fn step<S: FrameSink>(&mut self, sink: &mut S) -> ControlFlow<Ending> {
        if let Some(secrets) = self.capture.take_secrets() {
            self.tls.add_keys(&secrets);
        }
        if self.capture.has_names() {
            self.tell_names(sink);
        }
        let packet = match self.capture.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => return self.pause(Ending::Complete, sink),
            Err(error) => return self.pause(Ending::from(error), sink),
        };
        self.time = packet.time;
        let decoded = self.decoder.decode(&packet);
        let mut beyond = Beyond {
            streams: &mut self.streams,
            flows: &mut self.flows,
            tls: &mut self.tls,
            packets: &mut self.packets,
        };
        if matches!(decoded, Decoded::Several) {
            for part in parts(&packet) {
                beyond.take(self.decoder.decode_part(part, &packet), sink)?;
            }
            return ControlFlow::Continue(());
        }
        beyond.take(decoded, sink)
    }

    /// The capture has no more, for now: names may stand at its end.
    #[cold]
    fn pause<S: FrameSink>(&mut self, ending: Ending, sink: &mut S) -> ControlFlow<Ending> {
        self.tell_names(sink);
        ControlFlow::Break(ending)
    }

    #[cold]
    fn tell_names<S: FrameSink>(&mut self, sink: &mut S) {
        for (address, name) in self.capture.take_names() {
            let kind = NoteKind::Address(address);
            sink.note(Note { time: self.time, record: 0, connection: None, kind, text: name.as_bytes() });
        }
    }

    /// Hands on what still waits for missing bytes, closes all connections, and sums up.
    pub fn finish<S: FrameSink>(mut self, ending: Ending, sink: &mut S) -> Summary {
        if !matches!(ending, Ending::Stopped) {
            self.streams.finish(&mut self.tls.with(&mut self.flows.with(sink)));
        }
        Summary {
            ending,
            capture: self.capture.tally(),
            packets: self.packets,
            fragments_given_up: self.decoder.fragments_given_up(),
            streams: self.streams.tally(),
            flows: self.flows.tally(),
        }
    }

    /// Goes on with another file of the same capture: connections and fragments last from one to the next.
    ///
    /// # Errors
    /// As [`FrameReader::new`].
    pub fn continue_with(&mut self, input: R) -> Result<(), CaptureError> {
        self.capture = CaptureReader::new(input)?;
        Ok(())
    }

    /// Secrets with which TLS is opened, in the NSS key log format; those that a pcapng carries need not be given.
    /// Says how many were taken.
    pub fn add_tls_keys(&mut self, text: &[u8]) -> usize {
        self.tls.add_keys(text)
    }

    /// How many bytes of the capture were read, after decompression.
    pub fn offset(&self) -> u64 {
        self.capture.offset()
    }

    /// The capture's own reader, for its format and tallies.
    pub fn capture(&self) -> &CaptureReader<R> {
        &self.capture
    }
}

/// What lies beyond the packets.
struct Beyond<'r> {
    streams: &'r mut StreamTable,
    flows: &'r mut Flows,
    tls: &'r mut Tls,
    packets: &'r mut PacketTally,
}

impl Beyond<'_> {
    #[inline]
    fn take<S: FrameSink>(&mut self, decoded: Decoded<'_>, sink: &mut S) -> ControlFlow<Ending> {
        match &decoded {
            Decoded::Segment(segment) => match &segment.transport {
                Transport::Tcp(tcp) => {
                    let mut flows = self.flows.with(sink);
                    if self.tls.is_idle() {
                        self.streams.tcp(segment, tcp, &mut flows);
                    } else {
                        self.streams.tcp(segment, tcp, &mut self.tls.with(&mut flows));
                    }
                    if flows.is_stopped() {
                        return ControlFlow::Break(Ending::Stopped);
                    }
                }
                Transport::Udp(udp) => {
                    self.packets.datagrams += 1;
                    sink.datagram(datagram(segment, udp));
                }
            },
            Decoded::FragmentKept => self.packets.fragments += 1,
            // Nobody puts several packets into one of several.
            Decoded::Several => self.packets.count(Skip::TooDeep),
            Decoded::Skipped(skip) => self.packets.count(*skip),
        }
        ControlFlow::Continue(())
    }
}

fn datagram<'a>(segment: &Segment<'_>, udp: &Udp<'a>) -> Datagram<'a> {
    let Segment { time, packet, src, dst, .. } = *segment;
    Datagram {
        time,
        packet,
        src,
        dst,
        payload: udp.payload,
        uncaptured: udp.uncaptured,
        traffic_class: udp.traffic_class,
    }
}

/// A sink for those who want nothing but frames.
struct FramesOnly<F>(F);

impl<F: FnMut(RawFrame<'_>) -> ControlFlow<()>> FrameSink for FramesOnly<F> {
    #[inline]
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        (self.0)(frame)
    }
}
