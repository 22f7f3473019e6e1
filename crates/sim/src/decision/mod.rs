//! What somebody decides: users, networks, trunk, operator. A run is its decisions; each has a text form, so
//! that a failing run is a short list that people can read, change and replay.

mod words;

pub use words::Unreadable;
pub(crate) use words::Words;

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A phone, by its number: its user, its network, its habits.
    Phone(u16),
    /// A piece of hardware, by its number.
    Hardware(u16),
    /// The far end of a trunk.
    Trunk,
    /// Who runs the server.
    Operator,
    /// The world itself: looks, or has all hang up.
    World,
}

/// A decision with its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Nanoseconds since the start.
    pub at: u64,
    /// Who.
    pub who: Who,
    /// What.
    pub what: Decision,
}

/// Which call reference a message carries, by meaning: so that it still means the same when other decisions
/// are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// None.
    Zero,
    /// That of the phone's n-th call.
    Own(u16),
    /// That of a call of this phone that is over.
    Old,
    /// The last one that another phone was told.
    Foreign(u16),
    /// A number.
    Raw(u32),
}

/// A message of an unruly client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgery {
    /// OffHook.
    OffHook,
    /// OnHook.
    OnHook,
    /// HookFlash.
    HookFlash,
    /// KeypadButton with this key.
    Key(u32),
    /// SoftKeyEvent with this event.
    SoftKey(u32),
    /// Stimulus with this button.
    Stimulus(u32),
    /// OpenReceiveChannelAck with this status, for a stream that is open.
    OpenAck(u32),
    /// OpenReceiveChannelAck for a stream that is closed.
    OldAck,
    /// StartMediaTransmissionAck with this status.
    SendAck(u32),
    /// MediaTransmissionFailure.
    SendFailed,
    /// ConnectionStatisticsRes that nobody asked for.
    Statistics,
    /// EnblocCall.
    Enbloc(String),
    /// RegisterReq once more, under this name.
    Register(String),
    /// RegisterTokenReq.
    Token,
    /// UnregisterReq.
    Unregister,
    /// An Alarm that tells of a reboot.
    Alarm,
    /// CapabilitiesRes without a codec.
    NoCodecs,
    /// CapabilitiesRes with one codec.
    Codec(u32),
    /// A request of the registration, by message id, with this index.
    Ask(u32, u32),
    /// KeepAlive.
    KeepAlive,
    /// A frame of this id with so many bytes of anything.
    Frame(u32, u16),
    /// A length word that no frame can have.
    BadLength,
}

/// How a phone answers orders to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// Soon.
    Prompt,
    /// Never.
    Never,
    /// Twice.
    Twice,
    /// After seconds.
    Late,
    /// That it can't.
    Refused,
}

/// How a phone answers questions for statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Soon.
    Prompt,
    /// Never.
    Never,
    /// After seconds.
    Late,
}

/// What the far end of a trunk does with its n-th leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkMove {
    /// Calls this number.
    Offer(String),
    /// Works on it.
    Proceeding(u16),
    /// Rings.
    Alerting(u16),
    /// Answers.
    Answer(u16),
    /// Presses a key.
    Digit(u16, char),
    /// Hangs up, or refuses, with this cause.
    Release(u16, u8),
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The phone is plugged in.
    PowerOn,
    /// It is unplugged: its connection falls silent.
    PowerOff,
    /// It is unplugged and plugged in again.
    Reboot,
    /// Its connection is reset.
    Reset,
    /// Its connection falls silent.
    Vanish,
    /// It does not read for so many milliseconds.
    Stall(u32),
    /// How it answers orders to receive, from now on.
    Acks(Acks),
    /// How it answers questions for statistics, from now on.
    Counting(Counting),
    /// The handset is lifted.
    OffHook,
    /// The handset is put down.
    OnHook,
    /// The speaker button.
    Speaker,
    /// The headset button.
    Headset,
    /// A key.
    Key(char),
    /// A softkey by name.
    SoftKey(String),
    /// A line button.
    LineKey(u32),
    /// Another button: what it is, and which.
    Button(u32, u32),
    /// A speed dial button.
    SpeedDial(u32),
    /// A number, all at once.
    Enbloc(String),
    /// A number, as the model dials.
    Dial(String),
    /// The last number again.
    Redial,
    /// The ringing call is answered as the model does it.
    Answer,
    /// The selected call is ended as the model does it.
    Hangup,
    /// Hold.
    Hold,
    /// Resume.
    Resume,
    /// The phone unregisters.
    Unregister,
    /// The cursor moves to the n-th call.
    Select(u16),
    /// A message against the rules, with line and call.
    Forge(Forgery, u32, Reference),
    /// The trunk's far end.
    Trunk(TrunkMove),
    /// Hardware ends the n-th of its conferences.
    EndConference(u16),
    /// The operator ends the n-th call.
    EndCall(u16),
    /// The operator resets a phone: 1 reset, 2 restart, 3 apply.
    ResetPhone(u16, u8),
    /// A new configuration: the device of a phone goes, or is there again.
    Configure(u16, bool),
    /// The wall clock jumps by so many milliseconds.
    WallClock(i64),
    /// Nobody does anything; everything is looked at.
    Look,
    /// All hang up; the world waits until all is quiet, and looks.
    Settle,
    /// The server is told to stop: it takes no new calls and no connections, and closes what is idle. The end.
    Drain,
}
