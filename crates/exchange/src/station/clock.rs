//! The calendar, from milliseconds since the Unix epoch.

use skinny::message::TimeDateRes;
use skinny::message::structs::TimeDate;

/// What a phone is told: local calendar fields, and UTC seconds. A 7940 shows the fields; a 7965 adds its
/// own time zone to the seconds, so those are never shifted (quirk 39).
pub(crate) fn time_and_date(unix_ms: i64, utc_offset_secs: i32) -> TimeDateRes {
    let local_ms = unix_ms + i64::from(utc_offset_secs) * 1000;
    let days = local_ms.div_euclid(86_400_000);
    let ms = local_ms.rem_euclid(86_400_000);
    let (year, month, day) = civil(days);
    TimeDateRes {
        time_data_info: TimeDate {
            w_year: year as u32,
            w_month: month,
            // The first of January 1970 was a Thursday; 0 is Sunday (capture).
            w_day_of_week: (days + 4).rem_euclid(7) as u32,
            w_day: day,
            w_hour: (ms / 3_600_000) as u32,
            w_minute: (ms / 60_000 % 60) as u32,
            w_second: (ms / 1000 % 60) as u32,
            w_milliseconds: (ms % 1000) as u32,
        },
        system_time: unix_ms.div_euclid(1000) as u32,
    }
}

/// Year, month and day of a day counted from the first of January 1970, in the Gregorian calendar: years
/// begin in March here, so that the leap day is the last of a year.
fn civil(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * march_month + 2) / 5 + 1) as u32;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_of_a_capture() {
        // CallManager 2.x, frame 17: 4 June 2026, Thursday (4); its clock said 11:37:17 local, 0x6a21a9bd.
        let system_time: i64 = 0x6a21_a9bd;
        let local = time_and_date(system_time * 1000, -5 * 3600);
        let info = local.time_data_info;
        assert_eq!((info.w_year, info.w_month, info.w_day, info.w_day_of_week), (2026, 6, 4, 4));
        assert_eq!((info.w_hour, info.w_minute, info.w_second), (11, 37, 17));
        assert_eq!(local.system_time, 0x6a21_a9bd);
    }

    #[test]
    fn leap_days_and_centuries() {
        for (days, expect) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (-1, (1969, 12, 31)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ] {
            assert_eq!(civil(days), expect, "{days}");
        }
    }
}
