//! The media engine of the simulated server: it opens ports, and now and then it can't. What it is ordered must
//! fit together: nothing is closed that is not open, no conference has more parties than may be, and nothing
//! stays open when all have hung up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use exchange::limit::CONFERENCE_PARTIES;
use exchange::media::{MediaEvent, MediaOrder, MediaStream, MixId, OrderId};

use crate::invariants::{Check, Invariant, wrong};
use crate::site;

/// One order in so many can't be done.
const FAILS_ONE_IN: u64 = 29;

/// The engine.
#[derive(Debug, Default)]
pub struct SimulatedEngine {
    /// Ports of each order that is open, and its mix.
    open: BTreeMap<OrderId, (u16, Option<MixId>)>,
    /// Orders that could not be done, and may be closed all the same.
    failed: BTreeMap<OrderId, ()>,
    /// Recordings among those that are open.
    tapes: BTreeSet<OrderId>,
    ports: u32,
    /// Announcements, open or not.
    announcements: BTreeSet<OrderId>,
    /// Announcements that ended by themselves.
    pub announced: u64,
    /// Parties that were put on a recording.
    pub taped: u64,
    /// Phones that were to send copies of a call.
    pub copied: u64,
    /// Conferences that had three parties at once.
    pub conferences: u64,
}

impl SimulatedEngine {
    /// An order; what it answers, if anything.
    pub fn order(&mut self, id: OrderId, order: &MediaOrder) -> Result<Option<MediaEvent>, Finding> {
        let (parties, mix) = match order {
            MediaOrder::Relay { .. } => (2, None),
            MediaOrder::Music { .. } => (1, None),
            MediaOrder::Announce { .. } => {
                self.announcements.insert(id);
                (1, None)
            }
            MediaOrder::Join { mix, .. } => (1, Some(*mix)),
            MediaOrder::Tape { .. } => (0, None),
            MediaOrder::Copies { tape, .. } if self.is_known(*tape) => {
                self.copied += 1;
                (2, None)
            }
            MediaOrder::Copies { tape, .. } => {
                return Err(Finding(format!("{id:?} is for {tape:?}, which is not open")));
            }
            // Either may be one that could not be done.
            MediaOrder::Attach { tape, order, party, .. } => {
                let places = self.open.get(order).map_or(2, |(parties, _)| usize::from(*parties));
                return if self.is_known(*tape) && self.is_known(*order) && *party < places.max(1) {
                    self.taped += 1;
                    Ok(None)
                } else {
                    Err(Finding(format!(
                        "{order:?} {party} is to be recorded by {tape:?}, and one of them is not open"
                    )))
                };
            }
            // Every other announcement ends by itself.
            MediaOrder::Remote { order, .. }
                if self.announcements.contains(order) && order.0.is_multiple_of(2) =>
            {
                self.announced += 1;
                return Ok(Some(MediaEvent::PlayedOut));
            }
            MediaOrder::Mute { order, .. }
            | MediaOrder::Remote { order, .. }
            | MediaOrder::Digit { order, .. } => {
                return if self.open.contains_key(order) || self.failed.contains_key(order) {
                    Ok(None)
                } else {
                    Err(Finding(format!("{order:?} is not open and is told something")))
                };
            }
            MediaOrder::Close(order) => return self.close(*order).map(Some),
        };
        if self.open.contains_key(&id) {
            return Err(Finding(format!("{id:?} is open already")));
        }
        if id.0 % FAILS_ONE_IN == FAILS_ONE_IN - 1 {
            self.failed.insert(id, ());
            return Ok(Some(MediaEvent::Failed("the simulated engine is not in the mood".into())));
        }
        if let Some(mix) = mix {
            let there = self.open.values().filter(|(_, other)| *other == Some(mix)).count();
            self.conferences += u64::from(there == 2);
            if there >= CONFERENCE_PARTIES {
                return Err(Finding(format!("{mix:?} has {there} parties, and one more comes")));
            }
        }
        if parties == 0 {
            self.tapes.insert(id);
        }
        self.open.insert(id, (parties, mix));
        let addresses = (0..parties).map(|_| self.port()).collect();
        Ok(Some(MediaEvent::Opened { addresses }))
    }

    fn port(&mut self) -> SocketAddr {
        self.ports += 1;
        site::engine_port(self.ports)
    }

    fn close(&mut self, id: OrderId) -> Result<MediaEvent, Finding> {
        self.announcements.remove(&id);
        let parties = match (self.open.remove(&id), self.failed.remove(&id)) {
            (Some((parties, _)), _) => parties,
            (None, Some(())) => 0,
            (None, None) => return Err(Finding(format!("{id:?} is closed and not open"))),
        };
        if self.tapes.remove(&id) {
            return Ok(MediaEvent::Taped { length_ms: 1000, bytes: 32_044, cut: None });
        }
        Ok(MediaEvent::Closed { streams: vec![MediaStream::default(); usize::from(parties)] })
    }

    fn is_known(&self, id: OrderId) -> bool {
        self.open.contains_key(&id) || self.failed.contains_key(&id)
    }

    /// All have hung up: nothing is open.
    pub fn check_quiet(&self) -> Check {
        if self.open.is_empty() {
            return Ok(());
        }
        wrong(Invariant::Media, format!("all have hung up, and the engine has {:?} open", self.open))
    }
}

/// Something that does not fit.
#[derive(Debug)]
pub struct Finding(pub String);
