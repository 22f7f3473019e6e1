//! A call as the phone shows it.

use skinny::codes::{CallSecurityStatusType, CallType, DCallState, SoftKeyMask, SoftKeySet};
use skinny::types::{CallReference, LineInstance};
use std::time::Duration;

/// Who takes part, as the server tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// Directory number.
    pub number: Box<str>,
    /// Name.
    pub name: Box<str>,
}

/// A call of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The server's number for it; 0 where the server knows none (CallManager 2.x).
    pub reference: CallReference,
    /// The line it is on.
    pub line: LineInstance,
    /// Its state.
    pub state: DCallState,
    /// Direction; 0 until the server told.
    pub kind: CallType,
    /// Who calls.
    pub calling: Party,
    /// Who is called.
    pub called: Party,
    /// Who was called at first.
    pub original: Party,
    /// Who forwarded last.
    pub redirecting: Party,
    /// The number that was dialled, for the placed calls.
    pub dialed: Box<str>,
    /// Lowest free number of the line, as the server counts.
    pub instance: u32,
    /// Lock icon.
    pub security: CallSecurityStatusType,
    /// What this call's prompt line says.
    pub prompt: Box<str>,
    /// When it first was connected.
    pub connected_at: Option<Duration>,
    /// When it appeared.
    pub since: Duration,
    pub(crate) prompt_until: Option<Duration>,
    pub(crate) keys: Option<(SoftKeySet, SoftKeyMask)>,
    pub(crate) rang: bool,
    pub(crate) was_off_hook: bool,
    pub(crate) unlisted: bool,
    /// It comes from an earlier connection, and the server has not spoken of it on this one.
    pub(crate) is_carried: bool,
}

impl Call {
    pub(crate) fn new(reference: CallReference, line: LineInstance, now: Duration) -> Self {
        Call {
            reference,
            line,
            state: DCallState::IDLE,
            kind: CallType(0),
            calling: Party::default(),
            called: Party::default(),
            original: Party::default(),
            redirecting: Party::default(),
            dialed: Box::default(),
            instance: 0,
            security: CallSecurityStatusType::UNKNOWN,
            prompt: Box::default(),
            connected_at: None,
            since: now,
            prompt_until: None,
            keys: None,
            rang: false,
            was_off_hook: false,
            unlisted: false,
            is_carried: false,
        }
    }

    /// Whether it rings here.
    pub fn is_ringing(&self) -> bool {
        matches!(self.state, DCallState::RING_IN | DCallState::CALL_WAITING)
    }

    /// Whether parties talk.
    pub fn is_connected(&self) -> bool {
        self.state == DCallState::CONNECTED
    }

    /// Whether it waits on hold.
    pub fn is_held(&self) -> bool {
        matches!(self.state, DCallState::HOLD | DCallState::REMOTE_HOLD | DCallState::HOLD_REVERT)
    }

    /// Whether digits are collected for it.
    pub fn is_dialing(&self) -> bool {
        self.state == DCallState::OFF_HOOK
    }

    /// Whether it needs handset, speaker or headset.
    pub fn owns_audio(&self) -> bool {
        !(self.is_ringing()
            || self.is_held()
            || matches!(self.state, DCallState::CALL_REMOTE_MULTILINE | DCallState::ON_HOOK))
    }

    /// The other party, as the screen would name it.
    pub fn other(&self) -> &Party {
        if self.kind == CallType::OUT_BOUND_CALL { &self.called } else { &self.calling }
    }
}
