//! Calls and legs, without Skinny.

/// A leg: one party's part of a call. Index and generation, so that a late answer or timer of an old leg
/// can't hit a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct LegId {
    /// Place in the table.
    pub index: u32,
    /// Ascends each time the place is used.
    pub generation: u32,
}

/// Who somebody is, as caller id shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Party {
    /// Number.
    pub number: String,
    /// Name.
    pub name: String,
}

/// Why a leg ended: a Q.850 cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Cause(pub u8);

impl Cause {
    /// Unallocated number.
    pub const UNALLOCATED: Cause = Cause(1);
    /// Normal call clearing.
    pub const NORMAL: Cause = Cause(16);
    /// User busy.
    pub const BUSY: Cause = Cause(17);
    /// No user responding.
    pub const NO_RESPONSE: Cause = Cause(18);
    /// No answer from user (user alerted).
    pub const NO_ANSWER: Cause = Cause(19);
    /// Call rejected.
    pub const REJECTED: Cause = Cause(21);
    /// Destination out of order.
    pub const OUT_OF_ORDER: Cause = Cause(27);
    /// Temporary failure: also "server restarted".
    pub const TEMPORARY: Cause = Cause(41);
    /// Bearer capability not available: no common codec.
    pub const NO_CODEC: Cause = Cause(58);
}

impl Default for Cause {
    fn default() -> Self {
        Cause::NORMAL
    }
}
