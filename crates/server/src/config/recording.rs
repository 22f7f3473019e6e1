//! `[recording]`: how calls are recorded, and how long the files stay. Which calls are, each `[[line]]` says.

use exchange::plan::{ConsentTo, RecordingFeatures};
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::media::recorder::shelf::Keep;
use crate::media::recorder::{FREE_BYTES_MIN, RecordingSettings};

const MEGABYTE: u64 = 1024 * 1024;

/// `[recording]`: how calls are recorded, and how long the files stay. Which calls are, each `[[line]]` says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingSection {
    /// Who hears the tone that tells that the call is recorded: `all` in it, the `others` (all but who records), or
    /// `nobody`. Know the law of your country before you change it. Left out: `all`.
    pub tone_to: Option<ConsentTo>,
    /// Seconds after which the tone sounds again; 0: at the beginning only; left out: 15.
    pub tone_secs: Option<Spanned<u32>>,
    /// The folder for the files; left out: `recordings` in the data directory.
    pub directory: Option<Spanned<String>>,
    /// Days that files are kept; left out: 90.
    pub keep_days: Option<Spanned<u32>>,
    /// Megabytes of all files together, beyond which the oldest go; left out: 20480.
    pub keep_megabytes: Option<Spanned<u64>>,
    /// Megabytes of the disk that stay free: before that recordings end; left out: 256.
    pub free_megabytes_min: Option<Spanned<u64>>,
}

/// What the exchange must know.
pub fn features(section: &RecordingSection, checker: &mut Checker<'_>) -> RecordingFeatures {
    let usual = RecordingFeatures::default();
    let tone_secs = checker.within(section.tone_secs.as_ref(), "number of seconds", (0, 3600));
    RecordingFeatures {
        tone_to: section.tone_to.unwrap_or(usual.tone_to),
        tone_secs: tone_secs.unwrap_or(usual.tone_secs),
    }
}

/// What the recorder must know.
pub fn compile(section: &RecordingSection, checker: &mut Checker<'_>) -> RecordingSettings {
    let usual = Keep::default();
    let days = checker.within(section.keep_days.as_ref(), "number of days", (1, 36_500));
    let mut megabytes = |value: &Option<Spanned<u64>>, min| {
        let found = checker.within(value.as_ref(), "number of megabytes", (min, 1_000_000_000));
        found.map(|megabytes| megabytes * MEGABYTE)
    };
    let (bytes, free) = (megabytes(&section.keep_megabytes, 1), megabytes(&section.free_megabytes_min, 0));
    RecordingSettings {
        directory: section.directory.as_ref().map(|directory| directory.get_ref().into()),
        keep: Keep { days: days.unwrap_or(usual.days), bytes: bytes.unwrap_or(usual.bytes) },
        free_bytes_min: free.unwrap_or(FREE_BYTES_MIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use exchange::plan::Recording;

    #[test]
    fn what_is_written_holds_and_the_rest_has_defaults() {
        let text = "[recording]\ntone_to = \"others\"\ntone_secs = 0\ndirectory = \"/srv/calls\"\nkeep_days = 7\n\
                    keep_megabytes = 10\nfree_megabytes_min = 0\n\
                    [[line]]\nnumber = \"1001\"\nrecord = \"always\"\n[[line]]\nnumber = \"1002\"\nrecord = \"on-demand\"\n\
                    [[line]]\nnumber = \"1003\"\n";
        let settings = parse("lineside.toml", text).unwrap();
        let features = settings.plan.site.features.recording;
        assert_eq!((features.tone_to, features.tone_secs), (ConsentTo::Others, 0));
        let recording = settings.media.unwrap().recording;
        assert_eq!(recording.directory, Some("/srv/calls".into()));
        assert_eq!((recording.keep, recording.free_bytes_min), (Keep { days: 7, bytes: 10 * MEGABYTE }, 0));
        let record = |number: &str| settings.plan.lines[number].record;
        let all = [record("1001"), record("1002"), record("1003")];
        assert_eq!(all, [Recording::Always, Recording::OnDemand, Recording::Never]);
        let usual = parse("lineside.toml", "").unwrap();
        assert_eq!(usual.media.unwrap().recording, RecordingSettings::default());
        assert_eq!(usual.plan.site.features.recording, RecordingFeatures::default());
        let wrong = parse("lineside.toml", "[recording]\nkeep_days = 0\n").unwrap_err().to_string();
        assert!(wrong.contains("is no number of days"), "{wrong}");
        let wrong = parse("lineside.toml", "[[line]]\nnumber = \"1\"\nrecord = \"sometimes\"\n").unwrap_err();
        assert!(wrong.to_string().contains("on-demand"), "{wrong}");
    }

    /// Who wants calls recorded without an engine learns it before the first call.
    #[test]
    fn recording_wants_an_engine() {
        let text = "[media]\nenabled = false\n[[line]]\nnumber = \"1001\"\nrecord = \"always\"\n";
        let wrong = parse("lineside.toml", text).unwrap_err().to_string();
        assert!(wrong.contains("[media]"), "{wrong}");
    }
}
