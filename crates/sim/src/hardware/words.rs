//! Hardware in a script: one line each.

use std::fmt;

use exchange::plan::ResourceKind;

use super::HardwareSpec;
use crate::decision::{Unreadable, Words};

const KINDS: [ResourceKind; 3] =
    [ResourceKind::ConferenceBridge, ResourceKind::Mtp, ResourceKind::Transcoder];

impl fmt::Display for HardwareSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HardwareSpec { number, name, device_type, kind, streams, per_conference } = self;
        write!(f, "hardware {number} {name} {} {device_type} {streams} {per_conference}", kind.word())
    }
}

impl HardwareSpec {
    /// What stands behind the word `hardware`.
    pub(crate) fn read(words: &mut Words<'_>) -> Result<HardwareSpec, Unreadable> {
        let (number, name) = (words.value("number")?, words.value("name")?);
        let kind = words.next()?;
        let kind = KINDS.into_iter().find(|known| known.word() == kind);
        Ok(HardwareSpec {
            number,
            name,
            kind: kind.ok_or_else(|| words.error("no such hardware"))?,
            device_type: words.value("device type")?,
            streams: words.value("streams")?,
            per_conference: words.value("streams of a conference")?,
        })
    }
}
