//! calllogs files: `…|CC|SETUP|aCI|bCI|…`, which join the two legs of a call and follow transfers.

use super::head::digits;
use crate::reader::NoteKind;

/// What a record tells, from `CC|` on; SIP records tell nothing of ours.
pub fn read(text: &[u8]) -> NoteKind {
    let mut columns = text.split(|byte| *byte == b'|').map(<[u8]>::trim_ascii);
    let (Some(b"CC"), Some(what)) = (columns.next(), columns.next()) else { return NoteKind::Talk };
    let mut reference =
        || columns.next().and_then(digits).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    let (Some(a), Some(b)) = (reference(), reference()) else { return NoteKind::Talk };
    match what {
        b"SETUP" | b"JOIN" => NoteKind::Joined { references: [a, b] },
        b"SPLIT" => NoteKind::Parted { references: [a, b] },
        _ => NoteKind::Talk,
    }
}

/// Longest number that is believed.
const NUMBER_MAX: usize = 32;

/// Who calls whom by a record of set-up: the calling number, and the one that is called in the end.
pub fn parties(text: &[u8]) -> Option<[&str; 2]> {
    let columns = text.strip_prefix(b"CC|SETUP|")?.split(|byte| *byte == b'|').skip(2);
    let is_number = |column: &&[u8]| {
        (1..=NUMBER_MAX).contains(&column.len())
            && column.iter().all(|byte| byte.is_ascii_digit() || b"*#+".contains(byte))
    };
    let mut numbers = columns.map(<[u8]>::trim_ascii);
    let calling = numbers.next().filter(is_number)?;
    let (original, last) = (numbers.next(), numbers.next());
    let called = last.filter(is_number).or(original.filter(is_number))?;
    Some([std::str::from_utf8(calling).ok()?, std::str::from_utf8(called).ok()?])
}

/// What SDI text tells of legs that belong together: `MediaManager … CI(a,b)`,
/// `wait_AuDisconnectRequest(a,b)`, `LBMIF: CI: a ASSOC b`.
pub fn joined(text: &[u8]) -> Option<[u32; 2]> {
    let has = |wanted: &[u8]| super::compose::position(text, wanted).is_some();
    if text.starts_with(b"LBMIF") && has(b" ASSOC") {
        let mut numbers = text.split(|byte| !byte.is_ascii_digit()).filter_map(digits);
        return pair(numbers.next()?, numbers.next()?);
    }
    if !has(b"MediaManager") && !has(b"ConnectionManager") {
        return None;
    }
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'(') {
        rest = &rest[at + 1..];
        let end = rest.iter().take(24).position(|byte| *byte == b')');
        let mut numbers = rest[..end.unwrap_or(0)].split(|byte| *byte == b',').map(digits);
        if let (Some(Some(a)), Some(Some(b)), None) = (numbers.next(), numbers.next(), numbers.next())
            && a.min(b) > MIN_REFERENCE
        {
            return pair(a, b);
        }
    }
    None
}

/// Numbers below are process ids and counts, never a reference of a running system.
const MIN_REFERENCE: i64 = 9_999;

fn pair(a: i64, b: i64) -> Option<[u32; 2]> {
    Some([u32::try_from(a).ok()?, u32::try_from(b).ok()?]).filter(|[a, b]| a != b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_are_joined_by_what_the_call_manager_says() {
        for (text, expect) in [
            ("LBMIF: CI: 43358624 ASSOC    43358625", Some([43_358_624, 43_358_625])),
            ("MediaManager(1) - wait_AuConnectInfo - CI(16777217,16777218)", Some([16_777_217, 16_777_218])),
            (
                "ConnectionManager - wait_AuDisconnectRequest(16777217,16777218): STOP",
                Some([16_777_217, 16_777_218]),
            ),
            ("MediaManager - x - StopSession sending disconnect to (64,2) and remove", None),
            ("Digit analysis: (16777217,16777218)", None),
        ] {
            assert_eq!(joined(text.as_bytes()), expect, "{text}");
        }
    }

    #[test]
    fn call_logs_name_the_parties_where_they_are_numbers() {
        assert_eq!(parties(b"CC|SETUP|11|12|1001|1002|+15551003"), Some(["1001", "+15551003"]));
        assert_eq!(parties(b"CC|SETUP|11|12|1001|1002|"), Some(["1001", "1002"]));
        for nothing in ["CC|SPLIT|11|12|1001|1002|1002", "CC|SETUP|11|12||1002|", "CC|SETUP|11|12|<b>|1|1"] {
            assert_eq!(parties(nothing.as_bytes()), None, "{nothing}");
        }
    }

    #[test]
    fn call_logs() {
        assert_eq!(read(b"CC|SETUP|11|12|1001|1002|1002"), NoteKind::Joined { references: [11, 12] });
        assert_eq!(read(b"CC|SPLIT|11|12|"), NoteKind::Parted { references: [11, 12] });
        assert_eq!(read(b"SIPL|11|TCP|IN"), NoteKind::Talk);
    }
}
