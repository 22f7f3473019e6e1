//! The connections, found by their addresses.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::connection::{Connection, Fit, State, opening};
use super::half::Outlet;
use super::key::ConnectionKey;
use super::{CloseReason, ConnectionId, Opening, Side, Stamp, StreamLimits, StreamSink, StreamTally};
use crate::packet::{Segment, Tcp, Transport};

/// Reassembles all TCP connections of a capture, within [`StreamLimits`].
///
/// When the table is full, a connection gives way that was not used since the table last looked at it
/// (second chance): close to the one not used for longest, without a list to be kept in order at each packet.
#[derive(Debug)]
pub struct StreamTable {
    limits: StreamLimits,
    tally: StreamTally,
    hasher: DefaultHashBuilder,
    /// Indices into `slots`, by the hash of the connection's key.
    index: HashTable<u32>,
    slots: Vec<Connection>,
    vacant: Vec<u32>,
    /// Slots of closed connections, oldest first, with the serial they had then.
    closed: VecDeque<ConnectionId>,
    /// Where to look for the next one to evict.
    hand: usize,
    serial: u64,
    held_total: usize,
    last: Stamp,
}

impl StreamTable {
    /// An empty table.
    pub fn new(limits: StreamLimits) -> Self {
        Self {
            limits,
            tally: StreamTally::default(),
            hasher: DefaultHashBuilder::default(),
            index: HashTable::new(),
            slots: Vec::new(),
            vacant: Vec::new(),
            closed: VecDeque::new(),
            hand: 0,
            serial: 0,
            held_total: 0,
            last: Stamp::default(),
        }
    }

    /// What passed through so far.
    pub fn tally(&self) -> StreamTally {
        self.tally
    }

    /// Connections held now, those closed of late included.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether no connection is held.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Bytes that wait for a hole to fill, with what it costs to keep them.
    pub fn held_bytes(&self) -> usize {
        self.held_total
    }

    /// Takes a segment; UDP is passed over.
    #[inline]
    pub fn segment<S: StreamSink>(&mut self, segment: &Segment<'_>, sink: &mut S) {
        if let Transport::Tcp(tcp) = &segment.transport {
            self.tcp(segment, tcp, sink);
        }
    }

    /// Takes a TCP segment.
    #[inline]
    pub fn tcp<S: StreamSink>(&mut self, segment: &Segment<'_>, tcp: &Tcp<'_>, sink: &mut S) {
        self.tally.segments += 1;
        self.last = Stamp { time: segment.time, packet: segment.packet };
        let (key, sender_is_low) = ConnectionKey::new(segment.src, segment.dst);
        let hash = self.hasher.hash_one(key);
        let slots = &self.slots;
        let found = self.index.find(hash, |&slot| slots[slot as usize].key == key).copied();
        let Some(slot) = found else {
            self.unknown(segment, tcp, key, hash, sink);
            return;
        };
        let connection = &self.slots[slot as usize];
        let side = connection.side(sender_is_low);
        match connection.fit(side, tcp) {
            Fit::Belongs => self.belongs(slot, side, segment, tcp, sink),
            Fit::Another => {
                self.remove(slot, CloseReason::Reused, self.last, sink);
                self.unknown(segment, tcp, key, hash, sink);
            }
            Fit::Stray => self.tally.strays += 1,
        }
    }

    /// The capture has ended: hands on all that waits and closes all connections.
    pub fn finish<S: StreamSink>(&mut self, sink: &mut S) {
        for slot in 0..self.slots.len() as u32 {
            self.remove(slot, CloseReason::End, self.last, sink);
        }
    }

    #[inline]
    fn belongs<S: StreamSink>(
        &mut self,
        slot: u32,
        side: Side,
        segment: &Segment<'_>,
        tcp: &Tcp<'_>,
        sink: &mut S,
    ) {
        let connection = &mut self.slots[slot as usize];
        let id = ConnectionId { serial: connection.serial, slot };
        let mut outlet = Outlet {
            sink,
            tally: &mut self.tally,
            limits: &self.limits,
            held_total: &mut self.held_total,
            connection: id,
        };
        let stamp = Stamp { time: segment.time, packet: segment.packet };
        if let Some(reason) = connection.segment(side, tcp, stamp, &mut outlet) {
            self.close(id, reason, stamp, sink);
        }
    }

    /// A segment of addresses not in the table: only a SYN or data begins a connection.
    #[cold]
    fn unknown<S: StreamSink>(
        &mut self,
        segment: &Segment<'_>,
        tcp: &Tcp<'_>,
        key: ConnectionKey,
        hash: u64,
        sink: &mut S,
    ) {
        if tcp.flags.rst() || (!tcp.flags.syn() && tcp.payload.is_empty()) {
            self.tally.strays += 1;
            return;
        }
        if self.index.len() >= self.limits.connections.max(1) {
            self.evict(self.last, sink);
        }
        let opening = opening(segment, tcp);
        let slot = self.open(&opening, key, hash);
        let connection = &mut self.slots[slot as usize];
        let side = if opening.a == segment.src { Side::A } else { Side::B };
        connection.begin(side, tcp);
        sink.opened(ConnectionId { serial: connection.serial, slot }, &opening);
        self.belongs(slot, side, segment, tcp, sink);
    }

    fn open(&mut self, opening: &Opening, key: ConnectionKey, hash: u64) -> u32 {
        self.serial += 1;
        self.tally.connections += 1;
        let (_, a_is_low) = ConnectionKey::new(opening.a, opening.b);
        let connection = Connection::new(key, self.serial, a_is_low, opening.from_syn);
        let slot = match self.vacant.pop() {
            Some(slot) => {
                self.slots[slot as usize] = connection;
                slot
            }
            None => {
                self.slots.push(connection);
                (self.slots.len() - 1) as u32
            }
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.insert_unique(hash, slot, |&slot| hasher.hash_one(slots[slot as usize].key));
        slot
    }

    /// Tells the end of a connection and remembers it for a while.
    #[cold]
    fn close<S: StreamSink>(&mut self, id: ConnectionId, reason: CloseReason, now: Stamp, sink: &mut S) {
        self.slots[id.slot as usize].state = State::Closed;
        sink.closed(id, now, reason);
        self.closed.push_back(id);
        while self.closed.len() > self.limits.closed {
            let Some(oldest) = self.closed.pop_front() else { break };
            let connection = &self.slots[oldest.slot as usize];
            if connection.serial == oldest.serial && connection.state == State::Closed {
                self.remove(oldest.slot, CloseReason::Evicted, now, sink);
            }
        }
    }

    /// Frees a slot; an open connection ends with this.
    fn remove<S: StreamSink>(&mut self, slot: u32, reason: CloseReason, now: Stamp, sink: &mut S) {
        let connection = &mut self.slots[slot as usize];
        let id = ConnectionId { serial: connection.serial, slot };
        match connection.state {
            State::Vacant => return,
            State::Closed => {}
            State::Open => {
                let mut outlet = Outlet {
                    sink,
                    tally: &mut self.tally,
                    limits: &self.limits,
                    held_total: &mut self.held_total,
                    connection: id,
                };
                connection.flush(now, &mut outlet);
                sink.closed(id, now, reason);
            }
        }
        connection.state = State::Vacant;
        let hash = self.hasher.hash_one(connection.key);
        if let Ok(entry) = self.index.find_entry(hash, |&found| found == slot) {
            entry.remove();
        }
        self.vacant.push(slot);
    }

    /// Makes room for one connection.
    #[cold]
    fn evict<S: StreamSink>(&mut self, now: Stamp, sink: &mut S) {
        // Twice around at most: the first time around may only take the marks away.
        for _ in 0..=2 * self.slots.len() {
            self.hand = if self.hand + 1 < self.slots.len() { self.hand + 1 } else { 0 };
            let Some(connection) = self.slots.get_mut(self.hand) else { return };
            match connection.state {
                State::Vacant => {}
                State::Open if connection.used => connection.used = false,
                State::Open => {
                    self.tally.evicted += 1;
                    return self.remove(self.hand as u32, CloseReason::Evicted, now, sink);
                }
                State::Closed => return self.remove(self.hand as u32, CloseReason::Evicted, now, sink),
            }
        }
    }
}
