//! The phone's streams: what the server ordered, what the audio path answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use skinny::codes::{MediaPayloadType, RingDuration, RingMode, StatsProcessingType};
use skinny::types::{CallReference, ConferenceId, PassThroughPartyId};

use crate::output::{Audio, Change, Copied, StreamId};
use crate::phone::Phone;

/// Streams that a phone has at once: two calls and their recorders.
pub const STREAMS_MAX: usize = 8;
/// Requests for statistics that wait for the driver.
pub(crate) const REPORTS_MAX: usize = 8;

/// A stream of a call, one or both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Its name between phone and audio path.
    pub id: StreamId,
    /// The server's media session.
    pub conference: ConferenceId,
    /// The server's name for the stream.
    pub party: PassThroughPartyId,
    /// The call; 0 where the server knows no references.
    pub call: CallReference,
    /// What is received.
    pub receive: Option<Receiving>,
    /// What is sent.
    pub send: Option<Sending>,
}

/// The receiving half of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiving {
    /// The codec, by SCCP's number.
    pub codec: MediaPayloadType,
    /// Milliseconds of audio in a packet.
    pub packet_ms: u32,
    /// Where; nothing until the audio path answered.
    pub local: Option<SocketAddr>,
    /// How the server wants to be answered.
    pub(crate) ack: ReceiveAck,
}

/// The answer that an order to receive wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReceiveAck {
    /// CallManager 2.x wants none.
    None,
    /// OpenReceiveChannelAck.
    Channel,
    /// MulticastMediaReceptionAck.
    Multicast,
}

/// The sending half of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// The codec, by SCCP's number.
    pub codec: MediaPayloadType,
    /// Milliseconds of audio in a packet.
    pub packet_ms: u32,
    /// Where to.
    pub remote: SocketAddr,
    /// TOS byte.
    pub tos: u8,
    /// RTP payload number of telephone events.
    pub dtmf: Option<u8>,
    /// Of what it is a copy, where somebody records the call.
    pub copy: Option<Copied>,
}

/// What names a stream in an order of the server; zeros where it names none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    pub conference: ConferenceId,
    pub party: PassThroughPartyId,
    pub call: CallReference,
}

impl Named {
    /// As CallManager 2.x: there is only one.
    pub const NOTHING: Named =
        Named { conference: ConferenceId(0), party: PassThroughPartyId(0), call: CallReference(0) };

    fn is_nothing(self) -> bool {
        self.party.0 == 0 && self.call.0 == 0
    }
}

/// All streams.
#[derive(Debug, Default)]
pub(crate) struct Media {
    pub streams: Vec<Stream>,
    last_id: u32,
    pub reports: Vec<Report>,
}

/// A request for statistics that waits for the driver.
#[derive(Debug)]
pub(crate) struct Report {
    pub call: CallReference,
    pub number: Box<[u8]>,
    pub mode: StatsProcessingType,
}

impl Media {
    pub fn is_sending(&self) -> bool {
        self.streams.iter().any(|stream| stream.send.is_some())
    }

    pub fn by_id(&mut self, id: StreamId) -> Option<&mut Stream> {
        self.streams.iter_mut().find(|stream| stream.id == id)
    }

    /// The stream that an order means: by party, else the call's one that lacks this half.
    fn find_for_half(&mut self, named: Named, lacks: impl Fn(&Stream) -> bool) -> Option<usize> {
        let by_party = |stream: &Stream| named.party.0 != 0 && stream.party == named.party;
        let by_call = |stream: &Stream| {
            let same = if named.call.0 != 0 || stream.call.0 != 0 {
                stream.call == named.call
            } else {
                stream.conference == named.conference
            };
            same && (lacks(stream) || named.party.0 == 0)
        };
        let found = self.streams.iter().position(by_party);
        found.or_else(|| self.streams.iter().position(by_call))
    }

    /// Whether a stream is meant by an order to close.
    pub fn is_meant(stream: &Stream, named: Named) -> bool {
        if named.is_nothing() {
            return true;
        }
        if named.party.0 != 0 && stream.party.0 != 0 {
            return stream.party == named.party;
        }
        if named.call.0 != 0 && stream.call.0 != 0 {
            return stream.call == named.call;
        }
        stream.conference == named.conference
    }

    /// The stream for a half, made where it is not there yet; nothing when there is no room.
    pub fn half(&mut self, named: Named, lacks: impl Fn(&Stream) -> bool) -> Option<&mut Stream> {
        let index = match self.find_for_half(named, lacks) {
            Some(index) => index,
            None if self.streams.len() >= STREAMS_MAX => return None,
            None => {
                self.last_id = self.last_id.wrapping_add(1);
                let Named { conference, party, call } = named;
                let id = StreamId(self.last_id);
                self.streams.push(Stream { id, conference, party, call, receive: None, send: None });
                self.streams.len() - 1
            }
        };
        let stream = &mut self.streams[index];
        stream.party = named.party;
        stream.conference = named.conference;
        if named.call.0 != 0 {
            stream.call = named.call;
        }
        Some(stream)
    }

    pub fn heap_bytes(&self) -> usize {
        self.streams.capacity() * size_of::<Stream>() + self.reports.capacity() * size_of::<Report>()
    }
}

/// Which half of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Receive,
    Send,
}

impl Phone {
    pub(crate) fn stop_half(&mut self, half: Half, named: Named) {
        let mut stopped = Vec::new();
        for stream in self.media.streams.iter_mut().filter(|stream| Media::is_meant(stream, named)) {
            match half {
                Half::Receive if stream.receive.take().is_some() => {
                    stopped.push(Audio::StopReceive { stream: stream.id });
                }
                Half::Send if stream.send.take().is_some() => {
                    stopped.push(Audio::StopSend { stream: stream.id })
                }
                _ => {}
            }
        }
        self.media.streams.retain(|stream| stream.receive.is_some() || stream.send.is_some());
        if !stopped.is_empty() {
            stopped.into_iter().for_each(|order| self.order(order));
            self.changed(Change::Streams);
        }
    }

    pub(crate) fn stop_all_streams(&mut self) {
        self.stop_half(Half::Send, Named::NOTHING);
        self.stop_half(Half::Receive, Named::NOTHING);
        self.media.reports.clear();
    }

    /// Stops ringer and tone of a session that is over.
    pub(crate) fn silence(&mut self, rang: bool, sounded: bool) {
        if rang {
            self.order(Audio::Ring(RingMode::RING_OFF, RingDuration::NORMAL_RING));
        }
        if sounded {
            self.order(Audio::StopTone);
        }
    }
}

/// The phone's address where the audio path has not said one.
pub(crate) fn nowhere() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)
}
