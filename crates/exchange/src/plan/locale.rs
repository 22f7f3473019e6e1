//! Language and local time of a site and its devices.

use serde::{Deserialize, Serialize};

/// The language of what we say ourselves. What a phone has a word of its own for, it says in the language of
/// its own locale files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Locale {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
}

impl Locale {
    /// All of them.
    pub const ALL: [Locale; 4] = [Locale::English, Locale::German, Locale::French, Locale::Spanish];

    /// Its two letters.
    pub fn code(self) -> &'static str {
        match self {
            Locale::English => "en",
            Locale::German => "de",
            Locale::French => "fr",
            Locale::Spanish => "es",
        }
    }

    /// The one with these letters; what stands behind them (`de-AT`, `fr_CA`) does not matter.
    pub fn named(code: &str) -> Option<Locale> {
        let language = code.split(['-', '_']).next()?.to_ascii_lowercase();
        Locale::ALL.into_iter().find(|locale| locale.code() == language)
    }
}

/// A time zone: how far local time is from UTC, and since when. Worked out outside, for this has no
/// database of time zones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeZone {
    /// Seconds from UTC before the first change.
    pub before: i32,
    /// Changes in order: from a second since the Unix epoch on, so many seconds from UTC.
    pub changes: Vec<(i64, i32)>,
}

impl TimeZone {
    /// One that never changes.
    pub fn fixed(offset_secs: i32) -> TimeZone {
        TimeZone { before: offset_secs, changes: Vec::new() }
    }

    /// Seconds from UTC at a moment.
    pub fn offset_secs(&self, unix_secs: i64) -> i32 {
        let later = self.changes.partition_point(|(since, _)| *since <= unix_secs);
        later
            .checked_sub(1)
            .and_then(|place| self.changes.get(place))
            .map_or(self.before, |(_, offset)| *offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_their_letters() {
        assert_eq!(Locale::named("de-AT"), Some(Locale::German));
        assert_eq!(Locale::named("FR"), Some(Locale::French));
        assert_eq!(Locale::named("tlh"), None);
    }

    #[test]
    fn the_last_change_holds() {
        let zone = TimeZone { before: 0, changes: vec![(100, 3600), (200, 7200)] };
        assert_eq!([99, 100, 199, 200, 999].map(|at| zone.offset_secs(at)), [0, 3600, 3600, 7200, 7200]);
        assert_eq!(TimeZone::fixed(-60).offset_secs(5), -60);
    }
}
