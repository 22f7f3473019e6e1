//! Every limit of the exchange, by name. What grows with what the network sends is bounded here.

const SECOND: u64 = 1_000_000_000;

/// Connections at once, registered or not. The server takes its permits below this.
pub const SESSIONS_MAX: usize = 200_000;
/// Standby connections beyond the number of known devices: a phone holds one to its second server, and a
/// site that is just being set up has few devices and many phones.
pub const STANDBY_EXTRA: usize = 64;
/// Unknown phones that wait for a plan at once.
pub const ADOPTIONS_MAX: usize = 1024;
/// Frames kept of a session that is not registered yet: a client that sends its whole registration in one
/// burst needs about a dozen.
pub const DEFERRED_FRAMES_MAX: usize = 48;
/// Bytes of them: two UpdateCapabilities and a burst of requests.
pub const DEFERRED_BYTES_MAX: usize = 8 * 1024;

/// How long a connection may stay silent, or send what needs no registration, before it is closed.
pub const REGISTER_WITHIN_NS: u64 = 30 * SECOND;
/// How long an unknown phone waits for a plan that holds it.
pub const ADOPT_WITHIN_NS: u64 = 10 * SECOND;
/// Keepalive intervals without a byte after which a session is closed.
pub const SILENT_INTERVALS: u64 = 3;
/// Lowest share of the keepalive interval that a phone is told, in percent: spreads the load.
pub const KEEPALIVE_SHARE_MIN: u32 = 75;
/// Seconds that a phone must wait before it asks for a token again.
pub const TOKEN_WAIT_SECS: u32 = 60;
/// Takeovers of one device by a new session within [`TAKEOVER_WINDOW_NS`] before newcomers are turned
/// away: two phones with one name would else throw each other out for ever.
pub const TAKEOVERS_MAX: u32 = 10;
/// See [`TAKEOVERS_MAX`].
pub const TAKEOVER_WINDOW_NS: u64 = 60 * SECOND;

/// Digits of one call.
pub const DIGITS_MAX: usize = 64;
/// From dial tone to the first digit.
pub const FIRST_DIGIT_NS: u64 = 15 * SECOND;
/// Calls of other phones that a phone shows on a shared line.
pub const REMOTES_PER_LINE: usize = 4;
/// Forwards of one call in a row.
pub const FORWARD_HOPS_MAX: usize = 8;
/// Members of a hunt group that are asked for one call.
pub const HUNT_MEMBERS_MAX: usize = 64;
/// Call backs that wait, of one phone.
pub const CALL_BACKS_PER_STATION: usize = 8;
/// Call backs that wait, of all phones.
pub const CALL_BACKS_MAX: usize = 2_000;
/// How long a phone rings for a call back that can be made.
pub const CALL_BACK_RING_NS: u64 = 20 * SECOND;
/// Calls on one line of a device when the plan says nothing (CUCM's default).
pub const CALLS_PER_LINE: u32 = 4;
/// Calls from which on a line is busy when the plan says nothing (CUCM's default).
pub const BUSY_TRIGGER: u32 = 2;
/// Phones that ring for one call.
pub const TARGETS_MAX: usize = 32;
/// Legs of one phone at once, over all its lines.
pub const LEGS_PER_STATION: usize = 64;
/// Calls at once.
pub const CALLS_MAX: usize = 200_000;
/// Legs of one phone, and calls, beyond those limits, that only an emergency call may be.
pub const EMERGENCY_LEGS: usize = 2;
/// See [`EMERGENCY_LEGS`].
pub const EMERGENCY_CALLS: usize = 10_000;
/// Digits of the index of an abbreviated number.
pub const ABBREVIATED_DIGITS: usize = 2;
/// How long busy or reorder tone plays to a user who does not hang up.
pub const TONE_NS: u64 = 60 * SECOND;
/// How long a DTMF tone of the far end plays.
pub const DTMF_NS: u64 = SECOND / 5;
/// Parties of a conference: what the media engine mixes at once.
pub const CONFERENCE_PARTIES: usize = 32;
/// Wrong PINs of a conference after which who types them is refused.
pub const PIN_TRIES: u8 = 3;
/// Closed orders of the media engine whose figures are awaited.
pub const MEDIA_CLOSING_MAX: usize = 1024;
/// Recordings that ended and whose length is awaited.
pub const TAPES_CLOSING_MAX: usize = 1024;
/// From an order to receive to its acknowledgement.
pub const MEDIA_ACK_NS: u64 = 5 * SECOND;
/// From the end of a call to the counters of its streams. Its reference is not used again meanwhile.
pub const STATISTICS_NS: u64 = 5 * SECOND;
/// How long a connected call outlives the loss of one phone's connection: the audio goes on without us.
pub const PRESERVED_NS: u64 = 4 * 3600 * SECOND;
/// The same when both phones are lost, so that nobody can end the call any more.
pub const PRESERVED_BOTH_NS: u64 = 300 * SECOND;

/// Calls and streams that a phone was told are over, kept of it: what names one of them is late, what names another call
/// that is not there comes from a phone that shows a ghost.
pub const TOLD_MAX: usize = 64;
/// Of these, the last ones among which an end that is told once more is looked for.
pub const TOLD_TWICE: usize = 8;
/// Calls and streams that ended while a phone was away, kept to be told when it is back.
pub const OWED_MAX: usize = 2 * LEGS_PER_STATION;

/// Streams of hardware that ended while it was away, kept to be closed when it is back.
pub const LEFT_OPEN_MAX: usize = 256;

/// Codecs kept of a phone: the table of the capability messages has no more.
pub const CAPABILITIES_MAX: usize = 18;
/// Milliseconds of audio per packet, at most, unless the phones want less.
pub const PACKET_MS: u32 = 20;
/// Buttons of one page of the button template.
pub const BUTTONS_PER_PAGE: usize = 42;
/// Buttons of a device, over all pages.
pub const BUTTONS_MAX: usize = 4 * BUTTONS_PER_PAGE;

/// Phones reset or closed per turn when many are due (a new plan, a drain).
pub const RESETS_PER_TURN: usize = 32;
/// Pause between such turns.
pub const RESET_PAUSE_NS: u64 = SECOND / 20;
/// From a Reset to closing the connection of a phone that ignores it.
pub const RESET_WITHIN_NS: u64 = 10 * SECOND;

/// Notes of one turn.
pub const NOTES_PER_TURN: usize = 64;
/// Notes about what one session sent, so that nobody fills the log.
pub const NOTES_PER_SESSION: u32 = 16;
/// Characters of text from the network in a note.
pub const NOTE_TEXT_MAX: usize = 120;
