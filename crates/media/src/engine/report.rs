//! What is known of a party's stream: its packets, what was wrong with them, what was sent, how it sounded.

use super::control::PeerReport;
use super::party::{Counts, Format};
use crate::quality::Conditions;
use crate::receive::Report;
use std::net::SocketAddr;
use std::time::Duration;

/// Delay that the MOS is reckoned with, in milliseconds: playout and codec. That of the network is not known
/// to one who only relays.
pub const DELAY_MS: f64 = 60.0;
/// Share of silent samples from which on a stream counts as silent.
pub const SILENT_SHARE: f64 = 0.99;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamReport {
    /// How it was to be sent.
    pub format: Format,
    /// Where it came from at last.
    pub from: Option<SocketAddr>,
    /// How long the party was there.
    pub lasted: Duration,
    /// What came.
    pub received: Report,
    /// What else.
    pub counts: Counts,
    /// What it said by RTCP of what it got.
    pub peer: Option<PeerReport>,
    /// Mean opinion score of what came; nothing where nothing came or the codec is not known.
    pub mos: Option<f64>,
}

impl StreamReport {
    pub(crate) fn new(
        format: Format,
        from: Option<SocketAddr>,
        lasted: Duration,
        received: Report,
        counts: Counts,
        peer: Option<PeerReport>,
    ) -> Self {
        let rated = format.codec.filter(|_| received.packets > 0);
        let mos = rated.map(|codec| Conditions::of_report(&received, codec, DELAY_MS).mos());
        Self { format, from, lasted, received, counts, peer, mos }
    }

    /// It was sent to, and nothing came: the audio went one way.
    pub fn is_one_way(&self) -> bool {
        self.received.packets == 0 && self.counts.sent > 0
    }

    /// Packets came, but nothing was said in them.
    pub fn is_silent(&self) -> bool {
        self.counts.sampled > 0
            && f64::from(self.counts.silent) >= SILENT_SHARE * f64::from(self.counts.sampled)
    }
}
