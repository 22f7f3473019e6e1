//! Findings that are known and not mended yet. Each entry is some words of a finding; a run passes over what
//! holds all of them. The list is to be empty.

/// What the exchange and the phone are known to do wrong.
pub const KNOWN: &[&str] = &[
    // A call that is busy or has a wrong number is shown as congested when its phone's registration completes
    // after it: `exchange/src/station/leg.rs`, `shown_again`.
    "goes from to Congestion",
    "View Busy Congestion",
    "View InvalidNumber Congestion",
];

/// The same, as runs take it.
pub fn known() -> Vec<String> {
    KNOWN.iter().map(|words| (*words).to_owned()).collect()
}
