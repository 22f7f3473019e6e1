//! TCP reassembly: segments in, each direction's bytes out in order, with what is missing said.
//!
//! A [`StreamTable`] holds the connections seen of late. It knows no protocol above TCP: a [`StreamSink`]
//! is told of each connection, its data and its gaps. Data that comes in order is handed on without a copy.
//!
//! Which byte wins when two segments disagree: the one that came first, as in Linux.

mod connection;
mod half;
mod held;
mod key;
mod table;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use crate::Timestamp;

pub use table::StreamTable;

/// Connections held at a time; the one not used for longest (nearly: see [`StreamTable`]) gives way.
pub const MAX_CONNECTIONS: usize = 65_536;

/// Closed connections that are remembered, so that late repetitions do not look like new connections.
pub const MAX_CLOSED: usize = 1024;

/// Bytes of one direction that wait for a hole before them to fill.
pub const MAX_HELD_PER_SIDE: usize = 256 * 1024;

/// Pieces of one direction that wait.
pub const MAX_HELD_PIECES: usize = 512;

/// Bytes that wait, over all connections.
pub const MAX_HELD_TOTAL: usize = 8 * 1024 * 1024;

/// How long data waits for a hole before it to fill, when no acknowledgement tells that it will not.
pub const HOLE_WAIT_NANOS: i64 = 5_000_000_000;

/// When the other side acknowledges bytes that the capture does not have, and nothing follows them yet:
/// how long they may still come. Captures of two ports or several queues swap packets by less.
pub const ACKED_WAIT_NANOS: i64 = 100_000_000;

/// How far a sequence number may be from the expected one and still belong to the same connection.
pub const MAX_JUMP: u32 = 64 * 1024 * 1024;

/// The limits of a [`StreamTable`], to be set lower or higher than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// See [`MAX_CONNECTIONS`].
    pub connections: usize,
    /// See [`MAX_CLOSED`].
    pub closed: usize,
    /// See [`MAX_HELD_PER_SIDE`].
    pub held_per_side: usize,
    /// See [`MAX_HELD_TOTAL`].
    pub held_total: usize,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            closed: MAX_CLOSED,
            held_per_side: MAX_HELD_PER_SIDE,
            held_total: MAX_HELD_TOTAL,
        }
    }
}

/// One connection among all of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId {
    /// Counts connections from 1; never used again.
    pub serial: u64,
    /// Small and used again after the connection has closed: an index for the sink's own state.
    pub slot: u32,
}

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end that opened the connection; without a SYN, the one that was seen to send first.
    A,
    /// The other end.
    B,
}

impl Side {
    /// The other end.
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// 0 for A, 1 for B.
    #[inline]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A connection seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Address of [`Side::A`].
    pub a: SocketAddr,
    /// Address of [`Side::B`].
    pub b: SocketAddr,
    /// Whether the capture has its beginning. If not, which side opened it is not known.
    pub from_syn: bool,
    /// Time of its first packet.
    pub time: Timestamp,
    /// Number of its first packet.
    pub packet: u64,
}

/// Bytes in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Which side sent them.
    pub side: Side,
    /// When the packet that brought them was captured.
    pub time: Timestamp,
    /// Its number.
    pub packet: u64,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// When something happened: at which packet, and its time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Time of the packet.
    pub time: Timestamp,
    /// Number of the packet.
    pub packet: u64,
}

/// Bytes that the capture does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Which side sent them.
    pub side: Side,
    /// When that became certain.
    pub time: Timestamp,
    /// With which packet.
    pub packet: u64,
    /// How many.
    pub missing: u64,
}

/// Why a connection has ended for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// Both sides have finished.
    Fin,
    /// One side aborted it: which.
    Reset(Side),
    /// Too many connections: this one was not used for longest.
    Evicted,
    /// Its addresses and ports came into use again.
    Reused,
    /// The capture ended.
    End,
}

/// Who is told what a [`StreamTable`] finds.
pub trait StreamSink {
    /// A connection was seen for the first time.
    fn opened(&mut self, connection: ConnectionId, opening: &Opening);
    /// The next bytes of one direction.
    fn data(&mut self, connection: ConnectionId, chunk: Chunk<'_>);
    /// Bytes are missing here; the data goes on after them.
    fn gap(&mut self, connection: ConnectionId, gap: Gap);
    /// Nothing more will come of this connection.
    fn closed(&mut self, connection: ConnectionId, when: Stamp, reason: CloseReason);
}

/// What passed through a [`StreamTable`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamTally {
    /// TCP segments.
    pub segments: u64,
    /// Connections.
    pub connections: u64,
    /// Segments of no known connection that could not begin one: acknowledgements, resets.
    pub strays: u64,
    /// Segments with payload that had all come before.
    pub repeated: u64,
    /// Segments that came before their turn.
    pub early: u64,
    /// Gaps.
    pub gaps: u64,
    /// Bytes in them.
    pub missing_bytes: u64,
    /// Connections that gave way to others.
    pub evicted: u64,
}
