//! The time of records that tell no day: from the file's head, the caller, or the record before; past midnight.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::head::{Day, TimeOfDay};
use crate::Timestamp;

const DAY_NANOS: i64 = 86_400 * 1_000_000_000;

/// A clock that goes back by more than this has passed midnight; by less, records are out of order.
const HALF_DAY: i64 = DAY_NANOS / 2;

/// Turns times of day into times.
#[derive(Debug, Clone, Copy, Default)]
pub struct Calendar {
    /// Days since 1970 of the newest record, in the trace's own time zone.
    day: i64,
    /// What its time zone is ahead of UTC.
    offset: i64,
    last: TimeOfDay,
}

impl Calendar {
    /// For a trace whose first record was written on `day` (days since 1970), unless it says otherwise.
    pub fn beginning_on(day: i64) -> Self {
        Self { day, ..Self::default() }
    }

    /// Takes what a file's head says.
    pub fn set(&mut self, day: Option<Day>, offset_secs: Option<i64>, time: TimeOfDay) {
        if let Some(day) = day.and_then(days) {
            self.day = day;
            self.last = time;
        }
        if let Some(seconds) = offset_secs {
            self.offset = seconds * 1_000_000_000;
        }
    }

    /// The time of a record.
    pub fn time(&mut self, day: Option<Day>, time: TimeOfDay) -> Timestamp {
        if let Some(day) = day.and_then(days) {
            self.day = day;
            self.last = time;
            return self.at(self.day, time);
        }
        if time + HALF_DAY < self.last {
            self.day += 1;
            self.last = time;
        } else if self.last + HALF_DAY < time && self.last > 0 && self.day > 0 && self.last < HALF_DAY / 12 {
            // Written late, of before midnight.
            return self.at(self.day - 1, time);
        } else {
            self.last = self.last.max(time);
        }
        self.at(self.day, time)
    }

    fn at(&self, day: i64, time: TimeOfDay) -> Timestamp {
        Timestamp(day.saturating_mul(DAY_NANOS).saturating_add(time).saturating_sub(self.offset))
    }
}

/// Days since 1970.
pub fn days(Day { year, month, day }: Day) -> Option<i64> {
    let midnight = Date::new(year, month, day).ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_second().div_euclid(86_400))
}

/// `UTC:-05:00` as seconds.
pub fn offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text.split_first()? {
        (b'-', rest) => (-1, rest),
        (b'+', rest) => (1, rest),
        _ => (1, text),
    };
    let two = |from: usize| rest.get(from..from + 2).and_then(super::head::digits);
    let (hours, minutes) = (two(0)?, two(3)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn midnight_is_passed_once_and_late_records_stay_before_it() {
        let mut calendar = Calendar::default();
        calendar.set(Some(Day { year: 2024, month: 2, day: 28 }), offset(b"-05:00"), 0);
        let evening = calendar.time(None, 86_399 * SECOND);
        let morning = calendar.time(None, SECOND);
        let late = calendar.time(None, 86_398 * SECOND);
        let later = calendar.time(None, 2 * SECOND);
        assert_eq!(evening.0, 1_709_182_799 * SECOND); // 2024-02-29 04:59:59 UTC
        assert_eq!(
            [morning.since(evening), late.since(evening), later.since(morning)],
            [2 * SECOND, -SECOND, SECOND]
        );
    }
}
