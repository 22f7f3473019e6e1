//! The clock of a pcapng interface: how many ticks make a second, and where it starts.

use crate::Timestamp;
use crate::time::NANOS_PER_SEC;

/// Set in `if_tsresol` when the resolution is a power of two.
const POWER_OF_TWO: u8 = 0x80;
/// The finest decimal clock that a u64 of ticks can usefully count: 10^-18 seconds.
const MAX_DECIMAL: u8 = 18;
/// The finest binary clock.
const MAX_BINARY: u8 = 64;

/// How ticks become nanoseconds.
#[derive(Debug, Clone, Copy)]
enum Scale {
    Multiply(u64),
    Divide(u64),
    /// Ticks of 2^-n seconds.
    Binary(u8),
}

/// Microseconds since the epoch, unless options say otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    scale: Scale,
    offset_nanos: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { scale: Scale::Multiply(1000), offset_nanos: 0 }
    }
}

impl Clock {
    /// From `if_tsresol`; `None` when it is beyond reason.
    pub(super) fn set_resolution(&mut self, resolution: u8) -> Option<()> {
        let exponent = resolution & !POWER_OF_TWO;
        self.scale = match (resolution & POWER_OF_TWO != 0, exponent) {
            (true, 0..=MAX_BINARY) => Scale::Binary(exponent),
            (false, 0..=9) => Scale::Multiply(10u64.pow(9 - u32::from(exponent))),
            (false, 10..=MAX_DECIMAL) => Scale::Divide(10u64.pow(u32::from(exponent) - 9)),
            _ => return None,
        };
        Some(())
    }

    /// From `if_tsoffset`, in seconds.
    pub(super) fn set_offset(&mut self, secs: i64) {
        self.offset_nanos = secs.saturating_mul(NANOS_PER_SEC);
    }

    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        let nanos = match self.scale {
            Scale::Multiply(by) => ticks.saturating_mul(by),
            Scale::Divide(by) => ticks / by,
            Scale::Binary(exponent) => {
                let nanos = (u128::from(ticks) * NANOS_PER_SEC as u128) >> exponent;
                u64::try_from(nanos).unwrap_or(u64::MAX)
            }
        };
        Timestamp(i64::try_from(nanos).unwrap_or(i64::MAX)).plus(self.offset_nanos)
    }
}
