//! The one notion of time in captures.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Nanoseconds in one second.
pub(crate) const NANOS_PER_SEC: i64 = 1_000_000_000;

/// Nanoseconds since the Unix epoch, as the capture says: its clock may step or be wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds and nanoseconds; what does not fit becomes the nearest time that does.
    pub fn from_secs_nanos(secs: i64, nanos: i64) -> Self {
        Self(secs.saturating_mul(NANOS_PER_SEC).saturating_add(nanos))
    }

    /// Nanoseconds since the Unix epoch.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// This time moved on by `nanos`.
    pub fn plus(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// How long ago `earlier` was; negative when the clock stepped back.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    /// Seconds and nanoseconds, as tshark's `frame.time_epoch`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0.div_euclid(NANOS_PER_SEC), self.0.rem_euclid(NANOS_PER_SEC))
    }
}
