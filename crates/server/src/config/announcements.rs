//! `[announcements]`: what is said to who calls in vain.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use exchange::plan::{Announcement, Locale};
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;

/// `[announcements]`: what is said to who calls in vain, in the language of his phone, before the tone.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnnouncementsSection {
    /// What is said at all: `unknown_number`, `not_registered`, `no_codec`, `limit`, `closed`; the rest is told by tones
    /// alone. Left out: all but `limit`. Empty: nothing is said.
    pub play: Option<BTreeSet<Announcement>>,
    /// WAV files in place of our own: by its name (`closed`) for all languages, or for one (`"closed.de"`).
    pub files: BTreeMap<String, Spanned<String>>,
}

/// What the exchange must know.
pub fn play(section: &AnnouncementsSection) -> BTreeSet<Announcement> {
    section.play.clone().unwrap_or_else(|| Announcement::USUAL.into_iter().collect())
}

/// Files of the operator. That for one language goes before that for all.
pub fn files(
    section: &AnnouncementsSection,
    checker: &mut Checker<'_>,
) -> BTreeMap<(Announcement, Locale), PathBuf> {
    let mut files = BTreeMap::new();
    let parts = |name: &str| {
        let (word, language) = name.split_once('.').map_or((name, None), |(word, code)| (word, Some(code)));
        let sound = Announcement::ALL.into_iter().find(|sound| sound.word() == word)?;
        match language {
            None => Some((sound, None)),
            Some(code) => Some((sound, Some(Locale::ALL.into_iter().find(|locale| locale.code() == code)?))),
        }
    };
    for (name, file) in &section.files {
        match parts(name) {
            Some((sound, Some(locale))) => {
                files.insert((sound, locale), file.get_ref().into());
            }
            Some((sound, None)) => {
                for locale in Locale::ALL {
                    files.entry((sound, locale)).or_insert_with(|| file.get_ref().into());
                }
            }
            None => checker.bad(
                file,
                "file for an announcement",
                format!("`{name}` is none: write `unknown_number`, `not_registered`, `no_codec`, `limit` or `closed`, \
                         for one language \"closed.de\""),
            ),
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn what_is_written_holds_and_the_rest_has_defaults() {
        let text = "[announcements]\nplay = [\"limit\"]\n[announcements.files]\nclosed = \"a.wav\"\n\
                    \"closed.de\" = \"b.wav\"\n";
        let settings = parse("lineside.toml", text).unwrap();
        assert_eq!(settings.plan.site.features.announcements, [Announcement::Limit].into());
        let files = settings.media.unwrap().announcements;
        assert_eq!(files.len(), 4);
        assert_eq!(files[&(Announcement::Closed, Locale::German)], PathBuf::from("b.wav"));
        assert_eq!(files[&(Announcement::Closed, Locale::French)], PathBuf::from("a.wav"));
        let usual = parse("lineside.toml", "").unwrap();
        assert_eq!(usual.plan.site.features.announcements, Announcement::USUAL.into_iter().collect());
        for wrong in ["closd = \"a\"", "\"closed.xx\" = \"a\""] {
            let error = parse("lineside.toml", &format!("[announcements.files]\n{wrong}\n")).unwrap_err();
            assert!(error.to_string().contains("for one language"), "{error}");
        }
        let error = parse("lineside.toml", "[announcements]\nplay = [\"busy\"]\n").unwrap_err().to_string();
        assert!(error.contains("unknown_number"), "{error}");
    }
}
