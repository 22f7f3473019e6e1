//! From messages to registrations, calls and quality.
//!
//! An [`Analyst`] is told what was said, message by message, by any kind of source: a capture ([`Captured`] is a
//! sink of [`crate::reader::FrameReader`]), a text trace, our own ring. It yields an [`Analysis`]. Legs are keyed
//! by phone connection and call reference, never by the reference alone; legs become one call by their parties,
//! by media addresses, and by the keys that users press (transfer, conference, pickup, park).
//!
//! Memory is bounded: at most [`Limits::live_calls`] calls are held open, the others lie packed in a
//! [`store`](Limits::store_bytes) of set size and beyond that on disk, and so do the tables that say where each of them is. Nothing is
//! dropped; a call that speaks again is taken out of the store.

mod analyst;
mod boot;
mod calls;
mod captured;
#[cfg(test)]
mod case_tests;
mod desks;
mod directory;
mod features;
mod glance;
mod history;
mod input;
mod join;
mod media;
pub mod model;
mod orders;
mod pages;
mod register;
mod session;
mod settle;
mod signal;
mod sorter;
mod store;
#[cfg(test)]
mod tests;
mod thoughts;
mod twins;

use std::collections::BTreeMap;

pub use analyst::Analyst;
pub use captured::{Captured, Paused, analyse_capture, read_capture};
pub use desks::Registrations;
pub use directory::{Directory, Face, HOSTS_MAX};
pub use glance::{Glimpse, RegistrationGlimpse};
pub use input::{Closing, Content, Opened, Said, Tie};
pub use media::codec_of as codec_of_order;
pub use model::*;

use calls::Finished;
use settle::Wording;

/// Alarms kept of one registration.
pub const ALARMS_KEPT: usize = 16;
/// Lines kept of one registration.
pub const LINES_KEPT: usize = 256;
/// Steps kept of one call's story.
pub const STEPS_KEPT: usize = 256;
/// Legs of one call; more make a call of their own.
pub const LEGS_MAX: usize = 64;
/// Media orders kept of one leg.
pub const ORDERS_KEPT: usize = 64;
/// Answers with statistics kept of one leg: an hour of polls each five seconds.
pub const STATISTICS_KEPT: usize = 720;
/// RTP streams kept of one call.
pub const STREAMS_KEPT: usize = 128;
/// Digits kept of one leg.
pub const DIGITS_KEPT: usize = 64;
/// Events kept of one call.
pub const EVENTS_KEPT: usize = 20_000;
/// How often a call that is being set up, or its phone, is passed over when room is needed: it will speak again within seconds.
const SET_UP_CHANCES: u8 = 8;
/// Sessions of one analysis; how many more there were is a finding.
pub const SESSIONS_MAX: usize = 1_000_000;

/// How much an analysis may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls held open; when there are more, those not heard of for longest are packed away until they speak
    /// again.
    pub live_calls: usize,
    /// Connections of phones at hand; the same goes for them.
    pub live_phones: usize,
    /// Bytes of packed calls in memory; more go to a file that vanishes with the analysis.
    pub store_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { live_calls: 2048, live_phones: 4096, store_bytes: 4 * 1024 * 1024 }
    }
}

/// What an analysis keeps.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How much it may hold.
    pub limits: Limits,
    /// Whether the messages of each call are kept, for ladders.
    pub events: bool,
    /// Keep the messages only of calls that these connections have a part in; of all when empty.
    pub events_of: Vec<SessionId>,
    /// Whether RTP is passed over.
    pub no_media: bool,
}

/// What the sources say.
#[derive(Debug)]
pub struct Analysis {
    /// Each phone's connections to call managers, in the order in which they were seen.
    pub registrations: Registrations,
    /// Messages, by id.
    pub messages: BTreeMap<u32, u64>,
    /// Remarks that concern the sources and no single call.
    pub findings: Vec<Finding>,
    /// RTP packets that no order accounts for.
    pub stray_rtp: u64,
    calls: Finished,
}

impl Analysis {
    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A call by its index (its number less 1).
    pub fn call(&self, index: usize) -> Option<Call> {
        self.call_and_events(index).map(|(call, _)| call)
    }

    /// The messages of a call, in the order of time; empty unless [`Options::events`] was set.
    pub fn events(&self, index: usize) -> Vec<Event> {
        self.call_and_events(index).map(|(_, events)| events).unwrap_or_default()
    }

    /// Both at once.
    pub fn call_and_events(&self, index: usize) -> Option<(Call, Vec<Event>)> {
        let (mut call, events) = self.calls.read(index)?;
        call.number = index as u32 + 1;
        settle::settle(&mut call, self.registrations.directory(), Wording::Full);
        Some((call, events))
    }

    /// All calls in the order of their start, one at a time.
    pub fn calls(&self) -> impl Iterator<Item = Call> + '_ {
        (0..self.len()).filter_map(|index| self.call(index))
    }

    /// All calls as [`Analysis::calls`], but with the kinds of findings only, not what they say: for lists.
    pub fn outlines(&self) -> impl Iterator<Item = Call> + '_ {
        (0..self.len()).filter_map(|index| {
            let (mut call, _) = self.calls.read(index)?;
            call.number = index as u32 + 1;
            settle::settle(&mut call, self.registrations.directory(), Wording::KindsOnly);
            Some(call)
        })
    }

    /// The phone of a leg.
    pub fn phone(&self, leg: &Leg) -> Endpoint {
        self.registrations.directory().get(leg.session.index()).map(|face| face.phone).unwrap_or_default()
    }

    /// The call manager of a leg.
    pub fn server(&self, leg: &Leg) -> Endpoint {
        let face = self.registrations.directory().get(leg.session.index());
        face.map(|face| face.server.clone()).unwrap_or_default()
    }

    /// How many bytes of packed calls and connections lie on disk.
    pub fn bytes_on_disk(&self) -> u64 {
        self.calls.store.bytes_on_disk() + self.registrations.bytes_on_disk()
    }
}
