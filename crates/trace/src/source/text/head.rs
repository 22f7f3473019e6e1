//! Where a record begins in a line, and of which family it is. Detected per line, and inside of lines too: pasted text
//! loses line ends.

/// Nanoseconds since midnight.
pub type TimeOfDay = i64;

/// Which of the formats a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `16:05:42.890 CCM|…`, with or without a date.
    Sdi,
    /// `00019629.001 |12:48:34.510 |AppInfo  |…`: SDI text within an SDL file.
    AppInfo,
    /// `… |SdlSig   |…`: a signal between processes.
    Signal,
    /// `… |FileHead |…`: date, time zone and host.
    FileHead,
    /// `…|CC|SETUP|…` of a calllogs file.
    CallLog,
    /// Another kind of record, which tells nothing of phones.
    Other,
}

/// The day of a record that bears one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub year: i16,
    pub month: i8,
    pub day: i8,
}

/// The beginning of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Where it begins in the line.
    pub at: usize,
    /// Where what it says begins.
    pub body: usize,
    pub family: Family,
    pub day: Option<Day>,
    pub time: TimeOfDay,
}

/// Names of the program between time and text.
const PROGRAMS: [&[u8]; 4] =
    [b"CCM|", b"CCM CallManager|", b"CCM Communications Manager|", b"Cisco Communications Manager|"];

/// Processes that follow `CCM` at once in copies that lost the bar.
const BARLESS: [&[u8]; 5] = [
    b"StationInit",
    b"StationD",
    b"MediaTerminationPointControl",
    b"UnicastBridgeControl",
    b"Digit analysis",
];

/// Processes that follow date, time and bar in the lines of our own server.
const OURS: [&[u8]; 2] = [b"StationInit:", b"StationD:"];

/// The first head at or behind `from`.
pub fn find(line: &[u8], from: usize) -> Option<Head> {
    let mut at = from;
    loop {
        // The first colon of `HH:MM:SS.mmm` is two digits into it.
        let colon = at + line.get(at..)?.iter().position(|byte| *byte == b':')?;
        if colon >= from + 2
            && let Some(head) = head_around(line, from, colon - 2)
        {
            return Some(head);
        }
        at = colon + 1;
    }
}

/// The head whose time of day begins at `clock`.
fn head_around(line: &[u8], from: usize, clock: usize) -> Option<Head> {
    let (time, after) = time_of_day(line, clock)?;
    if clock > from && line[clock - 1].is_ascii_digit() {
        return None;
    }
    let rest = &line[after..];
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let rest = &rest[blanks..];
    let found =
        |at: usize, day: Option<Day>, family: Family, body: usize| Head { at, body, family, day, time };
    if let Some(rest) = rest.strip_prefix(b"|") {
        let body_at = |len: usize| line.len() - rest.len() + len;
        let (day, day_at) = day_before(line, from, clock);
        if rest.starts_with(b"CC|") || rest.starts_with(b"SIPL|") || rest.starts_with(b"SIPT|") {
            return Some(found(day_at, day, Family::CallLog, body_at(0)));
        }
        if day.is_some() && OURS.iter().any(|process| rest.starts_with(process)) {
            return Some(found(day_at, day, Family::Sdi, body_at(0)));
        }
        let (at, numbered) = sequence_before(line, from, clock);
        let kind = rest.iter().position(|byte| *byte == b'|')?;
        let family = family(rest[..kind].trim_ascii(), numbered)?;
        return Some(found(at, day, family, body_at(kind + 1)));
    }
    if blanks == 0 {
        return None;
    }
    let (day, at) = day_before(line, from, clock);
    let body = line.len() - rest.len() + program(rest)?;
    Some(found(at, day, Family::Sdi, body))
}

/// The length of the program's name in front of the text.
fn program(rest: &[u8]) -> Option<usize> {
    if let Some(name) = PROGRAMS.iter().find(|name| rest.starts_with(name)) {
        return Some(name.len());
    }
    let behind = rest.strip_prefix(b"CCM")?;
    BARLESS.iter().any(|process| behind.starts_with(process)).then_some(3)
}

fn family(kind: &[u8], numbered: bool) -> Option<Family> {
    Some(match kind {
        b"AppInfo" => Family::AppInfo,
        b"SdlSig" | b"SdlSig-I" | b"SdlSig-O" => Family::Signal,
        b"FileHead" => Family::FileHead,
        b"Created" | b"Create" | b"Stop" | b"Stopping" | b"SdlStat" | b"LnkState" => Family::Other,
        // A kind that we have not seen; without its number it might be anything.
        _ if numbered
            && (3..=16).contains(&kind.len())
            && kind.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-') =>
        {
            Family::Other
        }
        _ => return None,
    })
}

/// `HH:MM:SS.mmm` (one to nine digits of the fraction) at `at`; the time and where it ends.
fn time_of_day(line: &[u8], at: usize) -> Option<(TimeOfDay, usize)> {
    let bytes = line.get(at..at + 9)?;
    if bytes[2] != b':' || bytes[5] != b':' || !matches!(bytes[8], b'.' | b',') {
        return None;
    }
    let two = |from: usize| digits(&bytes[from..from + 2]);
    let (hours, minutes, seconds) = (two(0)?, two(3)?, two(6)?);
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let fraction: &[u8] = &line[at + 9..];
    let len = fraction.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let nanos = digits(fraction.get(..len).filter(|digits| !digits.is_empty())?)?
        * 10i64.pow(9 - u32::try_from(len).ok()?);
    Some((((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000 + nanos, at + 9 + len))
}

/// `NNNNNNNN.NNN |` or `|` in front of the time: where the record begins, and whether it has its number.
fn sequence_before(line: &[u8], from: usize, clock: usize) -> (usize, bool) {
    let before = &line[from..clock];
    let Some(bar) = before.strip_suffix(b"|") else { return (clock, false) };
    let number = bar.trim_ascii_end();
    let Some((front, tail)) = number.split_last_chunk::<4>() else { return (from + bar.len(), false) };
    let whole = front.iter().rev().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    if tail[0] == b'.' && tail[1..].iter().all(u8::is_ascii_digit) && whole == 8 {
        (from + front.len() - whole, true)
    } else {
        (from + bar.len(), false)
    }
}

/// `MM/DD/YYYY `, `YYYY/MM/DD ` or `YYYY-MM-DD ` in front of the time, and where it begins.
fn day_before(line: &[u8], from: usize, clock: usize) -> (Option<Day>, usize) {
    let before = &line[from..clock];
    let trimmed = before.strip_suffix(b" ").or_else(|| before.strip_suffix(b"T")).unwrap_or(b"");
    let Some((_, text)) = trimmed.split_last_chunk::<10>() else { return (None, clock) };
    match day(text) {
        Some(day) => (Some(day), from + trimmed.len() - 10),
        None => (None, clock),
    }
}

/// A date of ten characters in one of the three orders.
pub fn day(text: &[u8; 10]) -> Option<Day> {
    let number = |from: usize, len: usize| digits(&text[from..from + len]);
    let (year, month, day) = match (text[2], text[4], text[5], text[7]) {
        (b'/', _, b'/', _) => (number(6, 4)?, number(0, 2)?, number(3, 2)?),
        (_, b'/' | b'-', _, b'/' | b'-') => (number(0, 4)?, number(5, 2)?, number(8, 2)?),
        _ => return None,
    };
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && (1980..=9000).contains(&year);
    valid.then_some(Day { year: year as i16, month: month as i8, day: day as i8 })
}

/// A decimal number of at most nine digits.
pub fn digits(text: &[u8]) -> Option<i64> {
    let fits = !text.is_empty() && text.len() <= 9;
    fits.then(|| {
        text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, family: Family, body: &str) -> Head {
        let head = find(line.as_bytes(), 0).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((head.family, &line[head.body..]), (family, body), "{line}");
        head
    }

    #[test]
    fn families_by_their_heads() {
        check("08:00:01.250 CCM|StationD - x", Family::Sdi, "StationD - x");
        check("08:00:01.250 CCM CallManager|StationD - x", Family::Sdi, "StationD - x");
        check("08:00:01.250 Cisco Communications Manager|y", Family::Sdi, "y");
        check("08:00:01.250 CCMStationD - x", Family::Sdi, "StationD - x");
        let dated =
            check("07/21/2006 13:15:39.763 CCM|StationD: (0000188) T", Family::Sdi, "StationD: (0000188) T");
        assert_eq!(dated.day, Some(Day { year: 2006, month: 7, day: 21 }));
        check(
            "00019629.001 |12:48:34.510 |AppInfo  |StationInit: (5) E",
            Family::AppInfo,
            "StationInit: (5) E",
        );
        check("|09:54:41.102 |AppInfo |Z", Family::AppInfo, "Z");
        check("02303168.000 |10:14:27.874 |SdlSig-O |A |b", Family::Signal, "A |b");
        check("28147304.000 |00:00:00.579 |NewKind |A", Family::Other, "A");
        check("2024/08/12 21:53:46.259|CC|SETUP|1|2", Family::CallLog, "CC|SETUP|1|2");
        let ours = check(
            "2026-11-22 23:59:59.123 |StationInit: (0000001) OffHook",
            Family::Sdi,
            "StationInit: (0000001) OffHook",
        );
        assert_eq!(ours.day, Some(Day { year: 2026, month: 11, day: 22 }));
        assert_eq!(check("23:59:59.9 CCM|x", Family::Sdi, "x").time, 86_399_900_000_000);
    }

    #[test]
    fn what_only_looks_like_a_head_is_none() {
        for line in [
            "7/21/2006 13:15:39,5 systemTime=1",
            "25:00:00.000 CCM|x",
            "12:00:00.000 hello",
            "A8:0C:0D:DB:C5:23",
        ] {
            assert_eq!(find(line.as_bytes(), 0), None, "{line}");
        }
    }

    #[test]
    fn glued_records_are_found_behind_one_another() {
        let line = b"Line 7: 16:03:02.328 CCM|a tcpHandle=1 16:03:02.329 CCM|b";
        let first = find(line, 0).unwrap();
        let second = find(line, first.body).unwrap();
        assert_eq!((first.at, &line[second.at..second.at + 12]), (8, &b"16:03:02.329"[..]));
        let line = b"|T LIST33308540.011 |14:42:53.466 |AppInfo  |x";
        assert_eq!(&line[find(line, 0).unwrap().at..][..12], b"33308540.011");
    }
}
