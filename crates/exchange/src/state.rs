//! All state, as plain data: what a snapshot holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::call::{AtHardware, Calls, Engine, LegId, PendingStatistics, Tapes};
use crate::feature::{CallBacks, Conference, Forwards, LoggedOut, Nights, Undisturbed};
use crate::input::SessionId;
use crate::plan::Lines;
use crate::station::{Session, Station};
use crate::table::{ConferenceId, StationId, Table};
use crate::timer::Timers;
use crate::wire_id::WireIds;

/// This server's node number: the top byte of wire ids.
const NODE: u8 = 1;

/// Everything that the exchange knows beside its plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// Connections.
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    /// How many of them are standby connections.
    pub(crate) standby: usize,
    /// How many of them wait for a plan.
    pub(crate) waiting: usize,
    /// Devices by name.
    pub(crate) devices: BTreeMap<String, StationId>,
    /// Devices.
    pub(crate) stations: Table<StationId, Station>,
    /// Directory numbers.
    pub(crate) lines: Lines,
    /// Calls and legs.
    pub(crate) calls: Calls,
    /// Timers.
    pub(crate) timers: Timers,
    /// Call references.
    pub(crate) references: WireIds,
    /// Pass-through party ids.
    pub(crate) parties: WireIds,
    /// Legs that are over and whose counters were asked for, by call reference.
    pub(crate) statistics: BTreeMap<u32, PendingStatistics>,
    /// Where calls to a number go instead.
    pub(crate) forwards: BTreeMap<String, Forwards>,
    /// Legs that wait under numbers for parked calls.
    pub(crate) parked: BTreeMap<String, LegId>,
    /// Conferences.
    pub(crate) conferences: Table<ConferenceId, Conference>,
    /// Phones that show others of their lines nothing of their calls.
    pub(crate) private: BTreeSet<String>,
    /// Phones that are not disturbed.
    pub(crate) undisturbed: Undisturbed,
    /// Phones that are logged out of their hunt groups.
    pub(crate) logged_out: LoggedOut,
    /// Night services that are on.
    pub(crate) nights: Nights,
    /// Call backs that wait.
    pub(crate) call_backs: CallBacks,
    /// The media engine and its orders.
    pub(crate) engine: Engine,
    /// Registered bridges and transcoders, and what they do.
    pub(crate) hardware: AtHardware,
    /// Recordings.
    pub(crate) tapes: Tapes,
    /// Number of the last event.
    pub(crate) last_event: u64,
    /// Whether new calls are refused.
    pub(crate) draining: bool,
    /// Idle phones to be reset or sent away, a few per turn.
    pub(crate) resets: BTreeSet<StationId>,
}

impl State {
    /// Nothing known. `seed` chooses where wire ids begin.
    pub(crate) fn new(seed: u64) -> Self {
        State {
            sessions: BTreeMap::new(),
            standby: 0,
            waiting: 0,
            devices: BTreeMap::new(),
            stations: Table::default(),
            lines: Lines::default(),
            calls: Calls::default(),
            timers: Timers::default(),
            references: WireIds::new(NODE, seed as u32),
            parties: WireIds::new(NODE, (seed >> 24) as u32),
            statistics: BTreeMap::new(),
            forwards: BTreeMap::new(),
            parked: BTreeMap::new(),
            conferences: Table::default(),
            private: BTreeSet::new(),
            undisturbed: Undisturbed::new(),
            logged_out: LoggedOut::new(),
            nights: Nights::new(),
            call_backs: CallBacks::default(),
            engine: Engine::default(),
            hardware: AtHardware::default(),
            tapes: Tapes::default(),
            last_event: 0,
            draining: false,
            resets: BTreeSet::new(),
        }
    }
}
