//! How the path behaves, and its limits.

use std::time::Duration;

use media::jitter::Depth;

use super::Say;
use crate::profile::QualityForm;

/// Samples a second of what is said and heard.
pub const RATE_HZ: u32 = 16_000;
/// Calls whose counters are kept after their streams closed.
pub const CALLS_KEPT_MAX: usize = 8;
/// Digits heard as telephone events that are kept.
pub const DIGITS_KEPT_MAX: usize = 256;
/// A driver that is later than this misses packets instead of sending them all at once.
pub const LATE_MAX: Duration = Duration::from_millis(500);
/// Longest sound that can be kept of each direction, in milliseconds: ten minutes.
pub const KEEP_MS_MAX: u32 = 10 * 60 * 1000;

/// How the path behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the user says.
    pub say: Say,
    /// How much of what is heard is kept for [`super::AudioPath::take_heard`], in milliseconds; 0: nothing is even
    /// decoded. At most [`KEEP_MS_MAX`].
    pub keep_heard_ms: u32,
    /// The same of what is said, for [`super::AudioPath::take_said`].
    pub keep_said_ms: u32,
    /// Where SSRCs, sequence numbers and timestamps begin.
    pub seed: u64,
    /// The playout buffer.
    pub depth: Depth,
    /// How the quality text is written.
    pub quality: QualityForm,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            say: Say::Silence,
            keep_heard_ms: 0,
            keep_said_ms: 0,
            seed: 1,
            depth: Depth::Adaptive { min_ms: 40, max_ms: 200 },
            quality: QualityForm::Mlqk,
        }
    }
}
