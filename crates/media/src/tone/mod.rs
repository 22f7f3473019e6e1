//! Tones: what a phone plays by itself, and detectors that know them again.
//!
//! Telephone tones are sums of a few sines with a cadence. [`plan`] lists those of North America and of the
//! countries that follow ITU-T E.180; [`Generator`] plays any list of steps; [`DtmfDetector`] and
//! [`ToneDetector`] listen.

mod detect;
mod dtmf;
mod generate;
pub mod plan;

pub use detect::{ToneDetector, share};
pub use dtmf::{Digit, DtmfDetector};
pub use generate::Generator;
pub use plan::{Cadence, Part, Repeat, Step, Tone, TonePlan};

/// Frequencies of the DTMF rows, in Hz (ITU-T Q.23).
pub const DTMF_ROWS_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
/// Frequencies of the DTMF columns, in Hz (ITU-T Q.23).
pub const DTMF_COLUMNS_HZ: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

const KEYPAD: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// The pair of frequencies of a DTMF digit, in Hz.
pub fn dtmf_pair(digit: char) -> Option<(f64, f64)> {
    let digit = digit.to_ascii_uppercase();
    KEYPAD.iter().zip(DTMF_ROWS_HZ).find_map(|(row, low)| {
        let column = row.iter().position(|&key| key == digit)?;
        Some((low, DTMF_COLUMNS_HZ[column]))
    })
}
