//! Findings that are known and not mended yet. A run passes over a finding that holds all words of an entry.
//! The list is to be empty; each entry names the script in `tests/scripts` that shows it.

/// A finding that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Words of the finding.
    pub words: &'static str,
    /// The script that shows it, without its ending.
    pub script: &'static str,
}

/// What the exchange and the phone are known to do wrong.
pub const KNOWN: &[Known] = &[];

/// The words, as runs take them.
pub fn known() -> Vec<String> {
    KNOWN.iter().map(|known| known.words.to_owned()).collect()
}
