//! The names of what must be true.

use std::fmt;

/// The names of what must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// A frame decodes, is the full form, with nothing behind it but padding.
    Form,
    /// A phone is sent only what its generation knows.
    Generation,
    /// Call references are unique, and not used again.
    Reference,
    /// A message about a call goes to a phone that has it.
    Stray,
    /// A call goes from state to state as phones know it.
    CallState,
    /// A call that is over in the records is over on its phones, but for its tone.
    Ghost,
    /// Call numbers of a line are the lowest that are free.
    CallInstance,
    /// What is opened is closed; streams have addresses that somebody gave.
    Media,
    /// A line's lamp is dark when it has no call.
    Lamp,
    /// A busy lamp shows what is going on at its line.
    BusyLamp,
    /// What phones show of the calls of others on their lines agrees with these.
    Appearance,
    /// Who waits under a number for parked calls is alone there.
    ParkSlot,
    /// A phone that has left its hunt groups does not ring for them.
    Hunt,
    /// A call back ends.
    CallBack,
    /// What rings has a call that rings, and the other way round.
    Ringer,
    /// A tone belongs to a call that is being set up.
    Tone,
    /// The speaker is switched off with the last call.
    Speaker,
    /// Softkeys fit the state of the call.
    SoftKeys,
    /// Nothing is sent to a session that is closed.
    ClosedSession,
    /// Events are numbered without gaps and fit together.
    Events,
    /// Each call is opened once and ended once.
    Records,
    /// Trunk legs are ordered about only while they live.
    Trunk,
    /// Commands are answered once.
    Replies,
    /// Notes hold no control characters.
    Notes,
    /// A phone is not sent what a real one chokes on.
    Offence,
    /// What a phone shows is what it was told.
    View,
    /// Parties that are connected hear each other.
    Talk,
    /// Ringing and hanging ends in time.
    Overdue,
    /// Every phone gets back into service.
    Service,
    /// A server that stops lets calls end and closes every session.
    Drain,
    /// When all have hung up, nothing is left on.
    Quiet,
    /// State is bounded.
    Memory,
    /// A restored exchange goes on like the one it was taken from.
    Restore,
    /// One input has finitely many outputs, and time passes between ticks.
    Endless,
    /// Nothing panics.
    Panic,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
