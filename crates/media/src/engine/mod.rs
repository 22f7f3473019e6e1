//! The media engine: parties, bridges, relay, transcoding, mixing, music, digits, recording, measurement.
//!
//! Sans-I/O: the driver owns sockets and clock. It hands in orders (methods of [`Engine`]), packets
//! ([`Engine::packet`]) and time ([`Engine::tick`], due at [`Engine::deadline`]). What the engine wants done goes to an
//! [`Outlet`] at once and not into a queue, because a packet would have to be copied into one. Nothing is
//! allocated for a packet or a tick, only for orders.
//!
//! A *party* is one port of ours with a phone behind it. A *bridge* holds parties that hear each other: two of the
//! same codec get each other's packets as they are (which also carries codecs that nobody here can decode), two of
//! different codecs are transcoded as packets come, three or more are mixed on a common clock, as are two who
//! hear that they are recorded. A party for whom something is played hears that instead, and is heard no less.
//!
//! | file | what |
//! |---|---|
//! | [`party`] | one port: format, counters, what it sends |
//! | [`latch`] | from where packets are taken (symmetric RTP, without being hijacked) |
//! | `arrive` | the way of a packet |
//! | `control` | RTCP: read, answered |
//! | `inband` | digits in the audio itself |
//! | `bridge` | who hears whom, and the common clock of a mix |
//! | [`mix`] | sums of samples |
//! | [`sound`] | what is played: WAV files and tones |
//! | [`live`] | what is played as it is made: live sources |
//! | [`tape`] | recording: what a party says and hears |
//! | [`report`] | what is known of a stream when it ends |

mod arrive;
mod bridge;
mod control;
mod inband;
pub mod latch;
pub mod live;
pub mod mix;
mod order;
pub mod party;
mod playout;
pub mod report;
mod slots;
pub mod sound;
pub mod tape;
mod tick;
mod voice;

pub use bridge::{BRIDGE_PARTIES_MAX, BridgeId, RECORDING_HZ};
pub use control::PeerReport;
pub use live::{LIVE_FRAME, LIVE_HZ, LiveId};
pub use order::{EngineError, PlayError};
pub use party::{Format, PartyId, Port, Setup};
pub use report::StreamReport;
pub use sound::{Play, SoundId, Sounds};
pub use tape::{Consent, Side, TAPES_MAX, TapeId};
pub use tick::{TICK, TICK_MS};

use crate::dtmf;
use crate::rtp::PACKET_BYTES_MAX;
use bridge::Bridge;
use party::Party;
use slots::Slots;
use std::net::SocketAddr;
use std::time::Duration;

/// Parties at once.
pub const PARTIES_MAX: usize = 20_000;

/// Where the engine's results go.
pub trait Outlet {
    /// Send a packet from a port of ours. May fail or drop: RTP is like that.
    fn send(&mut self, from: Port, to: SocketAddr, packet: &[u8]);
    /// Something happened.
    fn event(&mut self, event: Event);
    /// Samples of a tape, both channels in turn, at its rate.
    fn recorded(&mut self, tape: TapeId, pcm: &[i16]);
}

/// What the engine reports by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The first packets of a party came, from here.
    Heard {
        /// Who.
        party: PartyId,
        /// Where from.
        from: SocketAddr,
    },
    /// A party's packets come from elsewhere now.
    Moved {
        /// Who.
        party: PartyId,
        /// Where from.
        from: SocketAddr,
    },
    /// No packets of a party for [`party::SILENT_AFTER`].
    Silent {
        /// Who.
        party: PartyId,
        /// Whether there ever were some.
        ever_heard: bool,
    },
    /// A party sends far more than a phone does; the surplus is dropped.
    Flooding {
        /// Who.
        party: PartyId,
    },
    /// A digit of a party, as a telephone event or in its audio, which nothing in RTP carried on: the other side takes
    /// none, or there are several. It is the listener's to carry it on by other means.
    Digit {
        /// Who.
        party: PartyId,
        /// Which.
        digit: dtmf::Event,
    },
    /// A party of a mix began or ceased to talk.
    Talking {
        /// Who.
        party: PartyId,
        /// Began.
        talking: bool,
    },
    /// A live source is heard from now on, or what stands in its place.
    Live {
        /// Which.
        live: LiveId,
        /// It is heard.
        on: bool,
    },
    /// What was played to a party is over.
    PlayedOut {
        /// Who.
        party: PartyId,
    },
}

/// See the module.
#[derive(Debug)]
pub struct Engine {
    parties: Slots<Party>,
    bridges: Slots<Bridge>,
    tapes: Slots<tape::Tape>,
    /// The party at each port.
    ports: Vec<Option<u32>>,
    sounds: Sounds,
    ssrcs: Ssrcs,
    scratch: Scratch,
    next_tick: Option<Duration>,
    next_watch: Duration,
}

/// Buffers for one packet or frame on its way.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub packet: [u8; PACKET_BYTES_MAX],
    pub payload: Vec<u8>,
    pub pcm: Vec<i16>,
    pub pcm_converted: Vec<i16>,
}

impl Scratch {
    fn new() -> Self {
        Self {
            packet: [0; PACKET_BYTES_MAX],
            payload: Vec::with_capacity(PACKET_BYTES_MAX),
            pcm: Vec::with_capacity(PCM_MAX),
            pcm_converted: Vec::with_capacity(PCM_MAX),
        }
    }
}

/// Samples that one packet can become: each byte one sample (G.711) or two (G.722), doubled once, and a gap of
/// [`voice::CONCEAL_PACKETS_MAX`] concealed before it.
const PCM_MAX: usize = PACKET_BYTES_MAX * 4 * (voice::CONCEAL_PACKETS_MAX as usize + 1);

/// Names of our own streams, from a seed (RFC 3550 8.1 asks that they be chosen at random).
#[derive(Debug)]
pub(crate) struct Ssrcs(u64);

impl Ssrcs {
    /// Sebastiano Vigna's SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Engine {
    /// Nobody there yet. `seed` decides SSRCs and first sequence numbers.
    pub fn new(seed: u64, sounds: Sounds) -> Self {
        Self {
            parties: Slots::new(PARTIES_MAX),
            bridges: Slots::new(PARTIES_MAX),
            tapes: Slots::new(TAPES_MAX),
            ports: Vec::new(),
            sounds,
            ssrcs: Ssrcs(seed),
            scratch: Scratch::new(),
            next_tick: None,
            next_watch: Duration::ZERO,
        }
    }

    /// Parties now.
    pub fn parties(&self) -> usize {
        self.parties.len()
    }

    /// Bridges now.
    pub fn bridges(&self) -> usize {
        self.bridges.len()
    }

    /// When [`Engine::tick`] is due; nothing while nobody is there.
    pub fn deadline(&self) -> Option<Duration> {
        let watch = (self.parties.len() > 0).then_some(self.next_watch);
        match (self.next_tick, watch) {
            (Some(tick), Some(watch)) => Some(tick.min(watch)),
            (tick, watch) => tick.or(watch),
        }
    }
}

#[cfg(test)]
mod tests;
