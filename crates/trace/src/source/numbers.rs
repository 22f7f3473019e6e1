//! Numbers of connections that hold over all sources: each source counts its own from 1.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::reader::{ConnectionEvent, Datagram, FrameSink, Note, Place, RawFrame, Trouble};

/// Connections by source and their number there.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    open: BTreeMap<(usize, u64), (u64, u32)>,
    free: Vec<u32>,
    connections: u64,
    slots: u32,
}

/// A sink that is told in the numbers of all sources.
pub(super) struct Renumbered<'n, 's, S> {
    numbers: &'n mut Numbers,
    source: usize,
    sink: &'s mut S,
}

impl Numbers {
    pub(super) fn of<'n, 's, S: FrameSink>(
        &'n mut self,
        source: usize,
        sink: &'s mut S,
    ) -> Renumbered<'n, 's, S> {
        Renumbered { numbers: self, source, sink }
    }

    /// The numbers of a connection, given out when it is first heard of.
    fn find(&mut self, source: usize, connection: u64) -> (u64, u32) {
        *self.open.entry((source, connection)).or_insert_with(|| {
            self.connections += 1;
            let slot = self.free.pop().unwrap_or_else(|| {
                self.slots += 1;
                self.slots - 1
            });
            (self.connections, slot)
        })
    }

    fn close(&mut self, source: usize, connection: u64) {
        if let Some((_, slot)) = self.open.remove(&(source, connection)) {
            self.free.push(slot);
        }
    }
}

impl<S: FrameSink> FrameSink for Renumbered<'_, '_, S> {
    fn frame(&mut self, frame: RawFrame<'_>) -> ControlFlow<()> {
        let (connection, slot) = self.numbers.find(self.source, frame.connection);
        self.sink.frame(RawFrame { connection, slot, ..frame })
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        self.sink.datagram(datagram);
    }

    fn connection(&mut self, event: ConnectionEvent) {
        let mut event = event;
        let (numbers, source) = (&mut *self.numbers, self.source);
        let mut closed = None;
        match &mut event {
            ConnectionEvent::Opened { connection, slot, .. }
            | ConnectionEvent::Named { connection, slot, .. } => {
                (*connection, *slot) = numbers.find(source, *connection);
            }
            ConnectionEvent::Closed { connection, slot, .. } => {
                closed = Some(*connection);
                (*connection, *slot) = numbers.find(source, *connection);
            }
            ConnectionEvent::Refused { connection, .. } => {
                closed = Some(*connection);
                (*connection, _) = numbers.find(source, *connection);
            }
        }
        self.sink.connection(event);
        if let Some(connection) = closed {
            self.numbers.close(self.source, connection);
        }
    }

    fn trouble(&mut self, place: Place, trouble: Trouble) {
        let (connection, slot) = self.numbers.find(self.source, place.connection);
        self.sink.trouble(Place { connection, slot, ..place }, trouble);
    }

    fn note(&mut self, note: Note<'_>) {
        let connection = note.connection.map(|(connection, _)| self.numbers.find(self.source, connection));
        self.sink.note(Note { connection, ..note });
    }
}
