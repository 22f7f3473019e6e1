//! An analysis as text: tables for people, JSON lines and CSV for scripts, percentiles. Ladders are in [`crate::draw`].
//!
//! Text of the network goes out escaped as `skinny::text` shows it: nothing of it reaches a terminal raw.

mod csv;
pub(crate) mod curve;
pub mod golden;
mod json;
mod percentiles;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use csv::line as csv_line;
pub use csv::{CALL_COLUMNS, REGISTRATION_COLUMNS, call_csv, registration_csv};
pub use json::{call_json, registration_json};
pub use percentiles::Percentiles;
pub use table::{call_heading, call_row, call_story, registration_heading, registration_row};

use crate::Timestamp;

/// Seconds of a time as a JSON number.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1e9
}

/// `YYYY-MM-DD HH:MM:SS.mmm`, UTC, behind `out`. There is one in each line of a list: a calendar's own formatting takes
/// ten times as long.
pub(crate) fn write_clock(out: &mut String, time: Timestamp) {
    let Ok(instant) = jiff::Timestamp::from_nanosecond(i128::from(time.0)) else {
        return out.push_str("time not known");
    };
    let moment = instant.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let mut number = |value: u32, digits: u32, after: &str| {
        for place in (0..digits).rev() {
            out.push((b'0' + (value / 10_u32.pow(place) % 10) as u8) as char);
        }
        out.push_str(after);
    };
    number(u32::from(moment.year().unsigned_abs()), 4, "-");
    number(moment.month().unsigned_abs().into(), 2, "-");
    number(moment.day().unsigned_abs().into(), 2, " ");
    number(moment.hour().unsigned_abs().into(), 2, ":");
    number(moment.minute().unsigned_abs().into(), 2, ":");
    number(moment.second().unsigned_abs().into(), 2, ".");
    number(moment.millisecond().unsigned_abs().into(), 3, "");
}

/// Nanoseconds as `0.123 s`, `1:02:03`.
pub(crate) fn lasted(nanos: i64) -> String {
    let secs = nanos / 1_000_000_000;
    match secs {
        3600.. => format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60),
        60.. => format!("{}:{:02}", secs / 60, secs % 60),
        _ => format!("{:.1} s", nanos as f64 / 1e9),
    }
}
