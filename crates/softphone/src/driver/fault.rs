//! Networks that misbehave, for tests: what a phone's connection does to its bytes.

use std::time::Duration;

/// How long a slow reader waits between two reads.
pub(super) const SLOW_READ_GAP: Duration = Duration::from_millis(100);

/// What is wrong with a phone's network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Keepalives are not sent.
    pub drops_keepalives: bool,
    /// Nothing is read and nothing is written, and the connection stays: half open.
    pub is_frozen: bool,
    /// Bytes of a TCP segment; as many as there are where it is nothing.
    pub segment_bytes: Option<usize>,
    /// Bytes that are read in a second; all that come where it is nothing.
    pub read_bytes_per_sec: Option<u32>,
}

/// How a connection is cut from this side, behind the phone's back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// FIN.
    Close,
    /// RST.
    Reset,
}

impl Faults {
    /// How much may be read at once; nothing: no limit.
    pub(super) fn read_at_once(&self) -> Option<usize> {
        self.read_bytes_per_sec.map(|rate| (rate as usize / 10).max(1))
    }
}
